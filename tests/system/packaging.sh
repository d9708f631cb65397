#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: what `meson install` puts down is enough to build and run tiny/ with pkg-config (shared
# and archive) and with CMake (both), in C and C++, also after the prefix was moved; and that the
# library exports akt_* only, has its soname, no RPATH, and is hardened. Not: distribution packages.
set -u
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

check() {
	what=$1
	shift
	if "$@" >"$work/out" 2>&1; then
		passed=$((passed + 1))
	else
		echo "packaging: $what"
		sed 's/^/    /' "$work/out"
		failed=$((failed + 1))
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
}

if ! DESTDIR=$work/dest meson install -C "$build" --no-rebuild >"$work/out" 2>&1; then
	cat "$work/out"
	failed=1
	finish
fi
header=$(find "$work/dest" -name akt.h)
# The prefix as it was configured, then another place: nothing may remember the first one.
installed=${header%/include/akt/akt.h}
prefix=$work/moved
mv "$installed" "$prefix"
so=$(find "$prefix" -name 'libakt.so.*.*.*' ! -name '*.py')
libdir=$(dirname "$so")

only_akt_symbols() {
	! nm -D --defined-only "$so" | awk '{ print $3 }' | grep -v -E '^(akt_[a-z0-9_]+(@@AKT_0)?|AKT_0)$'
}
archive_prefix() {
	# A static link sees every global: all begin with akt_ or akti_. But for the one that each file with
	# probes has, weak, hidden and merged, by which their addresses are relative.
	! nm -g --defined-only "$libdir/libakt.a" 2>/dev/null | awk 'NF == 3 { print $3 }' |
		grep -v -E '^(akti?_|_\.stapsdt\.base$)'
}
soname() { readelf -d "$so" | grep -q 'SONAME.*\[libakt\.so\.0\]'; }
no_rpath() { ! readelf -d "$1" | grep -E 'RPATH|RUNPATH'; }
hardened() {
	readelf -l "$1" | grep -q GNU_RELRO && readelf -d "$1" | grep -q -E 'BIND_NOW|NOW' &&
		readelf -lW "$1" | grep GNU_STACK | grep -qv RWE
}
no_build_paths() {
	! grep -rIl -F -e "$root" "$prefix" &&
		! strings -a "$so" | grep -F "$root" | grep -v -F "..$root"
}

check 'exports something else than akt_*' only_akt_symbols
check 'the archive has globals outside akt_ and akti_' archive_prefix
check 'soname is not libakt.so.0' soname
check 'the library has a run path' no_rpath "$so"
check 'the library is not hardened' hardened "$so"
check 'installed files name the build tree' no_build_paths
for file in "$prefix"/bin/* "$prefix"/libexec/akt/* "$prefix"/lib*/akt/*; do
	[ -x "$file" ] && [ ! -d "$file" ] || continue
	check "$file has a run path" no_rpath "$file"
	check "$file is not hardened" hardened "$file"
done
if [ -x "$prefix/bin/akt" ]; then
	check 'akt version does not run' env LD_LIBRARY_PATH="$libdir" "$prefix/bin/akt" version
	check 'akt pprof does not run' env LD_LIBRARY_PATH="$libdir" "$prefix/bin/akt" pprof -h
fi

export PKG_CONFIG_PATH="$libdir/pkgconfig"
unset CFLAGS LDFLAGS
printf 'one two two\nthree three three antidisestablishmentarianism\n' >"$work/text"
printf '3 three\n2 two\n' >"$work/want"
runs() {
	LD_LIBRARY_PATH="$libdir" "$@" -n 2 <"$work/text" >"$work/got" && diff "$work/want" "$work/got"
}
cp -r "$root/tiny" "$work/tiny"
check 'tiny: make with the shared library' make -C "$work/tiny" tally
check 'tiny: run with the shared library' runs "$work/tiny/tally"
check 'tiny: make with the archive' make -C "$work/tiny" tally-static
check 'tiny: run with the archive' runs "$work/tiny/tally-static"
needs() { ldd "$1" | grep -q libakt; }
needs_not() { ! needs "$1"; }
check 'tiny: the shared one does not use the library' needs "$work/tiny/tally"
check 'tiny: the static one uses the library' needs_not "$work/tiny/tally-static"

# A program that finds its own leak, built from what is installed.
leaks() {
	leaky=$1
	shift
	rm -f "$work"/leak_mem.prof
	(cd "$work" && LD_LIBRARY_PATH="$libdir" "$leaky") &&
		LD_LIBRARY_PATH="$libdir" "$prefix/bin/akt" pprof -traces -sample_index=inuse_space \
			"$work/leak_mem.prof" >"$work/leak" && grep -q 'planted' "$work/leak" &&
		grep -q 'kind: *malloc' "$work/leak" || { cat "$work/leak"; false; }
}
cp "$root/tests/system/leaky.c" "$work/leaky.c"
# shellcheck disable=SC2046
check 'akt-heap: build with the shared library' cc -g -O1 -o "$work/leaky" "$work/leaky.c" \
	$(pkg-config --cflags --libs akt-heap)
check 'akt-heap: the leak is not found' leaks "$work/leaky"
# shellcheck disable=SC2046
check 'akt-heap: build with the archive' cc -g -O1 -o "$work/leaky-static" "$work/leaky.c" \
	$(pkg-config --cflags --libs --static akt-heap | sed 's/-lakt\( \|$\)/-l:libakt.a\1/g')
check 'akt-heap: the leak is not found with the archive' leaks "$work/leaky-static"

if command -v cmake >/dev/null; then
	mkdir "$work/leak.cmake"
	cp "$work/leaky.c" "$work/leak.cmake/"
	printf 'cmake_minimum_required(VERSION 3.13)\nproject(x C)\nset(CMAKE_BUILD_TYPE Debug)\n' \
		>"$work/leak.cmake/CMakeLists.txt"
	printf 'find_package(akt REQUIRED)\nadd_executable(leaky leaky.c)\ntarget_link_libraries(leaky akt::heap akt::akt)\n' \
		>>"$work/leak.cmake/CMakeLists.txt"
	check 'akt-heap: cmake' cmake -S "$work/leak.cmake" -B "$work/leak.cmake/b" \
		-DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
	check 'akt-heap: cmake --build' cmake --build "$work/leak.cmake/b"
	check 'akt-heap: the leak is not found from cmake' leaks "$work/leak.cmake/b/leaky"
	check 'tiny: cmake' cmake -S "$work/tiny" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$prefix" \
		-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF
	check 'tiny: cmake --build' cmake --build "$work/cmake"
	check 'tiny: run from cmake, shared' runs "$work/cmake/tally"
	check 'tiny: run from cmake, static' runs "$work/cmake/tally-static"
	printf 'cmake_minimum_required(VERSION 3.13)\nproject(x C)\nfind_package(akt 9.0 REQUIRED)\n' \
		>"$work/CMakeLists.txt"
	old_enough() { ! cmake -S "$work" -B "$work/cmake9" -DCMAKE_PREFIX_PATH="$prefix"; }
	check 'cmake takes a version it should refuse' old_enough
fi
if command -v g++ >/dev/null; then
	# shellcheck disable=SC2046
	check 'a C++17 program does not build' g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror \
		-o "$work/cxx" "$root/tests/system/cxx.cc" $(pkg-config --cflags --libs akt)
	check 'a C++17 program does not run' env LD_LIBRARY_PATH="$libdir" "$work/cxx"
fi
check 'man pages are missing' test -e "$prefix/share/man/man3/akt.3"
finish
