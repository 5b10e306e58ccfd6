// SPDX-License-Identifier: BSD-3-Clause
/* probe_self.c - probes that change what a process is: ids, namespaces, memory's description; each in a child.  [tool] */
#include "cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif
#ifndef PR_GET_AUXV
#define PR_GET_AUXV 0x41555856
#endif

int probe_get_auxv(char *detail)
{
	uint8_t auxv[1024];
	long n = syscall(SYS_prctl, PR_GET_AUXV, auxv, sizeof(auxv), 0, 0);

	return n > 0 ? 1 : probe_failed(detail, "prctl", errno);
}

/* ---- memory's description ---- */

/* The numbers of /proc/self/stat that PR_SET_MM_MAP takes; 0 or errno. */
static int read_mm_map(struct prctl_mm_map *map)
{
	unsigned long v[64] = { 0 };
	char text[4096], *at;
	size_t n = 0;
	FILE *f = fopen("/proc/self/stat", "re");

	if (!f)
		return errno;
	at = fgets(text, sizeof(text), f) ? strrchr(text, ')') : NULL;
	fclose(f);
	/* the second field is the name, in brackets; the third, a letter, follows */
	for (at = at ? strtok(at + 1, " ") : NULL, n = 3; at && n < 64; at = strtok(NULL, " "), n++)
		v[n] = strtoul(at, NULL, 10);
	*map = (struct prctl_mm_map){
		.start_code = v[26],
		.end_code = v[27],
		.start_stack = v[28],
		.start_data = v[45],
		.end_data = v[46],
		.start_brk = v[47],
		.brk = (uintptr_t)sbrk(0),
		.arg_start = v[48],
		.arg_end = v[49],
		.env_start = v[50],
		.env_end = v[51],
		.exe_fd = (uint32_t)-1,
	};
	return n > 51 ? 0 : EINVAL;
}

static int set_mm_map(void)
{
	struct prctl_mm_map map;
	int error = read_mm_map(&map);

	return error							    ? error
	       : prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) == 0 ? 0
									    : errno;
}

/* EBUSY is a yes: our own program is still mapped, but that is looked at after the permission. */
static int set_mm_exe(void)
{
	struct prctl_mm_map map;
	int error = read_mm_map(&map), fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (error || fd < 0)
		return error ? error : errno;
	map.exe_fd = (uint32_t)fd;
	error = prctl(PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map), 0) == 0 ? 0 : errno;
	return error == EBUSY ? 0 : error;
}

static int in_child(char *detail, const char *text, int (*body)(void))
{
	int error = probe_in_child(body);

	if (error < 0) {
		snprintf(detail, PROBE_DETAIL, "the attempt died");
		return 0;
	}
	return error ? probe_failed(detail, text, error) : 1;
}

int probe_set_mm_map(char *detail)
{
	return in_child(detail, "prctl", set_mm_map);
}

int probe_set_mm_exe(char *detail)
{
	return in_child(detail, "prctl", set_mm_exe);
}

/* ---- ids ---- */

/* An id that is free: of a child that has just gone. */
static pid_t find_free_pid(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return pid;
}

static int make_wished(pid_t wish)
{
	struct clone_args args = { .exit_signal = SIGCHLD,
				   .set_tid = (uintptr_t)&wish,
				   .set_tid_size = 1 };
	long pid = syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0)
		_exit(0);
	if (pid < 0)
		return errno;
	waitpid((pid_t)pid, NULL, 0);
	return pid == wish ? 0 : EINVAL;
}

static int set_tid_here(void)
{
	return make_wished(find_free_pid());
}

static int set_tid_in_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0 ? errno : probe_in_child(set_tid_here);
}

int probe_set_tid_here(void)
{
	return probe_in_child(set_tid_here) == 0;
}

int probe_set_tid(char *detail)
{
	if (probe_set_tid_here()) {
		snprintf(detail, PROBE_DETAIL, "in this namespace");
		return 1;
	}
	if (probe_in_child(set_tid_in_namespace) == 0) {
		snprintf(detail, PROBE_DETAIL, "only in a user and pid namespace of our own");
		return 1;
	}
	return in_child(detail, "clone3", set_tid_here);
}

/* ---- namespaces ---- */

static int new_user_namespace(void)
{
	return unshare(CLONE_NEWUSER) < 0 ? errno : 0;
}

int probe_user_namespace(char *detail)
{
	return in_child(detail, "unshare", new_user_namespace);
}

static int new_time_namespace(void)
{
	return unshare(CLONE_NEWTIME) < 0 ? errno : 0;
}

static int new_time_in_user_namespace(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWTIME) < 0 ? errno : 0;
}

int probe_time_namespace(char *detail)
{
	if (probe_in_child(new_time_namespace) == 0)
		return 1;
	if (probe_in_child(new_time_in_user_namespace) == 0) {
		snprintf(detail, PROBE_DETAIL, "only with a user namespace");
		return 1;
	}
	return in_child(detail, "unshare", new_time_in_user_namespace);
}
