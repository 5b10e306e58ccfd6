/* SPDX-License-Identifier: BSD-3-Clause */
/* limits.h - does the program fit into the resource limits that ckpt_restart was given?  [tool] */
#ifndef CKPT_RESTART_LIMITS_H
#define CKPT_RESTART_LIMITS_H

#include "restart/plan.h"

/* 0, or -errno with err, which names the limit and how much the program needs. */
int limits_check(struct plan *p, struct ckpt_err *err);

/* In the new process: as far up as may be, until the saved limits are set. */
void limits_raise(void);

#endif
