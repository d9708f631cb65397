#!/bin/sh
# SPDX-License-Identifier: MIT
# scripts/install.sh build prefix destdir
set -eu
cd "$(dirname "$0")/.."
build=$1 prefix=$2 DESTDIR=$3
export DESTDIR
now=$(meson introspect --buildoptions "$build" |
	python3 -c 'import json, sys; print([o["value"] for o in json.load(sys.stdin) if o["name"] == "prefix"][0])')
if [ "$now" != "$prefix" ]; then
	meson configure "$build" "-Dprefix=$prefix"
	ninja -C "$build"
fi
meson install -C "$build" --no-rebuild
# The loader's cache, when this is the live system and we may.
if [ -z "$DESTDIR" ] && [ "$(id -u)" -eq 0 ]; then
	ldconfig
fi
