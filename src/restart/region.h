/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * region.h - the piece of address space from which a process is rebuilt: the executor's code, and behind it lists, frames,
 * texts and stacks, put together here first and written over in one go.  [tool]
 */
#ifndef CKPT_RESTART_REGION_H
#define CKPT_RESTART_REGION_H

#include <stdarg.h>
#include <stdint.h>

#include "base/arena.h"
#include "ckpt/executor.h"

struct region {
	uint64_t base;	      /* address in the process */
	uint64_t len;	      /* of all */
	struct ckpt_buf data; /* what stands behind the code */
};

#define REGION_CODE (64u << 10)

/* Room for len bytes; its address in the process.  region_at: where it is built here, until the next reserve. */
uint64_t region_reserve(struct region *r, size_t len, size_t align);
void *region_at(struct region *r, uint64_t address);
uint64_t region_put(struct region *r, const void *data, size_t len);
uint64_t region_text(struct region *r, const char *text);

/* A list that grows, with a word for each operation that names it in a message. */
struct list {
	struct ckpt_buf ops;   /* struct ckpt_op[] */
	struct ckpt_buf names; /* const char *[] */
	struct ckpt_arena *arena;
};

/* Append; returns its index.  The name is printed into the list's arena. */
uint32_t list_op(struct list *l, struct ckpt_op op, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
uint32_t list_count(const struct list *l);
const char *list_name(const struct list *l, uint32_t index);

/* An operation that makes a system call. */
#define LIST_CALL(number, ...) ((struct ckpt_op){ .kind = CKPT_OP_CALL, .nr = (number), .arg = { __VA_ARGS__ } })

/* Put the list into the region and a frame for it, with a stack of its own; returns the frame's address. */
uint64_t region_frame(struct region *r, const struct list *l, uint32_t stack_len);

#endif
