"""Bytes through an upgraded connection, as exec, attach, cp and port-forward send them."""

import os
import socket
import ssl
import statistics
import sys
import time
from pathlib import Path

from world import cheap_gateway, cpu_seconds, family

SIZE = int(os.environ.get("BENCH_EXEC_BYTES") or 1 << 30)
UPGRADE = "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


class Upstream:
    """An upstream that costs little, in a process of its own."""

    def __init__(self, world):
        certificate = world.authority.issue("upgrade", "IP:127.0.0.1,DNS:localhost")
        port_file = world.path / "upgrade.port"
        script = Path(__file__).with_name("upgrade_upstream.py")
        self.child = world.start("upgrade", [sys.executable, script, certificate.certificate, certificate.key, port_file])
        until = time.monotonic() + 10
        while not port_file.exists() or not port_file.read_text():
            assert time.monotonic() < until and not self.child.exited(), self.child.last_lines()
            time.sleep(0.05)
        self.port = int(port_file.read_text())
        self.authority = world.authority.certificate

    @property
    def endpoint(self):
        return f"https://127.0.0.1:{self.port}"


class Direct:
    name = "direct"

    def __init__(self, upstream):
        self.context = ssl.create_default_context(cafile=upstream.authority)
        self.context.check_hostname = False
        self.port, self.prefix = upstream.port, ""

    def open(self):
        return self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)))

    def pids(self):
        return []


class Through:
    name = "eksgate"

    def __init__(self, gateway):
        self.gateway = gateway
        self.port, self.prefix = gateway.port, f"/raw/clusters/{gateway.cluster}"

    def open(self):
        return socket.create_connection(("127.0.0.1", self.port))

    def pids(self):
        return family(self.gateway.stack.tunnel.pid, self.gateway.stack.nginx.pid)


def begin(peer, path):
    connection = peer.open()
    connection.sendall(f"GET {peer.prefix}{path}?{SIZE} HTTP/1.1\r\n{UPGRADE}".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        part = connection.recv(1)
        assert part, head
        head += part
    assert head.startswith(b"HTTP/1.1 101"), head
    return connection


def download(peer):
    room = bytearray(1 << 20)
    with begin(peer, "/send") as connection:
        started = time.monotonic()
        left = SIZE
        while left > 0:
            n = connection.recv_into(room)
            assert n > 0, f"{left} bytes are missing"
            left -= n
        return time.monotonic() - started


def upload(peer):
    piece = bytes(1 << 20)
    with begin(peer, "/take") as connection:
        started = time.monotonic()
        for at in range(0, SIZE, len(piece)):
            connection.sendall(piece[: SIZE - at])
        assert connection.recv(5) == b"taken"
        return time.monotonic() - started


def compare(bench, name, run, peers):
    speeds = {peer.name: [] for peer in peers}
    cpu = []
    for number in range(2 * bench.rounds):
        for peer in peers if number % 2 == 0 else peers[::-1]:
            before = cpu_seconds(peer.pids())
            speeds[peer.name].append(SIZE / run(peer) / 1e6)
            if peer.pids():
                cpu.append((cpu_seconds(peer.pids()) - before) * (1 << 30) / SIZE)
    ratios = [ours / theirs for ours, theirs in zip(speeds["eksgate"], speeds["direct"], strict=True)]
    for peer in peers:
        ratio = statistics.median(ratios) if peer.name == "eksgate" else None
        bench.add(name, peer.name, 1, speeds[peer.name], "MB/s", ratio)
    if cpu:
        bench.add(f"{name}: CPU of tunnel and nginx", "eksgate", 1, cpu, "s/GiB")
    return statistics.median(ratios)


def exec_throughput(bench):
    """1 GiB through a session."""
    upstream = Upstream(bench.world)
    peers = [Direct(upstream), Through(cheap_gateway(bench.world, upstream, "exec"))]
    down = compare(bench, "1 GiB from the cluster", download, peers)
    up = compare(bench, "1 GiB to the cluster", upload, peers)
    bench.judge("exec: 1 GiB through a session over direct, the slower direction", min(down, up), 0.8, 0.95, "x", more=True)
