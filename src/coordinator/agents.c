// SPDX-License-Identifier: BSD-3-Clause
/* agents.c - see agents.h.  [tool] */
#include "coordinator/agents.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/where.h"
#include "ckpt/exit.h"
#include "coordinator/log.h"

#define AGENT_FD 3
#define AGENT_LOCK_FD 4
#define END_MS 2000

struct agent {
	struct loop *loop;
	pid_t pid;
	int pidfd;
	struct loop_watch *pid_watch, *wire_watch;
	struct ckpt_wire *wire;
	struct agent_watcher watcher;
};

/* The agent's descriptors are 0, 1, 2 (null), its connection, and its right to be. */
static void become_agent(const char *path, int connection, int lock)
{
	char *argv[] = { (char *)"ckpt_agent", NULL };

	connection = fcntl(connection, F_DUPFD, AGENT_LOCK_FD + 1);
	if (lock >= 0)
		lock = fcntl(lock, F_DUPFD, AGENT_LOCK_FD + 1);
	if (connection < 0 || dup2(connection, AGENT_FD) < 0 ||
	    (lock >= 0 && dup2(lock, AGENT_LOCK_FD) < 0))
		_exit(CKPT_EX_INTERNAL);
	close_range(lock >= 0 ? AGENT_LOCK_FD + 1 : AGENT_FD + 1, ~0u, 0);
	execv(path, argv);
	_exit(CKPT_EX_INTERNAL);
}

static void release(struct agent *a)
{
	loop_unwatch(a->pid_watch);
	loop_unwatch(a->wire_watch);
	ckpt_wire_destroy(a->wire);
	close(a->pidfd);
	free(a);
}

static void on_death(void *arg, short revents)
{
	struct agent *a = arg;
	struct agent_watcher w = a->watcher;
	char how[64];
	int status = 0;

	(void)revents;
	waitpid(a->pid, &status, 0);
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "was killed by signal %d", WTERMSIG(status));
	else
		snprintf(how, sizeof(how), "ended with status %d", WEXITSTATUS(status));
	log_line("agent %d %s", (int)a->pid, how);
	release(a);
	w.died(w.arg, how);
}

static void set_events(struct agent *a)
{
	loop_events(a->wire_watch, POLLIN | (ckpt_wire_waiting(a->wire) ? POLLOUT : 0));
}

static void on_wire(void *arg, short revents)
{
	struct agent *a = arg;
	struct ckpt_err err = { 0 };
	struct ckpt_msg msg;
	int ret = 0;

	if (revents & POLLOUT)
		ckpt_wire_flush(a->wire, NULL);
	while ((ret = ckpt_wire_read(a->wire, &msg, &err)) > 0)
		a->watcher.message(a->watcher.arg, &msg);
	if (ret < 0) {
		/* Mute or talking nonsense: it is of no use any more, and its death is what the
		 * others are told. */
		log_line("agent %d: %s", (int)a->pid, err.text);
		loop_unwatch(a->wire_watch);
		a->wire_watch = NULL;
		agent_kill(a);
		return;
	}
	set_events(a);
}

struct agent *agent_start(struct loop *loop, const struct agent_watcher *watcher, int lock,
			  struct ckpt_err *err)
{
	const char *named = getenv("CKPT_AGENT");
	char path[PATH_MAX];
	struct agent *a;
	int sv[2];

	if (named && named[0] == '/')
		snprintf(path, sizeof(path), "%s", named);
	else if (ckpt_where("ckpt_agent", path, sizeof(path), err))
		return NULL;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv)) {
		ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -errno, "cannot start an agent: %s",
			  strerror(errno));
		return NULL;
	}
	a = ckpt_xmalloc(sizeof(*a));
	a->loop = loop;
	a->watcher = *watcher;
	a->pid = fork();
	if (!a->pid)
		become_agent(path, sv[1], lock);
	close(sv[1]);
	a->pidfd = a->pid > 0 ? (int)syscall(SYS_pidfd_open, a->pid, 0) : -1;
	if (a->pidfd < 0) {
		ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -errno, "cannot start an agent: %s",
			  strerror(errno));
		close(sv[0]);
		free(a);
		return NULL;
	}
	a->wire = ckpt_wire_create(sv[0]);
	a->pid_watch = loop_watch(loop, a->pidfd, POLLIN, on_death, a);
	a->wire_watch = loop_watch(loop, sv[0], POLLIN, on_wire, a);
	log_line("agent %d started: %s", (int)a->pid, path);
	return a;
}

int agent_send(struct agent *agent, uint16_t type, uint32_t attempt, const void *rec,
	       struct ckpt_err *err)
{
	int ret = ckpt_wire_send(agent->wire, type, attempt, rec, err);

	if (agent->wire_watch)
		set_events(agent);
	return ret;
}

void agent_kill(struct agent *agent)
{
	syscall(SYS_pidfd_send_signal, agent->pidfd, SIGKILL, NULL, 0);
}

void agent_destroy(struct agent *agent)
{
	struct pollfd p;

	if (!agent)
		return;
	shutdown(ckpt_wire_fd(agent->wire), SHUT_RDWR);
	p = (struct pollfd){ .fd = agent->pidfd, .events = POLLIN };
	if (poll(&p, 1, END_MS) <= 0)
		agent_kill(agent);
	waitpid(agent->pid, NULL, 0);
	release(agent);
}
