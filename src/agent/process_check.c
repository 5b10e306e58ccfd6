// SPDX-License-Identifier: BSD-3-Clause
/* process_check.c - what makes a whole process impossible to save, seen while it runs.  [tool] */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/process.h"
#include "base/proc.h"
#include "ckpt/exit.h"

struct checking {
	pid_t pid;
	const char *program;
	struct ckpt_arena *arena;
	struct refusals *refusals;
};

static void refuse_process(struct checking *c, const char *kind, const char *what, const char *reason, const char *remedy)
{
	refuse(c->refusals, c->pid, c->program, "process", kind, what, reason, remedy);
}

static void check_status(struct checking *c, const char *status)
{
	unsigned long tracer = ckpt_proc_number(status, "TracerPid", 10);

	if (tracer)
		refuse_process(c, "traced process", ckpt_arena_printf(c->arena, "by process %lu", tracer),
			       "a debugger or strace holds it, and a process has one tracer", "detach it");
	if (ckpt_proc_number(status, "Seccomp", 10))
		refuse_process(c, "seccomp filter", "", "seccomp is not restored by this version", "run it without a filter");
}

static void check_children(struct checking *c)
{
	int *tids;
	ssize_t n = ckpt_proc_numbers(c->arena, c->pid, "task", &tids);

	for (ssize_t i = 0; i < n; i++) {
		char *children = ckpt_proc_read(c->arena, c->pid, ckpt_arena_printf(c->arena, "task/%d/children", tids[i]), NULL);

		for (char *p = children; p && *p;) {
			pid_t child = strtol(p, &p, 10);
			char *comm;

			while (*p == ' ')
				p++;
			comm = ckpt_proc_read(c->arena, child, "comm", NULL);
			if (!comm || !strcmp(comm, "ckpt-snapshot\n"))
				continue;
			comm[strcspn(comm, "\n")] = 0;
			refuse_process(c, "child process", ckpt_arena_printf(c->arena, "%d (%s)", child, comm),
				       "process trees are not saved by this version", "wait until the child has ended and was waited for");
		}
	}
}

/* A restart in exact ids makes a pid and a mount namespace, and where it had no privilege a user namespace, and the next one
 * makes them again: those of its ckpt-init (restart/namespace.c).  Other user namespaces are the program's own. */
static bool is_restarts(struct checking *c, const char *name, const char *theirs)
{
	const char *inside = ckpt_arena_printf(c->arena, "root/proc/1/%s", name);
	char *comm = ckpt_proc_read(c->arena, c->pid, "root/proc/1/comm", NULL), *init;

	if (!strncmp(name, "ns/pid", 6) || !strcmp(name, "ns/mnt"))
		return true;
	if (!comm || strcmp(comm, "ckpt-init\n"))
		return false;
	init = ckpt_proc_link(c->arena, c->pid, inside);
	return init && !strcmp(init, theirs);
}

static void check_namespaces(struct checking *c)
{
	static const char *const names[] = { "mnt", "net", "ipc", "uts", "cgroup", "user", "pid_for_children", "time_for_children" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = ckpt_arena_printf(c->arena, "ns/%s", names[i]);
		char *theirs = ckpt_proc_link(c->arena, c->pid, name), *ours = ckpt_proc_link(c->arena, getpid(), name);

		if (theirs && ours && strcmp(theirs, ours) && !is_restarts(c, name, theirs))
			refuse_process(c, "namespace", theirs, "it has left the namespace that it was started in",
				       "run ckpt inside the namespace");
	}
}

static void check_binary(struct checking *c)
{
	unsigned char head[EI_NIDENT] = { 0 };
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", c->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) && head[EI_CLASS] != ELFCLASS64)
		refuse_process(c, "32-bit program", ckpt_proc_link(c->arena, c->pid, "exe"), "32-bit programs are not supported",
			       "use its 64-bit version");
	if (fd >= 0)
		close(fd);
}

int process_check(pid_t pid, const char *program, struct ckpt_arena *arena, struct refusals *refusals, struct ckpt_err *err)
{
	struct checking c = { pid, program, arena, refusals };
	char *status = ckpt_proc_read(arena, pid, "status", NULL), *text;

	if (!status)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d (%s) has ended", pid, program);
	check_status(&c, status);
	check_children(&c);
	check_namespaces(&c);
	check_binary(&c);
	text = ckpt_proc_read(arena, pid, "timers", NULL);
	if (text && strstr(text, "ID:"))
		refuse_process(&c, "POSIX timer", "timer_create(2)", "POSIX timers are not restored by this version",
			       "delete it (timer_delete)");
	text = ckpt_proc_link(arena, pid, "cwd");
	if (text && strlen(text) > 10 && !strcmp(text + strlen(text) - 10, " (deleted)"))
		refuse_process(&c, "working directory", text, "it has been deleted", "change to a directory that exists");
	text = ckpt_proc_link(arena, pid, "root");
	if (text && strcmp(text, "/"))
		refuse_process(&c, "root directory", text, "a changed root is not restored by this version", "run it without chroot");
	return 0;
}
