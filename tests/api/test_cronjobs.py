"""Cron jobs through the gateway, in a real cluster."""

import json
import os
import subprocess
import uuid

import pytest
from client import assert_status, wait_until

TYPE = {"Content-Type": "application/json"}


def cronjob(name, **spec):
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": name, "labels": {"team": "data"}},
        "spec": {
            "schedule": "0 3 29 2 *",
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "jobTemplate": {
                "metadata": {"labels": {"app": "report"}, "annotations": {"note": "kept"}},
                "spec": {
                    "backoffLimit": 2,
                    "template": {
                        "metadata": {"labels": {"app": "report"}},
                        "spec": {
                            "restartPolicy": "Never",
                            "containers": [{"name": "main", "image": "busybox", "args": ["report"]}],
                        },
                    },
                },
            },
        }
        | spec,
    }


class Cluster:
    """A namespace of the cluster, seen without the gateway."""

    def __init__(self, direct, namespace):
        self.direct, self.namespace = direct, namespace
        self.root = f"/apis/batch/v1/namespaces/{namespace}"

    def add(self, name, **spec):
        reply = self.direct.request("POST", f"{self.root}/cronjobs", json.dumps(cronjob(name, **spec)), TYPE)
        assert reply.status == 201, reply.text
        return name

    def cronjob(self, name):
        return self.direct.get(f"{self.root}/cronjobs/{name}")

    def job(self, name):
        return self.direct.get(f"{self.root}/jobs/{name}")

    def jobs(self):
        return {job["metadata"]["name"] for job in self.direct.get(f"{self.root}/jobs")["items"]}


@pytest.fixture
def cluster(direct):
    name = f"cron-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"metadata": {"name": name}})
    assert direct.request("POST", "/api/v1/namespaces", body, TYPE).status == 201
    yield Cluster(direct, name)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture(scope="session")
def route(demo):
    return f"/api/clusters/{demo}/cronjobs"


def causes(reply):
    return {cause["field"] for cause in reply.json["details"]["causes"]}


def test_cron_jobs_are_listed_with_what_they_are_set_to(gateway, route, cluster, demo):
    cluster.add("a-report", suspend=True)
    cluster.add("b-report", timeZone=None, concurrencyPolicy="Allow")
    reply = gateway.get(f"{route}?namespace={cluster.namespace}")
    assert reply.status == 200, reply.text
    created = [cluster.cronjob(name)["metadata"]["creationTimestamp"] for name in ("a-report", "b-report")]
    common = {
        "namespace": cluster.namespace,
        "cluster": demo,
        "schedule": "0 3 29 2 *",
        "active": 0,
        "last_schedule_time": None,
        "last_successful_time": None,
    }
    first = {"cronjob_name": "a-report", "time_zone": "Etc/UTC", "suspended": True, "concurrency_policy": "Forbid"}
    second = {"cronjob_name": "b-report", "time_zone": None, "suspended": False, "concurrency_policy": "Allow"}
    assert reply.json == {
        "items": [
            common | first | {"creation_time": created[0]},
            common | second | {"creation_time": created[1]},
        ],
        "continue": "",
        "remaining": 0,
    }
    assert {"a-report", "b-report"} <= {item["cronjob_name"] for item in gateway.get(route).json["items"]}


def test_a_list_is_read_page_by_page(gateway, route, cluster):
    names = [cluster.add(f"report-{i}") for i in range(5)]
    found, token = [], ""
    for left in (3, 1, 0):
        page = gateway.get(f"{route}?namespace={cluster.namespace}&limit=2" + (f"&continue={token}" if token else "")).json
        found += [item["cronjob_name"] for item in page["items"]]
        token = page["continue"]
        assert page["remaining"] == left and bool(token) == (left > 0)
    assert found == names
    assert gateway.get(f"{route}?namespace={cluster.namespace}&labelSelector=team%3Dnobody").json["items"] == []
    assert len(gateway.get(f"{route}?namespace={cluster.namespace}&labelSelector=team%3Ddata").json["items"]) == 5


def test_it_is_suspended_and_resumed(gateway, route, cluster):
    path = f"{route}/{cluster.namespace}/{cluster.add('report')}"
    for suspended in (True, True, False):
        reply = gateway.request("PATCH", path, json_body={"suspend": suspended})
        assert reply.status == 200, reply.text
        assert reply.json["suspended"] is suspended and reply.json["cronjob_name"] == "report"
        stored = cluster.cronjob("report")["spec"]
        assert stored.get("suspend", False) is suspended
        assert stored["schedule"] == "0 3 29 2 *" and stored["concurrencyPolicy"] == "Forbid"


def normal(job):
    """A stored job without what two jobs of one cron job must differ in."""
    meta = {key: value for key, value in job["metadata"].items() if key in ("labels", "annotations", "ownerReferences")}
    text = json.dumps({"metadata": meta, "spec": job["spec"]}, sort_keys=True)
    return json.loads(text.replace(job["metadata"]["uid"], "UID").replace(job["metadata"]["name"], "NAME"))


def test_a_job_started_by_hand_is_the_one_that_kubectl_makes(
    gateway, route, cluster, sandbox, kubectl_program, short_tmp
):
    cluster.add("report")
    environment = {"KUBECONFIG": sandbox.state["clusters"]["demo"]["kubeconfig"], "PATH": os.environ["PATH"]}
    command = [kubectl_program, "-n", cluster.namespace, "create", "job", "by-kubectl", "--from=cronjob/report"]
    done = subprocess.run(command, env=environment | {"HOME": str(short_tmp)}, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    reply = gateway.post(f"{route}/{cluster.namespace}/report/trigger?job_name=by-gateway")
    assert reply.status == 201, reply.text
    assert (reply.json["job_name"], reply.json["cronjob"]) == ("by-gateway", "report")
    ours, theirs = cluster.job("by-gateway"), cluster.job("by-kubectl")
    assert ours["metadata"]["labels"].pop("eksgate/key") == "anonymous"
    assert normal(ours) == normal(theirs)
    assert ours["metadata"]["annotations"] == {"cronjob.kubernetes.io/instantiate": "manual", "note": "kept"}
    [owner] = ours["metadata"]["ownerReferences"]
    assert owner == {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "name": "report",
        "uid": cluster.cronjob("report")["metadata"]["uid"],
        "controller": True,
    }


def test_jobs_without_a_name_of_their_own_get_one_and_are_shown_with_the_cron_job(gateway, route, cluster):
    name = cluster.add("a" * 50 + ".b")
    other = cluster.add("other")
    made = [gateway.post(f"{route}/{cluster.namespace}/{name}/trigger") for _ in range(3)]
    assert [reply.status for reply in made] == [201] * 3, made[0].text
    names = {reply.json["job_name"] for reply in made}
    assert len(names) == 3 and all(n.startswith("a" * 50 + "-manual-") and len(n) == 63 for n in names)
    gateway.post(f"{route}/{cluster.namespace}/{other}/trigger?job_name=of-the-other")
    shown = gateway.get(f"{route}/{cluster.namespace}/{name}")
    assert shown.status == 200, shown.text
    assert {job["job_name"] for job in shown.json["jobs"]} == names
    created = [job["creation_time"] for job in shown.json["jobs"]]
    assert created == sorted(created, reverse=True)
    [of_the_other] = gateway.get(f"{route}/{cluster.namespace}/{other}").json["jobs"]
    assert of_the_other["job_name"] == "of-the-other" and of_the_other["cronjob"] == "other"


def test_a_dry_run_makes_no_job(gateway, route, cluster):
    cluster.add("report")
    reply = gateway.post(f"{route}/{cluster.namespace}/report/trigger?job_name=dry&dryRun=All")
    assert reply.status == 201 and reply.json["job_name"] == "dry"
    assert cluster.jobs() == set()


def test_a_name_that_is_taken_is_a_conflict(gateway, route, cluster):
    path = f"{route}/{cluster.namespace}/{cluster.add('report')}/trigger?job_name=once"
    assert gateway.post(path).status == 201
    reply = gateway.post(path)
    assert reply.status == 409 and reply.json["reason"] == "AlreadyExists"


def test_it_is_deleted_with_its_jobs_or_without(gateway, route, cluster):
    for name in ("goes", "stays"):
        cluster.add(name)
        assert gateway.post(f"{route}/{cluster.namespace}/{name}/trigger?job_name=of-{name}").status == 201
    gone = gateway.request("DELETE", f"{route}/{cluster.namespace}/goes")
    assert gone.status == 200, gone.text
    assert (gone.json["cronjob_name"], gone.json["namespace"]) == ("goes", cluster.namespace)
    kept = gateway.request("DELETE", f"{route}/{cluster.namespace}/stays?propagation=Orphan")
    assert kept.status == 200 and "kept" in kept.json["message"]
    # Who owns a job is taken off it before its owner goes, so what is left is left for good.
    wait_until(lambda: cluster.direct.get(f"{cluster.root}/cronjobs")["items"] == [])
    wait_until(lambda: cluster.jobs() == {"of-stays"})
    assert "ownerReferences" not in cluster.job("of-stays")["metadata"]


@pytest.mark.parametrize(
    "method, tail, body",
    [
        ("GET", "", None),
        ("PATCH", "", {"suspend": True}),
        ("DELETE", "", None),
        ("POST", "/trigger", None),
    ],
)
def test_one_that_is_not_there_is_not_found(gateway, route, cluster, method, tail, body):
    reply = gateway.request(method, f"{route}/{cluster.namespace}/nobody{tail}", json_body=body)
    assert reply.status == 404 and reply.json["reason"] == "NotFound", reply.text
    assert cluster.jobs() == set()


@pytest.mark.parametrize(
    "body, fields",
    [
        ({}, {"suspend"}),
        ({"suspend": None}, {"suspend"}),
        ({"suspend": "true"}, {"suspend"}),
        ({"suspend": 1}, {"suspend"}),
        ({"suspend": True, "schedule": "* * * * *"}, {"schedule"}),
        ({"spec": {"suspend": True}}, {"spec", "suspend"}),
    ],
)
def test_nothing_but_suspend_can_be_changed(gateway, route, cluster, body, fields):
    reply = gateway.request("PATCH", f"{route}/{cluster.namespace}/{cluster.add('report')}", json_body=body)
    assert_status(reply, 422, "Invalid")
    assert causes(reply) == fields
    assert cluster.cronjob("report")["spec"]["suspend"] is False


@pytest.mark.parametrize(
    "method, path, fields",
    [
        ("GET", "?namespace=A", {"namespace"}),
        ("GET", "?namespace=..&limit=0&x=1", {"namespace", "limit", "x"}),
        ("GET", "/Space/report", {"namespace"}),
        ("GET", "/default/re_port", {"name"}),
        ("DELETE", "/default/report?propagation=Now", {"propagation"}),
        ("POST", "/default/report/trigger?job_name=Report", {"job_name"}),
        ("POST", "/default/report/trigger?job_name=" + "a" * 64, {"job_name"}),
        ("POST", "/default/report/trigger?dryRun=true", {"dryRun"}),
    ],
)
def test_names_and_parameters_that_can_not_be_are_refused(gateway, route, method, path, fields):
    reply = gateway.request(method, f"{route}{path}")
    assert_status(reply, 400, "BadRequest")
    assert causes(reply) == fields
