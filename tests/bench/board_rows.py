"""The board of the third seed: its raw list beside the way in which its original makes one, and its dashboard."""

import http.client
import json
import ssl
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

from graph_rows import APPS, Reader
from load import AGENT
from world import BoardPeer, DirectPeer, ListUpstream, cheap_gateway, memory_mib

PODS = "/api/v1/pods"
LISTED, LIST_BYTES = 5000, 8_750_000
AT_ONCE = 8


def read_whole(peer, path):
    """Seconds until the last byte of an answer whose length is told or not, and that it is the list."""
    url = urlsplit(peer.url(path))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    begin = time.monotonic()
    if url.scheme == "https":
        connection = http.client.HTTPSConnection(url.netloc, timeout=600, context=context)
    else:
        connection = http.client.HTTPConnection(url.netloc, timeout=600)
    try:
        connection.request("GET", url.path, headers={"User-Agent": AGENT, "Accept": "application/json"})
        reply = connection.getresponse()
        size = 0
        while piece := reply.read(1 << 18):
            size += len(piece)
    finally:
        connection.close()
    if reply.status != 200 or size < LIST_BYTES // 2:
        raise RuntimeError(f"{peer.name} answered {reply.status} with {size} bytes")
    return time.monotonic() - begin


def all_at_once(peer, pids):
    """The time of each of several lists at the same time, and the most memory that was seen meanwhile."""
    times, most = [], 0
    readers = [threading.Thread(target=lambda: times.append(read_whole(peer, PODS))) for _ in range(AT_ONCE)]
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        most = max(most, memory_mib(pids))
        time.sleep(0.02)
    if len(times) != AT_ONCE:
        raise RuntimeError(f"{peer.name} lost {AT_ONCE - len(times)} of {AT_ONCE} lists")
    return times, most


def board(bench):
    """A raw list of 5,000 pods from an upstream that costs next to nothing, as when the original was measured; then
    eight at once."""
    upstream = ListUpstream(bench.world, LISTED, LIST_BYTES)
    gateway = cheap_gateway(bench.world, upstream, "board")
    peer = BoardPeer(bench.world, upstream)
    ours, theirs = gateway.serve_pids(), peer.pids()
    idle = {gateway.name: memory_mib(ours), peer.name: memory_mib(theirs)}
    for each in (upstream, gateway, peer):
        read_whole(each, PODS)
    times = {each.name: [] for each in (upstream, gateway, peer)}
    for number in range(2 * bench.rounds):
        for each in (upstream, gateway, peer) if number % 2 == 0 else (peer, gateway, upstream):
            times[each.name].append(read_whole(each, PODS))
    for name, values in times.items():
        bench.add("raw list of 5,000 pods", name, 1, values, "s")
    added = statistics.median(
        1000 * (mine - straight) for mine, straight in zip(times[gateway.name], times[upstream.name], strict=True)
    )
    bench.add("raw list: time added to direct", gateway.name, 1, [added], "ms")
    rounds = zip(times[peer.name], times[gateway.name], strict=True)
    faster = statistics.median(its / mine for its, mine in rounds)
    bench.judge("raw list of 5,000 pods: time of the board's way to ours", faster, 20, None, "x", more=True)
    most = {}
    for each, pids in ((gateway, ours), (peer, theirs)):
        at_once, most[each.name] = all_at_once(each, pids)
        bench.add("8 raw lists at once: each", each.name, AT_ONCE, at_once, "s")
        bench.add("8 raw lists at once: memory (PSS)", each.name, AT_ONCE, [most[each.name]], "MiB")
    bench.note(f"board: idle {idle[peer.name]:.1f} MiB, eksgate's serve processes {idle[gateway.name]:.1f} MiB (PSS)")
    smaller = most[peer.name] / most[gateway.name]
    bench.judge("8 raw lists at once: memory of the board's way to ours", smaller, 20, None, "x", more=True)
    peer.child.stop()


def dashboard(bench):
    """The dashboard of a cluster with very many pods, beside the time that its API server takes for what it reads."""
    cluster = bench.cluster(pods=bench.pods)
    gateway = bench.fresh_gateway("dashboard")
    path = f"/api/clusters/{gateway.cluster}/dashboard"
    reader = Table(DirectPeer(cluster, cluster.token()), cluster.authority)
    direct, ours = [], []
    with cluster.quiet():
        reader.read_all()
        for _ in range(2 * bench.rounds):
            direct.append(reader.read_all())
            begin = time.monotonic()
            counts = json.loads(read_small(gateway, path))
            ours.append(time.monotonic() - begin)
    bench.note(f"dashboard: {counts['pod']['available']} pods, {counts['pod']['ready']} ready")
    bench.add("lists of a dashboard, thrown away", "direct", 4, direct, "s")
    bench.add("dashboard of the whole cluster", "eksgate", 1, ours, "s")
    extra = statistics.median(mine - theirs for mine, theirs in zip(ours, direct, strict=True))
    bench.judge(f"dashboard of {bench.pods} pods: time besides the API server's", extra, 1, None, "s")
    peak = memory_mib(gateway.serve_pids(), "VmHWM")
    bench.add("dashboard: peak of a serve process", "eksgate", 1, [peak], "MiB")
    bench.judge(f"dashboard of {bench.pods} pods: peak (VmHWM) of a serve process", peak, 64, None, "MiB")


def read_small(gateway, path):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=120)
    try:
        connection.request("GET", path, headers={"User-Agent": AGENT})
        reply = connection.getresponse()
        body = reply.read()
    finally:
        connection.close()
    if reply.status != 200:
        raise RuntimeError(f"the dashboard answered {reply.status}: {body[:200]}")
    return body


class Table(Reader):
    """What the dashboard reads, in its forms: pods as rows with their objects."""

    def read_all(self):
        begin = time.monotonic()
        with ThreadPoolExecutor(5) as threads:
            workloads = ("deployments", "replicasets", "statefulsets", "daemonsets")
            pods = threads.submit(self.read_pods)
            list(threads.map(self.read, [f"{APPS}/{plural}" for plural in workloads]))
            pods.result()
        return time.monotonic() - begin

    def read_pods(self):
        accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        path = f"{PODS}?includeObject=Object&limit=500"
        found = self.page(path, accept)
        while found:
            found = self.page(f"{path}&continue={quote(found[1].decode())}", accept)
