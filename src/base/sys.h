/* SPDX-License-Identifier: BSD-3-Clause */
/* sys.h - raw system calls: the kernel's result, -errno for failure.  [bare]  Header only: x86_64's `syscall` instruction
 * (syscall(2), "Architecture calling conventions"). */
#ifndef CKPT_BASE_SYS_H
#define CKPT_BASE_SYS_H

#include <asm/unistd.h>

static inline long sys_call(long nr, long a, long b, long c, long d, long e, long f)
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

#define sys_call0(nr) sys_call(nr, 0, 0, 0, 0, 0, 0)
#define sys_call1(nr, a) sys_call(nr, (long)(a), 0, 0, 0, 0, 0)
#define sys_call2(nr, a, b) sys_call(nr, (long)(a), (long)(b), 0, 0, 0, 0)
#define sys_call3(nr, a, b, c) sys_call(nr, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define sys_call4(nr, a, b, c, d) sys_call(nr, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

#endif
