/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * preload_env.c - shows its environment and whether the library is in it; or execs itself to do
 * so, in every form that libc has.  Prints; t1100-preload.t compares.  [tool]
 *
 * 	preload_env show			environ, envp and getenv, then "library yes" or "library no"
 *
 * 	preload_env FORM full|cleared|null	exec "show" in that form
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SHOW_FD 9

static char self[PATH_MAX];
static char *show[] = { "preload_env", "show", NULL };

static int has_library(void)
{
	char line[4096];
	int found = 0;
	FILE *maps = fopen("/proc/self/maps", "r");

	while (maps && fgets(line, sizeof(line), maps))
		found |= strstr(line, "/libckpt.so") != NULL;
	if (maps)
		fclose(maps);
	return found;
}

static int show_all(char **envp)
{
	char **at;

	for (at = environ; *at; at++)
		puts(*at);
	if (envp != environ)
		puts("envp is not environ");
	printf("LD_PRELOAD is %s\n", getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "not set");
	printf("CKPT_LIFE_JOB is %s\n", getenv("CKPT_LIFE_JOB") ? "set" : "not set");
	printf("library %s\n", has_library() ? "yes" : "no");
	return 0;
}

/* As what is exec'ed may not be found by its name, its directory is all of PATH. */
static void path_here(void)
{
	char dir[PATH_MAX];

	strcpy(dir, self);
	*strrchr(dir, '/') = '\0';
	setenv("PATH", dir, 1);
}

static void run_spawn(const char *form, char **env)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int status, error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, SHOW_FD, 1);
	if (!strcmp(form, "posix_spawn")) {
		error = posix_spawn(&pid, self, &actions, NULL, show, env);
	} else {
		path_here();
		error = posix_spawnp(&pid, "preload_env", &actions, NULL, show, env);
	}
	if (error) {
		fprintf(stderr, "%s: %s\n", form, strerror(error));
		exit(1);
	}
	waitpid(pid, &status, 0);
	exit(WEXITSTATUS(status));
}

static void *exec_in_thread(void *arg)
{
	execve(self, show, arg);
	return NULL;
}

static void *sleep_long(void *arg)
{
	sleep(60);
	return arg;
}

/* A program with threads whose vfork child execs. */
static void run_vfork(char **env)
{
	pthread_t thread;
	int status;
	pid_t pid;

	pthread_create(&thread, NULL, sleep_long, NULL);
	pid = vfork();
	if (!pid) {
		execve(self, show, env);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	exit(WEXITSTATUS(status));
}

static void run(const char *form, char **env)
{
	char line[2 * PATH_MAX];
	pthread_t thread;
	FILE *out;
	int c;

	snprintf(line, sizeof(line), "'%s' show", self);
	if (!strcmp(form, "execve"))
		execve(self, show, env);
	else if (!strcmp(form, "execv"))
		execv(self, show);
	else if (!strcmp(form, "execvp"))
		path_here(), execvp("preload_env", show);
	else if (!strcmp(form, "execvpe"))
		path_here(), execvpe("preload_env", show, env);
	else if (!strcmp(form, "execl"))
		execl(self, "preload_env", "show", NULL);
	else if (!strcmp(form, "execle"))
		execle(self, "preload_env", "show", NULL, env);
	else if (!strcmp(form, "execlp"))
		path_here(), execlp("preload_env", "preload_env", "show", NULL);
	else if (!strcmp(form, "fexecve"))
		fexecve(open(self, O_RDONLY), show, env);
	else if (!strcmp(form, "execveat"))
		execveat(open(self, O_RDONLY), "", show, env, AT_EMPTY_PATH);
	else if (!strcmp(form, "syscall"))
		syscall(SYS_execve, self, show, env);
	else if (!strcmp(form, "thread"))
		pthread_create(&thread, NULL, exec_in_thread, env), pthread_join(thread, NULL);
	else if (!strcmp(form, "vfork"))
		run_vfork(env);
	else if (!strncmp(form, "posix_spawn", 11))
		run_spawn(form, env);
	else if (!strcmp(form, "system"))
		exit(WEXITSTATUS(system(line)));
	else if (!strcmp(form, "popen")) {
		out = popen(line, "r");
		while ((c = getc(out)) != EOF)
			putchar(c);
		exit(pclose(out));
	} else
		fprintf(stderr, "no such form: %s\n", form);
	fprintf(stderr, "%s: %s\n", form, strerror(errno));
	exit(1);
}

int main(int argc, char **argv, char **envp)
{
	char *cleared[] = { "ONLY=this", NULL };
	char **env = envp;

	if (argc < 2 || !strcmp(argv[1], "show"))
		return show_all(envp);
	self[readlink("/proc/self/exe", self, sizeof(self) - 1)] = '\0';
	dup2(1, SHOW_FD);
	if (argc > 2 && !strcmp(argv[2], "cleared")) {
		env = cleared;
		clearenv();
		setenv("ONLY", "this", 1);
	} else if (argc > 2 && !strcmp(argv[2], "null")) {
		env = NULL;
		clearenv();
	}
	run(argv[1], env);
	return 1;
}
