"""Runs as Jobs (EKSGATE_PROVISION_RUNNER=kube), each in a pod that truly runs."""

import pytest
from client import wait_until
from conftest import live


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_cluster_lives_from_its_order_to_its_end_by_jobs(kube, sandbox, volumes, name, family):
    volumes(name)
    live(kube, sandbox, name, family)


def test_a_cluster_is_made_changed_and_destroyed_by_jobs(kube, cluster, volumes, name):
    volumes(name)
    tested = kube.wait_end(name, kube.order(name, "/test")["run"])
    job = cluster.get("job", f"test-{name}")
    # Only Jobs of tests that went well go by themselves.
    assert job["spec"]["ttlSecondsAfterFinished"] == 86400
    assert cluster.get("pvc", f"tfstate-{name}")["metadata"]["labels"]["eksgate.io/test-day"].isdigit()

    run = kube.order(name)["run"]
    busy = kube.gateway.post("/api/provision/clusters/provision", {"cluster_name": name, "region": "us-east-1"})
    assert busy.status == 409 and busy.json["details"]["run"] == run, busy.text
    kube.wait_step(name, run, "apply")
    # The Job goes on without an agent, and its log is read from the beginning by the next.
    kube.kill_agent()
    kube.start_agent()
    made = kube.wait_end(name, run)
    assert made["changes"]["add"] == tested["changes"]["add"]
    assert '"a run was started"' not in kube.agent_log
    job = cluster.get("job", f"provision-{name}")
    assert "ttlSecondsAfterFinished" not in job["spec"]
    assert "eksgate.io/test-day" not in cluster.get("pvc", f"tfstate-{name}")["metadata"]["labels"]
    numbers = [line for line in kube.log(name, run).splitlines() if line]
    assert len(numbers) > 20
    namespaces = kube.gateway.get(f"/raw/clusters/us-east-1_{name}/api/v1/namespaces")
    assert namespaces.status == 200, namespaces.text

    assert kube.perform(name, "/drift")["step"] == "unchanged"
    kube.perform(name, "/scale", {"node_min": 1, "node_desired": 3, "node_max": 5})
    kube.destroy(name)
    kube.clean_up(name)
    left = cluster.get("jobs", "-l", f"cluster={name}")["items"]
    assert all("deletionTimestamp" in job["metadata"] for job in left)


def test_a_job_that_is_cancelled_saves_its_state(kube, volumes, name):
    volumes(name)
    run = kube.order(name)["run"]
    kube.wait_step(name, run, "apply")
    wait_until(lambda: kube.run(name, run)["progress"]["done"] > 0, 180)
    assert kube.cancel(name, run)["phase"] == "Failed"
    resumed = kube.perform(name, "/resume")
    assert resumed["changes"]["destroy"] == 0
    kube.destroy(name)


def test_what_a_pod_waits_for_is_told_at_once(kube, name):
    run = kube.order(name, "/test")["run"]
    told = wait_until(lambda: (now := kube.run(name, run))["message"] and now, 120)
    assert "PersistentVolumeClaim" in told["message"] and told["phase"] == "Pending", told
    kube.cancel(name, run)
