# SPDX-License-Identifier: MIT
"""The machine: what it is, and which of its processors a run of so many cores is held to."""
import os
import platform


def cpu_model():
    with open('/proc/cpuinfo', encoding='utf-8', errors='replace') as file:
        for line in file:
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return platform.machine()


def memory_gib():
    return os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30


def siblings(cpu):
    """The processors that share a core with this one."""
    try:
        with open(f'/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list',
                  encoding='ascii') as file:
            return file.read().strip()
    except OSError:
        return str(cpu)


def processors():
    """One processor of each core that we may use, in order."""
    cores = {}
    for cpu in sorted(os.sched_getaffinity(0)):
        cores.setdefault(siblings(cpu), cpu)
    return list(cores.values())


def about():
    arch = {'x86_64': 'amd64', 'aarch64': 'arm64'}.get(platform.machine(), platform.machine())
    return {'arch': arch, 'cpu': cpu_model(),
            'machine': f'{cpu_model()}, {len(processors())} cores, {memory_gib():.0f} GiB',
            'kernel': f'Linux {platform.release()}'}
