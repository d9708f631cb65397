#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes what tests/pprof/sources.sh reads and is too large, or too small, for the corpus:
make_hostile.py DIRECTORY."""
import sys
import zlib

sys.dont_write_bytecode = True
from make_corpus import MS, Profile, msg, num  # noqa: E402


def write(name, data):
    with open(f"{sys.argv[1]}/{name}", "wb") as f:
        f.write(data)


def million():
    """10^6 samples, all of one stack."""
    p = Profile()
    p.mapping()
    stack = p.stack(["leaf", "main"])
    one = msg(2, msg(1, bytes(stack)) + msg(2, b"\x01\x05"))
    p.head()
    write("million", p.bytes() + one * 10**6)


def bomb():
    """Samples without end: 400 MB in some hundred kB."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = msg(2, num(1, 1) + msg(2, b"\x01\x05")) * 10000
    write("bomb", b"".join(pack.compress(piece) for _ in range(5000)) + pack.flush())


def raw():
    """Some addresses without names, of a program that is not here; what its server calls them."""
    p = Profile()
    p.mapping("/nowhere/mill", start=0x400000, limit=0x500000, flags=0)
    p.sample([p.location(address=0x401234), p.location(("known", "", 0), address=0x402000)],
             [100, 100 * MS])
    p.sample([p.location(("known", "", 0), address=0x402000)], [20, 20 * MS])
    p.sample([p.location(address=0x409999)], [3, 3 * MS])
    p.head()
    write("raw", p.bytes())
    write("symbols", b"0x401234 _ZN4mill15named_by_serverEi\n")


def extreme():
    """The least of all numbers, more than once for one line; sources without an end; a name that a
    terminal would obey."""
    p = Profile()
    p.mapping("/opt/\33]0;mill\7", build="*/../*")
    for file in ("/dev/zero", f"{sys.argv[1]}/lines"):
        for address in (0x1000, 0x1010):
            at = p.location(("turn\33[2J\x9b2J", file, 3), address=address)
            p.sample([at], [-1 << 63, -1 << 63])
            p.sample([at, at], [(1 << 63) - 1, -1 << 62])
    p.head()
    write("extreme", p.bytes())
    write("lines", b"line\n" * 9)


def labels():
    """One label more than a page has rows for."""
    p = Profile()
    p.mapping()
    stack, key = p.stack(["leaf"]), p.s("n")
    p.head()
    write("labels", p.bytes() + b"".join(
        msg(2, msg(1, bytes(stack)) + msg(2, b"\x01\x05") + msg(3, num(1, key) + num(3, n + 1)))
        for n in range(200001)))


def types():
    """One type twice in one file and never in the other."""
    for name, kinds in (("twice", ("a", "a", "b")), ("never", ("c", "b"))):
        p = Profile([(k, "count") for k in kinds])
        p.mapping()
        p.sample(p.stack(["main"]), [7] * len(kinds))
        p.head()
        write(name, p.bytes())


for f in (million, bomb, raw, extreme, labels, types):
    f()
