"""Many jobs in one request, in a real cluster: each ends for itself."""

import json
import uuid

import pytest
from client import assert_status, wait_until
from test_jobs import manifest

TYPE = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def route(demo):
    return f"/api/clusters/{demo}/jobs-batch"


class Space:
    def __init__(self, direct, name):
        self.direct, self.name = direct, name

    def jobs(self):
        return {job["metadata"]["name"] for job in self.direct.get(f"/apis/batch/v1/namespaces/{self.name}/jobs")["items"]}


@pytest.fixture
def space(direct):
    name = f"batch-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"metadata": {"name": name}})
    assert direct.request("POST", "/api/v1/namespaces", body, TYPE).status == 201
    yield Space(direct, name)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def create(name, space, **members):
    return {"job_manifest": manifest(name), "namespace": space.name} | members


def test_jobs_are_made_and_answered_in_the_order_of_the_request(gateway, route, space):
    names = [f"job-{i}" for i in range(12)]
    reply = gateway.post(route, {"create": [create(name, space) for name in names]})
    assert reply.status == 207, reply.text
    items = reply.json["items"]
    assert [item["index"] for item in items] == list(range(12))
    assert [item["job_name"] for item in items] == names
    assert {item["status"] for item in items} == {201}
    for item in items:
        assert item["job"]["job_name"] == item["job_name"] and item["job"]["labels"]["app"] == "eks-api"
        assert item["job"]["namespace"] == item["namespace"] == space.name and "error" not in item
    assert space.jobs() == set(names)


def test_one_that_is_refused_does_not_stop_the_others(gateway, route, space):
    gateway.post(route, {"create": [create("taken", space)]})
    reply = gateway.post(
        route,
        {
            "create": [
                create("first", space),
                create("taken", space),
                {"namespace": space.name},
                create("Not-A-Name", space),
                create("not-valid", space) | {"job_manifest": manifest("not-valid", parallelism=-1)},
                {"template": "nobody", "namespace": space.name},
                {"job_manifest": manifest(), "namespace": space.name},
            ]
        },
    )
    assert reply.status == 207, reply.text
    items = reply.json["items"]
    assert [item["status"] for item in items] == [201, 409, 422, 422, 422, 404, 201]
    for item in items:
        assert ("job" in item) == (item["status"] == 201) != ("error" in item)
        if "error" in item:
            assert item["error"]["kind"] == "Status" and item["error"]["code"] == item["status"]
    assert items[1]["job_name"] == "taken" and items[1]["error"]["reason"] == "AlreadyExists"
    assert [cause["field"] for cause in items[2]["error"]["details"]["causes"]] == ["job_manifest"]
    assert space.jobs() == {"taken", "first", items[6]["job_name"]}


def test_a_namespace_that_several_want_is_made_once(gateway, route, direct):
    name = f"batch-{uuid.uuid4().hex[:8]}"
    wanted = [{"job_manifest": manifest(), "namespace": name} for _ in range(8)]
    items = gateway.post(route, {"create": wanted}).json["items"]
    assert [item["status"] for item in items] == [201] * 8, items
    assert len(Space(direct, name).jobs()) == 8
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def test_jobs_of_one_template_are_made_with_values_of_their_own(gateway, route, space, direct):
    template = f"t-{uuid.uuid4().hex[:12]}"
    body = {
        "name": template,
        "parameters": [{"name": "count", "type": "integer", "required": True}],
        "job_manifest": manifest(completions="${count}"),
    }
    assert gateway.post("/api/job-templates", body).status == 201
    wanted = [{"template": template, "parameters": {"count": i}, "namespace": space.name} for i in (1, 2, 3)]
    items = gateway.post(route, {"create": wanted + [{"template": template, "namespace": space.name}]}).json["items"]
    assert [item["status"] for item in items] == [201, 201, 201, 422]
    assert [item["job"]["completions"] for item in items[:3]] == [1, 2, 3]
    assert {item["job"]["template"]["name"] for item in items[:3]} == {template}


def test_jobs_are_deleted_with_their_pods(gateway, route, space, direct):
    made = gateway.post(route, {"create": [create(f"job-{i}", space) for i in range(3)]}).json["items"]
    assert [item["status"] for item in made] == [201] * 3
    wanted = [{"namespace": space.name, "job_name": name} for name in ("job-0", "nobody", "job-2")]
    reply = gateway.post(route, {"delete": wanted})
    assert reply.status == 207, reply.text
    items = reply.json["items"]
    assert [(item["status"], item["job_name"], item["namespace"]) for item in items] == [
        (200, "job-0", space.name),
        (404, "nobody", space.name),
        (200, "job-2", space.name),
    ]
    assert items[1]["error"]["reason"] == "NotFound" and "error" not in items[0]
    wait_until(lambda: space.jobs() == {"job-1"})
    pods = f"/api/v1/namespaces/{space.name}/pods"
    wait_until(
        lambda: {pod["metadata"]["labels"]["job-name"] for pod in direct.get(pods)["items"]} <= {"job-1"}
    )


def test_a_dry_run_makes_nothing(gateway, route, space):
    items = gateway.post(route, {"create": [create("dry", space, dry_run=True)]}).json["items"]
    assert items[0]["status"] == 201 and items[0]["job_name"] == "dry"
    assert space.jobs() == set()


def test_a_hundred_are_taken_and_no_more(gateway, route, space):
    many = [{"namespace": space.name, "job_name": f"none-{i}"} for i in range(101)]
    assert_status(gateway.post(route, {"delete": many}), 422, "Invalid")
    items = gateway.post(route, {"delete": many[:100]}).json["items"]
    assert [item["status"] for item in items] == [404] * 100


@pytest.mark.parametrize(
    "change, fields",
    [
        ({}, {"create"}),
        ({"create": None}, {"create"}),
        ({"create": []}, {"create"}),
        ({"create": {}}, {"create"}),
        ({"create": [7]}, {"create[0]"}),
        ({"create": [{"job_manifest": {}, "x": 1}]}, {"create[0].x"}),
        ({"create": [{"job_manifest": "a", "namespace": "A"}]}, {"create[0].job_manifest", "create[0].namespace"}),
        ({"delete": [{}]}, {"delete[0].namespace", "delete[0].job_name"}),
        ({"delete": [{"namespace": "a/b", "job_name": ".."}]}, {"delete[0].namespace", "delete[0].job_name"}),
        ({"delete": [{"namespace": "a", "job_name": "a"}], "jobs": []}, {"jobs"}),
        ({"create": [{"job_manifest": {}}], "delete": [{"namespace": "a", "job_name": "a"}]}, {"delete"}),
    ],
)
def test_a_body_that_is_no_batch_is_refused_as_a_whole(gateway, route, space, change, fields):
    reply = gateway.post(route, change)
    assert_status(reply, 422, "Invalid")
    assert {cause["field"] for cause in reply.json["details"]["causes"]} == fields


def test_one_wrong_field_leaves_everything_as_it_was(gateway, route, space):
    reply = gateway.post(route, {"create": [create("good", space), create("bad", space, dry_run="yes")]})
    assert_status(reply, 422, "Invalid")
    assert [cause["field"] for cause in reply.json["details"]["causes"]] == ["create[1].dry_run"]
    assert space.jobs() == set()
