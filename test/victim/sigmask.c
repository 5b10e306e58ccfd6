/* SPDX-License-Identifier: BSD-3-Clause */
/* sigmask - each thread's own signal mask and alternate stack, read all the time; a new thread inherits them rightly.  [victim] */
#include "victim.h"

#define N 6

static char stacks[N][32768];

static void mask_of(int index, sigset_t *set)
{
	sigemptyset(set);
	for (int sig = 1; sig <= 64; sig++)
		if (sig != SIGKILL && sig != SIGSTOP && sig != 32 && sig != 33 && sig != SIGSEGV && victim_word(index, sig) & 16)
			sigaddset(set, sig);
}

/* By the kernel's own word: sigset_t has bits that it does not know. */
static uint64_t kernel_mask(void)
{
	uint64_t mask = 0;

	CHECK(syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, 8) == 0);
	return mask;
}

static void *heir(void *arg)
{
	CHECK_EQ(kernel_mask(), *(uint64_t *)arg);
	return NULL;
}

static void *run(void *arg)
{
	long index = (long)arg;
	stack_t mine = {.ss_sp = stacks[index], .ss_size = sizeof(stacks[index])}, now;
	pthread_t child;
	uint64_t mask;
	sigset_t set;

	mask_of(index, &set);
	if (index)
		CHECK(sigaltstack(&mine, NULL) == 0);
	CHECK_EQ(pthread_sigmask(SIG_SETMASK, &set, NULL), 0);
	mask = kernel_mask();
	while (!victim_over) {
		CHECK_EQ(kernel_mask(), mask);
		victim_sleep_ms(2);
	}
	CHECK_EQ(kernel_mask(), mask);
	CHECK(sigaltstack(NULL, &now) == 0);
	if (index) {
		CHECK(now.ss_sp == mine.ss_sp);
		CHECK_EQ(now.ss_size, mine.ss_size);
		CHECK_EQ(now.ss_flags, 0);
	} else {
		CHECK_EQ(now.ss_flags, SS_DISABLE);
	}
	child = victim_thread(heir, &mask);
	victim_join(child);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[N];
	uint64_t before;

	(void)argc;
	for (long i = 0; i < N; i++)
		thread[i] = victim_thread(run, (void *)i);
	before = kernel_mask();
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(kernel_mask(), before);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	return victim_ok();
}
