"""What schemathesis asks is led to things that are there: the connected cluster, a namespace of the run's own, a job, a
template, a webhook. What it makes wrong on purpose stays as it is."""

import ast
import atexit
import collections
import json
import os
import threading
import urllib.error
import urllib.request
from pathlib import Path

import schemathesis
from provision_records import Records
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

# Wrong keys in a row are refused unread.
checks.AUTH_REJECTION_STATUSES = frozenset({*checks.AUTH_REJECTION_STATUSES, 429})

URL, KEY = os.environ["EKSGATE_URL"], os.environ["EKSGATE_KEY"]
CLUSTER, NAMESPACE, NAME = "us-east-1_demo", os.environ["PROBE_NAMESPACE"], "probe"
GONE = f"{NAMESPACE}-gone"
MADE = f"{NAMESPACE}-made"
PRINCIPAL = os.environ["PROBE_PRINCIPAL"]
POD = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}
JOB_SPEC = {"template": {"spec": POD}}
CRONJOB = {
    "apiVersion": "batch/v1",
    "kind": "CronJob",
    "metadata": {"name": NAME},
    "spec": {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": JOB_SPEC}},
}
JOBS = f"/api/clusters/{CLUSTER}/jobs"
CONTEXT = "probe-context"

# Before Python 3.11.5 two threads that parse at once end in a SystemError (cpython 106905), and the tester's workers do.
parsing, parse = threading.Lock(), ast.parse


def parse_alone(*arguments, **options):
    with parsing:
        return parse(*arguments, **options)


ast.parse = parse_alone

answers = collections.defaultdict(collections.Counter)


def ask(method, path, body=None):
    """What a request of our own answers, as JSON; an error too."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.loads(reply.read())
    except urllib.error.HTTPError as error:
        return json.loads(error.read())


def connect():
    ask("POST", "/api/clusters/connect", {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}})


def make_job():
    manifest = {"metadata": {"name": NAME}, "spec": JOB_SPEC}
    ask("POST", JOBS, {"namespace": NAMESPACE, "job_manifest": manifest})


def read_parts():
    """The connected cluster as a kubeconfig names it."""
    cluster = ask("GET", f"/api/contexts/{CLUSTER}/config")["cluster"]
    args = ["eks", "get-token", "--cluster-name", "demo", "--region", "us-east-1"]
    return {"cluster": cluster, "user": {"exec": {"command": "aws", "args": args}}}


PARTS = read_parts()


def make_context():
    ask("POST", f"/api/contexts/{CONTEXT}", PARTS)


def make_cronjob():
    ask("POST", f"/raw/clusters/{CLUSTER}/apis/batch/v1/namespaces/{NAMESPACE}/cronjobs", CRONJOB)


def make_pod():
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": POD}
    ask("POST", f"/raw/clusters/{CLUSTER}/api/v1/namespaces/{NAMESPACE}/pods", body)


def make_template():
    ask("POST", "/api/job-templates", {"name": NAME, "job_manifest": {"spec": JOB_SPEC}})


def make_webhook():
    made = ask("POST", "/api/webhooks", {"url": "https://hooks.example/probe", "namespaces": [NAMESPACE]})
    if "id" in made:
        return made["id"]
    # There are as many as there may be: one that the run made goes.
    return next(hook["id"] for hook in ask("GET", "/api/webhooks")["items"] if hook["id"] != WEBHOOK)


WEBHOOK = make_webhook()
NODE = next(iter(ask("GET", f"/api/clusters/{CLUSTER}/nodes")["nodes"]))


class Probed:
    """A cluster that eksgate has made, as if there were an agent, and a run of it whose plan waits."""

    RUN, HASH, LOCK = "r17637600000001a2b", "sha256:" + 64 * "a", "c5fa1c33-6a0c-9b0d-5a5e-1f8c3a3a1a10"
    ORDER = {"cluster_name": NAME, "region": "us-east-1", "kubernetes_version": "1.33"}
    CHANGES = {"add": 0, "change": 1, "destroy": 0, "import": 0}
    TREE = [{"address": "aws_eks_cluster.this", "action": "update", "attributes": []}]
    records = Records(os.environ["PROBE_REDIS"])

    def settle(self, state="present", status="planned"):
        """No run is active: the last one is this, and has ended so."""
        records = self.records
        lock = {"id": self.LOCK, "who": "a", "operation": "b", "created": "2026-11-21T19:00:00Z", "path": "p"}
        order = ask("GET", "/api/provision/defaults") | self.ORDER
        plan = {"hash": self.HASH, "changes": self.CHANGES, "tree": self.TREE}
        records.command("DEL", "eksgate:provision:queue")
        records.command("ZADD", f"eksgate:provision:runs:{NAME}", 1, self.RUN)
        records.command("ZADD", "eksgate:provision:clusters", 1, NAME)
        records.command("DEL", f"eksgate:provision:run:{self.RUN}")
        records.run(
            self.RUN, run=self.RUN, cluster=NAME, op="update", job_name=f"update-{NAME}", runner="local", status=status,
            phase="Succeeded", order=order, plan=plan, plan_hash=self.HASH, changes=self.CHANGES, lock=lock,
            created_at=1763760000000,
        )  # fmt: skip
        records.cluster(
            NAME, state=state, order=order, applied=order, active="", last=self.RUN, changed="", created_at=1763760000000
        )

    def begin(self):
        """A run that waits."""
        self.settle()
        return ask("POST", f"/api/provision/clusters/{NAME}/drift").get("run", self.RUN)

    def lead(self, case):
        path, parts = case.operation.path, case.path_parameters
        ends = {"/resume": {"status": "failed"}, "/cleanup": {"state": "destroyed"}}
        self.settle(**next((ends[end] for end in ends if path.endswith(end)), {}))
        parts.update({k: v for k, v in {"cluster_name": NAME, "run": self.RUN}.items() if k in parts})
        if path.endswith("/cancel"):
            parts["run"] = self.begin()

    def lead_query(self, case):
        query, path = case.query, case.operation.path
        query.update({k: v for k, v in {"run": self.RUN, "confirm": NAME}.items() if k in query})
        if path.endswith("/lock") and case.method == "DELETE":
            query["id"] = self.LOCK

    def lead_body(self, case):
        last = case.operation.path.rpartition("/")[2]
        bodies = {"upgrade": {"kubernetes_version": "1.34"}, "scale": {"node_desired": 3}}
        bodies |= {"approve": {"plan_hash": self.HASH}} | dict.fromkeys(("test", "provision", "update"), self.ORDER)
        if last in bodies:
            case.body.clear()
            case.body.update(bodies[last])


PROBED = Probed()
# AWS's long lists are kept once they have come.
for query in "", "?region=us-east-1":
    ask("GET", f"/api/provision/instance-types{query}")


def is_provision(case):
    return case.operation.path.startswith(("/clusters/", "/api/provision/clusters/"))


def lead_path(case):
    """Names in the path become those of things that are there, made anew where they may be gone."""
    parts, path = case.path_parameters, case.operation.path
    if is_provision(case):
        PROBED.lead(case)
        return
    places = {"cluster": CLUSTER, "namespace": NAMESPACE, "name": NAME}
    parts.update({name: value for name, value in places.items() if name in parts})
    if "{resource}" in path:
        parts.update({"namespace": "payments", "resource": "deployments", "name": "payments-api"})
    if "/nodes/{name}" in path:
        parts["name"] = NODE
    if "/jobs/{namespace}/{name}" in path:
        make_job()
    if "/cronjobs/{namespace}/{name}" in path:
        make_cronjob()
    if "/pods/{name}" in path:
        make_pod()
    if path == "/api/contexts/{cluster}" and case.method != "GET":
        make_context()
        parts["cluster"] = CONTEXT
    if "/pods/{pod}" in path and "pod" in parts:
        make_pod()
        parts["pod"] = NAME
    if "container" in parts:
        parts["container"] = "main"
    if "termtype" in parts:
        parts["termtype"] = "container" if "container" in parts else "pod" if "pod" in parts else "cluster"
    if "/job-templates/{name}" in path:
        make_template()
    if path.endswith("/namespaces/{namespace}") and case.method == "DELETE":
        ask("POST", f"/api/clusters/{CLUSTER}/namespaces", {"namespace_name": GONE})
        parts["namespace"] = GONE
    if "key" in parts:
        parts["key"] = ask("POST", "/api/keys", {"role": "viewer"})["id"]
    if "/webhooks/{id}" in path:
        parts["id"] = make_webhook() if case.method == "DELETE" else WEBHOOK
    if "delivery" in parts:
        parts["delivery"] = ask("POST", f"/api/webhooks/{parts['id']}/test").get("id", "none")
    if "path" in parts:
        one = "/example" if case.method in ("PUT", "PATCH") else ""
        parts["path"] = f"api/v1/namespaces/{NAMESPACE}/configmaps{one}"


def lead_query(case):
    query, path = case.query, case.operation.path
    if is_provision(case):
        PROBED.lead_query(case)
    places = {"namespace": NAMESPACE, "namespace_name": GONE, "job_name": NAME, "cluster": CLUSTER, "wait": "1s"}
    places |= {"region": "us-east-1"} if path.startswith("/api/provision/") else {}
    places |= {"container": "main", "labelSelector": "app=eks-api"}
    query.update({name: value for name, value in places.items() if name in query})
    # Tokens come from the page before, what is followed does not end, and a dry run makes nothing to look at.
    for name in ("continue", "follow", "stream", "dryRun"):
        query.pop(name, None)
    if path.endswith(("/eks-delete-job", "/eks-get-job-status")):
        make_job()
    if path.endswith("/eks-delete-namespace"):
        ask("POST", f"/api/clusters/{CLUSTER}/namespaces", {"namespace_name": GONE})
    if path.endswith("/trigger"):
        query.pop("job_name", None)
    if path == "/raw/clusters/{cluster}" and case.method in ("POST", "PUT", "PATCH"):
        query["namespace"] = NAMESPACE


def lead_body(case):
    body, path = case.body, case.operation.path
    if path == "/api/contexts":
        entries = {"clusters": {"c": PARTS["cluster"]}, "users": {"u": PARTS["user"]}}
        case.body = json.dumps(entries | {"contexts": {CONTEXT: {"cluster": "c", "user": "u"}}}).encode()
    if not isinstance(body, dict):
        return
    if is_provision(case):
        PROBED.lead_body(case)
        return
    # Once it is made it is taken, so each of the routes has a name of its own.
    places = {"namespace": NAMESPACE, "namespace_name": f"{MADE}{'-seed' if '/eks-' in path else ''}"}
    body.update({name: value for name, value in places.items() if name in body})
    if "labels" in body:
        body["labels"] = {"team": "data"}
    if path == "/api/auth/login":
        body["token"] = KEY
    if path == "/api/webhooks":
        body["url"] = "https://hooks.example/probe"
    if path.endswith(("/eks-create-job", "/jobs")):
        body.update({"namespace": NAMESPACE, "job_manifest": {"spec": JOB_SPEC}})
        body.pop("template", None), body.pop("template_version", None), body.pop("parameters", None)
    if path == "/api/contexts/{cluster}":
        body.update(PARTS)
    if path.endswith("/jobs-batch"):
        body.clear()
        body["create"] = [{"namespace": NAMESPACE, "job_manifest": {"spec": JOB_SPEC}}]
    if path.startswith("/api/job-templates"):
        body["job_manifest"] = {"spec": JOB_SPEC}
        body.pop("parameters", None), body.pop("version", None)
    if path.endswith("/access"):
        body.update({"principal_arn": PRINCIPAL, "policy": "view"})


def is_right(case, location):
    """Whether that part of a request is meant to be taken. Where a link was followed, it is."""
    part = case.meta.components.get(location) if case.meta else None
    return part is None or part.mode.value == "positive"


def is_linked(case):
    return case.meta is not None and case.meta.phase.name.value == "stateful"


@schemathesis.hook
def before_call(context, case, kwargs):
    if is_linked(case):
        places = {"cluster": CLUSTER, "namespace": NAMESPACE}
        if case.operation.path == "/api/contexts/{cluster}" and case.method != "GET":
            make_context()
            places["cluster"] = CONTEXT
        case.path_parameters.update({k: v for k, v in places.items() if k in case.path_parameters})
    elif is_right(case, ParameterLocation.PATH):
        lead_path(case)
    if is_right(case, ParameterLocation.QUERY):
        lead_query(case)
    if is_right(case, ParameterLocation.BODY):
        lead_body(case)


@schemathesis.hook
def after_call(context, case, response):
    answers[case.operation.label][response.status_code] += 1
    if case.operation.path.endswith("/disconnect") and response.status_code == 200:
        connect()


def close(schema):
    """An answer may come to have more members than it is said to have; here it must not have any."""
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    for path in raw_schema["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                close(answer.get("content", {}))


@atexit.register
def tell():
    Path(os.environ["PROBE_ANSWERS"]).write_text(json.dumps(answers))
