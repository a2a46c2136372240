"""The simulated EKS clusters: moto keeps them, this gives them a real endpoint and certificate authority."""

from __future__ import annotations

import base64
from pathlib import Path

import moto.eks.models as eks

from .accounts import ACCOUNT

VERSION = "1.33"


def seed(entries: list[dict], spare_ca: Path) -> None:
    """Create the configured clusters. Those that tests create later get the spare authority: real, but nobody's."""
    original = eks.Cluster.__init__

    def with_real_certificate(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.certificate_authority = {"data": encoded(spare_ca)}

    eks.Cluster.__init__ = with_real_certificate
    eks.DEFAULT_KUBERNETES_VERSION = VERSION
    for entry in entries:
        cluster = eks.eks_backends[ACCOUNT][entry["region"]].create_cluster(
            name=entry["name"],
            role_arn=f"arn:aws:iam::{ACCOUNT}:role/eks-cluster",
            resources_vpc_config={
                "subnetIds": ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"],
                "securityGroupIds": ["sg-0a1b2c3d4e5f60001"],
                "vpcId": "vpc-0a1b2c3d4e5f60001",
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
            },
            version=VERSION,
            tags={"environment": "sandbox"},
        )
        cluster.endpoint = entry["endpoint"]
        cluster.certificate_authority = {"data": encoded(Path(entry["ca"]))}


def encoded(certificate: Path) -> str:
    return base64.b64encode(certificate.read_bytes()).decode()
