"""Orders of clusters, and what the agent writes of their runs, written as it does: for what is told of them, without any
Terraform."""

import json
import socket
import time
from pathlib import Path

from client import assert_status

BASE = "/api/provision/clusters"
MODULE = Path(__file__).resolve().parents[2] / "provision"
RUNNER = {"EKSGATE_PROVISION_RUNNER": "local", "EKSGATE_PROVISION_MODULE": str(MODULE)}


def order(name, **members):
    return {"cluster_name": name, "region": "us-east-1", "kubernetes_version": "1.33"} | members


def provision(gateway, name, **members):
    reply = gateway.post(f"{BASE}/provision", order(name, **members))
    assert reply.status == 202, reply.text
    return reply.json


def fields(reply):
    assert_status(reply, 422, "Invalid")
    causes = reply.json["details"]["causes"]
    assert [(c["field"], c["reason"], c["message"]) for c in causes] == [
        (e["field"], e["code"], e["message"]) for e in reply.json["errors"]
    ]
    return {cause["field"] for cause in causes}


class Records:
    """The gateway's own Redis."""

    def __init__(self, path):
        self.path = str(path)

    def command(self, *words):
        words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(30)
            connection.connect(self.path)
            connection.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
            with connection.makefile("rb") as answer:
                return self.read(answer)

    def read(self, answer):
        kind, text = (line := answer.readline())[:1], line[1:-2]
        assert kind != b"-", text
        if kind == b"$":
            return None if text == b"-1" else answer.read(int(text) + 2)[:-2]
        if kind == b"*":
            return [self.read(answer) for _ in range(int(text))]
        return int(text) if kind == b":" else text

    def run(self, run, /, **fields):
        values = [item for name, value in fields.items() for item in (name, self.text(value))]
        self.command("HSET", f"eksgate:provision:run:{run}", *values)

    def cluster(self, name, /, **fields):
        values = [item for key, value in fields.items() for item in (key, self.text(value))]
        self.command("HSET", f"eksgate:provision:cluster:{name}", *values)

    @staticmethod
    def text(value):
        return value if isinstance(value, (str, int)) else json.dumps(value)

    def begin(self, run):
        self.command("ZREM", "eksgate:provision:queue", run)
        self.command("SADD", "eksgate:provision:running", run)
        self.run(run, status="running", phase="Running", started_at=int(time.time() * 1000))

    def end(self, run, cluster, status="completed", state="present", applied=None, **fields):
        """The run's end, and what its cluster is from then on."""
        phase = "Succeeded" if status in ("completed", "planned") else "Failed"
        self.command("ZREM", "eksgate:provision:queue", run)
        self.command("SREM", "eksgate:provision:running", run)
        self.run(run, status=status, phase=phase, finished_at=int(time.time() * 1000), **fields)
        self.cluster(cluster, active="", state=state)
        if applied:
            self.cluster(cluster, applied=applied, changed=run)

    def line(self, run, number, text):
        text = text if isinstance(text, str) else json.dumps(text)
        now = int(time.time() * 1000)
        self.command("XADD", f"eksgate:provision:log:{run}", f"{number}-0", "t", now, "l", text)
        self.run(run, log_lines=number)

    def order(self, run):
        return json.loads(self.command("HGET", f"eksgate:provision:run:{run}", "order"))
