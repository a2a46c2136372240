"""Access entries, for real: who may in (the authenticator's mapping), and what policies let them do (RBAC).

The mapping is a file that the authenticator reloads by itself (its DynamicFile backend). EKS has an authorizer of its
own for access policies; here each principal has a group of its own, and policies become bindings of that group, kept
in line with the entries by a thread, so within a second or two, as on EKS.
"""

from __future__ import annotations

import fnmatch
import http.client
import json
import os
import ssl
import sys
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from . import nodes

POLICY_ARN = "arn:aws:eks::aws:cluster-access-policy/"
CLUSTER_ROLES = {
    "AmazonEKSAdminPolicy": "admin",
    "AmazonEKSAdminViewPolicy": "sandbox:admin-view",
    "AmazonEKSClusterAdminPolicy": "cluster-admin",
    "AmazonEKSEditPolicy": "edit",
    "AmazonEKSViewPolicy": "view",
}
LABEL = "sandbox.eksgate/access-entry"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
NAMESPACES = 5  # seconds until a new namespace is covered by a scope that names it


@dataclass
class Entry:
    principal: str
    arn: str
    username: str
    groups: list[str] = field(default_factory=list)
    type: str = "STANDARD"
    tags: dict[str, str] = field(default_factory=dict)
    policies: dict[str, dict] = field(default_factory=dict)  # by ARN, as AWS shows them
    request_token: str | None = None
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)

    @property
    def own_group(self) -> str:
        account, resource = self.principal.split(":", 5)[4:]
        return f"sandbox:access-entry:{account}:{resource}"

    def mapping(self) -> dict:
        """In the authenticator's terms. A role's session does not tell the role's path, so the mapping has none."""
        prefix, _, resource = self.principal.rpartition(":")
        kind, *_, name = resource.split("/")
        arn = f"{prefix}:role/{name}" if kind == "role" else self.principal
        return {f"{kind}ARN": arn, "username": self.username, "groups": [*self.groups, self.own_group]}

    def associate(self, policy: str, scope: dict) -> dict:
        now = time.time()
        before = self.policies.get(policy, {"associatedAt": now})
        self.policies[policy] = {**before, "policyArn": policy, "accessScope": scope, "modifiedAt": now}
        return self.policies[policy]


def entry(cluster_arn: str, principal: str, username: str | None = None, **other) -> Entry:
    """A new entry with the name that EKS gives it, and EKS's default username."""
    prefix, _, cluster = cluster_arn.rpartition("/")
    account, resource = principal.split(":", 5)[4:]
    kind, *_, name = resource.split("/")
    arn = f"{prefix.removesuffix(':cluster')}:access-entry/{cluster}/{kind}/{account}/{name}/{uuid.uuid4()}"
    if not username:
        partition = principal.split(":")[1]
        session = f"arn:{partition}:sts::{account}:assumed-role/{name}/{{{{SessionName}}}}"
        username = session if kind == "role" else principal
    return Entry(principal, arn, username, **other)


class Access:
    """The access entries of one cluster. `changed` must be called after a change."""

    def __init__(self, file: Path | None = None) -> None:
        self.entries: dict[str, Entry] = {}
        self.file = file
        self.written = 0
        self.lock = threading.RLock()
        self.dirty = threading.Event()

    def changed(self) -> None:
        with self.lock:
            if self.file:
                self.write_file(self.file)
        self.dirty.set()

    def write_file(self, file: Path) -> None:
        """In place, as a file that is replaced is watched again only after a second; and with no moment at which it is
        shorter than a whole document, which is why it never shrinks."""
        text = json.dumps({**self.mappings(), "LastUpdatedDateTime": str(int(time.time()))})
        self.written = max(self.written, len(text))
        with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o644), "w") as opened:
            opened.write(text.ljust(self.written))

    def mappings(self) -> dict:
        """Identity to Kubernetes user and groups, in the form of the authenticator's file."""
        with self.lock:
            found = [entry.mapping() for entry in self.entries.values()]
        return {
            "mapUsers": [mapping for mapping in found if "userARN" in mapping],
            "mapRoles": [mapping for mapping in found if "roleARN" in mapping],
        }

    def bindings(self, namespaces: list[str]) -> dict[str, dict]:
        """The bindings that the policies ask for, by path. Namespaces in a scope may be patterns."""
        found = {}
        with self.lock:
            for entry in self.entries.values():
                for arn, association in entry.policies.items():
                    policy, scope = arn.removeprefix(POLICY_ARN), association["accessScope"]
                    name = f"{entry.own_group}:{policy}".replace("/", ":")
                    subject = {"kind": "Group", "name": entry.own_group, "apiGroup": "rbac.authorization.k8s.io"}
                    about = {
                        "apiVersion": "rbac.authorization.k8s.io/v1",
                        "subjects": [subject],
                        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole",
                                    "name": CLUSTER_ROLES[policy]},
                    }  # fmt: skip
                    metadata = {"name": name, "labels": {LABEL: "true"}}
                    if scope["type"] == "cluster":
                        path = f"{RBAC}/clusterrolebindings/{name}"
                        found[path] = {**about, "kind": "ClusterRoleBinding", "metadata": metadata}
                        continue
                    for pattern in scope["namespaces"]:
                        for namespace in fnmatch.filter(namespaces, pattern):
                            path = f"{RBAC}/namespaces/{namespace}/rolebindings/{name}"
                            found[path] = {**about, "kind": "RoleBinding",
                                           "metadata": {**metadata, "namespace": namespace}}  # fmt: skip
        return found

    def has_namespace_scopes(self) -> bool:
        with self.lock:
            return any(p["accessScope"]["type"] == "namespace" for e in self.entries.values()
                       for p in e.policies.values())  # fmt: skip


class Binder:
    """Keeps the bindings in a cluster as its access entries want them, and nodes that it is to have (nodes.py)."""

    def __init__(self, access: Access, endpoint: str, ca: str, certificate: str, key: str):
        self.access = access
        self.nodes: dict[str, dict] = {}
        self.address = urlsplit(endpoint)
        self.tls = ssl.create_default_context(cafile=ca)
        self.tls.load_cert_chain(certificate, key)
        self.settled = threading.Event()  # once everything is as the entries want it
        self.stopped = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while not self.stopped.is_set():
            changed = self.access.dirty.wait(NAMESPACES)
            if not changed and not self.access.has_namespace_scopes():
                continue
            self.access.dirty.clear()
            try:
                self.reconcile()
                self.settled.set()
            except (OSError, http.client.HTTPException, ValueError) as error:
                # The API server may be on its way, or on its way out.
                if not (isinstance(error, ConnectionRefusedError) or self.stopped.is_set()):
                    print(f"access entries: {error}", file=sys.stderr, flush=True)
                time.sleep(0.3)
                self.access.dirty.set()

    def reconcile(self) -> None:
        address = self.address
        connection = http.client.HTTPSConnection(address.hostname, address.port, timeout=10, context=self.tls)
        try:
            self.reconcile_by(connection)
        finally:
            connection.close()

    def reconcile_by(self, connection: http.client.HTTPSConnection) -> None:
        def call(method: str, path: str, body: dict | None = None) -> dict:
            data = json.dumps(body) if body else None
            connection.request(method, path, data, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
            if response.status >= 300 and response.status not in (404, 409):
                raise ValueError(f"{method} {path}: {response.status} {answer.decode(errors='replace')}")
            return json.loads(answer)

        def names(path: str) -> list[dict]:
            return [item["metadata"] for item in call("GET", path)["items"]]

        there = {f"{RBAC}/clusterrolebindings/{about['name']}" for about in
                 names(f"{RBAC}/clusterrolebindings?labelSelector={LABEL}")}  # fmt: skip
        there |= {f"{RBAC}/namespaces/{about['namespace']}/rolebindings/{about['name']}" for about in
                  names(f"{RBAC}/rolebindings?labelSelector={LABEL}")}  # fmt: skip
        wanted = self.access.bindings([about["name"] for about in names("/api/v1/namespaces")])
        there |= {f"/api/v1/nodes/{about['name']}" for about in names(f"/api/v1/nodes?labelSelector={nodes.LABEL}")}
        wanted |= self.nodes
        for path in there - wanted.keys():
            call("DELETE", quote(path))
        for path in wanted.keys() - there:
            call("POST", path.rpartition("/")[0], wanted[path])
