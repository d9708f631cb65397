#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server of profiles that goes wrong in each way there is: misbehave.py PROFILE RAW SYMBOLS LOG.
Says its port and serves until it is ended; what it is asked for goes into the log."""
import http.server
import sys
import zlib

PROFILE = open(sys.argv[1], "rb").read()
RAW = open(sys.argv[2], "rb").read()
NAMES = dict(line.split(" ", 1) for line in open(sys.argv[3]))


def log(*words):
    with open(sys.argv[4], "a") as f:
        print(*words, file=f)


def bomb():
    """300 MB of fields that readers skip, in 300 kB."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = (b"\xa2\x06\x28" + bytes(40)) * 4096
    return b"".join(pack.compress(piece) for _ in range(1800)) + pack.flush()


BOMB = bomb()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def answer(self, body, status=200, kind="application/octet-stream", size=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)
        if size is not None:
            self.close_connection = True

    def do_GET(self):
        log("GET", self.path)
        path = self.path.split("?")[0]
        if path in ("/debug/pprof/profile", "/good", "/a/b"):
            self.answer(PROFILE)
        elif path == "/debug/pprof/raw":
            self.answer(RAW)
        elif path == "/error":
            self.answer(b"the mill is on fire\nand more\n", 503, "text/plain")
        elif path == "/html":
            self.answer(b"<!DOCTYPE html><title>Welcome</title>", kind="text/html")
        elif path == "/empty":
            self.answer(b"")
        elif path == "/cut":
            self.answer(PROFILE[:40], size=len(PROFILE))
        elif path == "/half":
            self.answer(PROFILE[:len(PROFILE) // 2])
        elif path == "/huge":
            self.answer(b"\x32", size=3 << 30)
        elif path == "/bomb":
            self.answer(BOMB)
        elif path == "/claim":
            self.answer(b"\x32\xff\xff\xff\xff\x0f")
        elif path == "/never":
            self.rfile.read(1)  # until the client goes
            self.close_connection = True
        elif path == "/around":
            self.send_response(302)
            self.send_header("Location", "/around")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/good")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self.answer(b"", 404)

    def do_POST(self):
        words = self.rfile.read(int(self.headers["Content-Length"])).decode()
        log("POST", self.path, words)
        lines = [f"{w} {NAMES[w]}" for w in words.split("+") if w in NAMES]
        self.answer(("num_symbols: 1\n" + "".join(lines)).encode(), kind="text/plain")


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
