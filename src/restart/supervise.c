// SPDX-License-Identifier: BSD-3-Clause
/*
 * supervise.c - see supervise.h.  [tool]
 *
 * The root process is in a group of its own, which gets the terminal's foreground, as from a shell: so the terminal's
 * own signals reach it alone, and what reaches us alone is passed on, each once.
 */
#include "restart/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static const int passed[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };

static struct {
	sigset_t set; /* what sigwait takes */
	int terminal; /* ours, -1 none */
	struct termios modes;
	bool foreground;
	pid_t root;
} me = { .terminal = -1 };

void supervise_prepare(void)
{
	sigemptyset(&me.set);
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		sigaddset(&me.set, passed[i]);
	sigaddset(&me.set, SIGTSTP);
	sigaddset(&me.set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &me.set, NULL);
	signal(SIGTTOU, SIG_IGN);
	for (int fd = 0; fd < 3 && me.terminal < 0; fd++)
		if (isatty(fd) && tcgetpgrp(fd) == getpgrp())
			me.terminal = fd;
	if (me.terminal >= 0)
		tcgetattr(me.terminal, &me.modes);
}

void supervise_foreground(pid_t root)
{
	me.root = root;
	me.foreground = me.terminal >= 0 && !tcsetpgrp(me.terminal, getpgid(root));
}

static void take_terminal_back(void)
{
	if (!me.foreground)
		return;
	tcsetpgrp(me.terminal, getpgrp());
	tcsetattr(me.terminal, TCSADRAIN, &me.modes);
}

/* The root process stopped: so do we, for whoever waits for us; continued, we go on together. */
static void stop_together(int sig)
{
	struct termios modes;
	bool had = me.foreground && !tcgetattr(me.terminal, &modes);

	take_terminal_back();
	kill(getpid(), SIGSTOP);
	(void)sig;
	if (had && tcgetpgrp(me.terminal) == getpgrp()) {
		tcsetattr(me.terminal, TCSADRAIN, &modes);
		tcsetpgrp(me.terminal, getpgid(me.root));
	}
	kill(-getpgid(me.root), SIGCONT);
}

static void __attribute__((noreturn)) end_as(int status)
{
	struct rlimit none = { 0, 0 };

	take_terminal_back();
	if (!WIFSIGNALED(status))
		exit(WEXITSTATUS(status));
	setrlimit(RLIMIT_CORE, &none); /* the core was the program's, and is there already */
	signal(WTERMSIG(status), SIG_DFL);
	sigprocmask(SIG_UNBLOCK, &me.set, NULL);
	kill(getpid(), WTERMSIG(status));
	exit(128 + WTERMSIG(status));
}

static void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != me.root)
			continue;
		if (WIFSTOPPED(status))
			stop_together(WSTOPSIG(status));
		else
			end_as(status);
	}
}

void supervise(pid_t root)
{
	me.root = root;
	for (;;) {
		siginfo_t info;
		int sig;

		reap();
		sig = sigwaitinfo(&me.set, &info);
		if (sig < 0 || sig == SIGCHLD)
			continue;
		/* From the terminal it went to the foreground group, which is not ours while the program has it. */
		if (sig == SIGTSTP)
			kill(root, SIGTSTP);
		else
			kill(root, sig);
	}
}
