# SPDX-License-Identifier: BSD-3-Clause
# src/cli/local.mk - the commands ckpt_launch, ckpt_command, ckpt_inspect.

bin_PROGRAMS += ckpt_launch ckpt_command

ckpt_launch_SOURCES = \
	src/cli/launch.c \
	src/cli/program.c \
	src/cli/program.h
ckpt_launch_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_launch_LDADD = libckptbase.a

ckpt_command_SOURCES = \
	src/cli/command.c \
	src/cli/jobs.c \
	src/cli/jobs.h \
	src/cli/show.c \
	src/cli/show.h
ckpt_command_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_command_LDADD = libckptbase.a $(JANSSON_LIBS)

bin_PROGRAMS += ckpt_inspect
ckpt_inspect_SOURCES = \
	src/cli/ckpt_inspect.c \
	src/cli/host_probe.c \
	src/cli/inspect.h \
	src/cli/inspect_directory.c \
	src/cli/inspect_image.c \
	src/cli/inspect_record.c \
	src/cli/probe.h \
	src/cli/probe_kernel.c \
	src/cli/probe_self.c \
	src/cli/probe_task.c
ckpt_inspect_CPPFLAGS = $(TOOL_CPPFLAGS)
ckpt_inspect_LDADD = libckptplugin.a libckptbase.a $(JANSSON_LIBS)

# The commands' tests, and the agent whose phases can be made to fail that most of them run with.
TESTS_T += \
	test/t1300-launch.t \
	test/t1301-command.t \
	test/t1302-phases.t \
	test/t1303-jobs.t \
	test/t5300-kills.t

dist_check_DATA += test/lib/job.sh

check_PROGRAMS += test/lib/fake_agent
test_lib_fake_agent_SOURCES = test/lib/fake_agent.c src/agent/agent.c src/agent/looker.h
test_lib_fake_agent_LDADD = libckptbase.a

UNIT_TESTS += test/unit/generations test/unit/jobfile test/unit/wire
test_unit_generations_SOURCES = test/unit/generations.c test/unit/tap.h
test_unit_generations_LDADD = libckptbase.a
test_unit_jobfile_SOURCES = test/unit/jobfile.c test/unit/tap.h
test_unit_jobfile_LDADD = libckptbase.a
test_unit_wire_SOURCES = test/unit/wire.c test/unit/tap.h
test_unit_wire_LDADD = libckptbase.a
