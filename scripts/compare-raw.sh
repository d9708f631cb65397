#!/bin/sh
# SPDX-License-Identifier: MIT
# make compare-raw: akt beside the raw probe of this machine; see bench/raw/compare.sh.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh "${1:-build}"
exec bench/raw/compare.sh "$@"
