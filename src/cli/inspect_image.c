// SPDX-License-Identifier: BSD-3-Clause
/* inspect_image.c - everything in one image.  [tool]  New records and fields show up here without a line of code. */
#include "cli/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/user.h>
#include <time.h>

#include "base/kept.h"

static const char *kind_name(uint64_t kind)
{
#define KIND(value, name) [value] = #name,
	static const char *const names[] = { CKPT_MAPPING_KINDS(KIND) };
#undef KIND

	return kind < sizeof(names) / sizeof(names[0]) && names[kind] ? names[kind] : "unknown";
}

/* Bytes of page data that lie in a mapping. *chunk goes on from mapping to mapping: both rise. */
static uint64_t saved_bytes(const struct ckpt_image *im, const struct ckpt_rec_mapping *m,
			    size_t *chunk)
{
	uint64_t sum = 0;

	while (*chunk < im->chunk_count &&
	       im->chunks[*chunk].addr + im->chunks[*chunk].len <= m->start)
		(*chunk)++;
	for (size_t i = *chunk; i < im->chunk_count && im->chunks[i].addr < m->end; i++) {
		const struct ckpt_chunk *c = &im->chunks[i];
		uint64_t from = c->addr > m->start ? c->addr : m->start;
		uint64_t to = c->addr + c->len < m->end ? c->addr + c->len : m->end;

		sum += to - from;
	}
	return sum;
}

static uint64_t page_bytes(const struct ckpt_image *im)
{
	return im->head.notes_at - CKPT_IMAGE_PAGE;
}

/* ---- JSON ---- */

static json_t *head_json(const struct ckpt_image *im)
{
	const struct ckpt_image_head *h = &im->head;

	return json_pack("{s:i, s:o, s:o, s:i, s:i, s:i, s:I, s:I, s:I, s:I}", "format",
			 (int)h->version, "job", inspect_text_json(h->job), "program",
			 inspect_text_json(h->program), "generation", (int)h->generation, "member",
			 (int)h->member, "members", (int)h->members, "created",
			 (json_int_t)h->created, "bytes", (json_int_t)h->size, "page_bytes",
			 (json_int_t)page_bytes(im), "chunks", (json_int_t)im->chunk_count);
}

static json_t *records_json(const struct ckpt_image *im)
{
	json_t *all = json_object();
	const void *body;
	size_t at = 0, len;
	uint32_t tag;

	while (ckpt_record_next(im->records, im->records_len, &at, &tag, &body, &len) > 0) {
		const struct ckpt_record_type *type = ckpt_record_type(tag);
		struct ckpt_arena *arena;
		json_t *list;
		void *rec;

		if (!type)
			continue;
		arena = ckpt_arena_create();
		rec = ckpt_arena_alloc(arena, type->size);
		list = json_object_get(all, type->name);
		if (!list) {
			json_object_set_new(all, type->name, json_array());
			list = json_object_get(all, type->name);
		}
		if (ckpt_fields_get(type, body, len, rec, arena, NULL) == 0)
			json_array_append_new(list, inspect_record_json(type, rec));
		ckpt_arena_destroy(arena);
	}
	return all;
}

/* ---- text ---- */

static void print_time(const char *label, int64_t seconds)
{
	time_t t = (time_t)seconds;
	struct tm tm;
	char text[64];

	if (localtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm))
		printf("%s%s\n", label, text);
}

static void print_head(const struct ckpt_image *im, int verified)
{
	const struct ckpt_image_head *h = &im->head;

	printf("%s: %s, job %s, generation %u, member %u of %u\n", im->path, h->program, h->job,
	       h->generation, h->member, h->members);
	print_time("  written     ", h->created);
	printf("  size        %" PRIu64 " bytes, %" PRIu64 " of them memory in %zu pieces\n",
	       h->size, page_bytes(im), im->chunk_count);
	printf("  format      version %u, ELF core file\n", h->version);
	printf("  checksums   %s\n",
	       verified ? "right, all of them" : "right but for the memory's (--verify looks)");
}

static void print_threads(const struct ckpt_image *im)
{
	static const char *const skip[] = { "regs", NULL };

	printf("threads (%zu)\n", im->thread_count);
	for (size_t i = 0; i < im->thread_count; i++) {
		const struct ckpt_rec_thread *t = &im->threads[i];

		printf("  ");
		if (t->regs.len == sizeof(struct user_regs_struct)) {
			struct user_regs_struct r;

			memcpy(&r, t->regs.data, sizeof(r));
			printf("rip 0x%llx, rsp 0x%llx, rax 0x%llx, ", r.rip, r.rsp, r.rax);
		}
		inspect_record_print(ckpt_record_type(CKPT_REC_thread), t, skip);
	}
}

static const char *mapping_name(const struct ckpt_image *im, const struct ckpt_rec_mapping *m)
{
	for (size_t i = 0; m->file && i < im->mapfile_count; i++)
		if (im->mapfiles[i].id == m->file)
			return im->mapfiles[i].path;
	return m->name;
}

static void print_mappings(const struct ckpt_image *im)
{
	size_t chunk = 0;

	printf("mappings (%zu): addresses, protection, offset, kind, KB in the image, name, flags\n",
	       im->mapping_count);
	for (size_t i = 0; i < im->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &im->mappings[i];

		printf("  %012" PRIx64 "-%012" PRIx64 " %c%c%c%c %8" PRIx64 " %-11s %8" PRIu64
		       " %s",
		       m->start, m->end, m->prot & 1 ? 'r' : '-', m->prot & 2 ? 'w' : '-',
		       m->prot & 4 ? 'x' : '-', m->shared ? 's' : 'p', m->offset,
		       kind_name(m->kind), saved_bytes(im, m, &chunk) / 1024, mapping_name(im, m));
#define LETTER(bit, name, letters) \
	if (m->vmflags & CKPT_VM_##name) \
		printf(" " #name);
		CKPT_VMFLAGS(LETTER)
#undef LETTER
		putchar('\n');
	}
}

/* Descriptors and descriptions come in much the same order: look on from where the last one was. */
static const struct ckpt_rec_description *find_description(const struct ckpt_image *im, uint64_t id,
							   size_t *from)
{
	for (size_t i = 0; i < im->description_count; i++, (*from)++) {
		if (*from >= im->description_count)
			*from = 0;
		if (im->descriptions[*from].id == id)
			return &im->descriptions[*from];
	}
	return NULL;
}

static void print_descriptors(const struct ckpt_image *im)
{
	static const char *const skip[] = { "id", NULL };
	size_t from = 0;

	if (im->descriptor_count)
		printf("descriptors (%zu)\n", im->descriptor_count);
	for (size_t i = 0; i < im->descriptor_count; i++) {
		const struct ckpt_rec_descriptor *d = &im->descriptors[i];
		const struct ckpt_rec_description *what = find_description(im, d->description,
									   &from);

		printf("  %5" PRIu64 "%s -> %" PRIu64 ": ", d->fd,
		       d->cloexec ? " (close on exec)" : "", d->description);
		if (what)
			inspect_record_print(ckpt_record_type(CKPT_REC_description), what, skip);
		else
			puts("not in the image");
	}
}

/* All that has no table of its own. */
static void print_others(const struct ckpt_image *im)
{
	const void *body;
	size_t at = 0, len;
	uint32_t tag, last = 0;

	while (ckpt_record_next(im->records, im->records_len, &at, &tag, &body, &len) > 0) {
		const struct ckpt_record_type *type = ckpt_record_type(tag);
		struct ckpt_arena *arena;
		void *rec;

		if (!type || tag == CKPT_REC_thread || tag == CKPT_REC_mapping ||
		    tag == CKPT_REC_descriptor || tag == CKPT_REC_description)
			continue;
		arena = ckpt_arena_create();
		rec = ckpt_arena_alloc(arena, type->size);
		if (tag != last)
			printf("%s\n", type->name);
		last = tag;
		printf("  ");
		if (ckpt_fields_get(type, body, len, rec, arena, NULL) == 0)
			inspect_record_print(type, rec, NULL);
		ckpt_arena_destroy(arena);
	}
}

int inspect_image(const char *path, int json, int verify, struct ckpt_err *err)
{
	struct ckpt_image *im = ckpt_image_open(path, err);
	int r = 0;

	if (!im)
		return -1;
	if (verify)
		r = ckpt_image_verify_pages(im, err);
	if (verify && r == 0)
		r = ckpt_kept_verify(im, err);
	if (r == 0 && json) {
		inspect_print_json(json_pack("{s:i, s:s, s:o, s:b, s:o, s:o}", "schema",
					     INSPECT_SCHEMA, "kind", "image", "path",
					     inspect_text_json(path), "verified", verify, "head",
					     head_json(im), "records", records_json(im)));
	} else if (r == 0) {
		print_head(im, verify);
		print_others(im);
		print_threads(im);
		print_descriptors(im);
		print_mappings(im);
	}
	ckpt_image_close(im);
	return r;
}
