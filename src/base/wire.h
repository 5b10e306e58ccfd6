/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * wire.h - one connection that speaks ckpt/protocol.h: whole messages in, whole messages out.
 * [tool]
 *
 * Nothing here blocks but ckpt_wire_next and ckpt_wire_drain, which say so.  The descriptor's flags
 * are left as they are (MSG_DONTWAIT does it), so it may be shared.  A writer that dies under us is
 * an error, never a SIGPIPE.
 */
#ifndef CKPT_BASE_WIRE_H
#define CKPT_BASE_WIRE_H

#include <stdint.h>

#include "base/err.h"
#include "base/record.h"
#include "ckpt/protocol.h"

/* What may wait to be sent: a peer that reads nothing for so long is dropped. */
#define CKPT_WIRE_BACKLOG (2u * CKPT_WIRE_MAX)

struct ckpt_wire;

/* The message that came last; valid until the next read from that wire. */
struct ckpt_msg {
	uint16_t type; /* enum ckpt_message */
	uint32_t attempt;
	union {
#define CKPT_MESSAGE_MEMBER(type_, name_) struct ckpt_rec_##name_ name_;
		CKPT_MESSAGES(CKPT_MESSAGE_MEMBER)
#undef CKPT_MESSAGE_MEMBER
	} as;
};

/* How a message's record is coded; NULL for a type that this version does not know. */
const struct ckpt_record_type *ckpt_wire_type(uint16_t type);

struct ckpt_wire *ckpt_wire_create(int fd);  /* fd, a stream socket, is the wire's from here on */
void ckpt_wire_destroy(struct ckpt_wire *w); /* closes it; NULL is fine */
int ckpt_wire_fd(const struct ckpt_wire *w);

/* Give the descriptor back and destroy the wire. */
int ckpt_wire_release(struct ckpt_wire *w);

/*
 * Queue a message (rec: struct ckpt_rec_NAME of that type) and send what the socket takes.  0, also
 * when bytes are left waiting; -EPIPE when the peer has gone; -ENOBUFS when too much waits;
 * -EMSGSIZE above CKPT_WIRE_MAX.
 */
int ckpt_wire_send(struct ckpt_wire *w, uint16_t type, uint32_t attempt, const void *rec,
		   struct ckpt_err *err);

/* Bytes that wait to be sent: poll for POLLOUT while there are any, and call ckpt_wire_flush. */
size_t ckpt_wire_waiting(const struct ckpt_wire *w);
int ckpt_wire_flush(struct ckpt_wire *w, struct ckpt_err *err);

/*
 * Take what has come.  1 and *msg; 0 when no whole message is there yet (*msg untouched); -EPIPE
 * when the peer has closed between two messages; -EPROTO (status PROTOCOL, text) for another
 * version, bad order, a body that is too long or cannot be read. Call until it returns 0: several
 * messages may have come together.
 */
int ckpt_wire_read(struct ckpt_wire *w, struct ckpt_msg *msg, struct ckpt_err *err);

/* The same, waiting up to timeout_ms (-1: for ever) for it: 1, or -ETIMEDOUT (status TIMED_OUT), or
 * as above. */
int ckpt_wire_next(struct ckpt_wire *w, struct ckpt_msg *msg, int timeout_ms, struct ckpt_err *err);

/* Wait up to timeout_ms until all is sent.  0, -ETIMEDOUT, -EPIPE. */
int ckpt_wire_drain(struct ckpt_wire *w, int timeout_ms, struct ckpt_err *err);

/* Milliseconds of CLOCK_MONOTONIC, for deadlines. */
int64_t ckpt_wire_now_ms(void);

#endif
