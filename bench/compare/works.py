# SPDX-License-Identifier: MIT
"""What is measured, how much of it, and how good it has to be: the only place that says so.

A work is a benchmark that every peer has under the same name. Its ops are chosen for each peer, so
that a run lasts some 0.3 to 1 s wherever that is possible. The raw probes are the floor: programs of
nothing but mailboxes, pools and workers (bench/raw).
"""
import re
from dataclasses import dataclass, field

FRAMEWORKS = ('akt', 'goakt', 'caf', 'erlang')
PROBES = ('mini', 'mini2', 'wake')
PEERS = FRAMEWORKS + PROBES
CORES = (1, 2)
UNITS = {'ns/op': 'ns', 'ms/last-hook': 'ms', 'rss-bytes/actor': 'bytes', 'p50-ns': 'ns, p50',
         'p99-ns': 'ns, p99', 'bytes/actor': 'bytes', 'bytes/alloc': 'bytes', 'count/alloc': 'blocks'}


LINE_UNIT = 'line-ns'   # of the probe wake: how long a line of cache takes from core to core


def cores_word(cores):
    return '1 core' if cores == 1 else f'{cores} cores'


def count(word):
    """20M, 1500k, 100 or '-' (not run there: 0)."""
    if word == '-':
        return 0
    factor = {'k': 1000, 'M': 1000000}.get(word[-1], 1)
    return int(word.rstrip('kM')) * factor


@dataclass(frozen=True)
class Work:
    name: str             # as in BenchmarkNAME
    title: str            # for people; with a slash what an op is: "ping-pong/a message"
    ops: dict             # by peer; who is not in it does not run it
    units: tuple = ('ns/op',)
    raw: str = ''         # arguments of the raw probe; {n}: the ops
    results: dict = field(default_factory=dict)  # its RESULT names, which unit each is
    cores: tuple = CORES
    table: str = 'works'  # which table of the page it is in

    @property
    def label(self):
        return self.title.partition('/')[0]

    def measure(self, unit):
        """What a figure tells, in words."""
        op = self.title.partition('/')[2]
        return f'ns {op}' if unit == 'ns/op' and op else UNITS.get(unit, unit)

    def pattern(self):
        """Matches this benchmark alone, whether names are matched whole or, as Go does, part by part."""
        top, _, sub = self.name.partition('/')
        top = '^Benchmark' + re.escape(top)
        return top + (r'/\b' + sub + '$' if sub else '$')


def ops(words):
    """Op counts in the order of PEERS, without zeros; peers at the end may be left out."""
    return {peer: n for peer, n in zip(PEERS, map(count, words.split())) if n}


def rate(name):
    """A RESULT in ops per second becomes ns/op."""
    return {name: 'ns/op'}


def stop_work(actors, words):
    return Work(f'ShutdownLatency_{actors}Actors', f'stop {actors:,} actors',
                ops(words), ('ms/last-hook',), f'mem {actors}', {f'stop{actors}': 'ms/last-hook'})


def memory_work(actors, words):
    return Work(f'ActorMemoryFootprint_{actors}Actors', f'memory an actor, {actors:,} idle',
                ops(words), ('rss-bytes/actor',), f'mem {actors}',
                {f'mem{actors}': 'rss-bytes/actor'}, cores=(2,))


#                                              akt  goakt caf  erlang mini mini2 wake
WORKS = [
    Work('PingPong', 'ping-pong/a message', ops('20M 1M 1M 1M 20M 40M'), raw='pingpong {half}',
         results=rate('pingpong')),
    Work('ThreadRing', 'ring of 503/a hop', ops('20M 1M 1M 1M 20M 40M'), raw='ring 503 {n}',
         results=rate('ring')),
    Work('CountWindow/1', 'count, 1 producer/a message', ops('20M 2M 2M 4M 20M 40M'),
         raw='countw 1 {n} 1024', results=rate('countw1')),
    Work('CountWindow/2', 'count, 2 producers/a message', ops('20M 2M 2M 4M 20M 8M'),
         raw='countw 2 {n} 1024', results=rate('countw2')),
    Work('ForkJoin', 'fork-join over 10,000/a message', ops('3M 1M 1M 1M 3M 3M'),
         raw='fjthr 10000 100 {rounds}', results=rate('fjthr')),
    Work('Big', 'big, 120 actors/a message', ops('12M 1200k 1200k 1200k 12M 1200k'),
         raw='big 120 {pings}', results=rate('big')),
    Work('Chameneos', 'chameneos of 100/a meeting', ops('4M 300k 200k 400k 4M 8M'),
         raw='cham 100 {n}', results=rate('cham')),
    Work('SpawnDie', 'spawn, one message, die/an actor', ops('1M 5k 150k 400k 1M 4M'),
         raw='fjcreate64 {n}', results=rate('fjcreate64')),
    Work('SpawnIdle/unnamed', 'spawn idle/an actor', ops('1M 5k 300k 300k 1M 1M'),
         raw='mem {n}', results=rate('spawnidle{n}')),
    Work('SpawnIdle/named', 'spawn idle, by name/an actor', ops('1M 5k 300k 300k 1M'),
         raw='named {n}', results=rate('spawn_named_ns')),
    memory_work(100000, '1 1 1 1 1 1'),
    memory_work(1000000, '1 1 1 1 1 1'),
    stop_work(100, '200 20 200 50'),
    stop_work(1000, '100 10 50 20 1'),
    stop_work(10000, '30 2 5 5 1'),
    stop_work(100000, '5 1 1 1 1'),
    stop_work(1000000, '1 1 1 1 1'),
    Work('AskLatency/busy', 'ask from outside, busy', ops('300k 200k 50k 200k 20k 10k'),
         ('p50-ns', 'p99-ns'), 'ask {n}',
         {'ask_p50': 'p50-ns', 'ask_p99': 'p99-ns', 'ask_rate': 'ns/op'}),
    Work('AskLatency/idle', 'ask from outside, idle', ops('200 200 200 200 - - 200'),
         ('p50-ns', 'p99-ns'), '{n}', {'wake_p50': 'p50-ns', 'wake_p99': 'p99-ns', 'line': LINE_UNIT}),
    Work('AskLatency/actor', 'ask from an actor', ops('1M 200k 100k 200k'), ('p50-ns', 'p99-ns')),
]


def goakt_work(name, title, words, units=('ns/op',), cores=CORES):
    return Work(name, title, ops(words), units, cores=cores, table='goakt')


GOAKT_SET = [goakt_work(*row) for row in (
    ('Tell', 'threads outside tell one actor', '3M 1M'),
    ('TellPayload/size=0', 'tell, no payload', '2M 500k'),
    ('TellPayload/size=64', 'tell, 64 bytes', '2M 500k'),
    ('TellPayload/size=1024', 'tell, 1 KiB', '1M 500k'),
    ('TellPayload/size=8192', 'tell, 8 KiB', '200k 200k'),
    ('TellPayload/size=65536', 'tell, 64 KiB', '20k 20k'),
    ('Ask', 'ask an actor', '200k 200k'),
    ('Request', 'an actor asks for the asker', '200k 100k'),
    ('SendAsync', 'tell by name', '4M 1M'),
    ('SendSync', 'ask by name', '200k 200k'),
    ('MailboxTell/Unbounded', 'unbounded mailbox', '3M 1M'),
    ('MailboxTell/Bounded', 'bounded mailbox', '3M 1M'),
    ('MailboxTell/UnboundedPriority', 'mailbox by priority', '1M 500k'),
    ('MailboxTell/UnboundedFair', 'fair mailbox', '3M 1M'),
    ('ActorMemoryFootprint', 'memory of an idle actor, 2,000', '2000 1', ('bytes/actor',), (2,)),
    ('GCAllocationsDuringShutdown_100Actors', 'allocated while 100 stop', '10 10',
     ('bytes/alloc', 'count/alloc'), (2,)),
    ('GCAllocationsDuringShutdown_1000Actors', 'allocated while 1,000 stop', '10 10',
     ('bytes/alloc', 'count/alloc'), (2,)),
)]

# Matches all of the suite's benchmarks, which are its subs: a table of akt's own.
SAVINA = Work('Savina', 'the Savina suite, a whole run', {'akt': 1}, table='savina')
ALL = WORKS + GOAKT_SET + [SAVINA]


@dataclass(frozen=True)
class Target:
    """How akt has to stand in a work: beside a raw probe, and before each peer."""
    work: str
    probe: str = 'mini'
    times: float = 0        # at most so many times the probe's figure; 0: no limit
    probe_cores: tuple = CORES
    probe_unit: str = ''    # '': all units of the work
    ahead: dict = field(default_factory=dict)  # at least so many times; others: 1
    ahead_cores: tuple = CORES  # where `ahead` holds; elsewhere it is 1
    peer_cores: tuple = CORES   # where akt has to be before its peers at all


TARGETS = [
    Target('PingPong', times=1.5, probe_cores=(1,), ahead={'goakt': 10, 'caf': 10}),
    Target('ThreadRing', times=1.5),
    Target('CountWindow/1', times=1.6, probe_cores=(1,), ahead={'goakt': 8}, ahead_cores=(1,)),
    Target('CountWindow/2', times=1.6, probe_cores=(1,), ahead={'goakt': 8}, ahead_cores=(1,)),
    Target('ForkJoin', times=1.6),
    Target('Big', times=1.6),
    Target('Chameneos', times=1.6),
    Target('SpawnDie', times=3, ahead={'goakt': 10}),
    Target('SpawnIdle/unnamed', times=2),
    Target('SpawnIdle/named', times=2),
    Target('ActorMemoryFootprint_100000Actors'),
    Target('ActorMemoryFootprint_1000000Actors'),
    Target('ShutdownLatency_100Actors'),
    Target('ShutdownLatency_1000Actors', times=2.5),
    Target('ShutdownLatency_10000Actors', times=2.5),
    Target('ShutdownLatency_100000Actors', times=2.5),
    Target('ShutdownLatency_1000000Actors', times=2.5),
    # With one core, a thread outside and a worker take turns on it: the switch is the kernel's.
    Target('AskLatency/busy', 'mini2', 2, (2,), 'p50-ns', peer_cores=(2,)),
    Target('AskLatency/idle', 'wake', 1.2, (2,), 'p50-ns', peer_cores=(2,)),
    Target('AskLatency/actor'),
]


@dataclass(frozen=True)
class Own:
    """A limit of akt's own figure: by itself, or by another figure of akt in the same round."""
    title: str
    work: str
    cores: int
    limit: float
    unit: str = 'ns/op'
    by: tuple = ()          # (work, cores)
    scale: float = 1        # the ratio is multiplied by it


OWN = [
    # No slower; the margin is what two runs of the same thing differ by.
    Own('ping-pong, 2 cores by 1', 'PingPong', 2, 1.1, by=('PingPong', 1)),
    Own('fork-join, 2 cores by 1', 'ForkJoin', 2, 1 / 1.1, by=('ForkJoin', 1)),
    Own('big, 2 cores by 1', 'Big', 2, 1 / 1.1, by=('Big', 1)),
    Own('resident bytes an idle actor at 1,000,000', 'ActorMemoryFootprint_1000000Actors', 2, 192,
        'rss-bytes/actor'),
    Own('stop 1,000 actors, ms', 'ShutdownLatency_1000Actors', 1, 1, 'ms/last-hook'),
    Own('stop is linear: an actor of 1,000,000 by one of 100,000', 'ShutdownLatency_1000000Actors', 1,
        1.5, 'ms/last-hook', ('ShutdownLatency_100000Actors', 1), 0.1),
    Own('idle, % of a core', 'Idle', 2, 0.5, '%cpu'),
]
ALL.append(Work('Idle', 'a system at rest', {'akt': 1}, ('%cpu',), cores=(2,), table='own'))


@dataclass(frozen=True)
class Gate:
    """At most so many times mini's figure, in the same run on one core: what `make compare-gate` checks.

    The limits are 1.6 to 2 times the highest ratio so far: 1.9 for ping-pong and ring (AMD; 1.3 on an Intel),
    1.3 for count, 1.6 for fork-join, 1.4 for spawning, 2.0 for stopping. So only a real loss trips them."""
    work: str
    limit: float
    ops: dict


GATE = [
    Gate('PingPong', 3, {'akt': 4000000, 'mini': 8000000}),
    Gate('ThreadRing', 3, {'akt': 4000000, 'mini': 8000000}),
    Gate('CountWindow/1', 2.6, {'akt': 4000000, 'mini': 8000000}),
    Gate('ForkJoin', 2.8, {'akt': 2000000, 'mini': 2000000}),
    Gate('SpawnDie', 3, {'akt': 1000000, 'mini': 2000000}),
    Gate('ShutdownLatency_100000Actors', 3.5, {'akt': 1, 'mini': 1}),
]


def find(name):
    return next(work for work in ALL if work.name == name)
