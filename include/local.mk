# SPDX-License-Identifier: BSD-3-Clause
# include/local.mk - the contracts: types only, seen by everybody.

noinst_HEADERS += \
	include/ckpt/env.h \
	include/ckpt/executor.h \
	include/ckpt/exit.h \
	include/ckpt/image.h \
	include/ckpt/phase.h \
	include/ckpt/plugin.h \
	include/ckpt/protocol.h \
	include/ckpt/slot.h
