// SPDX-License-Identifier: BSD-3-Clause
/* registry.c - see registry.h.  [tool] */
#include "plugin/registry.h"

#include <string.h>

#define ROW(name) &ckpt_plugin_##name,
static const struct ckpt_plugin *const plugins[] = { CKPT_PLUGINS(ROW) };
#define COUNT (sizeof(plugins) / sizeof(plugins[0]))

const struct ckpt_plugin *ckpt_plugin_claim(const struct ckpt_look *look)
{
	size_t i = 0;

	while (i + 1 < COUNT && !plugins[i]->claim(look))
		i++;
	return plugins[i];
}

const struct ckpt_plugin *ckpt_plugin_find(const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(plugins[i]->name, name))
			return plugins[i];
	return NULL;
}

const struct ckpt_plugin *ckpt_plugin_at(size_t i)
{
	return i < COUNT ? plugins[i] : NULL;
}
