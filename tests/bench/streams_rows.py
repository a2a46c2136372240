"""What lasts: large lists and watches."""

import statistics
import threading
import time

import load
from world import DirectPeer, memory_mib

PODS = "/api/v1/pods"
IDLE = "/api/v1/namespaces/bench-idle/configmaps?watch=true"
HOT = "/api/v1/namespaces/bench/configmaps?watch=true"
WATCHES = 5000


def lists(bench):
    """A list of all pods, 35 MB of them, while another client reads one at 1 MB/s; then eight at once."""
    cluster = bench.cluster(pods=bench.pods)
    gateway = bench.fresh_gateway("lists")
    direct = DirectPeer(cluster, cluster.token())
    idle = memory_mib(gateway.serve_pids())
    with cluster.quiet():
        for peer in (direct, gateway):
            load.read_list(peer, PODS)
        slow = threading.Thread(target=slow_reader, args=(gateway,), daemon=True)
        slow.start()
        times = {direct.name: [], gateway.name: []}
        for number in range(2 * bench.rounds):
            for peer in (direct, gateway) if number % 2 == 0 else (gateway, direct):
                took, size = load.read_list(peer, PODS)
                times[peer.name].append(took)
        peak = memory_mib(gateway.serve_pids(), "VmHWM")
        bench.note(f"lists: {size / 1e6:.1f} MB each")
        for name, values in times.items():
            bench.add("list of all pods", name, 1, values, "s")
        extra = statistics.median(
            ours / theirs - 1 for ours, theirs in zip(times["eksgate"], times["direct"], strict=True)
        )
        bench.judge("list: extra time over direct", 100 * extra, 10, 3, "%")
        bench.add("list: peak of a serve process", "eksgate", 1, [peak], "MiB")
        bench.judge("list: peak (VmHWM) of a serve process, one client reading 1 MB/s", peak, 16, None, "MiB")
        eight(bench, gateway, idle)


def slow_reader(gateway):
    """Until the bench ends; that it is cut off then is no fault."""
    try:
        load.read_list(gateway, PODS, bytes_per_second=1e6)
    except (OSError, RuntimeError):
        pass


def eight(bench, gateway, idle):
    readers = [threading.Thread(target=load.read_list, args=(gateway, PODS)) for _ in range(8)]
    most = 0
    for reader in readers:
        reader.start()
    while any(reader.is_alive() for reader in readers):
        most = max(most, memory_mib(gateway.serve_pids()))
        time.sleep(0.05)
    bench.add("8 lists at once: all serve processes", "eksgate", 8, [most], "MiB")
    bench.note(f"lists: serve processes together {idle:.1f} MiB before, {most:.1f} MiB with 8 lists at once (PSS)")
    bench.judge("8 lists at once: all serve processes (PSS)", most, 64, None, "MiB")


def watches(bench):
    """5,000 idle watches held by one serve process."""
    cluster = bench.cluster()
    limits = {f"EKSGATE_STREAMS{suffix}": "20000" for suffix in ("", "_PER_CLUSTER", "_PER_CALLER")}
    gateway = bench.fresh_gateway("watches", processes=1, env=limits)
    direct = DirectPeer(cluster, cluster.token())
    before = upstream_connections(cluster.port)
    held = load.Watches()
    with cluster.quiet():
        begin = time.monotonic()
        times = held.add(gateway, IDLE, WATCHES)
        took = time.monotonic() - begin
        refused = times.count(None)
        bench.note(f"watches: {WATCHES} opened in {took:.1f} s, {refused} refused")
        bench.judge(f"watches open of {WATCHES}", WATCHES - refused, WATCHES, None, "watches", more=True)
        memory = memory_mib(gateway.serve_pids())
        bench.add("idle watches: the serve process", "eksgate", WATCHES, [memory], "MiB")
        bench.judge(f"{WATCHES} idle watches: memory of the process (PSS)", memory, 512, 150, "MiB")
        single = [load.Watches().add(gateway, IDLE, 1)[0] for _ in range(20)]
        known = [t for t in single if t is not None]
        if known:
            bench.add("idle watch: time to first header", "eksgate", WATCHES, known, "ms")
            bench.judge("watch: time to first header, median", statistics.median(known), 50, None, "ms")
        events(bench, gateway, direct)
        time.sleep(1)
        open_before = upstream_connections(cluster.port)
        begin = time.monotonic()
        held.close()
        while upstream_connections(cluster.port) > before + 40 and time.monotonic() - begin < 30:
            time.sleep(0.05)
        gone = time.monotonic() - begin
    left = upstream_connections(cluster.port)
    bench.note(f"watches: connections to the API server {before} before, {open_before} with all open, {left} after")
    bench.add("upstream closed after the clients left", "eksgate", WATCHES, [gone], "s")
    bench.judge(f"{WATCHES} clients leave: upstream closed", gone, 2, None, "s")


def events(bench, gateway, direct):
    """An object changes: when does the watcher behind the gateway have it, and when the direct one."""
    watchers = [load.dial(peer, HOT) for peer in (direct, gateway)]
    for watcher in watchers:
        load.read_head(watcher)
    path = "/api/v1/namespaces/bench/configmaps/small"
    rows = load.event_times(watchers, load.Patcher(direct, path), 200)
    whole = [row for row in rows if len(row[1]) == 2]
    for watcher in watchers:
        watcher.close()
    if not whole:
        bench.note("watches: no event arrived by both ways")
        return
    total = sorted((seen[1] - begin) * 1000 for begin, seen in whole)
    added = sorted((seen[1] - seen[0]) * 1000 for _, seen in whole)
    p99 = lambda values: values[min(len(values) - 1, len(values) * 99 // 100)]
    bench.add("event, from change to client", "eksgate", WATCHES, total, "ms")
    bench.add("event, added to direct", "eksgate", WATCHES, added, "ms")
    bench.note(f"watches: {len(whole)} of {len(rows)} events by both ways; p99 from change to client {p99(total):.1f} ms")
    bench.judge(f"event latency p99, added to direct, with {WATCHES} idle watches", p99(added), 10, None, "ms")


def upstream_connections(port):
    """Established connections to the API server from this machine."""
    wanted = f"{port:04X}"
    count = 0
    with open("/proc/net/tcp") as table:
        for line in table:
            fields = line.split()
            count += fields[2].endswith(":" + wanted) and fields[3] == "01"
    return count
