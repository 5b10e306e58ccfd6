# SPDX-License-Identifier: BSD-3-Clause
# Bench.pm - what the measurements share: a private directory, programs under ckpt_launch, medians, bench/run's lines.
# It ends only processes that it started, by id.
package Bench;
use strict;
use warnings;
use Exporter 'import';
use File::Temp 'tempdir';
use POSIX ();
use Time::HiRes qw(sleep time);

our @EXPORT = qw($dir $bin median line run timed launch checkpoint status finish);

our $bin = $ENV{TOP_BUILDDIR} || die "TOP_BUILDDIR\n";
our $dir = tempdir('ckpt-bench.XXXXXX', DIR => $ENV{BENCH_DIR} || $ENV{TMPDIR} || '/tmp', CLEANUP => 1);
my %jobs;
my $count = 0;

delete $ENV{$_} for grep { /^CKPT_/ } keys %ENV;
$ENV{CKPT_RUNDIR} = "$dir/run";
$| = 1;
# Our caller's open files are none of the programs'.
POSIX::close($_) for grep { $_ > 2 } map { m{(\d+)$} } glob '/proc/self/fd/*';

END {
	my $status = $?;
	system "$bin/ckpt_command", '--job', $_, '--kill', '--quiet' for keys %jobs;
	$? = $status;
}

sub median {
	my @v = sort { $a <=> $b } @_;
	return $v[$#v / 2];
}

# NAME VALUE BOUND WHAT, as bench/run wants them.
sub line {
	my ($name, $value, $bound, $what) = @_;
	printf "%s %.3f %s %s\n", $name, $value, $bound, $what;
}

sub run {
	system @_;
	die "@_: status " . ($? >> 8) . "\n" if $?;
}

# Seconds that a command takes.
sub timed {
	my $start = time;
	run(@_);
	return time - $start;
}

# A program under ckpt_launch that makes the file READY: its job and process id.
sub launch {
	my ($options, @command) = @_;
	my $job = 'b' . ++$count;
	my $ready = "$dir/$job.ready";
	mkdir "$dir/$job";
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		open STDIN, '<', '/dev/null';
		exec "$bin/ckpt_launch", '--job', $job, '--ckptdir', "$dir/$job", @$options, @command, $ready;
		die "ckpt_launch: $!\n";
	}
	$jobs{$job} = $pid;
	sleep 0.01 until -e $ready;
	return ($job, $pid);
}

# Seconds that the command takes.
sub checkpoint {
	my ($job, @more) = @_;
	return timed("$bin/ckpt_command", '--job', $job, '--checkpoint', '--quiet', @more);
}

# A field of the job's status.
sub status {
	my ($job, $field) = @_;
	my $json = qx("$bin/ckpt_command" --job $job --status --json);
	return $json =~ /"$field": *"?([0-9.]+)/ ? $1 : die "no $field in $json";
}

sub finish {
	my ($job) = @_;
	run("$bin/ckpt_command", '--job', $job, '--kill', '--quiet');
	waitpid delete $jobs{$job}, 0;
}

1;
