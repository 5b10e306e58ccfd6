/* SPDX-License-Identifier: BSD-3-Clause */
/* members.h - the processes that a job hangs on: who joined, and who is found by the job's mark.
 * [tool]  Each is held by a pidfd, so its end is seen whoever its parent is, and a pid that is used
 * again never mistaken for it. */
#ifndef CKPT_COORDINATOR_MEMBERS_H
#define CKPT_COORDINATOR_MEMBERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/jobfile.h"
#include "coordinator/loop.h"

struct members;

struct member {
	struct ckpt_jobfile_member is; /* number, pid, start, known_pid, program */
	int found;		       /* by the mark: nobody has said what program it is */
	int pidfd;
	struct loop_watch *watch;
	struct members *of;
};

/* gone: a member has ended (it is out of the list already). */
struct members *members_create(struct loop *loop, const char *job,
			       void (*gone)(void *arg, const struct member *m), void *arg);
void members_destroy(struct members *ms);

/* Add a living process.  number 0: the next free one; known_pid 0: its pid.  The member, or NULL
 * with err. */
struct member *members_add(struct members *ms, pid_t pid, uint32_t number, pid_t known_pid,
			   const char *program, struct ckpt_err *err);

size_t members_count(const struct members *ms);
const struct member *members_get(const struct members *ms, size_t i);
uint32_t members_last_number(const struct members *ms);
void members_set_last_number(struct members *ms, uint32_t number);

/* Add the processes of our user that bear the job's mark and are not in the list.  How many that
 * were. */
size_t members_find(struct members *ms);

/* SIGKILL to all members and to everything below them.  How many processes were still there. */
size_t members_kill(struct members *ms);

#endif
