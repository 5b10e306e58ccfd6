/* SPDX-License-Identifier: BSD-3-Clause */
/* sigactions - the actions of all signals with flags and masks, by the kernel's own word; one-shot ones that are spent.  [victim] */
#include "victim.h"

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	uint64_t mask;
};

static int count[65];

static void handler(int sig)
{
	count[sig]++;
}

static void handler_info(int sig, siginfo_t *info, void *context)
{
	(void)context;
	CHECK_EQ(info->si_signo, sig);
	count[sig]++;
}

static void read_all(struct kernel_action *now)
{
	for (int sig = 1; sig <= 64; sig++)
		CHECK(syscall(SYS_rt_sigaction, sig, NULL, &now[sig], 8) == 0);
}

static void set_all(void)
{
	for (int sig = 1; sig <= 64; sig++) {
		static const int flags[] = {SA_RESTART, SA_NODEFER, SA_ONSTACK, SA_RESETHAND, SA_NOCLDSTOP, SA_NOCLDWAIT, 0};
		uint64_t w = victim_word(sig, 5);
		struct sigaction act = {.sa_flags = flags[sig % 7]};

		if (sig == SIGKILL || sig == SIGSTOP || sig == 32 || sig == 33)
			continue;
		sigemptyset(&act.sa_mask);
		for (int k = 1; k <= 31; k++)
			if (w >> k & 1)
				sigaddset(&act.sa_mask, k);
		if (sig % 5 == 0) {
			act.sa_handler = SIG_IGN;
		} else if (sig % 5 == 1) {
			act.sa_sigaction = handler_info;
			act.sa_flags |= SA_SIGINFO;
		} else {
			act.sa_handler = sig % 5 == 2 ? SIG_DFL : handler;
		}
		CHECK(sigaction(sig, &act, NULL) == 0);
	}
}

int main(int argc, char **argv)
{
	static struct kernel_action before[65], now[65];
	struct sigaction once = {.sa_handler = handler, .sa_flags = SA_RESETHAND};

	(void)argc;
	set_all();
	CHECK(sigaction(SIGUSR2, &once, NULL) == 0);
	CHECK(raise(SIGUSR2) == 0); /* spent */
	read_all(before);
	CHECK(before[SIGUSR2].handler == SIG_DFL);
	victim_ready(argv);
	victim_hold(argv);
	read_all(now);
	for (int sig = 1; sig <= 64; sig++)
		if (memcmp(&before[sig], &now[sig], sizeof(now[sig])))
			FAIL("signal %d: %p flags %#lx mask %#lx, was %p flags %#lx mask %#lx", sig, now[sig].handler,
			     now[sig].flags, now[sig].mask, before[sig].handler, before[sig].flags, before[sig].mask);
	memset(count, 0, sizeof(count));
	for (int sig = 1; sig <= 64; sig++) {
		if (now[sig].handler != (void *)handler && now[sig].handler != (void *)handler_info)
			continue;
		CHECK(raise(sig) == 0);
		CHECK_EQ(count[sig], 1);
	}
	return victim_ok();
}
