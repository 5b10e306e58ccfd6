// SPDX-License-Identifier: BSD-3-Clause
/* probe_task.c - probes that look at another process: a child of ours that only waits.  [tool] */
#include "cli/probe.h"

#include <elf.h>
#include <errno.h>
#include <linux/kcmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* Newer than the headers of Debian 12. */
#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif

struct rseq_configuration {
	uint64_t pointer;
	uint32_t size, signature, flags, pad;
};

int probe_failed(char *detail, const char *text, int error)
{
	snprintf(detail, PROBE_DETAIL, "%s: %s", text, strerror(error));
	return 0;
}

int probe_in_child(int (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(body() & 0xff);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A child that waits for its end, which comes with ours at the latest. */
static pid_t start_child(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void end_child(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, __WALL);
}

/* Stopped by us; 0 or errno. */
static int stop_child(pid_t pid)
{
	int status;

	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, 0, 0) < 0 || waitpid(pid, &status, __WALL) != pid)
		return errno;
	return WIFSTOPPED(status) ? 0 : ECHILD;
}

int probe_ptrace(char *detail)
{
	pid_t pid = start_child();
	int error = stop_child(pid);

	end_child(pid);
	return error ? probe_failed(detail, "PTRACE_SEIZE", error) : 1;
}

int probe_ptrace_sigmask(char *detail)
{
	pid_t pid = start_child();
	int error = stop_child(pid);
	uint64_t mask = 0;

	if (!error && (ptrace(PTRACE_GETSIGMASK, pid, sizeof(mask), &mask) < 0 ||
		       ptrace(PTRACE_SETSIGMASK, pid, sizeof(mask), &mask) < 0))
		error = errno;
	end_child(pid);
	return error ? probe_failed(detail, "PTRACE_SETSIGMASK", error) : 1;
}

int probe_ptrace_rseq(char *detail)
{
	struct rseq_configuration rseq = { 0 };
	pid_t pid = start_child();
	int error = stop_child(pid);

	if (!error && ptrace(PTRACE_GET_RSEQ_CONFIGURATION, pid, sizeof(rseq), &rseq) < 0)
		error = errno;
	end_child(pid);
	if (error)
		return probe_failed(detail, "PTRACE_GET_RSEQ_CONFIGURATION", error);
	snprintf(detail, PROBE_DETAIL,
		 rseq.pointer ? "libc registers %u bytes" : "libc registers none", rseq.size);
	return 1;
}

int probe_yama(char *detail)
{
	static const char *const meanings[] = { "0: any process of the same user",
						"1: children, and who asks for it",
						"2: CAP_SYS_PTRACE only", "3: nobody" };
	FILE *f = fopen("/proc/sys/kernel/yama/ptrace_scope", "re");
	int value = -1;

	if (!f || fscanf(f, "%d", &value) != 1 || value < 0 || value > 3)
		snprintf(detail, PROBE_DETAIL, "not in this kernel");
	else
		snprintf(detail, PROBE_DETAIL, "%s", meanings[value]);
	if (f)
		fclose(f);
	return value < 2 || (value == 2 && geteuid() == 0);
}

int probe_pidfd_getfd(char *detail)
{
	pid_t pid = start_child();
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0), fd = -1, error = 0;

	if (pidfd < 0 || (fd = (int)syscall(SYS_pidfd_getfd, pidfd, 2, 0)) < 0)
		error = errno;
	if (fd >= 0)
		close(fd);
	if (pidfd >= 0)
		close(pidfd);
	end_child(pid);
	/* EBADF: our own standard error is closed, but we were allowed to look */
	return error && error != EBADF ? probe_failed(detail, "pidfd_getfd", error) : 1;
}

int probe_process_vm_readv(char *detail)
{
	static const char word[8] = "ckpt";
	char copy[sizeof(word)] = "";
	struct iovec local = { copy, sizeof(copy) }, remote = { (void *)word, sizeof(word) };
	pid_t pid = start_child();
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	int error = errno;

	end_child(pid);
	return n == sizeof(copy) && !strcmp(copy, word)
		       ? 1
		       : probe_failed(detail, "process_vm_readv", error);
}

int probe_kcmp(char *detail)
{
	pid_t pid = start_child();
	long r = syscall(SYS_kcmp, getpid(), pid, KCMP_VM, 0, 0);
	int error = errno;

	end_child(pid);
	return r > 0 ? 1 : probe_failed(detail, "kcmp", r < 0 ? error : EINVAL);
}
