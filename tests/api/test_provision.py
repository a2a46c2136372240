"""Clusters that eksgate makes: what is taken of an order, and what is told of runs. Their work is the agent's, of which
there is none here: its records are written as it writes them."""

import json
import shlex
import socket
import subprocess
import threading
import uuid

import pytest
from client import assert_status, wait_until
from provision_records import BASE, RUNNER, Records, fields, order, provision

ACCOUNT = "arn:aws:iam::123456789012:role"


@pytest.fixture(scope="module", autouse=True)
def silent(ordered):
    """A log that is followed from the beginning of these tests on, and in which nothing happens."""
    name = f"c-{uuid.uuid4().hex[:12]}"
    provision(ordered, name)
    with socket.create_connection((ordered.host, ordered.port), timeout=60) as connection:
        connection.sendall(
            f"GET {BASE}/{name}/logs?follow=true HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode()
        )
        yield connection


@pytest.fixture
def present(ordered, records, name):
    """A cluster that has been made."""
    run = provision(ordered, name)["run"]
    records.end(run, name, applied=records.order(run), outputs={"cluster_id": name})
    return name


# The seed's examples

SEED = {
    "test": """curl -X POST http://<EXTERNAL-IP>/clusters/test \
  -H "Content-Type: application/json" \
  -d '{
    "cluster_name": "test-cluster-001",
    "kubernetes_version": "1.33",
    "instance_type": "m5.xlarge",
    "ip_family": "ipv6"
  }'""",
    "provision": """curl -X POST http://<EXTERNAL-IP>/clusters/provision \
  -H "Content-Type: application/json" \
  -d '{
    "cluster_name": "prod-cluster-001",
    "kubernetes_version": "1.33",
    "instance_type": "m5.xlarge",
    "ip_family": "ipv6"
  }'""",
    "status": "curl http://<EXTERNAL-IP>/clusters/test-cluster-001/status",
    "logs": "curl http://<EXTERNAL-IP>/clusters/test-cluster-001/logs",
    "destroy": "curl -X DELETE http://<EXTERNAL-IP>/clusters/prod-cluster-001",
    "cleanup": "curl -X DELETE http://<EXTERNAL-IP>/clusters/test-cluster-001/cleanup",
    "health": "curl http://<EXTERNAL-IP>/health",
}


def curl(gateway, line):
    """Status and body of a command as somebody would type it."""
    line = line.replace("http://<EXTERNAL-IP>", f"http://{gateway.host}:{gateway.port}")
    command = [*shlex.split(line), "--silent", "--write-out", "\n%{http_code}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    body, _, code = done.stdout.rpartition("\n")
    return int(code), body


def test_the_seeds_commands_work_as_printed(ordered, records):
    code, body = curl(ordered, SEED["test"])
    made = json.loads(body)
    assert code == 202 and made.items() >= {
        "cluster_name": "test-cluster-001",
        "job_name": "test-test-cluster-001",
        "status": "pending",
        "message": "Dry-run job created. Check status endpoint for progress.",
    }.items()
    assert made["created_at"]
    code, body = curl(ordered, SEED["status"])
    shown = json.loads(body)
    assert code == 200 and (shown["status"], shown["phase"]) == ("pending", "Pending")
    assert {"cluster_name", "job_name", "message", "cluster_id", "kubeconfig_command"} <= set(shown)

    records.line(made["run"], 1, "Terraform has been successfully initialized!")
    records.end(made["run"], "test-cluster-001", state="none", changes={"add": 28, "change": 0, "destroy": 0})
    shown = json.loads(curl(ordered, SEED["status"])[1])
    assert (shown["status"], shown["phase"], shown["message"]) == ("completed", "Succeeded", None)
    assert shown["changes"]["add"] == 28 and shown["cluster_id"] is None
    assert "successfully initialized" in curl(ordered, SEED["logs"])[1]

    code, body = curl(ordered, SEED["provision"])
    made = json.loads(body)
    assert (code, made["job_name"]) == (202, "provision-prod-cluster-001")
    records.end(made["run"], "prod-cluster-001", applied=records.order(made["run"]))
    shown = json.loads(curl(ordered, SEED["status"].replace("test-cluster", "prod-cluster"))[1])
    assert shown["cluster_id"] == "prod-cluster-001"
    assert shown["kubeconfig_command"] == "aws eks update-kubeconfig --region ap-south-1 --name prod-cluster-001"

    code, body = curl(ordered, SEED["destroy"])
    assert (code, json.loads(body)["job_name"]) == (202, "destroy-prod-cluster-001")
    code, body = curl(ordered, SEED["cleanup"])
    assert (code, json.loads(body)["op"]) == (202, "cleanup")
    assert curl(ordered, SEED["health"])[0] == 200


@pytest.mark.parametrize("base", ["/clusters", BASE])
@pytest.mark.parametrize("word", ["test", "provision"])
def test_a_cluster_may_be_called_as_a_path_is(ordered, records, base, word):
    known = json.loads(ordered.get(BASE).body)["items"]
    if word not in {cluster["cluster_name"] for cluster in known}:
        run = provision(ordered, word)["run"]
        records.end(run, word, state="none")
    assert ordered.get(f"{base}/{word}/status").json["cluster_name"] == word
    assert ordered.get(f"{base}/{word}/logs").status == 200


# What is refused

A50 = "a" * 50
BAD_NAMES = [
    "", "-a", "a-", "-", "A", "Prod", "a_b", "a.b", "a b", "a/b", "../etc", "a\n", "a\nb", "ü", "$(id)", "a;rm -rf",
    "a%2e", "--help", A50 + A50 + "a",
]  # fmt: skip
GOOD_NAMES = ["a", "0", "a--b", "9lives", "kube-system", "null", "00", A50 + "aaa", A50 + "aaaaaaaa", A50 + A50]


@pytest.mark.parametrize("bad", BAD_NAMES)
def test_a_name_that_would_not_do_is_refused(ordered, bad):
    assert fields(ordered.post("/clusters/test", {"cluster_name": bad})) == {"cluster_name"}


@pytest.mark.parametrize("body", [b'{"cluster_name":"a\\u0000b"}', b'{"cluster_name":"a\x00b"}', b"{", b"", b"[1,2"])
def test_what_is_no_json_is_a_bad_request(ordered, body):
    reply = ordered.request("POST", "/clusters/test", body=body, headers={"Content-Type": "application/json"})
    assert_status(reply, 400, "BadRequest")


@pytest.mark.parametrize("good", GOOD_NAMES)
def test_a_good_name_is_taken_and_its_job_has_a_name_that_fits(ordered, records, good):
    reply = ordered.post("/clusters/test", order(good))
    assert reply.status == 202, reply.text
    assert len(reply.json["job_name"]) <= 63 and reply.json["job_name"].startswith(f"test-{good[:40]}")
    records.end(reply.json["run"], good, state="none")


BAD_MEMBERS = [
    ({"instance_type": "m5"}, "instance_type"),
    ({"instance_type": "m5.0xlarge"}, "instance_type"),
    ({"instance_type": "m5.xlarge\n"}, "instance_type"),
    ({"instance_type": "m5.xlarge;id"}, "instance_type"),
    ({"instance_type": 5}, "instance_type"),
    ({"kubernetes_version": "1.3"}, "kubernetes_version"),
    ({"kubernetes_version": "1.33.1"}, "kubernetes_version"),
    ({"kubernetes_version": 1.33}, "kubernetes_version"),
    ({"kubernetes_version": "latest"}, "kubernetes_version"),
    ({"ip_family": "ipv5"}, "ip_family"),
    ({"ip_family": "IPv4"}, "ip_family"),
    ({"region": "nowhere/.."}, "region"),
    ({"role_arn": "arn:aws:iam::1:role/x"}, "role_arn"),
    ({"external_id": "ab"}, "role_arn"),
    ({"vpc_id": "vpc-bd9c86d5"}, "subnet_ids"),
    ({"vpc_id": "vpc-1", "subnet_ids": ["subnet-310c7c7d", "subnet-2fdfdc47"]}, "vpc_id"),
    ({"subnet_ids": ["subnet-310c7c7d"], "vpc_id": "vpc-bd9c86d5"}, "subnet_ids"),
    ({"vpc_cidr": "8.8.8.0/24"}, "vpc_cidr"),
    ({"public_access_cidrs": ["203.0.113.7/24"]}, "public_access_cidrs"),
    ({"cluster_role": "a/b"}, "cluster_role"),
    ({"node_min": 3, "node_max": 2}, "node_min"),
    ({"node_desired": 9, "node_max": 2}, "node_desired"),
    ({"node_min": -1}, "node_min"),
    ({"node_max": 1e9}, "node_max"),
    ({"node_min": 1.5}, "node_min"),
    ({"first_node_count": 0}, "first_node_count"),
    ({"first_node_count": 451}, "first_node_count"),
    ({"first_node_count": "2"}, "first_node_count"),
    ({"zones": 4}, "zones"),
    ({"tags": {"aws:x": "y"}}, "tags.aws:x"),
    ({"tags": {"x": "a\nb"}}, "tags.x"),
    ({"tags": []}, "tags"),
    ({"addons": {"vpc-cni": "newest"}}, "addons.vpc-cni"),
    ({"pod_identity": {"a/b": "x"}}, "pod_identity.a/b"),
    ({"environment": "a b"}, "environment"),
    ({"support_type": "standard"}, "support_type"),
    ({"allow_replace": ["x; rm"]}, "allow_replace"),
    ({"instance_typ": "m5.large"}, "instance_typ"),
    ({"CLUSTER_NAME": "a"}, "CLUSTER_NAME"),
]


@pytest.mark.parametrize("members, field", BAD_MEMBERS)
def test_a_wrong_member_is_named(ordered, name, members, field):
    assert field in fields(ordered.post(f"{BASE}/provision", order(name) | members))
    assert ordered.get(f"{BASE}/{name}").status == 404


def test_all_faults_are_told_at_once(ordered):
    body = {"cluster_name": "-", "kubernetes_version": "2", "ip_family": "x", "node_min": 9, "node_max": 1, "typo": 1}
    assert fields(ordered.post(f"{BASE}/test", body)) == {
        "cluster_name", "kubernetes_version", "ip_family", "node_min", "typo",
    }  # fmt: skip


def test_a_version_that_eks_has_not_and_a_type_that_the_region_has_not_are_refused_by_awss_own_lists(ordered, name):
    reply = ordered.post(f"{BASE}/test", order(name, kubernetes_version="1.99", instance_type="m99.xlarge"))
    assert fields(reply) == {"kubernetes_version", "instance_type"}
    assert "1.33" in reply.json["errors"][0]["message"]


def test_a_type_without_linux_is_refused(ordered, name):
    assert fields(ordered.post(f"{BASE}/test", order(name, instance_type="mac2.metal"))) == {"instance_type"}


@pytest.mark.parametrize("member", ["instance_type", "first_instance_type"])
def test_a_type_without_addresses_for_ipv6_pods_is_refused_where_they_are_wanted(ordered, records, name, member):
    assert fields(ordered.post(f"{BASE}/test", order(name, ip_family="ipv6") | {member: "m4.large"})) == {member}
    run = provision(ordered, name, **{member: "m4.large"})["run"]
    records.end(run, name, state="none")
    assert ordered.post(f"{BASE}/test", order(name, ip_family="ipv6") | {member: "m5.metal"}).status == 202


def test_what_costs_more_is_said(ordered, name):
    warnings = provision(ordered, name)["warnings"]
    assert any("extended support" in warning for warning in warnings), warnings


def test_an_order_that_aws_could_not_be_asked_about_is_taken_and_says_so(apart, name):
    made = provision(apart, name)
    assert any("could not be asked" in warning for warning in made["warnings"]), made
    assert apart.post(f"{BASE}/{name}/runs/{made['run']}/cancel").status == 202
    shown = apart.get("/api/provision/versions").json
    assert shown["source"] == "builtin" and "1.33" in {item["version"] for item in shown["items"]}
    assert shown["error"]["message"]
    types = apart.get("/api/provision/instance-types?region=us-east-1").json
    assert (types["source"], types["items"]) == ("builtin", [])


def test_a_full_queue_is_said(apart, name):
    run = provision(apart, name)["run"]
    reply = apart.post("/clusters/test", order(f"{name}-2"))
    assert_status(reply, 429, "TooManyRequests")
    assert int(reply.header("Retry-After")) > 0
    assert apart.post(f"{BASE}/{name}/runs/{run}/cancel").status == 202


def test_without_a_runner_nothing_is_made(gateway, name):
    reply = gateway.post("/clusters/test", order(name))
    assert_status(reply, 503, "ServiceUnavailable")
    assert "EKSGATE_PROVISION_RUNNER" in reply.json["message"]
    assert gateway.get("/api/provision").json["runner"] == "off"


def test_who_does_the_work_and_how_much_of_it_waits_is_known_beforehand(ordered, apart, records, name):
    made = provision(apart, name)
    assert apart.get("/api/provision").json == {
        "runner": "local", "has_agent": False, "running": 0, "running_max": 3, "waiting": 1, "waiting_max": 1,
    }  # fmt: skip
    assert apart.post(f"{BASE}/{name}/runs/{made['run']}/cancel").status == 202
    assert apart.get("/api/provision").json["waiting"] == 0
    records.command("SET", "eksgate:agent:lease", "somebody", "PX", "60000")
    assert ordered.get("/api/provision").json["has_agent"] is True
    records.command("DEL", "eksgate:agent:lease")


# One run at a time

def test_of_two_at_once_one_is_taken_and_the_other_is_told_who_was_faster(ordered, name):
    replies = []
    gate = threading.Barrier(2)

    def submit(op):
        gate.wait()
        replies.append(ordered.post(f"{BASE}/{op}", order(name)))

    threads = [threading.Thread(target=submit, args=(op,)) for op in ("provision", "test")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken, refused = sorted(replies, key=lambda reply: reply.status)
    assert taken.status == 202, taken.text
    assert_status(refused, 409, "Conflict")
    details = refused.json["details"]
    assert (details["run"], details["op"]) == (taken.json["run"], taken.json["op"])
    assert details["job_name"] == taken.json["job_name"] and details["since"]


def test_the_same_idempotency_key_gives_the_same_answer(ordered, name):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = ordered.post(f"{BASE}/provision", order(name), headers=headers)
    again = ordered.post(f"{BASE}/provision", order(name), headers=headers)
    assert (first.status, again.status) == (202, 202) and again.json == first.json
    other = ordered.post(f"{BASE}/provision", order(name, zones=2), headers=headers)
    assert fields(other) == {"Idempotency-Key"}
    assert len(ordered.get(f"{BASE}/{name}/runs").json["items"]) == 1


def test_it_does_so_too_when_the_cluster_has_changed_since(ordered, records, present):
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    path, body = f"{BASE}/{present}/upgrade", {"kubernetes_version": "1.34"}
    first = ordered.post(path, body, headers=headers)
    assert first.status == 202, first.text
    records.end(first.json["run"], present, applied=records.order(first.json["run"]))
    again = ordered.post(path, body, headers=headers)
    assert again.status == 202 and again.json["run"] == first.json["run"]
    assert fields(ordered.post(path, body)) == {"kubernetes_version"}


def test_a_run_that_waits_is_cancelled_at_once_and_only_once(ordered, name):
    run = provision(ordered, name)["run"]
    path = f"{BASE}/{name}/runs/{run}/cancel"
    assert ordered.post(path).status == 202
    assert ordered.get(f"{BASE}/{name}/status").json["status"] == "cancelled"
    assert_status(ordered.post(path), 409, "Conflict")
    again = ordered.post(f"{BASE}/{name}/resume")
    assert (again.status, again.json["op"]) == (202, "provision")


def test_a_run_that_has_ended_well_is_not_resumed(ordered, present):
    assert_status(ordered.post(f"{BASE}/{present}/resume"), 409, "Conflict")


def test_a_release_of_a_lock_is_resumed_with_the_same_lock(ordered, records, name):
    run = provision(ordered, name)["run"]
    records.run(run, lock={"id": run, "who": "eksgate@pod", "operation": "provision"})
    records.end(run, name, status="failed", state="partial")
    unlock = ordered.request("DELETE", f"{BASE}/{name}/lock?id={run}").json["run"]
    records.end(unlock, name, status="failed", state="partial")
    again = ordered.post(f"{BASE}/{name}/resume")
    assert (again.status, again.json["op"]) == (202, "unlock"), again.text
    assert records.command("HGET", f"eksgate:provision:run:{again.json['run']}", "lock_id") == run.encode()


def test_a_run_that_is_not_there_any_more_is_not_resumed(ordered, records, name):
    for end in (False, True):
        run = provision(ordered, name)["run"]
        if end:
            records.end(run, name, status="failed", state="none")
        records.command("DEL", f"eksgate:provision:run:{run}")
        refused = ordered.post(f"{BASE}/{name}/resume")
        assert_status(refused, 409, "Conflict")
        assert "nothing to resume" in refused.json["message"]
        records.cluster(name, active="")
        records.command("ZREM", "eksgate:provision:queue", run)


# Plans

HASH_A, HASH_B = ("sha256:" + digit * 64 for digit in "ab")


def plan(hash):
    return {
        "type": "eksgate_plan", "hash": hash, "changes": {"add": 1, "change": 0, "destroy": 0, "import": 0},
        "blocked": [], "truncated": False,
        "tree": [{"address": "aws_vpc.this[0]", "type": "aws_vpc", "name": "this", "action": "create", "attributes": []}],
    }  # fmt: skip


@pytest.fixture
def planned(ordered, records, name):
    made = provision(ordered, name, require_approval=True)
    assert made["plan_only"] is True
    records.end(made["run"], name, status="planned", state="none", plan_hash=HASH_A, plan=plan(HASH_A))
    return made["run"]


def approve(gateway, name, run, hash):
    return gateway.post(f"{BASE}/{name}/runs/{run}/approve", {"plan_hash": hash})


def test_exactly_the_plan_that_was_looked_at_is_approved(ordered, records, name, planned):
    shown = ordered.get(f"{BASE}/{name}/runs/{planned}/plan").json
    assert shown["hash"] == HASH_A and shown["tree"][0]["action"] == "create" and "type" not in shown
    assert_status(approve(ordered, name, planned, HASH_B), 409, "Conflict")
    reply = approve(ordered, name, planned, HASH_A)
    assert (reply.status, reply.json["op"]) == (202, "apply"), reply.text
    applied = ordered.get(f"{BASE}/{name}/runs/{reply.json['run']}").json
    assert (applied["approves"], applied["order"]) == (planned, records.order(planned))
    assert ordered.get(f"{BASE}/{name}/runs/{planned}").json["approved_by_run"] == reply.json["run"]


def test_a_plan_is_stale_when_another_run_has_changed_the_cluster(ordered, records, name, planned):
    run = provision(ordered, name)["run"]
    records.begin(run)
    records.end(run, name, applied=records.order(run))
    reply = approve(ordered, name, planned, HASH_A)
    assert_status(reply, 409, "Conflict")
    assert "plan_stale" in reply.json["message"]


@pytest.mark.parametrize("hash", ["", "sha256:", "sha256:" + "A" * 64, "md5:" + "a" * 64, 5, None])
def test_what_is_no_hash_is_refused(ordered, name, planned, hash):
    assert fields(approve(ordered, name, planned, hash)) == {"plan_hash"}


def test_a_run_without_a_plan_says_so(ordered, name):
    run = provision(ordered, name)["run"]
    assert_status(ordered.get(f"{BASE}/{name}/runs/{run}/plan"), 404, "NotFound")
    assert_status(approve(ordered, name, run, HASH_A), 409, "Conflict")


# Changes

def test_an_upgrade_is_one_minor_version(ordered, present):
    path = f"{BASE}/{present}/upgrade"
    for version in ("1.31", "1.33", "1.35", "1.36"):
        assert fields(ordered.post(path, {"kubernetes_version": version})) == {"kubernetes_version"}
    assert "1.34, 1.35" in ordered.post(path, {"kubernetes_version": "1.35"}).json["message"]
    reply = ordered.post(path, {"kubernetes_version": "1.34", "plan_only": True})
    assert reply.status == 202, reply.text
    run = ordered.get(f"{BASE}/{present}/runs/{reply.json['run']}").json
    assert (run["op"], run["plan_only"], run["order"]["kubernetes_version"]) == ("upgrade", True, "1.34")


def test_eks_own_insight_stops_an_upgrade(ordered, records):
    """The sandbox's demo has an add-on that is too old."""
    if ordered.get(f"{BASE}/demo").status == 404:
        run = provision(ordered, "demo")["run"]
        records.end(run, "demo", applied=records.order(run))
    reply = ordered.post(f"{BASE}/demo/upgrade", {"kubernetes_version": "1.34", "confirm_warnings": True})
    assert_status(reply, 409, "Conflict")
    assert "EKS add-on version compatibility" in reply.json["message"]


def insight(status, **members):
    return {"name": "Kubelet", "category": "UPGRADE_READINESS", "insightStatus": {"status": status, "reason": "old"}} | members


@pytest.mark.parametrize(
    "insights, nodes, confirm, status",
    [
        ([], {}, False, 202),
        ([insight("PASSING")], {"workers": "1.33"}, False, 202),
        ([insight("ERROR")], {}, True, 409),
        ([insight("ERROR", kubernetesVersion="1.40")], {}, False, 202),
        ([insight("ERROR", category="MISCONFIGURATION")], {}, False, 202),
        ([insight("WARNING")], {}, False, 409),
        ([insight("WARNING")], {}, True, 202),
        ([], {"workers": "1.31"}, False, 202),
        ([], {"new": "1.33", "old": "1.30"}, True, 409),
    ],
)
def test_what_is_not_ready_is_not_upgraded(apart, stubs, name, insights, nodes, confirm, status):
    records = Records(apart.stack.redis_socket)
    stubs.aws.insights, stubs.aws.nodegroups = insights, nodes
    run = provision(apart, name)["run"]
    records.end(run, name, applied=records.order(run))
    reply = apart.post(f"{BASE}/{name}/upgrade", {"kubernetes_version": "1.34", "confirm_warnings": confirm})
    assert reply.status == status, reply.text
    if status == 202:
        records.end(reply.json["run"], name)
    else:
        assert_status(reply, 409, "Conflict")
    stubs.aws.insights, stubs.aws.nodegroups = [], {}


def test_scaling_changes_nothing_but_the_nodes(ordered, records, present):
    assert fields(ordered.post(f"{BASE}/{present}/scale", {"node_desired": 99})) == {"node_desired"}
    reply = ordered.post(f"{BASE}/{present}/scale", {"node_desired": 3, "node_max": 9})
    assert reply.status == 202, reply.text
    before = json.loads(records.command("HGET", f"eksgate:provision:cluster:{present}", "applied"))
    assert records.order(reply.json["run"]) == before | {"node_desired": 3, "node_max": 9}
    records.end(reply.json["run"], present)
    assert fields(ordered.post(f"{BASE}/{present}/scale", {"first_node_count": 0})) == {"first_node_count"}
    reply = ordered.post(f"{BASE}/{present}/scale", {"first_node_count": 4})
    assert reply.status == 202, reply.text
    assert (before["first_node_count"], records.order(reply.json["run"])["first_node_count"]) == (2, 4)


@pytest.mark.parametrize(
    "members, field",
    [
        ({"ip_family": "ipv6"}, "ip_family"),
        ({"region": "eu-west-1"}, "region"),
        ({"vpc_id": "vpc-bd9c86d5", "subnet_ids": ["subnet-310c7c7d", "subnet-2fdfdc47"]}, "vpc_id"),
        ({"vpc_cidr": "10.61.0.0/16"}, "vpc_cidr"),
        ({"kubernetes_version": "1.35"}, "kubernetes_version"),
        ({"kubernetes_version": "1.32"}, "kubernetes_version"),
        ({"role_arn": f"{ACCOUNT}/other"}, "role_arn"),
    ],
)
@pytest.mark.parametrize("path", ["provision", "{}/update"])
def test_what_would_replace_the_cluster_is_refused(ordered, present, path, members, field):
    assert field in fields(ordered.post(f"{BASE}/{path.format(present)}", order(present) | members))


def test_an_update_is_the_whole_order_again(ordered, records, present):
    assert fields(ordered.post(f"{BASE}/{present}/update", order("another"))) == {"cluster_name"}
    reply = ordered.post(f"{BASE}/{present}/update", order(present, tags={"team": "a"}))
    assert reply.status == 202, reply.text
    assert records.order(reply.json["run"])["tags"] == {"team": "a"}


def test_what_is_not_there_is_neither_upgraded_nor_scaled(ordered, records, name):
    run = provision(ordered, name)["run"]
    records.end(run, name, status="failed", state="partial")
    assert_status(ordered.post(f"{BASE}/{name}/upgrade", {"kubernetes_version": "1.34"}), 409, "Conflict")
    assert_status(ordered.post(f"{BASE}/{name}/scale", {"node_desired": 1}), 409, "Conflict")


def test_drift_is_looked_for_with_the_order_that_is_applied(ordered, records, present):
    reply = ordered.post(f"{BASE}/{present}/drift")
    assert (reply.status, reply.json["plan_only"]) == (202, True)
    run = reply.json["run"]
    assert records.order(run)["cluster_name"] == present
    records.end(run, present, status="planned", changes={"add": 0, "change": 1, "destroy": 0, "import": 0})
    records.cluster(present, drift=run)
    assert ordered.get(f"{BASE}/{present}").json["drift"].items() >= {"run": run, "found": True}.items()


# The end

def test_a_protected_cluster_is_not_destroyed(ordered, records, name):
    run = provision(ordered, name, deletion_protection=True)["run"]
    records.end(run, name, applied=records.order(run))
    for path in (f"/clusters/{name}", f"{BASE}/{name}?confirm={name}"):
        assert_status(ordered.request("DELETE", path), 423, "Locked")
    assert ordered.get(f"{BASE}/{name}").json["protected"] is True
    reply = ordered.request("PUT", f"{BASE}/{name}/protection", json_body={"protected": False})
    assert (reply.status, reply.json["protected"]) == (200, False)
    for query in ("", "?confirm=another"):
        assert fields(ordered.request("DELETE", f"{BASE}/{name}{query}")) == {"confirm"}
    reply = ordered.request("DELETE", f"{BASE}/{name}?confirm={name}")
    assert reply.status == 202, reply.text
    assert records.order(reply.json["run"])["deletion_protection"] is False


def test_a_cluster_is_forgotten_only_when_its_state_is_empty(ordered, records, present):
    path = f"/clusters/{present}/cleanup"
    assert_status(ordered.request("DELETE", path), 409, "Conflict")
    run = ordered.request("DELETE", f"{BASE}/{present}").json["run"]
    assert_status(ordered.request("DELETE", path), 409, "Conflict")
    records.end(run, present, state="destroyed")
    reply = ordered.request("DELETE", path)
    assert (reply.status, reply.json["op"]) == (202, "cleanup")


def test_a_cleanup_can_be_forced(ordered, present):
    assert ordered.request("DELETE", f"{BASE}/{present}/cleanup?force=true").status == 202


def test_a_lock_is_released_by_its_id_and_only_when_nobody_runs(ordered, records, name):
    assert_status(ordered.request("DELETE", f"{BASE}/{name}/lock?id=abc"), 404, "NotFound")
    run = provision(ordered, name)["run"]
    lock = {"id": "c5fa1c33", "who": "a@b", "operation": "Apply", "created": "2026-11-21T19:00:00Z", "path": "p"}
    assert ordered.get(f"{BASE}/{name}/lock").json["lock"] is None
    records.run(run, lock=lock)
    shown = ordered.get(f"{BASE}/{name}/lock").json
    assert shown["can_unlock"] is False and "active" in shown["why"]
    records.end(run, name, status="failed", state="partial")
    shown = ordered.get(f"{BASE}/{name}/lock").json
    assert shown["can_unlock"] and shown["lock"]["id"] == "c5fa1c33" and shown["lock"]["age_s"] > -86400
    assert_status(ordered.request("DELETE", f"{BASE}/{name}/lock?id=abc"), 409, "Conflict")
    reply = ordered.request("DELETE", f"{BASE}/{name}/lock?id=c5fa1c33")
    assert (reply.status, reply.json["op"]) == (202, "unlock")


# What is told

def test_a_cluster_is_told_with_its_run_cost_and_support(ordered, records, present):
    shown = ordered.get(f"{BASE}/{present}").json
    assert (shown["state"], shown["region"], shown["kubernetes_version"]) == ("present", "us-east-1", "1.33")
    assert shown["support"]["phase"] in ("extended", "unsupported") and shown["active"] is None
    assert shown["last_run"]["status"] == "completed" and shown["order"] == shown["applied"]
    assert shown["cost"]["monthly"] > 365 and shown["outputs"] is None
    listed = {item["cluster_name"]: item for item in ordered.get(BASE).json["items"]}[present]
    assert {key: shown[key] for key in listed} == listed
    run = ordered.post(f"{BASE}/{present}/drift").json["run"]
    records.begin(run)
    records.run(run, progress={"done": 1, "total": 2, "percent": 50, "eta_s": 9, "current": []})
    assert ordered.get(f"{BASE}/{present}").json["active"] == {
        "run": run, "op": "drift", "status": "running", "percent": 50,
    }  # fmt: skip


def test_a_run_is_told_with_its_progress_and_faults(ordered, records, name):
    run = provision(ordered, name)["run"]
    records.begin(run)
    fault = {"severity": "error", "summary": "no", "detail": "", "address": "aws_eks_cluster.this"}
    progress = {"done": 3, "total": 28, "percent": 11, "eta_s": 600, "current": []}
    records.run(run, progress=progress, diagnostics=[fault], step="apply", blocked=["aws_eks_cluster.this"])
    shown = ordered.get(f"{BASE}/{name}/status").json
    assert (shown["run"], shown["status"], shown["step"]) == (run, "running", "apply")
    assert (shown["progress"], shown["diagnostics"]) == (progress, [fault])
    shown = ordered.get(f"{BASE}/{name}/runs/{run}").json
    assert (shown["progress"], shown["blocked"], shown["order"]["cluster_name"]) == (
        progress, ["aws_eks_cluster.this"], name,
    )  # fmt: skip
    assert ordered.get(f"{BASE}/{name}/runs").json["items"][0]["run"] == run


def test_what_is_not_known_is_not_found(ordered, name):
    for path in ("", "/status", "/logs", "/runs", "/lock", "/runs/r17637600000001a2b", "/runs/x"):
        assert_status(ordered.get(f"{BASE}/{name}{path}"), 404, "NotFound")
    for path in ("/drift", "/resume"):
        assert_status(ordered.post(f"{BASE}/{name}{path}"), 404, "NotFound")
    for path in ("", "/cleanup"):
        assert_status(ordered.request("DELETE", f"/clusters/{name}{path}"), 404, "NotFound")
    assert_status(ordered.get(f"{BASE}/A_B"), 404, "NotFound")


def test_logs_are_lines_for_people_or_as_they_were_written(ordered, records, name):
    run = provision(ordered, name)["run"]
    apply = {"@level": "info", "@message": "aws_vpc.this[0]: Creating...", "type": "apply_start"}
    for number, line in enumerate(["Initializing provider plugins...", apply, "third"], 1):
        records.line(run, number, line)
    text = ordered.get(f"/clusters/{name}/logs").text.splitlines()
    assert len(text) == 3 and text[1].endswith("Z aws_vpc.this[0]: Creating...")
    assert ordered.get(f"/clusters/{name}/logs?tail=1&run={run}").text.endswith("Z third\n")
    reply = ordered.get(f"/clusters/{name}/logs?format=jsonl&tail=2")
    assert json.loads(reply.text.splitlines()[0]) == apply and reply.header("Content-Type") == "application/x-ndjson"


def read_more(connection, until, data=b""):
    while until not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


@pytest.mark.parametrize("kind", ["text", "events"])
def test_followed_logs_come_as_they_are_written_until_the_run_has_ended(ordered, records, name, kind):
    run = provision(ordered, name)["run"]
    records.begin(run)
    records.line(run, 1, "first")
    accept = "text/event-stream" if kind == "events" else "*/*"
    with socket.create_connection((ordered.host, ordered.port), timeout=60) as connection:
        connection.sendall(
            f"GET {BASE}/{name}/logs?follow=true HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        data = read_more(connection, b"first")
        records.line(run, 2, "second")
        data = read_more(connection, b"second", data)
        records.line(run, 3, "third")
        records.end(run, name)
        while piece := connection.recv(65536):
            data += piece
    assert data.count(b"first") == data.count(b"third") == 1
    if kind == "events":
        assert b"text/event-stream" in data and b"id: 3\n" in data and b"event: end\ndata: completed\n" in data


def test_a_browser_goes_on_where_it_stopped(ordered, records, name):
    run = provision(ordered, name)["run"]
    for number in (1, 2, 3):
        records.line(run, number, f"line {number}")
    records.end(run, name)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "2"}
    text = ordered.get(f"{BASE}/{name}/logs?follow=true", headers=headers).text
    assert "line 3" in text and "line 2" not in text


def test_a_log_in_which_nothing_happens_shows_that_it_is_still_followed(silent):
    assert b"\n: still here\n\n" in read_more(silent, b": still here\n\n")


# Lists

TYPES = "/api/provision/instance-types?region=us-east-1"


def is_awss(shown):
    return shown["source"] == "aws"


def test_versions_and_types_are_awss_own(ordered):
    versions = ordered.get("/api/provision/versions?region=us-east-1").json
    assert versions["source"] == "aws"
    minors = [int(item["version"].split(".")[1]) for item in versions["items"]]
    assert minors == sorted(minors, reverse=True) and 33 in minors
    one = next(item for item in versions["items"] if item["version"] == "1.33")
    assert (one["standard_until"], one["extended_until"]) == ("2026-07-29", "2027-07-29")
    # AWS is given half a minute for the long list, which may not be enough where everything is slow.
    types = wait_until(lambda: next(filter(is_awss, [ordered.get(TYPES).json]), None))
    named = {item["name"]: item for item in types["items"]}
    assert named["m5.xlarge"]["architecture"] == ["x86_64"]
    assert (named["m5.xlarge"]["vcpus"], named["m5.xlarge"]["memory_mib"]) == (4, 16384)
    assert named["m6g.large"]["ami_type"] == "AL2023_ARM_64_STANDARD" and named["t2.nano"]["warning"]
    assert (named["g4ad.xlarge"]["gpus"], named["g4ad.xlarge"]["ami_type"]) == (1, "AL2023_x86_64_STANDARD")
    assert (named["inf1.xlarge"]["neurons"], named["inf1.xlarge"]["ami_type"]) == (1, "AL2023_x86_64_NEURON")
    assert named["g5g.xlarge"]["ami_type"] == "AL2023_ARM_64_NVIDIA"
    assert (named["m5.xlarge"]["max_pods"], named["m5.xlarge"]["ipv6"], named["m4.large"]["ipv6"]) == (58, True, False)
    only = ordered.get(f"{TYPES}&arch=arm64").json["items"]
    assert only and all("arm64" in item["architecture"] for item in only)


def test_an_estimate_says_where_it_is_from(ordered):
    query = "region=us-east-1&kubernetes_version=1.33&instance_type=m5.xlarge&node_desired=2"
    shown = ordered.get(f"/api/provision/cost?{query}").json
    items = {item["id"]: item["monthly"] for item in shown["items"]}
    assert (items["control_plane"], items["extended_support"]) == (73, 365)
    assert shown["source"] and shown["as_of"] and shown["missing"]
    assert items["nat_gateways"] == 0 and items["addresses"] == items["disks"] * 3.65 / 4
    more = ordered.get(f"/api/provision/cost?{query}&first_node_count=7").json
    quantities = {item["id"]: item["quantity"] for item in more["items"]}
    assert (quantities["nodes_first"], quantities["nodes"], quantities["disks"]) == (7, 2, 9)
    assert more["monthly"] == pytest.approx(shown["monthly"] + 5 * (140.16 + 4 + 3.65))
    later = ordered.get("/api/provision/cost?kubernetes_version=1.36&support_type=EXTENDED").json
    assert any("behind 2027-08-02: 365.00 more" in text for text in later["missing"])
    unknown = ordered.get("/api/provision/cost?instance_type=p5.48xlarge").json
    assert not unknown["is_whole"] and {item["id"]: item["monthly"] for item in unknown["items"]}["nodes"] is None


def test_defaults_and_regions(ordered):
    defaults = ordered.get("/api/provision/defaults").json
    assert defaults.items() >= {
        "region": "ap-south-1", "instance_type": "m5.xlarge", "kubernetes_version": "1.33", "environment": "production",
        "first_node_count": 2,
    }.items()  # fmt: skip
    regions = ordered.get("/api/provision/regions").json
    assert regions["default"] == "ap-south-1" and {"name": "us-east-1"} in regions["items"]


# Who may

def test_reading_is_for_viewers_and_making_for_admins_of_all(launcher, session_directory, name):
    directory = session_directory / "provision-keyed"
    directory.mkdir()
    gateway = launcher.start(directory, env=RUNNER | {"EKSGATE_AUTH": "keys"})
    roles = ["viewer", "editor", "admin"]
    keys = {role: gateway.stack.key("create", "--role", role) for role in roles}
    keys["bound"] = gateway.stack.key("create", "--role", "admin", "--connection", "us-east-1_demo")
    headers = {who: {"Authorization": f"Bearer {key}"} for who, key in keys.items()}
    for who in ("viewer", "editor"):
        assert gateway.get(BASE, headers=headers[who]).status == 200
        assert_status(gateway.post("/clusters/test", order(name), headers=headers[who]), 403, "Forbidden")
        assert_status(gateway.request("DELETE", f"/clusters/{name}", headers=headers[who]), 403, "Forbidden")
    assert_status(gateway.get(BASE), 401, "Unauthorized")
    assert_status(gateway.get(BASE, headers=headers["bound"]), 403, "Forbidden")
    assert_status(gateway.post("/clusters/test", order(name), headers=headers["bound"]), 403, "Forbidden")
    made = gateway.post("/clusters/test", order(name), headers=headers["admin"])
    assert made.status == 202, made.text
    launcher.stop(gateway)
