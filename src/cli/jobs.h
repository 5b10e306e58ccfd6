/* SPDX-License-Identifier: BSD-3-Clause */
/* jobs.h - which job a command means, and the connection to its coordinator; one that died is
 * replaced.  [tool] */
#ifndef CKPT_CLI_JOBS_H
#define CKPT_CLI_JOBS_H

#include "base/err.h"
#include "base/wire.h"

/*
 * By name and image directory (either NULL), else the only one that runs here.  0 and *wire, or
 * -errno with err: status NO_COORDINATOR (none, or on another host, which is named), USAGE
 * (several: they are listed in several, malloc'ed lines; else NULL).
 */
int jobs_connect(const char *job, const char *dir, struct ckpt_wire **wire, char **several,
		 struct ckpt_err *err);

#endif
