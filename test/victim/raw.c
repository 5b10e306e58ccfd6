/* SPDX-License-Identifier: BSD-3-Clause */
/* raw - everything by raw system calls instead of libc: ids agree with libc's, descriptors, futexes, signals, memory.  [victim] */
#include "victim.h"

#include <sys/mman.h>

static volatile int got;

static void handler(int sig)
{
	got = sig;
}

static void *run(void *arg)
{
	long tid = syscall(SYS_gettid);
	int fd[2] = {-1, -1};
	char byte = 0;

	CHECK(syscall(SYS_pipe2, fd, 0) == 0);
	while (!victim_over) {
		CHECK_EQ(syscall(SYS_getpid), getpid());
		CHECK_EQ(syscall(SYS_gettid), tid);
		CHECK_EQ(gettid(), tid);
		CHECK(syscall(SYS_write, fd[1], "q", 1) == 1);
		CHECK(syscall(SYS_read, fd[0], &byte, 1) == 1 && byte == 'q');
		victim_sleep_ms(2);
	}
	CHECK(syscall(SYS_tgkill, getpid(), tid, SIGUSR2) == 0);
	CHECK_EQ(got, SIGUSR2);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;
	char path[64], *p;
	long fd;

	(void)argc;
	signal(SIGUSR2, handler);
	p = (char *)syscall(SYS_mmap, NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(p != MAP_FAILED);
	victim_fill(p, 65536, 1);
	thread = victim_thread(run, NULL);
	victim_ready(argv);
	victim_hold(argv);
	victim_join(thread);
	victim_verify(p, 65536, 1, "raw mmap");
	CHECK_EQ(syscall(SYS_getpid), getpid());
	snprintf(path, sizeof(path), "/proc/%d/task/%d/comm", getpid(), gettid());
	fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0);
	CHECK(fd >= 0);
	CHECK(syscall(SYS_close, fd) == 0);
	CHECK(syscall(SYS_kill, syscall(SYS_getpid), 0) == 0);
	return victim_ok();
}
