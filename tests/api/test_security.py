"""What an enemy would try, row by row: as a client, as a page in somebody's browser, as a cluster, as a neighbour on
the machine. docs/security.md says which row is shown where."""

import gzip
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import stack as stacks
from client import assert_status
from conftest import ROOT
from handler import Handler, fastcgi_records, output, request_records
from stubs.kube import Answer, Wire, json_answer
from test_raw import PODS, raw

NOBODY = 65534


# Framing: where nginx and a handler, or a handler and a cluster, could disagree about the end of a request.

SMUGGLED = [
    ("a length and chunks", b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunks and a length", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400),
    ("the same length twice", b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    ("a length with a sign", b"Content-Length: +1\r\n\r\na", 400),
    ("a length of two values", b"Content-Length: 1, 2\r\n\r\nab", 400),
    ("a folded header", b"X: a\r\n folded\r\nContent-Length: 0\r\n\r\n", 400),
    ("a bare carriage return", b"X: a\rb\r\nContent-Length: 0\r\n\r\n", 400),
    ("a NUL in a header", b"X: a\x00b\r\nContent-Length: 0\r\n\r\n", 400),
    ("a blank before the colon", b"Content-Length : 0\r\n\r\n", 400),
    ("two hosts", b"Host: localhost\r\nContent-Length: 0\r\n\r\n", 400),
    ("a coding besides chunked", b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    ("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a chunk without a size", b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", 400),
]


@pytest.mark.parametrize("rest, code", [row[1:] for row in SMUGGLED], ids=[row[0] for row in SMUGGLED])
@pytest.mark.parametrize("path", [PODS, "/api/v1/namespaces/default/services/web/proxy/"])
def test_a_request_with_two_ends_reaches_no_cluster(stubbed, stubs, connected, path, rest, code):
    stubs.kube.on("*", json_answer({}))
    head = f"POST {raw(connected, path)} HTTP/1.1\r\nHost: localhost\r\n".encode()
    hidden = b"GET /api/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reply = stubbed.wire(head + rest + hidden, timeout=3)
    assert reply.startswith(f"HTTP/1.1 {code} ".encode()), reply[:200]
    assert stubs.kube.requests == []


@pytest.mark.parametrize(
    "method, path, headers, code",
    [
        ("POST", "/raw/clusters/{id}" + PODS, {"Impersonate-User": "admin"}, 403),
        ("POST", "/raw/clusters/{id}/api/%2e%2e/x", {}, 400),
        ("POST", "/raw/clusters//api", {}, 400),
        ("POST", "/raw/clusters/{id}" + PODS, {"Origin": "https://evil.example"}, 403),
        ("POST", "/raw/clusters/{id}" + PODS, {"Host": "evil.example"}, 421),
        ("DELETE", "/api/clusters", {}, 405),
        ("POST", "/api/clusters/{id}/disconnected", {}, 404),
        ("POST", "/api/clusters/{id}/access", {"Content-Type": "text/plain"}, 415),
        ("POST", "/api/clusters/available", {"Content-Type": "application/json"}, None),
    ],
)
def test_a_body_that_a_refusal_leaves_unread_forges_no_request(stubbed, connected, method, path, headers, code):
    """More paths than test_raw has, each over a kept connection to a handler."""
    forged = fastcgi_records()
    for size in (12 << 10, 200 << 10):
        reply = stubbed.request(method, path.format(id=connected), body=forged * (size // len(forged)), headers=headers)
        assert reply.status in ((code,) if code else (400, 413)), reply.text
    assert stubbed.get("/health").status == 200
    assert "/api/forged" not in stubbed.log


# The socket of a handler, for who got that far.


def ask_handler(gateway, **params):
    params = {"REQUEST_METHOD": "GET", "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"} | params
    with Handler(gateway) as handler:
        handler.send(request_records(flags=0, **params))
        return output(handler.answer())


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nAuthorization: Bearer x", "a\x00b", "a\x7fb"])
def test_a_header_that_would_be_two_is_refused(stubbed, stubs, connected, value):
    reply = ask_handler(stubbed, REQUEST_URI=raw(connected, PODS), HTTP_X_THING=value)
    # A NUL ends the parameter for libfcgi: what follows it is gone.
    assert reply.startswith("Status: 400 ") or (b"\x00" in value.encode() and not reply.startswith("Status: 5"))
    assert all("Bearer x" not in str(r.headers) for r in stubs.kube.requests)


def test_what_nginx_would_say_of_a_user_is_not_believed(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    reply = ask_handler(
        stubbed,
        REQUEST_URI=raw(connected, PODS),
        REMOTE_USER="admin",
        HTTP_PROXY="http://127.0.0.1:1",
        DOCUMENT_URI="/raw/clusters/other/api",
        SCRIPT_NAME="/raw/clusters/other/api",
        PATH_INFO="/raw/clusters/other/api",
    )
    assert reply.startswith("Status: 200 ")
    (seen,) = stubs.kube.requests
    assert seen.target == PODS and seen.all("Proxy") == [] and "admin" not in str(seen.headers)


def test_the_sockets_are_open_to_their_owner_only(stubbed):
    for name in [*(f"serve-{n}.sock" for n in range(stubbed.stack.processes)), "redis.sock"]:
        path = stubbed.stack.run.sockets / name
        assert path.stat().st_mode & 0o007 == 0
    assert stubbed.stack.run.path.stat().st_mode & 0o077 == 0
    if os.getuid() != 0:
        return
    code = f"import socket; socket.socket(socket.AF_UNIX).connect({str(path)!r})"
    other = subprocess.run(
        ["/usr/bin/python3", "-c", code], user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True
    )
    assert other.returncode != 0 and b"PermissionError" in other.stderr


# Identity


def test_an_underscore_makes_no_header_of_another(stubbed, stubs, connected):
    stubs.kube.on("*", json_answer({}))
    names = ["Impersonate_User", "X_Remote_User", "X_Forwarded_For", "Impersonate.User"]
    assert stubbed.get(raw(connected, PODS), headers=[(name, "admin") for name in names]).status == 200
    (seen,) = stubs.kube.requests
    assert "admin" not in str(seen.headers)


@pytest.mark.parametrize(
    "named", ["Authorization", "Impersonate-User", "X-Forwarded-For", "Audit-Id, Host", "authorization, close"]
)
def test_connection_can_not_take_away_who_asks(stubbed, stubs, connected, named):
    """What Connection names belongs to one hop; our own headers are not the client's to name."""
    stubs.kube.on("*", json_answer({}))
    stubbed.get(raw(connected, PODS), headers={"Connection": named, "Authorization": "Bearer theirs"})
    (seen,) = stubs.kube.requests
    assert len(seen.all("Authorization")) == 1 and seen.header("Authorization").startswith("Bearer k8s-aws-v1.")
    assert seen.all("X-Forwarded-For") == ["127.0.0.1"] and len(seen.all("Host")) == 1


# A page in somebody's browser

FOREIGN = [
    ("a form", {"Origin": "https://evil.example", "Content-Type": "application/x-www-form-urlencoded"}),
    ("JSON without a type", {"Origin": "https://evil.example"}),
    ("a page without an origin", {"Origin": "null"}),
    ("another port of this machine", {"Origin": "http://127.0.0.1:3000"}),
    ("our name without our port", {"Origin": "http://127.0.0.1"}),
    ("a fetch across sites", {"Sec-Fetch-Site": "cross-site"}),
    ("a fetch from a neighbour", {"Sec-Fetch-Site": "same-site"}),
]


@pytest.mark.parametrize("headers", [row[1] for row in FOREIGN], ids=[row[0] for row in FOREIGN])
@pytest.mark.parametrize(
    "method, path",
    [
        ("POST", "/raw/clusters/{id}" + PODS),
        ("GET", "/raw/clusters/{id}/api/v1/namespaces/default/services/web/proxy/act"),
        ("POST", "/api/clusters/{id}/disconnect"),
        ("POST", "/api/clusters/connect"),
        ("GET", "/api/clusters"),
    ],
)
def test_another_sites_page_can_not_act_here(stubbed, stubs, connected, method, path, headers):
    reply = stubbed.request(
        method, path.format(id=connected), body=b"{}" if method == "POST" else None, headers=headers
    )
    assert_status(reply, 403, "Forbidden", slug="forbidden")
    assert reply.all("Access-Control-Allow-Origin") == []
    assert stubs.kube.requests == []
    assert stubbed.get(f"/api/clusters/{connected}").status == 200


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}])
def test_our_own_pages_and_programs_can(stubbed, connected, headers):
    own = {"Origin": f"http://{stubbed.host}:{stubbed.port}"} if headers else {}
    assert stubbed.get("/api/clusters", headers=headers | own).status == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_no_answer_lets_another_site_read_it(stubbed, origin):
    for method, path in (("OPTIONS", "/api/clusters"), ("GET", "/health"), ("GET", "/"), ("OPTIONS", "/raw/api")):
        reply = stubbed.request(method, path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"})
        assert not [name for name, _ in reply.headers if name.lower().startswith("access-control-")]


# Paths


@pytest.mark.parametrize(
    "path, code",
    [
        ("/raw/clusters/{id}/%2e%2e/b/api", 400),
        ("/raw/clusters/{id}/./api", 400),
        ("/raw/clusters/{id}/.%2e/api", 400),
        ("/raw/clusters/%2e%2e/api", 400),
        ("/raw/clusters/{id}/%00", 400),
        ("/raw/clusters/{id}%2Fapi", 404),
        ("/raw/clusters/{id}x/api", 404),
        ("/rawclusters/{id}/api", 404),
        ("/assets/../raw/clusters/{id}/api", 400),
        ("/raw/clusters/other/../{id}/api", 400),
    ],
)
def test_a_path_that_could_be_another_reaches_no_cluster(stubbed, stubs, connected, path, code):
    assert stubbed.get(path.format(id=connected)).status == code
    assert stubs.kube.requests == []


@pytest.mark.parametrize(
    "rest",
    [
        "//api",
        "/..%2f..%2fb/api",
        "/a%0d%0aX:y",
        "/api;x=1",
        "/a%252e%252e/b",
        "/api\\x",
        "/api?a?b",
        "/%C0%AE%C0%AE/api",
        "/" + "a" * 8000,
    ],
)
def test_a_path_that_is_only_odd_passes_as_it_is(stubbed, stubs, connected, rest):
    stubs.kube.on("*", json_answer({}))
    assert stubbed.get(raw(connected, rest)).status == 200
    assert [r.target for r in stubs.kube.requests] == [rest]


# Where calls go


def test_proxies_of_the_environment_are_not_used(launcher, short_tmp, stubs):
    trap = socket.create_server(("127.0.0.1", 0))
    trap.settimeout(0.2)
    url = f"http://127.0.0.1:{trap.getsockname()[1]}"
    names = ("http_proxy", "https_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")
    gateway = launcher.start(short_tmp, env=stubs.environment() | {name: url for name in names})
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    identity = gateway.post("/api/clusters/connect", body).json["connection_id"]
    assert gateway.get(raw(identity, "/version"), headers={"Proxy": url}).status == 200
    with pytest.raises(TimeoutError):
        trap.accept()
    launcher.stop(gateway)


REDIRECTS = [301, 302, 303, 307, 308]


@pytest.mark.parametrize("code", REDIRECTS)
def test_a_redirect_takes_no_token_elsewhere(stubbed, stubs, connected, code):
    elsewhere = f"https://127.0.0.1:{stubs.wrong_name.port}/steal"
    stubs.kube.on("*", Answer(code, b"", [("Location", elsewhere)], "Elsewhere"))
    reply = stubbed.get(raw(connected, PODS))
    assert (reply.status, reply.header("Location")) == (code, elsewhere)
    reply = stubbed.get(f"/api/clusters/{connected}/resources/pods")
    assert reply.status == 502
    assert stubs.wrong_name.requests == []


# What a cluster, or a pod behind it, may answer


def test_a_bomb_of_gzip_passes_as_it_is_and_is_never_opened(stubbed, stubs, connected):
    bomb = gzip.compress(bytes(64 << 20))
    stubs.kube.on("*", Answer(200, bomb, [("Content-Type", JSON), ("Content-Encoding", "gzip")]))
    assert stubbed.get(raw(connected, PODS), headers={"Accept-Encoding": "gzip"}).body == bomb
    reply = stubbed.get(f"/api/clusters/{connected}/resources/pods")
    assert_status(reply, 502, "InternalError", slug="upstream-broken")


JSON = "application/json"
DEEP = b'{"kind":"Table","rows":[{"cells":[' + b"[" * 20_000 + b"]" * 20_000 + b"]}]}"
HUGE = b'{"kind":"Table","rows":[{"cells":["' + b"x" * (33 << 20) + b'"]}]}'


@pytest.mark.parametrize("body", [DEEP, HUGE], ids=["20,000 levels deep", "one text of 33 MiB"])
def test_a_list_that_would_take_all_memory_is_an_error(stubbed, stubs, connected, body):
    stubs.kube.on("/api/v1/pods", Answer(200, body))
    try:
        reply = stubbed.get(f"/api/clusters/{connected}/resources/pods")
    except (http.client.HTTPException, OSError):
        reply = None  # broken off after its beginning
    assert reply is None or reply.status == 502
    assert stubbed.get("/health").status == 200


BOMBS = [
    ("10,000 levels", b"[" * 10_000),
    ("a number of 10,000 digits", b'{"region":' + b"9" * 10_000 + b"}"),
    ("not a number", b'{"region":NaN}'),
    ("a lone surrogate", b'{"region":"\\ud800"}'),
    ("a NUL", b'{"region":"a\\u0000b"}'),
    ("a member twice", b'{"region":"us-east-1","region":"evil"}'),
    ("5,000 members", b"{" + b",".join(b'"%d":1' % n for n in range(1400)) + b"}"),
]


@pytest.mark.parametrize("body", [row[1] for row in BOMBS], ids=[row[0] for row in BOMBS])
def test_json_that_is_a_trap_is_refused(bare, body):
    reply = bare.request("POST", "/api/clusters/connect", body=body, headers={"Content-Type": JSON})
    assert reply.status in (400, 413, 422), reply.text


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    "wire",
    [
        HEAD + b"X: a\r\n\tfolded: b\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X: a\rSet-Cookie: b\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"X: a\x00Set-Cookie: b\r\nContent-Length: 2\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}",
        HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nX: second\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nSet-Cookie : a=b\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nGET /forged",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
        b"HTTP/1.1 200 " + b"a" * 200_000 + b"\r\n\r\n",
    ],
    ids=["folded", "bare CR", "NUL", "two lengths", "length and chunks", "two answers", "blank before the colon", "101",
         "10,000 headers", "a line of 200,000"],
)  # fmt: skip
def test_an_answer_that_is_ambiguous_sets_nothing_and_ends_with_its_connection(stubbed, stubs, connected, wire):
    stubs.kube.on("*", Wire([wire]))
    try:
        reply = stubbed.get(raw(connected, PODS))
    except (http.client.HTTPException, OSError):
        reply = None
    if reply is not None:
        assert reply.status in (200, 502), reply.text
        assert reply.all("Set-Cookie") == [] and reply.all("X") in ([], ["a"], ["a\tfolded: b"], ["a folded: b"])
    stubs.kube.on("*", json_answer({"own": True}))
    for _ in range(5):
        assert stubbed.get(raw(connected, PODS)).json == {"own": True}


def test_a_cluster_that_sends_a_byte_a_second_keeps_nobody_else_waiting(stubbed, stubs, connected):
    stubs.kube.on(PODS, Wire([HEAD, *[b"X", 1] * 20]))
    slow = []
    for _ in range(4):
        connection = socket.create_connection((stubbed.host, stubbed.port))
        connection.sendall(f"GET {raw(connected, PODS)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        slow.append(connection)
    time.sleep(0.5)
    for _ in range(20):
        begin = time.monotonic()
        assert stubbed.get(raw(connected, "/version")).status == 200 and time.monotonic() - begin < 10
    for connection in slow:
        connection.close()


def test_answers_of_two_clusters_are_never_mixed_up(stubbed, stubs):
    """Each has an authority of its own; every answer says whose it is."""
    clusters = {"one": (stubs.kube, stubs.authority), "two": (stubs.wrong_authority, stubs.other_authority)}
    identities = {}
    for name, (stub, authority) in clusters.items():
        stub.on("*", lambda request, name=name: json_answer({"cluster": name, "target": request.target}))
        body = {"cluster_name": stubs.cluster(stub.port, authority), "region": "us-east-1", "auth": {"type": "default"}}
        reply = stubbed.post("/api/clusters/connect", body)
        assert reply.status == 201, reply.text
        identities[name] = reply.json["connection_id"]

    def ask(n):
        name = ("one", "two")[n * n % 3 % 2]
        answer = stubbed.get(raw(identities[name], f"/api/v1/n/{n}")).json
        return answer == {"cluster": name, "target": f"/api/v1/n/{n}"}

    with ThreadPoolExecutor(24) as pool:
        assert all(pool.map(ask, range(600)))
    tokens = [{r.header("Authorization") for r in stub.requests} for stub, _ in clusters.values()]
    assert all(tokens) and not tokens[0] & tokens[1]


# What is written down

EVIL_IDS = ["x\r\nFLUSHALL", "x FLUSHALL", "%s%n%p", "*", "eksgate:connections", "x\nSET a b", "'; --", "{x}"]


@pytest.mark.parametrize("identity", EVIL_IDS)
def test_an_id_is_data_to_redis(stubbed, connected, identity):
    quoted = urllib.parse.quote(identity, safe="")
    for method, path in (
        ("GET", f"/raw/clusters/{quoted}/api"),
        ("GET", f"/api/clusters/{quoted}"),
        ("POST", f"/api/clusters/{quoted}/disconnect"),
    ):
        assert stubbed.request(method, path).status in (400, 404)
    assert stubbed.get(f"/api/clusters/{connected}").status == 200


def test_a_line_of_a_log_is_one_line_whatever_a_client_sends(stubbed, connected):
    forged = '{"level":"info","message":"forged"}'
    stubbed.get("/api/clusters/%0a" + urllib.parse.quote(forged))
    stubbed.get("/raw/clusters/" + urllib.parse.quote("\n" + forged, safe=""))
    stubbed.get("/api/nothing", headers={"User-Agent": forged, "Referer": forged, "X-Request-Id": forged})
    stubbed.wire(b"GET /api/\xff\x1b[31m HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    lines = [json.loads(line) for line in stubbed.log.splitlines()]
    assert all(line.get("message") != "forged" for line in lines)
    assert all(isinstance(line, dict) for line in stubbed.access_log)
    assert "\x1b" not in stubbed.log


def test_errors_tell_nothing_of_the_machine(stubbed, stubs, connected):
    stubs.kube.on("*", Wire([]))
    replies = [
        stubbed.get(raw(connected, PODS)),
        stubbed.get("/api/clusters/nobody"),
        stubbed.post(
            "/api/clusters/connect",
            {"cluster_name": "c", "region": "us-east-1", "auth": {"type": "profile", "profile": "p"}},
        ),
    ]
    for reply in replies:
        assert reply.status >= 400
        assert str(ROOT) not in reply.text and str(stubbed.stack.run.path) not in reply.text
        assert ".c:" not in reply.text and "0x" not in reply.text


# The process


@pytest.mark.skipif(os.getuid() != 0, reason="another user's process can be started by root only")
def test_another_process_of_the_same_user_can_not_read_the_memory(short_tmp):
    """gcore, a debugger, /proc: all need what this refuses. The released program: a sanitizer looks into itself."""
    os.chmod(short_tmp, 0o755)
    directory = short_tmp / "nobody"
    directory.mkdir()
    key = directory / "key"
    key.write_bytes(os.urandom(32))
    program = directory / "eksgate"
    program.write_bytes((ROOT / "build" / "eksgate").read_bytes())
    for path, mode in ((program, 0o755), (key, 0o600), (directory, 0o700)):
        path.chmod(mode)
        os.chown(path, NOBODY, NOBODY)
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "EKSGATE_SOCKET_DIR": str(directory),
        "EKSGATE_SECRET_KEY_FILE": str(key),
        "EKSGATE_REDIS": f"unix:{directory}/redis.sock",
        "EKSGATE_AUTH": "off",
        "EKSGATE_PROCESSES": "1",
        "EKSGATE_THREADS": "2",
    }
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    plain = subprocess.Popen(["sleep", "60"], env={}, **as_nobody)
    serve = subprocess.Popen(
        [program, "serve"], env=env, cwd="/", start_new_session=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, **as_nobody
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while not (directory / "serve-0.sock").exists() and time.monotonic() < deadline and serve.poll() is None:
            time.sleep(0.05)
        assert (directory / "serve-0.sock").exists(), serve.stdout.read() if serve.poll() is not None else "no socket"
        time.sleep(0.5)

        def readable(pid):
            code = f"open('/proc/{pid}/environ','rb').read(); open('/proc/{pid}/maps').read()"
            return subprocess.run(["/usr/bin/python3", "-c", code], capture_output=True, **as_nobody).returncode == 0

        assert readable(plain.pid)  # the question itself is right
        for pid in stacks.session_members(serve.pid):
            assert not readable(pid)
            assert re.search(r"Max core file size\s+0\s+0", Path(f"/proc/{pid}/limits").read_text())
    finally:
        serve.send_signal(signal.SIGTERM)
        plain.kill()
        serve.wait(20)
        plain.wait(20)


def test_the_front_gives_slow_clients_no_more_than_their_time(bare):
    shown = subprocess.run([*bare.stack.nginx_argv(), "-T"], capture_output=True, text=True).stdout
    for setting in (
        "client_header_timeout 10s",
        "client_body_timeout 30s",
        "send_timeout 60s",
        "reset_timedout_connection on",
        "underscores_in_headers off",
        "ignore_invalid_headers on",
        "fastcgi_next_upstream off",
        "large_client_header_buffers 8 32k",
    ):
        assert f"{setting};" in shown, setting
