/* SPDX-License-Identifier: BSD-3-Clause */
/* probe.h - what a host may offer or not, each tried for real.  [tool]  A probe leaves nothing behind. */
#ifndef CKPT_CLI_PROBE_H
#define CKPT_CLI_PROBE_H

#include <stdint.h>
#include <sys/types.h>

#define PROBE_DETAIL 160

/* 1 it works; 0 it does not; the reason, or a value, goes to detail (PROBE_DETAIL bytes). */
typedef int probe_fn(char *detail);

/* P(name, function, what we want it for): in the order of the table that people see. */
#define PROBES(P) \
	P("ptrace", probe_ptrace, "stop the program and look at it") \
	P("Yama", probe_yama, "who may ptrace whom") \
	P("PTRACE_SETSIGMASK", probe_ptrace_sigmask, "run the executor undisturbed") \
	P("PTRACE_GET_RSEQ_CONFIGURATION", probe_ptrace_rseq, \
	  "register restartable sequences again") \
	P("pidfd_getfd", probe_pidfd_getfd, "look at the program's descriptors") \
	P("process_vm_readv", probe_process_vm_readv, "read memory") \
	P("kcmp", probe_kcmp, "which descriptors are one description") \
	P("PAGEMAP_SCAN", probe_pagemap_scan, "which pages exist and differ from their file") \
	P("userfaultfd", probe_userfaultfd, "track what is written (later)") \
	P("PR_GET_AUXV", probe_get_auxv, "the auxiliary vector of a non-dumpable process") \
	P("PR_SET_MM_MAP", probe_set_mm_map, "restore brk, arguments, auxiliary vector") \
	P("PR_SET_MM exe_fd", probe_set_mm_exe, "restore /proc/self/exe") \
	P("clone3 set_tid", probe_set_tid, "exact ids") \
	P("user namespaces", probe_user_namespace, "exact ids for an ordinary user") \
	P("time namespaces", probe_time_namespace, "clocks that go on") \
	P("SO_PEEK_OFF", probe_peek_off, "look at a socket's queue") \
	P("io_uring", probe_io_uring, "programs that use it") \
	P("O_DIRECT here", probe_direct, "fast durable images in this directory") \
	P("FICLONE here", probe_ficlone, "keep written files in this directory at no cost") \
	P("processor state", probe_xstate, "what images from here ask of another processor")

#define PROBE_DECLARE(name, fn, use) probe_fn fn;
PROBES(PROBE_DECLARE)
#undef PROBE_DECLARE

/* detail = "text: strerror(error)"; returns 0. */
int probe_failed(char *detail, const char *text, int error);

/* Run body in a child of its own (it may change itself for good): the byte that it returns, or -1. */
int probe_in_child(int (*body)(void));

/* 1: a process with a wished id can be made in this very namespace. */
int probe_set_tid_here(void);

#endif
