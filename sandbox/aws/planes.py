"""Control planes for clusters that are made by calls: real ones, which `sandbox/up` starts and ends when it is asked.

It is asked over a socket, a line of JSON at a time: {"start": N, "cluster": NAME, "issuer": URL} and {"stop": N}; it
says {"plane": N, "state": "up" | "failed" | "free", "error": TEXT}.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from dataclasses import dataclass, field
from pathlib import Path

from .access import Access, Binder
from .faults import Observatory
from .nodes import Group, nodes
from .webhook import Gate

ISSUERS: dict[str, Path] = {}  # of tokens of service accounts: URL of each cluster's, and its key


@dataclass
class Plane:
    number: int
    name: str  # of its gate and its folder
    endpoint: str
    authenticator: int  # port
    pki: str
    access_file: str
    state: str = "free"  # starting, up, failed, stopping
    error: str = ""
    access: Access = field(default_factory=Access)
    gate: Gate | None = None
    binder: Binder | None = None

    def is_usable(self) -> bool:
        """Its API server answers, and those who have access entries may already do what these allow."""
        return self.state == "up" and self.binder is not None and self.binder.settled.is_set()

    def show_nodes(self, groups: list[Group]) -> None:
        wanted = nodes(groups)
        if self.binder and wanted.keys() != self.binder.nodes.keys():
            self.binder.nodes = wanted
            self.access.dirty.set()

    def authority(self) -> str:
        return base64.b64encode(Path(self.pki, "ca.crt").read_bytes()).decode()


class Planes:
    def __init__(self, about: list[dict], channel: socket.socket, gates: dict[str, Gate], observatory: Observatory):
        self.planes = [Plane(number, **fields) for number, fields in enumerate(about)]
        self.channel = channel
        self.gates = gates
        self.observatory = observatory
        self.clusters: dict[int, str] = {}
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        threading.Thread(target=self.listen, daemon=True).start()

    def take(self, cluster: str, issuer: str) -> Plane | None:
        """Have one started for a cluster; None when there is none left."""
        with self.lock:
            plane = next((plane for plane in self.planes if plane.state == "free"), None)
            if plane is None:
                return None
            plane.state, plane.error, plane.gate, plane.binder = "starting", "", None, None
            file = Path(plane.access_file)
            file.parent.mkdir(parents=True, exist_ok=True)
            plane.access = Access(file)
            plane.access.changed()
            self.clusters[plane.number] = cluster
            ISSUERS[issuer] = Path(plane.pki) / "service-account.pub"
            self.say({"start": plane.number, "cluster": cluster, "issuer": issuer})
            return plane

    def release(self, plane: Plane) -> None:
        with self.lock:
            if plane.state in ("stopping", "free"):
                return
            plane.state = "stopping"
            self.gates.pop(plane.name, None)
            for worker in (plane.gate, plane.binder):
                if worker:
                    worker.stopped.set()
            self.say({"stop": plane.number})

    def release_all(self) -> None:
        for plane in self.planes:
            self.release(plane)

    def wait_until_free(self) -> None:
        with self.lock:
            self.changed.wait_for(lambda: all(plane.state == "free" for plane in self.planes), timeout=60)

    def say(self, line: dict) -> None:
        self.channel.sendall(json.dumps(line).encode() + b"\n")

    def listen(self) -> None:
        for line in self.channel.makefile("r"):
            about = json.loads(line)
            plane = self.planes[about["plane"]]
            with self.lock:
                if plane.state == "stopping" and about["state"] != "free":
                    continue  # it came up while it was told to stop
                if about["state"] == "up":
                    self.open(plane)
                plane.state, plane.error = about["state"], about.get("error", "")
                self.changed.notify_all()

    def open(self, plane: Plane) -> None:
        pki = Path(plane.pki)
        ca = str(pki / "ca.crt")
        plane.gate = Gate(self.clusters[plane.number], plane.authenticator, ca, self.observatory, plane.access)
        plane.binder = Binder(plane.access, plane.endpoint, ca, str(pki / "admin.crt"), str(pki / "admin.key"))
        plane.gate.start()
        plane.binder.start()
        self.gates[plane.name] = plane.gate
