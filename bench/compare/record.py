# SPDX-License-Identifier: MIT
"""What was measured: figures by peer, benchmark, cores and round; kept as one text file a peer."""
import os

import text
import works


class Record:
    def __init__(self):
        self.about = {}     # the machine and the run: what goes into every file
        self.versions = {}  # of the peers that were measured
        self.skipped = {}   # the others, and why
        self.failures = []  # what each failed run said
        self.absent = set()  # (peer, benchmark) that a peer has not
        self.figures = {}   # (peer, name, cores): {round: {unit: value}}

    def add(self, peer, cores, turn, name, values):
        self.figures.setdefault((peer, name, cores), {})[turn] = values

    def values(self, peer, name, cores, unit):
        """{round: value}"""
        found = self.figures.get((peer, name, cores), {})
        return {turn: units[unit] for turn, units in found.items() if unit in units}

    def names(self, prefix):
        return sorted({name for _, name, _ in self.figures if name.startswith(prefix)})


class Files:
    """The files of a directory that a record is written to while it grows."""

    def __init__(self, directory):
        self.directory = directory
        self.where = {}  # the cores and round that a file's last line tells

    def path(self, peer):
        return os.path.join(self.directory, f'{peer}.txt')

    def append(self, peer, lines):
        with open(self.path(peer), 'a', encoding='utf-8') as file:
            file.writelines(line + '\n' for line in lines)

    def begin(self, record, peers):
        """Files anew, of these peers and no others. The same pkg everywhere: benchstat compares within one."""
        os.makedirs(self.directory, exist_ok=True)
        for peer in works.PEERS:
            if os.path.exists(self.path(peer)):
                os.remove(self.path(peer))
        for peer in peers:
            state = ('skipped', record.skipped[peer]) if peer in record.skipped else \
                ('version', record.versions[peer])
            notes = [*record.about.items(), state]
            self.append(peer, ['goos: linux', f'goarch: {record.about["arch"]}', 'pkg: compare',
                               f'cpu: {record.about["cpu"]}'] + [f'# {k}: {v}' for k, v in notes])

    def add(self, peer, cores, turn, lines):
        place = []
        if self.where.get(peer) != (cores, turn):
            self.where[peer] = (cores, turn)
            place = [f'# round: {turn}', f'# cores: {cores}']
        self.append(peer, place + lines)

    def failed(self, peer, words):
        self.append(peer, [f'# failed: {words}'])

    def absent(self, peer, name):
        self.append(peer, [f'# absent: {name}'])


def read(directory):
    """The record that lies in a directory."""
    record = Record()
    files = Files(directory)
    for peer in works.PEERS:
        if os.path.exists(files.path(peer)):
            with open(files.path(peer), encoding='utf-8', errors='replace') as file:
                read_peer(record, peer, file)
    return record


def read_peer(record, peer, lines):
    turn, cores = 0, 1
    for line in lines:
        note = text.NOTE.match(line.rstrip('\n'))
        if not note:
            for name, _, values in text.parse(line, cores):
                record.add(peer, cores, turn, name, values)
            continue
        key, words = note.groups()
        if key == 'round':
            turn = int(words)
        elif key == 'cores':
            cores = int(words)
        elif key == 'skipped':
            record.skipped[peer] = words
        elif key == 'version':
            record.versions[peer] = words
        elif key == 'failed':
            record.failures.append(words)
        elif key == 'absent':
            record.absent.add((peer, words))
        else:
            record.about[key] = words
