# SPDX-License-Identifier: MIT
"""The picture: how many times akt's cost each peer needs for each work, on a logarithmic scale, with
the raw floor of the machine. Drawn by gnuplot; a light ground of its own, so that it reads on any page.
"""
import os
import shutil
import subprocess

import verdict
import works
from peers import TITLES

COLOURS = {'goakt': '#0096c7', 'caf': '#e07a1f', 'erlang': '#a4148f'}
SHAPES = {'goakt': 7, 'caf': 5, 'erlang': 13}  # gnuplot's: disc, square, diamond
RISE = {'goakt': 0.14, 'caf': 0, 'erlang': -0.14}  # so that equals are seen beside each other
SIZES = {'goakt': 2.1, 'caf': 1.8, 'erlang': 2.3}
INK, FAINT, GROUND, AKT, FLOOR = '#24292f', '#d8dee4', '#fcfcfd', '#1a7f37', '#6e7781'
ROW = 46           # pixels a work
LEFT, RIGHT = 0.285, 0.965
GAP = 0.06  # between the panels: room for half of the words at a tick on both sides
FONT = 'DejaVu Sans'


def floor_of(record, work, cores):
    """The lowest of the raw probes, by akt's figure."""
    unit = work.units[0]
    akt = record.values('akt', work.name, cores, unit)
    found = [verdict.ratio(record.values(probe, work.name, cores, unit), akt)
             for probe in works.PROBES]
    return min((value for value in found if value), default=None)


def points(record, cores):
    """[(label, {peer: ratio}, floor)] of the works with something to compare, first to last."""
    found = []
    for work in works.WORKS:
        ratios = {}
        for peer in COLOURS:
            value = verdict.against(record, work, cores, work.units[0], peer)
            if value:
                ratios[peer] = value
        floor = floor_of(record, work, cores)
        if ratios or floor:
            found.append((work.label, ratios, floor))
    return found


def bounds(panels):
    """What holds everything, with some room."""
    values = [value for rows in panels for _, ratios, floor in rows
              for value in (*ratios.values(), floor or 1)] + [1, 10]
    return 0.7 * min(values), 1.6 * max(values)


def block(name, rows):
    return [f'${name} << END', *rows, 'END']


def panel(cores, labels, rows, least):
    """The data blocks of a number of cores; y counts down."""
    at = {label: len(labels) - place for place, label in enumerate(labels)}
    out = []
    for peer in COLOURS:
        out += block(f'{peer}{cores}', [f'{ratios[peer]:.5g} {at[label] + RISE[peer]}'
                                        for label, ratios, _ in rows if peer in ratios])
    out += block(f'floor{cores}', [f'{floor:.5g} {at[label]}' for label, _, floor in rows if floor])
    # A thread from the least to the greatest ratio of a row, so that the eye keeps the row.
    out += block(f'row{cores}', [f'{min(1, floor or 1, *ratios.values()):.5g} {at[label]} '
                                 f'{max(1, *ratios.values(), least):.5g}'
                                 for label, ratios, floor in rows])
    return out


def script(record, picture):
    panels = {cores: points(record, cores) for cores in works.CORES}
    panels = {cores: rows for cores, rows in panels.items() if rows}
    present = [label for rows in panels.values() for label, _, _ in rows]
    labels = [work.label for work in works.WORKS if work.label in present]
    least, greatest = bounds(panels.values())
    height = 222 + ROW * len(labels)
    out = [line for cores, rows in panels.items() for line in panel(cores, labels, rows, least)]
    out += [f"set terminal pngcairo size 1660,{height} enhanced font '{FONT},20' background '{GROUND}'",
            f"set output '{picture}'", 'set multiplot', 'set logscale x',
            f'set xrange [{least:.4g}:{greatest:.4g}]', f'set yrange [0.4:{len(labels) + 0.6}]',
            f"set border 0 lc rgb '{INK}'", f"set tics textcolor rgb '{INK}'",
            f"set grid xtics lt 1 lw 1 lc rgb '{FAINT}'", 'set xtics scale 0', 'set ytics scale 0',
            "set format x '%g×'", f'set tmargin at screen {1 - 164 / height:.4f}',
            f'set bmargin at screen {54 / height:.4f}']
    out += header(record, height)
    width = (RIGHT - LEFT - GAP * (len(panels) - 1)) / max(len(panels), 1)
    for place, cores in enumerate(panels):
        left = LEFT + place * (width + GAP)
        out += axes(cores, labels, left, left + width, place == 0)
        out.append(plots(cores, record))
    return '\n'.join(out + ['unset multiplot', ''])


def header(record, height):
    """Title and legend, above the panels."""
    first, second = 1 - 36 / height, 1 - 88 / height
    out = [f"set label 90 'What the same work costs, by what it costs akt' at screen 0.015,{first:.4f} "
           f"left font '{FONT} Bold,26' textcolor rgb '{INK}'"]
    x = 0.02
    marks = [('akt = 1', AKT, 1)] + [(TITLES[peer], colour, SHAPES[peer])
                                     for peer, colour in COLOURS.items() if peer in record.versions]
    marks.append(('raw floor of the machine', FLOOR, 11))
    for number, (words, colour, shape) in enumerate(marks, 91):
        out.append(f"set label {number} '{words}' at screen {x:.4f},{second:.4f} left "
                   f"textcolor rgb '{INK}' point pt {shape} ps 2 lw 3 lc rgb '{colour}' offset character 1.4,0")
        x += 0.042 + 0.0097 * len(words)
    out.append(f"set label 99 'right of the line: costs more than akt' at screen {RIGHT},{second:.4f} right "
               f"textcolor rgb '{FLOOR}'")
    return out


def axes(cores, labels, left, right, is_first):
    ticks = ', '.join(f"'{label}' {len(labels) - place}" for place, label in enumerate(labels))
    return [f'set lmargin at screen {left:.4f}', f'set rmargin at screen {right:.4f}',
            f"set title '{'1 core' if cores == 1 else f'{cores} cores'}' font '{FONT} Bold,21' "
            f"textcolor rgb '{INK}' offset 0,-0.4",
            f'set ytics ({ticks})' if is_first else 'unset ytics',
            f"set arrow 1 from 1,graph 0 to 1,graph 1 nohead lw 3 lc rgb '{AKT}' back"]


def plots(cores, record):
    parts = [f"$row{cores} using 1:2:($3-$1):(0) with vectors nohead lw 1.5 lc rgb '{FAINT}' notitle",
             f"$floor{cores} using 1:2 with points pt 11 ps 2 lc rgb '{FLOOR}' notitle"]
    for peer, colour in COLOURS.items():
        if peer in record.versions:  # each with a rim, so that those that lie on others are seen
            parts += [f"${peer}{cores} using 1:2 with points pt {SHAPES[peer]} ps {size} "
                      f"lc rgb '{rgb}' notitle"
                      for size, rgb in ((SIZES[peer] + 0.6, GROUND), (SIZES[peer], colour))]
    return 'plot ' + ', \\\n  '.join(parts)


def draw(record, directory, picture):
    """'' or why there is no picture."""
    if shutil.which('gnuplot') is None:
        return 'no picture: gnuplot is not installed'
    os.makedirs(os.path.dirname(picture), exist_ok=True)
    path = os.path.join(directory, 'compare.gp')
    with open(path, 'w', encoding='utf-8') as file:
        file.write(script(record, picture))
    done = subprocess.run(['gnuplot', path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    return '' if done.returncode == 0 else f'no picture: gnuplot: {done.stdout.strip()[-200:]}'
