// SPDX-License-Identifier: BSD-3-Clause
/*
 * supervise.c - see supervise.h.  [tool]
 *
 * The root process is in a group of its own, which gets the terminal's foreground, as from a shell: so the terminal's
 * own signals reach it alone, and what reaches us alone is passed on, each once.  When it stops, the terminal comes back to us
 * and we stop, for the shell; when the shell gives us the terminal again, it gets it again.
 */
#include "restart/supervise.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "restart/guardian.h"
#include "restart/namespace.h"

static const int passed[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGTSTP, SIGCONT, SIGWINCH };
static const int ending[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP };

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct {
	sigset_t set;		  /* what sigwaitinfo takes */
	int terminal;		  /* our controlling one, -1 none */
	struct termios modes;	  /* as we found it */
	struct termios program;	  /* as the program had it when it stopped */
	bool has_modes, has_program;
	bool asked_to_stop;	  /* by a SIGTSTP of our own, not by the terminal */
	bool given;		  /* the program's group has the foreground, and we gave it */
	pid_t root, group;
} me = { .terminal = -1 };

/* ---- the terminal ---- */

bool supervise_has_terminal(void)
{
	return me.terminal >= 0 && tcgetpgrp(me.terminal) == getpgrp();
}

static void find_terminal(void)
{
	for (int fd = 0; fd < 3 && me.terminal < 0; fd++)
		if (tcgetsid(fd) == getsid(0))
			me.terminal = fd;
	me.has_modes = me.terminal >= 0 && !tcgetattr(me.terminal, &me.modes);
}

void supervise_foreground(void)
{
	me.given = supervise_has_terminal() && !tcsetpgrp(me.terminal, me.group);
}

/* Not TCSADRAIN: output that nobody reads, or ^S, must not hold us. */
static void put_modes_back(void)
{
	if (me.has_modes)
		tcsetattr(me.terminal, TCSANOW, &me.modes);
}

static void take_terminal_back(void)
{
	if (!me.given)
		return;
	me.given = false;
	tcsetpgrp(me.terminal, getpgrp());
	put_modes_back();
}

static void give_terminal_again(void)
{
	if (!supervise_has_terminal())
		return;
	if (me.has_program)
		tcsetattr(me.terminal, TCSANOW, &me.program);
	supervise_foreground();
}

/* ---- while the process is built ---- */

void supervise_undo(void)
{
	if (supervise_has_terminal())
		put_modes_back();
}

/* The new process, its namespace and its coordinator go with us by themselves. */
static void die(int sig)
{
	supervise_undo();
	raise(sig); /* its action is the default one again (SA_RESETHAND), and it comes when we return */
}

void supervise_begin(void)
{
	struct sigaction action = { .sa_handler = die, .sa_flags = SA_RESETHAND }, old;
	sigset_t held;

	sigemptyset(&me.set);
	sigaddset(&me.set, SIGCHLD);
	for (size_t i = 0; i < COUNT(passed); i++)
		sigaddset(&me.set, passed[i]);
	if (!sigaction(SIGHUP, NULL, &old) && old.sa_handler == SIG_IGN)
		sigdelset(&me.set, SIGHUP);
	find_terminal();
	signal(SIGCHLD, SIG_DFL); /* ignored by who started us, it would keep wait statuses from us */
	signal(SIGTTOU, SIG_IGN);
	for (size_t i = 0; i < COUNT(ending); i++)
		if (!sigaction(ending[i], NULL, &old) && old.sa_handler == SIG_DFL)
			sigaction(ending[i], &action, NULL);
	/* These wait for the program. */
	held = me.set;
	for (size_t i = 0; i < COUNT(ending); i++)
		sigdelset(&held, ending[i]);
	sigprocmask(SIG_SETMASK, &held, NULL);
}

void supervise_take(pid_t root)
{
	sigprocmask(SIG_BLOCK, &me.set, NULL);
	me.root = root;
	me.group = getpgid(root);
}

/* ---- stop and go ---- */

/*
 * ^Z stops us where a shell watches, and nobody in an orphaned group, which nobody would continue (setpgid(2)): so it is not
 * made a SIGSTOP.  Any other stop is one.
 */
static void stop_ourselves(int sig)
{
	const struct timespec now = { 0, 0 };
	sigset_t one;

	if (sig == SIGTSTP && !me.asked_to_stop) {
		signal(SIGTSTP, SIG_DFL);
		sigemptyset(&one);
		sigaddset(&one, SIGTSTP);
		raise(SIGTSTP);
		sigprocmask(SIG_UNBLOCK, &one, NULL);
		sigprocmask(SIG_BLOCK, &one, NULL);
	} else {
		raise(SIGSTOP);
	}
	/* What woke us goes on to the group below, once. */
	sigemptyset(&one);
	sigaddset(&one, SIGCONT);
	while (sigtimedwait(&one, NULL, &now) < 0 && errno == EINTR)
		;
}

/* The root process stopped: so do we, for whoever waits for us; continued, we go on together. */
static void stop_together(int sig)
{
	bool wants_terminal = sig == SIGTTIN || sig == SIGTTOU;

	/* It was in the background, and the shell has brought us to the foreground since, without a word. */
	if (!(wants_terminal && supervise_has_terminal())) {
		me.has_program = me.given && !tcgetattr(me.terminal, &me.program);
		take_terminal_back();
		stop_ourselves(sig);
	}
	give_terminal_again();
	killpg(me.group, SIGCONT);
}

/* ---- the end ---- */

static void __attribute__((noreturn)) end_as(int status)
{
	struct rlimit none = { 0, 0 };
	sigset_t all;
	int sig = WTERMSIG(status);

	take_terminal_back();
	namespace_stay();
	guardian_dismiss();
	if (!WIFSIGNALED(status))
		exit(WEXITSTATUS(status));
	/* The core was the program's, and is there already.  A pattern that is a pipe heeds no limit (core(5)). */
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
	signal(sig, SIG_DFL);
	raise(sig);
	sigfillset(&all);
	sigprocmask(SIG_UNBLOCK, &all, NULL);
	exit(128 + sig);
}

static void reap(void)
{
	int status;

	while (waitpid(me.root, &status, WNOHANG | WUNTRACED) > 0) {
		if (WIFSTOPPED(status))
			stop_together(WSTOPSIG(status));
		else
			end_as(status);
	}
}

void supervise(void)
{
	for (;;) {
		int sig;

		reap();
		sig = sigwaitinfo(&me.set, NULL);
		if (sig < 0 || sig == SIGCHLD)
			continue;
		me.asked_to_stop = sig == SIGTSTP;
		kill(me.root, sig);
	}
}
