#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes a profile of the program made of code.c, as if it had been measured:
code_profile.py PROGRAM FILE BUILD_ID OUT [BASE]. BASE is what was added to its addresses."""
import subprocess
import sys

import make_corpus as m

program, file, build_id, out = sys.argv[1:5]
base = int(sys.argv[5], 0) if len(sys.argv) > 5 else 0
lines = subprocess.check_output(["objdump", "-d", "--no-show-raw-insn", program], text=True)
where, at = {}, None
for line in lines.splitlines():
    if line.endswith(">:"):
        at = line.split("<")[1][:-2]
    elif at and line.startswith(" "):
        where.setdefault(at, []).append(int(line.split(":")[0], 16))
segment = next(l.split() for l in subprocess.check_output(
    ["readelf", "-lW", program], text=True).splitlines() if "R E" in l and "LOAD" in l)
offset, address, size = (int(x, 16) for x in (segment[1], segment[2], segment[5]))
p = m.Profile()
p.mapping(file, build_id, base + address, base + address + size, offset=offset)
main = p.location(("main", "code.c", 26, 23), address=base + where["main"][2])
source = sys.argv[6] if len(sys.argv) > 6 else "code.c"
for i, a in enumerate(where["work"]):
    # One address in the middle of its instruction, as a return address less one is.
    p.sample([p.location(("mix", source, 7, 5), ("work", source, 15, 10), address=base + a + (i == 3)),
              main], [i, i * m.MS])
p.sample([p.location(("idle", source, 19, 18), address=base + where["idle"][0]), main], [1, m.MS])
p.head(duration=10**9)
m.write_to(out, p)
