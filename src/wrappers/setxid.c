/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * setxid.c - wrappers of setuid and its family: POSIX wants the change in every thread, the kernel
 * makes it in one.  [preload]
 *
 * glibc reaches the other threads by its own copies of their ids, with signal 33, and silently
 * leaves out whom it does not reach: after a restart that would be all of them, who would keep the
 * old rights.  Then we do it: the list of threads is the kernel's, each makes the call in a
 * handler that signal 33 has for as long as this takes.
 */
#include "wrappers/setxid.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "wrappers/ids.h"
#include "wrappers/preload.h"

#define SIG_SETXID 33
#define TASKS_MAX 65536
#define SA_RESTORER_FLAG 0x04000000

struct kernel_sigaction {
	void (*handler)(int, siginfo_t *, void *);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static struct {
	pthread_mutex_t lock;
	long nr, arg[3], ret;
	int done; /* threads that have made the call */
	int differs;
	int used;
} broadcast = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* What the kernel jumps to behind a handler. */
void ckpt_setxid_restorer(void);
__asm__(".text\n"
	".hidden ckpt_setxid_restorer\n"
	".globl ckpt_setxid_restorer\n"
	".type ckpt_setxid_restorer, @function\n"
	"	nop\n" /* the unwinder looks one byte before */
	"ckpt_setxid_restorer:\n"
	"	mov $15, %eax\n"
	"	syscall\n"
	".size ckpt_setxid_restorer, . - ckpt_setxid_restorer\n");

static void make_call(int sig, siginfo_t *info, void *context)
{
	long ret;

	(void)sig;
	(void)context;
	if (info->si_code != SI_TKILL || info->si_pid != (pid_t)raw_call0(SYS_getpid))
		return;
	ret = raw_call3(broadcast.nr, broadcast.arg[0], broadcast.arg[1], broadcast.arg[2]);
	if (ret != broadcast.ret)
		broadcast.differs = 1;
	__atomic_fetch_add(&broadcast.done, 1, __ATOMIC_RELEASE);
	raw_call3(SYS_futex, (long)&broadcast.done, FUTEX_WAKE_PRIVATE, 1);
}

/* Ask one thread and wait until it has made the call or is no more. */
static void ask_thread(int tid)
{
	struct timespec patience = { 0, 10000000 };
	int before = __atomic_load_n(&broadcast.done, __ATOMIC_ACQUIRE);
	long pid = raw_call0(SYS_getpid);

	if (raw_call3(SYS_tgkill, pid, tid, SIG_SETXID))
		return;
	while (__atomic_load_n(&broadcast.done, __ATOMIC_ACQUIRE) == before) {
		raw_call6(SYS_futex, (long)&broadcast.done, FUTEX_WAIT_PRIVATE, before,
			  (long)&patience, 0, 0);
		if (raw_call3(SYS_tgkill, pid, tid, 0))
			return;
	}
}

struct tasks {
	int count;
	int tid[TASKS_MAX];
};

static int tasks_have(const struct tasks *tasks, int tid)
{
	int i;

	for (i = 0; i < tasks->count; i++) {
		if (tasks->tid[i] == tid)
			return 1;
	}
	return 0;
}

/* Ask each thread that is not in seen.  Returns how many, or -errno. */
static int ask_new(struct tasks *seen)
{
	char entries[2048];
	long fd = raw_call3(SYS_open, (long)"/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC,
			    0),
	     len, at;
	int self = (int)raw_call0(SYS_gettid), asked = 0;

	if (fd < 0)
		return (int)fd;
	while ((len = raw_call3(SYS_getdents64, fd, (long)entries, sizeof(entries))) > 0) {
		for (at = 0; at < len; at += *(unsigned short *)(entries + at + 16)) {
			int tid = atoi(entries + at + 19);

			if (tid <= 0 || tid == self || tasks_have(seen, tid) ||
			    seen->count == TASKS_MAX)
				continue;
			seen->tid[seen->count++] = tid;
			ask_thread(tid);
			asked++;
		}
	}
	raw_call3(SYS_close, fd, 0, 0);
	return asked;
}

/*
 * A thread that has not made the call yet may make another, so look until a whole pass finds
 * nobody new.
 */
static int ask_all(void)
{
	struct kernel_sigaction ours = { make_call,
					 SA_SIGINFO | SA_RESTART | SA_ONSTACK | SA_RESTORER_FLAG,
					 ckpt_setxid_restorer, ~0ull },
				theirs;
	struct tasks *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (seen == MAP_FAILED)
		return -ENOMEM;
	raw_call6(SYS_rt_sigaction, SIG_SETXID, (long)&ours, (long)&theirs, 8, 0, 0);
	do
		ret = ask_new(seen);
	while (ret > 0);
	raw_call6(SYS_rt_sigaction, SIG_SETXID, (long)&theirs, 0, 8, 0, 0);
	munmap(seen, sizeof(*seen));
	return ret;
}

/* The caller first: where it is not allowed, nobody has changed. */
static int change_all(long nr, long a, long b, long c)
{
	long ret;

	broadcast.used = 1;
	pthread_mutex_lock(&broadcast.lock);
	ret = raw_call3(nr, a, b, c);
	if (!ret) {
		broadcast.nr = nr;
		broadcast.arg[0] = a;
		broadcast.arg[1] = b;
		broadcast.arg[2] = c;
		broadcast.ret = ret;
		broadcast.differs = 0;
		if (ask_all() < 0 || broadcast.differs)
			abort(); /* as libc does: threads with different rights must not go on */
	}
	pthread_mutex_unlock(&broadcast.lock);
	return (int)raw_errno(ret);
}

void ckpt_setxid_forked(void)
{
	pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

	if (broadcast.used)
		broadcast.lock = fresh;
}

#define CHANGE(name, params, args, nr, a, b, c) \
	int name params \
	{ \
		return ckpt_ids_active() ? change_all(nr, a, b, c) : REAL(name) args; \
	}

CHANGE(setuid, (uid_t u), (u), SYS_setuid, u, 0, 0)
CHANGE(setgid, (gid_t g), (g), SYS_setgid, g, 0, 0)
CHANGE(seteuid, (uid_t u), (u), SYS_setresuid, -1, u, -1)
CHANGE(setegid, (gid_t g), (g), SYS_setresgid, -1, g, -1)
CHANGE(setreuid, (uid_t r, uid_t e), (r, e), SYS_setreuid, r, e, 0)
CHANGE(setregid, (gid_t r, gid_t e), (r, e), SYS_setregid, r, e, 0)
CHANGE(setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s), SYS_setresuid, r, e, s)
CHANGE(setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s), SYS_setresgid, r, e, s)
CHANGE(setgroups, (size_t n, const gid_t *list), (n, list), SYS_setgroups, (long)n, (long)list, 0)

/* libc's calls its own setgroups inside. */
int initgroups(const char *user, gid_t group)
{
	gid_t *list;
	int count = 64, ret;

	if (!ckpt_ids_active())
		return REAL(initgroups)(user, group);
	list = malloc((size_t)count * sizeof(*list));
	if (list && getgrouplist(user, group, list, &count) < 0) {
		free(list);
		list = malloc((size_t)count * sizeof(*list));
		if (list && getgrouplist(user, group, list, &count) < 0)
			count = 0;
	}
	if (!list)
		return -1;
	ret = setgroups((size_t)count, list);
	free(list);
	return ret;
}
