# SPDX-License-Identifier: BSD-3-Clause
# src/executor/local.mk - executor.bin, the [bare] code that runs inside a process; flags: BARE_CPPFLAGS BARE_CFLAGS BARE_LINK.
