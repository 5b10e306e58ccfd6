// SPDX-License-Identifier: BSD-3-Clause
/* host_probe.c - ckpt_inspect --host: what this host offers to this user, tried, not read off a version number.  [tool] */
#include "cli/probe.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "cli/inspect.h"

static const struct probe {
	const char *name;
	probe_fn *try;
	const char *use;
} probes[] = {
#define PROBE_ROW(name, fn, use) { name, fn, use },
	PROBES(PROBE_ROW)
#undef PROBE_ROW
};

/* As ckpt_restart chooses: exact where an id can be had in this namespace, else what the wrappers translate. */
static const char *choose_ids(void)
{
	return geteuid() == 0 && probe_set_tid_here() ? "exact" : "virtual";
}

static void read_capabilities(char text[20])
{
	FILE *f = fopen("/proc/self/status", "re");
	char line[256];

	strcpy(text, "?");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "CapEff: %19s", text) == 1)
			break;
	if (f)
		fclose(f);
}

static json_t *probe_json(const struct probe *p, int works, const char *detail)
{
	return json_pack("{s:s, s:b, s:s, s:s}", "name", p->name, "works", works, "detail", detail,
			 "use", p->use);
}

int inspect_host(int json)
{
	json_t *list = json_array();
	struct utsname host;
	char caps[20];

	uname(&host);
	read_capabilities(caps);
	if (!json)
		printf("%s, Linux %s, %s, as uid %u with capabilities %s\n", host.nodename,
		       host.release, host.machine, geteuid(), caps);
	for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
		char detail[PROBE_DETAIL] = "";
		int works;

		fflush(stdout); /* probes fork */
		works = probes[i].try(detail);
		if (json)
			json_array_append_new(list, probe_json(&probes[i], works, detail));
		else
			printf("  %-30s %-3s  %s%s%s\n", probes[i].name, works ? "yes" : "no",
			       probes[i].use, detail[0] ? "; " : "", detail);
	}
	if (json)
		inspect_print_json(json_pack("{s:i, s:s, s:s, s:s, s:i, s:s, s:s, s:O}", "schema",
					     INSPECT_SCHEMA, "kind", "host", "host", host.nodename,
					     "kernel", host.release, "uid", (int)geteuid(),
					     "capabilities", caps, "ids", choose_ids(), "features",
					     list));
	else
		printf("  %-30s %s\n", "ids by --pids=auto", choose_ids());
	json_decref(list);
	return 0;
}
