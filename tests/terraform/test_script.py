"""provision.sh by itself: what it refuses, what it says, how it ends."""

import json
import os
import subprocess
import urllib.request

import pytest

from worker import HASH, MODULE, ROOT

GOOD = {
    "EKSGATE_OP": "test", "EKSGATE_NAME": "demo", "EKSGATE_RUN": "r1", "EKSGATE_MODULE": str(MODULE),
    "EKSGATE_VARS": "/dev/null", "EKSGATE_TERRAFORM": "true", "EKSGATE_BIN": "true",
}  # fmt: skip
NAMES = (
    "", "-a", "a-", "-", "A", "a_b", "a.b", "a b", "a/b", "../etc", "a\n", "a\nb", "ü", "$(id)", "a;id", "--help",
    "a" * 101,
)  # fmt: skip


@pytest.mark.parametrize(
    "wrong",
    [
        *({"EKSGATE_NAME": name} for name in NAMES),
        {"EKSGATE_OP": "taint"}, {"EKSGATE_OP": ""}, {"EKSGATE_RUN": "../r"}, {"EKSGATE_RUN": ""},
        {"EKSGATE_RUN": "r 1"}, {"EKSGATE_MODULE": "provision"}, {"EKSGATE_MODULE": "/tmp"},
        {"EKSGATE_STATE": "/proc/nowhere"}, {"EKSGATE_LOGS": ""},
        {"EKSGATE_VARS": "/nowhere"}, {"EKSGATE_BACKEND": "/nowhere"}, {"EKSGATE_TERRAFORM": "no-such-tool"},
        {"EKSGATE_BIN": "no-such-tool"},
        {"EKSGATE_OP": "apply"}, {"EKSGATE_OP": "apply", "EKSGATE_PLAN_RUN": "r0"},
        {"EKSGATE_OP": "apply", "EKSGATE_PLAN_RUN": "../r0", "EKSGATE_PLAN_HASH": HASH},
        {"EKSGATE_OP": "unlock"}, {"EKSGATE_OP": "unlock", "EKSGATE_LOCK_ID": "-force"},
        {"EKSGATE_ENDED": "--id"}, {"EKSGATE_ENDED": "r1 r2"},
    ],
    ids=lambda wrong: " ".join(f"{name}={value[:12]!r}" for name, value in wrong.items()),
)  # fmt: skip
def test_bad_input_ends_with_64_before_anything_is_touched(wrong, tmp_path):
    env = {"PATH": os.environ["PATH"]} | GOOD | {"EKSGATE_STATE": str(tmp_path), "EKSGATE_LOGS": str(tmp_path)} | wrong
    ended = subprocess.run([MODULE / "provision.sh"], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 64 and ended.stderr.startswith("provision.sh: "), ended
    assert not ended.stdout and not list(tmp_path.iterdir())


def test_destroy_is_the_same_script_with_its_operation(tmp_path):
    env = {"PATH": os.environ["PATH"]} | GOOD | {"EKSGATE_OP": "provision", "EKSGATE_NAME": "-"}
    ended = subprocess.run([MODULE / "destroy.sh"], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 64 and "EKSGATE_NAME" in ended.stderr


def test_a_try_plans_and_leaves_nothing_a_plan_is_applied_by_its_hash_alone(clusters):
    cluster = clusters("planned")
    tried = cluster.run("test", "planned")
    assert tried.summary == (30, 0, 0) and len(tried.actions()) == 30
    assert not (cluster.folder / "state" / "terraform.tfstate").exists()
    other = {"EKSGATE_PLAN_RUN": tried.run, "EKSGATE_PLAN_HASH": HASH}
    refused = cluster.run("apply", "failed", 1, other)
    assert refused.phases == ["init", "failed"] and "not here any more" in refused.text


def test_what_the_environment_says_beside_does_not_count(clusters):
    cluster = clusters("stray")
    stray = {"TF_VAR_environment": "stray", "TF_CLI_ARGS_plan": "-destroy", "TF_LOG": "TRACE", "TF_WORKSPACE": "stray"}
    run = cluster.run("test", "planned", env=stray)
    assert run.plan["variables"]["environment"]["value"] == "production" and run.summary[2] == 0
    assert "[TRACE]" not in run.text


@pytest.mark.parametrize("family", ["ipv4", "ipv6"])
def test_a_cluster_is_made_stays_as_it_is_and_goes(lives, family):
    cluster = lives[family].result()
    made, drift, gone = cluster.runs
    assert made.phases == ["init", "plan", "heal", "guard", "apply", "outputs", "succeeded"]
    assert made.of("eksgate_plan")[0]["hash"] == made.hash
    outputs = made.of("eksgate_outputs")[0]["outputs"]
    assert outputs["cluster_id"] == cluster.name and outputs["endpoint"].startswith("https://")
    assert outputs["kubeconfig_command"] == f"aws eks update-kubeconfig --region us-east-1 --name {cluster.name}"
    assert drift.phases == ["init", "plan", "guard", "unchanged"] and drift.summary == (0, 0, 0)
    assert gone.phases == ["init", "heal", "plan", "guard", "sweep", "apply", "succeeded"]
    assert not cluster.state()
    # What a run needed is not kept; state, logs and plans are for their owner alone.
    assert not list((cluster.folder / "state" / "work").iterdir())
    written = [cluster.folder / "state" / "terraform.tfstate", *(cluster.folder / "logs").glob("*/*")]
    assert all(file.stat().st_mode & 0o077 == 0 for file in written)


def test_term_is_passed_on_once_and_the_run_ends_as_cancelled(clusters):
    cluster = clusters("cancelled")
    run = cluster.start("provision")
    run.wait_for("apply_start", resource_type="aws_vpc")
    run.terminate()
    run.ends_as("cancelled", 143)
    assert run.phases[-2] == "apply" and "aws_eks_cluster.this" not in cluster.state()
    # Terraform itself was told once: twice, and it would leave without writing its state.
    assert run.text.count("Interrupt received") == 1


# States in S3 and their locks, test_lock.py: whoever has a bucket for them says who may use it.
STATES = {"s3:GET", "s3:HEAD", "s3:PUT", "s3:DELETE"}
# What the cluster's own controllers would have made, for sweep to find: test_heal.py.
CONTROLLERS = {
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:CreateSecurityGroup",
    "ec2:CreateVolume",
    "elasticloadbalancing:CreateLoadBalancer",
    "elasticloadbalancing:CreateTargetGroup",
}


def test_the_policy_of_a_worker_allows_what_was_asked_of_aws(lives, sandbox):
    for life in lives.values():
        life.result()
    with urllib.request.urlopen(sandbox.env["AWS_ENDPOINT_URL"] + "/sandbox/stats") as reply:
        asked = set(json.load(reply)["calls"])
    allowed = set()
    for statement in json.loads((ROOT / "deploy/iam/provision.json").read_text())["Statement"]:
        actions = statement["Action"]
        allowed |= {actions} if isinstance(actions, str) else set(actions)
    assert not any("*" in action for action in allowed)
    # What the sandbox and these tests ask themselves, and what needs no policy.
    beside = {"eks:ListClusters", "eks:ListNodegroups", "sts:GetCallerIdentity"} | CONTROLLERS | STATES
    assert len(asked) > 60 and asked - beside <= allowed, asked - beside - allowed
