/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * blocked KIND - a thread sits in one call for the whole time; what ends it comes from main, after.  [victim]
 * read | write (full pipe) | eventfd | poll | ppoll | select | pselect | epoll | epoll_pwait | futex_timed | sem | sem_timed |
 * cond_timed | mutex | pause | sigsuspend | sigwait | sigwaitinfo | sigtimedwait | nanosleep (ended by a signal) | splice | readv
 */
#include "victim.h"

#include <linux/futex.h>
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/uio.h>

static const char *kind;
static int pipes[2], other[2], efd, epoll, gate, open_now;
static sem_t sem;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static volatile int handled;
static uint32_t word = 1;

static int is(const char *what)
{
	return !strcmp(kind, what);
}

static void handler(int sig)
{
	handled += sig == SIGUSR1;
}

static void in_call(void)
{
	struct timespec rel = {1000, 0}, real, left = {0, 0};
	struct pollfd pfd = {.fd = pipes[0], .events = POLLIN};
	struct epoll_event event = {0};
	struct iovec iov = {&(char){0}, 1};
	siginfo_t info = {0};
	sigset_t set, none;
	char byte = 0;
	fd_set fds;
	int sig = 0;

	clock_gettime(CLOCK_REALTIME, &real);
	real.tv_sec += 1000;
	FD_ZERO(&fds);
	FD_SET(pipes[0], &fds);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (is("read")) {
		CHECK(read(pipes[0], &byte, 1) == 1 && byte == 'x');
	} else if (is("readv")) {
		CHECK(readv(pipes[0], &iov, 1) == 1);
	} else if (is("splice")) {
		CHECK(splice(pipes[0], NULL, other[1], NULL, 1, 0) == 1);
	} else if (is("write")) {
		CHECK(write(other[1], &byte, 1) == 1);
	} else if (is("eventfd")) {
		CHECK(eventfd_read(efd, &(eventfd_t){0}) == 0);
	} else if (is("poll")) {
		CHECK(poll(&pfd, 1, -1) == 1 && pfd.revents == POLLIN);
	} else if (is("ppoll")) {
		CHECK(ppoll(&pfd, 1, &rel, &none) == 1 && pfd.revents == POLLIN);
	} else if (is("select")) {
		CHECK(select(pipes[0] + 1, &fds, NULL, NULL, NULL) == 1 && FD_ISSET(pipes[0], &fds));
	} else if (is("pselect")) {
		CHECK(pselect(pipes[0] + 1, &fds, NULL, NULL, &rel, &none) == 1);
	} else if (is("epoll")) {
		CHECK(epoll_wait(epoll, &event, 1, -1) == 1 && event.data.u64 == 0x1122334455667788);
	} else if (is("epoll_pwait")) {
		CHECK(epoll_pwait(epoll, &event, 1, 1000000, &none) == 1 && event.data.u64 == 0x1122334455667788);
	} else if (is("futex_timed")) {
		CHECK(syscall(SYS_futex, &word, FUTEX_WAIT, 1, &rel, NULL, 0) == 0);
	} else if (is("sem")) {
		CHECK(sem_wait(&sem) == 0);
	} else if (is("sem_timed")) {
		CHECK(sem_timedwait(&sem, &real) == 0);
	} else if (is("cond_timed")) {
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
		while (!open_now)
			CHECK_EQ(pthread_cond_timedwait(&cond, &mutex, &real), 0);
		CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	} else if (is("mutex")) {
		CHECK_EQ(pthread_mutex_timedlock(&mutex, &real), 0);
	} else if (is("pause")) {
		CHECK(pause() == -1 && errno == EINTR && handled == 1);
	} else if (is("nanosleep")) {
		CHECK(nanosleep(&rel, &left) == -1 && errno == EINTR && handled == 1);
		CHECK(left.tv_sec > 800 && left.tv_sec < 1000);
	} else if (is("sigsuspend")) {
		CHECK(sigsuspend(&none) == -1 && errno == EINTR && handled == 1);
		CHECK(pthread_sigmask(SIG_BLOCK, NULL, &none) == 0 && sigismember(&none, SIGUSR1));
	} else if (is("sigwait")) {
		CHECK(sigwait(&set, &sig) == 0 && sig == SIGUSR1 && !handled);
	} else if (is("sigwaitinfo")) {
		CHECK(sigwaitinfo(&set, &info) == SIGUSR1 && info.si_signo == SIGUSR1 && !handled);
	} else if (is("sigtimedwait")) {
		CHECK(sigtimedwait(&set, &info, &rel) == SIGUSR1 && info.si_signo == SIGUSR1 && !handled);
	} else {
		FAIL("no kind %s", kind);
	}
}

static void *run(void *arg)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (!strncmp(kind, "sig", 3))
		CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	__atomic_store_n(&gate, 1, __ATOMIC_SEQ_CST);
	in_call();
	if (!__atomic_load_n(&open_now, __ATOMIC_SEQ_CST))
		FAIL("%s: came back by itself", kind);
	return arg;
}

static void let_go(pthread_t thread)
{
	char page[4096];

	CHECK_EQ(pthread_mutex_trylock(&mutex), is("mutex") ? EBUSY : 0);
	__atomic_store_n(&open_now, 1, __ATOMIC_SEQ_CST);
	CHECK_EQ(pthread_mutex_unlock(&mutex), 0);
	CHECK_EQ(pthread_cond_signal(&cond), 0);
	if (is("pause") || is("nanosleep") || !strncmp(kind, "sig", 3))
		CHECK_EQ(pthread_kill(thread, SIGUSR1), 0);
	if (is("write"))
		CHECK(read(other[0], page, sizeof(page)) == sizeof(page));
	word = 2;
	syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0);
	CHECK(sem_post(&sem) == 0);
	CHECK(eventfd_write(efd, 1) == 0);
	CHECK(write(pipes[1], "x", 1) == 1);
}

int main(int argc, char **argv)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788};
	struct sigaction act = {.sa_handler = handler, .sa_flags = SA_RESTART};
	pthread_t thread;

	kind = argc > 2 ? argv[2] : "read";
	CHECK(sigaction(SIGUSR1, &act, NULL) == 0);
	efd = eventfd(0, EFD_CLOEXEC);
	epoll = epoll_create1(0);
	CHECK(pipe(pipes) == 0 && pipe(other) == 0 && efd >= 0 && epoll >= 0 && sem_init(&sem, 0, 0) == 0);
	CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event) == 0);
	if (is("write"))
		for (int i = 0; i < 16; i++)
			CHECK(write(other[1], (char[4096]){1}, 4096) == 4096);
	if (is("mutex"))
		CHECK_EQ(pthread_mutex_lock(&mutex), 0);
	thread = victim_thread(run, NULL);
	while (!__atomic_load_n(&gate, __ATOMIC_SEQ_CST))
		victim_sleep_ms(1);
	victim_sleep_ms(20);
	victim_ready(argv);
	victim_hold(argv);
	let_go(thread);
	victim_join(thread);
	return victim_ok();
}
