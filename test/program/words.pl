#!/usr/bin/perl
# SPDX-License-Identifier: BSD-3-Clause
# words.pl ROUNDS - perl: hashes, sorting, regular expressions and big strings that grow, a line a round.
use strict;
use warnings;
use Digest::MD5 'md5_hex';

my $rounds = shift // 700;
my ($x, %count, @kept, $text) = (12345, ());
$text = '';
$| = 1;
for my $n (1 .. $rounds) {
	for (1 .. 4000) {
		$x = ($x * 1103515245 + 12345) & 0x7fffffff;
		my $word = sprintf '%x', $x >> 12;
		$count{substr $word, 0, 3}++;
		$text .= $word if $word =~ /^(.)(.).*\1\2$/;
	}
	my @top = (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 9];
	push @kept, md5_hex("@top" . $text);
	print "$n $kept[-1] @top ", length $text, "\n";
}
print 'end ', md5_hex(join ',', @kept), "\n";
