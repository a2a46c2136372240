"""Part 4: how soon it answers, what it takes while nobody asks, and what it adds to a job's way to the cluster."""

import http.client
import json
import ssl
import statistics
import time

from world import SeedPeer, family, memory_mib, scheduled_ms

JOBS = 40  # of each peer and round
NAMESPACE = "bench"
MANIFEST = {
    "spec": {
        # Suspended: neither peer's jobs make pods, which would be measured too.
        "suspend": True,
        "backoffLimit": 1,
        "template": {
            "spec": {
                "containers": [{"name": "job-container", "image": "busybox", "command": ["echo", "Hello World"]}],
                "restartPolicy": "Never",
            }
        },
    }
}


def startup(bench):
    """From the start of serve, tunnel and nginx to the first /health; Redis runs already, as the seed needs none."""
    shots, ran, waited = [], [], []
    for _ in range(max(5, bench.rounds)):
        # A stack of its own each time; the clock begins when its processes do.
        gateway = bench.unstarted_gateway()
        try:
            gateway.prepare()
            gateway.start_redis()
            begin = time.monotonic()
            gateway.start_serve()
            gateway.start_tunnel()
            gateway.start_nginx()
            while not gateway.health():
                time.sleep(0.001)
            shots.append((time.monotonic() - begin) * 1000)
            pids = family(gateway.serve.pid, gateway.tunnel.pid, gateway.nginx.pid)
            for values, value in zip((ran, waited), scheduled_ms(pids), strict=True):
                values.append(value)
        finally:
            gateway.stop()
    bench.add("start-up to /health", "eksgate", None, shots, "ms")
    bench.add("start-up: on a core", "eksgate", None, ran, "ms")
    bench.add("start-up: ready, without a core", "eksgate", None, waited, "ms")
    bench.judge("start-up: serve, tunnel and nginx, to the first /health", statistics.median(shots), 100, None, "ms")
    cluster = bench.cluster()
    begin = time.monotonic()
    peer = SeedPeer(bench.world, cluster.env, "demo", "fastapi")
    bench.add("start-up to its first answer", "fastapi", None, [(time.monotonic() - begin) * 1000], "ms")
    peer.child.stop()


def idle(bench):
    """Memory (Pss) of a gateway that has connected one cluster and then is asked nothing."""
    stack = bench.fresh_gateway("idle", agent=True).stack
    time.sleep(5)
    names = ("serve", "tunnel", "agent", "nginx", "redis")
    parts = {name: memory_mib(family(getattr(stack, name).pid)) for name in names}
    for name, value in parts.items():
        bench.add("idle memory", name, None, [value], "MiB")
    pool = parts["serve"] + parts["tunnel"] + parts["agent"]
    bench.add("idle memory", "all of eksgate", None, [pool], "MiB")
    bench.add("idle memory", "with nginx, redis", None, [sum(parts.values())], "MiB")
    bench.judge("idle memory of the whole pool: serve, all workers, tunnel, agent", pool, 16, None, "MiB")
    peer = SeedPeer(bench.world, bench.cluster().env, "demo", "fastapi")
    bench.add("idle memory", "fastapi", None, [memory_mib(peer.pids())], "MiB")
    peer.child.stop()


class Client:
    """One kept connection; each request's time to its last byte."""

    def __init__(self, port, headers=None, tls=False):
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=60, context=context)
        else:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Content-Type": "application/json"} | (headers or {})

    def ask(self, method, path, body=None):
        begin = time.monotonic()
        self.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        reply = self.connection.getresponse()
        text = reply.read()
        took = (time.monotonic() - begin) * 1000
        if reply.status not in (200, 201):
            raise RuntimeError(f"{method} {path}: {reply.status} {text[:300]!r}")
        return took


class Direct(Client):
    """The API server itself: a whole manifest, as what stands before it has to send it in the end."""

    name = "direct"

    def create(self, name):
        labels = {"app": "eks-api", "job-id": name}
        spec = json.loads(json.dumps(MANIFEST["spec"]))
        spec["template"]["metadata"] = {"labels": labels}
        body = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": labels}, "spec": spec}
        return self.ask("POST", f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs?fieldValidation=Strict", body)

    def status(self, name):
        return self.ask("GET", f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs/{name}")


class Seed(Client):
    """The seed's own routes: of eksgate, and of its own stack."""

    def __init__(self, name, port, query=""):
        super().__init__(port)
        self.name, self.query = name, query

    def create(self, name):
        body = {"job_manifest": MANIFEST | {"metadata": {"name": name}}, "namespace": NAMESPACE}
        return self.ask("POST", f"/api/eks-create-job?{self.query}", body)

    def status(self, name):
        path = f"/api/eks-get-job-status?job_name={name}&namespace={NAMESPACE}"
        return self.ask("GET", path + (f"&{self.query}" if self.query else ""))


def jobs(bench):
    """A job made, and its state read, one after another: straight, through eksgate, through the seed's stack."""
    cluster, gateway = bench.cluster(), bench.gateway()
    seed = SeedPeer(bench.world, cluster.env, "demo", "fastapi")
    peers = [
        Direct(cluster.port, {"Authorization": f"Bearer {cluster.token()}"}, tls=True),
        Seed("eksgate", gateway.port, f"cluster={gateway.cluster}"),
        Seed("fastapi", seed.port),
    ]
    shots = {(peer.name, what): [] for peer in peers for what in ("create", "status")}
    with cluster.quiet():
        for number in range(bench.rounds + 1):
            for peer in peers if number % 2 == 0 else peers[::-1]:
                names = [f"{peer.name}-{number}-{i}" for i in range(JOBS if number else 5)]
                created = [peer.create(name) for name in names]
                read = [peer.status(name) for name in names]
                if number:  # the first round only warms connections and caches
                    shots[peer.name, "create"].append(statistics.median(created))
                    shots[peer.name, "status"].append(statistics.median(read))
        cluster.kubectl_run("delete", "jobs", "-n", NAMESPACE, "-l", "app=eks-api", "--wait=false")
    seed.child.stop()
    for what in "create", "status":
        for peer in peers:
            bench.add(f"job {what} p50", peer.name, 1, shots[peer.name, what], "ms")
        for name in "eksgate", "fastapi":
            pairs = zip(shots[name, what], shots["direct", what], strict=True)
            added = [ours - direct for ours, direct in pairs]
            bench.add(f"job {what} p50 added to direct", name, 1, added, "ms")
            if name == "eksgate":
                bench.judge(f"job {what}: p50 added to the cluster's own time", statistics.median(added), 5, None, "ms")
