"""The graphs of a cluster: what belongs to what, of a real cluster and of one that answers badly."""

import json
import uuid

import pytest
from client import assert_status, wait_until
from stubs.kube import Wire, json_answer, status_answer

JSON = {"Content-Type": "application/json"}


class World:
    """A namespace with something of every kind, and what belongs to what in it."""

    def __init__(self, direct):
        self.direct = direct
        self.namespace = f"graph-{uuid.uuid4().hex[:8]}"
        self.storage_class = self.volume = f"class-{self.namespace}"
        self.made = []

    def make(self, root, plural, kind, name, *, spaced=True, **members):
        path = f"{root}/namespaces/{self.namespace}/{plural}" if spaced else f"{root}/{plural}"
        body = {"apiVersion": root.removeprefix("/apis/").removeprefix("/api/"), "kind": kind}
        reply = self.direct.request("POST", path, json.dumps(body | {"metadata": {"name": name}} | members), JSON)
        assert reply.status == 201, reply.text
        self.made.append(f"{path}/{name}")

    def items(self, root, plural):
        return self.direct.get(f"{root}/namespaces/{self.namespace}/{plural}")["items"]

    def build(self):
        core, apps, batch, network = "/api/v1", "/apis/apps/v1", "/apis/batch/v1", "/apis/networking.k8s.io/v1"
        self.make(core, "namespaces", "Namespace", self.namespace, spaced=False)
        self.make(core, "configmaps", "ConfigMap", "settings", data={"colour": "blue"})
        self.make(core, "secrets", "Secret", "key", stringData={"key": "hunter2-of-the-graph"})
        self.make(core, "serviceaccounts", "ServiceAccount", "bot")
        self.storage(core)
        template = {"metadata": {"labels": {"app": "web"}}, "spec": self.pod_spec()}
        selector = {"matchLabels": {"app": "web"}}
        self.make(apps, "deployments", "Deployment", "web", spec={"selector": selector, "template": template})
        bare = {"metadata": {"labels": {"app": "none"}}, "spec": {"containers": [{"name": "a", "image": "busybox"}]}}
        none = {"replicas": 0, "serviceName": "none", "selector": {"matchLabels": {"app": "none"}}, "template": bare}
        self.make(apps, "statefulsets", "StatefulSet", "set", spec=none)
        once = {"template": {"spec": {"restartPolicy": "Never", "containers": bare["spec"]["containers"]}}}
        self.make(batch, "jobs", "Job", "once", spec=once | {"suspend": True})
        nightly = {"schedule": "0 3 29 2 *", "suspend": True, "jobTemplate": {"spec": once}}
        self.make(batch, "cronjobs", "CronJob", "nightly", spec=nightly)
        scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
        spec = {"scaleTargetRef": scaled, "minReplicas": 1, "maxReplicas": 1}
        self.make("/apis/autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "web", spec=spec)
        self.make(core, "services", "Service", "web", spec={"selector": {"app": "web"}, "ports": [{"port": 80}]})
        self.make(network, "ingresses", "Ingress", "front", spec=self.ingress_spec())
        self.make(network, "networkpolicies", "NetworkPolicy", "wall", spec={"podSelector": selector})
        return self

    def storage(self, core):
        provisioner = {"provisioner": "kubernetes.io/no-provisioner"}
        self.make("/apis/storage.k8s.io/v1", "storageclasses", "StorageClass", self.storage_class, spaced=False, **provisioner)
        size, modes = {"storage": "1Gi"}, ["ReadWriteOnce"]
        spec = {
            "capacity": size,
            "accessModes": modes,
            "storageClassName": self.storage_class,
            "hostPath": {"path": "/nowhere"},
        }
        self.make(core, "persistentvolumes", "PersistentVolume", self.volume, spaced=False, spec=spec)
        spec = {
            "accessModes": modes,
            "storageClassName": self.storage_class,
            "volumeName": self.volume,
            "resources": {"requests": size},
        }
        self.make(core, "persistentvolumeclaims", "PersistentVolumeClaim", "data", spec=spec)

    def pod_spec(self):
        secret = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "key", "key": "key"}}}
        spare = {"secretRef": {"name": "spare", "optional": True}}
        return {
            "serviceAccountName": "bot",
            "imagePullSecrets": [{"name": "pull"}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            "containers": [
                {"name": "main", "image": "busybox", "env": [secret]},
                {"name": "side", "image": "busybox", "envFrom": [{"configMapRef": {"name": "settings"}}, spare]},
            ],
        }

    def ingress_spec(self):
        backend = lambda name: {"service": {"name": name, "port": {"number": 80}}}
        path = lambda at, name: {"path": at, "pathType": "Prefix", "backend": backend(name)}
        bucket = {"resource": {"apiGroup": "storage.example", "kind": "Bucket", "name": "b"}}
        other = {"path": "/files", "pathType": "Prefix", "backend": bucket}
        return {
            "defaultBackend": backend("web"),
            "rules": [
                {"host": "bare.example"},
                {"host": "shop.example", "http": {"paths": [path("/cart", "web"), path("/gone", "nowhere"), other]}},
            ],
        }

    def wait(self):
        """Until the controllers have done their part."""
        root = f"/api/v1/namespaces/{self.namespace}"
        wait_until(lambda: [p for p in self.items("/api/v1", "pods") if p["spec"].get("nodeName")])
        wait_until(lambda: self.direct.request("GET", f"{root}/endpoints/web").status == 200)
        slices = "/apis/discovery.k8s.io/v1"
        wait_until(lambda: [e for s in self.items(slices, "endpointslices") for e in s.get("endpoints") or []])
        wait_until(lambda: self.direct.get(f"{root}/persistentvolumeclaims/data")["status"].get("phase") == "Bound")
        wait_until(lambda: self.direct.request("GET", f"{root}/configmaps/kube-root-ca.crt").status == 200)
        wait_until(lambda: self.direct.request("GET", f"{root}/serviceaccounts/default").status == 200)
        [self.pod] = [pod for pod in self.items("/api/v1", "pods") if pod["spec"].get("nodeName")]
        [self.replicas] = self.items("/apis/apps/v1", "replicasets")
        self.name, self.node = self.pod["metadata"]["name"], self.pod["spec"]["nodeName"]
        return self

    def remove(self):
        for path in self.made[:1] + [p for p in self.made if self.volume in p]:
            self.direct.request("DELETE", path)


@pytest.fixture(scope="module")
def world(direct):
    world = World(direct)
    try:
        yield world.build().wait()
    finally:
        world.remove()


@pytest.fixture(scope="module")
def graph(demo):
    return f"/api/clusters/{demo}/graph"


def read(gateway, path):
    reply = gateway.get(path)
    assert reply.status == 200, reply.text
    return reply.json


def label(node):
    name = node.get("container") or node["name"]
    return f"{node['kind']}/{name}" + ("!" if node.get("missing") else "") + ("?" if node.get("unread") else "")


def told(body):
    """Links as (source, type, target), each with its names. It is sound besides: no id twice, no end in the air."""
    ids = [node["id"] for node in body["nodes"]]
    assert len(ids) == len(set(ids)) and all(ids)
    names = {node["id"]: label(node) for node in body["nodes"]}
    links = [(names[link["source"]], link["type"], names[link["target"]]) for link in body["links"]]
    assert len(links) == len(set(links))
    return links


def test_a_namespace_is_drawn_with_all_that_belongs_together(gateway, graph, world, direct):
    body = read(gateway, f"{graph}/topology/namespaces/{world.namespace}")
    pod, replicas = f"Pod/{world.name}", f"ReplicaSet/{world.replicas['metadata']['name']}"
    nodes = [node["metadata"]["name"] for node in direct.get("/api/v1/nodes")["items"]]
    expected = {
        (pod, "runs-on", f"Node/{world.node}"),
        ("Container/main", "owner", pod),
        ("Container/side", "owner", pod),
        *((f"Node/{name}", "owner", "Cluster/us-east-1_demo") for name in nodes),
        (pod, "owner", replicas),
        (pod, "uses", "ServiceAccount/bot"),
        (pod, "mounts", "PersistentVolumeClaim/data"),
        (pod, "mounts", "ConfigMap/kube-root-ca.crt"),
        (pod, "mounts", "ConfigMap/settings"),
        (pod, "mounts", "Secret/key"),
        (pod, "mounts", "Secret/spare!"),
        (pod, "mounts", "Secret/pull!"),
        (replicas, "owner", "Deployment/web"),
        ("HorizontalPodAutoscaler/web", "scales", "Deployment/web"),
        ("Service/web", "selects", pod),
        ("Endpoints/web", "owner", "Service/web"),
        ("Ingress/front", "routes", "Service/web"),
        ("Ingress/front", "routes", "Service/nowhere!"),
        ("NetworkPolicy/wall", "selects", pod),
        ("PersistentVolumeClaim/data", "binds", f"PersistentVolume/{world.volume}"),
        (f"PersistentVolume/{world.volume}", "binds", f"StorageClass/{world.storage_class}"),
    }
    assert set(told(body)) == expected
    assert (body["truncated"], body["errors"]) == (False, [])
    others = {"StatefulSet/set", "Job/once", "CronJob/nightly", "ServiceAccount/default", "Cluster/us-east-1_demo"}
    linked = {end for source, _, target in expected for end in (source, target)}
    assert {label(node) for node in body["nodes"]} == linked | others
    routes = {link["target"]: link["paths"] for link in body["links"] if link["type"] == "routes"}
    by_name = {label(node): node for node in body["nodes"]}
    assert routes[by_name["Service/web"]["id"]] == [
        {"host": "", "path": ""},
        {"host": "shop.example", "path": "/cart"},
    ]
    assert routes[by_name["Service/nowhere!"]["id"]] == [{"host": "shop.example", "path": "/gone"}]
    # What can be done without is no fault.
    assert (by_name["Secret/pull!"]["health"], by_name["Secret/spare!"]["health"]) == ("bad", "unknown")
    assert "hunter2-of-the-graph" not in json.dumps(body)


def test_pods_containers_cluster_and_nodes_are_as_the_original_has_them(gateway, graph, world, demo, direct):
    path = f"{graph}/topology/namespaces/{world.namespace}?include=Pod,Container,Cluster,Node"
    body = read(gateway, path)
    uid = world.pod["metadata"]["uid"]
    images = {status["name"]: status["image"] for status in world.pod["status"].get("containerStatuses", [])}
    common = {"namespace": world.namespace, "group": world.node, "labels": ""}
    first = ["id", "name", "kind", "namespace", "group", "labels"]
    assert all(list(node)[:6] == first for node in body["nodes"])
    plain = [{key: node[key] for key in first} for node in body["nodes"]]
    assert plain[0] == {"id": uid, "name": world.name, "kind": "Pod"} | common
    for node, name in zip(plain[1:3], ("main", "side"), strict=True):
        image = images.get(name) or "busybox"
        assert node == {"id": f"{uid}/{name}", "name": image, "kind": "Container"} | common
    cluster = {"id": f"cluster-{demo}", "name": demo, "kind": "Cluster", "namespace": "", "group": "", "labels": ""}
    assert plain[3] == cluster
    names = [node["metadata"]["name"] for node in direct.get("/api/v1/nodes")["items"]]
    assert plain[4:] == [
        {"id": name, "name": name, "kind": "Node", "namespace": "", "group": name, "labels": ""} for name in names
    ]
    link = lambda source, target, kind: {"source": source, "target": target, "hidden": False, "kind": kind}
    assert [{key: each[key] for key in list(each)[:4]} for each in body["links"]] == [
        link(uid, world.node, "Pod"),
        link(f"{uid}/main", uid, "Container"),
        link(f"{uid}/side", uid, "Container"),
        *(link(name, f"cluster-{demo}", "Node") for name in names),
    ]


def test_the_whole_cluster_is_drawn_and_by_either_path(gateway, graph, world, demo):
    body = read(gateway, f"{graph}/topology")
    assert {"default", world.namespace, "web"} <= {node["namespace"] for node in body["nodes"]}
    assert (f"Pod/{world.name}", "runs-on", f"Node/{world.node}") in told(body)
    assert body["errors"] == [] and body["truncated"] is False
    short = read(gateway, f"/api/clusters/{demo}/topology?include=StorageClass,PersistentVolume")
    assert world.storage_class in {node["name"] for node in short["nodes"]}
    assert {node["kind"] for node in short["nodes"]} == {"StorageClass", "PersistentVolume"}


def test_a_limit_leaves_out_and_says_so(gateway, graph, world):
    path = f"{graph}/topology/namespaces/{world.namespace}?include=Pod,Container,Node"
    body = read(gateway, f"{path}&limit=2")
    assert (len(body["nodes"]), body["truncated"]) == (2, True)
    told(body)
    whole = read(gateway, path)
    assert whole["truncated"] is False and whole["nodes"][:2] == body["nodes"]


ITEM = ["uid", "name", "apiVersion", "kind", "namespace", "line", "owner"]


def tree(body, namespace):
    items = body[namespace]
    assert all(list(item)[:7] == ITEM for item in items)
    names = {item["uid"]: item["name"] for item in items}
    assert len(names) == len(items)
    return [
        (item["kind"], item["name"] if not item.get("missing") else item["name"] + "!",
         names[item["owner"]] if item["owner"] else "", item["line"])
        for item in items
    ]  # fmt: skip


def test_workloads_hang_on_what_made_them(gateway, graph, world, direct):
    body = read(gateway, f"{graph}/workloads/namespaces/{world.namespace}")
    replicas = world.replicas["metadata"]["name"]
    assert list(body) == [world.namespace]
    assert tree(body, world.namespace) == [
        ("Deployment", "web", "", ""),
        ("ReplicaSet", replicas, "web", ""),
        ("Pod", world.name, replicas, ""),
        ("StatefulSet", "set", "", ""),
        ("Job", "once", "", ""),
        ("CronJob", "nightly", "", ""),
        ("HorizontalPodAutoscaler", "web", "web", ""),
    ]
    item = body[world.namespace][1]
    deployment = direct.get(f"/apis/apps/v1/namespaces/{world.namespace}/deployments/web")["metadata"]["uid"]
    assert {key: item[key] for key in ITEM} == {
        "uid": world.replicas["metadata"]["uid"],
        "name": replicas,
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "namespace": world.namespace,
        "line": "",
        "owner": deployment,
    }
    assert item["edges"] == [{"owner": deployment, "type": "owner"}]
    whole = read(gateway, f"{graph}/workloads")
    names = [item["metadata"]["name"] for item in direct.get("/api/v1/namespaces")["items"]]
    assert set(whole) >= {"default", "kube-node-lease", world.namespace} and list(whole) == sorted(whole)
    assert set(names) & set(whole) and whole[world.namespace] == body[world.namespace]


def test_the_network_is_drawn_from_the_outside_in(gateway, graph, world):
    namespace = world.namespace
    wait_until(lambda: [pod for pod in world.items("/api/v1", "pods") if pod["status"].get("podIP")])
    [pod] = [pod for pod in world.items("/api/v1", "pods") if pod["metadata"]["name"] == world.name]
    body = read(gateway, f"{graph}/network/namespaces/{namespace}")
    assert tree(body, namespace) == [
        ("Pod", world.name, "web", pod["status"]["podIP"]),
        ("Ingress", "front", "", ""),
        ("Service", "web", "front", "shop.example (/cart) "),
        ("Service", "nowhere!", "front", "shop.example (/gone) "),
        ("Endpoints", "web", "web", ""),
        ("NetworkPolicy", "wall", "", ""),
    ]
    assert [edge["type"] for edge in body[namespace][0]["edges"]] == ["selects", "selects"]
    assert {item["kind"]: item["apiVersion"] for item in body[namespace]}["Ingress"] == "networking.k8s.io/v1"


def test_around_a_pod_all_that_it_has_to_do_with_is_drawn(gateway, graph, world):
    body = read(gateway, f"{graph}/pod/namespaces/{world.namespace}/pods/{world.name}")
    replicas = world.replicas["metadata"]["name"]
    assert list(body) == [world.namespace]
    found = tree(body, world.namespace)
    assert found[:5] == [
        ("Pod", world.name, "", ""),
        ("ReplicaSet", replicas, world.name, ""),
        ("Deployment", "web", replicas, ""),
        ("HorizontalPodAutoscaler", "web", "web", ""),
        ("ServiceAccount", "bot", world.name, ""),
    ]
    assert {(kind, name, owner) for kind, name, owner, _ in found[5:]} == {
        ("Service", "web", world.name),
        ("Ingress", "front", "web"),
        ("Endpoints", "web", "web"),
        ("NetworkPolicy", "wall", world.name),
        ("PersistentVolumeClaim", "data", world.name),
        ("PersistentVolume", world.volume, "data"),
        ("StorageClass", world.storage_class, world.volume),
        ("ConfigMap", "kube-root-ca.crt", world.name),
        ("ConfigMap", "settings", world.name),
        ("Secret", "key", world.name),
        ("Secret", "spare!", world.name),
        ("Secret", "pull!", world.name),
        ("Node", world.node, world.name),
    }


def test_what_does_not_exist_or_is_no_name_is_told(gateway, graph, world):
    pods = f"{graph}/pod/namespaces/{world.namespace}/pods"
    assert_status(gateway.get(f"{pods}/nobody"), 404, "NotFound", message="nobody")
    assert read(gateway, f"{graph}/workloads/namespaces/nowhere-at-all") == {"nowhere-at-all": []}
    for path in (f"{graph}/topology/namespaces/Big", f"{graph}/network/namespaces/%7BOP%7D", f"{pods}/a%2F..%2Fb"):
        assert_status(gateway.get(path), 400, "BadRequest")


@pytest.mark.parametrize(
    "query, field",
    [
        ("include=pods", "include"),
        ("include=Pod,%7BOP%7D", "include"),
        ("include=", "include"),
        ("limit=0", "limit"),
        ("limit=100001", "limit"),
        ("limit=x", "limit"),
        ("depth=3", "depth"),
    ],
)
def test_a_wrong_query_is_refused_by_name(gateway, graph, query, field):
    status = assert_status(gateway.get(f"{graph}/topology?{query}"), 400, "BadRequest")
    assert [cause["field"] for cause in status["details"]["causes"]] == [field]


def pods_of(*items):
    return json_answer({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}, "items": list(items)})


def pod(name, node=None, **spec):
    return {
        "metadata": {"name": name, "namespace": "default", "uid": f"u-{name}"},
        "spec": {"nodeName": node, "containers": [{"name": "a", "image": "x"}]} | spec,
    }


@pytest.fixture
def played(stubs, connected):
    """A cluster that has nothing of any kind; and the path of its graphs."""
    stubs.kube.on("*", pods_of())
    stubs.kube.answers.pop((None, "/api/v1/namespaces"))
    return f"/api/clusters/{connected}/graph"


def test_what_can_not_be_read_is_named_and_the_rest_is_drawn(stubbed, stubs, played):
    stubs.kube.on("/api/v1/pods", pods_of(pod("a", "n1", serviceAccountName="bot", imagePullSecrets=[{"name": "s"}])))
    stubs.kube.on("/api/v1/nodes", status_answer(403, "Forbidden", "nodes is forbidden"))
    hpas = "/apis/autoscaling/v2/horizontalpodautoscalers"
    stubs.kube.on(hpas, status_answer(404, "NotFound", "the server could not find the requested resource"))
    stubs.kube.on("/api/v1/secrets", Wire([b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"items\":"]))
    stubs.kube.on("/apis/batch/v1/jobs", json_answer([1, 2]))
    body = read(stubbed, f"{played}/topology")
    assert told(body) == [
        ("Pod/a", "runs-on", "Node/n1?"),
        ("Container/a", "owner", "Pod/a"),
        ("Pod/a", "uses", "ServiceAccount/bot!"),
        ("Pod/a", "mounts", "Secret/s?"),
    ]
    errors = {error["resource"]: error for error in body["errors"]}
    assert set(errors) == {"nodes", "horizontalpodautoscalers.autoscaling", "secrets", "jobs.batch"}
    assert errors["nodes"] == {"resource": "nodes", "code": "Forbidden", "message": "nodes is forbidden"}
    assert errors["horizontalpodautoscalers.autoscaling"]["code"] == "NotFound"
    trees = read(stubbed, f"{played}/workloads/namespaces/default")
    assert trees == {"default": []}


def test_trees_tell_what_can_not_be_read_where_no_namespace_can_be(stubbed, stubs, played):
    stubs.kube.on("/api/v1/pods", pods_of(pod("a") | {"kind": "Pod"}))
    stubs.kube.on("/apis/apps/v1/deployments", status_answer(403, "Forbidden", "deployments.apps is forbidden"))
    body = read(stubbed, f"{played}/workloads?limit=1")
    assert [item["name"] for item in body["default"]] == ["a"]
    assert body["_errors"] == [
        {"resource": "deployments.apps", "code": "Forbidden", "message": "deployments.apps is forbidden"}
    ]


def test_a_cluster_that_says_nothing_is_an_error(stubbed, stubs, played):
    stubs.kube.on("*", status_answer(403, "Forbidden", "you shall not pass"))
    reply = stubbed.get(f"{played}/topology")
    assert reply.status != 200
    assert "you shall not pass" in reply.json["message"]
    stubs.kube.refuse()
    try:
        assert_status(stubbed.get(f"{played}/network"), 503, "ServiceUnavailable")
    finally:
        stubs.kube.listen()


def test_secrets_are_asked_for_by_name_only_and_long_lists_page_by_page(stubbed, stubs, played):
    page = lambda name, token: json_answer({"metadata": {"continue": token}, "items": [pod(name)]})
    stubs.kube.on("/api/v1/pods", page("a", "next"), page("b", ""))
    body = read(stubbed, f"{played}/topology?include=Pod,Secret,ConfigMap")
    assert [node["name"] for node in body["nodes"]] == ["a", "b"]
    first, second = stubs.kube.seen("/api/v1/pods")
    assert "limit=500" in first.target and "continue=next" in second.target
    for path in ("/api/v1/secrets", "/api/v1/configmaps"):
        [request] = stubs.kube.seen(path)
        assert request.header("Accept").startswith("application/json;as=PartialObjectMetadataList;")
    assert len(stubs.kube.requests) == 4


def test_owners_in_a_circle_a_node_without_addresses_and_a_thousand_containers(stubbed, stubs, played):
    owned = lambda name, by: {
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"u-{name}",
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": by, "uid": f"u-{by}"}],
        }
    }
    many = pod("many", "n1") | {"spec": {"nodeName": "n1", "containers": [{"name": f"c{i}"} for i in range(1000)]}}
    stubs.kube.on("/api/v1/pods", pods_of(many))
    stubs.kube.on("/api/v1/nodes", json_answer({"metadata": {}, "items": [{"metadata": {"name": "n1", "uid": "u-n1"}}]}))
    stubs.kube.on("/apis/apps/v1/replicasets", json_answer({"metadata": {}, "items": [owned("a", "b"), owned("b", "a")]}))
    body = read(stubbed, f"{played}/topology")
    links = told(body)
    assert {("ReplicaSet/a", "owner", "ReplicaSet/b"), ("ReplicaSet/b", "owner", "ReplicaSet/a")} <= set(links)
    assert sum(source.startswith("Container/") for source, _, _ in links) == 1000
    assert [node["status"] for node in body["nodes"] if node["kind"] == "Node"] == ["Unknown"]
    items = read(stubbed, f"{played}/workloads")["default"]
    owners = {item["name"]: item["owner"] for item in items}
    assert owners == {"a": "", "b": "u-a", "many": ""}
    assert [item["name"] for item in items if item.get("cyclic")] == ["a"]


def test_a_node_of_a_thousand_pods_and_a_map_of_ten_thousand_objects_are_drawn(stubbed, stubs, played):
    pods = [pod(f"p{i}", f"n{i % 10}", serviceAccountName=f"s{i % 7}") for i in range(2500)]
    maps = [{"metadata": {"name": f"m{i}", "namespace": "default", "uid": f"u-m{i}"}} for i in range(5000)]
    stubs.kube.on("/api/v1/pods", pods_of(*pods))
    stubs.kube.on("/api/v1/configmaps", json_answer({"metadata": {}, "items": maps}))
    body = read(stubbed, f"{played}/topology")
    links = told(body)
    assert len(body["nodes"]) == 2 * 2500 + 5000 + 10 + 7 + 1 and body["truncated"] is False
    assert sum(kind == "runs-on" for _, kind, _ in links) == 2500
    cut = read(stubbed, f"{played}/topology?limit=5000")
    assert (len(cut["nodes"]), cut["truncated"]) == (5000, True)
    told(cut)


def test_ingresses_without_rules_paths_or_services_are_drawn(stubbed, stubs, played):
    spec = lambda name, spec: {"metadata": {"name": name, "namespace": "default", "uid": f"u-{name}"}, "spec": spec}
    items = [
        spec("bare", None),
        spec("none", {"rules": [{"host": "a.example"}, {"host": "b.example", "http": None}, {"http": {"paths": None}}]}),
        spec("odd", {"rules": [{"http": {"paths": [{"path": "/", "backend": {}}, {"backend": {"service": None}}, None]}}]}),
        spec("bucket", {"defaultBackend": {"resource": {"apiGroup": "x", "kind": "Bucket", "name": "b"}}}),
        spec("good", {"defaultBackend": {"service": {"name": "web"}}}),
    ]
    stubs.kube.on("/apis/networking.k8s.io/v1/ingresses", json_answer({"metadata": {}, "items": items}))
    body = read(stubbed, f"{played}/topology")
    assert told(body) == [("Ingress/good", "routes", "Service/web!")]
    assert {"bare", "none", "odd", "bucket", "good", "web"} <= {node["name"] for node in body["nodes"]}
    network = read(stubbed, f"{played}/network")["default"]
    assert [item["name"] for item in network if item["owner"]] == ["web"]
