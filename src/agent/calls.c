// SPDX-License-Identifier: BSD-3-Clause
/* calls.c - see calls.h.  [tool] */
#include "agent/calls.h"

#include <asm/unistd.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "base/tracee.h"

/* A blocked call is the same one as long as its thread stands at the same instruction with the same stack. */
struct blocked {
	pid_t tid;
	uint64_t rip, rsp;
	long nr;
	bool fresh;
};

static struct ckpt_buf blocked; /* struct blocked[] */

static struct blocked *find(pid_t tid)
{
	struct blocked *b = (void *)blocked.data;

	for (size_t i = 0; i < blocked.len / sizeof(*b); i++)
		if (b[i].tid == tid)
			return &b[i];
	return NULL;
}

/* "mov $nr, %eax; syscall", as compilers and libraries write it. */
static long from_code(pid_t tid, uint64_t rip)
{
	unsigned char code[7];
	uint32_t nr;

	if (ckpt_peek(tid, rip - sizeof(code), code, sizeof(code)) || code[0] != 0xb8 || code[5] != 0x0f || code[6] != 0x05)
		return -ENOENT;
	memcpy(&nr, code + 1, sizeof(nr));
	return nr < 1024 ? (long)nr : -ENOENT;
}

int calls_resolve(pid_t tid, struct user_regs_struct *regs)
{
	struct blocked *b = find(tid);
	long nr = regs->orig_rax;

	if (nr == __NR_restart_syscall) {
		nr = b && b->rip == regs->rip && b->rsp == regs->rsp ? b->nr : from_code(tid, regs->rip);
		if (nr < 0)
			return nr;
		regs->orig_rax = nr;
	}
	if (!b) {
		b = ckpt_buf_grow(&blocked, sizeof(*b));
		b->tid = tid;
	}
	*b = (struct blocked){ tid, regs->rip, regs->rsp, nr, true };
	return 0;
}

void calls_next_attempt(void)
{
	struct blocked *b = (void *)blocked.data;
	size_t kept = 0;

	for (size_t i = 0; i < blocked.len / sizeof(*b); i++)
		if (b[i].fresh) {
			b[kept] = b[i];
			b[kept++].fresh = false;
		}
	blocked.len = kept * sizeof(*b);
}
