#!/bin/sh
# SPDX-License-Identifier: MIT
# Cross builds for arm64 with Debian's compiler and runs the unit tests under qemu-user:
# scripts/deps.sh arm64 && scripts/arm64.sh [meson test options]
#
# The two libraries come as Debian's arm64 packages, unpacked into build-arm64-root; the machine's own
# list of architectures is left alone. An emulator orders memory as its host does: this finds what is
# wrong in the port's code, not in its memory order.
set -eu
cd "$(dirname "$0")/.."
root=$PWD/build-arm64-root
if [ ! -e "$root/usr/include/check.h" ]; then
	state=$root/apt
	mkdir -p "$state/lists/partial" "$state/archives/partial" "$state/debs"
	arm64_apt() {
		apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o Dir::State="$state" \
			-o Dir::State::status=/dev/null -o Dir::Cache="$state" -o APT::Sandbox::User=root "$@"
	}
	arm64_apt update
	(cd "$state/debs" && arm64_apt download zlib1g zlib1g-dev check libsubunit0 \
		libsubunit-dev libdw1 libelf1 liblzma5 libbz2-1.0)
	for package in "$state"/debs/*.deb; do
		dpkg -x "$package" "$root"
	done
fi
cat >build-arm64-root/cross.ini <<E
[binaries]
c = 'aarch64-linux-gnu-gcc'
ar = 'aarch64-linux-gnu-ar'
strip = 'aarch64-linux-gnu-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', '-E',
               'LD_LIBRARY_PATH=$root/usr/lib/aarch64-linux-gnu:$root/lib/aarch64-linux-gnu']
[built-in options]
c_args = ['-I$root/usr/include', '-I$root/usr/include/aarch64-linux-gnu']
c_link_args = ['-L$root/usr/lib/aarch64-linux-gnu', '-Wl,-rpath-link,$root/lib/aarch64-linux-gnu']
[properties]
sys_root = '$root'
pkg_config_libdir = '$root/usr/lib/aarch64-linux-gnu/pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'armv8'
endian = 'little'
E
[ -e build-arm64/build.ninja ] ||
	meson setup build-arm64 --cross-file build-arm64-root/cross.ini -Dtests=true
ninja -C build-arm64
meson test -C build-arm64 --no-rebuild --suite unit -t 10 --print-errorlogs "$@"
