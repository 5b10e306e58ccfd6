/* SPDX-License-Identifier: BSD-3-Clause */
/* maps.h - the mappings of a process as the kernel lists them.  [tool] */
#ifndef CKPT_BASE_MAPS_H
#define CKPT_BASE_MAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"

struct ckpt_map {
	uint64_t start, end;
	uint32_t prot; /* PROT_READ | ... */
	bool shared;
	uint64_t offset;
	uint32_t dev_major, dev_minor;
	uint64_t ino;
	const char *path; /* as listed, "" for none; "[heap]", "/a/b", "/a/b (deleted)" */
	uint64_t vmflags; /* enum ckpt_vmflag; from smaps only */
	uint32_t pkey;
	bool swapped;	  /* some of it, or of the object behind it, has been swapped out; from smaps only */
};

/* Read /proc/PID/maps, or with flags /proc/PID/smaps (slower: it walks the page tables).  Returns how many, or -errno. */
ssize_t ckpt_maps_read(struct ckpt_arena *arena, pid_t pid, bool flags, struct ckpt_map **out);

/* The mapping that holds addr, or NULL. */
const struct ckpt_map *ckpt_maps_find(const struct ckpt_map *maps, size_t count, uint64_t addr);

#endif
