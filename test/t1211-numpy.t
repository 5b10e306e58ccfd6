#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# python3 with numpy and its threaded library, interrupted: the same output, byte for byte.
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}" "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
python=/usr/bin/python3
[ -x "$python" ] || python=python3
if ! "$python" -c 'import numpy' 2>/dev/null; then
	[ "${CI-}" = true ] || { echo '1..0 # SKIP missing: python3-numpy'; exit 0; }
	printf '1..1\nnot ok 1 - missing: python3-numpy (CI=true allows no skip)\n'
	exit 1
fi
exec perl "$TOP_SRCDIR/test/lib/program" --each \
	--cells file:kill,append:exit,tty:kill,pipe:exit --user-cells file:exit,append:kill,tty:exit,pipe:kill \
	"$python" @"$TOP_SRCDIR/test/program/matrix.py"
