/* SPDX-License-Identifier: BSD-3-Clause */
/* ids - the ids that libc tells stay, and mean this process and these threads to every call that takes one.  [victim] */
#include "victim.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>

static volatile int got;
static pid_t pid, other;
static int gate;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	(void)info;
	got = sig;
}

static void *run(void *arg)
{
	other = gettid();
	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	while (!victim_over) {
		CHECK_EQ(gettid(), other);
		CHECK_EQ(getpid(), pid);
		victim_sleep_ms(2);
	}
	victim_sleep_ms(300); /* main uses our id meanwhile */
	return arg;
}

static void child(pid_t parent)
{
	CHECK_EQ(getppid(), parent);
	CHECK(getpid() != parent);
	CHECK(kill(parent, 0) == 0);
	_exit(7);
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
	char name[16] = "";
	cpu_set_t cpus;
	pthread_t thread;
	int status;
	pid_t kid;

	(void)argc;
	pid = getpid();
	CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
	thread = victim_thread(run, NULL);
	while (!__atomic_load_n(&gate, __ATOMIC_SEQ_CST))
		victim_sleep_ms(1);
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(getpid(), pid);
	CHECK_EQ(gettid(), pid);
	CHECK(kill(pid, SIGUSR1) == 0);
	for (int i = 0; i < 100 && !got; i++)
		victim_sleep_ms(1);
	CHECK_EQ(got, SIGUSR1);
	CHECK(tgkill(pid, other, 0) == 0);
	CHECK_EQ(pthread_kill(thread, 0), 0);
	CHECK_EQ(pthread_setname_np(thread, "renamed"), 0);
	CHECK(pthread_getname_np(thread, name, sizeof(name)) == 0);
	CHECK_STR(name, "renamed");
	CHECK(sched_getaffinity(other, sizeof(cpus), &cpus) == 0);
	CHECK_EQ(pthread_setaffinity_np(thread, sizeof(cpus), &cpus), 0);
	CHECK(sched_getscheduler(pid) >= 0);
	errno = 0;
	CHECK(getpriority(PRIO_PROCESS, other) >= -20 && errno == 0);
	CHECK(getpgid(pid) == getpgrp());
	CHECK(getsid(pid) == getsid(0));
	kid = fork();
	CHECK(kid >= 0);
	if (!kid)
		child(pid);
	CHECK(waitpid(kid, &status, 0) == kid && WEXITSTATUS(status) == 7);
	victim_join(thread);
	return victim_ok();
}
