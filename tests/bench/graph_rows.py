"""Graphs: what drawing a cluster of very many pods takes besides reading it."""

import http.client
import json
import re
import ssl
import statistics
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from load import read_list
from world import ROOT, DirectPeer, memory_mib

METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
APPS, BATCH, NETWORK = "/apis/apps/v1", "/apis/batch/v1", "/apis/networking.k8s.io/v1"
# What the graph reads, in its order: pods first, they take longest.
LISTS = [
    *(f"/api/v1/{plural}" for plural in ("pods", "nodes")),
    *(f"{APPS}/{plural}" for plural in ("deployments", "daemonsets", "replicasets", "statefulsets")),
    *(f"{BATCH}/{plural}" for plural in ("jobs", "cronjobs")),
    "/apis/autoscaling/v2/horizontalpodautoscalers",
    "/api/v1/services",
    "/api/v1/endpoints",
    *(f"{NETWORK}/{plural}" for plural in ("ingresses", "networkpolicies")),
    *(f"/api/v1/{plural}" for plural in ("persistentvolumeclaims", "persistentvolumes")),
    "/apis/storage.k8s.io/v1/storageclasses",
    *(f"/api/v1/{plural}" for plural in ("configmaps", "secrets", "serviceaccounts")),
    "/apis/discovery.k8s.io/v1/endpointslices",
]
OF_METADATA = ("endpoints", "storageclasses", "configmaps", "secrets", "serviceaccounts")
TOKEN = re.compile(rb'"continue":"([^"]+)"')


class Reader:
    """The same pages straight from the API server, read and thrown away; a connection for each thread."""

    def __init__(self, peer, authority):
        self.peer = peer
        self.context = ssl.create_default_context(cafile=authority)
        self.context.check_hostname = False
        self.own = threading.local()

    def page(self, path, accept):
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPSConnection("127.0.0.1", self.peer.port, context=self.context)
        headers = dict(line.split(": ", 1) for line in self.peer.headers)
        self.own.connection.request("GET", path, headers=headers | {"Accept": accept})
        reply = self.own.connection.getresponse()
        first = reply.read(16384)
        while reply.read(1 << 18):
            pass
        return TOKEN.search(first)

    def read(self, path):
        accept = METADATA if path.rpartition("/")[2] in OF_METADATA else "application/json"
        found = self.page(f"{path}?limit=500", accept)
        while found:
            found = self.page(f"{path}?limit=500&continue={quote(found[1].decode())}", accept)

    def read_all(self):
        begin = time.monotonic()
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(self.read, LISTS))
        return time.monotonic() - begin


class Root:
    """The gateway's own routes, not those of the cluster."""

    name = "eksgate"

    def __init__(self, gateway):
        self.port = gateway.port

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"


def graphs(bench):
    """The topology of a cluster with very many pods, beside the time that its API server takes for the lists."""
    cluster = bench.cluster(pods=bench.pods)
    gateway = bench.fresh_gateway("graphs")
    path = f"/api/clusters/{gateway.cluster}/graph/topology"
    reader = Reader(DirectPeer(cluster, cluster.token()), cluster.authority)
    direct, ours = [], []
    with cluster.quiet():
        reader.read_all()
        for _ in range(2 * bench.rounds):
            direct.append(reader.read_all())
            took, size = read_list(Root(gateway), path)
            ours.append(took)
    peak = memory_mib(gateway.serve_pids(), "VmHWM")
    bench.note(f"graphs: {bench.pods} pods, {size / 1e6:.1f} MB of nodes and links")
    bench.add("lists of a graph, thrown away", "direct", 4, direct, "s")
    bench.add("graph of the whole cluster", "eksgate", 1, ours, "s")
    extra = statistics.median(mine - theirs for mine, theirs in zip(ours, direct, strict=True))
    bench.judge(f"graph of {bench.pods} pods: time besides the API server's", extra, 1, None, "s")
    bench.add("graph: peak of a serve process", "eksgate", 1, [peak], "MiB")
    bench.judge(f"graph of {bench.pods} pods: peak (VmHWM) of a serve process", peak, 64, None, "MiB")


def drawn(bench):
    """The map of the same cluster in a browser: what is left to do there once the graph has come."""
    bench.cluster(pods=bench.pods)
    gateway = bench.fresh_gateway("map")
    node = subprocess.run([ROOT / "dev/node.sh"], capture_output=True, text=True, check=True).stdout.strip()
    argv = [f"{node}/node", ROOT / "tests/bench/map.mjs", f"http://127.0.0.1:{gateway.port}", gateway.cluster]
    ran = subprocess.run([*argv, str(2 * bench.rounds)], capture_output=True, text=True, timeout=900)
    if ran.returncode != 0:
        raise RuntimeError(ran.stderr[-2000:])
    rounds = [json.loads(line) for line in ran.stdout.splitlines()]
    for key, what in (
        ("read", "map: the graph, read by the browser"),
        ("drawn", "map: drawn, once it has come"),
        ("opened", "map: its first group opened"),
        ("regrouped", "map: grouped by workload"),
        ("found", "map: searched"),
    ):
        bench.add(what, "chromium", 1, [each[key] for each in rounds], "ms")
    bench.add("map: the page's memory (heap)", "chromium", 1, [each["heap"] for each in rounds], "MiB")
    slowest = statistics.median(max(each["drawn"], each["opened"], each["regrouped"], each["found"]) for each in rounds)
    bench.judge(f"map of {bench.pods} pods: the slowest of what is drawn", slowest, 1000, None, "ms")
