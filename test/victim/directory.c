/* SPDX-License-Identifier: BSD-3-Clause */
/* directory - an open directory: its position in readdir, openat through it, O_PATH of a symbolic link.  [victim] */
#include "victim.h"

#include <dirent.h>

#define FILES 500

int main(int argc, char **argv)
{
	char path[4096], name[64], target[64] = "";
	static char seen[FILES];
	struct dirent *entry;
	int fd, link, total = 0, n;
	DIR *dir;

	(void)argc;
	snprintf(path, sizeof(path), "%s.dir", argv[1]);
	CHECK(mkdir(path, 0700) == 0 || errno == EEXIST);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(fd >= 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "a-rather-long-file-name-number-%d", i);
		n = openat(fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		CHECK(n >= 0 && close(n) == 0);
	}
	CHECK(symlinkat("nowhere at all", fd, "link") == 0 || errno == EEXIST);
	link = openat(fd, "link", O_PATH | O_NOFOLLOW);
	CHECK(link >= 0);
	dir = opendir(path);
	CHECK(dir != NULL);
	while (total < FILES / 3 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "a-rather-long-file-name-number-%d", &n) == 1)
			seen[n]++, total++;
	victim_ready(argv);
	victim_hold(argv);
	while ((entry = readdir(dir)))
		if (sscanf(entry->d_name, "a-rather-long-file-name-number-%d", &n) == 1)
			seen[n]++, total++;
	CHECK_EQ(total, FILES);
	for (int i = 0; i < FILES; i++)
		CHECK_EQ(seen[i], 1);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK(faccessat(fd, "a-rather-long-file-name-number-7", R_OK, 0) == 0);
	CHECK_EQ(fcntl(link, F_GETFL) & O_PATH, O_PATH);
	CHECK(readlinkat(link, "", target, sizeof(target) - 1) == 14);
	CHECK_STR(target, "nowhere at all");
	rewinddir(dir);
	CHECK(readdir(dir) != NULL);
	return victim_ok();
}
