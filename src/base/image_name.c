// SPDX-License-Identifier: BSD-3-Clause
/* image_name.c - names of image files and of what lies beside them, made and taken apart (base/image.h).  [tool]  Opens nothing. */
#include "base/image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int is_plain(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '+' || c == '-';
}

/* '_' is no plain byte: so it separates the parts and a name can be taken apart again. */
static void make_plain(char out[64], const char *text)
{
	size_t n = strnlen(text, 63);

	for (size_t i = 0; i < n; i++)
		out[i] = is_plain((unsigned char)text[i]) ? text[i] : '-';
	out[n] = 0;
	if (!n)
		strcpy(out, "-");
}

/* What both kinds of names begin with; end is the rest. */
static int put_name(char *out, size_t room, const char *program, const char *job, uint32_t generation,
		    uint32_t member, const char *end, int temporary)
{
	char p[64], j[64];
	int n;

	make_plain(p, program);
	make_plain(j, job);
	n = snprintf(out, room, "%sckpt_%s_%s_g%06u_%u%s", temporary ? "." : "", p, j, generation,
		     member, end);
	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : n;
}

int ckpt_image_name(char *out, size_t room, const char *program, const char *job,
		    uint32_t generation, uint32_t member, int temporary)
{
	return put_name(out, room, program, job, generation, member, ".img", temporary);
}

int ckpt_image_content_name(char *out, size_t room, const char *program, const char *job,
			    uint32_t generation, uint32_t member, uint32_t k, int temporary)
{
	char end[24];

	snprintf(end, sizeof(end), "_f%u.dat", k);
	return put_name(out, room, program, job, generation, member, end, temporary);
}

/* One part up to the separator; its length, or 0. */
static size_t take_part(const char *s, char out[64])
{
	size_t n = 0;

	while (is_plain((unsigned char)s[n]))
		n++;
	if (!n || n > 63 || s[n] != '_')
		return 0;
	if (out) {
		memcpy(out, s, n);
		out[n] = 0;
	}
	return n;
}

/* A decimal number of at least min digits that fits; bytes read, or 0. */
static size_t take_number(const char *s, size_t min, uint32_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; s[n] >= '0' && s[n] <= '9'; n++) {
		v = v * 10 + (uint64_t)(s[n] - '0');
		if (v > UINT32_MAX)
			return 0;
	}
	if (n < min || (n > min && s[0] == '0'))
		return 0;
	if (out)
		*out = (uint32_t)v;
	return n;
}

/* All up to the member's number; what follows it, or NULL. */
static const char *take_name(const char *s, char program[64], char job[64], uint32_t *generation,
			     uint32_t *member)
{
	size_t n;

	if (strncmp(s, "ckpt_", 5) != 0)
		return NULL;
	s += 5;
	if (!(n = take_part(s, program)))
		return NULL;
	s += n + 1;
	if (!(n = take_part(s, job)))
		return NULL;
	s += n + 1;
	if (*s++ != 'g' || !(n = take_number(s, 6, generation)))
		return NULL;
	s += n;
	if (*s++ != '_' || !(n = take_number(s, 1, member)))
		return NULL;
	return s + n;
}

int ckpt_image_parse_name(const char *name, char program[64], char job[64], uint32_t *generation,
			  uint32_t *member)
{
	const char *end = take_name(name, program, job, generation, member);

	return end && strcmp(end, ".img") == 0 ? 0 : -EINVAL;
}

int ckpt_image_parse_content_name(const char *name, char program[64], char job[64],
				  uint32_t *generation, uint32_t *member, uint32_t *k)
{
	const char *end = take_name(name, program, job, generation, member);
	size_t n;

	if (!end || strncmp(end, "_f", 2) != 0 || !(n = take_number(end + 2, 1, k)))
		return -EINVAL;
	return strcmp(end + 2 + n, ".dat") == 0 ? 0 : -EINVAL;
}
