"""Nodes of a made cluster's node groups: they are there, of the right size and version, and stand still.

No controllers run in such a cluster, so a node that is said to be ready stays so; nothing is scheduled onto it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

LABEL = "sandbox.eksgate/made-node"
MOST = 20  # of one group: more is said by EKS only
OS = "Amazon Linux 2023.9.20261101"
ROOM = {"cpu": "4", "memory": "16Gi", "pods": "58", "ephemeral-storage": "80Gi"}


@dataclass(frozen=True)
class Group:
    """What of a node group decides about its nodes. Another release, and they are other nodes."""

    name: str
    size: int
    region: str
    release: str  # 1.33.5-20261101
    instance_type: str
    architecture: str
    capacity: str


def nodes(groups: list[Group]) -> dict[str, dict]:
    """By path."""
    found = {}
    for group in groups:
        for n in range(min(group.size, MOST)):
            made = node(group, n)
            found[f"/api/v1/nodes/{made['metadata']['name']}"] = made
    return found


def node(group: Group, n: int) -> dict:
    digest = hashlib.sha256(f"{group.name} {group.release} {n}".encode()).digest()
    address = f"10.60.{digest[0] % 64}.{digest[1] % 250 + 4}"
    name = f"ip-{address.replace('.', '-')}-{digest[2:4].hex()}.{group.region}.compute.internal"
    labels = {
        "eks.amazonaws.com/capacityType": group.capacity,
        "eks.amazonaws.com/nodegroup": group.name,
        "kubernetes.io/arch": group.architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": group.instance_type,
        "topology.kubernetes.io/region": group.region,
        "topology.kubernetes.io/zone": group.region + "abc"[n % 3],
        LABEL: "true",
    }
    info = {
        "kubeletVersion": f"v{group.release.split('-')[0]}-eks-113cf36",
        "kubeProxyVersion": "",
        "operatingSystem": "linux",
        "architecture": group.architecture,
        "osImage": OS,
        "kernelVersion": "6.12.53-69.119.amzn2023",
        "containerRuntimeVersion": "containerd://2.1.4",
        "machineID": "",
        "systemUUID": "",
        "bootID": "",
    }
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "The sandbox says so."}
    status = {
        "addresses": [{"type": "InternalIP", "address": address}, {"type": "Hostname", "address": name}],
        "allocatable": ROOM,
        "capacity": ROOM,
        "conditions": [ready],
        "nodeInfo": info,
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}
