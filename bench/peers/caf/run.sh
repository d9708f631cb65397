#!/bin/sh
# SPDX-License-Identifier: MIT
# CAF as a peer of akt: run.sh build|version DIR | bench DIR -bench=REGEXP -cpu=N -benchtime=Nx
# Exit status 77: the compiler or the library is not here.
set -u
here=$(dirname "$0")
command=${1:-} dir=${2:-}
[ -n "$dir" ] || {
	echo "usage: run.sh build|version DIR | bench DIR -bench=REGEXP -cpu=N -benchtime=Nx" >&2
	exit 2
}
shift 2

build() {
	command -v g++ >/dev/null 2>&1 || {
		echo "caf: g++ is not here" >&2
		exit 77
	}
	echo '#include <caf/all.hpp>' | g++ -std=c++17 -fsyntax-only -w -x c++ - 2>/dev/null || {
		echo "caf: the headers are not here (Debian: libcaf-dev)" >&2
		exit 77
	}
	mkdir -p "$dir" || exit 1
	objects=
	for source in "$here"/*.cpp; do
		object=$dir/$(basename "$source" .cpp).o
		g++ -std=c++17 -O3 -DNDEBUG -Wall -Wextra -c "$source" -o "$object" || exit 1
		objects="$objects $object"
	done
	# shellcheck disable=SC2086 # a list of words
	g++ $objects -o "$dir/caf-bench" -lcaf_core -pthread || exit 1
}

case $command in
build) build ;;
bench) exec "$dir/caf-bench" "$@" ;;
version) exec "$dir/caf-bench" -version ;;
*)
	echo "run.sh: unknown command $command" >&2
	exit 2
	;;
esac
