#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""embed.py OUT.c NAME=FILE[,FILE...] ...: files as arrays of C, several of one name one after the other."""
import sys

with open(sys.argv[1], 'w', encoding='ascii') as out:
    out.write('#include "pprof/page/page.h"\n')
    for argument in sys.argv[2:]:
        name, files = argument.split('=', 1)
        data = b''
        for file in files.split(','):
            with open(file, 'rb') as source:
                data += source.read()
        out.write(f'const size_t {name}_size = {len(data)};\n')
        out.write(f'const unsigned char {name}[] = {{\n')
        for at in range(0, len(data), 24):
            out.write(','.join(map(str, data[at:at + 24])) + ',\n')
        out.write('};\n')
