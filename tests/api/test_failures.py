"""The failure table: each way a request can fail is produced once, and what kubectl makes of it is asserted.

The cluster is a stub that fails on demand; nginx, handlers, Redis and kubectl are the real ones. kubectl has looked
around before, as it has in life: during its first discovery it has one sentence for every failure.
"""

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stack as stacks
from client import assert_status, read_reply, readable, wait_until
from conftest import Stubs
from stubs.kube import Answer, Wire, json_answer, status_answer

MAP = "/api/v1/namespaces/default/configmaps/x"
MAPS = "/api/v1/namespaces/default/configmaps"
SLOW = "/api/v1/namespaces/default/configmaps/slow"
READ = ("get", "configmap", "x")
WRITE = ("create", "configmap", "x")
CONFIG_MAP = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x", "namespace": "default"}}
NOWHERE = "nowhere.invalid:443"


class Kubectl:
    def __init__(self, program, directory, server, user=None):
        self.program, self.home = program, directory / uuid.uuid4().hex[:8]
        self.home.mkdir()
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "gw",
            "clusters": [{"name": "gw", "cluster": {"server": server} | (user or {}).get("cluster", {})}],
            "users": [{"name": "gw", "user": (user or {}).get("user", {})}],
            "contexts": [{"name": "gw", "context": {"cluster": "gw", "user": "gw"}}],
        }
        (self.home / "config").write_text(json.dumps(config))

    def start(self, *arguments, stdin=None):
        env = {"HOME": str(self.home), "KUBECONFIG": str(self.home / "config"), "PATH": os.environ["PATH"]}
        return subprocess.Popen(
            [self.program, *arguments],
            env=env,
            stdin=stdin or subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments, text=None):
        process = self.start(*arguments, stdin=subprocess.PIPE if text else None)
        stdout, stderr = process.communicate(text, timeout=120)
        return process.returncode, stdout, stderr

    def fails(self, *arguments, text=None):
        """What it prints when it fails."""
        code, stdout, stderr = self.run(*arguments, text=text)
        assert code == 1 and stdout == "", f"{code}\n{stdout}\n{stderr}"
        return stderr

    def look_around(self):
        """Fills its cache of what there is."""
        self.run("get", "configmaps", "--ignore-not-found")


class World:
    """A gateway of one process before stubs, and its cluster."""

    def __init__(self, gateway, stubs, program, directory):
        self.gateway, self.stubs, self.program, self.directory = gateway, stubs, program, directory
        self.kube, self.aws = stubs.kube, stubs.aws

    def connect(self, **members):
        self.stubs.reset()
        self.name = self.stubs.cluster(**members)
        self.id = f"us-east-1_{self.name}"
        body = {"cluster_name": self.name, "region": "us-east-1", "auth": {"type": "default"}}
        reply = self.gateway.post("/api/clusters/connect", body)
        assert reply.status == 201, reply.text
        self.kubectl = Kubectl(self.program, self.directory, f"{self.gateway.stack.url}/raw/clusters/{self.id}")
        self.kubectl.look_around()
        self.kube.on(MAP, json_answer(CONFIG_MAP))
        self.kube.requests.clear()
        self.aws.calls.clear()
        return self

    def get(self, path=MAP, **options):
        return self.gateway.get(f"/raw/clusters/{self.id}{path}", **options)

    def send(self, method="POST", path=MAPS, body=b"{}"):
        headers = {"Content-Type": "application/json"}
        return self.gateway.request(method, f"/raw/clusters/{self.id}{path}", body=body, headers=headers)

    def redis(self, *words):
        """One command, spoken by hand; the answer as it comes, without its type."""
        data = b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in (word.encode() for word in words))
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.gateway.stack.redis_socket))
            connection.sendall(b"*%d\r\n%s" % (len(words), data))
            reader = connection.makefile("rb")
            head = reader.readline()
            return reader.read(int(head[1:])).decode() if head[:1] == b"$" else head[1:].strip().decode()

    def describe(self, **members):
        """Changes what the gateway remembers of EKS's description, and says so as every writer does (redis/README.md)."""
        key = f"eksgate:description:{self.id}"
        self.redis("SET", key, json.dumps(json.loads(self.redis("GET", key)) | members))
        self.redis("PUBLISH", "eksgate:changes", self.id)
        time.sleep(0.5)  # each process hears of it

    def description(self):
        return json.loads(self.redis("GET", f"eksgate:description:{self.id}"))


@pytest.fixture(scope="module")
def program(kubectl_program):
    return kubectl_program


@pytest.fixture(scope="module")
def session(launcher, session_directory, program):
    directory = session_directory / "failures"
    directory.mkdir()
    stubs = Stubs(directory)
    env = stubs.environment()
    env["EKSGATE_ALLOW_ENDPOINTS"] += f",{NOWHERE}"
    # One process, so that what a process remembers is what the gateway remembers.
    return World(launcher.start(directory, env=env, processes=1), stubs, program, directory)


@pytest.fixture(scope="module", autouse=True)
def long_ones(launcher, session_directory, program):
    """A request that is never answered, and a watch whose nginx is told to reload; both while the other tests run."""
    directory = session_directory / "reloaded"
    directory.mkdir()
    stubs = Stubs(directory)
    reloaded = World(launcher.start(directory, env=stubs.environment()), stubs, program, directory).connect()
    event = json.dumps({"type": "ADDED", "object": CONFIG_MAP}).encode() + b"\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    reloaded.kube.on(MAPS, Wire([head, *[b"%x\r\n%s\r\n" % (len(event), event), 1] * 90]))
    watch = reloaded.kubectl.start("get", "--raw", f"{MAPS}?watch=1")
    wait_until(lambda: reloaded.kube.seen(MAPS))
    nginx = reloaded.gateway.stack.nginx
    before = set(stacks.session_members(nginx.pid))
    nginx.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: set(stacks.session_members(nginx.pid)) - before)
    time.sleep(1)  # the old workers have stopped to listen
    reloaded.kube.on(MAP, Wire([120]))
    unanswered = reloaded.kubectl.start(*READ), time.monotonic()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    reloaded.kube.on(SLOW, Wire([68, head + b"{}"]))
    patient = ThreadPoolExecutor(1).submit(reloaded.get, f"{SLOW}?timeout=30s")
    ended = []
    threading.Thread(target=lambda: ended.append((watch.wait(), time.monotonic())[1]), daemon=True).start()
    watched = watch, ended, time.monotonic()
    yield {"unanswered": (reloaded.id, *unanswered), "watch": watched, "patient": patient}
    launcher.stop(reloaded.gateway)


@pytest.fixture
def world(session):
    """A cluster of its own for each test, so that nothing is remembered of another's failure."""
    session.connect()
    yield session
    session.gateway.post(f"/api/clusters/{session.id}/disconnect")


@pytest.fixture
def own_world(launcher, short_tmp, program):
    """A gateway that may be broken: its parts are stopped in the test."""
    stubs = Stubs(short_tmp)
    made = []

    def make(**options):
        env = stubs.environment() | options.pop("env", {})
        made.append(World(launcher.start(short_tmp, env=env, **options), stubs, program, short_tmp))
        return made[0].connect()

    yield make
    if made:
        gateway = made[0].gateway
        launcher.running.remove(gateway)
        gateway.stack.stop()


def test_an_unknown_cluster_is_404(world):
    world.gateway.post(f"/api/clusters/{world.id}/disconnect")
    status = assert_status(world.get(), 404, "NotFound", slug="not-connected")
    assert world.kubectl.fails(*READ) == f"Error from server (NotFound): {status['message']}\n"
    assert status["message"] == f'eksgate: cluster "{world.id}" is not connected'


def test_no_gateway_credentials_are_401_and_no_browser_asks_for_a_password(own_world):
    world = own_world(env={"EKSGATE_AUTH": "off"})
    stack = world.gateway.stack
    stack.env["EKSGATE_AUTH"] = "keys"
    restart_serve(stack)
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        reply = world.get(headers=headers)
        assert_status(reply, 401, "Unauthorized")
        assert reply.header("WWW-Authenticate") is None
    printed = world.kubectl.fails(*READ)
    assert printed.startswith("error: You must be logged in to the server (this gateway wants an API key"), printed
    assert world.kube.seen(MAP) == []


def restart_serve(stack):
    stack.serve.stop()
    stack.run.children.remove(stack.serve)
    stack.start_serve()
    stack.wait_ready()


def test_a_header_that_would_change_who_asks_is_403(world):
    printed = world.kubectl.fails(*READ, "--as=somebody")
    assert printed.startswith("Error from server (Forbidden): ") and "impersonate-user" in printed
    assert world.kube.seen(MAP) == []


def test_a_bad_path_is_400(world):
    printed = world.kubectl.fails("get", "--raw", "/api/v1/a%00b")
    assert printed.startswith("Error from server (BadRequest): "), printed
    assert_status(world.get("/api/v1/%2e%2e/secrets"), 400, "BadRequest")
    assert world.kube.requests == []


def test_a_name_that_does_not_resolve_is_503(world):
    world.describe(endpoint=f"https://{NOWHERE}")
    reply = world.get()
    status = assert_status(reply, 503, "ServiceUnavailable", slug="upstream-unreachable", message="is unreachable: ")
    assert reply.header("Retry-After") == "1" and status["details"]["retryAfterSeconds"] == 1
    assert world.kubectl.fails(*READ).startswith(
        f'Error from server (ServiceUnavailable): eksgate: cluster "{world.id}" is unreachable: '
    )


@pytest.fixture
def refusing(world):
    world.kube.refuse()
    yield world
    world.kube.listen()


def test_a_refused_connection_is_503_with_retry_after_for_the_first_three_in_ten_seconds(refusing):
    given = [refusing.get().header("Retry-After") for _ in range(6)]
    assert given == ["1", "1", "1", None, None, None]
    # So kubectl, which would repeat ten times, ends at once.
    begin = time.monotonic()
    printed = refusing.kubectl.fails(*READ)
    assert printed.startswith(f'Error from server (ServiceUnavailable): eksgate: cluster "{refusing.id}" is unreachable')
    assert time.monotonic() - begin < 9


def test_kubectl_gets_over_a_short_refusal_by_itself(world):
    world.kube.refuse()
    try:
        process = world.kubectl.start(*READ, "-o", "name")
        wait_until(lambda: [e for e in world.gateway.access_log if world.id in e["path"] and e["status"] == 503])
    finally:
        world.kube.listen()
    assert process.communicate(timeout=30) == ("configmap/x\n", "") and process.returncode == 0


def test_a_cluster_that_refused_is_not_asked_again_for_two_seconds(refusing):
    begin = time.monotonic()
    assert refusing.get().status == 503
    refusing.kube.listen()
    try:
        assert refusing.get().status == 503 and refusing.kube.seen(MAP) == []
        while refusing.get().status == 503 and time.monotonic() - begin < 60:
            time.sleep(0.05)
        assert time.monotonic() - begin >= 2
    finally:
        refusing.kube.refuse()


def test_after_three_refusals_eks_is_asked_where_the_cluster_is_now(refusing):
    """It has moved: EKS names another endpoint, the one that is remembered refuses."""
    refusing.kube.listen()
    try:
        dead = refusing.stubs.refusing.getsockname()[1]
        refusing.describe(endpoint=f"https://127.0.0.1:{dead}", described_at=int(time.time()) - 120)
        deadline = time.monotonic() + 20
        while (reply := refusing.get()).status == 503 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert reply.status == 200 and refusing.aws.calls.count("DescribeCluster") == 1
        assert refusing.description()["endpoint"] == refusing.kube.endpoint
    finally:
        refusing.kube.refuse()


def test_a_connection_that_is_never_answered_is_504_without_retry_after(world):
    """The TCP connection stands, the TLS handshake does not come."""
    world.kube.cut()
    world.kube.greeting = 30
    begin = time.monotonic()
    process = world.kubectl.start(*READ)
    reply = world.get()
    assert_status(reply, 504, "Timeout", slug="upstream-timeout")
    assert reply.header("Retry-After") is None
    stdout, stderr = process.communicate(timeout=60)
    assert stderr.startswith(f'Error from server (Timeout): eksgate: cluster "{world.id}" did not answer in time')
    assert time.monotonic() - begin > 9


def test_a_clusters_new_certificate_authority_is_fetched_from_eks_once(world):
    """Also for a write: the handshake failed, so nothing was sent."""
    world.kube.cut()
    world.kube.use(world.stubs.other_authority.issue("rotated"))
    try:
        world.aws.add_cluster(world.name, world.kube.endpoint, world.stubs.other_authority.pem)
        world.kube.on(MAPS, json_answer(CONFIG_MAP, 201))
        assert world.kubectl.run(*WRITE) == (0, "configmap/x created\n", "")
        assert world.aws.calls == ["DescribeCluster"] and len(world.kube.seen(MAPS)) == 1
        assert world.description()["ca_pem"].strip() == world.stubs.other_authority.pem.decode().strip()
        assert world.get().status == 200 and world.aws.calls == ["DescribeCluster"]
    finally:
        world.kube.use(world.stubs.authority.issue("good-again"))
        world.kube.cut()


def test_a_certificate_that_stays_wrong_is_502_and_asked_about_once_in_thirty_seconds(world):
    world.kube.cut()
    world.kube.use(world.stubs.other_authority.issue("wrong"))
    try:
        accepted = world.kube.accepted
        status = assert_status(world.get(), 502, "InternalError", slug="upstream-tls")
        assert status["message"].startswith(f'eksgate: cluster "{world.id}": TLS verification failed: ')
        assert world.kubectl.fails(*READ) == f"Error from server (InternalError): {status['message']}\n"
        assert world.get().header("Retry-After") is None
        assert world.aws.calls == ["DescribeCluster"] and world.kube.accepted - accepted == 2
    finally:
        world.kube.use(world.stubs.authority.issue("good-again"))


def test_of_two_processes_the_one_that_asked_eks_first_does_not_undo_what_the_other_heard(own_world):
    """The certificate changes; one process is told the old authority, late, the other the new one meanwhile."""
    world = own_world(processes=2)
    old, may_answer = dict(world.aws.clusters[world.name]), threading.Event()
    world.kube.cut()
    world.kube.use(world.stubs.other_authority.issue("rotated"))
    world.aws.fault("DescribeCluster", 200, raw=json.dumps({"cluster": old}).encode(), delay=may_answer)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(world.get)
        try:
            wait_until(lambda: "DescribeCluster" in world.aws.calls)
            world.aws.add_cluster(world.name, world.kube.endpoint, world.stubs.other_authority.pem)
            assert world.get().status == 200  # nginx gives it to the process that has less to do
            new = world.description()
            assert new["ca_pem"].strip() == world.stubs.other_authority.pem.decode().strip()
        finally:
            may_answer.set()
        assert_status(slow.result(timeout=60), 502, "InternalError", slug="upstream-tls")
    assert world.description() == new


@pytest.mark.parametrize("pem", ["no PEM at all", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_stored_authority_that_is_broken_is_fetched_anew(world, pem):
    world.describe(ca_pem=pem)
    world.kube.cut()
    assert world.get().status == 200
    assert world.aws.calls == ["DescribeCluster"]


def test_a_peer_that_does_not_speak_tls_is_502(world):
    world.kube.cut()
    world.kube.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    assert_status(world.get(), 502, "InternalError", slug="upstream-tls")
    assert world.kubectl.fails(*READ).startswith(
        f'Error from server (InternalError): eksgate: cluster "{world.id}": TLS verification failed: '
    )


@pytest.mark.parametrize("end", [Wire([]), Wire([], reset=True), Wire([b"HTTP/1.1 200 OK\r\nContent-"])])
def test_a_read_that_is_cut_off_before_its_answer_is_sent_twice(world, end):
    world.kube.on(MAP, end, json_answer(CONFIG_MAP))
    assert world.kubectl.run(*READ, "-o", "name") == (0, "configmap/x\n", "")
    world.kube.on(MAP, end)
    world.kube.requests.clear()
    printed = world.kubectl.fails(*READ)
    assert printed.startswith(f'Error from server (InternalError): eksgate: cluster "{world.id}" closed the connection')
    assert len(world.kube.seen(MAP)) == 2


@pytest.mark.parametrize("end", [Wire([]), Wire([], reset=True), Wire([b"HTTP/1.1 201 Created\r\nContent-"])])
def test_a_write_that_is_cut_off_before_its_answer_is_sent_once(world, end):
    world.kube.on(MAPS, end)
    printed = world.kubectl.fails(*WRITE)
    assert "Error from server (InternalError)" in printed or printed.startswith("error: failed to create configmap")
    assert f'eksgate: cluster "{world.id}" closed the connection' in printed
    assert len(world.kube.seen(MAPS)) == 1


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("length", ["Content-Length: 100000", "Transfer-Encoding: chunked"])
def test_an_answer_that_breaks_off_is_seen_as_broken(world, length, reset):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{length}\r\n\r\n".encode()

    def broken(size):
        body = b'{"kind":"ConfigMap","data":{"a":"' + b"x" * size
        return Wire([head + (body if "Length" in length else b"%x\r\n%s\r\n" % (len(body), body)), 0.2], reset=reset)

    world.kube.on(MAP, broken(40_000))
    printed = world.kubectl.fails(*READ)
    assert "unexpected EOF" in printed, printed
    raw = world.kubectl.run("get", "--raw", MAP)
    assert raw[0] == 1 and "unexpected EOF" in raw[2], raw
    # A short one is held back, to leave in one piece; so nothing of it is out, and the failure can be told.
    world.kube.on(MAP, broken(400))
    printed = world.kubectl.fails(*READ)
    assert printed.startswith(f'Error from server (InternalError): eksgate: cluster "{world.id}" closed the connection')


def test_a_refused_token_is_renewed_once_and_the_second_401_passes(world):
    world.kube.on(MAPS, status_answer(401, "Unauthorized", "Unauthorized"), json_answer(CONFIG_MAP, 201))
    assert world.kubectl.run(*WRITE) == (0, "configmap/x created\n", "")
    assert len(world.kube.seen(MAPS)) == 2
    refused = status_answer(401, "Unauthorized", "Unauthorized")
    world.kube.on(MAP, refused)
    reply = world.get()
    assert (reply.status, reply.body) == (401, refused.body)
    assert reply.header("X-Eksgate-Error") == "upstream-unauthorized"
    assert world.kubectl.fails(*READ) == "error: You must be logged in to the server (Unauthorized)\n"


@pytest.mark.parametrize("size, sent", [(4 << 20, 2), ((4 << 20) + 1, 1)])
def test_a_body_of_up_to_four_mebibytes_is_sent_again_with_a_new_token(world, size, sent):
    world.kube.on(MAPS, status_answer(401, "Unauthorized", "Unauthorized"), json_answer(CONFIG_MAP, 201))
    reply = world.send(body=b"x" * size)
    assert reply.status == (201 if sent == 2 else 401)
    assert reply.header("X-Eksgate-Error") == (None if sent == 2 else "upstream-unauthorized")
    assert [len(request.body) for request in world.kube.seen(MAPS)] == [size] * sent


@pytest.mark.parametrize(
    "code, reason",
    [
        (403, "Forbidden"),
        (404, "NotFound"),
        (409, "Conflict"),
        (410, "Expired"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
        (504, "Timeout"),
    ],
)
@pytest.mark.parametrize("command, path", [(READ, MAP), (WRITE, MAPS)], ids=["read", "write"])
def test_a_clusters_own_error_is_printed_as_without_the_gateway(world, command, path, code, reason):
    warned = [("Warning", '299 - "old news"'), ("Warning", '299 - "and older"')]
    world.kube.on(path, status_answer(code, reason, f"the cluster says {reason}", warned))
    straight = Kubectl(world.program, world.directory, world.kube.endpoint, user=straight_user(world))
    straight.look_around()
    world.kube.requests.clear()
    through = world.kubectl.run(*command)
    asked = len(world.kube.seen(path))
    assert through == straight.run(*command)
    assert f"the cluster says {reason}" in through[2] and "Warning: old news\nWarning: and older\n" in through[2]
    assert asked == len(world.kube.seen(path)) - asked == 1


def straight_user(world):
    return {"cluster": {"certificate-authority": str(world.stubs.authority.certificate)}, "user": {"token": "any"}}


@pytest.fixture
def faulty(world, request):
    """The world with one fault, and what the answer must be."""
    code, slug, fault = request.param
    kube = world.kube
    kube.cut()
    if fault == "refuse":
        kube.refuse()
    elif fault == "certificate":
        kube.use(world.stubs.other_authority.issue("wrong-for-streams"))
    elif isinstance(fault, Wire):
        kube.on(MAPS, fault)
    else:
        kube.greeting = fault
    yield world, code, slug
    if fault == "refuse":
        kube.listen()
    elif fault == "certificate":
        kube.use(world.stubs.authority.issue("good-for-streams"))


@pytest.mark.parametrize(
    "faulty",
    [
        (503, "upstream-unreachable", "refuse"),
        (504, "upstream-timeout", 30),
        (502, "upstream-tls", "certificate"),
        (502, "upstream-tls", b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (502, "upstream-broken", Wire([])),
        (502, "upstream-broken", Wire([], reset=True)),
        (502, "upstream-broken", Wire([b"SSH-2.0-OpenSSH_9.2\r\n"])),
    ],
    ids=["refused", "silent", "certificate", "no TLS", "closed", "reset", "not HTTP"],
    indirect=True,
)
def test_a_watch_fails_as_any_other_request(faulty):
    world, code, slug = faulty
    reasons = {503: "ServiceUnavailable", 504: "Timeout", 502: "InternalError"}
    reply = world.get(f"{MAPS}?watch=1")
    assert_status(reply, code, reasons[code], slug=slug)
    assert reply.header("Retry-After") == ("1" if code == 503 else None)
    assert len(world.kube.seen(MAPS)) in (0, 2)
    printed = world.kubectl.fails("get", "--raw", f"{MAPS}?watch=1")
    assert printed.startswith(f"Error from server ({reasons[code]}): eksgate: cluster "), printed


def test_text_of_the_cluster_that_is_no_status_passes_as_it_is(world):
    answer = Answer(503, b"no endpoints available\n", [("Content-Type", "text/plain")], "Service Unavailable")
    world.kube.on(MAP, answer)
    reply = world.get()
    assert (reply.status, reply.body, reply.header("Content-Type")) == (503, answer.body, "text/plain")
    assert reply.header("X-Eksgate-Error") is None and reply.header("Retry-After") is None


def test_an_overloaded_gateway_turns_away_before_it_asks_the_cluster(own_world):
    world = own_world(processes=1, threads=8)
    slow, release = "/api/v1/namespaces/default/pods/slow", threading.Event()
    world.kube.on(slow, lambda request: release.wait(30) and json_answer({}))
    waiting = [threading.Thread(target=world.get, args=(slow,)) for _ in range(2)]
    try:
        for thread in waiting:
            thread.start()
        wait_until(lambda: len(world.kube.seen(slow)) == 2)
        time.sleep(1.5)  # by now they count as slow
        reply = world.get()
        status = assert_status(reply, 429, "TooManyRequests")
        assert reply.header("Retry-After") == "1" and status["details"]["retryAfterSeconds"] == 1
        assert world.kube.seen(MAP) == []
        # kubectl waits and repeats; when the others are done, it is let in.
        process = world.kubectl.start(*READ, "-o", "name")
        time.sleep(1.5)
        assert process.poll() is None
    finally:
        release.set()
        for thread in waiting:
            thread.join()
    assert process.communicate(timeout=30)[0] == "configmap/x\n" and process.returncode == 0


def test_a_body_beyond_eight_mebibytes_is_413(world):
    manifest = json.dumps(CONFIG_MAP | {"data": {"a": "x" * (9 << 20)}})
    printed = world.kubectl.fails("create", "--validate=false", "-f", "-", text=manifest)
    assert "Error from server (RequestEntityTooLarge)" in printed and "8 MiB" in printed, printed
    reply = world.send(body=b"x" * (9 << 20))
    assert_status(reply, 413, "RequestEntityTooLarge")
    assert reply.header("Connection") == "close"
    assert world.kube.seen(MAPS) == []


def test_a_dead_handler_is_503(own_world):
    world = own_world()
    serve = world.gateway.stack.serve
    world.gateway.stack.run.children.remove(serve)
    os.killpg(serve.pid, signal.SIGKILL)
    serve.popen.wait()
    reply = world.get()
    assert_status(reply, 503, "ServiceUnavailable", slug="handler-unavailable")
    assert reply.header("Retry-After") is None
    assert world.kubectl.fails(*READ) == "Error from server (ServiceUnavailable): no eksgate handler answered\n"


def test_a_handler_whose_socket_is_full_is_503_until_it_goes_on(own_world):
    """It stands still, and nobody takes the connections that wait at its socket: the next is refused at once."""
    world = own_world(processes=1)
    assert world.get().status == 200
    stack = world.gateway.stack
    (handler,) = [pid for pid in stacks.session_members(stack.serve.pid) if pid != stack.serve.pid]
    state = lambda: Path(f"/proc/{handler}/stat").read_text().rpartition(")")[2].split()[0]
    path, waiting = f"/raw/clusters/{world.id}{MAP}", []
    os.kill(handler, signal.SIGSTOP)
    try:
        wait_until(lambda: state() == "T")
        with fill_backlog(stack.run.sockets / "serve-0.sock"):
            # What nginx has kept open it uses first: such a request waits for the handler.
            wait_until(lambda: waiting.append(world.gateway.begin(path)) or readable(waiting, 0.2))
            for connection in readable(waiting):
                waiting.remove(connection)
                reply = read_reply(connection)
                assert_status(reply, 503, "ServiceUnavailable", slug="handler-unavailable")
                assert reply.header("Retry-After") is None
            assert world.kubectl.fails(*READ) == "Error from server (ServiceUnavailable): no eksgate handler answered\n"
    finally:
        os.kill(handler, signal.SIGCONT)
    assert [read_reply(connection).status for connection in waiting] == [200] * len(waiting)
    assert world.get().status == 200


@contextlib.contextmanager
def fill_backlog(path):
    """Connections that nobody accepts, until there is no room for another."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    with contextlib.ExitStack() as opened:
        opened.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        while True:
            one = opened.enter_context(socket.socket(socket.AF_UNIX))
            one.setblocking(False)
            try:
                one.connect(str(path))
            except BlockingIOError:
                break
        yield


def test_a_handler_that_dies_over_a_request_is_503_and_the_write_is_not_sent_again(own_world):
    world = own_world(processes=2)
    hang = threading.Event()
    world.kube.on(MAPS, lambda request: hang.wait(10) and json_answer({}))
    process = world.kubectl.start(*WRITE)
    wait_until(lambda: world.kube.seen(MAPS))
    serve = world.gateway.stack.serve
    world.gateway.stack.run.children.remove(serve)
    os.killpg(serve.pid, signal.SIGKILL)
    serve.popen.wait()
    stderr = process.communicate(timeout=30)[1]
    hang.set()
    assert "no eksgate handler answered" in stderr, stderr
    assert len(world.kube.seen(MAPS)) == 1


def test_without_redis_known_clusters_go_on_and_others_are_503(own_world):
    world = own_world(processes=1)
    assert world.kubectl.run(*READ, "-o", "name")[0] == 0
    redis = world.gateway.stack.redis
    world.gateway.stack.run.children.remove(redis)
    redis.stop()
    assert world.kubectl.run(*READ, "-o", "name") == (0, "configmap/x\n", "")
    world.kube.on(MAPS, json_answer(CONFIG_MAP, 201))
    assert world.kubectl.run(*WRITE) == (0, "configmap/x created\n", "")
    begin = time.monotonic()
    reply = world.gateway.get(f"/raw/clusters/us-east-1_unknown{MAP}")
    status = assert_status(reply, 503, "ServiceUnavailable", slug="store-unavailable")
    assert time.monotonic() - begin < 10
    body = {"cluster_name": world.name, "region": "us-east-1", "auth": {"type": "default"}}
    assert_status(world.gateway.post("/api/clusters/connect", body), 503, "ServiceUnavailable")
    printed = world.kubectl.fails("get", "--raw", MAP, f"--server={world.gateway.stack.url}/raw/clusters/us-east-1_unknown")
    assert printed == f"Error from server (ServiceUnavailable): {status['message']}\n"


def test_without_aws_a_known_cluster_goes_on(world):
    """Tokens are made here; only what EKS said is needed, and its last answer serves."""
    world.describe(described_at=int(time.time()) - 3600)
    world.aws.fault("DescribeCluster", 503, "ServiceUnavailable", "away", count=50)
    world.aws.fault("GetCallerIdentity", 503, "ServiceUnavailable", "away", count=50)
    assert world.kubectl.run(*READ, "-o", "name") == (0, "configmap/x\n", "")


def test_expired_aws_credentials_are_503_and_not_401(own_world, short_tmp):
    world = own_world()
    body = {
        "cluster_name": world.name,
        "region": "us-east-1",
        "auth": {"type": "credentials", "access_key_id": "AKIAEXPIRED000000000", "secret_access_key": "s" * 40},
        "replace": True,
    }
    assert world.gateway.post("/api/clusters/connect", body).status in (200, 201)
    world.redis("DEL", f"eksgate:sealed:{world.id}")  # as its life ends
    wait_until(lambda: world.get().status != 200)
    status = assert_status(world.get(), 503, "ServiceUnavailable", slug="credentials_expired")
    assert world.kubectl.fails(*READ) == f"Error from server (ServiceUnavailable): {status['message']}\n"


def test_a_client_that_leaves_is_499_and_the_cluster_is_let_go(world):
    world.kube.on(MAP, Wire([60]))
    before = world.kube.open_connections
    process = world.kubectl.start(*READ)
    wait_until(lambda: world.kube.seen(MAP))
    request = world.kube.seen(MAP)[0].header("Audit-ID")
    process.kill()
    process.communicate()
    log = lambda: [line for line in map(json.loads, world.gateway.log.splitlines()) if line.get("request_id") == request]
    wait_until(lambda: [line for line in log() if line.get("status") == 499])
    assert [e["status"] for e in world.gateway.access_log if e["request_id"] == request] == [499]
    assert world.kube.open_connections <= before + 1  # the stub itself sleeps on; its peer is gone


def test_handlers_are_replaced_and_a_watch_ends_cleanly(own_world):
    world = own_world()
    event = json.dumps({"type": "ADDED", "object": CONFIG_MAP}).encode() + b"\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    world.kube.on(MAPS, Wire([head + b"%x\r\n%s\r\n" % (len(event), event), 60]))
    watch = world.kubectl.start("get", "--raw", f"{MAPS}?watch=1")
    assert json.loads(watch.stdout.readline())["type"] == "ADDED"
    begin = time.monotonic()
    restart_serve(world.gateway.stack)
    assert watch.communicate(timeout=40) == ("", "") and watch.returncode == 0
    assert time.monotonic() - begin < 30
    world.kube.on(MAP, json_answer(CONFIG_MAP))
    assert world.kubectl.run(*READ, "-o", "name") == (0, "configmap/x\n", "")


def test_nginx_reloads_under_running_requests(own_world):
    world = own_world()
    world.kube.on(MAP, lambda request: time.sleep(2) or json_answer(CONFIG_MAP))
    running = world.kubectl.start(*READ, "-o", "name")
    wait_until(lambda: world.kube.seen(MAP))
    world.gateway.stack.nginx.popen.send_signal(signal.SIGHUP)
    assert world.kubectl.run(*READ, "-o", "name") == (0, "configmap/x\n", "")
    assert running.communicate(timeout=30) == ("configmap/x\n", "")


# What takes long has begun with the first test of this file.


def test_an_answer_that_does_not_come_is_504_without_retry_after(long_ones):
    identity, process, begin = long_ones["unanswered"]
    stdout, stderr = process.communicate(timeout=90)
    assert (process.returncode, stdout) == (1, "")
    assert stderr.startswith(f'Error from server (Timeout): eksgate: cluster "{identity}" did not answer in time'), stderr
    # The API server's own limit is 60 s: the gateway's comes behind it.
    assert time.monotonic() - begin > 60


def test_a_client_that_gives_the_cluster_more_time_gets_the_answer(long_ones):
    """It comes after 68 s, when without the client's timeout=30s the gateway would have given up."""
    assert long_ones["patient"].result(timeout=120).status == 200


def test_a_watch_outlives_a_reload_of_nginx_by_thirty_seconds(long_ones):
    watch, ended, begin = long_ones["watch"]
    assert wait_until(lambda: ended, 60)[0] - begin > 25
    assert len(watch.stdout.readlines()) > 20  # an event each second, after the reload too
    watch.communicate()
