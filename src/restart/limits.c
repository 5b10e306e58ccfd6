// SPDX-License-Identifier: BSD-3-Clause
/* limits.c - see limits.h.  [tool] */
#include "restart/limits.h"

#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ckpt/exit.h"
#include "restart/memory_list.h"

/* Above the highest saved number: the image, a pipe for errors, our standard three, and every description until it is placed. */
static uint64_t descriptors_needed(const struct ckpt_image *image)
{
	uint64_t most = 2;

	for (size_t i = 0; i < image->descriptor_count; i++)
		if (image->descriptors[i].fd > most)
			most = image->descriptors[i].fd;
	return most + 1 + 8 + image->description_count;
}

static uint64_t space_needed(const struct plan *p)
{
	uint64_t sum = memory_view_size(p);

	for (size_t i = 0; i < p->image->mapping_count; i++)
		sum += p->image->mappings[i].end - p->image->mappings[i].start;
	return sum;
}

int limits_check(struct plan *p, struct ckpt_err *err)
{
	uint64_t need = descriptors_needed(p->image), space = space_needed(p);
	struct rlimit limit;

	if (!getrlimit(RLIMIT_NOFILE, &limit) && limit.rlim_max < need)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EMFILE, "the program's descriptors need a limit of %llu, and %llu is "
				 "allowed here; raise it (ulimit -Hn)", (unsigned long long)need, (unsigned long long)limit.rlim_max);
	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_max != RLIM_INFINITY && limit.rlim_max < space)
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOMEM, "the program has %llu kB of address space, and %llu are allowed "
				 "here; raise it (ulimit -Hv)", (unsigned long long)space >> 10, (unsigned long long)limit.rlim_max >> 10);
	return 0;
}

void limits_raise(void)
{
	static const int all[] = { RLIMIT_NOFILE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, RLIMIT_CPU };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct rlimit limit;

		if (!getrlimit(all[i], &limit)) {
			limit.rlim_cur = limit.rlim_max;
			setrlimit(all[i], &limit);
		}
	}
}
