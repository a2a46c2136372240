"""nginx: hosts, limits, headers, the UI's files, and errors that are a metav1.Status whoever makes them."""

import gzip
import re
import subprocess

import pytest
from client import assert_status, wait_until
from conftest import INDEX


def test_the_configuration_passes_nginxs_own_check(bare):
    check = subprocess.run([*bare.stack.nginx_argv(), "-t"], capture_output=True, text=True)
    assert check.returncode == 0, check.stderr
    assert "[warn]" not in check.stderr, check.stderr


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "localhost:1", "LOCALHOST"])
def test_a_host_of_ours_is_answered_whatever_its_port(bare, host):
    assert bare.get("/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.2", "0.0.0.0", "xlocalhost", "localhostx"]
)
@pytest.mark.parametrize("path", ["/", "/health", "/api/clusters", "/raw/api/v1/pods", "/assets/index-a1B2c3D4.js"])
def test_an_unknown_host_is_421(bare, host, path):
    assert_status(bare.get(path, headers={"Host": host}), 421, "MisdirectedRequest", slug="unknown-host")


def test_a_request_without_host_is_421(bare):
    assert bare.wire(b"GET /health HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 421 ")


WIRE = [
    ("garbage", b"GARBAGE\r\n\r\n", 400),
    ("NUL in the path", b"GET /raw/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("a path above the root", b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    ("two Host headers", b"GET /health HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400),
    ("no Host header", b"GET /health HTTP/1.1\r\n\r\n", 400),
    (
        "two Content-Lengths",
        b"POST /raw/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        400,
    ),
    (
        "length and chunked",
        b"POST /raw/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
    ),
    (
        "a transfer encoding besides chunked",
        b"POST /raw/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        501,
    ),
    ("a header of 33 KiB", b"GET /health HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 33 * 1024 + b"\r\n\r\n", 400),
    ("a request line of 33 KiB", b"GET /" + b"a" * 33 * 1024 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    ("HTTP/3.0", b"GET / HTTP/3.0\r\nHost: localhost\r\n\r\n", 505),
    ("TRACE", b"TRACE /raw/x HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    (
        "a body said to be 9 MiB",
        b"POST /api/clusters/connect HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 9437184\r\n\r\n",
        413,
    ),
]


@pytest.mark.parametrize("data, code", [row[1:] for row in WIRE], ids=[row[0] for row in WIRE])
def test_what_nginx_refuses_is_a_status_in_json(bare, data, code):
    head, _, body = bare.wire(data).partition(b"\r\n\r\n")
    head = head.decode()
    assert head.startswith(f"HTTP/1.1 {code} "), head
    assert re.search(r"(?im)^content-type: application/json\r?$", head), head
    assert len(re.findall(r"(?im)^x-request-id: [0-9a-f]{32}\r?$", head)) == 1, head
    assert re.search(r"(?im)^x-eksgate-error: [a-z-]+\r?$", head), head
    assert f'"code":{code}'.encode() in body and b'"kind":"Status"' in body


def test_405_names_the_allowed_methods(bare):
    reply = bare.request("PUT", "/")
    assert_status(reply, 405, "MethodNotAllowed")
    assert reply.header("Allow") == "GET, HEAD"


def test_a_header_with_an_underscore_never_reaches_a_handler(bare):
    # Were it passed on, it would be the same FastCGI parameter as Content-Type, and that would be refused.
    reply = bare.request(
        "POST",
        "/api/clusters/connect",
        body=b"{}",
        headers=[("Content-Type", "application/json"), ("Content_Type", "text/plain")],
    )
    assert reply.status == 422


@pytest.mark.parametrize("method, upgrade", [("GET", "websocket"), ("POST", "SPDY/3.1")])
def test_an_upgrade_goes_to_the_tunnel(bare, method, upgrade):
    path = "/raw/clusters/nobody/api/v1/namespaces/default/pods/x/exec"
    reply = bare.request(method, path, headers={"Upgrade": upgrade, "Connection": "Upgrade"})
    assert_status(reply, 404, "NotFound", slug="not-connected")
    wait_until(lambda: '"upgrade":"%s"' % upgrade in bare.tunnel_log)


def test_curls_offer_of_http2_is_ignored(bare):
    reply = bare.get("/raw/clusters/nobody/api", headers={"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings"})
    assert reply.status == 404


UI_PATHS = [
    ("the page", "/", {}, 200, "no-cache"),
    ("a file with its hash in the name", "/assets/index-a1B2c3D4.js", {}, 200, "public, max-age=31536000, immutable"),
    ("a file without", "/assets/favicon.svg", {}, 200, "no-cache"),
    (
        "a path of the UI, opened by a browser",
        "/c/us-east-1_demo/pods?q=1",
        {"Accept": "text/html,*/*"},
        200,
        "no-cache",
    ),
]


@pytest.mark.parametrize(
    "path, headers, code, caching", [row[1:] for row in UI_PATHS], ids=[row[0] for row in UI_PATHS]
)
def test_the_uis_files_are_cached_by_their_names_and_guarded_by_headers(bare, path, headers, code, caching):
    reply = bare.get(path, headers=headers)
    assert reply.status == code
    assert reply.header("Cache-Control") == caching
    policy = dict(part.strip().split(" ", 1) for part in reply.header("Content-Security-Policy").split(";"))
    assert policy["default-src"] == policy["script-src"] == policy["style-src"] == "'self'"
    for directive in ("object-src", "frame-ancestors", "base-uri"):
        assert policy[directive] == "'none'"
    assert "unsafe" not in reply.header("Content-Security-Policy")
    assert reply.header("X-Content-Type-Options") == "nosniff"
    assert reply.header("Referrer-Policy") == "no-referrer"
    assert reply.header("Cross-Origin-Opener-Policy") == "same-origin"
    assert "camera=()" in reply.header("Permissions-Policy")
    assert reply.header("Server") == "nginx"


@pytest.mark.parametrize(
    "path, headers",
    [
        ("/apii/clusters", {"Accept": "application/json"}),
        ("/nothing", {}),
        ("/assets/missing-a1B2c3D4.js", {"Accept": "text/html"}),
        ("/assets/", {"Accept": "text/html"}),
    ],
)
def test_what_is_not_there_is_404_and_not_the_page(bare, path, headers):
    assert_status(bare.get(path, headers=headers), 404, "NotFound")


def test_a_path_of_the_ui_serves_the_page(bare):
    assert bare.get("/c/x/pods", headers={"Accept": "text/html"}).text == INDEX


def test_a_compressed_file_beside_the_plain_one_is_used(bare):
    plain = bare.stack.ui / "assets" / "index-a1B2c3D4.js"
    with gzip.open(f"{plain}.gz", "wb") as file:
        file.write(plain.read_bytes())
    reply = bare.get("/assets/index-a1B2c3D4.js", headers={"Accept-Encoding": "gzip"})
    assert reply.header("Content-Encoding") == "gzip"
    assert gzip.decompress(reply.body) == plain.read_bytes()
    assert bare.get("/assets/index-a1B2c3D4.js").body == plain.read_bytes()


@pytest.mark.parametrize("path", ["/", "/health", "/api/clusters", "/raw/clusters/nobody/api", "/nothing"])
def test_every_answer_has_one_request_id_of_its_own(bare, path):
    ids = {bare.get(path).header("X-Request-Id") for _ in range(3)}
    assert len(ids) == 3 and all(re.fullmatch("[0-9a-f]{32}", i) for i in ids)


def test_the_clients_request_id_is_not_taken_over(bare):
    assert bare.get("/health", headers={"X-Request-Id": "mine"}).header("X-Request-Id") != "mine"


def test_the_access_log_has_no_query(bare):
    bare.get("/raw/clusters/nobody/api?token=very-secret-query")
    line = [entry for entry in bare.access_log if entry["path"] == "/raw/clusters/nobody/api"][-1]
    assert line["status"] == 404 and line["method"] == "GET" and re.fullmatch("[0-9a-f]{32}", line["request_id"])
    assert "very-secret-query" not in (bare.stack.run.path / "log" / "access.log").read_text()


def test_a_large_body_never_becomes_a_file(bare):
    """Bodies hold keys and Secrets; up to the limit of 8 MiB they stay in nginx's memory."""
    seen = []
    body = b'{"cluster_name":"' + b"x" * (7 << 20) + b'"}'
    bare.request("POST", "/api/clusters/connect", body=body, headers={"Content-Type": "application/json"})
    for file in (bare.stack.run.path / "tmp").rglob("*"):
        if file.is_file():
            seen.append(file)
    assert not seen
    assert "buffered to a temporary file" not in (bare.stack.run.path / "log" / "nginx.log").read_text()


def test_slow_heads_do_not_keep_others_waiting(bare):
    """Half-open requests cost nginx a connection each, and nobody else anything."""
    import socket
    import time

    halves = []
    try:
        for _ in range(500):
            half = socket.create_connection((bare.host, bare.port))
            half.sendall(b"GET /health HTTP/1.1\r\nHost: local")
            halves.append(half)
        begin = time.monotonic()
        assert bare.get("/").status == 200
        assert time.monotonic() - begin < 10
    finally:
        for half in halves:
            half.close()
