# SPDX-License-Identifier: BSD-3-Clause
# src/agent/local.mk - ckpt_agent, one per host: stops, looks, writes.
