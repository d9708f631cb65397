#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/format.sh: rewrite the C files; scripts/format.sh --check: say where they would change.
set -u
cd "$(dirname "$0")/.." || exit 1
files=$(git ls-files '*.c' '*.h' '*.cc' | grep -v '^bench/raw/')
if [ "${1:-}" = --check ]; then
	# shellcheck disable=SC2086 # names without spaces
	clang-format-14 --dry-run --Werror $files
else
	# shellcheck disable=SC2086 # names without spaces
	clang-format-14 -i $files
fi
