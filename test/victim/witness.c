/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * witness LOG [WORD...] - tells what happens to it, a line each in LOG.  [victim]
 *
 * Each signal that it catches by name; then "beat N", ten a second; and "end" by LOG.stop, whose content is the exit status.
 * WORDs: threads (three more, beats name their ids), ids (beats name pid, group, session, task directory), raw (standard input is a
 * terminal in raw mode: each byte is told, "size R C" at SIGWINCH; q ends), leader (setsid first), die (LOG.stop names a signal),
 * quiet (no beats), deaf (default actions), mapped (LOG.map is mapped, private).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define THREADS 3

static const char *log_path;
static volatile int tids[THREADS];
static const char *map;

/* Opened for each line: a file that is open for writing would be part of the checkpoint.  Also from a handler. */
static void put(const char *line, int n)
{
	int fd = open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, line, n) != n)
		_exit(9);
	close(fd);
}

static void tell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *fmt, ...)
{
	char line[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	line[n++] = '\n';
	put(line, n);
}

static void on_signal(int sig)
{
	char line[16];
	int saved = errno, n = 0;
	const char *name = sig == SIGINT ? "INT" : sig == SIGQUIT ? "QUIT" : sig == SIGTERM ? "TERM" : sig == SIGHUP ? "HUP" :
			   sig == SIGUSR1 ? "USR1" : sig == SIGUSR2 ? "USR2" : sig == SIGCONT ? "CONT" : "WINCH";

	while (name[n]) {
		line[n] = name[n];
		n++;
	}
	line[n++] = '\n';
	put(line, n);
	errno = saved;
}

static void *run(void *arg)
{
	tids[(long)arg] = syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static int tasks(char *text, size_t len)
{
	DIR *d = opendir("/proc/self/task");
	struct dirent *e;
	int ids[16], n = 0;
	size_t at = 0;

	while (d && (e = readdir(d)) && n < 16)
		if (e->d_name[0] != '.')
			ids[n++] = atoi(e->d_name);
	if (d)
		closedir(d);
	for (int i = 0; i < n; i++)
		at += snprintf(text + at, len - at, " %d", ids[i]);
	return n;
}

static void beat(long n, int with_ids)
{
	char real[256] = "", self[32] = "";

	if (!with_ids) {
		tell("beat %ld%s", n, map && map[0] != 'm' ? " wrong" : "");
		return;
	}
	tasks(real, sizeof(real));
	if (readlink("/proc/self", self, sizeof(self) - 1) < 0)
		strcpy(self, "-");
	tell("beat %ld ids %d %d %d %d tasks%s self %s", n, (int)syscall(SYS_getpid), tids[0], tids[1], tids[2], real, self);
	tell("known %d %d group %d", getpid(), gettid(), getpgrp() == getpid());
}

static int stop_asked(const char *log)
{
	char path[4096], text[16] = "";
	int fd;

	snprintf(path, sizeof(path), "%s.stop", log);
	fd = open(path, O_RDONLY);
	if (fd < 0)
		return -1;
	if (read(fd, text, sizeof(text) - 1) <= 0) {
		close(fd);
		return -1;
	}
	close(fd);
	return atoi(text);
}

static void raw_mode(struct termios *old)
{
	struct termios raw;

	if (tcgetattr(0, old))
		exit(8);
	raw = *old;
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = 0;
	raw.c_cc[VTIME] = 1;
	tcsetattr(0, TCSANOW, &raw);
}

static volatile sig_atomic_t resized;

static void on_resize(int sig)
{
	(void)sig;
	resized = 1;
}

static int raw_life(const char *log)
{
	struct termios old, now;
	struct winsize size;
	char c;

	signal(SIGWINCH, on_resize);
	raw_mode(&old);
	tell("raw");
	for (;;) {
		if (read(0, &c, 1) == 1) {
			tcgetattr(0, &now);
			tell("byte %d %s", c, now.c_lflag & (ICANON | ECHO) ? "cooked" : "raw");
			if (c == 'q')
				break;
		}
		if (resized && !ioctl(0, TIOCGWINSZ, &size)) {
			resized = 0;
			tell("size %d %d", size.ws_row, size.ws_col);
		}
		if (stop_asked(log) >= 0)
			break;
	}
	tcsetattr(0, TCSANOW, &old);
	tell("end");
	return 0;
}

int main(int argc, char **argv)
{
	static const int caught[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGCONT, SIGWINCH };
	const struct timespec tenth = { 0, 100000000 };
	int with_ids = 0, raw = 0, die = 0, quiet = 0, deaf = 0, stop;

	if (argc < 2)
		return 2;
	log_path = argv[1];
	for (int i = 2; i < argc; i++) {
		with_ids |= !strcmp(argv[i], "ids");
		raw |= !strcmp(argv[i], "raw");
		die |= !strcmp(argv[i], "die");
		quiet |= !strcmp(argv[i], "quiet");
		deaf |= !strcmp(argv[i], "deaf");
		if (!strcmp(argv[i], "leader"))
			setsid();
		if (!strcmp(argv[i], "mapped")) {
			char path[4096];
			int fd;

			snprintf(path, sizeof(path), "%s.map", argv[1]);
			fd = open(path, O_RDONLY);
			map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
			close(fd);
		}
		if (!strcmp(argv[i], "threads"))
			for (long t = 0; t < THREADS; t++) {
				pthread_t thread;

				if (pthread_create(&thread, NULL, run, (void *)t))
					return 2;
				while (!tids[t])
					;
			}
	}
	if (raw)
		return raw_life(argv[1]);
	for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]) && !deaf; i++) {
		struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };

		sigfillset(&action.sa_mask);
		sigaction(caught[i], &action, NULL);
	}
	for (long n = 0;; n++) {
		if (!quiet)
			beat(n, with_ids);
		stop = stop_asked(argv[1]);
		if (stop >= 0)
			break;
		nanosleep(&tenth, NULL);
	}
	if (die) {
		signal(stop, SIG_DFL);
		raise(stop);
	}
	tell("end");
	return stop;
}
