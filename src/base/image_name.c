// SPDX-License-Identifier: BSD-3-Clause
/* image_name.c - names of image files, made and taken apart (base/image.h).  [tool]  Opens nothing. */
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

int ckpt_image_name(char *out, size_t room, const char *program, const char *job,
		    uint32_t generation, uint32_t member, int temporary)
{
	char p[64], j[64];
	int n;

	make_plain(p, program);
	make_plain(j, job);
	n = snprintf(out, room, "%sckpt_%s_%s_g%06u_%u.img", temporary ? "." : "", p, j, generation,
		     member);
	return n < 0 || (size_t)n >= room ? -ENAMETOOLONG : n;
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

int ckpt_image_parse_name(const char *name, char program[64], char job[64], uint32_t *generation,
			  uint32_t *member)
{
	const char *s = name;
	size_t n;

	if (strncmp(s, "ckpt_", 5) != 0)
		return -EINVAL;
	s += 5;
	if (!(n = take_part(s, program)))
		return -EINVAL;
	s += n + 1;
	if (!(n = take_part(s, job)))
		return -EINVAL;
	s += n + 1;
	if (*s++ != 'g' || !(n = take_number(s, 6, generation)))
		return -EINVAL;
	s += n;
	if (*s++ != '_' || !(n = take_number(s, 1, member)))
		return -EINVAL;
	return strcmp(s + n, ".img") == 0 ? 0 : -EINVAL;
}
