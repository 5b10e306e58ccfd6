// SPDX-License-Identifier: BSD-3-Clause
/*
 * fake_agent.c - a looker that looks at nothing, for ckpt_agent's own main loop
 * (src/agent/agent.c): an agent whose every phase can be made to fail.  [tool]  It stops no
 * process; its images are a first page that says whose they are.
 *
 * The file that $FAKE_AGENT names says what goes wrong, a line each, read anew in each phase: "fail
 * PHASE", "hang PHASE", "die PHASE", "slow PHASE" (a second), "refuse PREPARE".  Without the file
 * all goes well.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/looker.h"
#include "base/image.h"
#include "ckpt/exit.h"

struct looker {
	struct ckpt_rec_attempt what;
	char dir[4096], job[64];
	struct ckpt_rec_root *roots;
	char (*programs)[64];
	size_t count, written;
	struct ckpt_rec_refusal refusals[2];
	size_t refusal_count;
};

struct looker *looker_create(void)
{
	return ckpt_xmalloc(sizeof(struct looker));
}

static void forget(struct looker *l)
{
	free(l->roots);
	free(l->programs);
	memset(l, 0, sizeof(*l));
}

void looker_destroy(struct looker *l)
{
	if (l)
		forget(l);
	free(l);
}

static int is_asked(const char *deed, const char *phase)
{
	const char *path = getenv("FAKE_AGENT");
	FILE *f = path ? fopen(path, "re") : NULL;
	char line[64], want[64];
	int found = 0;

	snprintf(want, sizeof(want), "%s %s\n", deed, phase);
	while (f && !found && fgets(line, sizeof(line), f))
		found = !strcmp(line, want);
	if (f)
		fclose(f);
	return found;
}

static int mishap(const char *phase, struct ckpt_err *err)
{
	if (is_asked("die", phase))
		raise(SIGKILL);
	while (is_asked("hang", phase))
		usleep(20000);
	if (is_asked("slow", phase))
		sleep(1);
	if (is_asked("fail", phase))
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -EIO, "%s was told to fail",
				 phase);
	if (is_asked("full", phase))
		return ckpt_errs(err, CKPT_EX_IO, -ENOSPC, "%s: No space left on device", phase);
	return 0;
}

int looker_prepare(struct looker *l, const struct ckpt_rec_attempt *attempt,
		   const struct ckpt_rec_root *roots, size_t n, struct ckpt_err *err)
{
	forget(l);
	l->what = *attempt;
	snprintf(l->dir, sizeof(l->dir), "%s", attempt->dir);
	snprintf(l->job, sizeof(l->job), "%s", attempt->job);
	l->roots = ckpt_xmalloc(n * sizeof(*roots));
	l->programs = ckpt_xmalloc(n * sizeof(*l->programs));
	memcpy(l->roots, roots, n * sizeof(*roots));
	for (l->count = 0; l->count < n; l->count++)
		snprintf(l->programs[l->count], 64, "%s", roots[l->count].program);
	if (is_asked("refuse", "PREPARE")) {
		l->refusals[0] = (struct ckpt_rec_refusal){
			.pid = roots[0].pid,
			.program = l->programs[0],
			.where = "fd 5",
			.kind = "socket",
			.what = "10.0.0.1:80",
			.reason = "its peer is outside",
			.remedy = "close it",
		};
		l->refusal_count = 1;
	}
	return mishap("PREPARE", err);
}

size_t looker_refusals(struct looker *l, const struct ckpt_rec_refusal **list)
{
	*list = l->refusals;
	return l->refusal_count;
}

int looker_stop(struct looker *l, uint32_t *members, struct ckpt_err *err)
{
	*members = (uint32_t)l->count;
	return mishap("STOP", err);
}

int looker_collect(struct looker *l, struct ckpt_err *err)
{
	(void)l;
	return mishap("COLLECT", err);
}

int looker_resume(struct looker *l, struct ckpt_err *err)
{
	(void)l;
	return mishap("RESUME", err);
}

uint64_t looker_pause_us(struct looker *l)
{
	(void)l;
	return 1500;
}

static void name_image(struct looker *l, size_t i, char path[8192])
{
	char name[512];

	ckpt_image_name(name, sizeof(name), l->programs[i], l->job, (uint32_t)l->what.generation,
			(uint32_t)l->roots[i].member, 0);
	snprintf(path, 8192, "%s/%s", l->dir, name);
}

static int write_image(struct looker *l, size_t i, uint32_t members, struct ckpt_err *err)
{
	struct ckpt_image_head head = {
		.magic = CKPT_IMAGE_MAGIC,
		.version = CKPT_IMAGE_VERSION,
		.members = members,
		.member = (uint32_t)l->roots[i].member,
		.generation = (uint32_t)l->what.generation,
		.created = time(NULL),
		.size = CKPT_IMAGE_PAGE,
	};
	unsigned char page[CKPT_IMAGE_PAGE] = "\177ELF";
	char path[8192];
	int fd, ret = 0;

	name_image(l, i, path);
	snprintf(head.job, sizeof(head.job), "%s", l->job);
	snprintf(head.program, sizeof(head.program), "%s", l->programs[i]);
	memcpy(page + 84, &head, sizeof(head));
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, page, sizeof(page)) != (ssize_t)sizeof(page))
		ret = ckpt_errs(err, CKPT_EX_CANNOT_CREATE, -errno, "cannot write %s: %s", path,
				strerror(errno));
	if (fd >= 0)
		close(fd);
	return ret;
}

int looker_write(struct looker *l, uint32_t members, looker_progress *progress, void *arg,
		 uint64_t *bytes, struct ckpt_err *err)
{
	for (l->written = 0; l->written < l->count; l->written++) {
		int ret = write_image(l, l->written, members, err);

		if (ret)
			return ret;
		if (progress)
			progress(arg, (l->written + 1) * CKPT_IMAGE_PAGE,
				 l->count * CKPT_IMAGE_PAGE);
	}
	*bytes = l->count * CKPT_IMAGE_PAGE;
	return mishap("WRITE", err);
}

int looker_commit(struct looker *l, struct ckpt_err *err)
{
	int ret = mishap("COMMIT", err);

	for (size_t i = 0; !ret && l->what.then_exit && i < l->count; i++)
		kill((pid_t)l->roots[i].pid, SIGKILL);
	forget(l);
	return ret;
}

int looker_abort(struct looker *l, struct ckpt_err *err)
{
	char path[8192];
	int ret = mishap("ABORT", err);

	for (size_t i = 0; i < l->written; i++) {
		name_image(l, i, path);
		unlink(path);
	}
	forget(l);
	return ret;
}
