/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * namespace.h - exact process ids where somebody else has them: a process in a pid and mount namespace of its own.  [tool]
 *
 * The process is our child all the same: waited for and traced by its outer id.  Inside, its getppid() is 0.  Its namespace has an
 * init of ours, "ckpt-init", that adopts orphans.  The init lives as long as we hold a line to it, and every process of the
 * namespace dies with it; told to stay, it lives until nobody is left.
 */
#ifndef CKPT_RESTART_NAMESPACE_H
#define CKPT_RESTART_NAMESPACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * As fork(2): a child whose id inside is `own` (1: it is its namespace's init itself).  user: in a user namespace too, which needs
 * no privilege.  Its id out here, 0 in the child, or -errno with err and nothing left.
 */
pid_t namespace_clone(pid_t own, bool user, struct ckpt_err *err);

/* In the child, before its exec: a /proc that shows the namespace.  0 or -errno with err. */
int namespace_enter(bool user, struct ckpt_err *err);

/* There is an init: the namespace goes with us. */
bool namespace_is_held(void);

/* From now on it may outlive us: its root process has ended, or is to live on. */
void namespace_stay(void);

/* End it, with all that is in it. */
void namespace_abandon(void);

#endif
