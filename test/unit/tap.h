/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * tap.h - TAP for a unit test that is one C file.  [tool]  Each check prints its line at once, so that a crash shows how
 * far the test came; the plan is printed last, so that a crash is also a failure.
 *
 *	int main(void)
 *	{
 *		is_int(1 + 1, 2, "sums");
 *		is_text(name(), "x", "has its name");
 *		return done_testing();
 *	}
 */
#ifndef TEST_UNIT_TAP_H
#define TEST_UNIT_TAP_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
	int run, failed;
} tap;

__attribute__((unused, format(printf, 2, 3))) static int ok(int good, const char *fmt, ...)
{
	va_list ap;

	if (!tap.run)
		setvbuf(stdout, NULL, _IOLBF, 0);
	tap.run++;
	printf("%sok %d - ", good ? "" : "not ", tap.run);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	if (!good)
		tap.failed++;
	return good;
}

__attribute__((unused, format(printf, 1, 2))) static void diag(const char *fmt, ...)
{
	va_list ap;

	fputs("# ", stdout);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

__attribute__((unused)) static int is_int(long long got, long long want, const char *what)
{
	int good = ok(got == want, "%s", what);

	if (!good)
		diag("got %lld (%#llx), want %lld (%#llx)", got, got, want, want);
	return good;
}

__attribute__((unused)) static int is_text(const char *got, const char *want, const char *what)
{
	int good = ok(got && want ? !strcmp(got, want) : got == want, "%s", what);

	if (!good)
		diag("got \"%s\", want \"%s\"", got ? got : "(null)", want ? want : "(null)");
	return good;
}

__attribute__((unused)) static int is_bytes(const void *got, const void *want, size_t len,
					    const char *what)
{
	const unsigned char *g = got, *w = want;
	size_t at = 0;

	while (at < len && g[at] == w[at])
		at++;
	ok(at == len, "%s", what);
	if (at < len)
		diag("byte %zu of %zu: got %#x, want %#x", at, len, g[at], w[at]);
	return at == len;
}

/* Counts a check that cannot be made here; why is what a person reads. */
__attribute__((unused)) static void skip(const char *what, const char *why)
{
	tap.run++;
	printf("ok %d - %s # SKIP %s\n", tap.run, what, why);
}

__attribute__((unused)) static int done_testing(void)
{
	printf("1..%d\n", tap.run);
	return tap.failed ? 1 : 0;
}

#endif
