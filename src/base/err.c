// SPDX-License-Identifier: BSD-3-Clause
/* err.c - see err.h.  [tool] */
#include "base/err.h"

#include <stdio.h>
#include <string.h>

#include "ckpt/exit.h"

int ckpt_errf(struct ckpt_err *err, int ret, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return ret;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	if (!err->status)
		err->status = CKPT_EX_IO;
	return ret;
}

int ckpt_errs(struct ckpt_err *err, int status, int ret, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return ret;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	err->status = status;
	return ret;
}

int ckpt_err_in(struct ckpt_err *err, int ret, const char *fmt, ...)
{
	char old[sizeof(err->text)];
	size_t used;
	va_list ap;

	if (!err)
		return ret;
	memcpy(old, err->text, sizeof(old));
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	used = strlen(err->text);
	snprintf(err->text + used, sizeof(err->text) - used, ": %s", old);
	return ret;
}
