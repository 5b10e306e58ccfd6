/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * kstate - everything stable that the kernel shows of a process, as sorted lines "key = value".  [tool]
 *
 *	kstate [-s SAMPLES] [-o FILE] PID
 *
 * With -s N the process is looked at N times, 30 ms apart; where the looks differ the line is "key ~".  Ids of the process and its threads become P and T0, T1, ... in order, so that two
 * lives can be compared.  It reads /proc and asks the kernel by id; it stops, traces and changes nothing.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_TASKS 5000

struct lines {
	char **line;
	size_t count, room;
};

static struct {
	pid_t pid;
	pid_t task[MAX_TASKS];
	int tasks;
	struct lines *out;
} k;

__attribute__((format(printf, 1, 2))) static void say(const char *fmt, ...)
{
	struct lines *out = k.out;
	va_list ap;

	if (out->count == out->room) {
		out->room = out->room ? out->room * 2 : 1024;
		out->line = realloc(out->line, out->room * sizeof(*out->line));
		if (!out->line)
			exit(70);
	}
	va_start(ap, fmt);
	if (vasprintf(&out->line[out->count++], fmt, ap) < 0)
		exit(70);
	va_end(ap);
}

/* Read a whole file, NUL terminated; *len may be NULL.  NULL when it cannot be read. */
static char *slurp(const char *path, size_t *len)
{
	size_t at = 0, room = 1 << 16;
	char *text = malloc(room);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && text && (n = read(fd, text + at, room - at - 1)) > 0) {
		at += n;
		if (room - at < 2)
			text = realloc(text, room *= 2);
	}
	if (fd >= 0)
		close(fd);
	if (n < 0 || !text) {
		free(text);
		return NULL;
	}
	text[at] = 0;
	if (len)
		*len = at;
	return text;
}

/* Bytes as they can stand in a line. */
static void say_bytes(const char *key, const char *bytes, size_t len)
{
	char *text = malloc(len * 4 + 1), *p = text;

	for (size_t i = 0; i < len; i++)
		p += isprint((unsigned char)bytes[i]) && bytes[i] != '\\' ? sprintf(p, "%c", bytes[i])
									  : sprintf(p, "\\%03o", bytes[i] & 255);
	*p = 0;
	say("%s = %s", key, text);
	free(text);
}

/* The name by which a pid is known in the output: P, T<n>, 0, or "other". */
static const char *pid_name(long pid, char *room, size_t size)
{
	for (int i = 0; i < k.tasks; i++)
		if (k.task[i] == pid) {
			snprintf(room, size, i ? "T%d" : "P", i);
			return room;
		}
	return pid == 0 ? "0" : pid == -k.pid ? "-P" : "other";
}

static void list_tasks(void)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", k.pid);
	k.tasks = 0;
	k.task[k.tasks++] = k.pid; /* the leader first, the rest in the kernel's order: that of their making */
	dir = opendir(path);
	while (dir && (entry = readdir(dir)))
		if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != k.pid && k.tasks < MAX_TASKS)
			k.task[k.tasks++] = atoi(entry->d_name);
	if (dir)
		closedir(dir);
}

/* Fields of a status file.  What counts, what is resident and what says an id of today's is not state. */
static void look_status(const char *base, const char *name, int whole)
{
	static const char *const skip[] = {"VmPeak", "VmHWM", "VmRSS", "RssAnon", "RssFile", "RssShmem", "VmPTE", "VmSwap",
					   "voluntary_ctxt_switches", "nonvoluntary_ctxt_switches", "Pid", "Tgid", "Ngid",
					   "PPid", "NSpid", "NStgid", "NSpgid", "NSsid", "Mems_allowed", "Mems_allowed_list",
					   "HugetlbPages", "SigQ", "FDSize", "Speculation_Store_Bypass", "x86_Thread_features"};
	char path[256], *text, *line, *next, *value;
	int wanted;

	snprintf(path, sizeof(path), "%s/status", base);
	text = slurp(path, NULL);
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		next = next ? (*next = 0, next + 1) : line + strlen(line);
		value = strchr(line, ':');
		if (!value)
			continue;
		*value++ = 0;
		wanted = whole || strncmp(line, "Vm", 2);
		for (size_t i = 0; i < sizeof(skip) / sizeof(skip[0]); i++)
			wanted &= strcmp(line, skip[i]) != 0;
		if (wanted)
			say("%s.status.%s = %s", name, line, value + strspn(value, " \t"));
	}
	free(text);
}

static void look_file(const char *name)
{
	char path[128];
	size_t len = 0;
	char *text;

	snprintf(path, sizeof(path), "/proc/%d/%s", k.pid, name);
	text = slurp(path, &len);
	if (text)
		say_bytes(name, text, len);
	else
		say("%s = unreadable", name);
	free(text);
}

static void look_lines(const char *name)
{
	char path[128], *text, *line;
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/%s", k.pid, name);
	text = slurp(path, NULL);
	for (line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n"))
		say("%s.%03d = %s", name, n++, line);
	free(text);
}

static void look_link(const char *name)
{
	char path[128], target[4096];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/%s", k.pid, name);
	n = readlink(path, target, sizeof(target) - 1);
	target[n < 0 ? 0 : n] = 0;
	say("%s = %s", name, n < 0 ? "unreadable" : target);
}

/* A mapping: border, rights, offset, file, and the flags of smaps; what is resident is not state. */
static void look_maps(void)
{
	char path[64], *text, *line, *next, head[4200] = "", rights[8], dev[16], *name;
	unsigned long start, end, offset, inode;
	int at;

	snprintf(path, sizeof(path), "/proc/%d/smaps", k.pid);
	text = slurp(path, NULL);
	for (line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		next = next ? (*next = 0, next + 1) : line + strlen(line);
		if (sscanf(line, "%lx-%lx %7s %lx %15s %lu %n", &start, &end, rights, &offset, dev, &inode, &at) >= 6) {
			name = line + at;
			snprintf(head, sizeof(head), "map.%012lx-%012lx = %s %lx %s", start, end, rights, *name == '/' ? offset : 0,
				 name);
		} else if (!strncmp(line, "VmFlags:", 8)) {
			say("%s; %s", head, line + 8 + strspn(line + 8, " "));
		}
	}
	free(text);
}

static void look_fdinfo(int fd)
{
	char path[128], key[96], *text, *line, id[16];
	unsigned long long data;
	int n = 0, target;
	unsigned events;
	long pid;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", k.pid, fd);
	text = slurp(path, NULL);
	for (line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n")) {
		if (!strncmp(line, "mnt_id", 6) || !strncmp(line, "ino:", 4) || !strncmp(line, "eventfd-id", 10))
			continue;
		snprintf(key, sizeof(key), "fd.%05d.info.%02d", fd, n++);
		if (sscanf(line, "Pid:%ld", &pid) == 1)
			say("%s = Pid %s", key, pid_name(pid, id, sizeof(id)));
		else if (sscanf(line, "tfd: %d events: %x data: %llx", &target, &events, &data) == 3)
			say("fd.%05d.info.tfd.%d.%llx = events %x", fd, target, data, events); /* the kernel's order is of no meaning */
		else
			say("%s = %s", key, line);
	}
	free(text);
}

/* The descriptors.  Pipes and the like show which descriptors of the process are one object by the lowest of them. */
static void look_descriptors(void)
{
	static char targets[65536][32];
	char path[128], target[4096], *colon;
	struct dirent *entry;
	struct stat st;
	int fd, first;
	ssize_t n;
	DIR *dir;

	memset(targets, 0, sizeof(targets));
	snprintf(path, sizeof(path), "/proc/%d/fd", k.pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		fd = atoi(entry->d_name);
		if (!isdigit((unsigned char)entry->d_name[0]) || fd >= 65536)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", k.pid, fd);
		n = readlink(path, target, sizeof(target) - 1);
		target[n < 0 ? 0 : n] = 0;
		colon = strstr(target, ":[");
		snprintf(targets[fd], sizeof(targets[fd]), "%.31s", colon ? target : "");
		for (first = 0; colon && first < fd && strcmp(targets[first], target); first++)
			;
		if (colon)
			snprintf(colon, sizeof(target) - (colon - target), " as descriptor %d", first);
		memset(&st, 0, sizeof(st));
		if (stat(path, &st) == 0)
			say("fd.%05d.stat = mode %o uid %d gid %d rdev %lx", fd, st.st_mode, (int)st.st_uid, (int)st.st_gid,
			    (unsigned long)st.st_rdev);
		say("fd.%05d.target = %s", fd, target);
		look_fdinfo(fd);
	}
	if (dir)
		closedir(dir);
}

static void look_sched(pid_t tid, const char *name)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
		uint32_t util_min, util_max;
	} attr = {0};
	char mask[400] = "";
	cpu_set_t cpus;
	size_t at = 0;

	if (syscall(SYS_sched_getattr, tid, &attr, sizeof(attr), 0) == 0)
		say("%s.sched = policy %u flags %lx nice %d priority %u", name, attr.policy, (unsigned long)attr.flags, attr.nice,
		    attr.priority);
	CPU_ZERO(&cpus);
	if (sched_getaffinity(tid, sizeof(cpus), &cpus) == 0)
		for (int cpu = 0; cpu < CPU_SETSIZE && at < sizeof(mask) - 8; cpu++)
			if (CPU_ISSET(cpu, &cpus))
				at += snprintf(mask + at, sizeof(mask) - at, " %d", cpu);
	say("%s.affinity = %s", name, mask + (*mask == ' '));
	say("%s.ioprio = %lx", name, syscall(SYS_ioprio_get, 1, tid));
}

/* /proc/TID/syscall: the number and arguments of the call that it waits in; numbers of today's stack are left out. */
static void look_syscall(const char *base, const char *name)
{
	char path[256], *text, *sp;

	snprintf(path, sizeof(path), "%s/syscall", base);
	text = slurp(path, NULL);
	sp = text ? strstr(text, " 0x") : NULL;
	if (sp)
		*sp = 0;
	/* after a restart a sleep may go on by restart_syscall */
	if (text)
		say("%s.syscall = %s", name, !strncmp(text, "219", 3) ? "restarted" : strtok(text, "\n"));
	free(text);
}

static void look_task(int index)
{
	char base[64], name[16], path[128], *text;
	pid_t tid = k.task[index];
	size_t len = 0;
	void *robust;

	pid_name(tid, name, sizeof(name));
	snprintf(base, sizeof(base), "/proc/%d/task/%d", k.pid, tid);
	look_status(base, name, 0);
	look_sched(tid, name);
	look_syscall(base, name);
	snprintf(path, sizeof(path), "%s/comm", base);
	text = slurp(path, &len);
	if (text)
		say_bytes(strcat(strcpy(path, name), ".comm"), text, len);
	free(text);
	snprintf(path, sizeof(path), "/proc/%d/timerslack_ns", tid);
	text = slurp(path, NULL);
	if (text)
		say("%s.timerslack = %s", name, strtok(text, "\n"));
	free(text);
	if (syscall(SYS_get_robust_list, tid, &robust, &len) == 0)
		say("%s.robust = %p %zu", name, robust, len);
}

/* Fields of stat that are state: group, session, terminal, signals, exit signal, code, stack, data, brk, args, env. */
static void look_stat(void)
{
	char path[64], id[16], *text, *field, *save = NULL;
	int n = 3;

	snprintf(path, sizeof(path), "/proc/%d/stat", k.pid);
	text = slurp(path, NULL);
	field = text && strrchr(text, ')') ? strtok_r(strrchr(text, ')') + 2, " \n", &save) : NULL;
	for (; field; field = strtok_r(NULL, " \n", &save), n++) {
		if (n == 5 || n == 6)
			say("stat.%02d = %s", n, pid_name(atol(field), id, sizeof(id)));
		else if (n == 19 || n == 20 || n == 26 || n == 27 || n == 28 || n == 38 || n == 40 || n == 41 ||
			 (n >= 45 && n <= 51))
			say("stat.%02d = %s", n, field);
	}
	free(text);
}

static void look(void)
{
	static const char *const files[] = {"cmdline", "environ", "comm", "auxv", "personality", "oom_score_adj",
					    "coredump_filter", "loginuid", "setgroups"};
	static const char *const links[] = {"cwd", "root", "exe", "ns/user", "ns/mnt", "ns/net", "ns/ipc", "ns/uts", "ns/cgroup"};
	char base[64];

	list_tasks();
	say("tasks = %d", k.tasks);
	snprintf(base, sizeof(base), "/proc/%d", k.pid);
	look_status(base, "process", 1);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		look_file(files[i]);
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		look_link(links[i]);
	look_lines("limits");
	look_lines("timers");
	look_maps();
	look_descriptors();
	look_stat();
	for (int i = 0; i < k.tasks; i++)
		look_task(i);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whatever of a is not in b too is changing: "key ~".  Both are sorted. */
static void intersect(struct lines *a, const struct lines *b)
{
	char *value;
	size_t j = 0;

	for (size_t i = 0; i < a->count; i++) {
		while (j < b->count && strcmp(b->line[j], a->line[i]) < 0)
			j++;
		value = strstr(a->line[i], " = ");
		if (value && (j == b->count || strcmp(b->line[j], a->line[i])))
			memcpy(value, " ~", 3);
	}
}

int main(int argc, char **argv)
{
	struct lines all = {0}, more;
	const char *output = NULL;
	int opt, samples = 1;
	FILE *f = stdout;

	while ((opt = getopt(argc, argv, "s:o:")) != -1) {
		if (opt == 's')
			samples = atoi(optarg);
		else if (opt == 'o')
			output = optarg;
		else
			return 64;
	}
	k.pid = optind < argc ? atoi(argv[optind]) : 0;
	if (k.pid <= 0 || samples < 1) {
		fprintf(stderr, "usage: kstate [-s SAMPLES] [-o FILE] PID\n");
		return 64;
	}
	for (int i = 0; i < samples; i++) {
		more = (struct lines){0};
		k.out = i ? &more : &all;
		if (i)
			nanosleep(&(struct timespec){0, 30 * 1000 * 1000}, NULL);
		look();
		qsort(k.out->line, k.out->count, sizeof(char *), by_text);
		if (i)
			intersect(&all, &more);
	}
	if (output && !(f = fopen(output, "we"))) {
		fprintf(stderr, "kstate: %s: %s\n", output, strerror(errno));
		return 73;
	}
	for (size_t i = 0; i < all.count; i++)
		fprintf(f, "%s\n", all.line[i]);
	return fclose(f) == 0 ? 0 : 74;
}
