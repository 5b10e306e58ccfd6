/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * reaper - run a command, adopt and reap all that it leaves behind, and call that a failure.  [tool]
 *
 *	reaper [-t SECONDS] [-g SECONDS] COMMAND...
 *
 * -t: the command's time (default 600), after which all is killed: status 124.  -g: how long those who outlive the command may
 * take to end by themselves (default 5).  Left over after that: named on standard output as TAP comments, killed by
 * id, status 98.  Else the command's status (128 + signal).  Processes are ended by their ids, never by name.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t told;

static void on_signal(int sig)
{
	told = sig;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void nap(void)
{
	nanosleep(&(struct timespec){0, 10 * 1000 * 1000}, NULL);
}

static void name_process(pid_t pid)
{
	char path[64], text[512];
	size_t len = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", pid);
	f = fopen(path, "re");
	if (f) {
		len = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ')
			text[i] = ' ';
	text[len] = 0;
	printf("# left behind: process %d: %s\n", pid, text);
}

/* Kill every child of ours; their children come to us in the next round.  Returns how many there were. */
static int kill_children(int name)
{
	pid_t parent, pid, self = getpid();
	struct dirent *entry;
	char path[64], line[1024], *after;
	int found = 0;
	DIR *proc = opendir("/proc");
	FILE *f;

	while (proc && (entry = readdir(proc))) {
		pid = atoi(entry->d_name);
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		f = pid > 0 ? fopen(path, "re") : NULL;
		if (!f)
			continue;
		after = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
		fclose(f);
		if (!after || sscanf(after + 1, " %*c %d", &parent) != 1 || parent != self || after[2] == 'Z')
			continue;
		found++;
		if (name)
			name_process(pid);
		kill(pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
	return found;
}

/* Reap what is dead.  -1: nobody is left, 0: some live.  The command's status goes to *status. */
static int reap(pid_t command, int *status, int *ended)
{
	int s;
	pid_t pid;

	while ((pid = waitpid(-1, &s, WNOHANG | __WALL)) > 0) {
		if (pid == command) {
			*status = WIFEXITED(s) ? WEXITSTATUS(s) : 128 + WTERMSIG(s);
			*ended = 1;
		}
	}
	return pid < 0 ? -1 : 0;
}

static int run(char **command, double limit, double grace)
{
	int status = 99, ended = 0, left = 0;
	double until = now() + limit;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		execvp(command[0], command);
		fprintf(stderr, "reaper: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0)
		return 99;
	while (reap(pid, &status, &ended) == 0 && !ended && !told && now() < until)
		nap();
	if (!ended) {
		printf(told ? "# reaper: ended by signal %d\n" : "# reaper: out of time\n", (int)told);
		status = told ? 128 + told : 124;
		grace = 0;
	}
	until = now() + grace;
	while (reap(pid, &status, &ended) == 0 && now() < until)
		nap();
	for (int round = 0; round < 500 && reap(pid, &(int){0}, &ended) == 0; round++) {
		left += kill_children(round == 0);
		nap();
	}
	return left && status == 0 ? 98 : status;
}

int main(int argc, char **argv)
{
	double limit = 600, grace = 5;
	struct sigaction act = {.sa_handler = on_signal};
	int opt;

	while ((opt = getopt(argc, argv, "+t:g:")) != -1) {
		if (opt == 't')
			limit = atof(optarg);
		else if (opt == 'g')
			grace = atof(optarg);
		else
			return 64;
	}
	if (optind == argc)
		return 64;
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	sigaction(SIGINT, &act, NULL);
	sigaction(SIGTERM, &act, NULL);
	sigaction(SIGHUP, &act, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	return run(argv + optind, limit, grace);
}
