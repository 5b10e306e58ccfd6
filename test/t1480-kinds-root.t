#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The table of kinds, walked as root, with exact ids: each kind is refused by name with the program unharmed, or comes back.
exec perl "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/kinds" --as root --pids exact
