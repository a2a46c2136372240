"""What holds when things get large, slow or many: memory, stopping, broken lists, configurations that could starve."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs

import pytest
import stack as stacks
from client import assert_status, read_reply, readable, wait_until
from conftest import BINARY, ROOT
from stubs.kube import Answer, KubeStub, Wire, json_answer
from test_streams import children, connect

RELEASE = ROOT / "build" / "eksgate"


def pod(number):
    name = f"pod-{number:05}"
    return {
        "metadata": {
            "name": name,
            "namespace": "many",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "uid": name,
            "labels": {f"label-{n}": "x" * 40 for n in range(12)},
            "annotations": {"note": "y" * 1500},
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "example/app:1"}]},
        "status": {"phase": "Running"},
    }


class ManyPods:
    """A list of pods in pages, as the API server gives it, each page written once."""

    def __init__(self, total):
        self.total = total
        self.pages = {}

    def __call__(self, request):
        query = parse_qs(request.target.partition("?")[2])
        start, limit = int(query.get("continue", ["0"])[0]), int(query["limit"][0])
        if (start, limit) not in self.pages:
            end = min(start + limit, self.total)
            left = {"continue": str(end), "remainingItemCount": self.total - end} if end < self.total else {}
            names = ["Name", "Ready", "Status", "Restarts", "Age"]
            self.pages[start, limit] = json_answer(
                {
                    "kind": "Table",
                    "apiVersion": "meta.k8s.io/v1",
                    "metadata": {"resourceVersion": "1"} | left,
                    "columnDefinitions": [
                        {"name": n, "type": "string", "format": "", "description": "", "priority": 0} for n in names
                    ],
                    "rows": [
                        {"cells": [f"pod-{n:05}", "1/1", "Running", "0", "1d"], "object": pod(n)}
                        for n in range(start, end)
                    ],
                }
            )
        return self.pages[start, limit]


def workers(serve):
    pids = [p for p in stacks.session_members(serve.pid) if p != serve.pid]
    status = {pid: Path(f"/proc/{pid}/status").read_text() for pid in pids}
    mib = lambda text, name: int(re.search(rf"{name}:\s+(\d+)", text)[1]) / 1024
    return {pid: (mib(text, "VmRSS"), mib(text, "VmHWM")) for pid, text in status.items()}


def test_a_list_of_ten_thousand_pods_costs_a_worker_a_page_and_leaves_nothing(launcher, short_tmp, stubs):
    """Before the released binary: sanitizers keep memory of their own."""
    stubs.kube.on("/api/v1/pods", ManyPods(10_000))
    gateway = launcher.start(short_tmp, env=stubs.environment() | {"LOG_LEVEL": "INFO"}, binary=RELEASE)
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    identity = gateway.post("/api/clusters/connect", body).json["connection_id"]
    path = f"/api/clusters/{identity}/resources/pods"
    for _ in range(4):
        assert len(gateway.get(path).json["items"]) == 10_000
    before = workers(gateway.stack.serve)
    for sort in ("", "?sort=-name&limit=100", "") * 4:
        assert gateway.get(path + sort).status == 200
    after = workers(gateway.stack.serve)
    launcher.stop(gateway)
    assert len(after) == gateway.stack.processes
    for pid, (resident, peak) in after.items():
        assert peak <= 20, f"worker {pid}: {peak:.1f} MiB"
        assert resident - before[pid][0] < 2, f"worker {pid} grew by {resident - before[pid][0]:.1f} MiB"


def test_a_list_that_breaks_off_is_seen_as_broken(stubbed, stubs, connected):
    whole = ManyPods(1000)
    stubs.kube.on(
        "/api/v1/pods",
        whole,
        Wire([b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"kind":"Table",']),
    )
    with pytest.raises((http.client.HTTPException, OSError, ValueError)):
        json.loads(stubbed.get(f"/api/clusters/{connected}/resources/pods").body)


def test_a_list_whose_first_page_fails_is_an_error(stubbed, stubs, connected):
    stubs.kube.on("/api/v1/pods", Answer(200, b'{"kind":"Table","rows":{"not":"a list"}}'))
    reply = stubbed.get(f"/api/clusters/{connected}/resources/pods")
    assert_status(reply, 502, "InternalError", slug="upstream-broken")


def test_a_cluster_that_accepts_and_does_not_answer_is_504(stubbed, stubs):
    stubs.kube.on("/api/v1/namespaces", Wire([30]))
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    begin = time.monotonic()
    assert_status(stubbed.post("/api/clusters/connect", body), 504, "Timeout", slug="upstream-timeout")
    assert time.monotonic() - begin < 25


def open_watches(gateway, stubs, count):
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    identity = gateway.post("/api/clusters/connect", body).json["connection_id"]
    stubs.kube.on(
        "*", Wire([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", 60])
    )
    for _ in range(count):
        watch = socket.create_connection((gateway.host, gateway.port))
        watch.sendall(f"GET /raw/clusters/{identity}/api/v1/pods?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert watch.recv(4096).startswith(b"HTTP/1.1 200 ")
        yield watch


def processor_seconds(pid):
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def test_an_idle_process_sleeps(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=1)
    assert gateway.get("/health").status == 200
    (serve,) = children(gateway.stack.serve.pid)
    time.sleep(11)  # longer than a thread is kept for the next request
    before = processor_seconds(serve)
    time.sleep(2)
    assert processor_seconds(serve) - before < 0.1
    launcher.stop(gateway)


def start_with_own_cluster(launcher, directory, stubs, limits={}):
    """A gateway of one process, and a cluster at which no other test's gateway looks."""
    kube = KubeStub(stubs.authority.issue("own-cluster"))
    allowed = {"EKSGATE_ALLOW_ENDPOINTS": f"127.0.0.1:{kube.port}"}
    gateway = launcher.start(directory, env=stubs.environment() | allowed | limits, processes=1)
    return gateway, kube, connect(gateway, stubs, port=kube.port)


def test_threads_of_a_burst_end_although_a_request_comes_now_and_then(launcher, short_tmp, stubs):
    gateway, kube, identity = start_with_own_cluster(launcher, short_tmp, stubs)
    (serve,) = children(gateway.stack.serve.pid)
    threads = lambda: len(os.listdir(f"/proc/{serve}/task"))
    most = []
    together = threading.Barrier(8, action=lambda: most.append(threads()))

    def answer(request):
        together.wait(20)
        return json_answer({"kind": "NamespaceList", "apiVersion": "v1", "metadata": {}, "items": []})

    kube.on("/api/v1/namespaces", answer)
    path = f"/api/clusters/{identity}/namespaces"
    asking = [threading.Thread(target=gateway.get, args=(path,)) for _ in range(together.parties)]
    for one in asking:
        one.start()
    for one in asking:
        one.join(20)
    assert len(most) == 1 and most[0] > together.parties

    def request_and_count():
        assert gateway.get("/api/clusters").status == 200
        time.sleep(0.5)
        return threads()

    wait_until(lambda: request_and_count() <= most[0] - together.parties + 2)
    launcher.stop(gateway)


def test_everything_stops_although_clients_watch(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment())
    watches = list(open_watches(gateway, stubs, 5))
    begin = time.monotonic()
    launcher.stop(gateway)
    assert time.monotonic() - begin < 30
    for watch in watches:
        watch.close()


def test_serve_alone_ends_although_nobody_closes_its_streams(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment())
    watches = list(open_watches(gateway, stubs, 5))
    serve = gateway.stack.serve
    begin = time.monotonic()
    serve.popen.send_signal(signal.SIGTERM)
    while not serve.exited() and time.monotonic() - begin < 60:
        time.sleep(0.02)
    assert time.monotonic() - begin < 30  # five seconds of grace, and the end
    assert [pid for pid in stacks.session_members(serve.pid) if pid != serve.pid] == []
    launcher.stop(gateway)
    for watch in watches:
        watch.close()


@pytest.mark.parametrize("processes, threads", [(1, 2), (1, 32), (2, 8), (4, 32), (8, 16), (16, 2)])
def test_every_configuration_that_is_rendered_passes_the_check(short_tmp, processes, threads):
    stack = stacks.Stack(
        short_tmp / "run", binary=BINARY, processes=processes, threads=threads, env={"PATH": "/usr/bin:/bin"}
    )
    try:
        stack.prepare()
    finally:
        stack.stop()


def test_kept_connections_do_not_starve_new_ones(bare):
    """More idle clients than there are threads: each holds a connection to nginx, none holds a handler."""
    idle = []
    try:
        for _ in range(150):
            connection = http.client.HTTPConnection(bare.host, bare.port, timeout=10)
            connection.request("GET", "/health")
            connection.getresponse().read()
            idle.append(connection)
        begin = time.monotonic()
        assert bare.get("/health").status == 200
        assert time.monotonic() - begin < 10
    finally:
        for connection in idle:
            connection.close()


def test_many_requests_at_once_share_few_connections_and_none_is_lost(launcher, short_tmp, stubs):
    """Four connections and room for 500 who wait: of 510 at the same time the last are told to come again, and do."""
    limits = {"EKSGATE_CLUSTER_CONNECTIONS": "4", "EKSGATE_CLUSTER_QUEUE": "500"}
    gateway, kube, identity = start_with_own_cluster(launcher, short_tmp, stubs, limits)
    may_answer = threading.Event()

    def answer(request):
        may_answer.wait(60)
        return json_answer({"path": request.target})

    kube.on("*", answer)
    kube.cut()
    wait_until(lambda: kube.open_connections == 0)
    kube.most_open = 0
    prefix, names = f"/raw/clusters/{identity}", [f"/one/{number}" for number in range(510)]
    left = {prefix + name: gateway.begin(prefix + name) for name in names}
    refused = []

    def take_refused():
        ready = readable(left.values(), 1)
        for path in [path for path, connection in left.items() if connection in ready]:
            assert_told_to_come_again(read_reply(left.pop(path)))
            refused.append(path)
        return len(refused) >= 6

    wait_until(take_refused)
    assert kube.open_connections <= 4
    may_answer.set()
    answers = {}
    while left:
        for path, connection in left.items():
            reply = read_reply(connection)
            if reply.status == 200:
                answers[path] = reply.json["path"]
            else:
                assert_told_to_come_again(reply)
                refused.append(path)
        left, refused = {path: gateway.begin(path) for path in refused}, []
    assert answers == {prefix + name: name for name in names}
    assert len([r for r in kube.requests if r.target.startswith("/one/")]) == len(names)
    assert kube.most_open <= 4
    launcher.stop(gateway)


def assert_told_to_come_again(reply):
    status = assert_status(reply, 429, "TooManyRequests")
    assert reply.header("Retry-After") == "1" and status["details"]["retryAfterSeconds"] == 1
