"""Whole lives of clusters through the API: the real gateway and agent, real terraform and its AWS provider, and the
sandbox's AWS, whose made clusters have control planes of their own. Not part of `make test`: it takes its time."""

import json
import subprocess
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
from service_accounts import ServiceAccounts  # noqa: E402

pytest_plugins = ["api_fixtures", "kube_fixtures"]

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

    def __init__(self, gateway, folder=None):
        self.gateway = gateway
        self.folder = folder  # of states and logs, where they are files of this machine
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

    def approve(self, name, planned):
        path = f"/{name}/runs/{planned['run']}/approve"
        return self.wait_end(name, self.post(path, {"plan_hash": planned["plan_hash"]})["run"])

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


def connections(provisioner):
    return {item["id"]: item for item in provisioner.gateway.get("/api/clusters").json["clusters"]}


STRAY = """
import boto3, sys
eks = boto3.client("eks", region_name="us-east-1")
eks.tag_resource(resourceArn=eks.describe_cluster(name=sys.argv[1])["cluster"]["arn"], tags={"stray": "by hand"})
"""


def python(sandbox, script, *words):
    """A script with boto3, as the account's administrator."""
    command = [sandbox.state["python"], "-c", script, *words]
    done = subprocess.run(command, env=sandbox.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def live(provisioner, sandbox, name, family):
    """A cluster's life from its order to its end, with everything that is done to one."""
    cluster_id = f"us-east-1_{name}"
    test = provisioner.wait_end(name, provisioner.order(name, "/test", ip_family=family)["run"])
    assert test["changes"]["add"] > 10 and test["changes"]["destroy"] == 0
    assert provisioner.get(f"/{name}")["state"] == "none"

    run = provisioner.order(name, ip_family=family)["run"]
    busy = provisioner.gateway.post("/api/provision/clusters/provision", {"cluster_name": name, "region": "us-east-1"})
    assert busy.status == 409 and busy.json["details"]["run"] == run, busy.text
    made = provisioner.wait_end(name, run)
    assert made["progress"]["percent"] == 100 and made["changes"]["add"] == test["changes"]["add"]

    # It is connected by itself, and answers.
    assert cluster_id in connections(provisioner)
    namespaces = provisioner.gateway.get(f"/raw/clusters/{cluster_id}/api/v1/namespaces")
    assert namespaces.status == 200, namespaces.text
    assert provisioner.get(f"/{name}")["connection"] == cluster_id

    assert provisioner.perform(name, "/drift")["step"] == "unchanged"
    planned = provisioner.perform(name, "/upgrade", {"kubernetes_version": "1.34", "plan_only": True}, "planned")
    assert planned["changes"]["change"] > 0 and planned["changes"]["destroy"] == 0
    approve = f"/{name}/runs/{planned['run']}/approve"
    provisioner.post(approve, {"plan_hash": "sha256:" + "0" * 64}, 409)
    provisioner.approve(name, planned)
    assert provisioner.get(f"/{name}")["kubernetes_version"] == "1.34"
    provisioner.post(approve, {"plan_hash": planned["plan_hash"]}, 409)

    provisioner.perform(name, "/scale", {"node_min": 1, "node_desired": 3, "node_max": 5})
    python(sandbox, STRAY, name)
    drifted = provisioner.perform(name, "/drift", status="planned")
    assert (drifted["changes"]["change"], drifted["changes"]["destroy"]) == (1, 0), drifted["changes"]
    assert provisioner.get(f"/{name}")["drift"]["found"] is True
    provisioner.approve(name, drifted)
    assert provisioner.perform(name, "/drift")["step"] == "unchanged"
    provisioner.destroy(name)
    assert provisioner.get(f"/{name}")["state"] == "destroyed"
    assert cluster_id not in connections(provisioner)


def start_local(launcher, directory, sandbox, toolchain, options=None, **env):
    """Options are the launcher's."""
    directory.mkdir()
    given = environment(sandbox, toolchain) | {
        "EKSGATE_PROVISION_RUNNER": "local",
        "EKSGATE_PROVISION_DIR": str(directory / "provision"),
        "EKSGATE_PROVISION_MODULE": str(ROOT / "provision"),
    }
    given |= env
    provisioner = Provisioner(launcher.start(directory, env=given, **(options or {})), Path(given["EKSGATE_PROVISION_DIR"]))
    provisioner.start_agent()
    return provisioner


@pytest.fixture(scope="session")
def local(launcher, session_directory, sandbox, toolchain):
    provisioner = start_local(launcher, session_directory / "local", sandbox, toolchain)
    yield provisioner
    launcher.stop(provisioner.gateway)


class Bucket:
    """Where states are in S3."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.name = f"states-{uuid.uuid4().hex[:12]}"
        self.settings = {
            "EKSGATE_PROVISION_STATE": f"s3://{self.name}/eksgate",
            "EKSGATE_PROVISION_STATE_REGION": REGION,
        }
        self.python('boto3.client("s3").create_bucket(Bucket=sys.argv[1])')

    def python(self, script, *words):
        return python(self.sandbox, "import boto3, json, sys\n" + script, self.name, *words)

    def key(self, name):
        return f"eksgate/clusters/{name}/terraform.tfstate"

    def read(self, key):
        """The object, which is JSON; None when there is none."""
        text = self.python(
            """
try:
    print(boto3.client("s3").get_object(Bucket=sys.argv[1], Key=sys.argv[2])["Body"].read().decode())
except boto3.client("s3").exceptions.NoSuchKey:
    print("null")
""",
            key,
        )
        return json.loads(text)

    def lock(self, name):
        return self.read(self.key(name) + ".tflock")

    def resources(self, name):
        return len(self.read(self.key(name))["resources"])


@pytest.fixture(scope="session")
def bucket(sandbox):
    return Bucket(sandbox)


@pytest.fixture(scope="session")
def accounts(sandbox):
    return ServiceAccounts(sandbox)
