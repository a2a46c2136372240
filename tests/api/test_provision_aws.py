"""What AWS is asked of clusters that eksgate makes: what it has, whether a cluster is ready to be upgraded, and what is
wrong with its parts while a run is at work."""

import json
import uuid

import pytest
from client import assert_status, wait_until
from provision_records import BASE, RUNNER, Records, fields, order, provision
from stubs.kube import json_answer, status_answer

ADDONS = "/api/provision/addons"


def addons(gateway, query=""):
    return gateway.get(f"{ADDONS}?region=us-east-1{query}").json


# Add-ons

def test_addons_are_awss_own_with_its_default_for_the_version(ordered):
    shown = wait_until(lambda: (found := addons(ordered, "&kubernetes_version=1.33"))["source"] == "aws" and found)
    assert (shown["region"], shown["kubernetes_version"]) == ("us-east-1", "1.33")
    named = {item["name"]: item for item in shown["items"]}
    assert [*named] == sorted(named) and {"vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver"} <= set(named)
    proxy = named["kube-proxy"]
    assert (proxy["type"], proxy["owner"], proxy["default"]) == ("networking", "aws", "v1.33.3-eksbuild.4")
    assert [(v["version"], v["default"]) for v in proxy["versions"]] == [
        ("v1.33.3-eksbuild.4", True), ("v1.32.6-eksbuild.2", False),
    ]  # fmt: skip
    assert proxy["versions"][0]["architectures"] == ["amd64", "arm64"]
    # Of another version of Kubernetes, and of the one that is meant without any.
    newer = {item["name"]: item["default"] for item in addons(ordered, "&kubernetes_version=1.35")["items"]}
    assert newer["kube-proxy"] == "v1.35.0-eksbuild.2"
    assert addons(ordered)["kubernetes_version"] == "1.33"


def test_addons_of_an_aws_that_can_not_be_asked_are_none(apart):
    shown = addons(apart)
    assert (shown["source"], shown["items"]) == ("builtin", []) and shown["error"]["message"]


@pytest.mark.parametrize("query", ["region=x..", "kubernetes_version=1", "kubernetes_version=1.33%0A", "version=1.33"])
def test_a_query_that_is_none_is_refused(ordered, query):
    assert_status(ordered.get(f"{ADDONS}?{query}"), 400, "BadRequest")


@pytest.mark.parametrize(
    "addon, version, message",
    [
        ("kube-proxy", "v1.35.0-eksbuild.2", "v1.33.3-eksbuild.4, v1.32.6-eksbuild.2"),
        ("vpc-cni", "v9.9.9-eksbuild.1", "v1.20.4-eksbuild.1"),
        ("no-such-addon", "", "no such add-on"),
    ],
)
def test_an_addon_that_does_not_go_with_the_version_is_refused(ordered, name, addon, version, message):
    reply = ordered.post(f"{BASE}/test", order(name, addons={"coredns": "", addon: version}))
    assert fields(reply) == {f"addons.{addon}"}
    assert message in reply.json["errors"][0]["message"]


def test_an_addon_that_goes_with_the_version_is_taken(ordered, records, name):
    pins = {"kube-proxy": "v1.32.6-eksbuild.2", "vpc-cni": "", "coredns": "v1.12.1-eksbuild.2"}
    assert records.order(provision(ordered, name, addons=pins)["run"])["addons"] == pins


# Before an upgrade

def budget(name, allowed, expected=2):
    return {
        "metadata": {"name": name, "namespace": "shop"},
        "status": {"disruptionsAllowed": allowed, "expectedPods": expected},
    }


@pytest.fixture
def upgradable(apart, stubs, name):
    """A cluster that has been made and is connected."""
    records = Records(apart.stack.redis_socket)
    run = provision(apart, name)["run"]
    records.end(run, name, applied=records.order(run))
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    reply = apart.post("/api/clusters/connect", body)
    assert reply.status == 201, reply.text
    records.cluster(name, connection=reply.json["connection_id"])
    yield f"{BASE}/{name}"
    apart.post(f"/api/clusters/{reply.json['connection_id']}/disconnect")


BUDGETS = "/apis/policy/v1/poddisruptionbudgets"


@pytest.mark.parametrize(
    "budgets, named",
    [
        ([], None),
        ([budget("web", 1)], None),
        ([budget("idle", 0, expected=0)], None),
        ([budget("web", 1), budget("db", 0)], "shop/db."),
        ([budget(f"db-{i}", 0) for i in range(5)], "shop/db-0, shop/db-1, shop/db-2 and others."),
    ],
)
@pytest.mark.parametrize("path", ["upgrade", "update"])
def test_budgets_that_let_no_pod_go_stop_an_upgrade_until_that_is_confirmed(apart, stubs, upgradable, path, budgets, named):
    records, name = Records(apart.stack.redis_socket), upgradable.rpartition("/")[2]
    stubs.kube.on(BUDGETS, json_answer({"kind": "PodDisruptionBudgetList", "metadata": {}, "items": budgets}))
    body = {"kubernetes_version": "1.34"} if path == "upgrade" else order(name, kubernetes_version="1.34")
    reply = apart.post(f"{upgradable}/{path}", body)
    if named:
        assert_status(reply, 409, "Conflict")
        assert named in reply.json["message"] and "confirm_warnings" in reply.json["message"]
        reply = apart.post(f"{upgradable}/{path}", body | {"confirm_warnings": True})
        assert any("shop/db" in warning for warning in reply.json["warnings"])
    assert reply.status == 202, reply.text
    records.end(reply.json["run"], name)


def test_budgets_that_can_not_be_read_are_said_and_stop_nothing(apart, stubs, upgradable):
    stubs.kube.on(BUDGETS, status_answer(403, "Forbidden", "you may not"))
    reply = apart.post(f"{upgradable}/upgrade", {"kubernetes_version": "1.34"})
    assert reply.status == 202, reply.text
    assert any("disruption budgets" in warning for warning in reply.json["warnings"])
    Records(apart.stack.redis_socket).end(reply.json["run"], upgradable.rpartition("/")[2])


# While a run is at work

SCRIPT = """#!/bin/sh
# Stands in for provision.sh: begins to apply, and fails when it is let go.
phase() { echo "{\\"type\\":\\"eksgate_phase\\",\\"phase\\":\\"$1\\",\\"rc\\":$2,\\"at\\":\\"2026-11-21T19:00:00Z\\"}"; }
exec >>"$EKSGATE_LOGS/run.jsonl"
phase apply null
until [ -e "$EKSGATE_STATE/go" ]; do sleep 0.1; done
phase failed 1
exit 1
"""


@pytest.fixture(scope="module")
def working(launcher, session_directory, sandbox):
    """A gateway with an agent, whose runs wait until their folder has the file state/go."""
    directory = session_directory / "working"
    (directory / "module").mkdir(parents=True)
    (directory / "module" / "provision.sh").write_text(SCRIPT)
    own = {"EKSGATE_PROVISION_MODULE": str(directory / "module"), "EKSGATE_AGENT_LEASE_SECONDS": "4"}
    gateway = launcher.start(directory, env=sandbox.env | RUNNER | own)
    gateway.stack.start_agent()
    yield gateway
    launcher.stop(gateway)


def test_what_eks_says_is_wrong_with_parts_of_the_cluster_is_told_while_it_is_changed(working):
    """The sandbox's demo has a node group that gets no machines, and an add-on without its replicas."""
    kept = [{"name": "m5.large", "architecture": ["arm64"], "ami_type": "AL2023_ARM_64_STANDARD", "warning": None}]
    Records(working.stack.redis_socket).command("SET", "eksgate:offers:types:us-east-1", json.dumps(kept))
    run = provision(working, "demo", instance_type="m5.large")["run"]
    shown = wait_until(lambda: (now := working.get(f"{BASE}/demo/status").json)["issues"] and now)
    assert (shown["run"], shown["status"], shown["step"]) == (run, "running", "apply")
    told = {(issue["kind"], issue["code"]): issue for issue in shown["issues"]}
    spot = told["nodegroup", "AsgInstanceLaunchFailures"]
    assert spot["status"] == "DEGRADED" and "Unable to fulfill capacity" in spot["message"] and spot["resources"]
    assert any(kind == "addon" for kind, _ in told)

    # The image is by AWS's word for the type, whatever its name looks like.
    home = working.stack.provision_dir / "demo"
    assert json.loads((home / "vars.json").read_text())["ami_type"] == "AL2023_ARM_64_STANDARD"

    (home / "state" / "go").touch()
    ended = wait_until(lambda: (now := working.get(f"{BASE}/demo/runs/{run}").json)["status"] == "failed" and now)
    assert ended["issues"] == shown["issues"]
    assert working.get(f"{BASE}/demo").json["state"] == "partial"


# Requests that come again

KEYED = "Idempotency-Key"


def test_the_key_of_a_repeated_request_stands_in_the_reference_of_just_those_that_take_it(ordered):
    paths = ordered.get("/openapi.json").json["paths"]
    keyed = {
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if any((p["in"], p["name"]) == ("header", KEYED) for p in operation["parameters"])
    }
    runs = {
        f"{method} {path}"
        for path, methods in paths.items()
        for method, operation in methods.items()
        if "run" in operation["responses"].get("202", {}).get("links", {})
    }
    assert keyed == runs and "post /clusters/provision" in keyed


@pytest.mark.parametrize("key", ["a b", "a" * 256, "\u00fc"])
def test_a_key_that_is_none_is_refused(ordered, name, key):
    reply = ordered.post(f"{BASE}/test", order(name), headers={KEYED: key})
    assert_status(reply, 400, "BadRequest")
    assert KEYED in reply.json["message"]
    assert ordered.get(f"{BASE}/{name}").status == 404


def test_an_empty_key_is_none(ordered, records, name):
    headers = {KEYED: ""}
    assert ordered.post(f"{BASE}/test", order(name), headers=headers).status == 202
    assert_status(ordered.post(f"{BASE}/test", order(name), headers=headers), 409, "Conflict")


def test_a_key_of_the_longest_kind_is_taken(ordered, name):
    headers = {KEYED: uuid.uuid4().hex + "~" * 223}
    first = ordered.post(f"{BASE}/test", order(name), headers=headers)
    assert first.status == 202 and ordered.post(f"{BASE}/test", order(name), headers=headers).json == first.json
