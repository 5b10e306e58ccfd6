/* SPDX-License-Identifier: BSD-3-Clause */
/* stack - the main stack and threads' stacks: held deep in a recursion, then unwound, then deeper than before.  [victim] */
#include "victim.h"

static char **args;

/* Apart, because what it has on its stack would be in each frame. */
__attribute__((noinline)) static void bottom_reached(int hold)
{
	if (hold == 1)
		victim_hold(args);
	while (hold == 2 && !victim_over)
		victim_sleep_ms(5);
}

static uint64_t descend(int depth, int bottom, int hold)
{
	uint64_t frame[64], sum = 0;

	victim_fill(frame, sizeof(frame), depth);
	if (depth < bottom)
		sum = descend(depth + 1, bottom, hold);
	else
		bottom_reached(hold);
	victim_verify(frame, sizeof(frame), depth, "frame");
	return sum + frame[depth % 64];
}

static void *other(void *arg)
{
	uint64_t first = descend(0, 2000, 2);

	CHECK_EQ(descend(0, 2000, 0), first);
	descend(0, 6000, 0);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread = victim_thread(other, NULL);
	uint64_t sum;

	(void)argc;
	args = argv;
	victim_ready(argv);
	sum = descend(0, 1000, 1);
	CHECK_EQ(descend(0, 1000, 0), sum);
	descend(0, 7000, 0); /* megabytes: the kernel grows the mapping */
	victim_join(thread);
	return victim_ok();
}
