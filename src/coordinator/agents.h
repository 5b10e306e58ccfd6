/* SPDX-License-Identifier: BSD-3-Clause */
/* agents.h - this host's ckpt_agent: started, spoken to, seen to die.  [tool] */
#ifndef CKPT_COORDINATOR_AGENTS_H
#define CKPT_COORDINATOR_AGENTS_H

#include "base/err.h"
#include "base/wire.h"
#include "coordinator/loop.h"

struct agent;

struct agent_watcher {
	void (*message)(void *arg, const struct ckpt_msg *msg);
	void (*died)(void *arg, const char *how); /* the agent is destroyed by then */
	void *arg;
};

/* Start one (the program that CKPT_AGENT names, else ours).  lock: a descriptor that it keeps open
 * as 4 as long as anything of it runs; stays the caller's; -1 none.  NULL with err. */
struct agent *agent_start(struct loop *loop, const struct agent_watcher *watcher, int lock,
			  struct ckpt_err *err);

int agent_send(struct agent *agent, uint16_t type, uint32_t attempt, const void *rec,
	       struct ckpt_err *err);

/* SIGKILL; died() is called when it is dead. */
void agent_kill(struct agent *agent);

/* Close its connection, which ends it; wait a little, kill it if it does not go; died() is not
 * called.  NULL is fine. */
void agent_destroy(struct agent *agent);

#endif
