# SPDX-License-Identifier: MIT
# The front door. Meson does the building; this file knows the few commands that people type.
#
#   make            the library and the akt command, in build/
#   make demo       the bank under load, then the shutdown profiles and their verdicts
#   make test       every suite; the last line is "N passed, N failed"
#   make bench      the benchmarks
#   make compare    [ROUNDS=5] akt beside its peers: docs/performance.md; compare-raw: beside the raw floor
#   make style      format, lint and the house's own checks
#   make install    [PREFIX=/usr/local] [DESTDIR=]
#   make asan tsan valgrind interleave model gate fuzz    one suite of `make test` each
#   make nightly    the long runs
#   make format     rewrite the C files as .clang-format says
#   make clean
BUILD = build
PREFIX = /usr/local
DESTDIR =
BENCH = .
ROUNDS = 5
SEED_TIME = 60

.PHONY: all setup demo test unit asan tsan valgrind interleave model fuzz nightly style format \
	bench compare compare-raw compare-gate gate install clean

all: setup
	@ninja -C $(BUILD)

setup:
	@scripts/setup.sh $(BUILD)

demo:
	@scripts/deps.sh demo
	@$(MAKE) --no-print-directory all
	@scripts/demo.sh $(BUILD)

test:
	@scripts/deps.sh test
	@scripts/test.sh

unit asan tsan valgrind interleave model gate:
	@scripts/test.sh $@

style:
	@scripts/style.sh

format:
	@scripts/format.sh

fuzz:
	@scripts/fuzz.sh $(SEED_TIME)

nightly:
	@scripts/nightly.sh

bench: all
	@$(BUILD)/akt bench -bench='$(BENCH)' ./bench

# A peer that cannot be installed is left out, and said to be.
compare:
	@scripts/deps.sh compare || echo 'compare: what is not there is left out'
	@$(MAKE) --no-print-directory all
	@python3 bench/compare -build $(BUILD) -rounds $(ROUNDS)

compare-raw: all
	@python3 bench/compare -build $(BUILD) -rounds $(ROUNDS) -peers akt,mini,mini2,wake

compare-gate: all
	@python3 bench/compare -build $(BUILD) -gate

install: all
	@scripts/install.sh $(BUILD) '$(PREFIX)' '$(DESTDIR)'

clean:
	rm -rf $(BUILD) build-*
