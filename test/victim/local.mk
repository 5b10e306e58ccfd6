# SPDX-License-Identifier: BSD-3-Clause
# test/victim/local.mk - the victims (a program a file; TABLE says what each shows), their runners in test/lib, and the
# tests that run them.

check_PROGRAMS += \
	test/lib/reaper \
	test/lib/kstate \
	test/lib/noptrace \
	test/lib/strangers \
	test/lib/xstate_bit \
	test/victim/advice \
	test/victim/alarmcall \
	test/victim/anon \
	test/victim/blocked \
	test/victim/cancel \
	test/victim/caught \
	test/victim/clocks \
	test/victim/devices \
	test/victim/directory \
	test/victim/epolls \
	test/victim/eventfds \
	test/victim/filemap \
	test/victim/fpu \
	test/victim/growsdown \
	test/victim/guard \
	test/victim/heap \
	test/victim/hold \
	test/victim/ids \
	test/victim/image \
	test/victim/inhandler \
	test/victim/itimers \
	test/victim/kinds \
	test/victim/layout \
	test/victim/leadergone \
	test/victim/manymaps \
	test/victim/mlocked \
	test/victim/mutex \
	test/victim/openfiles \
	test/victim/owner \
	test/victim/pipes \
	test/victim/pkey \
	test/victim/process \
	test/victim/prot \
	test/victim/raw \
	test/victim/rawthread \
	test/victim/registered \
	test/victim/regular \
	test/victim/reserve \
	test/victim/sched \
	test/victim/segbase \
	test/victim/self \
	test/victim/sharedanon \
	test/victim/sharedmap \
	test/victim/sigactions \
	test/victim/sigmask \
	test/victim/sigpending \
	test/victim/sigstorm \
	test/victim/stack \
	test/victim/storm \
	test/victim/sync \
	test/victim/threads \
	test/victim/timed \
	test/victim/tlsopen \
	test/victim/writer \
	test/victim/witness \
	test/victim/tlslib.so

if HAVE_CXX
check_PROGRAMS += test/victim/cxx test/program/parallel
endif

VICTIM_LIBS = -lpthread -ldl -lrt

test_lib_reaper_SOURCES = test/lib/reaper.c
test_lib_kstate_SOURCES = test/lib/kstate.c
test_lib_noptrace_SOURCES = test/lib/noptrace.c
test_lib_strangers_SOURCES = test/lib/strangers.c
test_lib_xstate_bit_SOURCES = test/lib/xstate_bit.c
test_lib_xstate_bit_LDADD = libckptbase.a
test_victim_advice_SOURCES = test/victim/advice.c test/victim/victim.h
test_victim_advice_LDADD = $(VICTIM_LIBS)
test_victim_alarmcall_SOURCES = test/victim/alarmcall.c test/victim/victim.h
test_victim_alarmcall_LDADD = $(VICTIM_LIBS)
test_victim_anon_SOURCES = test/victim/anon.c test/victim/victim.h
test_victim_anon_LDADD = $(VICTIM_LIBS)
test_victim_blocked_SOURCES = test/victim/blocked.c test/victim/victim.h
test_victim_blocked_LDADD = $(VICTIM_LIBS)
test_victim_cancel_SOURCES = test/victim/cancel.c test/victim/victim.h
test_victim_cancel_LDADD = $(VICTIM_LIBS)
test_victim_caught_SOURCES = test/victim/caught.c test/victim/victim.h
test_victim_caught_LDADD = $(VICTIM_LIBS)
test_victim_clocks_SOURCES = test/victim/clocks.c test/victim/victim.h
test_victim_clocks_LDADD = $(VICTIM_LIBS)
test_victim_devices_SOURCES = test/victim/devices.c test/victim/victim.h
test_victim_devices_LDADD = $(VICTIM_LIBS)
test_victim_directory_SOURCES = test/victim/directory.c test/victim/victim.h
test_victim_directory_LDADD = $(VICTIM_LIBS)
test_victim_epolls_SOURCES = test/victim/epolls.c test/victim/victim.h
test_victim_epolls_LDADD = $(VICTIM_LIBS)
test_victim_eventfds_SOURCES = test/victim/eventfds.c test/victim/victim.h
test_victim_eventfds_LDADD = $(VICTIM_LIBS)
test_victim_filemap_SOURCES = test/victim/filemap.c test/victim/victim.h
test_victim_filemap_LDADD = $(VICTIM_LIBS)
test_victim_fpu_SOURCES = test/victim/fpu.c test/victim/victim.h
test_victim_fpu_LDADD = $(VICTIM_LIBS)
test_victim_growsdown_SOURCES = test/victim/growsdown.c test/victim/victim.h
test_victim_growsdown_LDADD = $(VICTIM_LIBS)
test_victim_guard_SOURCES = test/victim/guard.c test/victim/victim.h
test_victim_guard_LDADD = $(VICTIM_LIBS)
test_victim_heap_SOURCES = test/victim/heap.c test/victim/victim.h
test_victim_heap_LDADD = $(VICTIM_LIBS)
test_victim_hold_SOURCES = test/victim/hold.c test/victim/victim.h
test_victim_hold_LDADD = $(VICTIM_LIBS)
test_victim_ids_SOURCES = test/victim/ids.c test/victim/victim.h
test_victim_ids_LDADD = $(VICTIM_LIBS)
test_victim_inhandler_SOURCES = test/victim/inhandler.c test/victim/victim.h
test_victim_inhandler_LDADD = $(VICTIM_LIBS)
test_victim_itimers_SOURCES = test/victim/itimers.c test/victim/victim.h
test_victim_itimers_LDADD = $(VICTIM_LIBS)
test_victim_kinds_SOURCES = test/victim/kinds.c test/victim/victim.h
test_victim_kinds_LDADD = $(VICTIM_LIBS)
test_victim_layout_SOURCES = test/victim/layout.c test/victim/victim.h
test_victim_layout_LDADD = $(VICTIM_LIBS)
test_victim_leadergone_SOURCES = test/victim/leadergone.c test/victim/victim.h
test_victim_leadergone_LDADD = $(VICTIM_LIBS)
test_victim_manymaps_SOURCES = test/victim/manymaps.c test/victim/victim.h
test_victim_manymaps_LDADD = $(VICTIM_LIBS)
test_victim_mlocked_SOURCES = test/victim/mlocked.c test/victim/victim.h
test_victim_mlocked_LDADD = $(VICTIM_LIBS)
test_victim_mutex_SOURCES = test/victim/mutex.c test/victim/victim.h
test_victim_mutex_LDADD = $(VICTIM_LIBS)
test_victim_openfiles_SOURCES = test/victim/openfiles.c test/victim/victim.h
test_victim_openfiles_LDADD = $(VICTIM_LIBS)
test_victim_owner_SOURCES = test/victim/owner.c test/victim/victim.h
test_victim_owner_LDADD = $(VICTIM_LIBS)
test_victim_pipes_SOURCES = test/victim/pipes.c test/victim/victim.h
test_victim_pipes_LDADD = $(VICTIM_LIBS)
test_victim_pkey_SOURCES = test/victim/pkey.c test/victim/victim.h
test_victim_pkey_LDADD = $(VICTIM_LIBS)
test_victim_process_SOURCES = test/victim/process.c test/victim/victim.h
test_victim_process_LDADD = $(VICTIM_LIBS)
test_victim_prot_SOURCES = test/victim/prot.c test/victim/victim.h
test_victim_prot_LDADD = $(VICTIM_LIBS)
test_victim_raw_SOURCES = test/victim/raw.c test/victim/victim.h
test_victim_raw_LDADD = $(VICTIM_LIBS)
test_victim_rawthread_SOURCES = test/victim/rawthread.c test/victim/victim.h
test_victim_rawthread_LDADD = $(VICTIM_LIBS)
test_victim_registered_SOURCES = test/victim/registered.c test/victim/victim.h
test_victim_registered_LDADD = $(VICTIM_LIBS)
test_victim_regular_SOURCES = test/victim/regular.c test/victim/victim.h
test_victim_regular_LDADD = $(VICTIM_LIBS)
test_victim_reserve_SOURCES = test/victim/reserve.c test/victim/victim.h
test_victim_reserve_LDADD = $(VICTIM_LIBS)
test_victim_sched_SOURCES = test/victim/sched.c test/victim/victim.h
test_victim_sched_LDADD = $(VICTIM_LIBS)
test_victim_segbase_SOURCES = test/victim/segbase.c test/victim/victim.h
test_victim_segbase_LDADD = $(VICTIM_LIBS)
test_victim_self_SOURCES = test/victim/self.c test/victim/victim.h
test_victim_self_LDADD = $(VICTIM_LIBS)
test_victim_sharedanon_SOURCES = test/victim/sharedanon.c test/victim/victim.h
test_victim_sharedanon_LDADD = $(VICTIM_LIBS)
test_victim_sharedmap_SOURCES = test/victim/sharedmap.c test/victim/victim.h
test_victim_sharedmap_LDADD = $(VICTIM_LIBS)
test_victim_sigactions_SOURCES = test/victim/sigactions.c test/victim/victim.h
test_victim_sigactions_LDADD = $(VICTIM_LIBS)
test_victim_sigmask_SOURCES = test/victim/sigmask.c test/victim/victim.h
test_victim_sigmask_LDADD = $(VICTIM_LIBS)
test_victim_sigpending_SOURCES = test/victim/sigpending.c test/victim/victim.h
test_victim_sigpending_LDADD = $(VICTIM_LIBS)
test_victim_sigstorm_SOURCES = test/victim/sigstorm.c test/victim/victim.h
test_victim_sigstorm_LDADD = $(VICTIM_LIBS)
test_victim_stack_SOURCES = test/victim/stack.c test/victim/victim.h
test_victim_stack_LDADD = $(VICTIM_LIBS)
test_victim_storm_SOURCES = test/victim/storm.c test/victim/victim.h
test_victim_storm_LDADD = $(VICTIM_LIBS)
test_victim_sync_SOURCES = test/victim/sync.c test/victim/victim.h
test_victim_sync_LDADD = $(VICTIM_LIBS)
test_victim_threads_SOURCES = test/victim/threads.c test/victim/victim.h
test_victim_threads_LDADD = $(VICTIM_LIBS)
test_victim_timed_SOURCES = test/victim/timed.c test/victim/victim.h
test_victim_timed_LDADD = $(VICTIM_LIBS)
test_victim_tlsopen_SOURCES = test/victim/tlsopen.c test/victim/victim.h
test_victim_tlsopen_LDADD = $(VICTIM_LIBS)
test_victim_writer_SOURCES = test/victim/writer.c test/victim/victim.h
test_victim_writer_LDADD = $(VICTIM_LIBS)
test_victim_witness_SOURCES = test/victim/witness.c
test_victim_witness_LDADD = $(VICTIM_LIBS)
test_victim_cxx_SOURCES = test/victim/cxx.cc test/victim/victim.h
test_victim_cxx_LDADD = $(VICTIM_LIBS)
test_program_parallel_SOURCES = test/program/parallel.cc
test_program_parallel_CXXFLAGS = $(AM_CXXFLAGS) -O2 -fopenmp
test_victim_tlslib_so_SOURCES = test/victim/tlslib.c
test_victim_tlslib_so_CFLAGS = $(AM_CFLAGS) -fPIC
test_victim_tlslib_so_LDFLAGS = -shared

TESTS_T += \
	test/t1010-memory.t \
	test/t1015-cpu.t \
	test/t1020-threads.t \
	test/t1030-signals.t \
	test/t1040-blocked.t \
	test/t1050-files.t \
	test/t1060-pipes.t \
	test/t1070-misc.t \
	test/t1090-refused.t \
	test/t1320-namespace.t \
	test/t1330-foreground.t \
	test/t1340-terminal.t \
	test/t1350-refused-restart.t \
	test/t1352-restart-fails.t \
	test/t1480-kinds-root.t \
	test/t1481-kinds-user.t \
	test/t1210-python.t \
	test/t1211-numpy.t \
	test/t1220-perl.t \
	test/t1230-bc.t \
	test/t1240-xz.t \
	test/t1250-openmp.t \
	test/t1260-vdso.t \
	test/t1270-image.t \
	test/t1290-generations.t \
	test/t1400-files-written.t \
	test/t1410-files-policies.t \
	test/t1420-files-exact.t

dist_check_SCRIPTS += test/lib/chain test/lib/group test/lib/kinds test/lib/program test/lib/kstate-diff test/lib/pty-drive
EXTRA_DIST += test/lib/Run.pm test/lib/restart.sh test/lib/kstate.reasons test/victim/TABLE test/program/threads.py test/program/matrix.py \
	test/program/words.pl test/program/digits.bc

test_victim_image_SOURCES = test/victim/image.c test/victim/victim.h
test_victim_image_LDADD = $(VICTIM_LIBS)
