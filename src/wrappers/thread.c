/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * thread.c - wrappers of the pthread calls in which glibc hands its own copy of a thread's id to
 * the kernel.  [preload]
 *
 * That copy keeps the id that the program knew, because mutexes are owned by it; after a restart
 * the kernel must not see it.  Until then libc's own functions are called.  What glibc does inside
 * without a name (priority-ceiling mutexes, the helper thread of SIGEV_THREAD) is out of reach.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "wrappers/call.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

#define SIG_CANCEL 32 /* glibc's own: cancellation, and setuid in all threads */
#define SIG_SETXID 33

/* The id that the program knows th by; 0 when it has ended. */
static int known_of(pthread_t th, int *known)
{
	const volatile int *word = ckpt_ids_tid_word((uintptr_t)th);

	if (!word)
		return ENOSYS;
	*known = *word;
	return 0;
}

/* A call with the thread's id in argument 0.  An error number, or 0 and the kernel's answer. */
static int call_for(pthread_t th, long nr, long b, long c, long *answer)
{
	int known, error = known_of(th, &known);
	long ret;

	if (error)
		return error;
	if (!known)
		return ESRCH;
	ret = ckpt_call3(nr, known, b, c);
	if (answer)
		*answer = ret;
	return ret < 0 ? (int)-ret : 0;
}

/* ---- signals ---- */

int pthread_kill(pthread_t th, int sig)
{
	int known, error;

	if (!ckpt_ids_active())
		return REAL(pthread_kill)(th, sig);
	if (sig == SIG_CANCEL || sig == SIG_SETXID)
		return EINVAL;
	if (th == pthread_self()) /* also in a vfork child */
		known = gettid();
	else if ((error = known_of(th, &known)))
		return error;
	if (!known)
		return 0; /* ended and not joined yet: as glibc since 2.34 */
	return (int)-ckpt_call3(SYS_tgkill, getpid(), known, sig);
}

int pthread_sigqueue(pthread_t th, int sig, const union sigval value)
{
	siginfo_t info;
	int known, error;

	if (!ckpt_ids_active())
		return REAL(pthread_sigqueue)(th, sig, value);
	if (sig == SIG_CANCEL || sig == SIG_SETXID)
		return EINVAL;
	if ((error = known_of(th, &known)))
		return error;
	if (!known)
		return ESRCH;
	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value = value;
	return (int)-ckpt_call4(SYS_rt_tgsigqueueinfo, info.si_pid, known, sig, (long)&info);
}

/*
 * libc marks the thread and, where it lets itself be cancelled at any instant, sends a signal: to
 * an id that is nobody's today (fresh threads never bear an id that the program knows as
 * another's), so it answers ESRCH and we send it.
 */
int pthread_cancel(pthread_t th)
{
	int ret = REAL(pthread_cancel)(th), known;

	if (ret != ESRCH || !ckpt_ids_active() || known_of(th, &known) || !known)
		return ret;
	return (int)-ckpt_call3(SYS_tgkill, getpid(), known, SIG_CANCEL);
}

/* ---- scheduling ---- */

int pthread_setaffinity_np(pthread_t th, size_t size, const cpu_set_t *set)
{
	if (!ckpt_ids_active())
		return REAL(pthread_setaffinity_np)(th, size, set);
	return call_for(th, SYS_sched_setaffinity, (long)size, (long)set, NULL);
}

int pthread_getaffinity_np(pthread_t th, size_t size, cpu_set_t *set)
{
	long written;
	int error;

	if (!ckpt_ids_active())
		return REAL(pthread_getaffinity_np)(th, size, set);
	error = call_for(th, SYS_sched_getaffinity, size > INT32_MAX ? INT32_MAX : (long)size,
			 (long)set, &written);
	if (!error)
		memset((char *)set + written, 0, size - (size_t)written);
	return error;
}

int pthread_setschedparam(pthread_t th, int policy, const struct sched_param *param)
{
	if (!ckpt_ids_active())
		return REAL(pthread_setschedparam)(th, policy, param);
	return call_for(th, SYS_sched_setscheduler, policy, (long)param, NULL);
}

int pthread_getschedparam(pthread_t th, int *policy, struct sched_param *param)
{
	long answer;
	int error;

	if (!ckpt_ids_active())
		return REAL(pthread_getschedparam)(th, policy, param);
	error = call_for(th, SYS_sched_getscheduler, 0, 0, &answer);
	if (error)
		return error;
	*policy = (int)answer;
	return call_for(th, SYS_sched_getparam, (long)param, 0, NULL);
}

int pthread_setschedprio(pthread_t th, int priority)
{
	struct sched_param param = { .sched_priority = priority };

	if (!ckpt_ids_active())
		return REAL(pthread_setschedprio)(th, priority);
	return call_for(th, SYS_sched_setparam, (long)&param, 0, NULL);
}

/*
 * The kernel's coding of a thread's processor clock bears the id: today's, because clock_gettime
 * is not ours.
 */
int pthread_getcpuclockid(pthread_t th, clockid_t *clock)
{
	int known, error;

	if (!ckpt_ids_active())
		return REAL(pthread_getcpuclockid)(th, clock);
	if ((error = known_of(th, &known)))
		return error;
	if (!known)
		return ESRCH;
	*clock = (clockid_t)(~(unsigned)ckpt_ids_real(known) << 3 |
			     6); /* CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED */
	return 0;
}

/* ---- names ---- */

static long open_comm(pthread_t th, int flags)
{
	char path[64];
	int known;

	if (known_of(th, &known) || !known)
		return -ESRCH;
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", ckpt_ids_real(known));
	return raw_call3(SYS_open, (long)path, flags | O_CLOEXEC, 0);
}

int pthread_setname_np(pthread_t th, const char *name)
{
	size_t len = strlen(name);
	long fd, ret;

	if (!ckpt_ids_active())
		return REAL(pthread_setname_np)(th, name);
	if (len > 15)
		return ERANGE;
	if (th == pthread_self())
		return (int)-raw_call3(SYS_prctl, PR_SET_NAME, (long)name, 0);
	fd = open_comm(th, O_RDWR);
	if (fd < 0)
		return (int)-fd;
	ret = raw_call3(SYS_write, fd, (long)name, (long)len);
	raw_call3(SYS_close, fd, 0, 0);
	return ret < 0 ? (int)-ret : ret != (long)len ? EIO : 0;
}

int pthread_getname_np(pthread_t th, char *name, size_t room)
{
	long fd, ret;

	if (!ckpt_ids_active())
		return REAL(pthread_getname_np)(th, name, room);
	if (room < 16)
		return ERANGE;
	if (th == pthread_self())
		return (int)-raw_call3(SYS_prctl, PR_GET_NAME, (long)name, 0);
	fd = open_comm(th, O_RDONLY);
	if (fd < 0)
		return (int)-fd;
	ret = raw_call3(SYS_read, fd, (long)name, (long)room);
	raw_call3(SYS_close, fd, 0, 0);
	if (ret < 0)
		return (int)-ret;
	if (ret && name[ret - 1] == '\n')
		ret--;
	if ((size_t)ret == room)
		return ERANGE;
	name[ret] = '\0';
	return 0;
}

/*
 * libc fills in everything and then asks for the affinity of an id that is nobody's; with ESRCH
 * the rest stands.
 */
int pthread_getattr_np(pthread_t th, pthread_attr_t *attr)
{
	int ret = REAL(pthread_getattr_np)(th, attr);
	cpu_set_t set;

	if (ret != ESRCH || !ckpt_ids_active())
		return ret;
	if (pthread_getaffinity_np(th, sizeof(set), &set))
		return ret;
	return REAL(pthread_attr_setaffinity_np)(attr, sizeof(set), &set);
}

/* ---- timers ---- */

int timer_create(clockid_t clock, struct sigevent *event, timer_t *timer)
{
	struct sigevent today;

	if (!ckpt_ids_active() || !event || event->sigev_notify != SIGEV_THREAD_ID)
		return REAL(timer_create)(clock, event, timer);
	today = *event;
	today._sigev_un._tid = ckpt_ids_real(today._sigev_un._tid);
	return REAL(timer_create)(clock, &today, timer);
}
