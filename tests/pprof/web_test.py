#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proves: the pages of -http and the file of -html work in a real browser, by real clicks and keys: what
they say is what -top, -tags and -list say, names and labels from a profile stay text, nothing is loaded
from elsewhere, and requests that were not meant for a loopback address are refused. Not: that it is
beautiful. web_test.py AKT-PPROF; skipped (77) where there is no chromium."""
import atexit
import http.client
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from make_corpus import MS, Profile  # noqa: E402
from web_driver import Absent, Browser  # noqa: E402

TOOL = os.path.abspath(sys.argv[1])
DEADLINE_S = 20
HOSTILE = '<script>window.hacked=1</script>'
MARKUP = '"><img src=x onerror=window.hacked=2>\'&amp;'
ODD = 'a,b=c|(d):e\\f [g] h.i'
failures = []


def check(what, wanted, got):
    if wanted != got:
        failures.append(what)
        print(f'FAIL {what}: wanted {wanted!r}, got {got!r}')


def until(what, condition):
    """Ask the browser again until it is so."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        try:
            if condition():
                return
        except RuntimeError:
            pass  # a page that is on its way
    failures.append(what)
    print(f'FAIL {what}: not within {DEADLINE_S} s')


def write_profiles(directory):
    source = os.path.join(directory, 'teller.c')
    with open(source, 'w', encoding='ascii') as file:
        file.write(''.join(f'/* line {n} */\n' for n in range(1, 60)))

    def bank(name, factor, extra=()):
        p = Profile()
        p.mapping('/opt/bank', 'beef')
        loop = p.location(('loop', 'src/sched/loop.c', 5, 1), address=0x1010)
        run = p.location(('run_handler', 'src/actor/turn.c', 9, 2), address=0x1020)
        credit = p.location(('on_credit', source, 20, 15), address=0x1030)
        debit = p.location(('on_debit', source, 40, 35), address=0x1040)
        hash_ = p.location(('mix', 'src/hash.h', 3, 1), ('hash', 'src/hash.c', 8, 4), address=0x1050)
        alloc = p.location(('mem_alloc', 'src/mem/mem.c', 30, 25), address=0x1060)
        stacks = ([hash_, credit, run, loop], [alloc, credit, run, loop], [credit, run, loop],
                  [alloc, hash_, debit, run, loop], [debit, run, loop], [loop])
        for i, stack in enumerate(stacks):
            for a in range(3):
                n = (i + 2) * (a + 1) * factor[i % 2]
                p.sample(stack, [n, n * 10 * MS], [
                    ('actor', f'teller-{a}'), ('actor_type', 'teller' if a else 'account'),
                    ('msg', 'Credit' if i < 3 else 'Debit'), ('bytes', 64 << a, 'bytes')])
        for stack, labels in extra:
            p.sample([p.location((f, MARKUP, 1, 1), address=0x2000 + k) for k, f in enumerate(stack)],
                     [7, 70 * MS], labels)
        p.head(time=1763800000 * 10**9, duration=20 * 10**9, comments=[HOSTILE])
        with open(os.path.join(directory, name), 'wb') as file:
            file.write(p.bytes())

    bank('now.prof', (3, 5))
    bank('before.prof', (4, 2))
    bank('hostile.prof', (1, 1), [((HOSTILE, MARKUP, ODD), [('actor', HOSTILE), ('msg', MARKUP)]),
                                  ((HOSTILE,), [('actor', ODD), ('msg', '7')])])
    p = Profile()
    p.mapping('/opt/crowd')
    for i in range(3000):
        stack = [p.location((f'handler{i % 40}', f'src/m{i % 7}.c', 3, 1), address=0x1000 + i % 40),
                 p.location(('loop', 'src/loop.c', 3, 1), address=0x900)]
        p.sample(stack, [1, (1 + i % 9) * MS], [('actor', f'actor-{i}')])
    p.head()
    with open(os.path.join(directory, 'crowd.prof'), 'wb') as file:
        file.write(p.bytes())
    # More frames than a page has room for: heavy stacks and light ones.
    p = Profile()
    p.mapping('/opt/forest')
    choose = random.Random(7)
    locations = [p.location((f'f{i}', 'src/f.c', 3, 1), address=0x1000 + i) for i in range(300)]
    for i in range(4500):
        p.sample([choose.choice(locations) for _ in range(60)] + [locations[0]], [1, (9 if i < 500 else 1) * MS],
                 [('actor', f'a-{i % 3}')])
    p.head()
    with open(os.path.join(directory, 'forest.prof'), 'wb') as file:
        file.write(p.bytes())


class Server:
    def __init__(self, *args, env=None):
        self.process = subprocess.Popen([TOOL, '-http=127.0.0.1:', '-no_browser', *args],
                                        stderr=subprocess.PIPE, text=True, env=env)
        atexit.register(self.process.kill)  # when a check does not come back
        self.url = re.search(r'http://\S+', self.process.stderr.readline()).group()
        self.port = int(self.url.rsplit(':', 1)[1])

    def get(self, path, method='GET', host=None, body=None):
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=DEADLINE_S)
        connection.request(method, path, body, {'Host': host or f'127.0.0.1:{self.port}'})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer, text

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stderr.close()


def ask(*args):
    return subprocess.run([TOOL, *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          check=True).stdout


def top(profile, *args):
    """Name to (flat, flat%, cum, cum%), in the order of the report."""
    rows = {}
    for line in ask('-top', '-unit=auto', '-nodefraction=0', *args, profile).split('flat%')[-1].split('\n')[1:]:
        cells = line.split(None, 5)
        if len(cells) == 6:
            rows[cells[5].replace(' (inline)', '')] = (cells[0], cells[1], cells[3], cells[4])
    return rows


def tags(profile, key, *args):
    """Value to (sum, share) of a label."""
    text = ask('-tags', '-unit=auto', *args, profile)
    block = re.search(rf'^ *{key}: Total.*\n((?:.*\S.*\n)*)', text, re.M).group(1)
    rows = {}
    for line in block.strip('\n').split('\n'):
        value, share, name = re.match(r' *(\S+) \( *([\d.e-]+%)\): (.*)', line).groups()
        rows[name] = (value, share)
    return rows


def label_row(browser, key, value):
    return browser.run('''
        const row = [...document.querySelectorAll(`.key[data-key="${arguments[0]}"] .value`)]
            .find((b) => b.dataset.value === arguments[1]);
        return row ? [row.querySelector('.sum').textContent, row.querySelector('.share').textContent] : null;
        ''', key, value)


def press(browser, script, *args):
    """The element that a script finds, clicked as a user does."""
    element = browser.run(script, *args)
    element_id = next(iter(element.values()))
    browser.call('POST', f'/element/{element_id}/click', {})


def press_label(browser, key, value, part='value'):
    press(browser, '''
        const button = [...document.querySelectorAll(`.key[data-key="${arguments[0]}"] .value`)]
            .find((b) => b.dataset.value === arguments[1]);
        return arguments[2] === 'value' ? button : button.parentElement.querySelector('.' + arguments[2]);
        ''', key, value, part)


def press_box(browser, name):
    press(browser, 'return [...document.querySelectorAll(".box")].find((b) => '
                   'b.getAttribute("aria-label").startsWith(arguments[0] + " "));', name)


def boxes(browser):
    """Name to (value, share) of the boxes in sight; of equal names the first."""
    found = {}
    for text in browser.run('return [...document.querySelectorAll(".box")].map((b) => '
                            'b.getAttribute("aria-label"))'):
        name, numbers = text.rsplit(' — ', 1)
        found.setdefault(name.replace(' (inline)', ''), tuple(numbers.split(', ')))
    return found


def all_box(browser):
    return boxes(browser).get('all')


# --- requests without a browser ---------------------------------------------------------------------

def requests(work):
    server = Server(f'{work}/now.prof')
    for host, status in (('evil.example', 403), ('evil.example:80', 403), ('127.0.0.1.evil.example', 403),
                         ('localhost:1', 200), ('[::1]', 200), ('127.0.0.1', 200)):
        check(f'Host {host}', status, server.get('/ui/flamegraph', host=host)[0].status)
    for method in ('POST', 'PUT', 'DELETE', 'OPTIONS'):
        answer, _ = server.get('/ui/flamegraph', method, body='x')
        check(f'{method} is refused', (405, 'GET, HEAD'), (answer.status, answer.headers['Allow']))
    check('HEAD', (200, b''), (lambda a: (a[0].status, a[1]))(server.get('/ui/top', 'HEAD')))
    for path, status in (('/', 302), ('/ui/', 302), ('/ui/nothing', 404), ('/ui/../etc/passwd', 404),
                         ('/ui/top?f=(', 400), ('/ui/top?si=nothing', 400), ('/ui/top?unknown=1', 200),
                         ('/ui/top?n=x', 400), ('/ui/peek?f=nothing', 400)):
        check(path, status, server.get(path)[0].status)
    answer, page = server.get('/ui/flamegraph')
    policy = answer.headers['Content-Security-Policy']
    check('the policy', True, "default-src 'none'" in policy and 'unsafe' not in policy and 'http' not in policy)
    for name in ('X-Content-Type-Options', 'Referrer-Policy', 'Cross-Origin-Resource-Policy'):
        check(name, True, name in answer.headers)
    check('nothing from elsewhere', [], re.findall(rb'(?:src|href)="(?!page\.|data:)[^"]*"', page))
    data = server.get('/ui/download')[1]
    with open(f'{work}/down.pb.gz', 'wb') as file:
        file.write(data)
    check('what is downloaded', ask('-top', f'{work}/now.prof'), ask('-top', f'{work}/down.pb.gz'))
    server.close()
    for address in ('nowhere', 'example.com:1', '127.0.0.1:x'):
        done = subprocess.run([TOOL, f'-http={address}', f'{work}/now.prof'], stderr=subprocess.PIPE, text=True,
                              check=False)
        check(f'-http={address}', (2, 1), (done.returncode, done.stderr.count('\n')))


# --- the flame graph ---------------------------------------------------------------------------------

def flame_graph(browser, server, profile):
    rows = top(profile)
    browser.open(server.url)
    check('it begins with the flame graph', f'{server.url}/ui/flamegraph', browser.url)
    check('the whole', rows['loop'][2:], all_box(browser))
    press_box(browser, 'hash')
    check('the pivot', 'hash', browser.find('#pivot-name').text)
    check('its cum', f'{rows["hash"][2]} ({rows["hash"][3]})', browser.find('#pivot-value').text)
    rows_of = browser.run('return flame.rows.map((r) => r.map((b) => flame.nameOf(b)))')
    check('callers above', ['loop', 'loop'], rows_of[0])
    check('the callers of the pivot', ['on_credit', 'on_debit'], sorted(rows_of[2]))
    check('the pivot below them', ['hash'], rows_of[3])
    check('callees below', [['mix'], ['mem_alloc']], rows_of[4:])
    pivoted = browser.url
    browser.back()
    check('back from the pivot', rows['loop'][2:], all_box(browser))
    browser.open(pivoted)
    check('the link is the pivot', 'hash', browser.find('#pivot-name').text)

    browser.open(server.url + '/ui/flamegraph?p=^HASH$')
    check('a pivot is that very name', True, browser.find('#pivot').text.endswith('No function here matches ^HASH$'))
    browser.open(server.url + '/ui/flamegraph?mean=1')
    check('no means in a flame graph', (True, rows['loop'][2:]), ('not means' in browser.find('#notes').text, all_box(browser)))
    browser.open(server.url + '/ui/flamegraph')
    browser.find('#search').type('MEM_alloc|mix'.lower())
    focused = re.search(r'accounting for (\S+), +(\S+) of', ask('-top', '-unit=auto', '-nodefraction=0', '-focus=mem_alloc|mix', profile))
    check('what is found', f'{focused.group(2)} found: {focused.group(1)} in 2 functions', browser.find('#found').text)
    check('boxes found', ['mem_alloc', 'mix'], sorted(set(browser.run(
        'return [...document.querySelectorAll(".box.hit")].map((b) => b.getAttribute("aria-label").split(" ")[0])'))))
    check('the search is in the address', 'q=mem_alloc%7Cmix', browser.url.split('?')[1])
    browser.keys('Escape')
    check('the search ends', ('', 0), (browser.find('#found').text, len(browser.find_all('.box.hit'))))

    browser.find('#invert').click()
    inverted = boxes(browser)
    for name in ('on_debit', 'mem_alloc', 'loop'):
        check(f'inverted, {name}', rows[name][:2], inverted[name])
    browser.open(server.url + '/ui/flamegraph')
    press(browser, 'return [...document.querySelectorAll("#types option")].find((o) => o.value === "samples")')
    until('the sample type', lambda: 'si=samples' in browser.url and all_box(browser))
    check('samples', top(profile, '-sample_index=samples')['loop'][2:], all_box(browser))


def diff(browser, work):
    server = Server(f'-diff_base={work}/before.prof', f'{work}/now.prof')
    rows = top(f'{work}/now.prof', f'-diff_base={work}/before.prof')
    browser.open(server.url + '/ui/flamegraph')
    found = boxes(browser)
    for name in ('on_debit', 'on_credit', 'run_handler'):
        value, share = found[name]
        check(f'the change of {name}', rows[name][2:], (value.lstrip('+'), share))
    classes = browser.run('return Object.fromEntries([...document.querySelectorAll(".box")].map((b) => '
                          '[b.getAttribute("aria-label").split(" ")[0], b.className + b.textContent]))')
    for name in ('on_debit', 'on_credit'):
        is_less = rows[name][2].startswith('-')
        check(f'how {name} looks', True, ('shrunk' if is_less else 'grown') in classes[name] and
              ('▼' if is_less else '▲') in classes[name])
    check('something shrinks', True, any('shrunk' in c for c in classes.values()))
    server.close()


def labels(browser, server, profile):
    browser.open(server.url + '/ui/flamegraph')
    for key in ('actor', 'actor_type', 'msg', 'bytes'):
        for value, wanted in tags(profile, key).items():
            check(f'label {key}={value}', wanted, tuple(label_row(browser, key, value) or ()))
    wanted = tags(profile, 'actor')
    press_label(browser, 'actor', 'teller-1')
    until('a click focuses', lambda: all_box(browser) == wanted['teller-1'])
    check('its chip', ['actor', 'teller-1'], browser.find('.chip').text.split()[:2])
    msgs = tags(profile, 'msg', '-tagfocus=actor=^teller-1$')
    check('other labels follow', msgs['Credit'], tuple(label_row(browser, 'msg', 'Credit')))
    press_label(browser, 'msg', 'Credit')
    until('two keys', lambda: all_box(browser) == msgs['Credit'])
    link = browser.url
    browser.back()
    until('back', lambda: all_box(browser) == wanted['teller-1'])
    browser.open(link)
    check('the link is the filter', msgs['Credit'], all_box(browser))
    browser.find('.chip button').click()
    until('a chip goes', lambda: all_box(browser) == tags(profile, 'msg')['Credit'])

    ignored = top(profile, '-tagignore=msg=Credit')['loop'][2:]
    browser.open(server.url + '/ui/flamegraph')
    press_label(browser, 'msg', 'Credit', 'ignore')
    until('the second button drops', lambda: all_box(browser) == ignored)
    browser.open(server.url + '/ui/flamegraph')
    browser.shift_click(browser.find('.key[data-key="msg"] .value[data-value="Credit"]'))
    until('a click with shift drops', lambda: all_box(browser) == ignored)
    browser.open(server.url + '/ui/flamegraph')
    press_label(browser, 'bytes', '128B')
    until('a number is a range', lambda: all_box(browser) == tags(profile, 'bytes')['128B'])

    browser.open(server.url + '/ui/flamegraph')
    browser.find('.key[data-key="actor_type"] .group').click()
    until('groups', lambda: 'actor_type: teller' in boxes(browser))
    for value, numbers in tags(profile, 'actor_type').items():
        check(f'the group of {value}', numbers, boxes(browser)['actor_type: ' + value])
    check('a group is in the address', True, 'tagroot=actor_type' in browser.url)


def tables(browser, server, profile):
    cells = ('return [...document.querySelectorAll("#top tbody tr")].map((r) => '
             '[...r.cells].map((c) => (c.querySelector("a, span:not(.bar):not(.actions)") || c).textContent))')
    browser.open(server.url + '/ui/top?unit=auto')
    rows = top(profile)
    shown = browser.run(cells)
    check('top', [(n, *r) for n, r in rows.items()], [(r[5], r[0], r[1], r[3], r[4]) for r in shown])
    check('a row leads on', ['source', 'peek'], browser.run(
        'return [...document.querySelectorAll("#top tbody tr:first-child .actions > *")].map((a) => a.textContent)'))
    press(browser, 'return document.querySelector("th.cum button")')
    check('ordered by cum', [r[2] for r in top(profile, '-cum').values()], [r[3] for r in browser.run(cells)])
    press(browser, 'return document.querySelector("th.name button")')
    check('ordered by name', sorted(rows), [r[5] for r in browser.run(cells)])
    browser.find('#search').type('on_')
    check('the filter box', ['on_credit', 'on_debit'], [r[5] for r in browser.run(cells)])
    browser.open(server.url + '/ui/top')
    press(browser, 'return [...document.querySelectorAll("#by option")].find((o) => o.value === "actor")')
    until('by label', lambda: 'by=actor' in browser.url)
    check('top by actor', [(n, *r) for n, r in tags(profile, 'actor').items()],
          [(r[3], r[0], r[1]) for r in browser.run(cells)])
    browser.open(server.url + '/ui/peek?f=on_credit')
    text = ask('-peek=on_credit', '-focus=on_credit', '-compact_labels', profile)
    check('peek', text.strip(), browser.run('return document.querySelector("#text").textContent').strip())
    browser.open(server.url + '/ui/source')
    press(browser, 'return [...document.querySelectorAll("#choice a")].find((a) => a.textContent === "on_credit")')
    until('the source', lambda: browser.find_all('.routine'))
    check('the hottest line', '/* line 20 */', browser.find('.hottest .code').text)
    listed = re.search(r'^ *(\S+) +(\S+) +20:', ask('-list=^on_credit$', profile), re.M)
    check('its cost', list(listed.groups()), [c.text for c in browser.find_all('.hottest td')[:2]])
    before = len(browser.find_all('.routine tr'))
    browser.open(server.url + '/ui/source?f=on_credit|on_debit')
    check('a routine each', 2, len(browser.find_all('.routine')))
    check('lines', True, before > 5)


def graph(browser, server, work):
    if shutil.which('dot'):
        browser.open(server.url + '/ui/graph')
        names = browser.run('return [...document.querySelectorAll("#graph g.node text")].map((t) => t.textContent)')
        check('the graph', True, {'on_credit', 'mem_alloc'} <= set(names))
        before = browser.run('return document.querySelector("g.graph").getAttribute("transform")')
        browser.find('#graph').type('+')
        after = browser.run('return document.querySelector("g.graph").getAttribute("transform")')
        check('a key zooms', True, before != after)
    other = Server(f'{work}/now.prof', env={**os.environ, 'PATH': '/nonexistent'})
    browser.open(other.url + '/ui/graph')
    notes = browser.find('#notes').text
    check('without dot', True, 'graphviz' in notes and 'flame graph' in notes)
    other.close()


def keyboard(browser, server):
    browser.open(server.url + '/ui/flamegraph')
    focus = ('const a = document.activeElement; return a.classList.contains("box") ? '
             'a.getAttribute("aria-label").split(" ")[0] : a.id || a.tagName')
    reached = []
    for _ in range(60):
        browser.keys('Tab')
        reached.append(browser.run(focus))
        if reached[-1] == 'all':
            break
    check('tab reaches the graph', 'all', reached[-1])
    check('and the search before', True, 'search' in reached)
    outline = browser.run('return getComputedStyle(document.activeElement).outlineStyle')
    check('the focus is seen', True, outline != 'none')
    for key, name in (('Down', 'loop'), ('Down', 'run_handler'), ('Down', 'on_debit'), ('Right', 'on_credit'), ('Up', 'run_handler'), ('Home', 'all')):
        browser.keys(key)
        check(f'{key} goes to', name, browser.run(focus))
    browser.keys('Down', 'Down', 'Down', 'Enter')
    check('Enter pivots', 'on_debit', browser.find('#pivot-name').text)
    check('the focus goes along', 'on_debit', browser.run(focus))
    browser.keys('Escape')
    check('Escape goes back', False, 'p=' in browser.url)
    browser.keys('/', 'm', 'i', 'x')
    check('/ searches', ('search', 'mix'), (browser.run(focus), browser.run('return document.activeElement.value')))
    browser.keys('Enter')
    check('Enter goes to what is found', 'mix', browser.run(focus))
    unnamed = browser.run('return [...document.querySelectorAll("button, input, select, a")].filter((e) => e.offsetParent && '
                          '!(e.textContent.trim() || e.getAttribute("aria-label") || e.labels?.length)).map((e) => e.outerHTML)')
    check('everything has a name', [], unnamed)


# The relation of luminances that WCAG asks 4.5 of, for the text of each kind of box and of the page.
CONTRAST = '''
const luminance = (colour) => {
	const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).slice(0, 3).map((v) => v / 255)
		.map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ratio = (a, b) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const low = [];
const test = (classes, under) => {
	const box = document.createElement('div');
	box.className = classes;
	document.body.append(box);
	const style = getComputedStyle(box);
	const back = under ? getComputedStyle(document.querySelector(under)).backgroundColor : style.backgroundColor;
	const value = ratio(luminance(style.color), luminance(back));
	if (!(value >= 4.5)) low.push(`${classes} on ${under || 'itself'}: ${value.toFixed(2)}`);
	box.remove();
};
for (let i = 0; i < 16; i++) test('box c' + i);
for (const kind of ['plain', 'all', 'label', 'c3 hit', 'c3 dim']) test('box ' + kind);
for (const net of ['grown', 'shrunk']) {
	const probe = document.createElement('p');
	probe.id = 'key';
	probe.append(Object.assign(document.createElement('b'), { className: net }));
	document.body.append(probe);
	const style = getComputedStyle(probe.firstChild);
	const value = ratio(luminance(style.color), luminance(style.backgroundColor));
	if (!(value >= 4.5)) low.push(`${net}: ${value.toFixed(2)}`);
	probe.remove();
}
for (const under of ['body', 'header', 'aside']) { test('quiet', under); test('', under); }
return [low, getComputedStyle(document.body).backgroundColor];
'''


def colours(browser, server):
    grounds = {}
    for dark in (False, True):
        browser.media(dark)
        browser.open(server.url + '/ui/flamegraph')
        low, grounds[dark] = browser.run(CONTRAST)
        check(f'contrast, {"dark" if dark else "light"}', [], low)
    check('dark is dark', True, grounds[False] != grounds[True])
    browser.find('#theme').click()
    check('the button is stronger', grounds[False], browser.run(CONTRAST)[1])
    browser.open(server.url + '/ui/top')
    check('and is remembered', grounds[False], browser.run(CONTRAST)[1])
    browser.run('localStorage.clear()')
    browser.media(False)
    colour = 'return [...document.querySelectorAll(".box")].map((b) => b.className)'
    browser.open(server.url + '/ui/flamegraph')
    first = browser.run(colour)
    browser.open(server.url + '/ui/flamegraph')
    check('colours are the same again', first, browser.run(colour))


def hostile(browser, work):
    server = Server('-symbolize=none', f'{work}/hostile.prof')
    path = f'{work}/hostile.html'
    ask('-html', '-symbolize=none', f'-output={path}', f'{work}/hostile.prof')
    for where in [f'{server.url}/ui/{view}' for view in ('flamegraph', 'top', 'graph', 'source?f=script', 'peek?f=script', 'top?by=actor',
                                                         'flamegraph?tagroot=actor', 'top?f=%3Cscript%3E(')] + ['file://' + path]:
        browser.open(where)
        check(f'no script of a profile runs: {where[-24:]}', None, browser.run('return window.hacked || null'))
        check('no element of a profile', 0, len(browser.find_all('img')))
    browser.open(server.url + '/ui/flamegraph')
    check('a name as it is', True, HOSTILE in boxes(browser))
    for actor in (HOSTILE, ODD):
        browser.open(server.url + '/ui/flamegraph')
        check('a value as it is', ['70ms', label_row(browser, 'actor', actor)[1]], label_row(browser, 'actor', actor))
        press_label(browser, 'actor', actor)
        until('an odd value is found', lambda: 'tf=' in browser.url and all_box(browser) and all_box(browser)[0] == '70ms')
    browser.open(server.url + '/ui/flamegraph')
    press_label(browser, 'actor', ODD, 'ignore')
    until('an odd value is dropped', lambda: 'ti=' in browser.url and label_row(browser, 'actor', ODD)[0] == '0')
    press_label(browser, 'actor', ODD, 'ignore')
    until('and taken back', lambda: 'ti=' not in browser.url and label_row(browser, 'actor', ODD)[0] == '70ms')
    server.close()


def one_file(browser, work, profile):
    path = f'{work}/flame.html'
    ask('-html', f'-output={path}', profile)
    check('-html to standard output', os.path.getsize(path), len(ask('-html', profile).encode()))
    browser.devtools('Network.enable')
    browser.devtools('Network.emulateNetworkConditions', offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    browser.log('performance')
    browser.open('file://' + path)
    asked = re.findall(r'requestWillBeSent.*?"url":"(.*?)"', ' '.join(e['message'].replace('\\"', '"') for e in browser.log('performance')))
    check('only itself is asked for', {'file://' + path}, {u for u in asked if not u.startswith('data:')})
    rows, wanted = top(profile), tags(profile, 'actor')
    check('the whole, in a file', rows['loop'][2:], all_box(browser))
    press_label(browser, 'actor', 'teller-1')
    check('a label, in a file', wanted['teller-1'], all_box(browser))
    check('labels follow, in a file', tags(profile, 'msg', '-tagfocus=actor=^teller-1$')['Credit'], tuple(label_row(browser, 'msg', 'Credit')))
    browser.back()
    check('back, in a file', rows['loop'][2:], all_box(browser))
    press_label(browser, 'msg', 'Credit', 'ignore')
    check('dropped, in a file', top(profile, '-tagignore=msg=Credit')['loop'][2:], all_box(browser))
    browser.open('about:blank')
    browser.open('file://' + path)
    browser.find('.key[data-key="actor"] .group').click()
    for value, numbers in wanted.items():
        check(f'grouped, in a file: {value}', numbers, boxes(browser)['actor: ' + value])
    press_box(browser, 'hash')
    check('the pivot, in a file', f'{rows["hash"][2]} ({rows["hash"][3]})', browser.find('#pivot-value').text)
    browser.devtools('Network.emulateNetworkConditions', offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1)
    ask('-html', '-focus=on_credit', '-tagroot=msg', f'-output={path}', profile)
    browser.open('about:blank')
    browser.open('file://' + path)
    check('filters of the command line, in a file', top(profile, '-focus=on_credit')['on_credit'][2:], all_box(browser))


def crowd(browser, work):
    server = Server(f'{work}/crowd.prof')
    browser.open(server.url + '/ui/flamegraph?tagroot=actor')
    press(browser, 'return [...document.querySelectorAll(".key .plain-button")].find((b) => b.textContent.startsWith("all"))')
    check('the rest is told', True, 'and 2,000 lighter ones' in browser.find('.key li.quiet').text)
    browser.find('.key .find').type('actor-2999')
    check('a value is found', True, len(browser.find_all('.key .value')) <= 1)
    check('only what is in sight is made', True, len(browser.find_all('.box')) < 5000)
    server.close()
    path = f'{work}/forest.html'
    ask('-html', f'-output={path}', f'{work}/forest.prof')
    browser.open('file://' + path)
    check('the whole is there', top(f'{work}/forest.prof')['f0'][2:], all_box(browser))
    left = browser.run('return [flame.tree.count > 200000, data.flame.cut[0], flame.names.some((n) => n.name === "[frames left out]")]')
    check('frames are left out', [True, True], [left[0], left[2]])
    check('and that is told', True, f'{left[1]:,} light stacks' in browser.find('#notes').text)


def main():
    work = tempfile.mkdtemp()
    write_profiles(work)
    requests(work)
    try:
        browser = Browser()
    except Absent as absent:
        print(f'web_test: {absent}: skipped')
        return 1 if failures else 77
    try:
        browser.size(1280, 900)
        profile = f'{work}/now.prof'
        server = Server(profile)
        flame_graph(browser, server, profile)
        labels(browser, server, profile)
        tables(browser, server, profile)
        graph(browser, server, work)
        keyboard(browser, server)
        colours(browser, server)
        server.close()
        diff(browser, work)
        hostile(browser, work)
        one_file(browser, work, profile)
        crowd(browser, work)
        broken = [e['message'] for e in browser.log('browser') if e['level'] == 'SEVERE' and 'status of 400' not in e['message']]
        check('no errors in the console', [], broken)
    finally:
        browser.close()
        shutil.rmtree(work)
    print(f'web_test: {len(failures)} failures')
    return 1 if failures else 0


sys.exit(main())
