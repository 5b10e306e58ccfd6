#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Group "threads" of test/victim/TABLE, each through a chain: its kinds of state come back as they were.
exec perl "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/group" threads
