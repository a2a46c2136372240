"""The jobs API as its first description had it: the examples as printed, host and port replaced and nothing else."""

import json
import shlex
import subprocess
import uuid

import pytest
from client import assert_status, wait_until
from stubs.kube import Wire, json_answer, status_answer
from test_jobs import JSON, manifest

CREATE = """{
  "job_manifest": {
    "spec": {
      "template": {
        "spec": {
          "containers": [
            {
              "name": "job-container",
              "image": "busybox",
              "command": ["echo", "Hello World"]
            }
          ],
          "restartPolicy": "Never"
        }
      },
      "backoffLimit": 1
    }
  },
  "namespace": "default"
}"""
CREATE_NAMESPACE = """{
  "namespace_name": "my-namespace"
}"""


@pytest.fixture(scope="module")
def seed(launcher, session_directory, sandbox):
    """A gateway that has a default cluster and has connected to none."""
    directory = session_directory / "seed"
    directory.mkdir()
    gateway = launcher.start(directory, env=sandbox.env | {"EKS_CLUSTER_NAME": "demo", "EKS_REGION": "us-east-1"})
    yield gateway
    launcher.stop(gateway)


def curl(gateway, line):
    """Status and body of a command as somebody would type it."""
    line = line.replace("http://localhost:8000", f"http://{gateway.host}:{gateway.port}")
    done = subprocess.run(
        [*shlex.split(line), "--silent", "--write-out", "\n%{http_code}"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    body, _, code = done.stdout.rpartition("\n")
    return int(code), json.loads(body)


def test_the_examples_work_as_printed(seed, direct):
    assert curl(seed, "curl http://localhost:8000/health")[1].items() >= {
        "status": "healthy", "cluster": "demo", "region": "us-east-1",
    }.items()  # fmt: skip
    code, job = curl(
        seed,
        "curl -X POST http://localhost:8000/api/eks-create-job -H 'Content-Type: application/json' "
        f"-d {shlex.quote(CREATE)}",
    )
    assert code == 201 and (job["namespace"], job["cluster"]) == ("default", "us-east-1_demo"), job
    # The example asks for the job my-job.
    named = manifest("my-job")
    direct.request("DELETE", "/apis/batch/v1/namespaces/default/jobs/my-job?propagationPolicy=Background")
    wait_until(lambda: direct.request("GET", "/apis/batch/v1/namespaces/default/jobs/my-job").status == 404)
    assert seed.post("/api/eks-create-job", {"job_manifest": named, "namespace": "default"}).status == 201
    asked = "curl 'http://localhost:8000/api/eks-get-job-status?job_name=my-job&namespace=default'"
    code, status = curl(seed, asked)
    assert code == 200 and status["job_name"] == "my-job"
    assert set(status) >= {
        "job_name", "namespace", "state", "active", "succeeded", "failed", "start_time", "completion_time",
    }  # fmt: skip
    done = wait_until(lambda: (found := curl(seed, asked)[1])["state"] == "succeeded" and found)
    assert done["start_time"] and done["completion_time"]
    gone = "curl -X DELETE 'http://localhost:8000/api/eks-delete-job?job_name=my-job&namespace=default'"
    code, deleted = curl(seed, gone)
    assert code == 200 and (deleted["job_name"], deleted["namespace"]) == ("my-job", "default") and deleted["message"]
    assert wait_until(lambda: curl(seed, asked)[0] == 404)
    seed.request("DELETE", f"/api/eks-delete-job?job_name={job['job_name']}&namespace=default")


def test_the_examples_of_namespaces_work_as_printed(seed, direct):
    direct.request("DELETE", "/api/v1/namespaces/my-namespace")
    wait_until(lambda: direct.request("GET", "/api/v1/namespaces/my-namespace").status == 404)
    code, made = curl(
        seed,
        "curl -X POST http://localhost:8000/api/eks-create-namespace -H 'Content-Type: application/json' "
        f"-d {shlex.quote(CREATE_NAMESPACE)}",
    )
    assert code == 201 and made["namespace"] == "my-namespace", made
    code, deleted = curl(
        seed, "curl -X DELETE 'http://localhost:8000/api/eks-delete-namespace?namespace_name=my-namespace'"
    )
    assert code == 200 and deleted["namespace"] == "my-namespace"


def test_another_cluster_is_named_in_the_query(seed, gateway, demo):
    """With and without a default cluster."""
    for one in (seed, gateway):
        name = f"seed-{uuid.uuid4().hex[:8]}"
        seed.get("/raw/version")  # connects the default one
        reply = one.post(f"/api/eks-create-job?cluster={demo}", {"job_manifest": manifest(name)})
        assert reply.status == 201 and reply.json["cluster"] == demo, reply.text
        query = f"cluster={demo}&job_name={name}"
        assert one.get(f"/api/eks-get-job-status?{query}").json["job_name"] == name
        assert one.request("DELETE", f"/api/eks-delete-job?{query}").status == 200
    assert_status(gateway.get("/api/eks-get-job-status?cluster=us-east-1_none&job_name=a"), 404, "NotFound", slug="not-connected")


def test_without_a_default_cluster_the_missing_variable_is_named(bare):
    for method, path, body in (
        ("GET", "/api/eks-get-job-status?job_name=my-job", None),
        ("DELETE", "/api/eks-delete-job?job_name=my-job", None),
        ("POST", "/api/eks-create-job", {"job_manifest": manifest()}),
        ("POST", "/api/eks-create-namespace", {"namespace_name": "my-namespace"}),
        ("DELETE", "/api/eks-delete-namespace?namespace_name=my-namespace", None),
    ):
        reply = bare.request(method, path, json_body=body)
        assert_status(reply, 503, "ServiceUnavailable", slug="not-configured", message="EKS_CLUSTER_NAME")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/eks-get-job-status", "job_name"),
        ("/api/eks-get-job-status?job_name=Upper", "job_name"),
        ("/api/eks-get-job-status?job_name=a&namespace=a.b", "namespace"),
        ("/api/eks-get-job-status?job_name=a&cluster=", "cluster"),
        ("/api/eks-get-job-status?job_name=a&name=b", "name"),
        ("/api/eks-get-job-status?job_name=a&job_name=b", "job_name"),
    ],
)
def test_wrong_parameters_are_refused_by_name(seed, path, field):
    status = assert_status(seed.get(path), 400, "BadRequest", slug="bad-request")
    assert [c["field"] for c in status["details"]["causes"]] == [field]


# Clusters that break


MISSING = {
    "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": 'namespaces "new" not found',
    "reason": "NotFound", "details": {"name": "new", "kind": "namespaces"}, "code": 404,
}  # fmt: skip


def test_a_cluster_that_breaks_half_way_leaves_no_doubt_about_what_exists(stubbed, stubs, connected):
    """The namespace is made; whether the job is can not be known."""
    stubs.kube.on("/apis/batch/v1/namespaces/new/jobs", json_answer(MISSING, 404), Wire([]))
    stubs.kube.on("/api/v1/namespaces", json_answer({"kind": "Namespace", "metadata": {"name": "new"}}, 201))
    reply = stubbed.post(f"/api/clusters/{connected}/jobs", {"job_manifest": manifest("j"), "namespace": "new"})
    status = assert_status(reply, 502, "InternalError", message='The namespace "new" was created and exists now')
    assert "is not known" in status["message"]
    assert status["details"]["created"] == [{"kind": "Namespace", "name": "new"}]
    sent = [request for request in stubs.kube.requests if request.method == "POST"]
    assert [request.target.split("?")[0].split("/")[-1] for request in sent] == ["jobs", "namespaces", "jobs"]


def test_a_namespace_that_may_not_be_made_leaves_nothing(stubbed, stubs, connected):
    stubs.kube.on("/apis/batch/v1/namespaces/new/jobs", json_answer(MISSING, 404))
    stubs.kube.on("/api/v1/namespaces", status_answer(403, "Forbidden", "namespaces is forbidden"))
    reply = stubbed.post(f"/api/clusters/{connected}/jobs", {"job_manifest": manifest("j"), "namespace": "new"})
    status = assert_status(reply, 403, "Forbidden", message="namespaces is forbidden")
    assert "created" not in status.get("details", {})


# Roles


@pytest.fixture(scope="module")
def keyed(launcher, session_directory, sandbox):
    from test_keys import Keyed

    directory = session_directory / "keyed-jobs"
    directory.mkdir()
    keyed = Keyed(launcher.start(directory, env=sandbox.env | {"EKSGATE_AUTH": "keys"}))
    keyed.viewer, keyed.editor, keyed.admin = (keyed.create(role) for role in ("viewer", "editor", "admin"))
    reply = keyed.ask(
        keyed.admin,
        "POST",
        "/api/clusters/connect",
        json_body={"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}},
    )
    assert reply.status in (200, 201), reply.text
    yield keyed
    launcher.stop(keyed.gateway)


def test_viewers_read_editors_write_and_administrators_force(keyed, direct):
    jobs = "/api/clusters/us-east-1_demo/jobs"
    name = f"aws-{uuid.uuid4().hex[:8]}"
    body = {"job_manifest": manifest(name), "namespace": name}
    assert_status(keyed.ask(keyed.viewer, "POST", jobs, json_body=body), 403, "Forbidden")
    assert_status(
        keyed.ask(keyed.viewer, "POST", "/api/eks-create-job?cluster=us-east-1_demo", json_body=body), 403, "Forbidden"
    )
    reply = keyed.ask(keyed.editor, "POST", jobs, json_body=body)
    assert reply.status == 201, reply.text
    assert reply.json["labels"]["eksgate/key"] == keyed.editor.split("_")[1]
    assert keyed.ask(keyed.viewer, "GET", f"{jobs}/{name}/{name}").status == 200
    assert_status(keyed.ask(keyed.viewer, "DELETE", f"{jobs}/{name}/{name}"), 403, "Forbidden")
    assert_status(keyed.ask(keyed.viewer, "POST", f"{jobs}/{name}/{name}/rerun"), 403, "Forbidden")
    forced = f"/api/clusters/us-east-1_demo/namespaces/{name}?force=true"
    assert_status(keyed.ask(keyed.viewer, "DELETE", forced), 403, "Forbidden")
    assert_status(keyed.ask(keyed.editor, "DELETE", forced), 403, "Forbidden")
    assert keyed.ask(keyed.admin, "DELETE", forced).status == 200


def test_a_revoked_key_ends_what_it_follows(keyed):
    import http.client

    jobs = "/api/clusters/us-east-1_demo/jobs"
    name = f"held-{uuid.uuid4().hex[:8]}"
    body = {"job_manifest": manifest(name, {"sandbox.eksgate/keeps-running": "true"})}
    assert keyed.ask(keyed.editor, "POST", jobs, json_body=body).status == 201
    key = keyed.create("viewer")
    connection = http.client.HTTPConnection(keyed.gateway.host, keyed.gateway.port, timeout=60)
    connection.request("GET", f"{jobs}/default/{name}?stream=true", headers={"Authorization": f"Bearer {key}"})
    reply = connection.getresponse()
    assert json.loads(reply.readline())["job_name"] == name
    assert keyed.command("revoke", key.split("_")[1]).returncode == 0
    with pytest.raises(http.client.IncompleteRead):
        while True:
            if not reply.read(1):
                raise http.client.IncompleteRead(b"")  # cut where a chunk ends
    connection.close()
    keyed.ask(keyed.admin, "DELETE", f"{jobs}/default/{name}")
