// SPDX-License-Identifier: BSD-3-Clause
/* written_keep.c - see written.h: copies, checksums, records.  [tool] */
#include "agent/written_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/content.h"
#include "ckpt/exit.h"

/* Enough to tell another log under the same name, or one that was cut and has grown again. */
#define EDGE (64u << 10)

/* Without a trace in its access time where that is allowed; O_NONBLOCK: a lease of somebody outside must not hold us. */
static int open_quietly(const char *path)
{
	int fd = open(path, O_RDONLY | O_NOATIME | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0 && errno == EPERM)
		fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return fd;
}

static int open_source(const struct written_file *f, struct ckpt_err *err)
{
	int fd = open_quietly(f->from);

	if (fd < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -errno, "cannot read %s to keep what it holds: %s", f->path,
				 strerror(errno));
	return fd;
}

static int keep_content(struct written *w, struct written_file *f, int source, uint32_t k, const char *job, uint32_t generation,
			struct ckpt_err *err)
{
	int copy, e;

	if (ckpt_image_content_name(f->final, sizeof(f->final), f->program, job, generation, f->member, k, 0) < 0 ||
	    ckpt_image_content_name(f->temporary, sizeof(f->temporary), f->program, job, generation, f->member, k, 1) < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -ENAMETOOLONG, "the copy of %s has too long a name", f->path);
	unlinkat(w->dir, f->temporary, 0); /* of an attempt that nobody could clean up after */
	copy = openat(w->dir, f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (copy < 0) {
		e = -errno;
		f->temporary[0] = 0;
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, e, "cannot create %s: %s", f->final, strerror(-e));
	}
	e = ckpt_content_clone(source, f->rec.size, copy);
	if (close(copy) && !e)
		e = -errno;
	return e ? ckpt_errs(err, CKPT_EX_IO, e, "cannot keep what %s holds in %s: %s", f->path, f->final, strerror(-e)) : 0;
}

static void describe(struct written_file *f, const struct stat *st)
{
	f->rec = (struct ckpt_rec_written){
		.path = f->path, .dev = st->st_dev, .ino = st->st_ino, .size = st->st_size, .mtime_sec = st->st_mtim.tv_sec,
		.mtime_nsec = st->st_mtim.tv_nsec, .append_only = f->writers && !f->in_place, .mode = st->st_mode,
		.uid = st->st_uid, .gid = st->st_gid, .sequential = f->writers && f->in_place && !f->in_middle,
	};
}

static int keep_one(struct written *w, struct written_file *f, uint32_t k, const char *job, uint32_t generation,
		    struct ckpt_err *err)
{
	struct stat st = f->st;
	int source, e = 0;

	if (!f->keep && !f->edges) {
		describe(f, &st);
		return 0;
	}
	source = open_source(f, err);
	if (source < 0)
		return source;
	if (fstat(source, &st) || st.st_dev != f->st.st_dev || st.st_ino != f->st.st_ino)
		e = ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESTALE, "%s was replaced while it was looked at", f->path);
	describe(f, &st);
	if (!e && f->keep)
		e = keep_content(w, f, source, k, job, generation, err);
	else if (!e) {
		f->rec.edge = EDGE;
		e = ckpt_content_edges(source, f->rec.size, EDGE, &f->rec.edges_sum);
		if (e)
			ckpt_errs(err, CKPT_EX_IO, e, "cannot read %s: %s", f->path, strerror(-e));
	}
	close(source);
	return e;
}

int written_keep(struct written *w, int dir, const char *job, uint32_t generation, struct ckpt_err *err)
{
	struct written_file *files;
	size_t count = written_files(w, &files);
	uint32_t k = 0;
	int e = 0;

	w->dir = dir;
	for (size_t i = 0; i < count && !e; i++)
		e = keep_one(w, &files[i], files[i].keep ? ++k : 0, job, generation, err);
	return e;
}

/* The checksum is of the copy, not of the file, which the program may be writing again. */
static int finish_copy(struct written *w, struct written_file *f, struct ckpt_err *err)
{
	int fd = openat(w->dir, f->temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), e = fd < 0 ? -errno : 0;

	if (!e)
		e = ckpt_content_sum(fd, f->rec.size, &f->rec.copy_sum);
	if (!e && fsync(fd))
		e = -errno;
	if (fd >= 0)
		close(fd);
	if (!e && renameat(w->dir, f->temporary, w->dir, f->final))
		e = -errno;
	if (e)
		return ckpt_errs(err, CKPT_EX_IO, e, "cannot finish %s, which keeps what %s held: %s", f->final, f->path,
				 strerror(-e));
	f->renamed = true;
	f->rec.copy = f->final;
	return 0;
}

/* What is believed at the restart has to be on disk then, also after a power cut.  A file that has gone or been replaced since is
 * refused there by name. */
static int sync_file(const struct written_file *f, struct ckpt_err *err)
{
	int fd = open_quietly(f->path), e = 0;
	struct stat st;

	if (fd < 0)
		return 0;
	if (!fstat(fd, &st) && st.st_dev == f->rec.dev && st.st_ino == f->rec.ino && fdatasync(fd))
		e = ckpt_errs(err, CKPT_EX_IO, -errno, "cannot sync %s, which the program writes: %s", f->path, strerror(errno));
	close(fd);
	return e;
}

int written_write(struct written *w, uint32_t member, struct ckpt_image_writer *writer, struct ckpt_err *err)
{
	struct written_file *files;
	size_t count = written_files(w, &files);

	for (size_t i = 0; i < count; i++) {
		struct written_file *f = &files[i];
		int e;

		if (f->member != member)
			continue;
		e = f->keep ? finish_copy(w, f, err) : f->edges ? sync_file(f, err) : 0;
		if (e)
			return e;
		ckpt_image_add(writer, CKPT_REC_written, &f->rec);
	}
	return 0;
}

void written_end(struct written *w, bool keep)
{
	struct written_file *files;
	size_t count = written_files(w, &files);

	for (size_t i = 0; i < count; i++) {
		if (!files[i].temporary[0])
			continue;
		if (!files[i].renamed)
			unlinkat(w->dir, files[i].temporary, 0);
		else if (!keep)
			unlinkat(w->dir, files[i].final, 0);
	}
	written_forget(w);
	w->dir = -1;
}
