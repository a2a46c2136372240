"""What EKS knows of a cluster, and why an identity is refused: before the sandbox's EKS and the real authenticator."""

import json
import os
import subprocess
import time

import pytest

from client import wait_until
from test_connect import assert_status, causes
from test_resources import connect, fresh, keys_of  # noqa: F401 (a fixture)

PARTS = {
    "nodegroups": ("nodegroups", "nodegroupName"),
    "addons": ("addons", "addonName"),
    "fargate-profiles": ("fargateProfiles", "fargateProfileName"),
    "access-entries": ("accessEntries", "principalArn"),
    "insights": ("insights", "id"),
    "updates": ("updates", "id"),
    "pod-identity-associations": ("associations", "associationId"),
}


def test_the_cluster_is_shown_as_eks_describes_it_with_its_versions_support(gateway, demo):
    reply = gateway.get(f"/api/clusters/{demo}/eks")
    assert reply.status == 200, reply.text
    assert set(reply.json) == {"cluster", "version", "errors"} and reply.json["errors"] == []
    cluster = reply.json["cluster"]
    assert (cluster["name"], cluster["status"], cluster["version"]) == ("demo", "ACTIVE", "1.33")
    assert reply.json["version"]["clusterVersion"] == "1.33"
    assert reply.json["version"]["endOfStandardSupportDate"] < reply.json["version"]["endOfExtendedSupportDate"]


@pytest.mark.parametrize("part", PARTS)
def test_each_part_is_listed_and_described(gateway, demo, part):
    member, name = PARTS[part]
    reply = gateway.get(f"/api/clusters/{demo}/eks/{part}")
    assert reply.status == 200, reply.text
    assert set(reply.json) == {member, "errors"} and reply.json["errors"] == []
    assert reply.json[member] and all(item[name] for item in reply.json[member])


def test_access_entries_come_with_their_policies(gateway, demo):
    entries = gateway.get(f"/api/clusters/{demo}/eks/access-entries").json["accessEntries"]
    assert any(entry["associatedAccessPolicies"] for entry in entries)


def test_an_unknown_part_is_404_and_names_those_there_are(gateway, demo):
    reply = gateway.get(f"/api/clusters/{demo}/eks/teapots")
    assert_status(reply, 404, "NotFound")
    assert "nodegroups" in reply.json["message"]


def test_what_is_asked_of_eks_works_for_a_cluster_that_cannot_be_reached(fresh, sandbox):
    """The two questions are apart: its API server may be down, AWS still knows it."""
    assert connect(fresh, "demo", {"type": "default"}).status == 201
    assert fresh.get("/api/clusters/us-east-1_demo/eks").status == 200


def test_an_accepted_identity_is_told_who_it_is(gateway, demo):
    access = gateway.get(f"/api/clusters/{demo}/access").json
    assert access["accepted"] is True and access["fix"] is None and access["problems"] == []
    assert access["principal_arn"].endswith(":user/platform-admin")
    assert access["kubernetes_user"]["username"] == "platform-admin"
    assert access["authentication_mode"] in ("API", "API_AND_CONFIG_MAP")
    assert 0 <= access["token_age_seconds"] < 300 and access["token_expires_at"].endswith("Z")


def test_an_identity_without_an_entry_is_refused_and_one_entry_lets_it_in(fresh, gateway, demo, sandbox):
    """The whole story: refused, told why and what would help, helped by somebody who may, accepted."""
    stranger = keys_of(sandbox, "stranger")
    refused = connect(fresh, "demo", stranger)
    assert_status(refused, 403, "Forbidden", slug="upstream-unauthorized")
    assert refused.json["details"]["kind"] == "principal"
    arn = refused.json["details"]["name"]
    assert arn.endswith(":user/stranger") and arn in refused.json["message"]
    created = gateway.post(f"/api/clusters/{demo}/access", {"principal_arn": arn, "policy": "view"})
    assert created.status == 201, created.text
    try:
        entry = created.json["access_entry"]
        assert entry["principalArn"] == arn
        assert entry["associatedAccessPolicies"][0]["policyArn"].endswith("/AmazonEKSViewPolicy")
        wait_until(lambda: connect(fresh, "demo", stranger).status in (200, 201))
        identity = "us-east-1_demo"
        assert fresh.get(f"/api/clusters/{identity}/resources/pods?limit=1").status == 200
        assert_status(fresh.get(f"/api/clusters/{identity}/resources/secrets"), 403, "Forbidden")
    finally:
        call_eks(sandbox, "delete_access_entry", arn)
    # The API server remembers its verdict on a token in use for two minutes, as EKS's do.
    wait_until(lambda: fresh.get(f"/api/clusters/{identity}/access").json.get("accepted") is False, seconds=200)
    access = fresh.get(f"/api/clusters/{identity}/access").json
    assert {p["code"] for p in access["problems"]} >= {"upstream-unauthorized", "no_access_entry"}
    assert access["fix"]["access_entry"]["principalArn"] == arn
    assert "create-access-entry" in access["fix"]["aws_cli"]


def test_an_entry_without_rights_is_told_and_a_policy_mends_it(fresh, gateway, demo, sandbox):
    keys = new_user(sandbox)
    arn = connect(fresh, "demo", keys).json["details"]["name"]
    call_eks(sandbox, "create_access_entry", arn)
    try:
        reply = None

        def accepted():
            nonlocal reply
            reply = connect(fresh, "demo", keys)
            return reply.status in (200, 201)

        wait_until(accepted)
        assert "namespaces" in reply.json["warning"]
        path = "/api/clusters/us-east-1_demo/access"
        access = fresh.get(path).json
        assert access["accepted"] is True
        assert [p["code"] for p in access["problems"]] == ["no_rights"]
        assert access["fix"]["access_entry"]["policyArn"].endswith("/AmazonEKSViewPolicy")
        command = access["fix"]["aws_cli"]
        assert command.startswith("aws eks associate-access-policy") and arn in command
        assert gateway.post(f"/api/clusters/{demo}/access", {"principal_arn": arn, "policy": "view"}).status == 201
        access = fresh.get(path).json
        assert access["problems"] == [] and access["fix"] is None
    finally:
        call_eks(sandbox, "delete_access_entry", arn)


def ask_aws(sandbox, code, *arguments):
    """By an independent client: what AWS's own tools would do."""
    code = "import boto3, json, sys; client = lambda s: boto3.client(s, region_name='us-east-1');" + code
    run = subprocess.run([sandbox.state["python"], "-c", code, *arguments], check=True, env=os.environ | sandbox.env,
                         capture_output=True, text=True)
    return run.stdout


def call_eks(sandbox, operation, arn):
    ask_aws(sandbox, "getattr(client('eks'), sys.argv[1])(clusterName='demo', principalArn=sys.argv[2])", operation, arn)


def new_user(sandbox):
    """Somebody whom no cluster has seen: verdicts on others may be remembered."""
    code = ("n = sys.argv[1]; i = client('iam'); i.create_user(UserName=n);"
            "i.put_user_policy(UserName=n, PolicyName='all', PolicyDocument=json.dumps({'Version': '2012-10-17',"
            " 'Statement': [{'Effect': 'Allow', 'Action': '*', 'Resource': '*'}]}));"
            "k = i.create_access_key(UserName=n)['AccessKey'];"
            "print(json.dumps({'access_key_id': k['AccessKeyId'], 'secret_access_key': k['SecretAccessKey']}))")
    return {"type": "credentials"} | json.loads(ask_aws(sandbox, code, f"user-{time.time_ns()}"))


def test_who_may_not_create_entries_is_told_so_by_aws(fresh, sandbox):
    assert connect(fresh, "demo", keys_of(sandbox, "viewer")).status == 201
    reply = fresh.post("/api/clusters/us-east-1_demo/access", {"policy": "cluster-admin"})
    assert_status(reply, 403, "Forbidden")
    assert reply.json["details"]["awsCode"] == "AccessDeniedException"


@pytest.mark.parametrize("body, fields", [
    ({"policy": "root"}, {"policy"}),
    ({"namespaces": []}, {"namespaces"}),
    ({"principal_arn": "me", "policies": 1}, {"principal_arn", "policies"}),
])
def test_what_is_wrong_with_a_grant_is_told_by_field(gateway, demo, body, fields):
    reply = gateway.post(f"/api/clusters/{demo}/access", body)
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == fields
