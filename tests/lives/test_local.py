"""Runs as processes of the machine (EKSGATE_PROVISION_RUNNER=local)."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import wait_until
from conftest import connections, live


@pytest.fixture(scope="session")
def lives(local, sandbox):
    """Whole lives, beside each other: most of them is waiting."""
    with ThreadPoolExecutor() as pool:
        return {
            family: pool.submit(live, local, sandbox, f"c-{uuid.uuid4().hex[:8]}", family)
            for family in ("ipv4", "ipv6")
        }


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_cluster_lives_from_its_order_to_its_end(lives, family):
    lives[family].result()


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
