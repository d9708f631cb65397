# SPDX-License-Identifier: MIT
"""The peers: how each is built, which version it is, how one of its benchmarks is started.

A peer says '' when it can be measured, or the line that tells why it cannot.
"""
import os
import subprocess

import text

ABSENT = 77         # a run.sh exits with it where its peer is not installed
BUILD_SECONDS = 900
TITLES = {'akt': 'akt', 'goakt': 'GoAkt', 'caf': 'CAF', 'erlang': 'Erlang/OTP', 'mini': 'raw',
          'mini2': 'raw, owned', 'wake': 'futex wake'}


def output(argv, seconds=60):
    """(status, everything printed); a status of None: it took too long or could not be started."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds, text=True, errors='replace',
                              check=False)
        return done.returncode, done.stdout
    except subprocess.TimeoutExpired:
        return None, f'not done after {seconds} s'
    except OSError as error:
        return None, f'{argv[0]}: {error.strerror}'


def last_line(words):
    lines = [line.strip() for line in words.split('\n') if line.strip()]
    return lines[-1] if lines else 'no word'


class Ninja:
    """A program of our own build: akt-bench, or a raw probe."""

    def __init__(self, name, root, build, target):
        self.name, self.root, self.build, self.target = name, root, build, target
        self.flags = ['-cputime'] if name == 'akt' else []

    def prepare(self):
        status, words = output(['ninja', '-C', self.build, self.target], BUILD_SECONDS)
        if status == 0:
            return ''
        if 'unknown target' in words:
            return f'no {self.target} in this build'
        return f'{self.target} does not build: {last_line(words)}'

    def version(self):
        _, commit = output(['git', '-C', self.root, 'describe', '--always', '--dirty'])
        _, compiler = output([os.environ.get('CC', 'cc'), '--version'])
        return f'{commit.strip()}, {compiler.splitlines()[0] if compiler else "cc"}'

    def program(self):
        return os.path.join(self.build, self.target)

    def command(self, work, cores, n):
        if self.name == 'akt':
            return [self.program(), f'-bench={work.pattern()}', f'-cpu={cores}',
                    f'-benchtime={n}x', *self.flags]
        words = work.raw.format(n=n, half=n // 2, rounds=max(n // 1000000, 1), pings=n // 240)
        return [self.program(), str(cores), *words.split()]

    def read(self, words, work, cores, n):
        return words if self.name == 'akt' else text.from_results(words, work, cores, n)


class Script:
    """A peer with a run.sh: build DIR, bench DIR ..., version DIR."""

    def __init__(self, name, script, directory):
        self.name, self.script, self.directory = name, script, directory

    def call(self, verb, *rest):
        return ['sh', self.script, verb, self.directory, *rest]

    def prepare(self):
        if not os.path.exists(self.script):
            return f'no {self.script}'
        os.makedirs(self.directory, exist_ok=True)
        status, words = output(self.call('build'), BUILD_SECONDS)
        if status == 0:
            return ''
        return last_line(words) if status == ABSENT else f'does not build: {last_line(words)}'

    def version(self):
        status, words = output(self.call('version'))
        return last_line(words) if status == 0 else 'unknown'

    def command(self, work, cores, n):
        return self.call('bench', f'-bench={work.pattern()}', f'-cpu={cores}', f'-benchtime={n}x')

    def read(self, words, *_):
        return words


def every(root, build, scripts):
    """All peers by name, in the order of the table."""
    peers = {'akt': Ninja('akt', root, build, 'akt-bench')}
    for name in ('goakt', 'caf', 'erlang'):
        peers[name] = Script(name, os.path.join(scripts, name, 'run.sh'),
                             os.path.join(build, 'compare', 'peers', name))
    for name in ('mini', 'mini2', 'wake'):
        peers[name] = Ninja(name, root, build, f'bench/{name}')
    return peers
