/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * table.h - every libc function that the preload library takes the place of: one line each.
 * [preload]
 *
 * W(how, name, return, (parameters), why).  how: NEXT, the body calls the next object's function
 * through REAL(name), found at start; OWN, it speaks to the kernel itself or through another row.
 * What libckpt.so exports is exactly these rows (libckpt.map is made from them).  Nothing on the
 * hot paths: no read, write, open, malloc, mutex, clock.
 */
#ifndef CKPT_WRAPPERS_TABLE_H
#define CKPT_WRAPPERS_TABLE_H

/* clang-format off */
#define CKPT_WRAPPERS(W) \
	/* exec */ \
	W(NEXT, execve, int, (const char *, char *const[], char *const[]), "passes our variables on") \
	W(OWN, execv, int, (const char *, char *const[]), "passes our variables on") \
	W(OWN, execvp, int, (const char *, char *const[]), "passes our variables on") \
	W(NEXT, execvpe, int, (const char *, char *const[], char *const[]), "passes our variables on") \
	W(OWN, execl, int, (const char *, const char *, ...), "passes our variables on") \
	W(OWN, execle, int, (const char *, const char *, ...), "passes our variables on") \
	W(OWN, execlp, int, (const char *, const char *, ...), "passes our variables on") \
	W(NEXT, fexecve, int, (int, char *const[], char *const[]), "passes our variables on") \
	W(NEXT, execveat, int, \
		(int, const char *, char *const[], char *const[], int), "passes our variables on") \
	W(NEXT, posix_spawn, int, \
		(pid_t *, const char *, const posix_spawn_file_actions_t *, \
		const posix_spawnattr_t *, char *const[], char *const[]), "passes our variables on") \
	W(NEXT, posix_spawnp, int, \
		(pid_t *, const char *, const posix_spawn_file_actions_t *, \
		const posix_spawnattr_t *, char *const[], char *const[]), "passes our variables on") \
	W(OWN, system, int, (const char *), "passes our variables on") \
	W(OWN, popen, FILE *, (const char *, const char *), "passes our variables on") \
	W(NEXT, pclose, int, (FILE *), "waits for the shell of our popen") \
	W(NEXT, fclose, int, (FILE *), "waits for the shell of our popen") \
	/* process */ \
	W(OWN, getpid, pid_t, (void), "ids") \
	W(OWN, getppid, pid_t, (void), "ids") \
	W(OWN, gettid, pid_t, (void), "ids") \
	W(OWN, getpgrp, pid_t, (void), "ids") \
	W(OWN, getpgid, pid_t, (pid_t), "ids") \
	W(OWN, getsid, pid_t, (pid_t), "ids") \
	W(OWN, setsid, pid_t, (void), "ids") \
	W(OWN, setpgid, int, (pid_t, pid_t), "ids") \
	W(OWN, setpgrp, int, (void), "ids") \
	W(OWN, kill, int, (pid_t, int), "ids") \
	W(OWN, killpg, int, (pid_t, int), "ids") \
	W(OWN, tgkill, int, (pid_t, pid_t, int), "ids") \
	W(OWN, raise, int, (int), "ids") \
	W(OWN, sigqueue, int, (pid_t, int, const union sigval), "ids") \
	W(NEXT, sigtimedwait, int, (const sigset_t *, siginfo_t *, const struct timespec *), "ids") \
	W(NEXT, sigwaitinfo, int, (const sigset_t *, siginfo_t *), "ids") \
	W(OWN, prlimit, int, \
		(pid_t, enum __rlimit_resource, const struct rlimit *, struct rlimit *), "ids") \
	W(OWN, prlimit64, int, \
		(pid_t, enum __rlimit_resource, const struct rlimit64 *, struct rlimit64 *), "ids") \
	W(OWN, process_vm_readv, ssize_t, \
		(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, \
		unsigned long), "ids") \
	W(OWN, process_vm_writev, ssize_t, \
		(pid_t, const struct iovec *, unsigned long, const struct iovec *, unsigned long, \
		unsigned long), "ids") \
	W(OWN, pidfd_open, int, (pid_t, unsigned int), "ids") \
	W(NEXT, clock_getcpuclockid, int, (pid_t, clockid_t *), "ids") \
	W(OWN, syscall, long, (long, ...), "ids, and our variables through SYS_execve") \
	W(OWN, sched_setparam, int, (pid_t, const struct sched_param *), "ids") \
	W(OWN, sched_getparam, int, (pid_t, struct sched_param *), "ids") \
	W(OWN, sched_setscheduler, int, (pid_t, int, const struct sched_param *), "ids") \
	W(OWN, sched_getscheduler, int, (pid_t), "ids") \
	W(OWN, sched_rr_get_interval, int, (pid_t, struct timespec *), "ids") \
	W(OWN, sched_setaffinity, int, (pid_t, size_t, const cpu_set_t *), "ids") \
	W(OWN, sched_getaffinity, int, (pid_t, size_t, cpu_set_t *), "ids") \
	W(OWN, getpriority, int, (__priority_which_t, id_t), "ids") \
	W(OWN, setpriority, int, (__priority_which_t, id_t, int), "ids") \
	W(NEXT, ioctl, int, (int, unsigned long, ...), "ids") \
	W(OWN, tcgetpgrp, pid_t, (int), "ids") \
	W(OWN, tcsetpgrp, int, (int, pid_t), "ids") \
	W(OWN, tcgetsid, pid_t, (int), "ids") \
	W(NEXT, fcntl, int, (int, int, ...), "ids") \
	W(NEXT, fcntl64, int, (int, int, ...), "ids") \
	/* children */ \
	W(OWN, wait, pid_t, (int *), "ids of children") \
	W(OWN, wait3, pid_t, (int *, int, struct rusage *), "ids of children") \
	W(OWN, wait4, pid_t, (pid_t, int *, int, struct rusage *), "ids of children") \
	W(OWN, waitpid, pid_t, (pid_t, int *, int), "ids of children") \
	W(OWN, waitid, int, (idtype_t, id_t, siginfo_t *, int), "ids of children") \
	W(NEXT, fork, pid_t, (void), "ids of children") \
	W(NEXT, _Fork, pid_t, (void), "ids of children") \
	W(OWN, vfork, pid_t, (void), "ids of children") \
	W(NEXT, forkpty, int, \
		(int *, char *, const struct termios *, const struct winsize *), "ids of children") \
	W(NEXT, clone, int, (int (*)(void *), void *, int, void *, ...), "ids of children") \
	/* threads */ \
	W(NEXT, pthread_create, int, \
		(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *), \
		"no fresh id that is known as another's") \
	W(NEXT, thrd_create, int, \
		(thrd_t *, thrd_start_t, void *), "no fresh id that is known as another's") \
	W(NEXT, pthread_kill, int, \
		(pthread_t, int), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_sigqueue, int, \
		(pthread_t, int, const union sigval), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_cancel, int, \
		(pthread_t), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_setaffinity_np, int, \
		(pthread_t, size_t, const cpu_set_t *), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_getaffinity_np, int, \
		(pthread_t, size_t, cpu_set_t *), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_setschedparam, int, \
		(pthread_t, int, const struct sched_param *), \
		"libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_getschedparam, int, \
		(pthread_t, int *, struct sched_param *), \
		"libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_setschedprio, int, \
		(pthread_t, int), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_getcpuclockid, int, \
		(pthread_t, clockid_t *), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_setname_np, int, \
		(pthread_t, const char *), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_getname_np, int, \
		(pthread_t, char *, size_t), "libc gives its copy of the tid to the kernel") \
	W(NEXT, pthread_getattr_np, int, \
		(pthread_t, pthread_attr_t *), "libc gives its copy of the tid to the kernel") \
	W(NEXT, timer_create, int, \
		(clockid_t, struct sigevent *, timer_t *), "SIGEV_THREAD_ID bears an id") \
	/* rights */ \
	W(NEXT, setuid, int, (uid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setgid, int, (gid_t), "reaches threads by its copies of their tids") \
	W(NEXT, seteuid, int, (uid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setegid, int, (gid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setreuid, int, (uid_t, uid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setregid, int, (gid_t, gid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setresuid, int, \
		(uid_t, uid_t, uid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setresgid, int, \
		(gid_t, gid_t, gid_t), "reaches threads by its copies of their tids") \
	W(NEXT, setgroups, int, \
		(size_t, const gid_t *), "reaches threads by its copies of their tids") \
	W(NEXT, initgroups, int, \
		(const char *, gid_t), "reaches threads by its copies of their tids")

/* Not wrapped, only called through REAL(name).  U(name, return, (parameters)) */
#define CKPT_USED(U) \
	U(pthread_join, int, (pthread_t, void **)) \
	U(pthread_attr_setaffinity_np, int, (pthread_attr_t *, size_t, const cpu_set_t *))
/* clang-format on */

#endif
