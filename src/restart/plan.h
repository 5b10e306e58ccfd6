/* SPDX-License-Identifier: BSD-3-Clause */
/* restart/plan.h - what one restart is about: the image, the options, and what has been decided from them.  [tool] */
#ifndef CKPT_RESTART_PLAN_H
#define CKPT_RESTART_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/image.h"
#include "plugin/rebuild.h"

enum restart_pids { RESTART_PIDS_AUTO, RESTART_PIDS_EXACT, RESTART_PIDS_VIRTUAL };

struct written;

struct plan {
	struct ckpt_arena *arena;
	struct ckpt_image *image;
	enum restart_pids pids;
	bool exact;	    /* decided: the saved ids come back */
	bool own_namespace; /* decided: in a new pid namespace, because somebody has them here */
	bool other_vdso;    /* --vdso jump: treat this kernel's vdso as another one; else decided by comparing */
	uint64_t vdso_at;   /* decided: where today's vdso will be */
	bool own_user;	    /* and in a new user namespace, without privilege */
	struct ckpt_path_map *maps;
	size_t map_count;
	bool sets_modes;    /* the terminal is ours to set: the program's modes come back */
	int standard[3];    /* for descriptors whose other end is outside; -1 closed */
	const char *job_environment; /* what the library passes on at exec: "NAME=VALUE" texts, an empty one ends them */
	size_t job_environment_len;
	struct ckpt_buf warnings; /* texts, each with its NUL */
	struct written *written;  /* what becomes of the files that the program writes (restart/written.h) */
};

/*
 * Does the image fit this machine: processor, page size, vdso, ids, mapped files, the program itself, descriptors' kinds, owner?
 * Lists every difference in err's text and on standard error; 0 or -errno with err (status BAD_IMAGE).
 */
int plan_check(struct plan *p, struct ckpt_err *err);

/* Is the file of that id where it was (--path-map), of the same size and time? */
bool plan_file_same(struct plan *p, uint64_t id);

/* An id that was free has been taken since (-EEXIST): is it worth another try, in a namespace?  Decides it. */
bool plan_needs_namespace(struct plan *p, int error);

/* Mutexes that other ids would break. */
void plan_check_mutexes(struct plan *p, int *found, struct ckpt_err *err);

/* Protection keys that some thread has rights for: a bit a key. */
uint32_t plan_keys_in_use(const struct plan *p);

/* One more difference: the one before goes to standard error. Returns -EINVAL with err. */
int plan_differs(int *found, struct ckpt_err *err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

void plan_warn(struct plan *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A path of the image as it is called today. */
const char *plan_path(struct plan *p, const char *path);

#endif
