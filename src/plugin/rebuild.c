// SPDX-License-Identifier: BSD-3-Clause
/* rebuild.c - see rebuild.h and ckpt/plugin.h.  [tool] */
#include "plugin/rebuild.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct left {
	const char *kind;
	uint64_t key;
	int side, fd;
};

const char *ckpt_path_mapped(struct ckpt_arena *arena, const struct ckpt_path_map *maps, size_t count, const char *path)
{
	const struct ckpt_path_map *best = NULL;
	size_t best_len = 0;

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(maps[i].from);

		if (len >= best_len && !strncmp(path, maps[i].from, len) && (!path[len] || path[len] == '/')) {
			best = &maps[i];
			best_len = len;
		}
	}
	return best ? ckpt_arena_printf(arena, "%s%s", best->to, path + best_len) : path;
}

const char *ckpt_rebuild_path(struct ckpt_rebuild *r, const char *path)
{
	return ckpt_path_mapped(r->arena, r->maps, r->map_count, path);
}

int ckpt_rebuild_standard(struct ckpt_rebuild *r, int number)
{
	return number >= 0 && number < 3 ? r->standard[number] : -1;
}

void ckpt_rebuild_leave(struct ckpt_rebuild *r, const char *kind, uint64_t key, int side, int fd)
{
	struct left left = { kind, key, side, fcntl(fd, F_DUPFD_CLOEXEC, r->above) };

	if (left.fd < 0)
		left.fd = fd;
	else
		close(fd);

	ckpt_buf_add(&r->left, &left, sizeof(left));
}

int ckpt_rebuild_take(struct ckpt_rebuild *r, const char *kind, uint64_t key, int side)
{
	struct left *left = (void *)r->left.data;

	for (size_t i = 0; i < r->left.len / sizeof(*left); i++)
		if (left[i].fd >= 0 && left[i].key == key && left[i].side == side && !strcmp(left[i].kind, kind)) {
			int fd = left[i].fd;

			left[i].fd = -1;
			return fd;
		}
	return -1;
}

void ckpt_rebuild_close(struct ckpt_rebuild *r)
{
	struct left *left = (void *)r->left.data;

	for (size_t i = 0; i < r->left.len / sizeof(*left); i++)
		if (left[i].fd >= 0)
			close(left[i].fd);
	ckpt_buf_free(&r->left);
}
