"""What keeps one bad cluster, client or process from taking the others with it."""

import os
import signal
import threading
import time

import pytest

from stubs.kube import Wire, json_answer
from test_check import children

PODS = "/api/v1/pods"


@pytest.fixture
def small(launcher, short_tmp, stubs):
    """A gateway of one process with eight threads: its limits are near."""
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, threads=8)
    yield gateway
    launcher.stop(gateway)


def connect(gateway, name):
    reply = gateway.post("/api/clusters/connect",
                         {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}})
    assert reply.status == 201, reply.text
    return reply.json["connection_id"]


def in_background(count, call):
    threads = [threading.Thread(target=call, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads


def test_a_cluster_that_hangs_never_blocks_another(small, stubs):
    """Its share is a quarter of the threads; what is above it is turned away at once, and others are served."""
    hanging, live = connect(small, stubs.cluster()), connect(small, stubs.cluster())
    stubs.kube.on("/hang", Wire([8, b""]))
    stubs.kube.on("/live", json_answer({"alive": True}))
    threads = in_background(2, lambda: small.get(f"/raw/clusters/{hanging}/hang"))
    time.sleep(1.5)
    begin = time.monotonic()
    turned_away = small.get(f"/raw/clusters/{hanging}/hang")
    assert turned_away.status == 429 and turned_away.json["reason"] == "TooManyRequests"
    assert turned_away.header("Retry-After") == "1" and turned_away.json["details"]["retryAfterSeconds"] == 1
    for _ in range(20):
        assert small.get(f"/raw/clusters/{live}/live").json == {"alive": True}
    assert time.monotonic() - begin < 4
    for thread in threads:
        thread.join(20)
    assert small.get(f"/raw/clusters/{live}/live").status == 200


def test_load_alone_turns_nobody_away(small, stubs):
    cluster = connect(small, stubs.cluster())
    stubs.kube.on("/quick", json_answer({}))
    seen = []
    for thread in in_background(40, lambda: seen.append(small.get(f"/raw/clusters/{cluster}/quick").status)):
        thread.join(30)
    assert seen == [200] * 40


def test_a_cluster_that_is_down_is_not_asked_again_for_two_seconds(stubbed, stubs, connected):
    """And is asked again after it: nothing has to be connected anew."""
    port = stubs.refusing.getsockname()[1]
    name = stubs.cluster(port=port)
    replies = [stubbed.post("/api/clusters/connect",
                            {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}})]
    assert replies[0].status == 503 and replies[0].json["reason"] == "ServiceUnavailable"


def test_a_process_that_dies_is_replaced(small):
    """What it was working on is lost and told as 503; what waits at its socket, or comes later, is served."""
    master = small.stack.serve.popen.pid
    (before,) = children(master)
    os.kill(before, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while (status := small.get("/health").status) != 200:
        assert status == 503 and time.monotonic() < deadline
        time.sleep(0.05)
    (after,) = children(master)
    assert after != before
