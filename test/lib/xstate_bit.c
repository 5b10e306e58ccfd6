/* SPDX-License-Identifier: BSD-3-Clause */
/* xstate_bit IMAGE - make it one of a processor with a feature that none has, checksums right.  [tool] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/image.h"

#define XSTATE_BV 512 /* Intel SDM volume 1, 13.4.2 */
#define UNKNOWN 0x40 /* bit 62, in the last byte */

static int fail(const char *what)
{
	fprintf(stderr, "xstate_bit: %s\n", what);
	return 1;
}

int main(int argc, char **argv)
{
	struct ckpt_err err = { 0 };
	struct ckpt_image *image = argc == 2 ? ckpt_image_open(argv[1], &err) : NULL;
	struct ckpt_image_head head;
	unsigned char page[CKPT_IMAGE_PAGE], *notes, *at;
	size_t found = 0, where;
	int fd;

	if (!image)
		return fail(err.text);
	head = image->head;
	fd = open(argv[1], O_RDWR | O_CLOEXEC);
	notes = malloc(head.notes_len);
	if (fd < 0 || !notes || pread(fd, notes, head.notes_len, head.notes_at) != (ssize_t)head.notes_len ||
	    pread(fd, page, sizeof(page), 0) != sizeof(page))
		return fail("cannot read");
	for (at = notes; (at = memmem(at, notes + head.notes_len - at, image->threads[0].xstate.data, XSTATE_BV + 8)); at++) {
		at[XSTATE_BV + 7] |= UNKNOWN;
		found++;
	}
	if (!found)
		return fail("no processor state");
	at = memmem(page, sizeof(page), CKPT_IMAGE_MAGIC, sizeof(head.magic));
	where = at - page;
	head.notes_sum = XXH3_64bits(notes, head.notes_len);
	head.page_sum = 0;
	memcpy(page + where, &head, sizeof(head));
	head.page_sum = XXH3_64bits(page, sizeof(page));
	memcpy(page + where, &head, sizeof(head));
	if (pwrite(fd, notes, head.notes_len, head.notes_at) != (ssize_t)head.notes_len ||
	    pwrite(fd, page, sizeof(page), 0) != sizeof(page))
		return fail("cannot write");
	return 0;
}
