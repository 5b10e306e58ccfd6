/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * syscall.c - syscall(2): the calls of call.h's table in the program's ids, exec with our
 * variables.  [preload]
 *
 * Until the first restart everything but exec goes straight to the kernel.  clone, clone3, fork
 * and vfork always do, without a frame of ours: their child may come back on another stack, or on
 * its parent's.
 */
#include "wrappers/call.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

/* Called by syscall. */
long ckpt_syscall_translated(long nr, long a, long b, long c, long d, long e, long f)
{
	struct ckpt_call call = { .nr = nr, .arg = { a, b, c, d, e, f } };

	if (nr == SYS_execve)
		return execve((char *)a, (char *const *)b, (char *const *)c);
	if (nr == SYS_execveat)
		return execveat((int)a, (char *)b, (char *const *)c, (char *const *)d, (int)e);
	return raw_errno(ckpt_call(&call));
}

long ckpt_syscall_failed(long negative)
{
	return raw_errno(negative);
}

__asm__(".text\n"
	".globl syscall\n"
	".hidden ckpt_syscall_translated, ckpt_syscall_failed\n"
	".type syscall, @function\n"
	"syscall:\n"
	"	.cfi_startproc\n"
	"	cmpl $0, 16+ckpt_ids(%rip)\n"
	"	jne 3f\n"
	"	cmp $59, %rdi\n" /* execve */
	"	je ckpt_syscall_translated\n"
	"	cmp $322, %rdi\n" /* execveat */
	"	je ckpt_syscall_translated\n"
	"1:	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n"
	"	mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n"
	"	syscall\n"
	"	cmp $-4095, %rax\n"
	"	jae 2f\n"
	"	ret\n"
	"2:	mov %rax, %rdi\n"
	"	jmp ckpt_syscall_failed\n"
	"3:	cmp $435, %rdi\n" /* clone3 */
	"	je 1b\n"
	"	cmp $58, %rdi\n" /* clone 56, fork 57, vfork 58 */
	"	ja ckpt_syscall_translated\n"
	"	cmp $56, %rdi\n"
	"	jae 1b\n"
	"	jmp ckpt_syscall_translated\n"
	"	.cfi_endproc\n"
	".size syscall, . - syscall\n");
