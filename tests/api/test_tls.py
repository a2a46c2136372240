"""TLS on the front and kubectl through it: the real nginx, a certificate made for the run, the real kubectl."""

import base64
import http.client
import json
import os
import re
import socket
import ssl
import stat
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
import stack as stacks
import tls as dev_tls
from client import Client, assert_status
from conftest import BINARY, ROOT, base_environment
from test_keys import Keyed, id_of


class TlsClient(Client):
    """The same client over TLS, trusting the run's own authority and nothing else."""

    def __init__(self, stack):
        host, _, port = stack.tls_listen.rpartition(":")
        super().__init__(host, int(port))
        self.authority = stack.tls_ca
        self.context = ssl.create_default_context(cafile=self.authority)

    def connect(self):
        raw = socket.create_connection((self.host, self.port), timeout=30)
        return self.context.wrap_socket(raw, server_hostname=self.host)

    def ask(self, method, path, headers=None):
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=60)
        try:
            connection.request(method, path, headers=headers or {})
            reply = connection.getresponse()
            return reply.status, reply.read().decode()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def secured(launcher, session_directory, sandbox):
    """Keys on, TLS on, the sandbox behind it."""
    directory = session_directory / "secured"
    directory.mkdir()
    env = sandbox.env | {"EKSGATE_AUTH": "keys"}
    return Keyed(launcher.start(directory, env=env, tls_listen="127.0.0.1:0", processes=2))


@pytest.fixture(scope="session")
def https(secured):
    return TlsClient(secured.gateway.stack)


@pytest.fixture(scope="session")
def secured_admin(secured):
    return secured.create("admin", "--name", "tls")


@pytest.fixture(scope="session")
def secured_demo(secured, secured_admin):
    body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    reply = secured.ask(secured_admin, "POST", "/api/clusters/connect", json_body=body)
    assert reply.status in (200, 201), reply.text
    return reply.json["connection_id"]


# The certificate


def test_the_certificate_is_for_the_names_that_are_answered_and_its_key_is_the_owners(secured):
    directory = secured.gateway.stack.run.path / "tls"
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()} == {0o600}
    # The authority has signed what it was made for; nobody can make it sign anything else.
    assert sorted(path.name for path in directory.iterdir()) == ["ca.pem", "names", "server.key", "server.pem"]
    text = subprocess.run(
        ["openssl", "x509", "-in", directory / "server.pem", "-noout", "-text"], capture_output=True, text=True
    ).stdout
    assert "NIST CURVE: P-256" in text and "CA:FALSE" in text
    assert "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1" in text


def test_it_is_made_once_and_again_for_other_names(tmp_path):
    first = dev_tls.certificate(tmp_path / "tls", ["localhost"])[0].read_bytes()
    assert dev_tls.certificate(tmp_path / "tls", ["localhost"])[0].read_bytes() == first
    assert dev_tls.certificate(tmp_path / "tls", ["localhost", "gate.example"])[0].read_bytes() != first
    (tmp_path / "tls" / "server.key").unlink()
    assert dev_tls.certificate(tmp_path / "tls", ["localhost", "gate.example"])[1].exists()


def test_other_authorities_and_other_names_are_refused_by_clients(https):
    with pytest.raises(ssl.SSLCertVerificationError):
        context = ssl.create_default_context()
        context.wrap_socket(socket.create_connection((https.host, https.port)), server_hostname=https.host)
    with pytest.raises(ssl.SSLCertVerificationError):
        raw = socket.create_connection((https.host, https.port))
        https.context.wrap_socket(raw, server_hostname="gate.example")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "version, spoken", [("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)]
)
def test_versions(https, version, spoken):
    context = ssl.create_default_context(cafile=https.authority)
    context.set_ciphers("ALL:@SECLEVEL=0")
    wanted = getattr(ssl.TLSVersion, version)
    context.minimum_version = context.maximum_version = wanted
    raw = socket.create_connection((https.host, https.port), timeout=10)
    if spoken:
        with context.wrap_socket(raw, server_hostname=https.host) as connection:
            assert connection.version() == version.replace("_", ".")
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(raw, server_hostname=https.host)


def test_only_http_1_1_is_offered(https):
    """Over HTTP/2 this nginx would hold back the header of an idle watch, and kubectl takes HTTP/2 when it may."""
    context = ssl.create_default_context(cafile=https.authority)
    context.set_alpn_protocols(["h2", "http/1.1"])
    with context.wrap_socket(socket.create_connection((https.host, https.port)), server_hostname=https.host) as c:
        assert c.selected_alpn_protocol() == "http/1.1"


def test_plain_http_to_the_tls_port_is_told_to_speak_tls(https, secured_admin):
    clear = Client(https.host, https.port)
    key = {"Authorization": f"Bearer {secured_admin}"}
    for path in "/api/clusters", "/raw/clusters/x/api", "/healthy":
        assert_status(clear.get(path, headers=key), 400, "BadRequest", slug="plain-http", message="https://")
    assert_status(clear.post("/api/clusters/connect", {}, headers=key), 400, "BadRequest", slug="plain-http")
    # That it lives is no secret; what a key shows beside that is.
    assert clear.get("/health", headers=key).json == {"status": "healthy"}
    page = clear.get("/clusters", headers={"Accept": "text/html"})
    assert page.status == 308 and page.header("Location") == f"https://{https.host}:{https.port}/clusters"
    assert clear.get("/health", headers={"Host": "evil.example"}).status == 400


def test_unknown_hosts_are_refused_over_tls_too(https):
    with https.connect() as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert b" 421 " in connection.recv(200)


def test_keys_are_wanted_over_tls_as_over_http(https, secured_admin):
    assert https.ask("GET", "/health")[0] == 200
    assert https.ask("GET", "/api/clusters")[0] == 401
    assert https.ask("GET", "/api/clusters", {"Authorization": f"Bearer {secured_admin}"})[0] == 200


# Beyond loopback


def own_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if stacks.is_loopback(address) else address


@pytest.fixture(scope="session")
def open_stack(launcher, session_directory):
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    directory = session_directory / "open"
    directory.mkdir()
    hosts = f"localhost,127.0.0.1,[::1],{address}"
    return Keyed(launcher.start(directory, tls_listen=f"{address}:0", hosts=hosts, processes=1))


def test_beyond_loopback_keys_are_on_by_themselves(open_stack):
    stack = open_stack.gateway.stack
    assert stack.asks_keys and not stacks.is_loopback(stack.tls_listen.rpartition(":")[0])
    client = TlsClient(stack)
    assert client.ask("GET", "/api/clusters")[0] == 401
    key = open_stack.create("viewer")
    assert client.ask("GET", "/api/clusters", {"Authorization": f"Bearer {key}"})[0] == 200


def test_a_stack_beyond_loopback_without_keys_does_not_start(launcher, short_tmp):
    with pytest.raises(stacks.StackError, match="EKSGATE_AUTH"):
        launcher.start(short_tmp, env={"EKSGATE_AUTH": "off"}, tls_listen="0.0.0.0:0")


def test_plain_http_beyond_loopback_does_not_start_even_with_keys(launcher, short_tmp):
    with pytest.raises(stacks.StackError, match="EKSGATE_LISTEN"):
        launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"}, host="0.0.0.0")


def test_what_nginx_brings_in_clear_from_another_address_is_refused(launcher, short_tmp):
    """Somebody adds a listener to nginx by hand and runs no check: the handlers still see where a request came in."""
    address = own_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    options = {"env": {"EKSGATE_AUTH": "keys"}, "processes": 1, "hosts": f"localhost,127.0.0.1,{address}"}
    own = Keyed(launcher.start(short_tmp, **options))
    stack, key = own.gateway.stack, own.create("admin")
    port = stacks.free_port(address)
    text = stack.nginx_conf.read_text()
    line = f"listen {stack.host}:{stack.port};"
    assert text.count(line) == 1
    stack.nginx_conf.write_text(text.replace(line, f"{line} listen {address}:{port};"))
    checked = subprocess.run(
        [BINARY, "check", "--nginx", stack.nginx_conf], env=stack.serve_env(), capture_output=True, text=True
    )
    assert checked.returncode == 1 and "ssl" in checked.stderr
    stack.nginx.popen.send_signal(1)
    client = Client(address, port)
    reply = None
    for _ in range(100):
        try:
            reply = client.get("/api/clusters", headers={"Authorization": f"Bearer {key}"})
            break
        except OSError:
            time.sleep(0.05)
    assert_status(reply, 403, "Forbidden", message="over TLS only")
    assert own.ask(key, "GET", "/api/clusters").status == 200
    launcher.stop(own.gateway)


# kubeconfig and kubectl


@pytest.fixture
def kubectl(sandbox, tmp_path):
    """kubectl with a kubeconfig given as text, and nothing of anybody's own."""

    def kubectl(config, *arguments, env=None):
        path = tmp_path / "kubeconfig"
        path.write_text(config)
        path.chmod(0o600)
        home = tmp_path / "home"
        home.mkdir(exist_ok=True)
        return subprocess.run(
            [sandbox.state["kubectl"], f"--kubeconfig={path}", f"--cache-dir={tmp_path}/cache", *arguments],
            env={"PATH": os.environ["PATH"], "HOME": str(home)} | (env or {}),
            capture_output=True,
            text=True,
            timeout=60,
        )

    return kubectl


def kubeconfig(https, key, cluster, auth=None):
    query = f"?auth={auth}" if auth else ""
    path = f"/api/clusters/{cluster}/kubeconfig{query}"
    status, text = https.ask("GET", path, {"Authorization": f"Bearer {key}"})
    assert status == 200, text
    return text


def test_kubectl_works_through_the_gateway_with_a_key_from_the_environment(
    kubectl, https, secured, secured_demo, secured_admin
):
    config = kubeconfig(https, secured_admin, secured_demo)
    assert f"https://{https.host}:{https.port}/raw/clusters/{secured_demo}" in config
    assert secured_admin not in config and "eksgate_" not in config
    editor = secured.create("editor", "--connection", secured_demo)
    done = kubectl(config, "get", "namespaces", "-o", "name", env={"EKSGATE_KEY": editor})
    assert done.returncode == 0, done.stderr
    assert "namespace/kube-system" in done.stdout
    made = kubectl(config, "create", "configmap", f"tls-{os.getpid()}", env={"EKSGATE_KEY": editor})
    assert made.returncode == 0, made.stderr
    gone = kubectl(config, "delete", "configmap", f"tls-{os.getpid()}", env={"EKSGATE_KEY": editor})
    assert gone.returncode == 0, gone.stderr


def test_kubectl_reads_the_key_from_its_file(kubectl, https, secured, secured_demo, secured_admin, tmp_path):
    config = kubeconfig(https, secured_admin, secured_demo, "exec")
    viewer = secured.create("viewer")
    file = tmp_path / "home" / ".config" / "eksgate" / "key"
    file.parent.mkdir(parents=True)
    file.write_text(viewer + "\n")
    done = kubectl(config, "get", "pods", "-A")
    assert done.returncode == 0, done.stderr
    other = tmp_path / "other"
    other.write_text(viewer)
    file.unlink()
    assert kubectl(config, "get", "pods", "-A", env={"EKSGATE_KEY_FILE": str(other)}).returncode == 0
    none = kubectl(config, "get", "pods", "-A")
    assert none.returncode != 0 and "eksgate: put an API key into EKSGATE_KEY or" in none.stderr


def test_what_kubectl_says_when_it_may_not(kubectl, https, secured, secured_demo, secured_admin):
    config = kubeconfig(https, secured_admin, secured_demo)
    viewer = secured.create("viewer", "--name", "looker")
    bound = secured.create("admin", "--connection", "elsewhere")
    no_key = kubectl(config, "get", "pods", env={"EKSGATE_KEY": "wrong"})
    assert no_key.returncode == 1
    assert "You must be logged in to the server" in no_key.stderr
    needs = 'eksgate: this needs the role editor, and the API key "looker" has viewer'
    for command in (["delete", "pod", "x"], ["get", "secrets", "-A"]):
        denied = kubectl(config, *command, env={"EKSGATE_KEY": viewer})
        assert denied.returncode == 1
        assert denied.stderr.strip() == f"Error from server (Forbidden): {needs}"
    into = kubectl(config, "exec", "-n", "web", "deploy/storefront", "--", "id", env={"EKSGATE_KEY": viewer})
    assert into.returncode == 1 and needs in into.stderr
    foreign = kubectl(config, "get", "pods", env={"EKSGATE_KEY": bound})
    assert foreign.returncode == 1 and "is not for this connection" in foreign.stderr
    mine = kubectl(config, "auth", "can-i", "list", "pods", env={"EKSGATE_KEY": viewer})
    assert mine.stdout.strip() == "yes", mine.stderr


def test_the_callers_own_key_is_written_when_he_asks(kubectl, https, secured, secured_demo):
    key = secured.create("viewer")
    config = kubeconfig(https, key, secured_demo, "token")
    assert config.count(key) == 1
    done = kubectl(config, "get", "nodes")
    assert done.returncode == 0, done.stderr


def test_a_viewer_may_have_a_kubeconfig_and_a_stranger_not(https, secured, secured_demo):
    path = f"/api/clusters/{secured_demo}/kubeconfig"
    assert https.ask("GET", path)[0] == 401
    bound = secured.create("admin", "--connection", "elsewhere")
    assert https.ask("GET", path, {"Authorization": f"Bearer {bound}"})[0] == 403
    viewer = secured.create("viewer")
    auth = {"Authorization": f"Bearer {viewer}"}
    assert https.ask("GET", "/api/clusters/nowhere/kubeconfig", auth)[0] == 404
    assert https.ask("GET", f"{path}?auth=aws", auth)[0] == 400


def test_a_kubeconfig_holds_nothing_of_aws(https, secured, sandbox, secured_demo, secured_admin):
    for auth in "exec", "token", "none":
        config = kubeconfig(https, secured_admin, secured_demo, auth)
        for secret in (value for name, value in sandbox.env.items() if name.startswith("AWS_") and len(value) > 12):
            assert secret not in config
        assert "k8s-aws" not in config and "aws" not in config.lower().replace(secured_demo, "")


def test_asked_over_plain_http_the_server_is_the_tls_listener(secured, https, secured_demo, secured_admin):
    reply = secured.ask(secured_admin, "GET", f"/api/clusters/{secured_demo}/kubeconfig")
    assert reply.status == 200
    assert reply.header("Content-Type").split(";")[0] == "application/yaml"
    assert reply.header("Cache-Control") == "no-store" and "attachment" in reply.header("Content-Disposition")
    assert f'server: "https://127.0.0.1:{https.port}/raw/clusters/{secured_demo}"' in reply.text
    named = secured.ask(
        secured_admin, "GET", f"/api/clusters/{secured_demo}/kubeconfig", headers={"Host": "localhost:1"}
    )
    assert f"https://localhost:{https.port}/" in named.text
    data = re.search(r'certificate-authority-data: "([^"]+)"', reply.text)[1]
    assert base64.b64decode(data) == Path(secured.gateway.stack.tls_ca).read_bytes()
    for host in "evil.example", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:99999":
        refused = secured.ask(
            secured_admin, "GET", f"/api/clusters/{secured_demo}/kubeconfig", headers={"Host": host}
        )
        assert refused.status in (400, 421), (host, refused.text)


def test_without_authentication_and_tls_kubectl_works_over_plain_http(kubectl, gateway, demo):
    reply = gateway.get(f"/api/clusters/{demo}/kubeconfig")
    assert reply.status == 200
    assert f'server: "http://127.0.0.1:{gateway.port}/raw/clusters/{demo}"' in reply.text and "exec" not in reply.text
    done = kubectl(reply.text, "get", "namespaces", "-o", "name")
    assert done.returncode == 0 and "namespace/kube-system" in done.stdout, done.stderr
    assert gateway.get(f"/api/clusters/{demo}/kubeconfig?auth=token").status == 400


def test_with_keys_and_no_tls_there_is_no_kubeconfig_that_would_work(launcher, short_tmp, stubs):
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | {"EKSGATE_AUTH": "keys"}, processes=1))
    key = own.create("admin")
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    made = own.ask(key, "POST", "/api/clusters/connect", json_body=body)
    reply = own.ask(key, "GET", f"/api/clusters/{made.json['connection_id']}/kubeconfig")
    assert_status(reply, 409, "Conflict", message="TLS=1")
    launcher.stop(own.gateway)


# make run TLS=1


def test_make_run_with_tls_prints_the_https_address_and_answers_there(short_tmp):
    env = base_environment(short_tmp) | {
        "RUN_DIR": str(short_tmp / "run"),
        "PORT": "0",
        "TLS": "1",
        "TLS_PORT": "0",
        "SANDBOX": "0",
        "EKSGATE_BINARY": str(BINARY),
        "EKSGATE_AUTH": "keys",
    }
    run = subprocess.Popen(
        [sys.executable, str(ROOT / "dev" / "run.py")],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        line = run.stdout.readline()
        found = re.fullmatch(r"eksgate ready: https://127\.0\.0\.1:(\d+)\n", line)
        assert found, line + run.stderr.read()
        told = run.stderr.readline() + run.stderr.readline()
        command = re.search(r"EKSGATE_REDIS=(\S+) (\S+) key create --role admin", told)
        made = subprocess.run(
            [command[2], "key", "create", "--role", "admin"],
            env=env | {"EKSGATE_REDIS": command[1]},
            capture_output=True,
            text=True,
        )
        assert made.returncode == 0, made.stderr
        context = ssl.create_default_context(cafile=short_tmp / "run" / "tls" / "ca.pem")
        request = urllib.request.Request(
            f"https://127.0.0.1:{found[1]}/api/whoami", headers={"Authorization": f"Bearer {made.stdout.strip()}"}
        )
        with urllib.request.urlopen(request, context=context) as reply:
            assert json.loads(reply.read())["id"] == id_of(made.stdout)
    finally:
        run.terminate()
        out, _ = run.communicate(timeout=20)
    assert out.count("eksgate ready") == 0  # once, and it was read above
