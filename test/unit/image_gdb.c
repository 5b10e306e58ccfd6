// SPDX-License-Identifier: BSD-3-Clause
/* image_gdb.c - an image of a real program with threads, as gdb and readelf see it.  [tool]  Takes the program by ptrace
 * with as little as it needs; run with the argument "victim" it is that program. */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "base/image.h"
#include "tap.h"

#define PAGE CKPT_IMAGE_PAGE

/* ---- the program ---- */

static volatile unsigned long victim_counter = 4711; /* looked at through the image */
static pthread_mutex_t victim_lock = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noinline)) void *worker_sleeps(void *arg)
{
	struct timespec t = { .tv_sec = 1000 };

	nanosleep(&t, NULL);
	victim_counter++;
	return arg;
}

static __attribute__((noinline)) void *worker_polls(void *arg)
{
	poll(NULL, 0, 1000000);
	victim_counter++;
	return arg;
}

static __attribute__((noinline)) void *worker_locks(void *arg)
{
	pthread_mutex_lock(&victim_lock);
	victim_counter++;
	return arg;
}

static __attribute__((noinline)) int victim_main(void)
{
	void *(*bodies[])(void *) = { worker_sleeps, worker_polls, worker_locks };
	pthread_t thread;

	pthread_mutex_lock(&victim_lock);
	victim_counter = 0x5eed;
	for (size_t i = 0; i < 3; i++)
		pthread_create(&thread, NULL, bodies[i], NULL);
	usleep(300000);
	if (write(1, "x", 1) != 1)
		return 1;
	pause();
	return (int)victim_counter;
}

static pid_t start_victim(void)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready) < 0)
		abort();
	pid = fork();
	if (pid == 0) {
		dup2(ready[1], 1);
		execl("/proc/self/exe", "image_gdb", "victim", (char *)NULL);
		_exit(127);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		abort();
	close(ready[0]);
	usleep(100000);
	return pid;
}

/* ---- taking it ---- */

static uint8_t regs_buf[16][sizeof(struct user_regs_struct)], xstate_buf[16][16384];

static int add_thread(struct ckpt_image_writer *w, pid_t tid, unsigned i)
{
	struct iovec regs = { regs_buf[i], sizeof(regs_buf[i]) },
		     xstate = { xstate_buf[i], sizeof(xstate_buf[i]) };
	struct ckpt_rec_thread t = { .tid = (uint64_t)tid };
	int status;

	if (ptrace(PTRACE_SEIZE, tid, 0, 0) < 0 || ptrace(PTRACE_INTERRUPT, tid, 0, 0) < 0 ||
	    waitpid(tid, &status, __WALL) != tid)
		return -errno;
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &regs) < 0 ||
	    ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &xstate) < 0)
		return -errno;
	t.regs = (struct ckpt_bytes){ regs_buf[i], regs.iov_len };
	t.xstate = (struct ckpt_bytes){ xstate_buf[i], xstate.iov_len };
	ckpt_image_add(w, CKPT_REC_thread, &t);
	return 0;
}

static int add_threads(struct ckpt_image_writer *w, pid_t pid)
{
	unsigned count = 0;
	struct dirent *e;
	char path[64];
	DIR *dir;
	int r = 0;

	r = add_thread(w, pid, count++);
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (r == 0 && dir && count < 16 && (e = readdir(dir)) != NULL)
		if (atoi(e->d_name) > 0 && atoi(e->d_name) != pid)
			r = add_thread(w, atoi(e->d_name), count++);
	closedir(dir);
	return r;
}

static struct ckpt_bytes read_auxv(pid_t pid)
{
	static uint8_t buf[4096];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/auxv", pid);
	fd = open(path, O_RDONLY);
	n = read(fd, buf, sizeof(buf));
	close(fd);
	return (struct ckpt_bytes){ buf, n > 0 ? (size_t)n : 0 };
}

static int add_memory(struct ckpt_image_writer *w, pid_t pid, const struct ckpt_rec_mapping *m,
		      struct ckpt_err *err)
{
	for (uint64_t at = m->start; at < m->end;) {
		size_t room;
		uint8_t *to = ckpt_image_room(w, &room);
		struct iovec local,
			remote = { (void *)at, m->end - at < room ? m->end - at : room };
		ssize_t n;
		int r;

		local = (struct iovec){ to, remote.iov_len };
		n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
		if (n <= 0)
			return n < 0 && errno == EFAULT ? 0 : -EIO;
		if ((r = ckpt_image_pages(w, at, to, (size_t)n & ~(size_t)(PAGE - 1), err)) < 0)
			return r;
		at += (size_t)n;
	}
	return 0;
}

/* /proc/PID/maps: a file a line's path, as far as the test needs them apart. */
static int add_mappings(struct ckpt_image_writer *w, pid_t pid, struct ckpt_err *err)
{
	char path[64], line[4400], name[4200], prot[8];
	uint64_t files = 0;
	int r = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "r");
	while (r == 0 && f && fgets(line, sizeof(line), f)) {
		struct ckpt_rec_mapping m = { .kind = CKPT_MAPPING_anon };
		unsigned long start, end, offset;

		name[0] = 0;
		if (sscanf(line, "%lx-%lx %7s %lx %*s %*s %4199[^\n]", &start, &end, prot, &offset,
			   name) < 4)
			continue;
		if (!strcmp(name, "[vsyscall]"))
			continue;
		m.start = start, m.end = end, m.offset = offset;
		m.prot = (prot[0] == 'r' ? 1 : 0) | (prot[1] == 'w' ? 2 : 0) |
			 (prot[2] == 'x' ? 4 : 0);
		if (name[0] == '/') {
			struct ckpt_rec_mapfile file = { .id = ++files, .path = name };

			m.kind = CKPT_MAPPING_file;
			m.file = files;
			ckpt_image_add(w, CKPT_REC_mapfile, &file);
		} else if (!strncmp(name, "[vvar", 5)) {
			m.kind = CKPT_MAPPING_vvar;
		} else if (!strcmp(name, "[vdso]")) {
			m.kind = CKPT_MAPPING_vdso;
		}
		ckpt_image_add(w, CKPT_REC_mapping, &m);
		/* a file's text is left to the file; what the loader has made read-only again is not */
		if (m.prot && m.kind != CKPT_MAPPING_vvar &&
		    (m.kind != CKPT_MAPPING_file || !(m.prot & 4)))
			r = add_memory(w, pid, &m, err);
	}
	if (f)
		fclose(f);
	return r;
}

static int take_image(pid_t pid, const char *exe, const char *to, struct ckpt_err *err)
{
	static const uint8_t limits[256];
	struct ckpt_image_head head = {
		.member = 1, .generation = 1, .job = "gdb", .program = "image_gdb"
	};
	struct ckpt_rec_process p = {
		.pid = (uint64_t)pid, .exe = exe, .cwd = "/", .limits = { limits, sizeof(limits) }
	};
	int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600), r;
	struct ckpt_image_writer *w = ckpt_image_writer_create(fd, &head);

	p.auxv = read_auxv(pid);
	ckpt_image_add(w, CKPT_REC_process, &p);
	if ((r = add_threads(w, pid)) == 0 && (r = add_mappings(w, pid, err)) == 0)
		r = ckpt_image_finish(w, 1, err);
	ckpt_image_writer_destroy(w);
	close(fd);
	return r;
}

/* ---- looking ---- */

static char *output_of(const char *command)
{
	static char out[1 << 20];
	FILE *f = popen(command, "r");
	size_t n = f ? fread(out, 1, sizeof(out) - 1, f) : 0;

	out[n] = 0;
	if (f)
		pclose(f);
	return out;
}

static size_t count_text(const char *in, const char *what)
{
	size_t n = 0;

	for (; (in = strstr(in, what)) != NULL; in += strlen(what))
		n++;
	return n;
}

/* Each line as a comment of TAP's. */
static void show(const char *out)
{
	while (*out) {
		size_t n = strcspn(out, "\n");

		diag("%.*s", (int)n, out);
		out += n + (out[n] == '\n');
	}
}

static void look_with_gdb(const char *exe, const char *image)
{
	static const char *const names[] = { "worker_sleeps", "worker_polls", "worker_locks",
					     "victim_main" };
	char command[4400];
	const char *out;

	snprintf(command, sizeof(command),
		 "gdb -nx -batch -ex 'thread apply all bt' -ex 'p/x victim_counter' "
		 "'%s' '%s' 2>&1",
		 exe, image);
	out = output_of(command);
	for (size_t i = 0; i < 4; i++)
		ok(count_text(out, names[i]) >= 1, "gdb: a thread stands in %s", names[i]);
	ok(count_text(out, "\nThread ") == 4, "gdb: four threads");
	ok(strstr(out, "= 0x5eed") != NULL, "gdb: a variable's value is the image's");
	ok(!strstr(out, "Unexpected size"), "gdb knows the size of the FPU's state");
	if (tap.failed)
		show(out);
}

static void look_with_readelf(const char *image)
{
	char command[4400];
	const char *out;

	snprintf(command, sizeof(command), "readelf -n -l -W '%s' 2>&1 | cut -c1-100", image);
	out = output_of(command);
	ok(count_text(out, "NT_PRSTATUS") == 4 && count_text(out, "NT_X86_XSTATE") == 4 &&
		   strstr(out, "NT_FILE") && strstr(out, "NT_AUXV"),
	   "readelf: the notes are there");
	ok(count_text(out, "CKPT ") == 2, "readelf: our notes are there");
	ok(!strstr(out, "arning") && !strstr(out, "rror"), "readelf is content");
	if (tap.failed)
		show(out);
}

int main(int argc, char **argv)
{
	char dir[] = "/tmp/ckpt-unit-gdb-XXXXXX", image[64], exe[4096];
	struct ckpt_err err = { 0 };
	ssize_t n;
	pid_t pid;
	int r;

	if (argc > 1 && !strcmp(argv[1], "victim"))
		return victim_main();
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = 0;
	if (!mkdtemp(dir))
		abort();
	snprintf(image, sizeof(image), "%s/a.img", dir);
	pid = start_victim();
	r = take_image(pid, exe, image, &err);
	kill(pid, SIGKILL);
	while (waitpid(-1, NULL, __WALL) >
	       0) /* its threads are the tracer's to reap, before it is */
		;
	if (r == -EPERM || r == -EACCES)
		skip("an image of a real program", "ptrace is refused here");
	else if (ok(r == 0, "an image of a real program is written (%s)", r ? strerror(-r) : "")) {
		if (system("gdb --version >/dev/null 2>&1") == 0)
			look_with_gdb(exe, image);
		else
			skip("gdb reads it", "no gdb here");
		if (system("readelf --version >/dev/null 2>&1") == 0)
			look_with_readelf(image);
		else
			skip("readelf reads it", "no readelf here");
	}
	unlink(image);
	rmdir(dir);
	return done_testing();
}
