/* SPDX-License-Identifier: BSD-3-Clause */
/* leadergone - main has left by pthread_exit; the others live on, and the process ends with the last one's word.  [victim] */
#include "victim.h"

static char **args;
static pthread_t leader;

static void *last(void *arg)
{
	uint64_t frame[128];
	char state[512];
	FILE *f;

	victim_fill(frame, sizeof(frame), 3);
	pthread_join(leader, NULL);
	victim_ready(args);
	victim_hold(args);
	victim_verify(frame, sizeof(frame), 3, "frame");
	f = fopen("/proc/self/stat", "re"); /* the leader's */
	CHECK(f != NULL);
	CHECK(fgets(state, sizeof(state), f) != NULL);
	CHECK_EQ(strrchr(state, ')')[2], 'Z'); /* the leader waits for us */
	CHECK(gettid() != getpid());
	exit(victim_ok());
	return arg;
}

static void *other(void *arg)
{
	while (!victim_over)
		victim_sleep_ms(3);
	return arg;
}

int main(int argc, char **argv)
{
	(void)argc;
	args = argv;
	leader = pthread_self();
	victim_thread(other, NULL);
	victim_thread(last, NULL);
	pthread_exit(NULL);
}
