#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes profiles with known numbers for tests/pprof/beyond.sh: make_beyond.py DIRECTORY."""
from make_corpus import MS, Profile, write

S = 1000 * MS
MB = 1 << 20
MESSAGES = (("messages", "count"), ("bytes", "bytes"), ("mailbox_wait", "nanoseconds"),
            ("processing", "nanoseconds"))
HEAP = (("alloc_objects", "count"), ("alloc_space", "bytes"), ("inuse_objects", "count"),
        ("inuse_space", "bytes"))


def cpu(name, counts, seconds=30, period=10 * MS, types=(("samples", "count"), ("cpu", "nanoseconds"))):
    """counts: (function, actor type, actor, message, samples)"""
    p = Profile(types)
    p.mapping("/bin/server", "00")
    for function, kind, actor, message, n in counts:
        labels = [("actor_type", kind), ("actor", actor), ("msg", message), ("phase", "run")]
        if kind is None:
            labels = [("phase", "run")]
        values = [n, n * period] if len(types) == 2 else [n * period]
        p.sample(p.stack([function, "handle", "main"]), values, labels)
    p.head(duration=seconds * S, period=("cpu", "nanoseconds", period), default="cpu")
    write(name, p)


def runs():
    old = [("hash", "hasher", "hasher-1", "job", 600), ("hash", "hasher", "hasher-2", "job", 400),
           ("sort", "sorter", "sorter-1", "job", 500), ("sort", "sorter", "sorter-1", "stop", 4),
           ("vanished", "sorter", "sorter-1", "job", 200), ("idle", None, "", "", 96)]
    new = [("hash", "hasher", "hasher-1", "job", 900), ("hash", "hasher", "hasher-2", "job", 400),
           ("sort", "sorter", "sorter-1", "job", 520), ("sort", "sorter", "sorter-1", "stop", 8),
           ("fresh", "sorter", "sorter-1", "job", 100), ("idle", None, "", "", 96)]
    cpu("old", old)
    cpu("new", new)
    cpu("long", [c[:4] + (2 * c[4],) for c in old], seconds=60)
    cpu("fine", [c[:4] + (10 * c[4],) for c in old], period=1 * MS)
    # 4.8 % more in the function sort, known ten times as well in this run as in the old one.
    cpu("finer", [c[:4] + (5240 if c[4] == 500 else 10 * c[4],) for c in old], period=1 * MS)
    cpu("deeper", [("handle", None, "", "", 20)])
    cpu("uncounted", old, types=(("delay", "nanoseconds"),))
    cpu("uncounted2", new, types=(("delay", "nanoseconds"),))
    cpu("untimed", old, seconds=0)


def heap(name, rows, rate=512 * 1024):
    """rows: (function, holder or None, actor, kind, hits, block bytes): scaled as writers do"""
    p = Profile(HEAP)
    p.mapping("/bin/server", "00")
    for function, owner, actor, kind, hits, size in rows:
        probability = 1 - (rate / (rate + 1)) ** size
        objects = round(hits / probability)
        labels = [("actor_type", actor.split("-")[0]), ("actor", actor), ("kind", kind),
                  ("msg", "none"), ("phase", "run")]
        stack = p.stack([function, "main"])
        if owner:
            p.sample(stack, [objects, objects * size, 0, 0], labels)
            p.sample(stack, [0, 0, objects, objects * size], labels + [("owner", owner)])
        else:
            p.sample(stack, [objects, objects * size, objects, objects * size], labels)
    p.head(duration=10 * S, period=("space", "bytes", rate), default="inuse_space")
    write(name, p)


def heaps():
    heap("heap_old", [("make_receipt", "printer-1", "seller-1", "message", 40, 16000),
                      ("cache", None, "store-1", "arena", 90, 1024),
                      ("table", None, "store-1", "state", 1, 64 * MB)])
    heap("heap_new", [("make_receipt", "printer-1", "seller-1", "message", 400, 16000),
                      ("cache", None, "store-1", "arena", 95, 1024),
                      ("table", None, "store-1", "state", 1, 64 * MB),
                      ("late", None, "clerk-1", "arena", 3, 100)])
    heap("heap_exact", [("cache", None, "store-1", "arena", 5, 100)], rate=1)
    heap("heap_none", [])


def messages():
    p = Profile(MESSAGES)
    p.mapping("/bin/server", "00")
    # (type, messages, wait of one, processing of one) in 10 seconds, one message in 4 timed
    rows = [("flooded", 80000, 10 * MS, 100000), ("computing", 4000, 1 * MS, 2 * MS),
            ("blocked", 4000, 1 * MS, 2 * MS), ("starved", 4000, 5 * MS, 10000),
            ("fine", 4000, 20000, 10000), ("rare", 36, 9 * MS, 10000),
            ("heavy", 40, 1 * MS, 300 * MS)]
    for kind, n, wait, processing in rows:
        labels = [("actor_type", kind), ("actor", kind + "-1"), ("msg", "job"), ("phase", "run")]
        for sender, share in (("front.request", 3), ("[timer]", 1)):
            m = n * share // 4
            leaf = p.location((f"{kind}.job", "", 0), mapping=0)
            p.sample([leaf, p.location((sender, "", 0), mapping=0)],
                     [m, m * 100, m * wait, m * processing], labels)
    outside = p.location(("akt.outside.answer", "", 0), mapping=0)
    p.sample([outside, p.location(("fine.job", "", 0), mapping=0)], [400, 3200, 400 * MS, 0],
             [("actor_type", "akt.outside"), ("actor", "none"), ("msg", "answer")])
    p.head(duration=10 * S, period=("messages", "count", 4), default="mailbox_wait",
           comments=("sent=92476 dead=0 dropped=0 untimed=0",))
    write("talk_msg", p)
    # Twice as long: in 10 seconds the flooded computes 8 s, the computing 7.8 s, the blocked 1 s.
    cpu("talk_cpu", [("f", "flooded", "flooded-1", "job", 1600),
                     ("c", "computing", "computing-1", "job", 1560),
                     ("b", "blocked", "blocked-1", "job", 200)], seconds=20)


if __name__ == "__main__":
    runs()
    heaps()
    messages()
