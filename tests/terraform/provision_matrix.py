"""make provision: what takes too long for make test. Lives with every step, and runs cut off at random moments.

A moment is a number of lines that terraform's apply has said, so it does not depend on how fast the machine is. SEED and
MOMENTS (10 of each signal) choose them; the outcomes go to the file that OUTCOMES names.
"""

import json
import os
import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from client import wait_until
from worker import Cluster

SEED = int(os.environ.get("SEED") or time.time())
MOMENTS = int(os.environ.get("MOMENTS") or 10)
LINES = 60  # an apply of a new cluster says about that many
AT_ONCE = 3  # clusters that the sandbox makes
TRIALS = [
    (sign, moment)
    for sign in ("TERM", "KILL")
    for moment in sorted(random.Random(f"{SEED}{sign}").sample(range(1, LINES), MOMENTS))
]

INVENTORY = """
import boto3, json, sys
tagged = [{"Name": "tag:eksgate/cluster", "Values": [sys.argv[1]]}]
ec2, eks, iam = boto3.client("ec2"), boto3.client("eks"), boto3.client("iam")
clusters = eks.list_clusters()["clusters"]
made = str(eks.describe_cluster(name=sys.argv[1])["cluster"]["createdAt"]) if sys.argv[1] in clusters else None
print(json.dumps({
    "cluster": made,
    "vpcs": len(ec2.describe_vpcs(Filters=tagged)["Vpcs"]),
    "subnets": len(ec2.describe_subnets(Filters=tagged)["Subnets"]),
    "gateways": len(ec2.describe_internet_gateways(Filters=tagged)["InternetGateways"]),
    "templates": len(ec2.describe_launch_templates(Filters=tagged)["LaunchTemplates"]),
    "roles": sum(role["RoleName"].startswith(sys.argv[1] + "-") for role in iam.list_roles(MaxItems=1000)["Roles"]),
}))
"""
WHOLE = {"vpcs": 1, "subnets": 3, "gateways": 1, "templates": 1, "roles": 3}
NOTHING = {"cluster": None, "vpcs": 0, "subnets": 0, "gateways": 0, "templates": 0, "roles": 0}


def inventory(sandbox, name):
    """What AWS has of a cluster, whatever Terraform's state says."""
    command = [sandbox.state["python"], "-c", INVENTORY, name]
    return json.loads(subprocess.run(command, env=sandbox.env, check=True, capture_output=True).stdout)


@pytest.fixture(scope="session")
def work(aws, sandbox, session_directory):
    """All of it, as many at once as the sandbox has room for; each test waits for its own part."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {}
        for family in ("ipv4", "ipv6"):
            life = Cluster(f"life-{family}", session_directory / family, aws)
            jobs[family] = pool.submit(whole_life, sandbox, life, family)
        for sign, moment in TRIALS:
            name = f"cut-{sign.lower()}-{moment}"
            trial = Cluster(name, session_directory / name, aws)
            jobs[sign, moment] = pool.submit(cut_off, sandbox, trial, sign, moment)
        yield jobs


def note(line):
    if os.environ.get("OUTCOMES"):
        with open(os.environ["OUTCOMES"], "a") as file:
            file.write(line + "\n")


def whole_life(sandbox, cluster, family):
    try:
        cluster.run("provision", "succeeded", ip_family=family)
        cluster.run("drift", "unchanged")
        upgraded = cluster.run("upgrade", "succeeded", kubernetes_version="1.34")
        scaled = cluster.run("scale", "succeeded", node_desired=3, node_max=6)
        cluster.run("drift", "unchanged")
        assert upgraded.summary == (0, 3, 0) and scaled.summary == (0, 1, 0)
        assert inventory(sandbox, cluster.name).items() >= WHOLE.items()
        cluster.run("destroy", "succeeded")
        assert inventory(sandbox, cluster.name) == NOTHING
        note(f"{family}: made, no drift, upgraded, scaled, no drift, destroyed, nothing left")
    finally:
        cluster.stop()


def said(run):
    """Lines about what is made; what is only read is told in the same way, also while terraform plans."""
    kinds = ("apply_start", "apply_complete", "apply_progress")
    return sum(line["hook"]["action"] != "read" for kind in kinds for line in run.of(kind))


def cut_off(sandbox, cluster, sign, moment):
    try:
        run = cluster.start("provision")
        wait_until(lambda: said(run) >= moment or run.process.poll() is not None, 300)
        if sign == "TERM":
            run.terminate()
            code = run.end()
            assert code in (143, 0), run.story
        else:
            run.kill()
        before = inventory(sandbox, cluster.name)
        resumed = cluster.start("provision")
        assert resumed.end() == 0 and resumed.phases[-1] in ("succeeded", "unchanged"), resumed.story
        after = inventory(sandbox, cluster.name)
        assert resumed.summary[2] == 0, resumed.story
        assert after.items() >= WHOLE.items(), (before, after)
        assert before["cluster"] in (None, after["cluster"]), "the cluster was replaced"
        cluster.run("drift", "unchanged")
        cluster.run("destroy", "succeeded")
        assert inventory(sandbox, cluster.name) == NOTHING
        healed = ", ".join(f"{line['action']} {line['address']}" for line in resumed.of("eksgate_heal")) or "nothing"
        note(f"{sign} after {moment} lines of apply: {run.phases[-1]}; healed: {healed}; {resumed.summary[0]} added, "
             "0 removed; no drift; destroyed, nothing left")  # fmt: skip
    except AssertionError:
        cluster.start("destroy").end()  # the sandbox has room for three
        raise
    finally:
        cluster.stop()


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_every_step_of_a_life(work, family):
    work[family].result()


@pytest.mark.parametrize("sign, moment", TRIALS, ids=lambda value: str(value))
def test_a_run_that_is_cut_off_is_taken_up_and_nothing_is_lost_or_replaced(work, sign, moment):
    work[sign, moment].result()
