# SPDX-License-Identifier: MIT
# The front door. Meson does the building; this file knows the few commands that people type.
#
#   make            the library and the akt command, in build/
#   make demo       the bank under load, then the shutdown profiles and their verdicts
#   make test       every suite; the last line is "N passed, N failed"
#   make bench      the benchmarks;  make compare-raw: beside the raw floor of this machine
#   make style      format, lint and the house's own checks
#   make install    [PREFIX=/usr/local] [DESTDIR=]
#   make asan tsan valgrind interleave model fuzz    one suite of `make test` each
#   make nightly    the long runs
#   make format     rewrite the C files as .clang-format says
#   make clean
BUILD = build
PREFIX = /usr/local
DESTDIR =
BENCH = .
SEED_TIME = 60

.PHONY: all setup demo test unit asan tsan valgrind interleave model fuzz nightly style format \
	bench compare-raw install clean

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

unit asan tsan valgrind interleave model:
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

compare-raw: all
	@scripts/compare-raw.sh $(BUILD)

install: all
	@scripts/install.sh $(BUILD) '$(PREFIX)' '$(DESTDIR)'

clean:
	rm -rf $(BUILD) build-*
