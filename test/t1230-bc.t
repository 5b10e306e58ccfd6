#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# bc, interrupted: the same output, byte for byte.
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}" "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
exec perl "$TOP_SRCDIR/test/lib/program" --each \
	--cells file:kill,append:exit,tty:kill,pipe:exit --user-cells file:exit,append:kill,tty:exit,pipe:kill \
	bc -lq @"$TOP_SRCDIR/test/program/digits.bc"
