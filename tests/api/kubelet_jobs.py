"""Jobs whose pods truly run, on the sandbox's real node: run by a test of its own (tests/CMakeLists.txt), NODES=real."""

import json
import re
import uuid

import pytest
from client import wait_until
from test_job_waits import Stream
from test_jobs import JSON, Jobs


@pytest.fixture(scope="module")
def jobs(gateway, demo, direct, sandbox):
    if why := sandbox.state.get("node_is_off"):
        pytest.skip(f"there is no real node: {why}")
    name = f"pods-{uuid.uuid4().hex[:8]}"
    direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    wait_until(lambda: direct.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default").status == 200)
    yield Jobs(gateway, demo, name, direct)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def runs(jobs, script, **spec):
    """The name of a job that runs this script on the real node."""
    pod = {
        "containers": [
            {
                "name": "main",
                "image": "registry.example/busybox:1.35",
                "imagePullPolicy": "Never",
                "command": ["/bin/sh", "-c", script],
            }
        ],
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 0,
        "nodeSelector": {"sandbox.eksgate/real": "true"},
        "tolerations": [{"key": "sandbox.eksgate/real", "operator": "Exists"}],
    }
    body = {"job_manifest": {"spec": {"template": {"spec": pod}, "backoffLimit": 0} | spec}, "namespace": jobs.namespace}
    reply = jobs.create(body)
    assert reply.status == 201, reply.text
    return reply.json["job_name"]


def test_a_job_completes_and_its_log_is_read(jobs):
    name = runs(jobs, "echo one; echo two")
    job = jobs.wait(name)
    assert (job["state"], job["succeeded"]) == ("succeeded", 1)
    assert jobs.get(name, "/logs").text == "one\ntwo\n"
    assert jobs.get(name, "/logs?tailLines=1").text == "two\n"
    stamped = jobs.get(name, "/logs?timestamps=true").text.splitlines()
    assert [line.split(" ", 1)[1] for line in stamped] == ["one", "two"] and stamped[0].startswith("20")


def test_a_job_fails(jobs):
    name = runs(jobs, "echo broken >&2; exit 3")
    job = jobs.wait(name)
    assert (job["state"], job["failed"]) == ("failed", 1) and job["failure_reason"].startswith("BackoffLimitExceeded")
    assert jobs.get(name, "/logs").text == "broken\n"


def test_a_job_hangs_until_it_is_deleted(jobs):
    name = runs(jobs, "echo begun; sleep 3600")
    job = jobs.wait_for(name, lambda job: job["state"] == "running")
    assert (job["active"], job["waiting"]) == (1, [])
    assert jobs.get(name, "?wait=1s").json["state"] == "running"
    with Stream(jobs.gateway, jobs.url(name, "/logs?follow=true")) as followed:
        assert followed.line() == b"begun\n"
        assert jobs.gateway.request("DELETE", jobs.url(name)).status == 200
        # The kubelet may say that the container it reads from is gone.
        assert re.fullmatch(rb"(rpc error: .*\n)?", followed.reply.read())
    pods = f"/api/v1/namespaces/{jobs.namespace}/pods?labelSelector=job-id%3D{name}"
    wait_until(lambda: not jobs.direct.get(pods)["items"])


def test_a_followed_log_is_whole_and_ends_with_the_job(jobs):
    """Begun before there is a pod."""
    name = runs(jobs, "i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); sleep 0.1; done")
    with Stream(jobs.gateway, jobs.url(name, "/logs?follow=true")) as followed:
        assert followed.reply.read().decode() == "".join(f"line {i}\n" for i in range(20))
    assert jobs.wait(name)["state"] == "succeeded"


def test_the_lines_of_several_pods_are_told_apart(jobs):
    name = runs(jobs, "echo from $HOSTNAME", completions=2, parallelism=2)
    jobs.wait(name)
    lines = jobs.get(name, "/logs").text.splitlines()
    assert len(lines) == 2
    for line in lines:
        prefix, text = line.split("] ")
        _, pod, container = prefix.removeprefix("[").split("/")
        assert (container, text) == ("main", f"from {pod}")
