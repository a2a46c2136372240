"""Runs as processes of the machine (EKSGATE_PROVISION_RUNNER=local)."""

import pytest
from client import wait_until


def connections(provisioner):
    return {item["id"]: item for item in provisioner.gateway.get("/api/clusters").json["clusters"]}


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_cluster_lives_from_its_order_to_its_end(local, name, family):
    cluster_id = f"us-east-1_{name}"
    test = local.wait_end(name, local.order(name, "/test", ip_family=family)["run"])
    assert test["changes"]["add"] > 10 and test["changes"]["destroy"] == 0
    assert local.get(f"/{name}")["state"] == "none"

    run = local.order(name, ip_family=family)["run"]
    busy = local.gateway.post("/api/provision/clusters/provision", {"cluster_name": name, "region": "us-east-1"})
    assert busy.status == 409 and busy.json["details"]["run"] == run, busy.text
    made = local.wait_end(name, run)
    assert made["progress"]["percent"] == 100 and made["changes"]["add"] == test["changes"]["add"]

    # It is connected by itself, and answers.
    assert cluster_id in connections(local)
    namespaces = local.gateway.get(f"/raw/clusters/{cluster_id}/api/v1/namespaces")
    assert namespaces.status == 200, namespaces.text
    assert local.get(f"/{name}")["connection"] == cluster_id

    assert local.perform(name, "/drift")["step"] == "unchanged"
    planned = local.perform(name, "/upgrade", {"kubernetes_version": "1.34", "plan_only": True}, "planned")
    assert planned["changes"]["change"] > 0 and planned["changes"]["destroy"] == 0
    refused = local.gateway.post(
        f"/api/provision/clusters/{name}/runs/{planned['run']}/approve", {"plan_hash": "sha256:" + "0" * 64}
    )
    assert refused.status == 409, refused.text
    local.perform(name, f"/runs/{planned['run']}/approve", {"plan_hash": planned["plan_hash"]})
    assert local.get(f"/{name}")["kubernetes_version"] == "1.34"
    again = local.gateway.post(
        f"/api/provision/clusters/{name}/runs/{planned['run']}/approve", {"plan_hash": planned["plan_hash"]}
    )
    assert again.status == 409, again.text

    local.perform(name, "/scale", {"node_min": 1, "node_desired": 3, "node_max": 5})
    assert local.perform(name, "/drift")["step"] == "unchanged"
    local.destroy(name)
    assert local.get(f"/{name}")["state"] == "destroyed"
    assert cluster_id not in connections(local)


def test_a_run_goes_on_when_its_agent_is_killed_and_is_found_by_the_next(local, name):
    run = local.order(name)["run"]
    local.wait_step(name, run, "apply")
    local.kill_agent()
    local.start_agent()
    local.wait_end(name, run)
    assert local.agent_log.count('"a run is followed"') == 1 and '"a run was started"' not in local.agent_log
    assert f"us-east-1_{name}" in connections(local)
    local.destroy(name)


def test_a_cancelled_run_saves_its_state_and_is_taken_up_again_with_nothing_lost(local, name):
    run = local.order(name)["run"]
    local.wait_step(name, run, "apply")
    # Something has begun to be made.
    wait_until(lambda: local.run(name, run)["progress"]["done"] > 0, 120)
    local.cancel(name, run)
    assert local.get(f"/{name}")["state"] == "partial"
    resumed = local.perform(name, "/resume")
    assert resumed["changes"]["destroy"] == 0, local.log(name, resumed["run"])[-4000:]
    local.destroy(name)
    local.clean_up(name)
