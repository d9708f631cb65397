#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The house's own rules: house.py floors|banned|spdx|size|covered|manual [root]

floors  a module includes its own headers and those that src/floors.txt allows, nothing else; the rooms
        of the analyzer likewise (tools/pprof/floors.txt)
banned  the calls in src/banned.txt stay in the modules named there
spdx    every file says its licence in its first three lines
size    no file over FILE_MAX lines, no function over FUNCTION_MAX; the tail is always printed
manual  each function that a header in include/akt exports is named in a page of man
covered each public function has a row in the table of misuse, each error is expected by a test, each
        limit has a test in tests/limits.txt
"""
import os
import re
import subprocess
import sys

FILE_MAX = 800
FUNCTION_MAX = 70
INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]')


def tracked(root, *patterns):
    out = subprocess.run(['git', '-C', root, 'ls-files', '--', *patterns], check=True,
                         stdout=subprocess.PIPE, text=True).stdout.split('\n')
    return [name for name in out if name and os.path.exists(os.path.join(root, name))]


def read(root, name):
    with open(os.path.join(root, name), encoding='utf-8', errors='replace') as file:
        return file.read()


def table(root, name):
    """'key: word word' lines to a dictionary."""
    rows = {}
    for line in read(root, name).split('\n'):
        line = line.split('#')[0]
        if ':' in line:
            key, words = line.split(':', 1)
            rows[key.strip()] = words.split()
    return rows


def without_comments(text):
    """The code with comments and literals blanked, lines kept."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', blank, text,
                  flags=re.S)


def source_files(root):
    """(name, module) of each C file in a module of src."""
    for name in tracked(root, 'src/*.c', 'src/*.h'):
        parts = name.split('/')
        if len(parts) > 2:
            yield name, parts[1]


def floors(root):
    allowed = table(root, 'src/floors.txt')
    faults = []
    for name, module in source_files(root):
        if module not in allowed:
            faults.append(f'{name}: module {module} is not in src/floors.txt')
            continue
        for number, line in enumerate(read(root, name).split('\n'), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            target = match.group(1).split('/')
            if len(target) == 1:
                if line.lstrip().startswith('#include "'):
                    faults.append(f'{name}:{number}: write "{module}/{target[0]}"')
                continue
            if target[0] in allowed and target[0] != module and target[0] not in allowed[module]:
                faults.append(f'{name}:{number}: {module} -> {target[0]} '
                              f'({module} may use: {" ".join(allowed[module]) or "libc"})')
    return faults + analyzer_floors(root, allowed)


def analyzer_floors(root, modules):
    """The analyzer opens profiles of dead versions: no runtime is in it; its rooms have floors too."""
    rooms = table(root, 'tools/pprof/floors.txt')
    faults = []
    for name in tracked(root, 'tools/pprof/*.c', 'tools/pprof/*.h'):
        room = name.split('/')[2] if name.count('/') > 2 else ''
        if room and room not in rooms:
            faults.append(f'{name}: room {room} is not in tools/pprof/floors.txt')
            continue
        for number, line in enumerate(read(root, name).split('\n'), 1):
            match = INCLUDE.match(line)
            target = match.group(1).split('/') if match else ['']
            if len(target) > 1 and target[0] in modules and \
                    target[0] not in ('base', 'http', 'profile', 'plat'):
                faults.append(f'{name}:{number}: tools/pprof -> {target[0]} '
                              '(the analyzer may use: base http profile)')
            elif room and target[0] == 'pprof' and target[1] not in (room, *rooms[room]):
                faults.append(f'{name}:{number}: {room} -> {"/".join(target[1:-1]) or "the door"} '
                              f'({room} may use: {" ".join(rooms[room]) or "libc"})')
    return faults


def banned(root):
    words = table(root, 'src/banned.txt')
    call = re.compile(r'(?<![\w.>])(' + '|'.join(map(re.escape, words)) + r')\s*\(')
    faults = []
    for name, module in source_files(root):
        text = without_comments(read(root, name))
        for number, line in enumerate(text.split('\n'), 1):
            for match in call.finditer(line):
                if module not in words[match.group(1)]:
                    faults.append(f'{name}:{number}: {match.group(1)} is banned in {module} '
                                  '(src/banned.txt)')
    return faults


def spdx(root):
    faults = []
    names = tracked(root, '*.c', '*.h', '*.cc', '*.cpp', '*.hpp', '*.erl', '*.go', '*.py', '*.sh', '*.pml', '*.S',
                    '*meson.build', '*Makefile', '*CMakeLists.txt', '*.in', '.ci/run')
    for name in names:
        head = '\n'.join(read(root, name).split('\n')[:3])
        if 'SPDX-License-Identifier:' not in head:
            faults.append(f'{name}: no SPDX line')
    return faults


def go_functions(text):
    """(name, first line, lines) of each Go function; gofmt sees to it that only one ends in column one."""
    lines = text.split('\n')
    name = start = None
    for number, line in enumerate(lines, 1):
        if line.startswith('func ') and not line.endswith('}'):
            name, start = re.match(r'func (?:\([^)]*\) )?(\w+)', line).group(1), number
        elif line == '}' and start is not None:
            yield name, start, number - start - 1
            start = None


def functions(text):
    """(name, first line, lines) of each function body, which opens on a line of its own: in the first
    column, or further in for a method of a C++ class. A block without parentheses before it is none."""
    lines = without_comments(text).split('\n')
    start = None
    for number, line in enumerate(lines, 1):
        if start is None and line.strip() == '{':
            head = ' '.join(lines[max(0, number - 7):number - 1])
            names = re.findall(r'(\w+)\s*\(', re.split('[;{}]', head)[-1])
            names = [n for n in names if n != '__attribute__']
            start, end = (number, line.replace('{', '}')) if names else (None, None)
        elif start is not None and line.startswith(end):
            yield names[0], start, number - start - 1
            start = None


def erlang_functions(text):
    """The same of a module: a function is a form, with all its clauses."""
    start = None
    for number, line in enumerate(text.split('\n'), 1):
        if start is None and re.match('[a-z]', line):
            start = number
        if start is not None and re.search(r'\.\s*(%.*)?$', line):
            yield re.match(r'\w+', text.split('\n')[start - 1]).group(0), start, number - start + 1
            start = None


def size(root):
    faults = []
    tail = []
    names = [n for n in tracked(root, '*.c', '*.h', '*.cpp', '*.hpp', '*.erl', '*.go')
             if not n.startswith('bench/raw/')]
    for name in names:
        text = read(root, name)
        length = text.count('\n')
        if length > FILE_MAX:
            faults.append(f'{name}: {length} lines, at most {FILE_MAX}')
        found = {'.go': go_functions, '.erl': erlang_functions}.get(os.path.splitext(name)[1], functions)
        for function, line, count in found(text):
            tail.append((count, f'{name}:{line}', function))
            if count > FUNCTION_MAX:
                faults.append(f'{name}:{line}: {function} has {count} lines, at most '
                              f'{FUNCTION_MAX}')
    tail.sort(reverse=True)
    if tail:
        p99 = tail[len(tail) // 100][0]
        print(f'size: {len(names)} files, {len(tail)} functions, median '
              f'{tail[len(tail) // 2][0]}, p99 {p99}; the longest:')
        for count, place, function in tail[:5]:
            print(f'size: {count:4d} {place} {function}')
    return faults


def manual(root):
    exported = re.compile(r'\bAKT_API\b[^;{]*?\b(akt_\w+)\s*\(')
    named = set()
    for name in tracked(root, 'man/*'):
        named.update(re.findall(r'\bakt_\w+', read(root, name)))
    faults = []
    for name in tracked(root, 'include/akt/*.h'):
        for function in exported.findall(without_comments(read(root, name))):
            if function not in named:
                faults.append(f'{name}: {function} is in no page of man')
    return faults


MISUSE = 'tests/unit/system/test_misuse.c'
# A test expects an error: an assertion, a comparison, or the second half of one on a line of its own.
EXPECTS = re.compile(r'assert|CHECK|IS\(|[!=]=|^\s*AKT_ERR_\w+[),; ]')


def uncovered_functions(root, headers):
    rows = set(re.findall(r'\bakt_\w+', ' '.join(re.findall(r'"([^"]*)"', read(root, MISUSE)))))
    functions = set()
    for name, text in headers.items():
        if not name.endswith('/bench.h'):
            functions.update(re.findall(r'AKT_API[^;{(]*?\b(akt_\w+)\s*\(', text))
    return ([f'{MISUSE}: no row for {f}' for f in sorted(functions - rows)] +
            [f'{MISUSE}: a row for {f}, which is none' for f in sorted(rows - functions)])


def unexpected_errors(root):
    expected = set()
    for name in tracked(root, 'tests/unit/*.c', 'tests/torture/*.c'):
        for line in read(root, name).split('\n'):
            if EXPECTS.search(line):
                expected.update(re.findall(r'\bAKT_ERR_([A-Z]+)\b', line))
    errors = re.findall(r'^\s*X\(([A-Z]+), -', read(root, 'include/akt/error.h'), re.M)
    return [f'include/akt/error.h: no test expects AKT_ERR_{e}' for e in errors
            if e not in expected]


def untested_limits(root, headers):
    limits = set()
    for text in headers.values():
        limits.update(re.findall(r'#\s*define\s+(AKT_\w*_(?:MAX|MIN)(?:_\w+)?)\b', text))
    listed = table(root, 'tests/limits.txt')
    faults = [f'tests/limits.txt: no line for {x}' for x in sorted(limits - listed.keys())]
    faults += [f'tests/limits.txt: {x} is no limit' for x in sorted(listed.keys() - limits)]
    for limit, words in sorted(listed.items()):
        if words[0] == 'none:' and len(words) > 1:
            continue
        text = read(root, words[0]) if os.path.exists(os.path.join(root, words[0])) else ''
        if len(words) != 2 or limit not in text or f'START_TEST({words[1]})' not in text:
            faults.append(f'tests/limits.txt: {limit} is not in {" ".join(words)}')
    return faults


def covered(root):
    headers = {name: without_comments(read(root, name)) for name in tracked(root, 'include/akt/*.h')}
    return (uncovered_functions(root, headers) + unexpected_errors(root) +
            untested_limits(root, headers))


def main(argv):
    rules = {'floors': floors, 'banned': banned, 'spdx': spdx, 'size': size,
             'covered': covered, 'manual': manual}
    if len(argv) < 2 or argv[1] not in rules:
        sys.exit(__doc__)
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    faults = rules[argv[1]](argv[2] if len(argv) > 2 else here)
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


main(sys.argv)
