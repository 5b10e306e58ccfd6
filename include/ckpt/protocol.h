/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * protocol.h - the wire between coordinator, agents and commands.  Types only.
 *
 * A message: struct ckpt_frame_head, then the fields of the message's record (image.h's field coding).  One write a
 * message.  On a Unix socket the peer is known by SO_PEERCRED and mac is zero; over TCP mac authenticates head (with mac zero) and body.
 * seq counts the messages of one direction of one connection from 1.  attempt is the checkpoint attempt's number, 0 outside one:
 * an answer to an older attempt is dropped.
 */
#ifndef CKPT_PROTOCOL_H
#define CKPT_PROTOCOL_H

#include <stdint.h>

#include "ckpt/image.h"

#define CKPT_WIRE_MAGIC 0x54504b43u /* "CKPT" */
#define CKPT_WIRE_VERSION 1
#define CKPT_WIRE_MAX (16u << 20) /* body bytes, at most */

struct ckpt_frame_head {
	uint32_t magic;
	uint16_t version;
	uint16_t type; /* enum ckpt_message */
	uint32_t len;  /* of the body, bytes */
	uint32_t attempt;
	uint64_t seq;
	uint8_t mac[32];
};

/* First from every client.  role: "launch", "command", "restart", "agent". */
#define CKPT_FIELDS_hello(F) F(STR, role, 1, 1) F(U, pid, 2, 0) F(STR, version, 3, 0) F(STR, host, 4, 0)
#define CKPT_FIELDS_ok(F) F(STR, text, 1, 0) F(U, generation, 2, 0) F(U, member, 3, 0)
/* status: enum ckpt_exit_status. */
#define CKPT_FIELDS_error(F) F(U, status, 1, 1) F(STR, text, 2, 1)

/* A process joins as a member: ckpt_launch before its exec, ckpt_restart for the root that it made. pid as the coordinator sees it. */
#define CKPT_FIELDS_join(F) \
	F(U, pid, 1, 1) F(STR, program, 2, 1) F(U, known_pid, 3, 0) F(U, generation, 4, 0) F(U, member, 5, 0) \
	F(U, restarted, 6, 0)

/* Requests of ckpt_command. timeout in milliseconds, 0 none. */
#define CKPT_FIELDS_checkpoint(F) F(U, then_exit, 1, 0) F(U, timeout, 2, 0)
#define CKPT_FIELDS_check(F) F(U, timeout, 1, 0)
#define CKPT_FIELDS_status(F) F(U, unused, 1, 0)
#define CKPT_FIELDS_list(F) F(U, unused, 1, 0)
#define CKPT_FIELDS_kill(F) F(U, timeout, 1, 0)
#define CKPT_FIELDS_interval(F) F(U, seconds, 1, 0)

/* Answers: any number of progress, member, refusal; then ok, job or error ends the request. */
#define CKPT_FIELDS_progress(F) F(U, phase, 1, 0) F(U, bytes, 2, 0) F(U, total, 3, 0)
#define CKPT_FIELDS_job(F) \
	F(STR, job, 1, 1) F(STR, dir, 2, 0) F(U, members, 3, 0) F(U, generation, 4, 0) F(U, interval, 5, 0) \
	F(U, keep, 6, 0) F(U, phase, 7, 0) F(U, coordinator_pid, 8, 0) F(STR, host, 9, 0) F(U, last_pause_us, 10, 0) \
	F(U, last_bytes, 11, 0) F(S, last_at, 12, 0) F(STR, last_failure, 13, 0) F(STR, program, 14, 0) F(U, last_total_us, 15, 0)
#define CKPT_FIELDS_member(F) \
	F(U, member, 1, 1) F(STR, program, 2, 0) F(STR, host, 3, 0) F(U, known_pid, 4, 0) F(U, real_pid, 5, 0)
#define CKPT_FIELDS_refusal(F) \
	F(U, pid, 1, 0) F(STR, program, 2, 0) F(STR, where, 3, 0) F(STR, kind, 4, 0) F(STR, what, 5, 0) \
	F(STR, reason, 6, 0) F(STR, remedy, 7, 0)

/* Coordinator to agent: PREPARE opens an attempt; then phase by phase.  snapshot: "auto", "copy", "fork". */
#define CKPT_FIELDS_attempt(F) \
	F(STR, job, 1, 1) F(STR, dir, 2, 1) F(U, generation, 3, 1) F(STR, snapshot, 4, 0) F(U, then_exit, 5, 0) \
	F(U, self_contained, 6, 0) F(STR, files, 7, 0) F(U, file_limit, 8, 0) F(U, stop_timeout, 9, 0) F(U, check_only, 10, 0) \
	F(U, keep, 11, 0) F(U, interval, 12, 0) F(STR, pids, 13, 0)
/* Follows attempt: a member of that agent's host, as a root of the walk. */
#define CKPT_FIELDS_root(F) F(U, pid, 1, 1) F(U, member, 2, 1) F(STR, program, 3, 0) F(U, known_pid, 4, 0)
/* Go on to phase (enum ckpt_phase).  members: N of the generation, known from STOP's barrier on. */
#define CKPT_FIELDS_phase(F) F(U, phase, 1, 1) F(U, members, 2, 0)
/* Agent: the phase is behind us.  pause_us from RESUME on: how long the application stood. */
#define CKPT_FIELDS_reached(F) F(U, phase, 1, 1) F(U, members, 2, 0) F(U, pause_us, 3, 0) F(U, bytes, 4, 0)
/* Agent: this attempt fails here. */
#define CKPT_FIELDS_failed(F) F(U, status, 1, 1) F(STR, text, 2, 1) F(U, phase, 3, 0)

/* M(type, name) */
#define CKPT_MESSAGES(M) \
	M(1, hello) M(2, ok) M(3, error) M(10, join) M(11, checkpoint) M(12, check) M(13, status) M(14, list) M(15, kill) \
	M(16, interval) M(20, progress) M(21, job) M(22, member) M(23, refusal) M(40, attempt) M(41, root) M(42, phase) \
	M(43, reached) M(44, failed)

#define CKPT_MESSAGE_STRUCT(type, name) struct ckpt_rec_##name { CKPT_FIELDS_##name(CKPT_MEMBER) };
CKPT_MESSAGES(CKPT_MESSAGE_STRUCT)
#define CKPT_MESSAGE_ENUM(type, name) CKPT_MSG_##name = type,
enum ckpt_message { CKPT_MESSAGES(CKPT_MESSAGE_ENUM) };

#endif
