/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * options.h - what the commands' argp parsers share: --some-thing is CKPT_SOME_THING, numbers, and
 * how a bad value is told.  [tool] Variables that no option has are none of our business, and say
 * nothing.
 */
#ifndef CKPT_BASE_OPTIONS_H
#define CKPT_BASE_OPTIONS_H

#include <argp.h>
#include <stdint.h>

/* In an argp_option's flags: something to do now, not a setting; a variable must not ask for it. */
#define CKPT_OPTION_ACTION 0x1000

/* Set what --version prints and the status of a command line that is wrong. */
void ckpt_options_begin(const char *program, int usage_status);

/* To be called for ARGP_KEY_INIT: gives the parser each long option whose variable is set (a flag:
 * to 1, yes, true or on), so that the command line, which comes after, wins. */
void ckpt_options_from_env(const struct argp *argp, struct argp_state *state);

/* End with the usage status and one line "PROGRAM: --option VALUE: why" (or the variable, where the
 * value is from there). */
void ckpt_options_bad(const struct argp_state *state, const char *option, const char *value,
		      const char *why) __attribute__((noreturn));

/* A whole number; seconds with s, m, h or d behind them, as milliseconds ("90", "1.5h").  Bad ones
 * end as above. */
uint64_t ckpt_options_number(const struct argp_state *state, const char *option, const char *value);
uint64_t ckpt_options_ms(const struct argp_state *state, const char *option, const char *value);

/* One of the words in words ("auto|copy|fork"). */
const char *ckpt_options_word(const struct argp_state *state, const char *option, const char *value,
			      const char *words);

#endif
