/* SPDX-License-Identifier: BSD-3-Clause */
/* prot - every protection does what it says: reads, writes and jumps fault or succeed; code made at run time runs.  [victim] */
#include "victim.h"

#include <setjmp.h>
#include <sys/mman.h>

#define PAGE 4096ul

static sigjmp_buf back;
static volatile int fault_code;
static char *area; /* pages: none, r, rw, rx, rwx, w */
static const int prots[] = {PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC,
			    PROT_READ | PROT_WRITE | PROT_EXEC, PROT_WRITE};
#define N (sizeof(prots) / sizeof(prots[0]))

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	fault_code = info->si_code;
	siglongjmp(back, 1);
}

/* 1 if it can be done; a fault must be one of protection. */
static int can(char kind, volatile char *p)
{
	fault_code = 0;
	if (sigsetjmp(back, 1)) {
		CHECK_EQ(fault_code, SEGV_ACCERR);
		return 0;
	}
	if (kind == 'r')
		(void)p[1];
	else if (kind == 'w')
		p[64] = 1;
	else
		CHECK_EQ(((int (*)(void))(uintptr_t)p)(), 42);
	return 1;
}

static void verify_all(void)
{
	for (size_t i = 0; i < N; i++) {
		char *p = area + 2 * i * PAGE;

		CHECK_EQ(can('r', p), prots[i] != PROT_NONE);
		CHECK_EQ(can('w', p), !!(prots[i] & PROT_WRITE));
		CHECK_EQ(can('x', p), !!(prots[i] & PROT_EXEC));
	}
}

int main(int argc, char **argv)
{
	static const unsigned char code[] = {0xb8, 42, 0, 0, 0, 0xc3}; /* mov $42, %eax; ret */
	struct sigaction act = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};

	(void)argc;
	CHECK(sigaction(SIGSEGV, &act, NULL) == 0);
	area = mmap(NULL, 2 * N * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(area != MAP_FAILED);
	for (size_t i = 0; i < N; i++) {
		memcpy(area + 2 * i * PAGE, code, sizeof(code));
		CHECK(mprotect(area + 2 * i * PAGE, PAGE, prots[i]) == 0);
	}
	verify_all();
	victim_ready(argv);
	victim_hold(argv);
	verify_all();
	return victim_ok();
}
