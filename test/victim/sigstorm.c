/* SPDX-License-Identifier: BSD-3-Clause */
/* sigstorm - threads send each other real-time signals all the time: none is lost, none comes twice, values in order.  [victim] */
#include "victim.h"

#define N 3

static pthread_t thread[N];
static volatile uint64_t sent[N], received[N];
static int gate;
static __thread long self = -1;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(sig, SIGRTMIN + 3);
	CHECK(self >= 0);
	CHECK_EQ(info->si_code, SI_QUEUE);
	CHECK_EQ(info->si_value.sival_int, (int)received[self]);
	received[self]++;
}

static void *run(void *arg)
{
	long to = ((long)arg + 1) % N;

	self = (long)arg;
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < N + 1)
		victim_sleep_ms(1);
	while (!victim_over) {
		if (sent[to] - received[to] > 20) { /* well within the limit on queued signals */
			sched_yield();
			continue;
		}
		CHECK_EQ(pthread_sigqueue(thread[to], SIGRTMIN + 3, (union sigval){.sival_int = (int)sent[to]}), 0);
		sent[to]++;
		if (sent[to] % 64 == 0)
			victim_sleep_ms(1);
	}
	for (int i = 0; i < 2000 && received[self] != sent[self]; i++)
		victim_sleep_ms(2);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART};

	(void)argc;
	CHECK(sigaction(SIGRTMIN + 3, &act, NULL) == 0);
	for (long i = 0; i < N; i++)
		thread[i] = victim_thread(run, (void *)i);
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	victim_ready(argv);
	victim_hold(argv);
	victim_sleep_ms(50);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	for (int i = 0; i < N; i++)
		CHECK_EQ(received[i], sent[i]);
	return victim_ok();
}
