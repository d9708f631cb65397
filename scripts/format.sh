#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/format.sh: rewrite the C and C++ files, and those in Go where its tools are; scripts/format.sh --check: say where
# they would change.
set -u
cd "$(dirname "$0")/.." || exit 1
files=$(git ls-files '*.c' '*.h' '*.cc' '*.cpp' '*.hpp' | grep -v '^bench/raw/')
go_files=$(git ls-files '*.go')
PATH=$PATH:/usr/local/go/bin
command -v gofmt >/dev/null || go_files=
if [ "${1:-}" = --check ]; then
	# shellcheck disable=SC2086 # names without spaces
	clang-format-14 --dry-run --Werror $files || exit 1
	# shellcheck disable=SC2086 # names without spaces
	[ -z "$go_files" ] || [ -z "$(gofmt -l $go_files | tee /dev/stderr)" ]
else
	# shellcheck disable=SC2086 # names without spaces
	clang-format-14 -i $files
	# shellcheck disable=SC2086 # names without spaces
	[ -z "$go_files" ] || gofmt -w $go_files
fi
