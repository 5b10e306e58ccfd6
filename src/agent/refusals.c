// SPDX-License-Identifier: BSD-3-Clause
/* refusals.c - see refusals.h.  [tool] */
#include "agent/refusals.h"

#include <string.h>

static const char *copy(struct refusals *r, const char *text)
{
	return text ? ckpt_arena_text(r->arena, text, strlen(text)) : "";
}

void refuse(struct refusals *r, pid_t pid, const char *program, const char *where, const char *kind, const char *what,
	    const char *reason, const char *remedy)
{
	struct ckpt_rec_refusal rec = {
		.pid = pid, .program = copy(r, program), .where = copy(r, where), .kind = copy(r, kind), .what = copy(r, what),
		.reason = copy(r, reason), .remedy = copy(r, remedy),
	};

	ckpt_buf_add(&r->list, &rec, sizeof(rec));
}

size_t refusals_count(const struct refusals *r)
{
	return r->list.len / sizeof(struct ckpt_rec_refusal);
}
