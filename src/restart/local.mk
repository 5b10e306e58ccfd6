# SPDX-License-Identifier: BSD-3-Clause
# src/restart/local.mk - ckpt_restart: the plan, then the process.
