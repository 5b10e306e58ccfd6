#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# python3 with threads and hashlib, interrupted: the same output, byte for byte.
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}" "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
python=/usr/bin/python3
[ -x "$python" ] || python=python3
exec perl "$TOP_SRCDIR/test/lib/program" --each \
	--cells file:kill,append:exit,tty:kill,pipe:exit --user-cells file:exit,append:kill,tty:exit,pipe:kill \
	"$python" @"$TOP_SRCDIR/test/program/threads.py"
