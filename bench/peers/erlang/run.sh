#!/bin/sh
# SPDX-License-Identifier: MIT
# Erlang as a peer of akt: run.sh build|version DIR | bench DIR -bench=REGEXP -cpu=N -benchtime=Nx
# Exit status 77: erl or erlc is not here.
set -u
export ERL_CRASH_DUMP_SECONDS=0
here=$(dirname "$0")
. "$here/../peer.sh"
dir=${2:-}

peer_build() {
	for tool in erl erlc; do
		command -v $tool >/dev/null 2>&1 || {
			echo "erlang: $tool is not here (Debian: erlang-base)" >&2
			exit 77
		}
	done
	mkdir -p "$dir" && erlc -o "$dir" "$here"/*.erl
}

# Schedulers, room for processes, and no busy waiting where no work comes from; how long the others wait
# busily made no difference to any of the works, so that is as the virtual machine has it.
peer_run() {
	erl +S "$3:$3" +P 4000000 +sbwtdcpu none +sbwtdio none -noshell -noinput -pa "$dir" \
		-run bench main "$@"
}
peer_names() { erl -noshell -noinput -pa "$dir" -run bench list; }
peer_version() { erl -noshell -noinput -pa "$dir" -run bench version; }

peer_main erlang "$@"
