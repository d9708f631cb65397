#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts test cases.

count.py NAME testlog.json                 from meson test
count.py NAME --status N output            from a script

Prints "NAME passed failed skipped". A program that says how many cases it has counts as that many:
Check's "100%: Checks: 9, Failures: 0, Errors: 0", or a line "9 passed, 0 failed, 1 skipped". Any
other test counts as one. A bad exit that no case explains is one failure, and so is silence.
"""
import json
import re
import sys

CHECK = re.compile(r'^\d+%: Checks: (\d+), Failures: (\d+), Errors: (\d+)', re.M)
SUMMARY = re.compile(r'^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$', re.M)


def cases(text):
    """Sums what the output says about itself, or None."""
    found = None
    for total, failures, errors in CHECK.findall(text):
        bad = int(failures) + int(errors)
        found = add(found or (0, 0, 0), (int(total) - bad, bad, 0))
    for passed, failed, skipped in SUMMARY.findall(text):
        found = add(found or (0, 0, 0), (int(passed), int(failed), int(skipped or 0)))
    return found


def add(a, b):
    return tuple(x + y for x, y in zip(a, b))


def one(text, good, skipped):
    """Counts of one program."""
    if skipped:
        return (0, 0, 1)
    found = cases(text)
    if found is None:
        return (1, 0, 0) if good else (0, 1, 0)
    if good and found[1] > 0 or not good and found[1] == 0:
        return add(found, (0, 1, 0))
    return found


def from_meson(path):
    total = (0, 0, 0)
    try:
        with open(path, encoding='utf-8', errors='replace') as lines:
            for line in lines:
                test = json.loads(line)
                result = test['result']
                total = add(total, one(test.get('stdout') or '',
                                       result in ('OK', 'EXPECTEDFAIL'), result == 'SKIP'))
    except (OSError, ValueError, KeyError) as error:
        print(f'count: {path}: {error}', file=sys.stderr)
        total = add(total, (0, 1, 0))
    return total if any(total) else (0, 1, 0)


def from_script(path, status):
    with open(path, encoding='utf-8', errors='replace') as file:
        text = file.read()
    summaries = SUMMARY.findall(text)
    return one('%s passed, %s failed, %s skipped' % (*summaries[-1][:2], summaries[-1][2] or 0)
               if summaries else '', status == 0, False)


def main(argv):
    name = argv[1]
    if argv[2] == '--status':
        counts = from_script(argv[4], int(argv[3]))
    else:
        counts = from_meson(argv[2])
    print(name, *counts)


main(sys.argv)
