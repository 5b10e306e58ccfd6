#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# xz -T2 on 200 MB, interrupted: the same compressed file, byte for byte.
: "${TOP_SRCDIR:=$(cd "$(dirname "$0")/.." && pwd -P)}" "${TOP_BUILDDIR:=$(pwd -P)}"
export TOP_SRCDIR TOP_BUILDDIR
input=$(mktemp "${TMPDIR:-/tmp}/ckpt-xz.XXXXXX") || exit 1
trap 'rm -f "$input"' EXIT
perl -MDigest::SHA=sha512_hex -e 'print sha512_hex($_) x 4 for 0 .. 409599' >"$input"
chmod 644 "$input"
perl "$TOP_SRCDIR/test/lib/program" --each --cells file:kill --user-cells pipe:exit xz -T2 -0 -c "$input"
