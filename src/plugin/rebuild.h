/* SPDX-License-Identifier: BSD-3-Clause */
/* rebuild.h - what the plugins' restore functions share while one process's descriptors are made again (ckpt/plugin.h).  [tool] */
#ifndef CKPT_PLUGIN_REBUILD_H
#define CKPT_PLUGIN_REBUILD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "ckpt/plugin.h"

struct ckpt_path_map {
	const char *from, *to;
};

struct ckpt_rebuild {
	struct ckpt_arena *arena;
	const struct ckpt_path_map *maps;
	size_t map_count;
	int standard[3];	 /* descriptors, -1 closed */
	bool sets_modes;	 /* the restart has its terminal's foreground */
	int above;		 /* higher than every number of the program: what is held meanwhile stands there */
	struct ckpt_buf left;	 /* struct left[] */
};

/* Where --path-map leads: the longest FROM that is the path or one of its parents. Returns path, or a text in arena. */
const char *ckpt_path_mapped(struct ckpt_arena *arena, const struct ckpt_path_map *maps, size_t count, const char *path);

/* Close what was left and nobody took. */
void ckpt_rebuild_close(struct ckpt_rebuild *r);

#endif
