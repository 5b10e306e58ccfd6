/* SPDX-License-Identifier: BSD-3-Clause */
/* hold KIND - holds one thing of a kind, does nothing with it, and looks at the end that it is still there.  [victim] */
#include "victim.h"

#include <linux/bpf.h>
#include <linux/fanotify.h>
#include <linux/io_uring.h>
#include <linux/memfd.h>
#include <linux/netlink.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <sys/fanotify.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/pidfd.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>

static char base[4096]; /* argv[1], for names of files */
static int sysv = -1;
static void *attached;
static timer_t timer;
static pid_t child;

static int file(const char *suffix, int flags)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s.%s", base, suffix);
	return open(path, flags | O_CREAT | O_CLOEXEC, 0600);
}

static int need(int fd, const char *what)
{
	if (fd < 0)
		victim_skip(what);
	return fd;
}

static int h_socketpair(void)
{
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, fd) == 0);
	CHECK(write(fd[0], "x", 1) == 1);
	return fd[1];
}

static int h_tcp(void)
{
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&any, sizeof(any)) == 0 && listen(fd, 1) == 0);
	return fd;
}

static int h_tcp6(void)
{
	return need(socket(AF_INET6, SOCK_STREAM, 0), "IPv6");
}

static int h_udp(void)
{
	return socket(AF_INET, SOCK_DGRAM, 0);
}

static int h_unix(void)
{
	return socket(AF_UNIX, SOCK_DGRAM, 0);
}

static int h_netlink(void)
{
	return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static int h_packet(void)
{
	return need(socket(AF_PACKET, SOCK_RAW, 0), "AF_PACKET");
}

static int h_inotify(void)
{
	int fd = inotify_init1(IN_CLOEXEC);

	CHECK(fd >= 0 && inotify_add_watch(fd, "/", IN_CREATE) >= 0);
	return fd;
}

static int h_fanotify(void)
{
	return need(fanotify_init(FAN_CLASS_NOTIF, O_RDONLY), "fanotify");
}

static int h_timerfd(void)
{
	return timerfd_create(CLOCK_MONOTONIC, 0);
}

static int h_signalfd(void)
{
	sigset_t set;

	sigemptyset(&set);
	return signalfd(-1, &set, 0);
}

static int h_memfd(void)
{
	return memfd_create("held", MFD_ALLOW_SEALING);
}

static int h_memfdmap(void)
{
	int fd = memfd_create("mapped", 0);

	CHECK(fd >= 0 && ftruncate(fd, 4096) == 0);
	attached = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(attached != MAP_FAILED && close(fd) == 0);
	return -1;
}

static int h_mqueue(void)
{
	char name[64];
	int fd;

	snprintf(name, sizeof(name), "/victim-%d", getpid());
	fd = need(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), "mqueue");
	CHECK(mq_unlink(name) == 0);
	return fd;
}

static int h_shm(void)
{
	sysv = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	CHECK(sysv >= 0);
	attached = shmat(sysv, NULL, 0);
	CHECK(attached != (void *)-1 && shmctl(sysv, IPC_RMID, NULL) == 0);
	return -1;
}

static int h_timer(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_NONE};

	CHECK(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	return -1;
}

static int h_io_uring(void)
{
	struct io_uring_params params = {0};

	return need(syscall(SYS_io_uring_setup, 4, &params), "io_uring");
}

static int h_aio(void)
{
	unsigned long context = 0;

	CHECK(syscall(SYS_io_setup, 4, &context) == 0);
	return -1;
}

static int h_userfaultfd(void)
{
	return need(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY), "userfaultfd");
}

static int h_pidfd(void)
{
	return syscall(SYS_pidfd_open, getpid(), 0);
}

static int h_child(void)
{
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	CHECK(child > 0);
	return -1;
}

static int h_zombie(void)
{
	siginfo_t info;

	child = fork();
	if (child == 0)
		_exit(3);
	CHECK(waitid(P_PID, child, &info, WEXITED | WNOWAIT) == 0);
	return -1;
}

static int h_perf(void)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr), .config = PERF_COUNT_SW_TASK_CLOCK,
				       .exclude_kernel = 1};

	return need(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0), "perf");
}

static int h_bpf(void)
{
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};

	return need(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)), "bpf");
}

static int h_pty(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	CHECK(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
	return fd;
}

static int h_fifo(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s.fifo", base);
	CHECK(mkfifo(path, 0600) == 0 || errno == EEXIST);
	return open(path, O_RDWR);
}

static int h_posixlock(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = file("lock", O_RDWR);

	CHECK(fd >= 0 && fcntl(fd, F_SETLK, &lock) == 0);
	return fd;
}

static int h_ofdlock(void)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = file("lock", O_RDWR);

	CHECK(fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0);
	return fd;
}

static int h_flock(void)
{
	int fd = file("lock", O_RDWR);

	CHECK(fd >= 0 && flock(fd, LOCK_EX) == 0);
	return fd;
}

static int h_lease(void)
{
	int fd = file("lock", O_RDWR);

	CHECK(fd >= 0);
	need(fcntl(fd, F_SETLEASE, F_WRLCK), "leases");
	return fd;
}

static int h_deleted(void)
{
	char path[4200];
	int fd = file("deleted", O_RDWR);

	snprintf(path, sizeof(path), "%s.deleted", base);
	CHECK(fd >= 0 && unlink(path) == 0);
	return fd;
}

static int h_procfile(void)
{
	return open("/proc/self/status", O_RDONLY);
}

static int h_namespace(void)
{
	return open("/proc/self/ns/uts", O_RDONLY);
}

static int h_pipeout(void)
{
	int fd[2];

	CHECK(pipe(fd) == 0);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	CHECK(child > 0 && close(fd[1]) == 0);
	return fd[0];
}

#define KINDS(K) \
	K(socketpair) K(tcp) K(tcp6) K(udp) K(unix) K(netlink) K(packet) K(inotify) K(fanotify) K(timerfd) K(signalfd) K(memfd) \
	K(memfdmap) K(mqueue) K(shm) K(timer) K(io_uring) K(aio) K(userfaultfd) K(pidfd) K(child) K(zombie) K(perf) K(bpf) \
	K(pty) K(fifo) K(posixlock) K(ofdlock) K(flock) K(lease) K(deleted) K(procfile) K(namespace) K(pipeout)

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*hold)(void);
	} kinds[] = {
#define KIND(name) {#name, h_##name},
		KINDS(KIND)
	};
	const char *kind = argc > 2 ? argv[2] : "socketpair";
	int fd = -2, flags;

	snprintf(base, sizeof(base), "%s", argv[1]);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(kinds[i].name, kind))
			fd = kinds[i].hold();
	if (fd == -2)
		FAIL("no kind %s", kind);
	flags = fd >= 0 ? fcntl(fd, F_GETFL) : 0;
	victim_ready(argv);
	victim_hold(argv);
	if (fd >= 0)
		CHECK_EQ(fcntl(fd, F_GETFL), flags);
	if (attached) {
		victim_fill(attached, 4096, 1);
		victim_verify(attached, 4096, 1, "attached");
	}
	if (child > 0) {
		kill(child, SIGKILL);
		CHECK(waitpid(child, NULL, 0) == child);
	}
	return victim_ok();
}
