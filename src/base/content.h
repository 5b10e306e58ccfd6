/* SPDX-License-Identifier: BSD-3-Clause */
/* content.h - what regular files hold: take a copy, sum it up, open it again.  [tool]  Moves no descriptor's position that
 * is not its caller's own. */
#ifndef CKPT_BASE_CONTENT_H
#define CKPT_BASE_CONTENT_H

#include <stdint.h>

/*
 * Bytes [at, at + len) of `from` to byte to_at of `to`, holes as holes (where `to` has data there, it is punched out).  Makes
 * `to` longer where that is needed, never shorter.  0, -ENODATA when `from` is shorter, or -errno.
 */
int ckpt_content_copy(int from, uint64_t at, uint64_t len, int to, uint64_t to_at);

/* The whole of `from`, which has `size` bytes, into the empty file `to`: by sharing where the file system can. As above. */
int ckpt_content_clone(int from, uint64_t size, int to);

/*
 * A checksum of the first size bytes that does not depend on where the holes are: XXH3_64bits over each block of 4096
 * bytes that is not all zeros, with its number (8 bytes, little endian) before it.  0, -ENODATA, or -errno.
 */
int ckpt_content_sum(int fd, uint64_t size, uint64_t *sum);

/* The same of the first and the last `edge` bytes of the first size bytes only, one behind the other. */
int ckpt_content_edges(int fd, uint64_t size, uint64_t edge, uint64_t *sum);

/*
 * open(2) for a file that its owner had open: where only the mode forbids it (a file that was made with mode 0444 can be written
 * by who made it), the mode is lifted for the moment.  A descriptor or -errno.
 */
int ckpt_content_open(const char *path, int flags);

#endif
