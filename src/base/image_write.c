// SPDX-License-Identifier: BSD-3-Clause
/*
 * image_write.c - the writer of base/image.h: page data as it comes, everything else at the end, page 0 last.  [tool]
 *
 * Page data is gathered in blocks and checksummed there, so that checksum and file are of one instant whatever the
 * caller's memory does meanwhile.
 */
#include "base/image_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ckpt/exit.h"

#define NOTES_MAX (1u << 30)

struct ckpt_image_writer {
	int fd;
	struct ckpt_image_head head;
	struct ckpt_buf records;
	int bad_record; /* an unknown tag was added */
	struct ckpt_chunk *chunks;
	size_t chunk_count, chunk_room;
	const uint8_t
		*open_data; /* the last chunk's bytes while it has no checksum yet, else NULL */
	uint64_t next_addr; /* addresses rise */
	uint64_t bytes;	    /* of page data, gathered so far */
	struct ckpt_blocks *blocks;
};

uint64_t ckpt_page0_sum(const struct ckpt_image_page0 *page)
{
	struct ckpt_image_page0 copy = *page;

	memset(copy.head + offsetof(struct ckpt_image_head, page_sum), 0, sizeof(uint64_t));
	return XXH3_64bits(&copy, sizeof(copy));
}

/* ---- gathering pages ---- */

/* Most pages that are not zero say so in their first word. */
static int is_zero_page(const uint8_t *page)
{
	const uint64_t *p = (const uint64_t *)page;

	if (p[0] || p[511])
		return 0;
	for (size_t i = 0; i < CKPT_IMAGE_PAGE / 8; i += 32) {
		uint64_t any = 0;

		for (size_t k = 0; k < 32; k++)
			any |= p[i + k];
		if (any)
			return 0;
	}
	return 1;
}

/* A chunk ends where the next begins and with its block, at the latest. */
static void close_chunk(struct ckpt_image_writer *w)
{
	struct ckpt_chunk *c;

	if (!w->open_data)
		return;
	c = &w->chunks[w->chunk_count - 1];
	c->sum = XXH3_64bits(w->open_data, c->len);
	w->open_data = NULL;
}

void ckpt_image_cut(struct ckpt_image_writer *w)
{
	close_chunk(w);
}

static void begin_chunk(struct ckpt_image_writer *w, uint64_t addr, const uint8_t *data)
{
	close_chunk(w);
	if (w->chunk_count == w->chunk_room) {
		w->chunk_room = w->chunk_room ? w->chunk_room * 2 : 256;
		w->chunks = ckpt_xrealloc(w->chunks, w->chunk_room * sizeof(*w->chunks));
	}
	w->chunks[w->chunk_count++] = (struct ckpt_chunk){ .addr = addr,
							   .at = CKPT_IMAGE_PAGE + w->bytes };
	w->open_data = data;
}

static uint64_t end_of_chunk(const struct ckpt_image_writer *w)
{
	return w->chunks[w->chunk_count - 1].addr + w->chunks[w->chunk_count - 1].len;
}

static int send_block(struct ckpt_image_writer *w)
{
	close_chunk(w);
	return ckpt_blocks_send(w->blocks);
}

/* Pages without a zero page among them.  data may lie in the block itself, behind its end. */
static int append_run(struct ckpt_image_writer *w, uint64_t addr, const uint8_t *data, size_t len)
{
	while (len) {
		size_t room;
		uint8_t *to = ckpt_blocks_room(w->blocks, &room);
		size_t n = len < room ? len : room;
		int r;

		if (!w->open_data || end_of_chunk(w) != addr)
			begin_chunk(w, addr, to);
		if (to != data)
			memmove(to, data, n);
		w->chunks[w->chunk_count - 1].len += n;
		w->bytes += n;
		addr += n;
		data += n;
		len -= n;
		if (ckpt_blocks_take(w->blocks, n) && (r = send_block(w)) < 0)
			return r;
	}
	return 0;
}

static int write_failed(struct ckpt_err *err, int r)
{
	return ckpt_errf(
		err, r, "cannot write the image: %s%s", strerror(-r),
		r == -ENOSPC || r == -EDQUOT
			? " (free some, or choose another directory with --ckptdir)"
		: r == -EFBIG ? " (raise the limit with ulimit -f, or choose another file system)"
			      : "");
}

int ckpt_image_pages(struct ckpt_image_writer *w, uint64_t addr, const void *data, size_t len,
		     struct ckpt_err *err)
{
	const uint8_t *p = data;
	size_t at = 0, run;

	if (addr % CKPT_IMAGE_PAGE || len % CKPT_IMAGE_PAGE || addr < w->next_addr ||
	    addr + len < addr)
		return ckpt_errf(err, -EINVAL, "pages at %llx do not follow those before",
				 (unsigned long long)addr);
	w->next_addr = addr + len;
	while (at < len) {
		int r;

		if (is_zero_page(p + at)) {
			at += CKPT_IMAGE_PAGE;
			continue;
		}
		for (run = CKPT_IMAGE_PAGE; at + run < len && !is_zero_page(p + at + run);
		     run += CKPT_IMAGE_PAGE)
			;
		r = append_run(w, addr + at, p + at, run);
		if (r < 0)
			return write_failed(err, r);
		at += run;
	}
	return 0;
}

void *ckpt_image_room(struct ckpt_image_writer *w, size_t *room)
{
	uint8_t *to = ckpt_blocks_room(w->blocks, room);

	if (*room >= CKPT_IMAGE_ROOM)
		return to;
	(void)send_block(w); /* a failure is kept, and said by the next call that can */
	return ckpt_blocks_room(w->blocks, room);
}

uint64_t ckpt_image_bytes(const struct ckpt_image_writer *w)
{
	return w->bytes;
}

/* ---- beginning and end ---- */

struct ckpt_image_writer *ckpt_image_writer_create(int fd, const struct ckpt_image_head *head)
{
	struct ckpt_image_writer *w = ckpt_xmalloc(sizeof(*w));

	w->fd = fd;
	w->head = *head;
	w->blocks = ckpt_blocks_create(fd, CKPT_IMAGE_PAGE);
	if (w->blocks)
		return w;
	free(w);
	return NULL;
}

void ckpt_image_writer_destroy(struct ckpt_image_writer *w)
{
	if (!w)
		return;
	ckpt_blocks_destroy(w->blocks);
	ckpt_buf_free(&w->records);
	free(w->chunks);
	free(w);
}

void ckpt_image_add(struct ckpt_image_writer *w, uint32_t tag, const void *rec)
{
	const struct ckpt_record_type *type = ckpt_record_type(tag);

	if (type)
		ckpt_record_put(&w->records, type, rec);
	else
		w->bad_record = 1;
}

static void align8(struct ckpt_buf *buf)
{
	ckpt_buf_grow(buf, -buf->len % 8);
}

/* Everything behind the page data, in one buffer, and the head's fields that say where each part is. */
static int describe(struct ckpt_image_writer *w, struct ckpt_buf *out, Elf64_Ehdr *ehdr,
		    struct ckpt_err *err)
{
	struct ckpt_image im = { .head = w->head,
				 .records = w->records.data,
				 .records_len = w->records.len,
				 .chunks = w->chunks,
				 .chunk_count = w->chunk_count };
	struct ckpt_buf phdrs = { 0 };
	size_t notes_len;
	int r;

	im.arena = ckpt_arena_create();
	r = ckpt_image_decode(&im, err); /* what a reader would refuse is not written */
	if (r < 0)
		goto out;
	ckpt_core_notes(out, &im);
	ckpt_note_put(out, "CKPT", CKPT_NT_RECORDS, w->records.data, w->records.len);
	notes_len = out->len;
	align8(out);
	if (out->len > NOTES_MAX) {
		r = ckpt_errf(err, -EFBIG, "the image's records are larger than %u bytes",
			      NOTES_MAX);
		goto out;
	}
	w->head.notes_at = CKPT_IMAGE_PAGE + w->bytes;
	w->head.notes_len = out->len;
	w->head.notes_sum = XXH3_64bits(out->data, out->len);
	w->head.phdrs_at = w->head.notes_at + w->head.notes_len;
	ckpt_core_phdrs(&phdrs, ehdr, &im, w->head.phdrs_at, w->head.notes_at, notes_len);
	w->head.phdrs_len = phdrs.len;
	w->head.phdrs_sum = XXH3_64bits(phdrs.data, phdrs.len);
	ckpt_buf_add(out, phdrs.data, phdrs.len);
	ckpt_buf_free(&phdrs);
	w->head.chunks_at = w->head.phdrs_at + w->head.phdrs_len;
	w->head.chunks_len = w->chunk_count * sizeof(*w->chunks);
	w->head.chunks_sum = XXH3_64bits(w->chunks, w->head.chunks_len);
	ckpt_buf_add(out, w->chunks, w->head.chunks_len);
	w->head.size = w->head.chunks_at + w->head.chunks_len;
out:
	ckpt_arena_destroy(im.arena);
	return r;
}

static void fill_page0(struct ckpt_image_page0 *page, struct ckpt_image_head *head,
		       const Elf64_Ehdr *ehdr)
{
	memset(page, 0, sizeof(*page));
	page->ehdr = *ehdr;
	page->nhdr = (Elf64_Nhdr){ .n_namesz = 5,
				   .n_descsz = sizeof(*head),
				   .n_type = CKPT_NT_HEADER };
	memcpy(page->name, "CKPT", 5);
	memcpy(head->magic, CKPT_IMAGE_MAGIC, sizeof(head->magic));
	head->version = CKPT_IMAGE_VERSION;
	head->page_sum = 0;
	memcpy(page->head, head, sizeof(*head));
	head->page_sum = ckpt_page0_sum(page);
	memcpy(page->head, head, sizeof(*head));
}

/* The two halves of the order of operations: what page 0 will speak of is on the disk before page 0 is. */
static int write_ends(struct ckpt_image_writer *w, const struct ckpt_buf *rest,
		      const struct ckpt_image_page0 *page)
{
	int r = ckpt_write_all(w->fd, rest->data, rest->len, w->head.notes_at);

	if (r < 0)
		return r;
	if (fsync(w->fd) < 0)
		return -errno;
	r = ckpt_write_all(w->fd, page, sizeof(*page), 0);
	if (r < 0)
		return r;
	return fsync(w->fd) < 0 ? -errno : 0;
}

/* Past RLIMIT_FSIZE the kernel sends SIGXFSZ, whose default would end us in the middle: take it, EFBIG says the same. */
static int write_ends_guarded(struct ckpt_image_writer *w, const struct ckpt_buf *rest,
			      const struct ckpt_image_page0 *page)
{
	const struct timespec now = { 0 };
	sigset_t xfsz, old;
	int r;

	sigemptyset(&xfsz);
	sigaddset(&xfsz, SIGXFSZ);
	pthread_sigmask(SIG_BLOCK, &xfsz, &old);
	r = write_ends(w, rest, page);
	if (r == -EFBIG && !sigismember(&old, SIGXFSZ))
		(void)sigtimedwait(&xfsz, NULL, &now);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int ckpt_image_finish(struct ckpt_image_writer *w, uint32_t members, struct ckpt_err *err)
{
	Elf64_Ehdr ehdr = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
			     EV_CURRENT },
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_ehsize = sizeof(ehdr),
	};
	struct ckpt_image_page0 page;
	struct ckpt_buf rest = { 0 };
	int r;

	if (w->bad_record)
		return ckpt_errf(err, -EINVAL,
				 "a record of an unknown kind was added to the image");
	w->head.members = members;
	close_chunk(w);
	r = ckpt_blocks_end(w->blocks);
	if (r < 0)
		return write_failed(err, r);
	r = describe(w, &rest, &ehdr, err);
	if (r == 0) {
		fill_page0(&page, &w->head, &ehdr);
		r = write_ends_guarded(w, &rest, &page);
		if (r < 0)
			write_failed(err, r);
	}
	ckpt_buf_free(&rest);
	return r;
}
