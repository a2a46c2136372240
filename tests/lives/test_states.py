"""States in S3 (EKSGATE_PROVISION_STATE), and runs that are killed while they hold the lock there."""

import os
import signal
from pathlib import Path

import pytest
from client import wait_until
from conftest import start_local

FOREIGN = """
lock = {"ID": "5a7f0c1e-1f0e-7f3a-8f2b-0d6c8a1b2c3d", "Operation": "OperationTypeApply", "Who": "ann@laptop",
        "Version": "1.11.4", "Created": "2026-11-21T06:00:00.123456Z", "Path": "", "Info": ""}
boto3.client("s3").put_object(Bucket=sys.argv[1], Key=sys.argv[2] + ".tflock", Body=json.dumps(lock))
"""


@pytest.fixture(scope="session")
def remote(launcher, session_directory, sandbox, toolchain, bucket):
    provisioner = start_local(launcher, session_directory / "remote", sandbox, toolchain, **bucket.settings)
    yield provisioner
    launcher.stop(provisioner.gateway)


def kill_process(provisioner, name, run):
    pid = int((provisioner.folder / name / "logs" / run / "alive").read_text())
    os.killpg(pid, signal.SIGKILL)


def kill_container(_, name, run):
    """The first process of the run's container, from outside."""
    wanted = f"EKSGATE_RUN={run}".encode()
    pids = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and wanted in (entry / "environ").read_bytes().split(b"\0"):
                pids.append(int(entry.name))
        except OSError:
            continue
    inner = {pid: int(Path(f"/proc/{pid}/status").read_text().split("NSpid:")[1].splitlines()[0].split()[-1]) for pid in pids}
    os.kill(next(pid for pid, number in inner.items() if number == 1), signal.SIGKILL)


def survive(provisioner, bucket, name, kill):
    """A run is killed while terraform works, and taken up again: what it left in S3 is in nobody's way."""
    run = provisioner.order(name)["run"]
    provisioner.wait_step(name, run, "apply")
    wait_until(lambda: provisioner.run(name, run)["progress"]["done"] > 0, 180)
    assert bucket.lock(name)["ID"] == run
    kill(provisioner, name, run)
    provisioner.wait_end(name, run, "failed")
    assert provisioner.get(f"/{name}")["state"] == "partial"
    assert bucket.lock(name)["ID"] == run

    resumed = provisioner.perform(name, "/resume")
    assert resumed["changes"]["destroy"] == 0, provisioner.log(name, resumed["run"])[-4000:]
    assert f"the lock of a run that is over is released: {bucket.name}/" in provisioner.log(name, resumed["run"])
    assert bucket.lock(name) is None and bucket.resources(name) > 10
    assert provisioner.perform(name, "/drift")["step"] == "unchanged"


def test_a_killed_run_is_resumed_though_its_lock_is_left_and_nobody_elses_lock_is_touched(remote, bucket, name):
    survive(remote, bucket, name, kill_process)
    bucket.python(FOREIGN, bucket.key(name))
    # Who only looks needs no lock.
    assert remote.perform(name, "/drift")["step"] == "unchanged"
    nodes = {"node_min": 1, "node_desired": 3, "node_max": 5}
    refused = remote.perform(name, "/scale", nodes, "failed")
    assert "ann@laptop" in refused["message"] and refused["lock"]["who"] == "ann@laptop"
    told = remote.get(f"/{name}/lock")
    assert told["can_unlock"] and told["lock"]["id"] == bucket.lock(name)["ID"]
    remote.wait_end(name, remote.delete(f"/{name}/lock?id={told['lock']['id']}")["run"])
    assert bucket.lock(name) is None
    remote.perform(name, "/scale", nodes)
    remote.destroy(name)
    assert bucket.resources(name) == 0 and bucket.lock(name) is None


def test_a_killed_job_is_resumed_though_its_lock_is_left(kube_s3, bucket, volumes, name):
    volumes(name)
    survive(kube_s3, bucket, name, kill_container)
    kube_s3.destroy(name)
    assert bucket.resources(name) == 0 and bucket.lock(name) is None
