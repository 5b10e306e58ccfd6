/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * record.h - records with tagged fields, on disk and on the wire.  [tool]
 *
 * A record on disk: varint tag, varint length, fields.  A field: varint key = tag * 4 + shape, then the value. Shape bit 0: 0
 * a varint (S: zigzag), 1 a varint length and that many bytes; bit 1: required (a reader that does not know it refuses).
 */
#ifndef CKPT_BASE_RECORD_H
#define CKPT_BASE_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "ckpt/image.h"

enum ckpt_kind { CKPT_KIND_U, CKPT_KIND_S, CKPT_KIND_STR, CKPT_KIND_BYT };

struct ckpt_field {
	const char *name;
	uint8_t kind;	  /* enum ckpt_kind */
	uint8_t required;
	uint16_t tag;
	uint32_t offset;  /* in the struct */
};

struct ckpt_record_type {
	const char *name;
	uint32_t tag;
	uint32_t size; /* of the struct */
	const struct ckpt_field *fields;
	uint32_t count;
};

/*
 * A record that is declared elsewhere (a plugin's state, a message):
 *	#define CKPT_FIELDS_pipe(F) F(U, ino, 1, 1) ...
 *	CKPT_STRUCT(0, pipe)
 *	#define CKPT_ROW_OF struct ckpt_rec_pipe
 *	static const struct ckpt_field fields[] = { CKPT_FIELDS_pipe(CKPT_ROW) };
 *	#undef CKPT_ROW_OF
 *	static const struct ckpt_record_type type = CKPT_RECORD_TYPE(0, pipe, fields);
 */
#define CKPT_ROW(kind_, field_, tag_, required_) \
	{ #field_, CKPT_KIND_##kind_, required_, tag_, offsetof(CKPT_ROW_OF, field_) },
#define CKPT_RECORD_TYPE(tag_, name_, fields_) \
	{ #name_, tag_, sizeof(struct ckpt_rec_##name_), fields_, sizeof(fields_) / sizeof((fields_)[0]) }

/* The type of CKPT_REC_NAME; NULL if there is none. */
const struct ckpt_record_type *ckpt_record_type(uint32_t tag);

/* Append one whole record (tag, length, fields) to buf. */
void ckpt_record_put(struct ckpt_buf *buf, const struct ckpt_record_type *type, const void *rec);

/* Append the fields only. */
void ckpt_fields_put(struct ckpt_buf *buf, const struct ckpt_record_type *type, const void *rec);

/* Read the fields in data into rec (type->size bytes, zeroed first).  Texts are copied into arena; bytes point into data.
 * 0 or -EBADMSG with err. */
int ckpt_fields_get(const struct ckpt_record_type *type, const void *data, size_t len, void *rec,
		    struct ckpt_arena *arena, struct ckpt_err *err);

/* Walk records: *at starts 0.  1 and *tag, *body, *body_len for the next one; 0 at the end; -EBADMSG. */
int ckpt_record_next(const void *data, size_t len, size_t *at, uint32_t *tag, const void **body, size_t *body_len);

#endif
