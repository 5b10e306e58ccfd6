/* SPDX-License-Identifier: BSD-3-Clause */
/* reserve - a terabyte of MAP_NORESERVE with 10 MB touched, and as much of PROT_NONE.  [victim] */
#include "victim.h"

#include <sys/mman.h>

#define MB (1ul << 20)
#define TB (1ul << 40)

static char *space, *none;

static void verify(void)
{
	for (uint64_t i = 0; i < 10; i++) {
		victim_verify(space + i * (TB / 10 & ~4095ul), MB, i, "touched");
		victim_zero(space + i * (TB / 10 & ~4095ul) + MB, 65536, "not touched");
	}
}

static void *watch(void *arg)
{
	while (!victim_over) {
		for (uint64_t i = 0; i < 10; i++)
			victim_verify(space + i * (TB / 10 & ~4095ul), MB, i, "touched");
		victim_sleep_ms(10);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	(void)argc;
	space = mmap(NULL, TB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (space == MAP_FAILED)
		victim_skip("a terabyte of address space");
	none = mmap(NULL, TB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(none != MAP_FAILED);
	for (uint64_t i = 0; i < 10; i++)
		victim_fill(space + i * (TB / 10 & ~4095ul), MB, i);
	thread = victim_thread(watch, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread);
	verify();
	CHECK(mprotect(none + TB / 2, MB, PROT_READ | PROT_WRITE) == 0);
	victim_zero(none + TB / 2, MB, "reserved");
	victim_fill(none + TB / 2, MB, 1);
	CHECK(mmap(none, MB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == none);
	return victim_ok();
}
