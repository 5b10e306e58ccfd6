/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * env.h - the variables by which ckpt_launch talks to the preload library of the program that it
 * execs.  Types only.
 *
 * All begin with CKPT_LIFE_, which no option does: a user who exports CKPT_JOB (the variable of
 * --job) has a whole shell full of processes with that variable, and none of them is a member.
 * /proc/PID/environ still shows what exec was given after the library has hidden it, so
 * CKPT_LIFE_JOB=NAME there is the mark by which a job's processes are found from outside.
 *
 * ckpt_launch: LD_PRELOAD keeps its place in environ if the user had one (its value becomes ours,
 * ':' and theirs), else it is appended; the CKPT_LIFE_ variables are appended behind it.  Those
 * that the caller had already are replaced.
 *
 * The library at its start: takes all of these out of environ; LD_PRELOAD gets the value of
 * CKPT_LIFE_USER_PRELOAD where that is set (it may be empty), in its old place, else it is removed.
 * What remains is what the user's program would have seen. At exec it does what ckpt_launch did to
 * the environment that is passed on, unless that bears a CKPT_LIFE_JOB already (a ckpt_launch
 * inside a job).
 *
 * E(macro, meaning)
 */
#ifndef CKPT_ENV_H
#define CKPT_ENV_H

#define CKPT_ENV_PREFIX "CKPT_LIFE_"
#define CKPT_ENV_JOB "CKPT_LIFE_JOB"
#define CKPT_ENV_SOCKET "CKPT_LIFE_SOCKET"
#define CKPT_ENV_PRELOAD "CKPT_LIFE_PRELOAD"
#define CKPT_ENV_USER_PRELOAD "CKPT_LIFE_USER_PRELOAD"

#define CKPT_ENVIRONMENT(E) \
	E(CKPT_ENV_JOB, "the job's name: the mark of a member") \
	E(CKPT_ENV_SOCKET, "path of the coordinator's socket") \
	E(CKPT_ENV_PRELOAD, "path of our library as it stands first in LD_PRELOAD") \
	E(CKPT_ENV_USER_PRELOAD, "LD_PRELOAD as the user had it; absent if it was not set")

#endif
