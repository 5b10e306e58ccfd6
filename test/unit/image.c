// SPDX-License-Identifier: BSD-3-Clause
/* image.c - the image's writer and reader: what is written is read, and what is damaged anywhere is refused.  [tool] */
#include "base/image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/user.h>
#include <time.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "ckpt/exit.h"
#include "tap.h"

#define PAGE CKPT_IMAGE_PAGE
#define HEAD_AT 84 /* in page 0 */
#define TEXT_AT 0x400000ull
#define HEAP_AT 0x10000000ull
#define STACK_AT 0x7ffffff00000ull

static char dir[] = "/tmp/ckpt-unit-image-XXXXXX";
static char path[128];

/* ---- a fixed image ---- */

static uint64_t state;
static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static void fill_random(void *data, size_t len)
{
	for (size_t i = 0; i < len / 8; i++)
		((uint64_t *)data)[i] = next_random();
}

static void add_records(struct ckpt_image_writer *w, unsigned threads)
{
	static const uint64_t auxv[4] = { AT_PAGESZ, PAGE, 0, 0 };
	static const uint8_t limits[256] = { 1 };
	static uint8_t xstate[832];
	struct user_regs_struct regs = { .rip = TEXT_AT + 16,
					 .rsp = STACK_AT + 0x8000,
					 .rbx = 0x1122334455667788 };
	struct ckpt_rec_process p = {
		.pid = 1000,
		.ppid = 1,
		.pgid = 1000,
		.sid = 1000,
		.exe = "/usr/bin/victim",
		.comm = "victim",
		.cwd = "/tmp",
		.umask = 022,
		.limits = { limits, sizeof(limits) },
		.auxv = { auxv, sizeof(auxv) },
		.oom_score_adj = -17,
		.brk = HEAP_AT + 64 * PAGE,
	};
	struct ckpt_rec_mapfile f = {
		.id = 1, .path = "/usr/bin/victim", .size = 8192, .mtime_sec = 1700000000
	};
	struct ckpt_rec_mapping maps[] = {
		{ .start = TEXT_AT,
		  .end = TEXT_AT + 4 * PAGE,
		  .kind = CKPT_MAPPING_file,
		  .prot = 5,
		  .file = 1 },
		{ .start = HEAP_AT,
		  .end = HEAP_AT + 64 * PAGE,
		  .kind = CKPT_MAPPING_heap,
		  .prot = 3 },
		{ .start = HEAP_AT + 64 * PAGE,
		  .end = HEAP_AT + 65 * PAGE,
		  .kind = CKPT_MAPPING_anon,
		  .prot = 1 },
		{ .start = STACK_AT,
		  .end = STACK_AT + 16 * PAGE,
		  .kind = CKPT_MAPPING_stack,
		  .prot = 3 },
	};

	ckpt_image_add(w, CKPT_REC_process, &p);
	ckpt_image_add(w, CKPT_REC_mapfile, &f);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		ckpt_image_add(w, CKPT_REC_mapping, &maps[i]);
	for (unsigned i = 0; i < threads; i++) {
		struct ckpt_rec_thread t = { .tid = 1000 + i,
					     .regs = { &regs, sizeof(regs) },
					     .xstate = { xstate, sizeof(xstate) },
					     .sigmask = i };

		ckpt_image_add(w, CKPT_REC_thread, &t);
	}
}

/* Pages of the heap: 0 1 data, 2 zero, 3..5 data, the rest zero; of the stack: the last two. */
static int add_pages(struct ckpt_image_writer *w, struct ckpt_err *err)
{
	static uint8_t pages[64 * PAGE] __attribute__((aligned(4096)));
	int r;

	state = 88172645463325252ull;
	memset(pages, 0, sizeof(pages));
	fill_random(pages, 2 * PAGE);
	fill_random(pages + 3 * PAGE, 3 * PAGE);
	memset(pages + 3 * PAGE, 0, PAGE);
	pages[4 * PAGE - 9] = 1; /* a page that is nearly zero */
	r = ckpt_image_pages(w, HEAP_AT, pages, sizeof(pages), err);
	return r < 0 ? r : ckpt_image_pages(w, STACK_AT + 14 * PAGE, pages, 2 * PAGE, err);
}

static struct ckpt_image_head make_head(void)
{
	return (struct ckpt_image_head){ .member = 1,
					 .generation = 7,
					 .job = "j1",
					 .program = "victim",
					 .created = 1700000000 };
}

static int write_image(const char *to, struct ckpt_err *err)
{
	struct ckpt_image_head head = make_head();
	int fd = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), r;
	struct ckpt_image_writer *w = ckpt_image_writer_create(fd, &head);

	add_records(w, 3);
	r = add_pages(w, err);
	if (r == 0)
		r = ckpt_image_finish(w, 3, err);
	ckpt_image_writer_destroy(w);
	close(fd);
	return r;
}

static void check_contents(const char *name, const char *from)
{
	struct ckpt_err err = { 0 };
	struct ckpt_image *im = ckpt_image_open(from, &err);
	uint64_t sum = 0;

	if (!ok(im != NULL, "%s: opens (%s)", name, err.text))
		return;
	for (size_t i = 0; i < im->chunk_count; i++)
		sum += im->chunks[i].len;
	ok(ckpt_image_verify_pages(im, &err) == 0, "%s: pages verify (%s)", name, err.text);
	ok(im->head.generation == 7 && im->head.members == 3 && !strcmp(im->head.job, "j1"),
	   "%s: head", name);
	ok(im->thread_count == 3 && im->threads[2].tid == 1002 && im->threads[2].sigmask == 2 &&
		   im->threads[0].xstate.len == 832,
	   "%s: threads", name);
	ok(im->process->pid == 1000 && im->process->oom_score_adj == -17 &&
		   !strcmp(im->process->cwd, "/tmp"),
	   "%s: process", name);
	ok(im->mapping_count == 4 && im->mapfile_count == 1 && im->mappings[3].start == STACK_AT,
	   "%s: mappings", name);
	ok(sum == 7 * PAGE && im->chunk_count == 3,
	   "%s: zero pages are left out (%zu chunks, %llu bytes)", name, im->chunk_count,
	   (unsigned long long)sum);
	ckpt_image_close(im);
}

/* ---- damage ---- */

/* 1: refused with status 65. */
static int is_refused(const char *file)
{
	struct ckpt_err err = { 0 };
	struct ckpt_image *im = ckpt_image_open(file, &err);
	int r = -1;

	if (im)
		r = ckpt_image_verify_pages(im, &err);
	ckpt_image_close(im);
	return r < 0 && err.status == CKPT_EX_BAD_IMAGE && err.text[0] && !strchr(err.text, '\n');
}

static uint8_t *read_file(const char *from, size_t *len)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *data;

	fstat(fd, &st);
	*len = (size_t)st.st_size;
	data = malloc(*len);
	if (read(fd, data, *len) != (ssize_t)*len)
		abort();
	close(fd);
	return data;
}

static void flip(int fd, const uint8_t *data, size_t at, unsigned bit)
{
	uint8_t b = data[at] ^ (uint8_t)(1u << bit);

	if (pwrite(fd, &b, 1, (off_t)at) != 1)
		abort();
}

static void unflip(int fd, const uint8_t *data, size_t at)
{
	if (pwrite(fd, data + at, 1, (off_t)at) != 1)
		abort();
}

/* Every bit outside page data, and of page data every 61st byte's. */
static void test_flips(void)
{
	size_t len, missed = 0, tried = 0;
	uint8_t *data = read_file(path, &len);
	struct ckpt_image_head h;
	int fd = open(path, O_RDWR | O_CLOEXEC);

	memcpy(&h, data + HEAD_AT, sizeof(h));
	for (size_t at = 0; at < len; at += at >= PAGE && at + 61 < h.notes_at ? 61 : 1)
		for (unsigned bit = 0; bit < 8; bit++, tried++) {
			flip(fd, data, at, bit);
			if (!is_refused(path)) {
				diag("flip of bit %u of byte %zu is not found", bit, at);
				missed++;
			}
			unflip(fd, data, at);
		}
	ok(!missed, "each of %zu flipped bits is found", tried);
	close(fd);
	free(data);
}

static void test_lengths(void)
{
	size_t len, missed = 0;
	uint8_t *data = read_file(path, &len);

	for (size_t n = 0; n < len; n += n < 200 || n + 200 > len ? 1 : 97)
		missed += truncate(path, (off_t)n) != 0 || !is_refused(path) || ({
				  int fd = open(path, O_WRONLY | O_CLOEXEC);
				  ssize_t k = pwrite(fd, data, len, 0);
				  close(fd);
				  k != (ssize_t)len;
			  });
	ok(!missed, "truncated at any length: refused");
	missed = 0;
	for (size_t n = 1; n < 10000; n = n * 3 + 1)
		missed += truncate(path, (off_t)(len + n)) != 0 || !is_refused(path);
	ok(!missed, "bytes appended: refused");
	if (truncate(path, (off_t)len) != 0)
		abort();
	free(data);
}

/* What the reader must survive: structures that are damaged and yet bear right checksums, as an enemy makes them. */
static void seal(uint8_t *data, const struct ckpt_image_head *h)
{
	struct ckpt_image_head head = *h;

	if (h->notes_at <= h->size && h->notes_len <= h->size - h->notes_at)
		head.notes_sum = XXH3_64bits(data + h->notes_at, h->notes_len);
	if (h->phdrs_at <= h->size && h->phdrs_len <= h->size - h->phdrs_at)
		head.phdrs_sum = XXH3_64bits(data + h->phdrs_at, h->phdrs_len);
	if (h->chunks_at <= h->size && h->chunks_len <= h->size - h->chunks_at)
		head.chunks_sum = XXH3_64bits(data + h->chunks_at, h->chunks_len);
	head.page_sum = 0;
	memcpy(data + HEAD_AT, &head, sizeof(head));
	head.page_sum = XXH3_64bits(data, PAGE);
	memcpy(data + HEAD_AT, &head, sizeof(head));
}

static void put_file(const char *to, const uint8_t *data, size_t len)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (write(fd, data, len) != (ssize_t)len)
		abort();
	close(fd);
}

static void mutate(uint8_t *data, size_t len, struct ckpt_image_head *h)
{
	static const uint64_t words[] = { 0,	      1,	  PAGE,	      1ull << 31,
					  1ull << 32, 1ull << 63, UINT64_MAX, UINT64_MAX - 4095 };
	size_t from = h->notes_at + next_random() % (len - h->notes_at), n = next_random() % 6;

	switch (next_random() % 4) {
	case 0: /* a field of the head, sizes and places among them */
		memcpy((uint8_t *)h + offsetof(struct ckpt_image_head, size) +
			       next_random() % 11 * 8,
		       &words[next_random() % 8], 8);
		break;
	case 1: /* a word of a table */
		if (from + 8 <= len)
			memcpy(data + from, &words[next_random() % 8], 8);
		break;
	default: /* single bytes */
		for (; n-- > 0; from = h->notes_at + next_random() % (len - h->notes_at))
			data[from] = (uint8_t)next_random();
	}
}

/* Open, verify, and touch every array; nothing may crash, whatever comes out. */
static void test_hostile(unsigned seconds)
{
	size_t len, opened = 0, tried = 0;
	uint8_t *data = read_file(path, &len), *copy = malloc(len);
	time_t until = time(NULL) + seconds;
	struct ckpt_image_head head, h;
	char bad[160];

	snprintf(bad, sizeof(bad), "%s/bad.img", dir);
	memcpy(&head, data + HEAD_AT, sizeof(head));
	while (tried < 20000 || (seconds && time(NULL) < until)) {
		struct ckpt_err err = { 0 };
		struct ckpt_image *im;

		memcpy(copy, data, len);
		h = head;
		mutate(copy, len, &h);
		seal(copy, &h);
		put_file(bad, copy, len);
		im = ckpt_image_open(bad, &err);
		if (im && ckpt_image_verify_pages(im, &err) == 0)
			opened++;
		ckpt_image_close(im);
		tried++;
	}
	ok(1, "%zu hostile images survived, %zu of them readable", tried, opened);
	unlink(bad);
	free(copy);
	free(data);
}

/* The first line that err must hold. */
static void is_refused_because(const char *file, const char *why, const char *what)
{
	struct ckpt_err err = { 0 };
	struct ckpt_image *im = ckpt_image_open(file, &err);

	if (!ok(!im && err.status == CKPT_EX_BAD_IMAGE && strstr(err.text, why), "%s is refused",
		what))
		diag("%d: %s", err.status, err.text);
	ckpt_image_close(im);
}

static void test_strangers(void)
{
	char other[160];
	size_t len;
	uint8_t *data = read_file(path, &len);
	struct ckpt_image_head h;

	chmod(path, 0660);
	is_refused_because(path, "chmod go-w", "an image that the group may write");
	chmod(path, 0600);
	chmod(dir, 0777);
	is_refused_because(path, "its directory", "an image in a directory that all may write");
	chmod(dir, 01777);
	check_contents("sticky directory", path);
	chmod(dir, 0700);
	snprintf(other, sizeof(other), "%s/b.img", dir);
	memcpy(&h, data + HEAD_AT, sizeof(h));
	h.version = 2;
	seal(data, &h);
	put_file(other, data, len);
	is_refused_because(other, "format version 2", "another format version");
	put_file(other, (const uint8_t *)"#!/bin/sh\n", 10);
	is_refused_because(other, "not a checkpoint image", "a script");
	put_file(other, data, 0);
	is_refused_because(other, "empty", "an empty file");
	is_refused_because(dir, "no regular file", "a directory");
	unlink(other);
	if (mkfifo(other, 0600) == 0)
		is_refused_because(other, "no regular file", "a FIFO");
	unlink(other);
	if (geteuid() == 0 && link(path, other) == 0 && chown(path, 4711, 4711) == 0) {
		is_refused_because(path, "belongs to another user", "a user's image, by root,");
		if (chown(path, 0, 0) != 0)
			abort();
	} else {
		skip("a user's image, by root", "not root");
	}
	unlink(other);
	free(data);
}

/* RLIMIT_FSIZE: an error by name, no signal, and no image. */
static void test_limit(void)
{
	static const rlim_t limits[2] = { 16384, 40000 }; /* in the pages; in the tables */
	struct ckpt_err err;
	struct rlimit old;
	char other[160];
	int r;

	snprintf(other, sizeof(other), "%s/c.img", dir);
	getrlimit(RLIMIT_FSIZE, &old);
	for (size_t i = 0; i < 2; i++) {
		struct rlimit small = { limits[i], old.rlim_max };

		memset(&err, 0, sizeof(err));
		setrlimit(RLIMIT_FSIZE, &small);
		r = write_image(other, &err);
		setrlimit(RLIMIT_FSIZE, &old);
		ok(r == -EFBIG && strstr(err.text, "ulimit -f"),
		   "a limit on file size is told (%s)", err.text);
		ok(is_refused(other), "and what was written is no image");
	}
	unlink(other);
}

static void test_full(void)
{
	struct ckpt_err err = { 0 };
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC), r;
	struct ckpt_image_head head = make_head();
	struct ckpt_image_writer *w = ckpt_image_writer_create(fd, &head);

	add_records(w, 1);
	r = add_pages(w, &err);
	if (r == 0)
		r = ckpt_image_finish(w, 1, &err);
	ok(r == -ENOSPC && strstr(err.text, "--ckptdir"), "no space is told (%s)", err.text);
	ckpt_image_writer_destroy(w);
	close(fd);
}

/* Past 65,534 program headers their number stands in section header 0. */
static void test_many_mappings(void)
{
	struct ckpt_image_head head = make_head();
	struct ckpt_rec_process p = { .pid = 1, .exe = "/x", .cwd = "/" };
	struct ckpt_err err = { 0 };
	char other[160];
	int fd;
	struct ckpt_image_writer *w;
	Elf64_Ehdr eh;
	Elf64_Shdr sh;

	snprintf(other, sizeof(other), "%s/m.img", dir);
	fd = open(other, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	w = ckpt_image_writer_create(fd, &head);
	ckpt_image_add(w, CKPT_REC_process, &p);
	for (uint64_t i = 0; i < 70000; i++) {
		struct ckpt_rec_mapping m = { .start = HEAP_AT + i * 2 * PAGE,
					      .end = HEAP_AT + (i * 2 + 1) * PAGE,
					      .kind = CKPT_MAPPING_anon,
					      .prot = 3 };

		ckpt_image_add(w, CKPT_REC_mapping, &m);
	}
	ok(ckpt_image_finish(w, 1, &err) == 0, "70,000 mappings (%s)", err.text);
	ok(pread(fd, &eh, sizeof(eh), 0) == sizeof(eh) && eh.e_phnum == PN_XNUM &&
		   eh.e_shnum == 1 && pread(fd, &sh, sizeof(sh), (off_t)eh.e_shoff) == sizeof(sh) &&
		   sh.sh_info == 70002,
	   "their headers are counted in section header 0");
	ckpt_image_writer_destroy(w);
	close(fd);
	unlink(other);
}

static void test_names(void)
{
	char name[256], program[64], job[64];
	uint32_t generation, member;

	ok(ckpt_image_name(name, sizeof(name), "my prog_x/y", "1_2", 12, 3, 0) > 0 &&
		   !strcmp(name, "ckpt_my-prog-x-y_1-2_g000012_3.img"),
	   "a name (%s)", name);
	ok(ckpt_image_parse_name(name, program, job, &generation, &member) == 0 &&
		   !strcmp(program, "my-prog-x-y") && !strcmp(job, "1-2") && generation == 12 &&
		   member == 3,
	   "and taken apart");
	ok(ckpt_image_name(name, sizeof(name), "p", "j", 4000000000u, 7, 1) > 0 && name[0] == '.' &&
		   ckpt_image_parse_name(name, NULL, NULL, NULL, NULL) == -EINVAL,
	   "a temporary one is none");
	ok(ckpt_image_parse_name(name + 1, NULL, NULL, &generation, NULL) == 0 &&
		   generation == 4000000000u,
	   "ten digits");
	ok(ckpt_image_name(name, 10, "p", "j", 1, 1, 0) == -ENAMETOOLONG, "no room");
	ok(ckpt_image_parse_name("ckpt_a_b_g1_1.img", NULL, NULL, NULL, NULL) < 0 &&
		   ckpt_image_parse_name("ckpt_a_b_g000001_1.img.bak", NULL, NULL, NULL, NULL) <
			   0 &&
		   ckpt_image_parse_name("ckpt_a_b_g000001_01.img", NULL, NULL, NULL, NULL) < 0 &&
		   ckpt_image_parse_name("ckpt__b_g000001_1.img", NULL, NULL, NULL, NULL) < 0 &&
		   ckpt_image_parse_name("ckpt_a_b_g000001_99999999999.img", NULL, NULL, NULL,
					 NULL) < 0,
	   "what is none");
}

/* An image of format 1 as it was when the format was made: to be read for ever.  Its directory may be anybody's: read a copy. */
static void test_golden(void)
{
	const char *top = getenv("TOP_SRCDIR");
	char from[4200], copy[160];
	size_t len;
	uint8_t *data;

	snprintf(from, sizeof(from), "%s/test/golden/v1.img", top ? top : ".");
	if (access(from, R_OK) != 0) {
		ok(0, "%s is there", from);
		return;
	}
	snprintf(copy, sizeof(copy), "%s/v1.img", dir);
	data = read_file(from, &len);
	put_file(copy, data, len);
	check_contents("golden", copy);
	unlink(copy);
	free(data);
}

/* image golden FILE: write the golden image; image fuzz SECONDS: hostile images for so long. */
int main(int argc, char **argv)
{
	struct ckpt_err err = { 0 };

	if (argc == 3 && !strcmp(argv[1], "golden"))
		return write_image(argv[2], &err) < 0;
	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/a.img", dir);
	ok(write_image(path, &err) == 0, "an image is written (%s)", err.text);
	check_contents("fresh", path);
	test_hostile(argc == 3 && !strcmp(argv[1], "fuzz") ? (unsigned)atoi(argv[2]) : 0);
	test_flips();
	test_lengths();
	check_contents("put back", path);
	test_strangers();
	test_limit();
	test_full();
	test_many_mappings();
	test_names();
	test_golden();
	unlink(path);
	rmdir(dir);
	return done_testing();
}
