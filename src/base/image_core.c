// SPDX-License-Identifier: BSD-3-Clause
/*
 * image_core.c - what makes a core file of an image: the notes that gdb reads and the program headers, both derived from
 * the records and the chunks.  [tool]  Nothing here is read back at a restart.
 */
#include "base/image_parts.h"

#include <string.h>
#include <sys/procfs.h>

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

void ckpt_note_put(struct ckpt_buf *out, const char *name, uint32_t type, const void *data,
		   size_t len)
{
	Elf64_Nhdr head = { .n_namesz = (Elf64_Word)strlen(name) + 1,
			    .n_descsz = (Elf64_Word)len,
			    .n_type = type };

	ckpt_buf_add(out, &head, sizeof(head));
	memcpy(ckpt_buf_grow(out, ALIGN4(head.n_namesz)), name, head.n_namesz);
	if (len)
		memcpy(ckpt_buf_grow(out, ALIGN4(len)), data, len);
}

/* ---- notes ---- */

static void copy_bytes(void *to, size_t room, struct ckpt_bytes from)
{
	memcpy(to, from.data, from.len < room ? from.len : room);
}

static void copy_text(char *to, size_t room, const char *from)
{
	memcpy(to, from, strnlen(from, room - 1));
}

static uint64_t pending_mask(const struct ckpt_image *im, uint64_t tid)
{
	uint64_t mask = 0;

	for (size_t i = 0; i < im->pending_count; i++) {
		const struct ckpt_rec_pending *p = &im->pendings[i];
		int32_t sig;

		if (p->tid != tid || p->info.len < sizeof(sig))
			continue;
		memcpy(&sig, p->info.data, sizeof(sig));
		if (sig >= 1 && sig <= 64)
			mask |= 1ull << (sig - 1);
	}
	return mask;
}

static void put_thread(struct ckpt_buf *out, const struct ckpt_image *im,
		       const struct ckpt_rec_thread *t)
{
	struct elf_prstatus st = {
		.pr_sigpend = pending_mask(im, t->tid),
		.pr_sighold = t->sigmask,
		.pr_pid = (pid_t)t->tid,
		.pr_ppid = (pid_t)im->process->ppid,
		.pr_pgrp = (pid_t)im->process->pgid,
		.pr_sid = (pid_t)im->process->sid,
		.pr_fpvalid = t->xstate.len >= sizeof(elf_fpregset_t),
	};

	if (t->regs.len)
		copy_bytes(&st.pr_reg, sizeof(st.pr_reg), t->regs);
	ckpt_note_put(out, "CORE", NT_PRSTATUS, &st, sizeof(st));
}

/*
 * Where an xsave area with PKRU ends on processors with tiles.  gdb (13) takes xcr0's word, at byte 464, for the layout and
 * knows nothing behind this: a longer note draws a warning for each thread.  The record has all of it.
 */
#define XSAVE_XCR0_AT 464
#define XSAVE_PKRU_END 2696
#define XSAVE_AVX_END 832
#define XSAVE_SSE_END 576
#define XCR0_TO_PKRU 0x2ffull
#define XCR0_AVX512_PKRU 0x2e0ull
#define XCR0_AVX 4ull

/* The first 512 bytes of an xsave area are the FXSAVE image that NT_PRFPREG is. */
static void put_thread_fpu(struct ckpt_buf *out, const struct ckpt_rec_thread *t)
{
	uint8_t head[XSAVE_PKRU_END] = { 0 };
	uint64_t xcr0;
	size_t len;

	if (t->xstate.len < sizeof(elf_fpregset_t))
		return;
	ckpt_note_put(out, "CORE", NT_PRFPREG, t->xstate.data, sizeof(elf_fpregset_t));
	/* The record has lost the zeros at its end. */
	memcpy(head, t->xstate.data, t->xstate.len < sizeof(head) ? t->xstate.len : sizeof(head));
	memcpy(&xcr0, head + XSAVE_XCR0_AT, sizeof(xcr0));
	xcr0 &= XCR0_TO_PKRU;
	memcpy(head + XSAVE_XCR0_AT, &xcr0, sizeof(xcr0));
	len = xcr0 & XCR0_AVX512_PKRU ? XSAVE_PKRU_END : xcr0 & XCR0_AVX ? XSAVE_AVX_END : XSAVE_SSE_END;
	ckpt_note_put(out, "LINUX", NT_X86_XSTATE, head, len);
}

static void put_process(struct ckpt_buf *out, const struct ckpt_image *im)
{
	const struct ckpt_rec_process *p = im->process;
	struct elf_prpsinfo info = {
		.pr_sname = 'S',
		.pr_state = 1,
		.pr_uid = (unsigned)p->uid,
		.pr_gid = (unsigned)p->gid,
		.pr_pid = (int)p->pid,
		.pr_ppid = (int)p->ppid,
		.pr_pgrp = (int)p->pgid,
		.pr_sid = (int)p->sid,
	};

	if (im->thread_count)
		info.pr_nice = (char)im->threads[0].nice;
	copy_text(info.pr_fname, sizeof(info.pr_fname),
		  p->comm && *p->comm ? p->comm : im->head.program);
	/* gdb takes the program's name from here: the command line's memory may have been written over */
	copy_text(info.pr_psargs, sizeof(info.pr_psargs), p->exe ? p->exe : "");
	ckpt_note_put(out, "CORE", NT_PRPSINFO, &info, sizeof(info));
}

static const char *find_file(const struct ckpt_image *im, uint64_t id)
{
	for (size_t i = 0; i < im->mapfile_count; i++)
		if (im->mapfiles[i].id == id)
			return im->mapfiles[i].path;
	return "";
}

/* count, page size, count times (start, end, offset in pages), count names. */
static void put_files(struct ckpt_buf *out, const struct ckpt_image *im)
{
	struct ckpt_buf note = { 0 }, names = { 0 };
	uint64_t head[2] = { 0, CKPT_IMAGE_PAGE };

	for (size_t i = 0; i < im->mapping_count; i++)
		head[0] += im->mappings[i].file != 0;
	ckpt_buf_add(&note, head, sizeof(head));
	for (size_t i = 0; i < im->mapping_count; i++) {
		const struct ckpt_rec_mapping *m = &im->mappings[i];
		uint64_t row[3] = { m->start, m->end, m->offset / CKPT_IMAGE_PAGE };
		const char *path;

		if (!m->file)
			continue;
		path = find_file(im, m->file);
		ckpt_buf_add(&note, row, sizeof(row));
		ckpt_buf_add(&names, path, strlen(path) + 1);
	}
	ckpt_buf_add(&note, names.data, names.len);
	if (head[0])
		ckpt_note_put(out, "CORE", NT_FILE, note.data, note.len);
	ckpt_buf_free(&names);
	ckpt_buf_free(&note);
}

/* The order of Linux's own core files: the first thread's status, the process's notes, the first thread's FPU, the others. */
void ckpt_core_notes(struct ckpt_buf *out, const struct ckpt_image *im)
{
	static const uint8_t no_signal[128];

	if (im->thread_count)
		put_thread(out, im, &im->threads[0]);
	put_process(out, im);
	ckpt_note_put(out, "CORE", NT_SIGINFO, no_signal, sizeof(no_signal));
	if (im->process->auxv.len)
		ckpt_note_put(out, "CORE", NT_AUXV, im->process->auxv.data, im->process->auxv.len);
	put_files(out, im);
	for (size_t i = 0; i < im->thread_count; i++) {
		if (i)
			put_thread(out, im, &im->threads[i]);
		put_thread_fpu(out, &im->threads[i]);
	}
}

/* ---- program headers ---- */

static void put_phdr(struct ckpt_buf *out, uint32_t type, uint32_t flags, uint64_t at,
		     uint64_t addr, uint64_t filesz, uint64_t memsz, uint64_t align)
{
	Elf64_Phdr ph = { .p_type = type,
			  .p_flags = flags,
			  .p_offset = at,
			  .p_vaddr = addr,
			  .p_filesz = filesz,
			  .p_memsz = memsz,
			  .p_align = align };

	ckpt_buf_add(out, &ph, sizeof(ph));
}

/* What no chunk holds is zeros there; elsewhere it is the file's, and gdb finds that through NT_FILE. */
static int is_zero_filled(const struct ckpt_rec_mapping *m)
{
	return m->kind == CKPT_MAPPING_anon || m->kind == CKPT_MAPPING_heap ||
	       m->kind == CKPT_MAPPING_stack || m->kind == CKPT_MAPPING_shared_anon;
}

static uint32_t elf_flags(const struct ckpt_rec_mapping *m)
{
	return (m->prot & 1 ? PF_R : 0) | (m->prot & 2 ? PF_W : 0) | (m->prot & 4 ? PF_X : 0);
}

/* The run of page data that goes on from *chunk inside m: [*start, *end) at file offset *at; 0 when there is none. */
static int next_run(const struct ckpt_image *im, const struct ckpt_rec_mapping *m, size_t *chunk,
		    uint64_t from, uint64_t *start, uint64_t *end, uint64_t *at)
{
	const struct ckpt_chunk *c = im->chunks, *last = c + im->chunk_count;

	for (c += *chunk; c < last && c->addr + c->len <= from; c++)
		;
	*chunk = (size_t)(c - im->chunks);
	if (c == last || c->addr >= m->end)
		return 0;
	*start = c->addr > from ? c->addr : from;
	*at = c->at + (*start - c->addr);
	for (*end = c->addr + c->len; c + 1 < last && c[1].addr == *end && *end < m->end; c++)
		*end += c[1].len;
	if (*end > m->end)
		*end = m->end;
	return 1;
}

static void put_mapping(struct ckpt_buf *out, const struct ckpt_image *im,
			const struct ckpt_rec_mapping *m, size_t *chunk)
{
	uint64_t pos = m->start, start = 0, end = 0, at = 0, n_start = 0, n_end = 0, n_at = 0;
	uint32_t flags = elf_flags(m);
	int zero = is_zero_filled(m), more = next_run(im, m, chunk, pos, &start, &end, &at);

	if (zero && (!more || start > pos))
		put_phdr(out, PT_LOAD, flags, CKPT_IMAGE_PAGE, pos, 0,
			 (more ? start : m->end) - pos, CKPT_IMAGE_PAGE);
	while (more) {
		more = end < m->end && next_run(im, m, chunk, end, &n_start, &n_end, &n_at);
		pos = zero ? (more ? n_start : m->end) : end;
		put_phdr(out, PT_LOAD, flags, at, start, end - start, pos - start, CKPT_IMAGE_PAGE);
		start = n_start, end = n_end, at = n_at;
	}
}

void ckpt_core_phdrs(struct ckpt_buf *out, Elf64_Ehdr *ehdr, const struct ckpt_image *im,
		     uint64_t at, uint64_t notes_at, uint64_t notes_len)
{
	size_t count, chunk = 0;

	put_phdr(out, PT_NOTE, 0, sizeof(Elf64_Ehdr), 0,
		 sizeof(Elf64_Nhdr) + 8 + sizeof(struct ckpt_image_head), 0, 4);
	put_phdr(out, PT_NOTE, 0, notes_at, 0, notes_len, 0, 4);
	for (size_t i = 0; i < im->mapping_count; i++)
		put_mapping(out, im, &im->mappings[i], &chunk);
	count = out->len / sizeof(Elf64_Phdr);
	ehdr->e_phoff = at;
	ehdr->e_phentsize = sizeof(Elf64_Phdr);
	ehdr->e_phnum = (Elf64_Half)count;
	if (count >= PN_XNUM) {
		Elf64_Shdr sh = { .sh_info = (Elf64_Word)count, .sh_size = 1 };

		ehdr->e_phnum = PN_XNUM;
		ehdr->e_shoff = at + out->len;
		ehdr->e_shentsize = sizeof(sh);
		ehdr->e_shnum = 1;
		ckpt_buf_add(out, &sh, sizeof(sh));
	}
}
