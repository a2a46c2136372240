"""What clusters, nodes and pods used: sampled by the agent, read as points, a gap where there was no sample."""

import calendar
import json
import re
import time
import uuid
from pathlib import Path

import pytest
from client import assert_status, wait_until
from jobs_world import connect_demo
from stubs.kube import KubeStub, Wire, json_answer, status_answer
from test_agent import Herd, Lies

METRICS = "/apis/metrics.k8s.io/v1beta1"
NODES, PODS = f"{METRICS}/nodes", f"{METRICS}/pods"
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
STEP = 1
SETTINGS = {
    "EKSGATE_USAGE_STEP_SECONDS": str(STEP),
    "EKSGATE_USAGE_KEPT_SECONDS": "1200",
    "EKSGATE_USAGE_LONG_STEP_SECONDS": "3600",
    "EKSGATE_USAGE_LONG_KEPT_SECONDS": "7200",
    "EKSGATE_AGENT_LEASE_SECONDS": "4",
}


def amounts(cpu, memory):
    return {"cpu": cpu, "memory": memory}


def node_metrics(*items):
    return json_answer(
        {"kind": "NodeMetricsList", "items": [{"metadata": {"name": name}, "usage": usage} for name, usage in items]}
    )


def pod_metrics(*items):
    listed = [
        {
            "metadata": {"name": name, "namespace": namespace},
            "containers": [{"name": container, "usage": usage} for container, usage in containers.items()],
        }
        for namespace, name, containers in items
    ]
    return json_answer({"kind": "PodMetricsList", "items": listed})


def points(gateway, cluster, rest="", query=""):
    reply = gateway.get(f"/api/v1/clusters/{cluster}{rest}{query}")
    assert reply.status == 200, reply.text
    found = reply.json
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", point["timestamp"]) for point in found)
    times = [point["timestamp"] for point in found]
    assert times == sorted(set(times)), "the oldest first, and each once"
    return found


def sampling(gateway, cluster):
    reply = gateway.get(f"/api/v1/clusters/{cluster}/sampling")
    assert reply.status == 200, reply.text
    return reply.json


def wait_for_state(gateway, cluster, state):
    return wait_until(lambda: (said := sampling(gateway, cluster))["state"] == state and said)


# What may be asked.


@pytest.mark.parametrize(
    "rest, field",
    [
        ("?from=yesterday", "from"),
        ("?to=2026-13-01T00:00:00Z", "to"),
        ("?step=0s", "step"),
        ("?step=-5m", "step"),
        ("?step=5", "step"),
        ("?agg=count", "agg"),
        ("?agg=SUM(cpu);DROP%20TABLE%20pods", "agg"),
        ("?metric=disk", "metric"),
        ("?container=main", "container"),
        ("?limit=5", "limit"),
        ("/nodes/A_b", "nodes"),
        ("/nodes/a,,b", "nodes"),
        ("/nodes/a%0ab", "nodes"),
        ("/nodes/" + "n," * 1000 + "n", "nodes"),
        ("/namespaces/Web/pods/one", "namespace"),
        ("/namespaces/web/pods/one%20two", "pods"),
        ("/namespaces/web/pods/one,..", "pods"),
        ("/namespaces/web/pods/one?container=a%20b", "container"),
        ("/namespaces/web/pods/one/COUNT", "op"),
        ("/namespaces/web/pods/one/SUM(cpu)", "op"),
        ("/namespaces/web/pods/one/sum;drop%20table%20pods", "op"),
        ("/namespaces/web/pods/one/avg%0aFLUSHALL", "op"),
        ("/namespaces/web/pods/one/avg')%20redis.call('FLUSHALL", "op"),
        ("/namespaces/web/pods/one/avg?agg=sum", "agg"),
    ],
)
def test_what_is_none_of_the_values_is_refused_by_field(stubbed, connected, rest, field):
    reply = stubbed.get(f"/api/v1/clusters/{connected}{rest}")
    assert_status(reply, 400, "BadRequest")
    assert [cause["field"] for cause in reply.json["details"]["causes"]] == [field], reply.text


@pytest.mark.parametrize("rest", ["", "/sampling", "/nodes/n", "/namespaces/web/pods/p", "/namespaces/web/pods/p/avg"])
def test_an_unknown_cluster_is_not_found(stubbed, rest):
    assert stubbed.get(f"/api/v1/clusters/nobody{rest}").status == 404


def test_without_an_agent_there_are_no_points_and_that_is_said(stubbed, connected):
    assert points(stubbed, connected) == []
    said = sampling(stubbed, connected)
    assert (said["state"], said["source"], said["sampled_at"]) == ("unknown", None, None)
    assert (said["step_seconds"], said["kept_seconds"]) == (60, 900)
    assert (said["long_step_seconds"], said["long_kept_seconds"]) == (300, 86400)


# Agents before clusters that answer as they are told.


@pytest.fixture(scope="module")
def module_lies(launcher, session_directory, stub_session):
    directory = session_directory / f"usage-{uuid.uuid4().hex[:8]}"
    directory.mkdir()
    other = KubeStub(stub_session.authority.issue("another-metered-cluster"))
    environment = stub_session.environment()
    environment["EKSGATE_ALLOW_ENDPOINTS"] += f",127.0.0.1:{other.port}"
    lies = Lies(Herd(launcher.start(directory, env=environment | SETTINGS)), stub_session)
    lies.other = other
    lies.gateway = lies.herd.gateway
    yield lies
    launcher.stop(lies.gateway)
    other.close()


@pytest.fixture
def lies(module_lies, stubs):
    module_lies.other.reset()
    yield module_lies
    module_lies.herd.end_all()
    for cluster in module_lies.gateway.get("/api/clusters").json["clusters"]:
        module_lies.gateway.post(f"/api/clusters/{cluster['id']}/disconnect")


def has_metrics(kube):
    kube.on(NODES, node_metrics(("a", amounts("123456789n", "1Gi")), ("b", amounts("1", "2Gi")), ("new", {})))
    kube.on(
        PODS,
        pod_metrics(
            ("web", "one", {"main": amounts("250m", "100Mi"), "proxy": amounts("3141592n", "20Mi")}),
            ("web", "two", {"main": amounts("50m", "50Mi")}),
            ("web", "bad name", {"main": amounts("1", "1")}),
            ("web", "odd", {"main": amounts("much", "1Mi")}),
        ),
    )


GIB, MIB = 1 << 30, 1 << 20


@pytest.mark.parametrize(
    "rest, cpu, memory",
    [
        ("", 1124, 3 * GIB),
        ("?agg=avg", 562, 3 * GIB // 2),
        ("?agg=max", 1000, 2 * GIB),
        ("?agg=min", 124, GIB),
        ("/nodes/a", 124, GIB),
        ("/nodes/a,b", 1124, 3 * GIB),
        ("/nodes/a,b?agg=max", 1000, 2 * GIB),
        ("/nodes/a,absent", 124, GIB),
        ("/namespaces/web/pods/one", 254, 120 * MIB),
        ("/namespaces/web/pods/one?container=proxy", 4, 20 * MIB),
        ("/namespaces/web/pods/one,two", 304, 170 * MIB),
        ("/namespaces/web/pods/one,two?container=main", 300, 150 * MIB),
        ("/namespaces/web/pods/one,two?agg=max", 254, 120 * MIB),
        ("/namespaces/web/pods/one,two/AVG", 152, 85 * MIB),
        ("/namespaces/web/pods/one,two/min", 50, 50 * MIB),
        ("/namespaces/web/pods/one?metric=cpu", 254, None),
        ("/namespaces/web/pods/one?metric=memory", None, 120 * MIB),
        ("?step=1h", 1124, 3 * GIB),
        ("/nodes/b?from=2h", 1000, 2 * GIB),
    ],
)
def test_points_are_what_the_metrics_api_says(sampled, rest, cpu, memory):
    gateway, cluster = sampled
    path, _, query = rest.partition("?")
    found = points(gateway, cluster, path, "?" + query if query else "")
    assert found
    expected = {name: value for name, value in (("cpu", cpu), ("memory", memory)) if value is not None}
    assert {name: found[-1][name] for name in found[-1] if name != "timestamp"} == expected


@pytest.mark.parametrize(
    "rest", ["/nodes/new", "/nodes/absent", "/namespaces/web/pods/odd", "/namespaces/other/pods/one", "?from=10h&to=9h"]
)
def test_what_is_not_known_has_no_points(sampled, rest):
    assert points(*sampled, rest) == []


def test_the_boards_charts_are_the_same_points_beside_what_there_is(sampled, module_lies):
    """kore-board's shapes, by kore-board's paths; where there are samples, the cluster is not asked for usage."""
    gateway, cluster = sampled
    kube = module_lies.stubs.kube
    has = {"cpu": "2", "memory": "4Gi"}
    status = {"allocatable": has, "capacity": {"cpu": "4", "memory": "8Gi"}}
    kube.on("/api/v1/nodes", json_answer({"items": [{"metadata": {"name": name}, "status": status} for name in "ab"]}))
    kube.on("/api/v1/nodes/a", json_answer({"metadata": {"name": "a"}, "status": status}))
    columns = [{"name": name, "type": "string"} for name in ("Name", "Ready", "Status")]
    resources = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "200m", "memory": "128Mi"}}
    one = {
        "metadata": {"name": "one", "namespace": "web", "uid": "u1"},
        "spec": {"nodeName": "a", "containers": [{"name": "main", "resources": resources}]},
        "status": {"phase": "Running"},
    }
    kube.on(
        "/api/v1/namespaces/web/pods",
        json_answer({"kind": "Table", "columnDefinitions": columns, "rows": [{"cells": ["one", "1/1", "Running"], "object": one}]}),
    )
    kube.requests.clear()
    for board, scraper, beside in (
        ("metrics", "", {"allocatable": amounts(4000, 8 * GIB), "capacity": amounts(8000, 16 * GIB)}),
        ("nodes/a/metrics", "/nodes/a", {"allocatable": amounts(2000, 4 * GIB), "capacity": amounts(4000, 8 * GIB)}),
        (
            "namespaces/web/pods/one/metrics",
            "/namespaces/web/pods/one",
            {"limits": amounts(200, 128 * MIB), "requests": amounts(100, 64 * MIB)},
        ),
    ):
        reply = gateway.get(f"/api/clusters/{cluster}/{board}")
        assert reply.status == 200, reply.text
        answer = reply.json
        assert answer["metrics"] == points(gateway, cluster, scraper) and answer["metrics"]
        assert answer["source"] == "samples" and answer["errors"] == []
        assert {name: answer[name] for name in beside} == beside
        assert set(answer) == {*beside, "source", "metrics", "errors"}
    assert not kube.seen(NODES) and not kube.seen(PODS)


@pytest.fixture(scope="module")
def sampled(module_lies):
    """A cluster with samples, whose agent has ended: they do not change any more."""
    has_metrics(module_lies.stubs.kube)
    cluster = module_lies.connect(module_lies.stubs.kube)
    module_lies.herd.start()
    said = wait_for_state(module_lies.gateway, cluster, "sampled")
    assert (said["source"], said["message"], said["nodes"], said["containers"]) == ("metrics-server", "", 2, 3)
    module_lies.herd.end_all()
    yield module_lies.gateway, cluster
    module_lies.gateway.post(f"/api/clusters/{cluster}/disconnect")


def test_a_dead_cluster_does_not_hold_up_a_live_one(lies):
    has_metrics(lies.stubs.kube)
    dead, live = lies.connect(lies.other), lies.connect(lies.stubs.kube)
    lies.other.on(NODES, Wire([None]))
    lies.herd.start()
    wait_until(lambda: lies.other.seen(NODES))
    wait_until(lambda: len(points(lies.gateway, live)) >= 2)
    # It is still waited for.
    assert points(lies.gateway, dead) == []
    assert wait_for_state(lies.gateway, dead, "unavailable")["sampled_at"] is None
    assert sampling(lies.gateway, live)["state"] == "sampled"
    # It comes back, and is sampled without anybody asking for it.
    has_metrics(lies.other)
    wait_for_state(lies.gateway, dead, "sampled")


def summary(node, *pods):
    stats = lambda cpu, memory: {"cpu": {"usageNanoCores": cpu}, "memory": {"workingSetBytes": memory}}
    return json_answer(
        {
            "node": {"nodeName": node} | stats(1500000001, 5 * GIB),
            "pods": [
                {"podRef": {"name": name, "namespace": "web"}, "containers": [{"name": "main"} | stats(2000000, MIB)]}
                for name in pods
            ],
        }
    )


def names(*nodes):
    return json_answer({"kind": "NodeList", "items": [{"metadata": {"name": node}} for node in nodes]})


def test_without_a_metrics_api_the_kubelets_are_asked(lies):
    kube = lies.stubs.kube
    kube.on("/api/v1/nodes", names("a", "b"))
    kube.on("/api/v1/nodes/a/proxy/stats/summary", summary("a", "one"))
    kube.on("/api/v1/nodes/b/proxy/stats/summary", status_answer(503, "ServiceUnavailable", "no route"))
    cluster = lies.connect(kube)
    lies.herd.start()
    said = wait_for_state(lies.gateway, cluster, "sampled")
    assert (said["source"], said["message"]) == ("kubelets", "1 of 2 kubelets did not answer")
    point = points(lies.gateway, cluster)[-1]
    assert (point["cpu"], point["memory"]) == (1501, 5 * GIB)
    assert points(lies.gateway, cluster, "/namespaces/web/pods/one")[-1]["cpu"] == 2


FORBIDDEN = status_answer(403, "Forbidden", "no")
ABSENT = status_answer(404, "NotFound", "no")


@pytest.mark.parametrize(
    "answers, state, message",
    [
        ({}, "unavailable", "nodes can not be listed"),
        ({"/api/v1/nodes": FORBIDDEN}, "forbidden", "the identity may not"),
        ({"/api/v1/nodes": names("a")}, "absent", "no metrics API"),
        ({"/api/v1/nodes": names("a"), "/api/v1/nodes/a/proxy/stats/summary": FORBIDDEN}, "forbidden", "nodes/proxy"),
        ({"/api/v1/nodes": names(*(f"n{i}" for i in range(301)))}, "absent", "more nodes"),
        ({NODES: FORBIDDEN, PODS: FORBIDDEN}, "forbidden", "metrics.k8s.io"),
        ({NODES: status_answer(503, "ServiceUnavailable", "no")}, "unavailable", "answered 503"),
        ({NODES: node_metrics(), PODS: pod_metrics()}, "unavailable", "no usage yet"),
        ({NODES: json_answer({"items": "none"}), PODS: pod_metrics()}, "unavailable", ""),
        ({NODES: node_metrics(("a", amounts("1", "1"))), PODS: Wire([b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"])}, "unavailable", ""),
    ],
)  # fmt: skip
def test_why_there_is_no_sample_is_said(lies, answers, state, message):
    for path, answer in answers.items():
        lies.stubs.kube.on(path, answer)
    cluster = lies.connect(lies.stubs.kube)
    lies.herd.start()
    said = wait_for_state(lies.gateway, cluster, state)
    assert message in said["message"] and said["sampled_at"] is None
    assert points(lies.gateway, cluster) == []


@pytest.mark.parametrize("forbidden, missing", [(NODES, "nodes"), (PODS, "pods")])
def test_half_of_what_may_be_read_is_better_than_nothing(lies, forbidden, missing):
    has_metrics(lies.stubs.kube)
    lies.stubs.kube.on(forbidden, FORBIDDEN)
    cluster = lies.connect(lies.stubs.kube)
    lies.herd.start()
    said = wait_for_state(lies.gateway, cluster, "sampled")
    assert f"may not list {missing}" in said["message"]
    assert bool(points(lies.gateway, cluster)) == (missing == "pods")
    assert bool(points(lies.gateway, cluster, "/namespaces/web/pods/one")) == (missing == "nodes")


def test_samples_end_with_their_life_and_so_do_those_of_a_cluster_that_went(launcher, session_directory, stubs):
    directory = session_directory / f"usage-{uuid.uuid4().hex[:8]}"
    directory.mkdir()
    short = {"EKSGATE_USAGE_KEPT_SECONDS": "3", "EKSGATE_USAGE_CONTAINERS": "2"}
    gateway = launcher.start(directory, env=stubs.environment() | SETTINGS | short)
    lies = Lies(Herd(gateway), stubs)
    has_metrics(stubs.kube)
    cluster = lies.connect(stubs.kube)
    lies.herd.start()
    wait_until(lambda: points(gateway, cluster))
    said = sampling(gateway, cluster)
    assert (said["containers"], said["left_out"]) == (2, 1) and "EKSGATE_USAGE_CONTAINERS" in said["message"]
    gateway.post(f"/api/clusters/{cluster}/disconnect")
    wait_until(lambda: b"eksgate:samples:" not in lies.herd.redis("KEYS", "eksgate:samples:*"))
    # What is kept for longer is there, and seen again once the cluster is.
    assert b"eksgate:samples_long:" in lies.herd.redis("KEYS", "eksgate:samples_long:*")
    lies.herd.end_all()
    launcher.stop(gateway)


# Agents before the sandbox, whose metrics-server is a real one.


@pytest.fixture(scope="module")
def metrics_api(sandbox, direct):
    """The sandbox's metrics API, registered for these tests only. metrics-server is built behind everything else."""
    manifest = Path(sandbox.state["metrics"])
    wait_until(manifest.exists, 45 * 60)
    service, registration = map(json.loads, manifest.read_text().split("---\n"))
    kind = {"Content-Type": "application/json"}
    made = {"/api/v1/namespaces/kube-system/services": service, API_SERVICE.rpartition("/")[0]: registration}
    for path, item in made.items():
        assert direct.request("POST", path, json.dumps(item), kind).status in (201, 409)
    for path in (NODES, f"{METRICS}/namespaces/payments/pods"):
        wait_until(lambda path=path: direct.request("GET", path).status == 200 and direct.get(path)["items"])
    yield
    for path, item in made.items():
        direct.request("DELETE", f"{path}/{item['metadata']['name']}")
    wait_until(lambda: "apis/metrics.k8s.io/v1beta1" not in direct.get("/openapi/v3")["paths"])


@pytest.fixture(scope="module")
def world(launcher, session_directory, sandbox, metrics_api):
    directory = session_directory / "usage"
    directory.mkdir()
    herd = Herd(launcher.start(directory, env=sandbox.env | SETTINGS))
    connect_demo(herd.gateway)
    yield herd
    launcher.stop(herd.gateway)


@pytest.fixture
def herd(world):
    yield world
    world.end_all()


DEMO = "us-east-1_demo"


def test_a_real_metrics_server_is_sampled_of_nodes_and_pods(herd, direct):
    herd.start()
    said = wait_for_state(herd.gateway, DEMO, "sampled")
    assert said["source"] == "metrics-server" and said["nodes"] >= 3
    listed = direct.get(NODES)["items"]
    together = ",".join(item["metadata"]["name"] for item in listed)
    at = points(herd.gateway, DEMO)[-1]["timestamp"]
    whole = points(herd.gateway, DEMO, query=f"?from={at}&to={at}")
    board = herd.gateway.get(f"/api/clusters/{DEMO}/metrics").json
    assert board["source"] == "samples" and board["errors"] == [] and whole[0] in board["metrics"]
    assert whole == points(herd.gateway, DEMO, f"/nodes/{together}", f"?from={at}&to={at}")
    assert whole[0]["cpu"] > 0 and whole[0]["memory"] > 64 * MIB
    pods = [pod["metadata"]["name"] for pod in direct.get(f"{METRICS}/namespaces/payments/pods")["items"]]
    one = wait_until(lambda: points(herd.gateway, DEMO, f"/namespaces/payments/pods/{pods[0]}"))
    # sandbox/kwok/usage.yaml
    assert all(0 < point["cpu"] < 1000 and 40 * MIB < point["memory"] < 1000 * MIB for point in one)


def aim(direct, port):
    """Where the API server looks for the metrics API; where it looked until now."""
    before = direct.get(API_SERVICE)["spec"]["service"]["port"]
    patch = {"spec": {"service": {"port": port}}}
    reply = direct.request(
        "PATCH", API_SERVICE, json.dumps(patch), {"Content-Type": "application/merge-patch+json"}
    )
    assert reply.status == 200, reply.text
    return before


def test_cutting_metrics_server_is_a_gap_and_nothing_is_invented(herd, direct, sandbox):
    herd.start()
    wait_until(lambda: points(herd.gateway, DEMO))
    closed = int(sandbox.state["aws"]["closed"])
    port = aim(direct, closed)
    try:
        said = wait_for_state(herd.gateway, DEMO, "unavailable")
        cut_from = said["attempted_at"]
        assert "503" in said["message"]
        wait_until(lambda: sampling(herd.gateway, DEMO)["attempted_at"] > later(cut_from, 3 * STEP))
        cut_to = sampling(herd.gateway, DEMO)["attempted_at"]
        assert sampling(herd.gateway, DEMO)["state"] == "unavailable"
    finally:
        aim(direct, port)
    wait_until(lambda: points(herd.gateway, DEMO)[-1]["timestamp"] > cut_to)
    times = [point["timestamp"] for point in points(herd.gateway, DEMO)]
    assert [at for at in times if at < cut_from] and [at for at in times if at > cut_to]
    assert [at for at in times if cut_from < at < cut_to] == []


def later(timestamp, seconds):
    moment = time.strptime(timestamp, "%Y-%m-%dT%H:%M:%SZ")
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(calendar.timegm(moment) + seconds))


def test_of_two_agents_one_is_killed_and_each_step_has_one_sample(herd):
    for _ in range(2):
        herd.start()
    before = len(points(herd.gateway, DEMO))
    wait_until(lambda: len(points(herd.gateway, DEMO)) >= before + 2)
    killed = herd.wait_for_leader()
    herd.kill(killed)
    then = len(points(herd.gateway, DEMO))
    wait_until(lambda: herd.leader() not in (None, killed))
    wait_until(lambda: len(points(herd.gateway, DEMO)) >= then + 2)
    herd.end_all()
    times = [point["timestamp"] for point in points(herd.gateway, DEMO)]
    assert len(times) == len(set(times))
    # Each was added to the longer step once: its first number counts them.
    keys = re.findall(rb"eksgate:samples_long:[0-9]+:us-east-1_demo", herd.redis("KEYS", "eksgate:samples_long:*"))
    added = [int(herd.redis("HGET", key.decode(), "c").split(b"\r\n")[1].split()[0]) for key in keys]
    assert sum(added) == len(times)
