// SPDX-License-Identifier: BSD-3-Clause
/* arena.c - see arena.h.  [tool] */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ckpt/exit.h"

struct block {
	struct block *next;
	size_t used, room;
	_Alignas(16) unsigned char data[];
};

struct ckpt_arena {
	struct block *blocks;
};

static void *must(void *p)
{
	if (!p) {
		fputs("ckpt: out of memory\n", stderr);
		_Exit(CKPT_EX_INTERNAL);
	}
	return p;
}

void *ckpt_xmalloc(size_t size)
{
	return must(calloc(1, size ? size : 1));
}

void *ckpt_xrealloc(void *old, size_t size)
{
	return must(realloc(old, size ? size : 1));
}

struct ckpt_arena *ckpt_arena_create(void)
{
	return ckpt_xmalloc(sizeof(struct ckpt_arena));
}

void ckpt_arena_destroy(struct ckpt_arena *arena)
{
	struct block *b, *next;

	if (!arena)
		return;
	for (b = arena->blocks; b; b = next) {
		next = b->next;
		free(b);
	}
	free(arena);
}

void *ckpt_arena_alloc(struct ckpt_arena *arena, size_t size)
{
	size_t want = (size + 15) & ~(size_t)15;
	struct block *b = arena->blocks;
	void *p;

	if (!b || b->room - b->used < want) {
		size_t room = want > (64u << 10) ? want : 64u << 10;

		b = ckpt_xmalloc(sizeof(*b) + room);
		b->room = room;
		b->next = arena->blocks;
		arena->blocks = b;
	}
	p = b->data + b->used;
	b->used += want;
	return p;
}

void *ckpt_arena_copy(struct ckpt_arena *arena, const void *data, size_t size)
{
	void *p = ckpt_arena_alloc(arena, size);

	if (size)
		memcpy(p, data, size);
	return p;
}

char *ckpt_arena_text(struct ckpt_arena *arena, const char *data, size_t len)
{
	char *p = ckpt_arena_alloc(arena, len + 1);

	if (len)
		memcpy(p, data, len);
	return p;
}

char *ckpt_arena_printf(struct ckpt_arena *arena, const char *fmt, ...)
{
	char *text, *copy;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		must(NULL);
	copy = ckpt_arena_text(arena, text, n);
	free(text);
	return copy;
}

void *ckpt_buf_reserve(struct ckpt_buf *buf, size_t len)
{
	if (buf->room - buf->len < len) {
		size_t room = buf->room ? buf->room : 256;

		while (room - buf->len < len)
			room *= 2;
		buf->data = ckpt_xrealloc(buf->data, room);
		buf->room = room;
	}
	return buf->data + buf->len;
}

void *ckpt_buf_grow(struct ckpt_buf *buf, size_t len)
{
	void *p = ckpt_buf_reserve(buf, len);

	memset(p, 0, len);
	buf->len += len;
	return p;
}

void ckpt_buf_add(struct ckpt_buf *buf, const void *data, size_t len)
{
	if (len)
		memcpy(ckpt_buf_grow(buf, len), data, len);
}

void ckpt_buf_free(struct ckpt_buf *buf)
{
	free(buf->data);
	*buf = (struct ckpt_buf){ 0 };
}
