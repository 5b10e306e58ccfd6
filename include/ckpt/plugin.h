/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * plugin.h - a resource: how one kind of open file description is recognised, refused, saved and made again.
 *
 * One resource = one file in src/plugin/ = one const struct ckpt_plugin, and one line in src/plugin/registry.h.  save runs in
 * the agent, which looks from outside; restore runs in the process that is to become the restored one, before its
 * program is loaded.  Both may use libc.  Between them stands one record.
 */
#ifndef CKPT_PLUGIN_H
#define CKPT_PLUGIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "ckpt/image.h"
#include "ckpt/protocol.h"

struct ckpt_arena;
struct ckpt_err;
struct ckpt_record_type;

/* One open file description, seen from outside. */
struct ckpt_look {
	uint64_t id;	    /* 1.. within the image; 0 in PREPARE */
	pid_t pid;	    /* a holder */
	int fd;		    /* the lowest number it stands at there */
	const char *link;   /* /proc/PID/fd/N */
	struct stat st;	    /* of what it stands for */
	uint64_t fs_magic;  /* statfs(2) f_type of where it lies */
	uint32_t flags;	    /* open(2) flags, without O_CLOEXEC */
	uint64_t pos;
	const char *fdinfo; /* the text of /proc/PID/fdinfo/N */
	int copy;	    /* our own descriptor of the same description; -1 in PREPARE, where the program runs */
	int standard;	    /* 0, 1, 2 where it stands at one of these numbers (the lowest), else -1 */
	const struct ckpt_plugin *plugin;
};

/* All descriptions of the computation on this host. */
struct ckpt_look_set {
	struct ckpt_look *looks;
	size_t count;
};

struct ckpt_rebuild; /* src/restart/objects.h: made by the restart tool, used through the functions below */

struct ckpt_plugin {
	const char *name;
	const struct ckpt_record_type *record; /* of the state; NULL: there is none */

	/* Required.  Is it of this kind?  The first plugin in the registry that says yes has it. */
	bool (*claim)(const struct ckpt_look *look);

	/* Optional.  Can it be saved?  NULL: yes; else the reason, and *remedy.  The program may be running. */
	const char *(*refuse)(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy);

	/* Optional.  Fill rec (zeroed) from look->copy; texts and bytes in arena.  The program stands.  0 or -errno with err. */
	int (*save)(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *rec,
		    struct ckpt_err *err);

	/* Required.  Make the description again: a new descriptor with O_CLOEXEC at any number; -EBADF without err: it was a standard
	 * descriptor and ours is closed, so shall it be; or another -errno with err. */
	int (*restore)(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *rec, struct ckpt_err *err);

	/* Optional.  After every descriptor of the process stands at its number: `fd` is this one's lowest.  0 or -errno. */
	int (*finish)(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *rec, int fd,
		      struct ckpt_err *err);
};

/* ---- what restore and finish may ask for ---- */

/* A path as it is called today (--path-map). */
const char *ckpt_rebuild_path(struct ckpt_rebuild *r, const char *path);

/* ckpt_restart's own standard descriptor 0, 1 or 2, or what --stdin, --stdout, --stderr named; -1 when it is closed. */
int ckpt_rebuild_standard(struct ckpt_rebuild *r, int number);

/* An object that two descriptions share (a pipe's two ends): leave a descriptor under (kind, key, side) and take it once.
 * leave may give it another number; what nobody takes is closed at the end.  take: -1 when there is none. */
void ckpt_rebuild_leave(struct ckpt_rebuild *r, const char *kind, uint64_t key, int side, int fd);
int ckpt_rebuild_take(struct ckpt_rebuild *r, const char *kind, uint64_t key, int side);

#endif
