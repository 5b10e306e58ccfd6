// SPDX-License-Identifier: BSD-3-Clause
/* maps.c - see maps.h.  [tool] */
#include "base/maps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/proc.h"
#include "ckpt/image.h"

static const struct {
	char letters[3];
	uint32_t bit;
} flag_letters[] = {
#define ROW(bit_, name, letters_) { letters_, 1u << bit_ },
	CKPT_VMFLAGS(ROW)
#undef ROW
};

static uint64_t parse_flags(const char *p)
{
	uint64_t flags = 0;

	while (*p && *p != '\n') {
		if (*p == ' ') {
			p++;
			continue;
		}
		for (size_t i = 0; i < sizeof(flag_letters) / sizeof(flag_letters[0]); i++)
			if (!strncmp(p, flag_letters[i].letters, 2))
				flags |= flag_letters[i].bit;
		p += p[1] && p[1] != '\n' ? 2 : 1;
	}
	return flags;
}

/* "start-end rwxp offset maj:min inode   path" */
static char *parse_head(struct ckpt_map *m, char *p)
{
	char *end;

	m->start = strtoull(p, &p, 16);
	m->end = strtoull(p + 1, &p, 16);
	p++;
	m->prot = (p[0] == 'r' ? PROT_READ : 0) | (p[1] == 'w' ? PROT_WRITE : 0) | (p[2] == 'x' ? PROT_EXEC : 0);
	m->shared = p[3] == 's';
	m->offset = strtoull(p + 5, &p, 16);
	m->dev_major = strtoul(p + 1, &p, 16);
	m->dev_minor = strtoul(p + 1, &p, 16);
	m->ino = strtoull(p + 1, &p, 10);
	while (*p == ' ')
		p++;
	end = strchr(p, '\n');
	if (end)
		*end = 0;
	m->path = p;
	return end ? end + 1 : p + strlen(p);
}

ssize_t ckpt_maps_read(struct ckpt_arena *arena, pid_t pid, bool flags, struct ckpt_map **out)
{
	char *p = ckpt_proc_read(arena, pid, flags ? "smaps" : "maps", NULL);
	struct ckpt_buf buf = { 0 };
	struct ckpt_map *last = NULL;
	ssize_t n;

	if (!p)
		return -errno;
	while (*p) {
		char *next;

		/* A mapping's line begins with a lower-case hexadecimal digit, its details with a capital. */
		if (*p < 'A' || *p > 'Z') {
			last = ckpt_buf_grow(&buf, sizeof(*last));
			p = parse_head(last, p);
			continue;
		}
		if (last && !strncmp(p, "VmFlags:", 8))
			last->vmflags = parse_flags(p + 8);
		else if (last && !strncmp(p, "Swap:", 5))
			last->swapped = strtoull(p + 5, NULL, 10) != 0;
		else if (last && !strncmp(p, "ProtectionKey:", 14))
			last->pkey = strtoul(p + 14, NULL, 10);
		next = strchr(p, '\n');
		if (!next)
			break;
		p = next + 1;
	}
	*out = ckpt_arena_copy(arena, buf.data, buf.len);
	n = buf.len / sizeof(struct ckpt_map);
	ckpt_buf_free(&buf);
	return n;
}

const struct ckpt_map *ckpt_maps_find(const struct ckpt_map *maps, size_t count, uint64_t addr)
{
	for (size_t i = 0; i < count; i++)
		if (addr >= maps[i].start && addr < maps[i].end)
			return &maps[i];
	return NULL;
}
