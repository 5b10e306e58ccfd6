// SPDX-License-Identifier: BSD-3-Clause
/*
 * refused.c - the end of the registry: every kind that no other plugin has, by name; also the kinds that nobody thought
 * of.  [tool]
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "plugin/registry.h"

static bool claim(const struct ckpt_look *look)
{
	(void)look;
	return true;
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	static const struct {
		const char *link, *reason;
	} kinds[] = {
		{ "anon_inode:[timerfd]", "timer descriptors are not restored by this version" },
		{ "anon_inode:[signalfd]", "signal descriptors are not restored by this version" },
		{ "anon_inode:inotify", "inotify descriptors are not restored by this version" },
		{ "anon_inode:[fanotify]", "fanotify descriptors are not restored by this version" },
		{ "anon_inode:[pidfd]", "process descriptors are not restored by this version" },
		{ "pidfd:", "process descriptors are not restored by this version" },
		{ "anon_inode:[io_uring]", "io_uring is not restored by this version" },
		{ "anon_inode:[userfaultfd]", "userfaultfd is not restored by this version" },
		{ "anon_inode:[perf_event]", "performance counters are not restored by this version" },
		{ "anon_inode:bpf", "BPF objects are not restored by this version" },
		{ "anon_inode:seccomp", "seccomp listeners are not restored by this version" },
		{ "socket:", "sockets are not restored by this version" },
	};

	(void)all;
	*remedy = "close it before the checkpoint";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strncmp(look->link, kinds[i].link, strlen(kinds[i].link)))
			return kinds[i].reason;
	if (S_ISFIFO(look->st.st_mode))
		return "named pipes are not restored by this version";
	if (S_ISBLK(look->st.st_mode))
		return "a block device's state is not the program's";
	if (S_ISCHR(look->st.st_mode))
		return "a device of this kind holds state that cannot be read";
	return "a descriptor of a kind that this version does not know";
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *rec, struct ckpt_err *err)
{
	(void)r;
	(void)rec;
	return ckpt_errf(err, -ENOTSUP, "descriptor kind %s", d->kind);
}

const struct ckpt_plugin ckpt_plugin_refused = {
	.name = "refused", .claim = claim, .refuse = refuse, .restore = restore,
};
