/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * phase.h - the algorithm of a checkpoint, as one list.  Types only.
 *
 * The coordinator sends each phase to all agents and goes on when all have answered; any failure before COLLECT's barrier, and
 * any failure of WRITE, is an ABORT to all.  P(value, name, does the application run?, what happens)
 */
#ifndef CKPT_PHASE_H
#define CKPT_PHASE_H

#define CKPT_PHASES(P) \
	P(1, PREPARE, 1, "the agent looks from outside and names everything that cannot be saved") \
	P(2, STOP, 0, "every thread of every member is stopped; the set of processes is closed") \
	P(3, COLLECT, 0, "descriptors, queues, ids, timers, signals; the dirty pages, or a copy-on-write fork") \
	P(4, RESUME, 1, "the pause is over") \
	P(5, WRITE, 1, "the rest of the pages, checksums, fsync, rename") \
	P(6, COMMIT, 1, "every image is durable: the generation counts, older ones past --keep go") \
	P(7, ABORT, 1, "release what is stopped, put back what was taken, remove the new files")

#define CKPT_PHASE_ENUM(value, name, runs, what) CKPT_PHASE_##name = value,
enum ckpt_phase { CKPT_PHASES(CKPT_PHASE_ENUM) };

#endif
