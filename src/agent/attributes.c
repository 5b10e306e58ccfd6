// SPDX-License-Identifier: BSD-3-Clause
/* attributes.c - see attributes.h.  [tool] */
#include "agent/attributes.h"

#include <asm/unistd.h>
#include <errno.h>
#include <linux/mempolicy.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "ckpt/exit.h"

/* Newer than the headers of the oldest system that we build on. */
#define GET_MDWE 66
#define GET_MEMORY_MERGE 68
#define GET_IO_FLUSHER 58
#define GET_SPECULATION 52
#define GET_CPUID 0x1011      /* arch_prctl: ARCH_GET_CPUID */
#define GET_XCOMP_PERM 0x1022 /* ARCH_GET_XCOMP_PERM */
#define GET_REGISTRATIONS 512 /* MEMBARRIER_CMD_GET_REGISTRATIONS */
#define TSC_SIGSEGV 2
#define MCE_KILL_DEFAULT 2

/* PR_GET_SPECULATION_CTRL's answer (Documentation/userspace-api/spec_ctrl.rst). */
#define SPEC_PRCTL 1
#define SPEC_ENABLE 2
#define SPEC_ON_DEMAND (4 | 8 | 16) /* DISABLE, FORCE_DISABLE, DISABLE_NOEXEC: what a program asks for */

enum { MDWE, MERGE, MEMBARRIER, XCOMP, LDT, PAGE, ADVICE, RESIDENT, UNMAP };
enum { TSC, CPUID, STORE, BRANCH, L1D, MCE, IO_FLUSHER, POLICY };

static struct ckpt_op call(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	return (struct ckpt_op){ .kind = CKPT_OP_CALL, .flags = CKPT_OP_MAY_FAIL, .nr = nr, .arg = { a, b, c, d } };
}

void attributes_process_ops(struct ckpt_op *ops, uint32_t first, uint64_t at)
{
	ops[MDWE] = call(__NR_prctl, GET_MDWE, 0, 0, 0);
	ops[MERGE] = call(__NR_prctl, GET_MEMORY_MERGE, 0, 0, 0);
	ops[MEMBARRIER] = call(__NR_membarrier, GET_REGISTRATIONS, 0, 0, 0);
	ops[XCOMP] = call(__NR_arch_prctl, GET_XCOMP_PERM, at + offsetof(struct attributes_process_out, xcomp_perm), 0, 0);
	ops[LDT] = call(__NR_modify_ldt, 0, at + offsetof(struct attributes_process_out, ldt), 16, 0);
	/*
	 * mlockall(MCL_FUTURE) shows nowhere but in what a new mapping is like: a locked one refuses MADV_DONTNEED, and has its page
	 * already unless MCL_ONFAULT was said.
	 */
	ops[PAGE] = call(__NR_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
	ops[PAGE].arg[4] = -1;
	ops[RESIDENT] = call(__NR_mincore, 0, 4096, at + offsetof(struct attributes_process_out, resident), 0);
	ops[RESIDENT].flags |= CKPT_OP_TAKE(0, first + PAGE);
	ops[ADVICE] = call(__NR_madvise, 0, 4096, MADV_DONTNEED, 0);
	ops[ADVICE].flags |= CKPT_OP_TAKE(0, first + PAGE);
	ops[UNMAP] = call(__NR_munmap, 0, 4096, 0, 0);
	ops[UNMAP].flags |= CKPT_OP_TAKE(0, first + PAGE);
}

static uint64_t mlock_future(const struct ckpt_op *ops, const struct attributes_process_out *out)
{
	if (ops[PAGE].ret == -EAGAIN) /* locked, and beyond RLIMIT_MEMLOCK */
		return MCL_FUTURE;
	if (ops[PAGE].ret < 0 || ops[ADVICE].ret != -EINVAL)
		return 0;
	return out->resident[0] & 1 ? MCL_FUTURE : MCL_FUTURE | MCL_ONFAULT;
}

int attributes_process_take(const struct ckpt_op *ops, const struct attributes_process_out *out, int pid,
			    struct ckpt_rec_process *rec, struct ckpt_err *err)
{
	rec->mdwe = ops[MDWE].ret > 0 ? ops[MDWE].ret : 0;
	rec->memory_merge = ops[MERGE].ret > 0 ? ops[MERGE].ret : 0;
	rec->membarrier = ops[MEMBARRIER].ret > 0 ? ops[MEMBARRIER].ret : 0;
	rec->xcomp_perm = ops[XCOMP].ret ? 0 : out->xcomp_perm;
	rec->mlock_future = mlock_future(ops, out);
	if (ops[LDT].ret > 0)
		return ckpt_errs(err, CKPT_EX_CANNOT_CHECKPOINT, -ENOTSUP, "process %d: local descriptor table (modify_ldt): segments of its "
				 "own are not restored by this version; run it without", pid);
	return 0;
}

void attributes_thread_ops(struct ckpt_op *ops, uint64_t at)
{
	ops[TSC] = call(__NR_prctl, PR_GET_TSC, at + offsetof(struct attributes_thread_out, tsc), 0, 0);
	ops[CPUID] = call(__NR_arch_prctl, GET_CPUID, 0, 0, 0);
	ops[STORE] = call(__NR_prctl, GET_SPECULATION, 0, 0, 0);
	ops[BRANCH] = call(__NR_prctl, GET_SPECULATION, 1, 0, 0);
	ops[L1D] = call(__NR_prctl, GET_SPECULATION, 2, 0, 0);
	ops[MCE] = call(__NR_prctl, PR_MCE_KILL_GET, 0, 0, 0);
	ops[IO_FLUSHER] = call(__NR_prctl, GET_IO_FLUSHER, 0, 0, 0);
	ops[POLICY] = call(__NR_get_mempolicy, at + offsetof(struct attributes_thread_out, policy),
			   at + offsetof(struct attributes_thread_out, nodes), ATTRIBUTES_NODES, 0);
}

/* The three answers in 16 bits each, where a program asked for other than the default. */
static uint64_t speculation(const struct ckpt_op *ops)
{
	const uint64_t asked[] = { SPEC_ON_DEMAND, SPEC_ON_DEMAND, SPEC_ENABLE };
	uint64_t all = 0;

	for (int i = 0; i < 3; i++) {
		int64_t v = ops[STORE + i].ret;

		if (v > 0 && v & SPEC_PRCTL && (uint64_t)v & asked[i])
			all |= (uint64_t)(v & 0x1e) << i * 16;
	}
	return all;
}

void attributes_thread_take(const struct ckpt_op *ops, const struct attributes_thread_out *out, struct ckpt_arena *arena,
			    struct ckpt_rec_thread *rec)
{
	rec->tsc = !ops[TSC].ret && out->tsc == TSC_SIGSEGV ? TSC_SIGSEGV : 0;
	rec->cpuid_fault = ops[CPUID].ret == 0;
	rec->speculation = speculation(ops);
	/* One more than the kernel's number, so that 0 is the default. */
	rec->mce_kill = ops[MCE].ret >= 0 && ops[MCE].ret != MCE_KILL_DEFAULT ? ops[MCE].ret + 1 : 0;
	rec->io_flusher = ops[IO_FLUSHER].ret == 1;
	if (!ops[POLICY].ret && out->policy != MPOL_DEFAULT) {
		rec->mempolicy = (uint32_t)out->policy;
		rec->memory_nodes = (struct ckpt_bytes){ ckpt_arena_copy(arena, out->nodes, sizeof(out->nodes)), sizeof(out->nodes) };
	}
}
