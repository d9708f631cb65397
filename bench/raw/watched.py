#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What akt top costs the program that it looks at: bench/raw/watched.py BUILD [ROUNDS]

Two actors of one worker pass a message back and forth, which is the worst case: nothing but messages. In each
round, in random order, SECONDS without anybody, with `akt top -light`, and with `akt top`, both at their
2 seconds. Printed are medians and ranges: nanoseconds of the worker's own time a message, and CPU time of
all other threads of the program in per cent of a processor. The same with 100,000 idle actors and no rally.
"""
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
import urllib.request

SECONDS = 6
WATCHERS = {'nobody': None, 'akt top -light': ['-light'], 'akt top': []}


def tree(port):
    url = f'http://127.0.0.1:{port}/debug/akt/tree?format=json&max=1'
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def others_ns(pid):
    """CPU time of all threads but the workers."""
    total = 0
    for thread in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{thread}/comm', encoding='ascii') as file:
                if re.fullmatch(r'akt-\d+\n', file.read()):
                    continue
            with open(f'/proc/{pid}/task/{thread}/schedstat', encoding='ascii') as file:
                total += int(file.read().split()[0])
        except OSError:
            pass
    return total


def measure(build, port, pid, options):
    watcher = None
    if options is not None:
        watcher = subprocess.Popen([f'{build}/tools/top/akt-top', '-n', '1000', *options,
                                    f'127.0.0.1:{port}'], stdout=subprocess.DEVNULL)
        time.sleep(0.5)
    before, others_before = tree(port), others_ns(pid)
    time.sleep(SECONDS)
    after, others = tree(port), others_ns(pid) - others_before
    if watcher:
        watcher.kill()
        watcher.wait()
        time.sleep(0.3)
    workers = sum(w['cpu_ns'] for w in after['workers']) - sum(w['cpu_ns'] for w in before['workers'])
    messages = after['counters']['processed'] - before['counters']['processed']
    passed = after['now_ns'] - before['now_ns']
    return workers / max(messages, 1), others * 100 / passed


def run(build, rounds, mode):
    server = subprocess.Popen([f'{build}/tests/system/top-victim', '127.0.0.1:0', mode],
                              stdout=subprocess.PIPE, text=True)
    port = int(server.stdout.readline())
    figures = {name: [] for name in WATCHERS}
    for _ in range(rounds):
        for name in random.sample(list(WATCHERS), len(WATCHERS)):
            figures[name].append(measure(build, port, server.pid, WATCHERS[name]))
    server.terminate()
    server.wait()
    for name, values in figures.items():
        for what, column in (('ns a message', 0), ('% of other threads', 1)):
            of = sorted(value[column] for value in values)
            print(f'{mode:8} {name:15} {what:20} {statistics.median(of):8.2f} '
                  f'({of[0]:.2f}-{of[-1]:.2f})')


if __name__ == '__main__':
    ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    run(sys.argv[1], ROUNDS, 'rally')
    run(sys.argv[1], ROUNDS, '100000')
