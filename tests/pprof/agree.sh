#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: akt pprof prints what `go tool pprof` of Go 1.26 prints, to the byte, standard output and
# failure alike. Not: its svg (our own script), error texts, names of mangled C++ templates.
# Usage: agree.sh AKT_PPROF SOURCE_DIR [PROFILE ...]; exit 77: skipped. Each profile gets every second
# question, the next one the others; with AKT_TEST_NIGHTLY=1, or profiles of your own, all.
set -u
ours=$(realpath "$1")
source=$(realpath "$2")
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
go=${GO:-/usr/local/go/bin/go}
[ -x "$go" ] || go=$(command -v go || true)
case $("$go" version 2>/dev/null) in
*go1.26*) ;;
*) echo "skipped: Go 1.26 is not here"; exit 77 ;;
esac
export GOFLAGS=-mod=mod GOTOOLCHAIN=local HOME="$work" GOCACHE="${GOCACHE:-/tmp/akt-agree-cache}"
export PPROF_BINARY_PATH="$work/none" TZ=UTC LC_ALL=C
theirs=$("$go" tool -n pprof)
checks=0 failures=0 unstable=0
asked=0 file_number=0
every=2
[ -z "${AKT_TEST_NIGHTLY:-}" ] && [ $# -eq 0 ] || every=1

if [ $# -eq 0 ]; then
	(cd "$work" && "$go" build -o generate "$source/generate.go" && ./generate "$work") || exit 1
	set -- "$work"/go_*.prof "$source"/corpus/*.prof
fi

# Whether Go gives another answer when it is asked again: nodes with equal names have no order there.
is_unstable() {
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		# shellcheck disable=SC2086
		"$theirs" "$@" $files >"$work/again" 2>/dev/null
		cmp -s "$work/theirs" "$work/again" || return 0
	done
	return 1
}

# By files, several nodes have one name (their functions begin at different lines); Go's order of
# them hangs on the order of its input. The same lines in another order, whatever numbers the nodes
# have, are the same answer then.
reorders_files() {
	case " $* " in
	*" -files "*) ;;
	*) return 1 ;;
	esac
	sed 's/\<N[0-9]*\>/N/g' "$work/theirs" | sort >"$work/theirs.sorted"
	sed 's/\<N[0-9]*\>/N/g' "$work/ours" | sort | cmp -s "$work/theirs.sorted" -
}

# compare FILES FLAG...: one question to both.
compare() {
	asked=$((asked + 1))
	[ $((asked % every)) -eq 0 ] || return
	files=$1
	shift
	# shellcheck disable=SC2086
	"$theirs" "$@" $files >"$work/theirs" 2>"$work/theirs.err"
	their_status=$?
	# shellcheck disable=SC2086
	"$ours" "$@" $files >"$work/ours" 2>"$work/ours.err"
	our_status=$?
	checks=$((checks + 1))
	# Status 3 is an answer too: a filter matched nothing, which Go tells by words only.
	cmp -s "$work/theirs" "$work/ours" &&
		[ $((their_status != 0)) -eq $((our_status != 0 && our_status != 3)) ] && return
	if is_unstable "$@"; then
		unstable=$((unstable + 1))
		return
	fi
	if reorders_files "$@"; then
		unstable=$((unstable + 1))
		return
	fi
	failures=$((failures + 1))
	echo "differs: $* $files (status $their_status, $our_status)"
	[ "$failures" -le "${SHOW:-5}" ] && diff "$work/theirs" "$work/ours" | head -12 &&
		head -3 "$work/ours.err"
}

# packed FILE COMMAND FLAG...: profiles that both write, compared as text.
packed() {
	file=$1
	command=$2
	shift 2
	"$theirs" "-$command" "$@" -output="$work/theirs.pb.gz" "$file" 2>/dev/null
	"$ours" "-$command" "$@" -output="$work/ours.pb.gz" "$file" 2>/dev/null
	"$theirs" -raw "$work/theirs.pb.gz" >"$work/theirs" 2>/dev/null
	"$theirs" -raw "$work/ours.pb.gz" >"$work/ours" 2>/dev/null
	checks=$((checks + 1))
	cmp -s "$work/theirs" "$work/ours" && return
	failures=$((failures + 1))
	echo "differs: $command $* $file"
}

# prompt FILE TEXT: the same lines typed at both prompts.
prompt() {
	set -- "$(realpath "$1")" "$2"
	# shellcheck disable=SC2059
	printf "$2" | (cd "$work" && "$theirs" "$1") >"$work/theirs" 2>"$work/theirs.err"
	# shellcheck disable=SC2059
	printf "$2" | (cd "$work" && "$ours" "$1") >"$work/ours" 2>"$work/ours.err"
	# Where each location has a name we look for no program; Go says that it finds none.
	sed -i -e '/^Local symbolization failed/d' -e '/^Some binary filenames/d' \
		-e '/^Try setting PPROF_BIN/d' -e '/^Main binary filename/d' "$work/theirs.err" \
		"$work/ours.err"
	# The options that are our own stand at the end of the list.
	sed -i '/\/\/: not in pprof$/d' "$work/ours.err"
	checks=$((checks + 1))
	if ! cmp -s "$work/theirs" "$work/ours" || ! cmp -s "$work/theirs.err" "$work/ours.err"; then
		failures=$((failures + 1))
		echo "differs at the prompt: $2 $1"
		[ "$failures" -le "${SHOW:-5}" ] && { diff "$work/theirs" "$work/ours"
			diff "$work/theirs.err" "$work/ours.err"; } | head -12
	fi
}

commands="top text tree traces tags raw comments dot"
for f; do
	file_number=$((file_number + 1))
	asked=$file_number
	for c in $commands; do
		compare "$f" -$c
		compare "$f" -$c -sample_index=0
		compare "$f" -$c -mean
		compare "$f" -$c -tagroot=actor,msg
		compare "$f" -$c -focus=sort -nodecount=7
		compare "$f" -$c -noinlines
	done
	for c in top tree dot traces; do
		for g in functions filefunctions files lines addresses; do
			compare "$f" -$c -$g
			compare "$f" -$c -$g -cum -noinlines
		done
		compare "$f" -$c -cum -nodecount=5
		compare "$f" -$c -lines -showcolumns
	done
	for c in top dot; do
		compare "$f" -$c -nodecount=10
		compare "$f" -$c -nodecount=3
		compare "$f" -$c -nodefraction=0.1 -edgefraction=0.2
		compare "$f" -$c -trim=false
		compare "$f" -$c -ignore=sort
		compare "$f" -$c -ignore 'runtime|main'
		compare "$f" -$c -hide=runtime
		compare "$f" -$c -show='main\.|hash|work'
		compare "$f" -$c -show_from='main\.burn|dispatch'
		compare "$f" -$c -prune_from=work
		compare "$f" -$c -focus=nothing_has_this_name
		compare "$f" -$c -focus='(unclosed'
		compare "$f" -$c -tagfocus=Hash
		compare "$f" -$c -tagfocus=msg=Hash,Sort
		compare "$f" -$c -tagignore='actor:Hash-[12]'
		compare "$f" -$c -tagfocus=1kb:
		compare "$f" -$c -tagfocus=bytes=64b:2kb
		compare "$f" -$c -tagfocus=:1kb
		compare "$f" -$c -tagshow=msg
		compare "$f" -$c -taghide=msg
		compare "$f" -$c -tagleaf=msg
		compare "$f" -$c -tagroot=bytes -tagleaf=actor
		compare "$f" -$c -relative_percentages -focus='work|sort'
		compare "$f" -$c -divide_by=7
		compare "$f" -$c -drop_negative
		compare "$f" -$c -trim_path=/usr/local/go -lines
		compare "$f" -$c -source_path=/x/src -files
		for u in auto ns us ms s hrs B kB MB GB furlong; do
			compare "$f" -$c -unit=$u
		done
	done
	for t in inuse_space inuse_objects alloc_space alloc_objects total_delay contentions \
		mean_delay; do
		compare "$f" -top -$t
	done
	for re in 'work|recurse' . 'main\.' runtime sha256 'sort.*' nothing_has_this_name; do
		compare "$f" -peek="$re"
		compare "$f" -list="$re"
	done
	compare "$f" -peek work -cum -sample_index=0
	compare "$f" -list main.recurse -noinlines
	compare "$f" --list main.burn --unit ms
	compare "$f" -tags -tagfocus=Hash
	compare "$f" -tags -unit=ms
	compare "$f" -tags -relative_percentages -focus=work
	packed "$f" proto -focus=work
	packed "$f" proto -divide_by=3 -tagroot=actor
	packed "$f" topproto -nodecount=20
	compare "$f" -callgrind
	compare "$f" -sample_index=nonsense -top
	compare "$f $f" -top
	compare "$f $f" -raw
	compare "$f" -top -diff_base="$f"
	compare "$f" -raw -base="$f"
	prompt "$f" 'top\n'
	prompt "$f" 'top5\ntop 3 -cum\ntop work -runtime\n'
	prompt "$f" 'focus=work\ntop\nfocus=\n:\ncum=true\ntop3\no\n'
	prompt "$f" 'tags\ntags Hash -msg\npeek work\nlist main.work\nfoo\nfocus\nlist\nnodecount 3\n'
	prompt "$f" 'sample_index=0\ntop\nsample_index=nonsense\nunit=ms\ntree 3\nmean=1\ntop\nquit\n'
	prompt "$f" 'tagfocus=Hash //: a comment\ntraces\ncompact_labels=false\ntop\nlines=1\ntop 4\n'
	prompt "$f" 'help focus\nhelp top\nhelp tags\nhelp nonsense\nhelp cum\n'
	prompt "$f" 'top >out.txt\ncomments\nraw > out2.txt\nnodefraction=x\ntrim=maybe\n'
done
# Comparisons of two runs.
if [ -e "$work/go_cpu.prof" ]; then
	for c in top tree dot tags traces raw; do
		compare "$work/go_cpu2.prof" -$c -diff_base="$work/go_cpu.prof"
		compare "$work/go_cpu2.prof" -$c -base="$work/go_cpu.prof"
		compare "$work/go_cpu2.prof" -$c -normalize -diff_base="$work/go_cpu.prof"
		compare "$work/go_cpu2.prof $work/go_cpu.prof" -$c
		compare "$work/go_allocs.prof $work/go_heap.prof" -$c
	done
	compare "$work/go_cpu.prof $work/go_heap.prof" -top
	compare "$work/generate $work/go_cpu.prof" -top
	compare "$work/none.prof" -top
	compare "$source/generate.go" -top
fi
echo "$checks questions, $failures differences, $unstable without a fixed answer in Go"
[ "$failures" -eq 0 ]
