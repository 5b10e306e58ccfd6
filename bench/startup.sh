#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# startup.sh - what ckpt_launch adds to starting a program: with a coordinator running, and when it starts one.
exec perl "-I$TOP_SRCDIR/bench" "$TOP_SRCDIR/bench/startup.pl"
