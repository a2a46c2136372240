"""eksgate agent: what it records, and that nothing is lost or told twice whoever is killed."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import uuid

import pytest
from client import assert_status, wait_until
from jobs_world import Jobs, connect_demo, deliveries, make_namespace, register
from stubs.kube import KubeStub, Wire, json_answer
from stubs.receiver import Receiver

LEASE_SECONDS = 4


class Herd:
    """A gateway whose agents are started and ended by the tests."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.stack = gateway.stack
        self.agents = {}
        self.count = 0

    def start(self):
        self.count += 1
        name = f"agent-{self.count}"
        self.agents[name] = self.stack.start_agent(name)
        return name

    def log(self, name):
        return (self.stack.run.path / "log" / f"{name}.log").read_text(errors="replace")

    def signal(self, name, number):
        os.kill(self.agents[name].pid, number)

    def kill(self, name):
        child = self.agents.pop(name)
        child.popen.kill()
        child.popen.wait()
        self.stack.run.children.remove(child)

    def end(self, name):
        """As an operator ends it; its exit status."""
        child = self.agents.pop(name)
        child.popen.terminate()
        status = child.popen.wait(60)
        self.stack.run.children.remove(child)
        return status

    def end_all(self):
        for name in list(self.agents):
            self.signal(name, signal.SIGCONT)
            assert self.end(name) == 0, self.log(name)

    def redis(self, *words):
        """A command; the answer's bytes, for a test to look for something in them."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(str(self.stack.redis_socket))
            command = b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in (str(word).encode() for word in words))
            connection.sendall(b"*%d\r\n" % len(words) + command)
            return connection.recv(1 << 20)

    def leader(self):
        """The name of the agent that leads, or None."""
        holder = self.redis("GET", "eksgate:agent:lease")
        for name in self.agents:
            lines = [json.loads(line) for line in self.log(name).splitlines() if line.startswith("{")]
            runs = next((line["agent"] for line in lines if line["message"] == "the agent runs"), None)
            if runs and runs.encode() in holder:
                return name
        return None

    def wait_for_leader(self):
        return wait_until(self.leader)

    def stop_redis(self, number):
        redis = self.stack.redis
        self.stack.run.children.remove(redis)
        redis.popen.send_signal(number)
        redis.popen.wait(60)

    def start_redis(self):
        self.stack.redis_socket.unlink(missing_ok=True)
        self.stack.start_redis()


@pytest.fixture(scope="module")
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


def settings(receiver):
    return {
        "EKSGATE_ALLOW_WEBHOOKS": f"127.0.0.1:{receiver.port}",
        "EKSGATE_AGENT_LEASE_SECONDS": str(LEASE_SECONDS),
    }


@pytest.fixture(scope="module")
def world(launcher, session_directory, sandbox, receiver):
    directory = session_directory / "agents"
    directory.mkdir()
    herd = Herd(launcher.start(directory, env=sandbox.env | settings(receiver)))
    connect_demo(herd.gateway)
    yield herd
    launcher.stop(herd.gateway)


@pytest.fixture
def herd(world):
    yield world
    world.end_all()


@pytest.fixture(scope="module")
def jobs(direct):
    namespace = make_namespace(direct)
    yield Jobs(direct, namespace)
    direct.request("DELETE", f"/api/v1/namespaces/{namespace}")


@pytest.fixture
def path():
    return f"/{uuid.uuid4().hex}"


@pytest.fixture
def webhook(world, receiver, jobs, path):
    made = register(world.gateway, receiver.url(path), namespaces=[jobs.namespace], events=["job.succeeded"])
    yield made
    world.gateway.request("DELETE", f"/api/webhooks/{made['id']}")


def finish_jobs(jobs, count=3, **options):
    names = [jobs.create(**options) for _ in range(count)]
    for name in names:
        jobs.wait_for(name, "Failed" if options.get("fails") else "Complete")
    return names


def wait_until_told(world, receiver, webhook, path, names):
    """Each was heard of by the receiver, and the agent has stored that."""
    wait_until(lambda: {d.job_name for d in receiver.seen(path, status=204)} >= set(names))
    wait_until(
        lambda: {d["job_name"] for d in deliveries(world.gateway, webhook, state="delivered")} >= set(names)
    )


def assert_one_id_each(receiver, path, names):
    """A delivery may come twice when somebody is killed; the same change never as two."""
    ids = {name: {d.id for d in receiver.seen(path, name)} for name in names}
    assert all(len(found) == 1 for found in ids.values()), ids


def history(gateway, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    reply = gateway.get(f"/api/clusters/us-east-1_demo/job-history?{parameters}")
    assert reply.status == 200, reply.text
    return reply.json


def names_in_history(gateway, **query):
    return [job["job_name"] for job in history(gateway, **query)["items"]]


def test_finished_jobs_are_in_the_history_after_they_are_gone(herd, jobs):
    gateway = herd.gateway
    herd.start()
    good, other = finish_jobs(jobs, 2, labels={"team": "a", "eksgate/template": "nightly"})
    (bad,) = finish_jobs(jobs, 1, fails=True)
    wait_until(lambda: set(names_in_history(gateway, namespace=jobs.namespace)) >= {good, other, bad})
    jobs.delete(good)
    wait_until(lambda: jobs.direct.request("GET", f"{jobs.path}/{good}").status == 404)

    job = history(gateway, namespace=jobs.namespace, name=good)["items"][0]
    assert (job["state"], job["succeeded"], job["cluster"]) == ("succeeded", 1, "us-east-1_demo")
    assert job["completion_time"] and job["duration_seconds"] >= 0 and job["template"]["name"] == "nightly"
    rows = [
        ({"state": "failed"}, {bad}),
        ({"state": "succeeded"}, {good, other}),
        ({"name": good[-8:]}, {good}),
        ({"template": "nightly"}, {good, other}),
        ({"template": "weekly"}, set()),
        ({"labelSelector": "team%3Da"}, {good, other}),
        ({"labelSelector": "!team"}, {bad}),
        ({"since": "1h"}, {good, other, bad}),
        ({"since": "2100-01-01T00:00:00Z"}, set()),
    ]
    for query, expected in rows:
        assert set(names_in_history(gateway, namespace=jobs.namespace, **query)) == expected, query
    assert names_in_history(gateway, namespace="another") == []

    pages, token = [], ""
    while not pages or token:
        page = history(gateway, namespace=jobs.namespace, limit=1, **({"continue": token} if token else {}))
        pages.append([job["job_name"] for job in page["items"]])
        token = page["continue"]
        assert (page["remaining"] == 0) == (token == "")
    assert [len(page) for page in pages] == [1, 1, 1] and {page[0] for page in pages} == {good, other, bad}

    by_template = analytics(gateway, by="template")
    assert {(g["runs"], g["succeeded"]) for g in by_template if g["key"] == "nightly"} == {(2, 2)}
    (group,) = [g for g in analytics(gateway, by="namespace") if g["key"] == jobs.namespace]
    assert (group["runs"], group["succeeded"], group["failed"], group["success_rate"]) == (3, 2, 1, 0.6667)
    durations = group["duration_seconds"]
    assert 0 <= durations["min"] <= durations["p50"] <= durations["p95"] <= durations["max"]
    (group,) = [g for g in analytics(gateway) if g["key"] == bad]
    assert (group["runs"], group["success_rate"]) == (1, 0)


def analytics(gateway, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    reply = gateway.get(f"/api/clusters/us-east-1_demo/job-analytics?{parameters}")
    assert reply.status == 200, reply.text
    assert reply.json["since"] < reply.json["until"]
    return reply.json["groups"]


@pytest.mark.parametrize(
    "query",
    [
        "state=running",
        "labelSelector=a%20in",
        "since=yesterday",
        "limit=0",
        "continue=x",
        "continue=%00",
        "namespace=A",
        "colour=red",
    ],
)
def test_history_refuses_what_it_can_not_read(world, query):
    assert_status(world.gateway.get(f"/api/clusters/us-east-1_demo/job-history?{query}"), 400, "BadRequest")


def test_of_two_agents_one_works_and_the_other_takes_over_when_it_is_killed(herd, jobs, receiver, webhook, path):
    herd.start()
    herd.start()
    leader = herd.wait_for_leader()
    before = finish_jobs(jobs)
    wait_until_told(herd, receiver, webhook, path, before)
    herd.kill(leader)
    after = finish_jobs(jobs)
    wait_until_told(herd, receiver, webhook, path, after)
    wait_until(lambda: herd.leader() not in (None, leader))
    assert_one_id_each(receiver, path, [*before, *after])
    assert set(names_in_history(herd.gateway, namespace=jobs.namespace)) >= {*before, *after}


def test_an_agent_that_ends_leaves_at_once_and_what_happens_meanwhile_is_told_by_the_next(
    herd, jobs, receiver, webhook, path
):
    first = herd.start()
    herd.wait_for_leader()
    before = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, before)
    assert herd.end(first) == 0
    assert herd.redis("GET", "eksgate:agent:lease") == b"$-1\r\n"
    meanwhile = finish_jobs(jobs, 2)
    herd.start()
    wait_until_told(herd, receiver, webhook, path, meanwhile)
    after = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, after)
    assert_one_id_each(receiver, path, [*before, *meanwhile, *after])


def test_a_delivery_that_an_agent_was_killed_in_is_made_again_with_its_id(herd, receiver, path):
    hook = register(herd.gateway, receiver.url(path))
    release = receiver.answers[path] = threading.Event()
    leader = herd.start()
    herd.gateway.post(f"/api/webhooks/{hook['id']}/test")
    wait_until(lambda: receiver.seen(path))
    herd.kill(leader)
    del receiver.answers[path]
    herd.start()
    wait_until(lambda: deliveries(herd.gateway, hook, state="delivered"))
    release.set()
    assert len({d.id for d in receiver.seen(path)}) == 1 and len(receiver.seen(path)) >= 2
    herd.gateway.request("DELETE", f"/api/webhooks/{hook['id']}")


def test_an_agent_that_slept_while_another_took_over_changes_nothing(herd, jobs, receiver, webhook, path):
    herd.start()
    sleeper = herd.wait_for_leader()
    before = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, before)
    herd.signal(sleeper, signal.SIGSTOP)
    other = herd.start()
    wait_until(lambda: herd.leader() == other)
    names = finish_jobs(jobs, 2)
    wait_until_told(herd, receiver, webhook, path, names)
    herd.signal(sleeper, signal.SIGCONT)
    wait_until(lambda: "leads no more" in herd.log(sleeper))
    after = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, after)
    assert_one_id_each(receiver, path, [*before, *names, *after])


def test_a_redis_that_is_restarted_costs_nothing(herd, jobs, receiver, webhook, path):
    herd.start()
    herd.wait_for_leader()
    before = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, before)
    herd.stop_redis(signal.SIGTERM)
    meanwhile = finish_jobs(jobs, 2)
    herd.start_redis()
    wait_until_told(herd, receiver, webhook, path, meanwhile)
    assert_one_id_each(receiver, path, [*before, *meanwhile])


def test_what_a_killed_redis_forgot_is_found_out_again_and_has_the_same_id(herd, jobs, receiver, webhook, path):
    herd.start()
    herd.wait_for_leader()
    before = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, before)
    assert herd.redis("CONFIG", "SET", "save", "") == b"+OK\r\n"
    assert herd.redis("SAVE") == b"+OK\r\n"
    forgotten = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, forgotten)
    count = len(receiver.seen(path, forgotten[0]))
    herd.stop_redis(signal.SIGKILL)
    herd.start_redis()
    wait_until(lambda: forgotten[0] in names_in_history(herd.gateway, namespace=jobs.namespace))
    wait_until(lambda: len(receiver.seen(path, forgotten[0])) > count)
    assert_one_id_each(receiver, path, [*before, *forgotten])


def test_connections_come_and_go_while_it_runs(herd, jobs, receiver, webhook, path):
    gateway = herd.gateway
    herd.start()
    herd.wait_for_leader()
    before = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, before)
    assert gateway.post("/api/clusters/us-east-1_demo/disconnect").status == 200
    wait_until(lambda: herd.redis("EXISTS", "eksgate:job_states:us-east-1_demo") == b":0\r\n")
    old = finish_jobs(jobs, 1)
    connect_demo(gateway)
    wait_until(lambda: herd.redis("HEXISTS", "eksgate:job_watch:us-east-1_demo", "version") == b":1\r\n")
    after = finish_jobs(jobs, 1)
    wait_until_told(herd, receiver, webhook, path, after)
    assert_one_id_each(receiver, path, [*before, *after])
    # What was over before it was connected is known.
    assert old[0] in names_in_history(gateway, namespace=jobs.namespace)


class Lies:
    """An agent before clusters that answer as they are told."""

    def __init__(self, herd, stubs):
        self.herd = herd
        self.stubs = stubs

    def connect(self, kube):
        name = self.stubs.cluster(kube.port)
        body = {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}}
        reply = self.herd.gateway.post("/api/clusters/connect", body)
        assert reply.status == 201, reply.text
        return reply.json["connection_id"]


@pytest.fixture
def lies(launcher, session_directory, stubs, receiver):
    directory = session_directory / f"lies-{uuid.uuid4().hex[:8]}"
    directory.mkdir()
    other = KubeStub(stubs.authority.issue("another-cluster"))
    environment = stubs.environment()
    environment["EKSGATE_ALLOW_ENDPOINTS"] += f",127.0.0.1:{other.port}"
    herd = Herd(launcher.start(directory, env=environment | settings(receiver)))
    lies = Lies(herd, stubs)
    lies.other = other
    yield lies
    herd.end_all()
    launcher.stop(herd.gateway)
    other.close()


JOBS = "/apis/batch/v1/jobs"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


def job(name, version, **status):
    return {
        "metadata": {
            "name": name,
            "namespace": "default",
            "uid": f"uid-{name}",
            "resourceVersion": str(version),
            "creationTimestamp": "2100-01-01T00:00:00Z",
        },
        "spec": {"completions": 1, "parallelism": 1, "backoffLimit": 6},
        "status": status,
    }


def listed(version, *items):
    return json_answer({"kind": "JobList", "metadata": {"resourceVersion": str(version)}, "items": list(items)})


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def event(kind, item):
    return chunk(json.dumps({"type": kind, "object": item}).encode() + b"\n")


class Cluster:
    """Lists and watches in turn; the last watch stays silent."""

    def __init__(self, kube, lists, watches):
        self.lists, self.watches = list(lists), list(watches)
        self.versions = []
        kube.on(JOBS, self.answer)

    def answer(self, request):
        if "watch=true" not in request.target:
            return self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        self.versions.append(request.target.partition("resourceVersion=")[2].partition("&")[0])
        return self.watches.pop(0) if self.watches else Wire([HEAD, None])


def test_a_watch_that_is_too_old_is_listed_again_and_what_was_missed_is_told(lies, receiver, path):
    register(lies.herd.gateway, receiver.url(path))
    gone = {"kind": "Status", "code": 410, "message": "too old resource version"}
    cluster = Cluster(
        lies.stubs.kube,
        [listed(10, job("stays", 5), job("goes", 6)), listed(50, job("stays", 5), job("comes", 40))],
        [Wire([HEAD, event("BOOKMARK", {"metadata": {"resourceVersion": "20"}}), event("ERROR", gone), chunk(b"")])],
    )
    lies.connect(lies.stubs.kube)
    lies.herd.start()
    expected = {
        ("stays", "job.pending"),
        ("goes", "job.pending"),
        ("goes", "job.deleted"),
        ("comes", "job.pending"),
    }
    wait_until(lambda: {(d.job_name, d.event) for d in receiver.seen(path)} >= expected)
    wait_until(lambda: len(cluster.versions) >= 2)
    assert cluster.versions[:2] == ["10", "50"]
    told = [(d.job_name, d.event) for d in receiver.seen(path)]
    assert sorted(told) == sorted(expected)
    # A restart goes on where the last agent was, without a list.
    lies.herd.end_all()
    lists = len([r for r in lies.stubs.kube.seen(JOBS) if "watch=true" not in r.target])
    lies.herd.start()
    wait_until(lambda: len(cluster.versions) >= 3)
    assert cluster.versions[2] == "50"
    assert len([r for r in lies.stubs.kube.seen(JOBS) if "watch=true" not in r.target]) == lists


def test_clusters_that_are_dead_or_lie_do_not_hold_up_others(lies, receiver, path):
    gateway = lies.herd.gateway
    register(gateway, receiver.url(path))
    lies.connect(lies.other)
    Cluster(
        lies.stubs.kube,
        [listed(10)],
        [
            Wire([HEAD, event("ADDED", job("cut", 11))[:-20]]),
            Wire([HEAD, chunk(b"no json\n")]),
            Wire([b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"]),
            Wire([HEAD, event("ADDED", job("seen", 12, failed=1)), None]),
        ],
    )
    live = lies.connect(lies.stubs.kube)
    lies.other.refuse()
    lies.herd.start()
    wait_until(lambda: receiver.seen(path, "seen"))
    assert not receiver.seen(path, "cut")
    assert receiver.seen(path, "seen")[0].json["cluster"] == live
    # The dead one comes back, and is seen without anybody asking for it.
    Cluster(lies.other, [listed(5, job("back", 4))], [])
    lies.other.listen()
    wait_until(lambda: receiver.seen(path, "back"))


def test_it_refuses_to_start_without_what_it_needs(world):
    binary = str(world.stack.binary)
    env = world.stack.serve_env() | {"EKSGATE_WEBHOOK_CA_FILE": "/nowhere"}
    done = subprocess.run([binary, "agent"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "EKSGATE_WEBHOOK_CA_FILE" in done.stderr
    with contextlib.suppress(KeyError):
        del env["EKSGATE_SECRET_KEY_FILE"]
    done = subprocess.run([binary, "agent"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "EKSGATE_SECRET_KEY_FILE" in done.stderr
