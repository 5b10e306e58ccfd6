# SPDX-License-Identifier: BSD-3-Clause
# src/plugin/local.mk - libckptplugin.a: one file a kind of kernel object, and the registry.
