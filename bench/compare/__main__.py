#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""akt and its peers, measured in turn on the same cores: python3 bench/compare [FLAGS]

  -rounds N       rounds (5; of the gate 9)
  -only REGEXP    the works whose names match
  -peers A,B      of akt goakt caf erlang mini mini2 wake (all)
  -quick          one round with a tenth of the operations: to see that it runs
  -seed N         order of the peers (by chance; printed)
  -build DIR      the build directory of akt (build)
  -gate           a few works beside mini, for CI: fails where a limit is passed
  -again          measure nothing: show what lies in BUILD/compare
  -scripts DIR    where the peers' run.sh are (bench/peers)
  -page FILE      where the page goes (docs/performance.md; of a part: BUILD/compare/performance.md)

What was measured stays in BUILD/compare as Go benchmark text, one file a peer, for benchstat. The exit
status says whether all runs succeeded; that a target is missed is told, and no failure. The gate's says
whether akt is within its limits.
"""
import argparse
import os
import random
import re
import shlex
import sys
import time

import gate
import machine
import measure
import page
import peers
import plot
import record
import table
import works

ROUNDS, ROUNDS_MAX = 5, 1000
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def flags(argv):
    parser = argparse.ArgumentParser(prog='compare', usage=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument('-rounds', type=int)
    parser.add_argument('-only', default='')
    parser.add_argument('-peers', default=','.join(works.PEERS))
    parser.add_argument('-quick', action='store_true')
    parser.add_argument('-seed', type=int, default=random.SystemRandom().randrange(1, 1 << 31))
    parser.add_argument('-build', default='build')
    parser.add_argument('-gate', action='store_true')
    parser.add_argument('-again', action='store_true')
    parser.add_argument('-scripts', default=os.path.join(ROOT, 'bench', 'peers'))
    parser.add_argument('-page')
    parser.add_argument('-help', action='help')
    options = parser.parse_args(argv)
    options.peers = options.peers.split(',')
    unknown = set(options.peers) - set(works.PEERS)
    if unknown:
        sys.exit(f'compare: no peer {sorted(unknown)[0]}; there are: {" ".join(works.PEERS)}')
    if options.rounds is not None and not 1 <= options.rounds <= ROUNDS_MAX:
        sys.exit(f'compare: -rounds is 1 to {ROUNDS_MAX}')
    try:
        options.only = re.compile(options.only)
    except re.error as error:
        sys.exit(f'compare: -only: {error}')
    if not options.gate:
        options.rounds = 1 if options.quick else options.rounds or ROUNDS
    return options


def plan(options, cores_there):
    """[(work, cores, {peer: ops})]"""
    found = []
    for work in works.ALL:
        ops = {peer: max(n // 10, 1) if options.quick else n for peer, n in work.ops.items()}
        found += [(work, cores, ops) for cores in work.cores
                  if cores <= cores_there and options.only.search(work.name)]
    return found


def prepare(options, kept, progress):
    """Builds the peers; those that can be measured, by name."""
    chosen = peers.every(ROOT, options.build, options.scripts)
    ready = {}
    for name in (peer for peer in works.PEERS if peer in options.peers):
        progress.tell(f'building {name}')
        why = chosen[name].prepare()
        if why:
            kept.skipped[name] = why
            progress.say(f'compare: {peers.TITLES[name]} is skipped: {why}')
        else:
            kept.versions[name] = chosen[name].version()
            ready[name] = chosen[name]
    return ready


def take(options, directory, argv):
    """Measure; the record."""
    progress = measure.Progress()
    kept = record.Record()
    ready = prepare(options, kept, progress)
    if not ready:
        sys.exit('compare: nothing to measure')
    there = len(machine.processors())
    todo = plan(options, there)
    if not todo:
        sys.exit('compare: no work matches -only')
    if there < max(works.CORES):
        progress.say(f'compare: {there} core here: what needs more is left out')
    kept.about = {**machine.about(), 'date': time.strftime('%Y-%m-%d'), 'seed': str(options.seed),
                  'command': shlex.join(['python3', 'bench/compare', *argv])}
    files = record.Files(directory)
    files.begin(kept, options.peers)
    progress.say(f'compare: seed {options.seed}, {options.rounds} rounds of {len(todo)} works')
    measure.Measurement(ready, kept, files, progress).rounds(todo, options.rounds, options.seed)
    return kept


def is_part(options):
    return options.quick or options.only.pattern or set(options.peers) != set(works.PEERS)


def main(argv):
    options = flags(argv)
    directory = os.path.join(options.build, 'compare')
    if options.gate:
        return gate.main(peers.every(ROOT, options.build, options.scripts), options)
    kept = record.read(directory) if options.again else take(options, directory, argv)
    if not kept.figures:
        sys.exit(f'compare: no figures in {directory}')
    path = options.page or (os.path.join(directory, 'performance.md') if is_part(options)
                            else os.path.join(ROOT, 'docs', 'performance.md'))
    picture = os.path.join(os.path.dirname(path), 'img', 'compare.png')
    drawn = plot.draw(kept, directory, picture)
    page.write(kept, path, not drawn)
    print(table.render(kept))
    print(f'figures: {directory}/*.txt   page: {path}   picture: {drawn or picture}')
    return 1 if kept.failures else 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit('\ncompare: interrupted; -again shows what there is')
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
