#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A restart that fails when the program's threads are there already: it says so and ends, and nothing is left.
. "${TOP_SRCDIR:-$(dirname "$0")/..}/test/lib/tap.sh"
. "$TOP_SRCDIR/test/lib/job.sh"
need_part ckpt_launch ckpt_command ckpt_coordinator ckpt_agent ckpt_restart libckpt.so
need_program "$PYTHON"

# A queued signal cannot be queued again where no signal may be; it comes after the threads.
cat >"$T/queued.py" <<'END'
import os, signal, sys, threading, time
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 3])
for i in range(5):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
os.kill(os.getpid(), signal.SIGRTMIN + 3)
open(sys.argv[1], "w").write("ready\n")
while not os.path.exists(sys.argv[2]):
    time.sleep(0.05)
END
start_job f "$T/img" -- "$PYTHON" "$T/queued.py" "$T/ready" "$T/stop" </dev/null >/dev/null 2>&1
wait_for 10 test -s "$T/ready"
"$COMMAND" --checkpoint --then-exit >"$T/said" 2>&1
is "$?" 0 "it is checkpointed and ended" || diag "$(cat "$T/said")"
touch "$T/stop"
(
	ulimit -i 0
	timeout -s KILL 30 "$BIN/ckpt_restart" --pids virtual "$T/img"
) >"$T/said" 2>&1
status=$?
if [ "$status" = 0 ]; then
	skip "the restart fails" "a limit that was lowered can be raised again here"
else
	is "$status" 65 "the restart ends, with its own status"
	like "$(cat "$T/said")" "*pending signal*(nothing was started)*" "and says why"
fi
done_testing
