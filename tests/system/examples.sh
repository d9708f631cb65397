#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: each example ends well and prints what its .txt says, and the README's program is
# examples/01-hello.c to the letter. Not: that the examples are good style.
set -u
build=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
passed=0 failed=0

check() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "examples: $1"
		failed=$((failed + 1))
	fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for source in "$root"/examples/[0-9]*.c; do
	name=$(basename "$source" .c)
	(cd "$work" && "$build/examples/$name") >"$work/out" 2>"$work/err" # some write files
	status=$?
	check "$name: exit status $status: $(cat "$work/err")" $status
	diff -u "$root/examples/$name.txt" "$work/out"
	check "$name: prints something else" $?
	[ "$(wc -l <"$source")" -le 100 ]
	check "$name: over 100 lines" $?
done

# Its printer has all the receipts when the sale is over, 1000 of them; 512 KiB are one sample.
"$build/akt" pprof -tags -sample_index=inuse_space "$work/sale_mem.prof" >"$work/out" 2>&1 &&
	grep -A2 '^ *owner:' "$work/out" | grep -q 'MB ([0-9. ]*%): printer-1$'
check "18-sections: the printer's mailbox is not the owner of the receipts: $(cat "$work/out")" $?

# The first C block of the README, whole.
awk '/^```c$/ { on = 1; next } /^```$/ { if (on) exit } on' "$root/README.md" |
	diff -u "$root/examples/01-hello.c" -
check "README.md: its program is not examples/01-hello.c" $?
[ "$(wc -l <"$root/examples/01-hello.c")" -lt 40 ]
check "01-hello.c: 40 lines or more" $?
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
