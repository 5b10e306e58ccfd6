/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload_shell.c - what system() and popen() do, printed line by line: the same lines must come
 * with and without the library.  [tool]
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile int interrupts, deaths;

static void count(int sig)
{
	if (sig == SIGINT)
		interrupts++;
	else
		deaths++;
}

static void nap(int ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&t, &t) && errno == EINTR)
		;
}

static void show_signals(const char *when)
{
	struct sigaction interrupt, quit;
	sigset_t mask;

	sigaction(SIGINT, NULL, &interrupt);
	sigaction(SIGQUIT, NULL, &quit);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("%s: INT %s, QUIT %s, CHLD %s\n", when,
	       interrupt.sa_handler == count	 ? "ours"
	       : interrupt.sa_handler == SIG_IGN ? "ignored"
						 : "default",
	       quit.sa_handler == SIG_IGN ? "ignored" : "default",
	       sigismember(&mask, SIGCHLD) ? "blocked" : "open");
}

static void test_system(void)
{
	struct sigaction catch = { .sa_handler = count };

	printf("system(NULL) %d\n", system(NULL) != 0);
	printf("true %#x\n", system("true"));
	printf("exit 3 %#x\n", system("exit 3"));
	printf("not there %#x\n", system("/not/there 2>/dev/null"));
	printf("killed %#x\n", system("kill -9 $$"));
	printf("empty %#x\n", system(""));
	sigaction(SIGCHLD, &catch, NULL);
	sigaction(SIGINT, &catch, NULL);
	/* The shell's parent ignores INT meanwhile; the shell has it at its default. */
	printf("parent interrupted %#x, seen %d\n", system("kill -INT $PPID; exit 5"), interrupts);
	printf("shell interrupted %#x\n", system("kill -INT $$; exit 5"));
	printf("deaths seen %d\n", deaths);
	show_signals("after system");
	signal(SIGINT, SIG_IGN);
	printf("ignored interrupt %#x\n", system("kill -INT $$; exit 6"));
	show_signals("still");
	signal(SIGINT, SIG_DFL);
	signal(SIGCHLD, SIG_DFL);
	errno = 0;
	printf("children left %d\n", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1);
}

static void *system_sleeping(void *arg)
{
	*(int *)arg = 1;
	system("exec sleep 20");
	*(int *)arg = 2;
	return NULL;
}

/* A cancelled thread's command is killed and reaped. */
static void test_cancel(void)
{
	pthread_t thread;
	int state = 0;
	void *result;

	pthread_create(&thread, NULL, system_sleeping, &state);
	nap(200);
	show_signals("while one runs");
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled %d, state %d\n", result == PTHREAD_CANCELED, state);
	show_signals("after cancel");
	errno = 0;
	printf("children left %d\n", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1);
}

/* Mixed up on purpose: both are known to work in libc. */
static int (*volatile close_as_file)(FILE *) = fclose;
static int (*volatile close_as_stream)(FILE *) = pclose;

static void test_popen(void)
{
	char line[100];
	FILE *in, *out, *other;

	in = popen("echo one; echo two; exit 7", "r");
	while (fgets(line, sizeof(line), in))
		printf("read %s", line);
	printf("flags %d, ", fcntl(fileno(in), F_GETFD));
	printf("pclose %#x\n", pclose(in));
	in = popen("exit 1", "re");
	printf("flags %d, ", fcntl(fileno(in), F_GETFD));
	printf("pclose %#x\n", pclose(in));
	fflush(stdout);
	out = popen("cat; exit 2", "w");
	fputs("written\n", out);
	printf("pclose of writer %#x\n", pclose(out));
	errno = 0;
	printf("bad modes %d %d %d, %s\n", popen("true", "rw") == NULL, popen("true", "") == NULL,
	       popen("true", "x") == NULL, strerror(errno));
	/* A reader sees the end of file only when no later child holds the pipe's other end. */
	out = popen("cat >/dev/null; exit 3", "w");
	other = popen("exec sleep 1", "w");
	printf("first closes %#x", pclose(out));
	printf(", second %#x\n", pclose(other));
	in = popen("exit 4", "r");
	printf("fclose %#x\n", close_as_file(in));
	in = popen("kill -TERM $$", "r");
	printf("killed %#x\n", pclose(in));
	in = popen("not-there-at-all 2>/dev/null", "r");
	printf("not there %#x\n", pclose(in));
	printf("pclose of a plain file %d\n", close_as_stream(tmpfile()));
	errno = 0;
	printf("children left %d\n", waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? 0 : 1);
}

static void test_descriptors(void)
{
	FILE *in = popen("ls /proc/self/fd | tr '\\n' ' '", "r");
	char line[100];

	if (fgets(line, sizeof(line), in))
		printf("descriptors of a reader: %s\n", line);
	pclose(in);
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	show_signals("at first");
	test_system();
	test_cancel();
	test_popen();
	test_descriptors();
	return 0;
}
