// SPDX-License-Identifier: BSD-3-Clause
/* peer.c - see peer.h.  [tool] */
#include "coordinator/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wire.h"
#include "ckpt/exit.h"
#include "coordinator/log.h"

#define PEERS_MAX 1000

struct peer {
	struct peers *of;
	struct peer *next;
	struct ckpt_wire *wire;
	struct loop_watch *watch;
	struct ucred cred;
	int greeted, starter;
	int done; /* refused: closed when what was said to it is sent */
};

struct peers {
	struct loop *loop;
	struct job *job;
	struct peer *list;
	int count;
	int listener; /* the job's */
};

struct peers *peers_create(struct loop *loop, struct job *job)
{
	struct peers *ps = ckpt_xmalloc(sizeof(*ps));

	ps->loop = loop;
	ps->job = job;
	return ps;
}

static void set_events(struct peer *p)
{
	loop_events(p->watch, POLLIN | (ckpt_wire_waiting(p->wire) ? POLLOUT : 0));
}

void peer_send(struct peer *peer, uint16_t type, const void *rec)
{
	/* The loop sees a socket that is shut down, and frees the peer; our caller may be walking
	 * over it. */
	if (ckpt_wire_send(peer->wire, type, 0, rec, NULL))
		shutdown(ckpt_wire_fd(peer->wire), SHUT_RDWR);
	set_events(peer);
}

void peer_ok(struct peer *peer, uint32_t generation, const char *fmt, ...)
{
	char text[1024];
	struct ckpt_rec_ok ok = { .text = text, .generation = generation };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	peer_send(peer, CKPT_MSG_ok, &ok);
}

void peer_error(struct peer *peer, int status, const char *fmt, ...)
{
	char text[1024];
	struct ckpt_rec_error error = { .status = status, .text = text };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	peer_send(peer, CKPT_MSG_error, &error);
}

pid_t peer_pid(const struct peer *peer)
{
	return peer->cred.pid;
}

uid_t peer_uid(const struct peer *peer)
{
	return peer->cred.uid;
}

static void peer_free(struct peer *p)
{
	struct peer **at;

	for (at = &p->of->list; *at; at = &(*at)->next)
		if (*at == p) {
			*at = p->next;
			p->of->count--;
			break;
		}
	loop_unwatch(p->watch);
	ckpt_wire_destroy(p->wire);
	free(p);
}

static void peer_drop(struct peer *p)
{
	job_forget(p->of->job, p, p->starter);
	peer_free(p);
}

/* Say why, and close when that is sent. */
static void turn_away(struct peer *p, int status, const char *text)
{
	log_line("peer %d (uid %u): %s", (int)p->cred.pid, p->cred.uid, text);
	peer_error(p, status, "%s", text);
	p->done = 1;
}

static void take(struct peer *p, const struct ckpt_msg *msg)
{
	struct job *job = p->of->job;

	if (!p->greeted && msg->type != CKPT_MSG_hello) {
		turn_away(p, CKPT_EX_PROTOCOL, "the first message must be hello");
		return;
	}
	switch (msg->type) {
	case CKPT_MSG_hello: p->greeted = 1; break;
	case CKPT_MSG_join: job_join(job, p, &msg->as.join); break;
	case CKPT_MSG_checkpoint: job_checkpoint(job, p, &msg->as.checkpoint); break;
	case CKPT_MSG_check: job_check(job, p, &msg->as.check); break;
	case CKPT_MSG_status: job_status(job, p); break;
	case CKPT_MSG_list: job_list(job, p); break;
	case CKPT_MSG_kill: job_kill(job, p, &msg->as.kill); break;
	case CKPT_MSG_interval: job_interval(job, p, &msg->as.interval); break;
	default: turn_away(p, CKPT_EX_PROTOCOL, "that message is none that a coordinator takes");
	}
}

static void on_peer(void *arg, short revents)
{
	struct peer *p = arg;
	struct ckpt_err err = { 0 };
	struct ckpt_msg msg;
	int ret = 0;

	if (revents & POLLOUT && ckpt_wire_flush(p->wire, NULL)) {
		peer_drop(p);
		return;
	}
	while (!p->done && (ret = ckpt_wire_read(p->wire, &msg, &err)) > 0)
		take(p, &msg);
	if (ret == -EPROTO)
		turn_away(p, CKPT_EX_PROTOCOL, err.text);
	if ((ret < 0 && ret != -EPROTO) || (p->done && !ckpt_wire_waiting(p->wire))) {
		peer_drop(p);
		return;
	}
	set_events(p);
	if (p->done)
		loop_events(p->watch, POLLOUT);
}

struct peer *peers_add(struct peers *ps, int fd, int starter)
{
	struct peer *p = ckpt_xmalloc(sizeof(*p));
	socklen_t len = sizeof(p->cred);

	p->of = ps;
	p->starter = starter;
	p->wire = ckpt_wire_create(fd);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &p->cred, &len))
		p->cred = (struct ucred){ 0, (uid_t)-1, (gid_t)-1 };
	p->watch = loop_watch(ps->loop, fd, POLLIN, on_peer, p);
	p->next = ps->list;
	ps->list = p;
	ps->count++;
	if (p->cred.uid != geteuid() && p->cred.uid != 0)
		turn_away(p, CKPT_EX_AUTHENTICATION, "this job belongs to another user");
	else if (ps->count > PEERS_MAX)
		turn_away(p, CKPT_EX_CANNOT_CHECKPOINT, "too many connections at once: try again");
	if (p->done)
		loop_events(p->watch, POLLOUT);
	return p;
}

static void on_connection(void *arg, short revents)
{
	struct peers *ps = arg;

	(void)revents;
	for (;;) {
		int fd = accept4(ps->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0)
			return;
		peers_add(ps, fd, 0);
	}
}

void peers_listen(struct peers *ps, int listener)
{
	ps->listener = listener;
	loop_watch(ps->loop, listener, POLLIN, on_connection, ps);
}

void peers_close(struct peers *ps, int timeout_ms)
{
	int64_t deadline = ckpt_wire_now_ms() + timeout_ms;

	while (ps->list) {
		int64_t left = deadline - ckpt_wire_now_ms();

		ckpt_wire_drain(ps->list->wire, left > 0 ? left : 0, NULL);
		peer_free(ps->list);
	}
	free(ps);
}
