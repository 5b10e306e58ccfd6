// SPDX-License-Identifier: BSD-3-Clause
/* record.c - see record.h.  [tool] */
#include "base/record.h"

#include <errno.h>
#include <string.h>

#include "ckpt/exit.h"

/* One table a record: CKPT_ROW measures in CKPT_ROW_OF, so each is spelled once here. */
#define CKPT_ROW_OF struct ckpt_rec_process
static const struct ckpt_field fields_process[] = { CKPT_FIELDS_process(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_thread
static const struct ckpt_field fields_thread[] = { CKPT_FIELDS_thread(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_sigaction
static const struct ckpt_field fields_sigaction[] = { CKPT_FIELDS_sigaction(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_pending
static const struct ckpt_field fields_pending[] = { CKPT_FIELDS_pending(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_mapfile
static const struct ckpt_field fields_mapfile[] = { CKPT_FIELDS_mapfile(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_mapping
static const struct ckpt_field fields_mapping[] = { CKPT_FIELDS_mapping(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_descriptor
static const struct ckpt_field fields_descriptor[] = { CKPT_FIELDS_descriptor(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_description
static const struct ckpt_field fields_description[] = { CKPT_FIELDS_description(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_host
static const struct ckpt_field fields_host[] = { CKPT_FIELDS_host(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_written
static const struct ckpt_field fields_written[] = { CKPT_FIELDS_written(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_guard
static const struct ckpt_field fields_guard[] = { CKPT_FIELDS_guard(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_settings
static const struct ckpt_field fields_settings[] = { CKPT_FIELDS_settings(CKPT_ROW) };
#undef CKPT_ROW_OF

#define TYPE(tag_, name_) \
	{ #name_, tag_, sizeof(struct ckpt_rec_##name_), fields_##name_, sizeof(fields_##name_) / sizeof(fields_##name_[0]) },
static const struct ckpt_record_type types[] = { CKPT_RECORDS(TYPE) };

const struct ckpt_record_type *ckpt_record_type(uint32_t tag)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].tag == tag)
			return &types[i];
	return NULL;
}

static void put_varint(struct ckpt_buf *buf, uint64_t v)
{
	uint8_t out[10];
	size_t n = 0;

	do {
		out[n] = v & 0x7f;
		v >>= 7;
		if (v)
			out[n] |= 0x80;
		n++;
	} while (v);
	ckpt_buf_add(buf, out, n);
}

static int get_varint(const uint8_t *p, size_t len, size_t *at, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (*at >= len)
			return -EBADMSG;
		*v |= (uint64_t)(p[*at] & 0x7f) << shift;
		if (!(p[(*at)++] & 0x80))
			return 0;
	}
	return -EBADMSG;
}

static void put_bytes(struct ckpt_buf *buf, uint64_t key, const void *data, size_t len)
{
	if (!len)
		return;
	put_varint(buf, key | 1);
	put_varint(buf, len);
	ckpt_buf_add(buf, data, len);
}

void ckpt_fields_put(struct ckpt_buf *buf, const struct ckpt_record_type *type, const void *rec)
{
	for (uint32_t i = 0; i < type->count; i++) {
		const struct ckpt_field *f = &type->fields[i];
		const void *at = (const char *)rec + f->offset;
		uint64_t key = (uint64_t)f->tag * 4 + (f->required ? 2 : 0);

		switch (f->kind) {
		case CKPT_KIND_U:
		case CKPT_KIND_S: {
			uint64_t v = *(const uint64_t *)at;

			if (!v)
				break;
			put_varint(buf, key);
			put_varint(buf, f->kind == CKPT_KIND_S ? (v << 1) ^ (uint64_t)((int64_t)v >> 63) : v);
			break;
		}
		case CKPT_KIND_STR: {
			const char *s = *(const char *const *)at;

			if (s)
				put_bytes(buf, key, s, strlen(s));
			break;
		}
		case CKPT_KIND_BYT: {
			const struct ckpt_bytes *b = at;

			put_bytes(buf, key, b->data, b->len);
			break;
		}
		}
	}
}

void ckpt_record_put(struct ckpt_buf *buf, const struct ckpt_record_type *type, const void *rec)
{
	struct ckpt_buf body = { 0 };

	ckpt_fields_put(&body, type, rec);
	put_varint(buf, type->tag);
	put_varint(buf, body.len);
	ckpt_buf_add(buf, body.data, body.len);
	ckpt_buf_free(&body);
}

static const struct ckpt_field *find_field(const struct ckpt_record_type *type, uint64_t tag)
{
	for (uint32_t i = 0; i < type->count; i++)
		if (type->fields[i].tag == tag)
			return &type->fields[i];
	return NULL;
}

static void empty_texts(const struct ckpt_record_type *type, void *rec)
{
	memset(rec, 0, type->size);
	for (uint32_t i = 0; i < type->count; i++)
		if (type->fields[i].kind == CKPT_KIND_STR)
			*(const char **)((char *)rec + type->fields[i].offset) = "";
}

int ckpt_fields_get(const struct ckpt_record_type *type, const void *data, size_t len, void *rec,
		    struct ckpt_arena *arena, struct ckpt_err *err)
{
	const uint8_t *p = data;
	size_t at = 0;

	empty_texts(type, rec);
	while (at < len) {
		const struct ckpt_field *f;
		uint64_t key, v;
		void *to;

		if (get_varint(p, len, &at, &key) || get_varint(p, len, &at, &v))
			goto bad;
		if ((key & 1) && v > len - at)
			goto bad;
		f = find_field(type, key >> 2);
		if (!f) {
			if (key & 2)
				return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
						 "record %s has field %llu, which this version does not know", type->name,
						 (unsigned long long)(key >> 2));
			if (key & 1)
				at += v;
			continue;
		}
		if ((f->kind >= CKPT_KIND_STR) != (key & 1))
			goto bad;
		to = (char *)rec + f->offset;
		if (f->kind == CKPT_KIND_U) {
			*(uint64_t *)to = v;
		} else if (f->kind == CKPT_KIND_S) {
			*(uint64_t *)to = (v >> 1) ^ -(v & 1);
		} else if (f->kind == CKPT_KIND_STR) {
			*(const char **)to = ckpt_arena_text(arena, (const char *)p + at, v);
		} else {
			*(struct ckpt_bytes *)to = (struct ckpt_bytes){ p + at, v };
		}
		if (key & 1)
			at += v;
	}
	return 0;
bad:
	return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "record %s is damaged", type->name);
}

int ckpt_record_next(const void *data, size_t len, size_t *at, uint32_t *tag, const void **body, size_t *body_len)
{
	uint64_t t, n;

	if (*at == len)
		return 0;
	if (get_varint(data, len, at, &t) || get_varint(data, len, at, &n) || n > len - *at || t > UINT32_MAX)
		return -EBADMSG;
	*tag = t;
	*body = (const uint8_t *)data + *at;
	*body_len = n;
	*at += n;
	return 1;
}
