// SPDX-License-Identifier: BSD-3-Clause
/* content.c - see content.h.  [tool] */
#include "base/content.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BLOCK 4096u
#define BUFFER (1u << 18)

/* The next piece of [*at, end) that is not a hole: [*at, *stop); *at = *stop = end when there is none. */
static void next_data(int fd, uint64_t *at, uint64_t end, uint64_t *stop)
{
	off_t data = lseek(fd, *at, SEEK_DATA), hole;

	if (data < 0) {
		/* ENXIO: nothing but a hole; anything else: a file system that does not know. */
		if (errno == ENXIO)
			*at = end;
		*stop = end;
		return;
	}
	hole = lseek(fd, data, SEEK_HOLE);
	*at = (uint64_t)data < end ? (uint64_t)data : end;
	*stop = hole < 0 || (uint64_t)hole > end ? end : (uint64_t)hole;
}

/* All len bytes at `at`. */
static int read_all(int fd, void *data, size_t len, uint64_t at)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pread(fd, (char *)data + done, len - done, at + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		done += n;
	}
	return 0;
}

static int write_all(int fd, const void *data, size_t len, uint64_t at)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, (const char *)data + done, len - done, at + done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

/* ---- copies ---- */

static int copy_data(int from, uint64_t at, uint64_t len, int to, uint64_t to_at)
{
	off_t in = at, out = to_at;
	uint8_t *buffer;
	int e = 0;

	/* In the kernel, which may share blocks; it gives up between some file systems, and the rest is read and written. */
	while (len) {
		ssize_t n = copy_file_range(from, &in, to, &out, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len -= n;
	}
	if (!len)
		return 0;
	buffer = ckpt_xmalloc(BUFFER);
	while (len && !e) {
		size_t piece = len < BUFFER ? len : BUFFER;

		e = read_all(from, buffer, piece, in);
		if (!e)
			e = write_all(to, buffer, piece, out);
		in += piece;
		out += piece;
		len -= piece;
	}
	free(buffer);
	return e;
}

/* Zeros in [at, at + len) of a file of `size` bytes: beyond its end they come by themselves. */
static int clear(int fd, uint64_t at, uint64_t len, uint64_t size)
{
	static const uint8_t zeros[BLOCK];
	int e = 0;

	if (at >= size || !len)
		return 0;
	if (len > size - at)
		len = size - at;
	if (!fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len))
		return 0;
	while (len && !e) {
		size_t piece = len < BLOCK ? len : BLOCK;

		e = write_all(fd, zeros, piece, at);
		at += piece;
		len -= piece;
	}
	return e;
}

int ckpt_content_copy(int from, uint64_t at, uint64_t len, int to, uint64_t to_at)
{
	uint64_t end = at + len, pos = at;
	struct stat source, st;
	int e = 0;

	if (fstat(from, &source) || fstat(to, &st))
		return -errno;
	if ((uint64_t)source.st_size < end)
		return -ENODATA;
	while (pos < end && !e) {
		uint64_t data = pos, stop;

		next_data(from, &data, end, &stop);
		e = clear(to, to_at + (pos - at), data - pos, st.st_size);
		if (!e)
			e = copy_data(from, data, stop - data, to, to_at + (data - at));
		pos = stop;
	}
	/* A hole at the end writes nothing. */
	if (!e && !fstat(to, &st) && (uint64_t)st.st_size < to_at + len && ftruncate(to, to_at + len))
		e = -errno;
	return e;
}

int ckpt_content_clone(int from, uint64_t size, int to)
{
	if (!ioctl(to, FICLONE, from))
		return ftruncate(to, size) ? -errno : 0;
	return ckpt_content_copy(from, 0, size, to, 0);
}

/* ---- checksums ---- */

static bool is_zero(const uint8_t *data, size_t len)
{
	return !data[0] && !memcmp(data, data + 1, len - 1);
}

/* The blocks of one buffer of `len` bytes, the first of which is block number `block`. */
static void add_blocks(XXH3_state_t *state, uint8_t *buffer, size_t len, uint64_t block)
{
	for (size_t at = 0; at < len; at += BLOCK, block++) {
		size_t n = len - at < BLOCK ? len - at : BLOCK;

		if (is_zero(buffer + at, n))
			continue;
		XXH3_64bits_update(state, &block, sizeof(block));
		XXH3_64bits_update(state, buffer + at, n);
	}
}

static int sum_data(XXH3_state_t *state, int fd, uint64_t at, uint64_t stop, uint8_t *buffer)
{
	int e = 0;

	while (at < stop && !e) {
		size_t piece = stop - at < BUFFER ? stop - at : BUFFER;

		e = read_all(fd, buffer, piece, at);
		if (!e)
			add_blocks(state, buffer, piece, at / BLOCK);
		at += piece;
	}
	return e;
}

int ckpt_content_sum(int fd, uint64_t size, uint64_t *sum)
{
	XXH3_state_t *state = XXH3_createState();
	uint8_t *buffer = ckpt_xmalloc(BUFFER);
	uint64_t pos = 0;
	struct stat st;
	int e = fstat(fd, &st) ? -errno : (uint64_t)st.st_size < size ? -ENODATA : state ? 0 : -ENOMEM;

	if (!e)
		XXH3_64bits_reset(state);
	while (pos < size && !e) {
		uint64_t data = pos, stop;

		next_data(fd, &data, size, &stop);
		/* Whole blocks, wherever the file system's own begin. */
		data -= data % BLOCK;
		if (data < pos)
			data = pos;
		stop += (BLOCK - stop % BLOCK) % BLOCK;
		if (stop > size)
			stop = size;
		if (data < size)
			e = sum_data(state, fd, data, stop, buffer);
		pos = stop;
	}
	if (!e)
		*sum = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	free(buffer);
	return e;
}

int ckpt_content_edges(int fd, uint64_t size, uint64_t edge, uint64_t *sum)
{
	uint64_t len = edge < size ? edge : size;
	uint8_t *both = ckpt_xmalloc(2 * len + 1);
	int e = read_all(fd, both, len, 0);

	if (!e)
		e = read_all(fd, both + len, len, size - len);
	if (!e)
		*sum = XXH3_64bits(both, 2 * len);
	free(both);
	return e;
}

/* ---- open again ---- */

int ckpt_content_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC), pin, e;
	char link[40];
	struct stat st;

	if (fd >= 0 || errno != EACCES)
		return fd >= 0 ? fd : -errno;
	pin = open(path, O_PATH | O_CLOEXEC | (flags & O_NOFOLLOW));
	if (pin < 0)
		return -EACCES;
	if (fstat(pin, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
		close(pin);
		return -EACCES;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", pin);
	if (!chmod(link, (st.st_mode & 07777) | S_IRUSR | S_IWUSR)) {
		fd = open(link, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
		e = fd < 0 ? -errno : 0;
		if (chmod(link, st.st_mode & 07777) && fd >= 0) {
			e = -errno;
			close(fd);
		}
	} else {
		e = -EACCES;
	}
	close(pin);
	return e ? e : fd;
}
