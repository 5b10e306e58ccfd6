#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# wrappers.sh - what libckpt.so costs between checkpoints: each call, fork and exec, start-up, resident memory.
exec "$TOP_BUILDDIR/bench/wrappers" "$TOP_BUILDDIR/libckpt.so"
