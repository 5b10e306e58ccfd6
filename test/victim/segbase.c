/* SPDX-License-Identifier: BSD-3-Clause */
/* segbase - FS and GS base: what is read through %gs and %fs stays, per thread; vector of both by arch_prctl.  [victim] */
#include "victim.h"

#include <asm/prctl.h>

static uint64_t room[4][16];

static uint64_t through_gs(void)
{
	uint64_t value;

	__asm__ volatile("mov %%gs:8, %0" : "=r"(value));
	return value;
}

static void *hold(void *arg)
{
	uint64_t *mine = arg, base = 0, fs = 0, fs_now = 0;

	CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, mine) == 0);
	CHECK(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs) == 0);
	CHECK_EQ(fs, (uint64_t)pthread_self());
	while (!victim_over) {
		for (int i = 0; i < 10000; i++)
			CHECK_EQ(through_gs(), mine[1]);
		victim_sleep_ms(1);
	}
	CHECK(syscall(SYS_arch_prctl, ARCH_GET_GS, &base) == 0);
	CHECK_EQ(base, (uint64_t)mine);
	CHECK(syscall(SYS_arch_prctl, ARCH_GET_FS, &fs_now) == 0);
	CHECK_EQ(fs_now, fs);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread[4];

	(void)argc;
	for (int i = 0; i < 4; i++) {
		room[i][1] = victim_word(i, i);
		thread[i] = victim_thread(hold, room[i]);
	}
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < 4; i++)
		victim_join(thread[i]);
	return victim_ok();
}
