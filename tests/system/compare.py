#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves: what make compare makes of figures that are known beforehand: medians, spreads, ratios,
verdicts, words about who is skipped, absent or failed; files, page and picture; that peers run held to
as many processors as asked, in an order that a seed repeats; and what trips the gate. Does not prove
that anything is fast: the peers are scripts with canned figures.

Works in a temporary directory. CANNED plays all peers, from a table of figures, one for each round.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CANNED = '''
import json, os, re, sys
peer, here, *flags = sys.argv[1:]
with open(f"{here}/{peer}.json") as file:
    figures = json.load(file)
if peer == "mini":
    cores, name = flags[:2]
    pattern = "^Benchmark" + {"countw": "countw1", "mem": "stop" + flags[2]}.get(name, name) + "$"
else:
    given = dict(flag.lstrip("-").split("=", 1) for flag in flags if "=" in flag)
    cores, pattern = given["cpu"], given["bench"]
with open(f"{here}/order", "a") as file:
    file.write(f"{peer} {pattern} {cores} {len(os.sched_getaffinity(0))}\\n")
suffix = "" if cores == "1" else "-" + cores
status = 0
for name, rounds in figures.items():
    if not re.search(pattern, "Benchmark" + name):
        continue
    counter = f"{here}/{peer}.{name.replace('/', '_')}.{cores}"
    turn = os.path.getsize(counter) if os.path.exists(counter) else 0
    with open(counter, "a") as file:
        file.write("x")
    value = rounds[turn % len(rounds)]
    if isinstance(value, str):
        print(value)
        status = 3
    elif peer == "mini" and name.startswith("stop"):
        print(f"RESULT {name} {value} ms")
    elif peer == "mini":
        print(f"RESULT {name} {1e9 / value:.3f} per_s {value}")
    else:
        unit = {"A": "rss-bytes/actor", "S": "ms/last-hook"}.get(re.sub("[^A-Z].*Actors$", "", name), "ns/op")
        print(f"Benchmark{name}{suffix} \\t 100 \\t {value} {unit}\\t 7 other")
sys.exit(status)
'''
PASSED, FAILED = [], []


def check(words, good, shown=''):
    (PASSED if good else FAILED).append(words)
    if not good:
        print(f'FAIL {words}\n{shown}')


def write(path, words, executable=False):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(words)
    if executable:
        os.chmod(path, 0o755)


def read(*path):
    with open(os.path.join(*path), encoding='utf-8') as file:
        return file.read()


class Stage:
    """A build directory and run.sh of peers with canned figures."""

    def __init__(self, directory, figures, verbs=None):
        self.build = os.path.join(directory, 'build')
        self.scripts = os.path.join(directory, 'peers')
        self.canned = os.path.join(directory, 'canned')
        shutil.rmtree(directory, ignore_errors=True)
        write(f'{self.canned}/canned.py', CANNED)
        targets = []
        for peer, of_peer in figures.items():
            write(f'{self.canned}/{peer}.json', json.dumps(of_peer))
            play = f'exec {sys.executable} {self.canned}/canned.py {peer} {self.canned} "$@"\n'
            if peer in ('akt', 'mini'):
                target = 'akt-bench' if peer == 'akt' else 'bench/mini'
                targets.append(target)
                write(f'{self.build}/{target}',
                      '#!/bin/sh\n[ "$1" != -help ] || exit 0\n' + play, True)
            else:
                build = (verbs or {}).get(peer, 'exit 0')
                write(f'{self.scripts}/{peer}/run.sh',
                      f'verb=$1\nshift 2\ncase $verb in\nbuild) {build} ;;\n'
                      f'version) echo "{peer} 1.2" ;;\nbench) {play};;\nesac\n')
        write(f'{self.build}/build.ninja', ''.join(f'build {t}: phony\n' for t in targets))

    def run(self, *flags, **environment):
        done = subprocess.run([sys.executable, os.path.join(ROOT, 'bench', 'compare'), '-build', self.build,
                               '-scripts', self.scripts, *flags], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False,
                              env={**os.environ, **environment})
        return done.returncode, done.stdout, done.stderr

    def order(self):
        words = read(self.canned, 'order').splitlines()
        os.remove(os.path.join(self.canned, 'order'))
        return words


def row(out, start):
    """The row that starts so, and the one below it."""
    lines = out.split('\n')
    place = next((n for n, line in enumerate(lines) if line.startswith(start)), None)
    return ('', '') if place is None else (lines[place], lines[place + 1])


def table(work):
    stage = Stage(f'{work}/table', {
        'akt': {'PingPong': [20, 25, 20], 'ThreadRing': [30], 'SpawnIdle/named': [50],
                'SpawnIdle/unnamed': [10], 'ActorMemoryFootprint_1000000Actors': [193]},
        'goakt': {'PingPong': [200, 100, 400], 'ThreadRing': [29], 'SpawnIdle/unnamed': [1000]},
        'caf': {},
        'erlang': {'PingPong': [300, 'Crash dump\nno more memory', 340], 'ThreadRing': [30]},
        'mini': {'pingpong': [10], 'ring': [25]},
    }, {'caf': 'echo "caf: libcaf-dev is not installed"; exit 77'})
    page = f'{work}/docs/performance.md'
    write(page, 'above\n<!-- figures: written by make compare -->\nstale\n<!-- end of the figures -->\nbelow\n')
    status, out, err = stage.run('-rounds', '3', '-seed', '5', '-page', page, '-only',
                                 '^(PingPong|ThreadRing|Spawn|ActorMemoryFootprint_1)')
    everything = out + err
    figures, below = row(out, 'ping-pong, 1 core')
    check('medians_have_their_spread', '20.0 (20.0-25.0)' in figures and '200 (100-400)' in figures, out)
    check('a_ratio_is_the_median_of_the_rounds', '10.0x >= 10 ok' in below, out)
    check('akt_is_set_beside_the_raw_probe', '2.00x <= 1.5 MISSED' in below, out)
    check('a_failed_run_counts_as_missing', '320 (300-340)' in figures and '16.0x > 1 ok' in below, out)
    check('a_failed_run_is_shown_with_its_last_words',
          'erlang failed: PingPong, 1 core, round 2: exit status 3\n    Crash dump\n    no more memory'
          in err, err)
    check('a_failed_run_fails_the_comparison', status == 1)
    _, below = row(out, 'ring of 503, 1 core')
    check('who_is_faster_is_told', '0.97x > 1 MISSED' in below, out)
    check('equal_is_not_ahead', '1.00x > 1 MISSED' in below, out)
    check('a_target_that_is_kept_is_ok', '1.20x <= 1.5 ok' in below, out)
    check('a_peer_that_is_not_installed_is_skipped_with_its_word',
          'CAF is skipped: caf: libcaf-dev is not installed' in err and
          'skipped: CAF: caf: libcaf-dev is not installed' in out, everything)
    check('a_probe_that_is_not_in_the_build_is_skipped', 'no bench/mini2 in this build' in err, err)
    check('what_a_peer_has_not_is_told', row(out, 'not there: GoAkt: ')[0].endswith(' SpawnIdle/named'), out)
    check('named_is_not_unnamed', '50.0' in row(out, 'spawn idle, by name, 1 core')[0].split(), out)
    check('a_limit_of_akt_alone_is_judged',
          'MISSED  resident bytes an idle actor at 1,000,000: 193, at most 192' in out, out)
    check('misses_are_listed', 'MISSED    ring of 503, 1 core, ns a hop: GoAkt by akt 0.97, ahead' in out,
          out)
    files(stage, page, out)
    return stage


def files(stage, page, out):
    kept = read(stage.build, 'compare', 'goakt.txt')
    check('files_have_what_benchstat_reads', kept.startswith('goos: linux\ngoarch: ') and
          'pkg: compare\n' in kept and 'BenchmarkPingPong-2\t100\t200 ns/op\t7 other\n' in kept, kept)
    check('probes_are_kept_as_benchmarks_too',
          'BenchmarkPingPong\t20000000\t10 ns/op\t10 cpu-ns/op' in read(stage.build, 'compare', 'mini.txt'))
    words = read(page)
    check('words_around_the_figures_stay', words.startswith('above\n') and words.endswith('below\n') and
          'stale' not in words, words)
    check('the_page_has_versions_machine_and_command',
          'goakt 1.2' in words and 'Linux' in words and 'rounds: 3, seed: 5' in words, words)
    check('the_page_says_misses', '- ring of 503, 1 core, ns a hop: GoAkt by akt 0.97, ahead' in words and
          '**0.97×** ✗' in words, words)
    has_gnuplot = shutil.which('gnuplot') is not None
    picture = os.path.join(os.path.dirname(page), 'img', 'compare.png')
    check('a_picture_or_a_word', os.path.exists(picture) if has_gnuplot else
          'gnuplot is not installed' in out, out)
    _, again, _ = stage.run('-again', '-page', page, '-rounds', '3')
    check('the_files_say_all_that_was_printed', again == out, again)
    check('figures_twice_are_no_page_more', read(page) == words)


def runs(work, stage):
    lines = [line.split() for line in stage.order()]
    check('each_is_held_to_its_processors', all(line[-1] == line[-2] for line in lines), lines)
    stage.run('-rounds', '4', '-seed', '9', '-only', 'PingPong', '-peers', 'akt,goakt,mini')
    first = stage.order()
    stage.run('-rounds', '4', '-seed', '9', '-only', 'PingPong', '-peers', 'akt,goakt,mini')
    check('a_seed_repeats_the_order', stage.order() == first, first)
    firsts = {line.split()[0] for line in first[::3]}
    check('nobody_is_always_first', len(firsts) > 1, first)
    check('a_part_leaves_the_page_alone', os.path.exists(f'{stage.build}/compare/performance.md'))
    for flags, words in ((['-only', '('], '-only'), (['-peers', 'akka'], "no peer akka"),
                         (['-rounds', '0'], '-rounds is 1 to 1000'), (['-only', 'Nothing'], 'no work')):
        status, _, err = stage.run(*flags)
        check(f'refused: {flags}', status != 0 and words in err and 'Traceback' not in err, err)
    bare = f'{work}/bin'
    os.makedirs(bare)
    for name in ('sh', 'ninja', 'git', 'cc'):
        if shutil.which(name):
            os.symlink(shutil.which(name), f'{bare}/{name}')
    status, out, _ = stage.run('-again', '-page', f'{work}/bare.md', PATH=bare)
    check('no_gnuplot_no_picture', status == 0 and 'no picture: gnuplot is not installed' in out and
          '![' not in read(f'{work}/bare.md'), out)
    nothing = Stage(f'{work}/nan', {'akt': {'PingPong': ['BenchmarkPingPong 0 nan ns/op']}})
    status, out, err = nothing.run('-rounds', '1', '-only', 'PingPong')
    check('nothing_measured_is_no_table', status != 0 and 'no figures' in err, out + err)
    nothing = Stage(f'{work}/nan', {'akt': {'PingPong': [20], 'ThreadRing': [float('nan')]}})
    status, out, err = nothing.run('-rounds', '1', '-only', '^(PingPong|ThreadRing)')
    check('no_number_is_no_figure', status == 1 and 'ThreadRing, 1 core, round 1: no figure' in err and
          not row(out, 'ring')[0], out + err)


GATE = {'PingPong': 'pingpong', 'ThreadRing': 'ring', 'CountWindow/1': 'countw1', 'ForkJoin': 'fjthr',
        'SpawnDie': 'fjcreate64', 'ShutdownLatency_100000Actors': 'stop100000'}


def gate_stage(work, akt):
    """akt's times of each work by the probe's."""
    stage = Stage(f'{work}/gate', {'akt': {name: akt.get(name, [30]) for name in GATE},
                                   'mini': {name: [20] for name in GATE.values()}})
    status, out, err = stage.run('-gate', '-rounds', '3')
    return status, out.strip().split('\n'), out + err


def gate(work):
    status, lines, shown = gate_stage(work, {})
    check('the_gate_passes_what_is_within_its_limits', status == 0 and lines[-1] == '6 passed, 0 failed',
          shown)
    # A work without a figure, a loss in each round, and one that is disturbed in two of three.
    status, lines, shown = gate_stage(work, {'ForkJoin': ['no'], 'PingPong': [1000],
                                             'ThreadRing': [30, 1000, 1000]})
    check('a_loss_trips_the_gate', status == 1 and
          any(line.startswith('FAIL PingPong') for line in lines), shown)
    check('what_has_no_figure_trips_the_gate', any(line.startswith('FAIL ForkJoin') for line in lines),
          shown)
    check('disturbed_rounds_do_not', lines[-1] == '4 passed, 2 failed' and
          any(line.startswith('ok   ThreadRing') for line in lines), shown)
    stage = Stage(f'{work}/none', {'akt': {}})
    status, out, err = stage.run('-gate')
    check('no_probe_no_gate', status == 0 and '0 passed, 0 failed, 6 skipped' in out, out + err)


def main():
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit(77)
    with tempfile.TemporaryDirectory() as work:
        runs(work, table(work))
        gate(work)
    print(f'{len(PASSED)} passed, {len(FAILED)} failed')
    return 1 if FAILED else 0


if __name__ == '__main__':
    sys.exit(main())
