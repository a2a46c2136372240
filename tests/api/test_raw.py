"""The raw proxy: what goes to a cluster and what comes back, byte by byte, before a cluster that records and lies."""

import http.client
import json
import re
import socket
import threading
import time

import pytest
from client import assert_status, wait_until
from handler import Handler, fastcgi_records
from stubs.kube import Answer, Wire, json_answer, status_answer
from test_keys import cluster  # noqa: F401

PODS = "/api/v1/namespaces/default/pods"


def raw(identity, path):
    return f"/raw/clusters/{identity}{path}"


@pytest.mark.parametrize(
    "target",
    [
        "/api/v1/pods",
        "/api/v1/pods?",
        "/api/v1/pods?limit=1&limit=2",
        "/api/v1/pods?labelSelector=app%20in%20(a,b),!x&fieldSelector=status.phase%3DRunning",
        "/api/v1/pods?a=1+2&b=%2B&c",
        "/api/v1/namespaces/default/services/http:web:80/proxy/a%2Fb//c;d=1/%E2%82%AC?x=%26&y=",
        "/api/v1/namespaces/default/services/web/proxy/..%2fb",
        "/api/v1/namespaces/default/services/web/proxy/%252e%252e/",
        "/api/v1/namespaces/default/services/web/proxy/back\\slash",
        "/apis/",
        "/",
    ],
)
def test_path_and_query_arrive_as_they_were_sent(stubbed, stubs, connected, target):
    stubs.kube.on("*", json_answer({}))
    assert stubbed.get(raw(connected, target)).status == 200
    assert [r.target for r in stubs.kube.requests] == [target]


def test_a_path_that_ends_with_the_id_is_the_root(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    assert stubbed.get(f"/raw/clusters/{connected}").status == 200
    assert [r.target for r in stubs.kube.requests] == ["/"]


@pytest.mark.parametrize(
    "path", ["/api/../secrets", "/api/./v1", "/api/%2e%2e/v1", "/api/.%2E/v1", "/%2e", "/api/v1/.."]
)
def test_dot_segments_are_refused(stubbed, stubs, connected, path):
    reply = stubbed.get(raw(connected, path))
    assert reply.status == 400 and reply.json["kind"] == "Status"
    assert stubs.kube.requests == []


@pytest.mark.parametrize("prefix", ["/assets/../raw/clusters/", "//raw/clusters/", "/x/..//raw/clusters/"])
def test_nginx_and_the_handler_agree_where_raw_begins(stubbed, stubs, connected, prefix):
    assert stubbed.get(f"{prefix}{connected}/api").status in (400, 404)
    assert stubs.kube.requests == []


@pytest.mark.parametrize(
    "method, body",
    [
        ("GET", None),
        ("HEAD", None),
        ("POST", b"{}"),
        ("PUT", b"{}"),
        ("PATCH", b"[]"),
        ("DELETE", None),
        ("DELETE", b'{"propagationPolicy":"Foreground"}'),
        ("OPTIONS", None),
        ("POST", b""),
        ("PURGE", None),
    ],
)
def test_methods_and_bodies_pass(stubbed, stubs, connected, method, body):
    stubs.kube.on("*", json_answer({"answered": True}))
    reply = stubbed.request(method, raw(connected, PODS), body=body)
    assert reply.status == 200, reply.text
    (seen,) = stubs.kube.requests
    assert (seen.method, seen.body) == (method, body or b"")
    if method == "POST" and not body:
        assert seen.header("Content-Length") == "0"
    assert reply.body == (b"" if method == "HEAD" else b'{"answered": true}')


def test_a_head_reply_keeps_the_length_of_what_get_would_answer(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({"answered": True}))
    assert stubbed.request("HEAD", raw(connected, PODS)).header("Content-Length") == "18"


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 1 << 20, 3 << 20, 8 << 20])
def test_bodies_pass_unchanged_up_to_eight_mebibytes(stubbed, stubs, connected, size):
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    stubs.kube.on("*", lambda request: Answer(200, request.body, [("Content-Type", "application/octet-stream")]))
    reply = stubbed.request("POST", raw(connected, PODS), body=body)
    assert reply.status == 200 and reply.body == body


def test_a_chunked_body_arrives_whole(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    reply = stubbed.wire(
        f"POST {raw(connected, PODS)} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
        "\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n".encode()
    )
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert stubs.kube.requests[0].body == b"abcdefg"


PASSED = {
    "Accept": "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
    "Accept-Encoding": "gzip",
    "Content-Type": "application/strategic-merge-patch+json",
    "User-Agent": "kubectl/v1.34.0 (linux/amd64)",
    "Kubectl-Command": "kubectl patch",
    "If-None-Match": '"abc"',
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
STRIPPED = [
    "Authorization",
    "Cookie",
    "Origin",
    "Referer",
    "X-Forwarded-User",
    "X-Remote-User",
    "X-Remote-Group",
    "Forwarded",
    "X-Real-Ip",
    "X-Csrf-Token",
    "X-Eksgate-Anything",
    "Proxy",
    "Proxy-Authorization",
    "TE",
    "Sec-Fetch-Mode",
]


def test_headers_that_clients_need_pass_and_all_others_stay(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    own = f"http://{stubbed.host}:{stubbed.port}"  # another one is refused before it gets here
    headers = PASSED | {name: "theirs" for name in STRIPPED} | {"Origin": own}
    stubbed.request("PATCH", raw(connected, PODS), body=b"{}", headers=headers)
    (seen,) = stubs.kube.requests
    for name, value in PASSED.items():
        assert seen.all(name) == [value], name
    for name in STRIPPED:
        assert not {"theirs", own} & set(seen.all(name)), name
    assert len(seen.all("Authorization")) == 1
    assert seen.header("Authorization").startswith("Bearer k8s-aws-v1.")
    assert seen.all("X-Forwarded-For") == ["127.0.0.1"]
    assert seen.all("Host") == [f"127.0.0.1:{stubs.kube.port}"]


def test_what_the_client_does_not_send_is_not_invented(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    stubbed.wire(f"GET {raw(connected, PODS)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    (seen,) = stubs.kube.requests
    assert {name.lower() for name, _ in seen.headers} <= {"host", "authorization", "x-forwarded-for", "audit-id"}


def test_a_header_that_connection_names_stays(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    stubbed.get(raw(connected, PODS), headers={"Connection": "close, X-Hop", "X-Hop": "theirs", "X-Other": "passes?"})
    assert stubs.kube.requests[0].all("X-Hop") == []


@pytest.mark.parametrize(
    "name", ["Impersonate-User", "Impersonate-Group", "Impersonate-Uid", "Impersonate-Extra-Scopes"]
)
def test_impersonation_is_refused_and_asks_nobody(stubbed, stubs, connected, name):
    assert_status(stubbed.get(raw(connected, PODS), headers={name: "admin"}), 403, "Forbidden")
    assert stubs.kube.requests == []


def test_an_audit_id_of_the_client_passes_and_another_is_the_request_id(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    stubbed.get(raw(connected, PODS), headers={"Audit-ID": "11111111-2222-3333-4444-555555555555"})
    reply = stubbed.get(raw(connected, PODS), headers={"Audit-ID": "not valid!"})
    first, second = stubs.kube.requests
    assert first.all("Audit-ID") == ["11111111-2222-3333-4444-555555555555"]
    assert second.all("Audit-ID") == [reply.header("X-Request-Id")]


def test_headers_of_the_answer_pass_in_order_and_number(stubbed, stubs, connected):
    warnings = ['299 - "first"', '299 - "second, with a comma"']
    stubs.kube.on(
        "*",
        Answer(
            200,
            b"{}",
            [
                ("Content-Type", "application/json"),
                ("Warning", warnings[0]),
                ("Warning", warnings[1]),
                ("Audit-Id", "a-1"),
                ("ETag", '"x"'),
                ("Cache-Control", "no-cache, private"),
                ("X-Kubernetes-Pf-Flowschema-Uid", "f"),
            ],
        ),
    )
    reply = stubbed.get(raw(connected, PODS))
    assert reply.all("Warning") == warnings
    for name, value in (
        ("Audit-Id", "a-1"),
        ("ETag", '"x"'),
        ("Cache-Control", "no-cache, private"),
        ("X-Kubernetes-Pf-Flowschema-Uid", "f"),
        ("Content-Type", "application/json"),
        ("Content-Length", "2"),
    ):
        assert reply.all(name) == [value], name


@pytest.mark.parametrize(
    "name, value",
    [
        ("X-Accel-Redirect", "/index.html"),
        ("X-Accel-Buffering", "no"),
        ("X-Accel-Limit-Rate", "1"),
        ("Set-Cookie", "session=theirs"),
        ("Access-Control-Allow-Origin", "*"),
        ("Strict-Transport-Security", "max-age=1"),
        ("Clear-Site-Data", '"*"'),
        ("Service-Worker-Allowed", "/"),
        ("WWW-Authenticate", "Basic"),
        ("Alt-Svc", 'h3=":1"'),
        ("Status", "500 Broken"),
        ("Trailer", "X"),
    ],
)
def test_headers_that_would_steer_nginx_or_the_browser_stay(stubbed, stubs, connected, name, value):
    stubs.kube.on("*", Answer(200, b'{"own":"body"}', [("Content-Type", "application/json"), (name, value)]))
    reply = stubbed.get(raw(connected, PODS))
    assert (reply.status, reply.body) == (200, b'{"own":"body"}')
    assert value not in reply.all(name)


@pytest.mark.parametrize(
    "location, expected",
    [
        ("/api/v1/x/proxy/", "/raw/clusters/{id}/api/v1/x/proxy/"),
        ("https://127.0.0.1:{port}/y", "/raw/clusters/{id}/y"),
        ("https://elsewhere.example/z", "https://elsewhere.example/z"),
    ],
)
def test_a_redirect_stays_behind_the_gateway(stubbed, stubs, connected, location, expected):
    stubs.kube.on("*", Answer(301, b"", [("Location", location.format(port=stubs.kube.port))], "Moved Permanently"))
    reply = stubbed.get(raw(connected, "/api/v1/x/proxy"))
    assert reply.status == 301
    assert reply.header("Location") == expected.format(id=connected)


def test_html_from_a_pod_cannot_act_as_the_gateways_page(stubbed, stubs, connected):
    stubs.kube.on("*", Answer(200, b"<script>alert(1)</script>", [("Content-Type", "text/html")]))
    reply = stubbed.get(raw(connected, "/api/v1/namespaces/default/services/web/proxy/"))
    assert "sandbox" in reply.header("Content-Security-Policy")
    assert reply.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize(
    "code, reason",
    [
        (401, "Unauthorized"),
        (403, "Forbidden"),
        (404, "NotFound"),
        (409, "Conflict"),
        (410, "Expired"),
        (422, "Invalid"),
        (429, "TooManyRequests"),
        (500, "InternalError"),
        (503, "ServiceUnavailable"),
    ],
)
def test_a_clusters_own_error_passes_byte_for_byte(stubbed, stubs, connected, code, reason):
    answer = status_answer(code, reason, "as the cluster says it", [("Retry-After", "3")])
    stubs.kube.on("*", answer)
    reply = stubbed.get(raw(connected, PODS))
    assert (reply.status, reply.body) == (code, answer.body)
    assert reply.header("Retry-After") == "3"
    if code != 401:
        assert reply.header("X-Eksgate-Error") is None


def test_a_401_is_answered_with_a_new_token_once(stubbed, stubs, connected):
    stubs.kube.on("*", status_answer(401, "Unauthorized", "Unauthorized"), json_answer({"second": True}))
    reply = stubbed.request("PUT", raw(connected, PODS), body=b"again")
    assert (reply.status, reply.json) == (200, {"second": True})
    first, second = stubs.kube.seen(PODS)
    assert first.body == second.body == b"again"
    assert first.header("Authorization") != second.header("Authorization")


def test_a_cluster_that_refuses_every_token_is_not_stormed(stubbed, stubs, connected):
    stubs.kube.on("*", status_answer(401, "Unauthorized", "Unauthorized"))
    for _ in range(5):
        reply = stubbed.get(raw(connected, PODS))
        assert reply.status == 401 and reply.header("X-Eksgate-Error") == "upstream-unauthorized"
    # Each of the two processes may renew once in five seconds.
    assert len(stubs.kube.seen(PODS)) <= 5 + 2


def test_tokens_of_two_processes_are_the_same_inside_a_cell_of_the_grid(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    cells = set()
    tokens = set()
    for _ in range(40):
        cells.add(int(time.time()) // 300)
        stubbed.get(raw(connected, PODS))
    tokens = {r.header("Authorization") for r in stubs.kube.requests}
    assert len(tokens) <= len(cells)


def connect(stubbed, name, **more):
    return stubbed.post(
        "/api/clusters/connect", {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}} | more
    )


def test_an_empty_reply_to_a_get_is_tried_once_more(stubbed, stubs, connected):
    stubs.kube.on("*", Wire([]), json_answer({"second": True}))
    assert stubbed.get(raw(connected, PODS)).json == {"second": True}
    assert len(stubs.kube.seen(PODS)) == 2


def test_a_get_goes_out_twice_at_most_though_the_connection_was_kept(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    for _ in range(80):
        stubbed.get(raw(connected, PODS))
    stubs.kube.requests.clear()
    stubs.kube.on("*", Wire([]))
    for _ in range(10):
        assert_status(stubbed.get(raw(connected, PODS)), 502, "InternalError", slug="upstream-broken")
    assert len(stubs.kube.seen(PODS)) == 20


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_an_empty_reply_to_a_write_is_502_and_the_write_went_out_once(stubbed, stubs, connected, method):
    stubs.kube.on("*", Wire([], reset=True))
    reply = stubbed.request(method, raw(connected, PODS), body=b"{}")
    assert_status(reply, 502, "InternalError", slug="upstream-broken")
    assert reply.header("Retry-After") is None
    assert len(stubs.kube.seen(PODS)) == 1


def test_a_reply_that_is_not_http_is_502(stubbed, stubs, connected):
    stubs.kube.on("*", Wire([b"SSH-2.0-OpenSSH_9.2\r\n"]))
    assert_status(stubbed.post(raw(connected, PODS), {}), 502, "InternalError", slug="upstream-broken")


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n",
    ],
    ids=["with a length", "chunked"],
)
def test_a_reply_that_breaks_off_is_seen_as_broken(stubbed, stubs, connected, head):
    stubs.kube.on("*", Wire([head + b'{"items":[' + b"x" * 40000]))
    with pytest.raises((http.client.HTTPException, OSError)):
        stubbed.get(raw(connected, PODS))
    # What is short is held back to leave in one piece: of that nothing is out yet, and the error can be told.
    stubs.kube.on("*", Wire([head + b'{"items":[']))
    assert_status(stubbed.get(raw(connected, PODS)), 502, "InternalError", slug="upstream-broken")


def test_a_large_head_passes(stubbed, stubs, connected):
    """The API server may send tens of KiB of warnings."""
    warnings = [("Warning", f'299 - "{"w" * 940}"') for _ in range(48)]
    stubs.kube.on("*", Answer(200, b"{}", [("Content-Type", "application/json"), *warnings]))
    reply = stubbed.get(raw(connected, PODS))
    assert reply.status == 200 and len(reply.all("Warning")) == 48


def test_gzip_passes_as_it_is(stubbed, stubs, connected):
    import gzip

    packed = gzip.compress(b'{"kind":"PodList"}')
    stubs.kube.on("*", Answer(200, packed, [("Content-Type", "application/json"), ("Content-Encoding", "gzip")]))
    reply = stubbed.get(raw(connected, PODS), headers={"Accept-Encoding": "gzip"})
    assert reply.body == packed and reply.header("Content-Encoding") == "gzip"


def test_a_stream_is_delivered_as_it_comes(stubbed, stubs, connected):
    """The head at once, then each event: nothing waits for what comes after it."""
    events = [b'{"type":"ADDED"}\n', b'{"type":"MODIFIED"}\n']
    seen = threading.Semaphore(0)
    stubs.kube.on(
        "*",
        Wire(
            [
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                seen,
                b"11\r\n" + events[0] + b"\r\n",
                seen,
                b"14\r\n" + events[1] + b"\r\n0\r\n\r\n",
            ]
        ),
    )
    connection = http.client.HTTPConnection(stubbed.host, stubbed.port, timeout=30)
    connection.request("GET", raw(connected, PODS + "?watch=true"))
    reply = connection.getresponse()
    seen.release()
    assert reply.readline() == events[0]
    seen.release()
    assert reply.readline() == events[1]
    assert reply.read() == b""
    connection.close()


def test_an_unknown_connection_is_404_and_says_so(stubbed):
    status = assert_status(stubbed.get("/raw/clusters/us-east-1_nobody/api"), 404, "NotFound", slug="not-connected")
    assert "us-east-1_nobody" in status["message"]


@pytest.mark.parametrize("identity", ["%2e", "%2E%2e", "a%00b", "a%0ab", "a%ZZ", "a b", "a$b", "x" * 257, ""])
def test_an_id_that_cannot_be_one_is_refused(stubbed, identity):
    assert stubbed.get(f"/raw/clusters/{identity}/api".replace(" ", "%20")).status in (400, 404)


def test_without_an_id_the_only_connection_is_the_default(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({"default": True}))
    assert stubbed.get("/raw/api/v1/pods?limit=1").json == {"default": True}
    assert stubs.kube.requests[0].target == "/api/v1/pods?limit=1"
    connect(stubbed, stubs.cluster())
    assert_status(stubbed.get("/raw/api/v1/pods"), 400, "BadRequest")


def test_a_handlers_connection_is_used_again(stubbed, stubs, connected):
    stubs.kube.on("*", lambda request: json_answer({"target": request.target}))
    assert stubbed.get(raw(connected, "/warm")).status == 200
    with Handler(stubbed) as handler:
        for n in range(50):
            handler.send(fastcgi_records(raw(connected, f"/api/v1/n/{n}")))
            answer = handler.answer()
            assert answer.endswith(Handler.ENDED) and f'"/api/v1/n/{n}"'.encode() in answer


def test_a_request_before_the_last_ones_answer_gets_none(stubbed, stubs, connected):
    """nginx sends none: what comes then is not from it."""
    arrived, go = threading.Event(), threading.Event()

    def held(request):
        arrived.set()
        assert go.wait(20)
        return json_answer({"target": request.target})

    stubs.kube.on("*", json_answer({}))
    assert stubbed.get(raw(connected, "/warm")).status == 200
    stubs.kube.on("*", held)
    with Handler(stubbed) as handler:
        handler.send(fastcgi_records(raw(connected, "/api/v1/first")))
        assert arrived.wait(20)
        handler.send(fastcgi_records())
        time.sleep(0.2)  # it has been seen
        go.set()
        assert b'"/api/v1/first"' in handler.answer()
        assert handler.answer() == b""
    stubbed.get("/api/control")
    wait_until(lambda: "/api/control" in stubbed.log)
    assert "/api/forged" not in stubbed.log


@pytest.mark.parametrize(
    "method, path, headers",
    [
        ("POST", "/api/nothing", {}),
        ("PUT", "/api/clusters", {}),
        ("POST", "/api/clusters/connect", {"Content-Type": "text/plain"}),
        ("POST", "/api/clusters/connect", {"Content-Type": "application/json"}),
        ("POST", "/raw/clusters/us-east-1_nobody/api", {}),
        ("POST", "/raw/clusters/a/../b", {}),
        ("GET", "/health", {}),
    ],
)
@pytest.mark.parametrize("size", [12 << 10, 200 << 10])
def test_an_unread_body_never_becomes_a_request(stubbed, method, path, headers, size):
    forged = fastcgi_records()
    body = forged * (size // len(forged))
    for _ in range(3):
        stubbed.request(method, path, body=body, headers=headers)
        assert stubbed.get("/health").status == 200
    stubbed.get("/api/control")
    assert "/api/control" in stubbed.log
    assert "/api/forged" not in stubbed.log


def test_a_token_is_nowhere_but_on_the_wire(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    reply = stubbed.get(raw(connected, PODS))
    token = stubs.kube.requests[0].header("Authorization").removeprefix("Bearer ")
    assert token not in reply.text + str(reply.headers)
    for file in stubbed.stack.run.path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert token.encode() not in content, file
            assert b"k8s-aws-v1" not in content and b"X-Amz-Signature" not in content, file


def test_concurrent_requests_to_two_clusters_are_not_mixed_up(stubbed, stubs, connected):
    from concurrent.futures import ThreadPoolExecutor

    stubs.kube.on("*", lambda request: json_answer({"target": request.target}))
    other = connect(stubbed, stubs.cluster()).json["connection_id"]

    def ask(n):
        identity = (connected, other)[n % 2]
        return stubbed.get(raw(identity, f"/api/v1/n/{n}")).json["target"] == f"/api/v1/n/{n}"

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(ask, range(400)))


def test_an_abandoned_stream_is_closed_upstream(stubbed, stubs, connected):
    stubs.kube.on(
        "*",
        Wire(
            [
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                *[b"2\r\n{}\r\n", 0.2] * 100,
            ]
        ),
    )
    connection = socket.create_connection((stubbed.host, stubbed.port))
    connection.sendall(f"GET {raw(connected, PODS)}?watch=1 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert connection.recv(4096)
    before = stubs.kube.open_connections
    connection.close()
    wait_until(lambda: stubs.kube.open_connections < before)


def test_json_of_the_stub_is_untouched(stubbed, stubs, connected):
    text = json.dumps({"large": 2**63 - 1, "float": 1.0, "unicode": "\u20ac", "order": [3, 1, 2]}, indent=3)
    stubs.kube.on("*", Answer(200, text.encode()))
    assert stubbed.get(raw(connected, PODS)).text == text
    assert re.search(r'"large": 9223372036854775807', text)


# The third seed's paths below namespaces, before a real API server (docs/decisions/020)


def test_the_objects_of_one_namespace_and_those_of_all_are_listed(gateway, demo, direct):
    for path, kind in (
        ("/api/v1/namespaces/kube-system/configmaps", "ConfigMapList"),
        ("/api/v1/configmaps", "ConfigMapList"),
        ("/apis/apps/v1/namespaces/payments/deployments", "DeploymentList"),
        ("/apis/apps/v1/deployments", "DeploymentList"),
    ):
        reply = gateway.get(f"/raw/clusters/{demo}{path}")
        assert reply.status == 200 and reply.json["kind"] == kind and reply.json["items"], reply.text
        names = lambda listed: {item["metadata"]["uid"] for item in listed["items"]}
        assert names(reply.json) & names(direct.get(path))


SHORT = [
    ("/api/v1/namespaces/configmaps", "/api/v1/configmaps", "ConfigMapList"),
    ("/api/v1/namespaces/secrets?limit=500", "/api/v1/secrets", "SecretList"),
    ("/apis/apps/v1/namespaces/deployments", "/apis/apps/v1/deployments", "DeploymentList"),
]


@pytest.mark.parametrize("path, list_path, kind", SHORT)
@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}])
def test_a_path_short_of_its_namespace_is_the_list_of_the_kind(gateway, demo, direct, path, list_path, kind, headers):
    reply = gateway.get(f"/raw/clusters/{demo}{path}", headers=headers)
    assert reply.status == 200 and reply.json["kind"] == kind, reply.text
    uids = {item["metadata"]["uid"] for item in direct.get(list_path)["items"]}
    assert uids & {item["metadata"]["uid"] for item in reply.json["items"]}


def test_its_query_is_that_of_the_list(gateway, demo):
    reply = gateway.get(f"/raw/clusters/{demo}/api/v1/namespaces/configmaps?limit=1")
    assert len(reply.json["items"]) == 1 and reply.json["metadata"]["continue"]


@pytest.mark.parametrize("accept", ["application/json", "application/json, */*", "application/vnd.kubernetes.protobuf"])
def test_who_says_what_he_takes_means_the_namespace(gateway, demo, accept):
    reply = gateway.get(f"/raw/clusters/{demo}/api/v1/namespaces/podtemplates", headers={"Accept": accept})
    assert reply.status == 404 and "podtemplates" in reply.body.decode(errors="replace")


@pytest.mark.parametrize("word", ["nodes", "nobody", "namespaces", "deployments", "pod", "pods/", "%70ods"])
def test_what_is_no_kind_of_a_namespace_is_the_clusters_own_404(gateway, demo, direct, word):
    path = f"/api/v1/namespaces/{word}"
    reply, real = gateway.get(f"/raw/clusters/{demo}{path}"), direct.request("GET", path)
    assert (reply.status, reply.body) == (real.status, real.body)


def test_a_namespace_that_is_called_like_a_kind_is_that_namespace(gateway, demo, direct):
    path = "/api/v1/namespaces/podtemplates"
    made = json.dumps({"metadata": {"name": "podtemplates"}})
    kind = {"Content-Type": "application/json"}
    assert direct.request("POST", "/api/v1/namespaces", made, kind).status == 201
    reply = gateway.get(f"/raw/clusters/{demo}{path}")
    direct.request("DELETE", path)
    wait_until(lambda: direct.request("GET", path).status == 404)
    assert reply.status == 200 and reply.json["kind"] == "Namespace", reply.text


def test_the_list_takes_the_role_that_a_list_takes(keyed, cluster, viewer, editor, stubs):  # noqa: F811
    stubs.kube.on("*", status_answer(404, "NotFound", 'namespaces "secrets" not found'))
    stubs.kube.on("/api/v1/secrets", json_answer({"kind": "SecretList", "items": []}))
    path = f"/raw/clusters/{cluster}/api/v1/namespaces/secrets"
    assert_status(keyed.ask(viewer, "GET", path), 403, "Forbidden")
    assert not stubs.kube.seen("/api/v1/secrets")
    assert keyed.ask(editor, "GET", path).json["kind"] == "SecretList"
