/* SPDX-License-Identifier: BSD-3-Clause */
/* program.h - find a program as execvp(3) would, and say whether our library will be loaded into
 * it.  [tool] */
#ifndef CKPT_CLI_PROGRAM_H
#define CKPT_CLI_PROGRAM_H

#include <limits.h>

#include "base/err.h"

/*
 * The file that name stands for, in path.  0, or -errno with err, status NOT_FOUND or CANNOT_EXEC.
 */
int program_find(const char *name, char path[PATH_MAX], struct ckpt_err *err);

/*
 * Refuse what ld.so would not preload us into, following #! to the interpreter: static, set-uid
 * (where that changes who we are), file capabilities, another machine's or 32-bit.  0, or -errno
 * with err, status CANNOT_EXEC.
 */
int program_check(const char *path, struct ckpt_err *err);

#endif
