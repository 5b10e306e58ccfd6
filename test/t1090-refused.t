#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Group "refused" of test/victim/TABLE, each through a chain: its kinds of state are refused by name, and the program is unharmed.
exec perl "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/group" refused
