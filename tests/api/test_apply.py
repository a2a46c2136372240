"""Manifests applied through the gateway, to a real API server: what is stored is asked of it directly."""

import json
import re
import subprocess
import uuid
from pathlib import Path

import pytest
import stack as stacks
from client import assert_status
from conftest import ROOT
from stubs.kube import Answer, Wire, json_answer, status_answer

RELEASE = ROOT / "build" / "eksgate"
YAML = {"Content-Type": "application/yaml"}
WIDGETS = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: GROUP_PLURAL}
spec:
  group: GROUP
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
"""


class Cluster:
    """The sandbox's cluster behind the gateway, and directly."""

    def __init__(self, gateway, identity, direct, sandbox):
        self.gateway, self.path, self.direct = gateway, f"/raw/clusters/{identity}", direct
        self.kubectl_path, self.kubeconfig = sandbox.state["kubectl"], sandbox.state["clusters"]["demo"]["kubeconfig"]

    def apply(self, body, query="", method="POST", headers=YAML):
        body = body if isinstance(body, bytes) else body.encode()
        return self.gateway.request(method, self.path + query, body=body, headers=headers)

    def get(self, path):
        return self.direct.get(path)

    def kubectl(self, *arguments, text=None, check=True):
        return subprocess.run(
            [self.kubectl_path, f"--kubeconfig={self.kubeconfig}", *arguments],
            input=text,
            capture_output=True,
            text=True,
            check=check,
            timeout=60,
        )


@pytest.fixture(scope="module")
def cluster(gateway, demo, direct, sandbox):
    return Cluster(gateway, demo, direct, sandbox)


@pytest.fixture(scope="module")
def namespace(cluster):
    name = f"apply-{uuid.uuid4().hex[:8]}"
    cluster.direct.request(
        "POST",
        "/api/v1/namespaces",
        json.dumps({"metadata": {"name": name}}),
        {"Content-Type": "application/json"},
    )
    yield name
    cluster.direct.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="module")
def widgets(cluster):
    """A kind whose spec may be anything; its group."""
    group = f"{uuid.uuid4().hex[:8]}.eksgate.test"
    reply = cluster.apply(WIDGETS.replace("GROUP_PLURAL", f"widgets.{group}").replace("GROUP", group))
    assert reply.status == 201, reply.text
    yield group
    cluster.direct.request("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}")


def config_map(name, **members):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}} | members)


def items(reply):
    assert reply.status == 207, reply.text
    assert reply.header("Content-Type") == "application/json"
    return {item["index"]: item for item in reply.json["items"]}


def test_one_document_is_answered_with_the_object(cluster, namespace):
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: one, namespace: {namespace}}}\ndata: {{a: '1'}}\n"
    created = cluster.apply(text)
    assert created.status == 201, created.text
    assert created.json["metadata"]["name"] == "one" and created.json["data"] == {"a": "1"}
    updated = cluster.apply(text.replace("'1'", "'2'"))
    assert updated.status == 200 and updated.json["data"] == {"a": "2"}
    stored = cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/one")
    assert stored == updated.json
    assert [(m["manager"], m["operation"]) for m in stored["metadata"]["managedFields"]] == [("eksgate", "Apply")]


def test_a_json_body_and_the_method_patch_do_the_same(cluster, namespace):
    body = config_map("json", data={"a": "1"})
    headers = {"Content-Type": "application/json"}
    assert cluster.apply(body, f"?namespace={namespace}", headers=headers).status == 201
    reply = cluster.apply(body.replace('"1"', '"2"'), f"?namespace={namespace}", "PATCH", headers)
    assert reply.status == 200 and reply.json["data"] == {"a": "2"}


def test_many_kinds_in_one_body_each_go_where_they_live(cluster):
    name = f"apply-{uuid.uuid4().hex[:8]}"
    reply = cluster.apply(
        f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: {name}}}
spec:
  replicas: 0
  selector: {{matchLabels: &labels {{app: web}}}}
  template:
    metadata: {{labels: *labels}}
    spec: {{containers: [{{name: web, image: "nginx:1"}}]}}
---
# nothing in here
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: {name}}}
spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: "web:reader", namespace: {name}}}
rules: []
---
apiVersion: v1
kind: Namespace
metadata: {{name: {name}}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{name: web, namespace: {name}}}
spec: {{maxUnavailable: 1, selector: {{}}}}
"""
    )
    try:
        # The namespace came first although it stands behind what lives in it; the index is the place in the body.
        assert [item["index"] for item in reply.json["items"]] == [3, 0, 1, 2, 4]
        for index, kind, namespace in [
            (0, "Deployment", name),
            (1, "Service", name),
            (2, "Role", name),
            (3, "Namespace", None),
            (4, "PodDisruptionBudget", name),
        ]:
            item = items(reply)[index]
            assert (item["status"], item["kind"], item["namespace"]) == (201, kind, namespace), item
            assert item["object"]["kind"] == kind and item["name"] == item["object"]["metadata"]["name"]
        for path in (
            f"/apis/apps/v1/namespaces/{name}/deployments/web",
            f"/api/v1/namespaces/{name}/services/web",
            f"/apis/rbac.authorization.k8s.io/v1/namespaces/{name}/roles/web:reader",
            f"/apis/policy/v1/namespaces/{name}/poddisruptionbudgets/web",
        ):
            assert cluster.get(path)["metadata"]["name"]
    finally:
        cluster.direct.request("DELETE", f"/api/v1/namespaces/{name}")


def test_a_definition_and_its_objects_in_one_request(cluster, namespace):
    group = f"{uuid.uuid4().hex[:8]}.eksgate.test"
    crd = WIDGETS.replace("GROUP_PLURAL", f"widgets.{group}").replace("GROUP", group)
    widget = f"apiVersion: {group}/v1\nkind: Widget\nmetadata: {{name: w, namespace: {namespace}}}\nspec: {{size: 3}}\n"
    try:
        reply = cluster.apply(f"{widget}\n---\n{crd}")
        assert {index: item["status"] for index, item in items(reply).items()} == {0: 201, 1: 201}, reply.text
        assert cluster.get(f"/apis/{group}/v1/namespaces/{namespace}/widgets/w")["spec"] == {"size": 3}
    finally:
        cluster.direct.request("DELETE", f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.{group}")


def test_a_kind_that_nobody_serves_is_an_error_of_its_object_only(cluster, namespace):
    reply = cluster.apply(
        f"{config_map('beside')}\n---\napiVersion: nobody.example/v1\nkind: Thing\nmetadata: {{name: x}}\n",
        f"?namespace={namespace}",
    )
    found = items(reply)
    assert found[0]["status"] == 201
    assert found[1]["status"] == 404 and found[1]["error"]["reason"] == "NotFound"
    assert 'serves no kind "Thing" in "nobody.example/v1"' in found[1]["error"]["message"]
    alone = cluster.apply("apiVersion: v1\nkind: Thing\nmetadata: {name: x}\n")
    assert_status(alone, 404, "NotFound", message='no kind "Thing" in "v1"')


@pytest.mark.parametrize("kind", ["List", "ConfigMapList"])
def test_a_list_is_its_items(cluster, namespace, kind):
    version, own = ("v1", {"apiVersion": "v1", "kind": "ConfigMap"}) if kind == "List" else ("v1", {})
    reply = cluster.apply(
        json.dumps(
            {
                "apiVersion": version,
                "kind": kind,
                "items": [own | {"metadata": {"name": f"{kind.lower()}-{n}"}, "data": {"n": str(n)}} for n in range(3)],
            }
        ),
        f"?namespace={namespace}",
    )
    assert [items(reply)[n]["object"]["data"] for n in range(3)] == [{"n": "0"}, {"n": "1"}, {"n": "2"}]


def test_a_list_of_one_and_an_empty_list_are_answered_as_lists(cluster, namespace):
    item = json.loads(config_map("only"))
    one = cluster.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": [item]}), f"?namespace={namespace}")
    assert list(items(one)) == [0]
    assert items(cluster.apply('{"apiVersion":"v1","kind":"List","items":[]}')) == {}


def test_a_conflict_names_the_other_manager_and_force_takes_over(cluster, namespace):
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: fought, namespace: {namespace}}}\ndata: {{a: theirs}}\n"
    assert cluster.apply(text, "?fieldManager=other").status == 201
    mine = text.replace("theirs", "mine")
    reply = cluster.apply(mine)
    status = assert_status(reply, 409, "Conflict", message='conflict with "other": .data.a')
    assert status["details"]["causes"][0]["field"] == ".data.a"
    several = cluster.apply(f"{mine}\n---\n{config_map('unfought')}", f"?namespace={namespace}")
    found = items(several)
    assert found[0]["error"] == status and found[0]["status"] == 409 and found[1]["status"] == 201
    forced = cluster.apply(mine, "?force=true")
    assert forced.status == 200 and forced.json["data"] == {"a": "mine"}


def test_a_dry_run_answers_as_if_and_changes_nothing(cluster, namespace):
    reply = cluster.apply(config_map("dry", data={"a": "1"}), f"?namespace={namespace}&dryRun=All")
    assert reply.status == 201 and reply.json["metadata"]["uid"]
    assert cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/dry")["code"] == 404


def test_an_unknown_field_is_refused_unless_asked_otherwise(cluster, namespace):
    body = config_map("strict", dat={"a": "1"})
    reply = cluster.apply(body, f"?namespace={namespace}")
    assert reply.status >= 400 and "dat" in reply.json["message"]
    assert cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/strict")["code"] == 404
    # Server-side apply knows no unknown fields at all; the other ways ask for it.
    created = cluster.apply(body, f"?namespace={namespace}&mode=create")
    assert_status(created, 400, "BadRequest", message='unknown field "dat"')
    ignored = cluster.apply(body, f"?namespace={namespace}&mode=create&fieldValidation=Ignore")
    assert ignored.status == 201 and "dat" not in ignored.json
    body = body.replace('"strict"', '"warned"')
    warned = cluster.apply(body, f"?namespace={namespace}&mode=create&fieldValidation=Warn")
    assert warned.status == 201 and 'unknown field \\"dat\\"' in warned.header("Warning")
    body = body.replace('"warned"', '"warned-too"')
    several = cluster.apply(f"{body}\n{config_map('calm')}", f"?namespace={namespace}&mode=create&fieldValidation=Warn")
    assert items(several)[0]["warnings"] == ['unknown field "dat"']
    assert "warnings" not in items(several)[1]


def test_a_generated_name_is_created_anew_each_time(cluster, namespace):
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{generateName: made-, namespace: {namespace}}}\n"
    names = {cluster.apply(text).json["metadata"]["name"] for _ in range(2)}
    assert len(names) == 2 and all(name.startswith("made-") for name in names)
    several = items(cluster.apply(f"{text}\n---\n{text}"))
    assert several[0]["name"].startswith("made-") and several[0]["name"] != several[1]["name"]


def test_create_refuses_what_is_there(cluster, namespace):
    body, query = config_map("new"), f"?namespace={namespace}&mode=create"
    assert cluster.apply(body, query).status == 201
    assert_status(cluster.apply(body, query), 409, "AlreadyExists")


@pytest.mark.parametrize("method, mode", [("POST", "&mode=replace"), ("PUT", "")])
def test_replace_without_a_version_overwrites_and_with_one_is_a_lock(cluster, namespace, method, mode):
    name, query = f"replaced-{method.lower()}", f"?namespace={namespace}"
    absent = cluster.apply(config_map(name), query + mode, method)
    assert_status(absent, 404, "NotFound", message=f'configmaps "{name}" not found')
    first = cluster.apply(config_map(name, data={"a": "1", "b": "1"}), query).json
    replaced = cluster.apply(config_map(name, data={"a": "2"}), query + mode, method)
    assert replaced.status == 200 and replaced.json["data"] == {"a": "2"}
    first["data"] = {"a": "3"}
    stale = cluster.apply(json.dumps(first), query + mode, method)
    assert_status(stale, 409, "Conflict", message="the object has been modified")
    fresh = replaced.json | {"data": {"a": "4"}}
    assert cluster.apply(json.dumps(fresh), query + mode, method).json["data"] == {"a": "4"}
    empty = json.dumps(fresh | {"metadata": {"name": name, "resourceVersion": ""}, "data": {"a": "5"}})
    assert cluster.apply(empty, query + mode, method).json["data"] == {"a": "5"}


def test_objects_without_a_namespace_go_into_the_one_that_is_named(cluster, namespace):
    assert cluster.apply(config_map("placed"), f"?namespace={namespace}").json["metadata"]["namespace"] == namespace
    default = cluster.apply(config_map("placed-by-default"), "?dryRun=All")
    assert default.json["metadata"]["namespace"] == "default"
    reply = cluster.apply(config_map("placed", metadata={"name": "x", "namespace": "a"}), "?namespace=b")
    status = assert_status(reply, 422, "Invalid")
    assert status["details"]["causes"][0]["field"] == "documents[0].metadata.namespace"
    node = cluster.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: apply-dry}\n", "?namespace=b&dryRun=All")
    assert node.status == 201 and "namespace" not in node.json["metadata"]


FAULTS = [
    ("", 400, "BadRequest", "the body holds no object", None),
    ("# only a remark\n---\n", 400, "BadRequest", "the body holds no object", None),
    ("a: [", 400, "BadRequest", "documents[1]: line ", None),
    ("kind: A\nkind: B\n", 400, "BadRequest", 'has the key "kind" twice', None),
    ('{"a": 1', 400, "BadRequest", "documents[1]: line ", None),
    ('{"kind": "A", "kind": "B"}', 400, "BadRequest", 'has the key "kind" twice', None),
    ("a: \xff".encode("latin-1"), 400, "BadRequest", "the body is not UTF-8", None),
    ("a: \ud800".encode("utf-8", "surrogatepass"), 400, "BadRequest", "the body is not UTF-8", None),
    ("kind: ConfigMap\nmetadata: {name: x}\n", 422, "Invalid", "", "documents[1].apiVersion"),
    ("apiVersion: v1\nmetadata: {name: x}\n", 422, "Invalid", "", "documents[1].kind"),
    ("apiVersion: v1\nkind: ConfigMap\n", 422, "Invalid", "", "documents[1].metadata.name"),
    ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: 12}\n", 422, "Invalid", "", "documents[1].metadata.name"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: a/exec}\n", 422, "Invalid", "", "documents[1].metadata.name"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: '..'}\n", 422, "Invalid", "", "documents[1].metadata.name"),
    ("apiVersion: v1/../x\nkind: Pod\nmetadata: {name: a}\n", 422, "Invalid", "", "documents[1].apiVersion"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b/c}\n", 422, "Invalid", "", "metadata.namespace"),
    ("apiVersion: v1\nkind: List\nitems: [{kind: A}]\n", 422, "Invalid", "", "documents[1].items[0].apiVersion"),
    ("- a\n", 422, "Invalid", "must be an object", "documents[1]"),
    ("a: &a [*a]\n", 400, "BadRequest", "contains itself", None),
    ("[" * 100_000, 400, "BadRequest", "nested too deeply", None),
    ("{" * 100_000, 400, "BadRequest", "", None),
    ('{"a":' * 100_000 + "1" + "}" * 100_000, 400, "BadRequest", "nested too deeply", None),
    ("[" + "1," * 3_000_000 + "1]", 400, "BadRequest", "too many values", None),
    ('{"a":[' + "1," * 3_000_000 + "1]}", 400, "BadRequest", "too many values", None),
    (
        "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"{y}: &{y} [{','.join(['*' + x] * 10)}]\n" for x, y in zip("abcdefgh", "bcdefghi", strict=True)),
        400,
        "BadRequest",
        "too many values",
        None,
    ),
]


@pytest.mark.parametrize("fault, code, reason, message, field", FAULTS, ids=range(len(FAULTS)))
def test_a_fault_anywhere_leaves_the_cluster_as_it_was(cluster, namespace, fault, code, reason, message, field):
    name = f"beside-{uuid.uuid4().hex[:8]}"
    fault = fault if isinstance(fault, bytes) else fault.encode()
    good = config_map(name).encode() + b"\n---\n"
    body = fault if "no object" in message else good + fault
    reply = cluster.apply(body, f"?namespace={namespace}")
    status = assert_status(reply, code, reason, message=message)
    if field:
        assert any(cause["field"].endswith(field) for cause in status["details"]["causes"]), status
    assert cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/{name}")["code"] == 404


def test_a_thousand_objects_and_not_one_more(cluster, namespace):
    body = "\n".join(config_map(f"many-{n}") for n in range(1001))
    status = assert_status(cluster.apply(body, f"?namespace={namespace}"), 413, "RequestEntityTooLarge")
    assert "more than 1000 objects" in status["message"]
    assert cluster.get(f"/api/v1/namespaces/{namespace}/configmaps/many-0")["code"] == 404
    thousand = "\n".join(config_map(f"many-{n}") for n in range(1000))
    found = items(cluster.apply(thousand, f"?namespace={namespace}&dryRun=All"))
    assert len(found) == 1000 and {item["status"] for item in found.values()} == {201}


def test_a_body_beyond_eight_mebibytes_is_refused(cluster):
    reply = cluster.apply(b"a: " + b"x" * (8 << 20))
    assert_status(reply, 413, "RequestEntityTooLarge")


def test_forms_and_plain_text_which_any_page_could_send_are_refused(cluster, namespace):
    for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"):
        reply = cluster.apply(config_map("sent"), f"?namespace={namespace}", headers={"Content-Type": kind})
        assert_status(reply, 415, "UnsupportedMediaType", message="application/yaml")
    reply = cluster.apply(config_map("sent"), f"?namespace={namespace}", headers={})
    assert_status(reply, 415, "UnsupportedMediaType")
    for kind in ("text/yaml", "application/x-yaml; charset=utf-8", "application/merge-patch+json"):
        reply = cluster.apply(
            config_map("sent"), f"?namespace={namespace}&dryRun=All", headers={"Content-Type": kind}
        )
        assert reply.status == 201, reply.text


@pytest.mark.parametrize(
    "query, name",
    [
        ("?mode=merge", "mode"),
        ("?dryRun=true", "dryRun"),
        ("?force=yes", "force"),
        ("?unknown=1", "unknown"),
        ("?mode=apply&mode=apply", "mode"),
        ("?fieldValidation=none", "fieldValidation"),
    ],
)
def test_parameters_are_checked(cluster, query, name):
    status = assert_status(cluster.apply(config_map("x"), query), 400, "BadRequest")
    assert name in json.dumps(status)


def test_force_goes_with_apply_only(cluster):
    assert_status(cluster.apply(config_map("x"), "?force=true&mode=create"), 400, "BadRequest")


SPECS = [
    "a: yes\nb: y\nc: No\nd: off\ne: tRue\nf: 'yes'",
    "a: 010\nb: 0o10\nc: 0x1F\nd: 0b101\ne: 09\nf: +12\ng: -0x10\nh: 1_000\ni: 190:20:30",
    "a: 9007199254740993\nb: 9223372036854775807\nc: -9223372036854775808\nd: '9007199254740993'",
    "a: 1.0\nb: 1.10\nc: 1e3\nd: .5\ne: 5.\nf: 1.5e10\ng: 0.1\nh: 1e-7\ni: 3.14_15",
    "a: 2001-12-14\nb: 2001-12-14T21:59:43.10-05:00\nc: 1.2.3\nd: 1e\ne: 12:30",
    "yes: 1\n010: 2\n1.5: 3\n1e6: 4\ntrue2: 5",
    "base: &base {p: 1, q: 2}\nmerged:\n  <<: *base\n  q: 3\nlate:\n  q: 3\n  <<: *base",
    "a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |+\n  x\n\nd: \"tab\\tquote\\\"\\u00e9\"",
    "a: !!str 12\nb: !!int '12'\nc: !!float 1\nd: !!binary aGVsbG8=",
    "a: {b, c: 1}\nd: [x, 'y', \"z\"]\ne: []\nf: {}",
    "a: \"\\U0001F600 \\u20ac\"\nb: 한국어\nc: '<&>'",
]


@pytest.mark.parametrize("spec", SPECS, ids=range(len(SPECS)))
def test_yaml_means_what_it_means_to_kubectl(cluster, namespace, widgets, spec):
    """The same text given to kubectl and to the gateway is stored as the same object."""
    stored = []
    for name in ("kubectl", "gateway"):
        text = f"apiVersion: {widgets}/v1\nkind: Widget\nmetadata: {{name: {name}-{uuid.uuid4().hex[:6]}}}\nspec:\n"
        text += "".join(f"  {line}\n" for line in spec.splitlines())
        if name == "kubectl":
            made = cluster.kubectl("create", "-n", namespace, "-o", "json", "-f", "-", text=text).stdout
            path = json.loads(made)["metadata"]["name"]
        else:
            reply = cluster.apply(text, f"?namespace={namespace}")
            assert reply.status == 201, reply.text
            path = reply.json["metadata"]["name"]
        reply = cluster.direct.request("GET", f"/apis/{widgets}/v1/namespaces/{namespace}/widgets/{path}")
        # Numbers as they are written, so that 1.0 and 1, or one too large for a double, are told apart.
        stored.append(json.loads(reply.body, parse_int=str, parse_float=str)["spec"])
    assert stored[0] == stored[1]


def test_digits_of_json_stay_as_they_are(cluster, namespace, widgets):
    body = (
        f'{{"apiVersion":"{widgets}/v1","kind":"Widget","metadata":{{"name":"digits"}},'
        '"spec":{"text \\" 123456789012345678":[-9223372036854775807,9007199254740993,1.5],"s":"\\ud83d\\ude00"}}'
    )
    assert cluster.apply(body, f"?namespace={namespace}").status == 201
    reply = cluster.direct.request("GET", f"/apis/{widgets}/v1/namespaces/{namespace}/widgets/digits")
    assert json.loads(reply.body)["spec"] == json.loads(body)["spec"]


def test_the_seeds_curl_example_works_as_it_stands(gateway, cluster):
    """From the third seed's page, but for host, port and the name of the cluster."""
    command = """curl -X POST -H "Content-Type: application/json" http://localhost:3001/raw/clusters/CLUSTER -d @- <<EOF
{
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {
        "name": "test-namespace"
    }
}
EOF"""
    url = f"{gateway.stack.url}{cluster.path}"
    command = command.replace("http://localhost:3001/raw/clusters/CLUSTER", url)
    try:
        printed = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True).stdout
        made = json.loads(printed)
        assert made["kind"] == "Namespace" and made["metadata"]["name"] == "test-namespace", printed
        assert cluster.get("/api/v1/namespaces/test-namespace")["metadata"]["uid"] == made["metadata"]["uid"]
        update = (
            f'curl -X PATCH -H "Content-Type: application/merge-patch+json" {url}'
            "/api/v1/namespaces/test-namespace  -d @- <<EOF\n"
            '{\n    "metadata": {\n        "labels": {\n            "istio-injection": "disabled"\n        }\n    }\n}\nEOF'
        )
        printed = subprocess.run(["bash", "-c", update], capture_output=True, text=True, check=True).stdout
        assert json.loads(printed)["metadata"]["labels"]["istio-injection"] == "disabled"
    finally:
        cluster.direct.request("DELETE", "/api/v1/namespaces/test-namespace")


def test_what_is_sent_says_who_and_how(stubbed, stubs, connected):
    stubs.kube.on("/api/v1", json_answer({"resources": [{"name": "nodes", "kind": "Node", "namespaced": False}]}))
    stubs.kube.on("/api/v1/nodes/n%201", json_answer({"kind": "Node"}, 201))
    reply = stubbed.request(
        "POST",
        f"/raw/clusters/{connected}?fieldManager=me%20%26%20you&force=true&dryRun=All&fieldValidation=Warn",
        body=b"apiVersion: v1\nkind: Node\nmetadata: {name: n 1}\n",
        headers=YAML,
    )
    assert reply.status == 201
    (sent,) = stubs.kube.seen("/api/v1/nodes/n%201")
    assert sent.method == "PATCH" and sent.header("Content-Type") == "application/apply-patch+yaml"
    assert sent.target.partition("?")[2] == (
        "fieldManager=me%20%26%20you&fieldValidation=Warn&dryRun=All&force=true"
    )
    assert json.loads(sent.body) == {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n 1"}}


def test_a_new_kind_that_one_of_the_api_servers_does_not_serve_yet_is_waited_for(stubbed, stubs, connected):
    definitions = {"name": "customresourcedefinitions", "kind": "CustomResourceDefinition", "namespaced": False}
    stubs.kube.on("/apis/apiextensions.k8s.io/v1", json_answer({"resources": [definitions]}))
    none, widgets = json_answer({"resources": []}), json_answer({"resources": [{"name": "widgets", "kind": "Widget"}]})
    stubs.kube.on("/apis/new.example/v1", Answer(404, b"404 page not found\n", [("Content-Type", "text/plain")]), none, widgets)
    stubs.kube.on(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.new.example", json_answer({"kind": "C"}, 201)
    )
    not_yet = Answer(404, b"404 page not found\n", [("Content-Type", "text/plain; charset=utf-8")])
    stubs.kube.on("/apis/new.example/v1/widgets/w", not_yet, not_yet, json_answer({"kind": "Widget"}, 201))
    crd = WIDGETS.replace("GROUP_PLURAL", "widgets.new.example").replace("GROUP", "new.example")
    widget = "apiVersion: new.example/v1\nkind: Widget\nmetadata: {name: w}\n"
    found = items(stubbed.request("POST", f"/raw/clusters/{connected}", body=f"{widget}---\n{crd}".encode(), headers=YAML))
    assert [found[n]["status"] for n in range(2)] == [201, 201]
    assert len(stubs.kube.seen("/apis/new.example/v1")) == len(stubs.kube.seen("/apis/new.example/v1/widgets/w")) == 3
    # Without the definition in the same body there is nothing to wait for.
    stubs.kube.on("/apis/new.example/v1/widgets/w", not_yet)
    stubs.kube.requests.clear()
    reply = stubbed.request("POST", f"/raw/clusters/{connected}", body=widget.encode(), headers=YAML)
    assert_status(reply, 502, "InternalError")
    assert len(stubs.kube.seen("/apis/new.example/v1/widgets/w")) == 1


def test_kinds_are_asked_about_once_for_each_version(stubbed, stubs, connected):
    stubs.kube.on("/api/v1", json_answer({"resources": [{"name": "nodes", "kind": "Node", "namespaced": False}]}))
    for n in range(3):
        stubs.kube.on(f"/api/v1/nodes/n{n}", json_answer({"kind": "Node"}, 201))
    body = "---\n".join(f"apiVersion: v1\nkind: Node\nmetadata: {{name: n{n}}}\n" for n in range(3))
    body += "---\napiVersion: v1\nkind: Foo\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Bar\nmetadata: {name: a}\n"
    found = items(stubbed.request("POST", f"/raw/clusters/{connected}", body=body.encode(), headers=YAML))
    assert [found[n]["status"] for n in range(5)] == [201, 201, 201, 404, 404]
    assert len(stubs.kube.seen("/api/v1")) == 1


def test_errors_of_the_cluster_pass_word_for_word(stubbed, stubs, connected):
    stubs.kube.on("/api/v1", json_answer({"resources": [{"name": "nodes", "kind": "Node", "namespaced": False}]}))
    refused = status_answer(403, "Forbidden", "no, and here is why: <&>")
    stubs.kube.on("/api/v1/nodes/a", refused)
    text = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
    alone = stubbed.request("POST", f"/raw/clusters/{connected}", body=text.encode(), headers=YAML)
    assert alone.status == 403 and alone.body == refused.body
    found = items(stubbed.request("POST", f"/raw/clusters/{connected}", body=f"{text}---\n{text}".encode(), headers=YAML))
    assert found[0]["error"] == found[1]["error"] == json.loads(refused.body)


def test_after_the_cluster_is_lost_the_rest_is_not_tried(stubbed, stubs, connected):
    stubs.kube.on("/api/v1", json_answer({"resources": [{"name": "nodes", "kind": "Node", "namespaced": False}]}))
    stubs.kube.on("*", Wire([b""]))
    stubs.kube.on("/api/v1/nodes/n0", json_answer({"kind": "Node"}, 201))
    body = "---\n".join(f"apiVersion: v1\nkind: Node\nmetadata: {{name: n{n}}}\n" for n in range(4))
    found = items(stubbed.request("POST", f"/raw/clusters/{connected}", body=body.encode(), headers=YAML))
    assert [found[n]["status"] for n in range(4)] == [201, 502, 502, 502]
    assert [r.target.partition("?")[0] for r in stubs.kube.requests if r.method == "PATCH"] == [
        "/api/v1/nodes/n0",
        "/api/v1/nodes/n1",
    ]



def test_no_body_takes_more_memory_than_it_is_worth(launcher, short_tmp, stubs):
    """Before the released binary: sanitizers keep memory of their own."""
    gateway = launcher.start(short_tmp, env=stubs.environment(), binary=RELEASE, processes=1)
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    path = f"/raw/clusters/{gateway.post('/api/clusters/connect', body).json['connection_id']}"
    stubs.kube.on("/api/v1", json_answer({"resources": [{"name": "nodes", "kind": "Node", "namespaced": False}]}))
    stubs.kube.on("*", json_answer({"kind": "Node"}, 201))
    head = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\n"
    thousand = "---\n".join(f"{head}data: {{a: {'x' * 8000}}}\n" for _ in range(1000))
    bodies = [
        ("[" + "1," * 4_000_000 + "1]", 400),
        ('{"a":[' + "1," * 4_000_000 + "1]}", 400),
        ('{"a":[' + '"",' * 2_600_000 + '""]}', 400),
        (f"{head}a: &a \"{'x' * 1_000_000}\"\nb: [{','.join(['*a'] * 1000)}]\n", 400),
        (f"{head}a: [{','.join(['{}'] * 240_000)}]\n", 201),
        (f"{head}a: \"{'x' * 8_000_000}\"\n", 201),
        (thousand, 207),
    ]
    for _ in range(3):
        for text, status in bodies:
            reply = gateway.request("POST", path, body=text.encode(), headers=YAML)
            assert reply.status == status, reply.text[:300]
            stubs.kube.requests.clear()
    (pid,) = (p for p in stacks.session_members(gateway.stack.serve.pid) if p != gateway.stack.serve.pid)
    peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024
    launcher.stop(gateway)
    assert peak < 80, f"{peak:.0f} MiB"
