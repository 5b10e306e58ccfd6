/* SPDX-License-Identifier: BSD-3-Clause */
/* self - what the process sees of itself: exe, cmdline, environ, auxv, getauxval, argv, its own /proc, vdso through old pointers.  [victim] */
#include "victim.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/auxv.h>

extern char **environ;

struct view {
	char exe[4096], cmdline[8192], environ[65536], auxv[4096], args[4096];
	size_t cmdline_len, environ_len, auxv_len;
	unsigned long value[64];
};

static size_t read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t at = 0;
	ssize_t n;

	CHECK(fd >= 0);
	while ((n = read(fd, text + at, size - at)) > 0)
		at += n;
	CHECK(n == 0);
	close(fd);
	return at;
}

static void look(struct view *view, char **argv)
{
	memset(view, 0, sizeof(*view));
	CHECK(readlink("/proc/self/exe", view->exe, sizeof(view->exe)) > 0);
	view->cmdline_len = read_file("/proc/self/cmdline", view->cmdline, sizeof(view->cmdline));
	view->environ_len = read_file("/proc/self/environ", view->environ, sizeof(view->environ));
	view->auxv_len = read_file("/proc/self/auxv", view->auxv, sizeof(view->auxv));
	for (int i = 0; i < 64; i++)
		view->value[i] = getauxval(i);
	for (int i = 0; argv[i]; i++)
		snprintf(view->args + strlen(view->args), sizeof(view->args) - strlen(view->args), "%s|", argv[i]);
}

static int compare(const struct view *a, const struct view *b)
{
	CHECK_STR(b->exe, a->exe);
	CHECK_STR(b->args, a->args);
	CHECK_EQ(b->cmdline_len, a->cmdline_len);
	CHECK(!memcmp(b->cmdline, a->cmdline, sizeof(a->cmdline)));
	CHECK_EQ(b->environ_len, a->environ_len);
	CHECK(!memcmp(b->environ, a->environ, sizeof(a->environ)));
	CHECK_EQ(b->auxv_len, a->auxv_len);
	CHECK(!memcmp(b->auxv, a->auxv, sizeof(a->auxv)));
	return memcmp(b->value, a->value, sizeof(a->value));
}

static int count_vdso(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	if (info->dlpi_addr && info->dlpi_addr == getauxval(AT_SYSINFO_EHDR))
		++*(int *)arg;
	return 0;
}

int main(int argc, char **argv)
{
	static struct view before, after;
	int (*old_clock)(clockid_t, struct timespec *);
	void *vdso = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	struct timespec by_vdso, by_call;
	int here = 0;

	(void)argc;
	CHECK(vdso != NULL);
	*(void **)&old_clock = dlsym(vdso, "__vdso_clock_gettime");
	CHECK(old_clock != NULL);
	CHECK(setenv("VICTIM_SET", "by itself", 1) == 0);
	look(&before, argv);
	victim_ready(argv);
	victim_hold(argv);
	look(&after, argv);
	CHECK_EQ(compare(&before, &after), 0);
	CHECK_STR(getenv("VICTIM_SET"), "by itself");
	CHECK(getenv("LD_PRELOAD") == NULL);
	CHECK(old_clock(CLOCK_MONOTONIC, &by_vdso) == 0);
	CHECK(syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &by_call) == 0);
	CHECK(by_call.tv_sec * 1000000000 + by_call.tv_nsec >= by_vdso.tv_sec * 1000000000 + by_vdso.tv_nsec);
	CHECK(by_call.tv_sec - by_vdso.tv_sec <= 2);
	CHECK(old_clock(CLOCK_REALTIME, &by_vdso) == 0 && labs(by_vdso.tv_sec - time(NULL)) <= 2);
	dl_iterate_phdr(count_vdso, &here);
	CHECK_EQ(here, 1);
	CHECK(!memcmp((void *)getauxval(AT_SYSINFO_EHDR), ELFMAG, 4));
	CHECK(getauxval(AT_PHDR) != 0 && getauxval(AT_PAGESZ) == 4096);
	return victim_ok();
}
