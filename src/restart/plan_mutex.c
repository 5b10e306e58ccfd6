// SPDX-License-Identifier: BSD-3-Clause
/*
 * plan_mutex.c - mutexes whose word the kernel itself reads: robust and priority-inheriting ones.  [tool]
 *
 * Their word holds the owner's thread id as the kernel knows it.  In virtual ids that number is another thread's or nobody's, so
 * a held one is refused by name; exact ids bring it back (DESIGN: process ids).
 */
#include <asm/unistd.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/user.h>

#include "ckpt/exit.h"
#include "restart/plan.h"

/* struct robust_list_head of <linux/futex.h>: the list of robust mutexes that a thread holds, and one it is about to take. */
static bool holds_robust(const struct ckpt_image *image, const struct ckpt_rec_thread *t)
{
	uint64_t head[3];

	if (!t->robust_head || ckpt_image_peek(image, t->robust_head, head, sizeof(head)))
		return false;
	return (head[0] && (head[0] & ~1ULL) != t->robust_head) || head[2];
}

/* It waits for one: the call stands to be made again (rip at its `syscall`). */
static bool waits_for_pi(const struct ckpt_image *image, const struct ckpt_rec_thread *t)
{
	struct user_regs_struct regs;
	unsigned char code[2];
	int op;

	if (t->regs.len != sizeof(regs))
		return false;
	memcpy(&regs, t->regs.data, sizeof(regs));
	op = regs.rsi & FUTEX_CMD_MASK;
	if (regs.rax != __NR_futex ||
	    (op != FUTEX_LOCK_PI && op != FUTEX_LOCK_PI2 && op != FUTEX_WAIT_REQUEUE_PI && op != FUTEX_CMP_REQUEUE_PI))
		return false;
	/* Code is a clean page of a file, which is not in the image and reads as zeros; ours is. */
	return ckpt_image_peek(image, regs.rip, code, sizeof(code)) || (!code[0] && !code[1]) ||
	       (code[0] == 0x0f && code[1] == 0x05);
}

void plan_check_mutexes(struct plan *p, int *found, struct ckpt_err *err)
{
	for (size_t i = 0; !p->exact && i < p->image->thread_count; i++) {
		const struct ckpt_rec_thread *t = &p->image->threads[i];
		const char *kind = holds_robust(p->image, t)  ? "holds a robust mutex" :
				   waits_for_pi(p->image, t) ? "waits for a priority-inheriting mutex" : NULL;

		if (kind)
			plan_differs(found, err, "thread %llu (%s) %s, which holds thread ids as the kernel knows them; restart it "
				     "with --pids exact", (unsigned long long)t->tid, t->comm, kind);
	}
}
