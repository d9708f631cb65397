#!/bin/sh
# SPDX-License-Identifier: MIT
# CAF as a peer of akt: run.sh build|version DIR | bench DIR -bench=REGEXP -cpu=N -benchtime=Nx
# Exit status 77: the compiler or the library is not here.
set -u
here=$(dirname "$0")
. "$here/../peer.sh"
dir=${2:-}

peer_build() {
	command -v g++ >/dev/null 2>&1 || {
		echo "caf: g++ is not here" >&2
		exit 77
	}
	echo '#include <caf/atom.hpp>' | g++ -std=c++17 -fsyntax-only -x c++ - 2>/dev/null || {
		echo "caf: the headers of CAF 0.17 are not here (Debian: libcaf-dev)" >&2
		exit 77
	}
	mkdir -p "$dir" || exit 1
	g++ -std=c++17 -O3 -DNDEBUG -Wall -Wextra "$here"/*.cpp -o "$dir/caf-bench" -lcaf_core -pthread
}

peer_names() { "$dir/caf-bench" -list; }
peer_run() { "$dir/caf-bench" "$@"; }
peer_version() { "$dir/caf-bench" -version; }

peer_main caf "$@"
