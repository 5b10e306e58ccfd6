/* SPDX-License-Identifier: BSD-3-Clause */
/* inspect.h - the parts of ckpt_inspect: each shows one thing, as text for people or as JSON for programs.  [tool] */
#ifndef CKPT_CLI_INSPECT_H
#define CKPT_CLI_INSPECT_H

#include <jansson.h>

#include "base/err.h"
#include "base/image.h"

/* Version of the JSON texts, their field "schema".  New fields do not change it. */
#define INSPECT_SCHEMA 1

/* The record type of a description's state by the description's kind; NULL: not known, and then shown as bytes.  Set once, by
 * main, from the registry of plugins. */
typedef const struct ckpt_record_type *inspect_state_fn(const char *kind);
extern inspect_state_fn *const inspect_state_type;

/* ---- records (inspect_record.c) ---- */

/* All fields of a record that are not zero or empty.  Bytes are hexadecimal; a number beyond 2^63 is a text "0x...". */
json_t *inspect_record_json(const struct ckpt_record_type *type, const void *rec);

/* The same in one line, "name value, name value"; the fields named in skip (NULL at its end) are left out. */
void inspect_record_print(const struct ckpt_record_type *type, const void *rec,
			  const char *const *skip);

/* A text of the program's as a JSON string: bytes that are not UTF-8 become \xNN. */
json_t *inspect_text_json(const char *text);

/* Print a JSON text and free it. */
void inspect_print_json(json_t *json);

/* ---- what is shown ---- */

/* One image; verify: its page data is looked at too.  0, or -errno with err. */
int inspect_image(const char *path, int json, int verify, struct ckpt_err *err);

/* The generations in a directory; verify: every image in full.  0, or -errno with err. */
int inspect_directory(const char *path, int json, int verify, struct ckpt_err *err);

/* What this host offers (host_probe.c).  0. */
int inspect_host(int json);

#endif
