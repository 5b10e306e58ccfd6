/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork.c - wrappers of the calls that make processes: the new id is looked at before the program
 * sees it.  [preload]
 *
 * Before the first restart: nothing.  After it a fresh id may be a number that the program knows
 * as somebody else's; parent and child then find the same stand-in for it, each in its own copy of
 * the table.
 */
#include <pty.h>
#include <stdarg.h>

#include "wrappers/ids.h"
#include "wrappers/preload.h"
#include "wrappers/setxid.h"
#include "wrappers/spawn.h"

/* In the child, before its first line: glibc's copy of its id is what mutexes are owned by. */
static void child_begins(void)
{
	int real, known, *word;

	ckpt_shell_forked();
	ckpt_setxid_forked();
	if (!ckpt_ids_active())
		return;
	real = (int)raw_call0(SYS_getpid);
	known = ckpt_ids_born(real);
	word = known == real ? NULL : ckpt_ids_tid_word((uintptr_t)pthread_self());
	if (word && *word == real)
		*word = known;
}

static pid_t forked(pid_t pid)
{
	if (pid)
		return ckpt_ids_born(pid);
	child_begins();
	return 0;
}

pid_t fork(void)
{
	return forked(REAL(fork)());
}

pid_t _Fork(void)
{
	return forked(REAL(_Fork)());
}

int forkpty(int *master, char *name, const struct termios *term, const struct winsize *size)
{
	return forked(REAL(forkpty)(master, name, term, size));
}

int clone(int (*fn)(void *), void *stack, int flags, void *arg, ...)
{
	void *parent_tid, *tls, *child_tid;
	va_list ap;

	va_start(ap, arg);
	parent_tid = va_arg(ap, void *);
	tls = va_arg(ap, void *);
	child_tid = va_arg(ap, void *);
	va_end(ap);
	return ckpt_ids_born(REAL(clone)(fn, stack, flags, arg, parent_tid, tls, child_tid));
}

/* ---- vfork: the child returns over its parent's stack, so nothing of ours may lie on it ---- */

/* Called by vfork, in the parent. */
int ckpt_vfork_parent(int pid)
{
	return ckpt_ids_born(pid);
}

int ckpt_vfork_failed(int error)
{
	errno = error;
	return -1;
}

__asm__(".text\n"
	".globl vfork\n"
	".hidden ckpt_vfork_parent, ckpt_vfork_failed\n"
	".type vfork, @function\n"
	"vfork:\n"
	"	.cfi_startproc\n"
	"	pop %rdi\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_register rip, rdi\n"
	"	mov $58, %eax\n"
	"	syscall\n"
	"	push %rdi\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rip, 0\n"
	"	cmp $-4095, %rax\n"
	"	jae 1f\n"
	"	test %eax, %eax\n"
	"	jz 2f\n"
	"	cmpl $0, 16+ckpt_ids(%rip)\n"
	"	jne 3f\n"
	"2:	ret\n"
	"1:	neg %eax\n"
	"	mov %eax, %edi\n"
	"	jmp ckpt_vfork_failed\n"
	"3:	mov %eax, %edi\n"
	"	jmp ckpt_vfork_parent\n"
	"	.cfi_endproc\n"
	".size vfork, . - vfork\n");
