"""States in S3: the lock on one is a run's own, for as long as it works, and what a killed run left of it is nobody's."""

import json
import os
import signal
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import BINARY

PUT = """
import boto3, sys
boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=sys.argv[1])
"""
LOOK = """
import boto3, sys
s3 = boto3.client("s3", region_name="us-east-1")
keys = [item["Key"] for item in s3.list_objects_v2(Bucket=sys.argv[1]).get("Contents", [])]
lock = [key for key in keys if key.endswith(".tflock")]
head = s3.head_object(Bucket=sys.argv[1], Key=lock[0]).get("ServerSideEncryption", "") if lock else ""
print(s3.get_object(Bucket=sys.argv[1], Key=lock[0])["Body"].read().decode() if lock else "null", head)
"""
FOREIGN = """
import boto3, json, sys
lock = {"ID": "5a7f0c1e-1f0e-7f3a-8f2b-0d6c8a1b2c3d", "Operation": "OperationTypeApply", "Who": "ann@laptop",
        "Version": "1.11.4", "Created": "2026-11-21T06:00:00.123456Z", "Path": "", "Info": ""}
boto3.client("s3", region_name="us-east-1").put_object(
    Bucket=sys.argv[1], Key="clusters/one/terraform.tfstate.tflock", Body=json.dumps(lock))
"""


class States:
    def __init__(self, sandbox, aws, folder):
        self.sandbox, self.aws = sandbox, aws
        self.bucket = f"states-{uuid.uuid4().hex[:12]}"
        self.python(PUT)
        self.backend = folder / "backend.tfbackend"
        self.backend.write_text(
            f'bucket = "{self.bucket}"\nkey = "clusters/one/terraform.tfstate"\nregion = "us-east-1"\n'
            "encrypt = true\nuse_lockfile = true\nuse_path_style = true\n"
        )

    def python(self, script):
        command = [self.sandbox.state["python"], "-c", script, self.bucket]
        return subprocess.run(command, env=self.sandbox.env, check=True, capture_output=True, text=True).stdout

    def lock(self):
        """The lock, if there is one; a run's is encrypted, as policies of buckets ask for."""
        text, encrypted = self.python(LOOK).rstrip("\n").rsplit(" ", 1)
        assert '"eksgate@' not in text or encrypted == "AES256"
        return json.loads(text)

    def ask(self, word, run, *options):
        command = [BINARY, "provision", word, "--backend", self.backend, "--id", run, *options]
        done = subprocess.run(command, env=self.aws, capture_output=True, text=True, timeout=120)
        assert not done.stderr, done.stderr
        return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]

    def hold(self, run, ended="", wait="0"):
        return self.ask("hold", run, "--op", "scale", "--ended", ended, "--wait", wait)

    def release(self, run):
        assert self.ask("release", run) == (0, [])


@pytest.fixture
def states(sandbox, aws, tmp_path):
    return States(sandbox, aws, tmp_path)


def test_a_lock_is_held_by_one_run_in_its_name_and_given_back(states):
    assert states.hold("r1") == (0, [])
    lock = states.lock()
    assert (lock["ID"], lock["Operation"]) == ("r1", "scale") and lock["Who"].startswith("eksgate@")
    assert {"Info", "Version", "Created", "Path"} <= set(lock)  # as terraform has them
    assert states.hold("r1") == (0, [])
    code, (told, error) = states.hold("r2", ended="r0,r11")
    assert code == 1 and (told["type"], told["id"]) == ("eksgate_lock", "r1")
    assert error["reason"] == "Conflict" and lock["Who"] in error["message"]
    states.release("r2")
    assert states.lock() == lock
    states.release("r1")
    states.release("r1")
    assert states.lock() is None


def test_what_a_run_that_is_over_left_is_taken_over_and_nobody_elses(states):
    assert states.hold("r1") == (0, [])
    code, (told,) = states.hold("r3", ended="r2,r1")
    assert code == 0 and (told["action"], told["id"]) == ("release", "r1")
    assert states.lock()["ID"] == "r3"
    states.release("r3")
    states.python(FOREIGN)
    code, (told, _) = states.hold("r4", ended="r1,r2,r3")
    assert code == 1 and told["who"] == "ann@laptop"
    assert states.lock()["Who"] == "ann@laptop"
    assert states.ask("unlock", told["id"])[0] == 0
    assert states.hold("r4") == (0, [])


def test_of_many_at_once_one_has_it(states):
    runs = [f"r{n}" for n in range(6)]
    with ThreadPoolExecutor(len(runs)) as pool:
        codes = list(pool.map(lambda run: states.hold(run)[0], runs))
    assert sorted(codes) == [0] + [1] * 5
    assert states.lock()["ID"] == runs[codes.index(0)]


def test_who_waits_has_it_when_it_is_given_back(states):
    assert states.hold("r1") == (0, [])
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(states.hold, "r2", wait="60")
        states.release("r1")
        assert waits.result() == (0, [])
    assert states.lock()["ID"] == "r2"


def test_a_run_holds_the_lock_while_terraform_works_and_the_next_takes_over_when_it_was_killed(states, clusters):
    cluster = clusters("remote")
    cluster.env |= {"EKSGATE_BACKEND": str(states.backend)}
    killed = cluster.start("plan")
    killed.wait_for("version")
    os.killpg(killed.process.pid, signal.SIGSTOP)
    assert states.lock()["ID"] == killed.run
    killed.kill()
    assert states.lock()["ID"] == killed.run
    run = cluster.run("plan", "planned", env={"EKSGATE_ENDED": killed.run})
    assert [(line["action"], line["id"]) for line in run.of("eksgate_heal")] == [("release", killed.run)]
    assert states.lock() is None and run.summary == (30, 0, 0)
