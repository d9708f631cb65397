#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes each fuzz/*.c with libFuzzer, ASan and UBSan: scripts/fuzz.sh seconds-each [name...]
# Each harness is linked with the modules that it may see: base and profile for those of profiles,
# the same and the parts of its tool for those of crash records, of pprof and of akt top, all for others.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${1:-60}
[ $# -gt 0 ] && shift
build="build-fuzz"
mkdir -p "$build"
failed=0 passed=0
[ $# -gt 0 ] || set -- fuzz/*.c
for harness in "$@"; do
	[ -e "$harness" ] || harness=fuzz/$harness.c
	[ -e "$harness" ] || continue
	name=$(basename "$harness" .c)
	corpus=$build/corpus-$name
	modules='src/*/*.c'
	case $name in profile*) modules='src/base/*.c src/profile/*.c' ;; esac
	mkdir -p "$corpus"
	parts='' libraries='' flags=''
	case $name in
	profile_legacy)
		parts="tools/pprof/ground/buffer.c tools/pprof/load/legacy.c tools/pprof/load/legacy_cpu.c
			tools/pprof/load/legacy_heap.c tools/pprof/load/legacy_maps.c"
		;;
	profile_reader)
		parts="tools/pprof/ground/buffer.c tools/pprof/query/measure.c tools/pprof/load/merge.c
			tools/pprof/load/merge_types.c"
		;;
	crash*)
		modules='src/base/*.c src/profile/*.c'
		parts=$(git ls-files 'tools/crash/*.c' | grep -v main.c)
		;;
	pprof*) # what it prints is for people
		modules='src/base/*.c src/profile/*.c src/http/*.c'
		page=tools/pprof/page
		python3 $page/embed.py "$build/page_assets.c" page_html=$page/page.html \
			page_css=$page/page.css page_js=$page/page.js
		parts="$build/page_assets.c $(git ls-files 'tools/pprof/*.c' 'tools/fetch/*.c' | grep -v main.c)"
		libraries=$(pkg-config --cflags --libs libpcre2-8 libedit)
		flags='-close_fd_mask=3'
		;;
	top*)
		modules='src/base/*.c src/profile/*.c'
		parts=$(git ls-files 'tools/top/*.c' tools/pprof/ground/buffer.c tools/pprof/query/measure.c tools/pprof/ground/regex.c |
			grep -v -e main.c -e screen.c -e draw.c -e feed.c -e source.c -e args.c)
		libraries=$(pkg-config --cflags --libs libpcre2-8 jansson)
		;;
	esac
	# shellcheck disable=SC2046,SC2086 # names without spaces
	clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=undefined \
		-fno-omit-frame-pointer -D_GNU_SOURCE -DAKTI_MEM_PASSTHROUGH=1 -std=gnu11 -Iinclude -Isrc -Itools \
		-o "$build/$name" "$harness" $parts $(git ls-files $modules) -pthread -lz -ldl -lm $libraries || {
		failed=$((failed + 1))
		continue
	}
	seeds=
	[ -d "fuzz/corpus/$name" ] && seeds=fuzz/corpus/$name
	case $name in profile*) seeds="$seeds tests/pprof/corpus" ;; esac
	# shellcheck disable=SC2086
	if "$build/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 $flags \
		-artifact_prefix="$build/$name-" "$corpus" $seeds >"$build/$name.log" 2>&1; then
		tail -1 "$build/$name.log"
		passed=$((passed + 1))
	else
		tail -40 "$build/$name.log"
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
