/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * attempt.h - the one checkpoint attempt that may be open: drives the agent over the phases of
 * ckpt/phase.h.  [tool] The agent is started by the first attempt, kept between attempts, and
 * replaced by the next one after it died.
 */
#ifndef CKPT_COORDINATOR_ATTEMPT_H
#define CKPT_COORDINATOR_ATTEMPT_H

#include <stdint.h>

#include "ckpt/protocol.h"
#include "coordinator/loop.h"
#include "coordinator/members.h"

struct attempt;

struct attempt_result {
	int status; /* enum ckpt_exit_status; 0: it worked */
	char text[1024];
	int then_exit, check_only;
	int durable; /* the generation counts, also where ending the job then failed */
	uint32_t generation, members;
	uint64_t bytes, pause_us, total_us;
	uint32_t refusals;
};

/* Called from the loop, or from attempt_start where it fails at once.  ended comes exactly once for
 * each start. */
struct attempt_owner {
	void (*progress)(void *arg, const struct ckpt_rec_progress *progress);
	void (*refusal)(void *arg, const struct ckpt_rec_refusal *refusal);
	void (*ended)(void *arg, const struct attempt_result *result);
	void *arg;
};

/* record: the file whose agent's lock says that an earlier agent is not gone yet (jobfile.h). */
struct attempt *attempt_create(struct loop *loop, const struct ckpt_settings *settings,
			       const char *record, struct members *members,
			       const struct attempt_owner *owner);
void attempt_destroy(struct attempt *a); /* an open one is left to the agent to undo */

/* Begin.  generation: the number that the images will bear (0 with check_only).  None may be open.
 */
void attempt_start(struct attempt *a, uint32_t generation, int then_exit, int check_only);

/* Abandon it, for that reason.  Past the point where the generation is durable this does nothing.
 */
void attempt_cancel(struct attempt *a, int status, const char *text);

int attempt_is_open(const struct attempt *a);
int attempt_is_failing(const struct attempt *a); /* open, but will end in failure */
int attempt_then_exit(const struct attempt *a);
int attempt_check_only(const struct attempt *a);
uint32_t attempt_phase(const struct attempt *a); /* enum ckpt_phase; 0: none is open */
const char *attempt_phase_name(uint32_t phase);

#endif
