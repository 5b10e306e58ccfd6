// SPDX-License-Identifier: BSD-3-Clause
/* log.c - see log.h.  [tool] */
#include "coordinator/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int log_fd = -1;

void log_open(void)
{
	const char *path = getenv("CKPT_LOG");

	if (path && path[0] == '/')
		log_fd = open(path,
			      O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
			      0600);
}

void log_line(const char *fmt, ...)
{
	char line[1200];
	struct timespec ts;
	struct tm tm;
	size_t at;
	va_list ap;

	if (log_fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	localtime_r(&ts.tv_sec, &tm);
	at = strftime(line, sizeof(line), "%F %T", &tm);
	at += snprintf(line + at, sizeof(line) - at, ".%03ld [%d] ", ts.tv_nsec / 1000000,
		       (int)getpid());
	va_start(ap, fmt);
	at += vsnprintf(line + at, sizeof(line) - at - 1, fmt, ap);
	va_end(ap);
	if (at > sizeof(line) - 2)
		at = sizeof(line) - 2;
	line[at++] = '\n';
	if (write(log_fd, line, at) < 0)
		return; /* a full disk must not stop a job */
}
