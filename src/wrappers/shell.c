/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * shell.c - system, popen, pclose, fclose: libc's own start /bin/sh from inside, past our
 * wrappers, so that the shell and all that it starts would not be members.  [preload]
 *
 * The rules are POSIX's and what glibc documents: system() ignores INT and QUIT and blocks CHLD
 * while the command runs, kills the command when its thread is cancelled; popen() closes the
 * streams of earlier popen() calls in the child; fclose() of such a stream waits as pclose() does.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "wrappers/preload.h"
#include "wrappers/spawn.h"

/*
 * What pthread_cleanup_push calls, in its oldest version: the library loads with any glibc from
 * 2.17 on.
 */
__asm__(".symver __pthread_register_cancel, __pthread_register_cancel@GLIBC_2.3.3");
__asm__(".symver __pthread_unregister_cancel, __pthread_unregister_cancel@GLIBC_2.3.3");
__asm__(".symver __pthread_unwind_next, __pthread_unwind_next@GLIBC_2.3.3");

static int used;

static int start_shell(pid_t *pid, const char *command, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attr)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)(uintptr_t)command, NULL };

	return ckpt_spawn(REAL(posix_spawn), pid, "/bin/sh", actions, attr, argv, environ);
}

/* ---- system ---- */

/* What INT and QUIT were before the first of the commands that run now. */
static struct {
	pthread_mutex_t lock;
	unsigned running;
	struct sigaction interrupt, quit;
} terminal_signals = { .lock = PTHREAD_MUTEX_INITIALIZER };

struct command {
	pid_t pid;
	sigset_t mask; /* the caller's */
};

static void signals_ignore(struct command *command, sigset_t *to_default)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t child;

	used = 1;
	sigemptyset(to_default);
	pthread_mutex_lock(&terminal_signals.lock);
	if (!terminal_signals.running++) {
		sigaction(SIGINT, &ignore, &terminal_signals.interrupt);
		sigaction(SIGQUIT, &ignore, &terminal_signals.quit);
	}
	if (terminal_signals.interrupt.sa_handler != SIG_IGN)
		sigaddset(to_default, SIGINT);
	if (terminal_signals.quit.sa_handler != SIG_IGN)
		sigaddset(to_default, SIGQUIT);
	pthread_mutex_unlock(&terminal_signals.lock);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, &command->mask);
}

static void signals_back(const struct command *command)
{
	pthread_mutex_lock(&terminal_signals.lock);
	if (!--terminal_signals.running) {
		sigaction(SIGINT, &terminal_signals.interrupt, NULL);
		sigaction(SIGQUIT, &terminal_signals.quit, NULL);
	}
	pthread_mutex_unlock(&terminal_signals.lock);
	sigprocmask(SIG_SETMASK, &command->mask, NULL);
}

static int start_command(struct command *command, const char *line, const sigset_t *to_default)
{
	posix_spawnattr_t attr;
	int error;

	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &command->mask);
	posix_spawnattr_setsigdefault(&attr, to_default);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
	error = start_shell(&command->pid, line, NULL, &attr);
	posix_spawnattr_destroy(&attr);
	return error;
}

static void command_cancelled(void *arg)
{
	struct command *command = arg;

	kill(command->pid, SIGKILL);
	while (waitpid(command->pid, NULL, 0) < 0 && errno == EINTR)
		;
	signals_back(command);
}

static int wait_command(struct command *command)
{
	int status;
	pid_t got;

	pthread_cleanup_push(command_cancelled, command);
	do
		got = waitpid(command->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	pthread_cleanup_pop(0);
	return got == command->pid ? status : -1;
}

int system(const char *line)
{
	struct command command;
	sigset_t to_default;
	int status;

	if (!line)
		return system("exit 0") == 0;
	signals_ignore(&command, &to_default);
	if (start_command(&command, line, &to_default))
		status = 127 << 8; /* POSIX: as if the shell had ended with _exit(127) */
	else
		status = wait_command(&command);
	signals_back(&command);
	return status;
}

/* ---- popen ---- */

struct stream {
	struct stream *next;
	FILE *file;
	pid_t pid;
};

static struct stream *streams;
static pthread_mutex_t streams_lock = PTHREAD_MUTEX_INITIALIZER;

/*
 * The child's end becomes its standard input or output; the streams of earlier calls are not its
 * own.
 */
static int start_reader(struct stream *stream, const char *command, int end, int target)
{
	posix_spawn_file_actions_t actions;
	struct stream *s;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	used = 1;
	error = posix_spawn_file_actions_adddup2(&actions, end, target);
	pthread_mutex_lock(&streams_lock);
	for (s = streams; s && !error; s = s->next) {
		if (fileno(s->file) != target)
			error = posix_spawn_file_actions_addclose(&actions, fileno(s->file));
	}
	if (!error)
		error = start_shell(&stream->pid, command, &actions, NULL);
	if (!error) {
		stream->next = streams;
		streams = stream;
	}
	pthread_mutex_unlock(&streams_lock);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

static FILE *popen_in(struct stream *stream, const char *command, int writes, int cloexec)
{
	int ends[2], ours = writes ? 1 : 0, error;

	if (pipe2(ends, O_CLOEXEC))
		return NULL;
	stream->file = fdopen(ends[ours], writes ? "w" : "r");
	if (!stream->file) {
		error = errno;
		close(ends[ours]);
	} else {
		error = start_reader(stream, command, ends[!ours],
				     writes ? STDIN_FILENO : STDOUT_FILENO);
		if (error)
			REAL(fclose)(stream->file);
		else if (!cloexec)
			fcntl(ends[ours], F_SETFD, 0);
	}
	close(ends[!ours]);
	if (error) {
		errno = error;
		return NULL;
	}
	return stream->file;
}

FILE *popen(const char *command, const char *mode)
{
	int reads = 0, writes = 0, cloexec = 0;
	struct stream *stream;
	FILE *file;

	for (; *mode; mode++) {
		reads |= *mode == 'r';
		writes |= *mode == 'w';
		cloexec |= *mode == 'e';
		if (!strchr("rwe", *mode))
			reads = writes = 1;
	}
	if (reads == writes) {
		errno = EINVAL;
		return NULL;
	}
	stream = malloc(sizeof(*stream));
	if (!stream)
		return NULL;
	file = popen_in(stream, command, writes, cloexec);
	if (!file)
		free(stream);
	return file;
}

static struct stream *stream_take(FILE *file)
{
	struct stream **at, *found;

	if (!__atomic_load_n(&streams, __ATOMIC_RELAXED))
		return NULL;
	pthread_mutex_lock(&streams_lock);
	for (at = &streams; *at && (*at)->file != file; at = &(*at)->next)
		;
	found = *at;
	if (found)
		*at = found->next;
	pthread_mutex_unlock(&streams_lock);
	return found;
}

static int stream_close(struct stream *stream)
{
	int status, state;
	pid_t pid = stream->pid, got;

	REAL(fclose)(stream->file);
	free(stream);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	do
		got = waitpid(pid, &status, 0);
	while (got < 0 && errno == EINTR);
	pthread_setcancelstate(state, NULL);
	return got == pid ? status : -1;
}

int pclose(FILE *file)
{
	struct stream *stream = stream_take(file);

	return stream ? stream_close(stream) : REAL(pclose)(file);
}

int fclose(FILE *file)
{
	struct stream *stream = stream_take(file);

	return stream ? stream_close(stream) : REAL(fclose)(file);
}

void ckpt_shell_forked(void)
{
	pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;

	if (!used) /* most children leave this page as it is, shared with their parent */
		return;
	terminal_signals.lock = fresh;
	streams_lock = fresh;
}
