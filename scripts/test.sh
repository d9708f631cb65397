#!/bin/sh
# SPDX-License-Identifier: MIT
# Every suite, or those named: scripts/test.sh [unit asan tsan valgrind interleave model style gate]
#
# Each suite appends "name passed failed skipped" to a table; the last line of the output sums it up
# as "N passed, N failed". A suite that cannot even be built counts as one failure.
set -u
cd "$(dirname "$0")/.." || exit 1
[ $# -gt 0 ] || set -- unit asan tsan valgrind interleave model style gate

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
table=$work/table
: >"$table"
began=$(date +%s)

# ThreadSanitizer of clang 14 wants the address space that older kernels gave; where we may, we ask
# for it.
plain_addresses=
setarch "$(uname -m)" -R true 2>/dev/null && plain_addresses="setarch $(uname -m) -R"

failed_to() {
	echo "test: $1: FAILED to $2" >&2
	echo "$1 0 1 0" >>"$table"
}

# meson_suite name dir "setup options" "meson test options" [units [unit tests to leave out]]
# units: no more than the unit tests is built.
meson_suite() {
	name=$1 dir=$2
	echo "=== $name"
	# shellcheck disable=SC2086 # options are words
	scripts/setup.sh "$dir" $3 || {
		failed_to "$name" configure
		return
	}
	targets=
	[ "${5:-}" != units ] || targets=$(ninja -C "$dir" -t targets all |
		sed -n 's|^\(tests/unit/[^:]*/test-[^:/]*\): .*LINKER.*|\1|p')
	# shellcheck disable=SC2086
	ninja -C "$dir" $targets >"$work/ninja" 2>&1 || {
		grep -v '^\[' "$work/ninja"
		failed_to "$name" build
		return
	}
	rm -f "$dir"/meson-logs/testlog*.json
	tests=
	if [ -n "${6:-}" ]; then
		tests=$(meson test -C "$dir" --no-rebuild --list 2>/dev/null | sed -n 's|^[^/]*:unit / ||p' |
			grep -v -E "$6")
	fi
	# shellcheck disable=SC2086
	$plain_addresses meson test -C "$dir" --no-rebuild --print-errorlogs $4 $tests >"$work/out" 2>&1
	sed -n '/^ *[0-9]*\/[0-9]* /p; /^――/,/^――/p' "$work/out"
	grep -q 'No suitable tests' "$work/out" && echo "test: $name: no tests in it"
	# With a wrapper, its name is in the name of the log.
	python3 scripts/count.py "$name" "$dir"/meson-logs/testlog*.json >>"$table"
}

# script_suite name command...: the command ends with "N passed, N failed[, N skipped]"
script_suite() {
	name=$1
	shift
	echo "=== $name"
	"$@" >"$work/out" 2>&1
	status=$?
	cat "$work/out"
	python3 scripts/count.py "$name" --status $status "$work/out" >>"$table"
}

for suite in "$@"; do
	suite_began=$(date +%s)
	case $suite in
	unit) meson_suite unit build "" "" ;;
	asan) (
		export CK_TIMEOUT_MULTIPLIER=4 UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
		# LeakSanitizer of gcc 12 now and then scans the thread-local block of a library that has been closed
		# (libdw) and dies of it; nothing of ours lies in such a block.
		export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1:intercept_tls_get_addr=0
		meson_suite asan build-asan "-Db_sanitize=address,undefined -Doptimization=1" \
			"--suite unit --suite programs -t 3"
	) ;;
	tsan) (
		export CC=clang CK_TIMEOUT_MULTIPLIER=6
		# At exit the others have 50 ms to be found racing, not a second.
		export TSAN_OPTIONS=second_deadlock_stack=1:halt_on_error=1:allow_addr2line=1:atexit_sleep_ms=50
		meson_suite tsan build-tsan "-Db_sanitize=thread -Db_lundef=false" \
			"--suite unit --suite programs -t 4"
	) ;;
	valgrind) (
		# Not the collector's own tests: memcheck has timers and signals of its own ideas.
		# With AKT_TEST_NIGHTLY=1 the longest too, which are in the other suites.
		export CK_TIMEOUT_MULTIPLIER=20
		# Nor what takes CPU profiles beside: signals do not fit on memcheck's first stack.
		left_out='^prof-|torture|debug-server'
		[ -n "${AKT_TEST_NIGHTLY:-}" ] ||
			left_out="$left_out|system-(misuse|limits|budget|driven)|mailbox-mixes|observe-follow"
		# Valgrind 3.19 does a "bts" of a register by way of the stack below the pointer, and seldom
		# takes that for an invalid write.
		plain_bits=
		[ "$(uname -m)" != x86_64 ] || plain_bits=-Dc_args=-mtune-ctrl=^use_bt
		meson_suite valgrind build-valgrind "-Dpassthrough=true -Dwerror=true $plain_bits" \
			"-t 10 --wrap $PWD/scripts/valgrind.sh" units "$left_out"
	) ;;
	interleave)
		meson_suite interleave build-interleave "-Dinterleave=true" "--suite interleave" \
			units
		;;
	model) script_suite model scripts/model.sh ;;
	style) script_suite style scripts/style.sh ;;
	gate) script_suite gate make --no-print-directory compare-gate ;;
	*)
		echo "test: no suite '$suite'" >&2
		exit 2
		;;
	esac
	echo "$suite $(($(date +%s) - suite_began))" >>"$work/seconds"
done

echo "=== summary ($(($(date +%s) - began)) s)"
awk 'NR == FNR { seconds[$1] = $2; next }
	{ printf "%-12s %5d passed %4d failed %4d skipped %6d s\n", $1, $2, $3, $4, seconds[$1] }' \
	"$work/seconds" "$table"
awk '{ p += $2; f += $3; s += $4 }
	END { printf "%d passed, %d failed%s\n", p, f, s ? ", " s " skipped" : ""; exit f > 0 }' "$table"
