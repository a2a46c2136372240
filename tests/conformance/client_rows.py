"""Rows 73 to 88: what programs written with client libraries see, and helm. The programs lie beside this file."""

import time

from rows import NotRun, Row

PYTHON = "python $CONFORMANCE/client_python.py"
NODE = "node $CONFORMANCE/client-node/client.mjs"
HELM = "helm --kubeconfig $KUBECONFIG --namespace $NS"


def informer(side, row, scratch, world):
    """Objects come, change and go while every connection to the API server is cut five times."""
    side, relay = world.cuttable(side)
    namespace = side.namespace(row)
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    make = lambda name: world.kube("POST", maps, {"metadata": {"name": name}, "data": {"value": "0"}})
    process = side.start(row, side.scratch(row), "client-go informer >out 2>err")
    folder = side.home / row.name
    make("begin")
    deadline = time.monotonic() + 30
    while "watching" not in (folder / "out").read_text():
        assert time.monotonic() < deadline and process.poll() is None, (folder / "err").read_text()
        time.sleep(0.1)
    for number in range(40):
        make(f"map-{number:02}")
        if number % 8 == 4:
            assert relay.cut(), "there was no connection to cut"
        if number % 3 == 1:
            world.kube("PATCH", f"{maps}/map-{number - 1:02}", {"data": {"value": str(number)}})
        if number % 5 == 3:
            world.kube("DELETE", f"{maps}/map-{number - 2:02}")
        time.sleep(0.05)
    make("end")
    status = process.wait(60)
    assert status == 0, (folder / "err").read_text()
    return (folder / "out").read_text()


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
    Row(73, "client-go: an informer whose connections are cut five times", informer, needs=("client-go",), own=True,
        alone=True),
    go(74, "client-go: bookmarks", "bookmarks", says=("ADDED map-3\nbookmarked: true",)),
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
    node(85, "client-node: exec, attach, port-forward, cp", "streams", "node", says=("copied\n70000",)),
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
    go(88, "30 watches at once", "watches", says=("ADDED/map-29",)),
    NotRun(88, "k9s, Lens", "terminal and desktop programs; what they ask is in 74, 75, 88 and 100", "b"),
]  # fmt: skip
