"""Bodies for pods, services and nodes: of any length, passed on while they arrive, never kept, few at a time."""

import hashlib
import socket
import threading
import time

import pytest
from client import assert_status, wait_until
from handler import fastcgi_records
from stubs.kube import Early, json_answer, status_answer
from test_raw import raw

PROXY = "/api/v1/namespaces/default/services/web/proxy/upload"
LONG = 2 << 20


def digest_answer(request):
    return json_answer({"bytes": len(request.body), "sha256": hashlib.sha256(request.body).hexdigest()})


def begin(gateway, identity, path=PROXY, *, chunked=True, length=None):
    """The head of an upload; its body is the test's to send."""
    connection = socket.create_connection((gateway.host, gateway.port), timeout=15)
    size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
    connection.sendall(f"POST {raw(identity, path)} HTTP/1.1\r\nHost: localhost\r\n{size}\r\n\r\n".encode())
    return connection


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def read_reply(connection):
    received = b""
    while part := connection.recv(65536):
        received += part
        head, complete, body = received.partition(b"\r\n\r\n")
        if complete and b"content-length: %d\r" % len(body) in head.lower() + b"\r":
            break
    return received


def test_a_chunked_body_arrives_chunk_by_chunk(stubbed, stubs, connected):
    stubs.kube.on("*", digest_answer)
    connection = begin(stubbed, connected)
    sent = []
    for _ in range(3):
        sent.append(time.monotonic())
        connection.sendall(chunk(b"x" * 1000))
        time.sleep(0.4)
    connection.sendall(b"0\r\n\r\n")
    assert read_reply(connection).startswith(b"HTTP/1.1 200 ")
    (seen,) = stubs.kube.requests
    assert seen.body == b"x" * 3000 and seen.header("Transfer-Encoding") == "chunked"
    assert seen.header("Content-Length") is None and seen.header("Expect") is None
    assert len(seen.pieces) == 3
    for (arrived, size), when in zip(seen.pieces, sent):
        assert size == 1000 and 0 <= arrived - when < 0.3


@pytest.mark.parametrize("chunked", [False, True])
def test_fifty_mebibytes_arrive_whole_and_are_kept_nowhere(stubbed, stubs, connected, chunked):
    stubs.kube.on("*", digest_answer)
    block = bytes(range(256)) * 4096
    digest = hashlib.sha256(block * 50).hexdigest()
    connection = begin(stubbed, connected, chunked=chunked, length=50 * len(block))
    for _ in range(50):
        connection.sendall(chunk(block) if chunked else block)
    if chunked:
        connection.sendall(b"0\r\n\r\n")
    assert digest.encode() in read_reply(connection)
    (seen,) = stubs.kube.requests
    assert seen.header("Content-Length") == (None if chunked else str(50 * len(block)))
    assert not [file for file in (stubbed.stack.run.path / "tmp").rglob("*") if file.is_file()]


ENCODINGS = [
    "/api/v1/namespaces/default/pods/web/proxy",
    "/api/v1/namespaces/default/pods/https:web:8443/proxy/a/b?c=d",
    "/api/v1/nodes/node-1/proxy/run",
    "/api/v1/namespaces/default/services/web/%70roxy/x",
    "/api/v1/namespaces/default/services/web/pro%78y/x",
    "/api/v1/namespaces/default//services//web//proxy/x",
    "/api/v1/namespaces/default/s%65rvices/web/proxy/x",
    "/api/v1/namespaces/default/services%2Fweb%2Fproxy/x",
]


@pytest.mark.parametrize("path", ENCODINGS)
def test_however_such_a_path_is_written_its_body_is_not_limited(stubbed, stubs, connected, path):
    stubs.kube.on("*", digest_answer)
    reply = stubbed.request("PUT", raw(connected, path), body=b"y" * (9 << 20))
    assert reply.status == 200 and reply.json["bytes"] == 9 << 20
    assert [r.target for r in stubs.kube.requests] == [path]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/namespaces/default/configmaps",
        "/api/v1/namespaces/proxy",
        "/api/v1/namespaces/default/pods/web/proxyish",
        "/api/v1/namespaces/default/pods/proxy",
        "/api/v1/namespaces/default/pods?x=/pods/web/proxy",
    ],
)
def test_any_other_path_keeps_its_limit(stubbed, stubs, connected, path):
    assert_status(stubbed.post(raw(connected, path), body=b"y" * (9 << 20)), 413, "RequestEntityTooLarge")
    assert stubs.kube.requests == []


def test_a_short_body_waits_for_its_end_in_front_of_the_handlers(stubbed, stubs, connected):
    """However slow its client is, it holds no thread."""
    stubs.kube.on("*", digest_answer)
    slow = [begin(stubbed, connected, chunked=False, length=100) for _ in range(60)]
    for connection in slow:
        connection.sendall(b"z" * 99)
    began = time.monotonic()
    assert stubbed.get("/health").status == 200 and time.monotonic() - began < 10
    for connection in slow[:2]:
        connection.sendall(b"z")
        assert b'"bytes": 100' in read_reply(connection)
    assert len(stubs.kube.requests) == 2
    for connection in slow:
        connection.close()


def test_an_answer_that_does_not_wait_for_the_body_is_passed_on_at_once(stubbed, stubs, connected):
    stubs.kube.on("*", Early(status_answer(413, "RequestEntityTooLarge", "enough", [("Connection", "close")])))
    connection = begin(stubbed, connected)
    connection.sendall(chunk(b"x" * 1000))
    reply = read_reply(connection)
    assert reply.startswith(b"HTTP/1.1 413 ") and b'"enough"' in reply
    assert stubbed.get("/health").status == 200


def test_an_early_answer_to_a_client_that_goes_on_sending_arrives(stubbed, stubs, connected):
    stubs.kube.on("*", Early(status_answer(403, "Forbidden", "not you", [("Connection", "close")])))
    for _ in range(5):
        connection = begin(stubbed, connected, chunked=False, length=8 << 20)
        connection.setblocking(False)
        received = b""
        deadline = time.monotonic() + 10
        while b'"not you"' not in received and time.monotonic() < deadline:
            try:
                connection.send(b"x" * 65536)
            except BlockingIOError:
                time.sleep(0.005)
            except OSError:
                pass
            try:
                received += connection.recv(65536)
            except BlockingIOError:
                pass
            except OSError:
                break
        assert received.startswith(b"HTTP/1.1 403 "), received
        connection.close()


def test_a_client_that_goes_away_breaks_the_upload_off(stubbed, stubs, connected):
    stubs.kube.on("*", digest_answer)
    connection = begin(stubbed, connected)
    connection.sendall(chunk(b"x" * 1000))
    wait_until(lambda: stubs.kube.requests and stubs.kube.requests[0].pieces)
    connection.close()
    wait_until(lambda: stubs.kube.requests[0].broken)
    assert len(stubs.kube.requests) == 1


def test_the_clusters_refusal_of_an_upload_is_passed_on_and_nothing_is_sent_twice(stubbed, stubs, connected):
    stubs.kube.on("*", status_answer(401, "Unauthorized", "Unauthorized"))
    reply = stubbed.post(raw(connected, PROXY), body=b"x" * LONG)
    assert reply.status == 401 and reply.header("X-Eksgate-Error") == "upstream-unauthorized"
    assert len(stubs.kube.requests) == 1


def test_an_upload_after_a_pause_does_not_ride_on_a_dead_connection(stubbed, stubs, connected):
    stubs.kube.on("*", digest_answer)
    for _ in range(3):
        assert stubbed.post(raw(connected, PROXY), body=b"x" * LONG).json["bytes"] == LONG
    assert len(stubs.kube.requests) == 3


def test_more_uploads_than_there_are_places_are_told_to_come_back(launcher, short_tmp, stubs):
    """One thread in eight may be an upload's; what else is asked is answered as ever."""
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, threads=16)
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    identity = gateway.post("/api/clusters/connect", body).json["connection_id"]
    stubs.kube.on("*", digest_answer)
    stubs.kube.requests.clear()
    held = [begin(gateway, identity) for _ in range(2)]
    for connection in held:
        connection.sendall(chunk(b"x"))
    wait_until(lambda: len([r for r in stubs.kube.requests if r.pieces]) == 2)
    time.sleep(1.5)  # by now they count as slow
    reply = gateway.post(raw(identity, PROXY), body=b"x" * LONG)
    assert_status(reply, 429, "TooManyRequests", slug="overloaded", message="uploads")
    assert reply.header("Retry-After") == "1"
    assert gateway.post(raw(identity, PROXY), body=b"short").json["bytes"] == 5
    for _ in range(20):
        assert gateway.get(raw(identity, "/version")).status == 200
    for connection in held:
        connection.sendall(b"0\r\n\r\n")
        assert read_reply(connection).startswith(b"HTTP/1.1 200 ")
    assert gateway.post(raw(identity, PROXY), body=b"x" * LONG).status == 200
    launcher.stop(gateway)


@pytest.mark.parametrize("identity, code", [("us-east-1_nobody", 404), ("a%00b", 400)])
def test_an_upload_that_is_refused_is_answered_before_its_end_and_forges_nothing(stubbed, identity, code):
    forged = fastcgi_records()
    for _ in range(3):
        connection = begin(stubbed, identity)
        connection.sendall(chunk(forged * (40_000 // len(forged))))
        reply = read_reply(connection)
        assert reply.startswith(f"HTTP/1.1 {code} ".encode()), reply
        connection.close()
    stubbed.get("/api/control")
    assert "/api/control" in stubbed.log and "/api/forged" not in stubbed.log


def test_a_client_that_waits_to_be_told_to_go_on_is_told_so_by_the_front(stubbed, stubs, connected):
    stubs.kube.on("*", digest_answer)
    for path, size in ((PROXY, LONG), ("/api/v1/namespaces/default/configmaps", 1000)):
        stubs.kube.requests.clear()
        connection = socket.create_connection((stubbed.host, stubbed.port), timeout=10)
        connection.sendall(
            f"POST {raw(connected, path)} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"x" * size)
        assert f'"bytes": {size}'.encode() in read_reply(connection)
        assert stubs.kube.requests[0].header("Expect") is None
        connection.close()


def test_uploads_and_short_requests_side_by_side_are_not_mixed_up(stubbed, stubs, connected):
    stubs.kube.on("*", digest_answer)
    wrong = []

    def upload(n):
        body = bytes([n]) * (LONG + n)
        reply = stubbed.request("PUT", raw(connected, PROXY), body=body)
        if reply.json != {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}:
            wrong.append(n)

    def ask():
        for _ in range(30):
            if stubbed.get(raw(connected, "/version")).json.get("major") != "1":
                wrong.append("version")

    threads = [threading.Thread(target=upload, args=(n,)) for n in range(4)]
    threads += [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
