"""Whole lives of clusters through the API: the real gateway and agent, real terraform and its AWS provider, and the
sandbox's AWS, whose made clusters have control planes of their own. Not part of `make test`: it takes its time."""

import sys
import urllib.request
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in ("dev", "tests", "tests/api"):
    sys.path.insert(0, str(ROOT / folder))

import terraform  # noqa: E402
from client import wait_until  # noqa: E402
from sandboxes import sandbox_under_test  # noqa: E402

pytest_plugins = ["api_fixtures"]

BASE = "/api/provision/clusters"
REGION = "us-east-1"
ENDED = ("completed", "planned", "failed", "cancelled", "blocked", "unknown")


@pytest.fixture(scope="session")
def sandbox(session_directory):
    with sandbox_under_test(session_directory / "world") as world:
        yield world


@pytest.fixture(scope="session")
def toolchain():
    """Where terraform and its provider are; built first where they have to be."""
    return terraform.prepare()


@pytest.fixture(autouse=True)
def room(sandbox):
    """The sandbox has room for three made clusters: what a failed test left goes."""
    request = urllib.request.Request(sandbox.env["AWS_ENDPOINT_URL"] + "/sandbox/made", method="DELETE")
    urllib.request.urlopen(request, timeout=60).close()


@pytest.fixture
def name():
    return f"c-{uuid.uuid4().hex[:8]}"


class Provisioner:
    """A gateway whose agents the tests start and kill."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.stack = gateway.stack
        self.agent = None
        self.count = 0

    def start_agent(self):
        self.count += 1
        self.agent = self.stack.start_agent(f"agent-{self.count}")

    @property
    def agent_log(self):
        return Path(self.agent.log).read_text(errors="replace")

    def kill_agent(self):
        self.agent.popen.kill()
        self.agent.popen.wait()
        self.stack.run.children.remove(self.agent)

    def post(self, path, body=None, status=202):
        reply = self.gateway.post(f"{BASE}{path}", body or {})
        assert reply.status == status, reply.text
        return reply.json

    def order(self, name, path="/provision", status=202, **members):
        body = {"cluster_name": name, "region": REGION, "kubernetes_version": "1.33", "instance_type": "m5.large"}
        return self.post(path, body | members, status)

    def delete(self, path, status=202):
        reply = self.gateway.request("DELETE", f"{BASE}{path}")
        assert reply.status == status, reply.text
        return reply.json

    def get(self, path):
        reply = self.gateway.get(f"{BASE}{path}")
        assert reply.status == 200, reply.text
        return reply.json

    def run(self, name, run):
        return self.get(f"/{name}/runs/{run}")

    def wait_step(self, name, run, *steps):
        """Until the run has come to one of these steps; it must not end before."""

        def found():
            now = self.run(name, run)
            assert now["status"] not in ENDED or now["step"] in steps, now
            return now if now["step"] in steps else None

        return wait_until(found, 300)

    def wait_end(self, name, run, status="completed", seconds=600):
        def found():
            now = self.run(name, run)
            return now if now["status"] in ENDED else None

        ended = wait_until(found, seconds)
        assert ended["status"] == status, (ended, self.log(name, run)[-4000:])
        return ended

    def log(self, name, run):
        return self.gateway.get(f"{BASE}/{name}/logs?run={run}&format=text").text

    def perform(self, name, path, body=None, status="completed"):
        return self.wait_end(name, self.post(f"/{name}{path}", body)["run"], status)

    def cancel(self, name, run):
        self.post(f"/{name}/runs/{run}/cancel")
        return self.wait_end(name, run, "cancelled")

    def destroy(self, name):
        return self.wait_end(name, self.delete(f"/{name}?confirm={name}")["run"])

    def clean_up(self, name):
        self.delete(f"/{name}/cleanup")
        wait_until(lambda: self.gateway.get(f"{BASE}/{name}").status == 404)


def environment(sandbox, toolchain):
    env = sandbox.env | toolchain | {"EKSGATE_AGENT_LEASE_SECONDS": "4"}
    env.pop("KUBECONFIG", None)
    return env


@pytest.fixture(scope="session")
def local(launcher, session_directory, sandbox, toolchain):
    directory = session_directory / "local"
    directory.mkdir()
    env = environment(sandbox, toolchain) | {
        "EKSGATE_PROVISION_RUNNER": "local",
        "EKSGATE_PROVISION_DIR": str(directory / "provision"),
        "EKSGATE_PROVISION_MODULE": str(ROOT / "provision"),
    }
    provisioner = Provisioner(launcher.start(directory, env=env))
    provisioner.start_agent()
    yield provisioner
    launcher.stop(provisioner.gateway)
