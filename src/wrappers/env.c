/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * env.c - hide our variables from the program, put them back into what exec passes on.  [preload]
 *
 * include/ckpt/env.h says what the variables mean.  It must not allocate, lock or change errno:
 * exec after vfork in a process with threads comes through here.
 */
#include "wrappers/env.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "ckpt/env.h"
#include "wrappers/raw.h"

#define PRELOAD "LD_PRELOAD="
#define USER_PRELOAD CKPT_ENV_USER_PRELOAD "="
#define OURS CKPT_ENV_PRELOAD "="
#define MARK CKPT_ENV_JOB "="

char ckpt_hidden[CKPT_HIDDEN_ROOM];

static int begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* ---- at start ---- */

/*
 * A string that lives as long as the program: the stack's own may be overwritten by a program that
 * sets its title.
 */
static char *keep_joined(const char *head, const char *tail)
{
	static char room[512];
	size_t a = strlen(head), b = strlen(tail) + 1;
	char *to = room;

	if (a + b > sizeof(room)) {
		long at = raw_call6(SYS_mmap, 0, (long)(a + b), PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (at < 0 && at > -4096)
			return NULL;
		to = (char *)at;
	}
	memcpy(to, head, a);
	memcpy(to + a, tail, b);
	return to;
}

void ckpt_env_hide(char **envp)
{
	const char *user = NULL;
	size_t used = 0;
	int ours = 0;
	char **from, **to;

	for (from = envp; *from; from++) {
		if (!begins(*from, CKPT_ENV_PREFIX))
			continue;
		ours |= begins(*from, OURS);
		if (begins(*from, USER_PRELOAD))
			user = *from + strlen(USER_PRELOAD);
		else
			used += strlen(*from) + 1;
	}
	/*
	 * Preloaded by hand, or more than anybody wrote: then nothing is hidden and exec passes
	 * all of it on by itself.
	 */
	if (!ours || used + 1 > sizeof(ckpt_hidden))
		return;
	used = 0;
	for (from = to = envp; *from; from++) {
		if (begins(*from, CKPT_ENV_PREFIX)) {
			size_t len = strlen(*from) + 1;

			if (begins(*from, USER_PRELOAD))
				continue;
			memcpy(ckpt_hidden + used, *from, len);
			used += len;
		} else if (begins(*from, PRELOAD)) {
			char *theirs = user ? keep_joined(PRELOAD, user) : NULL;

			if (theirs)
				*to++ = theirs;
		} else {
			*to++ = *from;
		}
	}
	/*
	 * Empty slots stay behind the end: the array ends at the first one, as the program reads
	 * it.
	 */
	while (to < from)
		*to++ = NULL;
}

const char *ckpt_env_value(const char *name)
{
	const char *at;

	for (at = ckpt_hidden; *at; at += strlen(at) + 1) {
		if (begins(at, name) && at[strlen(name)] == '=')
			return at + strlen(name) + 1;
	}
	return "";
}

/* ---- at exec ---- */

struct plan {
	size_t count;	    /* strings in the program's environment */
	size_t hidden;	    /* strings of ours */
	size_t bytes;	    /* of text to be made */
	const char *ours;   /* path of the library */
	const char *theirs; /* the program's own LD_PRELOAD, or NULL */
};

static int plan_make(struct plan *plan, char *const envp[])
{
	const char *at;

	memset(plan, 0, sizeof(*plan));
	for (at = ckpt_hidden; *at; at += strlen(at) + 1) {
		plan->hidden++;
		if (begins(at, OURS))
			plan->ours = at + strlen(OURS);
	}
	if (!plan->ours)
		return 0;
	for (; envp && envp[plan->count]; plan->count++) {
		at = envp[plan->count];
		if (begins(at, MARK)) /* a ckpt_launch inside the job has said what it wants */
			return 0;
		if (begins(at, PRELOAD) && !plan->theirs)
			plan->theirs = at + strlen(PRELOAD);
	}
	plan->bytes = strlen(PRELOAD) + strlen(plan->ours) + 1;
	if (plan->theirs)
		plan->bytes += 2 * (strlen(plan->theirs) + 1) + strlen(USER_PRELOAD);
	return 1;
}

static char *append(char *to, const char *text)
{
	size_t len = strlen(text);

	memcpy(to, text, len + 1);
	return to + len;
}

size_t ckpt_env_room(char *const envp[])
{
	struct plan plan;

	if (!plan_make(&plan, envp))
		return 0;
	/* LD_PRELOAD, CKPT_LIFE_USER_PRELOAD and the end */
	return (plan.count + plan.hidden + 3) * sizeof(char *) + plan.bytes;
}

char *const *ckpt_env_fill(void *room, char *const envp[])
{
	struct plan plan;
	char **array = room, **to = array, *preload, *text;
	const char *at;
	size_t i;

	plan_make(&plan, envp);
	preload = text = (char *)(array + plan.count + plan.hidden + 3);
	text = append(append(text, PRELOAD), plan.ours);
	if (plan.theirs)
		text = append(append(text, ":"), plan.theirs);
	text++;
	for (i = 0; i < plan.count; i++) {
		int is_preload = begins(envp[i], PRELOAD);

		if (!is_preload) {
			*to++ = envp[i];
		} else if (preload) {
			*to++ = preload;
			preload = NULL;
		}
	}
	if (preload)
		*to++ = preload;
	for (at = ckpt_hidden; *at; at += strlen(at) + 1)
		*to++ = (char *)(uintptr_t)at;
	if (plan.theirs) {
		*to++ = text;
		append(append(text, USER_PRELOAD), plan.theirs);
	}
	*to = NULL;
	return array;
}
