/* SPDX-License-Identifier: BSD-3-Clause */
/* arena.h - memory that is freed all at once, and a buffer that grows.  [tool]  Out of memory ends the process with
 * a message: every caller is a tool that can be run again, and nothing of the application is in its hands then that the
 * kernel does not give back. */
#ifndef CKPT_BASE_ARENA_H
#define CKPT_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct ckpt_arena;

struct ckpt_arena *ckpt_arena_create(void);
void ckpt_arena_destroy(struct ckpt_arena *arena);			    /* NULL is fine */
void *ckpt_arena_alloc(struct ckpt_arena *arena, size_t size);	    /* zeroed, 16-byte aligned */
void *ckpt_arena_copy(struct ckpt_arena *arena, const void *data, size_t size);
char *ckpt_arena_text(struct ckpt_arena *arena, const char *data, size_t len); /* copies len bytes, adds NUL */
char *ckpt_arena_printf(struct ckpt_arena *arena, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

struct ckpt_buf {
	uint8_t *data; /* malloc'ed; starts NULL */
	size_t len, room;
};

void ckpt_buf_add(struct ckpt_buf *buf, const void *data, size_t len);
/* Room for len bytes behind what is there, not filled and not counted: buf->room - buf->len is at least len then. */
void *ckpt_buf_reserve(struct ckpt_buf *buf, size_t len);

void *ckpt_buf_grow(struct ckpt_buf *buf, size_t len); /* len more bytes, zeroed; their address until the next call */
void ckpt_buf_free(struct ckpt_buf *buf);

void *ckpt_xmalloc(size_t size); /* zeroed */
void *ckpt_xrealloc(void *old, size_t size);

#endif
