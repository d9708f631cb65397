# SPDX-License-Identifier: MIT
"""A browser for tests: chromium, driven by chromedriver over the W3C WebDriver protocol. What is not there
is said by Absent."""
import atexit
import base64
import json
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'
KEYS = {'Enter': '\ue007', 'Escape': '\ue00c', 'Left': '\ue012', 'Up': '\ue013', 'Right': '\ue014',
        'Down': '\ue015', 'Tab': '\ue004', 'Shift': '\ue008', 'Home': '\ue011'}


class Absent(Exception):
    """There is no browser on this machine."""


class Element:
    def __init__(self, browser, name):
        self.browser, self.name = browser, name

    def click(self):
        self.browser.call('POST', f'/element/{self.name}/click', {})

    def type(self, text):
        self.browser.call('POST', f'/element/{self.name}/value', {'text': text})

    @property
    def text(self):
        return self.browser.call('GET', f'/element/{self.name}/text')

    def attribute(self, name):
        return self.browser.call('GET', f'/element/{self.name}/attribute/{name}')


class Browser:
    def __init__(self, width=1280, height=800, dark=False):
        driver = shutil.which('chromedriver')
        chromium = shutil.which('chromium') or shutil.which('chromium-browser')
        if not driver or not chromium:
            raise Absent('chromium and chromedriver are needed (apt-get install chromium chromium-driver)')
        self.directory = tempfile.mkdtemp()
        self.process = subprocess.Popen([driver, '--port=0'], stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        atexit.register(self.process.terminate)  # it takes the browser along
        self.base = None
        for line in self.process.stdout:
            if 'started successfully on port' in line:
                self.base = f'http://127.0.0.1:{int(line.rstrip(". ").split()[-1].rstrip("."))}'
                break
        arguments = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
                     '--disable-background-networking', '--disable-component-update', '--disable-sync',
                     '--disable-dev-shm-usage', f'--user-data-dir={self.directory}',
                     f'--window-size={width},{height}', '--hide-scrollbars']
        options = {'binary': chromium, 'args': arguments, 'perfLoggingPrefs': {'enableNetwork': True}}
        answer = self.request('POST', '/session', {'capabilities': {'alwaysMatch': {
            'browserName': 'chrome', 'goog:chromeOptions': options,
            'goog:loggingPrefs': {'performance': 'ALL', 'browser': 'ALL'}}}})
        self.session = answer['sessionId']
        self.media(dark)

    def request(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, {'Content-Type': 'application/json'},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise RuntimeError(json.load(error)['value']['message'].split('\n')[0]) from None

    def call(self, method, path, body=None):
        return self.request(method, f'/session/{self.session}{path}', body)

    def devtools(self, command, **params):
        return self.call('POST', '/goog/cdp/execute', {'cmd': command, 'params': params})

    def media(self, dark):
        """What the system prefers."""
        self.devtools('Emulation.setEmulatedMedia', features=[
            {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}])

    def size(self, width, height):
        self.devtools('Emulation.setDeviceMetricsOverride', width=width, height=height,
                      deviceScaleFactor=1, mobile=False)

    def open(self, url):
        self.call('POST', '/url', {'url': url})

    def back(self):
        self.call('POST', '/back', {})

    @property
    def url(self):
        return self.call('GET', '/url')

    def run(self, script, *args):
        return self.call('POST', '/execute/sync', {'script': script, 'args': list(args)})

    def find_all(self, css):
        found = self.call('POST', '/elements', {'using': 'css selector', 'value': css})
        return [Element(self, e[ELEMENT]) for e in found]

    def find(self, css):
        found = self.call('POST', '/element', {'using': 'css selector', 'value': css})
        return Element(self, found[ELEMENT])

    def keys(self, *keys):
        """To what has the focus, one after the other."""
        actions = []
        for key in keys:
            key = KEYS.get(key, key)
            actions += [{'type': 'keyDown', 'value': key}, {'type': 'keyUp', 'value': key}]
        self.call('POST', '/actions', {'actions': [{'type': 'key', 'id': 'keys', 'actions': actions}]})

    def shift_click(self, element):
        pause = {'type': 'pause'}
        move = {'type': 'pointerMove', 'duration': 0, 'x': 0, 'y': 0, 'origin': {ELEMENT: element.name}}
        self.call('POST', '/actions', {'actions': [
            {'type': 'key', 'id': 'keys', 'actions': [{'type': 'keyDown', 'value': KEYS['Shift']}, pause, pause,
                                                      pause, {'type': 'keyUp', 'value': KEYS['Shift']}]},
            {'type': 'pointer', 'id': 'mouse', 'parameters': {'pointerType': 'mouse'},
             'actions': [pause, move, {'type': 'pointerDown', 'button': 0},
                         {'type': 'pointerUp', 'button': 0}, pause]}]})

    def log(self, kind):
        return self.call('POST', '/se/log', {'type': kind})

    def screenshot(self, path):
        with open(path, 'wb') as out:
            out.write(base64.b64decode(self.call('GET', '/screenshot')))

    def close(self):
        try:
            self.call('DELETE', '')
        finally:
            self.process.terminate()
            self.process.wait()
            self.process.stdout.close()
            shutil.rmtree(self.directory, ignore_errors=True)
