# SPDX-License-Identifier: BSD-3-Clause
# Run.pm - what the runners in test/lib share: TAP lines, a private directory, commands as the chosen user with a time
# limit, and who descends from whom.  It ends only processes that it started, by id.
package Run;
use strict;
use warnings;
use Cwd 'abs_path';
use Exporter 'import';
use File::Basename;
use File::Temp 'tempdir';
use POSIX ':sys_wait_h';
use Time::HiRes qw(sleep time);

our @EXPORT = qw(fresh skip_or_fail %o $dir $lib $top $helpers $LIMIT begin diag check done skip_all slurp start finish status_text command
	ckpt_command children program_of lives_on);

our $lib = dirname(abs_path(__FILE__));
our $top = $ENV{CKPT_TEST_BIN} || $ENV{TOP_BUILDDIR} || abs_path("$lib/../..");
our $helpers = $ENV{TOP_BUILDDIR} || abs_path("$lib/../..");
our $LIMIT = 120;
our %o = (as => $< ? 'user' : 'root', pids => 'auto', seed => $ENV{CKPT_TEST_SEED});
our $dir;
my ($tests, $failed, $uid, %owned, @as) = (0, 0);

# Called first, with the arguments as they came: the outermost process is the reaper, so that whatever happens in
# here ends in time and nothing outlives it.  Then the private directory, for the chosen user.
sub begin {
	my ($limit, @argv) = @_;
	$uid = $< ? $< : ($ENV{CKPT_TEST_UID} || 64321);
	$o{seed} //= int(rand(1 << 31));
	if (!$ENV{CKPT_TEST_REAPED}) {
		$ENV{CKPT_TEST_REAPED} = 1;
		exec "$helpers/test/lib/reaper", '-t', $limit, '-g', 5, $^X, $0, '--seed', $o{seed}, @argv;
		die "reaper: $!\n";
	}
	$| = 1;
	skip_all('root only') if $o{as} eq 'root' && $<;
	srand $o{seed};
	@as = ('setpriv', '--reuid', $uid, '--regid', $uid, '--clear-groups', '--inh-caps=-all', '--bounding-set=-all', '--')
		if !$< && $o{as} ne 'root';
	$uid = 0 if !$< && !@as;
	skip_or_fail("$top is closed to user $uid: build where others may read") if @as && system @as, 'test', '-x', "$top/ckpt_launch";
	$dir = tempdir('ckpt-test.XXXXXX', TMPDIR => 1);
	chmod 0755, $dir;
	fresh();
}

# Empty directories for images and for the coordinator.
sub fresh {
	system 'rm', '-rf', '--', "$dir/run", "$dir/img";
	mkdir "$dir/$_", 0700 for qw(run img);
	chown $uid, $uid, $dir, "$dir/run", "$dir/img";
}

END {
	my $status = $?;
	kill 'KILL', keys %owned if %owned;
	system 'rm', '-rf', '--', $dir if $dir && -d $dir && !($o{keep} && $failed);
	$? = $status;
}

sub diag {
	print map { "# $_\n" } map { split /\n/ } @_;
}

# One TAP line; the first failure is the last line.
sub check {
	my ($ok, $text, @why) = @_;
	$tests++;
	print $ok ? '' : 'not ', "ok $tests - $text\n";
	return 1 if $ok;
	$failed++;
	diag(@why, map { "$_: " . slurp($_) } grep { -s $_ } glob "$dir/*.err");
	diag("seed $o{seed}");
	diag("kept: $dir") if $o{keep};
	done();
}

sub done {
	print "1..$tests\n";
	exit($failed ? 1 : 0);
}

sub skip_all {
	print "1..0 # SKIP $_[0]\n";
	exit 0;
}

# What people may lack and CI may not.
sub skip_or_fail {
	skip_all($_[0]) if ($ENV{CI} // '') ne 'true';
	print "not ok 1 - $_[0] (CI=true allows no skip)\n1..1\n";
	exit 1;
}

sub slurp {
	open my $f, '<:raw', $_[0] or return '';
	local $/;
	return <$f> // '';
}

# Start a command as the chosen user: stdout appended to $dir/NAME.out (or as the code given says), stderr to $dir/NAME.err.
sub start {
	my ($name, @command) = @_;
	my $redirect = ref $command[0] ? shift @command : sub { open STDOUT, '>>', "$dir/$name.out" };
	my $pid = fork // die "fork: $!\n";
	if (!$pid) {
		delete $ENV{$_} for grep { /^(CKPT_|LD_PRELOAD$)/ } keys %ENV;
		@ENV{qw(CKPT_RUNDIR HOME LC_ALL)} = ("$dir/run", $dir, 'C');
		chdir $dir;
		open STDIN, '<', '/dev/null';
		$redirect->();
		open STDERR, '>>', "$dir/$name.err";
		chown $uid, $uid, grep { -e } "$dir/$name.out", "$dir/$name.err"; # a restart opens them as the user
		setpgrp;
		POSIX::close($_) for grep { $_ > 2 } map { basename($_) } glob '/proc/self/fd/*'; # the caller's are not ours
		exec { ($as[0] // $command[0]) } @as, @command or print STDERR "$command[0]: $!\n";
		POSIX::_exit(127);
	}
	$owned{$pid} = 1;
	return $pid;
}

# The command's wait status, or undef when it has not ended in time.
sub finish {
	my ($pid, $seconds) = @_;
	my $until = time + $seconds;
	while (1) {
		my $got = waitpid $pid, WNOHANG;
		if ($got == $pid) {
			delete $owned{$pid};
			return $?;
		}
		return undef if $got < 0 || time > $until;
		sleep 0.005;
	}
}

sub status_text {
	my $s = shift;
	return !defined $s ? 'it hangs' : $s & 127 ? 'killed by signal ' . ($s & 127) : 'status ' . ($s >> 8);
}

# Run one of our commands to its end: (status, what it said).
sub command {
	my ($name, @command) = @_;
	unlink "$dir/$name.out", "$dir/$name.err";
	my $pid = start($name, @command);
	my $status = finish($pid, $LIMIT);
	kill 'KILL', $pid unless defined $status;
	return ($status, slurp("$dir/$name.out") . slurp("$dir/$name.err"));
}

sub ckpt_command {
	return command('command', "$top/ckpt_command", '--ckptdir', "$dir/img", @_);
}

sub children {
	my %tree;
	for my $stat (glob '/proc/[0-9]*/stat') {
		next unless slurp($stat) =~ /^(\d+) \(.*\) (\S) (\d+)/s;
		my ($pid, $state, $parent) = ($1, $2, $3);
		# A leader that has exited while others live is a zombie and a process.
		push @{$tree{$parent}}, $pid if $state ne 'Z' || (() = glob "/proc/$pid/task/*") > 1;
	}
	return \%tree;
}

# The program's own process: of $pid and its descendants the first that runs the file $program.
sub program_of {
	my ($pid, $program) = @_;
	my $tree = children();
	my @todo = ($pid);
	while (defined(my $p = shift @todo)) {
		# By its threads: a leader that has exited shows nothing.
		for my $task (glob "/proc/$p/task/*") {
			my $exe = readlink("$task/exe") // '';
			return $p if $exe eq $program || $exe eq "$program (deleted)";
		}
		push @todo, sort { $a <=> $b } @{$tree->{$p} // []};
	}
	return (sort { $a <=> $b } @{$tree->{$pid} // []})[0] // $pid;
}

# True when the process that start() gave has not ended.
sub lives_on {
	my ($pid) = @_;
	return 1 if waitpid($pid, WNOHANG) == 0;
	delete $owned{$pid};
	return 0;
}

1;
