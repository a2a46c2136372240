"""The log: its level while everything runs, and the ids that join it with the cluster's own audit log."""

import base64
import json
from pathlib import Path

import pytest
from client import assert_status, wait_until
from test_keys import Keyed
from test_tunnel import UPGRADE, Upgraded, front

CHANGED = "the level of the log changes"


def lines(text):
    """Other lines are a sanitizer's; the last one may be half written."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]


def changes(gateway, level):
    """How many processes have said that they log at that level now."""
    both = lines(gateway.log) + lines(gateway.tunnel_log)
    return len([line for line in both if line["message"] == CHANGED and line["to"] == level])


def requests(gateway, path):
    return [line for line in lines(gateway.log) if line["message"] == "request" and line["path"] == path]


# The level


def test_the_level_of_every_process_follows_an_order_until_it_is_withdrawn(launcher, short_tmp):
    gateway = launcher.start(short_tmp, env={"LOG_LEVEL": "INFO"}, processes=2)
    every = 3  # two that serve, and the tunnel
    assert gateway.get("/api/log-level").json == {"level": "INFO", "configured": "INFO", "until": None}
    gateway.get("/api/whoami?before")
    assert requests(gateway, "/api/whoami")

    ordered = gateway.request("PUT", "/api/log-level", json_body={"level": "ERROR", "seconds": 3600})
    assert ordered.status == 200 and ordered.json["level"] == "ERROR" and ordered.json["until"]
    wait_until(lambda: changes(gateway, "ERROR") == every)
    # A request's line is written before its answer, so what is not there now will not come.
    for number in range(8):
        gateway.get(f"/api/clusters/quiet-{number}")
    assert not [line for line in lines(gateway.log) if "quiet-" in line.get("path", "")]
    assert gateway.get("/api/log-level").json == ordered.json | {"configured": "INFO"}

    withdrawn = gateway.request("DELETE", "/api/log-level")
    assert withdrawn.json == {"level": "INFO", "configured": "INFO", "until": None}
    wait_until(lambda: changes(gateway, "INFO") == every)
    gateway.get("/api/clusters/heard")
    assert requests(gateway, "/api/clusters/heard")
    launcher.stop(gateway)


def test_an_order_ends_by_itself(bare):
    before = changes(bare, "CRITICAL"), changes(bare, "DEBUG")
    order = lambda seconds: bare.request("PUT", "/api/log-level", json_body={"level": "CRITICAL", "seconds": seconds})
    assert order(3600).status == 200
    wait_until(lambda: changes(bare, "CRITICAL") > before[0])
    assert order(1).status == 200
    wait_until(lambda: changes(bare, "DEBUG") > before[1])  # what it was started with
    assert bare.get("/api/log-level").json["until"] is None


@pytest.mark.parametrize(
    "body, field",
    [
        ({"level": "LOUD"}, "level"),
        ({}, "level"),
        ({"level": "DEBUG", "seconds": 0}, "seconds"),
        ({"level": "DEBUG", "seconds": 86401}, "seconds"),
        ({"level": "DEBUG", "forever": True}, "forever"),
    ],
)
def test_an_order_that_is_none_changes_nothing(bare, body, field):
    reply = bare.request("PUT", "/api/log-level", json_body=body)
    status = assert_status(reply, 422, "Invalid")
    assert [cause["field"] for cause in status["details"]["causes"]] == [field]


def test_only_an_administrator_changes_the_level(launcher, short_tmp):
    own = Keyed(launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"}, processes=1))
    editor, admin = own.create("editor"), own.create("admin")
    for method in ("GET", "PUT", "DELETE"):
        body = {"level": "DEBUG"} if method == "PUT" else None
        assert_status(own.ask(editor, method, "/api/log-level", json_body=body), 403, "Forbidden")
        assert own.ask(admin, method, "/api/log-level", json_body=body).status == 200
    launcher.stop(own.gateway)


# The ids


@pytest.fixture(scope="module")
def audited(sandbox, direct):
    """What the API server wrote down of requests to the one namespace that it writes down."""
    body = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "audited"}})
    made = direct.request("POST", "/api/v1/namespaces", body, {"Content-Type": "application/json"})
    assert made.status in (201, 409)
    log = Path(sandbox.state["clusters"]["demo"]["kubeconfig"]).parent / "audit.log"

    def find(audit_id):
        return wait_until(lambda: [line for line in lines(log.read_text()) if line["auditID"] == audit_id])[0]

    return find


PODS = "/api/v1/namespaces/audited/pods"


def test_a_raw_request_has_one_id_in_the_answer_both_logs_and_the_audit_log(gateway, demo, audited):
    path = f"/raw/clusters/{demo}{PODS}"
    reply = gateway.get(path)
    request_id = reply.header("X-Request-Id")
    assert reply.status == 200 and reply.header("Audit-Id") == request_id
    event = audited(request_id)
    assert event["requestURI"] == PODS and event["verb"] == "list"
    [line] = wait_until(lambda: [line for line in requests(gateway, path) if line["request_id"] == request_id])
    assert line["status"] == 200 and line["audit_id"] == ""
    assert wait_until(lambda: [line for line in gateway.access_log if line["request_id"] == request_id])


def test_an_audit_id_of_the_clients_own_stays_and_is_logged_beside_ours(gateway, demo, audited):
    path = f"/raw/clusters/{demo}{PODS}"
    reply = gateway.get(path + "?limit=1", headers={"Audit-ID": "of-the-client-1"})
    assert reply.header("Audit-Id") == "of-the-client-1" != reply.header("X-Request-Id")
    assert audited("of-the-client-1")["requestURI"] == PODS + "?limit=1"
    own = reply.header("X-Request-Id")
    [line] = wait_until(lambda: [line for line in requests(gateway, path) if line["request_id"] == own])
    assert line["audit_id"] == "of-the-client-1"


@pytest.mark.parametrize("wrong", ["has blanks in it", "a" * 65, "x\ty", ""])
def test_an_audit_id_that_is_none_gives_way_to_ours(gateway, demo, wrong):
    reply = gateway.get(f"/raw/clusters/{demo}{PODS}", headers={"Audit-ID": wrong})
    assert reply.status == 200 and reply.header("Audit-Id") == reply.header("X-Request-Id")


def test_what_the_gateway_asks_by_itself_has_the_requests_id_too(gateway, demo, audited):
    reply = gateway.get(f"/api/clusters/{demo}/resources/pods?namespace=audited")
    assert reply.status == 200
    assert audited(reply.header("X-Request-Id"))["requestURI"].startswith(PODS)


def test_a_watch_has_the_requests_id(gateway, demo, audited):
    path = f"/raw/clusters/{demo}{PODS}"
    reply = gateway.get(path + "?watch=1&timeoutSeconds=1")
    request_id = reply.header("X-Request-Id")
    assert audited(request_id)["verb"] == "watch"
    found = lambda: [l for l in lines(gateway.log) if l["message"] == "stream" and l["request_id"] == request_id]
    assert wait_until(found)[0]["audit_id"] == ""


def test_an_upgraded_connection_has_the_requests_id(gateway, demo, audited):
    path = f"/raw/clusters/{demo}{PODS}?watch=1&timeoutSeconds=1"
    websocket = {
        "Origin": "http://localhost",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
    }
    with Upgraded(front(gateway), path, headers=UPGRADE | websocket) as session:
        assert session.reply.status == 101
        session.receive_all()
    request_id = session.reply.header("X-Request-Id")
    assert audited(request_id)["verb"] == "watch"
    assert wait_until(lambda: [l for l in lines(gateway.tunnel_log) if l.get("request_id") == request_id])
