"""Browsers' sessions: a key is shown once, for a cookie; and what an attacker may try with that cookie."""

import http.client
import json
import re
import socket

import pytest

from client import Reply, assert_status, wait_until
from stubs.kube import Switch, json_answer
from test_keys import Keyed, cluster, id_of  # noqa: F401
from test_streams import Stream, chunk, silent
from test_tls import TlsClient
from test_tunnel import EXEC, UPGRADE, Upgraded, echo, front

CLEAR, SECURE = "eksgate", "__Host-eksgate"
PODS = "/api/v1/namespaces/a/pods"
WRONG = "eksgate_" + "0" * 16 + "_" + "0" * 72


class Browser:
    """Keeps the cookie, and says of itself what a page of ours would."""

    def __init__(self, keyed, name=CLEAR):
        self.keyed, self.gateway, self.name = keyed, keyed.gateway, name
        self.host = f"{self.gateway.host}:{self.gateway.port}"
        self.origin = f"http://{self.host}"
        self.cookie = self.token = None

    def sign_in(self, key, **headers):
        reply = self.gateway.post("/api/auth/login", {"token": key}, headers=self.headers() | headers)
        if reply.status == 200:
            self.cookie, _, self.flags = reply.header("Set-Cookie").removeprefix(f"{self.name}=").partition("; ")
            self.token = reply.json["csrf"]
        return reply

    def headers(self, method="POST", token=True):
        headers = {"Host": self.host, "Sec-Fetch-Site": "same-origin"}
        if self.cookie:
            headers["Cookie"] = f"theme=dark; {self.name}={self.cookie}"
        if self.token and token:
            headers["X-Eksgate-Csrf"] = self.token
        if method not in ("GET", "HEAD"):
            headers["Origin"] = self.origin
        return headers

    def ask(self, method, path, token=True, **options):
        """A header of None is one that is not sent."""
        headers = self.headers(method, token) | options.pop("headers", {})
        return self.gateway.request(method, path, headers={k: v for k, v in headers.items() if v is not None}, **options)


@pytest.fixture
def browser(keyed, editor):
    browser = Browser(keyed)
    assert browser.sign_in(editor).status == 200
    return browser


def redis(keyed, *words):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(keyed.gateway.stack.redis_socket))
        connection.sendall((" ".join(words) + "\r\n").encode())
        connection.settimeout(10)
        return connection.recv(1 << 20).decode()


def sessions(keyed):
    return set(re.findall(r"eksgate:session:\w+", redis(keyed, "KEYS", "eksgate:session:*")))


# The shapes


def test_how_to_sign_in(keyed, bare):
    assert keyed.gateway.get("/api/auth/login").json == {
        "strategy": "cookie",
        "schema": "token",
        "provider": "static-token",
    }
    assert bare.get("/api/auth/login").json == {"strategy": "cookie", "schema": "", "provider": ""}


def test_a_key_is_shown_once_for_a_cookie_that_no_script_can_read(keyed, editor):
    browser = Browser(keyed)
    reply = browser.sign_in(editor)
    assert reply.json == {"message": "", "csrf": browser.token}
    assert re.fullmatch(r"[0-9a-f]{64}", browser.token)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", browser.cookie)
    assert browser.flags == "Path=/; HttpOnly; SameSite=Strict"
    assert reply.header("Cache-Control") == "no-store"
    who = browser.ask("GET", "/api/auth/user")
    assert who.json["user"] == {"username": id_of(editor), "role": "editor"}
    assert who.json["csrf"] == browser.token and who.json["expires_at"]
    assert browser.ask("GET", "/api/whoami").json["id"] == id_of(editor)


def test_a_key_in_a_header_is_somebody_without_a_session(keyed, viewer):
    who = keyed.ask(viewer, "GET", "/api/auth/user").json
    assert who == {"user": {"username": id_of(viewer), "role": "viewer"}, "csrf": None, "expires_at": None}
    assert keyed.ask(viewer, "GET", "/api/auth/logout").json == {"message": ""}
    assert keyed.ask(viewer, "GET", "/api/whoami").status == 200


@pytest.mark.parametrize(
    "body, status, reason",
    [
        ({}, 422, "Invalid"),
        ({"token": 7}, 422, "Invalid"),
        ({"token": ""}, 422, "Invalid"),
        ({"username": "admin", "password": "admin"}, 422, "Invalid"),
        ({"token": "kore3lab"}, 401, "Unauthorized"),
        ({"token": "a\r\nSet-Cookie: x=y"}, 422, "Invalid"),
        ({"token": "A" * 256}, 401, "Unauthorized"),
        ({"token": "A" * 257}, 422, "Invalid"),
    ],
)
def test_what_is_no_key_gets_no_cookie(keyed, body, status, reason):
    reply = keyed.gateway.post("/api/auth/login", body)
    if reply.status == 429:  # of the wrong ones before it
        return
    assert_status(reply, status, reason)
    assert not reply.all("Set-Cookie")


def test_a_form_can_not_sign_in(keyed, viewer):
    for kind in "text/plain", "application/x-www-form-urlencoded":
        body = json.dumps({"token": viewer}).encode()
        reply = keyed.gateway.request("POST", "/api/auth/login", body=body, headers={"Content-Type": kind})
        assert reply.status == 415 and not reply.all("Set-Cookie")


def test_there_is_nothing_to_refresh(keyed, browser, bare):
    """As the original answers with this strategy: a cookie has no second token, and use keeps it alive."""
    body = {"refreshToken": "anything"}
    assert_status(browser.ask("POST", "/api/auth/token/refresh", json_body=body), 404, "NotFound")
    for gateway in keyed.gateway, bare:
        reply = gateway.post("/api/auth/token/refresh", body)
        assert_status(reply, 404, "NotFound")
        assert not reply.all("Set-Cookie")


def test_where_nobody_needs_a_key_there_are_no_sessions(bare):
    reply = bare.post("/api/auth/login", {"token": "anything"})
    assert reply.json == {"message": "", "csrf": None} and not reply.all("Set-Cookie")
    assert bare.get("/api/auth/user").json["user"]["username"] == "anonymous"


# What a session may


def test_it_may_what_its_key_may(browser, cluster, stubs):  # noqa: F811
    stubs.kube.on(PODS, json_answer({"items": []}))
    assert browser.ask("GET", f"/raw/clusters/{cluster}{PODS}").json == {"items": []}
    assert browser.ask("POST", f"/raw/clusters/{cluster}{PODS}", json_body={}).status == 200
    assert_status(browser.ask("POST", "/api/keys", json_body={"role": "admin"}), 403, "Forbidden")
    for request in stubs.kube.seen(PODS):
        assert not request.all("Cookie") + request.all("X-Eksgate-Csrf")


def test_a_bearer_key_goes_before_a_cookie(keyed, browser, admin):
    headers = {"Authorization": f"Bearer {admin}", "X-Eksgate-Csrf": None, "Origin": None}
    assert browser.ask("GET", "/api/whoami", headers=headers).json["id"] == id_of(admin)
    reply = browser.ask("POST", "/api/keys", json_body={"role": "viewer"}, headers=headers)
    assert reply.status == 201
    assert browser.ask("GET", "/api/whoami", headers={"Authorization": f"Bearer {WRONG}"}).status in (401, 429)


def test_redis_has_neither_the_cookie_nor_the_key(keyed, editor):
    before = sessions(keyed)
    browser = Browser(keyed)
    browser.sign_in(editor)
    (name,) = sessions(keyed) - before
    record = redis(keyed, "HGETALL", name)
    assert id_of(editor) in record
    for secret in browser.cookie, browser.token, editor:
        assert secret not in name + record
        assert secret not in keyed.gateway.log + json.dumps(keyed.gateway.access_log)


# Attacks

WRITES = [
    ("POST", "/api/clusters/{cluster}/namespaces", {"name": "evil"}),
    ("DELETE", "/raw/clusters/{cluster}" + PODS + "/x", None),
    ("PATCH", "/raw/clusters/{cluster}" + PODS + "/x", {}),
    ("POST", "/raw/clusters/{cluster}", {}),
    ("PROPFIND", "/raw/clusters/{cluster}" + PODS, None),
    # What looks like a read and is more than one.
    ("GET", "/raw/clusters/{cluster}" + PODS + "/x/proxy/delete-everything", None),
    ("GET", "/api/terminal/clusters/{cluster}/namespaces/a/pods/x/termtype/pod", None),
    ("POST", "/api/terminal/clusters/{cluster}/namespaces/a/pods/x/termtype/pod", None),
]
FORGED = [
    ("no token", {"X-Eksgate-Csrf": None}),
    ("an empty token", {"X-Eksgate-Csrf": ""}),
    ("a word", {"X-Eksgate-Csrf": "1"}),
    ("another's token", {"X-Eksgate-Csrf": "0" * 64}),
    ("a foreign page", {"Origin": "https://evil.example"}),
    ("a page in a sandbox", {"Origin": "null"}),
    ("another port of this host", {"Origin": "http://127.0.0.1:1"}),
    ("a link from elsewhere", {"Sec-Fetch-Site": "cross-site"}),
    ("a neighbour", {"Sec-Fetch-Site": "same-site"}),
]


@pytest.mark.parametrize("why, forged", FORGED, ids=[row[0] for row in FORGED])
def test_no_other_page_can_use_the_cookie(browser, cluster, stubs, why, forged):  # noqa: F811
    for method, path, body in WRITES:
        reply = browser.ask(method, path.format(cluster=cluster), json_body=body, headers=forged)
        assert_status(reply, 403, "Forbidden", slug="forbidden")
    assert not stubs.kube.requests


def test_a_change_without_an_origin_is_nobodys(browser, cluster, stubs):  # noqa: F811
    for method, path, body in WRITES:
        if method != "GET":
            reply = browser.ask(method, path.format(cluster=cluster), json_body=body, headers={"Origin": None})
            assert_status(reply, 403, "Forbidden", slug="forbidden")
    assert not stubs.kube.requests


def test_a_page_of_another_site_can_sign_nobody_in_or_out(keyed, browser, viewer):
    for headers in {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}:
        reply = keyed.gateway.post("/api/auth/login", {"token": viewer}, headers=headers)
        assert reply.status == 403 and not reply.all("Set-Cookie")
        for method in "GET", "POST":
            assert browser.ask(method, "/api/auth/logout", headers=headers).status == 403
    assert browser.ask("GET", "/api/whoami").status == 200


def test_a_session_that_somebody_else_chose_is_none(keyed, editor):
    """Fixation: signing in never takes over what the browser brought."""
    attacker = Browser(keyed)
    attacker.sign_in(editor)
    for planted in "A" * 43, attacker.cookie:
        victim = Browser(keyed)
        victim.cookie = planted
        assert victim.sign_in(editor).status == 200
        assert victim.cookie != planted
    # What was there is over with.
    assert attacker.ask("GET", "/api/whoami").status in (401, 429)
    assert victim.ask("GET", "/api/whoami").status == 200


def test_two_cookies_of_one_name_are_nobodys(browser):
    for cookie in f"{CLEAR}={browser.cookie}; {CLEAR}=planted", f"{CLEAR}=planted; {CLEAR}={browser.cookie}":
        assert_status(browser.ask("GET", "/api/whoami", headers={"Cookie": cookie}), 400, "BadRequest")
    headers = [("Cookie", f"{CLEAR}={browser.cookie}"), ("Cookie", f"{CLEAR}=planted")]
    assert browser.gateway.get("/api/whoami", headers=headers).status == 400


@pytest.mark.parametrize("cookie", ["eksgate", "eksgate=", "eksgate=;", "=eksgate", "xeksgate={}", "EKSGATE={}", '"eksgate={}"'])
def test_what_is_no_cookie_of_ours_lets_nobody_in(browser, cookie):
    reply = browser.ask("GET", "/api/whoami", headers={"Cookie": cookie.format(browser.cookie)})
    assert reply.status in (401, 429)


def test_a_stolen_cookie_is_worth_nothing_after_the_logout(keyed, browser):
    stolen = browser.cookie
    reply = browser.ask("POST", "/api/auth/logout")
    assert reply.json == {"message": ""}
    assert reply.header("Set-Cookie") == f"{CLEAR}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0"
    browser.cookie = stolen
    for _ in range(4):  # whichever process answers
        assert_status(browser.ask("GET", "/api/whoami"), 401, "Unauthorized", slug="unauthenticated")


def test_a_session_ends_with_its_key_at_once(keyed, admin):
    browser = Browser(keyed)
    key = keyed.create("editor")
    browser.sign_in(key)
    assert browser.ask("GET", "/api/whoami").status == 200
    assert keyed.ask(admin, "DELETE", f"/api/keys/{id_of(key)}").status == 200
    for _ in range(4):
        assert_status(browser.ask("GET", "/api/whoami"), 401, "Unauthorized")


def test_wrong_keys_at_the_sign_in_are_counted_as_everywhere(launcher, stubs, short_tmp):
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | {"EKSGATE_AUTH": "keys"}, processes=2))
    good = own.create("viewer")
    statuses = [own.gateway.post("/api/auth/login", {"token": WRONG}).status for _ in range(40)]
    assert set(statuses) == {401, 429} and statuses[0] == 401
    # Other ways in are used up with it, known keys aside.
    reply = own.gateway.get("/api/whoami", headers={"Authorization": f"Bearer {WRONG}"})
    assert reply.status in (401, 429)
    launcher.stop(own.gateway)
    assert good


def test_a_session_has_an_end_and_may_not_lie_about(launcher, stubs, short_tmp):
    environment = {"EKSGATE_AUTH": "keys", "EKSGATE_SESSION_SECONDS": "600", "EKSGATE_SESSION_IDLE_SECONDS": "1"}
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | environment, processes=1))
    browser = Browser(own)
    browser.sign_in(own.create("viewer"))
    wait_until(lambda: not sessions(own))
    assert_status(browser.ask("GET", "/api/whoami"), 401, "Unauthorized", message="sign in again")
    launcher.stop(own.gateway)


def test_use_does_not_lengthen_it_beyond_its_end(launcher, stubs, short_tmp):
    environment = {"EKSGATE_AUTH": "keys", "EKSGATE_SESSION_SECONDS": "2", "EKSGATE_SESSION_IDLE_SECONDS": "600"}
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | environment, processes=1))
    browser = Browser(own)
    browser.sign_in(own.create("viewer"))
    wait_until(lambda: browser.ask("GET", "/api/whoami").status == 401)
    wait_until(lambda: not sessions(own))
    launcher.stop(own.gateway)


def test_what_a_session_has_opened_ends_with_it_and_the_keys_own_goes_on(launcher, stubs, short_tmp):
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | {"EKSGATE_AUTH": "keys"}, processes=1))
    admin = own.create("admin")
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    cluster = own.ask(admin, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]  # noqa: F811
    stubs.kube.on(PODS, silent(chunk(b"{}\n")))
    stubs.kube.on(EXEC, Switch(echo))
    browser = Browser(own)
    browser.sign_in(admin)
    watch = f"/raw/clusters/{cluster}{PODS}?watch=true"
    streams = [
        Stream(own.gateway, watch, headers.items())
        for headers in ({"Cookie": f"{CLEAR}={browser.cookie}"}, {"Authorization": f"Bearer {admin}"})
    ]
    for stream in streams:
        stream.head()
        assert stream.reply.status == 200 and stream.line() == b"{}\n"
    headers = UPGRADE | browser.headers()
    session = Upgraded(front(own.gateway), f"/raw/clusters/{cluster}{EXEC}", headers=headers)
    assert session.reply.status == 101
    session.send(b"ping")
    assert session.receive(4) == b"ping"
    assert browser.ask("POST", "/api/auth/logout").status == 200
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        while streams[0].line():
            pass
        raise ConnectionError
    assert session.receive_all() == b""
    wait_until(lambda: "its session has ended" in own.gateway.log)
    streams[1].close()
    launcher.stop(own.gateway)


# Upgrades


@pytest.mark.parametrize(
    "change, status",
    [
        ({}, 101),
        ({"Origin": None}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"X-Eksgate-Csrf": None}, 403),
        ({"X-Eksgate-Csrf": "0" * 64}, 403),
        ({"Cookie": "eksgate=nobody"}, 401),
        ({"Cookie": "eksgate=a; eksgate=b"}, 400),
    ],
)
def test_an_upgrade_takes_a_cookie_from_our_own_pages(browser, cluster, stubs, change, status):  # noqa: F811
    stubs.kube.on(EXEC, Switch(echo))
    headers = {name: value for name, value in (UPGRADE | browser.headers() | change).items() if value is not None}
    with Upgraded(front(browser.gateway), f"/raw/clusters/{cluster}{EXEC}", headers=headers) as session:
        assert session.reply.status in (status, 429) if status == 401 else session.reply.status == status
    seen = stubs.kube.seen(EXEC)
    assert len(seen) == (1 if status == 101 else 0)
    assert not any(request.all("Cookie") + request.all("X-Eksgate-Csrf") for request in seen)


@pytest.mark.parametrize("token, status", [(None, 101), ("0" * 64, 403)])
def test_a_page_shows_its_token_as_a_protocol(browser, cluster, stubs, token, status):  # noqa: F811
    def agree(request):
        return Switch(echo, [("Sec-WebSocket-Protocol", request.header("Sec-WebSocket-Protocol"))])

    stubs.kube.on(EXEC, agree)
    protocols = f"csrf.eksgate.{token or browser.token}, v5.channel.k8s.io"
    headers = UPGRADE | browser.headers(token=False) | {"Sec-WebSocket-Protocol": protocols}
    with Upgraded(front(browser.gateway), f"/raw/clusters/{cluster}{EXEC}", headers=headers) as session:
        assert session.reply.status == status
        if status == 101:
            assert session.reply.header("Sec-WebSocket-Protocol") == "v5.channel.k8s.io"


# TLS


@pytest.fixture(scope="module")
def both(launcher, session_directory):
    """In clear and over TLS."""
    directory = session_directory / "both"
    directory.mkdir()
    keyed = Keyed(launcher.start(directory, env={"EKSGATE_AUTH": "keys"}, tls_listen="127.0.0.1:0", processes=1))
    return keyed, TlsClient(keyed.gateway.stack)


def over_tls(https, method, path, headers, body=None):
    connection = http.client.HTTPSConnection(https.host, https.port, context=https.context, timeout=60)
    try:
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        return Reply(reply.status, reply.reason, reply.getheaders(), reply.read())
    finally:
        connection.close()


def test_a_cookie_given_over_tls_is_none_in_clear_and_the_other_way_round(both):
    keyed, https = both
    key = keyed.create("viewer")
    body = json.dumps({"token": key})
    reply = over_tls(https, "POST", "/api/auth/login", {"Content-Type": "application/json"}, body)
    cookie, _, flags = reply.header("Set-Cookie").partition("; ")
    name, _, secret = cookie.partition("=")
    assert name == SECURE and flags == "Path=/; HttpOnly; SameSite=Strict; Secure"
    clear = Browser(keyed)
    clear.sign_in(key)
    for jar in f"{SECURE}={secret}", f"{CLEAR}={secret}":
        assert keyed.gateway.get("/api/whoami", headers={"Cookie": jar}).status == 401
    for jar in f"{SECURE}={clear.cookie}", f"{CLEAR}={clear.cookie}":
        assert over_tls(https, "GET", "/api/whoami", {"Cookie": jar}).status == 401
    assert over_tls(https, "GET", "/api/whoami", {"Cookie": f"{SECURE}={secret}"}).status == 200
    assert clear.ask("GET", "/api/whoami").status == 200
