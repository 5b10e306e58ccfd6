/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * inhandler KIND - main is inside a signal handler for the whole time, and leaves it after.  [victim]
 * plain | altstack | nested (three deep, the middle one on the alternate stack) | jump (leaves by siglongjmp) | spin (a thread
 * spins in a handler on its alternate stack with SSE and x87 registers in use).
 */
#include "victim.h"

#include <setjmp.h>

static char **args;
static const char *kind;
static char alt[65536], spin_alt[65536];
static sigjmp_buf back;
static int depth, left;
static double fpu = 1.0;

static int on_alt(void)
{
	char here;

	return &here >= alt && &here < alt + sizeof(alt);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	uint64_t frame[256];
	sigset_t now;
	int mine = ++depth;

	victim_fill(frame, sizeof(frame), mine);
	CHECK_EQ(info->si_signo, sig);
	CHECK_EQ(info->si_pid, getpid());
	CHECK(context != NULL);
	if (!strcmp(kind, "nested") && mine < 3)
		raise(mine == 1 ? SIGUSR2 : SIGHUP);
	else if (strcmp(kind, "spin")) {
		victim_ready(args);
		victim_hold(args);
	}
	victim_verify(frame, sizeof(frame), mine, "handler's frame");
	CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0);
	CHECK(sigismember(&now, sig));
	CHECK(sigismember(&now, SIGTERM));
	if (!strcmp(kind, "altstack") || (!strcmp(kind, "nested") && mine > 1))
		CHECK(on_alt());
	left++;
	if (!strcmp(kind, "jump"))
		siglongjmp(back, 5);
}

static void spin_handler(int sig)
{
	double x = fpu, y = 1.0;

	for (uint64_t n = 0; !victim_over; n++) {
		y = y * 1.0000001;
		if (y > 1e6)
			y = 1.0;
		if (x != fpu || !(y >= 1.0))
			FAIL("floating point in handler %d", sig);
	}
	left++;
}

static void *spinner(void *arg)
{
	stack_t stack = {.ss_sp = spin_alt, .ss_size = sizeof(spin_alt)};

	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK_EQ(pthread_kill(pthread_self(), SIGALRM), 0);
	CHECK(sigaltstack(NULL, &stack) == 0);
	CHECK_EQ(stack.ss_flags, 0);
	return arg;
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	struct sigaction spin = {.sa_handler = spin_handler, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = alt, .ss_size = sizeof(alt)}, now;
	sigset_t before, after;
	pthread_t thread;

	args = argv;
	kind = argc > 2 ? argv[2] : "plain";
	sigaddset(&act.sa_mask, SIGTERM);
	CHECK(sigaltstack(&stack, NULL) == 0);
	CHECK(sigaction(SIGALRM, &spin, NULL) == 0);
	act.sa_flags |= !strcmp(kind, "altstack") ? SA_ONSTACK : 0;
	CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
	CHECK(sigaction(SIGHUP, &act, NULL) == 0);
	act.sa_flags |= SA_ONSTACK;
	CHECK(sigaction(SIGUSR2, &act, NULL) == 0);
	CHECK(sigprocmask(SIG_BLOCK, NULL, &before) == 0);
	if (!strcmp(kind, "spin")) {
		thread = victim_thread(spinner, NULL);
		victim_ready(argv);
		victim_hold(argv);
		victim_join(thread);
		CHECK_EQ(left, 1);
	} else {
		if (!sigsetjmp(back, 1))
			CHECK(raise(SIGUSR1) == 0);
		CHECK_EQ(left, strcmp(kind, "nested") ? 1 : 3);
	}
	CHECK(sigprocmask(SIG_BLOCK, NULL, &after) == 0);
	CHECK(!memcmp(&before, &after, 8));
	CHECK(sigaltstack(NULL, &now) == 0);
	CHECK(now.ss_sp == alt);
	CHECK_EQ(now.ss_flags, 0);
	return victim_ok();
}
