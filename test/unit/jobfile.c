// SPDX-License-Identifier: BSD-3-Clause
/* jobfile.c - unit test of base/jobfile.h and base/rundir.h: records, locks, names, directories.
 * [tool] */
#include "base/jobfile.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/procs.h"
#include "test/unit/tap.h"

static char top[64] = "/tmp/ckpt-unit.XXXXXX";

static void in_top(char path[PATH_MAX], const char *name)
{
	snprintf(path, PATH_MAX, "%s/%s", top, name);
}

static void test_settings(void)
{
	struct ckpt_settings s, t;
	struct ckpt_err err = { 0 };
	char **argv;
	int bad = 0, n = 0;

	ckpt_settings_default(&s);
	is_int((long long)s.keep, 1, "one generation is kept unless said otherwise");
	is_int(ckpt_settings_set(&s, "ckptdir", "/a b/%c", &err), 0, "a text");
	is_int(ckpt_settings_set(&s, "keep", "3", &err), 0, "a number");
	is_int(ckpt_settings_set(&s, "keep", "3x", &err), -EINVAL, "not a number");
	is_int(ckpt_settings_set(&s, "keep", "-1", &err), -EINVAL, "nor a negative one");
	is_int(ckpt_settings_set(&s, "colour", "3", &err), -ENOENT, "no such setting");
	argv = ckpt_settings_argv(&s, "prog", "--extra");
	ckpt_settings_default(&t);
	for (n = 1; argv[n]; n++) {
		char option[64];
		char *eq = strchr(argv[n], '=');

		if (!eq)
			continue;
		snprintf(option, sizeof(option), "%.*s", (int)(eq - argv[n] - 2), argv[n] + 2);
		bad += ckpt_settings_set(&t, option, eq + 1, &err) != 0;
	}
	is_int(bad, 0, "what argv says can be read");
	is_text(argv[0], "prog", "the program's name is first");
	is_text(argv[n - 1], "--extra", "and what is added last");
	ok(!memcmp(&s, &t, sizeof(s)), "settings are the same after argv");
	free(argv);
}

static void test_record(void)
{
	struct ckpt_jobfile_member m[2] = { { 1, 100, 5, 99, "a b%\n" }, { 7, 101, 6, 0, "sh" } };
	struct ckpt_jobfile jf = { .members = m, .count = 2, .generation = 12 }, got;
	struct ckpt_err err = { 0 };
	char path[PATH_MAX];
	int fd;

	in_top(path, "x.job");
	ckpt_settings_default(&jf.settings);
	strcpy(jf.settings.job, "x");
	strcpy(jf.settings.dir, "/dir with\nnewline and %41");
	ckpt_jobfile_host(jf.host, jf.boot);
	fd = ckpt_jobfile_lock(path, &err);
	ok(fd >= 0, "a record is made");
	is_int(ckpt_jobfile_read(path, &got, &err), -ENODATA, "it is empty at first");
	is_int(ckpt_jobfile_write(fd, &jf, &err), 0, "write");
	is_int(ckpt_jobfile_read(path, &got, &err), 0, "read");
	is_text(got.settings.dir, jf.settings.dir, "bytes that are not printable come back");
	is_int((long long)got.generation, 12, "numbers come back");
	is_int((long long)got.count, 2, "members come back");
	is_text(got.members[0].program, "a b%\n", "with their names");
	is_int(got.members[1].pid, 101, "and pids");
	is_int(got.members[0].known_pid, 99, "and what they believe");
	ok(ckpt_jobfile_here(&got), "it was written on this host");
	is_int(ckpt_jobfile_alive(&got), 0, "its processes do not run");
	got.members[1].pid = getpid();
	is_int(ckpt_jobfile_alive(&got), 0, "nor does one that has another start time");
	{
		struct ckpt_procs_stat st;

		ckpt_procs_stat(getpid(), &st);
		got.members[1].start = st.start;
	}
	is_int(ckpt_jobfile_alive(&got), getpid(), "one that has the right one does");
	strcpy(got.boot, "another");
	is_int(ckpt_jobfile_alive(&got), 0, "but not after a reboot");
	ckpt_jobfile_free(&got);
	jf.count = 0;
	is_int(ckpt_jobfile_write(fd, &jf, &err), 0, "write less");
	is_int(ckpt_jobfile_read(path, &got, &err), 0, "and read it");
	is_int((long long)got.count, 0, "without the rest of the old text");
	ckpt_jobfile_free(&got);
	is_int(ckpt_jobfile_held(path), 1, "it is held");
	is_int(ckpt_jobfile_lock(path, &err), -EBUSY, "a second one does not get it");
	close(fd);
	is_int(ckpt_jobfile_held(path), 0, "it is not held any more");
	chmod(path, 0666);
	ok(ckpt_jobfile_read(path, &got, &err) == -EPERM,
	   "one that others may write is not believed");
	unlink(path);
	is_int(ckpt_jobfile_held(path), -ENOENT, "it is gone");
	ok(symlink("/etc/passwd", path) == 0 && ckpt_jobfile_lock(path, &err) < 0,
	   "a symbolic link is not followed");
	unlink(path);
}

static void test_names(void)
{
	char job[CKPT_JOB_MAX], long_name[80];
	struct ckpt_err err = { 0 };

	is_int(ckpt_rundir_job_name("a_b/c d", job, &err), 0, "a name");
	is_text(job, "a-b-c-d", "with bytes that a file's name cannot have");
	is_int(ckpt_rundir_job_name("4711.server+x", job, &err), 0, "a batch system's");
	is_text(job, "4711.server+x", "stays as it is");
	is_int(ckpt_rundir_job_name("", job, &err), -EINVAL, "an empty one");
	is_int(ckpt_rundir_job_name(".x", job, &err), -EINVAL, "a hidden one");
	memset(long_name, 'x', 64);
	long_name[64] = '\0';
	is_int(ckpt_rundir_job_name(long_name, job, &err), -EINVAL, "a long one");
}

static void test_rundir(void)
{
	char path[CKPT_RUNDIR_MAX], dir[PATH_MAX], sock[PATH_MAX], link[PATH_MAX], deep[PATH_MAX];
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	struct ckpt_rundir_job *list;
	struct ckpt_err err = { 0 };
	int fd;

	in_top(dir, "run");
	setenv("CKPT_RUNDIR", dir, 1);
	is_int(ckpt_rundir_get(path, &err), 0, "the directory is made");
	is_text(path, dir, "where CKPT_RUNDIR says");
	chmod(dir, 0755);
	is_int(ckpt_rundir_get(path, &err), -EPERM, "one that others may enter is refused");
	chmod(dir, 0700);
	in_top(link, "link");
	ok(symlink(dir, link) == 0, "a symbolic link to it");
	setenv("CKPT_RUNDIR", link, 1);
	is_int(ckpt_rundir_get(path, &err), -ENOTDIR, "is refused");
	setenv("CKPT_RUNDIR", "relative", 1);
	is_int(ckpt_rundir_get(path, &err), -EINVAL, "a relative path too");
	snprintf(deep, sizeof(deep), "%s/%0100d", top, 1);
	setenv("CKPT_RUNDIR", deep, 1);
	is_int(ckpt_rundir_get(path, &err), -ENAMETOOLONG, "and one that is too long");
	setenv("CKPT_RUNDIR", dir, 1);

	snprintf(sock, sizeof(sock), "%s/run/j.sock", top);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%.100s", sock);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	ok(!bind(fd, (struct sockaddr *)&sa, sizeof(sa)) && !listen(fd, 1), "a socket");
	snprintf(deep, sizeof(deep), "%s/run/j.job", top);
	close(ckpt_jobfile_lock(deep, &err));
	is_int(ckpt_rundir_list(&list, &err), 1, "one job is listed");
	is_text(list[0].job, "j", "its name");
	is_int(list[0].living, 1, "it lives");
	free(list);
	close(fd);
	is_int(ckpt_rundir_list(&list, &err), 1, "it is still listed");
	is_int(list[0].living, 0, "when nobody listens, as dead");
	free(list);
	unlink(sock);
	unlink(deep);
	unlink(link);
	rmdir(dir);
}

int main(void)
{
	if (!mkdtemp(top))
		return 99;
	test_settings();
	test_record();
	test_names();
	test_rundir();
	rmdir(top);
	return done_testing();
}
