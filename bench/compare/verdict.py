# SPDX-License-Identifier: MIT
"""Medians, spreads, and ratios: the median of the ratios of each round, whose figures were taken side
by side. And what the targets say to them."""
import statistics
from dataclasses import dataclass

import works

OK, MISSED, NONE = 'ok', 'MISSED', 'no figure'


@dataclass
class Spread:
    median: float
    least: float
    greatest: float
    count: int


def spread(values):
    """Of {round: value}, or None."""
    if not values:
        return None
    found = sorted(values.values())
    return Spread(statistics.median(found), found[0], found[-1], len(found))


def ratios(above, below):
    """Of two {round: value}: one ratio for each round that both have."""
    return [above[turn] / below[turn] for turn in above if turn in below and below[turn] > 0]


def ratio(above, below):
    found = ratios(above, below)
    return statistics.median(found) if found else None


def best_ratio(above, below):
    """The best of one by the best of the other."""
    return min(above.values()) / min(below.values()) if above and below else None


@dataclass
class Check:
    """One limit and what came of it. Without a peer it is one of akt's own, which has a title."""
    work: works.Work
    cores: int
    unit: str
    peer: str       # beside or before whom
    value: float    # None: no figure
    limit: float
    at_most: bool   # or at least, and ahead
    title: str = ''

    @property
    def verdict(self):
        if self.value is None:
            return NONE
        if self.at_most:
            return OK if self.value <= self.limit else MISSED
        return OK if self.value >= self.limit and self.value > 1 else MISSED


def against(record, work, cores, unit, peer):
    """A probe's share of akt's figure upside down: akt by probe; a peer's figure by akt's."""
    akt = record.values('akt', work.name, cores, unit)
    other = record.values(peer, work.name, cores, unit)
    return ratio(akt, other) if peer in works.PROBES else ratio(other, akt)


def target_checks(record, target):
    work = works.find(target.work)
    for cores in work.cores:
        for unit in work.units:
            if target.times and cores in target.probe_cores and \
                    target.probe_unit in ('', unit) and target.probe in record.versions and \
                    (target.probe, work.name) not in record.absent:
                yield Check(work, cores, unit, target.probe,
                            against(record, work, cores, unit, target.probe), target.times, True)
            for peer in works.FRAMEWORKS[1:]:
                if cores in target.peer_cores and peer in work.ops and peer in record.versions and \
                        (peer, work.name) not in record.absent:
                    yield Check(work, cores, unit, peer,
                                against(record, work, cores, unit, peer),
                                target.ahead.get(peer, 1) if cores in target.ahead_cores else 1,
                                False)


def own_check(record, own):
    values = record.values('akt', own.work, own.cores, own.unit)
    if own.by:
        value = ratio(values, record.values('akt', *own.by, own.unit))
    else:
        value = spread(values).median if values else None
    return Check(works.find(own.work), own.cores, own.unit, '', value and value * own.scale,
                 own.limit, True, own.title)


def checks(record):
    """All that were asked of what this record measured of akt, by peers that have it."""
    measured = {name for peer, name, _ in record.figures if peer == 'akt'}
    found = [check for target in works.TARGETS if target.work in measured
             for check in target_checks(record, target)]
    return found + [own_check(record, own) for own in works.OWN if own.work in measured]


def number(value):
    """Three digits that count: 18.5, 1.24k, 0.065."""
    if value is None:
        return '-'
    for factor, suffix in ((1e9, 'G'), (1e6, 'M'), (1e4, 'k')):
        if abs(value) >= factor:
            return digits(value / (1e3 if suffix == 'k' else factor)) + suffix
    return digits(value)


def digits(value):
    if value == 0:
        return '0'
    if abs(value) >= 99.95:
        return f'{value:.0f}'
    if abs(value) >= 9.995:
        return f'{value:.1f}'
    return f'{value:.2f}' if abs(value) >= 0.0995 else f'{value:.2g}'
