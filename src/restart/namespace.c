// SPDX-License-Identifier: BSD-3-Clause
/*
 * namespace.c - see namespace.h.  [tool]
 *
 *   us        fork a maker, wait for its report
 *   maker     new user (if asked for), pid and mount namespaces; clones the init, then the process, both with CLONE_PARENT, so
 *             that they are our children; ends
 *   init      adopts and reaps
 *   process   mounts /proc, goes on as any restarted process
 * The maker is there because setns(2) and unshare(2) would change us: a user namespace cannot be left again, and our later
 * children (the guardian) must not be inside.
 */
#include "restart/namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ckpt/exit.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE 40
#endif

struct report {
	pid_t init, pid;
	int e;
	char step[80];
};

static struct {
	int line; /* a socket to the init: closed, it ends; a byte, it stays.  0: there is no init */
	pid_t init;
} me;

enum { STAYS = 's', ENDS = 'e' }; /* its answer to the byte */

/* ---- the init ---- */

struct init {
	int line, children, root; /* root: pidfd of the root process, once we are told to stay */
	bool stay;
};

/* Everybody that we adopted has ended. */
static bool reap_all(void)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG | __WALL)) > 0)
		;
	return pid < 0 && errno == ECHILD;
}

/* Nobody is left.  The root process is not our child: its pidfd tells of its end. */
static bool all_ended(struct init *in)
{
	struct pollfd p = { in->root, POLLIN, 0 };

	return in->stay && (in->root < 0 || poll(&p, 1, 0) > 0) && reap_all();
}

static void hear(struct init *in, pid_t own)
{
	char byte;
	ssize_t n = read(in->line, &byte, 1);

	if (n < 0 && errno == EINTR)
		return;
	if (n != 1)
		_exit(0); /* and the kernel kills the namespace: pid_namespaces(7) */
	in->stay = true;
	in->root = syscall(SYS_pidfd_open, own, 0);
	byte = all_ended(in) ? ENDS : STAYS;
	send(in->line, &byte, 1, MSG_NOSIGNAL);
	close(in->line);
	in->line = -1;
}

static void __attribute__((noreturn)) init_main(int line, pid_t own)
{
	struct init in = { .root = -1 };
	struct signalfd_siginfo info;
	sigset_t child;

	prctl(PR_SET_NAME, "ckpt-init");
	setsid();
	/* Nothing of the program's, of the terminal's, of a file system's. */
	if (chdir("/") || (line != 0 && dup2(line, 0) < 0) || close_range(1, ~0u, 0))
		_exit(1);
	in.line = 0;
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	in.children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		struct pollfd p[3] = { { in.line, POLLIN, 0 }, { in.children, POLLIN, 0 }, { in.root, POLLIN, 0 } };

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			_exit(1);
		if (p[0].revents)
			hear(&in, own);
		while (p[1].revents && read(in.children, &info, sizeof(info)) > 0)
			;
		if (p[2].revents) {
			close(in.root);
			in.root = -1;
		}
		reap_all();
		if (all_ended(&in))
			_exit(0);
	}
}

/* ---- the maker ---- */

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), e = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		e = -errno;
	close(fd);
	return e;
}

/* Our own ids are themselves inside, and no others are known (user_namespaces(7)). */
static int enter_user_namespace(struct report *r)
{
	unsigned uid = geteuid(), gid = getegid();
	char map[64];
	int e;

	snprintf(r->step, sizeof(r->step), "a user namespace cannot be made here");
	if (unshare(CLONE_NEWUSER))
		return -errno;
	/* New credentials made us undumpable: our own /proc files would be root's, and nobody could trace our child. */
	prctl(PR_SET_DUMPABLE, 1);
	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	e = write_file("/proc/self/uid_map", map);
	if (!e)
		e = write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1\n", gid, gid);
	if (!e)
		e = write_file("/proc/self/gid_map", map);
	return e;
}

static pid_t clone_beside(pid_t own)
{
	struct clone_args args = { .flags = CLONE_PARENT, .set_tid = (uintptr_t)&own, .set_tid_size = 1 };
	pid_t pid = syscall(SYS_clone3, &args, sizeof(args));

	return pid < 0 ? -errno : pid;
}

/* Returns 0 in the new process, else does not return. */
static pid_t make(int report, const int line[2], pid_t own, bool user)
{
	struct report r = { 0 };

	if (user)
		r.e = enter_user_namespace(&r);
	if (!r.e) {
		snprintf(r.step, sizeof(r.step), "a pid namespace cannot be made here");
		if (unshare(CLONE_NEWPID | CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
			r.e = -errno;
	}
	if (!r.e && own != 1) {
		r.init = clone_beside(1);
		if (r.init == 0) {
			close(line[1]);
			init_main(line[0], own);
		}
		r.e = r.init < 0 ? r.init : 0;
	}
	close(line[0]);
	close(line[1]);
	if (!r.e) {
		snprintf(r.step, sizeof(r.step), "process %d cannot be made in a pid namespace of its own", own);
		r.pid = clone_beside(own);
		if (r.pid == 0) {
			close(report);
			return 0;
		}
		r.e = r.pid < 0 ? r.pid : 0;
	}
	if (write(report, &r, sizeof(r)) != sizeof(r))
		_exit(1);
	_exit(0);
}

/* ---- us ---- */

static void wait_for(pid_t pid)
{
	while (waitpid(pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

static pid_t take_report(int from, int line, bool user, struct ckpt_err *err)
{
	struct report r = { .e = -ECHILD };

	if (read(from, &r, sizeof(r)) != sizeof(r))
		r = (struct report){ .e = -ECHILD, .step = "a pid namespace cannot be made here" };
	if (r.e) {
		close(line);
		if (r.init > 0)
			wait_for(r.init);
		r.step[sizeof(r.step) - 1] = 0;
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, r.e, "%s: %s; try --pids virtual%s", r.step, strerror(-r.e),
				 user ? ", or as root" : "");
	}
	me.init = r.init;
	if (r.init)
		me.line = line;
	else
		close(line);
	return r.pid;
}

pid_t namespace_clone(pid_t own, bool user, struct ckpt_err *err)
{
	int report[2], line[2];
	pid_t maker, pid;

	if (pipe2(report, O_CLOEXEC))
		return ckpt_errf(err, -errno, "cannot make a pipe: %s", strerror(errno));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line)) {
		ckpt_errf(err, -errno, "cannot make a socket pair: %s", strerror(errno));
		close(report[0]);
		close(report[1]);
		return -EMFILE;
	}
	maker = fork();
	if (maker == 0) {
		close(report[0]);
		return make(report[1], line, own, user);
	}
	close(report[1]);
	close(line[0]);
	if (maker < 0) {
		pid = ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "cannot make a process: %s", strerror(errno));
		close(line[1]);
	} else {
		pid = take_report(report[0], line[1], user, err);
		wait_for(maker);
	}
	close(report[0]);
	return pid;
}

/* An exec takes an ordinary user's capabilities; the one that makes threads with given ids stays until the last list. */
static int keep_capability(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	data[CAP_CHECKPOINT_RESTORE / 32].inheritable |= 1u << CAP_CHECKPOINT_RESTORE % 32;
	if (syscall(SYS_capset, &head, data) || prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHECKPOINT_RESTORE, 0, 0))
		return -errno;
	return 0;
}

int namespace_enter(bool user, struct ckpt_err *err)
{
	int e = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) ? -errno : 0;

	if (e)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, e, "cannot mount /proc for a pid namespace: %s; try --pids virtual",
				 strerror(-e));
	e = user ? keep_capability() : 0;
	return e ? ckpt_errs(err, CKPT_EX_BAD_IMAGE, e, "cannot keep CAP_CHECKPOINT_RESTORE: %s; try --pids virtual",
			     strerror(-e)) : 0;
}

bool namespace_is_held(void)
{
	return me.line > 0;
}

void namespace_stay(void)
{
	char byte = STAYS;

	if (!namespace_is_held())
		return;
	/* An init that has died answers by the line's end: reaped, like one that ends. */
	if (send(me.line, &byte, 1, MSG_NOSIGNAL) != 1 || read(me.line, &byte, 1) != 1 || byte == ENDS)
		wait_for(me.init);
	close(me.line);
	me.line = 0;
}

void namespace_abandon(void)
{
	if (!namespace_is_held())
		return;
	close(me.line);
	me.line = 0;
	wait_for(me.init);
}
