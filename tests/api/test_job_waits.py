"""Answers that last: a job that is waited for, its progress as it comes, the logs of its pods as they are written. Each is
a thread of its own, so all of this is run under the thread sanitizer too."""

import http.client
import json
import signal

import pytest
from client import assert_status, wait_until
from stubs.kube import Wire, json_answer
from test_jobs import HANGS, MEMBERS, RUNS_ON, a_name, jobs  # noqa: F401 (a fixture)

# Waiting


class Stream:
    """An answer that is read while it comes."""

    def __init__(self, gateway, path):
        self.connection = http.client.HTTPConnection(gateway.host, gateway.port, timeout=60)
        self.connection.request("GET", path)
        self.reply = self.connection.getresponse()

    def line(self):
        return self.reply.readline()

    def close(self):
        self.connection.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def test_waiting_ends_with_the_job(jobs):
    name = jobs.make(a_name())
    reply = jobs.get(name, "?wait=60s")
    assert reply.status == 200, reply.text
    assert reply.json["state"] == "succeeded" and set(reply.json) == MEMBERS | {"waiting"}
    again = jobs.get(name, "?wait=60s").json
    assert again == jobs.get(name).json


def test_waiting_ends_in_time(jobs):
    name = jobs.make(a_name(), HANGS)
    jobs.wait_for(name, lambda job: job["waiting"])
    reply = jobs.get(name, "?wait=500ms")
    assert reply.status == 200 and reply.json["state"] == "pending"
    assert reply.json["waiting"][0]["reason"] == "ImagePullBackOff"


def test_a_job_that_is_deleted_meanwhile_is_not_found(jobs):
    name = jobs.make(a_name(), RUNS_ON)
    with Stream(jobs.gateway, jobs.url(name, "?stream=true")) as watched:
        assert json.loads(watched.line())["job_name"] == name
        waiting = http.client.HTTPConnection(jobs.gateway.host, jobs.gateway.port, timeout=60)
        waiting.request("GET", jobs.url(name, "?wait=50s"))
        # What the gateway is asked next is asked after it.
        jobs.wait_for(name, lambda job: job["state"] == "running")
        jobs.gateway.request("DELETE", jobs.url(name))
        reply = waiting.getresponse()
        body = json.loads(reply.read())
        waiting.close()
        assert (reply.status, body["reason"]) == (404, "NotFound") and name in body["message"]
        while watched.line():
            pass  # ends


def test_progress_is_streamed_line_by_line(jobs):
    name = jobs.make(a_name())
    with Stream(jobs.gateway, jobs.url(name, "?stream=true")) as stream:
        assert stream.reply.status == 200
        assert stream.reply.getheader("Content-Type") == "application/x-ndjson"
        lines = []
        while line := stream.line():
            lines.append(json.loads(line))
    assert all(set(line) == MEMBERS for line in lines)
    assert lines[-1]["state"] == "succeeded" and all(line["state"] != "succeeded" for line in lines[:-1])
    assert all(a != b for a, b in zip(lines, lines[1:]))
    with Stream(jobs.gateway, jobs.url(name, "?stream=true&wait=1s")) as stream:
        assert [json.loads(line)["state"] for line in stream.reply.read().splitlines()] == ["succeeded"]


def test_a_stream_that_is_waited_for_no_longer_ends_whole(jobs):
    name = jobs.make(a_name(), HANGS)
    with Stream(jobs.gateway, jobs.url(name, "?stream=true&wait=700ms")) as stream:
        lines = stream.reply.read().splitlines()
    assert {json.loads(line)["state"] for line in lines} == {"pending"}


@pytest.mark.parametrize("wait", ["forever", "2h", "-1s", "5"])
def test_how_long_is_a_bounded_duration(jobs, wait):
    assert_status(jobs.get("any", f"?wait={wait}"), 400, "BadRequest", message="duration")


def test_who_waits_takes_no_thread_of_the_others(jobs):
    """More than there are threads."""
    name = jobs.make(a_name(), RUNS_ON)
    waiting = [Stream(jobs.gateway, jobs.url(name, "?stream=true")) for _ in range(70)]
    try:
        assert all(json.loads(stream.line())["job_name"] == name for stream in waiting)
        assert jobs.get(name).status == 200
    finally:
        for stream in waiting:
            stream.close()


# Logs


def test_the_log_of_one_pod_has_no_prefix(jobs):
    name = jobs.make(a_name())
    jobs.wait(name)
    reply = jobs.get(name, "/logs")
    assert reply.status == 200 and reply.header("Content-Type").startswith("text/plain")
    pod = jobs.direct.get(f"/api/v1/namespaces/{jobs.namespace}/pods?labelSelector=job-id%3D{name}")["items"][0]
    log = jobs.direct.request("GET", f"/api/v1/namespaces/{jobs.namespace}/pods/{pod['metadata']['name']}/log")
    # The log of a pod that kwok runs grows all the time.
    assert reply.text and log.text.startswith(reply.text)


def test_the_logs_of_several_pods_say_whose_each_line_is(jobs):
    name = jobs.make(a_name(), completions=3, parallelism=3)
    jobs.wait(name)
    items = jobs.direct.get(f"/api/v1/namespaces/{jobs.namespace}/pods?labelSelector=job-id%3D{name}")["items"]
    prefixes = {f"[pod/{pod['metadata']['name']}/job-container] " for pod in items}
    assert len(prefixes) == 3
    for query in ("", "?follow=true"):
        text = jobs.get(name, f"/logs{query}").text
        lines = text.splitlines()
        assert text.endswith("\n") and {line.split("] ")[0] + "] " for line in lines} == prefixes
    assert len(jobs.get(name, "/logs?tailLines=1").text.splitlines()) == 3


def test_a_followed_log_ends_with_the_job(jobs):
    name = jobs.make(a_name())
    followed = jobs.get(name, "/logs?follow=true")
    assert followed.status == 200
    assert jobs.get(name).json["state"] == "succeeded"
    assert followed.text.endswith("\n")


def test_a_job_without_pods_has_an_empty_log(jobs):
    name = jobs.make(a_name(), suspend=True)
    reply = jobs.get(name, "/logs")
    assert (reply.status, reply.text) == (200, "")


def test_a_container_that_is_none_is_a_bad_request(jobs):
    name = jobs.make(a_name(), suspend=True)
    assert jobs.get(name, "/logs?container=job-container").status == 200
    reply = jobs.get(name, "/logs?container=other")
    status = assert_status(reply, 400, "BadRequest", message="no container of this job")
    assert status["details"]["causes"][0]["field"] == "container"


def test_a_client_that_goes_ends_what_it_followed(jobs):
    name = jobs.make(a_name(), RUNS_ON)
    with Stream(jobs.gateway, jobs.url(name, "/logs?follow=true")) as stream:
        assert stream.line()
        request_id = stream.reply.getheader("X-Request-Id")
    wait_until(lambda: any(request_id in line and "499" in line for line in jobs.gateway.log.splitlines()))


def test_what_lasts_is_broken_off_when_the_process_ends(launcher, short_tmp, stubs):
    """Never cut in silence: who asked sees that this was not the end."""
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1)
    body = {"cluster_name": stubs.cluster(), "region": "us-east-1", "auth": {"type": "default"}}
    cluster = gateway.post("/api/clusters/connect", body).json["connection_id"]
    meta = {"name": "j", "namespace": "a"}
    job = {"metadata": meta, "spec": {"selector": {"matchLabels": {"a": "b"}}}, "status": {"active": 1}}
    listed = json_answer({"metadata": {"resourceVersion": "1"}, "items": [job]})
    watch = Wire([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n", None])
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs/j", json_answer(job))
    stubs.kube.on("/apis/batch/v1/namespaces/a/jobs", listed, watch)
    with Stream(gateway, f"/api/clusters/{cluster}/jobs/a/j?stream=true") as stream:
        assert json.loads(stream.line())["state"] == "running"
        gateway.stack.serve.popen.send_signal(signal.SIGTERM)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            stream.reply.read()
    assert gateway.stack.serve.popen.wait(timeout=60) == 0
    launcher.stop(gateway)
