// SPDX-License-Identifier: BSD-3-Clause
/*
 * written.c - see written.h: the deeds, and how they are undone.  [tool]
 *
 * What is taken out of a file is durable beside it before the file is touched; so a crash at any moment loses nothing, and
 * the next restart finds a file that has changed, as this one did.
 */
#include "restart/written_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/content.h"
#include "ckpt/exit.h"

static int failed(const struct written_file *f, struct ckpt_err *err, int e)
{
	return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, e, "cannot put %s back: %s", f->path, strerror(-e));
}

static void set_time(int fd, struct timespec mtime)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, mtime };

	/* Only its owner may; for others it keeps today's. */
	futimens(fd, times);
}

int written_given(const struct stat *st)
{
	for (int fd = 0; fd < 3; fd++) {
		int flags = fcntl(fd, F_GETFL);
		struct stat ours;

		if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY && !fstat(fd, &ours) && ours.st_dev == st->st_dev &&
		    ours.st_ino == st->st_ino)
			return fd;
	}
	return -1;
}

static void set_saved_time(const struct written_file *f, int fd)
{
	set_time(fd, (struct timespec){ f->rec->mtime_sec, f->rec->mtime_nsec });
}

static void sync_directory(const char *path)
{
	char *dir = strdup(path), *slash = dir ? strrchr(dir, '/') : NULL;
	int fd;

	if (slash) {
		slash[slash == dir] = 0;
		fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			fsync(fd);
			close(fd);
		}
	}
	free(dir);
}

/* A new file beside the file: FILE.ckpt-WHAT-GENERATION, with .1, .2 ... where that is taken. */
static int create_beside(struct plan *p, struct written_file *f, const char *what)
{
	for (unsigned i = 0;; i++) {
		char *name = ckpt_arena_printf(p->arena, i ? "%s.ckpt-%s-%u.%u" : "%s.ckpt-%s-%u", f->path, what,
					       p->image->head.generation, i);
		int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

		if (fd < 0 && errno == EEXIST)
			continue;
		if (fd < 0)
			return -errno;
		f->kept = name;
		return fd;
	}
}

/* The file's bytes from `at` on beside it, durable. */
static int keep_beside(struct plan *p, struct written_file *f, uint64_t at, const char *what)
{
	int fd = ckpt_content_open(f->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), beside, e;

	if (fd < 0)
		return fd;
	beside = create_beside(p, f, what);
	e = beside < 0 ? beside : 0;
	if (!e)
		e = at ? ckpt_content_copy(fd, at, f->st.st_size - at, beside, 0) : ckpt_content_clone(fd, f->st.st_size, beside);
	if (!e && fchmod(beside, f->st.st_mode & 0777))
		e = -errno;
	if (!e)
		set_time(beside, f->st.st_mtim);
	if (!e && fsync(beside))
		e = -errno;
	if (beside >= 0)
		close(beside);
	close(fd);
	if (!e)
		sync_directory(f->kept);
	return e;
}

static bool is_planned(const struct written_file *f, int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_dev == f->st.st_dev && st.st_ino == f->st.st_ino && st.st_size == f->st.st_size &&
	       st.st_mtim.tv_sec == f->st.st_mtim.tv_sec && st.st_mtim.tv_nsec == f->st.st_mtim.tv_nsec;
}

/* For writing, as its owner could or as it was given to us.  A descriptor to be closed, or -errno. */
static int open_for_writing(const struct written_file *f)
{
	int fd = ckpt_content_open(f->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY), given;

	if (fd == -EACCES)
		fd = ckpt_content_open(f->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	given = fd == -EACCES ? written_given(&f->st) : -1;
	if (given >= 0)
		fd = fcntl(given, F_DUPFD_CLOEXEC, 3);
	return fd == -1 ? -errno : fd;
}

static int cut(struct plan *p, struct written_file *f, int fd)
{
	int e = keep_beside(p, f, f->rec->size, "tail");

	if (e)
		return e;
	f->touched = true;
	if (ftruncate(fd, f->rec->size))
		return -errno;
	plan_warn(p, "%s was cut back to its %llu bytes; the %llu that were added since are in %s", f->path,
		  (unsigned long long)f->rec->size, (unsigned long long)(f->st.st_size - f->rec->size), f->kept);
	return 0;
}

/* In place, so that whoever else has the file open or linked goes back with it. */
static int write_copy(const struct written_file *f, int fd)
{
	int copy = f->copy ? open(f->copy, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1, e = 0;

	if (f->copy && copy < 0)
		return -errno;
	if (f->copy)
		e = ckpt_content_copy(copy, 0, f->rec->size, fd, 0);
	if (copy >= 0)
		close(copy);
	return !e && ftruncate(fd, f->rec->size) ? -errno : e;
}

static int rewrite(struct plan *p, struct written_file *f, int fd)
{
	int e = f->st.st_size ? keep_beside(p, f, 0, "old") : 0;

	if (e)
		return e;
	f->touched = true;
	e = write_copy(f, fd);
	if (!e)
		plan_warn(p, "%s was put back%s%s", f->path, f->kept ? "; what it held is in " : "", f->kept ? f->kept : "");
	return e;
}

static int create(struct plan *p, struct written_file *f)
{
	int fd = open(f->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600), e;

	if (fd < 0)
		return -errno;
	f->touched = true;
	e = write_copy(f, fd);
	if (fchown(fd, f->rec->uid, f->rec->gid) && !e)
		plan_warn(p, "%s was made again, and is yours now instead of user %llu's", f->path,
			  (unsigned long long)f->rec->uid);
	else if (!e)
		plan_warn(p, "%s was made again", f->path);
	if (!e && fchmod(fd, f->rec->mode & 07777))
		e = -errno;
	set_saved_time(f, fd);
	close(fd);
	return e;
}

static int put_back(struct plan *p, struct written_file *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { f->rec->mtime_sec, f->rec->mtime_nsec } };
	int fd, e;

	if (f->deed == WRITTEN_NOTHING)
		return 0;
	if (f->deed == WRITTEN_CREATE)
		return create(p, f);
	if (f->deed == WRITTEN_TIME) {
		f->touched = true;
		utimensat(AT_FDCWD, f->path, times, AT_SYMLINK_NOFOLLOW);
		return 0;
	}
	fd = open_for_writing(f);
	if (fd < 0)
		return fd;
	/* Somebody may have written since the plan. */
	e = !is_planned(f, fd) ? -ESTALE : f->deed == WRITTEN_CUT ? cut(p, f, fd) : rewrite(p, f, fd);
	if (f->touched)
		set_saved_time(f, fd);
	close(fd);
	return e;
}

bool written_has(const struct plan *p, int fd)
{
	struct stat st, file;

	if (!p->written || fstat(fd, &st) || !S_ISREG(st.st_mode))
		return false;
	for (size_t i = 0; i < p->written->count; i++)
		if (!stat(p->written->files[i].path, &file) && file.st_dev == st.st_dev && file.st_ino == st.st_ino)
			return true;
	return false;
}

int written_put_back(struct plan *p, struct ckpt_err *err)
{
	for (int i = 0; i < 3; i++)
		p->written->standard[i] = lseek(i, 0, SEEK_CUR);
	p->written->done = true;
	for (size_t i = 0; i < p->written->count; i++) {
		int e = put_back(p, &p->written->files[i]);

		if (e)
			return failed(&p->written->files[i], err, e);
	}
	return 0;
}

/* ---- undo ---- */

/* What was taken out goes in again, at the place where it was. */
static int give_back(const struct written_file *f)
{
	uint64_t at = f->deed == WRITTEN_CUT ? f->rec->size : 0;
	int fd = open_for_writing(f), beside, e;

	if (fd < 0)
		return fd;
	beside = f->kept ? open(f->kept, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) : -1;
	e = !f->kept ? 0 : beside < 0 ? -errno : ckpt_content_copy(beside, 0, f->st.st_size - at, fd, at);
	if (!e && ftruncate(fd, f->st.st_size))
		e = -errno;
	if (!e && fsync(fd))
		e = -errno;
	if (!e)
		set_time(fd, f->st.st_mtim);
	if (beside >= 0)
		close(beside);
	close(fd);
	return e;
}

static int undo(const struct written_file *f)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, f->st.st_mtim };
	int e = 0;

	if (f->touched && f->deed == WRITTEN_CREATE)
		return unlink(f->path) ? -errno : 0;
	if (f->touched && f->deed == WRITTEN_TIME)
		return utimensat(AT_FDCWD, f->path, times, AT_SYMLINK_NOFOLLOW) && errno != EPERM ? -errno : 0;
	if (f->touched)
		e = give_back(f);
	if (!e && f->kept)
		unlink(f->kept);
	return e;
}

void written_undo(struct plan *p)
{
	for (int i = 0; p->written && p->written->done && i < 3; i++)
		if (p->written->standard[i] >= 0)
			lseek(i, p->written->standard[i], SEEK_SET);
	for (size_t i = p->written ? p->written->count : 0; i-- > 0;) {
		const struct written_file *f = &p->written->files[i];
		int e = undo(f);

		if (e)
			fprintf(stderr, "ckpt_restart: %s cannot be given back what was taken from it: %s%s%s\n", f->path,
				strerror(-e), f->kept ? "; it is in " : "", f->kept ? f->kept : "");
	}
}
