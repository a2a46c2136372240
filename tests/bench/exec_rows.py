"""Bytes through an upgraded connection, as exec, attach, cp and port-forward send them."""

import json
import os
import socket
import ssl
import statistics
import subprocess
import sys
import time
from pathlib import Path

from world import Cluster, Gateway, cheap_gateway, cpu_seconds, family

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
    name, parts = "direct", "client and upstream"

    def __init__(self, upstream):
        self.upstream = upstream
        self.context = ssl.create_default_context(cafile=upstream.authority)
        self.context.check_hostname = False
        self.port, self.prefix = upstream.port, ""

    def open(self):
        return self.context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)))

    def pids(self):
        return [os.getpid(), *family(self.upstream.child.pid)]


class Through:
    name, parts = "eksgate", "tunnel and nginx"

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


def compare(bench, name, run, peers, rounds):
    speeds = {peer.name: [] for peer in peers}
    cpu = {peer.name: [] for peer in peers}
    for number in range(rounds):
        for peer in peers if number % 2 == 0 else peers[::-1]:
            before = cpu_seconds(peer.pids())
            speeds[peer.name].append(SIZE / run(peer) / 1e6)
            cpu[peer.name].append((cpu_seconds(peer.pids()) - before) * (1 << 30) / SIZE)
    ratios = [ours / theirs for ours, theirs in zip(speeds["eksgate"], speeds["direct"], strict=True)]
    for peer in peers:
        ratio = statistics.median(ratios) if peer.name == "eksgate" else None
        bench.add(name, peer.name, 1, speeds[peer.name], "MB/s", ratio)
        if peer.parts:
            bench.add(f"{name}: CPU of {peer.parts}", peer.name, 1, cpu[peer.name], "s/GiB")
    return statistics.median(ratios)


def exec_throughput(bench):
    """1 GiB through a session: what is left to the cores by a client and an upstream that cost as much themselves."""
    upstream = Upstream(bench.world)
    peers = [Direct(upstream), Through(cheap_gateway(bench.world, upstream, "exec"))]
    down = compare(bench, "1 GiB from the cluster", download, peers, 2 * bench.rounds)
    up = compare(bench, "1 GiB to the cluster", upload, peers, 2 * bench.rounds)
    bench.judge("exec: 1 GiB through a session over direct, the slower direction", min(down, up), 0.8, 0.95, "x", more=True)


POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "box", "namespace": "bench"},
    "spec": {
        "nodeSelector": {"sandbox.eksgate/real": "true"},
        "tolerations": [{"key": "sandbox.eksgate/real", "operator": "Exists"}],
        "terminationGracePeriodSeconds": 0,
        "containers": [{"name": "main", "image": "registry.example/busybox:1.35", "command": ["sleep", "86400"]}],
    },
}


class Kubectl:
    """kubectl exec in that pod: what a program there writes, or reads."""

    def __init__(self, name, cluster, kubeconfig, zeros, pids=()):
        self.name, self.zeros, self.parts = name, zeros, "tunnel and nginx" if pids else None
        self.argv = [cluster.kubectl, "--kubeconfig", kubeconfig, "--namespace", "bench", "exec", "-i", "box", "--"]
        self.pids = lambda: list(pids)

    def run(self, command, **streams):
        started = time.monotonic()
        argv = [*map(str, self.argv), "sh", "-c", command]
        done = subprocess.run(argv, check=True, stderr=subprocess.PIPE, **streams)
        return time.monotonic() - started, done.stdout

    def download(self):
        return self.run(f"head -c {SIZE} /dev/zero", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)[0]

    def upload(self):
        with self.zeros.open("rb") as zeros:
            took, said = self.run("wc -c", stdin=zeros, stdout=subprocess.PIPE)
        assert int(said) == SIZE, said
        return took


def kubeconfig_of(gateway, folder):
    path = folder / "gateway.kubeconfig"
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    cluster = {"name": "c", "cluster": {"server": gateway.url("")}}
    config = {"apiVersion": "v1", "kind": "Config", "clusters": [cluster], "users": [{"name": "u", "user": {}}]}
    path.write_text(json.dumps(config | {"contexts": [context], "current-context": "c"}))
    return path


def exec_in_pod(bench):
    """1 GiB through kubectl exec, in a pod that truly runs: API server, kubelet and runtime as they are."""
    folder = bench.world.path
    cluster = Cluster(bench.world, real_node=True)
    if cluster.state["node_is_off"]:
        bench.note(f"no pod runs here: {cluster.state['node_is_off']}")
        return
    cluster.kubectl_run("create", "-f", "-", text=json.dumps(POD))
    cluster.kubectl_run("--namespace", "bench", "wait", "--for=condition=Ready", "pod/box", "--timeout=60s")
    gateway = Gateway(bench.world, "gateway-pod", cluster.env)
    gateway.connect("demo")
    zeros = folder / "zeros"
    with zeros.open("wb") as file:
        file.truncate(SIZE)
    pids = family(gateway.stack.tunnel.pid, gateway.stack.nginx.pid)
    peers = [
        Kubectl("direct", cluster, cluster.kubeconfig, zeros),
        Kubectl("eksgate", cluster, kubeconfig_of(gateway, folder), zeros, pids),
    ]
    with cluster.quiet():
        down = compare(bench, "1 GiB from a pod", Kubectl.download, peers, bench.rounds)
        up = compare(bench, "1 GiB to a pod", Kubectl.upload, peers, bench.rounds)
    gateway.stack.stop()
    cluster.child.stop()
    bench.judge("kubectl exec: 1 GiB of a pod over direct, the slower direction", min(down, up), 0.8, 0.95, "x", True)
