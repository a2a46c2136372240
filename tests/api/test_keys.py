"""API keys: who gets in, what he may do, and what is left of a key anywhere."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import time
import urllib.parse

import pytest

from client import assert_status, wait_until
from conftest import BINARY, ROOT
from stubs.kube import json_answer

KEY = re.compile(r"^eksgate_[0-9a-f]{16}_[0-9a-f]{72}$")


class Keyed:
    """A gateway that wants keys, and keys of it."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.made = []

    def command(self, *arguments):
        return subprocess.run(
            [BINARY, "key", *arguments],
            env=self.gateway.stack.serve_env(),
            capture_output=True,
            text=True,
            timeout=30,
        )

    def create(self, role, *arguments):
        done = self.command("create", "--role", role, *arguments)
        assert done.returncode == 0, done.stderr
        key = done.stdout.strip()
        self.made.append(key)
        return key

    def ask(self, key, method, path, **options):
        headers = {"Authorization": f"Bearer {key}"} | options.pop("headers", {})
        return self.gateway.request(method, path, headers=headers, **options)


@pytest.fixture
def cluster(keyed, admin, stubs):
    """A connection to the stub; what connecting asked it is forgotten."""
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    reply = keyed.ask(admin, "POST", "/api/clusters/connect", json_body=body)
    assert reply.status == 201, reply.text
    stubs.kube.requests.clear()
    stubs.aws.calls.clear()
    return reply.json["connection_id"]


def id_of(key):
    return key.split("_")[1]


def operations():
    """Each method of each path, and what the reference says of it."""
    printed = subprocess.run([BINARY, "routes", "--format", "openapi"], capture_output=True, text=True, check=True)
    for path, methods in json.loads(printed.stdout)["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


# Getting in


def test_every_operation_but_those_that_are_open_is_closed_to_strangers(keyed):
    asked = 0
    for method, path, operation in operations():
        path = path.replace("{path}", "api/v1/pods").replace("{", "").replace("}", "")
        reply = keyed.gateway.request(method, path)
        if not operation["security"]:
            assert reply.status in (200, 415)
        else:
            assert_status(reply, 401, "Unauthorized", slug="unauthenticated")
            assert reply.header("WWW-Authenticate") is None
        asked += 1
    assert asked >= 60


def test_a_stranger_learns_from_health_that_it_lives_and_no_more(keyed, viewer):
    assert keyed.gateway.get("/health").json == {"status": "healthy"}
    assert keyed.ask("eksgate_wrong", "GET", "/health").json == {"status": "healthy"}
    assert set(keyed.ask(viewer, "GET", "/health").json) >= {"status", "redis", "version"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer eksgate_0000000000000000_" + "0" * 72,
        "Bearer k8s-aws-v1.aHR0cHM6Ly9zdHM",
        "Bearer " + "A" * 20000,
    ],
)
def test_what_is_no_key_lets_nobody_in(keyed, header):
    reply = keyed.gateway.get("/api/clusters", headers={"Authorization": header})
    assert reply.status in (401, 429), reply.text
    assert reply.header("X-Eksgate-Error") in ("unauthenticated", "overloaded")


def test_a_key_that_was_not_made_here_lets_nobody_in(keyed, viewer):
    forged = f"eksgate_{id_of(viewer)}_{os.urandom(32).hex()}"
    forged += hashlib.sha256(forged.encode()).hexdigest()[:8]
    assert KEY.match(forged)
    assert keyed.ask(viewer, "GET", "/api/clusters").status == 200
    assert_status(keyed.ask(forged, "GET", "/api/clusters"), 401, "Unauthorized", slug="unauthenticated")


def test_two_authorization_headers_are_refused(keyed, viewer):
    for values in [(viewer, viewer), (viewer, "eksgate_x"), ("eksgate_x", viewer)]:
        headers = [("Authorization", f"Bearer {value}") for value in values]
        reply = keyed.gateway.get("/api/clusters", headers=headers)
        assert reply.status == 400, reply.text


def test_a_key_by_any_other_way_does_not_count(keyed, viewer):
    for path, headers in [
        (f"/api/whoami?key={viewer}", {}),
        ("/api/whoami", {"Cookie": f"key={viewer}"}),
        ("/api/whoami", {"X-Api-Key": viewer}),
        ("/api/whoami", {"Proxy-Authorization": f"Bearer {viewer}"}),
    ]:
        assert keyed.gateway.get(path, headers=headers).status == 401


def test_whoami_tells_the_caller_what_his_key_is(keyed, viewer):
    me = keyed.ask(viewer, "GET", "/api/whoami").json
    assert me == {
        "id": id_of(viewer),
        "name": id_of(viewer),
        "role": "viewer",
        "connections": None,
        "authentication": "keys",
    }


def test_without_authentication_the_caller_is_an_administrator(bare):
    me = bare.get("/api/whoami").json
    assert (me["id"], me["name"], me["role"], me["authentication"]) == (None, "anonymous", "admin", "off")


def test_wrong_keys_are_counted_by_address(launcher, short_tmp):
    """By all of the pool, and the tunnel, together: however they are shared out, so many attempts are looked at."""
    own = Keyed(launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"}, processes=3))
    known, fresh = own.create("viewer"), own.create("viewer")
    assert {own.ask(known, "GET", "/api/whoami").status for _ in range(12)} == {200}
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    ways = [
        lambda: own.ask("eksgate_wrong", "GET", "/api/whoami"),
        lambda: own.ask("eksgate_wrong", "GET", "/raw/clusters/nowhere/api/v1/pods", headers=upgrade),
    ]
    began = time.monotonic()
    refused, looked_at = set(), 0
    for turn in range(1000):
        way = turn % len(ways)
        reply = ways[way]()
        looked_at += reply.status == 401
        if reply.status == 429:
            assert_status(reply, 429, "TooManyRequests", slug="overloaded")
            assert reply.header("Retry-After") == "1"
            refused.add(way)
        if refused == {0, 1}:
            break
    # One more is looked at each second.
    assert refused == {0, 1} and looked_at <= 21 + (time.monotonic() - began)
    # A key that was seen is let in however many others behind the same address fail; a new one has to wait.
    assert {own.ask(known, "GET", "/api/whoami").status for _ in range(6)} == {200}
    wait_until(lambda: own.ask(fresh, "GET", "/api/whoami").status == 200)
    launcher.stop(own.gateway)


# What a role may do

RAW = [
    # needed, method, path, extra headers
    ("viewer", "GET", "/api/v1/namespaces/a/pods", {}),
    ("viewer", "GET", "/api/v1/namespaces/a/pods/p/log", {}),
    ("viewer", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {}),
    ("editor", "POST", "/api/v1/namespaces/a/pods", {}),
    ("editor", "DELETE", "/api/v1/namespaces/a/pods/p", {}),
    ("editor", "PATCH", "/api/v1/nodes/n", {}),
    ("editor", "GET", "/api/v1/namespaces/a/pods/p/exec?command=id", {}),
    ("editor", "GET", "/api/v1/namespaces/a/pods/p/%65xec?command=id", {}),
    ("editor", "GET", "/api/v1/namespaces/a/pods%2Fp%2Fexec?command=id", {}),
    ("editor", "GET", "//api/v1/namespaces/a/pods/p/exec", {}),
    ("editor", "GET", "/api/v1/namespaces/a/pods/p/proxy/", {}),
    ("editor", "POST", "/api/v1/namespaces/a/services/s/proxy/x", {}),
    ("editor", "POST", "/api/v1/namespaces/a/serviceaccounts/s/token", {}),
    ("editor", "GET", "/api/v1/namespaces/a/secrets/s", {}),
    ("admin", "GET", "/api/v1/nodes/n/proxy/pods", {}),
    ("admin", "POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {}),
    ("admin", "PUT", "/apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval", {}),
    ("admin", "PATCH", "/api/v1/namespaces/kube-system/configmaps/aws-auth", {}),
    ("admin", "PROPFIND", "/api/v1/namespaces/a/pods", {}),
    ("admin", "GET", "/api/v1//pods", {}),
]


@pytest.mark.parametrize("needed, method, path, headers", RAW)
def test_a_raw_request_needs_a_role_and_without_it_reaches_no_cluster(
    keyed, cluster, stubs, viewer, editor, admin, needed, method, path, headers
):
    order = ["viewer", "editor", "admin"]
    for role, key in zip(order, (viewer, editor, admin), strict=True):
        stubs.kube.requests.clear()
        body = b"{}" if method in ("POST", "PUT", "PATCH") else None
        headers = headers | ({"Content-Type": "application/json"} if body else {})
        reply = keyed.ask(key, method, f"/raw/clusters/{cluster}{path}", body=body, headers=headers)
        if order.index(role) < order.index(needed):
            status = assert_status(reply, 403, "Forbidden", slug="forbidden")
            assert needed in status["message"] and role in status["message"]
            assert not stubs.kube.requests
        else:
            assert reply.header("X-Eksgate-Error") != "forbidden", reply.text
            assert len(stubs.kube.requests) == 1


def test_an_apply_needs_the_role_of_each_objects_own_path(keyed, cluster, stubs, viewer, editor, admin):
    """Nobody reaches by a manifest what he may not reach by its path."""
    roots = {
        "/api/v1": [("configmaps", "ConfigMap", True), ("namespaces", "Namespace", False)],
        "/apis/rbac.authorization.k8s.io/v1": [("clusterrolebindings", "ClusterRoleBinding", False)],
    }
    for root, kinds in roots.items():
        stubs.kube.on(
            root, json_answer({"resources": [{"name": n, "kind": k, "namespaced": ns} for n, k, ns in kinds]})
        )
    objects = [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}},
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "mine", "namespace": "default"},
        },
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth", "namespace": "kube-system"}},
    ]
    body = "\n".join(map(json.dumps, objects)).encode()
    ask = lambda key, body: keyed.ask(
        key, "POST", f"/raw/clusters/{cluster}", body=body, headers={"Content-Type": "application/json"}
    )
    assert_status(ask(viewer, body), 403, "Forbidden", slug="forbidden")
    assert not stubs.kube.requests
    found = {item["index"]: item for item in ask(editor, body).json["items"]}
    assert [found[n]["status"] for n in range(3)] == [404, 403, 403]  # the stub knows no ConfigMap: it was asked
    assert "needs the role admin" in found[1]["error"]["message"]
    assert [r.target.partition("?")[0] for r in stubs.kube.requests if r.method == "PATCH"] == [
        "/api/v1/namespaces/default/configmaps/a"
    ]
    assert_status(ask(editor, json.dumps(objects[1]).encode()), 403, "Forbidden", slug="forbidden")
    found = {item["index"]: item for item in ask(admin, body).json["items"]}
    assert [found[n]["status"] for n in range(3)] == [404, 404, 404]


@pytest.mark.parametrize("protocol", ["websocket", "SPDY/3.1"])
@pytest.mark.parametrize("subresource", ["exec", "%65xec", "attach", "portforward", "proxy/"])
def test_a_viewer_gets_no_upgrade_into_a_pod(keyed, cluster, stubs, viewer, editor, protocol, subresource):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": protocol,
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Protocol": "v5.channel.k8s.io",
    }
    path = f"/raw/clusters/{cluster}/api/v1/namespaces/a/pods/p/{subresource}"
    for method in "GET", "POST":
        refused = keyed.ask(viewer, method, path, headers=headers)
        status = assert_status(refused, 403, "Forbidden", slug="forbidden")
        assert "needs the role editor" in status["message"]
    assert_status(keyed.gateway.get(path, headers=headers), 401, "Unauthorized", slug="unauthenticated")
    bound = keyed.create("admin", "--connection", "elsewhere")
    assert_status(keyed.ask(bound, "GET", path, headers=headers), 403, "Forbidden", message="not for this connection")
    assert not stubs.kube.requests
    keyed.ask(editor, "GET", path, headers=headers)
    assert len(stubs.kube.requests) == 1


def test_a_viewer_may_watch_over_a_websocket(keyed, cluster, stubs, viewer):
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    for query, status in [("?watch=true", 404), ("", 403), ("?watch=true&watch=false", 404), ("?watch=maybe", 403)]:
        path = f"/raw/clusters/{cluster}/api/v1/namespaces/a/pods{query}"
        assert keyed.ask(viewer, "GET", path, headers=headers).status == status, query  # the stub knows no pods
    exec_path = f"/raw/clusters/{cluster}/api/v1/namespaces/a/pods/p/exec?watch=true"
    assert keyed.ask(viewer, "GET", exec_path, headers=headers).status == 403


def test_only_administrators_connect_and_disconnect(keyed, cluster, viewer, editor):
    for key in viewer, editor:
        for path, body in [
            ("/api/clusters/connect", {"cluster_name": "c", "region": "us-east-1", "auth": {"type": "default"}}),
            ("/api/clusters/available", {"region": "us-east-1", "auth": {"type": "default"}}),
            (f"/api/clusters/{cluster}/disconnect", None),
        ]:
            assert_status(keyed.ask(key, "POST", path, json_body=body), 403, "Forbidden", slug="forbidden")
        assert keyed.ask(key, "GET", f"/api/clusters/{cluster}").status == 200


def test_a_refused_request_is_not_read(keyed, viewer):
    """A role is asked for before the body, so what a refused caller sends is no question of its form."""
    assert keyed.ask(viewer, "POST", "/api/clusters/connect", body=b"{", headers={"Content-Type": "x/y"}).status == 403


# Keys for some connections


def test_a_key_of_one_connection_sees_no_other(keyed, cluster, stubs, admin):
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    other = keyed.ask(admin, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    key = keyed.create("admin", "--connection", cluster)
    listed = keyed.ask(key, "GET", "/api/clusters").json
    assert [c["id"] for c in listed["clusters"]] == listed["contexts"] == [cluster]
    assert listed["currentContext"] == cluster
    assert keyed.ask(key, "GET", "/api/whoami").json["connections"] == [cluster]
    stubs.kube.on("/api/v1/pods", json_answer({"kind": "PodList", "items": []}))
    assert keyed.ask(key, "GET", f"/raw/clusters/{cluster}/api/v1/pods").status == 200
    stubs.kube.requests.clear()
    for method, path in [
        ("GET", f"/raw/clusters/{other}/api/v1/pods"),
        ("GET", f"/raw/clusters/{other.replace('_', '%5F')}/api/v1/pods"),
        ("GET", f"/api/clusters/{other}"),
        ("GET", f"/api/clusters/{other}/resources/pods"),
        ("POST", f"/api/clusters/{other}/disconnect"),
        ("GET", "/raw/clusters/not-there/api/v1/pods"),  # and whether it is there is not told
    ]:
        reply = keyed.ask(key, method, path)
        status = assert_status(reply, 403, "Forbidden", slug="forbidden")
        assert "not for this connection" in status["message"]
    assert not stubs.kube.requests
    assert keyed.ask(key, "GET", "/raw/api/v1/pods").status == 200  # the only one that it sees is its default
    # Of the one cluster it is an administrator, of the gateway not.
    for method, path, body in [
        ("POST", "/api/clusters/connect", {"cluster_name": "c", "region": "us-east-1", "auth": {"type": "default"}}),
        ("GET", "/api/keys", None),
        ("POST", "/api/keys", {"role": "admin"}),
        ("DELETE", f"/api/keys/{id_of(admin)}", None),
    ]:
        assert_status(keyed.ask(key, method, path, json_body=body), 403, "Forbidden", slug="forbidden")
    assert keyed.ask(key, "POST", f"/api/clusters/{cluster}/disconnect").status == 200


# Making, listing, revoking


def test_a_key_made_over_the_api_is_shown_once(keyed, admin):
    body = {"role": "viewer", "name": "ci", "connections": ["us-east-1_demo"], "expires_in_days": 90}
    reply = keyed.ask(admin, "POST", "/api/keys", json_body=body)
    assert reply.status == 201, reply.text
    assert reply.header("Cache-Control") == "no-store"
    made = reply.json
    keyed.made.append(made["key"])
    assert KEY.match(made["key"]) and made["id"] == id_of(made["key"])
    assert (made["name"], made["role"], made["connections"]) == ("ci", "viewer", ["us-east-1_demo"])
    assert made["created_by"] == "the tests" and made["expires_at"] > made["created_at"]
    listed = keyed.ask(admin, "GET", "/api/keys")
    (found,) = [key for key in listed.json["keys"] if key["id"] == made["id"]]
    assert found == {name: made[name] for name in made if name != "key"} | {"last_used_at": None, "expired": False}
    secret = made["key"].split("_")[2]
    assert secret not in listed.text and secret[:64] not in listed.text
    assert keyed.ask(made["key"], "GET", "/api/whoami").json["name"] == "ci"
    (found,) = [k for k in keyed.ask(admin, "GET", "/api/keys").json["keys"] if k["id"] == made["id"]]
    assert found["last_used_at"] is not None


@pytest.mark.parametrize(
    "body, field",
    [
        ({}, "role"),
        ({"role": "root"}, "role"),
        ({"role": "none"}, "role"),
        ({"role": "viewer", "name": ""}, "name"),
        ({"role": "viewer", "name": "a\nb"}, "name"),
        ({"role": "viewer", "name": "x" * 65}, "name"),
        ({"role": "viewer", "connections": []}, "connections"),  # none is not all
        ({"role": "viewer", "connections": ["a\nb"]}, "connections"),
        ({"role": "viewer", "connections": [""]}, "connections"),
        ({"role": "viewer", "connections": ["x" * 256] * 9}, "connections"),
        ({"role": "viewer", "connections": "a"}, "connections"),
        ({"role": "viewer", "expires_in_days": 0}, "expires_in_days"),
        ({"role": "viewer", "expires_in_days": -1}, "expires_in_days"),
        ({"role": "viewer", "hash": "x"}, "hash"),
    ],
)
def test_a_wrong_wish_for_a_key_is_refused_by_field(keyed, admin, body, field):
    status = assert_status(keyed.ask(admin, "POST", "/api/keys", json_body=body), 422, "Invalid")
    assert field in {cause["field"] for cause in status["details"]["causes"]}


def test_a_revoked_key_is_refused_everywhere_within_five_seconds(keyed, admin):
    key = keyed.create("viewer")
    # Every process has seen it.
    assert {keyed.ask(key, "GET", "/api/whoami").status for _ in range(20)} == {200}
    assert keyed.ask(admin, "DELETE", f"/api/keys/{id_of(key)}").status == 200
    time.sleep(5)
    assert {keyed.ask(key, "GET", "/api/whoami").status for _ in range(10)} == {401}
    assert_status(keyed.ask(admin, "DELETE", f"/api/keys/{id_of(key)}"), 404, "NotFound")
    for odd in "x", "%00", "..%2f", key, "*":
        assert keyed.ask(admin, "DELETE", f"/api/keys/{odd}").status in (400, 404)


def test_the_command_line_makes_lists_and_revokes(keyed):
    done = keyed.command("create", "--role=viewer", "--name", "by hand", "--expires=12h", "--connection", "a/b")
    assert done.returncode == 0
    key = done.stdout.strip()
    keyed.made.append(key)
    assert KEY.match(key) and key not in done.stderr  # a pipe gets the key and nothing else
    listed = keyed.command("list").stdout
    (line,) = [line for line in listed.splitlines() if line.startswith(id_of(key))]
    assert "viewer" in line and "by hand" in line and "a/b" in line
    assert key.split("_")[2] not in listed
    assert keyed.command("revoke", id_of(key)).returncode == 0
    assert id_of(key) not in keyed.command("list").stdout
    again = keyed.command("revoke", id_of(key))
    assert again.returncode == 1 and "no key" in again.stderr
    by_key = keyed.command("revoke", key)
    assert by_key.returncode == 1 and key not in by_key.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["create"],
        ["create", "--role"],
        ["create", "--role", "root"],
        ["create", "--role", "viewer", "--connection", ""],
        ["create", "--role", "viewer", "--expires", "0d"],
        ["create", "--role", "viewer", "--expires", "90"],
        ["create", "--role", "viewer", "--expires", "9999d"],
        ["create", "--role", "viewer", "--name", "a\tb"],
        ["create", "--role", "viewer", "surplus"],
        ["list", "surplus"],
        ["revoke"],
        ["revoke", "a", "b"],
        ["delete"],
    ],
)
def test_a_wrong_command_says_so_and_makes_nothing(keyed, arguments):
    before = keyed.command("list").stdout.count("\n")
    done = keyed.command(*arguments)
    assert done.returncode in (1, 2) and done.stderr and not done.stdout
    assert keyed.command("list").stdout.count("\n") == before


def test_an_expired_key_is_refused_and_listed_as_such(keyed, admin):
    key = keyed.create("viewer", "--expires", "1m")
    redis(keyed, "EVAL", EXPIRE, "1", f"eksgate:key:{id_of(key)}")
    status = assert_status(keyed.ask(key, "GET", "/api/whoami"), 401, "Unauthorized", slug="unauthenticated")
    assert "expired" in status["message"]
    (found,) = [k for k in keyed.ask(admin, "GET", "/api/keys").json["keys"] if k["id"] == id_of(key)]
    assert found["expired"] is True


EXPIRE = (
    "local k = cjson.decode(redis.call('GET', KEYS[1])) k.expires_at = 1000 "
    "return redis.call('SET', KEYS[1], cjson.encode(k))"
)


def redis(keyed, *arguments):
    socket = str(keyed.gateway.stack.redis_socket)
    return subprocess.run(["redis-cli", "-s", socket, *arguments], capture_output=True, check=True).stdout


# Redis away


def test_known_keys_go_on_while_redis_is_away_and_nobody_else(launcher, short_tmp):
    own = Keyed(launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"}, processes=1))
    known, unseen = own.create("viewer"), own.create("admin")
    assert own.ask(known, "GET", "/api/whoami").status == 200
    child = own.gateway.stack.redis
    os.kill(child.pid, signal.SIGSTOP)
    try:
        time.sleep(3.1)  # what Redis said is not fresh any more
        assert own.ask(known, "GET", "/api/whoami").status == 200
        assert_status(own.ask(unseen, "GET", "/api/whoami"), 503, "ServiceUnavailable", slug="store-unavailable")
        assert own.gateway.get("/api/whoami").status == 401
        assert_status(own.ask(known, "GET", "/api/keys"), 403, "Forbidden")
    finally:
        os.kill(child.pid, signal.SIGCONT)
    wait_until(lambda: own.ask(unseen, "GET", "/api/whoami").status == 200)
    launcher.stop(own.gateway)


# What is left of a key


def forms(secret):
    raw = bytes.fromhex(secret[:64])
    for text in (secret, secret[:64]):
        yield text.encode()
        yield text.upper().encode()
        yield base64.b64encode(text.encode()).rstrip(b"=")
        yield base64.urlsafe_b64encode(text.encode()).rstrip(b"=")
        yield text.encode().hex().encode()
        yield urllib.parse.quote(text, safe="").encode()
    yield raw
    yield base64.b64encode(raw).rstrip(b"=")
    yield base64.urlsafe_b64encode(raw).rstrip(b"=")


def test_no_key_is_left_in_logs_redis_or_arguments_and_lines_name_its_id(keyed, cluster, stubs, viewer, admin):
    keyed.ask(viewer, "GET", f"/raw/clusters/{cluster}/api/v1/pods")
    keyed.ask(viewer, "GET", f"/api/clusters/{cluster}/resources/pods")
    sent = [value for request in stubs.kube.requests for _, value in request.headers]
    redis(keyed, "SAVE")
    run = keyed.gateway.stack.run.path
    places = {str(path): path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != "secret.key"}
    assert any(name.endswith("dump.rdb") for name in places) and any(name.endswith("serve.log") for name in places)
    places["what the cluster was sent"] = "\n".join(sent).encode()
    for child in keyed.gateway.stack.run.children:
        for name in "cmdline", "environ":
            places[f"{child.name} {name}"] = open(f"/proc/{child.pid}/{name}", "rb").read()
    assert len(keyed.made) > 5
    for key in keyed.made:
        for form in forms(key.split("_")[2]):
            for name, content in places.items():
                assert form not in content, f"a key's secret is in {name}"
    lines = [json.loads(line) for line in keyed.gateway.log.splitlines() if line.startswith("{")]
    assert id_of(viewer) in {line.get("key") for line in lines}
    assert keyed.made[0].split("_")[1] in redis(keyed, "SMEMBERS", "eksgate:keys").decode()


def test_what_redis_holds_of_a_key_is_its_hash(keyed, viewer):
    stored = json.loads(redis(keyed, "GET", f"eksgate:key:{id_of(viewer)}"))
    assert stored["hash"] == hashlib.sha256(viewer.encode()).hexdigest()


def test_hashes_are_compared_in_constant_time():
    source = (ROOT / "access" / "key.c").read_text()
    compare = source[source.index("bool key_hash_equal") :]
    assert "CRYPTO_memcmp" in compare
    callers = (ROOT / "access" / "caller.c").read_text()
    assert "key_hash_equal" in callers and not re.search(r"(strcmp|memcmp|str_equal)\([^;]*hash", callers)
