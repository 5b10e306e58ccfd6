/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * exec.c - the exec family: our variables go back into the environment that is passed on, also
 * into a cleared one. [preload]
 *
 * Async-signal-safe and safe after vfork: no malloc, no lock, no static buffer.  The environment
 * is built on the stack; one of more than STACK_ROOM bytes of pointers and texts gets a mapping of
 * its own, because the caller may stand on a small stack. (A successful exec of a vfork child
 * leaves that mapping in the parent: nobody is left to remove it.)
 */
#include <alloca.h>
#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <unistd.h>

#include "wrappers/env.h"
#include "wrappers/preload.h"

#define STACK_ROOM (64u << 10)

enum exec_kind { BY_PATH, BY_SEARCH, BY_FD, BY_FD_AT };

struct exec {
	enum exec_kind kind;
	const char *file;
	char *const *argv;
	int fd, flags;
};

/* Through the next object's function, not the kernel: the program's own preloaded library may have one (fakechroot). */
static int exec_now(const struct exec *e, char *const envp[])
{
	switch (e->kind) {
	case BY_SEARCH: /* libc's own search does not come back to us */
		return REAL(execvpe)(e->file, e->argv, envp);
	case BY_FD: return REAL(fexecve)(e->fd, e->argv, envp);
	case BY_FD_AT:
		if (ckpt_next.execveat)
			return ckpt_next.execveat(e->fd, e->file, e->argv, envp, e->flags);
		return (int)raw_errno(raw_call6(SYS_execveat, e->fd, (long)e->file, (long)e->argv,
						(long)envp, e->flags, 0));
	default: return REAL(execve)(e->file, e->argv, envp);
	}
}

static int exec_in_mapping(const struct exec *e, char *const envp[], size_t room)
{
	long at = raw_call6(SYS_mmap, 0, (long)room, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int ret;

	if (at < 0 && at > -4096)
		return (int)raw_errno(at);
	ret = exec_now(e, ckpt_env_fill((void *)at, envp));
	raw_call3(SYS_munmap, at, (long)room, 0);
	return ret;
}

static int exec_with_ours(const struct exec *e, char *const envp[])
{
	size_t room = ckpt_env_room(envp);

	/* execve(2) takes NULL for an empty environment, fexecve(3) refuses it. */
	if (!room || (e->kind == BY_FD && !envp))
		return exec_now(e, envp);
	if (room > STACK_ROOM)
		return exec_in_mapping(e, envp, room);
	return exec_now(e, ckpt_env_fill(alloca(room), envp));
}

int execve(const char *path, char *const argv[], char *const envp[])
{
	struct exec e = { .kind = BY_PATH, .file = path, .argv = argv };

	return exec_with_ours(&e, envp);
}

int execv(const char *path, char *const argv[])
{
	return execve(path, argv, environ);
}

int execvpe(const char *file, char *const argv[], char *const envp[])
{
	struct exec e = { .kind = BY_SEARCH, .file = file, .argv = argv };

	return exec_with_ours(&e, envp);
}

int execvp(const char *file, char *const argv[])
{
	return execvpe(file, argv, environ);
}

int fexecve(int fd, char *const argv[], char *const envp[])
{
	struct exec e = { .kind = BY_FD, .fd = fd, .argv = argv };

	return exec_with_ours(&e, envp);
}

int execveat(int dirfd, const char *path, char *const argv[], char *const envp[], int flags)
{
	struct exec e = {
		.kind = BY_FD_AT, .fd = dirfd, .file = path, .argv = argv, .flags = flags
	};

	return exec_with_ours(&e, envp);
}

/* ---- arguments one by one ---- */

static long count_words(va_list ap)
{
	long n = 1;

	while (va_arg(ap, const char *)) {
		if (n++ == INT_MAX)
			return -1;
	}
	return n;
}

/* Words from first to the NULL; the environment behind it where with_env. */
#define LIST_EXEC(call_, file_, first_, env_) \
	do { \
		va_list ap; \
		char **argv; \
		char *const *envp = environ; \
		long n, i; \
\
		va_start(ap, first_); \
		n = count_words(ap); \
		va_end(ap); \
		if (n < 0) { \
			errno = E2BIG; \
			return -1; \
		} \
		argv = alloca((size_t)(n + 1) * sizeof(char *)); \
		argv[0] = (char *)(first_); \
		va_start(ap, first_); \
		for (i = 1; i <= n; i++) \
			argv[i] = va_arg(ap, char *); \
		if (env_) \
			envp = va_arg(ap, char *const *); \
		va_end(ap); \
		return call_(file_, argv, envp); \
	} while (0)

int execl(const char *path, const char *arg, ...)
{
	LIST_EXEC(execve, path, arg, 0);
}

int execle(const char *path, const char *arg, ...)
{
	LIST_EXEC(execve, path, arg, 1);
}

int execlp(const char *file, const char *arg, ...)
{
	LIST_EXEC(execvpe, file, arg, 0);
}
