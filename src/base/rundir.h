/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rundir.h - the private directory of a user's sockets on this host.  [tool]
 *
 * $CKPT_RUNDIR, else $XDG_RUNTIME_DIR/ckpt where that belongs to the caller, else /tmp/ckpt-UID. It
 * is 0700, ours, no symbolic link, not on a file system that other hosts see too.  A job named JOB
 * has JOB.sock and JOB.job (jobfile.h) there.
 */
#ifndef CKPT_BASE_RUNDIR_H
#define CKPT_BASE_RUNDIR_H

#include <stddef.h>

#include "base/err.h"

#define CKPT_RUNDIR_MAX 100 /* bytes of a socket's path with its NUL: sockaddr_un has 108 */
#define CKPT_JOB_MAX 64	    /* bytes of a job's name with its NUL */

/* The directory, made if it is not there.  0 or -errno with err. */
int ckpt_rundir_get(char path[CKPT_RUNDIR_MAX], struct ckpt_err *err);

/* rundir/JOB.sock, rundir/JOB.job.  0 or -ENAMETOOLONG with err. */
int ckpt_rundir_socket(const char *rundir, const char *job, char path[CKPT_RUNDIR_MAX],
		       struct ckpt_err *err);
int ckpt_rundir_jobfile(const char *rundir, const char *job, char path[CKPT_RUNDIR_MAX],
			struct ckpt_err *err);

/* A job's name: bytes outside [A-Za-z0-9.+-] become '-', as in an image's name.  0, or -EINVAL with
 * err when name is empty, too long or begins with a dot. */
int ckpt_rundir_job_name(const char *name, char job[CKPT_JOB_MAX], struct ckpt_err *err);

struct ckpt_rundir_job {
	char job[CKPT_JOB_MAX];
	char socket[CKPT_RUNDIR_MAX];
	char jobfile[CKPT_RUNDIR_MAX];
	int living; /* a coordinator answers there */
};

/*
 * The jobs in every run directory that this user may have on this host (a login without
 * XDG_RUNTIME_DIR finds those of one with it). *list is malloc'ed, the caller frees it.  Returns
 * how many, or -errno.
 */
int ckpt_rundir_list(struct ckpt_rundir_job **list, struct ckpt_err *err);

/* Does somebody listen at this socket? */
int ckpt_rundir_living(const char *socket_path);

#endif
