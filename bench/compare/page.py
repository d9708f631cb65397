# SPDX-License-Identifier: MIT
"""The page: what was measured, put between two markers of docs/performance.md. The words around them
are written by hand and stay."""
import os

import table
import verdict
import works
from peers import TITLES
from verdict import MISSED, number
from works import cores_word

BEGIN = '<!-- figures: written by make compare -->'
END = '<!-- end of the figures -->'
PICTURE = 'img/compare.png'


def markdown(rows):
    """A table; the first row is its head."""
    head, *body = rows
    lines = [head, ['---'] * len(head), *body]
    return ['| ' + ' | '.join(cells) + ' |' for cells in lines]


def cell(record, work, cores, unit, peer, judged):
    """264 (250-300), **14.2×**; a target that was missed is marked."""
    found = table.figure(record, peer, work.name, cores, unit)
    value = verdict.against(record, work, cores, unit, peer)
    if not found or peer == 'akt' or value is None:
        return found
    check = judged.get((work.name, cores, unit, peer))
    mark = ' ✗' if check and check.verdict == MISSED else ''
    return f'{found} **{number(value)}×**{mark}'


def works_table(record, kind, peers, judged):
    rows = [['work', 'cores', '', *(TITLES[peer] for peer in peers)]]
    for work in works.ALL:
        for unit in work.units if work.table == kind else ():
            for cores in work.cores:
                cells = [cell(record, work, cores, unit, peer, judged) for peer in peers]
                if any(cells):
                    rows.append([work.label, str(cores), work.measure(unit), *cells])
    return markdown(rows) if len(rows) > 1 else []


def line_between(record):
    """67 ns (65-71), or nothing if there is one core."""
    taken = table.figure(record, 'wake', 'AskLatency/idle', 2, works.LINE_UNIT)
    return f'{taken} ns' if taken else ''


def machine(record):
    about = record.about
    rows = [['', ''], ['machine', about.get('machine', '')], ['kernel', about.get('kernel', '')],
            ['a line of cache, from core to core', line_between(record)],
            ['date', about.get('date', '')],
            ['command', f'`{about.get("command", "")}`, rounds: {table.rounds_of(record)}, '
                        f'seed: {about.get("seed", "")}']]
    rows += [[TITLES[peer], version] for peer, version in record.versions.items()]
    rows += [[TITLES[peer], f'skipped: {why}'] for peer, why in record.skipped.items()]
    return ['## The run', '', *markdown(rows)]


def targets(checks):
    own = [check for check in checks if not check.peer]
    out = ['## The targets', '', f'{table.tally(checks)}.']
    missed = [check for check in checks if check.verdict == MISSED]
    if missed:
        out += ['', 'Missed:', '', *(f'- {table.sentence(check)}' for check in missed)]
    nothing = [check for check in checks if check.verdict == verdict.NONE]
    if nothing:
        out += ['', 'Without a figure:', '', *(f'- {table.sentence(check)}' for check in nothing)]
    if own:
        rows = [[check.title, number(check.value), f'{check.limit:.3g}', check.verdict]
                for check in own]
        out += ['', *markdown([['akt by itself', 'figure', 'at most', ''], *rows])]
    return out


def failures(record):
    out = [line for words in table.absent(record) for line in ('', f'Not there: {words}.')]
    if record.failures:
        out += ['', 'Runs that failed, whose figures are missing:', '',
                *(f'- {words}' for words in record.failures)]
    return out


def figures(record, has_picture):
    checks = verdict.checks(record)
    judged = {(c.work.name, c.cores, c.unit, c.peer): c for c in checks if c.peer}
    peers = table.peers_of(record)
    out = [f'![What the same work costs, by what it costs akt]({PICTURE})', ''] if has_picture else []
    out += ['Each figure is the median (least-greatest) of the rounds. **Bold** is the median of the '
            "rounds' ratios: a", "peer's figure by akt's, akt's by the raw probe's. ✗: a target is "
            'missed.', '']
    out += works_table(record, 'works', peers, judged)
    out += ['', *targets(checks)]
    beside = works_table(record, 'goakt', [p for p in peers if p in ('akt', 'goakt')], {})
    out += ['', "## GoAkt's own benchmarks", '', *beside] if beside else []
    savina = table.savina_rows(record)
    if savina:
        out += ['', '## The Savina suite', '', 'akt alone; ms a whole run, its result checked.', '',
                *markdown([['', *map(cores_word, works.CORES)], *savina])]
    return out + failures(record) + ['', *machine(record)]


def write(record, path, has_picture):
    """Put the figures between the markers; a page without them is made anew."""
    text = f'# Performance\n\n{BEGIN}\n{END}\n'
    if os.path.exists(path):
        with open(path, encoding='utf-8') as file:
            found = file.read()
        if BEGIN in found and END in found:
            text = found
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    middle = '\n'.join(figures(record, has_picture))
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{before}{BEGIN}\n\n{middle}\n\n{END}{after}')
