/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids_sched.c - wrappers of the scheduling calls that take an id.  [preload]
 */
#include <string.h>

#include "wrappers/call.h"
#include "wrappers/preload.h"

int sched_setparam(pid_t pid, const struct sched_param *param)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_setparam, pid, (long)param, 0));
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_getparam, pid, (long)param, 0));
}

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_setscheduler, pid, policy, (long)param));
}

int sched_getscheduler(pid_t pid)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_getscheduler, pid, 0, 0));
}

int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_rr_get_interval, pid, (long)interval, 0));
}

int sched_setaffinity(pid_t pid, size_t size, const cpu_set_t *set)
{
	return (int)raw_errno(ckpt_call3(SYS_sched_setaffinity, pid, (long)size, (long)set));
}

/* The kernel says how many bytes it wrote; libc's function clears the others. */
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set)
{
	long ret = ckpt_call3(SYS_sched_getaffinity, pid, size > INT32_MAX ? INT32_MAX : (long)size,
			      (long)set);

	if (ret < 0)
		return (int)raw_errno(ret);
	memset((char *)set + ret, 0, size - (size_t)ret);
	return 0;
}

/* The kernel says 20 - nice, so that no answer looks like an error. */
int getpriority(__priority_which_t which, id_t who)
{
	long ret = ckpt_call3(SYS_getpriority, which, (int)who, 0);

	return ret < 0 ? (int)raw_errno(ret) : 20 - (int)ret;
}

int setpriority(__priority_which_t which, id_t who, int priority)
{
	return (int)raw_errno(ckpt_call3(SYS_setpriority, which, (int)who, priority));
}
