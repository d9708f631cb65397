#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/format.sh: rewrite the C files; scripts/format.sh --check: name those that would change.
set -u
cd "$(dirname "$0")/.." || exit 1
files=$(git ls-files '*.c' '*.h' '*.cc' | grep -v '^bench/raw/')
if [ "${1:-}" = --check ]; then
	bad=0
	for file in $files; do
		lines=$(clang-format-14 "$file" | diff "$file" - | grep -c '^>')
		if [ "$lines" -gt 0 ]; then
			echo "$file: $lines lines differ"
			bad=$((bad + 1))
		fi
	done
	[ $bad -eq 0 ]
else
	# shellcheck disable=SC2086 # names without spaces
	clang-format-14 -i $files
fi
