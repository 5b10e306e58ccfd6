/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * ids_fd.c - ids that descriptors hold: a terminal's foreground group and session, the owner of a
 * descriptor's signals, who has a lock.  [preload]
 *
 * Each call here may be made twice without harm, so where a restart came in between it is simply
 * made again.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <linux/sockios.h>
#include <termios.h>

#include "wrappers/ids.h"
#include "wrappers/preload.h"

/* ---- ioctl and its libc names ---- */

static long get_id(int fd, unsigned long request, int *out)
{
	uint32_t life;
	long ret;
	int id;

	do {
		life = ckpt_ids_life();
		ret = raw_call3(SYS_ioctl, fd, (long)request, (long)&id);
		if (!ret)
			*out = id < 0 ? -ckpt_ids_known(-id, life) : ckpt_ids_known(id, life);
	} while (ckpt_ids_life() != life);
	return ret;
}

static long set_id(int fd, unsigned long request, int known)
{
	uint32_t life;
	long ret;
	int id;

	do {
		life = ckpt_ids_life();
		id = ckpt_ids_real(known);
		ret = raw_call3(SYS_ioctl, fd, (long)request, (long)&id);
	} while (ckpt_ids_life() != life);
	return ret;
}

static int ioctl_with_ids(int fd, unsigned long request, void *arg)
{
	switch ((uint32_t)request) {
	case TIOCGPGRP:
	case TIOCGSID:
	case FIOGETOWN:
	case SIOCGPGRP: return (int)raw_errno(get_id(fd, request, arg));
	case TIOCSPGRP:
	case FIOSETOWN:
	case SIOCSPGRP: return (int)raw_errno(set_id(fd, request, *(int *)arg));
	default: return raw_call3(SYS_ioctl, fd, (long)request, (long)arg);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	void *arg;
	va_list ap;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (ckpt_ids_active() && arg)
		return ioctl_with_ids(fd, request, arg);
	return REAL(ioctl)(fd, request, arg);
}

pid_t tcgetpgrp(int fd)
{
	int id;
	long ret = get_id(fd, TIOCGPGRP, &id);

	return ret < 0 ? (int)raw_errno(ret) : id;
}

int tcsetpgrp(int fd, pid_t pgrp)
{
	return (int)raw_errno(set_id(fd, TIOCSPGRP, pgrp));
}

pid_t tcgetsid(int fd)
{
	int id;
	long ret = get_id(fd, TIOCGSID, &id);

	return ret < 0 ? (int)raw_errno(ret) : id;
}

/* ---- fcntl ---- */

typedef int fcntl_fn(int fd, int cmd, ...);

static int get_owner(fcntl_fn *real, int fd, struct f_owner_ex *owner)
{
	uint32_t life;
	int ret;

	do {
		life = ckpt_ids_life();
		ret = real(fd, F_GETOWN_EX, owner);
		if (!ret)
			owner->pid = ckpt_ids_known(owner->pid, life);
	} while (ckpt_ids_life() != life);
	return ret;
}

static int set_owner(fcntl_fn *real, int fd, int cmd, const void *arg)
{
	struct f_owner_ex owner;
	uint32_t life;
	int ret;

	do {
		life = ckpt_ids_life();
		if (cmd == F_SETOWN) {
			ret = real(fd, cmd, (long)ckpt_ids_real((int)(long)arg));
		} else {
			owner = *(const struct f_owner_ex *)arg;
			owner.pid = ckpt_ids_real(owner.pid);
			ret = real(fd, cmd, &owner);
		}
	} while (ckpt_ids_life() != life);
	return ret;
}

static int fcntl_with_ids(fcntl_fn *real, int fd, int cmd, void *arg)
{
	struct f_owner_ex owner;
	int ret;

	switch (cmd) {
	case F_SETOWN:
	case F_SETOWN_EX: return set_owner(real, fd, cmd, arg);
	case F_GETOWN_EX: return get_owner(real, fd, arg);
	case F_GETOWN:
		ret = get_owner(real, fd, &owner);
		if (!ret)
			ret = owner.type == F_OWNER_PGRP ? -owner.pid : owner.pid;
		return ret;
	case F_GETLK:
		ret = real(fd, cmd, arg);
		if (!ret && ((struct flock *)arg)->l_type != F_UNLCK)
			((struct flock *)arg)->l_pid = ckpt_ids_known(((struct flock *)arg)->l_pid,
								      ckpt_ids_life());
		return ret;
	default: return real(fd, cmd, arg);
	}
}

int fcntl(int fd, int cmd, ...)
{
	void *arg;
	va_list ap;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return ckpt_ids_active() ? fcntl_with_ids(REAL(fcntl), fd, cmd, arg)
				 : REAL(fcntl)(fd, cmd, arg);
}

int fcntl64(int fd, int cmd, ...)
{
	void *arg;
	va_list ap;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return ckpt_ids_active() ? fcntl_with_ids(REAL(fcntl64), fd, cmd, arg)
				 : REAL(fcntl64)(fd, cmd, arg);
}
