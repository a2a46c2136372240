"""A revoked key: what it opened ends with it, and what others opened does not."""

import http.client
import json

import pytest

from client import wait_until
from stubs.kube import Switch
from test_keys import Keyed, id_of
from test_streams import Stream, chunk, silent
from test_tunnel import EXEC, UPGRADE, Upgraded, echo, front

PODS = "/api/v1/namespaces/a/pods"


@pytest.fixture
def keyed(launcher, short_tmp, stubs):
    own = Keyed(launcher.start(short_tmp, env=stubs.environment() | {"EKSGATE_AUTH": "keys"}, processes=1))
    yield own
    launcher.stop(own.gateway)


@pytest.fixture
def admin(keyed):
    return keyed.create("admin")


@pytest.fixture
def cluster(keyed, admin, stubs):
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    return keyed.ask(admin, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]


@pytest.fixture
def lasting(keyed, cluster, stubs):
    """Opens a watch and an exec with a key."""
    stubs.kube.on(PODS, silent(chunk(b"{}\n")))
    stubs.kube.on(EXEC, Switch(echo))
    opened = []

    def lasting(key):
        authorization = {"Authorization": f"Bearer {key}"}
        watch = Stream(keyed.gateway, f"/raw/clusters/{cluster}{PODS}?watch=true", authorization.items())
        watch.head()
        assert watch.reply.status == 200 and watch.line() == b"{}\n"
        session = Upgraded(front(keyed.gateway), f"/raw/clusters/{cluster}{EXEC}", headers=UPGRADE | authorization)
        assert session.reply.status == 101
        session.send(b"ping")
        assert session.receive(4) == b"ping"
        opened.extend([watch, session])
        return watch, session

    yield lasting
    for one in opened:
        one.close()


def read_to_the_end(connection):
    connection.settimeout(60)
    try:
        while connection.recv(65536):
            pass
    except ConnectionError:
        pass


def log_of(keyed, name):
    lines = (keyed.gateway.stack.run.path / "log" / f"{name}.log").read_text().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def ends_of(keyed, name):
    return [line for line in log_of(keyed, name) if "revoked or has expired" in line.get("error", "")]


def test_a_revoked_keys_watch_and_exec_end_and_anothers_go_on(keyed, admin, lasting):
    revoked, kept = keyed.create("editor"), keyed.create("editor")
    watch, session = lasting(revoked)
    others_watch, others_session = lasting(kept)
    assert keyed.ask(admin, "DELETE", f"/api/keys/{id_of(revoked)}").status == 200
    read_to_the_end(session.socket)
    # The client must see that its watch was cut: this is no end that the cluster made.
    with pytest.raises(http.client.IncompleteRead):
        watch.rest()
    others_session.send(b"still")
    assert others_session.receive(5) == b"still"
    others_watch.socket.settimeout(0.5)
    with pytest.raises(TimeoutError):
        others_watch.line()
    for name in "serve", "tunnel":
        wait_until(lambda name=name: id_of(revoked) in json.dumps(ends_of(keyed, name)))
