/* SPDX-License-Identifier: BSD-3-Clause */
/* threads N - N threads, each with its own stack, TLS, errno, name, id and counter; all are joined at the end.  [victim] */
#include "victim.h"

#include <sys/prctl.h>

static __thread uint64_t tls_set[8];
static __thread uint64_t tls_zero[8];
static __thread int tls_init = 12345;
static long gate;

struct mine {
	pthread_t thread;
	int index;
	pid_t tid;
	uint64_t rounds;
};

static void verify(struct mine *mine, uint64_t *stack, const char *name)
{
	char now[16] = "";

	victim_verify(stack, 64 * 8, mine->index, "stack");
	victim_verify(tls_set, sizeof(tls_set), mine->index + 7, "TLS");
	victim_zero(tls_zero, sizeof(tls_zero), "TLS");
	CHECK_EQ(tls_init, 12345 + mine->index);
	CHECK_EQ(gettid(), mine->tid);
	CHECK(pthread_equal(pthread_self(), mine->thread));
	CHECK(prctl(PR_GET_NAME, now, 0, 0, 0) == 0);
	CHECK_STR(now, name);
}

static void *run(void *arg)
{
	struct mine *mine = arg;
	uint64_t stack[64];
	char name[16];

	mine->thread = pthread_self();
	mine->tid = gettid();
	snprintf(name, sizeof(name), "v %d", mine->index);
	CHECK(pthread_setname_np(pthread_self(), name) == 0);
	victim_fill(stack, sizeof(stack), mine->index);
	victim_fill(tls_set, sizeof(tls_set), mine->index + 7);
	tls_init += mine->index;
	__atomic_add_fetch(&gate, 1, __ATOMIC_SEQ_CST);
	while (!victim_over) {
		verify(mine, stack, name);
		errno = mine->index + 1;
		victim_sleep_ms(50 + mine->index % 100);
		CHECK_EQ(errno, mine->index + 1);
		mine->rounds++;
	}
	verify(mine, stack, name);
	return (void *)(long)(mine->index + 5);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 8;
	struct mine *mine = calloc(n, sizeof(*mine));
	pthread_t *thread = calloc(n, sizeof(*thread));
	pthread_attr_t attr;
	void *value;
	pid_t pid = getpid();

	CHECK(pthread_attr_init(&attr) == 0 && pthread_attr_setstacksize(&attr, 256 << 10) == 0);
	for (int i = 0; i < n; i++) {
		mine[i].index = i;
		CHECK_EQ(pthread_create(&thread[i], &attr, run, &mine[i]), 0);
	}
	while (__atomic_load_n(&gate, __ATOMIC_SEQ_CST) < n)
		victim_sleep_ms(1);
	victim_ready(argv);
	victim_hold(argv);
	CHECK_EQ(getpid(), pid);
	CHECK_EQ(gettid(), pid);
	for (int i = 0; i < n; i++) {
		CHECK_EQ(pthread_join(thread[i], &value), 0);
		CHECK_EQ((long)value, i + 5);
	}
	for (int i = 0; i < n; i++) { /* new ones can be made */
		CHECK_EQ(pthread_create(&thread[i], &attr, run, &mine[i]), 0);
		CHECK_EQ(pthread_join(thread[i], &value), 0);
	}
	return victim_ok();
}
