/* SPDX-License-Identifier: BSD-3-Clause */
/* registry.h - every resource, in the order in which they are asked.  P(name)  [tool] */
#ifndef CKPT_PLUGIN_REGISTRY_H
#define CKPT_PLUGIN_REGISTRY_H

#include "ckpt/plugin.h"

#define CKPT_PLUGINS(P) P(terminal) P(eventfd) P(epoll) P(pipe) P(device) P(directory) P(file) P(outside) P(refused)

#define CKPT_PLUGIN_DECLARE(name) extern const struct ckpt_plugin ckpt_plugin_##name;
CKPT_PLUGINS(CKPT_PLUGIN_DECLARE)

/* The plugin that claims look; never NULL: the last one claims everything, and refuses it by name. */
const struct ckpt_plugin *ckpt_plugin_claim(const struct ckpt_look *look);

/* By name; NULL if this version has none. */
const struct ckpt_plugin *ckpt_plugin_find(const char *name);

/* The i-th, NULL behind the last. */
const struct ckpt_plugin *ckpt_plugin_at(size_t i);

#endif
