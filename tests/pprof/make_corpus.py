#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the synthetic corners of tests/pprof/corpus: make_corpus.py DIRECTORY. The files are
checked in; this is how they were made."""
import gzip
import os
import random
import sys


def varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while n >= 128:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def num(field, n):
    return varint(field << 3) + varint(n) if n else b""


def msg(field, body):
    return varint(field << 3 | 2) + varint(len(body)) + body


class Profile:
    def __init__(self, types=(("samples", "count"), ("cpu", "nanoseconds"))):
        self.strings, self.body, self.tail = {"": 0}, b"", b""
        self.functions, self.locations, self.mappings = {}, {}, 0
        for t, u in types:
            self.body += msg(1, num(1, self.s(t)) + num(2, self.s(u)))

    def s(self, text):
        return self.strings.setdefault(text, len(self.strings))

    def mapping(self, file="/bin/prog", build="", start=0x1000, limit=0x9000, flags=15,
                offset=0):
        self.mappings += 1
        b = num(1, self.mappings) + num(2, start) + num(3, limit) + num(4, offset)
        b += num(5, self.s(file))
        b += num(6, self.s(build))
        for i in range(4):
            b += num(7 + i, flags >> i & 1)
        self.body += msg(3, b)
        return self.mappings

    def function(self, name, file="", start=0, system=None, id=None):
        key = (name, file, start, system)
        if key not in self.functions:
            id = id or len(self.functions) + 1
            self.functions[key] = id
            self.body += msg(5, num(1, id) + num(2, self.s(name)) +
                             num(3, self.s(name if system is None else system)) +
                             num(4, self.s(file)) + num(5, start))
        return self.functions[key]

    def location(self, *lines, address=0, mapping=1, id=None, folded=0):
        """lines: (name, file, line[, start[, column]]), innermost first"""
        key = (lines, address, mapping)
        if key not in self.locations:
            id = id or len(self.locations) + 1
            self.locations[key] = id
            b = num(1, id) + num(2, mapping) + num(3, address)
            for l in lines:
                l = tuple(l) + (0,) * (5 - len(l))
                f = self.function(l[0], l[1] or "", l[3])
                b += msg(4, num(1, f) + num(2, l[2]) + num(3, l[4]))
            self.body += msg(4, b + num(5, folded))
        return self.locations[key]

    def sample(self, stack, values, labels=()):
        b = b"".join(num(1, l) for l in stack) if len(stack) < 3 else msg(
            1, b"".join(varint(l) for l in stack))
        b += msg(2, b"".join(varint(v) for v in values))
        for l in labels:
            if len(l) == 2 and isinstance(l[1], str):
                b += msg(3, num(1, self.s(l[0])) + num(2, self.s(l[1])))
            else:
                l = tuple(l) + ("",)
                b += msg(3, num(1, self.s(l[0])) + num(3, l[1]) + num(4, self.s(l[2])))
        self.body += msg(2, b)

    def stack(self, names, mapping=1):
        return [self.location((n, f"/src/{n.split('.')[0].split(':')[0]}.c", 10 + len(n)),
                              address=0x1000 + 16 * len(n), mapping=mapping) for n in names]

    def head(self, time=0, duration=0, period=("cpu", "nanoseconds", 10000000), comments=(),
             default="", drop="", keep="", doc=""):
        t = num(7, self.s(drop)) + num(8, self.s(keep)) + num(9, time) + num(10, duration)
        t += msg(11, num(1, self.s(period[0])) + num(2, self.s(period[1]))) + num(12, period[2])
        for c in comments:
            t += varint(13 << 3) + varint(self.s(c))
        self.tail = t + num(14, self.s(default)) + num(15, self.s(doc))

    def bytes(self):
        return self.body + self.tail + b"".join(msg(6, s.encode("utf-8", "surrogateescape"))
                                                for s in self.strings)


def write_to(path, profile, pack=True):
    data = profile.bytes()
    with open(path, "wb") as f:
        f.write(gzip.compress(data, mtime=0) if pack else data)


def write(name, profile, pack=True):
    write_to(f"{sys.argv[1]}/{name}.prof", profile, pack)


MS = 1000000


def names():
    p = Profile()
    p.mapping("/opt/app/bin/server", "0123456789abcdef")
    odd = ["std::vector<int, std::allocator<int> >::push_back(int const&)", "operator()",
           "(anonymous namespace)::Worker::run(int)", "ns::Klass::~Klass()", "a::b::Cls::fn<T>",
           "github.com/akt/v2/pkg.(*Type[...]).Method.func1", "main.foo[...]", "with \"quote\"",
           "back\\slash", "new\nline", "tab\tname", "com.example.Foo.bar(Foo.java)", "ünïcödé_名前",
           "example.com/x-y/z.Fn", "org.Klass.<init>", "a b c", "", "%s%d", "x<y", "f(int)(char)",
           "std::__1::__function::__func<void (*)()>::operator()()", "f) g ( h::i"]
    root = p.location(("main", "/src/main.c", 5, 1), address=0x1000)
    for i, n in enumerate(odd):
        leaf = p.location((n, f"./lib//../src/./{i}.c", i, i), address=0x2000 + i)
        p.sample([leaf, root], [1 + i, (1 + i) * MS], [("actor", n or "none")])
        p.sample([root], [1, i * MS])
    p.head(time=1700000000123456000, duration=95 * 1000 * MS, comments=["phase=x", "#hidden", ""],
           doc="https://example.com/doc")
    write("names", p)


def inlines():
    p = Profile()
    p.mapping()
    a = p.location(("inl2", "/src/a.h", 3, 1), ("inl1", "/src/a.h", 9, 7), ("outer", "/src/a.c", 20, 15),
                   address=0x1010)
    b = p.location(("inl1", "/src/a.h", 10, 7, 4), ("main", "/src/a.c", 40, 30, 2), address=0x1020)
    c = p.location(("inl2", "/src/a.h", 4, 1), address=0x1030)
    d = p.location(("main", "/src/a.c", 44, 30), address=0x1040)
    for stack, n in (([a, d], 5), ([b], 7), ([c, d], 2), ([c, a, b], 3), ([a, a, a, d], 4), ([d], 1)):
        p.sample(stack, [n, n * 10 * MS])
    p.head(duration=int(2.5e9))
    write("inlines", p)


def labels():
    p = Profile((("alloc_objects", "count"), ("alloc_space", "bytes")))
    p.mapping("")
    rnd = random.Random(1)
    for i in range(60):
        st = p.stack(rnd.sample(["alloc", "grow", "copy", "main", "loop", "parse"], 3))
        size = rnd.choice([8, 16, 48, 64, 100, 1024, 4096, 70000, 1 << 20, 3 << 20])
        ls = [("bytes", size, rnd.choice(["bytes", "", "kilobytes", "bytes"]))]
        if i % 3:
            ls += [("actor", f"a-{i % 4}"), ("msg", "Get" if i % 2 else "Put")]
        if i % 5 == 0:
            ls += [("actor", "second"), ("depth", i - 10), ("depth", 7), ("wait", i * 1000, "us")]
        if i % 7 == 0:
            ls += [("request", 4096), ("alignment", 64), ("zero", 0, "bytes"), ("10s", "5")]
        p.sample(st, [i, i * size], ls)
    p.head(period=("space", "bytes", 524288), default="alloc_objects")
    write("labels", p)


def negative():
    p = Profile((("delay", "microseconds"), ("big", "furlongs")))
    p.mapping("/lib/[weird].so")
    rnd = random.Random(2)
    for i in range(40):
        st = p.stack(rnd.sample(["f", "gg", "hhh", "iiii", "jjjjj", "kkkkkk"], 4))
        p.sample(st, [rnd.randint(-100000, 90000), rnd.randint(-10**15, 10**15)],
                 [("sign", rnd.choice("+-"))])
    p.sample(p.stack(["f", "gg"]), [0, 0])
    p.sample([], [12, 12])
    p.head(duration=1500)
    write("negative", p, pack=False)


def raw():
    p = Profile((("cpu", "microseconds"),))
    m = [p.mapping("/usr/lib/libx.so.6", "ab", flags=0), p.mapping("[vdso]", start=0x10000, limit=0x11000),
         p.mapping("/bin/no-names", start=0x20000, limit=0x30000, flags=1)]
    ids = [1 << 40, 7, (1 << 62) + 3, 12, 99999]
    loc = [p.location(address=0x1234 + 0x10000 * i, mapping=m[i % 3], id=ids[i], folded=i % 2)
           for i in range(5)]
    loc.append(p.location(("only_name", "", 0), address=0x20010, mapping=m[2], id=100000))
    loc.append(p.location(("", "/src/only_file.c", 3), address=0x20020, mapping=m[2], id=100001))
    loc.append(p.location(("no_mapping", "", 0), mapping=0, id=100002))
    for i in range(len(loc)):
        p.sample(loc[i:] + loc[:1], [100 * (i + 1)])
    p.head(time=-5, duration=10, comments=["one", "two"])
    write("addresses", p)


def deep():
    p = Profile()
    p.mapping("/bin/deep (deleted)")
    rnd = random.Random(3)
    fs = [f"layer{i}.fn{j}" for i in range(12) for j in range(20)]
    for _ in range(900):
        st = [f"layer{11 - i}.fn{min(19, int(rnd.expovariate(0.4)))}" for i in range(12)]
        st = st[rnd.randint(0, 6):] + ["main"]
        if rnd.random() < .2:
            st = st[:2] * 3 + st
        n = rnd.randint(1, 50)
        p.sample([p.location((x, f"/src/{x[:6]}.c", fs.index(x) if x in fs else 1,
                              fs.index(x) if x in fs else 1), address=0x1000 + 16 * (fs.index(x) if x in fs else 500))
                  for x in st], [n, n * 10 * MS],
                 [("actor", f"worker-{rnd.randint(1, 12)}"), ("phase", rnd.choice(["run", "stop"]))])
    p.head(time=1763800000 * 10**9, duration=61 * 10**9, drop="layer11\\.fn0|malloc", keep="layer1.*",
           comments=["node=n1 hz=100 lost=0"])
    write("deep", p)


def empty():
    p = Profile()
    p.head()
    write("empty", p)
    p = Profile((("a", "nanogcu"), ("b", "hours"), ("c", "Milliseconds"), ("d", "MB"), ("a", "count")))
    p.mapping(build="ff" * 20)
    for i in range(1, 9):
        p.sample(p.stack(["x" * i, "main"]), [10**i, i, i * 3600, -i, 1 << (i * 7)])
    p.head(default="nonsense", duration=7200 * 10**9)
    write("units", p)
    p = Profile((("delay", "nanoseconds"),))
    for i in range(5):
        p.sample([p.location((f"f{i}", "", 0), mapping=0)], [i * 3])
    p.head()
    write("no_mapping", p)


def values():
    big = 1 << 63
    p = Profile((("n", "count"), ("t", "nanoseconds"), ("b", "bytes")))
    p.mapping()
    st = p.stack(["leaf", "inner", "main"])
    for i, (n, t, b) in enumerate([(1, big - 1, 1 << 60), (2, -big, 7 - (1 << 60)), (0, 0, 0), (0, 5, 0),
                                   (3, 0, -1), (7, 10**18, 10**18), (-4, 1, 2), (1, big // 2, 3),
                                   (1000000007, 3 * 10**9, 1023), (1, 999, 1025)]):
        p.sample(st[i % 3:], [n, t, b], [("bytes", b, "bytes"), ("kind", f"k{i % 3}")])
    p.head(time=-1, duration=(1 << 62), period=("t", "nanoseconds", -5))
    write("values", p)


def recursion():
    p = Profile()
    p.mapping()
    f = p.location(("f", "/src/f.c", 3, 1), address=0x1010)
    g = p.location(("g", "/src/g.c", 9, 5), address=0x1020)
    fg = p.location(("f", "/src/f.c", 4, 1), ("g", "/src/g.c", 11, 5), ("f", "/src/f.c", 5, 1),
                    address=0x1030)
    main = p.location(("main", "/src/m.c", 2, 1), address=0x1040)
    for stack, n in (([f] * 700 + [main], 3), ([f, g] * 150 + [main], 5), ([fg] * 40 + [g, main], 7),
                     ([main, f, main], 2), ([g], 1), ([], 4)):
        p.sample(stack, [n, n * MS], [("depth", len(stack))])
    p.head(duration=10**9)
    write("recursion", p)


def bytes_():
    p = Profile((("count", "count"), ("sp ace", ""), ("", "count")))
    p.mapping("/bin/a b\"c<d>&e", "NOT-hex\n")
    odd = ["", " ", "\t", "a\nb", "\x01\x02", "\x7f", "a:b=c,d", "\\n", "\"q\"", "<b>&amp;</b>", "日本語", "é",
           "e\u0301", "\U0001f600", "\udcfe\udcfd", "\udce2\udc82", "%s%n", "'", "|", "a" * 300]
    root = p.location(("main", "main.c", 1), address=0x1001)
    for i, text in enumerate(odd):
        leaf = p.location((text, text, i, 0, i % 3), address=0x1100 + i)
        p.sample([leaf, root], [i + 1, i, 1], [(text, "value"), ("key", text), ("key", "b"), (text, i, text),
                                               ("n", i, ""), ("n", -i, "ms")])
    p.sample([root], [3, 4, 5], [("", ""), ("", 0)])
    p.head(comments=["tab\there", "\udcff", "日本"], doc="https://example.com/<x>", default="sp ace")
    write("bytes", p)


def mappings():
    p = Profile()
    m = [p.mapping("/bin/main", "", 0x1000, 0x2000), p.mapping("/lib/a.so", "aa", 0x2000, 0x3000),
         p.mapping("/lib/a.so", "aa", 0x3000, 0x4000, offset=0x1000),
         p.mapping("/other/b.so", "bb", 0x5000, 0x6000), p.mapping("", "cc", 0x7000, 0x8000),
         p.mapping("", "", 0x8000, 0x9000), p.mapping("//anon", "", 0, 0), p.mapping("[vdso]", "", 5, 1)]
    locations = []
    for i, at in enumerate(m + [0]):
        for named in (0, 1):
            lines = [("f", "/src/same.c", 4, 2)] if named else []
            locations.append(p.location(*lines, address=0x1000 * (i + 1) + 16 * named, mapping=at))
    p.body += msg(4, num(1, 500) + num(2, 99) + num(3, 0x1100))  # a mapping that is not there
    locations.append(500)
    for i, l in enumerate(locations):
        p.sample([l, locations[i - 1], locations[i - 2]], [i, i * MS])
    p.head(time=1, duration=1)
    write("mappings", p, pack=False)


def frames():
    p = Profile()
    p.mapping("/bin/x", "ff" * 16)
    names_ = ["malloc", "malloc(int)", "ns::malloc<int>(long)", "operator new(unsigned long)", "keep::malloc",
              "main", "user.fn", "(anonymous namespace)::malloc", ".hidden", "a.(*T).malloc"]
    at = [p.location((n, f"/s/{i}.cc", i + 1, 1), address=0x1000 + i * 16) for i, n in enumerate(names_)]
    deep_ = p.location(("malloc", "/s/m.h", 1), ("wrap", "/s/w.h", 2), ("user.in", "/s/u.c", 3), address=0x1f00)
    for i, l in enumerate(at):
        p.sample([l, at[6], at[5]], [i + 1, MS * (i + 1)])
        p.sample([at[6], l, at[5]], [1, MS])
        p.sample([l], [2, 2 * MS])
        p.sample([l, deep_, at[5]], [1, MS])
    p.sample([deep_, at[5]], [9, 9 * MS])
    p.head(drop=".*malloc|operator new|\\.hidden", keep="keep::.*", duration=10**8)
    write("frames", p)


def twins():
    p = Profile((("alloc_space", "bytes"), ("total_alloc_space", "bytes"), ("alloc_space", "count"),
                 ("space", "bytes")))
    p.mapping()
    for i in range(6):
        same = [p.location(("twin", f"/src/t{i % 2}.c", 3 + i, i % 3), address=0x1000 + i * 8),
                p.location(("twin", "", 0, i), address=0x2000 + i * 8),
                p.location(("caller", "/src/c.c", 7, 1), address=0x3000 + i % 2)]
        p.sample(same, [i, 2 * i, 3 * i, 4 * i], [("bytes", 16 << i, "bytes"), ("bytes", 16 << i, "")])
        p.sample(same, [1, 1, 1, 1], [("bytes", 16 << i, "bytes"), ("bytes", 16 << i, "")])
    p.head(default="space")
    write("twins", p)


def bare():
    p = Profile(())
    p.mapping()
    p.location(("f", "/f.c", 1))
    p.head()
    write("bad/nothing", p)
    p = Profile((("x", "y"),))
    p.sample([p.location(("only", "/o.c", 1), mapping=0)], [0])
    write("zeros", p, pack=False)


def bad():
    """What must be refused."""
    def one(name, change, types=(("x", "count"),)):
        p = Profile(types)
        p.mapping()
        at = p.location(("f", "/f.c", 1), address=0x1000)
        change(p, at)
        p.head()
        write("bad/" + name, p, pack=False)
    one("no_location", lambda p, at: p.sample([at, 77], [1]))
    one("values", lambda p, at: p.sample([at], [1, 2]))
    one("no_values", lambda p, at: p.sample([at], []))
    one("twice", lambda p, at: p.location(("g", "/g.c", 1), address=2, id=1))
    one("function_twice", lambda p, at: p.function("g", "/g.c", 1, id=1))
    one("no_function", lambda p, at: setattr(p, "body", p.body + msg(4, num(1, 9) + msg(4, num(1, 77)))))
    one("no_types", lambda p, at: p.sample([at], []), types=())


if __name__ == "__main__":
    os.makedirs(f"{sys.argv[1]}/bad", exist_ok=True)
    for f in (names, inlines, labels, negative, raw, deep, empty, values, recursion, bytes_, mappings, frames,
              twins, bare, bad):
        f()
