/* SPDX-License-Identifier: BSD-3-Clause */
/* rawthread - a thread made by raw clone(), without libc's knowledge or TLS, and raw system calls only.  [victim] */
#include "victim.h"

#include <linux/futex.h>
#include <sched.h>
#include <sys/mman.h>

static char stack[65536] __attribute__((aligned(64)));
static volatile long counter, bad;
static volatile int over;
static pid_t child_tid, parent_tid;

static inline long raw(long nr, long a, long b, long c)
{
	long rc;

	__asm__ volatile("syscall" : "=a"(rc) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return rc;
}

/* On its own: no errno, no stack protector, no libc call in here. */
__attribute__((noreturn, optimize("no-stack-protector"))) static void body(void)
{
	struct timespec ts = {0, 2000000};
	long tid = raw(SYS_gettid, 0, 0, 0);

	while (!over) {
		counter++;
		if (raw(SYS_gettid, 0, 0, 0) != tid)
			bad = 1;
		if (raw(SYS_nanosleep, (long)&ts, 0, 0) != 0)
			bad = 2;
	}
	raw(SYS_exit, 0, 0, 0);
	__builtin_unreachable();
}

int main(int argc, char **argv)
{
	long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_CHILD_CLEARTID |
		     CLONE_CHILD_SETTID | CLONE_PARENT_SETTID;
	uint64_t *top = (uint64_t *)(stack + sizeof(stack) - 56); /* aligned as a call wants it */
	pid_t tid;
	long was;

	(void)argc;
	*top = (uint64_t)body;
	__asm__ volatile("mov %5, %%r10\n\txor %%r8d, %%r8d\n\tsyscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\t"
			 "pop %%rax\n\tcall *%%rax\n\t1:"
			 : "=a"(was) : "0"((long)SYS_clone), "D"(flags), "S"(top), "d"(&parent_tid), "r"(&child_tid)
			 : "rcx", "r8", "r10", "r11", "memory");
	CHECK(was > 0);
	tid = was;
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(parent_tid, tid);
	CHECK_EQ(child_tid, tid);
	was = counter;
	for (int i = 0; i < 1000 && counter == was; i++)
		victim_sleep_ms(2);
	CHECK(counter > was);
	CHECK_EQ(bad, 0);
	over = 1;
	while ((was = __atomic_load_n(&child_tid, __ATOMIC_SEQ_CST)) != 0) /* the kernel clears and wakes */
		syscall(SYS_futex, &child_tid, FUTEX_WAIT, was, &(struct timespec){1, 0}, NULL, 0);
	return victim_ok();
}
