"""How a cluster stands: the dashboard, its nodes, and the pods of nodes and workloads.

The counts are held against a real API server; numbers and faults that none has at hand come from a stand-in for one.
"""

import json
import uuid

import pytest
from client import assert_status, wait_until
from stubs.kube import Answer, json_answer, status_answer

TYPE = {"Content-Type": "application/json"}
MERGE = {"Content-Type": "application/merge-patch+json"}
KINDS = ("daemonset", "deployment", "replicaset", "statefulset")
FAULT = {"kind", "namespace", "name", "reason", "message", "since", "ready", "desired", "starting"}
GONE = Answer(404, b"404 page not found\n", [("Content-Type", "text/plain")], "Not Found")


# A real cluster


def is_ready(kind, item):
    status = item.get("status", {})
    seen = status.get("observedGeneration", 0) >= item["metadata"].get("generation", 0)
    if kind == "daemonset":
        return seen and status.get("numberReady", 0) >= status.get("desiredNumberScheduled", 0)
    return seen and status.get("readyReplicas", 0) >= item["spec"].get("replicas", 1)


def pod_is_ready(pod):
    conditions = {c["type"]: c["status"] for c in pod["status"].get("conditions", [])}
    return pod["status"].get("phase") == "Running" and conditions.get("Ready") == "True"


def count(direct):
    """What the dashboard has to say, told by other means."""
    counts = {}
    for kind in KINDS:
        items = direct.get(f"/apis/apps/v1/{kind}s")["items"]
        counts[kind] = {"ready": sum(is_ready(kind, item) for item in items), "available": len(items)}
    pods = direct.get("/api/v1/pods")["items"]
    done = sum(pod["status"].get("phase") == "Succeeded" for pod in pods)
    ready = sum(pod_is_ready(pod) for pod in pods)
    return counts | {"pod": {"ready": ready, "available": len(pods) - done, "succeeded": done}}


class Space:
    """A namespace of the cluster, filled without the gateway."""

    def __init__(self, direct, namespace):
        self.direct, self.namespace = direct, namespace

    def make(self, root, plural, body):
        path = f"{root}/namespaces/{self.namespace}/{plural}"
        reply = self.direct.request("POST", path, json.dumps(body), TYPE)
        assert reply.status == 201, reply.text
        return reply.json

    def deployment(self, name, replicas=1, fails_with=None):
        labels = {"app": name} | ({"sandbox.eksgate/fails-with": fails_with} if fails_with else {})
        spec = {"containers": [{"name": "main", "image": "registry.example/app:1"}]}
        return self.make(
            "/apis/apps/v1",
            "deployments",
            {
                "metadata": {"name": name},
                "spec": {
                    "replicas": replicas,
                    "selector": {
                        "matchLabels": {"app": name},
                        "matchExpressions": [{"key": "app", "operator": "In", "values": [name, "other"]}],
                    },
                    "template": {"metadata": {"labels": labels}, "spec": spec},
                },
            },
        )

    def pods(self, of):
        """By name: what kubectl prints."""
        accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
        path = f"/api/v1/namespaces/{self.namespace}/pods?labelSelector=app%3D{of}"
        return {row["cells"][0]: row["cells"][1:3] for row in self.direct.get(path, **accept)["rows"]}


@pytest.fixture
def space(direct):
    name = f"board-{uuid.uuid4().hex[:8]}"
    assert direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), TYPE).status == 201
    yield Space(direct, name)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def read(gateway, path):
    reply = gateway.get(path)
    assert reply.status == 200, reply.text
    return reply.json


def counts_of(dashboard):
    return {kind: dashboard[kind] for kind in (*KINDS, "pod")}


def test_the_dashboard_counts_what_is_there_and_ready(gateway, demo, direct):
    # What goes on in the cluster meanwhile may fall between the two readings.
    wait_until(lambda: counts_of(read(gateway, f"/api/clusters/{demo}/dashboard")) == count(direct))
    dashboard = read(gateway, f"/api/clusters/{demo}/dashboard")
    assert set(dashboard) == {*KINDS, "pod", "faults", "faults_left_out", "errors"}
    assert dashboard["errors"] == [] and dashboard["faults_left_out"] == 0


def test_what_is_broken_is_named_with_reason_and_time(gateway, demo, space):
    space.deployment("broken", replicas=2, fails_with="CrashLoopBackOff")
    space.deployment("works")
    wait_until(lambda: {status for _, status in space.pods("works").values()} == {"Running"})

    def faults():
        dashboard = read(gateway, f"/api/clusters/{demo}/dashboard")
        mine = [fault for fault in dashboard["faults"] if fault["namespace"] == space.namespace]
        crashed = [fault for fault in mine if fault["reason"] == "CrashLoopBackOff"]
        return mine if len(crashed) == 2 and len(mine) == 3 else None

    deployment, *pods = wait_until(faults)
    assert all(set(fault) == FAULT for fault in (deployment, *pods))
    assert (deployment["kind"], deployment["name"]) == ("Deployment", "broken")
    assert (deployment["reason"], deployment["ready"], deployment["desired"]) == ("MinimumReplicasUnavailable", 0, 2)
    assert deployment["since"].endswith("Z") and not deployment["starting"]
    for pod in pods:
        assert pod["kind"] == "Pod" and pod["name"].startswith("broken-") and not pod["starting"]
        assert pod["message"] == "back-off 5m0s restarting failed container"
        assert pod["since"].endswith("Z") and pod["ready"] is None and pod["desired"] is None


def test_nodes_are_told_with_what_they_have(gateway, demo, direct):
    bare = f"bare-{uuid.uuid4().hex[:8]}"
    labels = {
        "sandbox.eksgate/real": "true",  # so that nobody fills in its status
        "node-role.kubernetes.io/worker": "",
        "node-role.kubernetes.io/infra": "",
        "kubernetes.io/role": "worker",
    }
    body = json.dumps({"metadata": {"name": bare, "labels": labels}, "spec": {"unschedulable": True}})
    assert direct.request("POST", "/api/v1/nodes", body, TYPE).status == 201
    try:
        answer = read(gateway, f"/api/clusters/{demo}/nodes")
        nodes = {node["metadata"]["name"]: node for node in direct.get("/api/v1/nodes")["items"]}
    finally:
        direct.request("DELETE", f"/api/v1/nodes/{bare}")
    assert set(answer) == {"nodes", "summary", "errors"}
    assert set(answer["nodes"]) == set(nodes)
    for name, node in answer["nodes"].items():
        real = nodes[name]
        assert set(node) == {
            "role", "address", "version", "status", "creationTimestamp", "schedulable", "problems", "metrics",
        }  # fmt: skip
        assert node["creationTimestamp"] == real["metadata"]["creationTimestamp"]
        assert set(node["metrics"]) == {"allocatable", "usage", "percent"}
        for part in node["metrics"].values():
            assert set(part) == {"cpu", "memory", "storage", "pods"}
        if name == bare:
            continue
        assert (node["status"], node["address"]) == ("Ready", real["status"]["addresses"][0]["address"])
        assert node["version"] == real["status"]["nodeInfo"]["kubeletVersion"]
        assert node["problems"] == [] and node["schedulable"]
        assert node["metrics"]["allocatable"]["pods"] == int(real["status"]["allocatable"]["pods"])
        # What is not known is null, and somebody says why.
        if node["metrics"]["usage"]["storage"] is None:
            assert node["metrics"]["percent"]["storage"] is None
            assert any(error["resource"] in (f"nodes/{name}/stats", "nodes/proxy") for error in answer["errors"])
    assert answer["nodes"][bare]["role"] == "infra,worker"
    assert answer["nodes"][bare]["address"] is None and answer["nodes"][bare]["version"] == ""
    assert answer["nodes"][bare]["status"] in ("Unknown", "NotReady")
    assert answer["nodes"][bare]["schedulable"] is False
    assert answer["nodes"][bare]["metrics"]["allocatable"]["cpu"] is None


def test_pods_of_a_deployment_are_those_that_it_controls(gateway, demo, space):
    space.deployment("web", replicas=2)
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "another", "uid": str(uuid.uuid4())}
    container = {"name": "main", "image": "registry.example/app:1"}
    space.make("/api/v1", "pods", {"metadata": {"name": "stray", "labels": {"app": "web"}}, "spec": {"containers": [container]}})
    controlled = {"name": "anothers", "labels": {"app": "web"}, "ownerReferences": [owner]}
    space.make("/api/v1", "pods", {"metadata": controlled, "spec": {"containers": [container]}})
    path = f"/api/clusters/{demo}/namespaces/{space.namespace}/deployments/web/pods"

    def running():
        pods = read(gateway, path)["pods"]
        return pods if len(pods) == 2 and all(pod["status"] == "Running" for pod in pods) else None

    for pod in wait_until(running):
        assert set(pod) == {"name", "namespace", "ready", "status", "metrics"}
        assert (pod["namespace"], pod["ready"]) == (space.namespace, "1/1")
        assert pod["name"].startswith("web-")
        assert pod["metrics"] is None or set(pod["metrics"]) == {"cpu", "memory"}
        assert space.pods("web")[pod["name"]] == [pod["ready"], pod["status"]]


def test_pods_of_a_node_are_those_that_are_bound_to_it(gateway, demo, direct):
    node = direct.get("/api/v1/nodes")["items"][0]["metadata"]["name"]

    def same():
        real = direct.get(f"/api/v1/pods?fieldSelector=spec.nodeName%3D{node}")["items"]
        wanted = sorted((pod["metadata"]["namespace"], pod["metadata"]["name"]) for pod in real)
        told = read(gateway, f"/api/clusters/{demo}/nodes/{node}/pods")["pods"]
        return wanted and [(pod["namespace"], pod["name"]) for pod in told] == wanted

    wait_until(same)
    assert read(gateway, f"/api/clusters/{demo}/nodes/nobody/pods") == {"pods": [], "errors": []}


@pytest.mark.parametrize(
    "path, code, reason",
    [
        ("namespaces/default/pods/x/pods", 404, "NotFound"),
        ("namespaces/default/services/x/pods", 404, "NotFound"),
        ("namespaces/default/deployments/nobody/pods", 404, "NotFound"),
        ("namespaces/default/deployments%2Fx/nobody/pods", 404, "NotFound"),
        ("namespaces/A/deployments/web/pods", 400, "BadRequest"),
        ("namespaces/default/deployments/we_b/pods", 400, "BadRequest"),
        ("nodes/a%2Fb/pods", 400, "BadRequest"),
        ("nodes/a_b/metrics", 400, "BadRequest"),
        ("nodes/nobody/metrics", 404, "NotFound"),
        ("namespaces/default/pods/nobody/metrics", 404, "NotFound"),
        ("namespaces/default/jobs/nobody/metrics", 404, "NotFound"),
        ("namespaces/default/services/x/metrics", 404, "NotFound"),
        ("metrics?op=AVG", 400, "BadRequest"),
        ("dashboard?x=1", 400, "BadRequest"),
        ("nodes?storage=no", 400, "BadRequest"),
    ],
)
def test_what_can_not_be_asked_is_refused(gateway, demo, path, code, reason):
    assert_status(gateway.get(f"/api/clusters/{demo}/{path}"), code, reason)


# A stand-in for a cluster


def table(columns, *rows):
    return json_answer(
        {
            "kind": "Table",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": {},
            "columnDefinitions": [{"name": name, "type": "string"} for name in columns],
            "rows": rows,
        }
    )


def a_list(*items):
    return json_answer({"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items})


PODS = ("Name", "Ready", "Status", "Restarts", "Age", "IP", "Node")


def pod(name, status, phase="Running", ready="True", node="n1", **members):
    conditions = [{"type": "Ready", "status": ready, "lastTransitionTime": "2026-11-21T07:00:00Z"}]
    body = {
        "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}"} | members.pop("metadata", {}),
        "status": {"phase": phase, "conditions": conditions} | members,
    }
    return {"cells": [name, "1/1", status, "0", "1d", "10.0.0.9", node], "object": body}


def workload(name, wanted=1, **status):
    spec = {} if wanted is None else {"replicas": wanted}
    return {"metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}", "generation": 2}, "spec": spec, "status": status}


@pytest.fixture
def kube(stubs):
    """A cluster with nothing in it."""
    for kind in KINDS:
        stubs.kube.on(f"/apis/apps/v1/{kind}s", a_list())
    stubs.kube.on("/api/v1/pods", table(PODS))
    stubs.kube.on("/api/v1/nodes", a_list())
    return stubs.kube


def test_ready_means_ready(stubbed, connected, kube):
    seen = {"observedGeneration": 2}
    kube.on(
        "/apis/apps/v1/deployments",
        a_list(
            workload("none-of-three", 3, **seen, availableReplicas=0, readyReplicas=0),
            workload("all", 2, **seen, readyReplicas=2),
            workload("more-than-wanted", 1, **seen, readyReplicas=2),
            workload("one-by-default", None, **seen),
            workload("scaled-down", 0, **seen),
            workload("not-seen-yet", 1, observedGeneration=1, readyReplicas=1),
        ),
    )
    kube.on("/apis/apps/v1/statefulsets", a_list(workload("db", 3, **seen, replicas=1, readyReplicas=1)))
    kube.on(
        "/apis/apps/v1/daemonsets",
        a_list(
            workload("lame", None, **seen, desiredNumberScheduled=3, numberReady=2),
            workload("fine", None, **seen, desiredNumberScheduled=3, numberReady=3),
        ),
    )
    owned = workload("owned", 1, **seen)
    owned["metadata"]["ownerReferences"] = [{"uid": "uid-of-a-deployment", "controller": True}]
    kube.on("/apis/apps/v1/replicasets", a_list(owned, workload("lonely", 1, **seen)))
    waiting = {"name": "c", "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}}
    of_db = {"ownerReferences": [{"uid": "uid-db", "controller": True}]}
    kube.on(
        "/api/v1/pods",
        table(
            PODS,
            pod("good", "Running"),
            pod("crashes", "CrashLoopBackOff", ready="False", containerStatuses=[waiting]),
            pod("lost", "Running", ready="False"),
            pod("done", "Completed", phase="Succeeded", ready="False"),
            pod("db-0", "Pending", phase="Pending", ready="False", metadata=of_db),
            pod("evicted", "Evicted", phase="Failed", ready="False", message="The node was low on memory."),
        ),
    )
    answer = read(stubbed, f"/api/clusters/{connected}/dashboard")
    assert counts_of(answer) == {
        "deployment": {"ready": 3, "available": 6},
        "statefulset": {"ready": 0, "available": 1},
        "daemonset": {"ready": 1, "available": 2},
        "replicaset": {"ready": 0, "available": 2},
        "pod": {"ready": 1, "available": 5, "succeeded": 1},
    }
    faults = {fault["name"]: fault for fault in answer["faults"]}
    assert set(faults) == {
        "none-of-three", "one-by-default", "not-seen-yet", "db", "lame", "lonely", "crashes", "lost", "db-0", "evicted",
    }  # fmt: skip
    assert faults["crashes"]["message"] == "back-off"
    assert (faults["lost"]["reason"], faults["lost"]["starting"]) == ("NotReady", True)
    assert faults["evicted"]["message"] == "The node was low on memory."
    # It has no time of its own, but its pod has.
    assert (faults["db"]["since"], faults["db"]["ready"], faults["db"]["desired"]) == ("2026-11-21T07:00:00Z", 1, 3)
    assert faults["lame"]["since"] is None and faults["lame"]["reason"] is None


def test_what_can_not_be_read_is_null_and_named(stubbed, connected, kube):
    kube.on("/apis/apps/v1/daemonsets", status_answer(403, "Forbidden", "daemonsets.apps is forbidden"))
    kube.on("/apis/apps/v1/statefulsets", Answer(200, b'{"kind":"List","items":[{"met'))
    kube.on("/apis/apps/v1/deployments", a_list(workload("web", 1, observedGeneration=2, readyReplicas=1)))
    answer = read(stubbed, f"/api/clusters/{connected}/dashboard")
    assert answer["daemonset"] is None and answer["statefulset"] is None
    assert answer["deployment"] == {"ready": 1, "available": 1}
    errors = {error["resource"]: error for error in answer["errors"]}
    assert set(errors) == {"daemonsets", "statefulsets"}
    assert errors["daemonsets"] == {
        "resource": "daemonsets",
        "code": "Forbidden",
        "message": "daemonsets.apps is forbidden",
    }


def test_a_cluster_of_which_nothing_can_be_read_is_an_error(stubbed, connected, kube):
    for path in [f"/apis/apps/v1/{kind}s" for kind in KINDS] + ["/api/v1/pods"]:
        kube.on(path, status_answer(403, "Forbidden", "no"))
    assert_status(stubbed.get(f"/api/clusters/{connected}/dashboard"), 503, "ServiceUnavailable", message="nothing")
    kube.refuse()
    try:
        for path in ("dashboard", "nodes", "nodes/n1/pods"):
            assert_status(stubbed.get(f"/api/clusters/{connected}/{path}"), 503, "ServiceUnavailable")
    finally:
        kube.listen()


def test_a_thousand_containers_and_a_thousand_pods_are_no_trouble(stubbed, connected, kube):
    states = [{"name": f"c{i}", "ready": True, "state": {"running": {}}} for i in range(1000)]
    big = pod("big", "Running", containerStatuses=states)
    rows = [pod(f"p{i}", "Pending", phase="Pending", ready="False") for i in range(150)]
    kube.on("/api/v1/pods", table(PODS, big, *rows, pod("bad", "Error", phase="Failed", ready="False")))
    answer = read(stubbed, f"/api/clusters/{connected}/dashboard")
    assert answer["pod"] == {"ready": 1, "available": 152, "succeeded": 0}
    # What fails is not left out for what only has to start.
    assert len(answer["faults"]) == 100 and answer["faults_left_out"] == 51
    assert "bad" in {fault["name"] for fault in answer["faults"]}


def node(name, cpu="3920m", memory="8089600Ki", **members):
    status = {
        "addresses": [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "Hostname", "address": name}],
        "allocatable": {"cpu": cpu, "memory": memory, "pods": "29"},
        "capacity": {"cpu": "4", "memory": "8Gi", "pods": "29"},
        "nodeInfo": {"kubeletVersion": "v1.33.1"},
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "False"}],
    }
    return {
        "metadata": {"name": name, "creationTimestamp": "2025-01-02T03:04:05Z", "labels": {}},
        "spec": {},
        "status": status | members,
    }


def summary(cpu, memory, capacity, used, *pods):
    stats = {"cpu": {"usageNanoCores": cpu}, "memory": {"workingSetBytes": memory}}
    return json_answer(
        {"node": stats | {"fs": {"capacityBytes": capacity, "usedBytes": used}}, "pods": list(pods)}
    )


def usage_of_node(name, cpu, memory):
    return {"metadata": {"name": name}, "usage": {"cpu": cpu, "memory": memory}}


METRICS = "/apis/metrics.k8s.io/v1beta1"


@pytest.fixture
def two_nodes(kube):
    kube.on("/api/v1/nodes", a_list(node("n1"), node("n2", cpu="4", memory="8Gi")))
    kube.on("/api/v1/pods", table(PODS, *[{"cells": [f"p{i}", "", "", "", "", "", "n1"]} for i in range(11)]))
    kube.on(f"{METRICS}/nodes", a_list(usage_of_node("n1", "123456789n", "1Gi"), usage_of_node("n2", "3141592n", "2Gi")))
    kube.on("/api/v1/nodes/n1/proxy/stats/summary", summary(5_000_000, 4096, 85886742528, 5123456789))
    kube.on("/api/v1/nodes/n2/proxy/stats/summary", summary(6_000_000, 8192, 1000, 100))
    return kube


def test_usage_of_nodes_is_told_in_the_originals_units(stubbed, connected, two_nodes):
    answer = read(stubbed, f"/api/clusters/{connected}/nodes")
    assert answer["errors"] == []
    assert answer["nodes"]["n1"] == {
        "role": "<none>",
        "address": "10.0.0.1",
        "version": "v1.33.1",
        "status": "Ready",
        "creationTimestamp": "2025-01-02T03:04:05Z",
        "schedulable": True,
        "problems": [],
        "metrics": {
            "allocatable": {"cpu": 3920, "memory": 8283750400, "storage": 85886742528, "pods": 29},
            "usage": {"cpu": 124, "memory": 1073741824, "storage": 5123456789, "pods": 11},
            "percent": {"cpu": 3.16, "memory": 12.96, "storage": 5.97, "pods": 37.93},
        },
    }
    assert answer["nodes"]["n2"]["metrics"]["usage"] == {"cpu": 4, "memory": 2 * 2**30, "storage": 100, "pods": 0}
    assert answer["summary"] == {
        "allocatable": {"cpu": 7920, "memory": 8283750400 + 8 * 2**30, "storage": 85886743528, "pods": 58},
        "usage": {"cpu": 128, "memory": 3 * 2**30, "storage": 5123456889, "pods": 11},
        "percent": {"cpu": 1.62, "memory": 19.09, "storage": 5.97, "pods": 18.97},
    }
    assert "status.phase%21%3DSucceeded" in two_nodes.seen("/api/v1/pods")[0].target


def test_a_kubelet_that_fails_leaves_a_gap_and_nothing_else(stubbed, connected, two_nodes):
    two_nodes.on("/api/v1/nodes/n2/proxy/stats/summary", status_answer(503, "ServiceUnavailable", "error trying to reach service"))
    answer = read(stubbed, f"/api/clusters/{connected}/nodes")
    second = answer["nodes"]["n2"]["metrics"]
    assert second["allocatable"]["storage"] is None and second["usage"]["storage"] is None
    assert second["percent"] == {"cpu": 0.1, "memory": 25.0, "storage": None, "pods": 0}
    assert answer["nodes"]["n1"]["metrics"]["usage"]["storage"] == 5123456789
    # Of what is known, held against what those have.
    assert answer["summary"]["percent"]["storage"] == 5.97
    assert answer["errors"] == [
        {"resource": "nodes/n2/stats", "code": "ServiceUnavailable", "message": "error trying to reach service"}
    ]


def test_where_there_is_no_metrics_api_the_kubelets_are_asked(stubbed, connected, two_nodes):
    two_nodes.on(f"{METRICS}/nodes", GONE)
    answer = read(stubbed, f"/api/clusters/{connected}/nodes")
    assert answer["nodes"]["n1"]["metrics"]["usage"]["cpu"] == 5
    assert answer["nodes"]["n2"]["metrics"]["usage"]["memory"] == 8192
    (error,) = answer["errors"]
    assert (error["resource"], error["code"]) == ("nodes.metrics.k8s.io", "NotFound")
    assert "metrics-server is not installed" in error["message"]


def test_what_nobody_tells_is_null_and_not_nothing(stubbed, connected, two_nodes):
    forbidden = status_answer(403, "Forbidden", 'nodes "n1" is forbidden: cannot get resource "nodes/proxy"')
    two_nodes.on(f"{METRICS}/nodes", status_answer(503, "ServiceUnavailable", "the server is currently unable to handle the request"))
    for name in ("n1", "n2"):
        two_nodes.on(f"/api/v1/nodes/{name}/proxy/stats/summary", forbidden)
    two_nodes.on("/api/v1/pods", status_answer(403, "Forbidden", "pods is forbidden"))
    answer = read(stubbed, f"/api/clusters/{connected}/nodes")
    nothing = dict.fromkeys(("cpu", "memory", "storage", "pods"))
    assert answer["nodes"]["n1"]["metrics"]["usage"] == nothing
    assert answer["nodes"]["n1"]["metrics"]["percent"] == nothing
    assert answer["summary"]["usage"] == nothing
    # A right that is missing is told once.
    assert sorted(error["resource"] for error in answer["errors"]) == ["nodes.metrics.k8s.io", "nodes/proxy", "pods"]


def test_a_node_that_is_ill_says_why_and_since_when(stubbed, connected, kube):
    conditions = [
        {"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status.", "lastTransitionTime": "2026-11-21T07:00:00Z"},
        {"type": "MemoryPressure", "status": "False"},
        {"type": "DiskPressure", "status": "True", "reason": "KubeletHasDiskPressure"},
    ]  # fmt: skip
    kube.on("/api/v1/nodes", a_list(node("n1", conditions=conditions), node("n2", conditions=[], addresses=None, allocatable={})))
    kube.on(f"{METRICS}/nodes", a_list(usage_of_node("another", "1", "1"), usage_of_node("n1", "one", "1")))
    answer = read(stubbed, f"/api/clusters/{connected}/nodes")
    assert answer["nodes"]["n1"]["status"] == "NotReady"
    problems = {problem["type"]: problem for problem in answer["nodes"]["n1"]["problems"]}
    assert set(problems) == {"Ready", "DiskPressure"}
    assert problems["Ready"] == {
        "type": "Ready",
        "reason": "NodeStatusUnknown",
        "message": "Kubelet stopped posting node status.",
        "since": "2026-11-21T07:00:00Z",
    }
    assert (answer["nodes"]["n2"]["status"], answer["nodes"]["n2"]["address"]) == ("Unknown", None)
    assert answer["nodes"]["n1"]["metrics"]["usage"]["cpu"] is None


def test_pods_are_told_with_what_they_use(stubbed, connected, kube):
    kube.on("/api/v1/pods", table(PODS, pod("a", "Running"), pod("b", "Running")))
    containers = [{"usage": {"cpu": "3n", "memory": "10Mi"}}, {"usage": {"cpu": "2m", "memory": "1"}}]
    metrics = {"metadata": {"name": "a", "namespace": "default"}, "containers": containers}
    another = {"metadata": {"name": "b", "namespace": "another"}, "containers": containers}
    kube.on(f"{METRICS}/pods", a_list(metrics, another))
    answer = read(stubbed, f"/api/clusters/{connected}/nodes/n1/pods")
    told = {"namespace": "default", "ready": "1/1", "status": "Running"}
    assert answer == {
        "pods": [
            {"name": "a", **told, "metrics": {"cpu": 3, "memory": 10485761}},
            {"name": "b", **told, "metrics": None},
        ],
        "errors": [],
    }


def test_usage_of_pods_comes_from_their_kubelets_where_there_is_no_metrics_api(stubbed, connected, kube):
    kube.on("/api/v1/pods", table(PODS, pod("a", "Running"), pod("b", "Running", node="n2"), pod("c", "Pending", node="<none>")))
    kube.on(f"{METRICS}/pods", GONE)
    stats = {"containers": [{"cpu": {"usageNanoCores": 1_000_001}, "memory": {"workingSetBytes": 7}}]}
    told = [stats | {"podRef": {"name": name, "namespace": "default"}} for name in ("a", "b")]
    kube.on("/api/v1/nodes/n1/proxy/stats/summary", summary(1, 1, 1, 1, *told))
    answer = read(stubbed, f"/api/clusters/{connected}/nodes/n1/pods")
    # A kubelet speaks for its own pods only.
    assert [pod["metrics"] for pod in answer["pods"]] == [{"cpu": 2, "memory": 7}, None, None]
    assert [error["resource"] for error in answer["errors"]] == ["pods.metrics.k8s.io", "nodes/n2/stats"]


# What has been used. Nothing is sampled where no agent runs; test_usage has samples.


def unsampled(answer, source):
    """That nothing is sampled is said in any case; the one point, if it is there."""
    assert answer["source"] == source and len(answer["metrics"]) == (1 if source else 0)
    assert any(error["resource"] == "metrics" and "agent" in error["message"] for error in answer["errors"])
    return {name: value for point in answer["metrics"] for name, value in point.items() if name != "timestamp"}


def test_usage_of_a_cluster_and_a_node_stands_beside_what_they_have(stubbed, connected, two_nodes):
    two_nodes.on("/api/v1/nodes/n1", json_answer(node("n1")))
    two_nodes.on(f"{METRICS}/nodes", status_answer(404, "NotFound", "no"))
    answer = read(stubbed, f"/api/clusters/{connected}/metrics")
    assert set(answer) == {"allocatable", "capacity", "source", "metrics", "errors"}
    assert answer["allocatable"] == {"cpu": 7920, "memory": 8283750400 + 8 * 2**30}
    assert answer["capacity"] == {"cpu": 8000, "memory": 16 * 2**30}
    unsampled(answer, None)
    assert "metrics-server is not installed" in answer["errors"][1]["message"]
    answer = read(stubbed, f"/api/clusters/{connected}/nodes/n1/metrics")
    assert answer["allocatable"] == {"cpu": 3920, "memory": 8283750400}
    assert answer["capacity"] == {"cpu": 4000, "memory": 8 * 2**30}


def test_where_nothing_is_sampled_one_point_is_what_is_used_now(stubbed, connected, two_nodes):
    two_nodes.on("/api/v1/nodes/n1", json_answer(node("n1")))
    both = [usage_of_node("n1", "123456789n", "1Gi"), usage_of_node("n2", "3141592n", "2Gi")]
    two_nodes.on(f"{METRICS}/nodes", a_list(*both))
    base = f"/api/clusters/{connected}"
    assert unsampled(read(stubbed, f"{base}/metrics"), "now") == {"cpu": 128, "memory": 3 * 2**30}
    assert unsampled(read(stubbed, f"{base}/nodes/n1/metrics"), "now") == {"cpu": 124, "memory": 2**30}
    # A part of them is told as that.
    two_nodes.on(f"{METRICS}/nodes", a_list(both[1]))
    answer = read(stubbed, f"{base}/metrics")
    assert unsampled(answer, "now") == {"cpu": 4, "memory": 2 * 2**30}
    assert "of 2 only 1" in answer["errors"][1]["message"]
    assert unsampled(read(stubbed, f"{base}/nodes/n1/metrics"), None) == {}


def test_the_same_of_a_pod_and_a_workload(stubbed, connected, kube):
    kube.on("/api/v1/namespaces/default/pods", table(PODS, pod("a", "Running")))
    containers = [{"name": "x", "usage": {"cpu": "2500u", "memory": "10Mi"}}, {"name": "y", "usage": {"cpu": "0", "memory": "1"}}]
    kube.on(f"{METRICS}/namespaces/default/pods", a_list({"metadata": {"name": "a", "namespace": "default"}, "containers": containers}))
    answer = read(stubbed, f"/api/clusters/{connected}/namespaces/default/pods/a/metrics")
    assert unsampled(answer, "now") == {"cpu": 3, "memory": 10485761}


def with_resources(name, phase, *containers, init=()):
    row = pod(name, phase, phase=phase, metadata={"ownerReferences": [{"uid": "uid-db", "controller": True}]})
    row["object"]["spec"] = {"containers": list(containers), "initContainers": list(init)}
    return row


def container(requests, limits, **members):
    return {"resources": {"requests": requests, "limits": limits}} | members


def test_limits_and_requests_are_of_all_pods_as_the_points_are(stubbed, connected, kube):
    selector = {"matchLabels": {"app": "db"}}
    db = {"metadata": {"name": "db", "uid": "uid-db"}, "spec": {"selector": selector}}
    kube.on("/apis/apps/v1/namespaces/default/statefulsets/db", json_answer(db))
    main = container({"cpu": "100m", "memory": "64Mi"}, {"cpu": "200m", "memory": "128Mi"})
    unlimited = container({"cpu": "1n"}, {"cpu": "50m"})
    beside = container({"cpu": "10m"}, {"cpu": "20m", "memory": "1"}, restartPolicy="Always")
    before = container({"cpu": "9"}, {"cpu": "9", "memory": "9Gi"})
    path = "/api/v1/namespaces/default/pods"
    kube.on(
        path,
        table(
            PODS,
            with_resources("db-0", "Running", main, init=[before, beside]),
            with_resources("db-1", "Running", main),
            with_resources("old", "Succeeded", main),
        ),
    )
    answer = read(stubbed, f"/api/clusters/{connected}/namespaces/default/statefulsets/db/metrics")
    assert set(answer) == {"limits", "requests", "source", "metrics", "errors"}
    assert answer["requests"] == {"cpu": 210, "memory": 2 * 64 * 2**20}
    assert answer["limits"] == {"cpu": 420, "memory": 2 * 128 * 2**20 + 1}
    assert answer["metrics"] == []
    # Where one container has no limit, all of them together have none.
    kube.on(path, table(PODS, with_resources("db-0", "Running", main, unlimited)))
    answer = read(stubbed, f"/api/clusters/{connected}/namespaces/default/statefulsets/db/metrics")
    assert answer["limits"] == {"cpu": 250, "memory": None} and answer["requests"]["cpu"] == 101
    assert "labelSelector=app%3Ddb" in kube.seen(path)[-1].target
    kube.on(path, table(PODS))
    answer = read(stubbed, f"/api/clusters/{connected}/namespaces/default/statefulsets/db/metrics")
    assert answer["limits"] == answer["requests"] == {"cpu": 0, "memory": 0} and answer["metrics"] == []
