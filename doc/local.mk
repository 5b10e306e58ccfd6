# SPDX-License-Identifier: BSD-3-Clause
# doc/local.mk - manual pages and the texts that are installed.
