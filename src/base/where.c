// SPDX-License-Identifier: BSD-3-Clause
/* where.c - see where.h.  [tool] */
#include "base/where.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ckpt/exit.h"

/* Directories relative to the running program's; bin/ and libexec/ckpt/ are the two places that
 * programs are installed in. */
static const char *const program_dirs[] = { ".", "../libexec/ckpt", "../../libexec/ckpt",
					    "../lib/ckpt", NULL };
static const char *const library_dirs[] = {
	".",
	"../lib/x86_64-linux-gnu/ckpt",
	"../lib64/ckpt",
	"../lib/ckpt",
	"../../lib/x86_64-linux-gnu/ckpt",
	"../../lib64/ckpt",
	"../../lib/ckpt",
	NULL,
};

static int own_dir(char dir[PATH_MAX], struct ckpt_err *err)
{
	ssize_t n = readlink("/proc/self/exe", dir, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return ckpt_errf(err, -errno, "cannot read /proc/self/exe: %s", strerror(errno));
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	return 0;
}

static int usable(const char *path, int mode)
{
	return access(path, mode) == 0;
}

/* Where configure was told to install it: for directories that are not beside the programs'. */
static int installed_path(const char *part, int library, char *path, size_t room)
{
#if defined(CKPT_LIBDIR) && defined(CKPT_LIBEXECDIR)
	const char *dir = library ? CKPT_LIBDIR : CKPT_LIBEXECDIR;

	return (size_t)snprintf(path, room, "%s/%s", dir, part) < room &&
	       usable(path, library ? R_OK : X_OK);
#else
	(void)part, (void)library, (void)path, (void)room;
	return 0;
#endif
}

int ckpt_where(const char *part, char *path, size_t room, struct ckpt_err *err)
{
	int library = strstr(part, ".so") != NULL;
	const char *const *dirs = library ? library_dirs : program_dirs;
	char dir[PATH_MAX], full[PATH_MAX];
	int ret = own_dir(dir, err);

	if (ret)
		return ret;
	for (; *dirs; dirs++) {
		char *real;

		if ((size_t)snprintf(full, sizeof(full), "%s/%s/%s", dir, *dirs, part) >=
			    sizeof(full) ||
		    !usable(full, library ? R_OK : X_OK))
			continue;
		real = realpath(full, NULL);
		if (!real)
			continue;
		ret = (size_t)snprintf(path, room, "%s", real) >= room;
		free(real);
		if (ret)
			return ckpt_errf(err, -ENAMETOOLONG, "the path of %s is too long", part);
		return 0;
	}
	if (installed_path(part, library, path, room))
		return 0;
	return ckpt_errs(
		err, CKPT_EX_INTERNAL, -ENOENT,
		"%s is neither in %s nor in the places of an installation beside it: install ckpt again",
		part, dir);
}

/* One name for one target, so that an upgrade or a second installation does not change what a
 * running job was given. */
static unsigned long hash_text(const char *s)
{
	unsigned long h = 5381;

	while (*s)
		h = h * 33 + (unsigned char)*s++;
	return h & 0xffffffff;
}

int ckpt_where_preload(const char *rundir, char *path, size_t room, struct ckpt_err *err)
{
	char target[PATH_MAX], there[PATH_MAX];
	int ret = ckpt_where("libckpt.so", target, sizeof(target), err);
	ssize_t n;

	if (ret)
		return ret;
	if (!strpbrk(target, " :\t\n")) {
		if ((size_t)snprintf(path, room, "%s", target) >= room)
			return ckpt_errf(err, -ENAMETOOLONG, "the path of libckpt.so is too long");
		return 0;
	}
	if (strpbrk(rundir, " :\t\n"))
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -EINVAL,
			"the path of the run directory '%s' has a space or a colon: set CKPT_RUNDIR to one that has none",
			rundir);
	if ((size_t)snprintf(path, room, "%s/libckpt-%08lx.so", rundir, hash_text(target)) >= room)
		return ckpt_errf(err, -ENAMETOOLONG, "the path of the run directory is too long");
	if (symlink(target, path) && errno != EEXIST)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot create %s: %s", path,
				 strerror(errno));
	n = readlink(path, there, sizeof(there) - 1);
	if (n < 0 || (size_t)n != strlen(target) || memcmp(there, target, n))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EEXIST,
				 "%s does not lead to %s: remove it", path, target);
	return 0;
}
