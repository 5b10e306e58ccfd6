// SPDX-License-Identifier: BSD-3-Clause
/*
 * pipe.c - pipe(2) with both ends in the computation, or with one end closed for good.  [tool]
 * The content is copied with tee(2), which takes nothing; the record of the first description that reads carries it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/proc.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#ifndef PIPEFS_MAGIC
#define PIPEFS_MAGIC 0x50495045
#endif

/* side: 0 reads, 1 writes, 2 both (opened through /proc).  lengths: of the packets, 32 bits each, in packet mode. */
#define CKPT_FIELDS_pipe(F) F(U, key, 1, 1) F(U, side, 2, 0) F(U, capacity, 3, 0) F(BYT, content, 4, 0) F(U, packets, 5, 0) \
	F(BYT, lengths, 6, 0)
CKPT_STRUCT(0, pipe)
#define CKPT_ROW_OF struct ckpt_rec_pipe
static const struct ckpt_field fields[] = { CKPT_FIELDS_pipe(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, pipe, fields);

static int side_of(uint32_t flags)
{
	return (flags & O_ACCMODE) == O_RDWR ? 2 : (flags & O_ACCMODE) == O_WRONLY;
}

static bool has_other_end(const struct ckpt_look *look, const struct ckpt_look_set *all)
{
	int mine = side_of(look->flags);

	if (mine == 2)
		return true;
	for (size_t i = 0; i < all->count; i++) {
		const struct ckpt_look *other = &all->looks[i];

		if (S_ISFIFO(other->st.st_mode) && other->st.st_ino == look->st.st_ino &&
		    other->st.st_dev == look->st.st_dev && side_of(other->flags) != mine)
			return true;
	}
	return false;
}

/* Is the other end closed for good?  Known only with a copy in hand: while the program runs nobody may take one. */
static bool other_end_closed(const struct ckpt_look *look)
{
	struct pollfd p = { look->copy, POLLIN | POLLOUT, 0 };

	return poll(&p, 1, 0) > 0 && (p.revents & (side_of(look->flags) ? POLLERR : POLLHUP));
}

/* Does a process outside hold this pipe?  Looked up by the name that all its descriptors have; processes of other users
 * cannot be seen, so COLLECT asks the pipe itself again. */
static bool held_outside(const struct ckpt_look *look)
{
	DIR *proc = opendir("/proc");
	bool found = false;
	struct dirent *e;

	while (proc && !found && (e = readdir(proc))) {
		struct ckpt_arena *arena;
		int pid = atoi(e->d_name), *fds;
		ssize_t n;

		if (pid <= 0 || pid == look->pid)
			continue;
		arena = ckpt_arena_create();
		n = ckpt_proc_numbers(arena, pid, "fd", &fds);
		for (ssize_t i = 0; i < n && !found; i++) {
			const char *link = ckpt_proc_link(arena, pid, ckpt_arena_printf(arena, "fd/%d", fds[i]));

			found = link && !strcmp(link, look->link);
		}
		ckpt_arena_destroy(arena);
	}
	if (proc)
		closedir(proc);
	return found;
}

static bool claim(const struct ckpt_look *look)
{
	return S_ISFIFO(look->st.st_mode) && look->fs_magic == PIPEFS_MAGIC;
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	if (look->flags & O_PATH) {
		*remedy = "close it before the checkpoint";
		return "a pipe that was opened with O_PATH is not restored by this version";
	}
	if (has_other_end(look, all))
		return NULL;
	if (look->copy >= 0 ? other_end_closed(look) : !held_outside(look))
		return NULL;
	*remedy = "close it, or launch both sides under ckpt";
	return "the other end of the pipe is outside the computation";
}

static bool packet_mode(const struct ckpt_look *look, const struct ckpt_look_set *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (S_ISFIFO(all->looks[i].st.st_mode) && all->looks[i].st.st_ino == look->st.st_ino &&
		    (all->looks[i].flags & O_DIRECT))
			return true;
	return false;
}

/* What is in the pipe, without taking it: tee to a scratch pipe of the same capacity, read that. */
static int copy_content(const struct ckpt_look *look, bool packets, struct ckpt_arena *arena,
			struct ckpt_rec_pipe *rec, struct ckpt_err *err)
{
	struct ckpt_buf content = { 0 }, lengths = { 0 };
	int scratch[2], in_it = 0, ret = 0;

	if (ioctl(look->copy, FIONREAD, &in_it) || in_it == 0)
		return 0;
	if (pipe2(scratch, O_CLOEXEC | O_NONBLOCK | O_DIRECT))
		return ckpt_errf(err, -errno, "cannot make a scratch pipe: %s", strerror(errno));
	if (fcntl(scratch[1], F_SETPIPE_SZ, (int)rec->capacity) < 0 ||
	    tee(look->copy, scratch[1], INT32_MAX, SPLICE_F_NONBLOCK) < in_it) {
		ret = ckpt_errf(err, -(errno ? errno : EIO), "cannot copy the %d bytes in a pipe: %s", in_it, strerror(errno));
		goto out;
	}
	for (;;) {
		char piece[65536]; /* a packet is at most a page */
		ssize_t n = read(scratch[0], piece, sizeof(piece));
		uint32_t len = n;

		if (n <= 0)
			break;
		ckpt_buf_add(&content, piece, n);
		ckpt_buf_add(&lengths, &len, sizeof(len));
	}
	rec->packets = packets;
	rec->content = (struct ckpt_bytes){ ckpt_arena_copy(arena, content.data, content.len), content.len };
	if (packets)
		rec->lengths = (struct ckpt_bytes){ ckpt_arena_copy(arena, lengths.data, lengths.len), lengths.len };
	if ((int)content.len != in_it)
		ret = ckpt_errf(err, -EIO, "a pipe showed %zu of its %d bytes", content.len, in_it);
out:
	close(scratch[0]);
	close(scratch[1]);
	ckpt_buf_free(&content);
	ckpt_buf_free(&lengths);
	return ret;
}

/* A pipe may be opened for reading several times (/proc/PID/fd): it has one content. */
static bool is_first_reader(const struct ckpt_look *look, const struct ckpt_look_set *all)
{
	for (size_t i = 0; i < all->count; i++) {
		const struct ckpt_look *other = &all->looks[i];

		if (S_ISFIFO(other->st.st_mode) && other->st.st_ino == look->st.st_ino &&
		    other->st.st_dev == look->st.st_dev && side_of(other->flags) != 1 && !(other->flags & O_PATH))
			return other->id == look->id;
	}
	return false;
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_pipe *rec = out;
	int capacity = fcntl(look->copy, F_GETPIPE_SZ);

	rec->key = look->st.st_ino;
	rec->side = side_of(look->flags);
	rec->capacity = capacity > 0 ? capacity : 0;
	return !is_first_reader(look, all) ? 0 : copy_content(look, packet_mode(look, all), arena, rec, err);
}

static int fill(int to, const struct ckpt_rec_pipe *rec)
{
	const char *p = rec->content.data;
	size_t at = 0;

	for (size_t i = 0; at < rec->content.len; i++) {
		uint32_t len = rec->content.len - at;
		ssize_t n;

		if (rec->packets) {
			if ((i + 1) * sizeof(len) > rec->lengths.len)
				return -EBADMSG;
			memcpy(&len, (const char *)rec->lengths.data + i * sizeof(len), sizeof(len));
			if (len > rec->content.len - at)
				return -EBADMSG;
		}
		n = write(to, p + at, len);
		if (n <= 0)
			return -errno;
		at += n;
	}
	return 0;
}

/*
 * The pipe is made by whichever of its descriptions comes first.  Three descriptors are left: the two ends, each for the one description
 * that pipe(2) gave it, and a handle (O_PATH: it counts as neither reader nor writer) through which more are opened.
 */
static int make(struct ckpt_rebuild *r, const struct ckpt_rec_pipe *rec, struct ckpt_err *err)
{
	char path[64];
	int end[2], handle;

	if (pipe2(end, O_CLOEXEC | O_NONBLOCK))
		return ckpt_errf(err, -errno, "cannot make a pipe: %s", strerror(errno));
	if (rec->capacity && fcntl(end[1], F_SETPIPE_SZ, (int)rec->capacity) < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot give a pipe %llu bytes: %s (pipe-max-size in pipe(7))",
				 (unsigned long long)rec->capacity, strerror(errno));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", end[0]);
	handle = open(path, O_PATH | O_CLOEXEC);
	if (handle < 0)
		return ckpt_errf(err, -errno, "cannot open a pipe by its descriptor: %s", strerror(errno));
	ckpt_rebuild_leave(r, "pipe", rec->key, 0, end[0]);
	ckpt_rebuild_leave(r, "pipe", rec->key, 1, end[1]);
	ckpt_rebuild_leave(r, "pipe", rec->key, 2, handle);
	return 0;
}

static int open_again(int handle, int flags, struct ckpt_err *err)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", handle);
	/* open(2) has no packet mode for a pipe; fcntl(2) has. */
	fd = open(path, (flags & ~O_DIRECT) | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || ((flags & O_DIRECT) && fcntl(fd, F_SETFL, O_NONBLOCK | O_DIRECT)))
		return ckpt_errf(err, -errno, "cannot open a pipe again: %s", strerror(errno));
	return fd;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_pipe *rec = state;
	int handle = ckpt_rebuild_take(r, "pipe", rec->key, 2), fd, e;

	if (handle < 0) {
		e = make(r, rec, err);
		if (e)
			return e;
		handle = ckpt_rebuild_take(r, "pipe", rec->key, 2);
	}
	if (rec->content.len) {
		int to = open_again(handle, O_WRONLY | (rec->packets ? O_DIRECT : 0), err);

		if (to < 0)
			return to;
		e = fill(to, rec);
		close(to);
		if (e)
			return ckpt_errf(err, e, "cannot put %zu bytes back into a pipe: %s", rec->content.len, strerror(-e));
	}
	/* open(2) sets O_LARGEFILE, pipe(2) does not, and F_GETFL shows it. */
	if (rec->side == 2 || (d->flags & 0100000))
		fd = open_again(handle, d->flags & O_ACCMODE, err);
	else
		fd = ckpt_rebuild_take(r, "pipe", rec->key, rec->side);
	ckpt_rebuild_leave(r, "pipe", rec->key, 2, handle);
	return fd;
}

const struct ckpt_plugin ckpt_plugin_pipe = {
	.name = "pipe", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
};
