"""The simulated EKS clusters: moto keeps them, this gives them a real endpoint and certificate authority."""

from __future__ import annotations

import base64
from pathlib import Path

import moto.eks.models as eks_models

from . import inventory
from .access import Access
from .accounts import ACCOUNT
from .eks import State
from .eks.clusters import dress

VERSION = "1.33"


def seed(entries: list[dict], accesses: dict[str, Access]) -> None:
    """Create the configured clusters; `accesses` are of those that run, by endpoint."""
    eks_models.DEFAULT_KUBERNETES_VERSION = VERSION
    for entry in entries:
        backend = eks_models.eks_backends[ACCOUNT][entry["region"]]
        cluster = backend.create_cluster(
            name=entry["name"],
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/eks-cluster",
            resources_vpc_config={
                "subnetIds": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
                "securityGroupIds": ["sg-0a1b2c3d4e5f60001"],
                "vpcId": "vpc-0a1b2c3d4e5f60001",
                "clusterSecurityGroupId": "sg-0a1b2c3d4e5f60002",
                "publicAccessCidrs": ["0.0.0.0/0"],
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
            },
            kubernetes_network_config={
                "serviceIpv4Cidr": "10.96.0.0/16",
                "ipFamily": "ipv4",
                "elasticLoadBalancing": {"enabled": False},
            },
            version=VERSION,
            tags={"environment": "sandbox"},
        )
        dress(cluster, entry.get("issuer"))
        cluster.endpoint = entry["endpoint"]
        cluster.certificate_authority = {"data": encoded(Path(entry["ca"]))}
        cluster.sandbox_state = State(accesses.get(entry["endpoint"], Access()))
        inventory.fill(backend, cluster)


def encoded(certificate: Path) -> str:
    return base64.b64encode(certificate.read_bytes()).decode()
