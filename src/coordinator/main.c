// SPDX-License-Identifier: BSD-3-Clause
/*
 * main.c - ckpt_coordinator: one for each job, started by ckpt_launch, ckpt_restart or
 * ckpt_command, ended by the end of its last member.  [tool]  It holds nothing of who started it
 * but descriptor 3, a connection that is the first of its peers: the answer to what is asked there
 * says whether the start has worked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/jobfile.h"
#include "base/wire.h"
#include "ckpt/exit.h"
#include "coordinator/job.h"
#include "coordinator/log.h"
#include "coordinator/loop.h"
#include "coordinator/peer.h"

#define STARTER_FD 3
#define FAREWELL_MS 1000

/* "--option=value", all from our own tools. */
static int parse_arguments(int argc, char **argv, struct ckpt_settings *s, int *recover,
			   struct ckpt_err *err)
{
	ckpt_settings_default(s);
	for (int i = 1; i < argc; i++) {
		char option[64];
		const char *value = strchr(argv[i], '=');
		int ret = -ENOENT;

		if (!strcmp(argv[i], "--recover")) {
			*recover = 1;
			continue;
		}
		if (value && !strncmp(argv[i], "--", 2)) {
			snprintf(option, sizeof(option), "%.*s", (int)(value - argv[i] - 2),
				 argv[i] + 2);
			ret = ckpt_settings_set(s, option, value + 1, err);
		}
		if (ret == -ENOENT)
			return ckpt_errs(err, CKPT_EX_USAGE, ret,
					 "ckpt_coordinator does not know '%s'", argv[i]);
		if (ret)
			return ret;
	}
	if (!s->job[0] || s->dir[0] != '/')
		return ckpt_errs(
			err, CKPT_EX_USAGE, -EINVAL,
			"ckpt_coordinator is started by ckpt_launch and ckpt_restart, not by hand");
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Hold nothing of the caller's.  Nobody may write into us: a core, ptrace by a sibling of the same
 * user, are as for anybody. */
static void detach(void)
{
	struct rlimit files;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; null >= 0 && i < 3; i++)
		dup2(null, i);
	close_range(STARTER_FD + 1, ~0u, 0);
	fcntl(STARTER_FD, F_SETFD, FD_CLOEXEC);
	setsid(); /* fails where whoever started us has done it */
	if (chdir("/"))
		_exit(CKPT_EX_INTERNAL);
	umask(077);
	reset_signals();
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Limits that the caller set for its program are not for us: a job must not lose its
	 * coordinator to a CPU limit. */
	if (!getrlimit(RLIMIT_CPU, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_CPU, &files);
	}
}

static int has_starter(void)
{
	struct stat st;

	return !fstat(STARTER_FD, &st) && S_ISSOCK(st.st_mode);
}

/* Say on descriptor 3 why there will be no coordinator; its first question is answered by that. */
static int refuse(const struct ckpt_err *err)
{
	struct ckpt_wire *wire = ckpt_wire_create(STARTER_FD);
	struct ckpt_rec_error error = { .status = err->status ? err->status : CKPT_EX_INTERNAL,
					.text = err->text };

	log_line("not started: %s", err->text);
	ckpt_wire_send(wire, CKPT_MSG_error, 0, &error, NULL);
	ckpt_wire_drain(wire, FAREWELL_MS, NULL);
	ckpt_wire_destroy(wire);
	return error.status;
}

static int serve(const struct ckpt_settings *settings, int recover, struct ckpt_err *err)
{
	struct loop *loop = loop_create();
	struct job *job = job_create(loop, settings, recover, err);
	struct peers *peers;

	if (!job)
		return refuse(err);
	log_line("coordinator of job %s, images in %s", settings->job, settings->dir);
	peers = peers_create(loop, job);
	peers_listen(peers, job_listener(job));
	peers_add(peers, STARTER_FD, 1);
	loop_run(loop);
	job_close(job);
	peers_close(peers, FAREWELL_MS);
	loop_destroy(loop);
	log_line("ended");
	return 0;
}

int main(int argc, char **argv)
{
	struct ckpt_settings settings;
	struct ckpt_err err = { 0 };
	int recover = 0, ret = parse_arguments(argc, argv, &settings, &recover, &err);

	if (!has_starter()) {
		fprintf(stderr, "ckpt_coordinator: %s\n",
			ret ? err.text : "descriptor 3 is not a socket");
		return CKPT_EX_USAGE;
	}
	detach();
	log_open();
	return ret ? refuse(&err) : serve(&settings, recover, &err);
}
