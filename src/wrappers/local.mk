# SPDX-License-Identifier: BSD-3-Clause
# src/wrappers/local.mk - libckpt.so, the [preload] part; flags: PRELOAD_CFLAGS, PRELOAD_LINK.
