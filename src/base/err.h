/* SPDX-License-Identifier: BSD-3-Clause */
/* err.h - an error that a person will read: exit status and text, carried beside a -errno.  [tool] */
#ifndef CKPT_BASE_ERR_H
#define CKPT_BASE_ERR_H

#include <stdarg.h>

struct ckpt_err {
	int status;	 /* enum ckpt_exit_status; 0 = none said */
	char text[1024]; /* one line, no newline */
};

/* Set err's text (err may be NULL) and return ret.  The status stays what it was, or becomes IO where none was said. */
int ckpt_errf(struct ckpt_err *err, int ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, with the exit status. */
int ckpt_errs(struct ckpt_err *err, int status, int ret, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Put "fmt: " before the text that is there. Returns ret. */
int ckpt_err_in(struct ckpt_err *err, int ret, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
