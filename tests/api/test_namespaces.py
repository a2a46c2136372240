"""Namespaces through the gateway: made, looked into and deleted in a real cluster."""

import json
import uuid

import pytest
from client import assert_status, wait_until

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def namespaces(demo):
    return f"/api/clusters/{demo}/namespaces"


@pytest.fixture
def name(direct):
    """A name that is free; what a test makes of it goes with the test."""
    name = f"ns-{uuid.uuid4().hex[:8]}"
    yield name
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def made(direct, name):
    reply = direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    assert reply.status == 201, reply.text
    return name


def is_gone(direct, name):
    found = direct.request("GET", f"/api/v1/namespaces/{name}")
    return found.status == 404 or "deletionTimestamp" in found.json["metadata"]


def test_a_namespace_is_made_with_labels(gateway, namespaces, name, direct):
    reply = gateway.post(namespaces, {"namespace_name": name, "labels": {"team": "data", "example.com/tier": ""}})
    assert reply.status == 201, reply.text
    assert (reply.json["name"], reply.json["namespace"], reply.json["status"]) == (name, name, "Active")
    stored = direct.get(f"/api/v1/namespaces/{name}")
    assert reply.json["labels"] == stored["metadata"]["labels"]
    assert stored["metadata"]["labels"].items() >= {"team": "data", "example.com/tier": "", "app": "eks-api"}.items()
    assert reply.json["creation_time"] == stored["metadata"]["creationTimestamp"]


def test_a_name_that_is_taken_is_a_conflict(gateway, namespaces, made):
    assert_status(gateway.post(namespaces, {"namespace_name": made}), 409, "AlreadyExists", message=made)


@pytest.mark.parametrize(
    ("body", "field", "reason", "message"),
    [
        ({}, "namespace_name", "FieldValueRequired", "is required"),
        ({"namespace_name": ""}, "namespace_name", "FieldValueRequired", "must not be empty"),
        ({"namespace_name": "Big_Name"}, "namespace_name", "FieldValueInvalid", "lowercase RFC 1123 label"),
        ({"namespace_name": "-edge"}, "namespace_name", "FieldValueInvalid", "lowercase RFC 1123 label"),
        ({"namespace_name": "a.b"}, "namespace_name", "FieldValueInvalid", "lowercase RFC 1123 label"),
        ({"namespace_name": "n" * 64}, "namespace_name", "FieldValueTooLong", "63"),
        ({"namespace_name": 7}, "namespace_name", "FieldValueTypeInvalid", "text"),
        ({"namespace_name": "good", "colour": "red"}, "colour", "FieldValueForbidden", "not known"),
        ({"namespace_name": "good", "labels": []}, "labels", "FieldValueTypeInvalid", "object"),
        ({"namespace_name": "good", "labels": {"a b": "c"}}, "labels.a b", "FieldValueInvalid", "letters"),
        ({"namespace_name": "good", "labels": {"a": 1}}, "labels.a", "FieldValueTypeInvalid", "text"),
        ({"namespace_name": "good", "labels": {"a": "b c"}}, "labels.a", "FieldValueInvalid", "letters"),
        ({"namespace_name": "good", "labels": {"-x/a": "b"}}, "labels.-x/a", "FieldValueInvalid", "before the '/'"),
    ],
)
def test_what_can_not_be_a_namespace_is_refused_with_the_reason(gateway, namespaces, direct, body, field, reason, message):
    status = assert_status(gateway.post(namespaces, body), 422, "Invalid", slug="invalid")
    assert [(c["field"], c["reason"]) for c in status["details"]["causes"]] == [(field, reason)]
    assert message in status["details"]["causes"][0]["message"]
    assert direct.request("GET", "/api/v1/namespaces/good").status == 404


def test_the_list_has_every_namespace_and_pages_through(gateway, namespaces, made, direct):
    whole = gateway.get(namespaces)
    assert whole.status == 200, whole.text
    names = [item["name"] for item in whole.json["items"]]
    assert {made, "default", "kube-system"} <= set(names)
    assert (whole.json["continue"], whole.json["remaining"]) == ("", 0)
    first = gateway.get(f"{namespaces}?limit=1").json
    assert len(first["items"]) == 1 and first["continue"] and first["remaining"] > 0
    second = gateway.get(f"{namespaces}?limit=1&continue={first['continue']}").json
    assert second["items"][0]["name"] == names[1]
    chosen = gateway.get(f"{namespaces}?labelSelector=kubernetes.io%2Fmetadata.name%3D{made}").json["items"]
    assert [item["name"] for item in chosen] == [made]


def test_it_says_what_would_go_with_it(gateway, namespaces, made, direct):
    empty = gateway.get(f"{namespaces}/{made}")
    assert empty.status == 200, empty.text
    assert (empty.json["status"], empty.json["system"], empty.json["contents"]) == ("Active", False, [])
    for i in range(3):
        direct.request(
            "POST", f"/api/v1/namespaces/{made}/configmaps", json.dumps({"metadata": {"name": f"c{i}"}}), JSON
        )
    direct.request(
        "POST",
        f"/apis/rbac.authorization.k8s.io/v1/namespaces/{made}/roles",
        json.dumps({"metadata": {"name": "r"}}),
        JSON,
    )
    full = gateway.get(f"{namespaces}/{made}").json["contents"]
    assert {"type": "configmaps", "count": 3} in full
    assert {"type": "roles.rbac.authorization.k8s.io", "count": 1} in full
    assert {content["type"] for content in full} == {"configmaps", "roles.rbac.authorization.k8s.io"}


def test_one_that_is_not_there_is_not_found(gateway, namespaces, name):
    for method in ("GET", "DELETE"):
        assert_status(gateway.request(method, f"{namespaces}/{name}"), 404, "NotFound", message=name)


def test_a_name_that_can_not_be_is_a_bad_request(gateway, namespaces):
    status = assert_status(gateway.get(f"{namespaces}/Not_A_Name"), 400, "BadRequest", message="RFC 1123")
    assert status["details"]["causes"][0]["field"] == "namespace"


def test_it_is_deleted(gateway, namespaces, made, direct):
    reply = gateway.request("DELETE", f"{namespaces}/{made}")
    assert reply.status == 200, reply.text
    assert reply.json["namespace"] == made and "deleted" in reply.json["message"]
    wait_until(lambda: is_gone(direct, made))


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public", "kube-node-lease", "amazon-cloudwatch"])
def test_system_namespaces_are_protected(gateway, demo, namespaces, name):
    message = "force=true"
    assert_status(gateway.request("DELETE", f"{namespaces}/{name}"), 423, "Locked", slug="protected", message=message)
    by_query = f"/api/eks-delete-namespace?cluster={demo}&namespace_name={name}&force=false"
    assert_status(gateway.request("DELETE", by_query), 423, "Locked", message=message)


def test_force_asks_the_cluster(gateway, namespaces, direct):
    """kube-system is one that the cluster itself never deletes; another of the kind goes."""
    reply = gateway.request("DELETE", f"{namespaces}/kube-system?force=true")
    assert_status(reply, 403, "Forbidden", message="may not be deleted")
    name = f"aws-{uuid.uuid4().hex[:8]}"
    direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    assert_status(gateway.request("DELETE", f"{namespaces}/{name}"), 423, "Locked")
    assert gateway.request("DELETE", f"{namespaces}/{name}?force=true").status == 200
    wait_until(lambda: is_gone(direct, name))
