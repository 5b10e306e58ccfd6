// SPDX-License-Identifier: BSD-3-Clause
/* process_check.c - what makes a whole process impossible to save, seen while it runs.  [tool] */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/process.h"
#include "agent/snapshot.h"
#include "base/proc.h"
#include "ckpt/exit.h"

struct checking {
	pid_t pid;
	const char *program;
	struct ckpt_arena *arena;
	struct refusals *refusals;
	bool stands;
};

static void refuse_process(struct checking *c, const char *kind, const char *what, const char *reason, const char *remedy)
{
	refuse(c->refusals, c->pid, c->program, "process", kind, what, reason, remedy);
}

static const char *name_of(struct ckpt_arena *arena, pid_t pid)
{
	char *comm = ckpt_proc_read(arena, pid, "comm", NULL);

	if (!comm)
		return "gone";
	comm[strcspn(comm, "\n")] = 0;
	return comm;
}

static void check_status(struct checking *c, const char *status)
{
	unsigned long tracer = ckpt_proc_number(status, "TracerPid", 10);

	if (tracer && !c->stands)
		refuse_process(c, "traced process", ckpt_arena_printf(c->arena, "by process %lu (%s)", tracer,
								      name_of(c->arena, tracer)),
			       "a debugger or strace holds it, and a process has one tracer", "detach it");
	if (ckpt_proc_number(status, "Seccomp", 10))
		refuse_process(c, "seccomp filter", "", "seccomp is not restored by this version", "run it without a filter");
}

/* Present as "name: value" in /proc/PID/status of kernels that can do it. */
static void check_features(struct checking *c, const char *status)
{
	const char *features = ckpt_proc_field(status, "x86_Thread_features");
	const char *end = features ? strchrnul(features, '\n') : NULL;
	const char *shadow = features ? strstr(features, "shstk") : NULL;
	const char *mask = ckpt_proc_field(status, "untag_mask");

	if (shadow && shadow < end)
		refuse_process(c, "shadow stack", "", "shadow stacks are not restored by this version",
			       "run it with GLIBC_TUNABLES=glibc.cpu.x86_shstk=off");
	if (mask && strtoull(mask, NULL, 16) != UINT64_MAX)
		refuse_process(c, "tagged addresses", "linear address masking", "it is not restored by this version",
			       "run it without");
}

#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#define PR_SCHED_CORE_GET 0
#endif

static void refuse_thread(struct checking *c, int tid, const char *kind, const char *reason, const char *remedy)
{
	refuse(c->refusals, c->pid, c->program, ckpt_arena_printf(c->arena, "thread %d", tid), kind, "", reason, remedy);
}

static bool has_descriptors(struct checking *c, pid_t tid)
{
	char *status = ckpt_proc_read(c->arena, tid, "status", NULL);

	return status && ckpt_proc_number(status, "FDSize", 10);
}

/* A thread that ends gives up its descriptors first and its directory next: it has none of its own, it has none. */
static bool other(struct checking *c, pid_t tid, int what)
{
	return syscall(SYS_kcmp, c->pid, tid, what, 0, 0) > 0 && has_descriptors(c, tid) && has_descriptors(c, c->pid);
}

static void check_thread_namespaces(struct checking *c, int tid)
{
	static const char *const names[] = { "net", "ipc", "uts", "cgroup", "mnt", "time_for_children", "pid_for_children" };

	if (c->stands || tid == c->pid)
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *name = ckpt_arena_printf(c->arena, "ns/%s", names[i]);
		char *its = ckpt_proc_link(c->arena, tid, name), *first = ckpt_proc_link(c->arena, c->pid, name);

		if (its && first && strcmp(its, first))
			refuse_thread(c, tid, ckpt_arena_printf(c->arena, "namespace %s", its), "it has one of its own (unshare)",
				      "do not unshare it in a thread");
	}
}

/* A thread that has left what threads have in common (unshare(2)): no other thread's view says what it has. */
static void check_thread(struct checking *c, int tid)
{
	uint64_t cookie = 0;

	/* A leader that has ended. */
	if (!ckpt_proc_link(c->arena, tid, "cwd"))
		return;
	if (other(c, tid, KCMP_FILES))
		refuse_thread(c, tid, "descriptor table", "it has one of its own (unshare(CLONE_FILES))", "do not unshare it in a thread");
	if (other(c, tid, KCMP_FS))
		refuse_thread(c, tid, "directory", "it has working directory, root and umask of its own (unshare(CLONE_FS))",
			      "do not unshare them in a thread");
	check_thread_namespaces(c, tid);
	if (!prctl(PR_SCHED_CORE, PR_SCHED_CORE_GET, tid, 0, &cookie) && cookie)
		refuse_thread(c, tid, "core scheduling cookie", "cookies are not restored by this version", "run it without");
}

const char *process_other_rights(const char *status, const char *thread)
{
	static const char *const fields[] = {
		"Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp",
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *a = ckpt_proc_field(status, fields[i]), *b = ckpt_proc_field(thread, fields[i]);
		size_t len = a ? strcspn(a, "\n") : 0;

		if (a && b && (len != strcspn(b, "\n") || strncmp(a, b, len)))
			return fields[i];
	}
	return NULL;
}

static void check_threads(struct checking *c, const char *status)
{
	int *tids;
	ssize_t n = ckpt_proc_numbers(c->arena, c->pid, "task", &tids);

	for (ssize_t i = 0; i < n; i++) {
		char *own;
		const char *field;

		check_thread(c, tids[i]);
		own = c->stands || tids[i] == c->pid ? NULL :
		      ckpt_proc_read(c->arena, c->pid, ckpt_arena_printf(c->arena, "task/%d/status", tids[i]), NULL);
		field = own && ckpt_proc_number(own, "Threads", 10) ? process_other_rights(status, own) : NULL;
		if (field)
			refuse_thread(c, tids[i], ckpt_arena_printf(c->arena, "own rights (%s)", field),
				      "threads of different ids or capabilities are not restored by this version",
				      "change them for the whole process");
	}
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
			if (!comm || !strcmp(comm, "ckpt-snapshot\n") || snapshot_is_remains(c->arena, child))
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

/* What ptrace would refuse, /proc refuses too (ptrace(2), access mode checking), and there is nothing else to be seen then. */
static int check_access(struct checking *c, const char *status, struct ckpt_err *err)
{
	unsigned long uid = ckpt_proc_number(status, "Uid", 10);
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", c->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	if (errno != EACCES && errno != EPERM)
		return 0;
	if (!ckpt_proc_field(status, "VmSize"))
		return -ESRCH; /* a thread on its way out has no memory, and no access to it */
	if (uid != geteuid())
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EPERM, "%s (pid %d) has become another user (%lu, and we are %u), who may "
				 "not be looked at: give the command as root, or do not run set-uid programs in the job", c->program,
				 c->pid, uid, geteuid());
	return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EPERM, "%s (pid %d) is not dumpable, so that its own user may not look at "
			 "it: use prctl(PR_SET_DUMPABLE, 1) in it, or give the command as root", c->program, c->pid);
}

int process_check(pid_t pid, const char *program, struct ckpt_arena *arena, struct refusals *refusals, bool stands,
		  struct ckpt_err *err)
{
	struct checking c = { pid, program, arena, refusals, stands };
	char *status = ckpt_proc_read(arena, pid, "status", NULL), *text;
	int e;

	if (!status)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ESRCH, "process %d (%s) has ended", pid, program);
	if (!stands && (e = check_access(&c, status, err)))
		return e;
	check_status(&c, status);
	check_features(&c, status);
	check_threads(&c, status);
	check_children(&c);
	check_namespaces(&c);
	check_binary(&c);
	text = ckpt_proc_read(arena, pid, "timers", NULL);
	if (text && strstr(text, "ID:"))
		refuse_process(&c, "POSIX timer", "timer_create(2)", "POSIX timers are not restored by this version",
			       "delete it (timer_delete)");
	text = ckpt_proc_link(arena, pid, "exe");
	if (text && strlen(text) > 10 && !strcmp(text + strlen(text) - 10, " (deleted)"))
		refuse_process(&c, "program", text, "its file has been deleted or replaced, and a restart runs it",
			       "keep the program's file while it runs");
	text = ckpt_proc_link(arena, pid, "cwd");
	if (text && strlen(text) > 10 && !strcmp(text + strlen(text) - 10, " (deleted)"))
		refuse_process(&c, "working directory", text, "it has been deleted", "change to a directory that exists");
	text = ckpt_proc_link(arena, pid, "root");
	if (text && strcmp(text, "/"))
		refuse_process(&c, "root directory", text, "a changed root is not restored by this version", "run it without chroot");
	return 0;
}
