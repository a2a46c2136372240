"""The world that the rows run in: a sandbox, a gateway before it, and the two ways to the cluster."""

import base64
import functools
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "dev"))
sys.path.insert(0, str(ROOT / "tests"))

import run as dev_run  # noqa: E402
import stack as stacks  # noqa: E402
import wire  # noqa: E402
from stubs import aws as aws_stub  # noqa: E402
from stubs import kube as kube_stub  # noqa: E402
from stubs import pki as stub_pki  # noqa: E402

CLUSTER, REGION = "demo", "us-east-1"
TAG = f"{os.getpid() % 65536:04x}"  # a run does not meet the namespaces of the one before
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Step:
    """One command that ran."""

    command: str
    status: int
    stdout: str
    stderr: str


class Side:
    """One way to the cluster: straight (`direct`), or through the gateway (`gw`)."""

    def __init__(self, name, server, directory, kubeconfig, environment, ca=None, token=None):
        self.name = name
        self.server = server
        self.letter = name[0]  # "d" or "g": in the names of what the side makes
        self.home = directory / name
        self.home.mkdir(parents=True)
        self.kubeconfig_text = kubeconfig
        self.environment = environment
        self.ca = ca
        self.token = token or (lambda: None)
        self.write_kubeconfig(self.home / "config", "default")

    def write_kubeconfig(self, path, namespace):
        config = json.loads(self.kubeconfig_text)
        config["contexts"][0]["context"]["namespace"] = namespace
        path.write_text(json.dumps(config, indent=1))
        path.chmod(0o600)
        return path

    def namespace(self, row):
        return f"conf-{row.name}-{TAG}{self.letter}" if row.own else "default"

    def env(self, row, scratch):
        namespace = self.namespace(row)
        config = self.write_kubeconfig(scratch / ".kubeconfig", namespace)
        return self.environment | {
            "HOME": str(self.home),
            "KUBECONFIG": str(config),
            "NS": namespace,
            "CONFORMANCE": str(HERE),
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
        } | row.env  # fmt: skip

    def scratch(self, row):
        """A fresh folder with the manifests in it, in which $NS is written out."""
        folder = self.home / row.name
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE / "manifests", folder)
        for file in folder.rglob("*"):
            if file.is_file():
                file.write_text(file.read_text().replace("$NS", self.namespace(row)))
        return folder

    def start(self, row, scratch, command):
        """A command that runs beside the row."""
        return subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=scratch, env=self.env(row, scratch),
                                stdin=subprocess.DEVNULL)  # fmt: skip

    def run(self, row, scratch, command):
        """A line of a row. What it left in the background is ended."""
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                ["bash", "-c", f"set -o pipefail; {command}"], cwd=scratch, env=self.env(row, scratch),
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, start_new_session=True,
            )  # fmt: skip
            try:
                status = process.wait(row.timeout)
            except subprocess.TimeoutExpired:
                status = f"still running after {row.timeout} s"
            end_session(process.pid)
            process.wait()
            return Step(command, status, text_of(out), text_of(err))

    def connect(self, timeout=30):
        """A plain HTTP connection, and what is to be written before each path."""
        url = urlsplit(self.server)
        if url.scheme == "https":
            tls = ssl.create_default_context(cadata=self.ca)
            connection = http.client.HTTPSConnection(url.hostname, url.port, context=tls, timeout=timeout)
        else:
            connection = http.client.HTTPConnection(url.hostname, url.port, timeout=timeout)
        connection._validate_path = lambda _: None  # unusual targets are the point
        return connection

    @property
    def prefix(self):
        return urlsplit(self.server).path

    def authorization(self):
        token = self.token()
        return {"Authorization": f"Bearer {token}"} if token else {}


def text_of(file):
    file.seek(0)
    return file.read().decode(errors="backslashreplace")


def end_session(session):
    for pid in stacks.session_members(session):
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            pass


def kubeconfig(server, user, ca=None):
    cluster = {"server": server}
    if ca:
        cluster["certificate-authority-data"] = base64.b64encode(ca.encode()).decode()
    return json.dumps({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "c",
    })  # fmt: skip


def direct_user(environment):
    """As EKS users have it: the token comes from a command."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION")
    return {"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(ROOT / "build" / "eksgate"),
        "args": ["token", "--cluster-name", CLUSTER, "--region", REGION],
        "env": [{"name": name, "value": environment[name]} for name in names],
        "interactiveMode": "Never",
    }}  # fmt: skip


class World:
    """Started by `with`; whatever it started is gone afterwards."""

    def __init__(self, programs, binary, sandbox_directory=None, twice_direct=False):
        """twice_direct: both ways are the straight one, to see that the rows themselves hold."""
        self.twice_direct = twice_direct
        self.programs = programs
        self.binary = binary
        self.sandbox_directory = sandbox_directory
        self.own_sandbox = None
        self.lacks = {}  # by need: why it cannot be had here

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="eksgate-conf-", dir="/tmp")
        self.directory = Path(self.temporary.name)
        self.run_directory = stacks.RunDirectory(self.directory / "run")
        self.run_directory.open()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        if not self.sandbox_directory:
            os.environ |= {"NODES": "real", "CLUSTERS": "1"}
            self.own_sandbox = dev_run.Sandbox(self.run_directory)
            self.sandbox_directory = self.run_directory.path
        self.sandbox_env = wait_for_sandbox(self.sandbox_directory, self.own_sandbox)
        self.sandbox = json.loads((Path(self.sandbox_directory) / "sandbox" / "state.json").read_text())
        self.stack = self.start_stack(self.run_directory, self.sandbox_env)
        ca = Path(self.sandbox["clusters"][CLUSTER]["ca"]).read_text()
        endpoint = self.sandbox["clusters"][CLUSTER]["endpoint"]
        environment = {"PATH": f"{self.programs}:{SYSTEM_PATH}"}
        user = direct_user(self.sandbox_env)
        self.direct = Side("direct", endpoint, self.directory, kubeconfig(endpoint, user, ca), environment, ca, self.mint)
        if self.twice_direct:
            self.gateway = Side("gw", endpoint, self.directory, kubeconfig(endpoint, user, ca), environment, ca, self.mint)
            self.sides = (self.direct, self.gateway)
            return
        self.gateway = self.way_through(self.stack, "gw", self.directory, CLUSTER)
        self.sides = (self.direct, self.gateway)
        if self.sandbox["node_is_off"]:
            self.lacks["node"] = f"no pod runs here: {self.sandbox['node_is_off']}"

    def way_through(self, stack, name, directory, cluster):
        """As a person has it: over TLS, with a key of the gateway's own."""
        key = stack.key("create", "--role", "admin", "--name", "conformance")
        ca = Path(stack.tls_ca).read_text()
        body = {"cluster_name": cluster, "region": REGION, "auth": {"type": "default"}}
        status, answer = dev_run.post(stack, "/api/clusters/connect", body, key)
        if status not in (200, 201):
            raise stacks.StackError(f"connecting to {cluster} failed: {status} {answer}")
        server = f"{stack.url}/raw/clusters/{answer['connection_id']}"
        return Side(name, server, directory, kubeconfig(server, {"token": key}, ca), self.direct.environment, ca, lambda: key)

    def start_stack(self, run_directory, environment):
        home = self.directory / "home"
        home.mkdir(exist_ok=True)
        own = {"PATH": SYSTEM_PATH, "HOME": str(home), "LOG_LEVEL": "INFO", "AWS_EC2_METADATA_DISABLED": "true",
               "ASAN_OPTIONS": "detect_leaks=1", "EKSGATE_AUTH": "keys"}  # fmt: skip
        stack = stacks.Stack(run_directory, binary=self.binary, ui=self.directory, env=own | environment,
                             tls_listen="127.0.0.1:0")  # fmt: skip
        (self.directory / "index.html").write_text("<!doctype html><title>eksgate</title>")
        stack.start()
        stack.wait_ready(timeout=60)
        return stack

    def stop(self):
        for stack in (getattr(self.__dict__.get("stubs"), "stack", None), getattr(self, "stack", None)):
            if stack:
                stack.stop()
        if self.own_sandbox:
            self.own_sandbox.child.stop()
        self.run_directory.close()
        self.temporary.cleanup()

    def mint(self):
        """A token; each is good for minutes, and made anew after one."""
        return self.mint_in(int(time.monotonic() // 60))

    @functools.lru_cache(maxsize=1)
    def mint_in(self, minute):
        command = direct_user(self.sandbox_env)["exec"]
        env = {entry["name"]: entry["value"] for entry in command["env"]}
        argv = [command["command"], *command["args"]]
        printed = subprocess.run(argv, env=env | {"PATH": SYSTEM_PATH}, capture_output=True, check=True).stdout
        return json.loads(printed)["status"]["token"]

    def kube(self, method, path, body=None):
        """The cluster itself, to set a scene: status and parsed body."""
        connection = self.direct.connect()
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
        headers = self.direct.authorization() | {"Content-Type": kind}
        try:
            connection.request(method, path, json.dumps(body) if body else None, headers)
            reply = connection.getresponse()
            text = reply.read()
            return reply.status, json.loads(text) if text.startswith(b"{") else None
        finally:
            connection.close()

    @functools.cached_property
    def backend(self):
        """What a service of the cluster can have behind it; on the machine's end of the real node's cable."""
        return wire.Backend(self.sandbox["host_address"])

    @functools.cached_property
    def stubs(self):
        return Stubs(self)

    def stubbed(self, side):
        """The same way, but to a cluster that answers as it is told; and that cluster."""
        return (self.stubs.gateway if side is self.gateway else self.stubs.direct), self.stubs.cluster

    def cuttable(self, side):
        """The same way to the same cluster, but over a relay that can be cut; and the relay."""
        if side is self.gateway:
            return self.stubs.gateway_by_relay, self.stubs.relay
        return self.stubs.direct_by_relay, self.stubs.direct_relay

    def make_namespaces(self, names):
        """With the service account that pods need."""
        for name in names:
            self.kube("POST", "/api/v1/namespaces", {"metadata": {"name": name}})
        for name in names:
            for _ in range(200):
                if self.kube("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default")[0] == 200:
                    break
                threading.Event().wait(0.1)

    def remove_namespaces(self, names):
        for name in names:
            self.kube("DELETE", f"/api/v1/namespaces/{name}")


class Stubs:
    """A second gateway, whose AWS names what clusters there are: one that lies, and the sandbox's over a relay."""

    kube = kube_stub

    def __init__(self, world):
        directory = world.directory / "stubs"
        directory.mkdir()
        authority = stub_pki.Authority(directory, "cluster-ca")
        self.cluster = kube_stub.KubeStub(authority.issue("good"))
        url = urlsplit(world.direct.server)
        self.relay = wire.Relay(url.hostname, url.port)
        self.direct_relay = wire.Relay(url.hostname, url.port)
        self.aws = aws_stub.AwsStub()
        ca = authority.pem.decode()
        self.aws.add_cluster("stub", self.cluster.endpoint, authority.pem)
        relayed = f"https://127.0.0.1:{self.relay.port}"
        self.aws.add_cluster(CLUSTER, relayed, world.direct.ca.encode())
        environment = world.sandbox_env | {
            "AWS_ENDPOINT_URL": self.aws.url,
            "EKSGATE_ALLOW_ENDPOINTS": f"127.0.0.1:{self.cluster.port},127.0.0.1:{self.relay.port}",
        }
        run = stacks.RunDirectory(directory / "run")
        run.open()
        self.stack = world.start_stack(run, environment)
        none = world.direct.environment
        static = {"token": "a-token"}

        def side(name, folder, server, user, ca=None, token=None):
            return Side(name, server, directory / folder, kubeconfig(server, user, ca), none, ca, token)

        self.direct = side("direct", "stub", self.cluster.endpoint, static, ca, lambda: "a-token")
        cut_off = f"https://127.0.0.1:{self.direct_relay.port}"
        self.direct_by_relay = side("direct", "relay", cut_off, direct_user(world.sandbox_env), world.direct.ca, world.mint)
        if world.twice_direct:
            self.gateway = self.direct
            self.gateway_by_relay = side("gw", "relay", relayed, direct_user(world.sandbox_env), world.direct.ca, world.mint)
        else:
            self.gateway = world.way_through(self.stack, "gw", directory / "stub", "stub")
            self.gateway_by_relay = world.way_through(self.stack, "gw", directory / "relay", CLUSTER)


def wait_for_sandbox(directory, own, seconds=45 * 60):
    deadline = time.monotonic() + seconds
    terminal = dev_run.Terminal()
    while time.monotonic() < deadline:
        try:
            progress = json.loads((Path(directory) / "sandbox" / "progress.json").read_text())
        except (OSError, ValueError):
            progress = {}
        if progress.get("error"):
            raise stacks.StackError(f"the sandbox failed: {progress['error']}")
        if progress.get("ready"):
            return dev_run.sandbox_environment(directory)
        if own and own.child.exited():
            raise stacks.StackError(f"the sandbox ended: {own.child.last_lines()}")
        if progress:
            terminal.progress(progress)
        time.sleep(0.2)
    raise stacks.StackError(f"the sandbox was not ready within {seconds} s")
