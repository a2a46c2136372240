"""Server-sent events: what changes in a cluster, against a real API server, and the faults of a watch against a stub."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import threading
import uuid
from pathlib import Path

import pytest
from client import assert_status, wait_until
from stubs.kube import Wire, json_answer
from test_keys import Keyed

NAMESPACE_OF = "/api/v1/namespaces"


def post(direct, path, body):
    direct.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})


class Events:
    """One viewer, read in a thread of its own: everything that it was told, in order."""

    def __init__(self, gateway, path, headers=None):
        self.told = []
        self.connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=90)
        self.connection.request("GET", path, headers=headers or {})
        self.socket = self.connection.sock
        self.reply = self.connection.getresponse()
        assert self.reply.status == 200, self.reply.read()
        assert self.reply.getheader("Content-Type") == "text/event-stream"
        self.ended = False
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        event = {}
        try:
            for raw in self.reply:
                name, _, value = raw.decode().rstrip("\n").partition(": ")
                if name == "":
                    if "data" in event:
                        self.told.append((event["event"], event.get("id", ""), json.loads(event["data"])))
                    event = {}
                else:
                    event[name] = value
        except (OSError, http.client.HTTPException, ValueError, AttributeError):
            pass
        self.ended = True

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)  # wakes the reader, too
        self.thread.join()
        self.reply.close()
        self.connection.close()

    def of(self, kind, event="change"):
        return [data for what, _, data in list(self.told) if what == event and data["kind"] == kind]

    def states(self, kind):
        return [data["state"] for data in self.of(kind, "state")]

    def names(self, kind, *types):
        """Of the objects, in the order in which they were told."""
        return [
            row["object"]["metadata"]["name"]
            for data in self.of(kind)
            if data["type"] in types
            for row in data["object"]["rows"]
        ]

    def wait_live(self, kind):
        wait_until(lambda: "live" in self.states(kind))
        return self


@pytest.fixture
def view(gateway, demo):
    opened = []

    def open_one(query, headers=None, cluster=demo, at=gateway):
        opened.append(Events(at, f"/api/clusters/{cluster}/events/stream?{query}", headers))
        return opened[-1]

    yield open_one
    for events in opened:
        events.close()


@pytest.fixture
def maps(direct):
    """Config maps in a namespace of their own: made, changed and deleted by their cluster's administrator."""
    name = f"events-{uuid.uuid4().hex[:8]}"
    post(direct, NAMESPACE_OF, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})

    class Maps:
        namespace = name
        path = f"{NAMESPACE_OF}/{name}/configmaps"

        def make(self, name, **data):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
            post(direct, self.path, body)

        def delete(self, name):
            direct.request("DELETE", f"{self.path}/{name}")

    yield Maps()
    direct.request("DELETE", f"{NAMESPACE_OF}/{name}")


def test_all_objects_come_first_then_what_changes(view, maps):
    maps.make("there")
    events = view(f"kinds=configmaps&namespace={maps.namespace}").wait_live("configmaps")
    assert "there" in events.names("configmaps", "ADDED")
    assert events.states("configmaps")[0] == "listing" and events.of("configmaps", "reset")
    assert events.of("configmaps")[0]["object"]["columnDefinitions"][0]["name"] == "Name"
    maps.make("later")
    wait_until(lambda: "later" in events.names("configmaps", "ADDED"))
    maps.delete("there")
    wait_until(lambda: "there" in events.names("configmaps", "DELETED"))
    # A row tells what an object is, not what it holds.
    row = next(r for d in events.of("configmaps") for r in d["object"]["rows"])
    assert "data" not in row["object"]


def test_several_kinds_share_one_answer_and_each_event_names_its_own(view, maps, direct):
    events = view(f"kinds=configmaps,deployments.apps,secrets&namespace={maps.namespace}")
    for kind in ("configmaps", "deployments.apps", "secrets"):
        events.wait_live(kind)
    maps.make("one")
    wait_until(lambda: "one" in events.names("configmaps", "ADDED"))
    assert "one" not in events.names("deployments.apps", "ADDED")


def test_an_id_is_where_a_viewer_goes_on_without_a_second_list(view, maps):
    first = view(f"kinds=configmaps&namespace={maps.namespace}").wait_live("configmaps")
    maps.make("seen")
    wait_until(lambda: "seen" in first.names("configmaps", "ADDED"))
    seen = next(i for w, i, d in first.told if w == "change" and "seen" in json.dumps(d))
    assert re.fullmatch(r"configmaps:\d+", seen)
    first.close()
    maps.make("meanwhile")
    again = view(f"kinds=configmaps&namespace={maps.namespace}", headers={"Last-Event-ID": seen})
    wait_until(lambda: "meanwhile" in again.names("configmaps", "ADDED"))
    assert not again.of("configmaps", "reset") and "seen" not in again.names("configmaps", "ADDED")
    also = view(f"kinds=configmaps&namespace={maps.namespace}&since={seen}")
    wait_until(lambda: "meanwhile" in also.names("configmaps", "ADDED"))
    assert not also.of("configmaps", "reset")


def test_a_kind_may_name_a_namespace_of_its_own(view, maps, direct):
    other = f"{maps.namespace}-other"
    post(direct, NAMESPACE_OF, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": other}})
    here, there = f"configmaps@{maps.namespace}", f"configmaps@{other}"
    events = view(f"kinds={here},{there},secrets&namespace={maps.namespace}")
    for kind in (here, there, "secrets"):
        events.wait_live(kind)
    maps.make("mine")
    post(direct, f"{NAMESPACE_OF}/{other}/configmaps", {"metadata": {"name": "theirs"}})
    wait_until(lambda: "mine" in events.names(here, "ADDED") and "theirs" in events.names(there, "ADDED"))
    assert "theirs" not in events.names(here, "ADDED") and "mine" not in events.names(there, "ADDED")
    events.close()
    seen = next(i for _, i, d in reversed(events.told) if d["kind"] == there)
    maps.make("meanwhile")
    again = view(f"kinds={here},{there}", headers={"Last-Event-ID": seen})
    wait_until(lambda: "meanwhile" in again.names(here, "ADDED"))
    assert not again.of(here, "reset") and not again.of(there, "reset")
    direct.request("DELETE", f"{NAMESPACE_OF}/{other}")


def test_who_only_wants_to_know_of_changes_is_not_given_what_is_there(view, maps):
    maps.make("there")
    quiet = f"kinds=configmaps&namespace={maps.namespace}&since=configmaps:now"
    first = view(quiet).wait_live("configmaps")
    second = view(quiet).wait_live("configmaps")  # beside one that is told already
    maps.make("later")
    for events in (first, second):
        wait_until(lambda events=events: "later" in events.names("configmaps", "ADDED"))
        assert "there" not in events.names("configmaps", "ADDED")
        assert len(events.of("configmaps", "reset")) == 1


def test_a_label_selector_chooses(view, direct, maps):
    for name, labels in (("chosen", {"a": "b"}), ("other", {})):
        metadata = {"name": name, "labels": labels}
        post(direct, maps.path, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    events = view(f"kinds=configmaps&namespace={maps.namespace}&labelSelector=a%3Db").wait_live("configmaps")
    assert events.names("configmaps", "ADDED") == ["chosen"]


def test_secrets_are_told_by_name_only(view, maps, direct):
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "hidden"}, "stringData": {"k": "very-hidden"}}
    post(direct, f"{NAMESPACE_OF}/{maps.namespace}/secrets", body)
    events = view(f"kinds=secrets&namespace={maps.namespace}").wait_live("secrets")
    assert "hidden" in events.names("secrets", "ADDED") and "dmVyeS1oaWRkZW4=" not in json.dumps(events.told)


def test_a_kind_that_is_not_served_is_named_and_the_others_go_on(view, maps):
    events = view(f"kinds=configmaps,unheardof.example.com&namespace={maps.namespace}").wait_live("configmaps")
    refused = events.of("unheardof.example.com", "state")[0]
    assert (refused["state"], refused["code"]) == ("refused", 404) and "does not serve" in refused["message"]


@pytest.mark.parametrize(
    ("query", "code", "reason", "message"),
    [
        ("", 400, "BadRequest", "name what you want to follow"),
        ("kinds=", 400, "BadRequest", "kinds"),
        ("kinds=pods,,nodes", 400, "BadRequest", "commas between them"),
        ("kinds=Pods", 400, "BadRequest", "lower case"),
        ("kinds=pods@", 400, "BadRequest", "a namespace behind the @"),
        ("kinds=pods@a@b", 400, "BadRequest", "a namespace behind the @"),
        ("kinds=@a", 400, "BadRequest", "commas between them"),
        ("kinds=pods@UP", 400, "BadRequest", "a namespace behind the @"),
        ("kinds=" + ",".join(f"k{n}" for n in range(25)), 400, "BadRequest", "24 kinds at most"),
        ("kinds=pods&since=pods", 400, "BadRequest", "kind:version pairs"),
        ("kinds=pods&since=pods:1%262", 400, "BadRequest", "kind:version pairs"),
        ("kinds=pods&since=pods:" + "9" * 200, 400, "BadRequest", "kind:version pairs"),
        ("kinds=unheardof", 404, "NotFound", "none of these kinds"),
    ],
)
def test_what_can_not_be_followed_is_said(gateway, demo, query, code, reason, message):
    assert_status(gateway.get(f"/api/clusters/{demo}/events/stream?{query}"), code, reason, message=message)


def test_a_header_that_is_no_id_is_refused(gateway, demo):
    reply = gateway.get(f"/api/clusters/{demo}/events/stream?kinds=pods", headers={"Last-Event-ID": "x"})
    assert_status(reply, 400, "BadRequest", message="Last-Event-ID")


# What a cluster does wrong, and how many watches it is asked for.

PODS = "/api/v1/pods"


def pods(version, *names):
    rows = [
        {"cells": [n], "object": {"kind": "PartialObjectMetadata", "metadata": {"name": n, "resourceVersion": version}}}
        for n in names
    ]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": version},
        "columnDefinitions": [{"name": "Name", "type": "string"}],
        "rows": rows,
    }


def event(kind, version, *names):
    return json.dumps({"type": kind, "object": pods(version, *names)}).encode() + b"\n"


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


class Then:
    """Between the parts of an answer: something happens."""

    def __init__(self, run):
        self.acquire = run


class Cluster:
    """The stub's pods: a list, and watches that say what a test has them say."""

    def __init__(self, stubs):
        self.stubs, self.listed, self.said = stubs, pods("10", "first"), {}
        self.left = threading.Semaphore(0)  # a watch whose client has gone
        stubs.kube.on(PODS, self.answer)

    def answer(self, request):
        if "watch=true" not in request.target:
            return json_answer(self.listed)
        version = re.search(r"resourceVersion=(\w+)", request.target)[1]
        return Wire([OK, *self.said.get(version, []), None, Then(self.left.release)])

    def watches(self):
        return [r for r in self.stubs.kube.seen(PODS) if "watch=true" in r.target]

    def lists(self):
        return [r for r in self.stubs.kube.seen(PODS) if "watch=true" not in r.target]


@pytest.fixture
def cluster(stubs):
    return Cluster(stubs)


def test_viewers_of_one_collection_share_one_watch(view, stubbed, connected, cluster):
    go = threading.Semaphore(0)
    cluster.said["10"] = [go, event("ADDED", "11", "second")]
    viewers = [view("kinds=pods", cluster=connected, at=stubbed).wait_live("pods") for _ in range(6)]
    go.release(6)
    for events in viewers:
        wait_until(lambda events=events: "second" in events.names("pods", "ADDED"))
        assert "first" in events.names("pods", "ADDED")
    assert len(cluster.watches()) == 1 and len(viewers) == len(cluster.lists())
    for events in viewers:
        events.close()
    assert cluster.left.acquire(timeout=60)  # the last one to leave ends it


@pytest.fixture
def pool(launcher, short_tmp, stub_session, stubs):
    """A gateway of several processes, with quotas of its own, and the id of a connection."""
    started = []

    def start(**quotas):
        gateway = launcher.start(short_tmp, env=stub_session.environment() | quotas, processes=3)
        started.append(gateway)
        body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
        return gateway, gateway.post("/api/clusters/connect", body).json["connection_id"]

    yield start
    for gateway in started:
        launcher.stop(gateway)


def test_viewers_of_a_cluster_meet_in_one_process_and_meet_again_when_it_died(view, pool, cluster):
    gateway, connected = pool()
    viewers = [view("kinds=pods", cluster=connected, at=gateway).wait_live("pods") for _ in range(8)]
    assert len(cluster.watches()) == 1
    master = gateway.stack.serve.popen.pid
    for pid in map(int, Path(f"/proc/{master}/task/{master}/children").read_text().split()):
        os.kill(pid, signal.SIGKILL)
    for events in viewers:
        wait_until(lambda events=events: events.ended)
    again = [view("kinds=pods&since=pods:10", cluster=connected, at=gateway).wait_live("pods") for _ in range(8)]
    assert len(cluster.watches()) == 2
    assert not any(events.of("pods", "reset") for events in again)


def test_viewers_for_whom_that_process_has_no_place_are_taken_by_another(view, pool, cluster):
    gateway, connected = pool(EKSGATE_STREAMS="2")
    for _ in range(6):
        view("kinds=pods", cluster=connected, at=gateway).wait_live("pods")
    assert len(cluster.watches()) == 3
    reply = gateway.get(f"/api/clusters/{connected}/events/stream?kinds=pods")
    assert_status(reply, 429, "TooManyRequests", message="as many streams are open as are allowed")


def test_what_is_too_old_for_the_cluster_is_listed_again_inside(view, stubbed, connected, cluster):
    gone = {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired", "message": "too old"}
    cluster.said["10"] = [json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"]
    cluster.said["20"] = [event("MODIFIED", "21", "third")]
    listed = cluster.answer

    def answer(request):
        if "watch=true" in request.target:
            cluster.listed = pods("20", "first", "third")
        return listed(request)

    cluster.stubs.kube.on(PODS, answer)
    events = view("kinds=pods", cluster=connected, at=stubbed)
    wait_until(lambda: "third" in events.names("pods", "MODIFIED"))
    assert len(events.of("pods", "reset")) == 2
    assert events.names("pods", "ADDED") == ["first", "first", "third"]


def test_a_viewer_that_went_on_from_too_old_a_version_is_given_the_list(view, stubbed, connected, cluster):
    gone = {"kind": "Status", "apiVersion": "v1", "code": 410, "reason": "Expired", "message": "too old"}
    cluster.said["1"] = [json.dumps({"type": "ERROR", "object": gone}).encode() + b"\n"]
    events = view("kinds=pods&since=pods:1", cluster=connected, at=stubbed)
    wait_until(lambda: events.names("pods", "ADDED"))
    assert events.names("pods", "ADDED") == ["first"] and len(events.of("pods", "reset")) == 1


def test_bookmarks_are_told_so_that_a_quiet_viewer_knows_where_it_is(view, stubbed, connected, cluster):
    bookmark = {"type": "BOOKMARK", "object": pods("15")}
    cluster.said["10"] = [json.dumps(bookmark).encode() + b"\n"]
    events = view("kinds=pods", cluster=connected, at=stubbed)
    wait_until(lambda: any(d["type"] == "BOOKMARK" for d in events.of("pods")))
    assert [i for w, i, d in events.told if w == "change" and d["type"] == "BOOKMARK"] == ["pods:15"]


def test_a_watch_that_breaks_goes_on_where_it_was_and_its_viewers_are_told(view, stubbed, connected, cluster):
    cluster.said["10"] = [event("ADDED", "11", "second")]
    events = view("kinds=pods", cluster=connected, at=stubbed)
    wait_until(lambda: "second" in events.names("pods", "ADDED"))
    cluster.said["11"] = [event("ADDED", "12", "third")]
    cluster.stubs.kube.cut()
    wait_until(lambda: "third" in events.names("pods", "ADDED"))
    assert len(cluster.lists()) == 1 and len(events.of("pods", "reset")) == 1
    assert {"live", "reconnecting"} <= set(events.states("pods"))


def test_a_kind_that_may_not_be_read_is_named_and_the_others_go_on(view, stubbed, connected, cluster):
    body = {"kind": "Status", "apiVersion": "v1", "code": 403, "reason": "Forbidden", "message": "no"}
    cluster.stubs.kube.on("/api/v1/configmaps", json_answer(body, 403))
    events = view("kinds=pods,configmaps", cluster=connected, at=stubbed).wait_live("pods")
    wait_until(lambda: "refused" in events.states("configmaps"))
    assert events.of("configmaps", "state")[-1]["code"] == 403


def test_a_viewer_too_slow_for_what_is_kept_is_given_the_list_again(stubbed, connected, cluster):
    sent = threading.Semaphore(0)

    def all_is_sent():
        cluster.listed = pods("5000", "first", "new")
        sent.release()

    many = b"".join(event("MODIFIED", str(11 + n), "x" * 6000) for n in range(4000))
    cluster.said["10"] = [many, Then(all_is_sent), event("ADDED", "9000", "last")]
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(60)
        client.connect(("127.0.0.1", stubbed.port))
        path = f"/api/clusters/{connected}/events/stream?kinds=pods"
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert sent.acquire(timeout=60)  # though nobody read
        seen = bytearray()
        while b'"last"' not in seen:
            piece = client.recv(1 << 20)
            assert piece, "broken off"
            seen += piece
    assert len(cluster.lists()) >= 2 and seen.count(b"event: reset") >= 2
    assert len(seen) < len(many)


def test_a_key_opens_it_and_its_end_ends_it(launcher, short_tmp, stub_session, stubs):
    keyed = Keyed(launcher.start(short_tmp, env=stub_session.environment() | {"EKSGATE_AUTH": "keys"}, processes=1))
    admin, key = keyed.create("admin"), keyed.create("viewer")
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    connected = keyed.ask(admin, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    Cluster(stubs)
    path = f"/api/clusters/{connected}/events/stream?kinds=pods,secrets"
    assert_status(keyed.gateway.get(path), 401, "Unauthorized")
    events = Events(keyed.gateway, path, {"Authorization": f"Bearer {key}"}).wait_live("pods")
    assert keyed.ask(admin, "DELETE", f"/api/keys/{key.split('_')[1]}").status == 200
    wait_until(lambda: events.ended)
    events.close()
    launcher.stop(keyed.gateway)
