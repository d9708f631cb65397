#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: for each test that fails, by an assertion, a crash or a time-out, a program of the unit
# tests prints a command that fails in the same way, with that test and that seed alone; and that
# thousands of seeds leave no line in a log.
set -u
victim=$1
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CK_TIMEOUT_MULTIPLIER=1
unset AKT_SEED AKT_TEST_SEEDS AKT_TEST_FIRST_SEED AKT_TEST_NAME

check() {
	name=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
	else
		echo "replay: $name"
		cat "$work/out"
		failed=$((failed + 1))
	fi
}
has() {
	grep -q -e "$1" "$work/out"
}

AKT_TEST_SEEDS=5000 "$victim" >"$work/out" 2>&1
check "eight tests, four of which fail" has ': Checks: 8, Failures: 2, Errors: 2'
check "four commands" test "$(grep -c '^replay: ' "$work/out")" -eq 4
check "no line per seed" test "$(wc -l <"$work/out")" -lt 20
sed -n 's/^replay: //p' "$work/out" >"$work/commands"

# replay pattern what-it-says: the command with that pattern
replay() {
	command=$(grep "$1" "$work/commands")
	check "a command for $1" test -n "$command"
	sh -c "$command" >"$work/out" 2>&1
	check "$1: the command fails" test $? -ne 0
	sed -n 's/^replay: //p' "$work/out" >"$work/again"
	check "$1: of one test" has ': Checks: 1, '
	check "$1: in the same way" has "$2"
	check "$1: and says the same command" grep -q "$1" "$work/again"
}

replay 'AKT_SEED=17 AKT_TEST_NAME=an_assertion_fails:1 ' 'test_seed() == 17, '
replay 'AKT_SEED=5 AKT_TEST_NAME=a_crash:0 .*replay.c:[0-9]' 'Received signal 6'
replay 'AKT_SEED=3 AKT_TEST_NAME=a_hang:0 ' 'Test timeout expired'
replay '^AKT_TEST_NAME=no_seed_at_all:0 ' "'getpid() == 0' failed"

AKT_TEST_NAME=nothing_fails "$victim" >"$work/out" 2>&1
check "one test alone" test $? -eq 0
check "one test alone is one" has '100%: Checks: 1'
AKT_TEST_NAME=an_assertion_fails "$victim" >"$work/out" 2>&1
check "a test in a loop is all of its rounds" has ': Checks: 3, Failures: 1'
# The seeds 9 to 18, and 18 to 27, of the tests that fail under 17 and 5.
AKT_TEST_FIRST_SEED=9 AKT_TEST_SEEDS=10 AKT_TEST_NAME=an_assertion_fails:1 "$victim" >"$work/out" 2>&1
check "seeds from another on" has 'AKT_SEED=17 '
AKT_TEST_FIRST_SEED=18 AKT_TEST_SEEDS=10 AKT_TEST_NAME=an_assertion_fails:1 "$victim" >"$work/out" 2>&1
check "none of those before" test $? -eq 0
AKT_TEST_FIRST_SEED=6 AKT_TEST_SEEDS=10 AKT_TEST_NAME=a_crash "$victim" >"$work/out" 2>&1
check "none before in a loop" test $? -eq 0
AKT_TEST_FIRST_SEED=5 AKT_TEST_SEEDS=1 AKT_TEST_NAME=a_crash "$victim" >"$work/out" 2>&1
check "the first in a loop" has 'AKT_SEED=5 '

echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
