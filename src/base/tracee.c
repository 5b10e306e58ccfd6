// SPDX-License-Identifier: BSD-3-Clause
/* tracee.c - see tracee.h.  [tool] */
#include "base/tracee.h"

#include <asm/unistd.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef PTRACE_SETSIGMASK
#define PTRACE_GETSIGMASK 0x420a
#define PTRACE_SETSIGMASK 0x420b
#endif

#define PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG_ 0x4211

#define ERESTARTSYS 512
#define ERESTARTNOINTR 513
#define ERESTARTNOHAND 514
#define ERESTART_RESTARTBLOCK 516

bool ckpt_regs_restarts(const struct user_regs_struct *regs)
{
	long rax = (long)regs->rax;

	return (long)regs->orig_rax >= 0 && (rax == -ERESTARTSYS || rax == -ERESTARTNOINTR || rax == -ERESTARTNOHAND ||
					     rax == -ERESTART_RESTARTBLOCK);
}

void ckpt_regs_redo(struct user_regs_struct *regs, bool with_block)
{
	bool block = (long)regs->rax == -ERESTART_RESTARTBLOCK;

	regs->rax = with_block && block ? __NR_restart_syscall : regs->orig_rax;
	regs->rip -= 2;
	regs->orig_rax = -1;
}

bool ckpt_regs_eintr_by_stop(const struct user_regs_struct *regs)
{
	static const short calls[] = {
		__NR_epoll_wait, __NR_epoll_pwait, __NR_epoll_pwait2, __NR_rt_sigtimedwait, __NR_semop, __NR_semtimedop,
		__NR_recvfrom, __NR_recvmsg, __NR_recvmmsg, __NR_sendto, __NR_sendmsg, __NR_sendmmsg, __NR_accept,
		__NR_accept4, __NR_read, __NR_readv, __NR_write, __NR_writev, __NR_msgsnd, __NR_msgrcv,
		__NR_io_getevents, __NR_io_pgetevents, __NR_futex, __NR_futex_waitv, __NR_mq_timedsend,
		__NR_mq_timedreceive, __NR_io_uring_enter,
	};

	if ((long)regs->rax != -EINTR)
		return false;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((long)regs->orig_rax == calls[i])
			return true;
	return false;
}

int ckpt_tracee_get_xstate(pid_t tid, void *out, size_t *len)
{
	struct iovec iov = { out, *len };

	if (ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &iov))
		return -errno;
	*len = iov.iov_len;
	return 0;
}

int ckpt_tracee_set_xstate(pid_t tid, const void *in, size_t len)
{
	struct iovec iov = { (void *)in, len };

	return ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &iov) ? -errno : 0;
}

int ckpt_tracee_get_mask(pid_t tid, uint64_t *mask)
{
	return ptrace(PTRACE_GETSIGMASK, tid, sizeof(*mask), mask) ? -errno : 0;
}

int ckpt_tracee_set_mask(pid_t tid, uint64_t mask)
{
	return ptrace(PTRACE_SETSIGMASK, tid, sizeof(mask), &mask) ? -errno : 0;
}

/* PR_SET_SYSCALL_USER_DISPATCH, as Linux 6.4 and later tell (struct ptrace_sud_config). */
bool ckpt_tracee_has_dispatch(pid_t tid)
{
	struct { uint64_t mode, selector, offset, len; } config;

	return !ptrace(PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG_, tid, sizeof(config), &config) && config.mode;
}

/* The register set of ioperm(2)'s bitmap is there where one was made. */
bool ckpt_tracee_has_ioperm(pid_t tid)
{
	unsigned char word[8];
	struct iovec iov = { word, sizeof(word) };

	return !ptrace(PTRACE_GETREGSET, tid, NT_386_IOPERM, &iov) && iov.iov_len;
}

bool ckpt_status_event_stop(int status)
{
	return WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP;
}

int ckpt_tracee_call(const struct ckpt_waiter *w, pid_t tid, uint64_t gadget, long nr, const uint64_t arg[6], long *ret)
{
	struct user_regs_struct regs;
	int status, err;

	if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
		return -errno;
	regs.rip = gadget;
	regs.rax = nr;
	regs.orig_rax = -1;
	regs.rdi = arg[0];
	regs.rsi = arg[1];
	regs.rdx = arg[2];
	regs.r10 = arg[3];
	regs.r8 = arg[4];
	regs.r9 = arg[5];
	if (ptrace(PTRACE_SETREGS, tid, 0, &regs))
		return -errno;
	/* Its entry, its exit.  Not a single step: the trap would reset the action of an ignored SIGTRAP. */
	for (int stops = 0; stops < 2;) {
		if (ptrace(PTRACE_SYSCALL, tid, 0, 0))
			return -errno;
		err = w->wait(w->arg, tid, &status);
		if (err)
			return err;
		if (!WIFSTOPPED(status))
			return -ESRCH;
		stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
	}
	if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
		return -errno;
	*ret = (long)regs.rax;
	return 0;
}

/* The list's end shows as the trigger's delivery stop; anything else that comes meanwhile is passed over. */
static int wait_trigger(const struct ckpt_waiter *w, pid_t tid, uint64_t frame_at, int trigger)
{
	for (;;) {
		int status, sig = 0, err = w->wait(w->arg, tid, &status);

		if (err)
			return err;
		if (!WIFSTOPPED(status))
			return -ESRCH;
		if (!ckpt_status_event_stop(status)) {
			sig = WSTOPSIG(status);
			if (sig == trigger) {
				uint32_t exit = 0;

				err = ckpt_peek(tid, frame_at + offsetof(struct ckpt_frame, exit), &exit, sizeof(exit));
				if (err)
					return err;
				if (exit == CKPT_EXIT_RAISED)
					return 0;
				sig = 0;
			}
		}
		if (ptrace(PTRACE_CONT, tid, 0, sig))
			return -errno;
	}
}

/* No signal is ignored: follow every call until the way back begins, and make that call not happen. */
static int wait_way_back(const struct ckpt_waiter *w, pid_t tid, uint64_t frame_at)
{
	struct user_regs_struct regs;
	bool entry = true, last = false;

	for (;;) {
		int status, sig = 0, err = w->wait(w->arg, tid, &status);

		if (err)
			return err;
		if (!WIFSTOPPED(status))
			return -ESRCH;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			if (last)
				return 0;
			if (entry) {
				if (ptrace(PTRACE_GETREGS, tid, 0, &regs))
					return -errno;
				if (regs.orig_rax == __NR_rt_sigprocmask &&
				    regs.rsi == frame_at + offsetof(struct ckpt_frame, mask)) {
					regs.orig_rax = -1;
					if (ptrace(PTRACE_SETREGS, tid, 0, &regs))
						return -errno;
					last = true;
				}
			}
			entry = !entry;
		} else if (!ckpt_status_event_stop(status)) {
			sig = WSTOPSIG(status);
		}
		if (ptrace(PTRACE_SYSCALL, tid, 0, sig))
			return -errno;
	}
}

/* From a delivery or system call stop to an EVENT_STOP, without an instruction of user space in between. */
static int park(const struct ckpt_waiter *w, pid_t tid)
{
	int status, err;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) || ptrace(PTRACE_CONT, tid, 0, 0))
		return -errno;
	for (;;) {
		err = w->wait(w->arg, tid, &status);
		if (err)
			return err;
		if (!WIFSTOPPED(status))
			return -ESRCH;
		if (ckpt_status_event_stop(status))
			return 0;
		if (ptrace(PTRACE_CONT, tid, 0, WSTOPSIG(status)))
			return -errno;
	}
}

int ckpt_tracee_run(const struct ckpt_waiter *w, pid_t tid, uint64_t entry, uint64_t frame_at, int trigger,
		    const struct user_regs_struct *saved, uint64_t mask)
{
	struct user_regs_struct regs = *saved;
	uint64_t deaf = ~(trigger ? 1ULL << (trigger - 1) : 0);
	int err;

	regs.rip = entry;
	regs.rdi = frame_at;
	regs.orig_rax = -1;
	/* Registers before the mask, mask before the registers: a tracer that dies in between never leaves
	 * the program deaf. */
	if (ptrace(PTRACE_SETREGS, tid, 0, &regs))
		return -errno;
	err = ckpt_tracee_set_mask(tid, deaf);
	if (err)
		return err;
	if (ptrace(trigger ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, 0))
		return -errno;
	err = trigger ? wait_trigger(w, tid, frame_at, trigger) : wait_way_back(w, tid, frame_at);
	if (!err)
		err = park(w, tid);
	if (!err)
		err = ckpt_tracee_set_mask(tid, mask);
	if (!err && ptrace(PTRACE_SETREGS, tid, 0, saved))
		err = -errno;
	return err;
}

int ckpt_peek(pid_t pid, uint64_t addr, void *to, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct iovec mine = { (char *)to + done, len - done };
		struct iovec theirs = { (void *)(addr + done), len - done };
		ssize_t n = process_vm_readv(pid, &mine, 1, &theirs, 1, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		done += n;
	}
	return 0;
}

int ckpt_poke(pid_t pid, uint64_t addr, const void *from, size_t len)
{
	size_t done = 0;

	while (done < len) {
		struct iovec mine = { (char *)from + done, len - done };
		struct iovec theirs = { (void *)(addr + done), len - done };
		ssize_t n = process_vm_writev(pid, &mine, 1, &theirs, 1, 0);

		if (n <= 0)
			return n < 0 ? -errno : -EFAULT;
		done += n;
	}
	return 0;
}
