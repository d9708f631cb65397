#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: in real gdb, on a live process and on its core file, akt actors shows the tree, mailbox states
# and depths, and what is at work; references and mailboxes print in words; the script loads by itself
# with the shared library; what cannot be shown is said. Not: that a process stopped amid a push shows
# the right count.
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
victim=$build/tests/system/crash-victim
script=$root/scripts/gdb/akt-gdb.py
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset AKT_CRASH_DIR

skip() {
	echo "gdb: $1"
	echo '0 passed, 0 failed, 1 skipped'
	exit 0
}

says() { # pattern: a line of what gdb said
	if grep -Eq -- "$1" "$work/said"; then
		passed=$((passed + 1))
	else
		echo "gdb: $mode: no line like: $1"
		sed 's/^/    /' "$work/said"
		failed=$((failed + 1))
	fi
}

command -v gdb >/dev/null || skip 'gdb is not installed'
"$victim" sanitized && skip 'a sanitizer has its own threads and maps'
gdb -nx -batch -ex 'python print("py")' 2>/dev/null | grep -qx py || skip 'this gdb has no Python'
gdb -nx -batch -ex 'set confirm off' -ex 'break stop_here' -ex 'run pile' -ex 'kill' "$victim" \
	>"$work/said" 2>&1
grep -q '^Thread 1 .* hit Breakpoint 1' "$work/said" || skip 'gdb may not trace a process here'

shows_tree() {
	says '^system "akt" @[0-9a-f]+: 3 actors, 2 workers$'
	says '^  #[0-9]+\.1 mother "mother": IDLE$'
	says '^    #[0-9]+\.1 victim "daughter": IDLE$'
	says '^  #[0-9]+\.1 spinner "carousel": BUSY, 3 queued, at work on crash\.idle$'
	says '^\$1 = #[0-9]+\.1@[0-9a-f]+$'
	says '^\$2 = BUSY, 4 queued: crash\.idle, crash\.idle, crash\.idle, crash\.idle$'
	says '^\$3 = IDLE$'
	says '^\$4 = CLOSED$'
	says '^\$5 = nobody$'
}

# A box by itself does not know that its first message is at work.
cat >"$work/look" <<'EOF'
source SCRIPT
akt actors
print pile_ref
set $actors = (struct actors *)pile_system
print $actors->table.cells[pile_ref.slot].box
print $actors->table.cells[0].box
print $actors->table.cells[2].box
print nobody
EOF
sed -i "s|SCRIPT|$script|" "$work/look"

mode=live
gdb -nx -batch -ex 'set confirm off' -ex 'break stop_here' -ex 'run pile' -x "$work/look" \
	-ex 'akt actors pile_system' -ex "generate-core-file $work/core" -ex 'kill' "$victim" \
	>"$work/said" 2>&1
shows_tree
if [ "$(grep -c '^system "akt"' "$work/said")" -ne 2 ]; then
	echo 'gdb: a system that is given is not shown'
	failed=$((failed + 1))
fi

mode=core
gdb -nx -batch -x "$work/look" "$victim" "$work/core" >"$work/said" 2>&1
shows_tree

mode='no system'
gdb -nx -batch -ex "source $script" -ex 'akt actors' "$victim" >"$work/said" 2>&1
says '^no thread works for a system: name one'

mode='auto-load'
cp "$build/src/libakt.so.0.1.0" "$work/libakt.so.0.1.0"
cp "$script" "$work/libakt.so.0.1.0-gdb.py"
gdb -nx -batch -iex "add-auto-load-safe-path $work" -ex 'help akt actors' "$work/libakt.so.0.1.0" \
	>"$work/said" 2>&1
says '^akt actors \[SYSTEM\]: every actor below its parent'
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
