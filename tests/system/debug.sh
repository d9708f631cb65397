#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: a running system answers real clients: curl, a parser of OpenMetrics, a reader of JSON, and `go
# tool pprof` where Go is; akt pprof reads what was fetched; an interrupt ends it at once, with a profile
# under way too. Not: what is refused, and limits (tests/unit/debug).
set -u
build=$(cd "$1" && pwd)
passed=0 failed=0
work=$(mktemp -d)
server=
end() {
	[ -z "$server" ] || kill "$server" 2>/dev/null
	rm -rf "$work"
}
trap end EXIT

check() {
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
	else
		echo "debug: $what"
		sed 's/^/    /' "$work/said" | head -20
		failed=$((failed + 1))
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
}

if ! command -v curl >/dev/null; then
	echo "debug: curl is not here: nothing is proved"
	exit 77
fi
mkfifo "$work/ready"
"$build/examples/17-live" 127.0.0.1:0 >"$work/ready" 2>"$work/err" &
server=$!
read -r page <"$work/ready"
url=${page%/debug/pprof/}
if [ -z "$url" ]; then
	if grep -q 'not supported' "$work/err"; then
		echo "debug: libmicrohttpd is not here: nothing is proved"
		exit 77
	fi
	cat "$work/err"
	failed=1
	finish
fi

get() { curl -fsS --max-time 60 -o "$2" "$url$1"; }

check 'the page' get /debug/pprof/ "$work/page"
check 'the page names the system' grep -q '<h1>granary</h1>' "$work/page"
# Each link of the page leads somewhere.
for path in $(sed -n 's/.*<a href="\([^"]*\)".*/\1/p' "$work/page"); do
	check "the page's link $path" curl -fsS -o /dev/null --max-time 60 -I "$url$path"
done
check 'the tree' get /debug/akt/tree "$work/tree"
check 'the tree has the mill' grep -q '^  #0\.1 mill "north mill": ' "$work/tree"
check 'the dump' get /debug/akt/dump "$work/dump"
check 'the dump has the worker' grep -q '^worker 0: ' "$work/dump"
check 'the command line' get /debug/pprof/cmdline "$work/cmdline"
check 'its words' sh -c "tr '\\0' ' ' <'$work/cmdline' | grep -q '17-live 127.0.0.1:0\$'"
check 'a foreign host is let in' sh -c "curl -sS -o /dev/null -w '%{http_code}' -H 'Host: evil.example' '$url/metrics' | grep -qx 403"

python=$(command -v /usr/bin/python3 || command -v python3)
check 'the tree as JSON' get '/debug/akt/tree?format=json' "$work/tree.json"
check 'JSON that is none' "$python" - "$work/tree.json" <<'END'
import json, sys
tree = json.load(open(sys.argv[1]))
assert tree["format"] == 1 and tree["system"] == "granary", tree
actor, = tree["actors"]
assert actor["path"] == "/north%20mill" and actor["type"] == "mill", actor
assert actor["mailbox"] in (None, 0, 1), actor
assert tree["workers"][0]["worker"] == 0 and tree["counters"]["spawned"] == 1, tree
END
check 'metrics' get /metrics "$work/metrics"
if "$python" -c 'import prometheus_client' 2>/dev/null; then
	check 'metrics that a parser refuses' "$python" - "$work/metrics" <<'END'
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(open(sys.argv[1]).read())}
assert families["akt_messages_processed"].type == "counter", families
assert families["akt_actors"].samples[0].value == 1
assert families["akt_messages_processed"].samples[0].labels == {"system": "granary"}
assert "akt_message_wait_seconds" in families and "akt_mailbox_messages" in families, families
END
else
	echo "debug: python3-prometheus-client is not here: no parser has seen the metrics"
fi
# Profiles.
check 'a CPU profile' get '/debug/pprof/profile?seconds=1' "$work/cpu.prof"
check 'the function that burns it' sh -c "'$build/akt' pprof -top '$work/cpu.prof' | grep -q on_grind"
check 'the actor that burns it' sh -c "'$build/akt' pprof -tags '$work/cpu.prof' | grep -q ': north mill'"
check 'one without names' get '/debug/pprof/profile?seconds=1&names=0' "$work/bare.prof"
check 'functions in it' sh -c "! '$build/akt' pprof -symbolize=none -top '$work/bare.prof' | grep -q on_grind"
check 'actors in it' sh -c "'$build/akt' pprof -tags '$work/bare.prof' | grep -q ': north mill'"
check 'a heap profile' get '/debug/pprof/heap?seconds=1&rate=1' "$work/heap.prof"
check 'what it shows first' sh -c "'$build/akt' pprof -top '$work/heap.prof' | grep -q 'Type: inuse_space'"
check 'allocations' get '/debug/pprof/allocs?seconds=1&rate=1' "$work/allocs.prof"
check 'what they show first' sh -c "'$build/akt' pprof -top '$work/allocs.prof' | grep -q 'Type: alloc_space'"
check 'who allocates' sh -c "'$build/akt' pprof -top '$work/allocs.prof' | grep -q on_grind"
check 'messages' get '/debug/pprof/messages?seconds=1&every=1' "$work/msg.prof"
check 'what was sent' sh -c "'$build/akt' pprof -top '$work/msg.prof' | grep -q grind"
go=$(command -v go || echo /usr/local/go/bin/go)
if [ -x "$go" ]; then
	export PPROF_TMPDIR="$work"
	check 'go tool pprof profile' sh -c \
		"'$go' tool pprof -top '$url/debug/pprof/profile?seconds=1' 2>/dev/null | grep -q on_grind"
	check 'go tool pprof -seconds' sh -c \
		"'$go' tool pprof -seconds 1 -tags '$url/debug/pprof/profile' 2>/dev/null | grep -q 'north mill'"
	check 'go tool pprof heap' sh -c \
		"'$go' tool pprof -top '$url/debug/pprof/heap?seconds=1&rate=1' 2>/dev/null | grep -q inuse_space"
else
	echo "debug: go is not here: its pprof has seen nothing"
fi

# The end, with a profile under way that would take an hour.
curl -fsS -o "$work/cut.prof" "$url/debug/pprof/profile?seconds=3600" &
client=$!
tries=0
until curl -fsS "$url/metrics" | grep -q '^akt_profile_sections{system="granary"} 1$'; do
	tries=$((tries + 1))
	[ $tries -lt 3000 ] || break
done
check 'an interrupt does not end it' kill -INT "$server"
wait "$server"
check 'its status' test $? -eq 0
server=
wait "$client"
check 'who took a profile until then got none' test $? -eq 0
check 'a profile that was cut' sh -c "'$build/akt' pprof -top '$work/cut.prof' | grep -q 'Type: cpu'"
finish
