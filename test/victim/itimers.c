/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * itimers KIND - interval timers that run: no shot early, none missing, interval kept.  [victim]
 * real | virtual | prof | alarm (a single one, far away) | oneshot (far away).
 */
#include "victim.h"

#include <sys/resource.h>
#include <sys/time.h>

#define INTERVAL 20000 /* microseconds */

static const char *kind;
static volatile uint64_t shots;

/* The clock that the timer runs on, in ns. */
static uint64_t timer_clock(void)
{
	struct rusage ru;

	if (!strcmp(kind, "real"))
		return victim_now();
	if (!strcmp(kind, "prof"))
		return victim_clock(CLOCK_PROCESS_CPUTIME_ID);
	getrusage(RUSAGE_SELF, &ru);
	return ru.ru_utime.tv_sec * 1000000000ull + ru.ru_utime.tv_usec * 1000ull;
}

static void handler(int sig)
{
	(void)sig;
	shots++;
}

static void *burn(void *arg)
{
	volatile uint64_t x = 1;
	sigset_t set;

	sigfillset(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	while (!victim_over)
		for (int i = 0; i < 100000; i++)
			x = x * 3 + 1;
	return arg;
}

static void periodic(char **argv, int which, int sig)
{
	struct itimerval set = {{0, INTERVAL}, {0, INTERVAL}}, now;
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t thread;
	uint64_t start, was, t, begun;

	CHECK(sigaction(sig, &act, NULL) == 0);
	start = timer_clock();
	CHECK(setitimer(which, &set, NULL) == 0);
	thread = victim_thread(burn, NULL);
	victim_ready(argv);
	victim_hold(argv);
	CHECK(getitimer(which, &now) == 0);
	CHECK_EQ(now.it_interval.tv_sec, 0);
	CHECK_EQ((now.it_interval.tv_usec + 3999) / 4000, INTERVAL / 4000); /* virtual ones count in ticks */
	CHECK(now.it_value.tv_sec == 0 && now.it_value.tv_usec <= INTERVAL + 4000);
	if (which != ITIMER_REAL)
		victim_over = 0, thread = victim_thread(burn, NULL);
	was = shots;
	begun = timer_clock();
	t = victim_now();
	while (shots < was + 5 && victim_now() < t + 10000000000ull)
		victim_sleep_ms(5);
	CHECK(shots >= was + 5); /* it still fires */
	/* Never more shots than intervals.  The processor-time ones are sampled in ticks: no more than twice as many. */
	was = shots - was;
	t = timer_clock();
	if ((was - 1) * INTERVAL * 1000 > (t - begun) * (which == ITIMER_REAL ? 1 : 2) + 8000000)
		FAIL("%s: %llu shots in %llu ms", kind, (unsigned long long)was, (unsigned long long)(t - begun) / 1000000);
	if (which == ITIMER_REAL && shots * INTERVAL * 1000 > victim_now() - start)
		FAIL("%llu shots in %llu ms", (unsigned long long)shots, (unsigned long long)(victim_now() - start) / 1000000);
	victim_over = 1;
	victim_join(thread);
}

static void single(char **argv)
{
	struct itimerval set = {.it_value = {500, 123456}}, now;

	if (!strcmp(kind, "alarm"))
		CHECK_EQ(alarm(500), 0);
	else
		CHECK(setitimer(ITIMER_REAL, &set, NULL) == 0);
	victim_ready(argv);
	victim_hold(argv);
	CHECK(getitimer(ITIMER_REAL, &now) == 0);
	CHECK(now.it_value.tv_sec <= 500 && now.it_value.tv_sec > 300);
	CHECK(now.it_interval.tv_sec == 0 && now.it_interval.tv_usec == 0);
	CHECK(alarm(0) >= (unsigned)now.it_value.tv_sec);
}

int main(int argc, char **argv)
{
	kind = argc > 2 ? argv[2] : "real";
	if (!strcmp(kind, "real"))
		periodic(argv, ITIMER_REAL, SIGALRM);
	else if (!strcmp(kind, "virtual"))
		periodic(argv, ITIMER_VIRTUAL, SIGVTALRM);
	else if (!strcmp(kind, "prof"))
		periodic(argv, ITIMER_PROF, SIGPROF);
	else
		single(argv);
	return victim_ok();
}
