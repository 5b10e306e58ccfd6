// SPDX-License-Identifier: BSD-3-Clause
/*
 * tracer_main.c - the tracer's own life.  [tool]  ptrace and waitpid only; must not touch the file system.
 *
 * A second thread does nothing but waitpid(-1, __WALL): PTRACE_SEIZE of a thread waits for its process's execve, which
 * waits until somebody reaps.  Only the first thread makes requests, because it is the tracer.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/reports.h"
#include "agent/tracer_wire.h"
#include "base/tracee.h"
#include "ckpt/slot.h"

#ifndef PTRACE_GET_RSEQ_CONFIGURATION
#define PTRACE_GET_RSEQ_CONFIGURATION 0x420f
#endif

#define OPTIONS (PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD)
#define PEEK_BATCH 32

/* struct ptrace_rseq_configuration of <linux/ptrace.h>, which does not go together with <sys/ptrace.h>. */
struct rseq_configuration {
	uint64_t pointer;
	uint32_t size, signature, flags, pad;
};

static struct {
	struct tracer_shared *shared;
	int fd;
	uint64_t deadline; /* CLOCK_MONOTONIC, ns */
	uint64_t limit;	   /* of the wait that is going on */
	int32_t *index_of; /* tid -> index + 1; pids are below 2^22 */
} me;

#define PID_LIMIT (1 << 22)

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* ---- tasks ---- */

static struct tracer_task *find(pid_t tid)
{
	int32_t i = tid > 0 && tid < PID_LIMIT ? me.index_of[tid] : 0;

	return i ? &me.shared->tasks[i - 1] : NULL;
}

static struct tracer_task *add(pid_t pid, pid_t tid, uint64_t interrupting)
{
	struct tracer_task *task = find(tid);

	if (!task) {
		if (me.shared->task_count == TRACER_TASKS_MAX || tid >= PID_LIMIT)
			return NULL;
		task = &me.shared->tasks[me.shared->task_count++];
		me.index_of[tid] = me.shared->task_count;
	}
	*task = (struct tracer_task){ .pid = pid, .tid = tid, .state = TRACER_RUNNING, .interrupting = interrupting };
	return task;
}

static void leave(struct tracer_task *task)
{
	ptrace(PTRACE_DETACH, task->tid, 0, 0);
	task->state = TRACER_GONE;
}

/*
 * A new task is ours from its first instruction, and its own report may come long after its parent's: waited for from now on.
 * A vfork(2) child has to run to its exec, else its parent never stops; traced it would get no rights from a set-uid program.
 */
static void note_birth(const struct tracer_task *parent, int event)
{
	struct tracer_task *child;
	unsigned long tid;

	if ((event != PTRACE_EVENT_CLONE && event != PTRACE_EVENT_FORK && event != PTRACE_EVENT_VFORK) ||
	    ptrace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid))
		return;
	child = find(tid);
	if (!child)
		child = add(event == PTRACE_EVENT_CLONE ? parent->pid : 0, tid, parent->interrupting);
	if (!child || event != PTRACE_EVENT_VFORK)
		return;
	child->runs_on = true;
	if (child->state == TRACER_STOPPED)
		leave(child);
}

/* What a report says of a task that is on its way to an EVENT_STOP. */
static void note_stop(struct tracer_task *task, int status)
{
	int sig = WSTOPSIG(status);

	if (ckpt_status_event_stop(status)) {
		task->state = TRACER_STOPPED;
		task->group_stop = sig == SIGTRAP ? 0 : sig;
		if (task->runs_on)
			leave(task);
		return;
	}
	if (status >> 16)
		note_birth(task, status >> 16);
	/* A fork event: on to the stop that was asked for.  A signal met on the way is delivered now, and the stop that follows
	 * stands at its handler's first instruction. */
	ptrace(PTRACE_INTERRUPT, task->tid, 0, 0);
	ptrace(PTRACE_CONT, task->tid, 0, status >> 16 ? 0 : sig);
}

static void note(const struct report *report)
{
	struct tracer_task *task = find(report->tid);

	if (!WIFSTOPPED(report->status)) {
		if (task)
			task->state = TRACER_GONE;
		return;
	}
	if (!task)
		task = add(0, report->tid, 0); /* born while we were stopping its parent; pid is filled by seize */
	if (task)
		note_stop(task, report->status);
}

/* ---- requests ---- */

static int fail(struct tracer_reply *r, int err, pid_t tid, const char *step)
{
	r->tid = tid;
	snprintf(r->step, sizeof(r->step), "%s", step);
	return err;
}

static int do_seize(const struct tracer_request *q, struct tracer_reply *r)
{
	for (uint32_t i = 0; i < q->count; i++) {
		pid_t tid = me.shared->tids[i];
		struct tracer_task *task = find(tid);

		if (task && task->state != TRACER_GONE) {
			task->pid = q->pid;
			task->interrupting = q->a;
			continue;
		}
		if (ptrace(PTRACE_SEIZE, tid, 0, OPTIONS)) {
			if (errno == ESRCH)
				continue;
			return fail(r, -errno, tid, "PTRACE_SEIZE");
		}
		task = add(q->pid, tid, q->a);
		if (!task)
			return fail(r, -E2BIG, tid, "too many threads");
		r->value++;
		ptrace(PTRACE_INTERRUPT, tid, 0, 0);
	}
	return 0;
}

static struct tracer_task *first_running(void)
{
	for (uint32_t i = 0; i < me.shared->task_count; i++)
		if (me.shared->tasks[i].state == TRACER_RUNNING)
			return &me.shared->tasks[i];
	return NULL;
}

static int do_settle(const struct tracer_request *q, struct tracer_reply *r)
{
	uint64_t limit = now_ns() + q->number * 1000000ULL;
	struct tracer_task *task = first_running();

	/* How long a stop may take is a question of its own. */
	if (me.deadline < limit)
		me.deadline = limit;
	while (task) {
		struct report report;

		if (reports_next(limit, &report))
			return fail(r, -ETIMEDOUT, task->tid, "it does not stop");
		note(&report);
		if (task->state != TRACER_RUNNING)
			task = first_running();
	}
	return 0;
}

static int wait_one(void *arg, pid_t tid, int *status)
{
	struct report report;

	(void)arg;
	for (;;) {
		if (reports_next(me.limit < me.deadline ? me.limit : me.deadline, &report))
			return -ETIMEDOUT;
		if (report.tid == tid) {
			*status = report.status;
			if (!WIFSTOPPED(report.status))
				note(&report);
			return 0;
		}
		note(&report);
	}
}

static const struct ckpt_waiter waiter = { wait_one, NULL };

static int peek_pending(pid_t pid, pid_t tid, bool shared_queue)
{
	static siginfo_t infos[PEEK_BATCH];
	struct __ptrace_peeksiginfo_args args = { .flags = shared_queue ? PTRACE_PEEKSIGINFO_SHARED : 0, .nr = PEEK_BATCH };
	long n;

	do {
		n = ptrace(PTRACE_PEEKSIGINFO, tid, &args, infos);
		if (n < 0)
			return -errno;
		for (long i = 0; i < n; i++) {
			struct tracer_pending *p;

			if (me.shared->pending_count == TRACER_PENDING_MAX)
				return -E2BIG;
			p = &me.shared->pending[me.shared->pending_count++];
			p->pid = pid;
			p->tid = shared_queue ? 0 : tid;
			memcpy(p->info, &infos[i], sizeof(p->info));
		}
		args.off += n;
	} while (n == PEEK_BATCH);
	return 0;
}

/* An instruction pointer inside a restartable sequence goes on at its abort address, as after any preemption (rseq(2)). */
static int leave_rseq(struct tracer_task *task)
{
	struct { uint32_t version, flags; uint64_t start, length, abort; } cs;
	uint64_t cs_at, none = 0;

	if (!task->rseq || ckpt_peek(task->tid, task->rseq + 8, &cs_at, sizeof(cs_at)) || !cs_at)
		return 0;
	if (ckpt_peek(task->tid, cs_at, &cs, sizeof(cs)) || task->regs.rip - cs.start >= cs.length)
		return 0;
	task->regs.rip = cs.abort;
	if (ptrace(PTRACE_SETREGS, task->tid, 0, &task->regs))
		return -errno;
	return ckpt_poke(task->tid, task->rseq + 8, &none, sizeof(none));
}

static int look_at(struct tracer_task *task, struct tracer_reply *r)
{
	size_t len = TRACER_XSTATE_MAX, index = task - me.shared->tasks;
	struct rseq_configuration rseq;
	int err;

	if (ptrace(PTRACE_GETREGS, task->tid, 0, &task->regs))
		return fail(r, -errno, task->tid, "PTRACE_GETREGS");
	err = ckpt_tracee_get_xstate(task->tid, me.shared->xstate[index], &len);
	if (err)
		return fail(r, err, task->tid, "reading the FPU");
	task->xstate_len = len;
	err = ckpt_tracee_get_mask(task->tid, &task->mask);
	if (err)
		return fail(r, err, task->tid, "reading the signal mask");
	if (ptrace(PTRACE_GET_RSEQ_CONFIGURATION, task->tid, sizeof(rseq), &rseq) > 0) {
		task->rseq = rseq.pointer;
		task->rseq_len = rseq.size;
		task->rseq_sig = rseq.signature;
		task->rseq_flags = rseq.flags;
	}
	task->dispatch = ckpt_tracee_has_dispatch(task->tid);
	task->ioperm = ckpt_tracee_has_ioperm(task->tid);
	err = leave_rseq(task);
	if (err)
		return fail(r, err, task->tid, "leaving a restartable sequence");
	err = peek_pending(task->pid, task->tid, false);
	return err ? fail(r, err, task->tid, "PTRACE_PEEKSIGINFO") : 0;
}

static uint64_t pending_set(pid_t pid, pid_t tid)
{
	uint64_t set = 0;

	for (uint32_t i = 0; i < me.shared->pending_count; i++) {
		const struct tracer_pending *p = &me.shared->pending[i];
		int sig;

		memcpy(&sig, p->info, sizeof(sig));
		if (p->pid == pid && (p->tid == 0 || p->tid == tid) && sig >= 1 && sig <= 64)
			set |= 1ULL << (sig - 1);
	}
	return set;
}

static int do_look(struct tracer_reply *r)
{
	pid_t last = 0;

	me.shared->pending_count = 0;
	for (uint32_t i = 0; i < me.shared->task_count; i++) {
		struct tracer_task *task = &me.shared->tasks[i];
		int err;

		if (task->state != TRACER_STOPPED)
			continue;
		err = look_at(task, r);
		if (!err && task->pid != last)
			err = peek_pending(task->pid, task->tid, true);
		if (err)
			return err == -ESRCH ? fail(r, -EOWNERDEAD, task->tid, "") : err;
		last = task->pid;
	}
	for (uint32_t i = 0; i < me.shared->task_count; i++) {
		struct tracer_task *task = &me.shared->tasks[i];
		uint64_t waiting;

		if (task->state != TRACER_STOPPED)
			continue;
		waiting = pending_set(task->pid, task->tid) & ~task->mask & task->interrupting;
		task->eintr_redo = ckpt_regs_eintr_by_stop(&task->regs) && !waiting;
		task->looked = true;
	}
	return 0;
}

static struct ckpt_gprs way_back(const struct tracer_task *task)
{
	struct user_regs_struct g = task->regs;

	if (ckpt_regs_restarts(&g))
		ckpt_regs_redo(&g, true);
	else if (task->eintr_redo)
		ckpt_regs_redo(&g, false);
	return (struct ckpt_gprs){ g.r15, g.r14, g.r13, g.r12, g.rbp, g.rbx, g.r11, g.r10, g.r9, g.r8, g.rax, g.rcx, g.rdx,
				   g.rsi, g.rdi, g.rip, g.cs, g.eflags, g.rsp, g.ss };
}

/* DATA bytes behind the code: list first, then the stack, the frame on top of it. */
static int do_run(const struct tracer_request *q, struct tracer_reply *r)
{
	uint64_t data = q->a + CKPT_SLOT_CODE, frame_at = (data + CKPT_SLOT_DATA - sizeof(struct ckpt_frame)) & ~63ULL;
	struct tracer_task *task = find(q->tid);
	size_t len = q->count * sizeof(struct ckpt_op);
	struct ckpt_frame frame;
	int err;

	if (!task || task->state != TRACER_STOPPED || !task->looked)
		return fail(r, -ESRCH, q->tid, "not stopped");
	if (len > (128u << 10)) /* inside.h: behind it lies the out area */
		return fail(r, -E2BIG, q->tid, "list too long");
	frame = (struct ckpt_frame){ .ops = data, .count = q->count, .trigger = q->number, .mask = task->mask,
				     .stack = frame_at - 4096, .tgid = q->arg[0], .tid = q->arg[1],
				     .back = way_back(task) };
	err = ckpt_poke(task->tid, frame_at, &frame, sizeof(frame));
	if (!err)
		err = ckpt_poke(task->tid, data, me.shared->ops, len);
	if (err)
		return fail(r, err, q->tid, "writing the list");
	me.limit = now_ns() + 10000000000ULL;
	err = ckpt_tracee_run(&waiter, task->tid, q->a + CKPT_SLOT_CODE_AT, frame_at, q->number, &task->regs, task->mask);
	if (err)
		return fail(r, err == -ESRCH ? -EOWNERDEAD : err, q->tid, "running the list");
	err = ckpt_peek(task->tid, frame_at, &frame, sizeof(frame));
	if (!err)
		err = ckpt_peek(task->tid, data, me.shared->ops, len);
	r->value = frame.done;
	return err ? fail(r, err, q->tid, "reading the results") : 0;
}

static int do_call(const struct tracer_request *q, struct tracer_reply *r)
{
	struct tracer_task *task = find(q->tid);
	long ret = 0;
	int err;

	if (!task || task->state != TRACER_STOPPED || !task->looked)
		return fail(r, -ESRCH, q->tid, "not stopped");
	me.limit = now_ns() + 10000000000ULL;
	err = ckpt_tracee_set_mask(q->tid, ~0ULL);
	if (!err)
		err = ckpt_tracee_call(&waiter, q->tid, q->a, q->nr, q->arg, &ret);
	if (!err && (ptrace(PTRACE_INTERRUPT, q->tid, 0, 0) || ptrace(PTRACE_CONT, q->tid, 0, 0)))
		err = -errno;
	while (!err) {
		int status;

		err = wait_one(NULL, q->tid, &status);
		if (!err && ckpt_status_event_stop(status))
			break;
		if (!err && ptrace(PTRACE_CONT, q->tid, 0, 0))
			err = -errno;
	}
	if (!err)
		err = ckpt_tracee_set_mask(q->tid, task->mask);
	if (!err && ptrace(PTRACE_SETREGS, q->tid, 0, &task->regs))
		err = -errno;
	r->value = ret;
	return err ? fail(r, err, q->tid, "a call through the vdso") : 0;
}

static void let_go(void)
{
	struct tracer_reply r = { 0 };
	struct report report;

	for (uint32_t i = 0; i < me.shared->task_count; i++) {
		struct tracer_task *task = &me.shared->tasks[i];

		if (task->state == TRACER_STOPPED && task->eintr_redo) {
			struct user_regs_struct regs = task->regs;

			ckpt_regs_redo(&regs, false);
			ptrace(PTRACE_SETREGS, task->tid, 0, &regs);
		}
		if (task->state == TRACER_STOPPED)
			ptrace(PTRACE_DETACH, task->tid, 0, 0);
	}
	/* What is still running towards its stop has to arrive before it can be detached. */
	do_settle(&(struct tracer_request){ .number = 1000 }, &r);
	for (uint32_t i = 0; i < me.shared->task_count; i++) {
		me.index_of[me.shared->tasks[i].tid] = 0;
		ptrace(PTRACE_DETACH, me.shared->tasks[i].tid, 0, 0);
	}
	while (!reports_next(now_ns(), &report))
		;
	me.shared->task_count = 0;
	me.shared->pending_count = 0;
}

static int do_kill(void)
{
	uint64_t limit = now_ns() + 10000000000ULL;
	bool left = true;

	for (uint32_t i = 0; i < me.shared->task_count; i++)
		if (me.shared->tasks[i].state != TRACER_GONE)
			kill(me.shared->tasks[i].pid, SIGKILL);
	while (left) {
		struct report report;

		left = false;
		for (uint32_t i = 0; i < me.shared->task_count; i++)
			left |= me.shared->tasks[i].state != TRACER_GONE;
		if (!left)
			break;
		if (reports_next(limit, &report))
			return -ETIMEDOUT;
		if (!WIFSTOPPED(report.status))
			note(&report);
	}
	let_go();
	return 0;
}

static int serve(const struct tracer_request *q, struct tracer_reply *r)
{
	switch (q->verb) {
	case TRACER_SEIZE:
		return do_seize(q, r);
	case TRACER_SETTLE:
		return do_settle(q, r);
	case TRACER_LOOK:
		return do_look(r);
	case TRACER_RUN:
		return do_run(q, r);
	case TRACER_CALL:
		return do_call(q, r);
	case TRACER_DEADLINE:
		me.deadline = now_ns() + q->number * 1000000ULL;
		return 0;
	case TRACER_RELEASE:
		let_go();
		return 0;
	case TRACER_KILL:
		return do_kill();
	}
	return -ENOSYS;
}

static bool wait_request(void)
{
	struct pollfd p = { me.fd, POLLIN, 0 };

	for (;;) {
		int64_t left = ((int64_t)(me.deadline - now_ns()) + 999999) / 1000000;
		int n;

		if (!me.shared->task_count)
			left = -1;
		else if (left <= 0)
			return false;
		n = poll(&p, 1, left > 1000000 ? 1000000 : (int)left);
		if (n > 0)
			return true;
	}
}

void tracer_main(int fd, struct tracer_shared *shared, int hold_ms)
{
	struct tracer_request q;

	me.fd = fd;
	me.shared = shared;
	me.deadline = now_ns() + hold_ms * 1000000ULL;
	me.index_of = calloc(PID_LIMIT, sizeof(*me.index_of));
	if (!me.index_of || reports_start())
		_exit(1);
	while (wait_request() && recv(fd, &q, sizeof(q), MSG_WAITALL) == sizeof(q)) {
		struct tracer_reply r = { 0 };

		r.ret = serve(&q, &r);
		if (send(fd, &r, sizeof(r), MSG_NOSIGNAL) != sizeof(r))
			break;
	}
	let_go();
	_exit(0);
}
