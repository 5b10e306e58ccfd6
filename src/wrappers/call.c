/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.c - the one place from which ids go to the kernel.  [preload]
 *
 * A thread may be stopped for a checkpoint between the translation of an id and the system call,
 * or blocked in the call, and go on in another life, where the number is a stranger's.  So the
 * last instructions before the call compare the life again, and ckpt_restart puts a thread that it
 * finds on them back to the comparison (slot.h).
 */
#include "wrappers/call.h"

#include <stddef.h>

#include "wrappers/ids.h"
#include "wrappers/preload.h"

enum result { PLAIN, ID };

struct row {
	uint8_t ids, when, result;
};

#define ROW(name, ids_, when_, result_) [SYS_##name] = { ids_, when_, result_ },
static const struct row rows[] = { CKPT_ID_CALLS(ROW) };

_Static_assert(offsetof(struct ckpt_ids, life) == 12, "ckpt_call_run knows it");
_Static_assert(offsetof(struct ckpt_ids, active) == 16, "fork.c and syscall.c know it");
_Static_assert(offsetof(struct ckpt_call, now) == 56 && offsetof(struct ckpt_call, life) == 104,
	       "ckpt_call_run knows it");

long ckpt_call_run(struct ckpt_call *call);

static const struct row *row_of(long nr)
{
	static const struct row none;

	return nr >= 0 && (size_t)nr < sizeof(rows) / sizeof(rows[0]) ? &rows[nr] : &none;
}

/* Called by ckpt_call_run. */
void ckpt_call_translate(struct ckpt_call *call)
{
	const struct row *row = row_of(call->nr);
	unsigned ids = row->ids, i;

	if (row->when && (call->arg[0] < 0 || call->arg[0] > 7 || !(row->when >> call->arg[0] & 1)))
		ids = 0;
	for (i = 0; i < 6; i++)
		call->now[i] = ids >> i & 1 ? ckpt_ids_real((int)call->arg[i]) : call->arg[i];
}

__asm__(".text\n"
	".globl ckpt_call_run, ckpt_call_from, ckpt_call_to\n"
	".hidden ckpt_call_run, ckpt_call_from, ckpt_call_to, ckpt_call_translate\n"
	".type ckpt_call_run, @function\n"
	"ckpt_call_run:\n"
	"	.cfi_startproc\n"
	"	push %rbx\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset rbx, 0\n"
	"	push %r12\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	.cfi_rel_offset r12, 0\n"
	"	sub $8, %rsp\n"
	"	.cfi_adjust_cfa_offset 8\n"
	"	mov %rdi, %rbx\n"
	"1:	mov 12+ckpt_ids(%rip), %r12d\n"
	"	mov %rbx, %rdi\n"
	"	call ckpt_call_translate\n"
	"	mov (%rbx), %rax\n"
	"	mov 56(%rbx), %rdi\n"
	"	mov 64(%rbx), %rsi\n"
	"	mov 72(%rbx), %rdx\n"
	"	mov 80(%rbx), %r10\n"
	"	mov 88(%rbx), %r8\n"
	"	mov 96(%rbx), %r9\n"
	"ckpt_call_from:\n"
	"	cmp 12+ckpt_ids(%rip), %r12d\n"
	"	jne 1b\n"
	"	syscall\n"
	"ckpt_call_to:\n"
	"	mov %r12d, 104(%rbx)\n"
	"	add $8, %rsp\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	pop %r12\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore r12\n"
	"	pop %rbx\n"
	"	.cfi_adjust_cfa_offset -8\n"
	"	.cfi_restore rbx\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size ckpt_call_run, . - ckpt_call_run\n");

long ckpt_call(struct ckpt_call *call)
{
	long ret = ckpt_call_run(call);

	if (ret > 0 && row_of(call->nr)->result == ID)
		ret = ckpt_ids_known((int)ret, call->life);
	return ret;
}

long ckpt_call3(long nr, long a, long b, long c)
{
	struct ckpt_call call = { .nr = nr, .arg = { a, b, c } };

	return ckpt_call(&call);
}

long ckpt_call4(long nr, long a, long b, long c, long d)
{
	struct ckpt_call call = { .nr = nr, .arg = { a, b, c, d } };

	return ckpt_call(&call);
}
