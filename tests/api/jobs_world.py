"""Jobs in the sandbox, made past the gateway, and a gateway with webhooks that may tell a receiver on this machine."""

import json
import uuid

from client import wait_until


def manifest(name, *, fails=False, suspend=False, labels=None):
    pod_labels = {"sandbox.eksgate/fails-with": "Error"} if fails else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {
            "backoffLimit": 0,
            "suspend": suspend,
            "template": {
                "metadata": {"labels": pod_labels},
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [{"name": "main", "image": "registry.example/main:1"}],
                },
            },
        },
    }


class Jobs:
    """Jobs of one namespace, by the cluster's administrator."""

    def __init__(self, direct, namespace):
        self.direct = direct
        self.namespace = namespace
        self.path = f"/apis/batch/v1/namespaces/{namespace}/jobs"

    def _ask(self, method, path, body=None, kind="application/json"):
        reply = self.direct.request(method, path, json.dumps(body) if body else None, {"Content-Type": kind})
        assert reply.status < 300, reply.text
        return reply.json

    def create(self, name=None, **options):
        name = name or f"job-{uuid.uuid4().hex[:8]}"
        self._ask("POST", self.path, manifest(name, **options))
        return name

    def resume(self, name):
        kind = "application/merge-patch+json"
        self._ask("PATCH", f"{self.path}/{name}", {"spec": {"suspend": False}}, kind)

    def delete(self, name):
        self._ask("DELETE", f"{self.path}/{name}?propagationPolicy=Background")

    def conditions(self, name):
        job = self.direct.get(f"{self.path}/{name}")
        return {c["type"] for c in job["status"].get("conditions", []) if c["status"] == "True"}

    def wait_for(self, name, condition):
        wait_until(lambda: condition in self.conditions(name))


def make_namespace(direct):
    name = f"jobs-{uuid.uuid4().hex[:8]}"
    body = json.dumps({"metadata": {"name": name}})
    reply = direct.request("POST", "/api/v1/namespaces", body, {"Content-Type": "application/json"})
    assert reply.status == 201, reply.text
    return name


def register(gateway, url, **members):
    reply = gateway.post("/api/webhooks", {"url": url} | members)
    assert reply.status == 201, reply.text
    return reply.json


def deliveries(gateway, webhook, **query):
    parameters = "&".join(f"{name}={value}" for name, value in query.items())
    reply = gateway.get(f"/api/webhooks/{webhook['id']}/deliveries" + (f"?{parameters}" if parameters else ""))
    assert reply.status == 200, reply.text
    return reply.json["items"]


def connect_demo(gateway):
    body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    reply = gateway.post("/api/clusters/connect", body)
    assert reply.status in (200, 201), reply.text
    return reply.json["connection_id"]
