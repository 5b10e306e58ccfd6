// SPDX-License-Identifier: BSD-3-Clause
/* procs.c - see procs.h.  [tool] */
#include "base/procs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int ckpt_procs_slurp(const char *path, struct ckpt_buf *buf)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int ret = 0;

	if (fd < 0)
		return -errno;
	for (;;) {
		size_t at = buf->len;
		ssize_t n;

		ckpt_buf_grow(buf, 4096);
		n = read(fd, buf->data + at, 4096);
		buf->len = at + (n > 0 ? n : 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = -errno;
		if (n <= 0)
			break;
	}
	close(fd);
	ckpt_buf_grow(buf, 1);
	buf->len--;
	return ret;
}

/* "PID (comm) S PPID ...": comm may hold anything, so the last ')' counts. */
static int parse_stat(char *text, struct ckpt_procs_stat *out)
{
	char *open_at = strchr(text, '('), *close_at = strrchr(text, ')');
	unsigned long long start;
	int ppid;

	if (!open_at || !close_at || close_at < open_at)
		return -ESRCH;
	*close_at = '\0';
	snprintf(out->comm, sizeof(out->comm), "%s", open_at + 1);
	if (sscanf(close_at + 1,
		   " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
		   &out->state, &ppid, &start) != 3)
		return -ESRCH;
	out->ppid = ppid;
	out->start = start;
	return 0;
}

int ckpt_procs_stat(pid_t pid, struct ckpt_procs_stat *out)
{
	struct ckpt_buf buf = { 0 };
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	ret = ckpt_procs_slurp(path, &buf) ? -ESRCH : parse_stat((char *)buf.data, out);
	ckpt_buf_free(&buf);
	return ret;
}

int ckpt_procs_alive(pid_t pid, uint64_t start)
{
	struct ckpt_procs_stat st;

	return pid > 0 && !ckpt_procs_stat(pid, &st) && st.start == start && st.state != 'Z' &&
	       st.state != 'X';
}

int ckpt_procs_getenv(pid_t pid, const char *name, char *out, size_t room)
{
	size_t name_len = strlen(name);
	struct ckpt_buf buf = { 0 };
	char path[64];
	int ret;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	ret = ckpt_procs_slurp(path, &buf);
	for (size_t at = 0; !ret && at < buf.len;) {
		const char *entry = (const char *)buf.data + at;

		at += strlen(entry) + 1;
		if (strncmp(entry, name, name_len) || entry[name_len] != '=')
			continue;
		ret = snprintf(out, room, "%s", entry + name_len + 1);
		ckpt_buf_free(&buf);
		return ret;
	}
	ckpt_buf_free(&buf);
	return ret ? ret : -ENOENT;
}

int ckpt_procs_walk(uid_t uid, int (*each)(void *arg, pid_t pid), void *arg)
{
	DIR *dir = opendir("/proc");
	struct dirent *e;
	struct stat st;
	int ret = 0;

	if (!dir)
		return -errno;
	while (!ret && (e = readdir(dir))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		/* The owner of /proc/PID is root where the process is not dumpable: root's entries
		 * are looked at too. */
		if (uid != (uid_t)-1 && (fstatat(dirfd(dir), e->d_name, &st, 0) ||
					 (st.st_uid != uid && st.st_uid != 0)))
			continue;
		ret = each(arg, atoi(e->d_name));
	}
	closedir(dir);
	return ret;
}
