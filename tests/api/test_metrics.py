"""GET /metrics: read as Prometheus reads it, whole whichever process answers, and of bounded size."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading

import pytest
import stack as stacks
from client import assert_status, wait_until
from conftest import ROOT
from prometheus_client.parser import text_string_to_metric_families
from stubs.kube import Switch, Wire, json_answer
from test_keys import Keyed
from test_tunnel import Upgraded, front, raw

CHUNKED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


class Scrape:
    """One answer of /metrics, parsed."""

    def __init__(self, reply):
        assert reply.status == 200, reply.text
        self.text = reply.text
        self.families = {family.name: family for family in text_string_to_metric_families(self.text)}
        self.samples = {}
        for family in self.families.values():
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                assert key not in self.samples, f"{key} is there twice"
                self.samples[key] = sample.value

    def __call__(self, name, **labels):
        """The sum over what is not named."""
        found = [
            value for (given, pairs), value in self.samples.items() if given == name and labels.items() <= dict(pairs).items()
        ]
        return sum(found)


def scrape(gateway):
    return Scrape(gateway.get("/metrics"))


def scrape_again(gateway):
    """After a process was killed: nginx may still hold a connection to it."""
    return Scrape(wait_until(lambda: (reply := gateway.get("/metrics")).status == 200 and reply))


def route_patterns():
    return set(re.findall(r"^## .* `(/[^`]*)`$", (ROOT / "docs" / "api.md").read_text(), re.MULTILINE))


def test_prometheus_reads_it(bare):
    bare.get("/health")
    reply = bare.get("/metrics")
    assert reply.header("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
    assert reply.header("Cache-Control") == "no-store"
    seen = Scrape(reply)
    assert len(seen.families) > 20
    for family in seen.families.values():
        assert family.name.startswith("eksgate_") and family.documentation and family.type != "unknown", family.name
        if family.type == "histogram":
            check_histogram(family)
    assert seen("eksgate_build_info") == 1


def check_histogram(family):
    """Buckets grow, and the last one counts all."""
    series = {}
    for sample in family.samples:
        labels = dict(sample.labels)
        bound = labels.pop("le", None)
        series.setdefault(tuple(sorted(labels.items())), []).append((sample.name, bound, sample.value))
    for samples in series.values():
        buckets = [(float(bound), value) for _, bound, value in samples if bound is not None]
        values = {name: value for name, bound, value in samples if bound is None}
        assert buckets == sorted(buckets) and [v for _, v in buckets] == sorted(v for _, v in buckets)
        assert buckets[-1] == (float("inf"), values[f"{family.name}_count"])
        assert values[f"{family.name}_sum"] >= 0


def test_promtool_has_nothing_to_say(bare):
    found = subprocess.run([ROOT / "dev" / "promtool.sh"], capture_output=True, text=True)
    if found.returncode != 0:
        pytest.skip(f"promtool can not be had: {found.stderr.strip()[-200:]}")
    promtool = found.stdout.strip()
    text = bare.get("/metrics").body
    check = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True)
    assert check.returncode == 0, check.stderr.decode()
    for kind, name in (("rules", "alerts.yml"), ("config", "prometheus.yml")):
        # The files that the example names are not here.
        words = [promtool, "check", kind, *(["--syntax-only"] if kind == "config" else [])]
        check = subprocess.run([*words, ROOT / "deploy" / "prometheus" / name], capture_output=True, text=True)
        assert check.returncode == 0, check.stdout + check.stderr


def in_parallel(count, run):
    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_whichever_process_is_asked_the_whole_pool_is_told_and_outlives_a_process(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=3)
    labels = {"route": "/api/whoami", "method": "GET", "status": "200"}
    in_parallel(8, lambda: [gateway.get("/api/whoami") for _ in range(10)])
    for _ in range(6):
        seen = scrape(gateway)
        assert seen("eksgate_http_requests_total", **labels) == 80
        assert seen("eksgate_http_request_duration_seconds_count", route="/api/whoami", method="GET") == 80
        assert seen("eksgate_process_starts_total", process="serve") == 3
    master = gateway.stack.serve.pid
    victim = next(pid for pid in stacks.session_members(master) if pid != master)
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: scrape_again(gateway)("eksgate_process_starts_total", process="serve") == 4)
    seen = scrape_again(gateway)
    assert seen("eksgate_http_requests_total", **labels) == 80
    wait_until(lambda: scrape_again(gateway)("eksgate_threads") == 3 * gateway.stack.threads)
    launcher.stop(gateway)


def test_no_path_of_a_client_becomes_a_label(bare):
    before = scrape(bare)
    for path in ("/api/clusters/named-by-nobody", "/raw/clusters/named-by-nobody/api/v1/pods", "/api/named-by-nobody"):
        for method in ("GET", "PUT", "BREW"):
            bare.request(method, path)
    after = scrape(bare)
    assert "named-by-nobody" not in after.text and "BREW" not in after.text
    routes = {dict(labels)["route"] for _, labels in after.samples if "route" in dict(labels)}
    assert routes <= route_patterns() | {"none"}
    count = lambda seen, **labels: seen("eksgate_http_requests_total", **labels)
    assert count(after, route="none", method="GET", status="404") > count(before, route="none", method="GET", status="404")
    assert count(after, method="other") > count(before, method="other")


def test_what_a_request_does_behind_the_scenes_is_counted(stubbed, stubs, connected):
    before = scrape(stubbed)
    stubs.kube.on("/api/v1/namespaces", Wire([]))
    assert stubbed.get(f"/raw/clusters/{connected}/api").status == 200
    assert stubbed.get(f"/raw/clusters/{connected}/api/v1/namespaces").status == 502
    assert stubbed.get("/api/clusters/not-there").status == 404
    name = stubs.cluster()
    body = {"cluster_name": name, "region": "us-east-1", "auth": {"type": "default"}}
    stubs.kube.reset()
    assert stubbed.post("/api/clusters/connect", body).status == 201
    after = scrape(stubbed)
    grown = lambda name, **labels: after(name, **labels) - before(name, **labels)
    assert grown("eksgate_upstream_requests_total", process="serve", result="2xx") >= 2
    # A read is tried twice: counted once where it went over a connection that was kept, which says nothing of the cluster.
    assert grown("eksgate_upstream_requests_total", process="serve", result="broken") in (1, 2)
    assert grown("eksgate_upstream_duration_seconds_count") >= 2
    assert grown("eksgate_tokens_minted_total", process="serve") >= 3
    assert grown("eksgate_redis_commands_total", process="serve", result="ok") >= 2
    assert grown("eksgate_redis_commands_total", process="serve", result="error") == 0
    assert grown("eksgate_aws_requests_total", service="sts", result="ok") >= 1
    assert grown("eksgate_aws_requests_total", service="eks", result="ok") >= 1
    assert grown("eksgate_http_requests_total", route="/raw/clusters/:cluster/*", method="GET", status="502") == 1


def test_streams_are_told_while_they_last_and_counted_at_their_end(stubbed, stubs, connected):
    before = scrape(stubbed)
    end = threading.Semaphore(0)
    stubs.kube.on("/api/v1/pods", Wire([CHUNKED, b"5\r\nhello\r\n", end, b"0\r\n\r\n"]))
    watched = []
    watch = threading.Thread(target=lambda: watched.append(stubbed.get(f"/raw/clusters/{connected}/api/v1/pods?watch=1")))
    watch.start()
    opened = lambda: scrape(stubbed)("eksgate_stream_bytes_total") == before("eksgate_stream_bytes_total") + 5
    try:
        wait_until(opened)
        during = scrape(stubbed)
        assert during("eksgate_streams_open") == before("eksgate_streams_open") + 1
        assert during("eksgate_streams_total") == before("eksgate_streams_total") + 1
    finally:
        end.release()
        watch.join()
    assert watched[0].body == b"hello"
    labels = {"route": "/raw/clusters/:cluster/*", "method": "GET", "status": "200"}
    count = lambda seen: seen("eksgate_http_requests_total", **labels)
    wait_until(lambda: count(scrape(stubbed)) == count(before) + 1)
    wait_until(lambda: scrape(stubbed)("eksgate_streams_open") == before("eksgate_streams_open"))


def test_sessions_of_the_tunnel_are_told_by_every_scrape(stubbed, stubs, connected):
    before = scrape(stubbed)

    def echo(reader, connection):
        connection.sendall(reader.read(5).upper())
        reader.read(1)

    stubs.kube.on("*", Switch(echo))
    with Upgraded(front(stubbed), raw(connected)) as session:
        assert session.reply.status == 101
        session.send(b"hello")
        assert session.receive(5) == b"HELLO"
        during = scrape(stubbed)
        assert during("eksgate_tunnel_sessions_open") == before("eksgate_tunnel_sessions_open") + 1
        assert during("eksgate_tunnel_sessions_total") == before("eksgate_tunnel_sessions_total") + 1
        assert during("eksgate_tokens_minted_total", process="tunnel") > before("eksgate_tokens_minted_total", process="tunnel")
        assert during("eksgate_upstream_requests_total", process="tunnel", result="1xx") >= 1
    bytes_up = lambda: scrape(stubbed)("eksgate_tunnel_bytes_total", direction="to_cluster")
    wait_until(lambda: bytes_up() == before("eksgate_tunnel_bytes_total", direction="to_cluster") + 5)
    wait_until(lambda: scrape(stubbed)("eksgate_tunnel_sessions_open") == before("eksgate_tunnel_sessions_open"))


def test_each_process_tells_its_memory_and_descriptors(bare):
    seen = scrape(bare)
    for process, workers in (("serve", bare.stack.processes), ("tunnel", 1)):
        for worker in range(workers):
            labels = {"process": process, "worker": str(worker)}
            assert seen("eksgate_process_resident_memory_bytes", **labels) > 1 << 20
            assert 3 < seen("eksgate_process_open_fds", **labels) < seen("eksgate_process_max_fds", **labels)
            assert seen("eksgate_process_cpu_seconds_total", **labels) > 0
            assert seen("eksgate_process_start_time_seconds", **labels) > 1.7e9


def test_without_the_tunnel_the_rest_is_told(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=1)
    assert scrape(gateway)("eksgate_process_start_time_seconds", process="tunnel") > 0
    gateway.stack.tunnel.stop()
    seen = scrape(gateway)
    assert seen("eksgate_process_start_time_seconds", process="tunnel") == 0
    assert seen("eksgate_process_start_time_seconds", process="serve") > 0
    launcher.stop(gateway)


def test_an_agent_beside_it_is_told_too(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=1, agent=True)
    wait_until(lambda: scrape(gateway)("eksgate_agent_leads") == 1)
    assert scrape(gateway)("eksgate_process_resident_memory_bytes", process="agent") > 1 << 20
    launcher.stop(gateway)


def test_what_the_agent_asks_of_clusters_is_counted(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1, agent=True)
    jobs = "/apis/batch/v1/jobs"
    listed = json_answer({"metadata": {"resourceVersion": "1"}, "items": []})
    stubs.kube.on(jobs, listed, Wire([CHUNKED, None]), Wire([]))
    connect = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    assert gateway.post("/api/clusters/connect", connect).status == 201
    asked = lambda result: scrape(gateway)("eksgate_upstream_requests_total", process="agent", result=result)
    wait_until(lambda: asked("2xx") == 2)  # a list and a watch
    assert scrape(gateway)("eksgate_upstream_duration_seconds_count", process="agent") == 2
    stubs.kube.cut()
    wait_until(lambda: asked("broken") > 0)
    launcher.stop(gateway)


def test_what_an_answer_that_lasts_asks_is_counted(stubbed, stubs, connected):
    meta = {"name": "j", "namespace": "a"}
    job = {"metadata": meta, "spec": {"selector": {"matchLabels": {"a": "b"}}}, "status": {"active": 1}}
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs/j", json_answer(job))
    listed = json_answer({"metadata": {"resourceVersion": "1"}, "items": [job]})
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs", listed, Wire([CHUNKED, None]))
    before = scrape(stubbed)
    with contextlib.closing(http.client.HTTPConnection(stubbed.host, stubbed.port, timeout=60)) as client:
        client.request("GET", f"/api/clusters/{connected}/jobs/a/j?stream=true")
        assert json.loads(client.getresponse().readline())["state"] == "running"
        asked = lambda: scrape(stubbed)("eksgate_upstream_requests_total", process="serve", result="2xx")
        # The job, the list of it, and the watch.
        wait_until(lambda: asked() == before("eksgate_upstream_requests_total", process="serve", result="2xx") + 3)


# Who may read it


def test_where_keys_are_wanted_a_viewer_reads_it_and_a_stranger_does_not(launcher, short_tmp):
    env = {"EKSGATE_AUTH": "keys", "EKSGATE_METRICS_ALLOW": "10.0.0.0/8"}
    own = Keyed(launcher.start(short_tmp, env=env, processes=1))
    viewer = own.create("viewer")
    assert_status(own.gateway.get("/metrics"), 401, "Unauthorized", slug="unauthenticated")
    failures = Scrape(own.ask(viewer, "GET", "/metrics"))("eksgate_key_failures_total")
    assert_status(own.ask("eksgate_wrong", "GET", "/metrics"), 401, "Unauthorized")
    assert Scrape(own.ask(viewer, "GET", "/metrics"))("eksgate_key_failures_total") == failures + 1
    launcher.stop(own.gateway)


def test_an_allowed_address_reads_it_without_a_key_and_nothing_else(launcher, short_tmp):
    env = {"EKSGATE_AUTH": "keys", "EKSGATE_METRICS_ALLOW": "10.0.0.0/8, 127.0.0.1"}
    own = Keyed(launcher.start(short_tmp, env=env, processes=1))
    assert own.gateway.get("/metrics").status == 200
    assert_status(own.gateway.get("/api/whoami"), 401, "Unauthorized")
    assert_status(own.gateway.get("/api/clusters"), 401, "Unauthorized")
    assert_status(own.ask("eksgate_wrong", "GET", "/metrics"), 401, "Unauthorized")
    launcher.stop(own.gateway)


# What is made for it


def names_in(text):
    return set(re.findall(r"\beksgate_[a-z_]+", text))


def known_names(gateway):
    kinds = {}
    for family in scrape(gateway).families.values():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}.get(family.type, [""])
        for suffix in suffixes:
            kinds[family.name + suffix] = family.type
    return kinds


@pytest.mark.parametrize("file", ["grafana/eksgate.json", "prometheus/alerts.yml"])
def test_dashboard_and_alerts_ask_for_metrics_that_exist(bare, file):
    text = (ROOT / "deploy" / file).read_text()
    known = known_names(bare)
    used = names_in(text)
    assert len(used) >= 8
    assert used <= set(known), f"not there: {used - set(known)}"
    if file.endswith(".json"):
        dashboard = json.loads(text)
        queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
        assert len(queries) >= 12
        assert names_in("\n".join(queries)) == used
