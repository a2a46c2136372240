"""Jobs through the gateway, in a real cluster: pods that complete, fail and hang as kwok's stages let them."""

import json
import uuid

import pytest
from client import assert_status, wait_until

JSON = {"Content-Type": "application/json"}
FAILS = {"sandbox.eksgate/fails-with": "Error"}
HANGS = {"sandbox.eksgate/fails-with": "ImagePullBackOff"}
RUNS_ON = {"sandbox.eksgate/keeps-running": "true"}
MEMBERS = {
    "job_name", "namespace", "cluster", "state", "active", "succeeded", "failed", "completions", "parallelism",
    "backoff_limit", "suspended", "creation_time", "start_time", "completion_time", "duration_seconds", "conditions",
    "failure_reason", "template", "cronjob", "labels",
}  # fmt: skip


def manifest(name=None, pod_labels=None, **spec):
    """The seed's example, with what a test changes."""
    pod = {
        "spec": {
            "containers": [{"name": "job-container", "image": "busybox", "command": ["echo", "Hello World"]}],
            "restartPolicy": "Never",
        }
    }
    if pod_labels:
        pod["metadata"] = {"labels": pod_labels}
    made = {"spec": {"template": pod, "backoffLimit": 1} | spec}
    return made | ({"metadata": {"name": name}} if name else {})


def a_name(prefix="job"):
    return f"{prefix}-{uuid.uuid4().hex[:8]}"


def with_part(part, *path):
    """The manifest with one part of it set to something else."""
    whole = manifest()
    place = whole
    for key in path[:-1]:
        place = place[key] if isinstance(key, int) else place.setdefault(key, {})
    place[path[-1]] = part
    return whole


class Jobs:
    def __init__(self, gateway, cluster, namespace, direct):
        self.gateway, self.cluster, self.namespace, self.direct = gateway, cluster, namespace, direct
        self.path = f"/api/clusters/{cluster}/jobs"

    def create(self, body, query=""):
        return self.gateway.post(self.path + query, body)

    def make(self, name=None, pod_labels=None, **spec):
        reply = self.create({"job_manifest": manifest(name, pod_labels, **spec), "namespace": self.namespace})
        assert reply.status == 201, reply.text
        return reply.json["job_name"]

    def url(self, name, rest=""):
        return f"{self.path}/{self.namespace}/{name}{rest}"

    def get(self, name, rest=""):
        return self.gateway.get(self.url(name, rest))

    def wait(self, name):
        """Until it has ended, by the gateway's own means."""
        return wait_until(lambda: (job := self.get(name, "?wait=10s").json)["state"] in ("succeeded", "failed") and job)

    def wait_for(self, name, condition):
        return wait_until(lambda: condition(job := self.get(name).json) and job)

    def stored(self, name):
        return self.direct.get(f"/apis/batch/v1/namespaces/{self.namespace}/jobs/{name}")

    def count(self):
        return len(self.direct.get(f"/apis/batch/v1/namespaces/{self.namespace}/jobs")["items"])


@pytest.fixture(scope="module")
def jobs(gateway, demo, direct):
    name = a_name("jobs")
    direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    # Pods need the account that Kubernetes makes for each namespace.
    wait_until(lambda: direct.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default").status == 200)
    yield Jobs(gateway, demo, name, direct)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def free_namespace(direct):
    name = a_name("free")
    yield name
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


# Making


def test_a_bare_manifest_becomes_a_labelled_job(jobs):
    reply = jobs.create({"job_manifest": manifest(), "namespace": jobs.namespace})
    assert reply.status == 201, reply.text
    job = reply.json
    assert set(job) == MEMBERS | {"waiting"}
    assert job["namespace"] == jobs.namespace and job["cluster"] == jobs.cluster and job["job_name"].startswith("job-")
    assert job["state"] == "pending" and job["backoff_limit"] == 1 and job["completions"] == 1
    stored = jobs.stored(job["job_name"])
    marks = {"app": "eks-api", "job-id": job["job_name"]}
    assert stored["metadata"]["labels"].items() >= (marks | {"eksgate/key": "anonymous"}).items()
    assert stored["spec"]["template"]["metadata"]["labels"].items() >= marks.items()
    assert job["labels"] == stored["metadata"]["labels"]


def test_labels_of_the_manifest_stay(jobs):
    body = manifest(a_name(), {"tier": "batch", "app": "mine"})
    body["metadata"]["labels"] = {"team": "data", "job-id": "mine", "eksgate/template": "mine"}
    reply = jobs.create({"job_manifest": body, "namespace": jobs.namespace})
    assert reply.status == 201, reply.text
    name = reply.json["job_name"]
    stored = jobs.stored(name)
    assert stored["metadata"]["labels"] == {
        "team": "data", "app": "eks-api", "job-id": name, "eksgate/key": "anonymous",
    }  # fmt: skip
    assert stored["spec"]["template"]["metadata"]["labels"].items() >= {"tier": "batch", "app": "eks-api"}.items()
    assert reply.json["template"] is None


def test_a_quantity_keeps_its_digits(jobs):
    body = manifest(a_name())
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": 0.1}}
    name = jobs.create({"job_manifest": body, "namespace": jobs.namespace}).json["job_name"]
    assert jobs.stored(name)["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "100m"}


def test_a_name_that_is_taken_is_a_conflict(jobs):
    name = jobs.make(a_name())
    reply = jobs.create({"job_manifest": manifest(name), "namespace": jobs.namespace})
    assert_status(reply, 409, "AlreadyExists", message=name)


def test_a_generate_name_is_honoured(jobs):
    body = manifest() | {"metadata": {"generateName": "nightly-"}}
    names = [jobs.create({"job_manifest": body, "namespace": jobs.namespace}).json["job_name"] for _ in range(3)]
    assert len(set(names)) == 3
    for name in names:
        assert name.startswith("nightly-") and len(name) == len("nightly-") + 5
        assert jobs.stored(name)["metadata"]["labels"]["job-id"] == name
    long = manifest() | {"metadata": {"generateName": "n" * 62 + "-"}}
    assert len(jobs.create({"job_manifest": long, "namespace": jobs.namespace}).json["job_name"]) == 63


def test_a_missing_namespace_is_made(jobs, free_namespace):
    reply = jobs.create({"job_manifest": manifest(), "namespace": free_namespace})
    assert reply.status == 201 and reply.json["namespace"] == free_namespace, reply.text
    assert jobs.direct.get(f"/api/v1/namespaces/{free_namespace}")["metadata"]["labels"]["app"] == "eks-api"


def test_the_manifests_own_namespace_counts(jobs):
    body = manifest() | {"metadata": {"namespace": jobs.namespace}}
    assert jobs.create({"job_manifest": body}).json["namespace"] == jobs.namespace
    assert jobs.create({"job_manifest": body, "namespace": jobs.namespace}).status == 201
    status = assert_status(jobs.create({"job_manifest": body, "namespace": "default"}), 422, "Invalid")
    assert [c["field"] for c in status["details"]["causes"]] == ["metadata.namespace"]


@pytest.mark.parametrize(("query", "member"), [("?dryRun=All", {}), ("", {"dry_run": True})])
def test_a_dry_run_makes_nothing(jobs, free_namespace, query, member):
    name = a_name()
    for namespace in (jobs.namespace, free_namespace):
        reply = jobs.create({"job_manifest": manifest(name), "namespace": namespace} | member, query)
        assert reply.status == 201, reply.text
        assert (reply.json["job_name"], reply.json["namespace"]) == (name, namespace)
        refused = {"job_manifest": manifest(name, parallelism=-1), "namespace": namespace} | member
        assert_status(jobs.create(refused, query), 422, "Invalid", message="spec.parallelism")
    assert jobs.direct.request("GET", f"/api/v1/namespaces/{free_namespace}").status == 404
    assert jobs.get(name).status == 404


# Bad input: a clear 4xx, and nothing is made

CONTAINERS = ("spec", "template", "spec", "containers")


@pytest.mark.parametrize(
    ("body", "causes"),
    [
        ({}, {"job_manifest": "FieldValueRequired"}),
        ({"job_manifest": "text"}, {"job_manifest": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest(), "name_space": "x"}, {"name_space": "FieldValueForbidden"}),
        ({"job_manifest": manifest(), "namespace": "Not_Right"}, {"namespace": "FieldValueInvalid"}),
        ({"job_manifest": manifest(), "namespace": "n" * 64}, {"namespace": "FieldValueTooLong"}),
        ({"job_manifest": manifest(), "namespace": 7}, {"namespace": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest(), "dry_run": "yes"}, {"dry_run": "FieldValueTypeInvalid"}),
        ({"job_manifest": {}}, {"spec": "FieldValueRequired"}),
        ({"job_manifest": {"spec": {}}}, {"spec.template": "FieldValueRequired"}),
        ({"job_manifest": {"spec": []}}, {"spec": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest() | {"kind": "Pod"}}, {"kind": "FieldValueNotSupported"}),
        (
            {"job_manifest": manifest() | {"kind": "Deployment", "apiVersion": "apps/v1"}},
            {"kind": "FieldValueNotSupported", "apiVersion": "FieldValueNotSupported"},
        ),
        ({"job_manifest": manifest() | {"apiVersion": "batch/v1beta1"}}, {"apiVersion": "FieldValueNotSupported"}),
        ({"job_manifest": manifest() | {"kind": 5}}, {"kind": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest() | {"metadata": []}}, {"metadata": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest("Upper_Case")}, {"metadata.name": "FieldValueInvalid"}),
        ({"job_manifest": manifest("n" * 64)}, {"metadata.name": "FieldValueInvalid"}),
        ({"job_manifest": manifest() | {"metadata": {"name": 5}}}, {"metadata.name": "FieldValueTypeInvalid"}),
        ({"job_manifest": manifest() | {"metadata": {"generateName": "_"}}}, {"metadata.generateName": "FieldValueInvalid"}),
        ({"job_manifest": manifest() | {"metadata": {"labels": "x"}}}, {"metadata.labels": "FieldValueTypeInvalid"}),
        # What only the API server knows comes back field by field too.
        ({"job_manifest": manifest() | {"colour": "red"}}, {"colour": "FieldValueForbidden"}),
        (
            {"job_manifest": manifest(backoffLimits=1, template=with_part(1, "spec", "template", "spec", "nodeNam")["spec"]["template"])},
            {"spec.backoffLimits": "FieldValueForbidden", "spec.template.spec.nodeNam": "FieldValueForbidden"},
        ),
        ({"job_manifest": manifest(backoffLimit="many")}, {"spec.backoffLimit": "FieldValueTypeInvalid"}),
        (
            {"job_manifest": manifest(parallelism=-1, completions=-2)},
            {"spec.parallelism": "FieldValueInvalid", "spec.completions": "FieldValueInvalid"},
        ),
        ({"job_manifest": with_part([], *CONTAINERS)}, {"spec.template.spec.containers": "FieldValueRequired"}),
        ({"job_manifest": with_part("Always", "spec", "template", "spec", "restartPolicy")}, {"spec.template.spec.restartPolicy": "FieldValueRequired"}),
    ],
)  # fmt: skip
def test_what_is_wrong_comes_back_field_by_field(jobs, body, causes):
    before = jobs.count()
    body = {"namespace": jobs.namespace} | body
    status = assert_status(jobs.create(body), 422, "Invalid")
    assert {c["field"]: c["reason"] for c in status["details"]["causes"]} == causes
    assert all(c["message"] for c in status["details"]["causes"])
    assert jobs.count() == before


def test_names_are_refused_with_kubernetes_own_rules(jobs):
    status = assert_status(jobs.create({"job_manifest": manifest("Upper_Case")}), 422, "Invalid")
    assert "lowercase RFC 1123 subdomain" in status["message"]
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "/logs"), ("POST", "/rerun")):
        reply = jobs.gateway.request(method, f"{jobs.path}/default/Upper_Case{rest}")
        assert_status(reply, 400, "BadRequest", message="lowercase RFC 1123 subdomain")
        reply = jobs.gateway.request(method, f"{jobs.path}/Upper_Case/name{rest}")
        assert_status(reply, 400, "BadRequest", message="lowercase RFC 1123 label")


@pytest.mark.parametrize(
    ("body", "code", "reason", "message"),
    [
        (b'{"job_manifest":%s}' % (b'{"a":' * 10000 + b"1" + b"}" * 10000), 400, "BadRequest", "nested too deeply"),
        (b'{"job_manifest":%s}' % (b"[" * 10000 + b"]" * 10000), 400, "BadRequest", "nested too deeply"),
        (b'{"job_manifest":{"kind":"Job","kind":"Pod"}}', 400, "BadRequest", "same key twice"),
        (b'{"job_manifest":{"spec":{"template":{},"template":{}}}}', 400, "BadRequest", "same key twice"),
        (b'{"job_manifest":{"metadata":{"name":"\xff\xfe"}}}', 400, "BadRequest", "not UTF-8"),
        (b'{"job_manifest":{"metadata":{"name":"\xed\xa0\x80"}}}', 400, "BadRequest", "not UTF-8"),
        (b'{"job_manifest":{"metadata":{"name":"a\\u0000b"}}}', 400, "BadRequest", "NUL"),
        (b'{"job_manifest":{"spec":{"parallelism":01}}}', 400, "BadRequest", "not one well-formed JSON value"),
        (b'{"job_manifest":{', 400, "BadRequest", "not one well-formed JSON value"),
        (b"", 400, "BadRequest", "empty"),
        (b'{"job_manifest":[' + b"1," * 300000 + b"1]}", 400, "BadRequest", "too many values"),
    ],
)
def test_a_body_that_can_not_be_read_makes_nothing(jobs, body, code, reason, message):
    before = jobs.count()
    reply = jobs.gateway.request("POST", jobs.path, body=body, headers=JSON)
    assert_status(reply, code, reason, message=message)
    assert jobs.count() == before


def test_a_manifest_of_three_mebibytes_is_too_large(jobs):
    body = {"job_manifest": manifest(), "namespace": jobs.namespace}
    body["job_manifest"]["metadata"] = {"annotations": {"much": "x" * (3 << 20)}}
    before = jobs.count()
    assert_status(jobs.create(body), 413, "RequestEntityTooLarge")
    assert jobs.count() == before
    text = json.dumps(body).encode()
    reply = jobs.gateway.request("POST", jobs.path, body=text, headers={"Content-Type": "text/plain"})
    assert reply.status in (413, 415)


def test_half_a_failure_says_what_exists_now(jobs, free_namespace):
    """The namespace is made first; what the cluster then has against the job leaves it there."""
    reply = jobs.create({"job_manifest": manifest(parallelism=-1), "namespace": free_namespace})
    status = assert_status(reply, 422, "Invalid", message=f'The namespace "{free_namespace}" was created and exists now')
    assert status["details"]["created"] == [{"kind": "Namespace", "name": free_namespace}]
    assert [c["field"] for c in status["details"]["causes"]] == ["spec.parallelism"]
    assert jobs.direct.request("GET", f"/api/v1/namespaces/{free_namespace}").status == 200
    assert jobs.direct.get(f"/apis/batch/v1/namespaces/{free_namespace}/jobs")["items"] == []


def test_what_can_not_be_decoded_makes_no_namespace(jobs, free_namespace):
    reply = jobs.create({"job_manifest": manifest(backoffLimits=1), "namespace": free_namespace})
    assert_status(reply, 422, "Invalid")
    assert jobs.direct.request("GET", f"/api/v1/namespaces/{free_namespace}").status == 404


# States


def test_a_job_that_completes(jobs):
    name = jobs.make(a_name())
    job = jobs.wait(name)
    assert (job["state"], job["succeeded"], job["failed"], job["active"]) == ("succeeded", 1, 0, 0)
    assert job["completion_time"] and job["start_time"] and job["duration_seconds"] >= 0
    assert job["failure_reason"] is None and job["waiting"] == []
    assert [c["status"] for c in job["conditions"] if c["type"] == "Complete"] == ["True"]
    stored = jobs.stored(name)["status"]
    assert (job["start_time"], job["completion_time"]) == (stored["startTime"], stored["completionTime"])


def test_a_job_that_fails(jobs):
    job = jobs.wait(jobs.make(a_name(), FAILS, backoffLimit=0))
    assert (job["state"], job["failed"], job["completion_time"]) == ("failed", 1, None)
    assert job["failure_reason"].startswith("BackoffLimitExceeded: ")
    assert job["duration_seconds"] >= 0


def test_a_job_that_hangs_says_why(jobs):
    name = jobs.make(a_name(), HANGS)
    job = jobs.wait_for(name, lambda job: job["waiting"])
    assert (job["state"], job["active"], job["completion_time"]) == ("pending", 1, None)
    waiting = job["waiting"][0]
    assert waiting["pod"].startswith(name) and waiting["container"] == "job-container"
    assert waiting["reason"] == "ImagePullBackOff" and "busybox" in waiting["message"]


def test_a_job_that_no_node_takes_says_why(jobs):
    body = manifest(a_name())
    body["spec"]["template"]["spec"]["nodeSelector"] = {"no": "such-node"}
    name = jobs.create({"job_manifest": body, "namespace": jobs.namespace}).json["job_name"]
    job = jobs.wait_for(name, lambda job: job["waiting"])
    assert (job["waiting"][0]["reason"], job["waiting"][0]["container"]) == ("Unschedulable", None)
    assert job["state"] == "pending"


# No pods may be made there: a quota, and what pods may do.
QUOTA = {"kind": "ResourceQuota", "metadata": {"name": "no-pods"}, "spec": {"hard": {"pods": "0"}}}
RESTRICTED = {"pod-security.kubernetes.io/enforce": "restricted"}


@pytest.mark.parametrize(
    ("labels", "objects", "reason"),
    [({}, [("resourcequotas", QUOTA)], "exceeded quota: no-pods"), (RESTRICTED, [], "violates PodSecurity")],
)
def test_a_job_whose_pods_can_not_be_made_says_why(jobs, direct, free_namespace, labels, objects, reason):
    namespace = {"metadata": {"name": free_namespace, "labels": labels}}
    assert direct.request("POST", "/api/v1/namespaces", json.dumps(namespace), JSON).status == 201
    for plural, body in objects:
        path = f"/api/v1/namespaces/{free_namespace}/{plural}"
        assert direct.request("POST", path, json.dumps(body), JSON).status == 201
        # Before its controller has looked at it, a quota refuses in other words.
        wait_until(lambda: "hard" in direct.get(f"{path}/{body['metadata']['name']}").get("status", {}))
    reply = jobs.create({"job_manifest": manifest(), "namespace": free_namespace})
    assert reply.status == 201, reply.text
    url = f"{jobs.path}/{free_namespace}/{reply.json['job_name']}"
    for query in "", "?wait=1s":
        job = wait_until(lambda: (job := jobs.gateway.get(url + query).json)["waiting"] and job)
        assert (job["state"], job["active"]) == ("pending", 0)
        (waiting,) = job["waiting"]
        assert (waiting["pod"], waiting["container"], waiting["reason"]) == (None, None, "FailedCreate")
        assert reason in waiting["message"]


def test_a_job_that_runs(jobs):
    job = jobs.wait_for(jobs.make(a_name(), RUNS_ON), lambda job: job["state"] == "running")
    assert (job["active"], job["completion_time"], job["duration_seconds"]) == (1, None, None)


def test_a_job_that_is_suspended(jobs):
    name = jobs.make(a_name(), suspend=True)
    job = jobs.wait_for(name, lambda job: job["conditions"])
    assert (job["state"], job["suspended"], job["active"], job["start_time"]) == ("suspended", True, 0, None)


def test_one_that_is_not_there_is_not_found(jobs):
    for method, rest in (("GET", ""), ("GET", "?wait=5s"), ("DELETE", ""), ("GET", "/logs"), ("POST", "/rerun")):
        reply = jobs.gateway.request(method, jobs.url("no-such-job", rest))
        assert_status(reply, 404, "NotFound", message="no-such-job")


# Deleting


def test_a_deleted_jobs_pods_go(jobs):
    name = jobs.make(a_name(), RUNS_ON)
    pods = f"/api/v1/namespaces/{jobs.namespace}/pods?labelSelector=job-id%3D{name}"
    wait_until(lambda: jobs.direct.get(pods)["items"])
    reply = jobs.gateway.request("DELETE", jobs.url(name))
    assert reply.status == 200, reply.text
    assert (reply.json["job_name"], reply.json["namespace"]) == (name, jobs.namespace) and reply.json["message"]
    wait_until(lambda: not jobs.direct.get(pods)["items"])
    assert jobs.get(name).status == 404


def test_pods_may_be_kept(jobs):
    name = jobs.make(a_name(), RUNS_ON)
    pods = f"/api/v1/namespaces/{jobs.namespace}/pods?labelSelector=job-id%3D{name}"
    wait_until(lambda: jobs.direct.get(pods)["items"])
    reply = jobs.gateway.request("DELETE", jobs.url(name, "?propagation=Orphan"))
    assert reply.status == 200 and "kept" in reply.json["message"]
    wait_until(lambda: jobs.get(name).status == 404)
    left = wait_until(lambda: [p for p in jobs.direct.get(pods)["items"] if "ownerReferences" not in p["metadata"]])
    assert "deletionTimestamp" not in left[0]["metadata"]


# Once more


def test_a_job_runs_again(jobs):
    body = manifest(a_name("report"), {"tier": "batch"}, activeDeadlineSeconds=600, suspend=True)
    body["metadata"] |= {"labels": {"team": "data"}, "annotations": {"note": "kept"}}
    first = jobs.create({"job_manifest": body, "namespace": jobs.namespace}).json["job_name"]
    reply = jobs.gateway.post(jobs.url(first, "/rerun"))
    assert reply.status == 201, reply.text
    second = reply.json["job_name"]
    assert second != first and second.startswith(first + "-")
    old, new = jobs.stored(first), jobs.stored(second)
    assert new["metadata"]["labels"] == old["metadata"]["labels"] | {"job-id": second}
    assert new["metadata"]["annotations"].items() >= {"note": "kept", "eksgate/rerun-of": first}.items()
    assert new["spec"]["template"]["spec"] == old["spec"]["template"]["spec"]
    assert new["spec"]["template"]["metadata"]["labels"].items() >= {"tier": "batch", "job-id": second}.items()
    assert (new["spec"]["activeDeadlineSeconds"], new["spec"]["suspend"]) == (600, False)
    assert new["spec"]["selector"] != old["spec"]["selector"]
    third = jobs.gateway.post(jobs.url(second, "/rerun")).json["job_name"]
    assert third.startswith(first + "-") and len(third) == len(second)
    assert jobs.wait(third)["state"] == "succeeded"


# Lists


@pytest.fixture(scope="module")
def many(gateway, demo, direct):
    """A namespace with jobs of all kinds: eight, of which three have failed."""
    name = a_name("list")
    direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    wait_until(lambda: direct.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default").status == 200)
    jobs = Jobs(gateway, demo, name, direct)
    for i in range(3):
        jobs.make(f"bad-{i}", FAILS, backoffLimit=0)
        jobs.make(f"good-{i}")
    jobs.make("late-0", HANGS)
    jobs.make("off-0", suspend=True)
    for kind in ("bad", "good"):
        for i in range(3):
            jobs.wait(f"{kind}-{i}")
    yield jobs
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def listed(jobs, query=""):
    reply = jobs.gateway.get(f"{jobs.path}?namespace={jobs.namespace}{query}")
    assert reply.status == 200, reply.text
    return reply.json


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["bad-0", "bad-1", "bad-2", "good-0", "good-1", "good-2", "late-0", "off-0"]),
        ("&state=failed", ["bad-0", "bad-1", "bad-2"]),
        ("&state=succeeded", ["good-0", "good-1", "good-2"]),
        ("&state=pending", ["late-0"]),
        ("&state=suspended", ["off-0"]),
        ("&state=running", []),
        ("&name=-0", ["bad-0", "good-0", "late-0", "off-0"]),
        ("&name=ood-1", ["good-1"]),
        ("&name=-0&state=failed", ["bad-0"]),
        ("&since=1h&name=late", ["late-0"]),
        ("&since=2020-01-01T00:00:00Z&name=late", ["late-0"]),
        ("&since=2999-01-01T00:00:00Z", []),
        ("&labelSelector=job-id%3Dbad-1", ["bad-1"]),
        ("&labelSelector=job-id%20in%20(bad-1,good-1)&state=succeeded", ["good-1"]),
        ("&template=none", []),
    ],
)
def test_lists_have_filters(many, query, names):
    found = listed(many, query)
    assert [job["job_name"] for job in found["items"]] == names
    assert (found["continue"], found["remaining"]) == ("", 0)
    assert all(set(job) == MEMBERS and job["cluster"] == many.cluster for job in found["items"])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("&limit=3", ["bad-0", "bad-1", "bad-2", "good-0", "good-1", "good-2", "late-0", "off-0"]),
        ("&limit=1&state=failed", ["bad-0", "bad-1", "bad-2"]),
        ("&limit=2&state=succeeded", ["good-0", "good-1", "good-2"]),
        ("&limit=1&name=-0", ["bad-0", "good-0", "late-0", "off-0"]),
        ("&limit=4&name=-0", ["bad-0", "good-0", "late-0", "off-0"]),
    ],
)
def test_pages_go_through_the_whole_list_once(many, query, names):
    limit = int(query.split("limit=")[1].split("&")[0])
    token, found = "", []
    while True:
        page = listed(many, query + (f"&continue={token}" if token else ""))
        found += [job["job_name"] for job in page["items"]]
        assert len(page["items"]) <= limit
        if not page["continue"]:
            break
        assert page["remaining"] is None or page["remaining"] > 0
        token = page["continue"].replace("%", "%25").replace(":", "%3A").replace("/", "%2F").replace("=", "%3D")
    assert found == names and page["remaining"] == 0


def test_without_a_namespace_all_jobs_are_listed(many):
    found = many.gateway.get(f"{many.path}?name=bad-0").json["items"]
    assert many.namespace in {job["namespace"] for job in found}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=done", "state"),
        ("since=yesterday", "since"),
        ("limit=0", "limit"),
        ("namespace=Bad_Name", "namespace"),
        ("template=a%20b", "template"),
        ("sort=name", "sort"),
    ],
)
def test_wrong_filters_are_refused_by_name(jobs, query, field):
    status = assert_status(jobs.gateway.get(f"{jobs.path}?{query}"), 400, "BadRequest")
    assert [c["field"] for c in status["details"]["causes"]] == [field]


def test_a_token_of_another_list_is_refused(jobs):
    assert_status(jobs.gateway.get(f"{jobs.path}?continue=nonsense"), 400, "BadRequest", message="token")
