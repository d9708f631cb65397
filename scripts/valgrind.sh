#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test program under memcheck: any error or definite leak is a failure.
exec valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
	--errors-for-leak-kinds=definite --fair-sched=yes \
	--suppressions="$(dirname "$0")/valgrind.supp" "$@"
