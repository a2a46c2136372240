"""Short requests: how many, how fast, at what cost."""

import statistics
import subprocess
import time

import load
from world import (
    ROOT,
    CheapUpstream,
    Cluster,
    DirectPeer,
    KubectlProxy,
    NginxPeer,
    SeedPeer,
    TwoNginxPeer,
    cheap_gateway,
    cpu_seconds,
    memory_mib,
    scheduled_ms,
)

CONNECTIONS = (1, 16, 64)
SEEDS_SECONDS = 4  # their slowest way answers a few requests a second


def rounds_of(peers, path, connections, rounds, seconds):
    """Interleaved, each round in the other direction: {peer's name: [(shot, CPU ms a request)]}."""
    shots = {peer.name: [] for peer in peers}
    for number in range(rounds):
        for peer in peers if number % 2 == 0 else peers[::-1]:
            before = cpu_seconds(peer.pids())
            shot = load.wrk(peer.url(path), connections, seconds, getattr(peer, "headers", ()))
            cpu = (cpu_seconds(peer.pids()) - before) * 1000 / max(shot.requests, 1)
            shots[peer.name].append((shot, cpu))
            time.sleep(0.3)
    return shots


def report(bench, name, connections, shots, base):
    """Requests/s and its ratio to the base peer's, round by round; p50, p99 and CPU."""
    for peer, rows in shots.items():
        # A peer that answered nothing in its time would have answered one request, at best.
        ratios = [
            shot.per_second / max(other.per_second, 1 / SEEDS_SECONDS)
            for (shot, _), (other, _) in zip(rows, shots[base], strict=True)
        ]
        rates = [shot.per_second for shot, _ in rows]
        bench.add(f"{name} requests/s", peer, connections, rates, "1/s", ratio=statistics.median(ratios))
        bench.add(f"{name} p50", peer, connections, [shot.p50_ms for shot, _ in rows], "ms")
        bench.add(f"{name} p99", peer, connections, [shot.p99_ms for shot, _ in rows], "ms")
        if any(cpu for _, cpu in rows):
            bench.add(f"{name} CPU a request", peer, connections, [cpu for _, cpu in rows], "ms")
        failed = sum(shot.failed for shot, _ in rows)
        if failed:
            bench.note(f"{name} c={connections}: {peer} failed {failed} requests")


def added_latency(bench, name, shots, base):
    pairs = zip(shots["eksgate"], shots[base], strict=True)
    added = [ours.p50_ms - other.p50_ms for (ours, _), (other, _) in pairs]
    bench.add(f"{name} p50 added to {base}", "eksgate", 1, added, "ms")
    bench.judge(f"{name}: p50 added to {base}, token minted each time", statistics.median(added), 0.5, 0.2, "ms")


def get(bench):
    """GET of one small object of a real API server."""
    cluster, world = bench.cluster(), bench.world
    token = cluster.token()
    direct = DirectPeer(cluster, token)
    nginx = NginxPeer(world, "nginx-real", cluster.port, cluster.authority, token)
    peers = [direct, nginx, KubectlProxy(world, cluster), bench.gateway()]
    with cluster.quiet():
        for peer in peers:  # connections, caches
            load.wrk(peer.url(cluster.OBJECT), 4, 1, getattr(peer, "headers", ()))
        for connections in CONNECTIONS:
            shots = rounds_of(peers, cluster.OBJECT, connections, bench.rounds, bench.seconds)
            report(bench, "GET", connections, shots, "nginx")
            rate = lambda peer: statistics.median(shot.per_second for shot, _ in shots[peer])
            ratio = bench.ratio("GET requests/s", "eksgate", connections)
            bench.judge(f"GET c={connections}: requests/s to nginx proxy_pass", ratio, 0.85, 0.97, "x", more=True)
            ahead = rate("eksgate") / rate("kubectl proxy")
            bench.judge(f"GET c={connections}: requests/s to kubectl proxy", ahead, 1.0, None, "x", more=True)
            if connections == 1:
                added_latency(bench, "GET", shots, "direct")
        cpu = bench.median("GET CPU a request", "eksgate", 16)
        bench.judge("GET c=16: CPU a request, nginx and handler", cpu, 0.25, 0.15, "ms")
    bench.add("memory", "eksgate", None, [memory_mib(bench.gateway().pids())], "MiB")


def cheap(bench):
    """The same from a TLS server that costs next to nothing: only the gateway is measured."""
    world = bench.world
    upstream = CheapUpstream(world)
    nginx = NginxPeer(world, "nginx-cheap", upstream.port, world.authority.certificate)
    gateway = cheap_gateway(world, upstream)
    peers = [nginx, TwoNginxPeer(world, "nginx-twice", upstream.port, world.authority.certificate), gateway]
    for peer in peers:
        load.wrk(peer.url("/api/v1/x"), 4, 1)
    for connections in CONNECTIONS:
        shots = rounds_of(peers, "/api/v1/x", connections, bench.rounds, bench.seconds)
        report(bench, "cheap GET", connections, shots, "nginx")
        ratio = bench.ratio("cheap GET requests/s", "eksgate", connections)
        bench.judge(f"cheap GET c={connections}: requests/s to nginx proxy_pass", ratio, 0.70, 0.95, "x", more=True)
        if connections == 1:
            added_latency(bench, "cheap GET", shots, "nginx")
    serve = cpu_seconds(gateway.serve_pids())
    shot = load.wrk(gateway.url("/api/v1/x"), 16, bench.seconds)
    share = (cpu_seconds(gateway.serve_pids()) - serve) * 1000 / shot.requests
    bench.add("cheap GET CPU a request", "eksgate serve", 16, [share], "ms")
    tokens(bench, upstream, gateway)


def tokens(bench, upstream, gateway):
    """A token is minted for each request; on a grid of 300 s it is the same text, so that a cluster's cache of
    verdicts is hit. Between two requests 300 s apart it is another one."""
    load.wrk(gateway.url("/logged"), 4, 1)
    seen = upstream.log.read_text().splitlines()
    bench.add("tokens seen in one second", "eksgate", 4, [len(set(seen))], "texts")
    bench.judge("tokens in one cell of the 300 s grid", len(set(seen)), 2, None, "texts")
    ran = subprocess.run([ROOT / "build/tests/bench_mint", "20000"], capture_output=True, text=True, check=True)
    for line in ran.stdout.splitlines():
        bench.note("mint: " + line)
    words = {line.split()[0]: line.split() for line in ran.stdout.splitlines()}
    bench.judge("mint, signing key to derive: p99", float(words["cold"][5]), 40, None, "µs")
    bench.judge("mint, signing key cached: p50", float(words["cached"][2]), 15, None, "µs")
    distinct = int(words["grid"][1])
    bench.judge("distinct tokens over 100 cells of the grid", distinct, 100, None, "texts", more=True)


def seeds(bench):
    """The seeds' own stack doing the same work, as they do it and with everything kept: before an upstream that costs
    next to nothing, and before a real API server, which takes both cores itself and so holds the faster one back."""
    upstream = CheapUpstream(bench.world, "cheap-for-seeds")
    gateway = cheap_gateway(bench.world, upstream, "seeds")
    for kind in ("flask", "fastapi"):
        peer = SeedPeer(bench.world, gateway.aws_environment, "cheap", kind)
        for mode, target in (("warm", 5), ("cold", 50)):
            ratio = seed_ratio(bench, "seeds cheap GET", peer, mode, gateway, Cluster.OBJECT)
            bench.judge(f"cheap GET c=16: requests/s to {kind} {mode}", ratio, target, None, "x", more=True)
        peer.child.stop()
    cluster, gateway = bench.cluster(), bench.gateway()
    direct = DirectPeer(cluster, cluster.token())
    with cluster.quiet():
        for kind in ("flask", "fastapi"):
            peer = SeedPeer(bench.world, cluster.env, "demo", kind)
            for mode in ("warm", "cold"):
                seed_ratio(bench, "seeds GET", peer, mode, gateway, cluster.OBJECT, direct)
            seed_memory(bench, kind, peer, gateway)
            peer.child.stop()


def seed_ratio(bench, name, peer, mode, gateway, path, *others):
    peer.mode, peer.name = mode, f"{peer.kind} {mode}"
    load.wrk(peer.url(path), 4, 1)
    shots = rounds_of([peer, gateway, *others], path, 16, 2, SEEDS_SECONDS)
    report(bench, name, 16, shots, peer.name)
    return bench.ratio(f"{name} requests/s", "eksgate", 16)


def seed_memory(bench, kind, peer, gateway):
    """Judged is what takes the peer's place, the serve processes; with nginx, most of which is its table of 32,768
    connections, for comparison."""
    theirs, ours = memory_mib(peer.pids()), memory_mib(gateway.serve_pids())
    bench.add("memory", kind, None, [theirs], "MiB")
    bench.add("memory", "eksgate with nginx", None, [memory_mib(gateway.pids())], "MiB")
    bench.add("memory", "eksgate serve", None, [ours], "MiB")
    bench.judge(f"memory of the serve processes (PSS) to {kind}'s", ours / theirs, 1 / 20, None, "x")


def together(bench):
    """500 requests at the same time, none lost."""
    cluster, gateway = bench.cluster(), bench.gateway()
    good = load.at_once(gateway, cluster.OBJECT, 500)
    bench.add("answered of 500 at once", "eksgate", 500, [good], "answers")
    bench.judge("500 requests at once: answered with 200", good, 500, None, "answers", more=True)


def stalled(bench):
    """Short requests while three clients hold streams that they never read: through the gateway, and of the API server
    itself. A stream is held once the API server has filled the sockets on the way, which costs it a second or two."""
    cluster = bench.cluster(pods=bench.pods)
    gateway = bench.gateway()
    ways = {"nothing else": None, "3 of the cluster never read": DirectPeer(cluster, cluster.token())}
    ways["3 streams never read"] = gateway
    p99 = {way: [] for way in ways}
    cpu = []
    with cluster.quiet():
        for number in range(2 * bench.rounds):
            for way, peer in list(ways.items())[:: 1 if number % 2 == 0 else -1]:
                held = [load.dial(peer, "/api/v1/pods?watch=true") for _ in range(3)] if peer else []
                try:
                    settle(cluster)
                    if peer is gateway:
                        cpu.append(cpu_of_holding(gateway))
                    p99[way].append(load.wrk(gateway.url(cluster.OBJECT), 4, bench.seconds).p99_ms)
                finally:
                    for connection in held:
                        connection.close()
    for way, values in p99.items():
        bench.add(f"short p99, {way}", "eksgate", 4, values, "ms")
    bench.add("3 streams never read: CPU of all of it", "eksgate", 3, cpu, "ms/s")
    ratio = lambda of: statistics.median(p / q for p, q in zip(p99["3 streams never read"], p99[of], strict=True))
    of_cluster = ratio("3 of the cluster never read")
    bench.note(f"stalled: p99 to that with the same streams held of the cluster itself: {of_cluster:.2f} x")
    bench.judge("short requests' p99 while 3 streams are never read, to before", ratio("nothing else"), 1.3, None, "x")


def settle(cluster, seconds=30):
    """Until the API server is idle, so that what came before is not measured."""
    until = time.monotonic() + seconds
    ran = scheduled_ms(cluster.apiserver)[0]
    while time.monotonic() < until:
        time.sleep(0.5)
        before, ran = ran, scheduled_ms(cluster.apiserver)[0]
        if ran - before < 15:
            return


def cpu_of_holding(gateway):
    """Milliseconds on a core in a second in which nobody asks anything."""
    pids = gateway.pids()
    before = scheduled_ms(pids)[0]
    time.sleep(1)
    return scheduled_ms(pids)[0] - before
