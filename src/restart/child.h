/* SPDX-License-Identifier: BSD-3-Clause */
/* child.h - the process that becomes the program again, until it execs the program's own binary.  [tool] */
#ifndef CKPT_RESTART_CHILD_H
#define CKPT_RESTART_CHILD_H

#include "restart/plan.h"

struct child {
	pid_t pid;     /* as we see it */
	int errors;    /* a struct ckpt_err comes out of it when the child fails before its exec; closes at exec */
	int go;	       /* write a byte: go on */
	int image_fd;  /* number of the image's descriptor in the child after exec */
};

/*
 * Make the child.  It waits for child_go, then makes descriptors, directory, umask and limits, and execs the binary with an
 * empty environment.  All its signals are blocked.  0 or -errno with err.
 */
int child_start(struct child *c, struct plan *p, struct ckpt_err *err);
void child_go(struct child *c);

/* Why it ended without an exec; -ECHILD with err. */
int child_failure(struct child *c, struct ckpt_err *err);

#endif
