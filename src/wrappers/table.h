/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h - every libc function that the preload library takes the place of: one line each.  [preload]
 *
 * W(how, name, return, (parameters), why).  how: NEXT, the body calls the next object's function through REAL(name), and REAL is
 * found at start; OWN, it speaks to the kernel itself or through another row.  The exported names of libckpt.so are exactly these rows
 * (libckpt.map is made from them).  Nothing on the hot paths: no read, write, open, malloc, mutex, clock.
 */
#ifndef CKPT_WRAPPERS_TABLE_H
#define CKPT_WRAPPERS_TABLE_H

#define CKPT_WRAPPERS_EXEC(W) \
	W(OWN, execve, int, (const char *, char *const[], char *const[]), "passes our variables on") \
	W(OWN, execv, int, (const char *, char *const[]), "passes our variables on") \
	W(OWN, execvp, int, (const char *, char *const[]), "passes our variables on") \
	W(NEXT, execvpe, int, (const char *, char *const[], char *const[]), "passes our variables on") \
	W(OWN, execl, int, (const char *, const char *, ...), "passes our variables on") \
	W(OWN, execle, int, (const char *, const char *, ...), "passes our variables on") \
	W(OWN, execlp, int, (const char *, const char *, ...), "passes our variables on") \
	W(NEXT, fexecve, int, (int, char *const[], char *const[]), "passes our variables on") \
	W(OWN, execveat, int, (int, const char *, char *const[], char *const[], int), "passes our variables on")

#define CKPT_WRAPPERS(W) \
	CKPT_WRAPPERS_EXEC(W)

#endif
