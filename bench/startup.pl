# SPDX-License-Identifier: BSD-3-Clause
# startup.pl - `ckpt_launch true` against `true`, in turn.
use strict;
use warnings;
use Bench;

my $rounds = ($ENV{BENCH_ROUNDS} || 5) * 10 + 1;
my $true = '/bin/true';
my ($job) = launch([], "$bin/bench/hog", 'nothing', 0);
my (@plain, @join, @new);
for (1 .. $rounds) {
	push @plain, timed($true) * 1000;
	push @join, timed("$bin/ckpt_launch", '--job', $job, '--join-coordinator', $true) * 1000;
	push @new, timed("$bin/ckpt_launch", '--job', "n$_", '--ckptdir', $dir, $true) * 1000;
}
line('launch_join', median(@join) - median(@plain), 3, sprintf 'ms more than %.2f ms, with a coordinator running', median(@plain));
line('launch_new', median(@new) - median(@plain), 10, sprintf 'ms more than %.2f ms, when it starts one', median(@plain));
