/* SPDX-License-Identifier: BSD-3-Clause */
/* memory_list.h - the list that turns a freshly loaded program's address space into the saved one.  [tool] */
#ifndef CKPT_RESTART_MEMORY_LIST_H
#define CKPT_RESTART_MEMORY_LIST_H

#include "base/maps.h"
#include "restart/plan.h"
#include "restart/region.h"

/* Scratch space behind the region into which the vdso group moves while everything else goes. */
#define MEMORY_SCRATCH (1u << 20)

/* A free range of len bytes that is free now (maps) and in the image too; 0 if there is none. */
uint64_t memory_find_gap(const struct plan *p, const struct ckpt_map *maps, size_t count, uint64_t len);

/* Bytes behind the scratch space in which shared objects are put together. */
uint64_t memory_view_size(const struct plan *p);

/* Bytes of today's vdso and its data pages together. */
uint64_t memory_vdso_group(const struct ckpt_map *maps, size_t count);

/*
 * Unmap, move the vdso group, map, read, protect, advise.  scratch: MEMORY_SCRATCH free bytes, and memory_view_size behind them.  image_fd: the image's descriptor in
 * the process.  vdso_group: where today's vdso group goes when it is not the saved one; 0: to the saved addresses. 0 or -errno.
 */
int memory_list_build(struct list *l, struct region *r, struct plan *p, const struct ckpt_map *maps, size_t count,
		      uint64_t scratch, uint64_t vdso_group, int image_fd, struct ckpt_err *err);

#endif
