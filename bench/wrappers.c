/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wrappers.c - what the preload library costs a program that is not being checkpointed: calls,
 * processes, start-up, memory. [tool]
 *
 * 	wrappers LIBRARY	runs itself with and without the library, in turn; prints bench/run's lines
 *
 * 	wrappers --measure	prints "NAME NANOSECONDS" for each kind of call
 */
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 31
#define BATCHES 9

static int null_fd, ends[2];
static char byte;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void do_getpid(void)
{
	getpid();
}

static void do_gettid(void)
{
	gettid();
}

static void do_kill(void)
{
	kill(getpid(), 0);
}

static void do_syscall(void)
{
	syscall(SYS_getuid);
}

static void do_fcntl(void)
{
	fcntl(null_fd, F_GETFD);
}

static void do_mutex(void)
{
	pthread_mutex_lock(&mutex), pthread_mutex_unlock(&mutex);
}

static void do_read(void)
{
	if (read(null_fd, &byte, 1) < 0)
		abort();
}

static void do_write(void)
{
	if (write(null_fd, &byte, 1) < 0)
		abort();
}

static void do_open(void)
{
	close(open("/dev/null", O_RDONLY));
}

static void do_malloc(void)
{
	void *volatile p = malloc(100);

	free(p);
}

static void do_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
}

static void do_pipe(void)
{
	if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1)
		abort();
}

static void do_fork(void)
{
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void do_fork_exec(void)
{
	pid_t pid = fork();

	if (!pid) {
		execl("/bin/true", "true", NULL);
		_exit(1);
	}
	waitpid(pid, NULL, 0);
}

/*
 * name, calls a batch, function, bound: ratio of 1.02 or nanoseconds more, whichever allows more;
 * "-": shown only
 */
#define CALLS(C) \
	C(getpid, 20000, do_getpid, "3") \
	C(gettid, 20000, do_gettid, "3") \
	C(read, 20000, do_read, "3") \
	C(write, 20000, do_write, "3") \
	C(open_close, 3000, do_open, "3") C(malloc_free, 50000, do_malloc, "3") \
		C(mutex, 50000, do_mutex, "3") C(clock_gettime, 50000, do_clock, "3") \
			C(pipe, 5000, do_pipe, "3") C(syscall, 20000, do_syscall, "3") \
				C(fcntl, 20000, do_fcntl, "3") C(kill_0, 20000, do_kill, "-") \
					C(fork, 20, do_fork, "-") \
						C(fork_exec, 6, do_fork_exec, "500000")

struct kind {
	const char *name;
	int calls;
	void (*call)(void);
	const char *bound; /* nanoseconds */
};

#define KIND(name, calls, call, bound) { #name, calls, call, bound },
static const struct kind kinds[] = { CALLS(KIND) };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_value);
	return values[count / 2];
}

/* ---- inside ---- */

static double measure_one(const struct kind *kind)
{
	double batch[BATCHES], start;
	int b, i;

	for (b = 0; b < BATCHES; b++) {
		start = now();
		for (i = 0; i < kind->calls; i++)
			kind->call();
		batch[b] = (now() - start) / kind->calls;
	}
	qsort(batch, BATCHES, sizeof(*batch), by_value);
	return batch[0];
}

static int measure(void)
{
	size_t k;

	null_fd = open("/dev/null", O_RDWR);
	if (null_fd < 0 || pipe(ends))
		return 1;
	for (k = 0; k < KINDS; k++)
		printf("%s %.2f\n", kinds[k].name, measure_one(&kinds[k]));
	return 0;
}

/* ---- outside ---- */

static void preload(const char *library)
{
	if (!library)
		return;
	setenv("LD_PRELOAD", library, 1);
	setenv("CKPT_LIFE_JOB", "bench", 1);
	setenv("CKPT_LIFE_SOCKET", "/nowhere", 1);
	setenv("CKPT_LIFE_PRELOAD", library, 1);
}

static int run_measure(const char *self, const char *library, double values[KINDS])
{
	int pipe_ends[2];
	char name[64];
	size_t k = 0;
	FILE *in;
	pid_t pid;

	if (pipe(pipe_ends))
		return -1;
	pid = fork();
	if (!pid) {
		preload(library);
		dup2(pipe_ends[1], 1);
		close(pipe_ends[0]);
		close(pipe_ends[1]);
		execl(self, self, "--measure", NULL);
		_exit(127);
	}
	close(pipe_ends[1]);
	in = fdopen(pipe_ends[0], "r");
	while (k < KINDS && fscanf(in, "%63s %lf", name, &values[k]) == 2)
		k++;
	fclose(in);
	waitpid(pid, NULL, 0);
	return k == KINDS ? 0 : -1;
}

/* Start and end of a program that does nothing, and its largest resident set. */
static double run_true(const char *library, long *resident)
{
	struct rusage usage;
	double start = now();
	pid_t pid = fork();
	int status;

	if (!pid) {
		preload(library);
		execl("/bin/true", "true", NULL);
		_exit(127);
	}
	wait4(pid, &status, 0, &usage);
	*resident = usage.ru_maxrss;
	return now() - start;
}

static void show_starts(const char *library)
{
	double start[2][200], memory[2][200];
	long resident;
	int i, with;

	for (i = 0; i < 200; i++) {
		for (with = 0; with < 2; with++) {
			start[with][i] = run_true(with ? library : NULL, &resident);
			memory[with][i] = (double)resident;
		}
	}
	printf("start_up %.3f 3 ms more to start a program (library only; %.3f without)\n",
	       (median(start[1], 200) - median(start[0], 200)) / 1e6, median(start[0], 200) / 1e6);
	printf("resident %.0f 1024 KiB more of resident memory (%.0f without)\n",
	       median(memory[1], 200) - median(memory[0], 200), median(memory[0], 200));
}

/* The median of the rounds' differences: what a busy machine does to both of a round is not counted. */
static void show_kind(const struct kind *kind, double *without, double *with)
{
	double more[ROUNDS], plain, extra, allowed = atof(kind->bound);
	int i;

	for (i = 0; i < ROUNDS; i++)
		more[i] = with[i] - without[i];
	extra = median(more, ROUNDS);
	plain = median(without, ROUNDS);
	if (allowed < 0.02 * plain)
		allowed = 0.02 * plain;
	printf("%s %.2f ", kind->name, extra);
	if (strcmp(kind->bound, "-"))
		printf("%.2f", allowed);
	else
		putchar('-');
	printf(" ns more than %.1f, ratio %.3f\n", plain, 1 + extra / plain);
}

int main(int argc, char **argv)
{
	static double values[2][KINDS][ROUNDS];
	double once[KINDS];
	int round, with;
	size_t k;

	if (argc == 2 && !strcmp(argv[1], "--measure"))
		return measure();
	if (argc != 2) {
		fprintf(stderr, "usage: wrappers LIBRARY\n");
		return 64;
	}
	for (round = 0; round < ROUNDS; round++) {
		for (with = 0; with < 2; with++) {
			int ours = with ^ (round & 1); /* who goes first changes */

			if (run_measure(argv[0], ours ? argv[1] : NULL, once))
				return 1;
			for (k = 0; k < KINDS; k++)
				values[ours][k][round] = once[k];
		}
	}
	for (k = 0; k < KINDS; k++)
		show_kind(&kinds[k], values[0][k], values[1][k]);
	show_starts(argv[1]);
	return 0;
}
