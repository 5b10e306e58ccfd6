/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wait.c - wrappers of the wait family: which child, in today's ids; who it was, in the program's.
 * [preload]
 *
 * They are cancellation points: like libc's own, they let cancellation in for the length of the
 * system call only.
 */
#include <string.h>

#include "wrappers/call.h"
#include "wrappers/ids.h"
#include "wrappers/preload.h"

static long call_cancellable(struct ckpt_call *call)
{
	long ret;
	int type;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = ckpt_call(call);
	pthread_setcanceltype(type, NULL);
	return ret;
}

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
	int own = 0;
	struct ckpt_call call = { .nr = SYS_wait4,
				  .arg = { pid, (long)(status ? status : &own), options,
					   (long)usage } };
	long ret = call_cancellable(&call);

	if (status && ret > 0)
		own = *status;
	if (ret > 0 && (WIFEXITED(own) || WIFSIGNALED(own)))
		ckpt_ids_gone((int)ret);
	return (int)raw_errno(ret);
}

pid_t waitpid(pid_t pid, int *status, int options)
{
	return wait4(pid, status, options, NULL);
}

pid_t wait(int *status)
{
	return wait4(-1, status, 0, NULL);
}

pid_t wait3(int *status, int options, struct rusage *usage)
{
	return wait4(-1, status, options, usage);
}

int waitid(idtype_t type, id_t id, siginfo_t *info, int options)
{
	siginfo_t own;
	struct ckpt_call call = { .nr = SYS_waitid, .arg = { type, (int)id, 0, options, 0 } };
	long ret;

	memset(&own, 0, sizeof(own));
	call.arg[2] = (long)(info ? info : &own);
	ret = call_cancellable(&call);
	if (!ret && ckpt_ids_active()) {
		if (!info)
			info = &own;
		info->si_pid = ckpt_ids_known(info->si_pid, call.life);
		if (!(options & WNOWAIT) &&
		    (info->si_code == CLD_EXITED || info->si_code == CLD_KILLED ||
		     info->si_code == CLD_DUMPED))
			ckpt_ids_gone(info->si_pid);
	}
	return (int)raw_errno(ret);
}
