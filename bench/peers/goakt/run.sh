#!/bin/sh
# SPDX-License-Identifier: MIT
# GoAkt beside akt:
#	run.sh build DIR                                            the test binary into DIR, if it is not there yet
#	run.sh bench DIR -bench=REGEXP -cpu=N -benchtime=Nx         run it
#	run.sh version DIR                                          what was built, in one line
# Exit status 77: there is no Go of GO_MIN or later, or the module cannot be had.
set -u
GO_MIN=1.26
here=$(cd "$(dirname "$0")" && pwd) || exit 1
PATH=$PATH:/usr/local/go/bin

fail() { # status words...
	status=$1
	shift
	echo "goakt: $*" >&2
	exit "$status"
}

# Whether go is there and new enough. What it says is "go1.26.8".
has_go() {
	command -v go >/dev/null || return 1
	printf '%s\n' "go$GO_MIN" "$(go env GOVERSION)" | sort -C -V
}

build() {
	newer=$(find "$here" -type f -newer "$dir/version" 2>&1)
	[ -x "$dir/goakt.test" ] && [ -z "$newer" ] && return
	export GOTOOLCHAIN=local # no other Go than the one that is there
	cd "$here" || exit 1
	has_go || fail 77 "needs Go $GO_MIN or later"
	go list -deps -test . >/dev/null 2>&1 || fail 77 "the modules in go.mod cannot be had"
	mkdir -p "$dir" || exit 1
	go test -c -o "$dir/goakt.test" . || fail 1 "does not build"
	module=$(go list -m -f '{{.Version}}' github.com/tochemey/goakt/v4) || exit 1
	echo "GoAkt $module, $(go env GOVERSION)" >"$dir/version"
}

bench() {
	for flag; do
		case $flag in
		-bench=* | -cpu=* | -benchtime=*) set -- "$@" "-test.${flag#-}" ;;
		*) fail 2 "not a flag: $flag" ;;
		esac
		shift
	done
	exec "$dir/goakt.test" -test.run='^$' -test.timeout=30m "$@"
}

[ $# -ge 2 ] || fail 2 "run.sh build|bench|version DIR [flag...]"
verb=$1
mkdir -p "$2" || exit 1
dir=$(cd "$2" && pwd) || exit 1
shift 2
case $verb in
build) build ;;
bench | version)
	[ -e "$dir/version" ] || fail 1 "nothing is built in $dir"
	if [ "$verb" = bench ]; then bench "$@"; else cat "$dir/version"; fi
	;;
*) fail 2 "not a verb: $verb" ;;
esac
