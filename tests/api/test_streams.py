"""Streams: watches, followed logs and proxied downloads, which one thread of a serve process holds beside its workers.

Before stubs where an upstream must misbehave or be counted, before the real API server where bytes must be the same.
"""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import threading
import time
import zlib
from pathlib import Path

import pytest

from client import assert_status, wait_until
from stubs.kube import Answer, KubeStub, Wire, status_answer

RELEASE = Path(__file__).resolve().parents[2] / "build" / "eksgate"
PODS = "/api/v1/pods"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def raw(identity, path):
    return f"/raw/clusters/{identity}{path}"


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(number, size=0):
    return json.dumps({"type": "ADDED", "object": {"number": number, "filler": "x" * size}}).encode() + b"\n"


class Stream:
    """A reader of one answer that sees it as it comes."""

    def __init__(self, client, path, headers=(), receive_buffer=None, address="127.0.0.1"):
        self.started = time.monotonic()
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(60)
        self.socket.bind((address, 0))
        self.socket.connect((client.host, client.port))
        lines = [f"GET {path} HTTP/1.1", "Host: localhost", *(f"{k}: {v}" for k, v in headers)]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.reader = self.reply = None

    def head(self):
        """Waits for the head of the answer; returns the seconds it took."""
        self.reply = http.client.HTTPResponse(self.socket)
        self.reply.begin()
        return time.monotonic() - self.started

    def line(self):
        return self.reply.readline()

    def rest(self):
        return self.reply.read()

    def close(self):
        if self.reply:
            self.reply.close()
        self.socket.close()


@contextlib.contextmanager
def streams(client, path, count):
    """So many streams of one path, begun twenty at a time: a machine that stands still is no part of the test."""
    opened = []
    try:
        while len(opened) < count:
            some = [Stream(client, path) for _ in range(min(20, count - len(opened)))]
            opened += some
            for one in some:
                one.head()
        yield opened
    finally:
        for one in opened:
            one.close()


def silent(*parts):
    """A watch that sends its parts and then nothing until its reader goes."""
    return Wire([HEAD, *parts, None])


# What comes, comes at once.


def test_the_head_of_an_idle_watch_does_not_wait_for_an_event(stubbed, stubs, connected):
    stubs.kube.on(PODS, silent())
    with streams(stubbed, raw(connected, PODS + "?watch=true"), 1) as (watch,):
        assert watch.reply.status == 200
        assert watch.reply.getheader("Content-Type") == "application/json"


def test_events_arrive_one_by_one(stubbed, stubs, connected):
    turn = threading.Semaphore(0)
    stubs.kube.on(PODS, silent(*(part for i in range(5) for part in (turn, chunk(event(i))))))
    with streams(stubbed, raw(connected, PODS + "?watch=1"), 1) as (watch,):
        for i in range(5):
            turn.release()  # the next is sent when the one before has arrived
            assert watch.line() == event(i)


@pytest.mark.parametrize("query", ["watch", "watch=", "watch=yes", "watch=TRUE", "follow=true", "limit=1&watch=1"])
def test_what_the_api_server_takes_for_a_stream_is_one(stubbed, stubs, connected, query):
    stubs.kube.on(PODS, silent(chunk(event(1))))
    with streams(stubbed, raw(connected, f"{PODS}?{query}"), 1) as (watch,):
        assert watch.line() == event(1)
    wait_until(lambda: any(f'"message":"stream"' in line for line in stubbed.log.splitlines()))


def test_a_log_is_followed_line_by_line(stubbed, stubs, connected):
    path = "/api/v1/namespaces/default/pods/a/log"
    turn = threading.Semaphore(0)
    head = HEAD.replace(b"application/json", b"text/plain")
    stubs.kube.on(path, Wire([head, chunk(b"one\n"), turn, chunk(b"two\n"), turn, b"0\r\n\r\n"]))
    with streams(stubbed, raw(connected, path + "?follow=true"), 1) as (log,):
        assert log.line() == b"one\n"
        turn.release()
        assert log.line() == b"two\n"
        turn.release()
        assert log.rest() == b""


# Bytes stay what they are.


def test_a_large_download_arrives_whole_with_its_length(stubbed, stubs, connected):
    body = bytes(range(256)) * 40_000
    path = "/api/v1/namespaces/default/services/a/proxy/file"
    stubs.kube.on(path, Answer(200, body, [("Content-Type", "application/octet-stream")]))
    reply = stubbed.get(raw(connected, path))
    assert reply.status == 200 and reply.header("Content-Length") == str(len(body))
    assert reply.body == body
    assert reply.header("Content-Security-Policy").startswith("sandbox")


def test_gzip_passes_as_it_came(stubbed, stubs, connected):
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(event(1, 100_000)) + packer.flush()
    stubs.kube.on(PODS, Answer(200, packed, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]))
    reply = stubbed.get(raw(connected, PODS + "?watch=1"), headers={"Accept-Encoding": "gzip"})
    assert reply.header("Content-Encoding") == "gzip" and reply.body == packed


def test_a_head_of_many_warnings_passes(stubbed, stubs, connected):
    warnings = [("Warning", f'299 - "{i} {"w" * 700}"') for i in range(60)]
    stubs.kube.on(PODS, Answer(200, b"{}", [("Content-Type", "application/json"), *warnings]))
    reply = stubbed.get(raw(connected, PODS + "?watch=1"))
    assert reply.all("Warning") == [value for _, value in warnings]


def test_a_body_passes_to_a_proxied_page(stubbed, stubs, connected):
    path = "/api/v1/namespaces/default/services/a/proxy/form"
    stubs.kube.on(path, lambda request: Answer(200, request.body[::-1], [("Content-Type", "text/html")]))
    reply = stubbed.request("POST", raw(connected, path), body=b"0123456789" * 10_000)
    assert reply.body == (b"0123456789" * 10_000)[::-1]


def test_a_head_request_to_a_proxied_page_has_no_body(stubbed, stubs, connected):
    path = "/api/v1/namespaces/default/services/a/proxy/page"
    stubs.kube.on(path, Answer(200, b"x" * 100, [("Content-Type", "text/html")]))
    reply = stubbed.request("HEAD", raw(connected, path))
    assert reply.status == 200 and reply.header("Content-Length") == "100" and reply.body == b""


def test_a_redirect_of_a_proxied_page_stays_behind_the_gateway(stubbed, stubs, connected):
    path = "/api/v1/namespaces/default/services/a/proxy"
    stubs.kube.on(path, Answer(301, b"", [("Location", path + "/")]))
    assert stubbed.get(raw(connected, path)).header("Location") == raw(connected, path + "/")


@pytest.mark.parametrize("accept", ["application/json", "application/vnd.kubernetes.protobuf;stream=watch"])
def test_a_watch_gives_the_bytes_that_the_cluster_gives(gateway, demo, direct, accept):
    """The same range of events, which is over, read twice."""
    name = f"stream-{time.monotonic_ns()}"
    maps = "/api/v1/namespaces/default/configmaps"
    body = json.dumps({"metadata": {"name": name}, "data": {"a": "x" * 5000}})
    made = direct.request("POST", maps, body, {"Content-Type": "application/json"})
    assert made.status == 201, made.text
    version = int(made.json["metadata"]["resourceVersion"]) - 1
    assert direct.request("DELETE", f"{maps}/{name}").status == 200
    query = f"?watch=1&resourceVersion={version}&timeoutSeconds=2&fieldSelector=metadata.name={name}"
    through = gateway.get(raw(demo, maps + query), headers={"Accept": accept})
    plain = direct.request("GET", maps + query, headers={"Accept": accept})
    assert through.status == plain.status == 200
    assert through.header("Content-Type") == plain.header("Content-Type")
    assert len(plain.body) > 5000 and through.body == plain.body


def test_an_idle_watch_of_the_real_api_server_has_its_head_at_once(gateway, demo):
    query = "?watch=1&timeoutSeconds=30&fieldSelector=metadata.name=nobody"
    with streams(gateway, raw(demo, "/api/v1/namespaces/default/configmaps" + query), 1) as (watch,):
        assert watch.reply.status == 200
        assert time.monotonic() - watch.started < 20  # and not when the watch is over


# Many at a time.


def test_two_hundred_watches_leave_the_workers_free(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, threads=8)
    identity = connect(gateway, stubs)
    before = stubs.kube.open_connections  # those that other gateways keep
    stubs.kube.on(PODS, silent(chunk(event(1))))
    with streams(gateway, raw(identity, PODS + "?watch=1"), 200) as watches:
        for watch in watches:
            assert watch.line() == event(1)
        for _ in range(20):
            assert gateway.get(raw(identity, "/version")).status == 200
            assert gateway.get("/api/clusters").status == 200
    wait_until(lambda: stubs.kube.open_connections < before + 50)
    launcher.stop(gateway)


def connect(gateway, stubs, **members):
    body = {"cluster_name": stubs.cluster(**members), "region": "us-east-1", "auth": {"type": "default"}}
    reply = gateway.post("/api/clusters/connect", body)
    assert reply.status == 201, reply.text
    return reply.json["connection_id"]


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_serve_interrupts_nobody_that_hands_it_something(stubbed):
    for pid in children(stubbed.stack.serve.pid):
        policies = []
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(ProcessLookupError):  # it has just ended
                policies.append(os.sched_getscheduler(int(thread)))
        assert os.sched_getscheduler(pid) == os.SCHED_BATCH
        # The thread sanitizer has one of its own, which is older than what serve does first.
        assert policies.count(os.SCHED_BATCH) >= max(2, len(policies) - 1), policies


def stop_reading(gateway, stubs, identity, count):
    """Streams of 20 MB each that nobody reads beyond their heads."""
    stubs.kube.on(PODS, Wire([HEAD, *([chunk(event(1, 100_000))] * 200), b"0\r\n\r\n"]))
    stopped = [Stream(gateway, raw(identity, PODS + "?watch=1"), receive_buffer=4096) for _ in range(count)]
    for one in stopped:
        one.head()
    return stopped


def test_a_reader_that_stops_holds_nobody_up_and_misses_nothing(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, threads=4)
    identity = connect(gateway, stubs)
    stopped = stop_reading(gateway, stubs, identity, 10)
    stubs.kube.on("/api/v1/nodes", silent(chunk(event(1))))
    with streams(gateway, raw(identity, "/api/v1/nodes?watch=1"), 10) as watches:
        for watch in watches:
            assert watch.line() == event(1)
    assert gateway.get(raw(identity, "/version")).status == 200
    assert stopped[0].rest() == event(1, 100_000) * 200
    for one in stopped:
        one.close()
    launcher.stop(gateway)


def test_what_nobody_reads_is_not_kept(launcher, short_tmp, stubs):
    """Before the released binary: sanitizers keep memory of their own."""
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, threads=4, binary=RELEASE)
    identity = connect(gateway, stubs)
    (serve,) = children(gateway.stack.serve.pid)
    stop_reading(gateway, stubs, identity, 1)[0].close()  # what the first one needs: code, rooms that all share
    before = resident_kib(serve)
    stopped = stop_reading(gateway, stubs, identity, 20)
    time.sleep(0.5)
    assert resident_kib(serve) - before < 20 * 256
    for one in stopped:
        one.close()
    launcher.stop(gateway)


# Ends.


def test_a_client_that_goes_takes_the_upstream_connection_with_it(stubbed, stubs, connected):
    stubs.kube.on(PODS, silent(chunk(event(1))))
    before = stubs.kube.open_connections
    with streams(stubbed, raw(connected, PODS + "?watch=1"), 20):
        assert stubs.kube.open_connections >= 20
    wait_until(lambda: stubs.kube.open_connections <= before)
    wait_until(lambda: ends(stubbed, 499) >= 20)


def ends(gateway, status):
    """Streams that the log says ended with that status."""
    lines = [json.loads(line) for line in gateway.log.splitlines() if line.startswith("{")]
    return sum(line["message"] == "stream" and line["status"] == status for line in lines)


def test_the_end_of_a_stream_is_logged(stubbed, stubs, connected):
    stubs.kube.on(PODS, Wire([HEAD, chunk(event(1)), b"0\r\n\r\n"]))
    assert stubbed.get(raw(connected, PODS + "?watch=1")).body == event(1)
    lines = lambda: [json.loads(line) for line in stubbed.log.splitlines() if '"message":"stream"' in line]
    wait_until(lambda: lines() and lines()[-1]["path"].startswith(raw(connected, "")))
    line = lines()[-1]
    assert (line["method"], line["status"], line["bytes"]) == ("GET", 200, len(event(1)))
    assert line["path"] == raw(connected, PODS) and line["duration_ms"] >= 0 and line["error"] == ""


@pytest.mark.parametrize(
    "head",
    [HEAD + chunk(event(1)), b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9999\r\n\r\nbegin"],
    ids=["chunked", "with a length"],
)
@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("path", [PODS + "?watch=1", "/api/v1/namespaces/a/pods/b/proxy/c"])
def test_a_stream_that_breaks_off_is_seen_as_broken(stubbed, stubs, connected, head, reset, path):
    stubs.kube.on(path.partition("?")[0], Wire([head, 0.1], reset=reset))
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        stubbed.get(raw(connected, path))


def test_a_stream_that_ends_leaves_no_dead_connection_for_the_next_request(stubbed, stubs, connected):
    """nginx keeps connections to the handlers; one whose stream has ended must not be among them."""
    stubs.kube.on(PODS, Wire([HEAD, chunk(event(1)), b"0\r\n\r\n"]))
    for _ in range(300):
        assert stubbed.get(raw(connected, PODS + "?watch=1")).body == event(1)
        assert stubbed.get("/health").status == 200


# Failures before the head.


def test_a_401_before_the_head_is_answered_with_a_new_token_once(stubbed, stubs, connected):
    stubs.kube.on(PODS, status_answer(401, "Unauthorized", "no"), silent(chunk(event(1))))
    with streams(stubbed, raw(connected, PODS + "?watch=1"), 1) as (watch,):
        assert watch.reply.status == 200 and watch.line() == event(1)
    first, second = stubs.kube.seen(PODS)
    assert first.header("Authorization") != second.header("Authorization")


def test_a_second_401_passes(stubbed, stubs, connected):
    stubs.kube.on(PODS, status_answer(401, "Unauthorized", "no"))
    for _ in range(5):
        reply = stubbed.get(raw(connected, PODS + "?watch=1"))
        assert reply.status == 401 and reply.header("X-Eksgate-Error") == "upstream-unauthorized"
    assert len(stubs.kube.seen(PODS)) <= 7  # one new token in five seconds, in each of two processes


def test_an_empty_reply_is_tried_once_more(stubbed, stubs, connected):
    stubs.kube.on(PODS, Wire([]), silent(chunk(event(1))))
    with streams(stubbed, raw(connected, PODS + "?watch=1"), 1) as (watch,):
        assert watch.line() == event(1)


def test_two_empty_replies_are_502(stubbed, stubs, connected):
    stubs.kube.on(PODS, Wire([]))
    reply = stubbed.get(raw(connected, PODS + "?watch=1"))
    assert_status(reply, 502, "InternalError", slug="upstream-broken")
    assert reply.header("Retry-After") is None
    assert len(stubs.kube.seen(PODS)) == 2


@pytest.fixture(scope="module")
def movable(launcher, session_directory, stub_session):
    """A gateway, and clusters of which each test takes one."""
    clusters = [KubeStub(stub_session.authority.issue(f"moving-{i}")) for i in range(3)]
    env = stub_session.environment()
    env["EKSGATE_ALLOW_ENDPOINTS"] += "".join(f",127.0.0.1:{cluster.port}" for cluster in clusters)
    directory = session_directory / "movable"
    directory.mkdir()
    return launcher.start(directory, env=env, processes=1), clusters


@pytest.fixture
def moving(movable, stubs):
    """A gateway and a connection to a cluster of its own, which may go away or become another one."""
    gateway, clusters = movable
    cluster = clusters.pop()
    yield gateway, cluster, connect(gateway, stubs, port=cluster.port)
    cluster.close()


def test_a_cluster_that_nobody_answers_for_is_503(moving):
    gateway, cluster, identity = moving
    cluster.close()
    for _ in range(2):  # the second time it is remembered
        reply = gateway.get(raw(identity, PODS + "?watch=1"))
        assert_status(reply, 503, "ServiceUnavailable", slug="upstream-unreachable")
        assert reply.header("Retry-After") == "1"


def test_a_cluster_with_another_certificate_is_asked_for_at_eks_once(moving, stubs):
    gateway, cluster, identity = moving
    certificate = stubs.other_authority.issue("moved")
    cluster.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cluster.context.load_cert_chain(certificate.certificate, certificate.key)
    cluster.on(PODS, silent(chunk(event(1))))
    name = identity.partition("_")[2]
    stubs.aws.add_cluster(name, cluster.endpoint, stubs.other_authority.pem)
    with streams(gateway, raw(identity, PODS + "?watch=1"), 1) as (watch,):
        assert watch.reply.status == 200 and watch.line() == event(1)


def test_a_certificate_that_eks_knows_nothing_of_is_502(moving, stubs):
    """Not even when the session with the right one could be resumed."""
    gateway, cluster, identity = moving
    cluster.on(PODS, silent(chunk(event(1))))
    with streams(gateway, raw(identity, PODS + "?watch=1"), 2):
        pass
    cluster.requests.clear()
    certificate = stubs.other_authority.issue("impostor")
    cluster.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cluster.context.load_cert_chain(certificate.certificate, certificate.key)
    reply = gateway.get(raw(identity, PODS + "?watch=1"))
    assert_status(reply, 502, "InternalError", slug="upstream-tls", message="TLS verification failed")
    assert cluster.seen(PODS) == []


# Quotas.


def test_one_stream_too_many_is_429_before_anything_is_sent(launcher, short_tmp, stubs):
    quotas = {"EKSGATE_STREAMS_PER_CLUSTER": "2", "EKSGATE_STREAMS_PER_CALLER": "3", "EKSGATE_STREAMS": "4"}
    gateway = launcher.start(short_tmp, env=stubs.environment() | quotas, processes=1)
    first, second = connect(gateway, stubs), connect(gateway, stubs)
    stubs.kube.on(PODS, silent(chunk(event(1))))
    full = [("127.0.0.1", first, "EKSGATE_STREAMS_PER_CLUSTER"), ("127.0.0.1", second, "EKSGATE_STREAMS_PER_CALLER")]
    full.append(("127.0.0.2", second, "EKSGATE_STREAMS"))
    opened = [Stream(gateway, raw(first, PODS + "?watch=1"))]
    opened[0].head()
    for address, identity, variable in full:
        path = raw(identity, PODS + "?watch=1")
        opened.append(Stream(gateway, path, address=address))
        opened[-1].head()
        assert opened[-1].reply.status == 200, variable
        asked = len(stubs.kube.seen(PODS))
        refused = Stream(gateway, path, address=address)
        refused.head()
        status = json.loads(refused.rest())
        assert (refused.reply.status, status["reason"]) == (429, "TooManyRequests")
        assert f"{variable}={quotas[variable]}" in status["message"]
        assert refused.reply.getheader("X-Eksgate-Error") == "overloaded"
        assert refused.reply.getheader("Retry-After") == "1" and status["details"]["retryAfterSeconds"] == 1
        assert len(stubs.kube.seen(PODS)) == asked
        refused.close()
        assert gateway.get(raw(identity, "/version")).status == 200
    for one in opened:
        one.close()
    wait_until(lambda: ends(gateway, 499) == 4)
    with streams(gateway, raw(first, PODS + "?watch=1"), 2) as again:
        assert [one.reply.status for one in again] == [200, 200]
    launcher.stop(gateway)


# The end of the process.


def test_sigterm_ends_watches_cleanly_and_downloads_as_truncated(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1)
    identity = connect(gateway, stubs)
    half = json.dumps({"type": "ADDED"}).encode()
    download = "/api/v1/namespaces/a/pods/b/proxy/c"
    stubs.kube.on(PODS, silent(chunk(event(1))))
    stubs.kube.on("/api/v1/nodes", silent(chunk(half)))
    stubs.kube.on("/api/v1/services", silent())
    stubs.kube.on(download, Wire([HEAD.replace(b"application/json", b"application/zip"), chunk(b"PK"), None]))
    whole, inside, idle, file = [
        Stream(gateway, raw(identity, path))
        for path in (PODS + "?watch=1", "/api/v1/nodes?watch=1", "/api/v1/services?watch=1", download)
    ]
    for one in (whole, inside, idle, file):
        one.head()
    assert whole.line() == event(1)
    assert inside.reply.read(len(half)) == half
    assert file.reply.read(2) == b"PK"
    gateway.stack.serve.popen.send_signal(signal.SIGTERM)
    assert whole.rest() == b""
    assert idle.rest() == b""
    for one in (inside, file):
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            one.rest()
    assert gateway.stack.serve.popen.wait(timeout=10) == 0
    for one in (whole, inside, idle, file):
        one.close()
    launcher.stop(gateway)
