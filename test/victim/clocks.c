/* SPDX-License-Identifier: BSD-3-Clause */
/* clocks - MONOTONIC, BOOTTIME, RAW and REALTIME never run backward, by libc, by the vdso and by raw calls mixed.  [victim] */
#include "victim.h"

#include <sys/time.h>

static const clockid_t clocks[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME,
				   CLOCK_MONOTONIC_COARSE, CLOCK_REALTIME_COARSE};

static uint64_t raw(clockid_t clock)
{
	struct timespec ts;

	CHECK(syscall(SYS_clock_gettime, clock, &ts) == 0);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void *run(void *arg)
{
	uint64_t last[6] = {0}, now;
	time_t last_time = 0, now_time;

	for (uint64_t n = 0; !victim_over; n++) {
		for (int i = 0; i < 6; i++) {
			now = n % 5 ? victim_clock(clocks[i]) : raw(clocks[i]);
			if (now < last[i])
				FAIL("clock %d went back by %llu ns", clocks[i], (unsigned long long)(last[i] - now));
			last[i] = now;
		}
		now_time = time(NULL);
		CHECK(now_time >= last_time);
		last_time = now_time;
		if (n % 100 == 0)
			victim_sleep_ms(1);
	}
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread[2];

	(void)argc;
	thread[0] = victim_thread(run, NULL);
	thread[1] = victim_thread(run, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread[0]);
	victim_join(thread[1]);
	return victim_ok();
}
