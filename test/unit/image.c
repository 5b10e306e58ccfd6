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
#include <unistd.h>

#include "ckpt/exit.h"
#include "tap.h"

#define PAGE CKPT_IMAGE_PAGE
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
	struct user_regs_struct regs = { .rip = TEXT_AT + 16, .rsp = STACK_AT + 0x8000, .rbx = 0x1122334455667788 };
	struct ckpt_rec_process p = {
		.pid = 1000, .ppid = 1, .pgid = 1000, .sid = 1000, .exe = "/usr/bin/victim", .comm = "victim",
		.cwd = "/tmp", .umask = 022, .limits = { limits, sizeof(limits) }, .auxv = { auxv, sizeof(auxv) },
		.oom_score_adj = -17, .brk = HEAP_AT + 64 * PAGE,
	};
	struct ckpt_rec_mapfile f = { .id = 1, .path = "/usr/bin/victim", .size = 8192, .mtime_sec = 1700000000 };
	struct ckpt_rec_mapping maps[] = {
		{ .start = TEXT_AT, .end = TEXT_AT + 4 * PAGE, .kind = CKPT_MAPPING_file, .prot = 5, .file = 1 },
		{ .start = HEAP_AT, .end = HEAP_AT + 64 * PAGE, .kind = CKPT_MAPPING_heap, .prot = 3 },
		{ .start = HEAP_AT + 64 * PAGE, .end = HEAP_AT + 65 * PAGE, .kind = CKPT_MAPPING_anon, .prot = 1 },
		{ .start = STACK_AT, .end = STACK_AT + 16 * PAGE, .kind = CKPT_MAPPING_stack, .prot = 3 },
	};

	ckpt_image_add(w, CKPT_REC_process, &p);
	ckpt_image_add(w, CKPT_REC_mapfile, &f);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		ckpt_image_add(w, CKPT_REC_mapping, &maps[i]);
	for (unsigned i = 0; i < threads; i++) {
		struct ckpt_rec_thread t = { .tid = 1000 + i, .regs = { &regs, sizeof(regs) },
					     .xstate = { xstate, sizeof(xstate) }, .sigmask = i };

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
	return (struct ckpt_image_head){ .member = 1, .generation = 7, .job = "j1", .program = "victim", .created = 1700000000 };
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
	ok(im->head.generation == 7 && im->head.members == 3 && !strcmp(im->head.job, "j1"), "%s: head", name);
	ok(im->thread_count == 3 && im->threads[2].tid == 1002 && im->threads[2].sigmask == 2 &&
	   im->threads[0].xstate.len == 832, "%s: threads", name);
	ok(im->process->pid == 1000 && im->process->oom_score_adj == -17 && !strcmp(im->process->cwd, "/tmp"),
	   "%s: process", name);
	ok(im->mapping_count == 4 && im->mapfile_count == 1 && im->mappings[3].start == STACK_AT, "%s: mappings", name);
	ok(sum == 7 * PAGE && im->chunk_count == 3, "%s: zero pages are left out (%zu chunks, %llu bytes)", name,
	   im->chunk_count, (unsigned long long)sum);
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

	memcpy(&h, data + 84, sizeof(h));
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
		missed += truncate(path, (off_t)n) != 0 || !is_refused(path) ||
			  ({ int fd = open(path, O_WRONLY | O_CLOEXEC); ssize_t k = pwrite(fd, data, len, 0); close(fd);
			     k != (ssize_t)len; });
	ok(!missed, "truncated at any length: refused");
	missed = 0;
	for (size_t n = 1; n < 10000; n = n * 3 + 1)
		missed += truncate(path, (off_t)(len + n)) != 0 || !is_refused(path);
	ok(!missed, "bytes appended: refused");
	if (truncate(path, (off_t)len) != 0)
		abort();
	free(data);
}

int main(void)
{
	struct ckpt_err err = { 0 };

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/a.img", dir);
	ok(write_image(path, &err) == 0, "an image is written (%s)", err.text);
	check_contents("fresh", path);
	test_flips();
	test_lengths();
	check_contents("put back", path);
	unlink(path);
	rmdir(dir);
	return done_testing();
}
