// SPDX-License-Identifier: BSD-3-Clause
/* vdso.c - see restart/vdso.h.  [tool]  Believes nothing of what stands in an image. */
#include "restart/vdso.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "ckpt/exit.h"

/* jmp *0(%rip), and the address behind it. */
#define JUMP_LEN 14

struct symbols {
	const char *base;
	size_t len;
	const Elf64_Sym *table;
	size_t count;
	const char *names;
	size_t names_len;
};

uint64_t vdso_gadget(const void *vdso, size_t len)
{
	const unsigned char *p = vdso;

	for (size_t at = 1; at + 1 < len; at++)
		if (p[at] == 0x0f && p[at + 1] == 0x05)
			return at;
	return 0;
}

static bool inside(const struct symbols *s, uint64_t at, uint64_t len)
{
	return at <= s->len && len <= s->len - at;
}

/* The section headers are part of a vdso's pages. */
static bool find_symbols(const void *vdso, size_t len, struct symbols *s)
{
	const Elf64_Ehdr *e = vdso;
	const Elf64_Shdr *h;

	*s = (struct symbols){ .base = vdso, .len = len };
	if (len < sizeof(*e) || memcmp(e->e_ident, ELFMAG, SELFMAG) || e->e_shentsize != sizeof(*h) ||
	    !inside(s, e->e_shoff, (uint64_t)e->e_shnum * sizeof(*h)) || e->e_shoff % 8)
		return false;
	h = (const void *)(s->base + e->e_shoff);
	for (size_t i = 0; i < e->e_shnum; i++) {
		if (h[i].sh_type != SHT_DYNSYM || h[i].sh_link >= e->e_shnum)
			continue;
		if (!inside(s, h[i].sh_offset, h[i].sh_size) || h[i].sh_offset % 8 ||
		    !inside(s, h[h[i].sh_link].sh_offset, h[h[i].sh_link].sh_size))
			return false;
		s->table = (const void *)(s->base + h[i].sh_offset);
		s->count = h[i].sh_size / sizeof(*s->table);
		s->names = s->base + h[h[i].sh_link].sh_offset;
		s->names_len = h[h[i].sh_link].sh_size;
		return s->names_len && !s->names[s->names_len - 1];
	}
	return false;
}

static const char *name_of(const struct symbols *s, const Elf64_Sym *sym)
{
	return sym->st_name < s->names_len ? s->names + sym->st_name : "";
}

static bool is_entry(const struct symbols *s, const Elf64_Sym *sym)
{
	return sym->st_shndx != SHN_UNDEF && ELF64_ST_TYPE(sym->st_info) == STT_FUNC && inside(s, sym->st_value, sym->st_size);
}

static const Elf64_Sym *find_entry(const struct symbols *s, const char *name)
{
	for (size_t i = 0; i < s->count; i++)
		if (is_entry(s, &s->table[i]) && !strcmp(name_of(s, &s->table[i]), name))
			return &s->table[i];
	return NULL;
}

int vdso_redirect(void *old, size_t old_len, const void *now, size_t now_len, uint64_t now_at, struct ckpt_err *err)
{
	struct symbols was, is;

	if (!find_symbols(old, old_len, &was) || !find_symbols(now, now_len, &is))
		return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -EBADMSG, "a vdso without symbols");
	for (size_t i = 0; i < was.count; i++) {
		const Elf64_Sym *sym = &was.table[i], *target;
		unsigned char jump[JUMP_LEN] = { 0xff, 0x25, 0, 0, 0, 0 };
		uint64_t address;

		if (!is_entry(&was, sym))
			continue;
		target = find_entry(&is, name_of(&was, sym));
		if (!target || (sym->st_size && sym->st_size < JUMP_LEN) || !inside(&was, sym->st_value, JUMP_LEN))
			return ckpt_errs(err, CKPT_EX_BAD_IMAGE, -ENOENT, "the program uses a vdso with %s, which this kernel's has not",
					 name_of(&was, sym));
		address = now_at + target->st_value;
		memcpy(jump + 6, &address, sizeof(address));
		memcpy((char *)old + sym->st_value, jump, sizeof(jump));
	}
	return 0;
}
