/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload_ids.c - every call that bears ids, in a process that knows other ids than the kernel's.
 * Prints TAP.  [tool]
 *
 * Runs with the library preloaded and no restart behind it: preload_ids.h plays the restart.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>

#include "preload_ids.h"
#include "unit/tap.h"

#define WORKERS 3

struct worker {
	pthread_t thread;
	int real, known;
	int *word;
	volatile int ready, go, leave, egid;
	volatile int hits, queued, spins;
};

static struct worker workers[WORKERS];
static __thread struct worker *self; /* NULL in main */
static volatile int main_hits, queued_value, queued_pid;
static struct ckpt_ids *ids;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)context;
	if (sig == SIGUSR2) {
		queued_value = info->si_value.sival_int;
		queued_pid = info->si_pid;
	}
	if (self)
		self->hits++;
	else
		main_hits++;
}

static void nap(void)
{
	struct timespec t = { 0, 2000000 };

	nanosleep(&t, NULL);
}

static int comes(volatile int *what, int value)
{
	int i;

	for (i = 0; i < 1500 && *what != value; i++)
		nap();
	return *what == value;
}

/* Worker 0 serves, 1 waits in a cancellation point, 2 can be cancelled at any instant. */
static void *work(void *arg)
{
	struct worker *w = arg;
	int old;

	self = w;
	w->real = real_tid();
	w->word = own_tid_word();
	if (w == &workers[2])
		pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
	w->ready = 1;
	while (!w->leave) {
		w->egid = (int)raw(SYS_getegid, 0, 0, 0);
		if (w == &workers[2])
			w->spins++;
		else
			nap();
	}
	return w;
}

static void start(void)
{
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = SA_SIGINFO | SA_RESTART };
	int i, real = real_tid();

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	setpgid(0, 0);
	for (i = 0; i < WORKERS; i++)
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	for (i = 0; i < WORKERS; i++)
		comes(&workers[i].ready, 1);
	/*
	 * The restart: memory holds what the program knew, the table says what the kernel calls
	 * it.
	 */
	ids_pair(ids, real + APART, real);
	*own_tid_word() = real + APART;
	for (i = 0; i < WORKERS; i++) {
		workers[i].known = workers[i].real + APART;
		*workers[i].word = workers[i].known;
		ids_pair(ids, workers[i].known, workers[i].real);
	}
	ids_activate(ids);
}

static void test_who(void)
{
	int known = real_pid() + APART;

	is_int(getpid(), known, "getpid");
	is_int(gettid(), known, "gettid");
	is_int(syscall(SYS_getpid), known, "SYS_getpid");
	is_int(syscall(SYS_gettid), known, "SYS_gettid");
	is_int(getpgrp(), known, "getpgrp");
	is_int(getpgid(0), known, "getpgid of 0");
	is_int(getpgid(known), known, "getpgid of ourselves");
	is_int(getppid(), raw(SYS_getppid, 0, 0, 0), "getppid: the parent is outside");
	is_int(getsid(known), raw(SYS_getsid, 0, 0, 0), "getsid: the session is outside");
	is_int(setpgid(getpid(), getpid()), 0, "setpgid");
	is_int(setpgid(0, getpgrp()), 0, "setpgid to the group that we have");
	errno = 0;
	ok(getpgid(4194303) == -1 && errno == ESRCH, "nobody is nobody");
}

static void test_signals(void)
{
	struct worker *w = &workers[0];
	union sigval value = { .sival_int = 42 };

	is_int(kill(getpid(), 0), 0, "kill with 0");
	is_int(kill(-getpgrp(), 0), 0, "kill of our group");
	is_int(killpg(getpgrp(), 0), 0, "killpg");
	main_hits = 0;
	raise(SIGUSR1);
	is_int(main_hits, 1, "raise arrives at once");
	tgkill(getpid(), gettid(), SIGUSR1);
	is_int(main_hits, 2, "tgkill to ourselves");
	pthread_kill(pthread_self(), SIGUSR1);
	is_int(main_hits, 3, "pthread_kill to ourselves");
	is_int(pthread_kill(w->thread, SIGUSR1), 0, "pthread_kill");
	ok(comes(&w->hits, 1), "reaches its thread");
	is_int(tgkill(getpid(), w->known, SIGUSR1), 0, "tgkill");
	ok(comes(&w->hits, 2), "reaches its thread");
	is_int(syscall(SYS_tgkill, getpid(), w->known, SIGUSR1), 0, "SYS_tgkill");
	ok(comes(&w->hits, 3), "reaches its thread");
	is_int(syscall(SYS_tkill, w->known, SIGUSR1), 0, "SYS_tkill");
	ok(comes(&w->hits, 4), "reaches its thread");
	is_int(pthread_sigqueue(w->thread, SIGUSR2, value), 0, "pthread_sigqueue");
	ok(comes(&w->hits, 5) && queued_value == 42 && queued_pid == getpid(),
	   "with its value, from our id");
	value.sival_int = 43;
	is_int(sigqueue(getpid(), SIGUSR2, value), 0, "sigqueue");
	ok(comes(&queued_value, 43) && queued_pid == getpid(), "with its value, from our id");
	is_int(pthread_kill(w->thread, 32), EINVAL, "pthread_kill refuses glibc's own signal");
	is_int(tgkill(getpid(), 4194303, 0), -1, "no such thread");
}

static void test_sigwait(void)
{
	struct timespec soon = { 2, 0 };
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_kill(pthread_self(), SIGALRM);
	is_int(sigtimedwait(&set, &info, &soon), SIGALRM, "sigtimedwait");
	is_int(info.si_pid, getpid(), "its sender is known by the id that we know");
	pthread_kill(pthread_self(), SIGALRM);
	is_int(sigwaitinfo(&set, &info), SIGALRM, "sigwaitinfo");
	is_int(info.si_pid, getpid(), "its sender too");
}

static void test_scheduling(void)
{
	struct sched_param param = { 0 };
	pthread_t th = workers[0].thread;
	cpu_set_t set, first;
	int policy = -1;

	CPU_ZERO(&set);
	is_int(sched_getaffinity(getpid(), sizeof(set), &set), 0, "sched_getaffinity");
	memset(&first, 0xff, sizeof(first));
	is_int(pthread_getaffinity_np(th, sizeof(first), &first), 0, "pthread_getaffinity_np");
	ok(CPU_EQUAL(&set, &first), "all of the set is written");
	is_int(pthread_setaffinity_np(th, sizeof(set), &set), 0, "pthread_setaffinity_np");
	is_int(sched_setaffinity(workers[0].known, sizeof(set), &set), 0, "sched_setaffinity");
	is_int(pthread_getaffinity_np(th, 1, &set), EINVAL, "errors are returned, not set");
	is_int(pthread_setschedparam(th, SCHED_BATCH, &param), 0, "pthread_setschedparam");
	is_int(pthread_getschedparam(th, &policy, &param), 0, "pthread_getschedparam");
	is_int(policy, SCHED_BATCH, "the policy is there");
	is_int(sched_getscheduler(workers[0].known), SCHED_BATCH, "sched_getscheduler");
	is_int(raw(SYS_sched_getscheduler, workers[0].real, 0, 0), SCHED_BATCH,
	       "and it is that thread's");
	is_int(sched_setscheduler(workers[0].known, SCHED_OTHER, &param), 0, "sched_setscheduler");
	is_int(sched_getparam(getpid(), &param), 0, "sched_getparam");
	is_int(pthread_setschedprio(th, 0), 0, "pthread_setschedprio");
	is_int(setpriority(PRIO_PROCESS, (id_t)workers[0].known, 3), 0, "setpriority");
	is_int(getpriority(PRIO_PROCESS, (id_t)workers[0].known), 3, "getpriority");
	is_int(raw(SYS_getpriority, PRIO_PROCESS, workers[0].real, 0), 17, "of that thread");
	is_int(getpriority(PRIO_USER, getuid()) >= -20, 1, "a user's id is no process id");
}

static void test_thread_facts(void)
{
	pthread_t th = workers[0].thread;
	pthread_attr_t attr;
	struct timespec ts;
	clockid_t clock;
	char name[16];
	size_t size = 0;
	void *stack;

	is_int(pthread_setname_np(th, "other"), 0, "pthread_setname_np");
	is_int(pthread_getname_np(th, name, sizeof(name)), 0, "pthread_getname_np");
	is_text(name, "other", "the name is there");
	is_int(pthread_setname_np(pthread_self(), "me"), 0, "our own name");
	is_int(pthread_getname_np(pthread_self(), name, sizeof(name)), 0, "is read");
	is_text(name, "me", "and right");
	is_int(pthread_setname_np(th, "much too long a name"), ERANGE, "a long name is refused");
	is_int(pthread_getcpuclockid(th, &clock), 0, "pthread_getcpuclockid");
	is_int(clock_gettime(clock, &ts), 0, "is a clock");
	is_int(clock_getcpuclockid(getpid(), &clock), 0, "clock_getcpuclockid");
	is_int(clock_gettime(clock, &ts), 0, "is a clock");
	is_int(pthread_getattr_np(th, &attr), 0, "pthread_getattr_np");
	pthread_attr_getstack(&attr, &stack, &size);
	ok(stack && size, "knows the stack");
	pthread_attr_destroy(&attr);
	is_int(pthread_getattr_np(pthread_self(), &attr), 0, "pthread_getattr_np of main");
	pthread_attr_destroy(&attr);
}

static void test_others(void)
{
	char from[] = "some bytes", to[sizeof(from)] = "";
	struct iovec local = { to, sizeof(to) }, remote = { from, sizeof(from) };
	struct f_owner_ex owner;
	struct sigevent event = { .sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGUSR1 };
	struct rlimit limit;
	timer_t timer;
	int ends[2], fd;

	is_int(prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit), 0, "prlimit");
	is_int(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), sizeof(from),
	       "process_vm_readv");
	fd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	ok(fd >= 0, "SYS_pidfd_open");
	close(fd);
	ok(!pipe(ends), "a pipe");
	is_int(fcntl(ends[0], F_SETOWN, getpid()), 0, "F_SETOWN");
	is_int(fcntl(ends[0], F_GETOWN), getpid(), "F_GETOWN");
	is_int(fcntl(ends[0], F_SETOWN, -getpgrp()), 0, "F_SETOWN of a group");
	is_int(fcntl(ends[0], F_GETOWN), -getpgrp(), "F_GETOWN of a group");
	owner.type = F_OWNER_TID;
	owner.pid = workers[0].known;
	is_int(fcntl(ends[0], F_SETOWN_EX, &owner), 0, "F_SETOWN_EX");
	is_int(fcntl(ends[0], F_GETOWN_EX, &owner), 0, "F_GETOWN_EX");
	is_int(owner.pid, workers[0].known, "is the thread");
	is_int(fcntl(ends[0], F_GETFD), 0, "other fcntls go through");
	event._sigev_un._tid = workers[0].known;
	is_int(timer_create(CLOCK_MONOTONIC, &event, &timer), 0, "timer_create for a thread");
	timer_delete(timer);
}

static void *lock_wrongly(void *arg)
{
	return (void *)(long)pthread_mutex_unlock(arg);
}

static void test_mutexes(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t checking, recursive;
	pthread_t other;
	void *result;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checking, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attr);
	pthread_mutex_lock(&checking);
	is_int(checking.__data.__owner, gettid(), "a mutex is owned by the id that we know");
	is_int(pthread_mutex_lock(&checking), EDEADLK, "an error-checking mutex knows its owner");
	pthread_mutex_lock(&recursive);
	is_int(pthread_mutex_lock(&recursive), 0, "a recursive mutex too");
	pthread_create(&other, NULL, lock_wrongly, &checking);
	pthread_join(other, &result);
	is_int((long)result, EPERM, "and it is no other thread's");
	is_int(pthread_mutex_unlock(&recursive), 0, "unlocked");
	is_int(pthread_mutex_unlock(&recursive), 0, "twice");
	is_int(pthread_mutex_unlock(&checking), 0, "and the other");
}

static void test_rights(void)
{
	int i, good = 1;

	if (getuid()) {
		is_int(setegid(getegid()), 0, "setegid to what we are");
		errno = 0;
		ok(setegid(0) == -1 && errno == EPERM, "errors are told");
		return;
	}
	is_int(setegid(1), 0, "setegid");
	for (i = 0; i < WORKERS; i++)
		good &= comes(&workers[i].egid, 1);
	ok(good, "every thread has it");
	is_int(setegid(0), 0, "and back");
	for (i = 0; i < WORKERS; i++)
		good &= comes(&workers[i].egid, 0);
	ok(good, "in every thread");
}

static void test_cancel(void)
{
	void *result;

	is_int(pthread_cancel(workers[1].thread), 0,
	       "pthread_cancel of a thread in a cancellation point");
	pthread_join(workers[1].thread, &result);
	ok(result == PTHREAD_CANCELED, "it was cancelled");
	is_int(pthread_cancel(workers[2].thread), 0, "pthread_cancel of a thread that runs");
	pthread_join(workers[2].thread, &result);
	ok(result == PTHREAD_CANCELED, "it was cancelled");
	workers[0].leave = 1;
	is_int(pthread_join(workers[0].thread, &result), 0,
	       "pthread_join of one that ends by itself");
	ok(result == &workers[0], "with its result");
}

int main(void)
{
	const struct ckpt_slot *slot = NULL;

	alarm(60);
	ids = ids_find(&slot);
	if (!ok(ids && ids->magic == CKPT_SLOT_MAGIC && !ids->active,
		"the slot names the table of ids"))
		return done_testing();
	ok(ids->call_from && ids->call_to > ids->call_from, "and where calls are made");
	start();
	test_who();
	test_signals();
	test_sigwait();
	test_scheduling();
	test_thread_facts();
	test_others();
	test_mutexes();
	test_rights();
	test_cancel();
	return done_testing();
}
