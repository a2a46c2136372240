"""Webhooks: who may be told, what he is told, how often, and how he can hold it against its signature."""

import contextlib
import ipaddress
import socket
import threading
import uuid

import pytest
from client import assert_status, wait_until
from jobs_world import Jobs, connect_demo, deliveries, make_namespace, register
from stubs.pki import Authority
from stubs.receiver import Receiver


@pytest.fixture(scope="module")
def authority(session_directory):
    directory = session_directory / "receivers"
    directory.mkdir()
    return Authority(directory, "receivers-ca")


@pytest.fixture(scope="module")
def receiver(authority):
    receiver = Receiver(authority.issue("receiver"))
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def plain():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def stranger(session_directory):
    """The operator named it, but its certificate is not from the authority that he trusts."""
    directory = session_directory / "strangers"
    directory.mkdir()
    receiver = Receiver(Authority(directory, "strangers-ca").issue("stranger"))
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def unnamed():
    """A receiver on this machine that the operator did not name."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def telling(launcher, session_directory, sandbox, authority, receiver, plain, stranger):
    directory = session_directory / "telling"
    directory.mkdir()
    settings = {
        "EKSGATE_ALLOW_WEBHOOKS": ", ".join(f"127.0.0.1:{r.port}" for r in (receiver, plain, stranger)),
        "EKSGATE_WEBHOOK_CA_FILE": str(authority.certificate),
        "EKSGATE_WEBHOOK_ATTEMPTS": "2",
    }
    gateway = launcher.start(directory, env=sandbox.env | settings, agent=True)
    connect_demo(gateway)
    yield gateway
    launcher.stop(gateway)


@pytest.fixture(scope="module")
def jobs(direct):
    namespace = make_namespace(direct)
    yield Jobs(direct, namespace)
    direct.request("DELETE", f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def path():
    """A place at the receiver for one test."""
    return f"/{uuid.uuid4().hex}"


@pytest.fixture
def webhook(telling, receiver, jobs, path):
    made = register(telling, receiver.url(path), namespaces=[jobs.namespace])
    yield made
    telling.request("DELETE", f"/api/webhooks/{made['id']}")


def told(receiver, path, job, event):
    return [d for d in receiver.seen(path, job) if d.event == event]


def test_each_change_of_a_job_is_told_once_with_the_job_and_a_signature(telling, receiver, jobs, webhook, path):
    name = jobs.create(suspend=True)
    wait_until(lambda: told(receiver, path, name, "job.suspended"))
    jobs.resume(name)
    wait_until(lambda: told(receiver, path, name, "job.succeeded"))
    jobs.delete(name)
    wait_until(lambda: told(receiver, path, name, "job.deleted"))

    seen = receiver.seen(path, name)
    events = [d.event for d in seen]
    assert len(set(events)) == len(events) and len({d.id for d in seen}) == len(seen)
    for delivery in seen:
        assert delivery.is_signed(webhook["secret"])
        body = delivery.json
        assert (body["id"], body["event"], body["cluster"]) == (delivery.id, delivery.event, "us-east-1_demo")
        assert delivery.headers["Content-Type"] == "application/json"
    job = told(receiver, path, name, "job.succeeded")[0].json["job"]
    assert (job["namespace"], job["state"], job["succeeded"]) == (jobs.namespace, "succeeded", 1)
    assert job["completion_time"] and job["duration_seconds"] >= 0


def test_a_failed_job_is_told_with_its_reason(receiver, jobs, webhook, path):
    name = jobs.create(fails=True)
    wait_until(lambda: told(receiver, path, name, "job.failed"))
    job = told(receiver, path, name, "job.failed")[0].json["job"]
    assert job["state"] == "failed" and job["failure_reason"]


def test_only_what_was_asked_for_is_told(telling, receiver, jobs, path):
    rows = {
        "event": {"events": ["job.failed"]},
        "namespace": {"namespaces": ["another"]},
        "cluster": {"clusters": ["us-east-1_another"]},
        "disabled": {"enabled": False},
        "all": {"events": ["job.succeeded"], "namespaces": [jobs.namespace], "clusters": ["us-east-1_demo"]},
    }
    made = [register(telling, receiver.url(f"{path}/{name}"), **members) for name, members in rows.items()]
    name = jobs.create()
    wait_until(lambda: receiver.seen(f"{path}/all", name))
    # All deliveries of a change are queued in the same step.
    assert [row for row, hook in zip(rows, made) if deliveries(telling, hook)] == ["all"]
    assert not [row for row in rows if row != "all" and receiver.seen(f"{path}/{row}", name)]
    for hook in made:
        assert telling.request("DELETE", f"/api/webhooks/{hook['id']}").status == 200


def test_the_secret_is_shown_once_and_stored_sealed(telling, receiver, path):
    secret = f"given-{uuid.uuid4().hex}"
    made = register(telling, receiver.url(path), secret=secret)
    assert made["secret"] == secret
    assert "secret" not in telling.get(f"/api/webhooks/{made['id']}").json
    assert secret not in telling.get("/api/webhooks").text
    reply = telling.post(f"/api/webhooks/{made['id']}/test")
    assert reply.status == 202, reply.text
    wait_until(lambda: receiver.seen(path))
    delivery = receiver.seen(path)[0]
    assert delivery.is_signed(secret) and not delivery.is_signed(secret + "x")
    assert (delivery.event, delivery.json["job"]) == ("webhook.test", None)
    for log in (telling.stack.run.path / "log").iterdir():
        assert secret not in log.read_text(errors="replace"), log
    telling.request("DELETE", f"/api/webhooks/{made['id']}")


def test_a_made_secret_is_long_and_never_the_same(telling, receiver, path):
    made = [register(telling, receiver.url(path)) for _ in range(2)]
    assert len(made[0]["secret"]) == 64 and made[0]["secret"] != made[1]["secret"]
    for hook in made:
        telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_a_receiver_that_fails_is_told_again_with_the_same_id(receiver, jobs, telling, path):
    hook = register(telling, receiver.url(path), namespaces=[jobs.namespace], events=["job.succeeded"])
    receiver.answers[path] = 503
    name = jobs.create()
    wait_until(lambda: receiver.seen(path, name))
    del receiver.answers[path]
    wait_until(lambda: receiver.seen(path, name, status=204))
    seen = receiver.seen(path, name)
    assert len({d.id for d in seen}) == 1 and len({d.body for d in seen}) == 1
    assert all(d.is_signed(hook["secret"]) for d in seen)
    delivery = wait_until(lambda: deliveries(telling, hook, state="delivered"))[0]
    assert delivery["attempts"] == len(seen) and delivery["last_status"] == 204 and delivery["delivered_at"]
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_after_the_last_attempt_a_delivery_is_dead_and_can_be_tried_again(receiver, telling, path):
    hook = register(telling, receiver.url(path))
    receiver.answers[path] = 500
    telling.post(f"/api/webhooks/{hook['id']}/test")
    dead = wait_until(lambda: deliveries(telling, hook, state="dead"))[0]
    assert dead["attempts"] == 2 and dead["last_status"] == 500 and dead["last_error"]
    assert len(receiver.seen(path)) == 2

    del receiver.answers[path]
    retry = f"/api/webhooks/{hook['id']}/deliveries/{dead['id']}/retry"
    reply = telling.post(retry)
    assert reply.status == 202 and reply.json["state"] in ("pending", "delivered"), reply.text
    wait_until(lambda: deliveries(telling, hook, state="delivered"))
    assert receiver.seen(path)[-1].id == dead["id"]
    assert_status(telling.post(retry), 409, "Conflict", message="not dead")
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_redirects_are_not_followed(receiver, telling, path):
    hook = register(telling, receiver.url(path))
    receiver.answers[path] = (302, [("Location", receiver.url(f"{path}/elsewhere"))])
    telling.post(f"/api/webhooks/{hook['id']}/test")
    dead = wait_until(lambda: deliveries(telling, hook, state="dead"))[0]
    assert dead["last_status"] == 302 and "redirect" in dead["last_error"]
    assert not receiver.seen(f"{path}/elsewhere")
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_a_receiver_that_hangs_holds_up_nobody_else(receiver, telling, path):
    hanging = register(telling, receiver.url(f"{path}/hangs"))
    working = register(telling, receiver.url(f"{path}/works"))
    release = receiver.answers[f"{path}/hangs"] = threading.Event()
    try:
        for _ in range(8):
            assert telling.post(f"/api/webhooks/{hanging['id']}/test").status == 202
        wait_until(lambda: receiver.seen(f"{path}/hangs"))
        telling.post(f"/api/webhooks/{working['id']}/test")
        wait_until(lambda: receiver.seen(f"{path}/works"))
        assert not deliveries(telling, hanging, state="delivered")
    finally:
        release.set()
    for hook in (hanging, working):
        telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_a_receiver_with_a_certificate_of_another_authority_is_told_nothing(telling, stranger, path):
    hook = register(telling, stranger.url(path))
    telling.post(f"/api/webhooks/{hook['id']}/test")
    dead = wait_until(lambda: deliveries(telling, hook, state="dead"))[0]
    assert dead["last_status"] is None and "certificate" in dead["last_error"], dead
    assert not stranger.seen(path)
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


REFUSED = [
    ("http://hooks.example.com/", "https"),
    ("http://127.0.0.1:9/", "https"),
    ("https://127.0.0.1/", "loopback"),
    ("https://localhost/", "loopback"),
    ("https://LOCALHOST:8443/", "loopback"),
    ("https://[::1]/", "loopback"),
    ("https://[::ffff:127.0.0.1]/", "private"),
    ("https://[::ffff:10.0.0.1]/", "private"),
    ("https://10.1.2.3/", "private"),
    ("https://172.16.0.1/", "private"),
    ("https://192.168.1.1/", "private"),
    ("https://100.100.100.200/", "private"),
    ("https://169.254.169.254/latest/meta-data/", "private"),
    ("https://[fd00:ec2::254]/", "private"),
    ("https://[fe80::1]/", "private"),
    ("https://[64:ff9b::a00:1]/", "private"),
    ("https://[2002:7f00:1::]/", "private"),
    ("https://0.0.0.0/", "private"),
    ("https://0/", "host name"),
    ("https://127.1/", "host name"),
    ("https://2130706433/", "host name"),
    ("https://0x7f000001/", "host name"),
    ("https://017700000001/", "host name"),
    ("https://user:password@hooks.example.com/", "user name"),
    ("https://hooks.example.com@127.0.0.1/", "user name"),
    ("https://hooks.example.com:0/", "port"),
    ("https://hooks.example.com:65536/", "port"),
    ("https://hooks.example.com:/", "port"),
    ("https://hooks.example.com#@127.0.0.1/", "user name"),
    ("https://hooks.example.com\\@127.0.0.1/", "user name"),
    ("https://hooks.example.com/#fragment", "fragment"),
    ("https://hooks.example.com/a b", "blanks"),
    ("https://hooks.example.com?a", "https://host/path"),
    ("https:///path", "host name"),
    ("ftp://hooks.example.com/", "https"),
    ("file:///etc/passwd", "https"),
    ("gopher://127.0.0.1:6379/_", "https"),
    ("https://hooks.example.com/\r\nX: y", "control"),
]


@pytest.mark.parametrize("url,message", REFUSED, ids=[url for url, _ in REFUSED])
def test_a_target_inside_is_refused_when_it_is_registered(telling, url, message):
    status = assert_status(telling.post("/api/webhooks", {"url": url}), 422, "Invalid")
    cause = status["details"]["causes"][0]
    assert cause["field"] == "url"
    assert message in cause["message"], cause


def names_of_this_machine():
    """Names that no URL check can know to be this machine's."""
    for name in (socket.gethostname(), "ip6-localhost", "ip6-loopback"):
        with contextlib.suppress(OSError):
            found = socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM)
            if not any(ipaddress.ip_address(a[4][0]).is_global for a in found):
                yield name


def test_a_name_that_resolves_to_an_address_inside_is_refused_when_it_is_told(telling, unnamed):
    name = next(names_of_this_machine(), None)
    if not name:
        pytest.skip("no name in /etc/hosts is this machine's")
    hook = register(telling, f"https://{name}:{unnamed.port}/inside")
    telling.post(f"/api/webhooks/{hook['id']}/test")
    dead = wait_until(lambda: deliveries(telling, hook, state="dead"))[0]
    assert dead["last_status"] is None and "EKSGATE_ALLOW_WEBHOOKS" in dead["last_error"], dead
    assert unnamed.connections == 0
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_a_named_loopback_receiver_may_speak_plain_http(telling, plain, path):
    hook = register(telling, plain.url(path))
    telling.post(f"/api/webhooks/{hook['id']}/test")
    wait_until(lambda: plain.seen(path))
    assert plain.seen(path)[0].is_signed(hook["secret"])
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


@pytest.mark.parametrize(
    "members,field",
    [
        ({}, "url"),
        ({"url": 5}, "url"),
        ({"url": "https://a.example/", "events": ["job.done"]}, "events"),
        ({"url": "https://a.example/", "events": []}, "events"),
        ({"url": "https://a.example/", "secret": "short"}, "secret"),
        ({"url": "https://a.example/", "secret": "with a blank in it"}, "secret"),
        ({"url": "https://a.example/", "namespaces": ["Not_A_Name"]}, "namespaces"),
        ({"url": "https://a.example/", "colour": "red"}, "colour"),
        ({"url": "https://a.example/" + "a" * 2048}, "url"),
    ],
)
def test_bodies_that_do_not_fit_are_refused_by_field(telling, members, field):
    status = assert_status(telling.post("/api/webhooks", members), 422, "Invalid")
    assert any(cause["field"].startswith(field) for cause in status["details"]["causes"])


def test_what_is_not_there_is_not_found(telling, receiver, path):
    hook = register(telling, receiver.url(path))
    none = "0" * 16
    for method, target in [
        ("GET", f"/api/webhooks/{none}"),
        ("DELETE", f"/api/webhooks/{none}"),
        ("GET", f"/api/webhooks/{none}/deliveries"),
        ("POST", f"/api/webhooks/{none}/test"),
        ("POST", f"/api/webhooks/{hook['id']}/deliveries/{none}/retry"),
    ]:
        assert_status(telling.request(method, target), 404, "NotFound")
    telling.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_deleting_a_webhook_ends_its_deliveries(telling, receiver, path):
    hook = register(telling, receiver.url(path))
    receiver.answers[path] = 500
    telling.post(f"/api/webhooks/{hook['id']}/test")
    wait_until(lambda: receiver.seen(path))
    assert telling.request("DELETE", f"/api/webhooks/{hook['id']}").status == 200
    assert_status(telling.get(f"/api/webhooks/{hook['id']}/deliveries"), 404, "NotFound")
    assert hook["id"] not in telling.get("/api/webhooks").text
