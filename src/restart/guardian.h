/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * guardian.h - takes the program along when ckpt_restart is killed.  [tool]
 *
 * A small process of ours, in a session of its own, that holds nothing but a line to ckpt_restart and a pidfd of the program.  A
 * parent-death signal would not do: it is the program's to set, and an exec or new credentials clear it.
 */
#ifndef CKPT_RESTART_GUARDIAN_H
#define CKPT_RESTART_GUARDIAN_H

#include <sys/types.h>

#include "base/err.h"

/*
 * From now on, when we end without guardian_dismiss and root still lives, the job whose coordinator listens at socket is killed,
 * and root in any case.  0 or -errno with err.
 */
int guardian_start(pid_t root, const char *socket, struct ckpt_err *err);

/* We end in order, and so does it. */
void guardian_dismiss(void);

#endif
