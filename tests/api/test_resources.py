"""What is in a cluster, told by the API and held against what the API server itself says. Before the sandbox."""

import json
import time
import uuid

import pytest
from client import assert_status, in_a_still_moment, wait_until
from test_events import Events

FIELDS = {
    "pods": {"name", "namespace", "status", "containers", "node", "creation_time"},
    "deployments": {"name", "namespace", "replicas", "available_replicas", "creation_time"},
    "services": {"name", "namespace", "type", "cluster_ip", "ports", "creation_time"},
    "nodes": {"name", "status", "roles", "instance_type", "zone", "kubelet_version", "creation_time"},
}
PATHS = {
    "pods": "/api/v1/pods",
    "deployments": "/apis/apps/v1/deployments",
    "services": "/api/v1/services",
    "nodes": "/api/v1/nodes",
}


def key(item):
    return (item.get("namespace") or "", item["name"])


def by_key(objects):
    return {key(item["metadata"]): item for item in objects["items"]}


@pytest.fixture
def resources(gateway, demo):
    def get(kind="", **query):
        from urllib.parse import urlencode

        path = f"/api/clusters/{demo}/resources" + (f"/{kind}" if kind else "")
        return gateway.get(path + (f"?{urlencode(query)}" if query else ""))

    return get


@pytest.fixture
def listed(resources, direct):
    """The objects as the cluster has them, by namespace and name, and what the API answers in that moment."""

    def read(kind, path="", **query):
        look = lambda: by_key(direct.get(path or PATHS[kind]))
        return in_a_still_moment(look, lambda: resources(kind, **query))

    return read


@pytest.mark.parametrize("kind", FIELDS)
def test_items_have_the_fields_and_are_all_there(listed, kind):
    objects, reply = listed(kind)
    assert reply.status == 200 and set(reply.json) == {"items", "continue", "remaining"}
    items = reply.json["items"]
    assert items and all(set(item) == FIELDS[kind] for item in items)
    assert {key(item) for item in items} == set(objects)
    assert all(item["creation_time"] == objects[key(item)]["metadata"]["creationTimestamp"] for item in items)
    assert (reply.json["continue"], reply.json["remaining"]) == ("", 0)


def test_deployments_say_how_many_replicas_there_are(listed):
    objects, reply = listed("deployments")
    for item in reply.json["items"]:
        deployment = objects[key(item)]
        assert item["replicas"] == deployment["spec"]["replicas"], item
        assert item["available_replicas"] == deployment["status"].get("availableReplicas", 0), item


def test_services_say_their_type_address_and_ports(listed):
    objects, reply = listed("services")
    for item in reply.json["items"]:
        spec = objects[key(item)]["spec"]
        assert (item["type"], item["cluster_ip"]) == (spec["type"], spec.get("clusterIP", "")), item
        assert len(item["ports"]) == len(spec.get("ports", [])) if isinstance(item["ports"], list) else item["ports"]


def test_nodes_say_where_and_what_they_are(listed):
    objects, reply = listed("nodes")
    for item in reply.json["items"]:
        node = objects[key(item)]
        labels = node["metadata"]["labels"]
        assert item["instance_type"] == labels.get("node.kubernetes.io/instance-type", "")
        assert item["zone"] == labels.get("topology.kubernetes.io/zone", "")
        assert item["kubelet_version"] == node["status"]["nodeInfo"]["kubeletVersion"]


def test_pods_say_what_kubectl_says(resources, direct):
    def printed():
        table = direct.get("/api/v1/pods", Accept="application/json;as=Table;v=v1;g=meta.k8s.io")
        status = [column["name"] for column in table["columnDefinitions"]].index("Status")
        return {key(row["object"]["metadata"]): row["cells"][status] for row in table["rows"]}

    status, reply = in_a_still_moment(printed, lambda: resources("pods"))
    assert any(said not in ("Running", "Completed") for said in status.values()), "the sandbox has unhealthy pods"
    assert {key(item): item["status"] for item in reply.json["items"]} == status


@pytest.mark.parametrize(
    "query, path",
    [
        ({"namespace": "kube-system"}, "/api/v1/namespaces/kube-system/pods"),
        ({"labelSelector": "app"}, "/api/v1/pods?labelSelector=app"),
        (
            {"labelSelector": "app in (payments-api,storefront),!nothing"},
            "/api/v1/pods?labelSelector=app%20in%20(payments-api,storefront),!nothing",
        ),
        ({"fieldSelector": "status.phase=Running"}, "/api/v1/pods?fieldSelector=status.phase%3DRunning"),
        (
            {"namespace": "payments", "fieldSelector": "status.phase!=Running"},
            "/api/v1/namespaces/payments/pods?fieldSelector=status.phase!%3DRunning",
        ),
        ({"namespace": "no-such-namespace"}, "/api/v1/namespaces/no-such-namespace/pods"),
    ],
)
def test_filters_are_the_api_servers(listed, query, path):
    objects, reply = listed("pods", path, **query)
    assert {key(item) for item in reply.json["items"]} == set(objects)


@pytest.mark.parametrize("extra", [{}, {"sort": "name"}, {"sort": "-creation_time"}, {"sort": "status"}], ids=str)
@pytest.mark.parametrize("limit", [1, 3])
def test_pages_together_are_the_whole(resources, limit, extra):
    def read_pages():
        pages, remaining, token = [], [], None
        while token != "":
            page = resources("pods", limit=limit, **extra, **({"continue": token} if token else {}))
            assert page.status == 200, page.text
            assert len(page.json["items"]) <= limit
            pages += page.json["items"]
            remaining.append(page.json["remaining"] + len(pages))
            token = page.json["continue"]
        return pages, set(remaining)

    whole, (pages, remaining) = in_a_still_moment(lambda: resources("pods", **extra).json["items"], read_pages)
    assert [key(item) for item in pages] == [key(item) for item in whole]
    assert remaining == {len(whole)}


@pytest.mark.parametrize(
    "kind, sort",
    [("pods", "name"), ("pods", "node"), ("deployments", "replicas"), ("nodes", "creation_time"), ("services", "type")],
)
def test_sorting_orders_the_whole_list_both_ways(resources, kind, sort):
    # A pod that waits has no node: null comes before every name.
    values = lambda text: [item[sort] or "" for item in resources(kind, sort=text).json["items"]]
    assert values(sort) == sorted(values(sort))
    assert values("-" + sort) == sorted(values(sort), reverse=True)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "many"},
        {"format": "xml"},
        {"sort": "colour"},
        {"unknown": "1"},
        {"continue": "nonsense", "limit": 5},
        {"labelSelector": "a=b=c"},
        {"fieldSelector": "spec.nothing=1"},
        {"namespace": ""},
    ],
)
def test_a_wrong_parameter_is_400(resources, query):
    assert_status(resources("pods", **query), 400, "BadRequest")


def test_a_namespace_cannot_lead_out_of_its_place_in_the_path(resources):
    assert resources("pods", namespace="a/../../nodes").status in (400, 404)


def test_a_parameter_twice_is_400(gateway, demo):
    assert_status(gateway.get(f"/api/clusters/{demo}/resources/pods?limit=1&limit=2"), 400, "BadRequest")


@pytest.mark.parametrize("kind", ["unicorns", "pods.apps", "deployments.v1.apps", "pods%2Flog", "%2e%2e", "Pods"])
def test_a_type_that_is_not_served_is_404(resources, kind):
    reply = resources(kind)
    assert reply.status in (400, 404) and reply.json["kind"] == "Status"


def test_every_kind_that_can_be_listed_is(resources):
    kinds = resources().json
    assert kinds.get("errors", []) == []
    listable = [k for k in kinds["resources"] if "list" in k["verbs"]]
    assert {"pods", "nodes", "deployments.apps", "jobs.batch", "backupplans.ops.example.com"} <= {
        k["type"] for k in listable
    }
    for kind in listable:
        assert set(kind) >= {"type", "plural", "group", "version", "kind", "namespaced", "verbs", "shortNames"}
        reply = resources(kind["type"], format="table")
        assert reply.status == 200, (kind["type"], reply.text)
        assert "Name" in [c["name"] for c in reply.json["columns"]], kind["type"]
        assert {"columns", "rows", "continue"} <= set(reply.json)
        for row in reply.json["rows"]:
            # Kubernetes 1.33 itself sends a cell more than columns for ipaddresses.
            assert len(row["cells"]) >= len(reply.json["columns"]) and row["name"]


@pytest.fixture
def broken_group(direct, resources):
    """An aggregated API whose server there never was."""
    services = "/apis/apiregistration.k8s.io/v1/apiservices"
    service = {"namespace": "kube-system", "name": "nobody", "port": 443}
    spec = {"group": "broken.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 100}
    body = {"metadata": {"name": "v1.broken.example.com"}, "spec": spec | {"service": service, "insecureSkipTLSVerify": True}}
    made = direct.request("POST", services, json.dumps(body), {"Content-Type": "application/json"})
    assert made.status == 201, made.text
    named = lambda: [error["resource"] for error in resources().json["errors"]]
    try:
        wait_until(lambda: "broken.example.com/v1" in named())
        yield "broken.example.com/v1"
    finally:
        direct.request("DELETE", f"{services}/v1.broken.example.com")
    wait_until(lambda: "broken.example.com/v1" not in named())


def test_an_aggregated_api_whose_server_is_away_is_named_and_the_rest_is_served(gateway, demo, resources, broken_group):
    kinds = resources().json
    [gap] = [error for error in kinds["errors"] if error["resource"] == broken_group]
    assert gap["code"] == "ServiceUnavailable" and broken_group in gap["message"]
    assert {"pods", "deployments.apps", "backupplans.ops.example.com"} <= {kind["type"] for kind in kinds["resources"]}
    context = gateway.get(f"/api/contexts/{demo}").json
    assert gap in context["errors"] and context["currentContext"]["kubernetesVersion"]
    assert "pods" in context["currentContext"]["resources"][""] and "default" in context["currentContext"]["namespaces"]
    for path in ("dashboard", "topology?limit=1", "graph/workloads/namespaces/web"):
        reply = gateway.get(f"/api/clusters/{demo}/{path}")
        assert reply.status == 200 and not reply.json.get("errors"), reply.text
    assert resources("pods").json["items"] and resources("widgets.broken.example.com").status == 404
    events = Events(gateway, f"/api/clusters/{demo}/events/stream?kinds=pods,widgets.broken.example.com").wait_live("pods")
    events.close()
    assert events.of("widgets.broken.example.com", "state")[0]["state"] == "refused"


def test_a_type_of_its_own_definition_is_listed_with_its_columns(gateway, demo, resources):
    """Made in this very test, so that nothing can know it beforehand."""
    group, plural = f"t{uuid.uuid4().hex[:8]}.example.com", "widgets"
    raw = f"/raw/clusters/{demo}"
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"plural": plural, "singular": "widget", "kind": "Widget"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {
                        "openAPIV3Schema": {
                            "type": "object",
                            "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
                        }
                    },
                    "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
                }
            ],
        },
    }
    created = gateway.post(f"{raw}/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition)
    assert created.status == 201, created.text
    try:
        widget = {"apiVersion": f"{group}/v1", "kind": "Widget", "metadata": {"name": "one"}, "spec": {"size": 42}}
        deadline = time.monotonic() + 20
        while gateway.post(f"{raw}/apis/{group}/v1/namespaces/default/{plural}", widget).status == 404:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        while (reply := resources(f"{plural}.{group}")).status == 404 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert reply.status == 200, reply.text
        columns = [column["name"] for column in reply.json["columns"]]
        (row,) = reply.json["rows"]
        assert (row["name"], row["namespace"]) == ("one", "default")
        assert row["cells"][columns.index("Size")] == 42
        assert f"{plural}.{group}" in {k["type"] for k in resources().json["resources"]}
    finally:
        gateway.request("DELETE", f"{raw}/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{plural}.{group}")


# The raw proxy before a real API server.


@pytest.mark.parametrize(
    "path",
    [
        "/version",
        "/api",
        "/apis",
        "/api/v1/namespaces/default",
        "/openapi/v3",
        "/apis/apps/v1",
        "/api/v1/namespaces?limit=2",
        "/api/v1/namespaces/kube-system/configmaps",
        "/api/v1/nothing",
        "/healthz",
        "/readyz?verbose",
    ],
)
@pytest.mark.parametrize("agent", ["curl/8.0", "kubectl/v1.34.0"])
def test_an_answer_is_what_the_api_server_would_have_said(gateway, demo, direct, path, agent):
    headers = {"User-Agent": agent, "Accept": "application/json"}
    straight = None

    def look():
        nonlocal straight
        straight = direct.request("GET", path, headers=headers)
        return straight.status, straight.body

    said, through = in_a_still_moment(look, lambda: gateway.get(f"/raw/clusters/{demo}{path}", headers=headers))
    assert (through.status, through.body) == said
    ours = {"date", "audit-id", "server", "connection", "transfer-encoding", "keep-alive", "x-request-id"}
    # Which flow-control queue served it depends on who asks.
    value = lambda name, text: "any" if name.startswith("x-kubernetes-pf-") else text
    pick = lambda reply: sorted(
        (k.lower(), value(k.lower(), v)) for k, v in reply.headers if k.lower() not in ours | {"content-length"}
    )
    assert pick(through) == pick(straight)


def test_an_object_lives_its_life_through_the_proxy(gateway, demo):
    collection = f"/raw/clusters/{demo}/api/v1/namespaces/default/configmaps"
    name = f"life-{uuid.uuid4().hex[:8]}"
    one = f"{collection}/{name}"
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": "1"}}
    assert gateway.post(collection, body).status == 201
    assert_status(gateway.post(collection, body), 409, "AlreadyExists")
    current = gateway.get(one).json
    assert gateway.request("PUT", one, json_body=current | {"data": {"a": "2"}}).status == 200
    assert_status(gateway.request("PUT", one, json_body=current | {"data": {"a": "3"}}), 409, "Conflict")
    for content_type, patch in (
        ("application/strategic-merge-patch+json", {"data": {"b": "strategic"}}),
        ("application/merge-patch+json", {"data": {"c": "merge"}}),
        ("application/json-patch+json", [{"op": "add", "path": "/data/d", "value": "json"}]),
    ):
        reply = gateway.request("PATCH", one, json_body=patch, headers={"Content-Type": content_type})
        assert reply.status == 200, reply.text
    applied = gateway.request(
        "PATCH",
        f"{one}?fieldManager=test&force=true",
        headers={"Content-Type": "application/apply-patch+yaml"},
        body=f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  e: applied\n".encode(),
    )
    assert applied.status == 200, applied.text
    assert gateway.get(one).json["data"] == {"a": "2", "b": "strategic", "c": "merge", "d": "json", "e": "applied"}
    deleted = gateway.request("DELETE", one, json_body={"propagationPolicy": "Background"})
    assert deleted.status == 200
    assert_status(gateway.get(one), 404, "NotFound")


def test_a_body_too_large_for_the_api_server_gets_its_own_413(gateway, demo):
    body = json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "large"}, "data": {"a": "x" * (4 << 20)}}
    )
    reply = gateway.request(
        "POST",
        f"/raw/clusters/{demo}/api/v1/namespaces/default/configmaps",
        body=body.encode(),
        headers={"Content-Type": "application/json"},
    )
    assert_status(reply, 413, "RequestEntityTooLarge")
    assert reply.header("X-Eksgate-Error") is None


def test_logs_of_a_pod_pass_as_text(gateway, demo, resources):
    pod = next(p for p in resources("pods", fieldSelector="status.phase=Running").json["items"])
    reply = gateway.get(f"/raw/clusters/{demo}/api/v1/namespaces/{pod['namespace']}/pods/{pod['name']}/log?tailLines=3")
    assert reply.status == 200, reply.text
    assert reply.header("Content-Type") == "text/plain"


# Identities before the real checks of the sandbox.


def keys_of(sandbox, user):
    return {"type": "credentials", **sandbox.state["users"][user]}


def connect(gateway, name, auth, region="us-east-1", **more):
    return gateway.post("/api/clusters/connect", {"cluster_name": name, "region": region, "auth": auth} | more)


@pytest.fixture
def fresh(launcher, short_tmp, sandbox):
    """A gateway of its own before the sandbox, for tests that change who is connected."""
    gateway = launcher.start(short_tmp, env=sandbox.env)
    yield gateway
    launcher.stop(gateway)


def test_given_keys_connect_and_the_identity_decides_what_is_seen(fresh, sandbox):
    reply = connect(fresh, "demo", keys_of(sandbox, "viewer"))
    assert reply.status == 201, reply.text
    identity = reply.json["connection_id"]
    assert identity == "us-east-1_demo"
    assert fresh.get(f"/api/clusters/{identity}").json["identity_arn"].endswith(":user/viewer")
    assert fresh.get(f"/api/clusters/{identity}/resources/pods").status == 200
    assert_status(fresh.get(f"/api/clusters/{identity}/resources/secrets"), 403, "Forbidden")
    refused = fresh.post(f"/raw/clusters/{identity}/api/v1/namespaces", {"metadata": {"name": "x"}})
    assert_status(refused, 403, "Forbidden")

    assert_status(connect(fresh, "demo", keys_of(sandbox, "platform-admin")), 409, "Conflict")
    assert connect(fresh, "demo", keys_of(sandbox, "platform-admin"), replace=True).status == 200
    assert fresh.get(f"/api/clusters/{identity}/resources/secrets").status == 200


@pytest.mark.parametrize(
    "change, code",
    [
        ({"secret_access_key": "x" * 40}, "SignatureDoesNotMatch"),
        ({"access_key_id": "AKIANOBODYNOBODYNOBO"}, "InvalidClientTokenId"),
        ({"session_token": "not-a-session"}, "InvalidClientTokenId"),
    ],
)
def test_wrong_keys_are_refused_with_awss_own_words(gateway, demo, sandbox, change, code):
    before = gateway.get("/api/clusters").body
    reply = connect(gateway, "demo", keys_of(sandbox, "viewer") | change)
    assert_status(reply, 403, "Forbidden")
    assert reply.json["details"]["awsCode"] == code
    assert gateway.get("/api/clusters").body == before


def test_an_identity_that_no_cluster_knows_is_403(fresh, sandbox):
    reply = connect(fresh, "demo", keys_of(sandbox, "stranger"))
    assert_status(reply, 403, "Forbidden", slug="upstream-unauthorized")
    assert fresh.get("/api/clusters").json["clusters"] == []


def test_a_cluster_that_does_not_exist_is_404_with_awss_own_words(gateway):
    reply = connect(gateway, "no-such-cluster", {"type": "default"})
    assert_status(reply, 404, "NotFound")
    assert reply.json["details"]["awsCode"] == "ResourceNotFoundException"


def test_the_unreachable_cluster_is_503_and_says_so(gateway):
    begin = time.monotonic()
    assert_status(
        connect(gateway, "demo", {"type": "default"}, region="eu-west-1"),
        503,
        "ServiceUnavailable",
        slug="upstream-unreachable",
    )
    assert time.monotonic() - begin < 15


def test_two_clusters_are_told_apart(fresh):
    assert connect(fresh, "demo", {"type": "default"}).status == 201
    assert connect(fresh, "staging", {"type": "default"}).status == 201
    assert fresh.get("/api/clusters").json["contexts"] == ["us-east-1_demo", "us-east-1_staging"]
    node = lambda identity: {i["name"] for i in fresh.get(f"/api/clusters/{identity}/resources/pods").json["items"]}
    assert node("us-east-1_demo") != node("us-east-1_staging")
    assert_status(fresh.get("/raw/version"), 400, "BadRequest")


def test_available_clusters_of_two_regions(gateway):
    reply = gateway.post(
        "/api/clusters/available", {"regions": ["us-east-1", "eu-west-1"], "auth": {"type": "default"}}
    )
    assert reply.status == 200
    assert {(c["region"], c["name"]) for c in reply.json["clusters"]} >= {
        ("us-east-1", "demo"),
        ("us-east-1", "staging"),
        ("eu-west-1", "demo"),
    }
    assert reply.json["errors"] == []
    assert all(
        set(c) == {"name", "region", "status", "version", "endpoint", "created_at"} for c in reply.json["clusters"]
    )


def test_a_table_says_where_a_watch_goes_on(resources, direct):
    before = resources("configmaps", namespace="web", format="table").json["resource_version"]
    name = f"watched-{uuid.uuid4().hex[:8]}"
    maps = "/api/v1/namespaces/web/configmaps"
    created = direct.request("POST", maps, json.dumps({"metadata": {"name": name}}), {"Content-Type": "application/json"})
    assert created.status == 201, created.text
    try:
        events = direct.request("GET", f"{maps}?watch=1&timeoutSeconds=1&resourceVersion={before}").text
        first = json.loads(events.splitlines()[0])
        assert (first["type"], first["object"]["metadata"]["name"]) == ("ADDED", name)
    finally:
        direct.request("DELETE", f"{maps}/{name}")
