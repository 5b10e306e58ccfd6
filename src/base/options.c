// SPDX-License-Identifier: BSD-3-Clause
/* options.c - see options.h.  [tool] */
#include "base/options.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(not installed)"
#endif

#define NAME_MAX_LEN 64

static struct {
	char version[80];
	char variable[NAME_MAX_LEN]; /* that the value being parsed is from; empty: the command line
				      */
} options;

void ckpt_options_begin(const char *program, int usage_status)
{
	snprintf(options.version, sizeof(options.version), "%s %s", program, PACKAGE_VERSION);
	argp_program_version = options.version;
	argp_err_exit_status = usage_status;
}

static void name_variable(const char *option, char variable[NAME_MAX_LEN])
{
	size_t n = snprintf(variable, NAME_MAX_LEN, "CKPT_%s", option);

	for (size_t i = 0; i < n && i < NAME_MAX_LEN; i++)
		variable[i] = variable[i] == '-' ? '_' : (char)toupper((unsigned char)variable[i]);
}

static int is_one_of(const char *value, const char *words)
{
	size_t len = strlen(value);

	for (const char *w = words; len && w; w = strchr(w, '|') ? strchr(w, '|') + 1 : NULL)
		if (!strncmp(w, value, len) && (w[len] == '|' || !w[len]))
			return 1;
	return 0;
}

static void take_variable(const struct argp *argp, struct argp_state *state,
			  const struct argp_option *row)
{
	const char *value;

	name_variable(row->name, options.variable);
	value = getenv(options.variable);
	if (!value || !value[0]) {
		options.variable[0] = '\0';
		return;
	}
	if (row->arg)
		argp->parser(row->key, (char *)value, state);
	else if (is_one_of(value, "1|yes|true|on"))
		argp->parser(row->key, NULL, state);
	else if (!is_one_of(value, "0|no|false|off"))
		ckpt_options_bad(state, row->name, value, "neither yes nor no");
	options.variable[0] = '\0';
}

void ckpt_options_from_env(const struct argp *argp, struct argp_state *state)
{
	for (const struct argp_option *row = argp->options; row->name || row->key || row->doc;
	     row++)
		if (row->name && row->key && !(row->flags & (CKPT_OPTION_ACTION | OPTION_ALIAS)))
			take_variable(argp, state, row);
}

void ckpt_options_bad(const struct argp_state *state, const char *option, const char *value,
		      const char *why)
{
	/* argp names itself only after ARGP_KEY_INIT, where variables are looked at. */
	const char *name = state->name ? state->name : program_invocation_short_name;

	if (options.variable[0])
		fprintf(stderr, "%s: %s='%s': %s\n", name, options.variable, value, why);
	else
		fprintf(stderr, "%s: --%s '%s': %s\n", name, option, value, why);
	exit(argp_err_exit_status);
}

uint64_t ckpt_options_number(const struct argp_state *state, const char *option, const char *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (errno || *end || !isdigit((unsigned char)value[0]))
		ckpt_options_bad(state, option, value, "not a whole number");
	return n;
}

uint64_t ckpt_options_ms(const struct argp_state *state, const char *option, const char *value)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(value, &end);
	if (errno || end == value || !(isdigit((unsigned char)value[0]) || value[0] == '.') ||
	    !isfinite(seconds))
		ckpt_options_bad(state, option, value, "not a number of seconds");
	if (*end && !end[1] && strchr("smhd", *end))
		seconds *= *end == 'm' ? 60 : *end == 'h' ? 3600 : *end == 'd' ? 86400 : 1;
	else if (*end)
		ckpt_options_bad(state, option, value,
				 "not a number of seconds (with s, m, h or d behind it)");
	if (seconds > 1e10)
		ckpt_options_bad(state, option, value, "too long");
	return (uint64_t)(seconds * 1000 + 0.5);
}

const char *ckpt_options_word(const struct argp_state *state, const char *option, const char *value,
			      const char *words)
{
	char why[128];

	if (is_one_of(value, words))
		return value;
	snprintf(why, sizeof(why), "must be one of %s", words);
	ckpt_options_bad(state, option, value, why);
}
