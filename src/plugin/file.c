// SPDX-License-Identifier: BSD-3-Clause
/*
 * file.c - regular files: opened again by path, at the same position.  [tool]
 * What the program writes into them between checkpoint and restart is src/agent/written.c's and src/restart/written.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/err.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#include <linux/magic.h>

#define CKPT_FIELDS_file(F) \
	F(STR, path, 1, 1) F(U, dev, 2, 0) F(U, ino, 3, 0) F(U, size, 4, 0) F(U, mode, 5, 0)
CKPT_STRUCT(0, file)
#define CKPT_ROW_OF struct ckpt_rec_file
static const struct ckpt_field fields[] = { CKPT_FIELDS_file(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, file, fields);

static bool claim(const struct ckpt_look *look)
{
	return S_ISREG(look->st.st_mode) || (S_ISLNK(look->st.st_mode) && (look->flags & O_PATH));
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	size_t len = strlen(look->link);

	(void)all;
	if (!strncmp(look->link, "/memfd:", 7)) {
		*remedy = "close it before the checkpoint";
		return "memory files are not restored by this version";
	}
	if (look->fs_magic == PROC_SUPER_MAGIC || look->fs_magic == SYSFS_MAGIC || look->fs_magic == NSFS_MAGIC) {
		*remedy = "close it before the checkpoint";
		return "files of the kernel's own file systems are not restored by this version";
	}
	if (look->st.st_nlink == 0 || (len > 10 && !strcmp(look->link + len - 10, " (deleted)"))) {
		*remedy = "keep the file's name until it is closed";
		return "a deleted file has no path to open again";
	}
	return NULL;
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_file *rec = out;

	(void)all;
	(void)arena;
	(void)err;
	rec->path = look->link;
	rec->dev = look->st.st_dev;
	rec->ino = look->st.st_ino;
	rec->size = look->st.st_size;
	rec->mode = look->st.st_mode;
	return 0;
}

/* Opened by somebody with more rights and given to the program (a batch system's output file): given to ckpt_restart too? */
static int given(struct ckpt_rebuild *r, const char *path)
{
	struct stat want, have;

	if (stat(path, &want))
		return -1;
	for (int i = 0; i < 3; i++) {
		int fd = ckpt_rebuild_standard(r, i);

		if (fd >= 0 && !fstat(fd, &have) && have.st_dev == want.st_dev && have.st_ino == want.st_ino)
			return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	errno = EACCES;
	return -1;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_file *rec = state;
	const char *path = ckpt_rebuild_path(r, rec->path);
	int flags = d->flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY), fd;
	struct stat st;

	if (S_ISLNK(rec->mode))
		flags |= O_NOFOLLOW;
	fd = open(path, flags | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == EPERM && (flags & O_NOATIME))
		fd = open(path, (flags & ~O_NOATIME) | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == EACCES)
		fd = given(r, path);
	if (fd < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot open %s again: %s", path, strerror(errno));
	if (fstat(fd, &st) || (st.st_mode & S_IFMT) != (rec->mode & S_IFMT)) {
		close(fd);
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EINVAL, "%s is of another type now", path);
	}
	if (!(flags & O_PATH) && lseek(fd, d->pos, SEEK_SET) < 0) {
		int e = errno;

		close(fd);
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -e, "cannot go to byte %llu of %s: %s", (unsigned long long)d->pos,
				 path, strerror(e));
	}
	return fd;
}

const struct ckpt_plugin ckpt_plugin_file = {
	.name = "file", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
};
