// SPDX-License-Identifier: BSD-3-Clause
/* proc.c - see proc.h.  [tool] */
#include "base/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


char *ckpt_proc_read(struct ckpt_arena *arena, pid_t pid, const char *name, size_t *len)
{
	struct ckpt_buf buf = { 0 };
	char path[64 + NAME_MAX], *text;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	for (;;) {
		/* A page at a time is all that most of these files give. */
		ckpt_buf_reserve(&buf, 4096);
		n = read(fd, buf.data + buf.len, buf.room - buf.len);
		if (n <= 0)
			break;
		buf.len += n;
	}
	if (n < 0) {
		int saved = errno;

		close(fd);
		ckpt_buf_free(&buf);
		errno = saved;
		return NULL;
	}
	close(fd);
	text = ckpt_arena_text(arena, (char *)buf.data, buf.len);
	if (len)
		*len = buf.len;
	ckpt_buf_free(&buf);
	return text;
}

char *ckpt_proc_link(struct ckpt_arena *arena, pid_t pid, const char *name)
{
	char path[64 + NAME_MAX], target[PATH_MAX + 16];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	n = readlink(path, target, sizeof(target));
	return n < 0 ? NULL : ckpt_arena_text(arena, target, n);
}

const char *ckpt_proc_field(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text && *text) {
		if (!strncmp(text, key, len) && text[len] == ':') {
			text += len + 1;
			while (*text == ' ' || *text == '\t')
				text++;
			return text;
		}
		text = strchr(text, '\n');
		if (text)
			text++;
	}
	return NULL;
}

uint64_t ckpt_proc_number(const char *text, const char *key, int base)
{
	const char *value = ckpt_proc_field(text, key);

	return value ? strtoull(value, NULL, base) : 0;
}

static const char *after_name(const char *text)
{
	const char *p = strrchr(text, ')');

	return p && p[1] == ' ' ? p + 2 : "";
}

char ckpt_proc_state(const char *stat_text)
{
	return *after_name(stat_text);
}

uint64_t ckpt_proc_stat(const char *text, int n)
{
	const char *p = after_name(text);

	for (int i = 3; i < n && p; i++) {
		p = strchr(p, ' ');
		if (p)
			p++;
	}
	return p ? strtoull(p, NULL, 10) : 0;
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

ssize_t ckpt_proc_numbers(struct ckpt_arena *arena, pid_t pid, const char *name, int **out)
{
	struct ckpt_buf buf = { 0 };
	struct dirent *e;
	char path[64];
	ssize_t n;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	dir = opendir(path);
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		int v = atoi(e->d_name);

		if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
			ckpt_buf_add(&buf, &v, sizeof(v));
	}
	closedir(dir);
	if (buf.len)
		qsort(buf.data, buf.len / sizeof(int), sizeof(int), by_number);
	*out = ckpt_arena_copy(arena, buf.data, buf.len);
	n = buf.len / sizeof(int);
	ckpt_buf_free(&buf);
	return n;
}
