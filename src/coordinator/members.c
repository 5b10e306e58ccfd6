// SPDX-License-Identifier: BSD-3-Clause
/* members.c - see members.h.  [tool] */
#include "coordinator/members.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/procs.h"
#include "base/rundir.h"
#include "ckpt/env.h"
#include "ckpt/exit.h"

struct members {
	struct loop *loop;
	char job[CKPT_JOB_MAX];
	void (*gone)(void *arg, const struct member *m);
	void *arg;
	struct member **list;
	size_t count;
	uint32_t last_number;
};

struct members *members_create(struct loop *loop, const char *job,
			       void (*gone)(void *arg, const struct member *m), void *arg)
{
	struct members *ms = ckpt_xmalloc(sizeof(*ms));

	ms->loop = loop;
	snprintf(ms->job, sizeof(ms->job), "%s", job);
	ms->gone = gone;
	ms->arg = arg;
	return ms;
}

static void drop(struct member *m)
{
	loop_unwatch(m->watch);
	close(m->pidfd);
	free(m);
}

void members_destroy(struct members *ms)
{
	for (size_t i = 0; i < ms->count; i++)
		drop(ms->list[i]);
	free(ms->list);
	free(ms);
}

static void on_gone(void *arg, short revents)
{
	struct member *m = arg;
	struct members *ms = m->of;

	(void)revents;
	for (size_t i = 0; i < ms->count; i++)
		if (ms->list[i] == m) {
			memmove(&ms->list[i], &ms->list[i + 1], (ms->count - i - 1) * sizeof(m));
			ms->count--;
			break;
		}
	ms->gone(ms->arg, m);
	drop(m);
}

static struct member *find_pid(struct members *ms, pid_t pid)
{
	for (size_t i = 0; i < ms->count; i++)
		if (ms->list[i]->is.pid == pid)
			return ms->list[i];
	return NULL;
}

struct member *members_add(struct members *ms, pid_t pid, uint32_t number, pid_t known_pid,
			   const char *program, struct ckpt_err *err)
{
	struct ckpt_procs_stat st;
	struct member *m;
	int pidfd;

	if (find_pid(ms, pid))
		return find_pid(ms, pid);
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0 || ckpt_procs_stat(pid, &st)) {
		int why = errno;

		if (pidfd >= 0)
			close(pidfd);
		ckpt_errs(err, CKPT_EX_USAGE, -ESRCH, "process %d cannot join: %s", (int)pid,
			  strerror(why));
		return NULL;
	}
	m = ckpt_xmalloc(sizeof(*m));
	m->is.member = number ? number : ms->last_number + 1;
	m->is.pid = pid;
	m->is.start = st.start;
	m->is.known_pid = known_pid ? known_pid : pid;
	m->found = !program || !program[0];
	snprintf(m->is.program, sizeof(m->is.program), "%s", m->found ? st.comm : program);
	m->pidfd = pidfd;
	m->of = ms;
	m->watch = loop_watch(ms->loop, pidfd, POLLIN, on_gone, m);
	members_set_last_number(ms, m->is.member);
	ms->list = ckpt_xrealloc(ms->list, (ms->count + 1) * sizeof(m));
	ms->list[ms->count++] = m;
	return m;
}

size_t members_count(const struct members *ms)
{
	return ms->count;
}

const struct member *members_get(const struct members *ms, size_t i)
{
	struct member *m = ms->list[i];
	struct ckpt_procs_stat st;

	/* One that was found may have been on its way to an exec. */
	if (m->found && !ckpt_procs_stat(m->is.pid, &st))
		snprintf(m->is.program, sizeof(m->is.program), "%s", st.comm);
	return m;
}

uint32_t members_last_number(const struct members *ms)
{
	return ms->last_number;
}

void members_set_last_number(struct members *ms, uint32_t number)
{
	if (number > ms->last_number)
		ms->last_number = number;
}

/* Another run directory may have a job of our name.  Where it lives, its processes are its own; where the mark is older than we
 * are (a restart, with another run directory), nobody answers there. */
static int is_of_another(pid_t pid)
{
	char theirs[CKPT_RUNDIR_MAX], rundir[CKPT_RUNDIR_MAX];
	struct stat a, b;
	char *slash;

	if (ckpt_procs_getenv(pid, CKPT_ENV_SOCKET, theirs, sizeof(theirs)) <= 0 || ckpt_rundir_get(rundir, NULL))
		return 0;
	slash = strrchr(theirs, '/');
	if (!slash)
		return 0;
	*slash = '\0';
	if (stat(theirs, &a) || stat(rundir, &b) || (a.st_dev == b.st_dev && a.st_ino == b.st_ino))
		return 0;
	*slash = '/';
	return ckpt_rundir_living(theirs);
}

static int bears_mark(const struct members *ms, pid_t pid)
{
	char job[CKPT_JOB_MAX + 1];

	return ckpt_procs_getenv(pid, CKPT_ENV_JOB, job, sizeof(job)) > 0 && !strcmp(job, ms->job) && !is_of_another(pid);
}

static int add_marked(void *arg, pid_t pid)
{
	struct members *ms = arg;

	if (!find_pid(ms, pid) && bears_mark(ms, pid))
		members_add(ms, pid, 0, 0, NULL, NULL);
	return 0;
}

size_t members_find(struct members *ms)
{
	size_t before = ms->count;

	ckpt_procs_walk(geteuid(), add_marked, ms);
	return ms->count - before;
}

/* Is one of pid's forefathers, or itself, in the list or marked? */
static int is_of_job(struct members *ms, pid_t pid)
{
	struct ckpt_procs_stat st;

	for (int depth = 0; pid > 1 && depth < 64; depth++, pid = st.ppid) {
		if (find_pid(ms, pid) || bears_mark(ms, pid))
			return 1;
		if (ckpt_procs_stat(pid, &st))
			return 0;
	}
	return 0;
}

struct hunt {
	struct members *ms;
	int *pidfds;
	size_t count;
};

static int add_prey(void *arg, pid_t pid)
{
	struct hunt *h = arg;
	struct ckpt_procs_stat st;
	int pidfd;

	if (pid == getpid() || getsid(pid) == getsid(0))
		return 0;
	/* Hold it before looking: what is looked at is then what is killed. */
	pidfd = syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0)
		return 0;
	if (ckpt_procs_stat(pid, &st) || st.state == 'Z' || st.state == 'X' ||
	    !is_of_job(h->ms, pid)) {
		close(pidfd);
		return 0;
	}
	h->pidfds = ckpt_xrealloc(h->pidfds, (h->count + 1) * sizeof(*h->pidfds));
	h->pidfds[h->count++] = pidfd;
	return 0;
}

size_t members_kill(struct members *ms)
{
	struct hunt h = { .ms = ms };

	/* All are found before the first is killed: an orphan does not tell any more whose child it
	 * was. */
	ckpt_procs_walk(geteuid(), add_prey, &h);
	for (size_t i = 0; i < h.count; i++) {
		syscall(SYS_pidfd_send_signal, h.pidfds[i], SIGKILL, NULL, 0);
		close(h.pidfds[i]);
	}
	free(h.pidfds);
	for (size_t i = 0; i < ms->count; i++)
		syscall(SYS_pidfd_send_signal, ms->list[i]->pidfd, SIGKILL, NULL, 0);
	return h.count;
}
