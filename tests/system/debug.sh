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
# Each link of the page answers. One of a profile takes as long as it takes.
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
check 'an interrupt does not end it well' sh -c "kill -INT $server"
wait "$server"
check 'its status' test $? -eq 0
server=
finish
