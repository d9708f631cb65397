# SPDX-License-Identifier: MIT
"""Rounds: each work in turn, the peers of a work one after the other in an order that chance gives.

Each run is a process of its own, held to the first processors of the machine; all peers to the same.
"""
import os
import random
import signal
import subprocess
import sys

import machine
import text
from works import cores_word

RUN_SECONDS = 120  # then a run counts as hung
TOLD_LINES = 6     # of the output of a run that failed


class Progress:
    """One line on a terminal, nothing elsewhere."""

    def __init__(self):
        self.shown = sys.stderr.isatty()

    def tell(self, words):
        if self.shown:
            print(f'\r\033[K{words}', end='', file=sys.stderr, flush=True)

    def say(self, words):
        """Words that stay."""
        self.tell('')
        print(words, file=sys.stderr, flush=True)


def run(argv, processors):
    """(what was printed, '' or what went wrong)."""
    try:
        with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors='replace',
                              start_new_session=True,
                              preexec_fn=lambda: os.sched_setaffinity(0, processors)) as child:
            try:
                words, _ = child.communicate(timeout=RUN_SECONDS)
            except BaseException as cause:
                os.killpg(child.pid, signal.SIGKILL)
                words, _ = child.communicate()
                if not isinstance(cause, subprocess.TimeoutExpired):
                    raise
                return words, f'hung: not done after {RUN_SECONDS} s'
    except OSError as error:
        return '', f'{argv[0]}: {error.strerror}'
    if child.returncode < 0:
        return words, f'killed by {signal.Signals(-child.returncode).name}'
    return words, f'exit status {child.returncode}' if child.returncode else ''


def last_lines(words):
    lines = [line.rstrip() for line in words.split('\n') if line.strip()]
    return ''.join(f'\n    {line}' for line in lines[-TOLD_LINES:])


class Measurement:
    """Runs peers and puts what they say into a record and its files."""

    def __init__(self, peers, record, files, progress):
        self.peers, self.record, self.files, self.progress = peers, record, files, progress
        self.processors = machine.processors()

    def one(self, work, cores, turn, name, n):
        """A run of one peer."""
        words, wrong = run(self.peers[name].command(work, cores, n), self.processors[:cores])
        lines = []
        if not wrong:
            words = self.peers[name].read(words, work, cores, n)
        for found, ops, values in text.parse(words, cores):
            if found == work.name or found.startswith(work.name + '/'):
                self.record.add(name, cores, turn, found, values)
                lines.append(text.line(found, cores, ops, values))
        if lines and not wrong:
            self.files.add(name, cores, turn, lines)
        elif not lines and ('no benchmark' in words or
                            not wrong and f'Benchmark{work.name}' not in words):
            self.record.absent.add((name, work.name))
            self.files.absent(name, work.name)
        else:
            self.fail(work, cores, turn, name, (wrong or 'no figure') + last_lines(words))

    def fail(self, work, cores, turn, name, words):
        """No figure of this run counts, not even one that was printed before it failed."""
        for found in self.record.names(work.name):
            if found == work.name or found.startswith(work.name + '/'):
                self.record.figures.get((name, found, cores), {}).pop(turn, None)
        said = f'{name} failed: {work.name}, {cores_word(cores)}, round {turn}: {words}'
        self.record.failures.append(said.split('\n')[0])
        self.files.failed(name, said.split('\n')[0])
        self.progress.say(f'compare: {said}')

    def rounds(self, plan, count, seed):
        """plan: [(work, cores, {peer: ops})]"""
        chance = random.Random(seed)
        for turn in range(1, count + 1):
            for place, (work, cores, ops) in enumerate(plan, 1):
                order = [name for name in ops if name in self.peers]
                chance.shuffle(order)
                for name in order:
                    if (name, work.name) in self.record.absent:
                        continue
                    self.progress.tell(f'round {turn} of {count}, {place} of {len(plan)}: '
                                       f'{work.name}, {cores_word(cores)}, {name}')
                    self.one(work, cores, turn, name, ops[name])
        self.progress.tell('')
