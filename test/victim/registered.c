/* SPDX-License-Identifier: BSD-3-Clause */
/* registered - what a thread has registered with the kernel: rseq area, robust list, clear-tid address, and ids cached by libc.  [victim] */
#include "victim.h"

#include <linux/rseq.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/rseq.h>

#define N 3

struct seen {
	void *robust, *tid_address;
	size_t robust_len;
	pid_t pid, tid;
};

static struct rseq *area(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

static void look(struct seen *seen)
{
	CHECK(syscall(SYS_get_robust_list, 0, &seen->robust, &seen->robust_len) == 0);
	CHECK(prctl(PR_GET_TID_ADDRESS, &seen->tid_address, 0, 0, 0) == 0);
	seen->pid = getpid();
	seen->tid = gettid();
}

/* The kernel keeps cpu_id at the processor where we run: pin to each that we may use and look. */
static void rseq_works(void)
{
	cpu_set_t all, one;

	if (!__rseq_size)
		return;
	CHECK(sched_getaffinity(0, sizeof(all), &all) == 0);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &all))
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		CHECK(sched_setaffinity(0, sizeof(one), &one) == 0);
		CHECK_EQ(*(volatile uint32_t *)&area()->cpu_id, cpu);
		CHECK_EQ(sched_getcpu(), cpu);
	}
	CHECK(sched_setaffinity(0, sizeof(all), &all) == 0);
	/* a second registration is refused because the first one stands */
	CHECK(syscall(SYS_rseq, area(), 32, 0, RSEQ_SIG) == -1 && (errno == EBUSY || errno == EINVAL || errno == EPERM));
}

static void *run(void *arg)
{
	struct seen before, now;

	look(&before);
	rseq_works();
	while (!victim_over) {
		look(&now);
		CHECK(memcmp(&before, &now, sizeof(now)) == 0);
		victim_sleep_ms(3);
	}
	look(&now);
	CHECK(memcmp(&before, &now, sizeof(now)) == 0);
	rseq_works();
	return arg;
}

int main(int argc, char **argv)
{
	struct seen before = {0}, now = {0};
	pthread_t thread[N];

	(void)argc;
	look(&before);
	rseq_works();
	for (int i = 0; i < N; i++)
		thread[i] = victim_thread(run, NULL);
	victim_ready(argv);
	victim_hold(argv);
	look(&now);
	CHECK(memcmp(&before, &now, sizeof(now)) == 0);
	rseq_works();
	for (int i = 0; i < N; i++)
		victim_join(thread[i]); /* waits for the kernel to clear the tid word */
	return victim_ok();
}
