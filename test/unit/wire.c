// SPDX-License-Identifier: BSD-3-Clause
/* wire.c - unit test of base/wire.h: whole messages over pieces, limits, versions, order.  [tool]
 */
#include "base/wire.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ckpt/exit.h"
#include "test/unit/tap.h"

static int pair[2];

static struct ckpt_wire *new_pair(void)
{
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		exit(99);
	return ckpt_wire_create(pair[0]);
}

static void test_round_trip(void)
{
	struct ckpt_wire *a = new_pair(), *b = ckpt_wire_create(pair[1]);
	struct ckpt_rec_hello hello = { .role = "launch", .pid = 4711, .host = "n\303\2641" };
	struct ckpt_rec_job job = { .job = "j", .last_at = -5, .members = 1ull << 40 };
	struct ckpt_err err = { 0 };
	struct ckpt_msg msg;

	is_int(ckpt_wire_read(b, &msg, &err), 0, "nothing is there yet");
	is_int(ckpt_wire_send(a, CKPT_MSG_hello, 0, &hello, &err), 0, "send");
	is_int(ckpt_wire_send(a, CKPT_MSG_job, 7, &job, &err), 0, "send another");
	is_int(ckpt_wire_read(b, &msg, &err), 1, "the first one comes");
	is_int(msg.type, CKPT_MSG_hello, "its type");
	is_text(msg.as.hello.role, "launch", "a text");
	is_text(msg.as.hello.host, "n\303\2641", "a text that is no ASCII");
	is_text(msg.as.hello.version, "", "an empty text is never NULL");
	is_int((long long)msg.as.hello.pid, 4711, "a number");
	is_int(ckpt_wire_read(b, &msg, &err), 1, "the second one comes");
	is_int(msg.attempt, 7, "the attempt's number");
	is_int(msg.as.job.last_at, -5, "a negative number");
	ok(msg.as.job.members == 1ull << 40, "a large number");
	is_int(ckpt_wire_read(b, &msg, &err), 0, "and no third");
	ckpt_wire_destroy(a);
	is_int(ckpt_wire_read(b, &msg, &err), -EPIPE, "the end");
	is_int(ckpt_wire_send(b, CKPT_MSG_hello, 0, &hello, &err), -EPIPE,
	       "writing to nobody is an error and no signal");
	ckpt_wire_destroy(b);
}

/* Let the bytes of one message through in two pieces, cut at each place. */
static void test_pieces(void)
{
	struct ckpt_rec_error error = { .status = 75, .text = "a text of some length" };
	struct ckpt_err err = { 0 };
	unsigned char bytes[512];
	struct ckpt_msg msg;
	ssize_t n;
	int bad = 0;
	struct ckpt_wire *a = new_pair();

	ckpt_wire_send(a, CKPT_MSG_error, 0, &error, &err);
	n = read(pair[1], bytes, sizeof(bytes));
	ckpt_wire_destroy(a);
	close(pair[1]);
	for (ssize_t cut = 1; cut < n; cut++) {
		struct ckpt_wire *w = new_pair();

		bad += write(pair[1], bytes, cut) != cut;
		bad += ckpt_wire_read(w, &msg, &err) != 0;
		bad += write(pair[1], bytes + cut, n - cut) != n - cut;
		bad += ckpt_wire_read(w, &msg, &err) != 1 || strcmp(msg.as.error.text, error.text);
		ckpt_wire_destroy(w);
		close(pair[1]);
	}
	is_int(bad, 0, "a message cut anywhere comes whole");
}

/* What a reader says to bytes that are a message but for one field of its head. */
static int read_bad(void (*spoil)(struct ckpt_frame_head *head), struct ckpt_err *err)
{
	struct ckpt_rec_hello hello = { .role = "x" };
	union {
		struct ckpt_frame_head head;
		unsigned char bytes[256];
	} u;
	struct ckpt_wire *w = new_pair();
	struct ckpt_msg msg;
	ssize_t n;
	int ret;

	ckpt_wire_send(w, CKPT_MSG_hello, 0, &hello, err);
	n = read(pair[1], &u, sizeof(u));
	spoil(&u.head);
	if (write(pair[1], &u, n) != n)
		exit(99);
	close(pair[1]);
	ret = ckpt_wire_read(w, &msg, err);
	ckpt_wire_destroy(w);
	return ret;
}

static void spoil_magic(struct ckpt_frame_head *h)
{
	h->magic ^= 1;
}
static void spoil_version(struct ckpt_frame_head *h)
{
	h->version = 9;
}
static void spoil_len(struct ckpt_frame_head *h)
{
	h->len = CKPT_WIRE_MAX + 1;
}
static void spoil_seq(struct ckpt_frame_head *h)
{
	h->seq = 2;
}
static void spoil_type(struct ckpt_frame_head *h)
{
	h->type = 999;
}
static void cut_short(struct ckpt_frame_head *h)
{
	h->len += 5;
}

static void test_bad(void)
{
	struct ckpt_err err = { 0 };

	is_int(read_bad(spoil_magic, &err), -EPROTO, "another magic");
	is_int(read_bad(spoil_version, &err), -EPROTO, "another version");
	ok(strstr(err.text, "version 9") != NULL, "which is named: %s", err.text);
	is_int(err.status, CKPT_EX_PROTOCOL, "with the status for it");
	is_int(read_bad(spoil_len, &err), -EPROTO, "a length above the limit");
	is_int(read_bad(spoil_seq, &err), -EPROTO, "a message that is missing");
	is_int(read_bad(spoil_type, &err), -EPROTO, "a type that nobody knows");
	is_int(read_bad(cut_short, &err), -EPROTO, "an end in the middle of a message");
}

static void test_backlog(void)
{
	size_t size = 1u << 20;
	char *text = malloc(size + 1);
	struct ckpt_rec_error error = { .status = 1, .text = text };
	struct ckpt_wire *a = new_pair(), *b = ckpt_wire_create(pair[1]);
	struct ckpt_err err = { 0 };
	struct ckpt_msg msg;
	int sent = 0, got = 0, ret;

	memset(text, 'x', size);
	text[size] = '\0';
	while (sent < 100 && !(ret = ckpt_wire_send(a, CKPT_MSG_error, 0, &error, &err)))
		sent++;
	is_int(ret, -ENOBUFS, "a reader that never reads comes to a limit");
	ok(sent >= 16 && sent <= 40, "after %d messages of 1 MB", sent);
	ok(ckpt_wire_waiting(a) > 0, "what waits is told");
	for (;;) {
		ret = ckpt_wire_read(b, &msg, &err);
		if (ret > 0 && strlen(msg.as.error.text) == size)
			got++;
		else if (ret)
			break;
		else if (!ckpt_wire_waiting(a))
			break;
		ckpt_wire_flush(a, &err);
	}
	is_int(got, sent, "all of them come when it reads");
	free(text);
	ckpt_wire_destroy(a);
	ckpt_wire_destroy(b);
}

static void test_waiting(void)
{
	struct ckpt_wire *a = new_pair();
	struct ckpt_err err = { 0 };
	struct ckpt_msg msg;

	is_int(ckpt_wire_next(a, &msg, 20, &err), -ETIMEDOUT, "waiting for a message has an end");
	is_int(err.status, CKPT_EX_TIMED_OUT, "with its status");
	close(pair[1]);
	is_int(ckpt_wire_next(a, &msg, -1, &err), -EPIPE, "or the peer's");
	ckpt_wire_destroy(a);
}

static void test_types(void)
{
	int missing = 0;

#define CHECK(type_, name_) \
	missing += !ckpt_wire_type(type_) || strcmp(ckpt_wire_type(type_)->name, #name_);
	CKPT_MESSAGES(CHECK)
#undef CHECK
	is_int(missing, 0, "each message of the protocol has its record");
	ok(!ckpt_wire_type(999), "and no other");
}

int main(void)
{
	test_types();
	test_round_trip();
	test_pieces();
	test_bad();
	test_backlog();
	test_waiting();
	return done_testing();
}
