/* SPDX-License-Identifier: BSD-3-Clause */
/* peer.h - the connections of ckpt_launch, ckpt_command, ckpt_restart: who they are, what they ask.
 * [tool] */
#ifndef CKPT_COORDINATOR_PEER_H
#define CKPT_COORDINATOR_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "coordinator/job.h"
#include "coordinator/loop.h"

struct peers;
struct peer;

struct peers *peers_create(struct loop *loop, struct job *job);
void peers_listen(struct peers *ps, int listener);
struct peer *peers_add(struct peers *ps, int fd, int starter); /* NULL: not allowed, closed */

/* Send; a connection that is broken is noticed, and the peer freed, by the loop, never in here. */
void peer_send(struct peer *peer, uint16_t type, const void *rec);
void peer_ok(struct peer *peer, uint32_t generation, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void peer_error(struct peer *peer, int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
pid_t peer_pid(const struct peer *peer);
uid_t peer_uid(const struct peer *peer);

/* Give what waits to be sent up to that long, then close all. */
void peers_close(struct peers *ps, int timeout_ms);

#endif
