// SPDX-License-Identifier: BSD-3-Clause
/* task_list.c - see task_list.h.  [tool] */
#include "restart/task_list.h"

#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "restart/attribute_list.h"

/* linux/prctl.h's struct prctl_mm_map does not go together with <sys/prctl.h> everywhere. */
struct mm_map {
	uint64_t start_code, end_code, start_data, end_data, start_brk, brk, start_stack, arg_start, arg_end, env_start, env_end;
	uint64_t auxv;
	uint32_t auxv_size;
	int32_t exe_fd;
};

struct kernel_sigaction {
	uint64_t handler, flags, restorer, mask;
};

struct sched_attr_raw {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

#define OPTIONAL(op_) ({ struct ckpt_op op__ = (op_); op__.flags |= CKPT_OP_MAY_FAIL; op__; })

static void add_mm(struct list *l, struct region *r, const struct ckpt_rec_process *s)
{
	struct mm_map map = {
		s->start_code, s->end_code, s->start_data, s->end_data, s->start_brk, s->brk, s->start_stack, s->arg_start,
		s->arg_end, s->env_start, s->env_end, region_put(r, s->auxv.data, s->auxv.len), s->auxv.len, -1,
	};

	list_op(l, LIST_CALL(__NR_prctl, PR_SET_MM, PR_SET_MM_MAP, region_put(r, &map, sizeof(map)), sizeof(map)),
		"setting the memory layout (PR_SET_MM_MAP)");
}

static void add_actions(struct list *l, struct region *r, struct plan *p)
{
	const struct kernel_sigaction none = { 0 };
	uint64_t all[65] = { 0 };

	for (size_t i = 0; i < p->image->sigaction_count; i++) {
		const struct ckpt_rec_sigaction *a = &p->image->sigactions[i];
		struct kernel_sigaction action = { a->handler, a->flags, a->restorer, a->mask };

		if (a->sig >= 1 && a->sig <= 64)
			all[a->sig] = region_put(r, &action, sizeof(action));
	}
	all[0] = region_put(r, &none, sizeof(none));
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP)
			list_op(l, LIST_CALL(__NR_rt_sigaction, sig, all[sig] ? all[sig] : all[0], 0, 8), "the action of signal %d", sig);
}

void task_list_process(struct list *l, struct region *r, struct plan *p)
{
	const struct ckpt_rec_process *s = p->image->process;

	add_mm(l, r, s);
	add_actions(l, r, p);
	list_op(l, LIST_CALL(__NR_personality, s->personality), "setting the personality");
	list_op(l, LIST_CALL(__NR_prctl, PR_SET_KEEPCAPS, s->keepcaps), "PR_SET_KEEPCAPS");
	list_op(l, LIST_CALL(__NR_prctl, PR_SET_CHILD_SUBREAPER, s->subreaper), "PR_SET_CHILD_SUBREAPER");
	list_op(l, OPTIONAL(LIST_CALL(__NR_prctl, PR_SET_THP_DISABLE, s->thp_disable)), "PR_SET_THP_DISABLE");
	attribute_list_process(l, p);
	if (s->no_new_privs)
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_NO_NEW_PRIVS, 1), "PR_SET_NO_NEW_PRIVS");
	for (size_t i = 0; i < p->image->descriptor_count; i++)
		if (p->image->descriptors[i].cloexec)
			list_op(l, OPTIONAL(LIST_CALL(__NR_fcntl, p->image->descriptors[i].fd, F_SETFD, FD_CLOEXEC)),
				"marking descriptor %d close-on-exec", (int)p->image->descriptors[i].fd);
}

static void add_sched(struct list *l, struct region *r, const struct ckpt_rec_thread *t)
{
	struct sched_attr_raw attr = {
		.size = sizeof(attr), .policy = t->sched_policy, .flags = t->sched_flags, .nice = t->nice,
		.priority = t->sched_priority,
	};

	/* Of the other policies runtime shows the slice that the kernel chose, and setting it would make that a wish. */
	if (t->sched_policy == SCHED_DEADLINE) {
		attr.runtime = t->sched_runtime;
		attr.deadline = t->sched_deadline;
		attr.period = t->sched_period;
	}

	/* sched_setattr leaves the nice value alone where the policy has no use for it, but it is shown and comes back. */
	list_op(l, OPTIONAL(LIST_CALL(__NR_setpriority, PRIO_PROCESS, 0, t->nice)), "thread %llu: its nice value",
		(unsigned long long)t->tid);
	list_op(l, OPTIONAL(LIST_CALL(__NR_sched_setattr, 0, region_put(r, &attr, sizeof(attr)), 0)),
		"thread %llu: its scheduling policy and priority", (unsigned long long)t->tid);
	if (t->affinity.len)
		list_op(l, OPTIONAL(LIST_CALL(__NR_sched_setaffinity, 0, t->affinity.len,
					      region_put(r, t->affinity.data, t->affinity.len))),
			"thread %llu: the processors that it may use", (unsigned long long)t->tid);
	if (t->ioprio)
		list_op(l, OPTIONAL(LIST_CALL(__NR_ioprio_set, 1, 0, t->ioprio)), "thread %llu: its I/O priority",
			(unsigned long long)t->tid);
}

/* A signal may be queued with any siginfo to oneself only (rt_sigqueueinfo(2)): so each task queues its own. */
static void add_pending(struct list *l, struct region *r, struct plan *p, uint64_t tid, pid_t now_pid)
{
	uint32_t self = tid ? list_op(l, LIST_CALL(__NR_gettid), "gettid") : 0;

	for (size_t i = 0; i < p->image->pending_count; i++) {
		const struct ckpt_rec_pending *s = &p->image->pendings[i];
		uint64_t info;
		int sig;

		if (s->tid != tid || s->info.len != 128)
			continue;
		memcpy(&sig, s->info.data, sizeof(sig));
		info = region_put(r, s->info.data, 128);
		if (tid) {
			struct ckpt_op op = LIST_CALL(__NR_rt_tgsigqueueinfo, now_pid, 0, sig, info);

			op.flags = CKPT_OP_TAKE(1, self);
			list_op(l, op, "thread %llu: pending signal %d", (unsigned long long)tid, sig);
		} else {
			list_op(l, LIST_CALL(__NR_rt_sigqueueinfo, now_pid, sig, info), "pending signal %d", sig);
		}
	}
}

/* What namespace_enter left for the sake of set_tid. */
static void drop_capabilities(struct list *l, struct region *r)
{
	const struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { 0 };

	list_op(l, LIST_CALL(__NR_capset, region_put(r, &head, sizeof(head)), region_put(r, none, sizeof(none))), "capset");
}

void task_list_thread(struct list *l, struct region *r, struct plan *p, size_t index, pid_t pid)
{
	const struct ckpt_rec_thread *t = &p->image->threads[index];
	stack_t alt = { .ss_sp = (void *)t->alt_sp, .ss_flags = (int)(uint32_t)(t->alt_flags & ~1ULL), .ss_size = t->alt_size };

	if (!t->regs.len) /* a leader that has exited: nothing is left of it but its id */
		return;
	if (t->alt_flags & SS_DISABLE)
		alt = (stack_t){ .ss_flags = SS_DISABLE };
	if (t->tid_address)
		list_op(l, LIST_CALL(__NR_set_tid_address, t->tid_address), "set_tid_address");
	if (t->robust_head)
		list_op(l, LIST_CALL(__NR_set_robust_list, t->robust_head, t->robust_len), "set_robust_list");
	if (t->rseq)
		list_op(l, LIST_CALL(__NR_rseq, t->rseq, t->rseq_len, 0, t->rseq_sig), "registering rseq");
	list_op(l, LIST_CALL(__NR_sigaltstack, region_put(r, &alt, sizeof(alt)), 0), "sigaltstack");
	list_op(l, LIST_CALL(__NR_prctl, PR_SET_NAME, region_text(r, t->comm ? t->comm : "")), "PR_SET_NAME");
	if (t->timerslack)
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_TIMERSLACK, t->timerslack), "PR_SET_TIMERSLACK");
	add_sched(l, r, t);
	attribute_list_thread(l, r, t);
	add_pending(l, r, p, t->tid, pid);
	if (p->own_user && index) /* the leader has threads to make */
		drop_capabilities(l, r);
	else if (index)
		attribute_list_rights(l, r, p, t);
}

/* Today's id of a task of the program. */
static pid_t id_now(const struct plan *p, const pid_t *tids, int64_t known)
{
	for (size_t i = 0; i < p->image->thread_count; i++)
		if ((int64_t)p->image->threads[i].tid == known)
			return tids[i];
	return known;
}

static int lowest_number(const struct ckpt_image *image, uint64_t description)
{
	int lowest = -1;

	for (size_t i = 0; i < image->descriptor_count; i++)
		if (image->descriptors[i].description == description && (lowest < 0 || (int)image->descriptors[i].fd < lowest))
			lowest = image->descriptors[i].fd;
	return lowest;
}

static void add_owners(struct list *l, struct region *r, struct plan *p, const pid_t *tids)
{
	for (size_t i = 0; i < p->image->description_count; i++) {
		const struct ckpt_rec_description *d = &p->image->descriptions[i];
		struct f_owner_ex owner = { d->owner_type, id_now(p, tids, d->owner) };
		int fd = d->owner || d->owner_sig || d->flags & O_ASYNC ? lowest_number(p->image, d->id) : -1;

		if (fd < 0)
			continue;
		if (d->owner)
			list_op(l, OPTIONAL(LIST_CALL(__NR_fcntl, fd, F_SETOWN_EX, region_put(r, &owner, sizeof(owner)))),
				"descriptor %d: who gets its signal", fd);
		if (d->owner_sig)
			list_op(l, LIST_CALL(__NR_fcntl, fd, F_SETSIG, d->owner_sig), "descriptor %d: which signal it sends", fd);
		if (d->flags & O_ASYNC)
			list_op(l, LIST_CALL(__NR_fcntl, fd, F_SETFL, d->flags & (O_APPEND | O_ASYNC | O_DIRECT | O_NOATIME | O_NONBLOCK)),
				"descriptor %d: O_ASYNC", fd);
	}
}

void task_list_last(struct list *l, struct region *r, struct plan *p, const pid_t *tids)
{
	const struct ckpt_rec_process *s = p->image->process;
	struct itimerval timer[3];

	add_owners(l, r, p, tids);
	add_pending(l, r, p, 0, tids[0]);
	if (s->itimers.len == sizeof(timer)) {
		memcpy(timer, s->itimers.data, sizeof(timer));
		for (int i = 0; i < 3; i++) {
			/* A periodic one whose signal has not been taken yet stands until it is (kernel/time/itimer.c). */
			if (!timerisset(&timer[i].it_value))
				timer[i].it_value = timer[i].it_interval;
			if (timerisset(&timer[i].it_value))
				list_op(l, LIST_CALL(__NR_setitimer, i, region_put(r, &timer[i], sizeof(timer[i])), 0),
					"interval timer %d", i);
		}
	}
	if (p->own_user)
		drop_capabilities(l, r);
	else if (p->image->threads[0].regs.len)
		attribute_list_rights(l, r, p, &p->image->threads[0]);
	attribute_list_last(l, p);
	if (s->dumpable < 2)
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_DUMPABLE, s->dumpable), "PR_SET_DUMPABLE");
}

void task_list_make_thread(struct list *l, struct region *r, struct plan *p, size_t index, uint64_t frame)
{
	const struct ckpt_rec_thread *t = &p->image->threads[index];
	pid_t tid = t->tid;
	struct clone_args args = {
		.flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM,
	};
	struct ckpt_op op = { .kind = CKPT_OP_THREAD, .nr = sizeof(args) };

	if (p->exact) {
		args.set_tid = region_put(r, &tid, sizeof(tid));
		args.set_tid_size = 1;
	}
	op.arg[0] = region_put(r, &args, sizeof(args));
	op.arg[1] = frame;
	list_op(l, op, "making thread %llu (%s)", (unsigned long long)t->tid, t->comm ? t->comm : "");
}
