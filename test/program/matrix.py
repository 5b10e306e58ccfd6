# SPDX-License-Identifier: BSD-3-Clause
# matrix.py ROUNDS - numpy: products of matrices by its threaded library, a digest a round.
import hashlib
import sys

import numpy

rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 45
random = numpy.random.default_rng(20240229)
a = random.standard_normal((500, 500))
b = random.standard_normal((500, 500))
for n in range(rounds):
    c = a @ b
    c /= numpy.abs(c).max()
    a, b = b, c + 0.01 * random.standard_normal((500, 500))
    print(n, hashlib.sha1(numpy.ascontiguousarray(b).tobytes()).hexdigest(), float(b.sum()), flush=True)
print("end", float(numpy.linalg.norm(a)), random.integers(1 << 60))
