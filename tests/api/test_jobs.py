"""Jobs through the gateway, in a real cluster."""

import json
import uuid

import pytest
from client import assert_status, wait_until


def manifest(name=None, **spec):
    made = {
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "job-container", "image": "busybox", "command": ["echo", "Hello World"]}
                    ],
                    "restartPolicy": "Never",
                }
            },
            "backoffLimit": 1,
        }
        | spec
    }
    return made | ({"metadata": {"name": name}} if name else {})


@pytest.fixture(scope="module")
def jobs(demo):
    return f"/api/clusters/{demo}/jobs"


@pytest.fixture(scope="module")
def namespace(direct):
    name = f"jobs-{uuid.uuid4().hex[:8]}"
    direct.request(
        "POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), {"Content-Type": "application/json"}
    )
    yield name
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def test_a_bare_manifest_becomes_a_job(gateway, jobs, namespace, direct):
    reply = gateway.post(jobs, {"job_manifest": manifest(), "namespace": namespace})
    assert reply.status == 201, reply.text
    job = reply.json
    assert job["namespace"] == namespace and job["job_name"].startswith("job-")
    stored = direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/{job['job_name']}")
    marks = {"app": "eks-api", "job-id": job["job_name"]}
    assert stored["metadata"]["labels"].items() >= marks.items()
    assert stored["spec"]["template"]["metadata"]["labels"].items() >= marks.items()
