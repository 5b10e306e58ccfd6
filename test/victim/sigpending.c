/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * sigpending KIND - blocked signals that wait, shared and of single threads, with values, order and senders.  [victim]
 * wait: taken by sigtimedwait after; handler: unblocked after, so that handlers get them.
 */
#include "victim.h"

#include <sys/wait.h>

#define N 3

static sigset_t all;
static int take_by_handler, got_shared, gate;
static __thread int got_thread;

/* Shared: SIGUSR1 by kill, SIGHUP by sigqueue 1, SIGRTMIN+1 eight times in order, SIGRTMIN+5 by a child. */
static void look(const siginfo_t *info, int *shared, int *mine)
{
	static int next;

	if (info->si_signo == SIGUSR1) {
		CHECK_EQ(info->si_code, SI_USER);
		CHECK_EQ(info->si_pid, getpid());
		CHECK_EQ(info->si_uid, getuid());
	} else if (info->si_signo == SIGHUP) {
		CHECK_EQ(info->si_code, SI_QUEUE);
		CHECK_EQ(info->si_value.sival_int, 4711);
	} else if (info->si_signo == SIGRTMIN + 1) {
		CHECK_EQ(info->si_value.sival_int, 100 + next);
		CHECK_EQ(info->si_pid, getpid());
		next++;
	} else if (info->si_signo == SIGRTMIN + 5) {
		CHECK(info->si_value.sival_ptr == (void *)0x123456789abcdefl);
		CHECK(info->si_pid != getpid() && info->si_pid > 0);
	} else if (info->si_signo == SIGUSR2) {
		CHECK_EQ(info->si_code, take_by_handler ? SI_TKILL : SI_USER); /* libc's sigtimedwait says USER */
		++*mine;
		return;
	} else if (info->si_signo == SIGRTMIN + 2) {
		CHECK_EQ(info->si_code, SI_QUEUE);
		CHECK_EQ(info->si_value.sival_int, gettid() ^ 0x5a5a);
		++*mine;
		return;
	} else {
		FAIL("signal %d from nowhere", info->si_signo);
	}
	++*shared;
}

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	look(info, &got_shared, &got_thread);
}

static void take(int *shared, int *mine)
{
	struct timespec none = {0, 0};
	siginfo_t info;

	if (take_by_handler) {
		CHECK_EQ(pthread_sigmask(SIG_UNBLOCK, &all, NULL), 0);
		return;
	}
	while (sigtimedwait(&all, &info, &none) > 0)
		look(&info, shared, mine);
}

static void *run(void *arg)
{
	siginfo_t info = {.si_code = SI_QUEUE, .si_signo = SIGRTMIN + 2};
	sigset_t mine, set;
	siginfo_t got;

	info.si_pid = getpid();
	info.si_uid = getuid();
	CHECK_EQ(pthread_kill(pthread_self(), SIGUSR2), 0);
	for (int i = 0; i < 2; i++) {
		info.si_value.sival_int = gettid() ^ 0x5a5a;
		CHECK(syscall(SYS_rt_tgsigqueueinfo, getpid(), gettid(), SIGRTMIN + 2, &info) == 0);
	}
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (!victim_over) {
		CHECK(sigpending(&set) == 0);
		CHECK(sigismember(&set, SIGUSR2) && sigismember(&set, SIGRTMIN + 2));
		victim_sleep_ms(3);
	}
	sigemptyset(&mine);
	sigaddset(&mine, SIGUSR2);
	sigaddset(&mine, SIGRTMIN + 2);
	if (take_by_handler)
		CHECK_EQ(pthread_sigmask(SIG_UNBLOCK, &mine, NULL), 0);
	else
		while (sigtimedwait(&mine, &got, &(struct timespec){0, 0}) > 0)
			look(&got, NULL, &got_thread);
	CHECK_EQ(got_thread, 3);
	return arg;
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	const int sigs[] = {SIGUSR1, SIGUSR2, SIGHUP, SIGRTMIN + 1, SIGRTMIN + 2, SIGRTMIN + 5};
	pthread_t thread[N];
	pid_t child;
	int none = 0;

	take_by_handler = argc > 2 && !strcmp(argv[2], "handler");
	sigemptyset(&all);
	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++) {
		sigaddset(&all, sigs[i]);
		CHECK(sigaction(sigs[i], &act, NULL) == 0);
	}
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &all, NULL), 0);
	CHECK(kill(getpid(), SIGUSR1) == 0);
	CHECK(kill(getpid(), SIGUSR1) == 0); /* counts once */
	CHECK(sigqueue(getpid(), SIGHUP, (union sigval){.sival_int = 4711}) == 0);
	for (int i = 0; i < 8; i++)
		CHECK(sigqueue(getpid(), SIGRTMIN + 1, (union sigval){.sival_int = 100 + i}) == 0);
	child = fork();
	if (!child)
		_exit(sigqueue(getppid(), SIGRTMIN + 5, (union sigval){.sival_ptr = (void *)0x123456789abcdefl}));
	CHECK(waitpid(child, &none, 0) == child);
	CHECK_EQ(none, 0);
	for (int i = 0; i < N; i++)
		thread[i] = victim_thread(run, NULL);
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < N)
		victim_sleep_ms(1);
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	take(&got_shared, &none);
	CHECK_EQ(got_shared, 1 + 1 + 8 + 1);
	CHECK_EQ(none, 0);
	return victim_ok();
}
