// SPDX-License-Identifier: BSD-3-Clause
/* probe_kernel.c - probes of what kernel, file system and processor know at all.  [tool] */
#include "cli/probe.h"

#include <cpuid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of Debian 12: linux/fs.h of Linux 6.7. */
#ifndef PAGEMAP_SCAN
struct page_region {
	uint64_t start, end, categories;
};
struct pm_scan_arg {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define PAGEMAP_SCAN _IOWR('f', 16, struct pm_scan_arg)
#define PAGE_IS_PRESENT (1 << 3)
#endif
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef UFFD_FEATURE_WP_ASYNC
#define UFFD_FEATURE_WP_ASYNC (1 << 15)
#endif

int probe_pagemap_scan(char *detail)
{
	static volatile char page[8192];
	uint64_t at = ((uintptr_t)page + 4095) & ~4095ull;
	struct page_region region;
	struct pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = at,
		.end = at + 4096,
		.vec = (uintptr_t)&region,
		.vec_len = 1,
		.category_anyof_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT,
	};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC), r, error;

	if (fd < 0)
		return probe_failed(detail, "/proc/self/pagemap", errno);
	*(volatile char *)at = 1;
	r = ioctl(fd, PAGEMAP_SCAN, &arg);
	error = errno;
	close(fd);
	return r == 1 ? 1 : probe_failed(detail, "ioctl", r < 0 ? error : EINVAL);
}

int probe_userfaultfd(char *detail)
{
	struct uffdio_api api = { .api = UFFD_API, .features = UFFD_FEATURE_WP_ASYNC };
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC), kernel = fd >= 0, async;

	if (fd < 0)
		fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		return probe_failed(detail, "userfaultfd", errno);
	async = ioctl(fd, UFFDIO_API, &api) == 0;
	close(fd);
	snprintf(detail, PROBE_DETAIL, "%s, %s asynchronous write protection",
		 kernel ? "kernel faults too" : "faults of user mode only",
		 async ? "with" : "without");
	return 1;
}

int probe_peek_off(char *detail)
{
	int fds[2], zero = 0, r = 0;
	char text[4] = "";

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		return probe_failed(detail, "socketpair", errno);
	if (setsockopt(fds[0], SOL_SOCKET, SO_PEEK_OFF, &zero, sizeof(zero)) < 0)
		probe_failed(detail, "setsockopt", errno);
	else
		r = write(fds[1], "ab", 2) == 2 && recv(fds[0], text, 1, MSG_PEEK) == 1 &&
		    recv(fds[0], text + 1, 1, MSG_PEEK) == 1 && !strcmp(text, "ab");
	close(fds[0]);
	close(fds[1]);
	return r;
}

int probe_io_uring(char *detail)
{
	struct io_uring_params params = { 0 };
	int fd = (int)syscall(SYS_io_uring_setup, 1, &params);

	if (fd < 0)
		return probe_failed(detail, "io_uring_setup", errno);
	close(fd);
	return 1;
}

/* ---- this directory ---- */

int probe_direct(char *detail)
{
	int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), r = -1, error;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fd < 0) {
		probe_failed(detail, "no temporary file here", errno);
	} else if (fcntl(fd, F_SETFL, O_DIRECT) < 0 ||
		   (r = (int)pwrite(fd, page, 4096, 0)) != 4096) {
		error = errno;
		probe_failed(detail, "O_DIRECT", r < 0 ? error : EIO);
	}
	munmap(page, 4096);
	if (fd >= 0)
		close(fd);
	return r == 4096;
}

int probe_ficlone(char *detail)
{
	int from = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600),
	    to = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char page[4096] = "ckpt";
	int r = -1;

	if (from < 0 || to < 0)
		probe_failed(detail, "no temporary file here", errno);
	else if (write(from, page, sizeof(page)) != sizeof(page) ||
		 (r = ioctl(to, FICLONE, from)) < 0)
		probe_failed(detail, "FICLONE", errno);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	return r == 0;
}

/* ---- processor ---- */

static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return low | (uint64_t)high << 32;
}

int probe_xstate(char *detail)
{
	unsigned a, b, c, d, size;
	uint64_t xcr0;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) {
		snprintf(detail, PROBE_DETAIL, "SSE, 512 bytes");
		return 1;
	}
	xcr0 = read_xcr0();
	__cpuid_count(0xd, 0, a, size, c, d);
	snprintf(detail, PROBE_DETAIL, "%s%s%s, xcr0 0x%llx, %u bytes a thread",
		 (xcr0 & 0xe0) == 0xe0 ? "AVX-512"
		 : xcr0 & 4	       ? "AVX"
				       : "SSE",
		 xcr0 & 0x200 ? ", protection keys" : "",
		 (xcr0 & 0x60000) == 0x60000 ? ", tiles" : "", (unsigned long long)xcr0, size);
	return 1;
}
