// SPDX-License-Identifier: BSD-3-Clause
/* tracer.c - the looker's side of tracer.h: start it, ask it, end it.  [tool] */
#include "agent/tracer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/tracer_wire.h"
#include "base/arena.h"
#include "ckpt/exit.h"

struct tracer {
	pid_t pid;
	int fd;
	struct tracer_shared *shared;
};

struct tracer *tracer_start(struct ckpt_err *err)
{
	struct tracer *t = ckpt_xmalloc(sizeof(*t));
	int pair[2] = { -1, -1 };
	pid_t looker = getpid();

	t->shared = mmap(NULL, sizeof(*t->shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (t->shared == MAP_FAILED || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		goto fail;
	t->pid = fork();
	if (t->pid < 0)
		goto fail;
	if (t->pid == 0) {
		prctl(PR_SET_NAME, "ckpt-tracer");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != looker)
			_exit(0);
		if (pair[1] != 3)
			dup2(pair[1], 3);
		/* 4 is the job's lock: the next agent waits until we are gone too */
		close_range(5, ~0u, 0);
		tracer_main(3, t->shared);
	}
	close(pair[1]);
	t->fd = pair[0];
	return t;
fail:
	ckpt_errf(err, -errno, "cannot start the tracer: %s", strerror(errno));
	if (t->shared != MAP_FAILED)
		munmap(t->shared, sizeof(*t->shared));
	if (pair[0] >= 0) {
		close(pair[0]);
		close(pair[1]);
	}
	free(t);
	return NULL;
}

static int ask(struct tracer *t, const struct tracer_request *q, struct tracer_reply *r, struct ckpt_err *err)
{
	ssize_t n;

	memset(r, 0, sizeof(*r));
	if (send(t->fd, q, sizeof(*q), MSG_NOSIGNAL) != sizeof(*q))
		goto lost;
	do
		n = recv(t->fd, r, sizeof(*r), MSG_WAITALL);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(*r))
		goto lost;
	if (r->ret == -EOWNERDEAD)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, r->ret, "a stopped process died (task %d)", r->tid);
	if (r->ret < 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, r->ret, "task %d: %s: %s", r->tid, r->step, strerror(-r->ret));
	return 0;
lost:
	return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EPIPE, "the tracer died or let go at its deadline");
}

int tracer_seize(struct tracer *t, pid_t pid, const pid_t *tids, size_t count, uint64_t interrupting, size_t *added,
		 struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_SEIZE, .pid = pid, .count = count, .a = interrupting };
	struct tracer_reply r;
	int ret;

	if (count > TRACER_TASKS_MAX)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -E2BIG, "process %d has more than %d threads", pid,
				 TRACER_TASKS_MAX);
	memcpy(t->shared->tids, tids, count * sizeof(*tids));
	ret = ask(t, &q, &r, err);
	*added = r.value;
	return ret;
}

int tracer_settle(struct tracer *t, int timeout_ms, pid_t *stuck, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_SETTLE, .number = timeout_ms };
	struct tracer_reply r;
	int ret = ask(t, &q, &r, err);

	*stuck = r.tid;
	return ret;
}

int tracer_look(struct tracer *t, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_LOOK };
	struct tracer_reply r;

	return ask(t, &q, &r, err);
}

const struct tracer_task *tracer_tasks(struct tracer *t, size_t *count)
{
	*count = t->shared->task_count;
	return t->shared->tasks;
}

const void *tracer_xstate(struct tracer *t, size_t index)
{
	return t->shared->xstate[index];
}

const struct tracer_pending *tracer_pendings(struct tracer *t, size_t *count)
{
	*count = t->shared->pending_count;
	return t->shared->pending;
}

int tracer_run(struct tracer *t, pid_t tid, const pid_t own[2], uint64_t slot, int trigger, struct ckpt_op *ops,
	       uint32_t count, uint32_t *done, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_RUN, .tid = tid, .count = count, .number = trigger, .a = slot,
				    .arg = { own[0], own[1] } };
	struct tracer_reply r;
	int ret;

	if (count > TRACER_OPS_MAX)
		return ckpt_errf(err, -E2BIG, "a list of %u operations is too long", count);
	memcpy(t->shared->ops, ops, count * sizeof(*ops));
	ret = ask(t, &q, &r, err);
	memcpy(ops, t->shared->ops, count * sizeof(*ops));
	if (done)
		*done = r.value;
	if (!ret && r.value < count)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ECANCELED, "task %d: call %lld inside it failed: %s", tid,
				 (long long)ops[r.value].nr, strerror(-(int)ops[r.value].ret));
	return ret;
}

int tracer_call(struct tracer *t, pid_t tid, uint64_t gadget, long nr, const uint64_t arg[6], long *ret,
		struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_CALL, .tid = tid, .a = gadget, .nr = nr };
	struct tracer_reply r;
	int e;

	memcpy(q.arg, arg, sizeof(q.arg));
	e = ask(t, &q, &r, err);
	*ret = (long)r.value;
	return e;
}

int tracer_deadline(struct tracer *t, int ms, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_DEADLINE, .number = ms };
	struct tracer_reply r;

	return ask(t, &q, &r, err);
}

int tracer_release(struct tracer *t, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_RELEASE };
	struct tracer_reply r;

	return ask(t, &q, &r, err);
}

int tracer_kill(struct tracer *t, struct ckpt_err *err)
{
	struct tracer_request q = { .verb = TRACER_KILL };
	struct tracer_reply r;

	return ask(t, &q, &r, err);
}

void tracer_stop(struct tracer *t)
{
	if (!t)
		return;
	close(t->fd);
	while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
		;
	munmap(t->shared, sizeof(*t->shared));
	free(t);
}
