# SPDX-License-Identifier: MIT
"""What is printed: a table of medians with their spreads, ratios and verdicts; then what was missed."""
import verdict
import works
from peers import TITLES
from verdict import MISSED, NONE, number
from works import cores_word

GAP = '  '


def peers_of(record):
    """Those with a figure, in the order of the table."""
    return [peer for peer in works.PEERS if any(key[0] == peer for key in record.figures)]


def figure(record, peer, name, cores, unit, scale=1):
    found = verdict.spread(record.values(peer, name, cores, unit))
    if not found:
        return ''
    median, least, greatest = (number(value * scale)
                               for value in (found.median, found.least, found.greatest))
    return median if found.count == 1 else f'{median} ({least}-{greatest})'


def judgement(check):
    """14.2 >= 10 ok"""
    if check.value is None:
        return ''
    sign = '<=' if check.at_most else '>' if check.limit == 1 else '>='
    return f'{number(check.value)}x {sign} {check.limit:g} {check.verdict}'


def relation(record, work, cores, unit, peer, judged):
    """What stands below a figure: the ratio, and what was asked of it."""
    check = judged.get((work.name, cores, unit, peer))
    if check:
        return judgement(check)
    if peer == 'akt':
        return ''
    value = verdict.against(record, work, cores, unit, peer)
    return '' if value is None else f'{number(value)}x'


def lines_of(record, work, peers, judged):
    """Two rows for each unit and number of cores: figures, ratios."""
    for unit in work.units:
        for cores in work.cores:
            figures = [figure(record, peer, work.name, cores, unit) for peer in peers]
            if any(figures):
                yield [f'{work.label}, {cores_word(cores)}, {work.measure(unit)}', *figures]
                below = [relation(record, work, cores, unit, peer, judged) for peer in peers]
                if any(below):
                    yield ['', *below]


def aligned(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    return [GAP.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def section(record, title, kind, peers, judged):
    rows = [row for work in works.ALL if work.table == kind
            for row in lines_of(record, work, peers, judged)]
    if not rows:
        return []
    return ['', title, *aligned([['', *(TITLES[peer] for peer in peers)], *rows])]


def savina_rows(record):
    return [[name.split('/', 1)[1],
             *(figure(record, 'akt', name, cores, 'ns/op', 1e-6) for cores in works.CORES)]
            for name in record.names('Savina/')]


def savina(record):
    rows = savina_rows(record)
    head = ['', *map(cores_word, works.CORES)]
    return ['', 'Savina, akt alone: ms a whole run', *aligned([head, *rows])] if rows else []


def sentence(check):
    """ping-pong, 1 core, ns a message: 1.77 times raw, at most 1.5"""
    where = check.title or \
        f'{check.work.label}, {cores_word(check.cores)}, {check.work.measure(check.unit)}'
    value = number(check.value)
    if not check.peer:
        return f'{where}: {value}, at most {check.limit:.3g}'
    if check.value is None:
        return f'{where}: beside {TITLES[check.peer]}'
    if check.at_most:
        return f'{where}: {value} times {TITLES[check.peer]}, at most {check.limit:g}'
    wanted = 'ahead' if check.limit == 1 else f'at least {check.limit:g}'
    return f'{where}: {TITLES[check.peer]} by akt {value}, {wanted}'


def tally(checks):
    """12 ok, 2 MISSED, 1 no figure"""
    count = {word: sum(check.verdict == word for check in checks)
             for word in (verdict.OK, MISSED, NONE)}
    return ', '.join(f'{n} {word}' for word, n in count.items())


def absent(record):
    """GoAkt: SpawnDie, Big: a line for each peer that lacks works."""
    return [f'{TITLES[peer]}: ' + ', '.join(sorted(n for p, n in record.absent if p == peer))
            for peer in works.PEERS if any(p == peer for p, _ in record.absent)]


def rounds_of(record):
    return max((len(found) for found in record.figures.values()), default=0)


def render(record):
    """All of it as text."""
    checks = verdict.checks(record)
    judged = {(c.work.name, c.cores, c.unit, c.peer): c for c in checks if c.peer}
    everybody = peers_of(record)
    out = [f'medians (least-greatest) of {rounds_of(record)} rounds; below: the median of the '
           "rounds' ratios, which is akt's figure by the raw probe's, and a peer's by akt's"]
    out += section(record, 'all peers', 'works', everybody, judged)
    out += section(record, "GoAkt's own benchmarks", 'goakt',
                   [peer for peer in everybody if peer in ('akt', 'goakt')], judged)
    out += savina(record)
    own = [check for check in checks if not check.peer]
    if own:
        out += ['', 'akt alone', *(f'{check.verdict:7} {sentence(check)}' for check in own)]
    missed = [check for check in checks if check.peer and check.verdict != verdict.OK]
    out += ['', f'targets: {tally(checks)}', *(f'{c.verdict:9} {sentence(c)}' for c in missed)]
    out += [f'skipped: {TITLES[peer]}: {why}' for peer, why in record.skipped.items()]
    out += [f'not there: {words}' for words in absent(record)]
    if record.failures:
        out += [f'runs that failed: {len(record.failures)}', *record.failures]
    return '\n'.join(out)
