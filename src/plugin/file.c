// SPDX-License-Identifier: BSD-3-Clause
/*
 * file.c - regular files: opened again by path, at the same position.  [tool]
 * What the program writes into them between checkpoint and restart is src/agent/written.c's and src/restart/written.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/content.h"
#include "base/err.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/mount.h"
#include "plugin/registry.h"

#include <linux/magic.h>

#define CKPT_FIELDS_file(F) \
	F(STR, path, 1, 1) F(U, dev, 2, 0) F(U, ino, 3, 0) F(U, size, 4, 0) F(U, mode, 5, 0) F(U, standard, 6, 0)
/* standard: 1, 2, 3 where it was standard input, output, error; else 0. */
CKPT_STRUCT(0, file)
#define CKPT_ROW_OF struct ckpt_rec_file
static const struct ckpt_field fields[] = { CKPT_FIELDS_file(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, file, fields);

static bool claim(const struct ckpt_look *look)
{
	return S_ISREG(look->st.st_mode) || (S_ISLNK(look->st.st_mode) && (look->flags & O_PATH));
}

/* Files of these are not bytes that were written, but the kernel answering. */
static bool is_kernels(uint64_t magic)
{
	static const uint64_t magics[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, NSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC,
		SECURITYFS_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC, EFIVARFS_MAGIC, SELINUX_MAGIC, SMACK_MAGIC, BINFMTFS_MAGIC,
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (magics[i] == magic)
			return true;
	return false;
}

/* Does the path lead to the file?  It does not under a mount that came later, or where only another user may go. While the program
 * runs it may rename the file just now: then the link has changed too. */
static bool is_reachable(const struct ckpt_look *look)
{
	char name[64], link[4096];
	struct stat st;
	ssize_t n;

	errno = 0;
	if (!(S_ISLNK(look->st.st_mode) ? lstat(look->link, &st) : stat(look->link, &st)) && st.st_dev == look->st.st_dev &&
	    st.st_ino == look->st.st_ino)
		return true;
	if (look->standard >= 0 && errno == EACCES)
		return true; /* it was given to the program, and may be given to ckpt_restart */
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", look->pid, look->fd);
	n = readlink(name, link, sizeof(link));
	return look->copy < 0 && (n != (ssize_t)strlen(look->link) || memcmp(link, look->link, n));
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	size_t len = strlen(look->link);

	(void)all;
	if (!strncmp(look->link, "/memfd:", 7)) {
		*remedy = "close it before the checkpoint";
		return "memory files are not restored by this version";
	}
	if (is_kernels(look->fs_magic)) {
		*remedy = "close it before the checkpoint";
		return "files of the kernel's own file systems are not restored by this version";
	}
	if (look->st.st_nlink == 0 || (len > 10 && !strcmp(look->link + len - 10, " (deleted)"))) {
		*remedy = "keep the file's name until it is closed";
		return "a deleted file has no path to open again";
	}
	if (!is_reachable(look)) {
		*remedy = "close it before the checkpoint, or make its path lead to it";
		return "its path does not lead to it: another file lies there, or the way is barred";
	}
	if (mount_hidden(look)) {
		*remedy = "close it before the checkpoint";
		return MOUNT_HIDDEN_REASON;
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
	rec->standard = look->standard + 1;
	return 0;
}

/*
 * A script that ran the program and now runs ckpt_restart, all with one output file: they shared its position, and go on sharing
 * it, or what the script writes afterwards would land in the middle of what the program wrote.
 */
static int share_standard(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const struct ckpt_rec_file *rec,
			  const char *path)
{
	const int same = O_ACCMODE | O_APPEND | O_DIRECT | O_SYNC | O_NONBLOCK;
	int standard = rec->standard ? ckpt_rebuild_standard(r, (int)rec->standard - 1) : -1, flags;
	struct stat st, ours;

	if (standard < 0 || fstat(standard, &ours) || stat(path, &st) || st.st_dev != ours.st_dev || st.st_ino != ours.st_ino)
		return -1;
	flags = fcntl(standard, F_GETFL);
	return flags < 0 || (flags ^ (int)d->flags) & same ? -1 : fcntl(standard, F_DUPFD_CLOEXEC, 3);
}

/* Opened by somebody with more rights and given to the program (a batch system's output file): given to ckpt_restart too? */
static int given(struct ckpt_rebuild *r, const char *path)
{
	struct stat want, have;

	if (stat(path, &want))
		return -errno;
	for (int i = 0; i < 3; i++) {
		int fd = ckpt_rebuild_standard(r, i);

		if (fd >= 0 && !fstat(fd, &have) && have.st_dev == want.st_dev && have.st_ino == want.st_ino)
			return fcntl(fd, F_DUPFD_CLOEXEC, 3);
	}
	return -EACCES;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_file *rec = state;
	const char *path = ckpt_rebuild_path(r, rec->path);
	int flags = d->flags & ~(O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY), fd = share_standard(r, d, rec, path);
	struct stat st;

	if (S_ISLNK(rec->mode))
		flags |= O_NOFOLLOW;
	if (fd < 0)
		fd = ckpt_content_open(path, flags | O_NOCTTY);
	if (fd == -EPERM && (flags & O_NOATIME))
		fd = ckpt_content_open(path, (flags & ~O_NOATIME) | O_NOCTTY);
	if (fd == -EACCES)
		fd = given(r, path);
	if (fd < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, fd, "cannot open %s again: %s", path, strerror(-fd));
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
