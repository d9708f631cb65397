#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: profiles come from URLs, pipes and several sources at once, a server or a file that
# misbehaves gets one clear error within bounded memory, names come from programs and from servers,
# and `symbolize` writes them down; where Go is, both tools say the same of one URL. Not: HTTPS,
# proxies. Usage: sources.sh AKT_PPROF SOURCE_DIR BUILD_DIR
set -u
ours=$(realpath "$1")
source=$(realpath "$2")
build=$(realpath "$3")
legacy=$build/tests/pprof/legacy-files
corpus=$source/corpus
work=$(mktemp -d)
servers=
end() {
	for server in $servers; do kill "$server"; done
	rm -rf "$work"
}
trap end EXIT
export HOME="$work/home" PPROF_TMPDIR="$work/saved" PPROF_BINARY_PATH="$work/none" TZ=UTC LC_ALL=C
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
failures=0 checks=0
fail() {
	echo "sources: $*"
	sed 's/^/    /' "$work/err" 2>/dev/null | head -8
	failures=$((failures + 1))
}
# expect STATUS FLAG...: the exit status; an error is one line.
expect() {
	wanted=$1
	shift
	checks=$((checks + 1))
	"$ours" "$@" >"$work/out" 2>"$work/err"
	status=$?
	[ "$status" -eq "$wanted" ] || fail "status $status, not $wanted: $*"
	[ "$wanted" -eq 0 ] || [ "$(grep -c '^akt pprof: ' "$work/err")" -eq 1 ] ||
		fail "no single error line: $*"
}
says() { grep -q -e "$1" "$work/err" || fail "stderr has no '$1'"; }
prints() { grep -q -e "$1" "$work/out" || fail "stdout has no '$1'"; }
finish() {
	echo "$checks questions, $failures failures"
	[ "$failures" -eq 0 ]
	exit
}
# serve COMMAND...: its first line is in $port; what it says later, in the file served.
serve() {
	rm -f "$work/fifo"
	mkfifo "$work/fifo"
	"$@" >"$work/fifo" 2>"$work/server.err" &
	servers="$servers $!"
	exec 9<"$work/fifo"
	read -r port <&9
}

# Files of all kinds.
cp "$corpus/labels.prof" "$work/plain.gz"
gzip -dc "$work/plain.gz" >"$work/plain"
"$ours" -top "$corpus/labels.prof" >"$work/wanted" 2>/dev/null
for f in "$work/plain" "$work/plain.gz"; do
	expect 0 -top "$f"
	cmp -s "$work/wanted" "$work/out" || fail "another answer for $f"
	"$ours" -top /dev/stdin <"$f" 2>/dev/null | cmp -s "$work/wanted" - || fail "from stdin: $f"
	# shellcheck disable=SC2002 # a pipe, not a file
	cat "$f" | "$ours" -top /dev/stdin 2>/dev/null | cmp -s "$work/wanted" - ||
		fail "from a pipe: $f"
	mkfifo "$work/pipe"
	cat "$f" >"$work/pipe" &
	"$ours" -top "$work/pipe" 2>/dev/null | cmp -s "$work/wanted" - || fail "from a named pipe: $f"
	rm "$work/pipe"
done
size=$(wc -c <"$work/plain")
head -c 700 "$work/plain" | gzip >"$work/members.gz"
tail -c $((size - 700)) "$work/plain" | gzip >>"$work/members.gz"
expect 0 -top "$work/members.gz"
cmp -s "$work/wanted" "$work/out" || fail "two gzip members"
{ cat "$work/plain.gz"; echo garbage; } >"$work/garbage"
expect 2 -top "$work/garbage"
says "garbage: the compressed data is damaged at .*byte [0-9]"
head -c 700 "$work/plain" >"$work/cut"
expect 2 -top "$work/cut"
says "cut: the profile is cut short at byte [0-9]"
cat "$work/plain" "$work/plain" >"$work/twice"
"$ours" -top "$work/twice" >"$work/out" 2>"$work/err" && grep -q 'time_nanos' "$work/plain" &&
	fail "two profiles in one file"
mkdir "$work/dir"
expect 2 -top "$work/dir"
says "dir: Is a directory"
if [ "$(id -u)" -ne 0 ]; then
	: >"$work/closed"
	chmod 0 "$work/closed"
	expect 2 -top "$work/closed"
	says "closed: Permission denied"
fi
expect 2 -top "$work/missing"
says "missing: No such file or directory"
expect 0 -top "$work/missing" "$work/plain"
says "Fetched 1 source profiles out of 2"
expect 2 -top "$work/missing" "$work/dir"
expect 0 -comments -add_comment='seen by me' "$work/plain"
prints 'seen by me'
expect 0 -top -tools=/x -timeout=3 "$work/plain"
expect 2 -top -seconds=soon "$work/plain"
expect 0 -raw -buildid=abcd "$corpus/no_mapping.prof"
prints '^1: .* abcd '

# A million samples, and bombs, in bounded memory.
python3 "$source/make_hostile.py" "$work" || fail "make_hostile.py"
expect 0 -top -sample_index=samples "$work/million"
prints '1000000'
# shellcheck disable=SC3045 # dash has it, as have bash and busybox
if (ulimit -v 500000 && "$ours" -help >/dev/null || exit 1) 2>/dev/null; then
	# shellcheck disable=SC3045
	(ulimit -v 500000 && "$ours" -top "$work/bomb" >"$work/out" 2>"$work/err")
	[ $? -eq 2 ] || fail "the bomb"
	says 'bomb: .* more than 200 times its size at .*byte [0-9]'
fi
# At the limits: one row more than a page has, one file more than are read at once, a key and a second too many.
expect 0 -html -output="$work/page.html" "$work/labels"
grep -q '"unlabelled":\[1,5\]' "$work/page.html" || fail "labels that are lost without a word"
many=
for _ in $(seq 129); do many="$many $work/never"; done
# shellcheck disable=SC2086 # names without spaces
expect 0 -raw $many
prints '^ *903 *903:'
expect 2 -top -by=a,b,c,d,e,f,g,h,i "$work/labels"
says '8'
expect 2 -seconds=86401 127.0.0.1:1
says '86400'
expect 0 -raw "$work/never" "$work/twice"
prints '^b/count'
expect 0 -raw "$work/twice" "$work/never"

# Numbers at their end, sources without one, names for a terminal.
expect 0 -list=. "$work/extreme"
prints 'Error: open /dev/zero: '
prints ' 3:line$'
expect 0 -weblist=. -output="$work/page.html" "$work/extreme"
expect 0 -html -divide_by=nan -output="$work/page.html" "$work/extreme"
grep -q '"ratio":null' "$work/page.html" || fail "a number that JSON has not"
expect 0 -top -sample_index=samples "$work/extreme"
prints '\[2J'
if command -v script >/dev/null; then
	script -qec "'$ours' -top -sample_index=samples '$work/extreme' '$work/missing'" /dev/null >"$work/out" </dev/null
	prints 'turn'
	prints 'missing: No such file'
	tr -d '\033\007' <"$work/out" | cmp -s - "$work/out" || fail "a terminal is sent commands"
	LC_ALL=C grep -q "$(printf '\302\233')" "$work/out" && fail "a terminal is sent a command of one byte"
fi

# Names from programs: a raw file of a real run, its program moved away, another build.
(cd "$work" && AKT_PROFILE_DIR=. AKT_PROFILE_SYMBOLIZE=0 "$build/examples/18-sections" >/dev/null)
raw=$work/sale_mem.prof
type="-sample_index=alloc_space"
expect 0 -raw -symbolize=none "$raw"
grep -q ' 18-sections.c' "$work/out" && fail "the raw file has names"
expect 0 -top $type "$raw"
cp "$work/out" "$work/named.out"
expect 0 symbolize "$raw" -output="$work/named.prof"
says '^[1-9][0-9]* of [1-9][0-9]* locations were without a name'
expect 0 -top $type -symbolize=none "$work/named.prof"
cmp -s "$work/named.out" "$work/out" || fail "the names written are others"
expect 0 -list=sell "$work/named.prof"
expect 2 symbolize "$raw"
expect 2 symbolize -top "$raw" -output="$work/x"
expect 0 -top "$build/examples/01-hello" "$raw"
says 'Local symbolization failed for 01-hello (build ID [0-9a-f]*): build ID mismatch'
# The program elsewhere: by its build id, by its name, and another build of that name.
cp "$build/examples/18-sections" "$work/prog"
(cd "$work" && AKT_PROFILE_DIR=. AKT_PROFILE_SYMBOLIZE=0 LD_LIBRARY_PATH="$build/src" ./prog >/dev/null)
mkdir -p "$work/bin/other"
mv "$work/prog" "$work/bin/prog"
id=$("$ours" -raw -symbolize=none "$raw" | sed -n 's/^1: .*prog \([0-9a-f]*\).*/\1/p')
expect 0 -top $type "$raw"
says "Local symbolization failed for prog (build ID $id): open .*/prog: no such file"
grep -q ' sell' "$work/out" && fail "a name without the program"
PPROF_BINARY_PATH=$work/nowhere:$work/bin expect 0 -top $type "$raw"
prints ' sell'
mkdir "$work/bin/$id"
mv "$work/bin/prog" "$work/bin/$id/any"
cp "$build/examples/01-hello" "$work/bin/prog"
PPROF_BINARY_PATH=$work/bin expect 0 -top $type "$raw"
prints ' sell'
mv "$work/bin/$id/any" "$work/bin/other/prog"
PPROF_BINARY_PATH=$work/bin:$work/bin/other expect 0 -top -symbolize=fastlocal $type "$raw"
prints ' sell'
says "Ignoring local file $work/bin/prog: build-id mismatch ($id != [0-9a-f]*)"
PPROF_BINARY_PATH=$work/bin expect 0 symbolize "$raw" -output="$work/x.prof"
says "without a name in .*/prog, build ID $id"

# What gperftools and jemalloc write; the stacks are of a program that is moved in memory.
"$legacy" "$work" || fail "legacy_files"
for kind in cpu.gperf heap.gperf exact.gperf heap.jemalloc; do
	expect 0 -top "$work/$kind"
	prints ' 100% .* main$'
	prints ' leaf$'
	for part in 1 5 9 13 30 45 60 77; do
		size=$(wc -c <"$work/$kind")
		head -c $((size * part / 100)) "$work/$kind" >"$work/part"
		"$ours" -top -symbolize=none "$work/part" >"$work/out" 2>"$work/err"
		[ $? -le 2 ] || fail "$kind cut at $part%"
	done
done
expect 0 -top "$work/heap.jemalloc"
prints '^Type: space$'
prints '1.03MB .* leaf$'
printf 'heap_v2/524288\n  t*: 1: 1 [0: 0]\n@ 0x12 zebra\n  t*: 1: 1 [0: 0]\n' >"$work/zebra.jemalloc"
expect 2 -top "$work/zebra.jemalloc"
says 'zebra.jemalloc: this is no address at byte 40'

[ "$failures" -eq 0 ] || finish
serve python3 "$source/misbehave.py" "$work/plain.gz" "$work/raw" "$work/symbols" "$work/asked"
url=http://127.0.0.1:$port
if ! "$ours" -top "$url/good" >"$work/out" 2>"$work/err" && grep -q libcurl "$work/err"; then
	echo "sources: libcurl is not here: nothing is proved of URLs"
	finish
fi
cmp -s "$work/wanted" "$work/out" || fail "another answer from a URL"
says "^Fetching profile over HTTP from $url/good\$"
says "^Saved profile in $work/saved/pprof\..*\.001\.pb\.gz\$"
expect 0 -top -seconds 75 "127.0.0.1:$port"
says "^Fetching profile over HTTP from $url/debug/pprof/profile?seconds=75\$"
says '^Please wait... (1m15s)$'
expect 0 -top "$url/a/b?z=1&seconds=5&b=x+y%2f"
says "/a/b?b=x+y%2F&seconds=5&z=1\$"
expect 0 -top "$url/moved"
saved=$(sed -n 's/^Saved profile in //p' "$work/err")
expect 0 -top "$saved"
cmp -s "$work/wanted" "$work/out" || fail "another answer from what was saved"
expect 0 -top "$url/good" "$work/plain" "$url/error"
says "^$url/error: the server answers 503: the mill is on fire\$"
says 'Fetched 2 source profiles out of 3'
"$ours" -top "$work/plain" "$work/plain" 2>/dev/null | cmp -s - "$work/out" || fail "merged otherwise"
expect 0 -top -diff_base="$url/good" "$url/good"
for bad in error:503 html:HTML empty:empty cut:. half:'cut short' huge:. claim:claims \
	bomb:'200 times' never:. around:. nothing:404; do
	wait=60
	[ "$bad" != never:. ] || wait=1
	expect 2 -top -timeout=$wait "$url/${bad%%:*}"
	says "^akt pprof: $url/${bad%%:*}: .*${bad#*:}"
done
expect 2 -top http://127.0.0.1:1/x
expect 2 -top ftp://127.0.0.1:1/x
expect 2 -top http:///x
PPROF_TMPDIR=/proc/x "$ours" -top "$url/good" >"$work/out" 2>"$work/err" || fail "nowhere to save"
says "^Saved profile in $work/home/pprof/"

# A server gives names: only what has none is asked for.
: >"$work/asked"
expect 0 -top -sample_index=samples "$url/debug/pprof/raw"
prints ' 100 .* mill::named_by_server$'
prints ' 20 .* known$'
[ "$(cat "$work/asked")" = "GET /debug/pprof/raw
POST /debug/pprof/symbol 0x401234+0x409999" ] || fail "asked: $(cat "$work/asked")"
for mode in none local; do
	expect 0 -top -symbolize=$mode "$url/debug/pprof/raw"
	grep -q named_by_server "$work/out" && fail "names with -symbolize=$mode"
done
expect 0 -top -symbolize=remote:demangle=none "$url/debug/pprof/raw"
prints ' _ZN4mill15named_by_serverEi$'
expect 0 -top -symbolize=demangle=full "$url/debug/pprof/raw"
prints ' mill::named_by_server(int)$'

# A real system of ours.
serve "$build/examples/17-live" 127.0.0.1:0
live=${port%/debug/pprof/}
if [ -n "$live" ]; then
	expect 0 -top -seconds 1 "$live"
	prints '^File: 17-live$'
	prints ' on_grind$'
	expect 0 -tags "$live/debug/pprof/profile?seconds=1" "$live/debug/pprof/profile?seconds=1"
	prints 'mill'
	expect 2 -top "$live/debug/pprof/nothing"
	says 'answers 404'
fi

# The same of both tools, on both outputs.
go=${GO:-/usr/local/go/bin/go}
[ -x "$go" ] || go=$(command -v go || true)
case $("$go" version 2>/dev/null) in
*go1.26*) ;;
*) echo "sources: Go 1.26 is not here: nothing is compared"; finish ;;
esac
export GOFLAGS=-mod=mod GOTOOLCHAIN=local GOCACHE="${GOCACHE:-/tmp/akt-agree-cache}"
theirs=$("$go" tool -n pprof)
both() {
	checks=$((checks + 1))
	rm -rf "$work/saved"
	"$theirs" "$@" >"$work/theirs" 2>"$work/theirs.err"
	[ -s "$work/theirs" ] || fail "Go says nothing: $*"
	rm -rf "$work/saved"
	"$ours" "$@" >"$work/out" 2>"$work/err"
	sed -i '/^Time: /d' "$work/theirs" "$work/out" # some are of now
	diff "$work/theirs" "$work/out" >"$work/diff" || fail "differs: $* $(cat "$work/diff")"
	diff "$work/theirs.err" "$work/err" >"$work/diff" || fail "differs on stderr: $* $(cat "$work/diff")"
}
for at in "$url/good" "127.0.0.1:${url##*:}" "$url/a/b?z=1&seconds=5&b=x+y%2f&a=%zz&c" "$url/moved" \
	"$url/good#part" "-seconds=3 $url" "-seconds=3700 $url/good?seconds=9" "$work/plain" \
	"-diff_base=$url/good $url/good" "$url/debug/pprof/raw" "-symbolize=local $url/debug/pprof/raw" \
	"-symbolize=none $url/debug/pprof/raw" "-symbolize=nonsense $url/good" \
	"-symbolize=demangle=full $url/debug/pprof/raw" \
	"-symbolize=remote:demangle=templates $url/debug/pprof/raw" "-symbolize=force $corpus/names.prof" \
	"-symbolize=demangle=full $corpus/names.prof" "-symbolize=demangle=none $corpus/names.prof"; do
	# shellcheck disable=SC2086
	both -top $at
done
for kind in cpu.gperf heap.gperf exact.gperf; do
	for c in top tree traces raw; do
		both -$c -symbolize=none "$work/$kind"
	done
done
"$go" build -o "$work/serve" "$source/serve.go" || fail "serve.go does not build"
serve "$work/serve"
both -top "http://127.0.0.1:$port/debug/pprof/heap"
prints 'main.grow'
both -top -alloc_objects "http://127.0.0.1:$port/debug/pprof/allocs"
expect 0 -top -seconds=1 "127.0.0.1:$port"
prints '^Type: cpu$'
finish
