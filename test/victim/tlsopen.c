/* SPDX-License-Identifier: BSD-3-Clause */
/* tlsopen - TLS of a library that was dlopened (tlslib.so beside us): values and addresses, and first use after.  [victim] */
#include "victim.h"

#include <dlfcn.h>
#include <libgen.h>

#define N 6

static uint64_t *(*get_set)(void), *(*get_zero)(void), *(*get_big)(void);

static void *run(void *arg)
{
	uint64_t index = (uint64_t)(long)arg, *set = NULL, *big = NULL;

	if (index % 2) { /* the others touch it only after */
		set = get_set();
		big = get_big();
		CHECK_EQ(*set, 4711);
		*set = index;
		victim_fill(big, 8192, index);
	}
	while (!victim_over) {
		victim_sleep_ms(3);
		if (!set)
			continue;
		CHECK(get_set() == set);
		CHECK_EQ(*get_set(), index);
		victim_verify(get_big(), 8192, index, "dlopened TLS");
	}
	if (!set)
		CHECK_EQ(*get_set(), 4711);
	CHECK_EQ(*get_zero(), 0);
	return NULL;
}

int main(int argc, char **argv)
{
	char path[4096], self[4096] = "";
	pthread_t thread[N];
	void *lib;

	(void)argc;
	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	snprintf(path, sizeof(path), "%s/tlslib.so", dirname(self));
	lib = dlopen(path, RTLD_NOW);
	if (!lib)
		FAIL("%s", dlerror());
	*(void **)&get_set = dlsym(lib, "tlslib_set");
	*(void **)&get_zero = dlsym(lib, "tlslib_zero");
	*(void **)&get_big = dlsym(lib, "tlslib_big");
	CHECK(get_set && get_zero && get_big);
	for (long i = 0; i < N; i++)
		thread[i] = victim_thread(run, (void *)i);
	victim_ready(argv);
	victim_hold(argv);
	for (int i = 0; i < N; i++)
		victim_join(thread[i]);
	thread[0] = victim_thread(run, (void *)7L);
	victim_join(thread[0]);
	CHECK(dlsym(lib, "tlslib_big") == *(void **)&get_big);
	CHECK(dlopen("libm.so.6", RTLD_NOW) != NULL);
	CHECK(dlclose(lib) == 0);
	return victim_ok();
}
