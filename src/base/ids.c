// SPDX-License-Identifier: BSD-3-Clause
/* ids.c - see ids.h.  [tool] */
#include "base/ids.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/proc.h"
#include "base/tracee.h"
#include "ckpt/exit.h"
#include "ckpt/slot.h"

static struct {
	struct ckpt_id_pair pairs[CKPT_IDS_BOOT];
	uint32_t count;
} table;

int ckpt_ids_load(pid_t pid, uint64_t ids, struct ckpt_err *err)
{
	struct ckpt_ids head;
	int e;

	table.count = 0;
	if (!ids)
		return 0;
	e = ckpt_peek(pid, ids, &head, sizeof(head));
	if (!e && head.magic != CKPT_SLOT_MAGIC)
		e = -EBADMSG;
	if (!e && head.active && head.count <= CKPT_IDS_BOOT) {
		e = ckpt_peek(pid, head.boot, table.pairs, head.count * sizeof(table.pairs[0]));
		table.count = e ? 0 : head.count;
	}
	return e ? ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, e, "process %d: cannot read its table of ids: %s", pid, strerror(-e))
		 : 0;
}

pid_t ckpt_ids_innermost(const char *status)
{
	const char *p = ckpt_proc_field(status, "NSpid");
	pid_t last = 0;

	while (p && *p >= '0' && *p <= '9') {
		char *end;

		last = strtol(p, &end, 10);
		while (*end == '\t' || *end == ' ')
			end++;
		p = end;
	}
	return last;
}

pid_t ckpt_ids_known(pid_t id, const char *status)
{
	pid_t inner;

	for (uint32_t i = 0; i < table.count; i++)
		if (table.pairs[i].real == id)
			return table.pairs[i].known;
	inner = ckpt_ids_innermost(status);
	return inner ? inner : id;
}
