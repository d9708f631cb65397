#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: akt top shows who burns a processor, who is flooded, who is stuck, who has the memory and who is
# restarted, as text and on a terminal; its keys; that the terminal is as before however it ends; what it
# says when the server goes, is not there, or is another. Not: how fast it is.
set -u
build=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
top=$build/tools/top/akt-top
passed=0 failed=0
work=$(mktemp -d)
server=""
other=""
end() {
	[ -z "$server" ] || kill -9 "$server" 2>/dev/null
	[ -z "$other" ] || kill "$other" 2>/dev/null
	rm -rf "$work"
}
trap end EXIT
# Sums are taken over runs under meson with any locale, and any terminal.
unset NO_COLOR
export LC_ALL=C.UTF-8 TERM=xterm-256color

check() {
	what=$1
	shift
	if "$@" >"$work/said" 2>&1; then
		passed=$((passed + 1))
	else
		echo "top: $what"
		sed 's/^/    /' "$work/said" | head -30
		failed=$((failed + 1))
	fi
}

finish() {
	echo "$passed passed, $failed failed"
	[ $failed -eq 0 ]
	exit
}

start() {
	rm -f "$work/ready"
	mkfifo "$work/ready"
	"$build/tests/system/top-victim" 127.0.0.1:0 "$@" >"$work/ready" 2>"$work/err" &
	server=$!
	read -r port <"$work/ready" || port=
	if [ -z "$port" ]; then
		wait "$server"
		status=$?
		server=
		cat "$work/err"
		[ $status -ne 77 ] || echo "top: libmicrohttpd is not here: nothing is proved"
		[ $status -ne 77 ] || exit 77
		failed=1
		finish
	fi
	address=127.0.0.1:$port
}

# until CONDITION...: a new page as $work/page until it holds; what was last seen if it never does.
until_page() {
	options=$1
	shift
	tries=0
	while [ $tries -lt 30 ]; do
		# shellcheck disable=SC2086 # options are words
		"$top" -n 1 -d 1 $options "$address" >"$work/page" 2>&1 && "$@" && return 0
		tries=$((tries + 1))
	done
	cat "$work/page"
	return 1
}

# The value of a column of one actor; the first row's name.
of() { awk -v name="$1" -v column="$2" '!/^#/ && $NF == name { print $column }' "$work/page"; }
first() { awk '!/^#/ && $1 != "CPU%" { print $NF; exit }' "$work/page"; }
is_first() { [ "$(first)" = "$1" ]; }
holds() { awk -v name="$1" "!/^#/ && \$NF == name && ($2) { found = 1 } END { exit !found }" "$work/page"; }

start
# --- as text ---
check 'the mill has the most CPU time' until_page '' is_first /mill
check 'by samples' holds /mill '$1 > 0 && $2 > 0'
check 'who has it' holds /mill '$(NF-1) == "miller"'
check 'the inbox is the deepest' until_page -sort=depth is_first /inbox
check 'so deep' holds /inbox '$3 > 19000'
check 'messages wait in it' until_page '-sort wait' is_first /inbox
check 'for some time' holds /inbox '$4 > 1'
check 'the hoard has the most memory' until_page -sort=mem is_first /hoard
check 'so much' holds /hoard '$5 > 8*1024*1024'
check 'the mill handles the most messages' until_page --sort=rate is_first /mill
check 'the patient is restarted' until_page '' holds /patient '$7 > 1'
check 'the printer is stuck' until_page '' holds /printer '$8 == "running" && $9 > 1000 && $10 == "go" && $3 == 3'
check 'names have no blanks' until_page '' holds '/bank/two%20words%25' '$8 == "idle"'
check 'by name' until_page -sort=name is_first /bank
check 'and reversed' until_page '-sort=name -reverse' is_first /printer
check 'filter' sh -c "'$top' -n 1 -d 1 -filter '^teller$' $address | grep -cv -e '^#' -e CPU% | grep -qx 2"
check 'types' until_page '-types -sort=mem' holds 2 '$(NF-1) == "teller"'
check 'light' sh -c "'$top' -light -n=1 -d=1 $address | grep -q '^ *- *- *19999 .*/inbox\$'"
check 'a page is a head of three lines, a line of names, nine actors' sh -c \
	"'$top' -n 1 -d 1 -light http://$address/debug/pprof/ | tee '$work/page' | wc -l | grep -qx 13"
check 'two pages' sh -c "'$top' -n 2 -d 1 -light $address | grep -c CPU% | grep -qx 2"
check 'rows' sh -c "'$top' -n 1 -d 1 -rows=3 -light $address | wc -l | grep -qx 7"
check 'no escapes in a pipe' sh -c "'$top' -d 1 -light $address | head -14 >'$work/pipe' && ! grep -q '$(printf '\033')' '$work/pipe'"
check 'without -n it goes on' test "$(wc -l <"$work/pipe")" = 14
check 'by akt' sh -c "'$build/akt' top -n 1 -d 1 -light $address | grep -q /mill"

# All profiles that may be open at one time are; the last one does without.
python=$(command -v /usr/bin/python3 || command -v python3)
await_profiles() {
	"$python" -c 'import sys, time, urllib.request
end = time.monotonic() + 60
while f"akt_profile_sections{{system=\"top victim\"}} {sys.argv[2]}\n" not in urllib.request.urlopen(f"http://{sys.argv[1]}/metrics").read().decode():
	assert time.monotonic() < end' "$address" "$1"
}
"$top" -n 1 -d 3000 "$address" >"$work/one" 2>&1 &
one=$!
check 'two profiles are open' await_profiles 2
"$top" -n 1 -d 3000 "$address" >"$work/two" 2>&1 &
two=$!
check 'and a third one' await_profiles 3
are_refused() { grep -q 'a profile was refused' "$work/page" && holds /inbox '$1 == "-" && $6 == "-" && $3 > 19000'; }
check 'without profiles that are refused the rest is there' until_page '' are_refused
kill $one $two
wait $one $two 2>/dev/null
check 'and when there is room again' until_page '' holds /mill '$1 > 0 && $6 > 0'

# --- what is wrong ---
fails() { # status pattern arguments...
	wanted=$1 pattern=$2
	shift 2
	"$top" "$@" >"$work/out" 2>&1
	status=$?
	[ $status -eq "$wanted" ] && grep -q -e "$pattern" "$work/out" && return 0
	echo "exit status $status"
	cat "$work/out"
	return 1
}
check 'nobody is there' fails 1 '^akt top: 127.0.0.1:1: ' -n 1 127.0.0.1:1
check 'no such host' fails 1 '^akt top: nowhere.invalid:1: ' -n 1 nowhere.invalid:1
check 'a wrong option' fails 2 'no such option: -z' -z
check 'a wrong key' fails 2 '-sort is cpu, ' -sort=size "$address"
check 'a wrong filter' fails 2 'error parsing regexp' -filter='(' "$address"
check 'a wrong number' fails 2 '-d is a whole number from 1' -d 0 "$address"
check 'a wrong address' fails 2 'an address is HOST:PORT' 'a b'
check 'two addresses' fails 2 'one address' a:1 b:1
check 'a value that is missing' fails 2 '-sort: what' "$address" -sort
check 'help' fails 0 '^usage: akt top' -help
mkdir -p "$work/web/debug/akt"
(cd "$work/web" && exec "$python" -u -m http.server --bind 127.0.0.1 0 >"$work/web.port" 2>/dev/null) &
other=$!
tries=0
until web=$(sed -n 's/.* port \([0-9]*\) .*/\1/p' "$work/web.port" 2>/dev/null) && [ -n "$web" ] || [ $tries -ge 100000 ]; do
	tries=$((tries + 1))
done
another() { # pattern content
	printf '%s' "$2" >"$work/web/debug/akt/tree"
	fails 1 "$1" -n 1 "127.0.0.1:$web"
}
check 'another server' fails 1 'the server answers 404' -n 1 "127.0.0.1:$web"
check 'a page' another 'no debug server of akt' '<html>'
check 'nothing' another 'no debug server of akt' ''
check 'JSON of something else' another 'no debug server of akt' '{"actors":1}'
check 'a tree that is cut' another 'no debug server of akt' '{"format":1,"actors":[{"path":"/a'
check 'a tree too deep' another 'no debug server of akt' \
	"{\"format\":1,\"x\":$(printf '%03000d' 0 | tr 0 '[')$(printf '%03000d' 0 | tr 0 ']')}"
check 'a number that is none' another 'no debug server of akt' '{"format":1,"actors":[{"path":"/a","memory":"8"}]}'
check 'a number too large' another 'no debug server of akt' '{"format":1,"pid":9223372036854775808}'
check 'an actor that is none' another 'no debug server of akt' '{"format":1,"actors":[true]}'
check 'a name that is no UTF-8' another 'no debug server of akt' "$(printf '{"format":1,"system":"\377"}')"
check 'a name with a NUL' another 'no debug server of akt' '{"format":1,"system":"a\u0000"}'
check 'more than a tree' another 'no debug server of akt' '{"format":1}{}'
check 'a later format' another 'has format 2' '{"format":2}'

# --- on a terminal ---
if command -v expect >/dev/null; then
	check 'keys' expect "$here/top.exp" "$top" "$address" "$server" "$work" keys
	kill -9 "$server" 2>/dev/null
	wait "$server" 2>/dev/null
	start
	for signal in INT TERM HUP QUIT; do
		check "ended by $signal" expect "$here/top.exp" "$top" "$address" "$server" "$work" "$signal"
	done
else
	echo "top: expect is not here: no terminal was used"
fi

# --- it goes ---
"$top" -n 100000 -d 1 -light "$address" >"$work/out" 2>"$work/err" &
client=$!
tries=0
until [ -s "$work/out" ] || [ $tries -ge 1000000 ]; do tries=$((tries + 1)); done
kill -9 "$server"
wait "$server" 2>/dev/null
wait $client
check 'a server that goes ends the pages that were wanted' test $? -eq 1
check 'and why is said' grep -q "^akt top: $address: " "$work/err"
server=

# --- large ---
start 100000
check 'of 100,000 actors those that lead' until_page '-rows=10' is_first /mill
check 'are few' test "$(wc -l <"$work/page")" -le 14
check 'all are counted' grep -q '^# actors 100k ' "$work/page"
check 'and summed by type' until_page '-light -types' holds 100002 '$(NF-1) == "teller"'
finish
