// SPDX-License-Identifier: BSD-3-Clause
/* inspect_record.c - any record as text or JSON, by its table of fields alone.  [tool] */
#include "cli/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *inspect_text_json(const char *text)
{
	json_t *json = json_string(text);
	char *copy, *to;

	if (json)
		return json;
	to = copy = ckpt_xmalloc(strlen(text) * 4 + 1);
	for (; *text; text++) {
		if ((unsigned char)*text < 0x80)
			*to++ = *text;
		else
			to += sprintf(to, "\\x%02x", (unsigned char)*text);
	}
	json = json_string(copy);
	free(copy);
	return json;
}

static json_t *number_json(uint64_t v)
{
	char text[24];

	if (v <= INT64_MAX)
		return json_integer((json_int_t)v);
	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

static json_t *bytes_json(struct ckpt_bytes b)
{
	static const char digits[] = "0123456789abcdef";
	char *text = ckpt_xmalloc(b.len * 2 + 1);
	json_t *json;

	for (size_t i = 0; i < b.len; i++) {
		text[i * 2] = digits[((const uint8_t *)b.data)[i] >> 4];
		text[i * 2 + 1] = digits[((const uint8_t *)b.data)[i] & 15];
	}
	json = json_string(text);
	free(text);
	return json;
}

/* A description's state, where somebody knows how it is made; NULL if nobody does. */
static json_t *state_json(const struct ckpt_rec_description *d)
{
	const struct ckpt_record_type *type = inspect_state_type ? inspect_state_type(d->kind)
								 : NULL;
	struct ckpt_arena *arena;
	json_t *json = NULL;
	void *rec;

	if (!type)
		return NULL;
	arena = ckpt_arena_create();
	rec = ckpt_arena_alloc(arena, type->size);
	if (ckpt_fields_get(type, d->state.data, d->state.len, rec, arena, NULL) == 0)
		json = inspect_record_json(type, rec);
	ckpt_arena_destroy(arena);
	return json;
}

json_t *inspect_record_json(const struct ckpt_record_type *type, const void *rec)
{
	json_t *json = json_object();

	for (uint32_t i = 0; i < type->count; i++) {
		const struct ckpt_field *f = &type->fields[i];
		const void *at = (const char *)rec + f->offset;
		json_t *value = NULL;

		if (f->kind == CKPT_KIND_U && (*(const uint64_t *)at || f->required))
			value = number_json(*(const uint64_t *)at);
		else if (f->kind == CKPT_KIND_S && (*(const int64_t *)at || f->required))
			value = json_integer(*(const int64_t *)at);
		else if (f->kind == CKPT_KIND_STR && **(const char *const *)at)
			value = inspect_text_json(*(const char *const *)at);
		else if (f->kind == CKPT_KIND_BYT && ((const struct ckpt_bytes *)at)->len)
			value = bytes_json(*(const struct ckpt_bytes *)at);
		if (type->tag == CKPT_REC_description && !strcmp(f->name, "state") && value) {
			json_t *state = state_json(rec);

			if (state) {
				json_decref(value);
				value = state;
			}
		}
		if (value)
			json_object_set_new(json, f->name, value);
	}
	return json;
}

/* ---- text ---- */

static int ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n >= k && !strcmp(name + n - k, end);
}

/* As people write such numbers: modes in octal, sets of bits and addresses in hexadecimal. */
static void print_number(const char *name, uint64_t v)
{
	if (ends_with(name, "umask") || ends_with(name, "mode"))
		printf("0%" PRIo64, v);
	else if (v > UINT32_MAX || ends_with(name, "flags") || ends_with(name, "mask") ||
		 !strncmp(name, "cap_", 4))
		printf("0x%" PRIx64, v);
	else
		printf("%" PRIu64, v);
}

/* What a terminal must not be told. */
static void print_text(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			printf("\\x%02x", (unsigned char)*s);
		else
			putchar(*s);
}

static void print_bytes(struct ckpt_bytes b)
{
	printf("(%zu bytes", b.len);
	for (size_t i = 0; i < b.len && i < 16; i++)
		printf("%s%02x", i ? "" : " ", ((const uint8_t *)b.data)[i]);
	printf("%s)", b.len > 16 ? "..." : "");
}

static int is_skipped(const char *name, const char *const *skip)
{
	for (; skip && *skip; skip++)
		if (!strcmp(name, *skip))
			return 1;
	return 0;
}

static void print_state(const struct ckpt_rec_description *d)
{
	json_t *state = state_json(d);
	char *text = state ? json_dumps(state, JSON_COMPACT) : NULL;

	if (text)
		fputs(text, stdout);
	else
		print_bytes(d->state);
	free(text);
	json_decref(state);
}

void inspect_record_print(const struct ckpt_record_type *type, const void *rec,
			  const char *const *skip)
{
	const char *separator = "";

	for (uint32_t i = 0; i < type->count; i++) {
		const struct ckpt_field *f = &type->fields[i];
		const void *at = (const char *)rec + f->offset;
		const char *text = *(const char *const *)at;

		if (is_skipped(f->name, skip) ||
		    (f->kind == CKPT_KIND_STR	? !*text
		     : f->kind == CKPT_KIND_BYT ? !((const struct ckpt_bytes *)at)->len
						: !*(const uint64_t *)at))
			continue;
		printf("%s%s ", separator, f->name);
		separator = ", ";
		if (f->kind == CKPT_KIND_U)
			print_number(f->name, *(const uint64_t *)at);
		else if (f->kind == CKPT_KIND_S)
			printf("%" PRId64, *(const int64_t *)at);
		else if (f->kind == CKPT_KIND_STR)
			print_text(text);
		else if (type->tag == CKPT_REC_description && !strcmp(f->name, "state"))
			print_state(rec);
		else
			print_bytes(*(const struct ckpt_bytes *)at);
	}
	putchar('\n');
}

void inspect_print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}
