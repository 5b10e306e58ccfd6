# SPDX-License-Identifier: BSD-3-Clause
# checkpoint.pl - writing, pause, size and restart of 1 GB of random memory, each in turn with what it is measured against;
# the same of small programs, and of many threads, mappings and descriptors.  BENCH_ROUNDS: how many turns (5).
use strict;
use warnings;
use Bench;

my $rounds = $ENV{BENCH_ROUNDS} || 5;
my $mib = $ENV{BENCH_MIB} || 1024;
my $hog = "$bin/bench/hog";

sub image {
	my ($job) = @_;
	return (sort glob "$dir/$job/ckpt_*.img")[-1];
}

sub size {
	my ($job) = @_;
	return -s image($job);
}

sub plain {
	my ($verb, $file) = @_;
	my $s = qx("$hog" $verb $mib "$file");
	unlink $file if $verb eq 'write';
	return $s;
}

# Writing, and the pause of each snapshot, against the same large writes and fsync.
sub writing {
	my ($fork) = launch(['--snapshot=fork'], $hog, 'memory', $mib);
	my ($copy) = launch(['--snapshot=copy'], $hog, 'memory', $mib);
	my (@write, @checkpoint, @pause_fork, @pause_copy, @ratio);
	for (0 .. $rounds) { # the first one warms up
		my $w = plain('write', "$dir/plain");
		my $c = checkpoint($fork);
		my $p = status($fork, 'pause_us');
		checkpoint($copy);
		my $q = status($copy, 'pause_us');
		next if !$_;
		push @write, $w;
		push @checkpoint, $c;
		push @ratio, $c / $w;
		push @pause_fork, $p / 1000;
		push @pause_copy, $q / 1000;
	}
	line('write_1g', median(@ratio), 1.25, sprintf 'of write and fsync: %.2f s against %.2f s', median(@checkpoint),
		median(@write));
	line('pause_fork_1g', median(@pause_fork) / median(@pause_copy), 0.1,
		sprintf 'of the pause with copy: %.1f ms against %.1f ms', median(@pause_fork), median(@pause_copy));
	my $bytes = $mib << 20;
	line('image_1g', (size($fork) - $bytes) / 1e6, $bytes * 0.01 / 1e6 + 1, 'MB more than the bytes that count');
	finish($copy);
	return $fork;
}

# Restart of an image, until the program runs, against reading the same bytes into fresh memory.
sub restart {
	my ($job) = @_;
	my $image = image($job);
	my (@restart, @read, @ratio);
	finish($job);
	for (0 .. $rounds) {
		my $r = plain('read', $image);
		my $s = timed("$bin/ckpt_restart", '--quiet', '--detach', $image);
		run("$bin/ckpt_command", '--job', $job, '--kill', '--quiet');
		next if !$_;
		push @read, $r;
		push @restart, $s;
		push @ratio, $s / $r;
	}
	return (median(@restart), median(@read), median(@ratio));
}

sub small {
	my ($name, $what, $n, $text) = @_;
	my ($job) = launch([], $hog, $what, $n);
	my (@checkpoint, @pause);
	for (0 .. $rounds) {
		my $c = checkpoint($job);
		next if !$_;
		push @checkpoint, $c * 1000;
		push @pause, status($job, 'pause_us') / 1000;
	}
	my $size = size($job);
	my ($restart) = $name =~ /threads|descriptors|mappings|16m|trivial/ ? restart($job) : ();
	line("$name" . '_checkpoint', median(@checkpoint), '-', "ms: a checkpoint of $text");
	line("$name" . '_pause', median(@pause), '-', 'ms: its pause');
	line("$name" . '_restart', $restart * 1000, '-', 'ms: its restart');
	line("$name" . '_image', $size / 1e6, $name eq 'trivial' ? 1 : '-', 'MB: its image');
}

my $job = writing();
my ($restart, $read, $ratio) = restart($job);
line('restart_1g', $ratio, 1.2, sprintf 'of reading into fresh memory: %.2f s against %.2f s', $restart, $read);
small('trivial', 'nothing', 0, 'a program that only waits');
small('m16m', 'memory', 16, '16 MB of random memory');
small('threads_1000', 'threads', 1000, '1,000 threads');
small('mappings_20000', 'maps', 20000, '20,000 mappings');
# A restart makes descriptors behind the saved numbers first.
my ($hard) = qx(sh -c 'ulimit -Hn') =~ /(\d+)/;
my $files = defined $hard && $hard < 20100 ? int($hard / 2) - 100 : 10000;
small("descriptors_$files", 'files', $files, "$files descriptors");
