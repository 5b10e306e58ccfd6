// SPDX-License-Identifier: BSD-3-Clause
/* jobfile.c - see jobfile.h.  [tool] */
#include "base/jobfile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/procs.h"
#include "ckpt/exit.h"

enum setting_kind { TEXT, NUMBER };

struct setting {
	const char *option;
	enum setting_kind kind;
	size_t offset, size;
};

#define ROW(kind_, field_, size_, option_) \
	{ option_, kind_, offsetof(struct ckpt_settings, field_), size_ },
static const struct setting settings[] = { CKPT_SETTINGS(ROW) };
#undef ROW
#define ROW(kind_, field_, size_, option_) \
	{ option_, kind_, offsetof(struct ckpt_jobfile, field_), size_ },
static const struct setting running[] = { CKPT_RUNNING(ROW) };
#undef ROW

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define TITLE "ckpt-job 1\n"

void ckpt_settings_default(struct ckpt_settings *s)
{
	*s = (struct ckpt_settings){
		.keep = 1,
		.snapshot = "auto",
		.pids = "auto",
		.files = "written",
		.file_limit = 64u << 20,
		.stop_timeout = 10,
	};
}

static const struct setting *find(const struct setting *table, size_t count, const char *option)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(table[i].option, option))
			return &table[i];
	return NULL;
}

static int set(const struct setting *row, void *base, const char *value, struct ckpt_err *err)
{
	void *at = (char *)base + row->offset;
	char *end;

	if (row->kind == TEXT) {
		if (strlen(value) >= row->size)
			return ckpt_errs(err, CKPT_EX_USAGE, -EINVAL, "--%s: '%s' is too long",
					 row->option, value);
		strcpy(at, value);
		return 0;
	}
	errno = 0;
	*(uint64_t *)at = strtoull(value, &end, 10);
	if (errno || end == value || *end || !isdigit((unsigned char)value[0]))
		return ckpt_errs(err, CKPT_EX_USAGE, -EINVAL, "--%s: '%s' is not a number",
				 row->option, value);
	return 0;
}

int ckpt_settings_set(struct ckpt_settings *s, const char *option, const char *value,
		      struct ckpt_err *err)
{
	const struct setting *row = find(settings, COUNT(settings), option);

	return row ? set(row, s, value, err) : -ENOENT;
}

char **ckpt_settings_argv(const struct ckpt_settings *s, const char *program, const char *extra)
{
	size_t args = COUNT(settings) + 1 + (extra != NULL), pointers = (args + 1) * sizeof(char *);
	struct ckpt_buf buf = { 0 };
	char text[PATH_MAX + 64], **argv;
	size_t at = pointers;

	ckpt_buf_grow(&buf, pointers);
	ckpt_buf_add(&buf, program, strlen(program) + 1);
	for (size_t i = 0; i < COUNT(settings); i++) {
		const void *value = (const char *)s + settings[i].offset;
		int n = settings[i].kind == TEXT
				? snprintf(text, sizeof(text), "--%s=%s", settings[i].option,
					   (const char *)value)
				: snprintf(text, sizeof(text), "--%s=%llu", settings[i].option,
					   *(const unsigned long long *)value);

		ckpt_buf_add(&buf, text, n + 1);
	}
	if (extra)
		ckpt_buf_add(&buf, extra, strlen(extra) + 1);
	argv = (char **)buf.data;
	for (size_t i = 0; i < args; i++) {
		argv[i] = (char *)buf.data + at;
		at += strlen(argv[i]) + 1;
	}
	return argv;
}

int ckpt_jobfile_path(const char *dir, const char *job, char path[PATH_MAX])
{
	return snprintf(path, PATH_MAX, "%s/.ckpt_%s.job", dir, job) >= PATH_MAX ? -ENAMETOOLONG
										 : 0;
}

/* Which byte of the file is locked says who holds it; the content does not matter. */
enum holder { COORDINATOR, AGENT };

static struct flock lock_of(enum holder who, short type)
{
	return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = who, .l_len = 1 };
}

/* Is what we have open still what the name leads to?  A coordinator that ends unlinks its file
 * while it holds the lock. */
static int is_current(int fd, const char *path)
{
	struct stat open_st, name_st;

	return !fstat(fd, &open_st) && !lstat(path, &name_st) && open_st.st_ino == name_st.st_ino &&
	       open_st.st_dev == name_st.st_dev;
}

int ckpt_jobfile_lock(const char *path, struct ckpt_err *err)
{
	for (int tries = 0; tries < 100; tries++) {
		struct flock lock = lock_of(COORDINATOR, F_WRLCK);
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
		struct stat st;

		if (fd < 0)
			return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot create %s: %s",
					 path, strerror(errno));
		if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid()) {
			close(fd);
			return ckpt_errs(err, CKPT_EX_AUTHENTICATION, -EPERM,
					 "%s is not a file of ours: remove it", path);
		}
		if (fcntl(fd, F_OFD_SETLK, &lock)) {
			int why = errno;

			/* Some shared file systems know no locks at all: the file's content has to
			 * do there. */
			if (why == ENOLCK || why == EOPNOTSUPP || why == ENOSYS)
				return fd;
			close(fd);
			if (why == EAGAIN || why == EACCES)
				return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EBUSY,
						 "%s is held by a running job", path);
			return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -why, "cannot lock %s: %s",
					 path, strerror(why));
		}
		if (is_current(fd, path))
			return fd;
		close(fd);
	}
	return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -EBUSY, "%s comes and goes", path);
}

int ckpt_jobfile_held(const char *path)
{
	struct flock lock = lock_of(COORDINATOR, F_RDLCK);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return -errno;
	ret = fcntl(fd, F_OFD_GETLK, &lock) ? -errno : lock.l_type != F_UNLCK;
	close(fd);
	return ret;
}

int ckpt_jobfile_lock_agent(const char *path)
{
	struct flock lock = lock_of(AGENT, F_WRLCK);
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return -errno;
	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return fd;
	ret = errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	close(fd);
	return ret;
}

static void put_text(struct ckpt_buf *buf, const char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;
		char piece[4];

		/* A blank ends a value only in a member's line, but there a program's name stands
		 * last. */
		ckpt_buf_add(buf, piece,
			     c > 32 && c < 127 && c != '%' ? sprintf(piece, "%c", c)
							   : sprintf(piece, "%%%02X", c));
	}
}

static void put_rows(struct ckpt_buf *buf, const struct setting *table, size_t count,
		     const void *base)
{
	for (size_t i = 0; i < count; i++) {
		const void *value = (const char *)base + table[i].offset;
		char number[32];

		ckpt_buf_add(buf, table[i].option, strlen(table[i].option));
		ckpt_buf_add(buf, " ", 1);
		if (table[i].kind == TEXT)
			put_text(buf, value);
		else
			ckpt_buf_add(buf, number,
				     sprintf(number, "%llu", *(const unsigned long long *)value));
		ckpt_buf_add(buf, "\n", 1);
	}
}

static void put_members(struct ckpt_buf *buf, const struct ckpt_jobfile *jf)
{
	for (size_t i = 0; i < jf->count; i++) {
		const struct ckpt_jobfile_member *m = &jf->members[i];
		char line[128];

		ckpt_buf_add(buf, line,
			     sprintf(line, "member %u %d %llu %d ", m->member, (int)m->pid,
				     (unsigned long long)m->start, (int)m->known_pid));
		put_text(buf, m->program);
		ckpt_buf_add(buf, "\n", 1);
	}
}

int ckpt_jobfile_write(int fd, const struct ckpt_jobfile *jf, struct ckpt_err *err)
{
	struct ckpt_buf buf = { 0 };
	int ret = 0;

	ckpt_buf_add(&buf, TITLE, strlen(TITLE));
	put_rows(&buf, settings, COUNT(settings), &jf->settings);
	put_rows(&buf, running, COUNT(running), jf);
	put_members(&buf, jf);
	ckpt_buf_add(&buf, "end\n", 4);
	/* One write, and cut after it: a reader sees the old text or the new one, with an "end" in
	 * either. */
	if (pwrite(fd, buf.data, buf.len, 0) != (ssize_t)buf.len || ftruncate(fd, buf.len))
		ret = ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -(errno ? errno : EIO),
				"cannot write the job's record: %s", strerror(errno ? errno : EIO));
	ckpt_buf_free(&buf);
	return ret;
}

static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		unsigned c;

		if (*text == '%' && sscanf(text, "%%%2x", &c) == 1 && text[1] && text[2]) {
			*to++ = c;
			text += 2;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

static void add_member(struct ckpt_jobfile *jf, char *line)
{
	struct ckpt_jobfile_member m = { 0 };
	unsigned long long start;
	int pid, known, at = 0;

	if (sscanf(line, "%u %d %llu %d %n", &m.member, &pid, &start, &known, &at) < 4 || !at)
		return;
	unescape(line + at);
	m.pid = pid;
	m.start = start;
	m.known_pid = known;
	snprintf(m.program, sizeof(m.program), "%s", line + at);
	jf->members = ckpt_xrealloc(jf->members, (jf->count + 1) * sizeof(m));
	jf->members[jf->count++] = m;
}

/* 1 when the line "end" was there. */
static int parse(char *text, struct ckpt_jobfile *jf)
{
	char *save, *line = strtok_r(text, "\n", &save);

	for (; line; line = strtok_r(NULL, "\n", &save)) {
		char *value = strchr(line, ' ');
		const struct setting *row;

		if (!strcmp(line, "end"))
			return 1;
		if (!value)
			continue;
		*value++ = '\0';
		if (!strcmp(line, "member")) {
			add_member(jf, value);
			continue;
		}
		unescape(value);
		row = find(settings, COUNT(settings), line);
		if (row)
			set(row, &jf->settings, value, NULL);
		row = find(running, COUNT(running), line);
		if (row)
			set(row, jf, value, NULL);
	}
	return 0;
}

static int read_owned(const char *path, struct ckpt_buf *buf, struct ckpt_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return ckpt_errf(err, -errno, "cannot open %s: %s", path, strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_uid != geteuid() && geteuid() != 0) ||
	    st.st_mode & 022) {
		close(fd);
		return ckpt_errs(err, CKPT_EX_AUTHENTICATION, -EPERM,
				 "%s belongs to another user, or others may write it", path);
	}
	ckpt_buf_grow(buf, 1u << 20);
	n = pread(fd, buf->data, buf->len - 1, 0);
	close(fd);
	buf->len = n > 0 ? n : 0;
	return n < 0 ? ckpt_errf(err, -EIO, "cannot read %s", path) : 0;
}

int ckpt_jobfile_read(const char *path, struct ckpt_jobfile *jf, struct ckpt_err *err)
{
	struct ckpt_buf buf = { 0 };
	int ret = read_owned(path, &buf, err);

	*jf = (struct ckpt_jobfile){ 0 };
	ckpt_settings_default(&jf->settings);
	if (!ret && !buf.len)
		ret = ckpt_errf(err, -ENODATA, "%s is empty", path);
	else if (!ret &&
		 (strncmp((char *)buf.data, TITLE, strlen(TITLE)) || !parse((char *)buf.data, jf)))
		ret = ckpt_errs(err, CKPT_EX_PROTOCOL, -EBADMSG,
				"%s is not a job's record of this version", path);
	ckpt_buf_free(&buf);
	if (ret)
		ckpt_jobfile_free(jf);
	return ret;
}

void ckpt_jobfile_free(struct ckpt_jobfile *jf)
{
	free(jf->members);
	jf->members = NULL;
	jf->count = 0;
}

void ckpt_jobfile_host(char host[65], char boot[40])
{
	struct ckpt_buf buf = { 0 };

	if (gethostname(host, 65))
		strcpy(host, "?");
	host[64] = '\0';
	boot[0] = '\0';
	if (!ckpt_procs_slurp("/proc/sys/kernel/random/boot_id", &buf))
		sscanf((char *)buf.data, "%39s", boot);
	ckpt_buf_free(&buf);
}

int ckpt_jobfile_here(const struct ckpt_jobfile *jf)
{
	char host[65], boot[40];

	ckpt_jobfile_host(host, boot);
	return !strcmp(jf->boot, boot);
}

pid_t ckpt_jobfile_alive(const struct ckpt_jobfile *jf)
{
	if (!ckpt_jobfile_here(jf))
		return 0;
	for (size_t i = 0; i < jf->count; i++)
		if (ckpt_procs_alive(jf->members[i].pid, jf->members[i].start))
			return jf->members[i].pid;
	return 0;
}
