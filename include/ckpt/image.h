/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * image.h - the checkpoint image: what is in the file, every record and every tag.  Types only.
 *
 * An image is an ELF core file with more notes than gdb needs (doc/image-format.txt has the picture):
 *
 *   0          ELF header, then the note CKPT/HEADER (struct ckpt_image_head); the page's own checksum inside
 *   4096       page data, page aligned, nothing but pages that are neither zero nor clean file pages
 *   notes      NT_PRSTATUS ... NT_FILE for gdb; then one note CKPT/RECORDS: the records of this header
 *   phdrs      PT_NOTE, then a PT_LOAD a run of pages (PN_XNUM past 65,534: section header 0)
 *   chunks     struct ckpt_chunk[]: address, length, offset and checksum of each piece of page data
 *
 * Order of operations, and why: pages first, because how many there are is known only after each was looked
 * at; then what describes them; fsync; the first page last (until then the file is not an image), fsync again; rename.
 *
 * Tags are never used twice.  A reader skips an optional field that it does not know and refuses a required one.
 */
#ifndef CKPT_IMAGE_H
#define CKPT_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define CKPT_IMAGE_MAGIC "ckptimg\n" /* 8 bytes, in struct ckpt_image_head */
#define CKPT_IMAGE_VERSION 1
#define CKPT_IMAGE_PAGE 4096u
#define CKPT_CHUNK_MAX (4u << 20) /* bytes of page data under one checksum, at most */

/* Note types under the name "CKPT". */
#define CKPT_NT_HEADER 0x434b5001
#define CKPT_NT_RECORDS 0x434b5002

/* The descriptor of note CKPT/HEADER, at a fixed place in page 0.  Little endian, as the ELF header says. */
struct ckpt_image_head {
	char magic[8];
	uint32_t version;	/* CKPT_IMAGE_VERSION */
	uint32_t members;	/* N: a generation is complete with N images */
	uint32_t member;	/* the coordinator's number of this one, 1..N */
	uint32_t generation;	/* 1, 2, ... */
	char job[64];		/* NUL padded */
	char program[64];	/* as in the file's name, NUL padded */
	int64_t created;	/* seconds since the epoch */
	uint64_t size;		/* the whole file, bytes */
	uint64_t notes_at, notes_len, notes_sum;    /* XXH3_64bits of the section */
	uint64_t phdrs_at, phdrs_len, phdrs_sum;    /* program headers, and section header 0 behind them if any */
	uint64_t chunks_at, chunks_len, chunks_sum; /* struct ckpt_chunk[] */
	uint64_t page_sum;	/* XXH3_64bits of page 0 with this field zero */
};

/* One piece of page data: len bytes of memory at addr, at file offset at; sum = XXH3_64bits of these bytes. */
struct ckpt_chunk {
	uint64_t addr, len, at, sum;
};

struct ckpt_bytes {
	const void *data;
	size_t len;
};

/*
 * Records.  F(kind, field, tag, required): kind U unsigned, S signed, STR text without NUL, BYT bytes.
 * A field that is zero or empty is not written.  A record's struct is struct ckpt_rec_NAME.
 */

/* The process as a whole.  Exactly one. */
#define CKPT_FIELDS_process(F) \
	F(U, pid, 1, 1) F(U, ppid, 2, 0) F(U, pgid, 3, 0) F(U, sid, 4, 0) F(U, real_pid, 5, 0) \
	F(STR, exe, 6, 1) F(U, exe_file, 7, 0) F(STR, comm, 8, 0) F(STR, cwd, 9, 1) F(STR, root, 10, 0) \
	F(U, umask, 11, 1) F(U, uid, 12, 0) F(U, gid, 13, 0) F(BYT, limits, 14, 1) F(U, personality, 15, 0) \
	F(U, dumpable, 16, 0) F(U, keepcaps, 17, 0) F(U, pdeathsig, 18, 0) F(U, subreaper, 19, 0) \
	F(U, thp_disable, 20, 0) F(S, oom_score_adj, 21, 0) F(U, coredump_filter, 22, 0) F(BYT, auxv, 23, 1) \
	F(U, start_code, 24, 0) F(U, end_code, 25, 0) F(U, start_data, 26, 0) F(U, end_data, 27, 0) \
	F(U, start_brk, 28, 0) F(U, brk, 29, 0) F(U, start_stack, 30, 0) F(U, arg_start, 31, 0) \
	F(U, arg_end, 32, 0) F(U, env_start, 33, 0) F(U, env_end, 34, 0) F(BYT, itimers, 35, 0) \
	F(U, vdso_start, 36, 0) F(U, vdso_len, 37, 0) F(BYT, vdso_id, 38, 0) F(U, slot, 39, 0) F(U, ids, 40, 0) \
	F(U, clock_monotonic, 41, 0) F(U, clock_boottime, 42, 0) F(U, clock_realtime, 43, 0) F(BYT, groups, 44, 0) \
	F(U, tty_pgrp, 45, 0) F(U, no_new_privs, 46, 0) F(U, pid_max_seen, 47, 0) F(BYT, environ, 48, 0) \
	F(U, mlock_future, 60, 0) F(U, mdwe, 61, 0) F(U, membarrier, 62, 0) F(U, memory_merge, 63, 0) F(U, xcomp_perm, 64, 0) \
	F(U, stopped, 65, 0)

/* A thread.  The leader is first.  regs is struct user_regs_struct as the kernel would have it at the next
 * instruction of the program (a blocked call already turned into its restart); xstate as NT_X86_XSTATE. */
#define CKPT_FIELDS_thread(F) \
	F(U, tid, 1, 1) F(BYT, regs, 2, 1) F(BYT, xstate, 3, 1) F(U, sigmask, 4, 1) F(U, alt_sp, 5, 0) \
	F(U, alt_size, 6, 0) F(U, alt_flags, 7, 0) F(U, tid_address, 8, 0) F(U, robust_head, 9, 0) \
	F(U, robust_len, 10, 0) F(U, rseq, 11, 0) F(U, rseq_len, 12, 0) F(U, rseq_sig, 13, 0) F(U, rseq_flags, 14, 0) \
	F(STR, comm, 15, 0) F(U, sched_policy, 16, 0) F(U, sched_priority, 17, 0) F(S, nice, 18, 0) \
	F(U, sched_flags, 19, 0) F(BYT, affinity, 20, 0) F(U, ioprio, 21, 0) F(U, timerslack, 22, 0) \
	F(U, real_tid, 23, 0) F(U, cap_effective, 24, 0) F(U, cap_permitted, 25, 0) F(U, cap_inheritable, 26, 0) \
	F(U, cap_bounding, 27, 0) F(U, cap_ambient, 28, 0) F(BYT, uids, 29, 0) F(BYT, gids, 30, 0) F(U, securebits, 31, 0) \
	F(U, sched_runtime, 32, 0) F(U, sched_deadline, 33, 0) F(U, sched_period, 34, 0) \
	F(U, tsc, 60, 0) F(U, cpuid_fault, 61, 0) F(U, speculation, 62, 0) F(U, mce_kill, 63, 0) F(U, io_flusher, 64, 0) \
	F(U, mempolicy, 65, 0) F(BYT, memory_nodes, 66, 0)

/* One signal's action, where it is not the default with no flags and an empty mask. */
#define CKPT_FIELDS_sigaction(F) \
	F(U, sig, 1, 1) F(U, handler, 2, 0) F(U, flags, 3, 0) F(U, restorer, 4, 0) F(U, mask, 5, 0)

/* One pending signal: tid 0 = the process's; info = the 128 bytes of siginfo_t. */
#define CKPT_FIELDS_pending(F) F(U, tid, 1, 0) F(BYT, info, 2, 1)

/* A file that mappings refer to. */
#define CKPT_FIELDS_mapfile(F) \
	F(U, id, 1, 1) F(STR, path, 2, 1) F(U, dev, 3, 0) F(U, ino, 4, 0) F(U, size, 5, 0) F(S, mtime_sec, 6, 0) \
	F(U, mtime_nsec, 7, 0) F(U, mode, 8, 0) F(BYT, build_id, 9, 0) F(U, deleted, 10, 0)

/* A mapping: [start, end).  kind: enum ckpt_mapping_kind.  vmflags: the bits of enum ckpt_vmflag.  object: the kernel object behind
 * shared memory.  content: every page of it that is not zero is in the image, also what its file holds. */
#define CKPT_FIELDS_mapping(F) \
	F(U, start, 1, 1) F(U, end, 2, 1) F(U, kind, 3, 1) F(U, prot, 4, 0) F(U, shared, 5, 0) F(U, file, 6, 0) \
	F(U, offset, 7, 0) F(U, vmflags, 8, 0) F(U, pkey, 9, 0) F(STR, name, 10, 0) F(U, object, 11, 0) F(U, content, 12, 0)

/* A descriptor: which description it stands for. */
#define CKPT_FIELDS_descriptor(F) F(U, fd, 1, 1) F(U, description, 2, 1) F(U, cloexec, 3, 0)

/* An open file description.  kind names the plugin, state is that plugin's own record, encoded. */
#define CKPT_FIELDS_description(F) \
	F(U, id, 1, 1) F(STR, kind, 2, 1) F(U, flags, 3, 0) F(U, pos, 4, 0) F(BYT, state, 5, 0) F(U, owner_type, 6, 0) \
	F(S, owner, 7, 0) F(U, owner_sig, 8, 0) F(STR, text, 9, 0)

/* The host and kernel that wrote the image, for comparison and for people. */
#define CKPT_FIELDS_host(F) \
	F(STR, name, 1, 0) F(STR, kernel, 2, 0) F(STR, machine, 3, 0) F(U, page_size, 4, 0) F(U, xfeatures, 5, 0) \
	F(U, xstate_size, 6, 0) F(STR, cpu, 7, 0) F(STR, version, 8, 0) F(STR, boot_id, 9, 0)

/* A regular file that a member has open for writing, or mapped shared and writable.  copy: the name, beside the image, of the file
 * that keeps what it held (base/content.h says what copy_sum is); without one, what lies below size is known by its first and last
 * `edge` bytes only.  append_only: every writer has O_APPEND; sequential: each stood at the end of the file or has O_APPEND. */
#define CKPT_FIELDS_written(F) \
	F(STR, path, 1, 1) F(U, dev, 2, 0) F(U, ino, 3, 0) F(U, size, 4, 0) F(S, mtime_sec, 5, 0) F(U, mtime_nsec, 6, 0) \
	F(U, append_only, 7, 0) F(STR, copy, 8, 0) F(U, copy_sum, 9, 0) F(U, mode, 10, 0) F(U, uid, 11, 0) \
	F(U, gid, 12, 0) F(U, sequential, 13, 0) F(U, edge, 14, 0) F(U, edges_sum, 15, 0)

/* Guard pages inside a mapping (madvise(2), MADV_GUARD_INSTALL). */
#define CKPT_FIELDS_guard(F) F(U, start, 1, 1) F(U, end, 2, 1)

/* What the job was launched with, for the coordinator of a restart. */
#define CKPT_FIELDS_settings(F) \
	F(U, interval, 1, 0) F(U, keep, 2, 0) F(STR, snapshot, 3, 0) F(STR, pids, 4, 0) F(STR, files, 5, 0) \
	F(U, file_limit, 6, 0) F(U, self_contained, 7, 0) F(U, stop_timeout, 8, 0)

/* R(tag, name) */
#define CKPT_RECORDS(R) \
	R(1, process) R(2, thread) R(3, sigaction) R(4, pending) R(5, mapfile) R(6, mapping) R(7, descriptor) \
	R(8, description) R(9, host) R(10, written) R(11, guard) R(12, settings)

#define CKPT_CTYPE_U uint64_t
#define CKPT_CTYPE_S int64_t
#define CKPT_CTYPE_STR const char *
#define CKPT_CTYPE_BYT struct ckpt_bytes
#define CKPT_MEMBER(kind, field, tag, required) CKPT_CTYPE_##kind field;
#define CKPT_STRUCT(tag, name) struct ckpt_rec_##name { CKPT_FIELDS_##name(CKPT_MEMBER) };
CKPT_RECORDS(CKPT_STRUCT)

#define CKPT_RECORD_TAG(tag, name) CKPT_REC_##name = tag,
enum ckpt_record_tag { CKPT_RECORDS(CKPT_RECORD_TAG) };

/* What backs a mapping, K(value, name). */
#define CKPT_MAPPING_KINDS(K) \
	K(1, anon) K(2, heap) K(3, stack) K(4, file) K(5, shared_anon) K(6, vdso) K(7, vvar) K(8, shm) K(9, memfd)
#define CKPT_MAPPING_KIND(value, name) CKPT_MAPPING_##name = value,
enum ckpt_mapping_kind { CKPT_MAPPING_KINDS(CKPT_MAPPING_KIND) };

/* Per-mapping state that mmap(2) alone does not bring back, V(bit, name, letters in smaps' VmFlags). */
#define CKPT_VMFLAGS(V) \
	V(0, growsdown, "gd") V(1, locked, "lo") V(2, dontfork, "dc") V(3, dontdump, "dd") V(4, wipeonfork, "wf") \
	V(5, mergeable, "mg") V(6, hugepage, "hg") V(7, nohugepage, "nh") V(8, noreserve, "nr") V(9, sequential, "sr") \
	V(10, random, "rr") V(11, hugetlb, "ht") V(12, account, "ac") V(13, mayread, "mr") V(14, maywrite, "mw") \
	V(15, mayexec, "me") V(16, softdirty, "sd") V(17, uffd_missing, "um") V(18, uffd_wp, "uw") V(19, io, "io") \
	V(20, pfnmap, "pf") V(21, dontexpand, "de") V(22, sealed, "sl") V(23, lockonfault, "lf") \
	V(24, uffd_minor, "ui") V(25, droppable, "dp") V(26, shadow_stack, "ss")
#define CKPT_VMFLAG(bit, name, letters) CKPT_VM_##name = 1u << bit,
enum ckpt_vmflag { CKPT_VMFLAGS(CKPT_VMFLAG) };

#endif
