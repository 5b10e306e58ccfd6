// SPDX-License-Identifier: BSD-3-Clause
/* wire.c - see wire.h.  [tool] */
#include "base/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "ckpt/exit.h"

#define READ_PIECE 65536

struct ckpt_wire {
	int fd;
	struct ckpt_buf out; /* [out_at, out.len) is not sent yet */
	size_t out_at;
	struct ckpt_buf in; /* [in_at, in.len) is not taken yet */
	size_t in_at;
	uint64_t out_seq, in_seq;
	struct ckpt_arena *arena; /* texts of the message that was handed out */
};

/* One table a message, each spelled once: CKPT_ROW measures in CKPT_ROW_OF. */
#define CKPT_ROW_OF struct ckpt_rec_hello
static const struct ckpt_field fields_hello[] = { CKPT_FIELDS_hello(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_ok
static const struct ckpt_field fields_ok[] = { CKPT_FIELDS_ok(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_error
static const struct ckpt_field fields_error[] = { CKPT_FIELDS_error(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_join
static const struct ckpt_field fields_join[] = { CKPT_FIELDS_join(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_checkpoint
static const struct ckpt_field fields_checkpoint[] = { CKPT_FIELDS_checkpoint(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_check
static const struct ckpt_field fields_check[] = { CKPT_FIELDS_check(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_status
static const struct ckpt_field fields_status[] = { CKPT_FIELDS_status(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_list
static const struct ckpt_field fields_list[] = { CKPT_FIELDS_list(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_kill
static const struct ckpt_field fields_kill[] = { CKPT_FIELDS_kill(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_interval
static const struct ckpt_field fields_interval[] = { CKPT_FIELDS_interval(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_progress
static const struct ckpt_field fields_progress[] = { CKPT_FIELDS_progress(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_job
static const struct ckpt_field fields_job[] = { CKPT_FIELDS_job(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_member
static const struct ckpt_field fields_member[] = { CKPT_FIELDS_member(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_refusal
static const struct ckpt_field fields_refusal[] = { CKPT_FIELDS_refusal(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_attempt
static const struct ckpt_field fields_attempt[] = { CKPT_FIELDS_attempt(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_root
static const struct ckpt_field fields_root[] = { CKPT_FIELDS_root(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_phase
static const struct ckpt_field fields_phase[] = { CKPT_FIELDS_phase(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_reached
static const struct ckpt_field fields_reached[] = { CKPT_FIELDS_reached(CKPT_ROW) };
#undef CKPT_ROW_OF
#define CKPT_ROW_OF struct ckpt_rec_failed
static const struct ckpt_field fields_failed[] = { CKPT_FIELDS_failed(CKPT_ROW) };
#undef CKPT_ROW_OF

#define TYPE(type_, name_) CKPT_RECORD_TYPE(type_, name_, fields_##name_),
static const struct ckpt_record_type types[] = { CKPT_MESSAGES(TYPE) };

const struct ckpt_record_type *ckpt_wire_type(uint16_t type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i].tag == type)
			return &types[i];
	return NULL;
}

struct ckpt_wire *ckpt_wire_create(int fd)
{
	struct ckpt_wire *w = ckpt_xmalloc(sizeof(*w));

	w->fd = fd;
	return w;
}

int ckpt_wire_release(struct ckpt_wire *w)
{
	int fd = w->fd;

	ckpt_buf_free(&w->out);
	ckpt_buf_free(&w->in);
	ckpt_arena_destroy(w->arena);
	free(w);
	return fd;
}

void ckpt_wire_destroy(struct ckpt_wire *w)
{
	if (w)
		close(ckpt_wire_release(w));
}

int ckpt_wire_fd(const struct ckpt_wire *w)
{
	return w->fd;
}

size_t ckpt_wire_waiting(const struct ckpt_wire *w)
{
	return w->out.len - w->out_at;
}

int64_t ckpt_wire_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int ckpt_wire_flush(struct ckpt_wire *w, struct ckpt_err *err)
{
	while (w->out_at < w->out.len) {
		ssize_t n = send(w->fd, w->out.data + w->out_at, w->out.len - w->out_at,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return 0;
		if (n < 0)
			return ckpt_errf(err, -EPIPE, "the connection is broken: %s",
					 strerror(errno));
		w->out_at += n;
	}
	w->out.len = w->out_at = 0;
	return 0;
}

int ckpt_wire_send(struct ckpt_wire *w, uint16_t type, uint32_t attempt, const void *rec,
		   struct ckpt_err *err)
{
	const struct ckpt_record_type *t = ckpt_wire_type(type);
	size_t head_at = w->out.len;
	struct ckpt_frame_head head = { .magic = CKPT_WIRE_MAGIC,
					.version = CKPT_WIRE_VERSION,
					.type = type };

	if (!t)
		return ckpt_errs(err, CKPT_EX_INTERNAL, -EINVAL, "there is no message of type %u",
				 type);
	ckpt_buf_grow(&w->out, sizeof(head));
	ckpt_fields_put(&w->out, t, rec);
	head.len = w->out.len - head_at - sizeof(head);
	if (head.len > CKPT_WIRE_MAX || w->out.len - w->out_at > CKPT_WIRE_BACKLOG) {
		int large = head.len > CKPT_WIRE_MAX;

		w->out.len = head_at;
		return ckpt_errf(err, large ? -EMSGSIZE : -ENOBUFS,
				 large ? "message %s is too long"
				       : "the other side does not read: message %s cannot be sent",
				 t->name);
	}
	head.attempt = attempt;
	head.seq = ++w->out_seq;
	memcpy(w->out.data + head_at, &head, sizeof(head));
	return ckpt_wire_flush(w, err);
}

static int protocol_error(struct ckpt_err *err, const char *what)
{
	return ckpt_errs(err, CKPT_EX_PROTOCOL, -EPROTO, "%s", what);
}

static int check_head(struct ckpt_wire *w, const struct ckpt_frame_head *head, struct ckpt_err *err)
{
	if (head->magic != CKPT_WIRE_MAGIC)
		return protocol_error(err, "the other side does not speak ckpt's protocol");
	if (head->version != CKPT_WIRE_VERSION)
		return ckpt_errs(
			err, CKPT_EX_PROTOCOL, -EPROTO,
			"the other side speaks version %u of the protocol and this is version %u: "
			"use one release of ckpt for all parts of a job",
			head->version, CKPT_WIRE_VERSION);
	if (head->len > CKPT_WIRE_MAX)
		return protocol_error(err, "the other side sent a message that is too long");
	if (head->seq != w->in_seq + 1)
		return protocol_error(err, "a message is missing, or came twice");
	return 0;
}

/* Take one whole message off the buffer: 1, 0 (not whole yet), -EPROTO. */
static int take(struct ckpt_wire *w, struct ckpt_msg *msg, struct ckpt_err *err)
{
	const uint8_t *at = w->in.data + w->in_at;
	size_t have = w->in.len - w->in_at;
	const struct ckpt_record_type *type;
	struct ckpt_frame_head head;
	struct ckpt_err why = { 0 };
	int ret;

	if (have < sizeof(head))
		return 0;
	memcpy(&head, at, sizeof(head));
	ret = check_head(w, &head, err);
	if (ret)
		return ret;
	if (have - sizeof(head) < head.len)
		return 0;
	type = ckpt_wire_type(head.type);
	if (!type)
		return ckpt_errs(err, CKPT_EX_PROTOCOL, -EPROTO,
				 "the other side sent a message of unknown type %u", head.type);
	ckpt_arena_destroy(w->arena);
	w->arena = ckpt_arena_create();
	if (ckpt_fields_get(type, at + sizeof(head), head.len, &msg->as, w->arena, &why))
		return ckpt_errs(err, CKPT_EX_PROTOCOL, -EPROTO, "a message cannot be read: %s",
				 why.text);
	msg->type = head.type;
	msg->attempt = head.attempt;
	w->in_seq++;
	w->in_at += sizeof(head) + head.len;
	return 1;
}

/* What was taken goes only now: bytes of the last message point into the buffer. */
static void shift(struct ckpt_wire *w)
{
	if (!w->in_at)
		return;
	memmove(w->in.data, w->in.data + w->in_at, w->in.len - w->in_at);
	w->in.len -= w->in_at;
	w->in_at = 0;
}

/* 1 something came, 0 nothing there, -EPIPE at the end. */
static int receive(struct ckpt_wire *w, struct ckpt_err *err)
{
	size_t at = w->in.len;
	ssize_t n;

	ckpt_buf_grow(&w->in, READ_PIECE);
	do {
		n = recv(w->fd, w->in.data + at, READ_PIECE, MSG_DONTWAIT);
	} while (n < 0 && errno == EINTR);
	w->in.len = at + (n > 0 ? n : 0);
	if (n > 0)
		return 1;
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n == 0 && at)
		return protocol_error(err, "the other side went away in the middle of a message");
	return ckpt_errf(err, -EPIPE, "the other side has closed the connection");
}

int ckpt_wire_read(struct ckpt_wire *w, struct ckpt_msg *msg, struct ckpt_err *err)
{
	shift(w);
	for (;;) {
		int ret = take(w, msg, err);

		if (ret)
			return ret;
		ret = receive(w, err);
		if (ret <= 0)
			return ret;
	}
}

/* Wait for events on the wire until the deadline (ms, -1 none): 1, or -ETIMEDOUT. */
static int wait_for(struct ckpt_wire *w, short events, int64_t deadline, struct ckpt_err *err)
{
	struct pollfd p = { .fd = w->fd, .events = events };

	for (;;) {
		int64_t left = deadline < 0 ? -1 : deadline - ckpt_wire_now_ms();
		int n;

		if (deadline >= 0 && left < 0)
			left = 0;
		n = poll(&p, 1, left > 1 << 30 ? 1 << 30 : (int)left);
		if (n > 0)
			return 1;
		if (n == 0 && deadline >= 0 && ckpt_wire_now_ms() >= deadline)
			return ckpt_errs(err, CKPT_EX_TIMED_OUT, -ETIMEDOUT, "no answer in time");
		if (n < 0 && errno != EINTR)
			return ckpt_errf(err, -errno, "poll: %s", strerror(errno));
	}
}

int ckpt_wire_next(struct ckpt_wire *w, struct ckpt_msg *msg, int timeout_ms, struct ckpt_err *err)
{
	int64_t deadline = timeout_ms < 0 ? -1 : ckpt_wire_now_ms() + timeout_ms;

	for (;;) {
		int ret = ckpt_wire_read(w, msg, err);

		if (ret)
			return ret;
		/* A write error must not hide what the peer said before it closed: reading finds
		 * that out. */
		ckpt_wire_flush(w, NULL);
		ret = wait_for(w, POLLIN | (ckpt_wire_waiting(w) ? POLLOUT : 0), deadline, err);
		if (ret < 0)
			return ret;
	}
}

int ckpt_wire_drain(struct ckpt_wire *w, int timeout_ms, struct ckpt_err *err)
{
	int64_t deadline = timeout_ms < 0 ? -1 : ckpt_wire_now_ms() + timeout_ms;

	for (;;) {
		int ret = ckpt_wire_flush(w, err);

		if (ret || !ckpt_wire_waiting(w))
			return ret;
		ret = wait_for(w, POLLOUT, deadline, err);
		if (ret < 0)
			return ret;
	}
}
