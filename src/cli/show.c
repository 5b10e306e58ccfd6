// SPDX-License-Identifier: BSD-3-Clause
/* show.c - see show.h.  [tool] */
#include "cli/show.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "ckpt/phase.h"

struct show_list {
	struct ckpt_arena *arena;
	struct ckpt_rec_member *members;
	size_t member_count;
	struct ckpt_rec_refusal *refusals;
	size_t refusal_count;
};

struct show_list *show_list_create(void)
{
	struct show_list *list = ckpt_xmalloc(sizeof(*list));

	list->arena = ckpt_arena_create();
	return list;
}

void show_list_destroy(struct show_list *list)
{
	ckpt_arena_destroy(list->arena);
	free(list->members);
	free(list->refusals);
	free(list);
}

static void copy(struct show_list *list, const char **text)
{
	*text = ckpt_arena_text(list->arena, *text, strlen(*text));
}

void show_list_member(struct show_list *list, const struct ckpt_rec_member *m)
{
	struct ckpt_rec_member *at;

	list->members = ckpt_xrealloc(list->members, (list->member_count + 1) * sizeof(*m));
	at = &list->members[list->member_count++];
	*at = *m;
	copy(list, &at->program);
	copy(list, &at->host);
}

void show_list_refusal(struct show_list *list, const struct ckpt_rec_refusal *r)
{
	struct ckpt_rec_refusal *at;

	list->refusals = ckpt_xrealloc(list->refusals, (list->refusal_count + 1) * sizeof(*r));
	at = &list->refusals[list->refusal_count++];
	*at = *r;
	copy(list, &at->program);
	copy(list, &at->where);
	copy(list, &at->kind);
	copy(list, &at->what);
	copy(list, &at->reason);
	copy(list, &at->remedy);
}

size_t show_refusal_count(const struct show_list *list)
{
	return list->refusal_count;
}

static const char *phase_word(uint64_t phase)
{
	switch (phase) {
	case 0: return "running";
	case CKPT_PHASE_PREPARE: return "preparing";
	case CKPT_PHASE_STOP: return "stopping";
	case CKPT_PHASE_COLLECT: return "collecting";
	case CKPT_PHASE_RESUME: return "resuming";
	case CKPT_PHASE_WRITE: return "writing";
	case CKPT_PHASE_COMMIT: return "committing";
	case CKPT_PHASE_ABORT: return "abandoning";
	default: return "unknown";
	}
}

static void print_json(json_t *o)
{
	json_dumpf(o, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	putchar('\n');
	json_decref(o);
}

static json_t *begin_json(void)
{
	json_t *o = json_object();

	json_object_set_new(o, "schema", json_integer(SHOW_SCHEMA));
	return o;
}

/* Paths and names may be no UTF-8; Latin-1 shows their bytes one by one. */
static void set_text(json_t *o, const char *key, const char *text)
{
	json_t *value = json_string(text ? text : "");
	char latin[8192];
	size_t at = 0;

	if (value) {
		json_object_set_new(o, key, value);
		return;
	}
	for (; *text && at < sizeof(latin) - 3; text++) {
		unsigned char c = *text;

		if (c >= 0x80)
			latin[at++] = (char)(0xc0 | c >> 6);
		latin[at++] = c >= 0x80 ? (char)(0x80 | (c & 0x3f)) : (char)c;
	}
	latin[at] = '\0';
	json_object_set_new(o, key, json_string(latin));
}

static void set_number(json_t *o, const char *key, uint64_t n)
{
	json_object_set_new(o, key, json_integer((json_int_t)n));
}

static void show_job_json(const struct ckpt_rec_job *job)
{
	json_t *o = begin_json(), *last = json_object();

	set_text(o, "job", job->job);
	set_text(o, "program", job->program);
	set_text(o, "host", job->host);
	set_text(o, "directory", job->dir);
	set_number(o, "members", job->members);
	set_number(o, "generation", job->generation);
	set_number(o, "interval", job->interval);
	set_number(o, "keep", job->keep);
	set_text(o, "state", phase_word(job->phase));
	set_number(o, "coordinator_pid", job->coordinator_pid);
	set_number(last, "at", (uint64_t)job->last_at);
	set_number(last, "bytes", job->last_bytes);
	set_number(last, "pause_us", job->last_pause_us);
	set_number(last, "total_us", job->last_total_us);
	json_object_set_new(o, "last_checkpoint", job->last_at ? last : json_null());
	if (!job->last_at)
		json_decref(last);
	if (job->last_failure[0])
		set_text(o, "last_failure", job->last_failure);
	else
		json_object_set_new(o, "last_failure", json_null());
	print_json(o);
}

void show_job(const struct ckpt_rec_job *job, int json)
{
	char when[64];
	time_t at = job->last_at;
	struct tm tm;

	if (json) {
		show_job_json(job);
		return;
	}
	printf("job          %s\n", job->job);
	printf("program      %s\n", job->program);
	printf("state        %s\n", phase_word(job->phase));
	printf("processes    %llu\n", (unsigned long long)job->members);
	printf("host         %s\n", job->host);
	printf("images in    %s\n", job->dir);
	if (job->generation)
		printf("generation   %llu\n", (unsigned long long)job->generation);
	else
		printf("generation   none\n");
	if (job->interval)
		printf("interval     %llu s\n", (unsigned long long)job->interval);
	printf("keep         %llu\n", (unsigned long long)job->keep);
	printf("coordinator  %llu\n", (unsigned long long)job->coordinator_pid);
	if (job->last_at) {
		strftime(when, sizeof(when), "%F %T", localtime_r(&at, &tm));
		printf("last         %s, %.1f MB, pause %.1f ms, %.2f s in all\n", when,
		       job->last_bytes / 1e6, job->last_pause_us / 1e3, job->last_total_us / 1e6);
	}
	if (job->last_failure[0])
		printf("last failed  %s\n", job->last_failure);
}

void show_members(const struct show_list *list, int json)
{
	json_t *o = json ? begin_json() : NULL, *array = json ? json_array() : NULL;

	if (!json)
		printf("%-6s %-20s %-20s %10s %10s\n", "MEMBER", "PROGRAM", "HOST", "PID",
		       "REAL PID");
	for (size_t i = 0; i < list->member_count; i++) {
		const struct ckpt_rec_member *m = &list->members[i];

		if (json) {
			json_t *one = json_object();

			set_number(one, "member", m->member);
			set_text(one, "program", m->program);
			set_text(one, "host", m->host);
			set_number(one, "pid", m->known_pid);
			set_number(one, "real_pid", m->real_pid);
			json_array_append_new(array, one);
		} else {
			printf("%-6llu %-20s %-20s %10llu %10llu\n", (unsigned long long)m->member,
			       m->program, m->host, (unsigned long long)m->known_pid,
			       (unsigned long long)m->real_pid);
		}
	}
	if (json) {
		json_object_set_new(o, "members", array);
		print_json(o);
	}
}

static void print_refusal(FILE *to, const struct ckpt_rec_refusal *r)
{
	fprintf(to, "%s (pid %llu)%s%s: %s%s%s: %s%s%s\n", r->program, (unsigned long long)r->pid,
		r->where[0] ? ", " : "", r->where, r->kind, r->what[0] ? " " : "", r->what,
		r->reason, r->remedy[0] ? "; " : "", r->remedy);
}

void show_refusals(const struct show_list *list, int json)
{
	json_t *o, *array;

	if (!json) {
		for (size_t i = 0; i < list->refusal_count; i++)
			print_refusal(stderr, &list->refusals[i]);
		return;
	}
	o = begin_json();
	array = json_array();
	for (size_t i = 0; i < list->refusal_count; i++) {
		const struct ckpt_rec_refusal *r = &list->refusals[i];
		json_t *one = json_object();

		set_number(one, "pid", r->pid);
		set_text(one, "program", r->program);
		set_text(one, "where", r->where);
		set_text(one, "kind", r->kind);
		set_text(one, "what", r->what);
		set_text(one, "reason", r->reason);
		set_text(one, "remedy", r->remedy);
		json_array_append_new(array, one);
	}
	json_object_set_new(o, "refusals", array);
	print_json(o);
}

static int progress_shown;

void show_progress(const struct ckpt_rec_progress *p)
{
	if (!isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r\033[K%s", phase_word(p->phase));
	if (p->total)
		fprintf(stderr, " %3.0f%% of %.1f MB", 100.0 * p->bytes / p->total, p->total / 1e6);
	else if (p->bytes)
		fprintf(stderr, " %.1f MB", p->bytes / 1e6);
	fflush(stderr);
	progress_shown = 1;
}

void show_progress_end(void)
{
	if (progress_shown)
		fputs("\r\033[K", stderr);
	progress_shown = 0;
}
