/* SPDX-License-Identifier: BSD-3-Clause */
/* tlslib.so - a library with thread-local variables, for tlsopen to load at run time.  [victim] */
#include <stdint.h>

static __thread uint64_t set = 4711, zero;
static __thread uint64_t big[1024];

uint64_t *tlslib_set(void);
uint64_t *tlslib_zero(void);
uint64_t *tlslib_big(void);

uint64_t *tlslib_set(void)
{
	return &set;
}

uint64_t *tlslib_zero(void)
{
	return &zero;
}

uint64_t *tlslib_big(void)
{
	return big;
}
