#!/bin/sh
# SPDX-License-Identifier: MIT
# Proves: the house's own checks see what they are for: an upward include, in src and between the
# rooms of the analyzer, a runtime header in the analyzer, a banned call, a missing licence line, a long
# function, a function without a page; that they pass over comments and strings; and that the counting
# of test cases does not lose a failure.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
passed=0 failed=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
git init -q .
mkdir -p src/mem src/actor tools/pprof/ground tools/pprof/answer include/akt man
cp "$root/src/floors.txt" "$root/src/banned.txt" src
cp "$root/tools/pprof/floors.txt" tools/pprof
licence='/* SPDX-License-Identifier: MIT */'

# rule "wanted words, or nothing for no fault" file "content"
rule() {
	name=$1 wanted=$2 file=$3
	printf '%b' "$4" >"$file"
	git add -A .
	python3 "$root/scripts/house.py" "$name" "$work" >out 2>&1
	status=$?
	rm "$file"
	right=0
	if [ -z "$wanted" ]; then
		[ $status -eq 0 ] && right=1
	elif [ $status -ne 0 ] && grep -qF -e "$wanted" out; then
		right=1
	fi
	if [ $right -eq 1 ]; then
		passed=$((passed + 1))
	else
		echo "house: $name: wanted '$wanted', got status $status:"
		cat out
		failed=$((failed + 1))
	fi
}

rule floors 'src/mem/x.c:1: mem -> actor' src/mem/x.c '#include "actor/cell.h"\n'
rule floors 'src/mem/x.c:2: mem -> queue' src/mem/x.c '\n# include <queue/mpsc.h>\n'
rule floors '' src/actor/x.c '#include "mem/mem.h"\n#include "actor/cell.h"\n#include <akt/akt.h>\n'
rule floors 'tools/pprof/x.c:1: tools/pprof -> sched' tools/pprof/x.c '#include "sched/sched.h"\n'
rule floors '' tools/pprof/x.c '#include "profile/profile.h"\n'
rule floors 'tools/pprof/ground/x.c:1: ground -> answer' tools/pprof/ground/x.c '#include "pprof/answer/tally.h"\n'
rule floors 'answer -> the door' tools/pprof/answer/x.c '#include "pprof/args.h"\n'
rule floors '' tools/pprof/answer/x.c '#include "pprof/ground/buffer.h"\n'
rule banned 'src/actor/x.c:2: malloc is banned in actor' src/actor/x.c '\nvoid *p = malloc (3);\n'
rule banned 'usleep is banned in mem' src/mem/x.c 'usleep(1);\n'
rule banned '' src/mem/x.c 'void *p = malloc(3); /* sleep(1) */ "sprintf(x)" my_sleep(2); x->free(3);\n'
rule spdx 'src/mem/x.c: no SPDX line' src/mem/x.c 'int x;\n'
rule spdx '' src/mem/x.c "$licence\nint x;\n"
long=$(awk 'BEGIN { for (i = 0; i < 71; i++) printf "\\tx++;\\n" }')
rule size 'run_long has 71 lines' src/mem/x.c "static int run_long(int x)\n{\n$long}\n"
rule size '' src/mem/x.c "static int run_long(int x)\n{\n${long#?????????}}\n"
rule size 'run_long has 71 lines' x.cpp "class a\n{\n\tvoid run_long(int x)\n\t{\n$long\t}\n};\n"
rule size '' x.cpp "class a\n{\n\tvoid run_long(int x)\n\t{\n\t}\n$long};\n"
clauses=$(awk 'BEGIN { for (i = 0; i < 70; i++) printf "run(%d) -> x;\\n", i }')
rule size 'run has 71 lines' x.erl "a() -> x.\n${clauses}run(_) -> y.\n"
rule size '' x.erl "a() -> x. %% y\n${clauses#run(0) -> x;??}run(_) -> y.\n"
rule spdx 'x.erl: no SPDX line' x.erl '-module(x).\n'
printf '.Fn akt_known\n' >man/akt.3
rule manual 'include/akt/x.h: akt_unknown is in no page of man' include/akt/x.h \
	'AKT_API int akt_known(void);\nAKT_API const void *\nakt_unknown(int (*f)(int));\n'
rule manual '' include/akt/x.h \
	'/* AKT_API int akt_a(int); */\nAKT_API extern int akt_data;\nAKT_API int akt_known(void);\n'

# A tree where everything is covered, and what each line that is too many or missing brings.
mkdir -p include/akt tests/unit/system
printf '%b' 'X(GONE, -3, "")\n' >include/akt/error.h
printf '%b' 'IS(akt_go(), AKT_ERR_GONE);\n"akt_go"\nAKT_GO_MAX START_TEST(so_far)\n' \
	>tests/unit/system/test_misuse.c
printf '%b' 'AKT_GO_MAX: tests/unit/system/test_misuse.c so_far\n' >tests/limits.txt
printf '%b' 'AKT_API int akt_go(void);\n#define AKT_GO_MAX 1\n' >include/akt/go.h
rule covered '' include/akt/x.h '/* AKT_API int akt_not(void); */\n'
rule covered 'no row for akt_new' include/akt/x.h 'AKT_API const char *\nakt_new(int x);\n'
rule covered 'no line for AKT_NEW_MAX' include/akt/x.h '#define AKT_NEW_MAX 1\n'
rule covered 'no test expects AKT_ERR_GONE' tests/unit/system/test_misuse.c '"akt_go" AKT_ERR_GONE\n'
rm -r include tests

# count "wanted" status "output"
count() {
	printf '%b' "$3" >said
	got=$(python3 "$root/scripts/count.py" t --status "$2" said)
	if [ "$got" = "t $1" ]; then
		passed=$((passed + 1))
	else
		echo "house: count: wanted 't $1', got '$got'"
		failed=$((failed + 1))
	fi
}
count '3 1 2' 1 'noise\n3 passed, 1 failed, 2 skipped\n'
count '3 1 0' 1 '3 passed, 0 failed\n'
count '3 2 0' 0 '3 passed, 1 failed\n'
count '1 0 0' 0 ''
count '0 1 0' 7 'died\n'

# meson_count "wanted" "lines of testlog.json"
meson_count() {
	printf '%s\n' "$2" >log.json
	got=$(python3 "$root/scripts/count.py" t log.json 2>/dev/null)
	if [ "$got" = "t $1" ]; then
		passed=$((passed + 1))
	else
		echo "house: count: wanted 't $1', got '$got'"
		failed=$((failed + 1))
	fi
}
meson_count '7 2 0' '{"name":"a","result":"FAIL","stdout":"77%: Checks: 9, Failures: 1, Errors: 1\n"}'
meson_count '9 1 0' '{"name":"a","result":"TIMEOUT","stdout":"100%: Checks: 9, Failures: 0, Errors: 0\n"}'
meson_count '1 0 1' '{"name":"a","result":"OK","stdout":""}
{"name":"b","result":"SKIP","stdout":""}'
meson_count '0 1 0' 'garbage'
echo "$passed passed, $failed failed"
[ $failed -eq 0 ]
