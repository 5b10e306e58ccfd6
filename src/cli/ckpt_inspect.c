// SPDX-License-Identifier: BSD-3-Clause
/* ckpt_inspect.c - ckpt_inspect: show an image, a directory of images, or what this host offers.  [tool]  Changes nothing. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/options.h"
#include "ckpt/exit.h"
#include "plugin/registry.h"
#include "cli/inspect.h"

struct inspect {
	int json, verify, host;
	const char *path;
};

enum { OPT_JSON = 256, OPT_VERIFY, OPT_HOST };

static const struct argp_option option_table[] = {
	{ "verify", OPT_VERIFY, NULL, 0, "look at every checksum, the memory's too", 1 },
	{ "json", OPT_JSON, NULL, 0, "print JSON", 1 },
	{ "host", OPT_HOST, NULL, CKPT_OPTION_ACTION, "show what this host offers, to this user",
	  2 },
	{ 0 },
};

static const struct ckpt_record_type *state_type(const char *kind)
{
	const struct ckpt_plugin *plugin = ckpt_plugin_find(kind);

	return plugin ? plugin->record : NULL;
}

inspect_state_fn *const inspect_state_type = state_type;

static error_t parse_option(int key, char *arg, struct argp_state *state);

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.args_doc = "IMAGE|DIR\n--host",
	.doc = "Show everything in a checkpoint image, the generations in a directory, or what this host offers."
	       "\vExit status: 0; 64 usage; 65 the image is damaged, incomplete or not ours; 74 cannot read.",
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct inspect *c = state->input;

	switch (key) {
	case ARGP_KEY_INIT: ckpt_options_from_env(&parser, state); break;
	case OPT_JSON: c->json = 1; break;
	case OPT_VERIFY: c->verify = 1; break;
	case OPT_HOST: c->host = 1; break;
	case ARGP_KEY_ARG:
		if (c->path)
			argp_error(state, "one image or directory at a time");
		c->path = arg;
		break;
	case ARGP_KEY_END:
		if (!c->path == !c->host)
			argp_error(state, "what shall be shown? (IMAGE, DIR or --host)");
		break;
	default: return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static int show(const struct inspect *c, struct ckpt_err *err)
{
	struct stat st;

	if (c->host)
		return inspect_host(c->json);
	if (stat(c->path, &st) < 0)
		return ckpt_errs(err, CKPT_EX_IO, -errno, "cannot look at %s: %s", c->path,
				 strerror(errno));
	return S_ISDIR(st.st_mode) ? inspect_directory(c->path, c->json, c->verify, err)
				   : inspect_image(c->path, c->json, c->verify, err);
}

int main(int argc, char **argv)
{
	struct inspect c = { 0 };
	struct ckpt_err err = { 0 };

	ckpt_options_begin("ckpt_inspect", CKPT_EX_USAGE);
	argp_parse(&parser, argc, argv, 0, NULL, &c);
	if (show(&c, &err) < 0) {
		fflush(stdout);
		fprintf(stderr, "ckpt_inspect: %s\n", err.text);
		return err.status ? err.status : CKPT_EX_INTERNAL;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "ckpt_inspect: cannot write to standard output\n");
		return CKPT_EX_IO;
	}
	return 0;
}
