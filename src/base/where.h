/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * where.h - where our own parts lie, found from the running program: the same directory (a build
 * tree, or libexec/ckpt itself), else the installed places beside it, so that a moved prefix works.
 * [tool]
 */
#ifndef CKPT_BASE_WHERE_H
#define CKPT_BASE_WHERE_H

#include <stddef.h>

#include "base/err.h"

/* Path of "ckpt_coordinator", "ckpt_agent" or "libckpt.so".  0, -ENOENT with err, -ENAMETOOLONG. */
int ckpt_where(const char *part, char *path, size_t room, struct ckpt_err *err);

/*
 * libckpt.so's path as LD_PRELOAD can hold it: one with a space or a colon, which ld.so would
 * split, is reached through a symbolic link in rundir (made if it is not there).  0 or -errno with
 * err.
 */
int ckpt_where_preload(const char *rundir, char *path, size_t room, struct ckpt_err *err);

#endif
