# SPDX-License-Identifier: MIT
"""akt in gdb: references and mailboxes in words, and the tree of actors.

    (gdb) print ref                  #17.3@4f1c
    (gdb) print *cell                ... box = BUSY, 3 queued: bank.pay, bank.pay, bank.close
    (gdb) akt actors [SYSTEM]        every actor below its parent, of a running process or of a core

Where libakt.so is installed, gdb loads this by itself (it may ask for `add-auto-load-safe-path`). A
program with akt inside it (libakt.a) says: (gdb) source PREFIX/share/akt/gdb/akt-gdb.py

It reads the debug information of akt and calls no function of the process. What another thread is just
changing may be read half changed: counts of a process that was stopped amid a push can be one off.
"""
import gdb

QUEUED_MAX = 100000   # nodes followed in one mailbox: a damaged one may be a ring
SHOWN_MAX = 8         # messages named by a printer
NONE = 0xffffffff

MODES = ['running', 'stopping', 'restarting', 'ended', 'suspended', 'halting', 'halted']
LIVE, PORT = 1 << 0, 1 << 8


def integer(value):
    """An integer, also of an atomic or a pointer."""
    if value.type.strip_typedefs().code == gdb.TYPE_CODE_PTR:
        return int(value.cast(gdb.lookup_type('unsigned long')))
    return int(value)


def text(pointer, limit=255):
    """A C string; what cannot be read is said."""
    if integer(pointer) == 0:
        return ''
    try:
        return pointer.string(errors='replace', length=-1)[:limit]
    except gdb.error:
        return '<unreadable>'


def field(value, name):
    """A member that may be missing in this version of akt; None then."""
    try:
        return value[name]
    except gdb.error:
        return None


def atomic_pointer(value, type_name):
    """What an _Atomic pointer holds, as a pointer to type_name."""
    return value.cast(gdb.lookup_type('unsigned long')).cast(gdb.lookup_type(type_name).pointer())


# --- references ---------------------------------------------------------------------------------

def ref_words(ref):
    if integer(ref['node']) == 0:
        return 'nobody'
    return '#%d.%d@%x' % (integer(ref['slot']), integer(ref['gen']), integer(ref['node']))


class RefPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return ref_words(self.value)


# --- mailboxes ----------------------------------------------------------------------------------

IDLE, BUSY, CLOSED = 0, 1, 2


def message_of(node):
    """The message that a node is the head of."""
    return node.cast(gdb.lookup_type('struct akt_msg').pointer())


def message_words(node):
    return text(message_of(node)['type']['name'])


class Mailbox:
    """What is queued in a struct mpsc. working: the node that a worker was seen at last; while it
    runs the actor, the box does not say which is next. It is not counted. skip: ctl_node's address."""

    def __init__(self, box, working=None, skip=0):
        self.last = integer(box['last'])
        self.nodes = []
        self.whole = True
        self.works = False
        if self.last == IDLE:
            self.state = 'IDLE'
        elif self.last == CLOSED:
            self.state = 'CLOSED'
        else:
            self.state = 'BUSY'
        if self.last <= CLOSED:
            return
        if working is not None:
            nodes = self.chain(working)
            if nodes is not None:
                self.works = True
                self.nodes = [node for node in nodes[1:] if integer(node) != skip]
                return
        nodes = self.chain(atomic_pointer(box['first'], 'struct mpsc_node'))
        self.whole = nodes is not None      # else a push is under way, or memory is damaged
        self.nodes = [node for node in nodes or [] if integer(node) != skip]

    def chain(self, at):
        """The nodes from one to the newest; None: it does not lead there."""
        nodes = []
        while integer(at) != 0 and len(nodes) < QUEUED_MAX:
            nodes.append(at)
            if integer(at) == self.last:
                return nodes
            try:
                at = atomic_pointer(at.dereference()['next'], 'struct mpsc_node')
            except gdb.MemoryError:
                return None
        return None if integer(at) != 0 or self.last > BUSY else nodes

    def words(self):
        if self.state != 'BUSY':
            return self.state
        return 'BUSY, %d%s queued' % (len(self.nodes), '' if self.whole else ' or more')


class MailboxPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        box = Mailbox(self.value)
        words = box.words()
        names = []
        for node in box.nodes[:SHOWN_MAX]:
            try:
                names.append(message_words(node))
            except gdb.error:
                names.append('?')
        if names:
            words += ': ' + ', '.join(names)
            if len(box.nodes) > SHOWN_MAX:
                words += ', ...'
        return words


def lookup(value):
    tag = value.type.strip_typedefs().unqualified().tag
    if tag == 'akt_ref':
        return RefPrinter(value)
    if tag == 'mpsc':
        return MailboxPrinter(value)
    return None


# --- systems ------------------------------------------------------------------------------------

def worker_of_frames():
    """The worker of the selected thread, from its oldest frames: thread_main(arg) has it."""
    frame = gdb.newest_frame()
    found = None
    while frame is not None:
        if frame.name() in ('worker_main', 'thread_main'):
            try:
                arg = frame.read_var('arg')
                if not arg.is_optimized_out:
                    if frame.name() == 'thread_main':
                        arg = arg.cast(gdb.lookup_type('struct plat_thread').pointer())['arg']
                    found = arg.cast(gdb.lookup_type('struct worker').pointer())
                    break
            except (gdb.error, ValueError):
                pass
        try:
            frame = frame.older()
        except gdb.error:
            break
    return found


def worker_of_thread():
    """The worker that the selected thread is; None: it is none."""
    try:
        worker = gdb.parse_and_eval('akti_worker_self')
        if integer(worker) != 0:
            return worker.cast(gdb.lookup_type('struct worker').pointer())
        return None
    except gdb.error:           # no thread-local storage here: a core without its libthread_db
        return worker_of_frames()


def systems():
    """The struct actors of each system whose workers the process has."""
    selected = gdb.selected_thread()
    frame = gdb.selected_frame() if selected is not None else None
    found = {}
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        worker = worker_of_thread()
        if worker is None:
            continue
        try:
            ctx = worker['user'].cast(gdb.lookup_type('struct akt_ctx').pointer())
            actors = ctx['actors']
            found.setdefault(integer(actors), actors)
        except gdb.error:
            continue
    if selected is not None:
        selected.switch()
        frame.select()
    return [found[address].dereference() for address in sorted(found)]


def at_work(actors):
    """The message that each running cell is at: address of the cell to node or 0."""
    found = {}
    for i in range(integer(actors['sched']['count'])):
        worker = (actors['sched']['workers'] + i).dereference()
        if integer(worker['parked']) != 0:
            continue            # what its context says is of an earlier turn
        ctx = worker['user'].cast(gdb.lookup_type('struct akt_ctx').pointer())
        cell, message = integer(ctx['cell']), integer(ctx['msg'])
        if cell != 0 and message != 0:
            found[cell] = message
    return found


def kept(list_value):
    """Messages of a struct kept."""
    count = 0
    at = list_value['first'].cast(gdb.lookup_type('struct mpsc_node').pointer())
    while integer(at) != 0 and count < QUEUED_MAX:
        count += 1
        at = atomic_pointer(at.dereference()['next'], 'struct mpsc_node')
    return count


class Tree:
    def __init__(self, actors):
        self.actors = actors
        self.cells = actors['table']['cells']
        self.used = min(integer(actors['table']['used']), integer(actors['table']['slots_max']))
        self.work = at_work(actors)
        self.children = {}
        self.count = 0

    def cell(self, slot):
        return (self.cells + slot).dereference()

    def read(self):
        for slot in range(self.used):
            cell = self.cell(slot)
            ctl = integer(cell['ctl'])
            if not ctl & LIVE or ctl & PORT:
                continue
            self.count += 1
            self.children.setdefault(integer(cell['parent']), []).append(slot)

    def words(self, slot):
        cell = self.cell(slot)
        name = cell['name']
        name = text(name['text'].cast(gdb.lookup_type('char').pointer())) if integer(name) else ''
        working = self.work.get(integer(cell.address))
        node = None
        if working is not None:
            node = gdb.Value(working).cast(gdb.lookup_type('struct mpsc_node').pointer())
        box = Mailbox(cell['box'], node, integer(cell['ctl_node'].address))
        words = '#%d.%d %s%s: %s' % (slot, integer(cell['ctl']) >> 32, text(cell['type']['name']),
                                     ' "%s"' % name if name else '', box.words())
        mode = integer(cell['mode'])
        if mode != 0:
            words += ', ' + (MODES[mode] if mode < len(MODES) else 'mode %d' % mode)
        if box.works:
            words += ', at work on ' + message_words(node)
        return words + self.rare_words(cell)

    @staticmethod
    def rare_words(cell):
        words = ''
        if integer(cell['rare']) == 0:
            return words
        for what in ('backlog', 'stash'):
            listed = field(cell['rare'].dereference(), what)
            count = kept(listed) if listed is not None else 0
            if count:
                words += ', %d in its %s' % (count, what)
        mailbox = field(cell['rare'].dereference(), 'mailbox')
        if mailbox is not None and integer(mailbox) != 0:
            words += ', more in an order of its own'
        return words

    def show(self):
        """Depth first without recursion, a cell once: a damaged tree may have rings."""
        seen = set()
        waiting = [(slot, 0) for slot in reversed(self.children.get(NONE, []))]
        orphans = [slot for parent, slots in self.children.items() for slot in slots
                   if parent != NONE]
        while waiting or orphans:
            if not waiting:
                slot, depth = orphans.pop(0), 0
            else:
                slot, depth = waiting.pop()
            if slot in seen:
                continue
            seen.add(slot)
            try:
                words = self.words(slot)
            except gdb.error as error:
                words = '#%d  <%s>' % (slot, error)
            gdb.write('%s%s\n' % ('  ' * (depth + 1), words))
            waiting += [(child, depth + 1) for child in reversed(self.children.get(slot, []))]


class AktCommand(gdb.Command):
    """Look at the actors of a program that uses akt."""

    def __init__(self):
        super().__init__('akt', gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class ActorsCommand(gdb.Command):
    """akt actors [SYSTEM]: every actor below its parent, with the state and depth of its mailbox.

SYSTEM is an akt_system *. Without it all systems that a thread of the process works for; a seeded
system has no threads, and must be given."""

    def __init__(self):
        super().__init__('akt actors', gdb.COMMAND_DATA, gdb.COMPLETE_SYMBOL)

    def invoke(self, argument, from_tty):
        if argument.strip():
            given = gdb.parse_and_eval(argument)
            found = [given.cast(gdb.lookup_type('struct actors').pointer()).dereference()]
        else:
            found = systems()
        if not found:
            raise gdb.GdbError('no thread works for a system: name one, akt actors SYSTEM')
        for actors in found:
            tree = Tree(actors)
            tree.read()
            gdb.write('system "%s" @%x: %d actors, %d workers\n' %
                      (text(actors['options']['name']), integer(actors['node']), tree.count,
                       integer(actors['sched']['count'])))
            tree.show()


def register():
    for known in gdb.pretty_printers:
        if getattr(known, '__name__', '') == lookup.__name__ and \
           getattr(known, '__module__', '') == lookup.__module__:
            return
    lookup.__name__ = 'akt'
    gdb.pretty_printers.append(lookup)
    AktCommand()
    ActorsCommand()


register()
