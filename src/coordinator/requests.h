/* SPDX-License-Identifier: BSD-3-Clause */
/* requests.h - who waits for what: the requests that a job cannot answer at once, oldest first.
 * [tool] */
#ifndef CKPT_COORDINATOR_REQUESTS_H
#define CKPT_COORDINATOR_REQUESTS_H

#include <stdint.h>

#include "coordinator/loop.h"
#include "coordinator/peer.h"

enum request_kind { REQUEST_CHECKPOINT, REQUEST_CHECK, REQUEST_KILL };

struct requests;

struct request {
	struct requests *of;
	struct request *next;
	struct peer *peer;
	enum request_kind kind;
	int then_exit;
	int attached; /* to the open attempt: its end answers it */
	int held;     /* answered with ok(text) when the job has ended */
	uint32_t generation;
	char text[1024];
	uint64_t timeout_ms; /* 0: none */
	struct loop_timer timer;
};

/* timed_out: request's time is over; the callee answers it and removes it. */
struct requests *requests_create(struct loop *loop, void (*timed_out)(void *arg, struct request *r),
				 void *arg);
void requests_destroy(struct requests *rs);

struct request *requests_add(struct requests *rs, struct peer *peer, enum request_kind kind,
			     uint64_t timeout_ms);
void requests_remove(struct request *r);
void requests_forget(struct requests *rs, const struct peer *peer); /* all of that peer's */

struct request *requests_first(struct requests *rs);

/* The oldest one that waits for an attempt to begin; NULL. */
struct request *requests_waiting(struct requests *rs);

/* Attach all that wait for the same kind of thing as first; 1 when one of them asks for the job's
 * end. */
int requests_attach(struct requests *rs, const struct request *first);

int requests_attached(struct requests *rs); /* how many are */
int requests_have(struct requests *rs, enum request_kind kind);

/* To each attached request. */
void requests_tell(struct requests *rs, uint16_t type, const void *rec);

#endif
