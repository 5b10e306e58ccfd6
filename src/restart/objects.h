/* SPDX-License-Identifier: BSD-3-Clause */
/* objects.h - the descriptors of one process, made in that process.  [tool] */
#ifndef CKPT_RESTART_OBJECTS_H
#define CKPT_RESTART_OBJECTS_H

#include "restart/plan.h"

/*
 * Make every description, put it at its numbers, close everything else but keep1 and keep2, finish.  Afterwards no descriptor
 * but keep2 is close-on-exec: the process is about to exec.  0 or -errno with err.
 */
int objects_restore(struct plan *p, int keep1, int keep2, struct ckpt_err *err);

#endif
