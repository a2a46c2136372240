"""Job templates: stored in versions, refused when a parameter or placeholder is wrong."""

import json
import os
import re
import signal
import subprocess
import threading
import uuid

import pytest

from client import assert_status, wait_until
from test_keys import Keyed

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
ROUTE = "/api/job-templates"
PARAMETERS = [
    {"name": "image", "type": "string", "required": True, "pattern": "[a-z0-9./:-]+", "description": "what runs"},
    {"name": "count", "type": "integer", "default": 1, "minimum": 1, "maximum": 5},
    {"name": "mode", "type": "enum", "values": ["fast", "thorough"], "default": "fast"},
    {"name": "keep", "type": "boolean", "default": False},
    {"name": "deadline", "type": "integer"},
]
MANIFEST = {
    "metadata": {"labels": {"mode": "${mode}"}},
    "spec": {
        "completions": "${count}",
        "activeDeadlineSeconds": "${deadline}",
        "template": {
            "spec": {
                "restartPolicy": "Never",
                "containers": [
                    {
                        "name": "main",
                        "image": "${image}",
                        "args": ["--mode=${mode}", "$${HOME}"],
                        "env": [{"name": "COUNT", "value": "${count:string}"}, {"name": "KEEP", "value": "${keep:string}"}],
                        "stdin": "${keep}",
                    }
                ],
            }
        },
    },
}


def named(name=None, **members):
    body = {"name": name or f"t-{uuid.uuid4().hex[:12]}", "parameters": PARAMETERS, "job_manifest": MANIFEST} | members
    return {key: value for key, value in body.items() if value is not ...}


def causes(reply):
    return {cause["field"]: cause["reason"] for cause in reply.json["details"]["causes"]}


def names(gateway):
    return [template["name"] for template in gateway.get(ROUTE).json["items"]]


@pytest.fixture
def template(bare):
    body = named(description="reports")
    reply = bare.post(ROUTE, body)
    assert reply.status == 201, reply.text
    yield body["name"]
    bare.request("DELETE", f"{ROUTE}/{body['name']}")


def test_a_template_is_answered_as_it_was_stored(bare):
    body = named(description="nightly reports")
    made = bare.post(ROUTE, body)
    assert made.status == 201, made.text
    assert TIME.match(made.json["created_at"])
    assert made.json == body | {
        "version": 1,
        "versions": [1],
        "created_at": made.json["created_at"],
        "created_by": "anonymous",
    }
    assert bare.get(f"{ROUTE}/{body['name']}").json == made.json
    listed = next(t for t in bare.get(ROUTE).json["items"] if t["name"] == body["name"])
    assert listed == {key: value for key, value in made.json.items() if key not in ("job_manifest", "versions")}


def test_templates_are_listed_by_name(bare):
    prefix = f"l{uuid.uuid4().hex[:8]}"
    wanted = [f"{prefix}-{i:02}" for i in range(25)]
    for name in reversed(wanted):
        assert bare.post(ROUTE, named(name)).status == 201
    assert [name for name in names(bare) if name.startswith(prefix)] == wanted


def test_put_makes_the_next_version_and_the_others_stay(bare, template):
    changed = named(name=..., description="second", parameters=[])
    changed["job_manifest"] = {"spec": {"template": {}}}
    reply = bare.request("PUT", f"{ROUTE}/{template}", json_body=changed)
    assert reply.status == 200, reply.text
    assert (reply.json["version"], reply.json["versions"], reply.json["description"]) == (2, [1, 2], "second")
    assert reply.json["parameters"] == [] and reply.json["job_manifest"] == changed["job_manifest"]
    assert bare.get(f"{ROUTE}/{template}").json == reply.json
    first = bare.get(f"{ROUTE}/{template}?version=1").json
    assert (first["version"], first["description"], first["job_manifest"]) == (1, "reports", MANIFEST)
    assert_status(bare.get(f"{ROUTE}/{template}?version=3"), 404, "NotFound", message="no version 3")


def test_who_edits_an_outdated_version_is_told(bare, template):
    edit = named(name=..., version=1)
    assert bare.request("PUT", f"{ROUTE}/{template}", json_body=edit).json["version"] == 2
    reply = bare.request("PUT", f"{ROUTE}/{template}", json_body=edit)
    assert_status(reply, 409, "Conflict", message="version 1 is not the newest")
    assert bare.request("PUT", f"{ROUTE}/{template}", json_body=edit | {"version": 2}).json["version"] == 3


def test_of_many_at_once_each_makes_a_version_of_its_own(bare, template):
    replies = []
    threads = [
        threading.Thread(
            target=lambda: replies.append(bare.request("PUT", f"{ROUTE}/{template}", json_body=named(name=...)))
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.json["version"] for reply in replies) == list(range(2, 10))


def test_the_newest_twenty_versions_are_kept(bare, template):
    for _ in range(21):
        assert bare.request("PUT", f"{ROUTE}/{template}", json_body=named(name=...)).status == 200
    assert bare.get(f"{ROUTE}/{template}").json["versions"] == list(range(3, 23))
    assert bare.get(f"{ROUTE}/{template}?version=2").status == 404


def test_a_deleted_name_is_free_again_and_its_versions_are_gone(bare, template):
    bare.request("PUT", f"{ROUTE}/{template}", json_body=named(name=...))
    gone = bare.request("DELETE", f"{ROUTE}/{template}")
    assert gone.status == 200 and gone.json["name"] == template and gone.json["message"]
    assert_status(bare.get(f"{ROUTE}/{template}"), 404, "NotFound")
    assert_status(bare.request("DELETE", f"{ROUTE}/{template}"), 404, "NotFound")
    assert_status(bare.request("PUT", f"{ROUTE}/{template}", json_body=named(name=...)), 404, "NotFound")
    assert template not in names(bare)
    again = bare.post(ROUTE, named(template))
    assert again.status == 201 and again.json["versions"] == [1]


def test_a_taken_name_is_a_conflict(bare, template):
    assert_status(bare.post(ROUTE, named(template)), 409, "Conflict", message="PUT makes its next version")
    assert bare.get(f"{ROUTE}/{template}").json["version"] == 1


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a.b", "a b", "ä", "a" * 64, "a/b", 7, None, ...])
def test_names_that_could_be_no_label_are_refused(bare, name):
    body = named() | {"name": name}
    reply = bare.post(ROUTE, {key: value for key, value in body.items() if value is not ...})
    assert_status(reply, 422, "Invalid")
    assert list(causes(reply)) == ["name"]


@pytest.mark.parametrize("name", ["A", "a%2Fb", "a" * 64, "..."])
def test_a_path_with_such_a_name_names_nothing(bare, name):
    for method in ("GET", "DELETE"):
        assert_status(bare.request(method, f"{ROUTE}/{name}"), 404, "NotFound")


@pytest.mark.parametrize(
    "change, fields",
    [
        ({"job_manifest": ...}, {"job_manifest"}),
        ({"job_manifest": "kind: Job"}, {"job_manifest"}),
        ({"job_manifest": []}, {"job_manifest"}),
        ({"job_manifest": {}}, {"job_manifest.spec"}),
        ({"job_manifest": {"kind": "Pod", "apiVersion": "v1", "spec": {}}}, {"job_manifest.kind", "job_manifest.apiVersion"}),
        ({"job_manifest": {"spec": {"a": "${nobody}"}}}, {"job_manifest.spec.a"}),
        ({"job_manifest": {"spec": {"a": ["${count}", "${HOME:-x}"]}}}, {"job_manifest.spec.a[1]"}),
        ({"job_manifest": {"spec": {"${count}": 1}}}, {"job_manifest.spec.${count}"}),
        ({"parameters": {}}, {"parameters"}),
        ({"parameters": [7]}, {"parameters[0]"}),
        ({"parameters": [{"name": "a", "type": "text"}]}, {"parameters[0].type"}),
        ({"parameters": [{"name": "a", "type": "string", "size": 1}]}, {"parameters[0].size"}),
        ({"parameters": [{"name": "a", "type": "enum"}]}, {"parameters[0].values"}),
        ({"parameters": [{"name": "a", "type": "string", "pattern": "(a"}]}, {"parameters[0].pattern"}),
        ({"parameters": [{"name": "a", "type": "string", "pattern": "a" * 257}]}, {"parameters[0].pattern"}),
        ({"parameters": [{"name": "a", "type": "integer", "minimum": 3, "maximum": 2}]}, {"parameters[0].maximum"}),
        ({"parameters": [{"name": "a", "type": "integer", "default": "1"}]}, {"parameters[0].default"}),
        ({"parameters": [{"name": f"p{i}", "type": "string"} for i in range(65)]}, {"parameters"}),
        ({"description": 1, "unknown": 1, "version": 1}, {"description", "unknown", "version"}),
    ],
)
def test_faults_are_told_by_their_place_and_nothing_is_stored(bare, change, fields):
    body = named(**change)
    if "parameters" in change:
        body["job_manifest"] = {"spec": {}}
    reply = bare.post(ROUTE, body)
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == fields
    assert body["name"] not in names(bare)


def test_all_faults_are_told_at_once(bare):
    body = named(
        parameters=[{"name": "a", "type": "integer", "default": 0.5}, {"name": "a", "type": "string", "minimum": 1}],
        job_manifest={"kind": "CronJob", "spec": {"x": "${b}", "y": "${"}},
    )
    assert set(causes(bare.post(ROUTE, body))) == {
        "parameters[0].default",
        "parameters[1].name",
        "job_manifest.kind",
        "job_manifest.spec.x",
        "job_manifest.spec.y",
    }


def test_what_is_no_template_at_all_is_refused(bare):
    json_type = {"Content-Type": "application/json"}
    assert_status(bare.request("POST", ROUTE, body=b"{", headers=json_type), 400, "BadRequest")
    assert_status(bare.request("POST", ROUTE, body=b"[" * 10000, headers=json_type), 400, "BadRequest")
    assert_status(bare.request("POST", ROUTE, body=b"{}", headers={"Content-Type": "text/plain"}), 415, "UnsupportedMediaType")
    twice = b'{"name":"a","name":"b","job_manifest":{"spec":{}}}'
    assert_status(bare.request("POST", ROUTE, body=twice, headers=json_type), 400, "BadRequest", message="twice")
    large = named(description="", job_manifest={"spec": {"x": "x" * 70000}})
    assert_status(bare.post(ROUTE, large), 413, "RequestEntityTooLarge")
    assert_status(bare.get(f"{ROUTE}/a?version=0"), 400, "BadRequest")
    assert_status(bare.get(f"{ROUTE}/a?versions=1"), 400, "BadRequest")
    assert_status(bare.request("PATCH", f"{ROUTE}/a", json_body={}), 405, "MethodNotAllowed")


def test_viewers_read_editors_write_and_bound_keys_write_nothing(launcher, short_tmp):
    gateway = launcher.start(short_tmp, env={"EKSGATE_AUTH": "keys"})
    try:
        keyed = Keyed(gateway)
        viewer, editor = keyed.create("viewer"), keyed.create("editor", "--name", "the editor")
        bound = keyed.create("admin", "--connection", "us-east-1_demo")
        body = named()
        path = f"{ROUTE}/{body['name']}"
        assert_status(gateway.get(ROUTE), 401, "Unauthorized")
        assert keyed.ask(viewer, "POST", ROUTE, json_body=body).status == 403
        assert_status(keyed.ask(bound, "POST", ROUTE, json_body=body), 403, "Forbidden", message="bound")
        made = keyed.ask(editor, "POST", ROUTE, json_body=body)
        assert made.status == 201 and made.json["created_by"] == "the editor"
        for key in (viewer, bound):
            assert keyed.ask(key, "GET", path).status == 200
            assert [t["name"] for t in keyed.ask(key, "GET", ROUTE).json["items"]] == [body["name"]]
            assert keyed.ask(key, "PUT", path, json_body=named(name=...)).status == 403
            assert keyed.ask(key, "DELETE", path).status == 403
        assert keyed.ask(editor, "DELETE", path).status == 200
    finally:
        launcher.stop(gateway)


def test_without_redis_nothing_is_read_or_stored(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=1)
    body = named()
    assert gateway.post(ROUTE, body).status == 201
    redis = gateway.stack.redis
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        for method, path, content in [
            ("GET", ROUTE, None),
            ("GET", f"{ROUTE}/{body['name']}", None),
            ("POST", ROUTE, named()),
            ("DELETE", f"{ROUTE}/{body['name']}", None),
        ]:
            reply = gateway.request(method, path, json_body=content)
            assert_status(reply, 503, "ServiceUnavailable", slug="store-unavailable")
    finally:
        os.kill(redis.pid, signal.SIGCONT)
    wait_until(lambda: gateway.get(ROUTE).status == 200)
    launcher.stop(gateway)


def test_what_this_program_did_not_write_is_not_used(launcher, short_tmp):
    gateway = launcher.start(short_tmp, processes=1)
    key = "eksgate:template:foreign"
    for text in ("", "[]", "{", '{"job_manifest":7}'):
        for command in (["HSET", key, "1", text, "latest", "1"], ["SADD", "eksgate:templates", "foreign"]):
            socket = str(gateway.stack.redis_socket)
            subprocess.run(["redis-cli", "-s", socket, *command], check=True, capture_output=True)
        for path in (ROUTE, f"{ROUTE}/foreign"):
            assert_status(gateway.get(path), 503, "ServiceUnavailable", slug="store-unavailable", message="can not be read")
    assert gateway.request("DELETE", f"{ROUTE}/foreign").status == 200
    assert gateway.get(ROUTE).json == {"items": []}
    launcher.stop(gateway)


@pytest.fixture(scope="module")
def jobs(demo):
    return f"/api/clusters/{demo}/jobs"


@pytest.fixture(scope="module")
def stored(gateway):
    """The name of a template that the gateway before the cluster knows."""
    body = named()
    assert gateway.post(ROUTE, body).status == 201
    return body["name"]


@pytest.fixture
def namespace(direct):
    name = f"templates-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"metadata": {"name": name}})
    assert direct.request("POST", "/api/v1/namespaces", body, {"Content-Type": "application/json"}).status == 201
    yield name
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def test_a_job_is_made_from_a_template_with_values_of_their_own_types(gateway, jobs, stored, namespace, direct):
    values = {"image": "busybox", "count": 2, "mode": "thorough", "keep": True}
    reply = gateway.post(jobs, {"template": stored, "parameters": values, "namespace": namespace})
    assert reply.status == 201, reply.text
    assert reply.json["template"] == {"name": stored, "version": 1}
    job = direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/{reply.json['job_name']}")
    assert job["spec"]["completions"] == 2 and "activeDeadlineSeconds" not in job["spec"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == "busybox" and container["args"] == ["--mode=thorough", "${HOME}"]
    assert container["stdin"] is True
    assert container["env"] == [{"name": "COUNT", "value": "2"}, {"name": "KEEP", "value": "true"}]
    assert job["metadata"]["labels"]["mode"] == "thorough"


def test_jobs_are_found_by_their_template_and_version(gateway, jobs, stored, namespace, direct):
    other = named()
    gateway.post(ROUTE, other)
    gateway.request("PUT", f"{ROUTE}/{other['name']}", json_body=named(name=...))
    made = {}
    for version, body in {
        1: {"template": other["name"], "template_version": 1},
        2: {"template": other["name"]},
        None: {"template": stored},
    }.items():
        reply = gateway.post(jobs, body | {"parameters": {"image": "busybox"}, "namespace": namespace})
        assert reply.status == 201, reply.text
        made[version] = reply.json["job_name"]

    def selected(selector):
        found = direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs?labelSelector={selector}")
        return {job["metadata"]["name"] for job in found["items"]}

    assert selected(f"eksgate/template={other['name']}") == {made[1], made[2]}
    assert selected(f"eksgate/template={other['name']},eksgate/template-version=2") == {made[2]}


def test_what_a_value_holds_does_not_become_more_than_a_value(gateway, jobs, namespace, direct):
    body = named(
        parameters=[{"name": "text", "type": "string", "required": True}],
        job_manifest={
            "spec": {
                "template": {
                    "spec": {
                        "restartPolicy": "Never",
                        "containers": [{"name": "main", "image": "busybox", "args": ["${text}", "<${text}>"]}],
                    }
                }
            }
        },
    )
    assert gateway.post(ROUTE, body).status == 201
    text = 'x"],"command":["rm"],"a":["${text}\n  hostNetwork: true # \\"}'
    reply = gateway.post(jobs, {"template": body["name"], "parameters": {"text": text}, "namespace": namespace})
    assert reply.status == 201, reply.text
    job = direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs/{reply.json['job_name']}")
    assert job["spec"]["template"]["spec"]["containers"][0]["args"] == [text, f"<{text}>"]
    assert "hostNetwork" not in job["spec"]["template"]["spec"]


@pytest.mark.parametrize(
    "change, fields",
    [
        ({"parameters": {}}, {"parameters.image"}),
        ({"parameters": {"image": "Bad", "count": 9, "x": 1}}, {"parameters.image", "parameters.count", "parameters.x"}),
        ({"parameters": {"image": "a", "count": "2", "keep": 1, "mode": "slow"}}, {"parameters.count", "parameters.keep", "parameters.mode"}),
        ({"parameters": []}, {"parameters"}),
        ({"template": "Not-A-Name"}, {"template"}),
        ({"template_version": 0}, {"template_version"}),
        ({"template_version": "1"}, {"template_version"}),
        ({"job_manifest": {"spec": {}}}, {"template"}),
        ({"template": ..., "template_version": 1}, {"job_manifest", "template_version", "parameters"}),
    ],
)
def test_a_wrong_use_is_told_by_its_fields_and_makes_nothing(gateway, jobs, stored, namespace, direct, change, fields):
    body = {"template": stored, "parameters": {"image": "busybox"}, "namespace": namespace} | change
    reply = gateway.post(jobs, {key: value for key, value in body.items() if value is not ...})
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == fields
    assert direct.get(f"/apis/batch/v1/namespaces/{namespace}/jobs")["items"] == []


def test_a_template_or_version_that_is_not_there_is_not_found(gateway, jobs, stored):
    values = {"parameters": {"image": "busybox"}}
    assert_status(gateway.post(jobs, values | {"template": "nobody"}), 404, "NotFound", message='template "nobody"')
    reply = gateway.post(jobs, values | {"template": stored, "template_version": 7})
    assert_status(reply, 404, "NotFound", message="no version 7")


def test_what_the_cluster_says_of_a_filled_in_template_is_told(gateway, jobs, namespace):
    body = named(parameters=[], job_manifest={"spec": {"template": {"spec": {"containers": []}}}})
    assert gateway.post(ROUTE, body).status == 201
    reply = gateway.post(jobs, {"template": body["name"], "namespace": namespace})
    assert_status(reply, 422, "Invalid")
    assert any(field.startswith("spec.template.spec") for field in causes(reply))
