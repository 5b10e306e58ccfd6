// SPDX-License-Identifier: BSD-3-Clause
/* device.c - character devices that hold no state: null, zero, full, random, urandom.  [tool] */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/err.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"

#define CKPT_FIELDS_device(F) F(STR, path, 1, 1) F(U, rdev, 2, 1)
CKPT_STRUCT(0, device)
#define CKPT_ROW_OF struct ckpt_rec_device
static const struct ckpt_field fields[] = { CKPT_FIELDS_device(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, device, fields);

#define MEM_MAJOR 1 /* Documentation/admin-guide/devices.txt */

static bool claim(const struct ckpt_look *look)
{
	static const unsigned minors[] = { 3 /* null */, 5 /* zero */, 7 /* full */, 8 /* random */, 9 /* urandom */ };

	if (!S_ISCHR(look->st.st_mode) || major(look->st.st_rdev) != MEM_MAJOR)
		return false;
	for (size_t i = 0; i < sizeof(minors) / sizeof(minors[0]); i++)
		if (minor(look->st.st_rdev) == minors[i])
			return true;
	return false;
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_device *rec = out;

	(void)all;
	(void)arena;
	(void)err;
	rec->path = look->link;
	rec->rdev = look->st.st_rdev;
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_device *rec = state;
	const char *path = ckpt_rebuild_path(r, rec->path);
	int fd = open(path, (d->flags & ~(O_CREAT | O_EXCL | O_TRUNC)) | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot open %s again: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISCHR(st.st_mode) || st.st_rdev != rec->rdev) {
		close(fd);
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EINVAL, "%s is another device now", path);
	}
	return fd;
}

const struct ckpt_plugin ckpt_plugin_device = {
	.name = "device", .record = &record, .claim = claim, .save = save, .restore = restore,
};
