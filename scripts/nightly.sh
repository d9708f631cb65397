#!/bin/sh
# SPDX-License-Identifier: MIT
# The long runs: everything of `make test`, then each harness and each torture test for much longer.
# AKT_TEST_NIGHTLY=1 is what tests ask that have a long form (tests/unit/prof/test_storm.c: a minute).
# AKT_TEST_NIGHTLY_SECONDS (600) is the time for each harness, and for seeds of the interleave build;
# AKT_TEST_NIGHTLY_SEEDS (10000) is how many seeds the tests of seeded systems get, and how many rounds
# and loops the torture with real threads.
set -u
cd "$(dirname "$0")/.." || exit 1
seconds=${AKT_TEST_NIGHTLY_SECONDS:-600}
seeds=${AKT_TEST_NIGHTLY_SEEDS:-10000}
status=0
AKT_TEST_NIGHTLY=1 scripts/test.sh || status=1
AKT_TEST_SEEDS=$seeds CK_TIMEOUT_MULTIPLIER=60 \
	meson test -C build --no-rebuild --suite unit --print-errorlogs -t 0 || status=1
AKT_TEST_SEEDS=$seeds \
	AKT_TEST_BUILDS='gcc:-O0 gcc:-O2 gcc:-O3 clang:-O0 clang:-O2 clang:-O3' \
	sh tests/system/seeded.sh "$PWD/build/tests/system/seeded" || status=1
# The tests of the tests: each mistake that is planted is found.
sh tests/torture/plant.sh || status=1
sh tests/torture/failure_modes.sh || status=1
scripts/fuzz.sh "$seconds" || status=1
AKT_TEST_ROUNDS=$seeds AKT_TEST_LOOPS=$seeds CK_TIMEOUT_MULTIPLIER=20 \
	meson test -C build --no-rebuild --suite torture -t 0 || status=1
scripts/setup.sh build-interleave -Dinterleave=true && ninja -C build-interleave >/dev/null || status=1
sh tests/otp/compare.sh build/tests/otp/otp-trace 20000 "$(date +%s)" || [ $? -eq 77 ] || status=1
end=$(($(date +%s) + seconds))
first=$(date +%s) # other seeds each night; a test has at most some hundred in a round
while [ "$(date +%s)" -lt $end ]; do
	AKT_TEST_FIRST_SEED=$first CK_TIMEOUT_MULTIPLIER=20 meson test -C build-interleave --no-rebuild \
		--suite interleave --quiet --print-errorlogs -t 0 || {
		status=1
		break
	}
	first=$((first + 1000))
done
exit $status
