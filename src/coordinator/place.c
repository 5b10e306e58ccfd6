// SPDX-License-Identifier: BSD-3-Clause
/* place.c - see place.h.  [tool] */
#include "coordinator/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "ckpt/exit.h"
#include "coordinator/log.h"

#define BACKLOG 512

struct place {
	char socket[CKPT_RUNDIR_MAX];
	char run_record[CKPT_RUNDIR_MAX];
	char dir_record[PATH_MAX];
	int run_lock, dir_lock, listener;
};

/* Why a record cannot be had: who has it. */
static int say_taken(const char *path, const char *job, struct ckpt_err *err)
{
	struct ckpt_jobfile jf;

	if (ckpt_jobfile_read(path, &jf, NULL))
		return ckpt_errs(
			err, CKPT_EX_CANNOT_CREATE, -EBUSY,
			"a job named %s is running already: choose another name with --job", job);
	ckpt_errs(
		err, CKPT_EX_CANNOT_CREATE, -EBUSY,
		"a job named %s is running already on host %s with its images in %s (coordinator %llu): "
		"choose another name with --job",
		job, jf.host, jf.settings.dir, (unsigned long long)jf.coordinator);
	ckpt_jobfile_free(&jf);
	return -EBUSY;
}

/* A record that nobody holds, of which a process still runs: its coordinator died, the job did not.
 */
static int check_leftover(const char *path, const char *job, struct ckpt_err *err)
{
	struct ckpt_jobfile jf;
	pid_t pid;

	if (ckpt_jobfile_read(path, &jf, NULL))
		return 0;
	pid = ckpt_jobfile_alive(&jf);
	ckpt_jobfile_free(&jf);
	if (!pid)
		return 0;
	return ckpt_errs(
		err, CKPT_EX_CANNOT_CREATE, -EBUSY,
		"a job named %s is running already (process %d; its coordinator died, any ckpt_command starts another): "
		"choose another name with --job",
		job, (int)pid);
}

static int take_record(const char *path, const char *job, int recover, struct ckpt_err *err)
{
	int fd = ckpt_jobfile_lock(path, err);
	int ret;

	if (fd == -EBUSY)
		return say_taken(path, job, err);
	if (fd < 0 || recover)
		return fd;
	ret = check_leftover(path, job, err);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

/* We hold the lock of its name: a socket that lies there is a dead one's. */
static int listen_at(const char *path, struct ckpt_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(sa.sun_path, path);
	unlink(path);
	if (fd >= 0 && !bind(fd, (struct sockaddr *)&sa, sizeof(sa)) && !listen(fd, BACKLOG))
		return fd;
	ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot listen at %s: %s", path,
		  strerror(errno));
	if (fd >= 0)
		close(fd);
	return -EIO;
}

static int take_all(struct place *p, struct ckpt_jobfile *jf, int recover, struct ckpt_err *err)
{
	const char *job = jf->settings.job;
	char rundir[CKPT_RUNDIR_MAX];
	int ret = ckpt_rundir_get(rundir, err);

	if (ret)
		return ret;
	ret = ckpt_rundir_socket(rundir, job, p->socket, err);
	if (ret)
		return ret;
	ret = ckpt_rundir_jobfile(rundir, job, p->run_record, err);
	if (ret)
		return ret;
	if (ckpt_jobfile_path(jf->settings.dir, job, p->dir_record))
		return ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -ENAMETOOLONG,
				 "the path of %s is too long", jf->settings.dir);
	p->run_lock = take_record(p->run_record, job, recover, err);
	if (p->run_lock < 0)
		return p->run_lock;
	if (recover && (ret = ckpt_jobfile_read(p->run_record, jf, err)))
		return ret;
	p->dir_lock = take_record(p->dir_record, job, recover, err);
	if (p->dir_lock < 0)
		return p->dir_lock;
	p->listener = listen_at(p->socket, err);
	if (p->listener < 0)
		return p->listener;
	strcpy(jf->socket, p->socket);
	jf->coordinator = getpid();
	ckpt_jobfile_host(jf->host, jf->boot);
	return 0;
}

struct place *place_take(struct ckpt_jobfile *jf, int recover, struct ckpt_err *err)
{
	struct place *p = ckpt_xmalloc(sizeof(*p));

	p->run_lock = p->dir_lock = p->listener = -1;
	if (take_all(p, jf, recover, err)) {
		place_leave(p);
		return NULL;
	}
	return p;
}

int place_listener(const struct place *p)
{
	return p->listener;
}

const char *place_record(const struct place *p)
{
	return p->run_record;
}

void place_write(struct place *p, const struct ckpt_jobfile *jf)
{
	struct ckpt_err err = { 0 };

	if (ckpt_jobfile_write(p->run_lock, jf, &err) || ckpt_jobfile_write(p->dir_lock, jf, &err))
		log_line("%s", err.text);
}

void place_leave(struct place *p)
{
	if (!p)
		return;
	/* Names first, locks last: whoever gets a lock sees that its file has no name any more, and
	 * makes a new one. */
	if (p->listener >= 0) {
		unlink(p->socket);
		close(p->listener);
	}
	if (p->dir_lock >= 0) {
		unlink(p->dir_record);
		close(p->dir_lock);
	}
	if (p->run_lock >= 0) {
		unlink(p->run_record);
		close(p->run_lock);
	}
	free(p);
}
