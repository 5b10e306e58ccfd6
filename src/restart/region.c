// SPDX-License-Identifier: BSD-3-Clause
/* region.c - see region.h.  [tool] */
#include "restart/region.h"

#include <stdio.h>
#include <string.h>

uint64_t region_reserve(struct region *r, size_t len, size_t align)
{
	size_t pad = -r->data.len & (align - 1);
	uint64_t at;

	ckpt_buf_grow(&r->data, pad);
	at = r->base + REGION_CODE + r->data.len;
	ckpt_buf_grow(&r->data, len);
	return at;
}

void *region_at(struct region *r, uint64_t address)
{
	return r->data.data + (address - r->base - REGION_CODE);
}

uint64_t region_put(struct region *r, const void *data, size_t len)
{
	uint64_t at = region_reserve(r, len, 16);

	if (len)
		memcpy(region_at(r, at), data, len);
	return at;
}

uint64_t region_text(struct region *r, const char *text)
{
	return region_put(r, text, strlen(text) + 1);
}

uint32_t list_op(struct list *l, struct ckpt_op op, const char *fmt, ...)
{
	char text[512];
	const char *name;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	name = ckpt_arena_text(l->arena, text, strlen(text));
	ckpt_buf_add(&l->ops, &op, sizeof(op));
	ckpt_buf_add(&l->names, &name, sizeof(name));
	return list_count(l) - 1;
}

uint32_t list_count(const struct list *l)
{
	return l->ops.len / sizeof(struct ckpt_op);
}

const char *list_name(const struct list *l, uint32_t index)
{
	return ((const char **)l->names.data)[index];
}

uint64_t region_frame(struct region *r, const struct list *l, uint32_t stack_len)
{
	uint64_t ops = region_put(r, l->ops.data, l->ops.len);
	uint64_t stack = region_reserve(r, stack_len, 64) + stack_len;
	struct ckpt_frame frame = { .ops = ops, .count = list_count(l), .exit = CKPT_EXIT_STOP, .stack = stack };

	return region_put(r, &frame, sizeof(frame));
}
