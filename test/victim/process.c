/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * process KIND - one attribute of the process, set to something unusual and read again.  [victim]
 * cwd | umask | limits | personality | prctl | nice | names | oom | coredump | ids | groups | nonewprivs | nodump | mce
 */
#include "victim.h"

#include <grp.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const char *kind;

static int is(const char *what)
{
	return !strcmp(kind, what);
}

static void read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	CHECK(fd >= 0);
	n = read(fd, text, size - 1);
	CHECK(n >= 0);
	text[n] = 0;
	close(fd);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		victim_skip(path);
	close(fd);
}

/* Print what the kernel says of this kind. */
static void describe(char *text, size_t size)
{
	char a[2048] = "", b[2048] = "";
	struct rlimit limit;
	gid_t groups[64];
	size_t at = 0;
	uid_t r, e, s;
	long slack;
	int n, v[8] = {0};

	*text = 0;
	if (is("cwd")) {
		CHECK(getcwd(a, sizeof(a)) != NULL);
		CHECK(readlink("/proc/self/cwd", b, sizeof(b) - 1) > 0);
		CHECK_STR(a, b);
		CHECK(access("here", F_OK) == 0);
		snprintf(text, size, "%s", a);
	} else if (is("umask")) {
		mode_t mask = umask(0);

		umask(mask);
		snprintf(text, size, "%o", mask);
	} else if (is("limits")) {
		for (int i = 0; i < RLIM_NLIMITS; i++) {
			CHECK(getrlimit(i, &limit) == 0);
			at += snprintf(text + at, size - at, "%lx/%lx ", limit.rlim_cur, limit.rlim_max);
		}
	} else if (is("personality")) {
		snprintf(text, size, "%x", personality(0xffffffff));
	} else if (is("prctl") || is("nonewprivs") || is("nodump") || is("mce")) {
		prctl(PR_GET_PDEATHSIG, &v[0]);
		prctl(PR_GET_CHILD_SUBREAPER, &v[1]);
		slack = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
		snprintf(text, size, "dump %d keep %d death %d reaper %d slack %ld thp %d nnp %d mce %d sec %d",
			 prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), v[0], v[1], slack,
			 prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
			 prctl(PR_MCE_KILL_GET, 0, 0, 0, 0), prctl(PR_GET_SECUREBITS));
	} else if (is("nice")) {
		snprintf(text, size, "%d %d", getpriority(PRIO_PROCESS, 0), getpriority(PRIO_PROCESS, getpid()));
	} else if (is("names")) {
		read_file("/proc/self/comm", a, sizeof(a));
		prctl(PR_GET_NAME, b);
		snprintf(text, size, "%s|%s|%s", a, b, program_invocation_name);
	} else if (is("oom")) {
		read_file("/proc/self/oom_score_adj", text, size);
	} else if (is("coredump")) {
		read_file("/proc/self/coredump_filter", text, size);
	} else if (is("ids") || is("groups")) {
		getresuid(&r, &e, &s);
		at = snprintf(text, size, "pid %d tid %d ppid>0 %d uid %d %d %d ", getpid(), gettid(), getppid() > 0, r, e, s);
		getresgid(&r, &e, &s);
		at += snprintf(text + at, size - at, "gid %d %d %d groups", r, e, s);
		n = getgroups(64, groups);
		for (int i = 0; i < n; i++)
			at += snprintf(text + at, size - at, " %d", groups[i]);
	} else {
		FAIL("no kind %s", kind);
	}
}

static void set_limits(void)
{
	static const int which[] = {RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_AS, RLIMIT_MSGQUEUE, RLIMIT_MEMLOCK};
	struct rlimit limit;

	for (size_t i = 0; i < sizeof(which) / sizeof(which[0]); i++) {
		CHECK(getrlimit(which[i], &limit) == 0);
		if (limit.rlim_max == RLIM_INFINITY)
			limit.rlim_max = 1ul << (40 + i);
		limit.rlim_cur = limit.rlim_max / 2 + i * 4096;
		if (limit.rlim_cur > limit.rlim_max)
			limit.rlim_cur = limit.rlim_max;
		CHECK(setrlimit(which[i], &limit) == 0);
	}
}

static void set(const char *stop)
{
	gid_t groups[] = {7, 1234567, 99};
	char path[4096];

	if (is("cwd")) {
		snprintf(path, sizeof(path), "%s.cwd", stop);
		CHECK(mkdir(path, 0700) == 0 || errno == EEXIST);
		CHECK(chdir(path) == 0);
		CHECK(close(open("here", O_CREAT | O_WRONLY, 0600)) == 0);
	}
	umask(is("umask") ? 0137 : 022);
	if (is("limits"))
		set_limits();
	if (is("personality"))
		CHECK(personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC | UNAME26) >= 0);
	if (is("prctl")) {
		CHECK(prctl(PR_SET_PDEATHSIG, SIGURG) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
		CHECK(prctl(PR_SET_TIMERSLACK, 123456, 0, 0, 0) == 0 && prctl(PR_SET_KEEPCAPS, 1) == 0);
		CHECK(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) == 0);
	}
	if (is("mce"))
		CHECK(prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) == 0);
	if (is("nonewprivs"))
		CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	if (is("nodump"))
		CHECK(prctl(PR_SET_DUMPABLE, 0) == 0);
	if (is("nice"))
		CHECK(setpriority(PRIO_PROCESS, 0, 7) == 0);
	if (is("names"))
		CHECK(prctl(PR_SET_NAME, "odd (name) x") == 0);
	if (is("oom"))
		write_file("/proc/self/oom_score_adj", "321");
	if (is("coredump"))
		write_file("/proc/self/coredump_filter", "0x5f");
	if (is("groups") && (setgroups(3, groups) || setresgid(11, 0, 13) || setresuid(4321, 0, 4321)))
		victim_skip("setgroups");
}

int main(int argc, char **argv)
{
	char before[4096], after[4096];

	kind = argc > 2 ? argv[2] : "umask";
	set(argv[1]);
	describe(before, sizeof(before));
	victim_ready(argv);
	victim_hold(argv);
	describe(after, sizeof(after));
	CHECK_STR(after, before);
	return victim_ok();
}
