/* SPDX-License-Identifier: BSD-3-Clause */
/* log.h - what the coordinator did, in the file that CKPT_LOG names; nothing without it.  [tool] */
#ifndef CKPT_COORDINATOR_LOG_H
#define CKPT_COORDINATOR_LOG_H

void log_open(void);
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
