"""Roles assumed on top of an identity: by the sandbox's STS, seen by the real authenticator."""

import time

import pytest

from test_connect import assert_status, causes
from test_resources import connect, fresh, keys_of  # noqa: F401 (a fixture)


def user_of(gateway, identity):
    review = gateway.post(
        f"/raw/clusters/{identity}/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
    )
    assert review.status == 201, review.text
    return review.json["status"]["userInfo"]


def role(sandbox, name):
    return sandbox.state["roles"][name]


@pytest.mark.parametrize("source", ["default", "credentials"])
def test_a_role_is_assumed_on_top_of_any_identity(fresh, sandbox, source):
    arn = role(sandbox, "eks-operator")["arn"]
    auth = {"type": "default"} if source == "default" else keys_of(sandbox, "platform-admin")
    reply = connect(fresh, "demo", auth | {"role_arn": arn})
    assert reply.status == 201, reply.text
    identity = reply.json["connection_id"]
    shown = fresh.get(f"/api/clusters/{identity}").json
    assert shown["role_arn"] == arn and ":assumed-role/eks-operator/" in shown["identity_arn"]
    assert user_of(fresh, identity)["username"].startswith("eks-operator:")


def test_two_sessions_of_a_role_are_one_identity_and_another_role_is_another(fresh, sandbox):
    operator, partner = role(sandbox, "eks-operator"), role(sandbox, "eks-partner")
    assume = {"type": "default", "role_arn": operator["arn"]}
    assert connect(fresh, "demo", assume).status == 201
    assert connect(fresh, "demo", assume).status == 200
    other = {"type": "default", "role_arn": partner["arn"], "external_id": partner["external_id"]}
    assert_status(connect(fresh, "demo", other), 409, "Conflict")
    assert connect(fresh, "demo", other, replace=True).status == 200


def test_a_role_without_its_external_id_is_refused_in_awss_own_words(fresh, sandbox):
    reply = connect(fresh, "demo", {"type": "default", "role_arn": role(sandbox, "eks-partner")["arn"]})
    assert_status(reply, 403, "Forbidden")
    assert reply.json["details"]["awsCode"] == "AccessDenied"
    assert fresh.get("/api/clusters").json["clusters"] == []


@pytest.mark.parametrize(
    "auth, fields",
    [
        ({"role_arn": "eks-operator"}, {"auth.role_arn"}),
        ({"role_arn": "arn:aws:iam::123456789012:user/x"}, {"auth.role_arn"}),
        ({"role_arn": "arn:aws:iam::1:role/x", "external_id": "with blank"}, {"auth.role_arn", "auth.external_id"}),
        ({"external_id": "no-role"}, {"auth.role_arn"}),
        ({"role_chain": ["arn:aws:iam::123456789012:role/a"]}, {"auth.role_arn"}),
        ({"role_chain": "not a list", "role_arn": "arn:aws:iam::123456789012:role/a"}, {"auth.role_chain"}),
    ],
)
def test_what_is_wrong_with_a_role_is_told_by_field(gateway, auth, fields):
    reply = connect(gateway, "demo", {"type": "default"} | auth)
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == fields


def available(gateway, **body):
    return gateway.post("/api/clusters/available", {"auth": {"type": "default"}} | body)


def test_clusters_are_found_with_several_roles_and_a_refused_one_is_named(gateway, sandbox):
    operator, partner = role(sandbox, "eks-operator")["arn"], role(sandbox, "eks-partner")["arn"]
    reply = available(gateway, regions=["us-east-1", "eu-west-1"], roles=[operator, partner])
    assert reply.status == 200, reply.text
    assert {(c["role_arn"], c["region"], c["name"]) for c in reply.json["clusters"]} == {
        (operator, "us-east-1", "demo"), (operator, "us-east-1", "staging"), (operator, "eu-west-1", "demo")}
    assert {(e["role_arn"], e["region"], e["code"]) for e in reply.json["errors"]} == {
        (partner, "us-east-1", "AccessDenied"), (partner, "eu-west-1", "AccessDenied")}


def test_a_role_too_many_is_an_error_and_never_another_identitys_view(gateway, sandbox):
    operator = role(sandbox, "eks-operator")["arn"]
    reply = gateway.post("/api/clusters/available", {
        "region": "us-east-1", "roles": [operator],
        "auth": {"type": "default", "role_chain": [operator, operator], "role_arn": operator}})
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == {"roles"}


def test_all_regions_are_looked_through_at_a_pace(gateway):
    begin = time.monotonic()
    reply = available(gateway, regions=["all"])
    took = time.monotonic() - begin
    assert reply.status == 200, reply.text
    assert {(c["region"], c["name"]) for c in reply.json["clusters"]} == {
        ("us-east-1", "demo"), ("us-east-1", "staging"), ("eu-west-1", "demo")}
    assert reply.json["errors"] == [] and took > 5  # 34 regions, five a second


def test_all_stands_alone(gateway):
    reply = available(gateway, regions=["us-east-1", "all"])
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == {"regions"}
