/* SPDX-License-Identifier: BSD-3-Clause */
/* kinds KIND - one more thing that a process can be or have, beyond hold's; looks at the end that it still is so.  [victim] */
#include "victim.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/membarrier.h>
#include <linux/mempolicy.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <linux/vm_sockets.h>
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/io.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_GET_MDWE 66
#endif
#ifndef PR_SET_MEMORY_MERGE
#define PR_SET_MEMORY_MERGE 67
#define PR_GET_MEMORY_MERGE 68
#endif
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif
#define MEMBARRIER_REGISTRATIONS 512
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#define PAGE 4096

static char base[4096];
static volatile int acted;
static pid_t child;
static void (*act)(void);

static void need(int ok, const char *what)
{
	if (!ok)
		victim_skip(what);
}

static int file(const char *suffix, int flags)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s.%s", base, suffix);
	return open(path, flags | O_CREAT | O_CLOEXEC, 0600);
}

/* A thread does it, and stays. */
static void *actor(void *arg)
{
	(void)arg;
	act();
	acted = 1;
	while (!victim_over)
		victim_sleep_ms(20);
	return NULL;
}

static void in_thread(void (*what)(void))
{
	act = what;
	victim_thread(actor, NULL);
	while (!acted)
		victim_sleep_ms(1);
}

/* ---- what comes back ---- */

static void s_mdwe(void)
{
	need(!prctl(PR_SET_MDWE, 1, 0, 0, 0), "PR_SET_MDWE");
}

static void v_mdwe(void)
{
	CHECK_EQ(prctl(PR_GET_MDWE, 0, 0, 0, 0), 1);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED);
}

static int future_is_locked(int flags)
{
	char *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char resident = 0;
	int locked;

	CHECK(p != MAP_FAILED && mincore(p, PAGE, &resident) == 0);
	locked = madvise(p, PAGE, MADV_DONTNEED) && errno == EINVAL;
	munmap(p, PAGE);
	return locked ? (flags & MCL_ONFAULT ? !(resident & 1) : resident & 1) : 0;
}

static void s_mlockfuture(void)
{
	need(!mlockall(MCL_FUTURE), "mlockall");
}

static void v_mlockfuture(void)
{
	CHECK(future_is_locked(MCL_FUTURE));
}

static void s_mlockfault(void)
{
	need(!mlockall(MCL_FUTURE | MCL_ONFAULT), "mlockall");
}

static void v_mlockfault(void)
{
	CHECK(future_is_locked(MCL_FUTURE | MCL_ONFAULT));
}

static void s_membarrier(void)
{
	need(!syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0), "membarrier");
}

static void v_membarrier(void)
{
	CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

static void s_merge(void)
{
	need(!prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0), "PR_SET_MEMORY_MERGE");
}

static void v_merge(void)
{
	CHECK_EQ(prctl(PR_GET_MEMORY_MERGE, 0, 0, 0, 0), 1);
}

static void s_tsc(void)
{
	need(!prctl(PR_SET_TSC, PR_TSC_SIGSEGV), "PR_SET_TSC");
	prctl(PR_SET_TSC, PR_TSC_ENABLE); /* this thread looks at the clock */
}

static void do_tsc(void)
{
	prctl(PR_SET_TSC, PR_TSC_SIGSEGV);
	while (!victim_over) /* no look at the clock */
		syscall(SYS_poll, NULL, 0, 20), acted = 1;
	for (int mode = 0;;) {
		CHECK(prctl(PR_GET_TSC, &mode) == 0);
		CHECK_EQ(mode, PR_TSC_SIGSEGV);
		break;
	}
	prctl(PR_SET_TSC, PR_TSC_ENABLE);
}

static void s_tscthread(void)
{
	s_tsc();
	in_thread(do_tsc);
}

static void s_speculation(void)
{
	need(!prctl(PR_SET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, PR_SPEC_DISABLE, 0, 0), "PR_SET_SPECULATION_CTRL");
}

static void v_speculation(void)
{
	CHECK(prctl(PR_GET_SPECULATION_CTRL, PR_SPEC_STORE_BYPASS, 0, 0, 0) & PR_SPEC_DISABLE);
}

static void s_ioflusher(void)
{
	need(!prctl(57, 1, 0, 0, 0), "PR_SET_IO_FLUSHER");
}

static void v_ioflusher(void)
{
	CHECK_EQ(prctl(58, 0, 0, 0, 0), 1);
}

static void s_mempolicy(void)
{
	need(!syscall(SYS_set_mempolicy, MPOL_LOCAL, NULL, 0), "set_mempolicy");
}

static void v_mempolicy(void)
{
	int mode = -1;

	CHECK(syscall(SYS_get_mempolicy, &mode, NULL, 0, 0, 0) == 0);
	CHECK_EQ(mode, MPOL_LOCAL);
}

static char *droppable;
static void s_droppable(void)
{
	droppable = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_DROPPABLE | MAP_ANONYMOUS, -1, 0);
	need(droppable != MAP_FAILED, "MAP_DROPPABLE");
	droppable[0] = 1;
}

static void v_droppable(void)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	char line[512];
	int in = 0, found = 0;

	while (f && fgets(line, sizeof(line), f)) {
		if (strchr("0123456789abcdef", line[0]))
			in = strtoul(line, NULL, 16) == (uintptr_t)droppable;
		if (in && !strncmp(line, "VmFlags:", 8))
			found = strstr(line, " dp") != NULL;
	}
	CHECK(found);
}

/* ---- what is refused ---- */

static void do_unsharefiles(void)
{
	CHECK(unshare(CLONE_FILES) == 0);
}

static void s_unsharefiles(void)
{
	in_thread(do_unsharefiles);
}

static void do_unsharefs(void)
{
	CHECK(unshare(CLONE_FS) == 0 && chdir("/") == 0);
}

static void s_unsharefs(void)
{
	in_thread(do_unsharefs);
}

static void do_threaduid(void)
{
	need(!syscall(SYS_setresuid, -1, 4321, -1), "setresuid");
}

static void s_threaduid(void)
{
	need(!geteuid(), "root only");
	in_thread(do_threaduid);
}

static void s_seccomp(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {1, allow};

	need(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog), "seccomp");
}

static void s_seccompthread(void)
{
	in_thread(s_seccomp);
}

static void s_ldt(void)
{
	struct user_desc d = {.entry_number = 0, .limit = 0xfffff, .seg_32bit = 1, .limit_in_pages = 1, .useable = 1};

	need(!syscall(SYS_modify_ldt, 1, &d, sizeof(d)), "modify_ldt");
}

static void s_ioperm(void)
{
	need(!ioperm(0x80, 1, 1), "ioperm");
}

static unsigned char selector;
static void s_dispatch(void)
{
	need(!prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, 0, &selector), "PR_SET_SYSCALL_USER_DISPATCH");
}

static void s_uts(void)
{
	need(!unshare(CLONE_NEWUTS), "unshare");
}

static void do_net(void)
{
	need(!unshare(CLONE_NEWNET), "unshare");
}

static void s_netthread(void)
{
	in_thread(do_net);
}

static void s_traced(void)
{
	child = fork();
	if (child == 0) {
		CHECK(ptrace(PTRACE_ATTACH, getppid(), 0, 0) == 0);
		CHECK(waitpid(getppid(), NULL, 0) == getppid());
		ptrace(PTRACE_CONT, getppid(), 0, 0);
		for (;;)
			pause();
	}
	CHECK(child > 0);
	prctl(PR_SET_PTRACER, child);
	victim_sleep_ms(200);
}

static void s_cwdgone(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s.cwd", base);
	CHECK(mkdir(path, 0700) == 0 && chdir(path) == 0 && rmdir(path) == 0);
}

static void s_sysfile(void)
{
	need(open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY) >= 0, "/sys");
}

static void s_tmpfile(void)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s", base);
	*strrchr(path, '/') = 0;
	need(open(path, O_TMPFILE | O_RDWR, 0600) >= 0, "O_TMPFILE");
}

static void s_procdir(void)
{
	CHECK(open("/proc/self", O_RDONLY | O_DIRECTORY) >= 0);
}

static void s_sockets(int family, int type, int protocol)
{
	need(socket(family, type, protocol) >= 0, "socket");
}

static void s_seqpacket(void) { s_sockets(AF_UNIX, SOCK_SEQPACKET, 0); }
static void s_udp6(void) { s_sockets(AF_INET6, SOCK_DGRAM, 0); }
static void s_rawsock(void) { s_sockets(AF_INET, SOCK_RAW, IPPROTO_ICMP); }
static void s_ping(void) { s_sockets(AF_INET, SOCK_DGRAM, IPPROTO_ICMP); }
static void s_mptcp(void) { s_sockets(AF_INET, SOCK_STREAM, 262); }
static void s_alg(void) { s_sockets(38 /* AF_ALG */, SOCK_SEQPACKET, 0); }
static void s_vsock(void) { s_sockets(AF_VSOCK, SOCK_STREAM, 0); }

static void s_device(const char *path, int flags)
{
	need(open(path, flags) >= 0, path);
}

static void s_kvm(void) { s_device("/dev/kvm", O_RDWR); }
static void s_tun(void) { s_device("/dev/net/tun", O_RDWR); }
static void s_fuse(void) { s_device("/dev/fuse", O_RDWR); }
static void s_kmsg(void) { s_device("/dev/kmsg", O_RDONLY); }
static void s_ptmx(void) { s_device("/dev/ptmx", O_RDWR | O_NOCTTY); }

static void s_secret(void)
{
	int fd = syscall(SYS_memfd_secret, 0);

	need(fd >= 0 && !ftruncate(fd, PAGE), "memfd_secret");
	need(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED, "memfd_secret");
	close(fd);
}

static void s_hugetlb(void)
{
	need(mmap(NULL, 2 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_NORESERVE, -1, 0) != MAP_FAILED,
	     "huge pages");
}

static void s_uffdrange(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	need(fd >= 0 && !ioctl(fd, UFFDIO_API, &api), "userfaultfd");
	range.range.start = (uintptr_t)mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	range.range.len = PAGE;
	CHECK(ioctl(fd, UFFDIO_REGISTER, &range) == 0);
}

static void s_deletedmap(void)
{
	char path[4200];
	int fd = file("mapped", O_RDWR);

	snprintf(path, sizeof(path), "%s.mapped", base);
	CHECK(fd >= 0 && ftruncate(fd, PAGE) == 0);
	CHECK(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) != MAP_FAILED);
	CHECK(unlink(path) == 0 && close(fd) == 0);
}

static void s_landlock(void)
{
	struct landlock_ruleset_attr attr = {.handled_access_fs = LANDLOCK_ACCESS_FS_EXECUTE};

	need(syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0) >= 0, "landlock");
}

static void s_fsopen(void)
{
	need(syscall(SYS_fsopen, "tmpfs", 0) >= 0, "fsopen");
}

static void s_opentree(void)
{
	need(syscall(SYS_open_tree, AT_FDCWD, "/", 1 /* OPEN_TREE_CLONE */) >= 0, "open_tree");
}

static void s_listener(void)
{
	struct sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
	struct sock_fprog prog = {1, allow};

	need(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	need(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog) >= 0, "seccomp");
}

static void s_epollsocket(void)
{
	int fd[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, fd) == 0 && dup2(fd[0], 900) == 900);
}

static void nothing(void)
{
}

/* W(name) comes back, R(name) is refused. */
#define KINDS(W, R) \
	W(mdwe) W(mlockfuture) W(mlockfault) W(membarrier) W(merge) W(speculation) W(ioflusher) W(mempolicy) \
	W(droppable) R(unsharefiles) R(unsharefs) R(threaduid) R(seccomp) R(seccompthread) R(ldt) R(ioperm) \
	R(dispatch) R(uts) R(netthread) R(traced) R(cwdgone) R(sysfile) R(tmpfile) R(procdir) R(seqpacket) R(udp6) R(rawsock) \
	R(ping) R(mptcp) R(alg) R(vsock) R(kvm) R(tun) R(fuse) R(kmsg) R(ptmx) R(secret) R(hugetlb) R(uffdrange) R(deletedmap) \
	R(landlock) R(fsopen) R(opentree) R(listener) R(epollsocket)

static const struct {
	const char *name;
	void (*set)(void), (*verify)(void);
	int works;
} kinds[] = {
#define WORKS(name) {#name, s_##name, v_##name, 1},
#define REFUSED(name) {#name, s_##name, nothing, 0},
	KINDS(WORKS, REFUSED)
	{"tsc", s_tscthread, nothing, 1},
};

int main(int argc, char **argv)
{
	const char *kind = argc > 2 ? argv[2] : "mdwe";
	size_t i = 0, count = sizeof(kinds) / sizeof(kinds[0]);

	if (argc > 1 && !strcmp(argv[1], "--list")) {
		for (i = 0; i < count; i++)
			printf("%s %s\n", kinds[i].name, kinds[i].works ? "works" : "refused");
		return 0;
	}
	snprintf(base, sizeof(base), "%s", argv[1]);
	while (i < count && strcmp(kinds[i].name, kind))
		i++;
	if (i == count)
		FAIL("no kind %s", kind);
	kinds[i].set();
	victim_ready(argv);
	victim_hold(argv);
	victim_sleep_ms(60);
	kinds[i].verify();
	if (child) {
		kill(child, SIGKILL);
		CHECK(waitpid(child, NULL, 0) == child);
	}
	return victim_ok();
}
