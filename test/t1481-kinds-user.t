#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# The table of kinds, walked as an ordinary user, with virtual ids: each kind is refused by name with the program unharmed, or comes back.
exec perl "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/kinds" --as user --pids virtual
