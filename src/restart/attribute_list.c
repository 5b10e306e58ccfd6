// SPDX-License-Identifier: BSD-3-Clause
/* attribute_list.c - see attribute_list.h.  [tool] */
#include "restart/attribute_list.h"

#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of the oldest system that we build on. */
#define SET_MDWE 65
#define SET_MEMORY_MERGE 67
#define SET_IO_FLUSHER 57
#define SET_SPECULATION 53
#define SET_CPUID 0x1012      /* arch_prctl: ARCH_SET_CPUID */
#define REQ_XCOMP_PERM 0x1023 /* ARCH_REQ_XCOMP_PERM */
#define XFEATURE_TILEDATA 18

#define OPTIONAL(op_) ({ struct ckpt_op op__ = (op_); op__.flags |= CKPT_OP_MAY_FAIL; op__; })

void attribute_list_process(struct list *l, struct plan *p)
{
	const struct ckpt_rec_process *s = p->image->process;

	for (int bit = 0; bit < 32; bit++)
		if (s->membarrier >> bit & 1)
			list_op(l, LIST_CALL(__NR_membarrier, 1 << bit, 0, 0), "registering for membarrier command %d", 1 << bit);
	if (s->memory_merge)
		list_op(l, LIST_CALL(__NR_prctl, SET_MEMORY_MERGE, 1), "PR_SET_MEMORY_MERGE");
	if (s->xcomp_perm >> XFEATURE_TILEDATA & 1)
		list_op(l, LIST_CALL(__NR_arch_prctl, REQ_XCOMP_PERM, XFEATURE_TILEDATA), "asking for the processor's tiles");
}

void attribute_list_thread(struct list *l, struct region *r, const struct ckpt_rec_thread *t)
{
	if (t->tsc)
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_TSC, t->tsc), "PR_SET_TSC");
	if (t->cpuid_fault)
		list_op(l, LIST_CALL(__NR_arch_prctl, SET_CPUID, 0), "ARCH_SET_CPUID");
	for (int i = 0; i < 3; i++)
		if (t->speculation >> i * 16 & 0xffff)
			list_op(l, LIST_CALL(__NR_prctl, SET_SPECULATION, i, t->speculation >> i * 16 & 0xffff), "PR_SET_SPECULATION_CTRL");
	if (t->mce_kill)
		list_op(l, LIST_CALL(__NR_prctl, PR_MCE_KILL, PR_MCE_KILL_SET, t->mce_kill - 1), "PR_MCE_KILL");
	if (t->io_flusher)
		list_op(l, LIST_CALL(__NR_prctl, SET_IO_FLUSHER, 1), "PR_SET_IO_FLUSHER");
	/* Another machine has other nodes: a place for memory is advice. */
	if (t->mempolicy)
		list_op(l, OPTIONAL(LIST_CALL(__NR_set_mempolicy, (int)(uint32_t)t->mempolicy,
					      region_put(r, t->memory_nodes.data, t->memory_nodes.len), t->memory_nodes.len * 8)),
			"set_mempolicy");
}

/* ---- ids and capabilities ---- */

struct rights {
	uint32_t uid[4], gid[4]; /* real, effective, saved, file system */
	uint64_t effective, permitted, inheritable, bounding, ambient;
	uint64_t securebits;
	gid_t groups[65536 / 8];
	size_t group_count;
};

static void parse_groups(struct rights *r, const char *text, size_t len)
{
	const char *end = text + len;

	for (r->group_count = 0; text < end && r->group_count < sizeof(r->groups) / sizeof(r->groups[0]);) {
		char *next;
		unsigned long gid = strtoul(text, &next, 10);

		if (next == text)
			break;
		r->groups[r->group_count++] = gid;
		text = next;
	}
}

static void ours(struct rights *r)
{
	char line[65536];
	FILE *f = fopen("/proc/self/status", "re");
	int bits = prctl(PR_GET_SECUREBITS);

	memset(r, 0, sizeof(*r));
	r->securebits = bits > 0 ? bits & ~SECBIT_KEEP_CAPS : 0; /* that one is PR_SET_KEEPCAPS, and nobody's privilege */
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Uid: %u %u %u %u", &r->uid[0], &r->uid[1], &r->uid[2], &r->uid[3]);
		sscanf(line, "Gid: %u %u %u %u", &r->gid[0], &r->gid[1], &r->gid[2], &r->gid[3]);
		sscanf(line, "CapEff: %lx", &r->effective);
		sscanf(line, "CapPrm: %lx", &r->permitted);
		sscanf(line, "CapInh: %lx", &r->inheritable);
		sscanf(line, "CapBnd: %lx", &r->bounding);
		sscanf(line, "CapAmb: %lx", &r->ambient);
		if (!strncmp(line, "Groups:", 7))
			parse_groups(r, line + 7, strlen(line + 7));
	}
	if (f)
		fclose(f);
}

static void theirs(struct rights *r, const struct ckpt_rec_process *s, const struct ckpt_rec_thread *t)
{
	memset(r, 0, sizeof(*r));
	memcpy(r->uid, t->uids.data, sizeof(r->uid));
	memcpy(r->gid, t->gids.data, sizeof(r->gid));
	r->effective = t->cap_effective;
	r->permitted = t->cap_permitted;
	r->inheritable = t->cap_inheritable;
	r->bounding = t->cap_bounding;
	r->ambient = t->cap_ambient;
	r->securebits = t->securebits & ~(uint64_t)SECBIT_KEEP_CAPS;
	parse_groups(r, s->groups.data, s->groups.len);
}

static void add_groups(struct list *l, struct region *r, const struct rights *now, const struct rights *then)
{
	if (now->group_count != then->group_count || memcmp(now->groups, then->groups, now->group_count * sizeof(gid_t)))
		list_op(l, LIST_CALL(__NR_setgroups, then->group_count,
				     region_put(r, then->groups, then->group_count * sizeof(gid_t) + 1)), "its supplementary groups");
	if (memcmp(now->gid, then->gid, sizeof(now->gid))) {
		list_op(l, LIST_CALL(__NR_setresgid, then->gid[0], then->gid[1], then->gid[2]), "its group ids");
		list_op(l, LIST_CALL(__NR_setfsgid, then->gid[3]), "its file system group id");
	}
}

static void add_capabilities(struct list *l, struct region *r, const struct rights *now, const struct rights *then)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		data[i].effective = then->effective >> i * 32;
		data[i].permitted = then->permitted >> i * 32;
		data[i].inheritable = then->inheritable >> i * 32;
	}
	for (int cap = 0; cap < 64; cap++)
		if ((now->bounding & ~then->bounding) >> cap & 1)
			list_op(l, LIST_CALL(__NR_prctl, PR_CAPBSET_DROP, cap), "dropping capability %d from its bounding set", cap);
	if (memcmp(now->uid, then->uid, sizeof(now->uid))) {
		/* A change of ids has no say over capabilities: they are set next. */
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_SECUREBITS, now->securebits | SECBIT_NO_SETUID_FIXUP), "its secure bits");
		list_op(l, LIST_CALL(__NR_setresuid, then->uid[0], then->uid[1], then->uid[2]), "its user ids");
		list_op(l, LIST_CALL(__NR_setfsuid, then->uid[3]), "its file system user id");
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_SECUREBITS, then->securebits), "its secure bits");
	} else if (now->securebits != then->securebits) {
		list_op(l, LIST_CALL(__NR_prctl, PR_SET_SECUREBITS, then->securebits), "its secure bits");
	}
	list_op(l, LIST_CALL(__NR_capset, region_put(r, &head, sizeof(head)), region_put(r, data, sizeof(data))), "its capabilities");
	for (int cap = 0; cap < 64; cap++)
		if (then->ambient >> cap & 1)
			list_op(l, LIST_CALL(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap), "its ambient capability %d", cap);
}

void attribute_list_rights(struct list *l, struct region *r, struct plan *p, const struct ckpt_rec_thread *t)
{
	static struct rights now, then;
	static bool have;

	if (!have)
		ours(&now);
	have = true;
	if (t->uids.len != sizeof(then.uid) || t->gids.len != sizeof(then.gid))
		return;
	theirs(&then, p->image->process, t);
	/* A bounding set that was larger cannot be had back, and matters to set-uid programs alone. */
	then.bounding &= now.bounding;
	if (!memcmp(&now, &then, sizeof(now)))
		return;
	add_groups(l, r, &now, &then);
	add_capabilities(l, r, &now, &then);
}

void attribute_list_last(struct list *l, struct plan *p)
{
	const struct ckpt_rec_process *s = p->image->process;

	/* A change of ids forgets it. */
	list_op(l, LIST_CALL(__NR_prctl, PR_SET_PDEATHSIG, s->pdeathsig), "PR_SET_PDEATHSIG");
	if (s->mlock_future)
		list_op(l, LIST_CALL(__NR_mlockall, s->mlock_future), "locking what will be mapped (mlockall)");
	if (s->mdwe)
		list_op(l, LIST_CALL(__NR_prctl, SET_MDWE, s->mdwe), "PR_SET_MDWE");
}
