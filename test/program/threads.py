# SPDX-License-Identifier: BSD-3-Clause
# threads.py ROUNDS - python threads and hashlib: a chain of digests in each of four threads, a line a round.
import hashlib
import queue
import sys
import threading

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 120
work, done = queue.Queue(), queue.Queue()


def worker():
    while True:
        item = work.get()
        if item is None:
            return
        index, data = item
        for _ in range(40):
            data = hashlib.sha256(data * 3000).digest()
        done.put((index, data))


threads = [threading.Thread(target=worker, name=f"worker {i}") for i in range(4)]
for t in threads:
    t.start()
state = {i: bytes([i]) * 32 for i in range(8)}
history = []
for n in range(rounds):
    for i, data in state.items():
        work.put((i, data))
    state.update(done.get() for _ in range(8))
    history.append(hashlib.md5(b"".join(state[i] for i in range(8))).hexdigest())
    print(n, history[-1], len(set(history)), flush=n % 3 == 0)
for _ in threads:
    work.put(None)
for t in threads:
    t.join()
print("end", hashlib.sha512("".join(history).encode()).hexdigest())
