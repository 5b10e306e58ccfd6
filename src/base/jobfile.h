/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * jobfile.h - what a job was launched with, and the file that says so.  [tool]
 *
 * A coordinator keeps two copies: RUNDIR/JOB.job on its host, and DIR/.ckpt_JOB.job beside the
 * images, the rendezvous for whoever sees that directory.  0600, text, a line a field ("name
 * value", bytes outside print as %XX), the last line is "end".  The coordinator holds a write lock
 * (F_OFD_SETLK) on each as long as it lives: who can lock one knows that it is dead.
 */
#ifndef CKPT_BASE_JOBFILE_H
#define CKPT_BASE_JOBFILE_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/rundir.h"

/* What a job is launched with.  S(kind, field, size of a TEXT, option): the option of ckpt_launch
 * and ckpt_coordinator. */
#define CKPT_SETTINGS(S) \
	S(TEXT, job, CKPT_JOB_MAX, "job") \
	S(TEXT, dir, PATH_MAX, "ckptdir") \
	S(NUMBER, interval, 0, "interval") \
	S(NUMBER, keep, 0, "keep") \
	S(TEXT, snapshot, 16, "snapshot") \
	S(TEXT, pids, 16, "pids") \
	S(TEXT, files, 16, "files") \
	S(NUMBER, file_limit, 0, "file-limit") \
	S(NUMBER, self_contained, 0, "self-contained") \
	S(NUMBER, stop_timeout, 0, "stop-timeout") \
	S(NUMBER, restarted_from, 0, "restarted-from")

/* What a running job adds to it. */
#define CKPT_RUNNING(S) \
	S(TEXT, host, 65, "host") \
	S(TEXT, boot, 40, "boot") \
	S(TEXT, socket, CKPT_RUNDIR_MAX, "socket") \
	S(NUMBER, coordinator, 0, "coordinator") \
	S(NUMBER, generation, 0, "generation") \
	S(NUMBER, last_member, 0, "last-member")

#define CKPT_SETTING_TEXT(field, size) char field[size];
#define CKPT_SETTING_NUMBER(field, size) uint64_t field;
#define CKPT_SETTING_MEMBER(kind, field, size, option) CKPT_SETTING_##kind(field, size)

struct ckpt_settings {
	CKPT_SETTINGS(CKPT_SETTING_MEMBER)
};

struct ckpt_jobfile_member {
	uint32_t member;
	pid_t pid;	 /* of the host it runs on */
	uint64_t start;	 /* ckpt_procs_stat's */
	pid_t known_pid; /* what the program believes; 0: the same */
	char program[64];
};

struct ckpt_jobfile {
	struct ckpt_settings settings;
	CKPT_RUNNING(CKPT_SETTING_MEMBER)
	struct ckpt_jobfile_member *members; /* malloc'ed */
	size_t count;
};

/* Defaults of every setting but job and dir. */
void ckpt_settings_default(struct ckpt_settings *s);

/* Set the setting of that option from text.  0; -ENOENT no such option; -EINVAL with err. */
int ckpt_settings_set(struct ckpt_settings *s, const char *option, const char *value,
		      struct ckpt_err *err);

/* program, "--option=value" for each setting, extra unless it is NULL, NULL behind the last; one
 * malloc'ed block. */
char **ckpt_settings_argv(const struct ckpt_settings *s, const char *program, const char *extra);

/* DIR/.ckpt_JOB.job.  0 or -ENAMETOOLONG. */
int ckpt_jobfile_path(const char *dir, const char *job, char path[PATH_MAX]);

/* Open (make) and lock.  The descriptor, -EBUSY when a living coordinator holds it, or -errno with
 * err. */
int ckpt_jobfile_lock(const char *path, struct ckpt_err *err);

/* 1 a living coordinator holds it, 0 nobody does, -errno (-ENOENT: no such file). */
int ckpt_jobfile_held(const char *path);

/*
 * The right to have an agent at work for the job of that record: a descriptor that the agent and
 * its children keep open, so that the next agent waits until they have undone what they did and
 * are gone, whoever their coordinator was.  -EBUSY while there is one, or -errno.
 */
int ckpt_jobfile_lock_agent(const char *path);

/* Replace the content of a locked one. */
int ckpt_jobfile_write(int fd, const struct ckpt_jobfile *jf, struct ckpt_err *err);

/* Read one; it must belong to the caller, or the caller is root.  0 or -errno with err; -ENODATA
 * when it is empty. */
int ckpt_jobfile_read(const char *path, struct ckpt_jobfile *jf, struct ckpt_err *err);
void ckpt_jobfile_free(struct ckpt_jobfile *jf);

/* Was it written on this host since it was booted? */
int ckpt_jobfile_here(const struct ckpt_jobfile *jf);

/* A member that still runs here: its pid, or 0. */
pid_t ckpt_jobfile_alive(const struct ckpt_jobfile *jf);

/* This host's name and boot id, as the file holds them. */
void ckpt_jobfile_host(char host[65], char boot[40]);

#endif
