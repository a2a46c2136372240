"""HTTP by hand, for rows that look at bytes and headers."""

import hashlib
import http.client
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

# Of this hop or this moment, or named in docs as added by the gateway.
NOT_COMPARED = {"date", "audit-id", "server", "connection", "transfer-encoding", "keep-alive", "x-request-id"}
# A pod's, service's or node's own pages come with these from the gateway, so that they cannot act as its own.
FENCES = {"content-security-policy", "x-content-type-options"}


@dataclass
class Reply:
    status: int
    reason: str
    headers: list
    body: bytes
    broken: str = ""  # how the transport failed, if it did

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def text(self, side, without=frozenset(), body=True):
        """What is compared of it."""
        lines = [f"{self.status} {self.reason} {self.broken}".rstrip()]
        kept = [(key.lower(), value) for key, value in self.headers if key.lower() not in NOT_COMPARED | without]
        lines += sorted(f"{key}: {value.replace(side.prefix, '') if key == 'location' else value}" for key, value in kept)
        if body:
            lines.append(f"{len(self.body)} bytes, sha256 {hashlib.sha256(self.body).hexdigest()}")
        return "\n".join(lines) + "\n"


def ask(side, method, path, headers=None, body=None, chunks=None, timeout=60):
    """The path goes out as it stands. chunks: the body in pieces of unknown length."""
    connection = side.connect(timeout)
    headers = side.authorization() | {"User-Agent": "conformance"} | (headers or {})
    try:
        connection.putrequest(method, side.prefix + path, skip_accept_encoding=True)
        if chunks is not None:
            headers["Transfer-Encoding"] = "chunked"
        elif body is not None:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        for chunk in chunks or ():
            connection.send(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        if chunks is not None:
            connection.send(b"0\r\n\r\n")
        elif body is not None:
            connection.send(body)
        try:
            reply = connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionResetError):
            return Reply(0, "", [], b"", "the connection broke off")
        received, broken = b"", ""
        try:
            while piece := reply.read(1 << 20):
                received += piece
        except Exception as error:  # http.client has several
            received += getattr(error, "partial", b"")
            broken = "the body broke off"
        if reply.length:
            broken = "the body broke off"
        return Reply(reply.status, reply.reason, reply.getheaders(), received, broken)
    finally:
        connection.close()


class Raw:
    """A connection on which bytes are written and read as they are."""

    def __init__(self, side, timeout=30):
        url = urlsplit(side.server)
        self.socket = socket.create_connection((url.hostname, url.port), timeout=timeout)
        if url.scheme == "https":
            context = ssl.create_default_context(cadata=side.ca)
            self.socket = context.wrap_socket(self.socket, server_hostname=url.hostname)
        self.side = side
        self.received = b""

    def send(self, method, path, *headers):
        lines = [f"{method} {self.side.prefix}{path} HTTP/1.1", f"Host: {urlsplit(self.side.server).netloc}"]
        lines += [f"{name}: {value}" for name, value in self.side.authorization().items()]
        self.socket.sendall("\r\n".join([*lines, "User-Agent: conformance", *headers, "", ""]).encode())

    def read_head(self):
        while b"\r\n\r\n" not in self.received:
            piece = self.socket.recv(65536)
            if not piece:
                break
            self.received += piece
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        return head.decode("latin-1")

    def close(self):
        self.socket.close()


class Backend:
    """What a service of the cluster answers: an echo, and pages of all kinds. It listens where pods reach the host."""

    LARGE = bytes(range(256)) * (50 * 4096)  # 50 MiB

    def __init__(self, address):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                seen = hashlib.sha256()
                length = 0
                for piece in self.pieces():
                    seen.update(piece)
                    length += len(piece)
                target = self.requestline.split(" ")[1]
                headers, body = [("Content-Type", "text/plain")], f"{self.command} {target}\n{length} {seen.hexdigest()}\n"
                if "/html" in target:
                    headers, body = [("Content-Type", "text/html")], "<!doctype html><script>alert(1)</script>"
                elif "/steering" in target:
                    headers += [("X-Accel-Redirect", "/assets/"), ("Set-Cookie", "a=b"), ("X-Accel-Buffering", "yes")]
                elif "/away" in target:
                    headers += [("Location", "https://elsewhere.example/")]
                data = Backend.LARGE if "/large" in target else body.encode()
                self.send_response(302 if "/away" in target else 200)
                for name, value in [*headers, ("Content-Length", str(len(data)))]:
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def pieces(self):
                if self.headers.get("Transfer-Encoding") == "chunked":
                    while size := int(self.rfile.readline(), 16):
                        yield self.rfile.read(size)
                        self.rfile.readline()
                    self.rfile.readline()
                left = int(self.headers.get("Content-Length") or 0)
                while left:
                    piece = self.rfile.read(min(left, 1 << 20))
                    left -= len(piece)
                    yield piece

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer

        self.server = ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.address, self.port = self.server.server_address
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Relay:
    """TCP to the API server and back, which can be cut."""

    def __init__(self, host, port):
        self.target = (host, port)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        self.open = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self.lock:
                self.open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=(source, sink), daemon=True).start()

    def carry(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            with self.lock:
                self.open.discard(end)
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def cut(self):
        """Every connection ends, in the middle of whatever it carries."""
        with self.lock:
            ends = list(self.open)
        for end in ends:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        return len(ends) // 2


def eventually(check, seconds, what):
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return found
