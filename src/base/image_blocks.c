// SPDX-License-Identifier: BSD-3-Clause
/*
 * image_blocks.c - page data on its way to the file: blocks that are filled by one thread and written by another, past the
 * page cache where the file system can (an image is written once and seldom read soon, and the application runs on
 * meanwhile and wants its cache and processor).  [tool]  Knows no format.
 */
#include "base/image_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Measured: 1, 2 and 4 MB are equally fast on 1 GB, and the smaller the block the sooner a small image's first write begins. */
#define BLOCKS 4u
#define BLOCK_SIZE (2u << 20)
#define ALIGN (2u << 20) /* a huge page's */

struct block {
	uint8_t *data; /* BLOCK_SIZE */
	size_t len;
	uint64_t at;
};

struct ckpt_blocks {
	int fd;
	uint8_t *memory;
	int direct; /* O_DIRECT was set here */
	struct block blocks[BLOCKS];
	unsigned filling; /* the one that the caller fills */
	pthread_t thread;
	int has_thread;
	pthread_mutex_t lock; /* for what follows */
	pthread_cond_t changed;
	int stop;
	unsigned full; /* blocks [filling - full, filling) wait to be written */
	int failed;    /* -errno of the first write that did */
};

int ckpt_write_all(int fd, const void *data, size_t len, uint64_t at)
{
	const uint8_t *p = data;

	while (len) {
		ssize_t n = pwrite(fd, p, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		p += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static void set_direct(struct ckpt_blocks *bs, int on)
{
	int flags = fcntl(bs->fd, F_GETFL);

	if (flags < 0 || !!(flags & O_DIRECT) == on)
		return;
	if (fcntl(bs->fd, F_SETFL, on ? flags | O_DIRECT : flags & ~O_DIRECT) == 0)
		bs->direct = on;
}

/* tmpfs and others say EINVAL to O_DIRECT, at fcntl or only at the write: then through the cache, with write-back begun at
 * once, so that the fsync at the end finds little left to do. */
static int write_block(struct ckpt_blocks *bs, const struct block *b)
{
	int r = ckpt_write_all(bs->fd, b->data, b->len, b->at);

	if (r == -EINVAL && bs->direct) {
		set_direct(bs, 0);
		r = ckpt_write_all(bs->fd, b->data, b->len, b->at);
	}
	if (r == 0 && !bs->direct)
		(void)sync_file_range(bs->fd, (off_t)b->at, (off_t)b->len, SYNC_FILE_RANGE_WRITE);
	return r;
}

static void *writer_main(void *arg)
{
	struct ckpt_blocks *bs = arg;

	pthread_mutex_lock(&bs->lock);
	for (;;) {
		const struct block *b;
		int r;

		while (!bs->full && !bs->stop)
			pthread_cond_wait(&bs->changed, &bs->lock);
		if (!bs->full)
			break;
		r = bs->failed;
		b = &bs->blocks[(bs->filling - bs->full) % BLOCKS];
		pthread_mutex_unlock(&bs->lock);
		if (!r)
			r = write_block(bs, b);
		pthread_mutex_lock(&bs->lock);
		bs->failed = bs->failed ? bs->failed : r;
		bs->full--;
		pthread_cond_broadcast(&bs->changed);
	}
	pthread_mutex_unlock(&bs->lock);
	return NULL;
}

/* The thread takes no signals: they are the business of whoever called, and SIGXFSZ (RLIMIT_FSIZE) stays pending in it and
 * dies with it; write says EFBIG. */
static void start_thread(struct ckpt_blocks *bs)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	bs->has_thread = pthread_create(&bs->thread, NULL, writer_main, bs) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
}

int ckpt_blocks_send(struct ckpt_blocks *bs)
{
	struct block *b = &bs->blocks[bs->filling % BLOCKS], *next;
	int r;

	if (!b->len)
		return 0;
	if (!bs->has_thread) {
		set_direct(bs, 1);
		start_thread(bs);
	}
	if (!bs->has_thread) {
		bs->failed = bs->failed ? bs->failed : write_block(bs, b);
		b->at += b->len;
		b->len = 0;
		return bs->failed;
	}
	pthread_mutex_lock(&bs->lock);
	bs->filling++;
	bs->full++;
	pthread_cond_broadcast(&bs->changed);
	while (bs->full == BLOCKS)
		pthread_cond_wait(&bs->changed, &bs->lock);
	r = bs->failed;
	pthread_mutex_unlock(&bs->lock);
	next = &bs->blocks[bs->filling % BLOCKS];
	next->at = b->at + b->len;
	next->len = 0;
	return r;
}

uint8_t *ckpt_blocks_room(struct ckpt_blocks *bs, size_t *room)
{
	struct block *b = &bs->blocks[bs->filling % BLOCKS];

	*room = BLOCK_SIZE - b->len;
	return b->data + b->len;
}

int ckpt_blocks_take(struct ckpt_blocks *bs, size_t len)
{
	struct block *b = &bs->blocks[bs->filling % BLOCKS];

	b->len += len;
	return b->len == BLOCK_SIZE;
}

int ckpt_blocks_end(struct ckpt_blocks *bs)
{
	(void)ckpt_blocks_send(bs);
	if (bs->has_thread) {
		pthread_mutex_lock(&bs->lock);
		bs->stop = 1;
		pthread_cond_broadcast(&bs->changed);
		pthread_mutex_unlock(&bs->lock);
		pthread_join(bs->thread, NULL);
		bs->has_thread = 0;
		bs->stop = 0;
	}
	if (bs->direct)
		set_direct(bs, 0);
	return bs->failed;
}

struct ckpt_blocks *ckpt_blocks_create(int fd, uint64_t at)
{
	struct ckpt_blocks *bs = ckpt_xmalloc(sizeof(*bs));
	uint8_t *aligned;

	bs->fd = fd;
	bs->memory = mmap(NULL, BLOCKS * BLOCK_SIZE + ALIGN, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bs->memory == MAP_FAILED) {
		free(bs);
		return NULL;
	}
	aligned = bs->memory + (-(uintptr_t)bs->memory & (ALIGN - 1));
	(void)madvise(aligned, BLOCKS * BLOCK_SIZE, MADV_HUGEPAGE); /* 4 faults instead of 2048 */
	for (unsigned i = 0; i < BLOCKS; i++)
		bs->blocks[i].data = aligned + (size_t)i * BLOCK_SIZE;
	bs->blocks[0].at = at;
	pthread_mutex_init(&bs->lock, NULL);
	pthread_cond_init(&bs->changed, NULL);
	return bs;
}

void ckpt_blocks_destroy(struct ckpt_blocks *bs)
{
	if (!bs)
		return;
	bs->blocks[bs->filling % BLOCKS].len = 0; /* not sent */
	(void)ckpt_blocks_end(bs);
	munmap(bs->memory, BLOCKS * BLOCK_SIZE + ALIGN);
	pthread_cond_destroy(&bs->changed);
	pthread_mutex_destroy(&bs->lock);
	free(bs);
}
