// SPDX-License-Identifier: BSD-3-Clause
/* program.c - see program.h.  [tool] */
#include "cli/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "ckpt/exit.h"

#define INTERPRETERS_MAX 5 /* as the kernel's own limit on scripts whose interpreter is a script \
			    */

static int is_executable(const char *path, int *why)
{
	struct stat st;

	if (stat(path, &st)) {
		*why = errno;
		return 0;
	}
	if (!S_ISREG(st.st_mode) || faccessat(AT_FDCWD, path, X_OK, AT_EACCESS)) {
		*why = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
		return 0;
	}
	return 1;
}

static int cannot(const char *name, int why, struct ckpt_err *err)
{
	int status = why == ENOENT || why == ENOTDIR ? CKPT_EX_NOT_FOUND : CKPT_EX_CANNOT_EXEC;

	return ckpt_errs(err, status, -why, "'%s': %s", name, strerror(why));
}

int program_find(const char *name, char path[PATH_MAX], struct ckpt_err *err)
{
	const char *dirs = getenv("PATH");
	int why = ENOENT, one;

	if (strchr(name, '/') || !name[0]) {
		if ((size_t)snprintf(path, PATH_MAX, "%s", name) >= PATH_MAX)
			return cannot(name, ENAMETOOLONG, err);
		return is_executable(path, &one) ? 0 : cannot(name, one, err);
	}
	if (!dirs)
		dirs = "/bin:/usr/bin"; /* as execvp(3) */
	for (;;) {
		size_t len = strcspn(dirs, ":");

		if ((size_t)snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, dirs, len ? "/" : "",
				     name) < PATH_MAX) {
			if (is_executable(path, &one))
				return 0;
			if (one == EACCES)
				why = one;
		}
		if (!dirs[len])
			break;
		dirs += len + 1;
	}
	return cannot(name, why, err);
}

/* Would exec raise us to other ids or capabilities?  Then ld.so takes no library from LD_PRELOAD
 * (AT_SECURE). */
static const char *privilege_of(int fd, const struct stat *st)
{
	struct statvfs fs;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ||
	    (!fstatvfs(fd, &fs) && fs.f_flag & ST_NOSUID))
		return NULL;
	if (st->st_mode & S_ISUID && st->st_uid != geteuid())
		return "set-uid";
	if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && st->st_gid != getegid())
		return "set-gid";
	if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return "given capabilities of its own";
	return NULL;
}

static int refuse(const char *path, const char *what, const char *remedy, struct ckpt_err *err)
{
	return ckpt_errs(err, CKPT_EX_CANNOT_EXEC, -ENOEXEC,
			 "'%s' is %s, so no library of ours can be loaded into it: %s", path, what,
			 remedy);
}

static int has_interpreter(int fd, const Elf64_Ehdr *eh)
{
	Elf64_Phdr ph;

	for (unsigned i = 0; i < eh->e_phnum; i++) {
		if (pread(fd, &ph, sizeof(ph),
			  (off_t)(eh->e_phoff + (uint64_t)i * eh->e_phentsize)) != sizeof(ph))
			return 1; /* damaged: exec will say it */
		if (ph.p_type == PT_INTERP)
			return 1;
	}
	return 0;
}

static int check_elf(int fd, const char *path, const Elf64_Ehdr *eh, struct ckpt_err *err)
{
	if (eh->e_ident[EI_CLASS] == ELFCLASS32)
		return refuse(path, "a 32-bit program", "build it for x86_64", err);
	if (eh->e_machine != EM_X86_64)
		return refuse(path, "not a program for x86_64", "build it for this machine", err);
	if (eh->e_ident[EI_CLASS] == ELFCLASS64 && !has_interpreter(fd, eh))
		return refuse(path, "statically linked", "link it dynamically (without -static)",
			      err);
	return 0;
}

/* The interpreter of a script whose first bytes are in head; 0 when there is none. */
static int script_interpreter(const char *head, char out[PATH_MAX])
{
	const char *at = head + 2 + strspn(head + 2, " \t");
	size_t len = strcspn(at, " \t\n");

	if (strncmp(head, "#!", 2) || !len || len >= PATH_MAX)
		return 0;
	memcpy(out, at, len);
	out[len] = '\0';
	return 1;
}

/* 1: a script, go on with next; 0: fine; -errno. */
static int check_one(const char *path, char next[PATH_MAX], struct ckpt_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	union {
		Elf64_Ehdr eh;
		char text[257];
	} head = { .text = "" };
	const char *privilege;
	struct stat st;
	ssize_t n;
	int ret = 0;

	if (fd < 0)
		return 0; /* executable but not readable: exec decides */
	n = pread(fd, head.text, 256, 0);
	if (n >= 2 && script_interpreter(head.text, next)) {
		ret = 1;
	} else if (n >= (ssize_t)sizeof(head.eh) && !memcmp(head.eh.e_ident, ELFMAG, SELFMAG)) {
		ret = check_elf(fd, path, &head.eh, err);
		privilege = !ret && !fstat(fd, &st) ? privilege_of(fd, &st) : NULL;
		if (privilege)
			ret = refuse(path, privilege,
				     "run it outside of the job, or as the user that it becomes",
				     err);
	}
	close(fd);
	return ret;
}

int program_check(const char *path, struct ckpt_err *err)
{
	char one[PATH_MAX], next[PATH_MAX];

	snprintf(one, sizeof(one), "%s", path);
	for (int i = 0; i <= INTERPRETERS_MAX; i++) {
		int ret = check_one(one, next, err);

		if (ret <= 0)
			return ret;
		strcpy(one, next);
	}
	return 0; /* exec will say ELOOP */
}
