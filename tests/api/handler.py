"""FastCGI to a handler's own socket, as nginx speaks it, or as it never would."""

import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
KEEP_CONNECTION = 1


def record(kind, content):
    padding = -len(content) % 8
    return struct.pack(">BBHHBB", 1, kind, 1, len(content), padding, 0) + content + bytes(padding)


def pair(name, value):
    length = lambda n: bytes([n]) if n < 128 else struct.pack(">I", n | 1 << 31)
    return length(len(name)) + length(len(value)) + name.encode() + value


def request_records(flags=KEEP_CONNECTION, **params):
    """A complete request."""
    params = b"".join(pair(name, value.encode("latin-1")) for name, value in params.items())
    begin = record(BEGIN, struct.pack(">HB5x", 1, flags))
    return begin + record(PARAMS, params) + record(PARAMS, b"") + record(STDIN, b"")


def fastcgi_records(uri="/api/forged"):
    """As a client's body: what a careless handler would take for its next request."""
    return request_records(REQUEST_METHOD="GET", REQUEST_URI=uri, HTTP_HOST="localhost", REMOTE_USER="admin")


def output(received):
    """What the records say to nginx's client."""
    out = b""
    while len(received) >= 8:
        _, kind, _, size, padding, _ = struct.unpack(">BBHHBB", received[:8])
        out += received[8 : 8 + size] if kind == STDOUT else b""
        received = received[8 + size + padding :]
    return out.decode()


class Handler:
    """A connection to a handler, as nginx has one."""

    ENDED = record(END, bytes(8))

    def __init__(self, gateway):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(20)
        self.connection.connect(str(gateway.stack.run.sockets / "serve-0.sock"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, records):
        self.connection.sendall(records)

    def answer(self):
        """Up to the request's end, or to the connection's: what came until then."""
        came = b""
        while not came.endswith(self.ENDED):
            try:
                part = self.connection.recv(65536)
            except ConnectionResetError:
                part = b""
            if not part:
                break
            came += part
        return came
