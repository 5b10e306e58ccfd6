// SPDX-License-Identifier: BSD-3-Clause
/* dial.c - see dial.h.  [tool] */
#include "base/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/where.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"

#define CONNECT_MS 5000
#define JOIN_MS 20000
#define COORDINATOR_FD 3 /* where a coordinator finds the connection of who started it */

extern char **environ;

static int no_coordinator(struct ckpt_err *err, const char *path, int why)
{
	return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, -why, "no coordinator answers at %s: %s",
			 path, strerror(why));
}

/* A full backlog is EAGAIN at once, never a wait in the kernel: a hung coordinator must not hang
 * us. */
static int connect_to(const char *path, struct ckpt_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int64_t deadline = ckpt_wire_now_ms() + CONNECT_MS;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return ckpt_errf(err, -errno, "socket: %s", strerror(errno));
	if (strlen(path) >= sizeof(sa.sun_path)) {
		close(fd);
		return no_coordinator(err, path, ENAMETOOLONG);
	}
	strcpy(sa.sun_path, path);
	while (connect(fd, (struct sockaddr *)&sa, sizeof(sa))) {
		struct timespec ts = { 0, 10000000 };
		int why = errno;

		if (why == EINTR)
			continue;
		if (why != EAGAIN || ckpt_wire_now_ms() >= deadline) {
			close(fd);
			return no_coordinator(err, path, why);
		}
		nanosleep(&ts, NULL);
	}
	return fd;
}

static int check_listener(int fd, const char *path, struct ckpt_err *err)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct stat st;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return ckpt_errf(err, -errno, "SO_PEERCRED: %s", strerror(errno));
	if (cred.uid == geteuid() || (geteuid() == 0 && !lstat(path, &st) && st.st_uid == cred.uid))
		return 0;
	return ckpt_errs(err, CKPT_EX_AUTHENTICATION, -EPERM,
			 "the coordinator at %s runs as user %u, not as %u: it is not talked to",
			 path, cred.uid, geteuid());
}

static int say_hello(struct ckpt_wire *wire, const char *role, struct ckpt_err *err)
{
	struct ckpt_rec_hello hello = { .role = role, .pid = getpid() };

	return ckpt_wire_send(wire, CKPT_MSG_hello, 0, &hello, err);
}

static int begin(int fd, const char *role, struct ckpt_wire **wire, struct ckpt_err *err)
{
	int ret;

	*wire = ckpt_wire_create(fd);
	ret = say_hello(*wire, role, err);
	/* It may have gone with a reason, which waits to be read: the first question will find it.
	 */
	if (ret && ret != -EPIPE) {
		ckpt_wire_destroy(*wire);
		*wire = NULL;
		return ret;
	}
	return 0;
}

int ckpt_dial(const char *socket_path, const char *role, struct ckpt_wire **wire,
	      struct ckpt_err *err)
{
	int fd = connect_to(socket_path, err);
	int ret;

	if (fd < 0)
		return fd;
	ret = check_listener(fd, socket_path, err);
	if (ret) {
		close(fd);
		return ret;
	}
	return begin(fd, role, wire, err);
}

/* Nothing that changes what a program loads or belongs to: the coordinator is not a part of the
 * job, nor of one around it. */
static char **clean_environ(void)
{
	size_t n = 0, kept = 0;
	char **out;

	while (environ[n])
		n++;
	out = ckpt_xmalloc((n + 1) * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		if (strncmp(environ[i], "LD_", 3) &&
		    strncmp(environ[i], CKPT_ENV_PREFIX, strlen(CKPT_ENV_PREFIX)))
			out[kept++] = environ[i];
	return out;
}

/* In the grandchild.  Raw execve: where we run inside another job, libc's execve is wrapped to keep
 * children in that job. */
static void become_coordinator(const char *path, char **argv, char **envp, int fd)
{
	int null = open("/dev/null", O_RDWR);

	/* fd itself may be 0, 1 or 2, where the caller had these closed. */
	fd = fcntl(fd, F_DUPFD, COORDINATOR_FD + 1);
	if (null < 0 || fd < 0)
		_exit(CKPT_EX_INTERNAL);
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	dup2(fd, COORDINATOR_FD);
	close_range(COORDINATOR_FD + 1, ~0u, 0);
	syscall(SYS_execve, path, argv, envp);
	_exit(CKPT_EX_INTERNAL);
}

/*
 * Two forks, so that it is nobody's child; without an exit signal (no SIGCHLD, which a program that
 * blocks it would find pending after our exec), and whoever is a subreaper is none for that moment
 * (it would find a child that it never made).
 */
static int spawn_orphan(const char *path, char **argv, char **envp, int fd, struct ckpt_err *err)
{
	int subreaper = 0, status = 0;
	pid_t child;

	prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
	if (subreaper)
		prctl(PR_SET_CHILD_SUBREAPER, 0);
	child = syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
	if (!child) {
		pid_t grandchild;

		setsid();
		grandchild = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
		if (!grandchild)
			become_coordinator(path, argv, envp, fd);
		_exit(grandchild < 0);
	}
	if (child > 0)
		while (waitpid(child, &status, __WALL) < 0 && errno == EINTR)
			;
	if (subreaper)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (child < 0 || status)
		return ckpt_errf(err, -EAGAIN, "cannot start a coordinator: fork: %s; raise the limit on processes (ulimit -u)",
				 strerror(child < 0 ? errno : EAGAIN));
	return 0;
}

int ckpt_dial_start(const struct ckpt_settings *settings, const char *role, int recover,
		    struct ckpt_wire **wire, struct ckpt_err *err)
{
	char path[PATH_MAX], **argv, **envp;
	int sv[2], ret = ckpt_where("ckpt_coordinator", path, sizeof(path), err);

	if (ret)
		return ret;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return ckpt_errf(err, -errno, "socketpair: %s", strerror(errno));
	argv = ckpt_settings_argv(settings, "ckpt_coordinator", recover ? "--recover" : NULL);
	envp = clean_environ();
	ret = spawn_orphan(path, argv, envp, sv[1], err);
	free(argv);
	free(envp);
	close(sv[1]);
	if (ret) {
		close(sv[0]);
		return ret;
	}
	return begin(sv[0], role, wire, err);
}

int ckpt_dial_ask(struct ckpt_wire *wire, uint16_t type, const void *rec, int timeout_ms,
		  void (*each)(void *arg, const struct ckpt_msg *msg), void *arg,
		  struct ckpt_msg *answer, struct ckpt_err *err)
{
	int64_t deadline = timeout_ms < 0 ? -1 : ckpt_wire_now_ms() + timeout_ms;
	int ret = ckpt_wire_send(wire, type, 0, rec, err);

	if (ret && ret != -EPIPE)
		return ret;
	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - ckpt_wire_now_ms();

		ret = ckpt_wire_next(wire, answer, deadline >= 0 && left < 0 ? 0 : (int)left, err);
		if (ret == -EPIPE)
			return ckpt_errs(err, CKPT_EX_NO_COORDINATOR, ret,
					 "the coordinator has gone away");
		if (ret < 0)
			return ret;
		if (answer->type == CKPT_MSG_error)
			return ckpt_errs(err, answer->as.error.status, -EREMOTEIO, "%s",
					 answer->as.error.text);
		if (answer->type == CKPT_MSG_ok || answer->type == CKPT_MSG_job)
			return 0;
		if (each)
			each(arg, answer);
	}
}

int ckpt_dial_join(struct ckpt_wire *wire, const struct ckpt_rec_join *join, uint32_t *member,
		   struct ckpt_err *err)
{
	struct ckpt_msg answer;
	int ret = ckpt_dial_ask(wire, CKPT_MSG_join, join, JOIN_MS, NULL, NULL, &answer, err);

	if (!ret && member)
		*member = answer.as.ok.member;
	return ret;
}
