"""Clients: wrk for short requests, and sockets of our own where the time of a byte matters."""

import json
import re
import select
import socket
import ssl
import subprocess
import time
from dataclasses import dataclass

AGENT = "eksgate-bench"  # for "curl" and "Mozilla" the API server prints twice as much


@dataclass
class Shot:
    """What one run of wrk told."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    failed: int


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(url, connections, seconds, headers=()):
    argv = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency"]
    for header in (f"User-Agent: {AGENT}", *headers):
        argv += ["-H", header]
    ran = subprocess.run([*argv, url], capture_output=True, text=True)
    text = ran.stdout
    found = re.search(r"(\d+) requests in", text)
    if not found:
        raise RuntimeError(f"wrk {url}: {text} {ran.stderr}")
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
    return Shot(
        int(found[1]),
        float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]),
        milliseconds(re.search(r"\n\s+50%\s+(\S+)", text)[1]),
        milliseconds(re.search(r"\n\s+99%\s+(\S+)", text)[1]),
        int(bad[1]) if bad else 0 + sum(map(int, errors.groups())) if errors else 0,
    )


def dial(peer, path, token=None):
    """A connection that has sent a GET; the URL decides about TLS (unverified: the time counts, not the peer)."""
    url = peer.url(path)
    scheme, _, rest = url.partition("://")
    address, slash, target = rest.partition("/")
    host, port = address.split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = context.wrap_socket(connection)
    lines = [f"GET {slash}{target} HTTP/1.1", f"Host: {address}", f"User-Agent: {AGENT}", "Accept: application/json"]
    lines += getattr(peer, "headers", [])
    connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    return connection


def read_head(connection):
    """The status, and what came behind the head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise ConnectionError("closed inside the head")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head, rest


def read_list(peer, path, bytes_per_second=None):
    """Reads a whole answer; how long it took, and its bytes on the wire. It ends with the chunk of length 0."""
    buffer = bytearray(1 << 18)
    begin = time.monotonic()
    with dial(peer, path) as connection:
        status, head, rest = read_head(connection)
        if status != 200 or b"chunked" not in head.lower():
            raise RuntimeError(f"{peer.name} answered {head[:200]}")
        total = len(rest)
        tail = rest[-8:]
        while not tail.endswith(b"0\r\n\r\n"):
            n = connection.recv_into(buffer)
            if n == 0:
                raise ConnectionError(f"{peer.name} closed after {total} bytes")
            total += n
            tail = (tail + bytes(buffer[max(0, n - 8) : n]))[-8:]
            if bytes_per_second:
                time.sleep(max(0.0, total / bytes_per_second - (time.monotonic() - begin)))
    return time.monotonic() - begin, total


def is_good(connection):
    try:
        return connection.recv(65536).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


class Watches:
    """Many watches in one thread; nothing is read from them but their heads."""

    def __init__(self):
        self.open = []

    def add(self, peer, path, count, together=32):
        """Opens them, so many at a time. How long each head took, in milliseconds; None for a refused one."""
        times = []
        for first in range(0, count, together):
            begin = {}
            for _ in range(min(together, count - first)):
                now = time.monotonic()
                begin[dial(peer, path)] = now
            poll = select.epoll()
            waiting = {c.fileno(): c for c in begin}
            for fd in waiting:
                poll.register(fd, select.EPOLLIN)
            until = time.monotonic() + 30
            while waiting and time.monotonic() < until:
                for fd, _ in poll.poll(1):
                    connection = waiting.pop(fd)
                    poll.unregister(fd)
                    took = (time.monotonic() - begin[connection]) * 1000
                    times.append(took if is_good(connection) else None)
                    self.open.append(connection)
            times += [None] * len(waiting)
            self.open += waiting.values()
            poll.close()
        return times

    def close(self):
        for connection in self.open:
            connection.close()
        self.open = []


def at_once(peer, path, count):
    """So many connections, each with one request sent at the same time: how many were answered with 200."""
    connections = []
    for _ in range(count):
        connections.append(socket.create_connection(("127.0.0.1", peer.port), timeout=30))
    target = peer.url(path).split("/", 3)[3]
    request = f"GET /{target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n\r\n".encode()
    for connection in connections:
        connection.sendall(request)
    good = 0
    for connection in connections:
        data = b""
        while piece := connection.recv(65536):
            data += piece
        connection.close()
        head, _, body = data.partition(b"\r\n\r\n")
        good += head.startswith(b"HTTP/1.1 200") and body.rstrip().endswith((b"}", b"0"))
    return good


def event_times(watchers, change, count, pause=0.02):
    """For each change: when it was asked for, and when each watcher's socket had something to read."""
    rows = []
    poll = select.epoll()
    for i, watcher in enumerate(watchers):
        watcher.setblocking(False)
        poll.register(watcher.fileno(), select.EPOLLIN)
    by_fd = {w.fileno(): i for i, w in enumerate(watchers)}

    def drain():
        for watcher in watchers:
            try:
                while watcher.recv(65536):
                    pass
            except (BlockingIOError, ssl.SSLWantReadError):
                pass

    for n in range(count):
        drain()
        seen = {}
        begin = time.monotonic()
        change(n)
        until = time.monotonic() + 5
        while len(seen) < len(watchers) and time.monotonic() < until:
            for fd, _ in poll.poll(1):
                seen.setdefault(by_fd[fd], time.monotonic())
        rows.append((begin, seen))
        time.sleep(pause)
    poll.close()
    return rows


def json_get(peer, path):
    with dial(peer, path) as connection:
        status, head, body = read_head(connection)
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
        while len(body) < length:
            body += connection.recv(65536)
    return json.loads(body)


class Patcher:
    """Changes one config map again and again over one connection, without waiting for the answer."""

    def __init__(self, direct, path):
        self.path = path
        self.headers = direct.headers
        self.connection = dial(direct, "/version")
        read_head(self.connection)

    def __call__(self, n):
        body = json.dumps({"data": {"n": str(n)}})
        lines = [
            f"PATCH {self.path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"User-Agent: {AGENT}",
            "Content-Type: application/merge-patch+json",
            f"Content-Length: {len(body)}",
            *self.headers,
        ]
        self.connection.setblocking(False)
        try:
            while self.connection.recv(65536):
                pass
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        self.connection.setblocking(True)
        self.connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
