// SPDX-License-Identifier: BSD-3-Clause
/*
 * image_read.c - the reader of base/image.h.  [tool]
 *
 * An image is code: who may have written it is looked at first, on the open descriptor.  Then nothing in it is believed
 * before its checksum was seen, and every byte of the file is under one: page 0, page data, notes, program headers and
 * chunk table follow each other without a gap.
 */
#include "base/image_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ckpt/exit.h"

/* A part of the file that is held in memory at once, at most: a file with holes can claim any size. */
#define PART_MAX (1ull << 30)

#define BAD(err, ...) ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, __VA_ARGS__)

static int read_all(int fd, void *data, size_t len, uint64_t at, struct ckpt_err *err)
{
	uint8_t *p = data;

	while (len) {
		ssize_t n = pread(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ckpt_errs(err, CKPT_EX_IO, -errno, "cannot read it: %s",
					 strerror(errno));
		if (n == 0)
			return BAD(err, "it ends at byte %llu", (unsigned long long)at);
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

/* ---- whose is it ---- */

/* Root restarts root's images only: the program would run as root.  A user: his own and root's. */
static int is_trusted_owner(uid_t owner)
{
	return owner == geteuid() || owner == 0;
}

static int check_directory(int fd, struct ckpt_err *err)
{
	char link[64], dir[4096];
	struct stat st;
	ssize_t n;
	char *slash;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, dir, sizeof(dir) - 1); /* where the file is, whatever links led to it */
	if (n <= 0)
		return ckpt_errs(err, CKPT_EX_IO, -errno,
				 "cannot tell which directory it is in: %s", strerror(errno));
	dir[n] = 0;
	slash = strrchr(dir, '/');
	if (!slash)
		return BAD(err, "it is in no directory");
	slash[slash == dir] = 0;
	if (stat(dir, &st) < 0)
		return ckpt_errs(err, CKPT_EX_IO, -errno, "cannot look at its directory %s: %s",
				 dir, strerror(errno));
	if (!is_trusted_owner(st.st_uid) && !(st.st_mode & S_ISVTX))
		return BAD(
			err,
			"its directory %s belongs to another user (uid %u): copy the image to one of yours",
			dir, st.st_uid);
	if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(st.st_mode & S_ISVTX))
		return BAD(err, "others may write its directory %s (chmod go-w %s)", dir, dir);
	return 0;
}

static int check_owner(int fd, const char *path, struct stat *st, struct ckpt_err *err)
{
	if (fstat(fd, st) < 0)
		return ckpt_errs(err, CKPT_EX_IO, -errno, "%s", strerror(errno));
	if (!S_ISREG(st->st_mode))
		return BAD(err, "it is no regular file");
	if (!is_trusted_owner(st->st_uid))
		return BAD(
			err,
			"it belongs to another user (uid %u): an image is code that would run as you",
			st->st_uid);
	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return BAD(err, "others may write it (chmod go-w %s)", path);
	return check_directory(fd, err);
}

/* ---- page 0 ---- */

static int check_head(const struct ckpt_image_page0 *page, struct ckpt_image_head *head,
		      uint64_t size, struct ckpt_err *err)
{
	memcpy(head, page->head, sizeof(*head));
	if (memcmp(page->ehdr.e_ident, ELFMAG, SELFMAG) != 0 ||
	    memcmp(head->magic, CKPT_IMAGE_MAGIC, sizeof(head->magic)) != 0)
		return BAD(err, "it is not a checkpoint image");
	if (head->version != CKPT_IMAGE_VERSION)
		return BAD(err, "it has format version %u; this ckpt reads version %u",
			   head->version, CKPT_IMAGE_VERSION);
	if (ckpt_page0_sum(page) != head->page_sum)
		return BAD(err, "it is damaged: the checksum of its first page is wrong");
	if (page->ehdr.e_machine != EM_X86_64)
		return BAD(err, "it was written on another kind of processor");
	if (head->size != size)
		return BAD(err, "it is %s: it has %llu bytes and should have %llu",
			   size < head->size ? "truncated" : "damaged", (unsigned long long)size,
			   (unsigned long long)head->size);
	if (memchr(head->job, 0, sizeof(head->job)) == NULL ||
	    memchr(head->program, 0, sizeof(head->program)) == NULL)
		return BAD(err, "its head makes no sense");
	return 0;
}

/* The parts follow each other from the first page to the end: no byte is outside them. */
static int check_layout(const struct ckpt_image_head *h, struct ckpt_err *err)
{
	if (h->notes_at < CKPT_IMAGE_PAGE || h->notes_at % CKPT_IMAGE_PAGE ||
	    h->notes_at > h->size || h->notes_len > h->size - h->notes_at ||
	    h->phdrs_at != h->notes_at + h->notes_len || h->phdrs_len > h->size - h->phdrs_at ||
	    h->chunks_at != h->phdrs_at + h->phdrs_len || h->chunks_len != h->size - h->chunks_at ||
	    h->chunks_len % sizeof(struct ckpt_chunk))
		return BAD(err, "its parts make no sense");
	if (h->notes_len > PART_MAX || h->phdrs_len > PART_MAX || h->chunks_len > PART_MAX)
		return BAD(err, "its tables are too large");
	return 0;
}

/* ---- the parts ---- */

static int read_part(struct ckpt_image *im, void **data, uint64_t at, uint64_t len, uint64_t sum,
		     const char *what, struct ckpt_err *err)
{
	int r;

	*data = ckpt_arena_alloc(im->arena, len);
	r = read_all(im->fd, *data, len, at, err);
	if (r < 0)
		return r;
	if (XXH3_64bits(*data, len) != sum)
		return BAD(err, "it is damaged: the checksum of its %s is wrong", what);
	return 0;
}

static int check_phdrs(struct ckpt_image *im, struct ckpt_err *err)
{
	void *data = malloc(im->head.phdrs_len + 1);
	int r;

	if (!data)
		return ckpt_errs(err, CKPT_EX_IO, -ENOMEM, "not enough memory to read it");
	r = read_all(im->fd, data, im->head.phdrs_len, im->head.phdrs_at, err);
	if (r == 0 && XXH3_64bits(data, im->head.phdrs_len) != im->head.phdrs_sum)
		r = BAD(err, "it is damaged: the checksum of its program headers is wrong");
	free(data);
	return r;
}

/* The note CKPT/RECORDS among the others. */
static int find_records(struct ckpt_image *im, uint8_t *notes, size_t len, struct ckpt_err *err)
{
	size_t at = 0;

	while (len - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr n;
		uint64_t name, desc;

		memcpy(&n, notes + at, sizeof(n));
		at += sizeof(n);
		name = ((uint64_t)n.n_namesz + 3) & ~3ull;
		desc = ((uint64_t)n.n_descsz + 3) & ~3ull;
		if (name > len - at || desc > len - at - name)
			break;
		if (n.n_type == CKPT_NT_RECORDS && n.n_namesz == 5 &&
		    memcmp(notes + at, "CKPT", 5) == 0) {
			im->records = notes + at + name;
			im->records_len = n.n_descsz;
			return 0;
		}
		at += name + desc;
	}
	return BAD(err, "it holds no records");
}

static int read_image(struct ckpt_image *im, struct ckpt_err *err)
{
	struct ckpt_image_page0 page;
	void *notes = NULL, *chunks = NULL;
	struct stat st;
	int r;

	if ((r = check_owner(im->fd, im->path, &st, err)) < 0)
		return r;
	if ((uint64_t)st.st_size < sizeof(page))
		return BAD(err,
			   st.st_size
				   ? "it is not a checkpoint image, or a truncated one (%lld bytes)"
				   : "it is empty (%lld bytes)",
			   (long long)st.st_size);
	if ((r = read_all(im->fd, &page, sizeof(page), 0, err)) < 0 ||
	    (r = check_head(&page, &im->head, (uint64_t)st.st_size, err)) < 0 ||
	    (r = check_layout(&im->head, err)) < 0 ||
	    (r = read_part(im, &notes, im->head.notes_at, im->head.notes_len, im->head.notes_sum,
			   "notes", err)) < 0 ||
	    (r = check_phdrs(im, err)) < 0 ||
	    (r = read_part(im, &chunks, im->head.chunks_at, im->head.chunks_len,
			   im->head.chunks_sum, "chunk table", err)) < 0)
		return r;
	im->chunks = chunks;
	im->chunk_count = im->head.chunks_len / sizeof(*im->chunks);
	if ((r = find_records(im, notes, im->head.notes_len, err)) < 0 ||
	    (r = ckpt_image_decode(im, err)) < 0)
		return r;
	if (im->chunk_count
		    ? im->chunks[im->chunk_count - 1].at + im->chunks[im->chunk_count - 1].len !=
			      im->head.notes_at
		    : im->head.notes_at != CKPT_IMAGE_PAGE)
		return BAD(err, "its chunk table does not cover its page data");
	return 0;
}

struct ckpt_image *ckpt_image_open(const char *path, struct ckpt_err *err)
{
	struct ckpt_image *im = ckpt_xmalloc(sizeof(*im));

	im->arena = ckpt_arena_create();
	im->path = ckpt_arena_text(im->arena, path, strlen(path));
	im->fd = open(path,
		      O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY); /* a FIFO must not hold us */
	if (im->fd < 0)
		ckpt_errs(err, CKPT_EX_IO, -errno, "cannot open %s: %s", path, strerror(errno));
	else if (read_image(im, err) < 0)
		ckpt_err_in(err, 0, "%s", path);
	else
		return im;
	ckpt_image_close(im);
	return NULL;
}

/* ---- page data ---- */

/* Page data has no gaps, so whole chunks are read as far as the buffer goes. */
static int verify_batch(struct ckpt_image *im, uint8_t *buf, size_t *i, struct ckpt_err *err)
{
	const struct ckpt_chunk *first = &im->chunks[*i], *c;
	size_t len = 0, end = *i;
	int r;

	while (end < im->chunk_count && im->chunks[end].len <= CKPT_CHUNK_MAX - len)
		len += im->chunks[end++].len;
	r = read_all(im->fd, buf, len, first->at, err);
	if (r < 0)
		return r;
	for (; *i < end; (*i)++) {
		c = &im->chunks[*i];
		if (XXH3_64bits(buf + (c->at - first->at), c->len) != c->sum)
			return BAD(
				err,
				"it is damaged: the checksum of the memory at %llx-%llx is wrong",
				(unsigned long long)c->addr,
				(unsigned long long)(c->addr + c->len));
	}
	return 0;
}

int ckpt_image_verify_pages(struct ckpt_image *im, struct ckpt_err *err)
{
	uint8_t *buf = ckpt_xmalloc(CKPT_CHUNK_MAX);
	size_t i = 0;
	int r = 0;

	(void)posix_fadvise(im->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	while (r == 0 && i < im->chunk_count)
		r = verify_batch(im, buf, &i, err);
	free(buf);
	return r < 0 ? ckpt_err_in(err, r, "%s", im->path) : 0;
}

int ckpt_image_verify_chunk(struct ckpt_image *im, size_t index, struct ckpt_err *err)
{
	const struct ckpt_chunk *c = &im->chunks[index];
	uint8_t *buf = ckpt_xmalloc(c->len);
	int r = read_all(im->fd, buf, c->len, c->at, err);

	if (r >= 0 && XXH3_64bits(buf, c->len) != c->sum)
		r = BAD(err, "it is damaged: the checksum of the memory at %llx-%llx is wrong", (unsigned long long)c->addr,
			(unsigned long long)(c->addr + c->len));
	free(buf);
	return r < 0 ? ckpt_err_in(err, r, "%s", im->path) : 0;
}

void ckpt_image_close(struct ckpt_image *im)
{
	if (!im)
		return;
	if (im->fd >= 0)
		close(im->fd);
	ckpt_arena_destroy(im->arena);
	free(im);
}

int ckpt_image_peek(const struct ckpt_image *image, uint64_t addr, void *to, size_t len)
{
	memset(to, 0, len);
	for (size_t i = 0; i < image->chunk_count; i++) {
		const struct ckpt_chunk *c = &image->chunks[i];
		uint64_t from = addr > c->addr ? addr : c->addr;
		uint64_t end = addr + len < c->addr + c->len ? addr + len : c->addr + c->len;

		if (from < end && pread(image->fd, (char *)to + (from - addr), end - from, c->at + (from - c->addr)) !=
					  (ssize_t)(end - from))
			return -EIO;
	}
	return 0;
}
