#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: akt names its commands, becomes the program of one wherever the tree was moved, passes
# arguments and exit status on, and says which command or program is missing. Not: the commands.
set -u
build=$(cd "$1" && pwd)
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# case what exit-status pattern program arguments...: the pattern is in what it printed
try() {
	what=$1 wanted=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>&1 </dev/null
	status=$?
	if [ $status -eq "$wanted" ] && grep -Eq -- "$pattern" "$work/out"; then
		passed=$((passed + 1))
	else
		echo "akt_command: $what: exit status $status, want $wanted and: $pattern"
		sed 's/^/    /' "$work/out"
		failed=$((failed + 1))
	fi
}

try 'no command is wrong use' 2 '^usage: akt' "$build/akt"
try 'help names the commands' 0 '^  bench ' "$build/akt" help
try 'two dashes will do' 0 '^  pprof ' "$build/akt" --help
try 'version' 0 '^akt [0-9]+\.[0-9]+\.[0-9]+$' "$build/akt" version
try 'an unknown command' 2 '^akt: no such command: bonch$' "$build/akt" bonch
try 'the list follows' 2 '^  bench ' "$build/akt" bonch
try 'help of a command' 0 '^usage: akt bench' "$build/akt" help bench
try 'help of an unknown command' 2 '^akt: no such command: bonch$' "$build/akt" help bonch
try 'the status of a command' 2 'which benchmarks' "$build/akt" bench

# Installed: the programs lie in libexec/akt of the same prefix.
mkdir -p "$work/prefix/bin" "$work/prefix/libexec/akt"
cp "$build/akt" "$work/prefix/bin/akt"
# shellcheck disable=SC2016 # for the program to expand
printf '#!/bin/sh\necho "$# $1 $2"\nexit 7\n' >"$work/prefix/libexec/akt/akt-demo"
chmod +x "$work/prefix/libexec/akt/akt-demo"
try 'a program in libexec' 7 '^2 a b  c$' "$work/prefix/bin/akt" demo a 'b  c'
mv "$work/prefix" "$work/moved"
try 'the prefix was moved' 7 '^1 x' "$work/moved/bin/akt" demo x
ln -s "$work/moved/bin/akt" "$work/link"
try 'called by a link' 7 '^1 y' "$work/link" demo y
cp "$(command -v sh)" "$work/moved/libexec/akt/akt-demo"
# shellcheck disable=SC2016 # for the program to expand
try 'a program by its own name' 0 '/libexec/akt/akt-demo$' "$work/moved/bin/akt" demo -c 'echo $0'
rm "$work/moved/libexec/akt/akt-demo"
if [ ! -e "$(dirname "$(command -v akt || echo /usr/local/bin/akt)")/../libexec/akt/akt-demo" ]; then
	try 'a program is missing' 127 'akt-demo is neither' "$work/moved/bin/akt" demo
fi
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
