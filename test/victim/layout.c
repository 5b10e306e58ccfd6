/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * layout KIND - address spaces that are laid out otherwise; the program begins anew in one.  [victim]
 * legacy: ADDR_COMPAT_LAYOUT, mappings rise, and the loader's own data lies directly behind the vdso | fixed: ADDR_NO_RANDOMIZE |
 * unlimited: no limit on the stack
 */
#include "victim.h"

#include <dlfcn.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>

static int wanted(const char *kind)
{
	if (!strcmp(kind, "legacy"))
		return ADDR_COMPAT_LAYOUT;
	return !strcmp(kind, "fixed") ? ADDR_NO_RANDOMIZE : 0;
}

static void begin_anew(char **argv)
{
	struct rlimit limit;

	if (!strcmp(argv[2], "unlimited")) {
		CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
		limit.rlim_cur = limit.rlim_max;
		CHECK(setrlimit(RLIMIT_STACK, &limit) == 0);
	}
	CHECK(personality(wanted(argv[2])) >= 0);
	CHECK(setenv("LAYOUT_AGAIN", "1", 1) == 0);
	execv("/proc/self/exe", argv);
	FAIL("exec: %s", strerror(errno));
}

static size_t deep(size_t n)
{
	volatile char page[4096];

	page[0] = n;
	return n ? deep(n - 1) + page[0] - (char)n : 0;
}

int main(int argc, char **argv)
{
	char *page;

	if (argc < 3)
		return 2;
	if (!getenv("LAYOUT_AGAIN"))
		begin_anew(argv);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	victim_fill(page, 4096, 1);
	victim_ready(argv);
	victim_hold(argv);
	victim_verify(page, 4096, 1, "page");
	CHECK_EQ(personality(0xffffffff), wanted(argv[2]));
	CHECK_EQ(deep(500), 0);
	/* The loader's lists of what is loaded, and its search through them. */
	CHECK(dlopen("libnothing-of-this-name.so", RTLD_NOW) == NULL && dlsym(RTLD_DEFAULT, "qsort") != NULL);
	page = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	victim_fill(page, 64 << 20, 2);
	return victim_ok();
}
