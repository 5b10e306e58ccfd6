// SPDX-License-Identifier: BSD-3-Clause
/* rundir.c - see rundir.h.  [tool] */
#include "base/rundir.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "ckpt/exit.h"

/* Magic numbers of statfs(2), of file systems that several hosts may see: a socket there is reached
 * from one of them only, and a lock file there means different things on different hosts. */
static const struct {
	unsigned long magic;
	const char *name;
} shared_fs[] = {
	{ 0x6969, "NFS" },	  { 0x517b, "SMB" },	      { 0xff534d42, "CIFS" },
	{ 0xfe534d42, "SMB2" },	  { 0x0bd00bd0, "Lustre" },   { 0x47504653, "GPFS" },
	{ 0x5346414f, "AFS" },	  { 0x6b414653, "AFS" },      { 0x00c36400, "Ceph" },
	{ 0x19830326, "BeeGFS" }, { 0x7461636f, "OCFS2" },    { 0x01161970, "GFS2" },
	{ 0xaad7aaea, "PanFS" },  { 0x20030528, "OrangeFS" }, { 0x01021997, "9P" },
};

static const char *shared_name(const char *path)
{
	struct statfs fs;

	if (statfs(path, &fs))
		return NULL;
	for (size_t i = 0; i < sizeof(shared_fs) / sizeof(shared_fs[0]); i++)
		if (shared_fs[i].magic == ((unsigned long)fs.f_type & 0xffffffff))
			return shared_fs[i].name;
	return NULL;
}

static int belongs_to_us(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid();
}

/* Where the directories may be, best first; i counts from 0.  -ENOENT when there are no more. */
static int candidate(int i, char path[PATH_MAX])
{
	const char *own = getenv("CKPT_RUNDIR"), *xdg = getenv("XDG_RUNTIME_DIR");

	path[0] = '\0';
	if (own && own[0]) {
		if (i)
			return -ENOENT;
		snprintf(path, PATH_MAX, "%s", own);
		return 0;
	}
	switch (i) {
	case 0:
		if (xdg && xdg[0] == '/' && belongs_to_us(xdg))
			snprintf(path, PATH_MAX, "%s/ckpt", xdg);
		return 0;
	case 1: snprintf(path, PATH_MAX, "/tmp/ckpt-%u", (unsigned)geteuid()); return 0;
	case 2: /* that of a login, seen from a shell without it; only for looking, see
		   ckpt_rundir_list */
		snprintf(path, PATH_MAX, "/run/user/%u/ckpt", (unsigned)geteuid());
		return 0;
	default: return -ENOENT;
	}
}

static int check_dir(const char *path, struct ckpt_err *err)
{
	const char *shared;
	struct stat st;

	if (lstat(path, &st))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "run directory %s: %s", path,
				 strerror(errno));
	if (S_ISLNK(st.st_mode) || !S_ISDIR(st.st_mode))
		return ckpt_errs(
			err, CKPT_EX_AUTHENTICATION, -ENOTDIR,
			"run directory %s is not a directory of its own: remove it, or set CKPT_RUNDIR",
			path);
	if (st.st_uid != geteuid())
		return ckpt_errs(
			err, CKPT_EX_AUTHENTICATION, -EPERM,
			"run directory %s belongs to user %u, not to %u: set CKPT_RUNDIR to another",
			path, st.st_uid, geteuid());
	if (st.st_mode & 077)
		return ckpt_errs(
			err, CKPT_EX_AUTHENTICATION, -EPERM,
			"run directory %s may be entered by others: chmod 700 it, or set CKPT_RUNDIR",
			path);
	shared = shared_name(path);
	if (shared)
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -EXDEV,
			"run directory %s is on %s, which other hosts see too: set CKPT_RUNDIR to a local one",
			path, shared);
	return 0;
}

int ckpt_rundir_get(char path[CKPT_RUNDIR_MAX], struct ckpt_err *err)
{
	char full[PATH_MAX];

	for (int i = 0; !candidate(i, full); i++)
		if (full[0])
			break;
	if (full[0] != '/')
		return ckpt_errs(err, CKPT_EX_USAGE, -EINVAL,
				 "CKPT_RUNDIR must be an absolute path, not '%s'", full);
	if (strlen(full) >= CKPT_RUNDIR_MAX - 8)
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -ENAMETOOLONG,
			"the path of run directory %s is too long for a socket: set CKPT_RUNDIR to a shorter one",
			full);
	if (mkdir(full, 0700) && errno != EEXIST)
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno,
				 "cannot create run directory %s: %s", full, strerror(errno));
	strcpy(path, full);
	return check_dir(path, err);
}

static int join_path(const char *rundir, const char *job, const char *suffix,
		     char path[CKPT_RUNDIR_MAX], struct ckpt_err *err)
{
	if (snprintf(path, CKPT_RUNDIR_MAX, "%s/%s%s", rundir, job, suffix) >= CKPT_RUNDIR_MAX)
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -ENAMETOOLONG,
			"%s/%s%s is too long for a socket: set CKPT_RUNDIR to a shorter path, or name the job shorter",
			rundir, job, suffix);
	return 0;
}

int ckpt_rundir_socket(const char *rundir, const char *job, char path[CKPT_RUNDIR_MAX],
		       struct ckpt_err *err)
{
	return join_path(rundir, job, ".sock", path, err);
}

int ckpt_rundir_jobfile(const char *rundir, const char *job, char path[CKPT_RUNDIR_MAX],
			struct ckpt_err *err)
{
	return join_path(rundir, job, ".job", path, err);
}

int ckpt_rundir_job_name(const char *name, char job[CKPT_JOB_MAX], struct ckpt_err *err)
{
	size_t len = strlen(name);

	if (!len || len >= CKPT_JOB_MAX || name[0] == '.')
		return ckpt_errs(
			err, CKPT_EX_USAGE, -EINVAL,
			"'%s' cannot be a job's name: 1 to %d bytes, not beginning with a dot",
			name, CKPT_JOB_MAX - 1);
	for (size_t i = 0; i <= len; i++) {
		unsigned char c = name[i];

		job[i] = !c || (c < 128 && isalnum(c)) || strchr(".+-", c) ? c : '-';
	}
	return 0;
}

int ckpt_rundir_living(const char *socket_path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd, ret;

	if (strlen(socket_path) >= sizeof(sa.sun_path))
		return 0;
	strcpy(sa.sun_path, socket_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return 0;
	/* EAGAIN: the backlog is full; a busy coordinator lives. */
	ret = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 || errno == EAGAIN;
	close(fd);
	return ret;
}

static int is_known(const struct ckpt_rundir_job *list, int count, const char *socket_path)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(list[i].socket, socket_path))
			return 1;
	return 0;
}

/* A job shows as JOB.job (made first, removed last). */
static int add_jobs(const char *dir, struct ckpt_rundir_job **list, int count)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		size_t len = strlen(e->d_name);
		struct ckpt_rundir_job one = { 0 };

		if (len < 5 || len - 4 >= CKPT_JOB_MAX || strcmp(e->d_name + len - 4, ".job") ||
		    e->d_name[0] == '.')
			continue;
		memcpy(one.job, e->d_name, len - 4);
		if (ckpt_rundir_socket(dir, one.job, one.socket, NULL) ||
		    ckpt_rundir_jobfile(dir, one.job, one.jobfile, NULL) ||
		    is_known(*list, count, one.socket))
			continue;
		one.living = ckpt_rundir_living(one.socket);
		*list = ckpt_xrealloc(*list, (count + 1) * sizeof(**list));
		(*list)[count++] = one;
	}
	if (d)
		closedir(d);
	return count;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ckpt_rundir_job *)a)->job,
		      ((const struct ckpt_rundir_job *)b)->job);
}

int ckpt_rundir_list(struct ckpt_rundir_job **list, struct ckpt_err *err)
{
	char full[PATH_MAX];
	int count = 0;

	*list = NULL;
	for (int i = 0; !candidate(i, full); i++) {
		struct stat st;

		if (!full[0] || lstat(full, &st))
			continue;
		/* What is not ours is passed over where we did not choose it, and is an error where
		 * we did. */
		if (check_dir(full, err)) {
			if (getenv("CKPT_RUNDIR"))
				return -EPERM;
			continue;
		}
		count = add_jobs(full, list, count);
	}
	if (count)
		qsort(*list, count, sizeof(**list), by_name);
	return count;
}
