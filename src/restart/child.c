// SPDX-License-Identifier: BSD-3-Clause
/*
 * child.c - see child.h.  [tool]
 *
 * Everything that survives an exec is made here, in an ordinary program with good errors: descriptors, session, directory, umask.
 * The binary is then execed for three things that only an exec gives without privilege: /proc/PID/exe, a fresh address
 * space and a vdso.
 */
#include "restart/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ckpt/exit.h"
#include "restart/limits.h"
#include "restart/namespace.h"
#include "restart/objects.h"

/* Written where the kernel wants it in a file; a failure is a warning at most (the value is advice). */
static void write_proc(const char *path, const char *fmt, long value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	dprintf(fd, fmt, value);
	close(fd);
}

/*
 * A group of its own in our session, as from a shell; a session leader leads one again.  But one that had a controlling terminal, and
 * gets ours, stays: ours cannot be taken from our session (TIOCSCTTY), and job control is worth more to it than its session's id.
 */
static void join_session(const struct plan *p)
{
	const struct ckpt_rec_process *s = p->image->process;
	bool had_terminal = (int32_t)s->tty_pgrp > 0;

	if (s->sid == s->pid && !(had_terminal && p->sets_modes))
		setsid();
	else
		setpgid(0, 0);
}

static int enter_world(struct plan *p, struct ckpt_err *err)
{
	const struct ckpt_rec_process *s = p->image->process;
	const char *cwd = plan_path(p, s->cwd);

	if (chdir(cwd))
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot change to the directory %s: %s", cwd, strerror(errno));
	umask(s->umask);
	write_proc("/proc/self/oom_score_adj", "%ld", s->oom_score_adj);
	write_proc("/proc/self/coredump_filter", "0x%lx", s->coredump_filter);
	return 0;
}

/* The lowest number above every saved one. */
static int free_number(const struct ckpt_image *image)
{
	int most = 2;

	for (size_t i = 0; i < image->descriptor_count; i++)
		if ((int)image->descriptors[i].fd > most)
			most = image->descriptors[i].fd;
	return most + 1;
}

static void __attribute__((noreturn)) child_fail(int errors, const struct ckpt_err *err)
{
	if (write(errors, err, sizeof(*err)) != sizeof(*err))
		_exit(CKPT_EX_INTERNAL);
	_exit(err->status);
}

static void __attribute__((noreturn)) child_main(struct plan *p, int go, int errors, int image_fd)
{
	const char *exe = plan_path(p, p->image->process->exe);
	char *const argv[] = { (char *)exe, NULL }, *const envp[] = { NULL };
	struct ckpt_err err = { 0 };
	char byte;
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL); /* until the tracer's EXITKILL holds; the list sets the saved one */
	if (read(go, &byte, 1) != 1)
		_exit(CKPT_EX_INTERNAL);
	close(go);
	limits_raise();
	/* Out of the way of the numbers that the program has. */
	fd = fcntl(errors, F_DUPFD_CLOEXEC, image_fd + 1);
	if (fd < 0)
		_exit(CKPT_EX_INTERNAL);
	errors = fd;
	join_session(p);
	if (p->image->fd == image_fd ? fcntl(image_fd, F_SETFD, 0) < 0 : dup3(p->image->fd, image_fd, 0) < 0) {
		ckpt_errf(&err, -errno, "cannot hold the image at descriptor %d: %s", image_fd, strerror(errno));
		child_fail(errors, &err);
	}
	if (p->own_namespace && namespace_enter(p->own_user, &err))
		child_fail(errors, &err);
	if (enter_world(p, &err) || objects_restore(p, image_fd, errors, &err))
		child_fail(errors, &err);
	execve(exe, argv, envp);
	ckpt_errs(&err, CKPT_EX_BAD_IMAGE, -errno, "cannot run %s: %s", exe, strerror(errno));
	child_fail(errors, &err);
}

static pid_t clone_child(struct plan *p, struct ckpt_err *err)
{
	pid_t want = p->image->process->pid, pid;
	struct clone_args args = { .exit_signal = SIGCHLD };

	if (p->own_namespace)
		return namespace_clone(want, p->own_user, err);
	if (p->exact) {
		args.set_tid = (uintptr_t)&want;
		args.set_tid_size = 1;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid >= 0)
		return pid;
	return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot make process %d: %s%s", want, strerror(errno),
			 errno == EAGAIN ? "; raise the limit on processes (ulimit -u)" : "");
}

int child_start(struct child *c, struct plan *p, struct ckpt_err *err)
{
	int go[2], errors[2];
	sigset_t all, old;

	if (pipe2(go, O_CLOEXEC) || pipe2(errors, O_CLOEXEC))
		return ckpt_errf(err, -errno, "cannot make a pipe: %s", strerror(errno));
	c->image_fd = free_number(p->image);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	c->pid = clone_child(p, err);
	if (c->pid == 0)
		child_main(p, go[0], errors[1], c->image_fd);
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(go[0]);
	close(errors[1]);
	c->go = go[1];
	c->errors = errors[0];
	return c->pid < 0 ? c->pid : 0;
}

void child_go(struct child *c)
{
	if (write(c->go, "", 1) == 1)
		close(c->go);
}

int child_failure(struct child *c, struct ckpt_err *err)
{
	struct ckpt_err why;

	if (read(c->errors, &why, sizeof(why)) == sizeof(why)) {
		*err = why;
		return -ECHILD;
	}
	return ckpt_errs(err, CKPT_EX_INTERNAL, -ECHILD, "the new process died before it was the program");
}
