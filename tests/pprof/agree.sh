#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: akt pprof prints what `go tool pprof` of Go 1.26 prints, to the byte, standard output,
# warnings and failure alike; docs/internals/pprof-agreement.md lists what differs and why. Not: its
# svg (our own script), texts of refusals, names of mangled C++ templates.
# Usage: agree.sh AKT_PPROF SOURCE_DIR [PROFILE ...]; exit 77: skipped. Each profile gets every seventh
# question, the next one others; with AKT_TEST_NIGHTLY=1, or profiles of your own, all.
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
every=7
[ -z "${AKT_TEST_NIGHTLY:-}" ] && [ $# -eq 0 ] || every=1

if [ $# -eq 0 ]; then
	(cd "$work" && "$go" build -o generate "$source/generate.go" && ./generate "$work") || exit 1
	# Ours, as they are made here: sections and the demo, with cycles, messages, owners of memory.
	(
		build=$(dirname "$ours")/../..
		cd "$work" && "$build/examples/18-sections" >/dev/null &&
			AKT_PROFILE_SHUTDOWN=1 "$build/akt" demo -messages -transfers 20000 >/dev/null
	) || { echo "no profiles of akt's own"; exit 1; }
	set -- "$work"/go_*.prof "$work"/sale_*.prof "$work"/rush_*.prof "$work"/shutdown_*.prof \
		"$work"/bank_*.prof "$source"/corpus/*.prof
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

# By files, several nodes have one name (their functions begin at different lines), and so they have
# in a call tree; Go's order of them hangs on the order of its input. The same lines in another order,
# whatever numbers the nodes have, are the same answer then.
reorders_twins() {
	case " $* " in
	*" -files "* | *" -call_tree "*) ;;
	*) return 1 ;;
	esac
	for x in theirs ours; do
		sed 's/\<N[0-9]*\(_[0-9]*\)*\>/N/g; s/id="node[0-9]*"//' "$work/$x" | sort >"$work/$x.sorted"
	done
	cmp -s "$work/theirs.sorted" "$work/ours.sorted"
}

# What is said on standard error of programs that are not here: where each location has a name we look
# for none, Go does.
drop_symbol_words() {
	sed -i -e '/^Local symbolization failed/d' -e '/^Some binary filenames/d' \
		-e '/^Try setting PPROF_BIN/d' -e '/^Main binary filename/d' "$@"
}

# Our help without the commands that are akt's own.
drop_own() {
	awk '/^  Not in pprof:$/ { own = 1; blank = 0; next }
		own && /^    / { next }
		{ own = 0; if (blank) print ""; blank = 0 }
		/^$/ { blank = 1; next }
		{ print }
		END { if (blank) print "" }' "$1" >"$1.pprof"
	mv "$1.pprof" "$1"
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
	drop_symbol_words "$work/theirs.err" "$work/ours.err"
	[ "$their_status" -eq 0 ] || cp "$work/theirs.err" "$work/ours.err"
	# Status 3 is an answer too: a filter matched nothing, which Go tells by words only.
	cmp -s "$work/theirs" "$work/ours" && cmp -s "$work/theirs.err" "$work/ours.err" &&
		[ $((their_status != 0)) -eq $((our_status != 0 && our_status != 3)) ] && return
	if is_unstable "$@"; then
		unstable=$((unstable + 1))
		return
	fi
	if reorders_twins "$@"; then
		unstable=$((unstable + 1))
		return
	fi
	failures=$((failures + 1))
	echo "differs: $* $files (status $their_status, $our_status)"
	[ "$failures" -le "${SHOW:-5}" ] && diff "$work/theirs" "$work/ours" | head -12 &&
		diff "$work/theirs.err" "$work/ours.err" | head -6
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

# prompt FILE TEXT: the same lines typed at both prompts; what they write to files counts as well.
prompt() {
	asked=$((asked + 1))
	[ $((asked % every)) -eq 0 ] || return
	set -- "$(realpath "$1")" "$2"
	for x in theirs ours; do
		rm -rf "$work/$x.files" "$work/at"
		mkdir "$work/at"
		[ $x = theirs ] && program=$theirs || program=$ours
		# shellcheck disable=SC2059
		printf "$2" | (cd "$work/at" && "$program" "$1") >"$work/$x" 2>"$work/$x.err" ||
			echo "refused" >"$work/$x.err"
		mv "$work/at" "$work/$x.files"
		for written in "$work/$x.files"/*.gz; do
			[ -e "$written" ] && "$theirs" -raw "$written" >"$written.raw" 2>/dev/null
			rm -f "$written"
		done
	done
	drop_symbol_words "$work/theirs.err" "$work/ours.err"
	drop_own "$work/ours.err"
	drop_own "$work/theirs.err"
	# The options that are our own stand at the end of the list.
	sed -i '/\/\/: not in pprof$/d' "$work/ours.err"
	checks=$((checks + 1))
	cmp -s "$work/theirs" "$work/ours" && cmp -s "$work/theirs.err" "$work/ours.err" &&
		diff -r "$work/theirs.files" "$work/ours.files" >/dev/null && return
	failures=$((failures + 1))
	echo "differs at the prompt: $2 $1"
	[ "$failures" -le "${SHOW:-5}" ] && { diff "$work/theirs" "$work/ours"
		diff "$work/theirs.err" "$work/ours.err"
		diff -r "$work/theirs.files" "$work/ours.files"; } | head -12
}

# The usage up to what is about sources, where ours differ.
usage() {
	"$theirs" -help 2>&1 | sed -n '/^  Output formats/,/^  Source options/p' >"$work/theirs"
	"$ours" -help | sed -n '/^  Output formats/,/^  Source options/p' | cat -s >"$work/ours"
	cat -s "$work/theirs" | cmp -s "$work/ours" - && return
	failures=$((failures + 1))
	echo "differs: -help"
	diff "$work/theirs" "$work/ours" | head -12
}

# disasm PROGRAM FILE REGEX: the weights of the same addresses; how instructions are spelled differs.
disasm() {
	"$theirs" -disasm="$3" "$1" "$2" 2>/dev/null >"$work/theirs"
	"$ours" -disasm="$3" "$1" "$2" 2>/dev/null >"$work/ours"
	for x in theirs ours; do
		grep -E '^(Total|ROUTINE)|of Total|^ *[0-9.]+[a-zA-Z]* +[0-9.]+[a-zA-Z]* +[0-9a-f]+: ' \
			"$work/$x" | grep -v '^ *\. *\. ' | cut -c1-33 >"$work/$x.weights"
	done
	checks=$((checks + 1))
	[ -s "$work/ours" ] && cmp -s "$work/theirs.weights" "$work/ours.weights" && return
	failures=$((failures + 1))
	echo "differs: -disasm=$3 $2"
	diff "$work/theirs.weights" "$work/ours.weights" | head -12
}

# Flags and values off the path.
corners() {
	compare "$1" -top -cum -flat
	compare "$1" -top -cum -flat=false
	compare "$1" -top -cum=yes
	compare "$1" -top -mean=y
	compare "$1" -top -nodecount=0x2
	compare "$1" -top -nodecount=3.5
	compare "$1" -top -divide_by=0
	compare "$1" -top -divide_by=-2
	compare "$1" -top -total_delay -inuse_space
	compare "$1" -top -sample_index=0 -inuse_space
	compare "$1" -top -top
	compare "$1" -top -raw
	compare "$1" -top -top=false -raw
	compare "$1" -peek= -top
	compare "$1" -peek=a -peek=.
	compare "$1" -no_browser -top
	compare "$1" -raw -buildid=abc
	compare "$1" -comments -add_comment=hello
	compare "$1" -top -add_comment=#hello
	compare "$1" -top -normalize
	compare "$1" -top -base="$1" -diff_base="$1"
	compare "$1" -top -base= -diff_base="$1"
	compare "$1 $1" -top -base="$1"
	compare "$1 $1 $1" -traces -diff_base="$1"
	compare "$1" -top -unit=
	for t in = =a a= 1:2:3 1kb:1mb 1kb:2 bytes=: 1: -5: .; do
		compare "$1" -top -tagfocus=$t
		compare "$1" -tags -tagignore=$t
	done
	compare "$1" -tags -tagshow=act
	compare "$1" -tags -taghide=act
	compare "$1" -tags -mean
	compare "$1" -tags -divide_by=3
	compare "$1" -tags -unit=GB
	for o in show=nothing hide=. show_from=. prune_from=. ignore=. tagshow=. taghide=.; do
		compare "$1" -top -$o
		compare "$1" -traces -$o
	done
	compare "$1" -top -focus=a -ignore=a
	compare "$1" -top -nodecount=-5
	compare "$1" -tree -nodecount=0
	for o in nodecount=1 nodefraction=1 edgefraction=1 nodefraction=-1 nodefraction=nan; do
		compare "$1" -dot -$o
	done
	compare "$1" -top -tagroot=,
	compare "$1" -top -tagroot=a,a
	compare "$1" -tree -compact_labels
	compare "$1" -list=. -trim_path=/src
	compare "$1" -list=. -source_path=/nonexistent
	compare "$1" -raw -tagroot=actor
	compare "$1" -raw -noinlines
	compare "$1 $1" -comments
	compare "$1" -traces -addresses
	compare "$1" -tree -showcolumns -lines
	compare "$1" --top --nodecount 3
	compare "$1" -top --
	compare "$1" -peek=. -lines
	compare "$1" -peek=. -focus=a -relative_percentages
	compare "$1" -list=0x12
	compare "$1" -disasm=nothing_has_this_name
	compare "$1" -weblist=nothing_has_this_name -output="$work/page.html"
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
	for c in dot callgrind; do
		compare "$f" -$c -call_tree
		compare "$f" -$c -call_tree -nodecount=10 -noinlines
		compare "$f" -$c -call_tree -lines -nodefraction=0.05
	done
	corners "$f"
	prompt "$f" 'top\n'
	prompt "$f" 'top5\ntop 3 -cum\ntop work -runtime\n'
	prompt "$f" 'focus=work\ntop\nfocus=\n:\ncum=true\ntop3\no\n'
	prompt "$f" 'tags\ntags Hash -msg\npeek work\nlist main.work\nfoo\nfocus\nlist\nnodecount 3\n'
	prompt "$f" 'sample_index=0\ntop\nsample_index=nonsense\nunit=ms\ntree 3\nmean=1\ntop\nquit\n'
	prompt "$f" 'tagfocus=Hash //: a comment\ntraces\ncompact_labels=false\ntop\nlines=1\ntop 4\n'
	prompt "$f" 'help focus\nhelp top\nhelp tags\nhelp nonsense\nhelp cum\nhelp\nhelp help\nhelp top top\n'
	prompt "$f" 'top >out.txt\ncomments\nraw > out2.txt\nnodefraction=x\ntrim=maybe\ntop >\n'
	prompt "$f" 'help sample_index\nsort\nsort=bo"gus\ngranularity=x\nfunctions=0\ncum=yes\no\n'
	prompt "$f" 'nodecount=99999999999999999999\nnodecount=+5\nnodecount=0x10\nnodecount=1e3\no\n'
	prompt "$f" 'divide_by=inf\no\ndivide_by=nan\no\ndivide_by=1e999\ndivide_by=\ndivide_by=0\ntop\n'
	prompt "$f" 'mean\nmean=maybe\nmean=\ntotal_cpu\ntop3\nmean_cpu\ntop3\nsamples\ntop3\nmean_samples\n'
	prompt "$f" 'top +3\ntop -3\ntop 99999999999\ntop > /nonexistent/x\noutput=/none/y\ntop\n'
	prompt "$f" 'foo"bar\nfoo12\n123\nfocus3\nfocus x\nsort x\nlist5\ndisasm\nweblist\npeek\n'
	prompt "$f" 'peek ((\ntop ((\nfocus=a)\ntop\n:\nfocus=\\\\\ntop\n'
	prompt "$f" 'sample_index=\nsample_index=7\nsample_index=-1\nsample_index="x"\nsample_index\no\n'
	prompt "$f" 'unit=\ntop3\nunit=auto\ntop2\nunit=seconds\ntags\nunit=furlongs\ntraces\n'
	prompt "$f" 'tagfocus=a,b,,c\ntags\ntags a -b\ntags 3\ntagfocus=\ntagroot=actor,,x\ntop\n'
	prompt "$f" 'tagroot=nonsense\ntop\ntagroot=\ntagleaf=actor\ntree 4\ntagshow=a\ntags\n'
	prompt "$f" 'show=.\nhide=.\ntop\n:\nshow=\nshow_from=nothing\ntop\ntaghide=actor\ntags\n'
	prompt "$f" 'noinlines\nlines=t\ntop 5\nshowcolumns\naddresses=1\ntop 5\ngranularity=lines\nlist .\n'
	prompt "$f" 'relative_percentages\nfocus=a\ntop\ntraces\nfocus=\nnodefraction=.3\ntop\ntrim=f\ntop\n'
	prompt "$f" 'proto\ntopproto 5 >y.pb.gz\ncallgrind\ncallgrind >z\nproto >x.pb.gz\nnormalize=1\ntop 2\n'
	prompt "$f" ' top   3   -cum   a   -b  \ntop3a\ntop 1 2 3\ntop --cum\ntop -\ntop >a >b\n=\n=x\n = \n'
	prompt "$f" 'focus = a b //: c\ntop 1\nfocus=a //: b //: c\no\nquit now\ntop\n'
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
	disasm "$work/generate" "$work/go_cpu.prof" 'main\.'
	compare "$work/go_cpu.prof $work/go_heap.prof" -top
	compare "$work/generate $work/go_cpu.prof" -top
	compare "$work/none.prof" -top
	compare "$source/generate.go" -top
fi
if [ -d "$source/corpus/bad" ]; then
	usage
	every=1
	for f in "$source"/corpus/bad/*.prof; do
		compare "$f" -top
	done
fi
echo "$checks questions, $failures differences, $unstable without a fixed answer in Go"
[ "$failures" -eq 0 ]
