// SPDX-License-Identifier: BSD-3-Clause
/* guardian.c - see guardian.h.  [tool] */
#include "restart/guardian.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/dial.h"

#define KILL_MS 2000

static struct {
	pid_t pid;
	int line; /* closed, it acts */
} me;

/* The root process at once; the coordinator knows the rest of the tree. */
static void take_along(int root, const char *socket)
{
	struct ckpt_rec_kill how = { .timeout = KILL_MS };
	struct ckpt_wire *wire;
	struct ckpt_msg answer;

	syscall(SYS_pidfd_send_signal, root, SIGKILL, NULL, 0);
	if (!ckpt_dial(socket, "restart", &wire, NULL)) {
		ckpt_dial_ask(wire, CKPT_MSG_kill, &how, KILL_MS, NULL, NULL, &answer, NULL);
		ckpt_wire_destroy(wire);
	}
}

static void __attribute__((noreturn)) watch(int line, int root, const char *socket)
{
	struct pollfd p[2] = { { line, POLLIN, 0 }, { root, POLLIN, 0 } };

	while (poll(p, 2, -1) < 0 && errno == EINTR)
		;
	/* The program's end comes first: after it nothing is to be taken along. */
	if (!p[1].revents)
		take_along(root, socket);
	_exit(0);
}

static void __attribute__((noreturn)) guardian_main(int line, int root, const char *socket)
{
	sigset_t all;

	prctl(PR_SET_NAME, "ckpt-guardian");
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	/* Two numbers, and nothing else of anybody's. */
	line = fcntl(line, F_DUPFD, 3);
	root = fcntl(root, F_DUPFD, 3);
	if (chdir("/") || line < 0 || root < 0 || dup2(line, 0) < 0 || dup2(root, 1) < 0 || close_range(2, ~0u, 0))
		_exit(1);
	watch(0, 1, socket);
}

int guardian_start(pid_t root, const char *socket, struct ckpt_err *err)
{
	int line[2], pidfd = syscall(SYS_pidfd_open, root, 0), e = 0;

	if (pidfd < 0)
		return ckpt_errf(err, -errno, "cannot watch process %d: %s", root, strerror(errno));
	if (pipe2(line, O_CLOEXEC)) {
		e = ckpt_errf(err, -errno, "cannot make a pipe: %s", strerror(errno));
		close(pidfd);
		return e;
	}
	me.pid = fork();
	if (me.pid == 0) {
		close(line[1]);
		guardian_main(line[0], pidfd, socket);
	}
	if (me.pid < 0)
		e = ckpt_errf(err, -errno, "cannot make the process that watches over the program: %s%s", strerror(errno),
			      errno == EAGAIN ? "; raise the limit on processes (ulimit -u)" : "");
	me.line = line[1];
	close(line[0]);
	close(pidfd);
	return e;
}

void guardian_dismiss(void)
{
	if (me.pid <= 0)
		return;
	kill(me.pid, SIGKILL);
	while (waitpid(me.pid, NULL, 0) < 0 && errno == EINTR)
		;
	close(me.line);
	me.pid = 0;
}
