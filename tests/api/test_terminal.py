"""Web terminals: tickets, and the shells that they open, in the simulated pods of the sandbox (a busybox runs in them)."""

import base64
import contextlib
import hashlib
import json
import os
import re
import socket
import threading
import uuid

import pytest

from client import assert_status, wait_until
from conftest import ROOT
from sockets import BINARY, PING, TEXT, Closed, Terminal, frame
from test_agent import Herd
from test_auth import CLEAR, Browser
from test_keys import Keyed, id_of
from stubs.kube import json_answer
from test_tunnel import front, tunnel_socket

JSON = {"Content-Type": "application/json"}
RELEASE = ROOT / "build/eksgate"
IMAGE = "registry.example/kubectl@sha256:" + 64 * "a"
KUBECTL_NAMESPACE = "eksgate-terminal"


def make(direct, path, body):
    reply = direct.request("POST", path, json.dumps(body), JSON)
    assert reply.status in (201, 409), reply.text


def allow(direct, namespace, name, user, rules):
    rbac = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}"
    make(direct, f"{rbac}/roles", {"metadata": {"name": name}, "rules": rules})
    subject = {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "Role", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    make(direct, f"{rbac}/rolebindings", {"metadata": {"name": name}, "subjects": [subject], "roleRef": role})


def pod(name, **spec):
    container = {"name": "main", "image": "registry.example/app:1"}
    side = {"name": "side", "image": "registry.example/app:1"}
    return {"metadata": {"name": name}, "spec": {"containers": [container, side], "terminationGracePeriodSeconds": 0} | spec}


class World:
    """A gateway that asks for keys, connected as somebody who may open shells in one namespace only."""

    def __init__(self, keyed, direct, cluster, namespace):
        self.keyed, self.direct, self.cluster, self.namespace = keyed, direct, cluster, namespace
        self.gateway = keyed.gateway
        self.editor = keyed.create("editor")
        self.origin = f"http://{self.gateway.stack.host}:{self.gateway.stack.port}"
        self.pods = f"/api/v1/namespaces/{namespace}/pods"

    def path(self, name="box", termtype="pod", container=None, namespace=None):
        inner = f"/containers/{container}" if container else ""
        return (
            f"/api/terminal/clusters/{self.cluster}/namespaces/{namespace or self.namespace}/pods/{name}{inner}"
            f"/termtype/{termtype}"
        )

    def cluster_path(self, termtype="cluster"):
        return f"/api/terminal/clusters/{self.cluster}/termtype/{termtype}"

    def ask(self, path, key=None, method="GET", **options):
        return self.keyed.ask(key or self.editor, method, path, **options)

    def ticket(self, path=None, key=None):
        reply = self.ask(path or self.path(), key)
        assert reply.status == 200, reply.text
        return reply.json["Token"]

    def socket(self, protocol="eksgate.v1", address=None, **options):
        return Terminal(address or front(self.gateway), self.origin, protocol, **options)

    def shell(self, protocol="eksgate.v1", path=None, key=None, **members):
        terminal = self.socket(protocol)
        assert terminal.reply.status == 101
        terminal.admit(self.ticket(path, key), **members)
        return terminal

    def lines(self, request_id, log=None):
        """What the tunnel tells of a terminal: that it began, and that it ended."""
        lines = (log or self.gateway.stack.run.path / "log" / "tunnel.log").read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if request_id in line and line.startswith("{")]
        return [line for line in found if line["message"].startswith("terminal ")]


@pytest.fixture(scope="module")
def world(launcher, session_directory, sandbox, direct):
    directory = session_directory / "terminal"
    directory.mkdir()
    environment = sandbox.env | {
        "EKSGATE_AUTH": "keys",
        "EKSGATE_TERMINAL_IMAGE": IMAGE,
        "EKSGATE_TERMINAL_REVIEW_SECONDS": "1",
        "EKSGATE_TERMINAL_SWEEP_SECONDS": "1",
        "EKSGATE_USAGE_STEP_SECONDS": "0",
    }
    gateway = launcher.start(directory, env=environment)
    keyed = Keyed(gateway)
    namespace = f"terminal-{uuid.uuid4().hex[:8]}"
    auth = {"type": "credentials"} | sandbox.state["users"]["viewer"]
    admin = keyed.create("admin")
    reply = keyed.ask(
        admin, "POST", "/api/clusters/connect", json_body={"cluster_name": "demo", "region": "us-east-1", "auth": auth}
    )
    assert reply.status == 201, reply.text
    cluster = reply.json["connection_id"]
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    who = keyed.ask(
        admin, "POST", f"/raw/clusters/{cluster}/apis/authentication.k8s.io/v1/selfsubjectreviews", json_body=review
    )
    user = who.json["status"]["userInfo"]["username"]
    shells = {"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create", "get"]}
    for each, rules in (
        (namespace, [shells]),
        (
            KUBECTL_NAMESPACE,
            [shells, {"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "create", "delete"]}],
        ),
    ):
        make(direct, "/api/v1/namespaces", {"metadata": {"name": each}})
        wait_until(lambda each=each: direct.request("GET", f"/api/v1/namespaces/{each}/serviceaccounts/default").status == 200)
        allow(direct, each, "shells", user, rules)
    make(direct, f"/api/v1/namespaces/{KUBECTL_NAMESPACE}/serviceaccounts", {"metadata": {"name": "eksgate-editor"}})
    world = World(keyed, direct, cluster, namespace)
    world.user, world.shells = user, [shells]
    make(direct, world.pods, pod("box"))
    runs = lambda: direct.get(f"{world.pods}/box")["status"].get("phase") == "Running"
    wait_until(runs)
    # The API server learns of a new role a moment after it was made.
    wait_until(lambda: world.ask(world.path()).status == 200)
    wait_until(lambda: world.ask(world.cluster_path()).status == 200)
    yield world
    for each in (namespace, KUBECTL_NAMESPACE):
        direct.request("DELETE", f"/api/v1/namespaces/{each}")


def listens(path):
    """Its name is there a moment before it takes connections."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


@contextlib.contextmanager
def replica(world, name, argv=None, **environment):
    """Another replica's tunnel: the same Redis, nothing else in common. Its socket and its process."""
    stack = world.gateway.stack
    sockets = stack.run.sockets / name
    sockets.mkdir()
    environment = stack.serve_env() | {"EKSGATE_SOCKET_DIR": str(sockets)} | environment
    child = stack.run.start(f"{name}-tunnel", argv or stack.tunnel_argv, env=environment)
    wait_until(lambda: listens(sockets / "tunnel.sock"))
    yield str(sockets / "tunnel.sock"), child
    child.stop()
    assert child.popen.returncode == 0, child.last_lines(40)


@pytest.fixture(scope="module")
def second(world):
    """One with narrow limits."""
    limits = {"EKSGATE_TERMINALS_PER_CALLER": "1", "EKSGATE_TERMINAL_IDLE_SECONDS": "2"}
    with replica(world, "second", **limits) as (address, _):
        yield address


# Tickets


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_ticket_is_32_random_bytes_for_30_seconds(world, method):
    reply = world.ask(world.path(), method=method)
    assert reply.status == 200 and reply.header("Cache-Control") == "no-store"
    assert reply.header("Content-Type") == "application/json"
    answer = reply.json
    assert answer == {"Success": True, "Token": answer["token"], "token": answer["token"], "expiresIn": 30}
    assert len(base64.urlsafe_b64decode(answer["token"] + "=")) == 32


def test_redis_has_a_tickets_hash_its_target_and_no_secret(world):
    token = world.ticket(world.path(container="side", termtype="container"))
    with socket.socket(socket.AF_UNIX) as redis:
        redis.connect(str(world.gateway.stack.redis_socket))
        name = "eksgate:term:" + hashlib.sha256(token.encode()).hexdigest()
        redis.sendall(f"GET {name}\r\nTTL {name}\r\n".encode())
        answer = b""
        while answer.count(b"\r\n") < 3:
            answer += redis.recv(65536)
    length, record, seconds = answer.decode().strip().split("\r\n")
    assert 0 < int(seconds[1:]) <= 30
    assert json.loads(record) == {
        "caller": id_of(world.editor),
        "session": "",
        "cluster": world.cluster,
        "termtype": "container",
        "namespace": world.namespace,
        "pod": "box",
        "container": "side",
        "host": world.origin.partition("://")[2],
    }


REFUSED = [
    ("no such type", lambda w: w.path(termtype="root"), 400, "BadRequest"),
    ("a type of another path", lambda w: w.path(termtype="container"), 400, "BadRequest"),
    ("a type of another path", lambda w: w.path(termtype="cluster"), 400, "BadRequest"),
    ("a type of another path", lambda w: w.path(container="main", termtype="pod"), 400, "BadRequest"),
    ("a type of another path", lambda w: w.cluster_path("pod"), 400, "BadRequest"),
    ("flags as a name", lambda w: w.path(name="box%20--v%3D9"), 400, "BadRequest"),
    ("a path as a name", lambda w: w.path(name="box%2Fexec"), 400, "BadRequest"),
    ("no such pod", lambda w: w.path(name="nobody"), 404, "NotFound"),
    ("no such container", lambda w: w.path(container="nobody", termtype="container"), 404, "NotFound"),
    ("a namespace in which the cluster lets us open none", lambda w: w.path("prometheus-0", namespace="monitoring"), 403, "Forbidden"),
    ("no such cluster", lambda w: "/api/terminal/clusters/us-east-1_none/termtype/cluster", 404, "NotFound"),
]


@pytest.mark.parametrize("why, path, status, reason", REFUSED, ids=[row[0] for row in REFUSED])
def test_no_ticket_for(world, why, path, status, reason):
    assert_status(world.ask(path(world)), status, reason)


def test_no_ticket_without_a_key_for_a_viewer_or_a_page_of_another_site(world):
    assert_status(world.gateway.get(world.path()), 401, "Unauthorized")
    assert_status(world.ask(world.path(), world.keyed.create("viewer")), 403, "Forbidden")
    elsewhere = world.keyed.create("editor", "--connection", "us-east-1_other")
    assert_status(world.ask(world.path(), elsewhere), 403, "Forbidden")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}):
        for method in "GET", "POST":
            assert_status(world.ask(world.path(), method=method, headers=headers), 403, "Forbidden")


# Getting in


def test_of_two_racing_sockets_one_gets_the_shell(world):
    for _ in range(5):
        token = world.ticket()
        terminals = [world.socket(), world.socket()]
        barrier = threading.Barrier(2)

        def admit(terminal):
            barrier.wait()
            terminal.admit(token)

        threads = [threading.Thread(target=admit, args=(terminal,)) for terminal in terminals]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcomes = []
        for terminal in terminals:
            try:
                assert terminal.step() == "3"
                outcomes.append("in")
            except Closed as closed:
                outcomes.append(closed.code)
            terminal.close()
        assert sorted(outcomes, key=str) == [4401, "in"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": None},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_page_of_another_site_opens_no_socket(world, headers):
    with world.socket(headers=headers) as terminal:
        assert terminal.reply.status == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Version": None},
        {"Sec-WebSocket-Key": None},
        {"Sec-WebSocket-Key": "short"},
        {"Upgrade": "SPDY/3.1"},
        {"Sec-WebSocket-Protocol": "v5.channel.k8s.io"},
    ],
)
def test_what_is_no_terminals_handshake_is_refused(world, headers):
    with world.socket(headers=headers) as terminal:
        assert terminal.reply.status == 400


def test_without_an_upgrade_it_is_a_bad_request(world):
    assert_status(world.gateway.get("/api/terminal/ws"), 400, "BadRequest")


@pytest.mark.parametrize("offered", ["webtty", "eksgate.v1", "nothing, eksgate.v1, webtty", None])
def test_the_first_protocol_that_both_know_is_spoken(world, offered):
    with world.socket(offered) as terminal:
        assert terminal.reply.status == 101
        spoken = terminal.reply.header("Sec-WebSocket-Protocol")
        assert spoken == (offered if offered in (None, "webtty") else "eksgate.v1")


def test_a_socket_that_gives_no_ticket_is_closed(world):
    with world.socket() as terminal:
        closed = terminal.end()
    assert closed.code == 4408


@pytest.mark.parametrize(
    "first",
    [
        b"hello",
        b"{}",
        b'{"AuthToken":""}',
        json.dumps({"AuthToken": 43 * "A"}).encode(),
        json.dumps({"AuthToken": 43 * "A", "Arguments": ""}).encode() + b"x",
    ],
)
def test_what_is_no_ticket_lets_nobody_in(world, first):
    with world.socket() as terminal:
        terminal.raw(frame(TEXT, first))
        assert terminal.end().code == 4401


def test_a_used_ticket_is_worth_nothing(world):
    token = world.ticket()
    for wanted in "3", 4401:
        with world.socket() as terminal:
            terminal.admit(token)
            try:
                assert terminal.step() == wanted
            except Closed as closed:
                assert closed.code == wanted


def test_a_ticket_is_for_the_site_that_asked_for_it(world):
    token = world.ticket()
    address = front(world.gateway)
    with Terminal(address, f"http://localhost:{address[1]}") as terminal:
        terminal.admit(token)
        assert terminal.end().code == 4403


def test_a_revoked_keys_ticket_is_worth_nothing(world):
    key = world.keyed.create("editor")
    token = world.ticket(key=key)
    assert world.keyed.command("revoke", id_of(key)).returncode == 0
    with world.socket() as terminal:
        terminal.admit(token)
        assert terminal.end().code == 4401


def test_messages_that_are_none(world):
    for data in (
        frame(TEXT, b"9"),
        frame(3, b""),
        frame(PING, 126 * b"x"),
        frame(TEXT, b"1ls\n", masked=False),
        b"\xf1\x80" + os.urandom(4),
        frame(BINARY, b"1a", final=False) + frame(BINARY, b"1b"),
        frame(BINARY, b"4999999"),
    ):
        with world.shell() as terminal:
            assert terminal.step() == "3"
            terminal.raw(data)
            assert terminal.end().code == 1002, data


# Shells


@pytest.mark.parametrize("protocol", ["webtty", "eksgate.v1"])
def test_a_shell_answers_in_its_size_and_in_korean(world, protocol):
    # kwok sets a size a moment after it was told, beside the shell that has begun.
    sized = 'while [ "$(stty size)" != "{0}" ]; do sleep 0.1; done; echo =$(stty size)=\n'
    with world.shell(protocol, Columns=91, Rows=31) as terminal:
        terminal.type(sized.format("31 91"))
        terminal.until("\n=31 91=")
        assert terminal.title == f"{world.namespace}/box/main"
        terminal.resize(140, 50)
        terminal.say("2")
        while terminal.step() != "2":
            pass
        terminal.type(sized.format("50 140"))
        terminal.until("\n=50 140=")
        terminal.type("echo '=한국어 터미널 ✓='\n")
        terminal.until("\n=한국어 터미널 ✓=")
        terminal.raw(frame(PING, b"still there"))
        while not terminal.pongs:
            terminal.step()
        assert terminal.pongs == [b"still there"]
        terminal.type("exit 0\n")
        closed = terminal.end()
    assert (closed.code, closed.reason) == (1000, "the shell has ended")
    begins, ends = wait_until(lambda: len(found := world.lines(terminal.request_id)) == 2 and found)
    assert (begins["message"], ends["message"]) == ("terminal begins", "terminal ends")
    for line in begins, ends:
        assert line["caller_id"] == id_of(world.editor) and line["cluster"] == world.cluster
        assert line["path"] == f"{world.pods}/box/exec" and line["upgrade"] == protocol
    assert ends["error"] == "1000 the shell has ended"


def test_no_message_of_webtty_ends_inside_a_character(world):
    with world.shell("webtty") as terminal:
        terminal.type("yes 가나다라마바사 | head -n 20000; echo 끝=$((6 * 7))=\n")
        while "끝=42=".encode() not in terminal.output:
            before = len(terminal.output)
            if terminal.step() == "1":
                terminal.output[before:].decode()
    assert terminal.output.count("가나다라마바사\r\n".encode()) == 20000


@pytest.mark.parametrize("piece", [1 << 20, 65536, 1000])
def test_a_mebibyte_that_is_pasted_arrives_byte_for_byte(world, piece):
    """In one frame, or in frames of one message."""
    data = os.urandom(1 << 20)
    with world.shell() as terminal:
        terminal.type("stty raw -echo; echo ready=$((6 * 7)); head -c 1048576 | sha256sum\n")
        terminal.until("ready=42")
        message = b"1" + data
        parts = [message[at : at + piece] for at in range(0, len(message), piece)]
        wire = b"".join(
            frame(BINARY if n == 0 else 0, part, final=n == len(parts) - 1) for n, part in enumerate(parts)
        )
        terminal.raw(wire)
        terminal.until(hashlib.sha256(data).hexdigest())


FLOOD = "while [ ! -e /tmp/{0} ]; do echo 0123456789012345678901234567890123456789; done; rm /tmp/{0}; echo =$((6 * 7))=\n"


def stop(world, name):
    """Ends a flood from another terminal: the simulated pods share their files."""
    with world.shell() as other:
        other.type(f": >/tmp/{name}; echo =$((6 * 7))=\n")
        other.until("=42=")


def test_who_does_not_show_what_he_gets_gets_no_more(world):
    """`while true; echo` for somebody whose screen stands still, and then goes on."""
    window, name = 65536, uuid.uuid4().hex
    with world.shell(Window=window) as terminal:
        terminal.type(FLOOD.format(name))
        while terminal.came < window:
            terminal.step()
        terminal.say("2")
        while terminal.step() != "2":
            pass
        # It stops when as much is on its way; what was being read then still comes.
        assert terminal.came < window + (1 << 15)
        for _ in range(10):
            shown = terminal.came
            terminal.say("4", str(shown).encode())
            while terminal.came < shown + window // 2:
                terminal.step()
        stop(world, name)
        while b"=42=" not in terminal.output:
            terminal.output = terminal.output[-4:]
            if terminal.came > shown + window // 4:
                shown = terminal.came
                terminal.say("4", str(shown).encode())
            terminal.step()


def test_who_does_not_read_stops_what_writes_and_nobody_else(world):
    """Through the released binary: sanitizers keep memory of their own."""
    name = uuid.uuid4().hex
    headers = {"X-Eksgate-Peer": "127.0.0.1", "X-Eksgate-Server": "127.0.0.1", "X-Request-Id": uuid.uuid4().hex}
    with replica(world, "released", [str(RELEASE), "tunnel"]) as (address, child):
        status = f"/proc/{child.pid}/status"
        memory = lambda: int(re.search(r"VmRSS:\s+(\d+)", open(status).read())[1])
        with world.socket(address=address, headers=headers) as terminal:
            terminal.admit(world.ticket())
            terminal.type(FLOOD.format(name))
            terminal.until("0123456789\r\n0123456789")
            before = memory()
            stop(world, name)
            assert memory() < before + 2 * 1024
            terminal.until("=42=")


# Ends


def test_a_revoked_key_ends_the_session(world):
    key = world.keyed.create("editor")
    with world.shell(key=key) as terminal, world.shell() as kept:
        for each in terminal, kept:
            each.type("echo =$((6 * 7))=\n")
            each.until("=42=")
        assert world.keyed.command("revoke", id_of(key)).returncode == 0
        closed = terminal.end()
        assert closed.code == 4401 and "revoked" in closed.reason
        kept.type("echo =$((7 * 7))=\n")
        kept.until("=49=")


def test_who_loses_the_clusters_permission_loses_the_shell(world):
    namespace = world.namespace
    binding = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings/shells"
    with world.shell() as terminal:
        terminal.type("echo =$((6 * 7))=\n")
        terminal.until("=42=")
        assert world.direct.request("DELETE", binding).status == 200
        closed = terminal.end()
    allow(world.direct, namespace, "shells", world.user, world.shells)
    assert closed.code == 4403 and "pods/exec" in closed.reason
    wait_until(lambda: world.ask(world.path()).status == 200)


def test_a_client_that_closes_is_answered_and_a_deleted_pod_ends_it(world):
    make(world.direct, world.pods, pod("gone"))
    wait_until(lambda: world.direct.get(f"{world.pods}/gone")["status"].get("phase") == "Running")
    with world.shell(path=world.path("gone")) as terminal:
        terminal.type("echo =$((6 * 7))=\n")
        terminal.until("=42=")
        terminal.raw(frame(8, b"\x03\xe8bye"))
        assert terminal.end().code == 1000
    world.direct.request("DELETE", f"{world.pods}/gone")
    wait_until(lambda: world.direct.request("GET", f"{world.pods}/gone").status == 404)
    assert_status(world.ask(world.path("gone")), 404, "NotFound")


def test_neither_tickets_nor_what_was_typed_and_shown_are_in_a_log(world):
    typed = uuid.uuid4().hex
    token = world.ticket()
    with world.socket() as terminal:
        terminal.admit(token)
        terminal.type(f"echo {typed} =$((6 * 7))=\n")
        terminal.until("=42=")
        terminal.type("exit 0\n")
        assert terminal.end().code == 1000
    wait_until(lambda: len(world.lines(terminal.request_id)) == 2)
    for log in (world.gateway.stack.run.path / "log").iterdir():
        text = log.read_text(errors="replace")
        assert token not in text and typed not in text, log


# Several replicas


def test_a_ticket_of_one_replica_opens_a_shell_at_another_which_has_limits_of_its_own(world, second):
    headers = headers_of_nginx()
    with world.socket(address=second, headers=headers) as terminal, world.socket(address=second, headers=headers) as one_more:
        terminal.admit(world.ticket())
        terminal.type("echo =$((6 * 7))=\n")
        terminal.until("=42=")
        one_more.admit(world.ticket())
        closed = one_more.end()
        assert closed.code == 4429 and "by this caller" in closed.reason
        assert terminal.end().code == 4408  # nobody types any more


def headers_of_nginx(request_id="unknown"):
    return {"X-Eksgate-Peer": "127.0.0.1", "X-Eksgate-Server": "127.0.0.1", "X-Request-Id": request_id}


def test_a_terminal_has_an_end_however_much_is_typed(world):
    with replica(world, "brief", EKSGATE_TERMINAL_LIFE_SECONDS="3") as (address, _):
        with world.socket(address=address, headers=headers_of_nginx()) as terminal:
            terminal.admit(world.ticket())
            try:
                while True:
                    terminal.type("echo =$((6 * 7))=\n")
                    terminal.step()
            except (Closed, BrokenPipeError, ConnectionResetError) as thrown:
                # Typed behind the end: what was said before it is still to be read.
                closed = thrown if isinstance(thrown, Closed) else terminal.end()
    assert (closed.code, closed.reason) == (4408, "a terminal is closed after 3 seconds")


def test_clients_are_pinged_and_who_never_answers_is_let_go(world):
    request_id = uuid.uuid4().hex
    with replica(world, "pinging", EKSGATE_TERMINAL_PING_SECONDS="1") as (address, _):
        with world.socket(address=address, headers=headers_of_nginx(request_id)) as terminal:
            terminal.admit(world.ticket())
            pinged = 0
            while pinged < 2:
                pinged += terminal.step() == PING
            with pytest.raises(Closed):  # from now on it answers nothing
                while True:
                    terminal.frame()
        log = world.gateway.stack.run.path / "log" / "pinging-tunnel.log"
        begins, ends = wait_until(lambda: len(found := world.lines(request_id, log)) == 2 and found)
        assert (begins["message"], ends["message"]) == ("terminal begins", "terminal ends")


# On a cluster


def test_a_pod_that_never_is_ready_is_given_up_and_deleted(launcher, stubs, short_tmp):
    kube, pods = stubs.kube, f"/api/v1/namespaces/{KUBECTL_NAMESPACE}/pods"
    waits = {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]}
    made = {"metadata": {"name": "shell-x", "namespace": KUBECTL_NAMESPACE}, "status": waits}
    kube.on("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", json_answer({"status": {"allowed": True}}, 201))
    kube.on(pods, json_answer(made, 201))
    kube.on(f"{pods}/shell-x", json_answer(made))
    environment = {"EKSGATE_AUTH": "keys", "EKSGATE_TERMINAL_IMAGE": IMAGE, "EKSGATE_TERMINAL_POD_SECONDS": "1"}
    keyed = Keyed(launcher.start(short_tmp, env=stubs.environment() | environment, processes=1))
    admin = keyed.create("admin")
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    cluster = keyed.ask(admin, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    token = keyed.ask(admin, "POST", f"/api/terminal/clusters/{cluster}/termtype/cluster").json["token"]
    origin = f"http://{keyed.gateway.host}:{keyed.gateway.port}"
    with Terminal(front(keyed.gateway), origin) as terminal:
        terminal.admit(token)
        terminal.until("the pod is not ready yet: Unschedulable")
        closed = terminal.end()
    assert (closed.code, closed.reason) == (1011, "the pod was not ready within 1 seconds: Unschedulable")
    wait_until(lambda: [seen for seen in kube.seen(f"{pods}/shell-x") if seen.method == "DELETE"])
    launcher.stop(keyed.gateway)


def test_a_shell_on_the_cluster_is_a_pod_that_may_nothing_and_goes_with_it(world):
    pods = f"/api/v1/namespaces/{KUBECTL_NAMESPACE}/pods"
    with world.shell(path=world.cluster_path()) as terminal:
        terminal.type("echo =$((6 * 7))=\n")
        terminal.until("=42=")
        assert terminal.title == world.cluster
        made = [item for item in world.direct.get(pods)["items"] if not item["metadata"].get("deletionTimestamp")]
        assert len(made) == 1
        spec, container = made[0]["spec"], made[0]["spec"]["containers"][0]
        assert made[0]["metadata"]["labels"]["eksgate/terminal"] == "cluster"
        assert (container["image"], spec["serviceAccountName"]) == (IMAGE, "eksgate-editor")
        assert spec["activeDeadlineSeconds"] == 28800 and spec["restartPolicy"] == "Never"
        assert spec["securityContext"]["runAsNonRoot"] is True and spec["securityContext"]["runAsUser"] > 0
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not any(spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    wait_until(lambda: not world.direct.get(pods)["items"])


def left(world, name, phase=None, **labels):
    """A pod as a killed tunnel leaves it, or nearly so."""
    pods = f"/api/v1/namespaces/{KUBECTL_NAMESPACE}/pods"
    one = pod(name, restartPolicy="Never", activeDeadlineSeconds=600)
    one["metadata"]["labels"] = {"eksgate/terminal": "cluster", "app.kubernetes.io/managed-by": "eksgate"} | labels
    make(world.direct, pods, one)
    # Before that, its simulated kubelet may write over what is written here.
    wait_until(lambda: world.direct.get(f"{pods}/{name}")["status"].get("phase") == "Running")
    if phase:
        status = json.dumps({"status": {"phase": phase}})
        merge = {"Content-Type": "application/merge-patch+json"}
        wait_until(lambda: world.direct.request("PATCH", f"{pods}/{name}/status", status, merge).status == 200)
    return f"{pods}/{name}"


def test_pods_that_were_left_behind_are_swept_by_the_agent_and_no_others(world):
    gone = [left(world, "failed", "Failed"), left(world, "done", "Succeeded")]
    kept = [
        left(world, "in-use"),
        left(world, "another", "Failed", **{"app.kubernetes.io/managed-by": "another"}),
        left(world, "no-shell", "Failed", **{"eksgate/terminal": "no"}),
    ]
    herd = Herd(world.gateway)
    herd.start()
    for path in gone:
        wait_until(lambda path=path: world.direct.request("GET", path).status == 404)
    # A round that began behind theirs has looked at the others, too.
    gone = left(world, "later", "Failed")
    wait_until(lambda: world.direct.request("GET", gone).status == 404)
    for path in kept:
        reply = world.direct.request("GET", path)
        assert reply.status == 200 and not reply.json["metadata"].get("deletionTimestamp")
        world.direct.request("DELETE", f"{path}?gracePeriodSeconds=0")
    herd.end_all()


# Of a browser that has signed in


def test_a_terminals_ticket_is_for_the_session_that_asked(world):
    browser, other = Browser(world.keyed), Browser(world.keyed)
    for each in browser, other:
        assert each.sign_in(world.editor).status == 200

    def ticket():
        reply = browser.ask("GET", world.path())
        assert reply.status == 200, reply.text
        return reply.json["token"]

    for cookie, code in ((None, 4403), (f"{CLEAR}={other.cookie}", 4403), (f"{CLEAR}={browser.cookie}", None)):
        with world.socket(headers={"Cookie": cookie}) as terminal:
            terminal.admit(ticket())
            if code:
                assert terminal.end().code == code
            else:
                assert terminal.step() == "3"


def test_a_terminal_ends_with_the_session(world):
    browser = Browser(world.keyed)
    assert browser.sign_in(world.editor).status == 200
    with world.socket(headers={"Cookie": f"{CLEAR}={browser.cookie}"}) as terminal:
        terminal.admit(browser.ask("POST", world.path()).json["token"])
        assert terminal.step() == "3"
        late = browser.ask("POST", world.path()).json["token"]
        assert browser.ask("POST", "/api/auth/logout").status == 200
        assert terminal.end().code == 4401
    # A ticket that was not used yet is over with, too.
    with world.socket(headers={"Cookie": f"{CLEAR}={browser.cookie}"}) as terminal:
        terminal.admit(late)
        assert terminal.end().code == 4401
