#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs what a target needs and nothing else: scripts/deps.sh demo|test|arm64|compare [--dry-run]
#
# A package counts as there when what we use of it is there, wherever it came from; so a machine
# that has everything sees no call of apt, and needs neither a network nor root. On Debian and its
# kin the rest is installed with apt-get; elsewhere it is named, and the exit status is 1.
set -u

# package  probe (cmd: a command, pc: a pkg-config module, lib: a shared library, file: a path)
demo_list='
gcc             cmd:gcc
libc6-dev       file:/usr/include/stdio.h
make            cmd:make
meson           cmd:meson
ninja-build     cmd:ninja
pkg-config      cmd:pkg-config
zlib1g-dev      pc:zlib
libdw-dev       pc:libdw
libpcre2-dev    pc:libpcre2-8
libedit-dev     pc:libedit
libcurl4-openssl-dev pc:libcurl
libncurses-dev  pc:ncursesw
libjansson-dev  pc:jansson
graphviz        cmd:dot
'
test_list='
git             cmd:git
g++             cmd:g++
check           pc:check
clang           cmd:clang
libclang-rt-14-dev file:/usr/lib/llvm-14/lib/clang/14*/lib/linux/libclang_rt.tsan-*
valgrind        cmd:valgrind
libc6-dbg       file:/usr/lib/debug/.build-id
spin            cmd:spin
clang-format-14 cmd:clang-format-14
clang-tidy-14   cmd:clang-tidy-14
cppcheck        cmd:cppcheck
codespell       cmd:codespell
shellcheck      cmd:shellcheck
cmake           cmd:cmake
mandoc          cmd:mandoc
gdb             cmd:gdb
expect          cmd:expect
libprotobuf-c-dev   pc:libprotobuf-c
libuv1-dev          pc:libuv
protobuf-c-compiler cmd:protoc-c
protobuf-compiler   cmd:protoc
systemtap-sdt-dev   file:/usr/include/*/sys/sdt.h
binutils        cmd:readelf
libmicrohttpd-dev       pc:libmicrohttpd
curl            cmd:curl
chromium        cmd:chromium
chromium-driver cmd:chromedriver
python3-prometheus-client file:/usr/lib/python3/dist-packages/prometheus_client
'
arm64_list='
gcc-aarch64-linux-gnu   cmd:aarch64-linux-gnu-gcc
libc6-dev-arm64-cross   file:/usr/aarch64-linux-gnu/include/stdio.h
qemu-user               cmd:qemu-aarch64
'
compare_list='
g++             cmd:g++
libcaf-dev      file:/usr/include/caf/all.hpp
erlang-base     cmd:erlc
gnuplot-nox     cmd:gnuplot
'

have() {
	case $1 in
	cmd:*) command -v "${1#cmd:}" >/dev/null 2>&1 ;;
	pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
	lib:*) ldconfig -p 2>/dev/null | grep -q "${1#lib:}" ;;
	file:*)
		for path in ${1#file:}; do
			[ -e "$path" ] && return 0
		done
		return 1
		;;
	esac
}

target=${1:-}
case $target in
demo) list=$demo_list ;;
test) list=$demo_list$test_list ;;
arm64) list=$demo_list$arm64_list ;;
compare) list=$demo_list$compare_list ;;
*)
	echo "usage: scripts/deps.sh demo|test|arm64|compare [--dry-run]" >&2
	exit 2
	;;
esac

missing=$(echo "$list" | while read -r package probe; do
	[ -n "$package" ] && ! have "$probe" && printf ' %s' "$package"
done)
if [ -z "$missing" ]; then
	echo "deps: everything for '$target' is there"
	exit 0
fi

if ! command -v apt-get >/dev/null 2>&1 || [ ! -e /etc/debian_version ]; then
	echo "deps: missing for '$target' (names of Debian's packages):$missing" >&2
	echo "deps: this is not Debian; install them with your system's own tool" >&2
	exit 1
fi

echo "deps: will install with apt-get for '$target':$missing"
[ "${2:-}" = --dry-run ] && exit 0
as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "deps: neither root nor sudo; as root: apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086 # the lists are words
{
	$as_root apt-get update -q &&
		$as_root env DEBIAN_FRONTEND=noninteractive \
			apt-get install -q -y --no-install-recommends $missing
} || {
	echo "deps: apt-get failed" >&2
	exit 1
}
echo "deps: installed$missing"
