/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * entry.S - the executor's first byte, its last instruction, and the birth of a thread.  [bare]
 *
 * In: rdi = struct ckpt_frame.  Out, one of three ways:
 *   stop      SIGSTOP to itself: the process is being restored and its tracer waits for that.
 *   trigger   a signal that the program ignores: a living tracer sees it, takes the thread and puts everything back.
 *   return    no tracer any more: the signal was dropped; mask back, registers back, iretq.  Nothing is written to
 *             the program's stack, no restart block is touched and the FPU was never used.
 */
#include <asm/unistd.h>

/* struct ckpt_frame; executor.c asserts these. */
#define FRAME_EXIT 16
#define FRAME_TRIGGER 20
#define FRAME_MASK 24
#define FRAME_STACK 32
#define FRAME_TGID 40
#define FRAME_TID 44
#define FRAME_BACK 48

	.section .text.entry, "ax", @progbits
	.globl	ckpt_executor_start
ckpt_executor_start:
	cld
	mov	%rdi, %rbx
	mov	FRAME_STACK(%rbx), %rsp
	xor	%ebp, %ebp
	mov	%rbx, %rdi
	call	ckpt_executor_run
	cmpl	$0, FRAME_EXIT(%rbx)
	je	1f
0:	mov	$__NR_getpid, %eax		/* a trap (int3) would reset the action of an ignored SIGTRAP */
	syscall
	mov	%eax, %r12d
	mov	$__NR_gettid, %eax
	syscall
	mov	%r12d, %edi
	mov	%eax, %esi
	mov	$19, %edx			/* SIGSTOP */
	mov	$__NR_tgkill, %eax
	syscall
	jmp	0b
1:	cmpl	$0, FRAME_TRIGGER(%rbx)
	je	2f
	movl	$2, FRAME_EXIT(%rbx)		/* CKPT_EXIT_RAISED */
	mov	$__NR_tgkill, %eax
	mov	FRAME_TGID(%rbx), %edi
	mov	FRAME_TID(%rbx), %esi
	mov	FRAME_TRIGGER(%rbx), %edx
	syscall
2:	mov	$__NR_rt_sigprocmask, %eax
	mov	$2, %edi			/* SIG_SETMASK */
	lea	FRAME_MASK(%rbx), %rsi
	xor	%edx, %edx
	mov	$8, %r10d
	syscall
	lea	FRAME_BACK(%rbx), %rsp
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
	iretq

/* long ckpt_executor_clone3(struct clone_args *args, size_t size, struct ckpt_frame *child) */
	.text
	.globl	ckpt_executor_clone3
ckpt_executor_clone3:
	mov	%rdx, %r8
	mov	$__NR_clone3, %eax
	syscall
	test	%rax, %rax
	jz	3f
	ret
3:	mov	%r8, %rdi
	jmp	ckpt_executor_start

	.section .note.GNU-stack, "", @progbits
