#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: examples/08-echo serves real clients over TCP: one, one that sends a lot and reads late, many at
# once, one that hangs up; and ends when it is told to. Not: how fast it is.
set -u
build=$1
work=$(mktemp -d)
passed=0 failed=0

check() {
	if [ "$2" -eq 0 ]; then
		passed=$((passed + 1))
	else
		echo "echo: $1"
		failed=$((failed + 1))
	fi
}

touch "$work/said"
"$build/examples/08-echo" serve >"$work/said" &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$work"' EXIT
tries=0
until port=$(sed -n 's/^port //p' "$work/said") && [ -n "$port" ]; do
	tries=$((tries + 1))
	[ $tries -lt 300 ] || break
	sleep 0.1
done
export port work

cat >"$work/client" <<'END'
# client number: sends number lines, then reads them
exec 3<>/dev/tcp/127.0.0.1/$port || exit 1
i=0
while [ $i -lt $1 ]; do
	echo "line $i of client $1" >&3
	read -r back <&3
	[ "$back" = "line $i of client $1" ] || exit 1
	i=$((i + 1))
done
END
timeout 60 bash "$work/client" 3
check "one client" $?

# More than the sockets hold, written before anything is read.
timeout 60 bash -c '
exec 3<>/dev/tcp/127.0.0.1/$port || exit 1
head -c 20000000 /dev/zero | tr "\0" "x" >"$work/much"
cat "$work/much" >&3 &
head -c 20000000 <&3 >"$work/back"
cmp "$work/much" "$work/back"'
check "20 MB come back as they were" $?

for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
	timeout 60 bash "$work/client" $i &
	pids="${pids:-} $!"
done
all=0
for pid in $pids; do
	wait "$pid" || all=1
done
check "twenty at once" $all

timeout 60 bash -c 'exec 3<>/dev/tcp/127.0.0.1/$port && head -c 1000000 /dev/zero >&3'
timeout 60 bash "$work/client" 2
check "another one after one that hung up" $?

kill -TERM $server
wait $server
check "it ends when told to" $?
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
