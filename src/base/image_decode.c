// SPDX-License-Identifier: BSD-3-Clause
/* image_decode.c - from the record note to the arrays of struct ckpt_image, and whether they make sense together.  [tool]
 * Reads memory only; believes nothing. */
#include "base/image_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "ckpt/exit.h"

/* Where the records of one tag go. */
struct place {
	uint32_t tag;
	void **array;
	size_t *count;
};

#define PLACES 12
static void list_places(struct ckpt_image *im, size_t one[3], struct place places[PLACES])
{
	const struct place list[PLACES] = {
		{ CKPT_REC_process, (void **)&im->process, &one[0] },
		{ CKPT_REC_host, (void **)&im->host, &one[1] },
		{ CKPT_REC_thread, (void **)&im->threads, &im->thread_count },
		{ CKPT_REC_sigaction, (void **)&im->sigactions, &im->sigaction_count },
		{ CKPT_REC_pending, (void **)&im->pendings, &im->pending_count },
		{ CKPT_REC_mapfile, (void **)&im->mapfiles, &im->mapfile_count },
		{ CKPT_REC_mapping, (void **)&im->mappings, &im->mapping_count },
		{ CKPT_REC_descriptor, (void **)&im->descriptors, &im->descriptor_count },
		{ CKPT_REC_description, (void **)&im->descriptions, &im->description_count },
		{ CKPT_REC_written, (void **)&im->writtens, &im->written_count },
		{ CKPT_REC_settings, (void **)&im->settings, &one[2] },
		{ CKPT_REC_guard, (void **)&im->guards, &im->guard_count },
	};

	for (size_t i = 0; i < PLACES; i++)
		places[i] = list[i];
}

static struct place *find_place(struct place places[PLACES], uint32_t tag)
{
	for (size_t i = 0; i < PLACES; i++)
		if (places[i].tag == tag)
			return &places[i];
	return NULL;
}

static int count_records(struct ckpt_image *im, struct place places[PLACES], struct ckpt_err *err)
{
	const void *body;
	size_t at = 0, len;
	uint32_t tag;
	int r;

	for (size_t i = 0; i < PLACES; i++)
		*places[i].count = 0;
	while ((r = ckpt_record_next(im->records, im->records_len, &at, &tag, &body, &len)) > 0) {
		struct place *p = find_place(places, tag);

		if (p)
			(*p->count)++;
		else if (tag < CKPT_RECORD_OPTIONAL)
			return ckpt_errs(
				err, CKPT_EX_BAD_IMAGE, -EBADMSG,
				"it has a record (tag %u) that this version of ckpt does not know",
				tag);
	}
	if (r < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, r, "its records are damaged");
	return 0;
}

static int fill_records(struct ckpt_image *im, struct place places[PLACES], struct ckpt_err *err)
{
	size_t next[PLACES] = { 0 }, at = 0, len;
	const void *body;
	uint32_t tag;

	for (size_t i = 0; i < PLACES; i++)
		*places[i].array = *places[i].count
					   ? ckpt_arena_alloc(
						     im->arena,
						     *places[i].count *
							     ckpt_record_type(places[i].tag)->size)
					   : NULL;
	while (ckpt_record_next(im->records, im->records_len, &at, &tag, &body, &len) > 0) {
		const struct ckpt_record_type *type = ckpt_record_type(tag);
		struct place *p = find_place(places, tag);
		int r;

		if (!p)
			continue;
		r = ckpt_fields_get(type, body, len,
				    (char *)*p->array + next[p - places]++ * type->size, im->arena,
				    err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int compare_mappings(const void *a, const void *b)
{
	const struct ckpt_rec_mapping *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int is_page_aligned(uint64_t v)
{
	return v % CKPT_IMAGE_PAGE == 0;
}

static int check_mappings(struct ckpt_image *im, struct ckpt_err *err)
{
	uint64_t last = 0;

	if (im->mapping_count)
		qsort(im->mappings, im->mapping_count, sizeof(*im->mappings), compare_mappings);
	for (size_t i = 0; i < im->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &im->mappings[i];

		if (m->start >= m->end || !is_page_aligned(m->start) || !is_page_aligned(m->end) ||
		    m->start < last)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
					 "its mapping %llx-%llx makes no sense",
					 (unsigned long long)m->start, (unsigned long long)m->end);
		last = m->end;
	}
	return 0;
}

/* Is [addr, +len) inside mappings without a gap?  *i moves on: chunks rise. */
static int is_mapped(const struct ckpt_image *im, size_t *i, uint64_t addr, uint64_t end)
{
	while (addr < end) {
		while (*i < im->mapping_count && im->mappings[*i].end <= addr)
			(*i)++;
		if (*i == im->mapping_count || im->mappings[*i].start > addr)
			return 0;
		addr = im->mappings[*i].end;
	}
	return 1;
}

static int check_chunks(const struct ckpt_image *im, struct ckpt_err *err)
{
	uint64_t at = CKPT_IMAGE_PAGE, last = 0;
	size_t mapping = 0;

	for (size_t i = 0; i < im->chunk_count; i++) {
		const struct ckpt_chunk *c = &im->chunks[i];

		if (!c->len || c->len > CKPT_CHUNK_MAX || !is_page_aligned(c->len) ||
		    !is_page_aligned(c->addr) || c->addr < last || c->addr + c->len < c->addr ||
		    c->at != at)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
					 "its piece of memory at %llx makes no sense",
					 (unsigned long long)c->addr);
		last = c->addr + c->len;
		at += c->len;
		if (!is_mapped(im, &mapping, c->addr, last))
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
					 "its piece of memory at %llx lies in no mapping",
					 (unsigned long long)c->addr);
	}
	return 0;
}

static int compare_ids(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Each mapping's file is there. */
static int check_references(const struct ckpt_image *im, struct ckpt_err *err)
{
	uint64_t *ids = ckpt_arena_alloc(im->arena, im->mapfile_count * sizeof(*ids));

	for (size_t i = 0; i < im->mapfile_count; i++)
		ids[i] = im->mapfiles[i].id;
	qsort(ids, im->mapfile_count, sizeof(*ids), compare_ids);
	for (size_t i = 0; i < im->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &im->mappings[i];

		if (m->file &&
		    !bsearch(&m->file, ids, im->mapfile_count, sizeof(*ids), compare_ids))
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
					 "its mapping %llx-%llx names no file",
					 (unsigned long long)m->start, (unsigned long long)m->end);
	}
	return 0;
}

int ckpt_image_decode(struct ckpt_image *im, struct ckpt_err *err)
{
	struct place places[PLACES];
	size_t one[3];
	int r;

	list_places(im, one, places);
	if ((r = count_records(im, places, err)) < 0)
		return r;
	if (one[0] != 1 || one[1] > 1 || one[2] > 1)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG,
				 "it describes %zu processes instead of one", one[0]);
	if ((r = fill_records(im, places, err)) < 0 || (r = check_mappings(im, err)) < 0 ||
	    (r = check_references(im, err)) < 0)
		return r;
	return check_chunks(im, err);
}
