"""Upgraded connections: exec, attach, port-forward and WebSockets, through nginx and eksgate tunnel.

The stub cluster here speaks no WebSocket: the tunnel must not care what the bytes are.
"""

import base64
import json
import os
import signal
import socket
import threading
import time

import pytest

from client import Reply, assert_status, wait_until
from test_keys import Keyed
from stubs.kube import Answer, Switch, Wire, status_answer

EXEC = "/api/v1/namespaces/default/pods/box/exec"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}
TOKEN_PROTOCOL = "base64url.bearer.authorization.k8s.io."


class Upgraded:
    """A client's side of an upgrade, byte for byte."""

    def __init__(self, address, path, method="GET", headers=None, timeout=20):
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        self.socket = socket.socket(family)
        self.socket.settimeout(timeout)
        self.socket.connect(address)
        headers = list((UPGRADE if headers is None else headers).items()) if not isinstance(headers, list) else headers
        if not any(name == "Host" for name, _ in headers):
            headers = [("Host", "localhost"), *headers]
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
        self.socket.sendall("\r\n".join(lines).encode("latin-1"))
        self.reply = self._read_head()

    def _read_head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            part = self.socket.recv(65536)
            assert part, f"closed inside the head: {data}"
            data += part
        head, _, self.rest = data.partition(b"\r\n\r\n")
        status, *lines = head.decode("latin-1").split("\r\n")
        _, code, reason = (status + " ").split(" ", 2)
        headers = [(line.partition(":")[0], line.partition(":")[2].strip()) for line in lines]
        return Reply(int(code), reason.strip(), headers, b"")

    def send(self, data):
        self.socket.sendall(data)

    def receive(self, count):
        while len(self.rest) < count:
            part = self.socket.recv(1 << 20)
            if not part:
                break
            self.rest += part
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def receive_all(self):
        parts = [self.rest]
        while part := self.socket.recv(1 << 20):
            parts.append(part)
        return b"".join(parts)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def front(gateway):
    return (gateway.stack.host, gateway.stack.port)


def tunnel_socket(gateway):
    return str(gateway.stack.run.sockets / "tunnel.sock")


def raw(connected, path=EXEC, query=""):
    return f"/raw/clusters/{connected}{path}{query}"


def echo(reader, connection):
    while data := reader.read1(1 << 16):
        connection.sendall(data)


def ends(gateway, request_id):
    """The tunnel's last word about a request."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for line in gateway.tunnel_log.splitlines():
            if request_id in line and "tunnel ends" in line:
                return json.loads(line)
        time.sleep(0.02)
    raise AssertionError(f"the tunnel says nothing of {request_id}")


@pytest.fixture(scope="session")
def keyed_gateway(launcher, session_directory, stub_session):
    directory = session_directory / "keyed-tunnel"
    directory.mkdir()
    return Keyed(launcher.start(directory, env=stub_session.environment() | {"EKSGATE_AUTH": "keys"}))


@pytest.fixture
def keyed_tunnel(keyed_gateway, stubs):
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    reply = keyed_gateway.ask(keyed_gateway.create("admin"), "POST", "/api/clusters/connect", json_body=body)
    assert reply.status == 201, reply.text
    return keyed_gateway, reply.json["connection_id"]


# What passes


@pytest.mark.parametrize("method, upgrade", [("GET", "websocket"), ("POST", "SPDY/3.1")])
def test_50_mb_of_any_bytes_pass_both_ways_at_once(stubbed, stubs, connected, method, upgrade):
    stubs.kube.on(EXEC, Switch(echo))
    data = os.urandom(50_000_000)
    with Upgraded(front(stubbed), raw(connected), method, {"Connection": "Upgrade", "Upgrade": upgrade}) as session:
        assert session.reply.status == 101
        assert session.reply.header("Upgrade") == upgrade and session.reply.header("Connection").lower() == "upgrade"
        sender = threading.Thread(target=session.send, args=(data,))
        sender.start()
        assert session.receive(len(data)) == data
        sender.join()
    end = ends(stubbed, session.reply.header("X-Request-Id"))
    assert (end["status"], end["bytes_up"], end["bytes_down"] >= len(data)) == (101, len(data), True)


def test_what_the_cluster_is_asked(stubbed, stubs, connected):
    stubs.kube.on(EXEC, Switch(lambda reader, connection: None))
    headers = [
        ("Host", "localhost"),
        ("Connection", "keep-alive, Upgrade, X-Hop"),
        ("Upgrade", "websocket"),
        ("Origin", "http://localhost"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Protocol", "v5.channel.k8s.io,v4.channel.k8s.io"),
        ("X-Stream-Protocol-Version", "v5.channel.k8s.io"),
        ("X-Stream-Protocol-Version", "v4.channel.k8s.io"),
        ("User-Agent", "kubectl/v1.34"),
        ("Cookie", "a=b"),
        ("X-Hop", "1"),
        ("X-Forwarded-For", "6.6.6.6"),
        ("X-Remote-User", "system:admin"),
        ("X-Eksgate-Peer", "6.6.6.6"),
        ("Sec-Fetch-Mode", "websocket"),
    ]
    query = "?command=sh&command=-c&command=a%20%26b&stdin=true&"
    with Upgraded(front(stubbed), raw(connected, query=query), "GET", headers):
        pass
    (seen,) = stubs.kube.seen(EXEC)
    assert seen.target == EXEC + query
    endpoint = f"127.0.0.1:{stubs.kube.port}"
    assert seen.all("Host") == [endpoint] and seen.all("Origin") == [f"https://{endpoint}"]
    assert seen.all("Connection") == ["Upgrade"] and seen.all("Upgrade") == ["websocket"]
    assert seen.all("Sec-WebSocket-Protocol") == ["v5.channel.k8s.io,v4.channel.k8s.io"]
    assert seen.header("Sec-WebSocket-Version") == "13" and seen.header("Sec-WebSocket-Key")
    assert seen.all("X-Stream-Protocol-Version") == ["v5.channel.k8s.io", "v4.channel.k8s.io"]
    assert seen.header("User-Agent") == "kubectl/v1.34"
    (authorization,) = seen.all("Authorization")
    assert authorization.startswith("Bearer k8s-aws-v1.")
    assert seen.all("X-Forwarded-For") == ["127.0.0.1"]
    for name in ("Cookie", "X-Hop", "X-Remote-User", "X-Eksgate-Peer", "Sec-Fetch-Mode", "X-Request-Id"):
        assert seen.all(name) == [], name


def test_what_the_client_is_answered(stubbed, stubs, connected):
    headers = [
        ("Sec-WebSocket-Accept", "x"),
        ("Sec-WebSocket-Protocol", "v4.channel.k8s.io"),
        ("X-Stream-Protocol-Version", "v4.channel.k8s.io"),
        ("Audit-Id", "1"),
        ("Set-Cookie", "a=b"),
        ("X-Accel-Redirect", "/index.html"),
        ("Server", "other"),
    ]
    stubs.kube.on(EXEC, Switch(lambda reader, connection: connection.sendall(b"first"), headers))
    with Upgraded(front(stubbed), raw(connected)) as session:
        reply = session.reply
        assert session.receive_all() == b"first"
    assert reply.status == 101 and reply.header("X-Request-Id")
    assert reply.header("Sec-WebSocket-Accept") == "x"
    assert reply.header("Sec-WebSocket-Protocol") == "v4.channel.k8s.io"
    assert reply.header("X-Stream-Protocol-Version") == "v4.channel.k8s.io"
    assert reply.header("Audit-Id") == "1"
    assert not reply.all("Set-Cookie") and not reply.all("X-Accel-Redirect") and reply.all("Server") != ["other"]


def test_bytes_sent_before_the_answer_wait_for_it(stubbed, stubs, connected):
    def slow(request):
        time.sleep(0.3)
        return Switch(echo)

    stubs.kube.on(EXEC, slow)
    head = f"GET {raw(connected)} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(tunnel_socket(stubbed))
        client.sendall(head.encode() + b"early")
        received = b""
        while not received.endswith(b"early"):
            received += client.recv(4096)
    assert received.startswith(b"HTTP/1.1 101 ")
    assert len(stubs.kube.requests) == 1


def test_the_default_cluster_needs_no_id(stubbed, stubs, connected):
    stubs.kube.on(EXEC, Switch(echo))
    with Upgraded(front(stubbed), "/raw" + EXEC) as session:
        assert session.reply.status == 101
        session.send(b"x")
        assert session.receive(1) == b"x"


def test_sessions_of_two_clusters_are_never_mixed(stubbed, stubs, connected):
    other = stubs.cluster()
    reply = stubbed.post(
        "/api/clusters/connect", {"cluster_name": other, "region": "us-east-1", "auth": {"type": "default"}}
    )
    ids = [connected, reply.json["connection_id"]]

    def answer(request):
        token = base64.urlsafe_b64decode(request.header("Authorization").split(".", 1)[1] + "==").decode()
        return Switch(lambda reader, connection: (connection.sendall(token[-64:].encode()), echo(reader, connection)))

    stubs.kube.on("*", answer)
    failures = []

    def converse(number):
        try:
            word = f"{ids[number % 2]} {number}".encode()
            with Upgraded(front(stubbed), raw(ids[number % 2], f"/{number}{EXEC}")) as session:
                signature = session.receive(64)
                session.send(word * 1000)
                assert session.receive(len(word) * 1000) == word * 1000
            return signature
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=converse, args=(i,)) for i in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    by_path = {r.target: r.header("Authorization") for r in stubs.kube.requests if r.target.endswith(EXEC)}
    tokens = [{by_path[f"/{n}{EXEC}"] for n in range(parity, 40, 2)} for parity in (0, 1)]
    assert len(by_path) == 40 and not tokens[0] & tokens[1]


# Ends


def test_a_client_that_leaves_closes_the_cluster_within_2_s(stubbed, stubs, connected):
    gone = threading.Event()

    def wait_for_end(reader, connection):
        reader.read()
        gone.set()

    stubs.kube.on(EXEC, Switch(wait_for_end))
    session = Upgraded(front(stubbed), raw(connected))
    session.close()
    assert gone.wait(2)


def test_a_client_that_leaves_before_the_answer_closes_the_cluster_too(stubbed, stubs, connected):
    asked, gone = threading.Event(), threading.Event()

    def hang(request):
        asked.set()
        return Switch(lambda reader, connection: (reader.read(), gone.set())) if gone.wait(0.5) else Wire([b""])

    stubs.kube.on(EXEC, hang)
    head = f"GET {raw(connected)} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with socket.create_connection(front(stubbed)) as client:
        client.sendall(head.encode())
        assert asked.wait(5)
    wait_until(lambda: '"error":"the client is gone"' in stubbed.tunnel_log)


def test_one_direction_may_end_while_the_other_goes_on(stubbed, stubs, connected):
    def answer_at_end(reader, connection):
        data = reader.read()
        time.sleep(0.2)
        connection.sendall(b"got %d" % len(data))

    stubs.kube.on(EXEC, Switch(answer_at_end))
    # nginx closes both directions when one ends, so this speaks to the tunnel itself.
    with Upgraded(tunnel_socket(stubbed), raw(connected)) as session:
        session.send(b"x" * 100_000)
        session.socket.shutdown(socket.SHUT_WR)
        assert session.receive_all() == b"got 100000"


def test_last_bytes_of_a_client_that_leaves_still_arrive(stubbed, stubs, connected):
    received = []
    stubs.kube.on(EXEC, Switch(lambda reader, connection: received.append(reader.read())))
    session = Upgraded(tunnel_socket(stubbed), raw(connected))
    session.send(b"x" * 300_000)
    session.close()
    wait_until(lambda: received and len(received[0]) == 300_000)


@pytest.mark.parametrize("reset", [False, True])
def test_a_cluster_that_dies_ends_the_session(stubbed, stubs, connected, reset):
    def die(reader, connection):
        connection.sendall(b"last words")
        reader.read1(1)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    stubs.kube.on(EXEC, Switch(die))
    with Upgraded(front(stubbed), raw(connected)) as session:
        assert session.receive(10) == b"last words"
        session.send(b"x")
        assert session.receive_all() == b""


def test_sessions_leave_no_descriptor_behind(stubbed, stubs, connected):
    stubs.kube.on(EXEC, Switch(echo))
    stubs.kube.on("/refused", status_answer(400, "BadRequest", "no"))
    stubs.kube.on("/broken", Wire([b"nonsense"]))
    folder = f"/proc/{stubbed.stack.tunnel.pid}/fd"
    # Each thread that waits has one connection to Redis, made when it is first needed: 8, and some others to come.
    most = len(os.listdir(folder)) + 16
    for _ in range(20):
        with Upgraded(front(stubbed), raw(connected)) as session:
            session.send(b"x")
            session.receive(1)
        Upgraded(front(stubbed), raw(connected)).close()
        stubbed.get(raw(connected, "/refused"), headers=UPGRADE)
        stubbed.get(raw(connected, "/broken"), headers=UPGRADE)
        stubbed.get("/raw/clusters/nobody/x", headers=UPGRADE)
    wait_until(lambda: len(os.listdir(folder)) <= most)


def test_who_never_reads_stops_the_cluster_not_the_gateway(stubbed, stubs, connected):
    sent = []

    def flood(reader, connection):
        connection.settimeout(1)
        try:
            while True:
                connection.sendall(bytes(1 << 16))
                sent.append(1)
        except OSError:
            pass

    stubs.kube.on(EXEC, Switch(flood))
    with Upgraded(front(stubbed), raw(connected)):
        wait_until(lambda: sent and len(sent) == (time.sleep(0.3), len(sent))[1])
        stubs.kube.on("/other", Switch(echo))
        with Upgraded(front(stubbed), raw(connected, "/other")) as session:
            session.send(b"quick")
            assert session.receive(5) == b"quick"
    assert len(sent) < 400  # 25 MB: what sockets and one buffer hold


# Answers other than 101


BODY = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 400}).encode()
HEAD = b"HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nAudit-Id: 7\r\n"
REFUSALS = [
    ("with a length", HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY),
    ("in chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"),
    ("up to the end", HEAD + b"\r\n" + BODY),
    ("after an interim answer", b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"\r\n" + BODY),
]


@pytest.mark.parametrize("wire", [row[1] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_another_answer_is_relayed_whole(stubbed, stubs, connected, wire):
    stubs.kube.on(EXEC, Wire([wire]))
    reply = stubbed.get(raw(connected), headers=UPGRADE)
    assert (reply.status, reply.reason, reply.body) == (400, "Bad Request", BODY)
    assert reply.header("Audit-Id") == "7" and reply.header("X-Eksgate-Error") is None


def test_a_large_answer_is_relayed_whole(stubbed, stubs, connected):
    body = os.urandom(10_000_000)
    stubs.kube.on(EXEC, Answer(200, body, [("Content-Type", "text/plain")]))
    reply = stubbed.get(raw(connected), headers=UPGRADE)
    assert (reply.status, reply.body == body) == (200, True)


def test_what_follows_a_refusal_is_not_passed_on(stubbed, stubs, connected):
    wire = HEAD + b"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    stubs.kube.on(EXEC, Wire([wire, 0.2]))
    with Upgraded(tunnel_socket(stubbed), raw(connected)) as session:
        assert session.reply.header("Connection") == "close"
        assert session.receive_all() == b"{}"


@pytest.mark.parametrize(
    "wire",
    [
        HEAD + b"Content-Length: 1000\r\n\r\n" + BODY,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + BODY,
    ],
    ids=["with a length", "in chunks"],
)
def test_a_refusal_that_breaks_off_does_not_look_whole(stubbed, stubs, connected, wire):
    stubs.kube.on(EXEC, Wire([wire]))
    with pytest.raises(Exception, match="IncompleteRead|Remote end closed"):
        stubbed.get(raw(connected), headers=UPGRADE)


@pytest.mark.parametrize(
    "wire",
    [
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nA: b\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: %s\r\n" % (b"b" * 70_000) + b"\r\n",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 101 Switch",
        b"",
    ],
    ids=["101 to nothing", "two lengths", "folded", "too much", "nonsense", "half a head", "nothing"],
)
def test_what_is_no_answer_is_502_and_not_tried_again(stubbed, stubs, connected, wire):
    stubs.kube.on(EXEC, Wire([wire]))
    assert_status(stubbed.get(raw(connected), headers=UPGRADE), 502, "InternalError", slug="upstream-broken")
    assert len(stubs.kube.seen(EXEC)) == 1  # an exec may have begun


def test_pages_of_pods_are_kept_in_a_sandbox(stubbed, stubs, connected):
    path = "/api/v1/namespaces/default/services/a/proxy/"
    stubs.kube.on(path, Answer(200, b"<script>", [("Content-Type", "text/html"), ("Location", "/api/v1/x")]))
    reply = stubbed.get(raw(connected, path), headers=UPGRADE)
    assert reply.status == 200, (reply, stubbed.tunnel_log[-1500:])
    assert reply.header("Content-Security-Policy") == "sandbox; default-src 'none'"
    assert reply.header("Location") == f"/raw/clusters/{connected}/api/v1/x"


def test_a_refused_token_is_renewed_once(stubbed, stubs, connected):
    stubs.kube.on(EXEC, status_answer(401, "Unauthorized", "Unauthorized"), Switch(echo))
    with Upgraded(front(stubbed), raw(connected)) as session:
        assert session.reply.status == 101
        session.send(b"x")
        assert session.receive(1) == b"x"
    first, second = [r.header("Authorization") for r in stubs.kube.seen(EXEC)]
    assert first != second


def test_a_token_refused_twice_is_the_clusters_answer(stubbed, stubs, connected):
    stubs.kube.on(EXEC, status_answer(401, "Unauthorized", "Unauthorized"))
    reply = stubbed.get(raw(connected), headers=UPGRADE)
    assert_status(reply, 401, "Unauthorized", slug="upstream-unauthorized")
    assert len(stubs.kube.seen(EXEC)) == 2


# Clusters that can not be reached


def broken(stubbed, stubs, port):
    """A connection to a cluster that moved to a bad port after it was connected: EKS says so when it is asked again."""
    name = stubs.cluster()
    body = {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}}
    assert stubbed.post("/api/clusters/connect", body).status == 201
    stubs.aws.add_cluster(name, f"https://127.0.0.1:{port}", stubs.authority.pem)
    stubs.kube.on("/move", status_answer(401, "Unauthorized", "Unauthorized"))
    identity = f"us-east-1_{name}"
    stubbed.get(raw(identity, "/move"))  # a refused token makes the gateway ask EKS again
    return identity


def test_refused_is_503_and_may_be_tried_again(stubbed, stubs):
    identity = broken(stubbed, stubs, stubs.refusing.getsockname()[1])
    reply = stubbed.get(raw(identity), headers=UPGRADE)
    assert_status(reply, 503, "ServiceUnavailable", slug="upstream-unreachable")
    assert reply.header("Retry-After") == "1"


@pytest.mark.parametrize("which", ["wrong_name", "wrong_authority"])
def test_a_wrong_certificate_is_502(stubbed, stubs, which):
    stub = getattr(stubs, which)
    identity = broken(stubbed, stubs, stub.port)
    reply = stubbed.get(raw(identity), headers=UPGRADE)
    status = assert_status(reply, 502, "InternalError", slug="upstream-tls")
    assert "TLS verification failed" in status["message"]
    assert stub.seen(EXEC) == []  # no token went there


def test_a_cluster_that_never_answers_is_504(stubbed, stubs):
    identity = broken(stubbed, stubs, stubs.silent.getsockname()[1])
    started = time.monotonic()
    assert_status(stubbed.get(raw(identity), headers=UPGRADE), 504, "Timeout", slug="upstream-timeout")
    assert time.monotonic() - started > 9


# Who may


def test_a_page_of_another_site_may_not(stubbed, stubs, connected):
    for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"):
        reply = stubbed.get(raw(connected), headers=UPGRADE | {"Host": "localhost", "Origin": origin})
        assert_status(reply, 403, "Forbidden", slug="forbidden")
    assert stubs.kube.seen(EXEC) == []


def test_another_host_may_not(stubbed, stubs, connected):
    headers = {"Host": "evil.example", **UPGRADE}
    with Upgraded(tunnel_socket(stubbed), raw(connected), headers=headers) as session:
        assert session.reply.status == 421


def test_impersonation_is_refused(stubbed, stubs, connected):
    reply = stubbed.get(raw(connected), headers=UPGRADE | {"Impersonate-User": "system:admin"})
    assert_status(reply, 403, "Forbidden", slug="forbidden")
    assert stubs.kube.seen(EXEC) == []


ROLES = [
    ("viewer", EXEC, 403),
    ("viewer", "/api/v1/namespaces/a/pods/b/portforward", 403),
    ("viewer", "/api/v1/namespaces/a/services/b/proxy/ws", 403),
    ("viewer", "/api/v1/pods?watch=true", 101),
    ("editor", EXEC, 101),
    ("editor", "/api/v1/nodes/a/proxy/exec", 403),
    ("admin", "/api/v1/nodes/a/proxy/exec", 101),
]


@pytest.mark.parametrize("role, path, status", ROLES)
def test_roles(keyed_tunnel, stubs, role, path, status):
    keyed, identity = keyed_tunnel
    stubs.kube.on("*", Switch(lambda reader, connection: None))
    headers = UPGRADE | {"Authorization": f"Bearer {keyed.create(role)}"}
    with Upgraded(front(keyed.gateway), raw(identity, path), headers=headers) as session:
        assert session.reply.status == status


def test_without_a_key_nobody_gets_in(keyed_tunnel, stubs):
    keyed, identity = keyed_tunnel
    assert_status(keyed.gateway.get(raw(identity), headers=UPGRADE), 401, "Unauthorized")
    headers = UPGRADE | {"Authorization": "Bearer nonsense"}
    assert_status(keyed.gateway.get(raw(identity), headers=headers), 401, "Unauthorized")
    assert stubs.kube.seen(EXEC) == []


def test_a_browser_gives_its_key_as_a_protocol(keyed_tunnel, stubs):
    keyed, identity = keyed_tunnel
    key = keyed.create("editor")
    word = base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")

    def agree(request):
        return Switch(echo, [("Sec-WebSocket-Protocol", request.header("Sec-WebSocket-Protocol"))])

    stubs.kube.on(EXEC, agree)
    headers = UPGRADE | {"Sec-WebSocket-Protocol": f"{TOKEN_PROTOCOL}{word}, v5.channel.k8s.io"}
    with Upgraded(front(keyed.gateway), raw(identity), headers=headers) as session:
        assert session.reply.status == 101
        assert session.reply.header("Sec-WebSocket-Protocol") == "v5.channel.k8s.io"
    assert stubs.kube.seen(EXEC)[0].all("Sec-WebSocket-Protocol") == ["v5.channel.k8s.io"]
    alone = UPGRADE | {"Sec-WebSocket-Protocol": f"{TOKEN_PROTOCOL}{word}"}
    assert_status(keyed.gateway.get(raw(identity), headers=alone), 401, "Unauthorized")
    assert word not in keyed.gateway.tunnel_log and key not in keyed.gateway.tunnel_log


# What nginx and we could read differently


SMUGGLED = [
    b"Content-Length: 5\r\n\r\nhello",
    b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n",
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"X: a\r\n folded\r\n\r\n",
    b"X : a\r\n\r\n",
    b"X: a\rY: b\r\n\r\n",
    b"X: a\nY: b\r\n\r\n",
    b"X: a\0b\r\n\r\n",
    b"Host: localhost\r\n\r\n",
    b"Upgrade: SPDY/3.1\r\n\r\n",
]


@pytest.mark.parametrize("rest", SMUGGLED)
def test_heads_that_two_readers_read_differently_are_refused(stubbed, stubs, connected, rest):
    head = f"GET {raw(connected)} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n".encode()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(tunnel_socket(stubbed))
        client.sendall(head + rest)
        received = b""
        while part := client.recv(65536):
            received += part
    assert received.startswith(b"HTTP/1.1 400 ") and b"Connection: close\r\n" in received
    assert stubs.kube.seen(EXEC) == []


def test_a_body_is_refused_by_nginx_and_tunnel_together(stubbed, stubs, connected):
    reply = stubbed.request("POST", raw(connected), headers=UPGRADE, body=b"GET /forged HTTP/1.1\r\n\r\n")
    assert_status(reply, 400, "BadRequest", slug="bad-request")
    assert stubs.kube.requests == []


def test_a_head_above_32_kib_is_refused(stubbed, connected):
    headers = UPGRADE | {"A": "x" * 20_000, "B": "x" * 20_000}
    assert_status(stubbed.get(raw(connected), headers=headers), 400, "BadRequest", slug="bad-request")


PATHS = [
    ("/raw/clusters/%2e%2e/api", 400),
    ("/raw/clusters/nobody/../api", 400),
    ("/raw/clusters//api", 400),
    ("/raw/clusters/a%00/api", 400),
    ("/raw/clusters/nobody/api", 404),
    ("/raw/clusters/nobody", 404),
]


@pytest.mark.parametrize("path, status", PATHS)
def test_paths_are_read_as_serve_reads_them(stubbed, path, status):
    assert stubbed.get(path, headers=UPGRADE).status == stubbed.get(path).status == status


# Bounds, the end, the log


def start_stubbed(launcher, stubs, directory, **env):
    gateway = launcher.start(directory, env=stubs.environment() | env)
    name = stubs.cluster()
    body = {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}}
    reply = gateway.post("/api/clusters/connect", body)
    assert reply.status == 201, reply.text
    return gateway, reply.json["connection_id"]


def test_quotas(launcher, stubs, short_tmp):
    gateway, identity = start_stubbed(launcher, stubs, short_tmp, EKSGATE_STREAMS_PER_CLUSTER="2")
    stubs.kube.on(EXEC, Switch(echo))
    sessions = [Upgraded(front(gateway), raw(identity)) for _ in range(2)]
    reply = gateway.get(raw(identity), headers=UPGRADE)
    assert_status(reply, 429, "TooManyRequests", slug="overloaded")
    assert reply.header("Retry-After") == "1"
    sessions.pop().close()
    wait_until(lambda: Upgraded(front(gateway), raw(identity)).reply.status == 101)
    launcher.stop(gateway)


def test_idle_sessions_end(launcher, stubs, short_tmp):
    gateway, identity = start_stubbed(launcher, stubs, short_tmp, EKSGATE_TUNNEL_IDLE_SECONDS="3")
    stubs.kube.on(EXEC, Switch(echo))
    with Upgraded(front(gateway), raw(identity)) as session:
        for _ in range(4):
            time.sleep(1)
            session.send(b"x")  # this one is not idle
            assert session.receive(1) == b"x"
        started = time.monotonic()
        assert session.receive_all() == b""
        assert time.monotonic() - started > 2.8
    assert ends(gateway, session.reply.header("X-Request-Id"))["error"] == "idle"
    launcher.stop(gateway)


def test_sigterm_lets_sessions_end_by_themselves_for_a_while(launcher, stubs, short_tmp):
    gateway, identity = start_stubbed(launcher, stubs, short_tmp, EKSGATE_TUNNEL_GRACE_SECONDS="4")
    stubs.kube.on(EXEC, Switch(echo))
    with Upgraded(front(gateway), raw(identity)) as short, Upgraded(front(gateway), raw(identity)) as long:
        started = time.monotonic()
        os.kill(gateway.stack.tunnel.pid, signal.SIGTERM)
        time.sleep(0.5)
        short.send(b"still here")
        assert short.receive(10) == b"still here"
        short.close()
        with pytest.raises(OSError):
            socket.socket(socket.AF_UNIX).connect(tunnel_socket(gateway))
        assert long.receive_all() == b""
        assert time.monotonic() - started > 3.5
    gateway.stack.tunnel.finish(time.monotonic() + 60)
    assert gateway.stack.tunnel.popen.returncode == 0
    launcher.stop(gateway)


def test_every_session_is_told_and_no_command(stubbed, stubs, connected):
    stubs.kube.on(EXEC, Switch(echo))
    query = "?command=cat&command=%2Fetc%2Fhidden-word"
    with Upgraded(front(stubbed), raw(connected, query=query)) as session:
        session.send(b"12345")
        session.receive(5)
    request_id = session.reply.header("X-Request-Id")
    end = ends(stubbed, request_id)
    start = next(json.loads(l) for l in stubbed.tunnel_log.splitlines() if request_id in l and "tunnel begins" in l)
    for line in (start, end):
        assert (line["method"], line["path"], line["upgrade"]) == ("GET", raw(connected), "websocket")
        assert (line["cluster"], line["caller"], line["remote_address"]) == (connected, "anonymous", "127.0.0.1")
    assert (end["status"], end["bytes_up"], end["bytes_down"] > 5) == (101, 5, True) and end["duration_ms"] >= 0
    refused = stubbed.get(raw(connected, query=query), headers=UPGRADE | {"Impersonate-User": "x"})
    end = ends(stubbed, refused.header("X-Request-Id"))
    assert end["status"] == 403 and "impersonation" in end["error"]
    assert "hidden-word" not in stubbed.tunnel_log
    assert not any("hidden-word" in json.dumps(line) for line in stubbed.access_log)


def test_no_tunnel_is_a_status_too(launcher, stubs, short_tmp):
    gateway, identity = start_stubbed(launcher, stubs, short_tmp)
    gateway.stack.tunnel.stop()
    assert_status(gateway.get(raw(identity), headers=UPGRADE), 503, "ServiceUnavailable", slug="handler-unavailable")
    launcher.stop(gateway)


# A real API server


def test_a_watch_over_websocket_from_a_page(gateway, demo):
    headers = UPGRADE | {
        "Host": "localhost",
        "Origin": "http://localhost",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with Upgraded(front(gateway), raw(demo, "/api/v1/namespaces?watch=true"), headers=headers) as session:
        assert session.reply.status == 101
        assert session.reply.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert b'"type":"ADDED"' in session.receive(2000)


def test_what_the_cluster_refuses_is_refused_alike(gateway, demo, direct):
    for path in (EXEC + "?command=sh&stdout=true", "/api/v1/namespaces/default/pods/box/nonsense", "/api/v1/nodes"):
        through = gateway.get(raw(demo, path), headers=UPGRADE)
        there = direct.request("GET", path, headers=UPGRADE)
        assert through.status == there.status
        if there.status >= 400:
            assert through.body == there.body
