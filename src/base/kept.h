/* SPDX-License-Identifier: BSD-3-Clause */
/* kept.h - the copy of a file's content that lies beside an image: where, and whether it is what was written.  [tool] */
#ifndef CKPT_BASE_KEPT_H
#define CKPT_BASE_KEPT_H

#include "base/image.h"

/*
 * Where the copy of rec, a record of image, lies: a path in arena; NULL when none was kept.  *fault: NULL, or why it is not to be
 * believed (gone, of another length, not the image's owner's, another checksum); a short text that lasts as long as arena.
 */
const char *ckpt_kept_check(const struct ckpt_image *image, const struct ckpt_rec_written *rec, struct ckpt_arena *arena,
			    const char **fault);

/* All of them.  0 or -EBADMSG with err (status BAD_IMAGE) naming the first that is bad. */
int ckpt_kept_verify(const struct ckpt_image *image, struct ckpt_err *err);

#endif
