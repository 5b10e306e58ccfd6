/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * call.h - a system call that bears process or thread ids, made in today's ids and answered in the
 * program's.  [preload]
 *
 * I(name, ids, when, result): ids: bit n, argument n is an id. when: 0 always, else bit v,
 * argument 0 == v makes argument 1 one. result: PLAIN; ID, the result is an id; (children are
 * waited for by wait.c and born in fork.c).
 */
#ifndef CKPT_WRAPPERS_CALL_H
#define CKPT_WRAPPERS_CALL_H

#include <stdint.h>

/* clang-format off */
#define CKPT_ID_CALLS(I) \
	I(getpid, 0, 0, ID) I(gettid, 0, 0, ID) I(getppid, 0, 0, ID) I(getpgrp, 0, 0, ID) \
	I(getpgid, 1, 0, ID) I(getsid, 1, 0, ID) I(setsid, 0, 0, ID) I(setpgid, 3, 0, PLAIN) \
	I(set_tid_address, 0, 0, ID) I(kill, 1, 0, PLAIN) I(tkill, 1, 0, PLAIN) \
	I(tgkill, 3, 0, PLAIN) I(rt_sigqueueinfo, 1, 0, PLAIN) \
	I(rt_tgsigqueueinfo, 3, 0, PLAIN) I(wait4, 1, 0, ID) I(waitid, 2, 6, PLAIN) \
	I(sched_setparam, 1, 0, PLAIN) I(sched_getparam, 1, 0, PLAIN) \
	I(sched_setscheduler, 1, 0, PLAIN) I(sched_getscheduler, 1, 0, PLAIN) \
	I(sched_rr_get_interval, 1, 0, PLAIN) I(sched_setaffinity, 1, 0, PLAIN) \
	I(sched_getaffinity, 1, 0, PLAIN) I(sched_setattr, 1, 0, PLAIN) \
	I(sched_getattr, 1, 0, PLAIN) I(getpriority, 2, 3, PLAIN) I(setpriority, 2, 3, PLAIN) \
	I(ioprio_get, 2, 6, PLAIN) I(ioprio_set, 2, 6, PLAIN) I(prlimit64, 1, 0, PLAIN) \
	I(process_vm_readv, 1, 0, PLAIN) I(process_vm_writev, 1, 0, PLAIN) \
	I(pidfd_open, 1, 0, PLAIN) I(migrate_pages, 1, 0, PLAIN) I(move_pages, 1, 0, PLAIN) \
	I(get_robust_list, 1, 0, PLAIN) I(kcmp, 3, 0, PLAIN) I(ptrace, 2, 0, PLAIN) \
	I(perf_event_open, 2, 0, PLAIN)
/* clang-format on */

struct ckpt_call {
	long nr;
	long arg[6];   /* as the program gives them */
	long now[6];   /* as the kernel gets them */
	uint32_t life; /* out: in which the call was made */
};

/*
 * Make it.  -errno or the result, in the program's ids.  Restarted processes make it in the new
 * ids even where they were stopped inside (slot.h).
 */
long ckpt_call(struct ckpt_call *call);

/*
 * The same for a list of arguments; the result untranslated only in that children are not counted.
 */
long ckpt_call3(long nr, long a, long b, long c);
long ckpt_call4(long nr, long a, long b, long c, long d);

/* Bounds of the instruction that makes it. */
extern const char ckpt_call_from[], ckpt_call_to[];

#endif
