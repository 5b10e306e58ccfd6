// SPDX-License-Identifier: BSD-3-Clause
/*
 * outside.c - standard input, output and error whose other end is outside (`| tee`, a CI runner's pipe or socket): they
 * become those of ckpt_restart.  [tool]  The agent asks it where the plugin that claims a standard descriptor refuses it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/err.h"
#include "base/record.h"
#include "plugin/registry.h"

#define CKPT_FIELDS_outside(F) F(U, standard, 1, 0) F(STR, what, 2, 0)
CKPT_STRUCT(0, outside)
#define CKPT_ROW_OF struct ckpt_rec_outside
static const struct ckpt_field fields[] = { CKPT_FIELDS_outside(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, outside, fields);

static bool claim(const struct ckpt_look *look)
{
	return look->standard >= 0 &&
	       (S_ISFIFO(look->st.st_mode) || S_ISSOCK(look->st.st_mode) || S_ISCHR(look->st.st_mode));
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_outside *rec = out;

	(void)all;
	(void)arena;
	(void)err;
	rec->standard = look->standard;
	rec->what = look->link;
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_outside *rec = state;
	int std = ckpt_rebuild_standard(r, rec->standard), fd;

	(void)d;
	if (std < 0)
		return -EBADF;
	fd = fcntl(std, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : ckpt_errf(err, -errno, "cannot use standard descriptor %d: %s", std, strerror(errno));
}

const struct ckpt_plugin ckpt_plugin_outside = {
	.name = "outside", .record = &record, .claim = claim, .save = save, .restore = restore,
};
