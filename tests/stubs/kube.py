"""A stand-in for a cluster's API server that answers as badly as it is told to.

It speaks HTTP/1.1 over TLS by hand, so that a test decides about every byte: an answer that breaks off, a reset,
headers that no API server would send. It records what it was asked, byte for byte.
"""

import json
import socket
import ssl
import struct
import threading
import time
import warnings
from dataclasses import dataclass, field


@dataclass
class Request:
    method: str
    target: str
    headers: list
    body: bytes = b""
    pieces: list = field(default_factory=list)  # of a chunked body: (when, how many bytes)
    broken: bool = False  # the body ended before its end

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        return (self.all(name) or [None])[0]


@dataclass
class Answer:
    """An answer as it should go out; Content-Length is added unless the headers speak of the length themselves."""

    status: int = 200
    body: bytes = b""
    headers: list = field(default_factory=lambda: [("Content-Type", "application/json")])
    reason: str = "OK"

    def wire(self, head_only=False):
        headers = list(self.headers)
        if not {name.lower() for name, _ in headers} & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(self.body))))
        lines = [f"HTTP/1.1 {self.status} {self.reason}", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + (b"" if head_only else self.body)


@dataclass
class Early:
    """An answer that does not wait for the body, which stays unread; the connection ends with it."""

    answer: Answer


@dataclass
class Wire:
    """Bytes as they are, then the end of the connection. Between them a number is a pause, a semaphore is waited for,
    and None waits until the client goes."""

    parts: list
    reset: bool = False


@dataclass
class Switch:
    """An upgrade that is accepted: run(reader, connection) then has the connection to itself."""

    run: object
    headers: list = field(default_factory=list)

    def wire(self, request):
        lines = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", f"Upgrade: {request.header('Upgrade')}"]
        return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in self.headers)]).encode() + b"\r\n\r\n"


def json_answer(value, status=200, **options):
    return Answer(status, json.dumps(value).encode(), **options)


def status_answer(code, reason, message, headers=()):
    body = {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }
    return Answer(code, json.dumps(body).encode(), [("Content-Type", "application/json"), *headers], reason)


NAMESPACES = {
    "kind": "NamespaceList",
    "apiVersion": "v1",
    "metadata": {"resourceVersion": "1"},
    "items": [{"metadata": {"name": "default"}}],
}


def discovery_answer(request):
    """What kubectl asks before anything else: the kinds, here ConfigMaps and Pods."""
    kinds = [
        {
            "resource": plural,
            "responseKind": {"group": "", "version": "v1", "kind": kind},
            "scope": "Namespaced",
            "singularResource": kind.lower(),
            "shortNames": short,
            "verbs": ["create", "delete", "get", "list", "patch", "update", "watch"],
        }
        for plural, kind, short in (("configmaps", "ConfigMap", ["cm"]), ("pods", "Pod", ["po"]))
    ]
    core = {"metadata": {"name": ""}, "versions": [{"version": "v1", "freshness": "Current", "resources": kinds}]}
    groups = {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [core] if request.target.partition("?")[0] == "/api" else [],
    }
    kind = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    return Answer(200, json.dumps(groups).encode(), [("Content-Type", kind)])


class KubeStub:
    """Besides its answers, its connections can be faulty: see refuse() and greeting."""

    def __init__(self, certificate, *, tls=True, old_tls=False):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.context = None
        if tls:
            self.use(certificate)
        if old_tls:
            self.context.set_ciphers("DEFAULT@SECLEVEL=0")
            with warnings.catch_warnings(action="ignore"):
                self.context.minimum_version = ssl.TLSVersion.TLSv1
                self.context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.requests = []
        self.answers = {}
        self.connections = set()
        self.accepted = 0
        self.most_open = 0  # connections at the same time
        self.greeting = None  # what a new connection meets instead of TLS: bytes, or seconds of silence; then its end
        self.lock = threading.Lock()
        self.reset()
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def use(self, certificate):
        """From the next connection on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        self.context = context

    def refuse(self):
        """From now on nobody listens at the port, and what was connected is cut off."""
        port, self.port_held = self.port, socket.socket()
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut()
        self.port_held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.port_held.bind(("127.0.0.1", port))

    def listen(self):
        """Undoes refuse()."""
        self.port_held.close()
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self):
        """Ends every open connection."""
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def open_connections(self):
        with self.lock:
            return len(self.connections)

    @property
    def endpoint(self):
        return f"https://127.0.0.1:{self.port}"

    def reset(self):
        with self.lock:
            self.requests.clear()
            self.answers.clear()
            self.greeting = None
        self.on("/api/v1/namespaces", json_answer(NAMESPACES))
        self.on("/api", discovery_answer)
        self.on("/apis", discovery_answer)
        self.on("/version", json_answer({"major": "1", "minor": "33", "gitVersion": "v1.33.0"}))

    def on(self, path, *answers, method=None):
        """The answers to requests of a path (without its query), in turn; the last one stays. An answer may be a
        function of the request."""
        with self.lock:
            self.answers[(method, path)] = list(answers)

    def seen(self, path):
        with self.lock:
            return [r for r in self.requests if r.target.partition("?")[0] == path]

    def close(self):
        """No further connections. Closing alone would let the thread in accept() take one more."""
        if self.listener.fileno() >= 0:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()

    def _answer_to(self, request):
        path = request.target.partition("?")[0]
        with self.lock:
            self.requests.append(request)
            answers = (
                self.answers.get((request.method, path))
                or self.answers.get((None, path))
                or self.answers.get((None, "*"))
            )
            answer = (answers.pop(0) if len(answers) > 1 else answers[0]) if answers else None
        if answer is None:
            return status_answer(404, "NotFound", "the server could not find the requested resource")
        return answer

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with self.lock:
                self.accepted += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        greeting = self.greeting
        if greeting is not None:
            if isinstance(greeting, bytes):
                connection.sendall(greeting)
            else:
                time.sleep(greeting)
            connection.close()
            return
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
        except OSError:
            connection.close()
            return
        with self.lock:
            self.connections.add(connection)
            self.most_open = max(self.most_open, len(self.connections))
        try:
            reader = connection.makefile("rb")
            while (request := self._read_head(reader)) is not None:
                answer = self._answer_to(request)
                if isinstance(answer, Early):
                    connection.sendall(answer.answer.wire())
                    # As Go's server does: a reset at once could overtake the answer.
                    connection.shutdown(socket.SHUT_WR)
                    time.sleep(0.5)
                    return
                self._read_body(reader, request)
                if request.broken:
                    return
                answer = answer(request) if callable(answer) else answer
                if isinstance(answer, Wire):
                    self._send_wire(connection, answer)
                    return
                if isinstance(answer, Switch):
                    connection.sendall(answer.wire(request))
                    answer.run(reader, connection)
                    return
                connection.sendall(answer.wire(head_only=request.method == "HEAD"))
        except OSError:
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            connection.close()

    def _send_wire(self, connection, answer):
        for part in answer.parts:
            if isinstance(part, bytes):
                connection.sendall(part)
            elif part is None:
                connection.recv(1)
            elif isinstance(part, (int, float)):
                time.sleep(part)
            else:
                part.acquire()
        if answer.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read_head(self, reader):
        line = reader.readline()
        if not line:
            return None
        method, target, _ = line.decode("latin-1").split(" ", 2)
        request = Request(method, target, [])
        while (line := reader.readline()) not in (b"\r\n", b""):
            name, _, value = line.decode("latin-1").partition(":")
            request.headers.append((name, value.strip()))
        return request

    def _read_body(self, reader, request):
        if request.header("Content-Length"):
            length = int(request.header("Content-Length"))
            request.body = reader.read(length)
            request.broken = len(request.body) < length
        elif (request.header("Transfer-Encoding") or "").lower() == "chunked":
            body = bytearray()
            while size := int(reader.readline() or b"-1", 16):
                piece = reader.read(size) if size > 0 else b""
                request.broken = len(piece) != size
                if request.broken:
                    break
                body += piece
                request.pieces.append((time.monotonic(), size))
                reader.readline()
            request.body = bytes(body)
            while not request.broken and reader.readline() not in (b"\r\n", b""):
                pass
