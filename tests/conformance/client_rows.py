"""Rows 73 to 88: what programs written with client libraries see, and helm. The programs lie beside this file."""

import time

from rows import NotRun, Row
from wire import eventually

PYTHON = "python $CONFORMANCE/client_python.py"
NODE = "node $CONFORMANCE/client-node/client.mjs"
HELM = "helm --kubeconfig $KUBECONFIG --namespace $NS"


CUTS = 5


def informer(seconds):
    """For so long pods come, change and go, while every connection to the API server is cut five times."""

    def steps(side, row, scratch, world):
        way, relay = world.cuttable(side)
        namespace = way.namespace(row)
        pods = f"/api/v1/namespaces/{namespace}/pods"
        container = {"name": "main", "image": "registry.example/web:1"}

        def make(name):
            body = {"metadata": {"name": name, "labels": {"value": "0"}}, "spec": {"containers": [container]}}
            status, answer = world.kube("POST", pods, body)
            assert status == 201, answer

        process = way.start(row, way.scratch(row), "client-go informer >out 2>err")
        folder = way.home / row.name
        make("begin")
        watching = lambda: "watching" in (folder / "out").read_text() or process.poll() is not None
        eventually(watching, 60, "the informer watches")
        begun, changes = time.monotonic(), 40 if seconds < 60 else 150
        for number in range(changes):
            make(f"pod-{number:03}")
            if number % (changes // CUTS) == changes // CUTS // 2:
                eventually(relay.cut, 60, "there is a connection to cut")
            if number % 3 == 1:
                world.kube("PATCH", f"{pods}/pod-{number - 1:03}", {"metadata": {"labels": {"value": str(number)}}})
            if number % 5 == 3:
                world.kube("DELETE", f"{pods}/pod-{number - 2:03}?gracePeriodSeconds=0")
            time.sleep(max(0, begun + seconds * (number + 1) / changes - time.monotonic()))
        make("end")
        status = process.wait(120)
        assert status == 0, (folder / "err").read_text()
        return (folder / "out").read_text()

    return steps


def retries(side, row, scratch, world):
    """The API server asks for patience twice: how often the client comes is the same."""
    side, kube = world.stubbed(side)
    stub = world.stubs.kube
    busy = stub.status_answer(429, "TooManyRequests", "slow down", [("Retry-After", "1")])
    pods = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": []}
    path = "/api/v1/namespaces/listed/pods"
    kube.requests.clear()
    kube.on(path, busy, busy, stub.json_answer(pods))
    step = side.run(row, side.scratch(row), "client-go list")
    assert step.status == 0, step.stderr
    return f"{step.stdout}after {len(kube.seen(path))} attempts"


def go(number, title, command, **options):
    return Row(number, title, f"client-go {command}", needs=("client-go",), own=True, **options)


def python(number, title, command, *needs, **options):
    return Row(number, title, f"{PYTHON} {command}", needs=("python", *needs), own=True, **options)


def node(number, title, command, *needs, **options):
    return Row(number, title, f"{NODE} {command}", needs=("client-node", *needs), own=True, fast=False, **options)


ROWS = [
    Row(73, "client-go: an informer of pods whose connections are cut five times", informer(7), needs=("client-go",),
        own=True, alone=True, part="a"),
    Row(73, "the same for ten minutes", informer(600), needs=("client-go",), own=True, part="b", fast=False,
        together=True),
    go(74, "client-go: initial events and bookmarks", "bookmarks", says=(
        "that was all: true\ninitial events: ADDED/first ADDED/second ADDED/third\nthen: ADDED later",
        "ADDED map-3\nbookmarked: true")),
    go(75, "client-go: protobuf", "protobuf", says=("watched: ADDED",)),
    go(76, "client-go: leader election and a write that comes too late", "election", says=("too late: true",)),
    go(77, "client-go: eviction, scale, dynamic, metadata only", "clients", says=("evicted: <nil>",)),
    Row(78, "client-go: 429 with Retry-After", retries, needs=("client-go",), own=True, alone=True),
    python(79, "Python: list, create, patch, delete", "objects", says=("deleted",)),
    python(80, "Python: watch, its end, and going on after 410", "watching", says=("410",), fast=False),
    python(81, "Python: exec", "execute", "node", says=("status 7",), fast=False),
    python(82, "Python: create from YAML", "from_yaml", says=("ConfigMap/map",), fast=False),
    node(83, "client-node: list and patches", "objects", says=("merge",)),
    node(84, "client-node: watch, informer, log", "watching", "node", says=("line 6",)),
    node(85, "client-node: exec, attach, port-forward, cp", "streams", "node", says=("to the pod: copied\n70000", "from the pod: true 70000")),
    Row(86, "helm: install, upgrade, rollback, list", f"""
        {HELM} install web chart
        {HELM} upgrade web chart --set replicas=2
        {HELM} rollback web 1
        {HELM} history web
        {HELM} list
        kubectl get deployment -o jsonpath='{{.items[*].spec.replicas}}'
        {HELM} uninstall web
        """, needs=("helm",), own=True, part="a", says=("superseded",)),
    Row(86, "helm test", f"""
        {HELM} install web chart --set real=true
        {HELM} test web --logs
        """, needs=("helm", "node"), own=True, part="b", fast=False, says=("Succeeded", "it works")),
    Row(87, "kustomize and apply", """
        kubectl kustomize kustomize | kubectl apply -f -
        kubectl apply -k kustomize
        kubectl get configmap -l from=kustomize -o yaml
        """, own=True, says=("unchanged",)),
    go(88, "30 watches at once, to the cluster on one HTTP/2 connection", "watches", part="a", says=(
        "ADDED/map-29", "needs: true")),
    NotRun(88, "30 watches on one HTTP/2 connection to the gateway", "it offers HTTP/1.1 only, because nginx 1.22 holds "
           "back the head of an idle watch over HTTP/2 (docs/access.md); 88a has each on its own connection", "b"),
    NotRun(88, "k9s, Lens", "terminal and desktop programs; what they ask is in 74, 75, 88a and 100", "c"),
]  # fmt: skip
