#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Ten generations in a row, each restarted from the last, by --then-exit and by kill: the same output.
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}" "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec perl "$TOP_SRCDIR/test/lib/program" --each --generations 10 --cells file:kill,pipe:exit --user-cells append:exit,file:kill \
	"$python" @"$TOP_SRCDIR/test/program/threads.py"
