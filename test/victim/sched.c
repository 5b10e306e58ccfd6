/* SPDX-License-Identifier: BSD-3-Clause */
/* sched KIND - each thread's scheduling: nice, policy and priority (batch, idle; fifo, rr as root), affinity, I/O priority, slack.  [victim]
 * user | root */
#include "victim.h"

#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#define N 5

struct view {
	int policy, priority, nice, ioprio, slack;
	cpu_set_t cpus;
};

static int root, gate;

static void look(struct view *view)
{
	struct sched_param param = {0};

	memset(view, 0, sizeof(*view));
	view->policy = sched_getscheduler(0);
	CHECK(sched_getparam(0, &param) == 0);
	view->priority = param.sched_priority;
	view->nice = getpriority(PRIO_PROCESS, 0);
	view->ioprio = syscall(SYS_ioprio_get, 1, 0);
	view->slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
	CHECK(sched_getaffinity(0, sizeof(view->cpus), &view->cpus) == 0);
}

static void unusual(long index)
{
	static const int policy[] = {SCHED_OTHER, SCHED_BATCH, SCHED_IDLE, SCHED_FIFO, SCHED_RR};
	struct sched_param param = {.sched_priority = index >= 3 ? 10 + index : 0};
	cpu_set_t all, one;
	int cpu = 0;

	CHECK(setpriority(PRIO_PROCESS, 0, 3 + index) == 0);
	if (index < 3 || root) {
		if (sched_setscheduler(0, policy[index] | (index == 4 ? SCHED_RESET_ON_FORK : 0), &param) && index >= 3)
			victim_skip("real-time scheduling");
	}
	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	while (!CPU_ISSET(cpu, &all))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (index % 2)
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
	CHECK(syscall(SYS_ioprio_set, 1, 0, (index % 2 ? 2 : 3) << 13 | (index % 2 ? index : 0)) == 0);
	CHECK(prctl(PR_SET_TIMERSLACK, 1000 * (index + 1), 0, 0, 0) == 0);
}

static void *run(void *arg)
{
	struct view before, now;

	unusual((long)arg);
	look(&before);
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (!victim_over) {
		look(&now);
		if (memcmp(&before, &now, sizeof(now)))
			FAIL("thread %ld: policy %d/%d priority %d/%d nice %d/%d ioprio %#x/%#x slack %d/%d cpus %d/%d", (long)arg,
			     now.policy, before.policy, now.priority, before.priority, now.nice, before.nice, now.ioprio,
			     before.ioprio, now.slack, before.slack, CPU_COUNT(&now.cpus), CPU_COUNT(&before.cpus));
		victim_sleep_ms(5);
	}
	return arg;
}

int main(int argc, char **argv)
{
	struct view before, now;
	pthread_t thread[N];

	root = argc > 2 && !strcmp(argv[2], "root");
	for (long i = 0; i < N; i++)
		thread[i] = victim_thread(run, (void *)i);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < N)
		victim_sleep_ms(1);
	look(&before);
	victim_ready(argv);
	victim_hold(argv);
	look(&now);
	CHECK(!memcmp(&before, &now, sizeof(now)));
	victim_sleep_ms(20);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	return victim_ok();
}
