"""How often an API key may ask: 429 with Retry-After and the RateLimit headers, for each key and group of routes."""

import tempfile

import pytest
import stack as stacks
from client import assert_status
from stubs.kube import Answer, Wire, json_answer
from test_keys import Keyed

# One a minute is given back: what a test takes is gone.
LIMITS = {"EKSGATE_LIMIT_READS": "1/m:20", "EKSGATE_LIMIT_WRITES": "1/m:5", "EKSGATE_LIMIT_RAW": "1/m:7"}


@pytest.fixture(scope="module")
def limited(launcher, stub_session):
    with tempfile.TemporaryDirectory(prefix="eksgate-api-", dir="/tmp") as directory:
        env = stub_session.environment() | {"EKSGATE_AUTH": "keys"} | LIMITS
        own = Keyed(launcher.start(directory, env=env, processes=2))
        yield own
        launcher.stop(own.gateway)


def use_up(limited, key, method, path, most=60, **options):
    """Asks until it is refused; the answers before, and the refusal."""
    replies = []
    while len(replies) < most:
        reply = limited.ask(key, method, path, **options)
        if reply.status == 429:
            return replies, reply
        replies.append(reply)
    raise AssertionError(f"{most} requests, and no end")


def check_refusal(reply, limit):
    status = assert_status(reply, 429, "TooManyRequests", slug="overloaded")
    assert "used up" in status["message"]
    assert 1 <= int(reply.header("Retry-After")) <= 60
    assert status["details"]["retryAfterSeconds"] == int(reply.header("Retry-After"))
    assert reply.header("RateLimit-Limit") == str(limit)
    assert reply.header("RateLimit-Remaining") == "0"
    assert int(reply.header("RateLimit-Reset")) > 0


def test_reads_writes_and_raw_requests_have_a_limit_each(limited):
    key = limited.create("admin")
    replies, refusal = use_up(limited, key, "GET", "/api/whoami")
    assert {reply.status for reply in replies} == {200}
    # All of the pool give no more than the limit; one may be given back while this runs.
    assert 18 <= len(replies) <= 22
    check_refusal(refusal, 20)
    remaining = [int(reply.header("RateLimit-Remaining")) for reply in replies]
    assert 0 <= min(remaining) and max(remaining) <= 19
    assert {reply.header("RateLimit-Limit") for reply in replies} == {"20"}

    replies, refusal = use_up(limited, key, "DELETE", "/api/keys/0000000000000000")
    assert {reply.status for reply in replies} == {404}
    assert 4 <= len(replies) <= 7
    check_refusal(refusal, 5)

    replies, refusal = use_up(limited, key, "GET", "/raw/clusters/nowhere/api")
    assert {reply.status for reply in replies} == {404}
    assert 6 <= len(replies) <= 9
    check_refusal(refusal, 7)


PODS = "/api/v1/pods"
PROXY = "/api/v1/namespaces/a/services/s/proxy/x"
UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket"}


def test_a_clusters_own_answers_say_where_the_caller_stands(limited, stubs):
    """Relayed by the loop or by a thread, as a stream, over the tunnel, or made here because the cluster gave none."""
    key = limited.create("admin")
    cluster = stubs.cluster()
    body = {"cluster_name": cluster, "region": "us-east-1", "auth": {"type": "default"}}
    connection = limited.ask(key, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    own = [("Content-Type", "application/json"), ("RateLimit-Limit", "999"), ("ratelimit-reset", "1"), ("X-Own", "yes")]
    for path in PODS, PROXY:
        stubs.kube.on(path, Answer(200, b"{}", own))
    stubs.kube.on("/api/v1/broken", Wire([]))
    raw = f"/raw/clusters/{connection}"
    for method, path, status, options in [
        ("GET", PODS, 200, {}),
        ("GET", PODS, 200, {}),
        ("GET", f"{PODS}?watch=true", 200, {}),
        ("PUT", PROXY, 200, {"body": b"x" * 100000}),
        ("GET", PROXY, 200, {"headers": UPGRADE}),
        ("GET", "/api/v1/broken", 502, {}),
    ]:
        reply = limited.ask(key, method, raw + path, **options)
        assert reply.status == status, reply.text
        assert reply.header("RateLimit-Limit") == "7" and int(reply.header("RateLimit-Reset")) >= 1, path
        assert 0 <= int(reply.header("RateLimit-Remaining")) <= 6
        assert reply.header("X-Own") == ("yes" if status == 200 else None)


def test_answers_that_last_say_it_too(limited, stubs):
    key = limited.create("admin")
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    connection = limited.ask(key, "POST", "/api/clusters/connect", json_body=body).json["connection_id"]
    job = {"metadata": {"name": "j", "namespace": "a"}, "spec": {"selector": {"matchLabels": {"a": "b"}}}}
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs/j", json_answer(job))
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs", json_answer({"metadata": {"resourceVersion": "1"}, "items": []}))
    for query, status in [("?wait=9s", 404), ("?wait=9s&stream=true", 200)]:
        reply = limited.ask(key, "GET", f"/api/clusters/{connection}/jobs/a/j{query}")
        assert reply.status == status, reply.text
        assert reply.header("RateLimit-Limit") == "20" and int(reply.header("RateLimit-Remaining")) <= 19


def test_where_there_is_no_limit_of_ours_the_clusters_own_is_told(stubbed, stubs, connected):
    stubs.kube.on(PODS, Answer(200, b"{}", [("RateLimit-Limit", "999")]))
    for _ in range(3):
        assert stubbed.get(f"/raw/clusters/{connected}{PODS}").header("RateLimit-Limit") == "999"


def test_one_keys_haste_is_not_anothers(limited):
    hasty, calm = limited.create("viewer"), limited.create("viewer")
    use_up(limited, hasty, "GET", "/api/whoami")
    assert limited.ask(calm, "GET", "/api/whoami").status == 200


def test_what_has_no_limit_is_answered_still(limited):
    key = limited.create("viewer")
    use_up(limited, key, "GET", "/api/whoami")
    for path in ("/health", "/openapi.json"):
        reply = limited.ask(key, "GET", path)
        assert reply.status == 200 and reply.header("RateLimit-Limit") is None


def test_upgrades_count_as_raw_requests(limited):
    key = limited.create("admin")
    use_up(limited, key, "GET", "/raw/clusters/nowhere/api")
    _, refusal = use_up(limited, key, "GET", "/raw/clusters/nowhere/api/v1/namespaces/a/pods/p/exec", headers=UPGRADE)
    check_refusal(refusal, 7)


def test_refusals_are_counted(limited):
    key = limited.create("admin")
    count = lambda: [
        float(line.split()[-1])
        for line in limited.ask(limited.create("viewer"), "GET", "/metrics").text.splitlines()
        if line.startswith('eksgate_limited_total{process="serve",group="writes"}')
    ]
    before = count()
    use_up(limited, key, "DELETE", "/api/keys/0000000000000000")
    assert count()[0] == before[0] + 1


def test_without_redis_the_limit_is_each_processs_own(launcher, short_tmp):
    own = Keyed(launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"} | LIMITS, processes=1))
    key = own.create("viewer")
    assert own.ask(key, "GET", "/api/whoami").status == 200
    own.gateway.stack.redis.stop()
    replies, refusal = use_up(own, key, "GET", "/api/whoami")
    assert {reply.status for reply in replies} == {200} and len(replies) >= 18
    check_refusal(refusal, 20)
    launcher.stop(own.gateway)


def test_where_no_key_is_wanted_there_is_no_limit(launcher, short_tmp):
    gateway = launcher.start(short_tmp, env=LIMITS, processes=1)
    replies = [gateway.get("/api/whoami") for _ in range(30)]
    assert {reply.status for reply in replies} == {200}
    assert replies[0].header("RateLimit-Limit") is None
    launcher.stop(gateway)


@pytest.mark.parametrize("value", ["fast", "100", "0/s", "1/h"])
def test_a_rate_that_is_none_is_refused_at_the_start(launcher, short_tmp, value):
    with pytest.raises(stacks.StackError, match="EKSGATE_LIMIT_WRITES"):
        launcher.start(short_tmp, env={"EKSGATE_LIMIT_WRITES": value})
