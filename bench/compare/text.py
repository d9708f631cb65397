# SPDX-License-Identifier: MIT
"""The Go benchmark text: BenchmarkNAME[-CPUS]  N  VALUE UNIT [VALUE UNIT]...

What a peer printed is kept in it, a file a peer, so that benchstat reads any two of them side by
side. Lines "# key: value" are ours and passed over by benchstat: which round follows, which version
was measured, why there is nothing.
"""
import math
import re

LINE = re.compile(r'^Benchmark(\S+)\s+(\d+)((?:\s+\S+ \S+)+)\s*$')
PAIR = re.compile(r'(\S+) (\S+)')
NOTE = re.compile(r'^# (\w+): (.*)$')
RESULT = re.compile(r'^RESULT (\S+) (\S+) (\S+)(?: (\S+))?$', re.M)


def parse_line(line, cores):
    """(name without -CPUS, ops, {unit: value}), or None."""
    match = LINE.match(re.sub(r'[ \t]+', ' ', line))
    if not match:
        return None
    name, n, rest = match.groups()
    if cores > 1:
        name = re.sub(rf'-{cores}$', '', name)
    try:
        values = {unit: float(value) for value, unit in PAIR.findall(rest)}
    except ValueError:
        return None
    return (name, int(n), values) if all(map(math.isfinite, values.values())) else None


def parse(text, cores):
    """[(name, ops, {unit: value})] of all benchmark lines."""
    return [found for line in text.split('\n') if (found := parse_line(line, cores))]


def line(name, cores, n, values):
    suffix = f'-{cores}' if cores > 1 else ''
    figures = '\t'.join(f'{value:.6g} {unit}' for unit, value in values.items())
    return f'Benchmark{name}{suffix}\t{n}\t{figures}'


def from_results(text, work, cores, n):
    """The RESULT lines of a raw probe as one benchmark line, or ''."""
    wanted = {name.format(n=n): unit for name, unit in work.results.items()}
    values = {}
    for name, number, unit, cpu in RESULT.findall(text):
        if name not in wanted:
            continue
        value = float(number)
        values[wanted[name]] = {'per_s': 1e9 / max(value, 1e-9), 'us': 1e3 * value}.get(unit, value)
        if unit == 'per_s' and cpu:
            values['cpu-ns/op'] = float(cpu)
    return line(work.name, cores, n, values) if values else ''
