#!/bin/sh
# SPDX-License-Identifier: MIT
# Configures a build directory unless it is configured: scripts/setup.sh dir [meson options]
# Tests are built when the unit test library is there; `make demo` must not need it.
set -eu
cd "$(dirname "$0")/.."
dir=$1
shift
tests=false
pkg-config --exists check 2>/dev/null && tests=true
if [ ! -e "$dir/build.ninja" ]; then
	rm -rf "$dir"
	said=$(meson setup "$dir" "-Dtests=$tests" "$@" 2>&1) || {
		echo "$said"
		exit 1
	}
	echo "setup: $dir"
elif [ $tests = true ] && [ ! -e "$dir/meson-private/akt-tests" ]; then
	meson setup --reconfigure "$dir" -Dtests=true >/dev/null
fi
[ $tests = false ] || : >"$dir/meson-private/akt-tests"
