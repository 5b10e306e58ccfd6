// SPDX-License-Identifier: BSD-3-Clause
/* directory.c - open directories, with the position that readdir(3) goes on from.  [tool] */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/err.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/mount.h"
#include "plugin/registry.h"

#define CKPT_FIELDS_directory(F) F(STR, path, 1, 1)
CKPT_STRUCT(0, directory)
#define CKPT_ROW_OF struct ckpt_rec_directory
static const struct ckpt_field fields[] = { CKPT_FIELDS_directory(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, directory, fields);

static bool claim(const struct ckpt_look *look)
{
	return S_ISDIR(look->st.st_mode);
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	(void)all;
	if (look->st.st_nlink == 0) {
		*remedy = "keep the directory until it is closed";
		return "a deleted directory has no path to open again";
	}
	if (look->fs_magic == PROC_SUPER_MAGIC) {
		*remedy = "close it before the checkpoint";
		return "directories of /proc are not restored by this version";
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
	struct ckpt_rec_directory *rec = out;

	(void)all;
	(void)arena;
	(void)err;
	rec->path = look->link;
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_directory *rec = state;
	const char *path = ckpt_rebuild_path(r, rec->path);
	char entries[4096];
	int fd = open(path, (d->flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot open directory %s again: %s", path, strerror(errno));
	/* ext4 remembers where the first getdents of an open directory began, and a rewind after an lseek to the end would go
	 * there (ext4_dx_readdir): so the first one is made at the beginning. */
	if (!(d->flags & O_PATH) && d->pos)
		syscall(SYS_getdents64, fd, entries, sizeof(entries));
	if (!(d->flags & O_PATH) && d->pos && lseek(fd, d->pos, SEEK_SET) < 0) {
		int e = errno;

		close(fd);
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -e, "cannot go to the old position in directory %s: %s", path,
				 strerror(e));
	}
	return fd;
}

const struct ckpt_plugin ckpt_plugin_directory = {
	.name = "directory", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
};
