// SPDX-License-Identifier: BSD-3-Clause
/* kept.c - see kept.h.  [tool] */
#include "base/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/content.h"
#include "ckpt/exit.h"

/* As for the image itself: what others own or may write is not ours to believe. */
static const char *fault_of(const struct ckpt_image *image, const struct ckpt_rec_written *rec, int fd)
{
	struct stat st, im;
	uint64_t sum;

	if (fstat(fd, &st) || fstat(image->fd, &im))
		return strerror(errno);
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != rec->size)
		return "it is cut short or has grown";
	if ((st.st_uid != im.st_uid && st.st_uid != 0) || st.st_mode & (S_IWGRP | S_IWOTH))
		return "it belongs to, or may be written by, others";
	if (ckpt_content_sum(fd, rec->size, &sum))
		return "it cannot be read";
	return sum == rec->copy_sum ? NULL : "its checksum is wrong";
}

const char *ckpt_kept_check(const struct ckpt_image *image, const struct ckpt_rec_written *rec, struct ckpt_arena *arena,
			    const char **fault)
{
	const char *slash = strrchr(image->path, '/'), *path;
	int fd;

	*fault = NULL;
	if (!rec->copy || !*rec->copy)
		return NULL;
	path = ckpt_arena_printf(arena, "%.*s%s", slash ? (int)(slash + 1 - image->path) : 0, image->path, rec->copy);
	if (strchr(rec->copy, '/')) {
		*fault = "its name makes no sense";
		return path;
	}
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	*fault = fd < 0 ? strerror(errno) : fault_of(image, rec, fd);
	if (*fault)
		*fault = ckpt_arena_text(arena, *fault, strlen(*fault));
	if (fd >= 0)
		close(fd);
	return path;
}

int ckpt_kept_verify(const struct ckpt_image *image, struct ckpt_err *err)
{
	for (size_t i = 0; i < image->written_count; i++) {
		const char *fault, *path = ckpt_kept_check(image, &image->writtens[i], image->arena, &fault);

		if (fault)
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "%s, which keeps what %s held: %s", path,
					 image->writtens[i].path, fault);
	}
	return 0;
}
