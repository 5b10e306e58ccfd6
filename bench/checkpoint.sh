#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# checkpoint.sh - the time that a checkpoint and a restart take, the pause, and the image's size.
exec perl "-I$TOP_SRCDIR/bench" "$TOP_SRCDIR/bench/checkpoint.pl"
