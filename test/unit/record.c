// SPDX-License-Identifier: BSD-3-Clause
/* unit/record.c - src/base/record.h: what is written comes back, and damage is an error, never a crash.  [tool] */
#include "base/record.h"

#include <errno.h>

#include "ckpt/exit.h"
#include "ckpt/protocol.h"
#include "tap.h"

/* A record of this test's own, in the way record.h's comment describes, and the same one as an older version knew it. */
#define CKPT_FIELDS_probe(F) \
	F(U, number, 1, 1) F(S, signed_number, 2, 0) F(STR, text, 3, 0) F(BYT, bytes, 70, 0)
CKPT_STRUCT(0, probe)
#define CKPT_ROW_OF struct ckpt_rec_probe
static const struct ckpt_field probe_fields[] = { CKPT_FIELDS_probe(CKPT_ROW) };
#undef CKPT_ROW_OF
static const struct ckpt_record_type probe = CKPT_RECORD_TYPE(0, probe, probe_fields);

#define CKPT_FIELDS_older(F) F(STR, text, 3, 0)
CKPT_STRUCT(0, older)
#define CKPT_ROW_OF struct ckpt_rec_older
static const struct ckpt_field older_fields[] = { CKPT_FIELDS_older(CKPT_ROW) };
#undef CKPT_ROW_OF
static const struct ckpt_record_type older = CKPT_RECORD_TYPE(0, older, older_fields);

/* The same without required fields: what a newer version may add. */
#define CKPT_FIELDS_newer(F) F(U, extra, 9, 0) F(BYT, more, 10, 0) F(STR, text, 3, 0)
CKPT_STRUCT(0, newer)
#define CKPT_ROW_OF struct ckpt_rec_newer
static const struct ckpt_field newer_fields[] = { CKPT_FIELDS_newer(CKPT_ROW) };
#undef CKPT_ROW_OF
static const struct ckpt_record_type newer = CKPT_RECORD_TYPE(0, newer, newer_fields);

static struct ckpt_arena *arena;

static int same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static void test_round_trip(void)
{
	static const uint64_t numbers[] = {
		0, 1, 127, 128, 300, 1ULL << 32, 1ULL << 63, UINT64_MAX
	};
	static const int64_t signs[] = { 0, 1, -1, 63, -64, INT64_MAX, INT64_MIN, -4096 };
	int good = 1;

	for (int i = 0; i < 8; i++) {
		struct ckpt_rec_probe in = { numbers[i],
					     signs[i],
					     "tab\tand \xc3\xa4",
					     { "a\0b", 3 } },
				      out;
		struct ckpt_err err = { 0 };
		struct ckpt_buf buf = { 0 };

		ckpt_fields_put(&buf, &probe, &in);
		good &= ckpt_fields_get(&probe, buf.data, buf.len, &out, arena, &err) == 0;
		good &= out.number == in.number && out.signed_number == in.signed_number;
		good &= same_text(out.text, in.text) && out.bytes.len == 3 &&
			!memcmp(out.bytes.data, "a\0b", 3);
		ckpt_buf_free(&buf);
	}
	ok(good, "numbers at the edges, signs, texts and bytes come back");
}

static void test_empty(void)
{
	struct ckpt_rec_probe in = { 0 }, out;
	struct ckpt_buf buf = { 0 };

	memset(&out, 0xff, sizeof(out));
	ckpt_fields_put(&buf, &probe, &in);
	is_int((long long)buf.len, 0, "zero and empty fields take no bytes");
	is_int(ckpt_fields_get(&probe, buf.data, buf.len, &out, arena, NULL), 0,
	       "and none are needed to read them");
	ok(!out.number && !out.signed_number && !out.bytes.len, "they are zero");
	is_text(out.text, "", "a text that was not written is \"\", never NULL");
	ckpt_buf_free(&buf);
}

static void test_versions(void)
{
	struct ckpt_rec_newer in = { 5, { "xyz", 3 }, "kept" };
	struct ckpt_rec_probe with_required = { 7, 0, "kept", { 0 } };
	struct ckpt_rec_older out;
	struct ckpt_err err = { 0 };
	struct ckpt_buf buf = { 0 };

	ckpt_fields_put(&buf, &newer, &in);
	is_int(ckpt_fields_get(&older, buf.data, buf.len, &out, arena, &err), 0,
	       "unknown optional fields are skipped");
	is_text(out.text, "kept", "and the known one behind them is read");
	ckpt_buf_free(&buf);

	ckpt_fields_put(&buf, &probe, &with_required);
	is_int(ckpt_fields_get(&older, buf.data, buf.len, &out, arena, &err), -EBADMSG,
	       "an unknown required field is refused");
	is_int(err.status, CKPT_EX_BAD_IMAGE, "as a bad image");
	ok(strstr(err.text, "older") && strstr(err.text, "field 1"), "naming record and field");
	ckpt_buf_free(&buf);
}

static void test_walk(void)
{
	struct ckpt_rec_thread thread = {
		.tid = 12, .comm = "worker", .regs = { "r", 1 }, .xstate = { "x", 1 }
	};
	struct ckpt_rec_mapping mapping = { .start = 0x1000,
					    .end = 0x2000,
					    .kind = CKPT_MAPPING_anon };
	struct ckpt_rec_mapping back;
	struct ckpt_buf buf = { 0 };
	size_t at = 0, body_len;
	const void *body;
	uint32_t tag;

	ckpt_record_put(&buf, ckpt_record_type(CKPT_REC_thread), &thread);
	ckpt_record_put(&buf, ckpt_record_type(CKPT_REC_mapping), &mapping);
	is_int(ckpt_record_next(buf.data, buf.len, &at, &tag, &body, &body_len), 1,
	       "the walk finds the first record");
	is_int(tag, CKPT_REC_thread, "a thread");
	is_int(ckpt_record_next(buf.data, buf.len, &at, &tag, &body, &body_len), 1,
	       "and the second");
	is_int(tag, CKPT_REC_mapping, "a mapping");
	is_int(ckpt_fields_get(ckpt_record_type(tag), body, body_len, &back, arena, NULL), 0,
	       "which can be read");
	ok(back.start == 0x1000 && back.end == 0x2000 && back.kind == CKPT_MAPPING_anon,
	   "and is the one that was put");
	is_int(ckpt_record_next(buf.data, buf.len, &at, &tag, &body, &body_len), 0, "then the end");
	ckpt_buf_free(&buf);
}

/* Every way to cut the bytes short and every single wrong byte: a result, no access outside (the buffer is exact, so
 * that a sanitizer or valgrind sees it). */
static void test_damage(void)
{
	struct ckpt_rec_probe in = { 300, -5, "text", { "0123456789", 10 } }, out;
	struct ckpt_buf buf = { 0 };
	int cut_found = 1, quiet = 1;

	ckpt_record_put(&buf, &probe, &in);
	for (size_t len = 0; len < buf.len; len++) {
		uint8_t *exact = ckpt_xmalloc(len);
		const void *body;
		size_t at = 0, body_len;
		uint32_t tag;

		memcpy(exact, buf.data, len);
		if (len)
			cut_found &= ckpt_record_next(exact, len, &at, &tag, &body, &body_len) ==
				     -EBADMSG;
		free(exact);
	}
	ok(cut_found, "a record that is cut short anywhere is damaged");
	for (size_t where = 0; where < buf.len; where++)
		for (int bit = 0; bit < 8; bit++) {
			uint8_t *exact = ckpt_arena_copy(arena, buf.data, buf.len);
			struct ckpt_err err = { 0 };
			const void *body;
			size_t at = 0, body_len;
			uint32_t tag;

			exact[where] ^= 1u << bit;
			if (ckpt_record_next(exact, buf.len, &at, &tag, &body, &body_len) != 1)
				continue;
			quiet &= (const uint8_t *)body + body_len <= exact + buf.len;
			if (ckpt_fields_get(&probe, body, body_len, &out, arena, &err) < 0)
				quiet &= err.text[0] != 0;
		}
	ok(quiet, "a wrong bit is read within bounds, or refused with words");
	ckpt_buf_free(&buf);
}

static void test_shapes(void)
{
	static const uint8_t endless[] = { 4,	 0xff, 0xff, 0xff, 0xff, 0xff,
					   0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t number_as_bytes[] = { 1 * 4 + 3, 1, 'x' };
	static const uint8_t text_as_number[] = { 3 * 4, 5 };
	static const uint8_t too_long[] = { 3 * 4 + 1, 200, 1, 'x' };
	struct ckpt_rec_probe out;

	is_int(ckpt_fields_get(&probe, endless, sizeof(endless), &out, arena, NULL), -EBADMSG,
	       "an endless number");
	is_int(ckpt_fields_get(&probe, number_as_bytes, sizeof(number_as_bytes), &out, arena, NULL),
	       -EBADMSG, "a number that comes as bytes");
	is_int(ckpt_fields_get(&probe, text_as_number, sizeof(text_as_number), &out, arena, NULL),
	       -EBADMSG, "a text that comes as a number");
	is_int(ckpt_fields_get(&probe, too_long, sizeof(too_long), &out, arena, NULL), -EBADMSG,
	       "a text longer than what is there");
}

/* Tags are what old images are read by: no two alike, none zero, in any record of image.h. */
static void test_tables(void)
{
	int unique = 1, named = 1, records = 0;

	for (uint32_t tag = 1; tag < 1000; tag++) {
		const struct ckpt_record_type *type = ckpt_record_type(tag);

		if (!type)
			continue;
		records++;
		named &= type->tag == tag && type->name[0] && type->count > 0;
		for (uint32_t i = 0; i < type->count; i++) {
			unique &= type->fields[i].tag != 0;
			for (uint32_t j = 0; j < i; j++)
				unique &= type->fields[i].tag != type->fields[j].tag;
		}
	}
	ok(records >= 10 && named, "each record has its name, tag and fields (%d records)",
	   records);
	ok(unique, "no tag is used twice in a record");
	ok(ckpt_record_type(0) == NULL, "there is no record 0");
}

int main(void)
{
	arena = ckpt_arena_create();
	test_round_trip();
	test_empty();
	test_versions();
	test_walk();
	test_damage();
	test_shapes();
	test_tables();
	ckpt_arena_destroy(arena);
	return done_testing();
}
