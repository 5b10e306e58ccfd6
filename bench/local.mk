# SPDX-License-Identifier: BSD-3-Clause
# bench/local.mk - make bench: ratios within one run, never a timed test.
