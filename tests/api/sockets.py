"""A page's side of a terminal: a WebSocket, frame by frame."""

import base64
import json
import os
import socket
import struct

from test_tunnel import Upgraded

PATH = "/api/terminal/ws"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Closed(Exception):
    def __init__(self, code, reason):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


def frame(opcode, payload, final=True, masked=True):
    length = len(payload)
    head = bytes([(0x80 if final else 0) | opcode])
    mask = os.urandom(4) if masked else b""
    bit = 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += struct.pack("!BH", bit | 126, length)
    else:
        head += struct.pack("!BQ", bit | 127, length)
    if masked:
        whole = int.from_bytes(payload, "big") ^ int.from_bytes((mask * (length // 4 + 1))[:length], "big")
        payload = whole.to_bytes(length, "big")
    return head + mask + payload


class Terminal:
    """protocol: webtty or eksgate.v1; None offers none."""

    def __init__(self, address, origin, protocol="eksgate.v1", headers=None, timeout=60):
        self.protocol = protocol
        given = {
            "Host": origin.partition("://")[2],
            "Origin": origin,
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        } | ({"Sec-WebSocket-Protocol": protocol} if protocol else {})
        given |= headers or {}
        self.upgraded = Upgraded(address, PATH, headers={k: v for k, v in given.items() if v is not None}, timeout=timeout)
        self.reply = self.upgraded.reply
        self.request_id = self.reply.header("X-Request-Id")
        self.output = b""
        self.came = 0  # bytes of output, also those that were looked at already
        self.title = None
        self.pongs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.upgraded.close()

    def close(self):
        self.upgraded.close()

    def raw(self, data):
        self.upgraded.send(data)

    def say(self, kind, data=b""):
        opcode = BINARY if self.protocol == "eksgate.v1" else TEXT
        self.raw(frame(opcode, kind.encode() + data))

    def admit(self, token, **members):
        self.raw(frame(TEXT, json.dumps({"Arguments": "", "AuthToken": token} | members).encode()))

    def type(self, text):
        self.say("1", text if isinstance(text, bytes) else text.encode())

    def resize(self, columns, rows):
        self.say("3", json.dumps({"columns": columns, "rows": rows}).encode())

    def frame(self):
        """The next one: opcode and payload; raises Closed at the end."""
        head = self._exactly(2)
        assert not head[1] & 0x80, "a server masks nothing"
        length = head[1] & 127
        if length == 126:
            length = struct.unpack("!H", self._exactly(2))[0]
        elif length == 127:
            length = struct.unpack("!Q", self._exactly(8))[0]
        payload = self._exactly(length)
        opcode = head[0] & 15
        if opcode == CLOSE:
            raise Closed(struct.unpack("!H", payload[:2])[0] if payload else None, payload[2:].decode())
        return opcode, payload

    def _exactly(self, count):
        data = self.upgraded.receive(count)
        if len(data) < count:
            raise Closed(None, "without a word")
        return data

    def step(self):
        """Takes one frame; gives the kind of a message, or its opcode."""
        opcode, payload = self.frame()
        if opcode == PING:
            self.raw(frame(PONG, payload))
            return opcode
        if opcode == PONG:
            self.pongs.append(payload)
            return opcode
        assert opcode == (BINARY if self.protocol == "eksgate.v1" else TEXT)
        kind, data = payload[:1], payload[1:]
        if kind == b"1":
            data = data if self.protocol == "eksgate.v1" else base64.b64decode(data, validate=True)
            self.output += data
            self.came += len(data)
        elif kind == b"3":
            assert self.title is None and self.came == 0, "the title comes first"
            self.title = data.decode()
        return kind.decode()

    def until(self, wanted):
        """Reads on behind a text, and forgets what stood before it."""
        wanted = wanted if isinstance(wanted, bytes) else wanted.encode()
        while wanted not in self.output:
            self.output = self.output[-len(wanted) :]
            self.step()
        self.output = self.output.partition(wanted)[2]

    def end(self):
        """How it was closed."""
        try:
            while True:
                self.step()
        except Closed as closed:
            return closed


def shut(terminal):
    terminal.upgraded.socket.shutdown(socket.SHUT_WR)
