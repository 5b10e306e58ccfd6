// SPDX-License-Identifier: BSD-3-Clause
/* unit/arena.c - src/base/arena.h: memory that is freed all at once, and the buffer that grows.  [tool] */
#include "base/arena.h"

#include "tap.h"

static int all_zero(const unsigned char *p, size_t len)
{
	while (len--)
		if (*p++)
			return 0;
	return 1;
}

static void test_alloc(void)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	unsigned char *kept[3000];
	int aligned = 1, zero = 1, intact = 1;

	for (int i = 0; i < 3000; i++) {
		size_t size = (size_t)(i * 37) % 1500 + 1;

		kept[i] = ckpt_arena_alloc(arena, size);
		aligned &= ((uintptr_t)kept[i] & 15) == 0;
		zero &= all_zero(kept[i], size);
		memset(kept[i], i & 0xff, size);
	}
	for (int i = 0; i < 3000; i++)
		for (size_t at = 0; at < (size_t)(i * 37) % 1500 + 1; at++)
			intact &= kept[i][at] == (i & 0xff);
	ok(aligned, "allocations are aligned to 16 bytes");
	ok(zero, "allocations are zeroed");
	ok(intact, "3,000 allocations over many blocks do not overlap");
	ckpt_arena_destroy(arena);
}

static void test_large_and_empty(void)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	unsigned char *small = ckpt_arena_alloc(arena, 10);
	unsigned char *large = ckpt_arena_alloc(arena, 5u << 20);

	memset(small, 1, 10);
	ok(all_zero(large, 5u << 20), "an allocation above a block's size is zeroed");
	memset(large, 2, 5u << 20);
	ok(small[0] == 1 && small[9] == 1, "and keeps clear of its neighbour");
	ok(ckpt_arena_alloc(arena, 0) != NULL, "zero bytes are an address");
	ok(ckpt_arena_copy(arena, NULL, 0) != NULL, "a copy of nothing is an address");
	ckpt_arena_destroy(arena);
	ckpt_arena_destroy(NULL);
	ok(1, "destroy(NULL) is fine");
}

static void test_texts(void)
{
	struct ckpt_arena *arena = ckpt_arena_create();
	char source[] = "abcdef", *copy;
	char longer[9000];

	copy = ckpt_arena_text(arena, source, 3);
	is_text(copy, "abc", "text copies as many bytes as said and ends them");
	source[0] = 'z';
	is_text(copy, "abc", "text is a copy");
	is_text(ckpt_arena_text(arena, NULL, 0), "", "an empty text is \"\"");
	is_bytes(ckpt_arena_copy(arena, "a\0b", 3), "a\0b", 3, "copy takes NUL bytes");
	is_text(ckpt_arena_printf(arena, "%d-%s", 42, "x"), "42-x", "printf formats");
	memset(longer, 'q', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	is_text(ckpt_arena_printf(arena, "%s", longer), longer, "printf has no limit of its own");
	ckpt_arena_destroy(arena);
}

static void test_buffer(void)
{
	struct ckpt_buf buf = { 0 };
	unsigned char *room;
	int same = 1;

	for (int i = 0; i < 10000; i++)
		ckpt_buf_add(&buf, &i, sizeof(i));
	is_int((long long)buf.len, 10000 * (long long)sizeof(int),
	       "the buffer holds what was added");
	for (int i = 0; i < 10000; i++)
		same &= !memcmp(buf.data + i * sizeof(i), &i, sizeof(i));
	ok(same, "in order");
	ckpt_buf_add(&buf, NULL, 0);
	is_int((long long)buf.len, 10000 * (long long)sizeof(int), "adding nothing adds nothing");
	room = ckpt_buf_grow(&buf, 100000);
	ok(all_zero(room, 100000), "grow gives zeroed room");
	ok(room == buf.data + 10000 * sizeof(int), "behind what was there");
	ckpt_buf_free(&buf);
	ok(!buf.data && !buf.len && !buf.room,
	   "free leaves an empty buffer that can be used again");
	ckpt_buf_add(&buf, "x", 1);
	is_int((long long)buf.len, 1, "as here");
	ckpt_buf_free(&buf);
}

int main(void)
{
	test_alloc();
	test_large_and_empty();
	test_texts();
	test_buffer();
	return done_testing();
}
