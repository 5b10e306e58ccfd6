/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids_process.c - wrappers of the calls that give or take ids of processes, groups and sessions,
 * and send signals to them. [preload]
 *
 * Most are plain system calls in libc too, so they are made from here (call.c), not through libc.
 */
#include <string.h>

#include "wrappers/call.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

/* ---- who am I ---- */

/* Where a restart comes between the call and the translation, the kernel is asked again. */
static int ask(long nr)
{
	uint32_t life;
	int real, known;

	do {
		life = ckpt_ids_life();
		real = (int)raw_call0(nr);
		if (!ckpt_ids_active())
			return real;
		known = ckpt_ids_known(real, life);
	} while (ckpt_ids_life() != life);
	return known;
}

pid_t getpid(void)
{
	return ask(SYS_getpid);
}

pid_t getppid(void)
{
	return ask(SYS_getppid);
}

pid_t getpgrp(void)
{
	return ask(SYS_getpgrp);
}

/*
 * A thread that libc has made behind our back since the restart may bear the real id of one that
 * has gone: its own struct says the right id then.
 */
pid_t gettid(void)
{
	int known = ask(SYS_gettid), real;
	const int *word;

	if (!ckpt_ids_active())
		return known;
	word = ckpt_ids_tid_word((uintptr_t)pthread_self());
	real = (int)raw_call0(SYS_gettid);
	return word && *word == real ? real : known;
}

pid_t getpgid(pid_t pid)
{
	return (int)raw_errno(ckpt_call3(SYS_getpgid, pid, 0, 0));
}

pid_t getsid(pid_t pid)
{
	return (int)raw_errno(ckpt_call3(SYS_getsid, pid, 0, 0));
}

pid_t setsid(void)
{
	return (int)raw_errno(ckpt_call3(SYS_setsid, 0, 0, 0));
}

int setpgid(pid_t pid, pid_t pgid)
{
	return (int)raw_errno(ckpt_call3(SYS_setpgid, pid, pgid, 0));
}

int setpgrp(void)
{
	return setpgid(0, 0);
}

/* ---- signals ---- */

int kill(pid_t pid, int sig)
{
	return (int)raw_errno(ckpt_call3(SYS_kill, pid, sig, 0));
}

int killpg(pid_t pgrp, int sig)
{
	if (pgrp < 0) {
		errno = EINVAL;
		return -1;
	}
	return kill(-pgrp, sig);
}

int tgkill(pid_t tgid, pid_t tid, int sig)
{
	return (int)raw_errno(ckpt_call3(SYS_tgkill, tgid, tid, sig));
}

/* In a vfork child too: the kernel's ids of the caller, not a copy kept somewhere. */
int raise(int sig)
{
	return tgkill(getpid(), gettid(), sig);
}

/* The receiver knows us by the id that we know. */
int sigqueue(pid_t pid, int sig, const union sigval value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value = value;
	return (int)raw_errno(ckpt_call3(SYS_rt_sigqueueinfo, pid, sig, (long)&info));
}

static void sender_to_known(siginfo_t *info, uint32_t life)
{
	if (info->si_code == SI_USER || info->si_code == SI_TKILL ||
	    (info->si_signo == SIGCHLD && info->si_code > 0))
		info->si_pid = ckpt_ids_known(info->si_pid, life);
}

int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	siginfo_t own;
	int sig = REAL(sigtimedwait)(set, info ? info : &own, timeout);

	if (sig > 0 && info && ckpt_ids_active())
		sender_to_known(info, ckpt_ids_life());
	return sig;
}

int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	int sig = REAL(sigwaitinfo)(set, info);

	if (sig > 0 && info && ckpt_ids_active())
		sender_to_known(info, ckpt_ids_life());
	return sig;
}

/* ---- other processes' limits, memory, clocks, descriptors ---- */

int prlimit(pid_t pid, enum __rlimit_resource resource, const struct rlimit *new_limit,
	    struct rlimit *old_limit)
{
	return (int)raw_errno(
		ckpt_call4(SYS_prlimit64, pid, resource, (long)new_limit, (long)old_limit));
}

int prlimit64(pid_t pid, enum __rlimit_resource resource, const struct rlimit64 *new_limit,
	      struct rlimit64 *old_limit)
{
	return (int)raw_errno(
		ckpt_call4(SYS_prlimit64, pid, resource, (long)new_limit, (long)old_limit));
}

static ssize_t copy_process(long nr, pid_t pid, const struct iovec *local, unsigned long locals,
			    const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
	struct ckpt_call call = { .nr = nr,
				  .arg = { pid, (long)local, (long)locals, (long)remote,
					   (long)remotes, (long)flags } };

	return raw_errno(ckpt_call(&call));
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *local, unsigned long locals,
			 const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
	return copy_process(SYS_process_vm_readv, pid, local, locals, remote, remotes, flags);
}

ssize_t process_vm_writev(pid_t pid, const struct iovec *local, unsigned long locals,
			  const struct iovec *remote, unsigned long remotes, unsigned long flags)
{
	return copy_process(SYS_process_vm_writev, pid, local, locals, remote, remotes, flags);
}

int pidfd_open(pid_t pid, unsigned int flags)
{
	return (int)raw_errno(ckpt_call3(SYS_pidfd_open, pid, flags, 0));
}

int clock_getcpuclockid(pid_t pid, clockid_t *clock)
{
	return REAL(clock_getcpuclockid)(ckpt_ids_real(pid), clock);
}
