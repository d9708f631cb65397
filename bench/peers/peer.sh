# shellcheck shell=sh
# SPDX-License-Identifier: MIT
# What the run.sh of CAF and of Erlang share; to be sourced. Before peer_main they define
#
#	peer_build			into DIR; 77: something is not here
#	peer_version			one line
#	peer_names			print the names of all benchmarks, one a line
#	peer_run NAME OPS CPUS		run one in a fresh process; prints its line in Go's format
#
# peer_bench PKG -bench=REGEXP -cpu=N -benchtime=Nx runs those that match. An element of the expression
# (of grep -E) between slashes matches a level of the name, as in Go; alternatives are within an element.
# Exit status: 0 all passed; 1 one failed, or none matched; 2 wrong use.

# What a process that measured before has touched would be handed out again unseen: each op of a
# footprint is a process of its own, and the medians count.
peer_footprint() {
	for _ in $(seq "$2"); do
		peer_run "$1" 1 "$3" || exit 1
	done | awk -F '\t' -v ops="$2" '
	function median(column,    i, j, t, list) {
		for (i = 1; i <= NR; i++)
			list[i] = all[i, column]
		for (i = 2; i <= NR; i++)
			for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
				t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
			}
		return (list[int((NR + 1) / 2)] + list[int(NR / 2) + 1]) / 2
	}
	/^--- FAIL/ { failed = 1 }
	failed { print; next }
	{
		name = $1
		for (i = 3; i <= NF; i++) {
			split($i, column, " ")
			all[NR, i] = column[1]
			unit[i] = column[2]
		}
	}
	END {
		if (failed || NR != ops)
			exit 1
		printf "%s\t%d", name, ops
		for (i = 3; i in unit; i++)
			printf "\t%.2f %s", median(i), unit[i]
		printf "\n"
	}'
}

peer_environment() {
	echo "goos: linux"
	case $(uname -m) in
	x86_64) echo "goarch: amd64" ;;
	aarch64) echo "goarch: arm64" ;;
	*) echo "goarch: $(uname -m)" ;;
	esac
	echo "pkg: $1"
	sed -n 's/^model name[^:]*: /cpu: /p' /proc/cpuinfo | head -n 1
}

# Those of $names that match $1, a level at a time.
peer_matching() {
	rest=$1/ level=1
	while [ -n "$rest" ]; do
		echo | grep -E -e "${rest%%/*}" >/dev/null
		[ $? -le 1 ] || return 2
		lines=$(echo "$names" | sed 's|$|/|' | cut -d/ -f$level |
			grep -nE -e "${rest%%/*}" | sed -n 's/:..*/p/p')
		names=$(echo "$names" | sed -n "$lines")
		rest=${rest#*/} level=$((level + 1))
	done
}

peer_bench() {
	package=$1 pattern=. cpus=1 ops=1
	shift
	for argument in "$@"; do
		case $argument in
		-bench=*) pattern=${argument#-bench=} ;;
		-cpu=*) cpus=${argument#-cpu=} ;;
		-benchtime=*x) ops=${argument#-benchtime=} ops=${ops%x} ;;
		*) cpus= ;;
		esac
		case /$cpus/$ops/ in
		*//* | */0* | *[!0-9/]*)
			echo "$package: bad argument $argument (-bench=REGEXP -cpu=N -benchtime=Nx)" >&2
			return 2
			;;
		esac
	done
	names=$(peer_names) || return 1
	peer_matching "$pattern" || return 2
	[ -n "$names" ] || {
		echo "$package: no benchmark matches $pattern" >&2
		return 1
	}
	peer_environment "$package"
	failed=0
	for name in $names; do
		case $name in
		*Footprint*) peer_footprint "$name" "$ops" "$cpus" ;;
		*) peer_run "$name" "$ops" "$cpus" ;;
		esac || failed=1
	done
	return $failed
}

# peer_main NAME build|version DIR | NAME bench DIR FLAGS...
peer_main() {
	peer=$1 command=${2:-}
	[ -n "${3:-}" ] || {
		echo "usage: run.sh build|version DIR | bench DIR -bench=REGEXP -cpu=N -benchtime=Nx" >&2
		exit 2
	}
	shift 3
	case $command in
	build) peer_build ;;
	bench) peer_bench "$peer/bench" "$@" ;;
	version) peer_version ;;
	*)
		echo "$peer: unknown command $command" >&2
		exit 2
		;;
	esac
}
