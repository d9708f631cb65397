# SPDX-License-Identifier: MIT
"""The gate: a few works of akt beside mini, in turn on one core, and a limit for each ratio.

Noise must not trip it, so both of two figures have to be beyond the limit: the median of the rounds'
ratios, which a long disturbance moves but little, and the ratio of the best runs, which short ones
cannot move. A real loss moves both.
"""
import sys

import measure
import record
import verdict
import works
from verdict import number

ROUNDS = 9
ROW = '{:4} {:30} {:>8} {:>8} {:>8}'


class Kept(record.Files):
    """No files."""

    def append(self, peer, lines):
        pass


def plan():
    return [(works.find(gate.work), 1, gate.ops) for gate in works.GATE]


def judge(kept):
    """Prints a row for each limit; (passed, failed)."""
    passed = failed = 0
    print(ROW.format('', 'akt by mini, 1 core', 'median', 'best', 'limit'))
    for gate in works.GATE:
        unit = works.find(gate.work).units[0]
        pair = [kept.values(peer, gate.work, 1, unit) for peer in ('akt', 'mini')]
        median, best = verdict.ratio(*pair), verdict.best_ratio(*pair)
        good = median is not None and min(median, best) <= gate.limit
        passed, failed = passed + good, failed + (not good)
        print(ROW.format('ok' if good else 'FAIL', gate.work, number(median), number(best),
                         f'{gate.limit:g}'))
    return passed, failed


def main(everybody, options):
    pair = {name: everybody[name] for name in ('akt', 'mini')}
    for name, peer in pair.items():
        why = peer.prepare()
        if name == 'mini' and why.startswith('no '):
            print(f'gate: skipped: {why}\n0 passed, 0 failed, {len(works.GATE)} skipped')
            return 0
        if why:
            print(f'gate: {why}\n0 passed, 1 failed')
            return 1
    kept = record.Record()
    measure.Measurement(pair, kept, Kept(''), measure.Progress()).rounds(plan(), options.rounds or ROUNDS,
                                                                            options.seed)
    passed, failed = judge(kept)
    sys.stdout.flush()
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0
