"""The gateway under test is the real one: nginx, redis and the sanitized binary, each session on sockets of its own.

`bare` has no AWS behind it: for what the front and the routes do by themselves. `gateway` stands before the sandbox: a
real Kubernetes API server, and an AWS that checks signatures.
"""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

import stack as stacks  # noqa: E402
from client import Client, Reply  # noqa: E402
from provision_records import RUNNER, Records  # noqa: E402
from sandboxes import sandbox_under_test  # noqa: E402

BINARY = Path(os.environ.get("EKSGATE_BINARY") or ROOT / "build" / "dev" / "eksgate")
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
INDEX = "<!doctype html><title>eksgate</title>"


def base_environment(home):
    """Nothing of the developer's own AWS or Kubernetes settings reaches the gateway under test."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LOG_LEVEL": "DEBUG",
        "AWS_EC2_METADATA_DISABLED": "true",
        "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


class Gateway(Client):
    """A running stack and a client of it."""

    def __init__(self, stack):
        super().__init__(stack.host, stack.port)
        self.stack = stack

    @property
    def log(self):
        return (self.stack.run.path / "log" / "serve.log").read_text(errors="replace")

    @property
    def tunnel_log(self):
        return (self.stack.run.path / "log" / "tunnel.log").read_text(errors="replace")

    @property
    def access_log(self):
        lines = (self.stack.run.path / "log" / "access.log").read_text().splitlines()
        return [json.loads(line) for line in lines]


def make_ui(directory):
    """Files as a build of the UI leaves them; these tests are about how they are served."""
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(INDEX)
    (directory / "assets" / "index-a1B2c3D4.js").write_text("export {};\n")
    (directory / "assets" / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return directory


class Launcher:
    """Starts stacks and, at the end, looks into their logs for what the sanitizers found."""

    def __init__(self):
        self.running = []

    def start(self, directory, *, env=None, **options):
        directory = Path(directory)
        home = directory / "home"
        home.mkdir(exist_ok=True)
        ui = directory / "ui"
        if not ui.exists():
            make_ui(ui)
        options = {"binary": BINARY, "ui": ui} | options
        options = {"access_log_buffer": ""} | options  # a line is there when its request has been answered
        stack = stacks.Stack(directory / "run", env=base_environment(home) | (env or {}), **options)
        try:
            stack.start()
            stack.wait_ready(timeout=60)
        except BaseException:
            stack.stop()
            raise
        gateway = Gateway(stack)
        self.running.append(gateway)
        return gateway

    def stop(self, gateway):
        self.running.remove(gateway)
        children = [gateway.stack.serve, gateway.stack.tunnel, *filter(None, [gateway.stack.agent])]
        # Leaks are looked for at the end, which takes long where everything is slow.
        gateway.stack.stop(patience=12)
        for child in children:
            log = Path(child.log).read_text(errors="replace")
            found = [line for line in log.splitlines() if SANITIZER.search(line)]
            assert not found, f"sanitizer reports in {child.log}:\n" + log[-20000:]
            assert child.popen.returncode == 0, f"{child.name} ended with {child.popen.returncode}:\n" + log[-4000:]


@pytest.fixture(scope="session")
def launcher(session_directory):
    launcher = Launcher()
    yield launcher
    while launcher.running:
        launcher.stop(launcher.running[-1])


@pytest.fixture(scope="session")
def session_directory():
    # pytest's own temporary directories have paths too long for unix sockets.
    with tempfile.TemporaryDirectory(prefix="eksgate-api-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture
def short_tmp():
    with tempfile.TemporaryDirectory(prefix="eksgate-api-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def bare(launcher, session_directory):
    directory = session_directory / "bare"
    directory.mkdir()
    return launcher.start(directory)


@pytest.fixture(scope="session")
def sandbox(session_directory):
    with sandbox_under_test(session_directory / "world") as world:
        yield world


@pytest.fixture(scope="session")
def kubectl(sandbox, session_directory):
    def kubectl(*arguments, check=True, **options):
        config = sandbox.state["clusters"]["demo"]["kubeconfig"]
        done = subprocess.run(
            [sandbox.state["kubectl"], f"--kubeconfig={config}", *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=120,
            env={"PATH": os.environ["PATH"], "HOME": str(session_directory)},  # it keeps what it discovers there
            **options,
        )
        assert not check or done.returncode == 0, done.stderr
        return done

    return kubectl


@pytest.fixture(scope="session")
def manifests(kubectl):
    def manifests(folder):
        """What `kubectl apply -k` would send, by kind and name."""
        listed = kubectl("create", "--dry-run=client", "-o", "json", "-k", folder).stdout
        decoder, found = json.JSONDecoder(), []
        while listed.strip():
            item, end = decoder.raw_decode(listed.lstrip())
            found += item["items"] if item["kind"] == "List" else [item]
            listed = listed.lstrip()[end:]
        return {(item["kind"], item["metadata"]["name"]): item for item in found}

    return manifests


@pytest.fixture(scope="session")
def gateway(launcher, session_directory, sandbox):
    directory = session_directory / "gateway"
    directory.mkdir()
    return launcher.start(directory, env=sandbox.env)


class Stubs:
    """An AWS and clusters that lie on demand, and a gateway that believes in them."""

    def __init__(self, directory):
        from stubs.aws import AwsStub
        from stubs.kube import KubeStub
        from stubs.pki import Authority

        pki = directory / "pki"
        pki.mkdir()
        self.authority = Authority(pki, "cluster-ca")
        self.other_authority = Authority(pki, "other-ca")
        self.aws = AwsStub()
        self.kube = KubeStub(self.authority.issue("good"))
        self.wrong_name = KubeStub(self.authority.issue("wrong-name", "DNS:another.example"))
        self.wrong_authority = KubeStub(self.other_authority.issue("wrong-authority"))
        self.expired = KubeStub(self.authority.issue("expired", days=0))
        self.self_signed = KubeStub(Authority(pki, "nobody"))
        self.old_tls = KubeStub(self.authority.issue("old-tls"), old_tls=True)
        # Accepts connections and never says a word.
        self.silent = socket.create_server(("127.0.0.1", 0), backlog=64)
        # Bound and not listening: connections are refused, and nobody else gets the port.
        self.refusing = socket.socket()
        self.refusing.bind(("127.0.0.1", 0))
        self.names = 0

    def ports(self):
        return [
            self.kube.port,
            self.wrong_name.port,
            self.wrong_authority.port,
            self.expired.port,
            self.self_signed.port,
            self.old_tls.port,
            self.silent.getsockname()[1],
            self.refusing.getsockname()[1],
        ]

    def environment(self):
        return {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_ACCESS_KEY_ID": "AKIASTUBSTUBSTUBSTUB",
            "AWS_SECRET_ACCESS_KEY": "stub-secret-access-key/of+the+environment",
            "EKSGATE_ALLOW_ENDPOINTS": ",".join(f"127.0.0.1:{port}" for port in self.ports()),
        }

    def cluster(self, port=None, authority=None, **members):
        """A cluster that AWS describes; a name of its own for each test, so that no state is shared."""
        self.names += 1
        name = f"stub-{self.names}"
        endpoint = members.pop("endpoint", f"https://127.0.0.1:{port or self.kube.port}")
        self.aws.add_cluster(name, endpoint, (authority or self.authority).pem, **members)
        return name

    def reset(self):
        self.aws.reset()
        for stub in (self.kube, self.wrong_name, self.wrong_authority):
            stub.reset()


@pytest.fixture(scope="session")
def stub_session(session_directory):
    directory = session_directory / "stubs"
    directory.mkdir()
    return Stubs(directory)


@pytest.fixture(scope="session")
def stubbed_session(launcher, session_directory, stub_session):
    directory = session_directory / "stubbed"
    directory.mkdir()
    return launcher.start(directory, env=stub_session.environment())


@pytest.fixture
def stubs(stub_session):
    stub_session.reset()
    return stub_session


@pytest.fixture
def stubbed(stubbed_session, stubs):
    """The gateway before the stubs."""
    yield stubbed_session
    for cluster in stubbed_session.get("/api/clusters").json["clusters"]:
        stubbed_session.post(f"/api/clusters/{cluster['id']}/disconnect")


@pytest.fixture
def connected(stubbed, stubs):
    """The id of a fresh connection to the stub that answers well; what connecting asked it is forgotten."""
    name = stubs.cluster()
    reply = stubbed.post(
        "/api/clusters/connect", {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}}
    )
    assert reply.status == 201, reply.text
    stubs.kube.requests.clear()
    stubs.aws.calls.clear()
    return reply.json["connection_id"]


@pytest.fixture(scope="session")
def keyed(launcher, session_directory, stub_session):
    """A gateway before the stubs that wants keys, and what makes them."""
    from test_keys import Keyed

    directory = session_directory / "keyed"
    directory.mkdir()
    return Keyed(launcher.start(directory, env=stub_session.environment() | {"EKSGATE_AUTH": "keys"}))


@pytest.fixture(scope="session")
def admin(keyed):
    return keyed.create("admin", "--name", "the tests")


@pytest.fixture(scope="session")
def viewer(keyed):
    return keyed.create("viewer")


@pytest.fixture(scope="session")
def editor(keyed):
    return keyed.create("editor")


class Direct:
    """The sandbox's API server without a gateway in between, as its administrator."""

    def __init__(self, kubeconfig):
        text = Path(kubeconfig).read_text()
        field = lambda name: re.search(rf"{name}: \"?([^\s\"]+)", text)[1]
        decode = lambda name: base64.b64decode(field(name)).decode()
        self.host, self.port = field("server").removeprefix("https://").split(":")
        self.context = ssl.create_default_context(cadata=decode("certificate-authority-data"))
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:
            pem.write(decode("client-certificate-data") + decode("client-key-data"))
            pem.flush()
            self.context.load_cert_chain(pem.name)

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPSConnection(self.host, int(self.port), context=self.context, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.reason, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=headers).json


@pytest.fixture(scope="session")
def direct(sandbox):
    return Direct(sandbox.state["clusters"]["demo"]["kubeconfig"])


@pytest.fixture(scope="session")
def demo(gateway):
    """The connection to the sandbox's first cluster, with every right."""
    reply = gateway.post(
        "/api/clusters/connect", {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    )
    assert reply.status in (200, 201), reply.text
    return reply.json["connection_id"]


@pytest.fixture(scope="session")
def kubectl_program():
    """The kubectl of the conformance rows, built when it is not there: the sandbox's own is too old for --raw."""
    sys.path.append(str(ROOT / "tests" / "conformance"))
    import programs

    folder, _ = programs.prepare(())
    return folder / "kubectl"


@pytest.fixture(scope="session")
def ordered(launcher, session_directory, sandbox):
    """A gateway that takes orders of clusters. There is no agent to perform them."""
    directory = session_directory / "ordered"
    directory.mkdir()
    return launcher.start(directory, env=sandbox.env | RUNNER | {"EKSGATE_PROVISION_QUEUE": "500"})


@pytest.fixture(scope="session")
def records(ordered):
    return Records(ordered.stack.redis_socket)


@pytest.fixture(scope="session")
def apart(launcher, session_directory, stub_session):
    """One whose AWS has no lists, and says of clusters what it is told to; it lets one run wait."""
    directory = session_directory / "apart"
    directory.mkdir()
    return launcher.start(directory, env=stub_session.environment() | RUNNER | {"EKSGATE_PROVISION_QUEUE": "1"})


@pytest.fixture
def name():
    """Of a cluster that is ordered."""
    return f"c-{uuid.uuid4().hex[:12]}"
