"""How many jobs that have not finished a namespace, and a caller, may have at a time."""

import json
import os
import signal
import threading
import uuid

import pytest
from client import assert_status, wait_until
from test_cronjobs import cronjob
from test_jobs import manifest
from test_keys import Keyed

TYPE = {"Content-Type": "application/json"}
PER_NAMESPACE, PER_CALLER = 3, 5


@pytest.fixture(scope="module")
def keyed(launcher, session_directory, sandbox):
    """A gateway that counts, and wants to know who asks."""
    directory = session_directory / "quotas"
    directory.mkdir()
    limits = {"EKSGATE_JOBS_PER_NAMESPACE": str(PER_NAMESPACE), "EKSGATE_JOBS_PER_CALLER": str(PER_CALLER)}
    gateway = launcher.start(directory, env=sandbox.env | limits | {"EKSGATE_AUTH": "keys"})
    yield Keyed(gateway)
    launcher.stop(gateway)


@pytest.fixture(scope="module")
def route(keyed):
    body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    reply = keyed.ask(keyed.create("admin"), "POST", "/api/clusters/connect", json_body=body)
    assert reply.status in (200, 201), reply.text
    return f"/api/clusters/{reply.json['connection_id']}/jobs"


@pytest.fixture
def spaces(direct):
    names = [f"quota-{uuid.uuid4().hex[:8]}" for _ in range(3)]
    for name in names:
        body = json.dumps({"metadata": {"name": name}})
        assert direct.request("POST", "/api/v1/namespaces", body, TYPE).status == 201
    yield names
    for name in names:
        direct.request("DELETE", f"/api/v1/namespaces/{name}")


def waiting(namespace, name=None):
    """A job that never ends by itself."""
    return {"job_manifest": manifest(name, suspend=True), "namespace": namespace}


def names_in(direct, namespace):
    return [job["metadata"]["name"] for job in direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"]]


def ask_at_once(keyed, key, path, bodies):
    replies = []
    threads = [
        threading.Thread(target=lambda body=body: replies.append(keyed.ask(key, "POST", path, json_body=body)))
        for body in bodies
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(reply.status for reply in replies)


def test_a_namespace_that_is_full_takes_no_more_until_one_goes(keyed, route, spaces, direct):
    key = keyed.create("editor")
    made = [keyed.ask(key, "POST", route, json_body=waiting(spaces[0])) for _ in range(PER_NAMESPACE)]
    assert [reply.status for reply in made] == [201] * PER_NAMESPACE, made[0].text
    refused = keyed.ask(key, "POST", route, json_body=waiting(spaces[0]))
    assert_status(refused, 403, "Forbidden", message="exceeded quota: jobs-per-namespace")
    assert f"{spaces[0]} " in refused.json["message"] and "used: 3, limited: 3" in refused.json["message"]
    assert len(names_in(direct, spaces[0])) == PER_NAMESPACE
    assert keyed.ask(key, "POST", route, json_body=waiting(spaces[1])).status == 201
    path = f"/apis/batch/v1/namespaces/{spaces[0]}/jobs/{made[0].json['job_name']}?propagationPolicy=Background"
    assert direct.request("DELETE", path).status == 200
    assert keyed.ask(key, "POST", route, json_body=waiting(spaces[0])).status == 201


def test_a_job_that_has_finished_does_not_count(keyed, route, spaces, direct):
    key = keyed.create("editor")
    made = [keyed.ask(key, "POST", route, json_body=waiting(spaces[0])) for _ in range(PER_NAMESPACE)]
    # A suspended job that is given an impossible deadline and let go fails at once, by the cluster's own hand.
    path = f"/apis/batch/v1/namespaces/{spaces[0]}/jobs/{made[0].json['job_name']}"
    patch = json.dumps({"spec": {"suspend": False, "activeDeadlineSeconds": 1}})
    assert direct.request("PATCH", path, patch, {"Content-Type": "application/merge-patch+json"}).status == 200
    wait_until(lambda: any(c["type"] in ("Failed", "Complete") for c in direct.get(path)["status"].get("conditions", [])))
    assert keyed.ask(key, "POST", route, json_body=waiting(spaces[0])).status == 201


def test_a_caller_has_a_quota_of_his_own_in_all_namespaces_together(keyed, route, spaces):
    key, other = keyed.create("editor"), keyed.create("editor")
    for namespace in (spaces[0], spaces[0], spaces[1], spaces[1], spaces[2]):
        assert keyed.ask(key, "POST", route, json_body=waiting(namespace)).status == 201
    refused = keyed.ask(key, "POST", route, json_body=waiting(spaces[2]))
    assert_status(refused, 403, "Forbidden", message="exceeded quota: jobs-per-caller")
    assert keyed.ask(other, "POST", route, json_body=waiting(spaces[2])).status == 201


def test_of_many_at_once_as_many_are_made_as_there_is_room_for(keyed, route, spaces, direct):
    key = keyed.create("editor")
    statuses = ask_at_once(keyed, key, route, [waiting(spaces[0]) for _ in range(10)])
    assert statuses == [201] * PER_NAMESPACE + [403] * (10 - PER_NAMESPACE)
    assert len(names_in(direct, spaces[0])) == PER_NAMESPACE
    # Two quotas at the same time, from both sides: nobody waits for one who waits for him.
    mixed = [waiting(spaces[1]), waiting(spaces[2])] * 6
    statuses = ask_at_once(keyed, key, route, mixed)
    assert statuses == [201] * (PER_CALLER - PER_NAMESPACE) + [403] * (12 - PER_CALLER + PER_NAMESPACE)


def test_a_batch_is_held_to_the_same(keyed, route, spaces, direct):
    key = keyed.create("editor")
    body = {"create": [waiting(spaces[0], f"job-{i}") for i in range(10)]}
    reply = keyed.ask(key, "POST", f"{route}-batch", json_body=body)
    assert reply.status == 207, reply.text
    statuses = sorted(item["status"] for item in reply.json["items"])
    assert statuses == [201] * PER_NAMESPACE + [403] * (10 - PER_NAMESPACE)
    assert len(names_in(direct, spaces[0])) == PER_NAMESPACE


def test_a_refused_job_takes_no_room(keyed, route, spaces, direct):
    key = keyed.create("editor")
    for _ in range(PER_NAMESPACE + 1):
        wrong = {"job_manifest": manifest(parallelism=-1), "namespace": spaces[0]}
        assert keyed.ask(key, "POST", route, json_body=wrong).status == 422
        dry = waiting(spaces[0]) | {"dry_run": True}
        assert keyed.ask(key, "POST", route, json_body=dry).status == 201
    for _ in range(PER_NAMESPACE):
        assert keyed.ask(key, "POST", route, json_body=waiting(spaces[0])).status == 201


def test_a_cron_jobs_job_that_is_started_by_hand_counts(keyed, route, spaces, direct):
    key, other = keyed.create("editor"), keyed.create("editor")
    path = f"/apis/batch/v1/namespaces/{spaces[0]}/cronjobs"
    body = cronjob("report", suspend=True)
    body["spec"]["jobTemplate"]["spec"]["suspend"] = True  # its jobs do not end
    assert direct.request("POST", path, json.dumps(body), TYPE).status == 201
    trigger = f"{route.removesuffix('/jobs')}/cronjobs/{spaces[0]}/report/trigger"
    replies = [keyed.ask(key, "POST", trigger) for _ in range(PER_NAMESPACE - 1)]
    assert [reply.status for reply in replies] == [201] * (PER_NAMESPACE - 1), replies[0].text
    assert keyed.ask(key, "POST", route, json_body=waiting(spaces[0])).status == 201
    for refused in keyed.ask(key, "POST", trigger), keyed.ask(other, "POST", route, json_body=waiting(spaces[0])):
        assert_status(refused, 403, "Forbidden", message="exceeded quota: jobs-per-namespace")
    assert len(names_in(direct, spaces[0])) == PER_NAMESPACE
    for _ in range(PER_CALLER - PER_NAMESPACE):
        assert keyed.ask(key, "POST", route, json_body=waiting(spaces[1])).status == 201
    refused = keyed.ask(key, "POST", route, json_body=waiting(spaces[1]))
    assert_status(refused, 403, "Forbidden", message="exceeded quota: jobs-per-caller")


def test_without_redis_no_job_is_made_while_a_quota_is_set(launcher, short_tmp, sandbox, spaces, direct):
    own = Keyed(
        launcher.start(
            short_tmp, env=sandbox.env | {"EKSGATE_AUTH": "keys", "EKSGATE_JOBS_PER_CALLER": "9"}, processes=1
        )
    )
    key = own.create("admin")
    body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    connected = own.ask(key, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    path = f"/api/clusters/{connected}/jobs"
    assert own.ask(key, "POST", path, json_body=waiting(spaces[0], "before")).status == 201
    redis = own.gateway.stack.redis
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        reply = own.ask(key, "POST", path, json_body=waiting(spaces[0], "without"))
        assert_status(reply, 503, "ServiceUnavailable", slug="store-unavailable")
    finally:
        os.kill(redis.pid, signal.SIGCONT)
    assert names_in(direct, spaces[0]) == ["before"]
    wait_until(lambda: own.ask(key, "POST", path, json_body=waiting(spaces[0], "after")).status in (201, 409))
    assert set(names_in(direct, spaces[0])) == {"before", "after"}
    launcher.stop(own.gateway)
