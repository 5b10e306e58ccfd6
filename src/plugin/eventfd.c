// SPDX-License-Identifier: BSD-3-Clause
/* eventfd.c - eventfd(2): count and semaphore mode, both shown by fdinfo.  [tool] */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/err.h"
#include "base/proc.h"
#include "base/record.h"
#include "plugin/registry.h"

#define CKPT_FIELDS_eventfd(F) F(U, count, 1, 0) F(U, semaphore, 2, 0)
CKPT_STRUCT(0, eventfd)
#define CKPT_ROW_OF struct ckpt_rec_eventfd
static const struct ckpt_field fields[] = { CKPT_FIELDS_eventfd(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, eventfd, fields);

static bool claim(const struct ckpt_look *look)
{
	return !strcmp(look->link, "anon_inode:[eventfd]");
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	(void)all;
	if (ckpt_proc_field(look->fdinfo, "eventfd-semaphore"))
		return NULL;
	*remedy = "a kernel of version 6.5 or later shows it";
	return "this kernel does not show whether the eventfd is a semaphore";
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_eventfd *rec = out;

	(void)all;
	(void)arena;
	(void)err;
	rec->count = ckpt_proc_number(look->fdinfo, "eventfd-count", 16);
	rec->semaphore = ckpt_proc_number(look->fdinfo, "eventfd-semaphore", 10);
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_eventfd *rec = state;
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | (rec->semaphore ? EFD_SEMAPHORE : 0));

	(void)r;
	(void)d;
	if (fd < 0)
		return ckpt_errf(err, -errno, "cannot make an eventfd: %s", strerror(errno));
	if (rec->count && write(fd, &rec->count, sizeof(rec->count)) != sizeof(rec->count)) {
		int e = errno;

		close(fd);
		return ckpt_errf(err, -e, "cannot set an eventfd's count: %s", strerror(e));
	}
	return fd; /* O_NONBLOCK and the like are set for every description by the caller */
}

const struct ckpt_plugin ckpt_plugin_eventfd = {
	.name = "eventfd", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
};
