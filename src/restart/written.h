/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * written.h - the files that the program had open for writing go back to what they were: decided before any process exists,
 * done just before the program's own exists, undone where the restart fails after that.  [tool]
 *
 * A file is never replaced, only written in place: other links and other processes keep it.  Whatever is taken out of a file is
 * kept beside it first: what was added since as FILE.ckpt-tail-GENERATION, what was overwritten as FILE.ckpt-old-GENERATION (.1,
 * .2 ... behind it, where the name is taken).
 */
#ifndef CKPT_RESTART_WRITTEN_H
#define CKPT_RESTART_WRITTEN_H

#include <stdbool.h>

#include "restart/plan.h"

/* Look at each file and each copy beside the image, and decide.  What cannot be put back is counted and told as plan_differs
 * does.  Changes nothing. */
void written_plan(struct plan *p, int *found, struct ckpt_err *err);

/* Will this path (as it stands in the image) be what it was? */
bool written_restores(const struct plan *p, const char *path);

/* Do it, and warn of each file that is changed.  0 or -errno with err; then written_undo must follow. */
int written_put_back(struct plan *p, struct ckpt_err *err);

/* Is the file behind this descriptor of ours one of them? */
bool written_has(const struct plan *p, int fd);

/* Everything as it was before written_put_back.  What cannot be undone is told on standard error, with where it is kept. */
void written_undo(struct plan *p);

#endif
