/* SPDX-License-Identifier: BSD-3-Clause */
/* guard - MADV_GUARD_INSTALL pages inside readable memory fault still, and their neighbours do not.  [victim] */
#include "victim.h"

#include <setjmp.h>
#include <sys/mman.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#define MADV_GUARD_REMOVE 103
#endif
#define PAGE 4096ul

static sigjmp_buf back;

static void on_fault(int sig)
{
	siglongjmp(back, sig);
}

static int faults(volatile char *p)
{
	if (sigsetjmp(back, 1))
		return 1;
	(void)*p;
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction act = {.sa_handler = on_fault};
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)argc;
	CHECK(p != MAP_FAILED);
	CHECK(sigaction(SIGSEGV, &act, NULL) == 0);
	victim_fill(p, 8 * PAGE, 1);
	if (madvise(p + 4 * PAGE, PAGE, MADV_GUARD_INSTALL))
		victim_skip("MADV_GUARD_INSTALL");
	victim_ready(argv);
	victim_hold(argv);
	victim_verify(p, 4 * PAGE, 1, "before the guard");
	for (int i = 0; i < 8; i++)
		CHECK_EQ(faults(p + i * PAGE), i == 4);
	CHECK(madvise(p + 4 * PAGE, PAGE, MADV_GUARD_REMOVE) == 0);
	victim_zero(p + 4 * PAGE, PAGE, "guard removed");
	return victim_ok();
}
