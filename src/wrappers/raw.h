/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * raw.h - system calls without libc: they return -errno, touch no errno and take no lock.
 * [preload]
 *
 * For code that may run after vfork, in a signal handler, or before libc is set up.
 */
#ifndef CKPT_WRAPPERS_RAW_H
#define CKPT_WRAPPERS_RAW_H

#include <errno.h>
#include <sys/syscall.h>

static inline long raw_call6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long raw_call3(long nr, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "a"(nr), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static inline long raw_call0(long nr)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(nr) : "rcx", "r11", "memory");
	return ret;
}

/* As libc's functions return: -1 and errno. */
static inline long raw_errno(long ret)
{
	if (__builtin_expect((unsigned long)ret > -4096UL, 0)) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
}

#endif
