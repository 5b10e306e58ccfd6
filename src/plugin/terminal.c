// SPDX-License-Identifier: BSD-3-Clause
/*
 * terminal.c - the terminal that the program was launched on: it becomes the one that ckpt_restart runs on.  [tool]
 * Modes and window size are the record; a restart sets the modes, and the program gets a SIGWINCH.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/record.h"
#include "ckpt/exit.h"
#include "plugin/rebuild.h"
#include "plugin/registry.h"

#define CKPT_FIELDS_terminal(F) \
	F(STR, path, 1, 0) F(U, standard, 2, 0) F(BYT, modes, 3, 0) F(U, rows, 4, 0) F(U, columns, 5, 0) F(U, controlling, 6, 0)
CKPT_STRUCT(0, terminal)
#define CKPT_ROW_OF struct ckpt_rec_terminal
static const struct ckpt_field fields[] = { CKPT_FIELDS_terminal(CKPT_ROW) };
static const struct ckpt_record_type record = CKPT_RECORD_TYPE(0, terminal, fields);

#define NOT_STANDARD 3

static bool is_dev_tty(const struct ckpt_look *look)
{
	return major(look->st.st_rdev) == 5 && minor(look->st.st_rdev) == 0;
}

/* Documentation/admin-guide/devices.txt: 4 virtual and serial consoles, 5:0 /dev/tty, 5:1 console, 136-143 pts. */
static bool claim(const struct ckpt_look *look)
{
	unsigned maj = major(look->st.st_rdev), min = minor(look->st.st_rdev);

	return S_ISCHR(look->st.st_mode) && (maj == 4 || (maj == 5 && min < 2) || (maj >= 136 && maj <= 143));
}

/* The standard descriptor that is this terminal too. */
static int standard_of(const struct ckpt_look *look, const struct ckpt_look_set *all)
{
	if (look->standard >= 0)
		return look->standard;
	for (size_t i = 0; i < all->count; i++)
		if (all->looks[i].standard >= 0 && S_ISCHR(all->looks[i].st.st_mode) &&
		    all->looks[i].st.st_rdev == look->st.st_rdev)
			return all->looks[i].standard;
	return NOT_STANDARD;
}

static const char *refuse(const struct ckpt_look *look, const struct ckpt_look_set *all, const char **remedy)
{
	if (is_dev_tty(look) || standard_of(look, all) != NOT_STANDARD)
		return NULL;
	*remedy = "close it, or use it as standard input, output or error";
	return "this terminal is none of the program's standard descriptors";
}

static int save(const struct ckpt_look *look, const struct ckpt_look_set *all, struct ckpt_arena *arena, void *out,
		struct ckpt_err *err)
{
	struct ckpt_rec_terminal *rec = out;
	struct winsize size;
	struct termios modes;

	(void)err;
	rec->path = look->link;
	rec->standard = standard_of(look, all);
	rec->controlling = is_dev_tty(look);
	if (!(look->flags & O_PATH) && !tcgetattr(look->copy, &modes))
		rec->modes = (struct ckpt_bytes){ ckpt_arena_copy(arena, &modes, sizeof(modes)), sizeof(modes) };
	if (!(look->flags & O_PATH) && !ioctl(look->copy, TIOCGWINSZ, &size)) {
		rec->rows = size.ws_row;
		rec->columns = size.ws_col;
	}
	return 0;
}

static int restore(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, struct ckpt_err *err)
{
	const struct ckpt_rec_terminal *rec = state;
	char path[64];
	int std, fd;

	if (rec->standard == NOT_STANDARD) {
		fd = open("/dev/tty", (d->flags & O_ACCMODE) | O_CLOEXEC | O_NOCTTY);
		return fd >= 0 ? fd : ckpt_errs(err, CKPT_EX_BAD_IMAGE, -errno, "the program has its terminal open, "
						"and here is none to give it: /dev/tty: %s", strerror(errno));
	}
	std = ckpt_rebuild_standard(r, rec->standard);
	if (std < 0)
		return -EBADF;
	/* A description of its own where that is allowed: flags that the program sets are then not the shell's. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", std);
	fd = isatty(std) ? open(path, (d->flags & O_ACCMODE) | O_CLOEXEC | O_NOCTTY) : -1;
	if (fd < 0)
		fd = fcntl(std, F_DUPFD_CLOEXEC, 3);
	return fd >= 0 ? fd : ckpt_errf(err, -errno, "cannot use standard descriptor %d: %s", std, strerror(errno));
}

static int finish(struct ckpt_rebuild *r, const struct ckpt_rec_description *d, const void *state, int fd,
		  struct ckpt_err *err)
{
	const struct ckpt_rec_terminal *rec = state;
	struct termios modes;
	sigset_t block, old;

	(void)d;
	(void)err;
	/* From the background they would spoil the shell's. */
	if (!r->sets_modes || rec->modes.len != sizeof(modes) || !isatty(fd))
		return 0;
	memcpy(&modes, rec->modes.data, sizeof(modes));
	sigemptyset(&block);
	sigaddset(&block, SIGTTOU); /* from the background: allowed while it is blocked (tcsetattr(3p)) */
	sigprocmask(SIG_BLOCK, &block, &old);
	tcsetattr(fd, TCSADRAIN, &modes);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return 0;
}

const struct ckpt_plugin ckpt_plugin_terminal = {
	.name = "terminal", .record = &record, .claim = claim, .refuse = refuse, .save = save, .restore = restore,
	.finish = finish,
};
