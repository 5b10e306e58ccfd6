/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload_children.c - children and threads that are made after a (played) restart: their ids,
 * also where the kernel gives one that the program knows as another's, and a restart in the middle
 * of a call.  Prints TAP.  [tool]
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>

#include "preload_ids.h"
#include "unit/tap.h"

#define AHEAD 40 /* fresh ids that the program knows as somebody else's */
#define ABOVE (1 << 22)

static struct ckpt_ids *ids;

struct answer {
	int pid, tid, ppid, mutex, killed;
};

/* What a fork child finds out about itself. */
static struct answer look(void)
{
	pthread_mutexattr_t attr;
	pthread_mutex_t checking;
	struct answer a = { getpid(), gettid(), getppid(), 0, 0 };

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&checking, &attr);
	pthread_mutex_lock(&checking);
	a.mutex = checking.__data.__owner;
	if (pthread_mutex_lock(&checking) != EDEADLK || pthread_mutex_unlock(&checking))
		a.mutex = -1;
	a.killed = kill(getpid(), 0) || pthread_kill(pthread_self(), 0) ||
		   tgkill(getpid(), gettid(), 0);
	return a;
}

static int boot_has(int known)
{
	const struct ckpt_id_pair *boot = (const struct ckpt_id_pair *)ids->boot;
	uint32_t i;

	for (i = 0; i < ids->count; i++) {
		if (boot[i].known == known)
			return 1;
	}
	return 0;
}

static void fork_once(const char *what, int stand_in)
{
	struct answer a;
	int ends[2], status, pid;

	if (pipe(ends))
		return;
	pid = fork();
	if (!pid) {
		a = look();
		if (write(ends[1], &a, sizeof(a)) < 0)
			_exit(1);
		pause();
		_exit(0);
	}
	ok(read(ends[0], &a, sizeof(a)) == sizeof(a), "%s: the child answers", what);
	is_int(pid > ABOVE, stand_in, "its id stands in for the kernel's where that is taken");
	is_int(a.pid, pid, "parent and child know it by one id");
	is_int(a.tid, pid, "gettid too");
	is_int(a.ppid, getpid(), "getppid is what the parent knows itself by");
	is_int(a.mutex, pid, "mutexes are owned by that id");
	is_int(a.killed, 0, "it can signal itself");
	is_int(boot_has(pid), stand_in, "the agent would know it too");
	is_int(kill(pid, SIGTERM), 0, "kill");
	is_int(waitpid(pid, &status, 0), pid, "waitpid");
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "by that signal");
	errno = 0;
	ok(kill(pid, 0) == -1 && errno == ESRCH, "then it is nobody's id");
	is_int(boot_has(pid), 0, "nor in the table");
	close(ends[0]);
	close(ends[1]);
}

static void test_waits(void)
{
	char *argv[] = { "sh", "-c", "exit 3", NULL };
	siginfo_t info;
	int status, pid, got;

	pid = vfork();
	if (!pid)
		_exit(2);
	got = wait(&status);
	ok(got == pid && WEXITSTATUS(status) == 2, "vfork and wait");
	is_int(posix_spawn(&pid, "/bin/sh", NULL, NULL, argv, environ), 0, "posix_spawn");
	is_int(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0, "waitid, looking only");
	is_int(info.si_pid, pid, "its id");
	is_int(waitid(P_ALL, 0, &info, WEXITED), 0, "waitid");
	ok(info.si_pid == pid && info.si_status == 3, "its id and status");
	is_int(system("exit 4"), 4 << 8, "system");
	pid = fork();
	if (!pid)
		abort();
	is_int(waitpid(-1, &status, 0), pid, "a child that aborts");
	ok(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "by SIGABRT");
	is_int(waitpid(-1, &status, 0), -1, "no child is left");
}

/* ---- numbers that are taken ---- */

/*
 * The next ids that the kernel gives are known to the program as ids of something else (of our
 * parent here).
 */
static int take_next(uint32_t count)
{
	int pid, i;

	ids->count = count; /* forget those of the last time */
	ids_activate(ids);
	pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
	for (i = 1; i <= AHEAD; i++)
		ids_pair(ids, pid + i, (int)raw(SYS_getppid, 0, 0, 0));
	ids_activate(ids);
	return pid;
}

static int *fresh_tid;

static void *say_tid(void *arg)
{
	*fresh_tid = gettid();
	return arg;
}

static int say_tid_int(void *arg)
{
	(void)arg;
	*fresh_tid = gettid();
	return 5;
}

static void test_taken(void)
{
	int last, tid = 0, result = 0;
	uint32_t count = ids->count;
	pthread_attr_t detached;
	pthread_t th;
	thrd_t thrd;
	void *value;

	fresh_tid = &tid;
	take_next(count);
	fork_once("fork to a taken id", 1);
	last = take_next(count);
	is_int(pthread_create(&th, NULL, say_tid, &tid), 0, "pthread_create past taken ids");
	pthread_join(th, &value);
	ok(value == &tid && tid > last + AHEAD,
	   "the thread has an id that nobody else is known by (%d)", tid - last);
	last = take_next(count);
	is_int(thrd_create(&thrd, say_tid_int, NULL), thrd_success, "thrd_create past taken ids");
	thrd_join(thrd, &result);
	ok(result == 5 && tid > last + AHEAD, "with its result and an id of its own");
	last = take_next(count);
	tid = 0;
	pthread_attr_init(&detached);
	pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
	is_int(pthread_create(&th, &detached, say_tid, &tid), 0, "a detached one");
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sched_yield();
	ok(tid > last + AHEAD, "too");
	ids->count = count;
	ids_activate(ids);
}

/* ---- a restart in the middle of a call ---- */

static int sleeper(void)
{
	int pid = fork();

	if (!pid) {
		pause();
		_exit(0);
	}
	return pid;
}

static long peek(int pid, uint64_t at)
{
	return ptrace(PTRACE_PEEKDATA, pid, at, NULL);
}

/*
 * The child stands on the system call that would signal "before"; in its next life the same id is
 * "after".
 */
static void reborn(int child, int known, int after)
{
	const struct ckpt_id_pair pair = { known, after };
	uint64_t boot = ids->boot + (ids->count - 1) * sizeof(pair), life = (uint64_t)&ids->version;
	struct user_regs_struct regs;
	long word;

	memcpy(&word, &pair, sizeof(word));
	ptrace(PTRACE_POKEDATA, child, boot, word);
	ptrace(PTRACE_POKEDATA, child, life,
	       peek(child, life) + (1l << 32)); /* version, then life */
	ptrace(PTRACE_GETREGS, child, NULL, &regs);
	regs.rip = ids->call_from;
	ptrace(PTRACE_SETREGS, child, NULL, &regs);
}

static void test_reborn(void)
{
	int before = sleeper(), after = sleeper(), known = 3000000, child, status, steps = 0;
	struct user_regs_struct regs;

	ids_pair(ids, known, before);
	ids_activate(ids);
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		_exit(kill(known, SIGTERM) ? 1 : 0);
	}
	waitpid(child, &status, 0);
	do {
		if (ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) ||
		    waitpid(child, &status, 0) != child)
			break;
		ptrace(PTRACE_GETREGS, child, NULL, &regs);
		/* the second call since: raise() itself has returned from one */
	} while (++steps < 100000 && !(regs.rip == ids->call_to - 2 && regs.rax == SYS_kill));
	ok(regs.rip == ids->call_to - 2, "a child stopped on the very call (%d steps)", steps);
	is_int((long)regs.rdi, before, "with the id of its old life");
	reborn(child, known, after);
	ptrace(PTRACE_DETACH, child, NULL, NULL);
	waitpid(child, &status, 0);
	is_int(WEXITSTATUS(status), 0, "made it in its new life");
	is_int(waitpid(after, &status, 0), after, "the signal went to whom the id means now");
	is_int(waitpid(before, &status, WNOHANG), 0, "and not to the other");
	kill(before, SIGKILL);
	waitpid(before, &status, 0);
}

int main(void)
{
	const struct ckpt_slot *slot = NULL;
	int real = real_tid();

	alarm(60);
	ids = ids_find(&slot);
	if (!ok(ids != NULL, "the slot names the table of ids"))
		return done_testing();
	fork_once("before any restart", 0);
	ids_pair(ids, real + APART, real);
	*own_tid_word() = real + APART;
	ids_activate(ids);
	fork_once("after one", 0);
	test_waits();
	test_taken();
	test_waits();
	test_reborn();
	return done_testing();
}
