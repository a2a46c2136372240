"""dev/run.py, as `make run` calls it: what it says, and that it leaves nothing behind however it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import run as dev_run
import stack as stacks
import terraform
from client import Client, wait_until
from conftest import BINARY, ROOT, base_environment


class Run:
    """dev/run.py without a sandbox, its output, and the processes it started."""

    def __init__(self, directory, port=0, **env):
        self.directory = directory
        self.popen = subprocess.Popen(
            [sys.executable, str(ROOT / "dev" / "run.py")],
            env=base_environment(directory)
            | {"RUN_DIR": str(directory / "run"), "PORT": str(port), "SANDBOX": "0", "EKSGATE_BINARY": str(BINARY)}
            | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_ready(self):
        line = self.popen.stdout.readline()
        assert line.startswith("eksgate ready: http://127.0.0.1:"), line + self.popen.stderr.read()
        self.port = int(line.rsplit(":", 1)[1])
        record = json.loads((self.directory / "run" / "processes.json").read_text())
        self.processes = {entry["name"]: entry["pid"] for entry in record}
        return self

    def end(self, timeout=20):
        try:
            out, err = self.popen.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise
        return self.popen.returncode, out, err

    def stop(self):
        self.popen.terminate()
        return self.end()

    def left(self):
        return [pid for leader in self.processes.values() for pid in stacks.session_members(leader)]

    def wait_nothing_left(self, timeout=6):
        deadline = time.monotonic() + timeout
        while self.left() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not self.left()


@pytest.fixture
def start(short_tmp):
    started = []

    def start(**options):
        run = Run(short_tmp, **options)
        started.append(run)
        return run

    yield start
    for run in started:
        if run.popen.poll() is None:
            run.popen.kill()
            run.popen.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_within_five_seconds(start, number):
    run = start().wait_ready()
    begin = time.monotonic()
    run.popen.send_signal(number)
    code, _, err = run.end()
    assert (code, err) == (0, "")
    assert time.monotonic() - begin < 5
    assert not run.left()
    assert not (run.directory / "run" / "processes.json").exists()


def test_a_killed_run_leaves_nothing_and_can_be_started_again_at_once(start):
    run = start().wait_ready()
    run.popen.kill()
    again = start(port=run.port).wait_ready()
    assert not run.left()
    assert Client("127.0.0.1", again.port).get("/health").status == 200
    assert again.stop()[0] == 0


def test_after_a_kill_the_children_end_by_themselves(start):
    run = start().wait_ready()
    run.popen.kill()
    run.wait_nothing_left()


@pytest.mark.parametrize("name", ["redis", "serve", "nginx"])
def test_a_child_that_dies_is_named_and_ends_the_run(start, name):
    run = start().wait_ready()
    os.kill(run.processes[name], signal.SIGKILL)
    code, _, err = run.end()
    assert code == 1
    assert f"error: {name} ended unexpectedly (killed by SIGKILL)" in err
    assert not run.left()


def test_a_port_in_use_is_named_and_nothing_is_left(start):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = start(port=port)
        code, out, err = run.end()
    assert code == 1 and out == ""
    assert f"error: port {port} on 127.0.0.1 is in use" in err and f"PORT={port + 1}" in err
    assert not (run.directory / "run" / "processes.json").exists()


def test_a_second_run_in_the_same_directory_is_refused_and_the_first_goes_on(start):
    first = start().wait_ready()
    code, _, err = start().end()
    assert code == 1
    assert f"already runs in {first.directory / 'run'} (process {first.popen.pid})" in err and "RUN_DIR=" in err
    assert Client("127.0.0.1", first.port).get("/health").status == 200
    assert first.stop()[0] == 0


def test_two_directories_run_side_by_side(start, tmp_path_factory):
    first = start().wait_ready()
    second = start(RUN_DIR=str(first.directory / "run2"))
    assert second.popen.stdout.readline().startswith("eksgate ready: ")
    assert second.stop()[0] == 0
    assert first.stop()[0] == 0


def test_the_state_of_a_run_is_its_owners_only(start):
    run = start().wait_ready()
    state = run.directory / "run"
    key = state / "secret.key"
    before = key.read_bytes()
    assert len(before) == 32 and key.stat().st_mode & 0o777 == 0o600
    for path in [state, *state.rglob("*")]:
        if path.is_dir():
            assert path.stat().st_mode & 0o077 == 0, path
    run.stop()
    run = start().wait_ready()
    assert key.read_bytes() == before
    run.stop()


def test_a_directory_too_long_for_unix_sockets_works(start, short_tmp):
    state = short_tmp / ("long" * 30)
    run = start(RUN_DIR=str(state))
    assert run.popen.stdout.readline().startswith("eksgate ready: ")
    sockets = os.readlink(state / "sock")
    assert os.stat(sockets).st_mode & 0o777 == 0o700
    assert run.stop()[0] == 0
    assert not os.path.exists(sockets)


@pytest.mark.parametrize(
    "env, message",
    [
        ({"PORT": "eighty"}, "PORT is a number"),
        ({"PORT": "70000"}, "PORT is a number"),
        ({"SANDBOX": "yes"}, "SANDBOX is 1 or 0"),
        ({"EKSGATE_BINARY": "/nonexistent/eksgate"}, "run: make build"),
    ],
)
def test_a_wrong_setting_is_an_error_that_says_so(start, env, message):
    code, out, err = start(**env).end()
    assert code == 1 and out == "" and err.startswith("error: ") and message in err


@pytest.mark.parametrize(
    "env, wanted",
    [
        ({}, True),
        ({"HOME": "/somewhere/with/.aws"}, True),
        ({"AWS_ACCESS_KEY_ID": ""}, True),
        ({"AWS_REGION": "eu-west-1"}, True),
        ({"AWS_ACCESS_KEY_ID": "A"}, False),
        ({"AWS_PROFILE": "p"}, False),
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}, False),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}, False),
        ({"KUBECONFIG": "/k"}, False),
        ({"KUBECONFIG": "/k", "SANDBOX": "1"}, True),
        ({"SANDBOX": "0"}, False),
    ],
)
def test_the_sandbox_is_the_default_only_without_credentials_in_the_environment(env, wanted):
    assert dev_run.wants_sandbox(env) is wanted


def test_the_file_of_settings_is_read_and_the_environment_goes_before_it(short_tmp):
    file = short_tmp / "settings"
    file.write_text(
        "# mine\nEKSGATE_AUTH=keys\nEKSGATE_HOSTS='localhost,gate.example'\nLOG_LEVEL=ERROR\nEKSGATE_PROCESSES=3\n"
    )
    run = Run(short_tmp, EKSGATE_ENV_FILE=str(file)).wait_ready()
    try:
        client = Client("127.0.0.1", run.port)
        assert client.get("/api/clusters", headers={"Host": "gate.example"}).status == 401
        assert client.get("/api/clusters", headers={"Host": "elsewhere.example"}).status == 421
        wait_until(lambda: len(stacks.session_members(run.processes["serve"])) == 4)  # a master and three
        assert '"INFO"' in (short_tmp / "run" / "log" / "serve.log").read_text(), "the environment says LOG_LEVEL=DEBUG"
    finally:
        run.stop()
    refused, _, err = Run(short_tmp, EKSGATE_ENV_FILE=str(short_tmp / "nowhere")).end()
    assert refused == 1 and "EKSGATE_ENV_FILE" in err
    file.write_text("EKSGATE_HOST=gate.example\n")
    refused, _, err = Run(short_tmp, EKSGATE_ENV_FILE=str(file)).end()
    assert refused == 1 and "there is no variable EKSGATE_HOST" in err


# --- clusters are made with nothing more to set


@pytest.fixture
def provisioning(start, sandbox):
    """As in the sandbox of `make run`: the command is dev/terraform.sh, which finds here what was built before."""
    terraform.prepare()
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    command = str(ROOT / "dev" / "terraform.sh")
    run = start(**sandbox.env, EKSGATE_TERRAFORM=command, XDG_CACHE_HOME=cache).wait_ready()
    api = Client("127.0.0.1", run.port)
    answer = api.post("/clusters/test", {"cluster_name": "try", "region": "us-east-1"})
    assert answer.status == 202, answer.text
    return run, api


def test_a_dry_run_of_a_cluster_passes_with_nothing_set(provisioning):
    run, api = provisioning
    ended = ("completed", "failed", "cancelled")
    wait_until(lambda: api.get("/clusters/try/status").json["status"] in ended, 300)
    status = api.get("/clusters/try/status").json
    assert (status["status"], status["changes"]["add"] > 20) == ("completed", True), status
    assert run.stop()[0] == 0


def test_the_end_ends_a_run_of_terraform_too(provisioning):
    run, _ = provisioning
    folder = run.directory / "run" / "provision"
    wait_until(lambda: list(dev_run.provision_runs(folder)), 300)
    run.popen.send_signal(signal.SIGINT)
    code, _, err = run.end(timeout=150)
    assert (code, list(dev_run.provision_runs(folder))) == (0, [])
    assert "1 run(s) of terraform are told to stop" in err
