/* SPDX-License-Identifier: BSD-3-Clause */
/* regular - regular files: offsets, flags, sharing by dup, descriptions apart, numbers with gaps, close-on-exec, O_PATH.  [victim] */
#include "victim.h"

#define AT 500

static char path[4096];

static int flags(int fd)
{
	int f = fcntl(fd, F_GETFL);

	CHECK(f >= 0);
	return f & ~0100000; /* O_LARGEFILE, which libc says is 0 */
}

static void put(int fd, int number, int cloexec)
{
	CHECK(dup3(fd, number, cloexec ? O_CLOEXEC : 0) == number);
	CHECK(close(fd) == 0);
}

static void *appender(void *arg)
{
	int fd = AT + 2;
	char line[32];

	for (int n = 0; !victim_over; n++) {
		int len = snprintf(line, sizeof(line), "line %d\n", n);

		CHECK(write(fd, line, len) == len);
		victim_sleep_ms(1);
	}
	return arg;
}

static void verify_log(void)
{
	FILE *f;
	char name[4200];
	int n, expected = 0;

	snprintf(name, sizeof(name), "%s.log", path);
	f = fopen(name, "re");
	CHECK(f != NULL);
	while (fscanf(f, "line %d\n", &n) == 1)
		CHECK_EQ(n, expected++);
	CHECK(feof(f) && expected > 10);
	fclose(f);
}

int main(int argc, char **argv)
{
	char name[4200], buf[64];
	pthread_t thread;

	(void)argc;
	snprintf(path, sizeof(path), "%s.file", argv[1]);
	snprintf(name, sizeof(name), "%s.log", path);
	put(open(path, O_RDWR | O_CREAT | O_TRUNC, 0640), AT, 0);
	CHECK(write(AT, "0123456789abcdefghijklmnopqrstuvwxyz", 36) == 36);
	put(open(path, O_RDONLY), AT + 1, 1);			    /* another description, close-on-exec */
	put(open(name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0600), AT + 2, 0);
	CHECK(dup2(AT, AT + 300) == AT + 300);			    /* far away, shares the offset */
	put(open(path, O_WRONLY), AT + 4, 0);
	put(open(path, O_PATH), AT + 5, 0);
	put(open(path, O_RDWR | O_SYNC | O_NONBLOCK | O_NOATIME), AT + 6, 0);
	CHECK(lseek(AT, 10, SEEK_SET) == 10);
	CHECK(lseek(AT + 1, 20, SEEK_SET) == 20);
	CHECK(lseek(AT + 6, 1l << 40, SEEK_SET) == 1l << 40);
	thread = victim_thread(appender, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread);
	CHECK_EQ(flags(AT), O_RDWR);
	CHECK_EQ(flags(AT + 1), O_RDONLY);
	CHECK_EQ(flags(AT + 2), O_WRONLY | O_APPEND);
	CHECK_EQ(flags(AT + 4), O_WRONLY);
	CHECK_EQ(flags(AT + 5), O_PATH);
	CHECK_EQ(flags(AT + 6), O_RDWR | O_SYNC | O_NONBLOCK | O_NOATIME);
	CHECK_EQ(fcntl(AT, F_GETFD), 0);
	CHECK_EQ(fcntl(AT + 1, F_GETFD), FD_CLOEXEC);
	CHECK(fcntl(AT + 3, F_GETFD) == -1 && errno == EBADF);
	CHECK(fcntl(AT - 1, F_GETFD) == -1 && errno == EBADF);
	CHECK(fcntl(AT + 299, F_GETFD) == -1 && errno == EBADF);
	CHECK_EQ(lseek(AT + 300, 0, SEEK_CUR), 10);
	CHECK(read(AT, buf, 5) == 5 && !memcmp(buf, "abcde", 5));
	CHECK_EQ(lseek(AT + 300, 0, SEEK_CUR), 15);
	CHECK_EQ(lseek(AT + 1, 0, SEEK_CUR), 20);
	CHECK(write(AT + 1, "x", 1) == -1 && errno == EBADF);
	CHECK_EQ(lseek(AT + 4, 0, SEEK_CUR), 0);
	CHECK(write(AT + 4, "X", 1) == 1);
	CHECK(pread(AT + 1, buf, 2, 0) == 2 && !memcmp(buf, "X1", 2));
	CHECK_EQ(lseek(AT + 6, 0, SEEK_CUR), 1l << 40);
	CHECK(read(AT + 5, buf, 1) == -1 && errno == EBADF);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", AT + 5);
	CHECK(readlink(name, buf, sizeof(buf)) > 0);
	CHECK(fcntl(AT, F_DUPFD, AT) == AT + 3); /* the lowest that is free */
	verify_log();
	return victim_ok();
}
