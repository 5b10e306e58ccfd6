// SPDX-License-Identifier: BSD-3-Clause
/*
 * command.c - ckpt_command: ask a running job for something.  [tool]  It finds the job's
 * coordinator (jobs.h), asks, and ends with the status that the answer bears.
 */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dial.h"
#include "base/options.h"
#include "ckpt/exit.h"
#include "cli/jobs.h"
#include "cli/show.h"

enum action { NOTHING, CHECKPOINT, CHECK, STATUS, LIST, KILL, INTERVAL };

struct command {
	enum action action;
	int then_exit, json, quiet, kill_too;
	uint64_t interval_s, timeout_ms;
	const char *job, *dir;
	struct show_list *list;
};

enum { OPT_THEN_EXIT = 256, OPT_JSON, OPT_CHECK, OPT_TIMEOUT, OPT_JOB, OPT_CKPTDIR, OPT_QUIET };

/* One-letter options are DMTCP's: -bc and -kc are its spellings of a blocking checkpoint, and of
 * one that ends the job. */
static const struct argp_option option_table[] = {
	{ "checkpoint", 'c', NULL, CKPT_OPTION_ACTION,
	  "checkpoint now; returns when the generation is durable", 1 },
	{ "then-exit", OPT_THEN_EXIT, NULL, CKPT_OPTION_ACTION,
	  "with --checkpoint: end the job with it (also -kc)", 1 },
	{ "check", OPT_CHECK, NULL, CKPT_OPTION_ACTION,
	  "name what could not be saved now; stops nothing", 1 },
	{ "status", 's', NULL, CKPT_OPTION_ACTION, "show the job", 1 },
	{ "list", 'l', NULL, CKPT_OPTION_ACTION, "show its processes", 1 },
	{ "kill", 'k', NULL, CKPT_OPTION_ACTION,
	  "end the job; returns when the last process has gone", 1 },
	{ "quit", 'q', NULL, CKPT_OPTION_ACTION | OPTION_ALIAS, NULL, 1 },
	{ "interval", 'i', "TIME", CKPT_OPTION_ACTION,
	  "from now on a checkpoint every TIME; 0: none", 1 },
	{ "blocking", 'b', NULL, CKPT_OPTION_ACTION | OPTION_HIDDEN, "as -c alone does", 1 },
	{ "job", OPT_JOB, "NAME", 0, "the job that is meant", 2 },
	{ "ckptdir", OPT_CKPTDIR, "DIR", 0, "the job whose images go there", 2 },
	{ "timeout", OPT_TIMEOUT, "TIME", 0, "give up after TIME (exit status 124)", 3 },
	{ "json", OPT_JSON, NULL, 0, "print JSON (--status, --list, --check)", 3 },
	{ "quiet", OPT_QUIET, NULL, 0, "print nothing when it works", 3 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state);

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Ask a running job for something. With one job running nothing has to be named."
	       "\vExit status: 0 it is done; 64 usage; 69 no such job is running; 73, 74 cannot write; 75 cannot be "
	       "checkpointed now; 76 another version; 77 not allowed; 124 timed out.",
};

static void choose(struct argp_state *state, struct command *c, enum action action)
{
	/* -kc: DMTCP's "checkpoint, then kill". */
	if ((c->action == KILL && action == CHECKPOINT) ||
	    (c->action == CHECKPOINT && action == KILL)) {
		c->action = CHECKPOINT;
		c->then_exit = 1;
		return;
	}
	if (c->action && c->action != action)
		argp_error(state, "one thing at a time");
	c->action = action;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command *c = state->input;

	switch (key) {
	case ARGP_KEY_INIT: ckpt_options_from_env(&parser, state); break;
	case 'c': choose(state, c, CHECKPOINT); break;
	case 'b': break;
	case OPT_THEN_EXIT: c->then_exit = 1; break;
	case OPT_CHECK: choose(state, c, CHECK); break;
	case 's': choose(state, c, STATUS); break;
	case 'l': choose(state, c, LIST); break;
	case 'k':
	case 'q': choose(state, c, KILL); break;
	case 'i':
		c->interval_s = (ckpt_options_ms(state, "interval", arg) + 999) / 1000;
		choose(state, c, INTERVAL);
		break;
	case OPT_JOB: c->job = arg; break;
	case OPT_CKPTDIR: c->dir = arg; break;
	case OPT_TIMEOUT: c->timeout_ms = ckpt_options_ms(state, "timeout", arg); break;
	case OPT_JSON: c->json = 1; break;
	case OPT_QUIET: c->quiet = 1; break;
	case ARGP_KEY_ARG: argp_error(state, "what is '%s'?", arg); break;
	case ARGP_KEY_END:
		if (c->then_exit && c->action != CHECKPOINT)
			argp_error(state, "--then-exit goes with --checkpoint");
		if (!c->action)
			argp_error(
				state,
				"what shall be done? (--checkpoint, --status, --list, --check, --kill, --interval)");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static void on_message(void *arg, const struct ckpt_msg *msg)
{
	struct command *c = arg;

	if (msg->type == CKPT_MSG_progress && !c->quiet)
		show_progress(&msg->as.progress);
	else if (msg->type == CKPT_MSG_member)
		show_list_member(c->list, &msg->as.member);
	else if (msg->type == CKPT_MSG_refusal)
		show_list_refusal(c->list, &msg->as.refusal);
}

union request {
	struct ckpt_rec_checkpoint checkpoint;
	struct ckpt_rec_check check;
	struct ckpt_rec_status status;
	struct ckpt_rec_list list;
	struct ckpt_rec_kill kill;
	struct ckpt_rec_interval interval;
};

static uint16_t make_request(const struct command *c, union request *r)
{
	memset(r, 0, sizeof(*r));
	switch (c->action) {
	case CHECKPOINT:
		r->checkpoint.then_exit = c->then_exit;
		r->checkpoint.timeout = c->timeout_ms;
		return CKPT_MSG_checkpoint;
	case CHECK: r->check.timeout = c->timeout_ms; return CKPT_MSG_check;
	case LIST: return CKPT_MSG_list;
	case KILL: r->kill.timeout = c->timeout_ms; return CKPT_MSG_kill;
	case INTERVAL: r->interval.seconds = c->interval_s; return CKPT_MSG_interval;
	default: return CKPT_MSG_status;
	}
}

/* The coordinator keeps the time; this is for one that hangs, and comes a little later. */
static int patience_ms(const struct command *c)
{
	if (c->timeout_ms && c->timeout_ms < 1000000000)
		return (int)c->timeout_ms + 2000;
	return c->action == CHECKPOINT || c->action == CHECK || c->action == KILL ? -1 : 10000;
}

static void show_answer(const struct command *c, const struct ckpt_msg *answer)
{
	if (c->action == STATUS && answer->type == CKPT_MSG_job)
		show_job(&answer->as.job, c->json);
	else if (c->action == LIST)
		show_members(c->list, c->json);
	else if (c->action == CHECK && c->json)
		show_refusals(c->list, 1);
	else if (!c->quiet && answer->type == CKPT_MSG_ok)
		printf("%s\n", answer->as.ok.text);
}

static int ask(struct command *c, struct ckpt_err *err)
{
	struct ckpt_wire *wire;
	struct ckpt_msg answer;
	union request request;
	char *several = NULL;
	uint16_t type = make_request(c, &request);
	int ret = jobs_connect(c->job, c->dir, &wire, &several, err);

	if (ret) {
		fprintf(stderr, "ckpt_command: %s\n%s", err->text, several ? several : "");
		free(several);
		return ret;
	}
	ret = ckpt_dial_ask(wire, type, &request, patience_ms(c), on_message, c, &answer, err);
	show_progress_end();
	if (!ret)
		show_answer(c, &answer);
	else if (show_refusal_count(c->list) >
		 (c->action == CHECKPOINT)) /* a single one is what the error says */
		show_refusals(c->list, c->json);
	if (ret && !(c->action == CHECK && c->json))
		fprintf(stderr, "ckpt_command: %s\n", err->text);
	ckpt_wire_destroy(wire);
	return ret;
}

int main(int argc, char **argv)
{
	struct command c = { 0 };
	struct ckpt_err err = { 0 };
	int ret;

	ckpt_options_begin("ckpt_command", CKPT_EX_USAGE);
	argp_parse(&parser, argc, argv, 0, NULL, &c);
	c.list = show_list_create();
	ret = ask(&c, &err);
	show_list_destroy(c.list);
	if (!ret && fflush(stdout))
		return CKPT_EX_IO;
	return ret ? (err.status ? err.status : CKPT_EX_INTERNAL) : 0;
}
