#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How fast and how small is akt pprof beside Go's? bench/pprof/compare.py [build] [rounds]

Both print -top of the same files, in turn, in one run: profiles of 1 MB and 50 MB (as files, gzipped)
from make_profile, and a small one. Go's is the binary that `go tool -n pprof` names, not its wrapper;
without Go 1.26 only akt's own figures are printed. What is told of each: the least time of the rounds
and the greatest peak of memory. Exit status 1: a limit is missed.
"""
import os
import subprocess
import sys
import tempfile
import time

FASTER_MIN = 2.0  # Go's time by ours
MEMORY_MAX = 0.5  # our peak by Go's
SMALL_MS_MAX = 30.0


def run(argv):
    """Wall seconds and peak MB."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        nowhere = os.open("/dev/null", os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(nowhere, fd)
        os.execv(argv[0], argv)
    _, status, usage = os.wait4(child, 0)
    if status != 0:
        sys.exit(f"compare-pprof: {argv[0]} failed with {status}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def go_pprof():
    go = os.environ.get("GO", "/usr/local/go/bin/go")
    environment = dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-mod=mod")
    try:
        version = subprocess.run([go, "version"], capture_output=True, text=True, check=True).stdout
        if "go1.26" not in version:
            return None
        return subprocess.run([go, "tool", "-n", "pprof"], capture_output=True, text=True, check=True,
                              env=environment).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def compare(name, path, tools, rounds):
    figures = {tool: [] for tool in tools}
    for done in range(rounds):
        for tool, binary in tools.items():
            if sys.stderr.isatty():
                print(f"\r\033[Kcompare-pprof: {name}, round {done + 1}, {tool}", end="", file=sys.stderr)
            figures[tool].append(run([binary, "-top", path]))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    best = {tool: (min(f[0] for f in found), max(f[1] for f in found))
            for tool, found in figures.items()}
    for tool, (seconds, megabytes) in best.items():
        print(f"{name:10} {tool:5} {1e3 * seconds:10.1f} ms {megabytes:8.1f} MB")
    return best


def judge(name, best):
    if "go" not in best:
        return True
    faster = best["go"][0] / best["akt"][0]
    memory = best["akt"][1] / best["go"][1]
    ok = faster >= FASTER_MIN and memory <= MEMORY_MAX
    print(f"{name:10} {'ok' if ok else 'MISSED'}: {faster:.1f} times as fast (at least {FASTER_MIN}),"
          f" {memory:.3f} of the memory (at most {MEMORY_MAX})")
    return ok


def main():
    build = sys.argv[1] if len(sys.argv) > 1 else "build"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    source = os.path.dirname(os.path.abspath(__file__))
    subprocess.run(["ninja", "-C", build, "bench/make-profile", "tools/pprof/akt-pprof"], check=True,
                   stdout=subprocess.DEVNULL)
    maker = os.path.join(build, "bench", "make-profile")
    tools = {"akt": os.path.join(build, "tools", "pprof", "akt-pprof")}
    theirs = go_pprof()
    if theirs is None:
        print("Go 1.26 is not here: nothing to compare with")
    else:
        tools["go"] = theirs
    small = os.path.join(source, "..", "..", "tests", "pprof", "corpus", "labels.prof")
    with tempfile.TemporaryDirectory() as work:
        os.environ.update(HOME=work, PPROF_BINARY_PATH=os.path.join(work, "none"))
        best = compare("small", small, tools, 5 * rounds)
        ok = best["akt"][0] * 1e3 <= SMALL_MS_MAX
        print(f"{'small':10} {'ok' if ok else 'MISSED'}: at most {SMALL_MS_MAX} ms")
        # Go takes minutes for 50 MB: one round says it.
        for megabytes, times in (("1", rounds), ("50", 1)):
            path = os.path.join(work, f"{megabytes}.prof")
            subprocess.run([maker, megabytes, path], check=True)
            ok = judge(f"{megabytes} MB", compare(f"{megabytes} MB", path, tools, times)) and ok
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
