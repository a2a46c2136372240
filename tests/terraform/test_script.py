"""provision.sh by itself: what it refuses, what it says, how it ends."""

import os
import subprocess

import pytest

from worker import HASH, MODULE

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
        {"EKSGATE_RUN": "r 1"}, {"EKSGATE_MODULE": "provision"}, {"EKSGATE_STATE": "/nowhere"}, {"EKSGATE_LOGS": ""},
        {"EKSGATE_VARS": "/nowhere"}, {"EKSGATE_BACKEND": "/nowhere"}, {"EKSGATE_TERRAFORM": "no-such-tool"},
        {"EKSGATE_BIN": "no-such-tool"},
        {"EKSGATE_OP": "apply"}, {"EKSGATE_OP": "apply", "EKSGATE_PLAN_RUN": "r0"},
        {"EKSGATE_OP": "apply", "EKSGATE_PLAN_RUN": "../r0", "EKSGATE_PLAN_HASH": HASH},
        {"EKSGATE_OP": "unlock"}, {"EKSGATE_OP": "unlock", "EKSGATE_LOCK_ID": "-force"},
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
