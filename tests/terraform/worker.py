"""provision/provision.sh as a runner starts it: a clean environment, folders of the run, its log read line by line."""

import json
import os
import signal
import subprocess
from pathlib import Path

from client import wait_until

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "provision"
HASH = "sha256:" + "0" * 64


class Run:
    def __init__(self, cluster, op, run, env):
        self.run = run
        self.logs = cluster.folder / "logs" / run
        self.logs.mkdir(parents=True)
        env = cluster.env | {"EKSGATE_OP": op, "EKSGATE_RUN": run, "EKSGATE_LOGS": str(self.logs)} | env
        # In a session of its own, as the local runner has it; nobody reads its stdout.
        self.process = subprocess.Popen(
            [str(MODULE / "provision.sh")], env=env, cwd="/", start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def text(self):
        try:
            return (self.logs / "run.jsonl").read_text()
        except FileNotFoundError:
            return ""

    @property
    def lines(self):
        """What is whole of the log, and JSON."""
        whole = self.text.rpartition("\n")[0]
        return [json.loads(line) for line in whole.splitlines() if line.startswith("{")]

    @property
    def story(self):
        """The log as people read it, and not more of it than helps."""
        lines = self.text.splitlines()[-400:]
        told = [json.loads(line).get("@message", line) if line.startswith("{") else line for line in lines]
        return "\n".join(line[:400] for line in told if "Refresh" not in line)[-6000:]

    def of(self, kind):
        return [line for line in self.lines if line.get("type") == kind]

    @property
    def phases(self):
        return [line["phase"] for line in self.of("eksgate_phase")]

    @property
    def summary(self):
        """What was planned last: how many to add, to change and to remove."""
        planned = [line["changes"] for line in self.of("change_summary") if line["changes"]["operation"] == "plan"]
        return tuple(planned[-1][name] for name in ("add", "change", "remove"))

    @property
    def plan(self):
        return json.loads((self.logs / "plan.json").read_text())

    @property
    def hash(self):
        return (self.logs / "plan.sha256").read_text().strip()

    def actions(self):
        """Addresses that the plan changes, each with what it does to it."""
        changes = {change["address"]: change["change"]["actions"] for change in self.plan["resource_changes"]}
        return {address: actions for address, actions in changes.items() if actions not in (["no-op"], ["read"])}

    def wait_for(self, kind, **members):
        """A line of terraform's about a resource, or the end of the run."""

        def found():
            for line in self.of(kind):
                resource = line.get("hook", {}).get("resource", {})
                if all(resource.get(name) == value for name, value in members.items()):
                    return line
            assert self.process.poll() is None, self.story
            return None

        return wait_until(found, 300)

    def end(self):
        """The exit status."""
        code = self.process.wait(900)
        last = json.loads((self.logs / "phase.json").read_text())
        assert last == self.of("eksgate_phase")[-1] and last["rc"] == code, self.story
        return code

    def ends_as(self, phase, code=0):
        assert (self.end(), self.phases[-1]) == (code, phase), self.story
        return self

    def terminate(self):
        self.process.terminate()

    def kill(self):
        """The script and all that it started, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


class Cluster:
    """What a runner keeps for one cluster."""

    def __init__(self, name, folder, env, **variables):
        self.name, self.folder = name, folder
        self.variables = {"cluster_name": name, "region": "us-east-1"} | variables
        (folder / "state").mkdir(parents=True)
        self.env = env | {
            "EKSGATE_NAME": name,
            "EKSGATE_MODULE": str(MODULE),
            "EKSGATE_STATE": str(folder / "state"),
            "EKSGATE_VARS": str(folder / "vars.json"),
        }
        self.runs = []

    def start(self, op, env=None, **variables):
        self.variables |= variables
        (self.folder / "vars.json").write_text(json.dumps(self.variables))
        self.runs.append(Run(self, op, f"r{len(self.runs)}", env or {}))
        return self.runs[-1]

    def run(self, op, phase, code=0, env=None, **variables):
        return self.start(op, env, **variables).ends_as(phase, code)

    def state(self):
        """Addresses of the state file."""
        state = json.loads((self.folder / "state" / "terraform.tfstate").read_text())
        return {f"{item['type']}.{item['name']}" for item in state["resources"] if item["mode"] == "managed"}

    def stop(self):
        for run in self.runs:
            if run.process.poll() is None:
                run.kill()
