"""The simulated EKS clusters: moto keeps them, this gives them a real endpoint and certificate authority."""

from __future__ import annotations

import base64
from pathlib import Path

import moto.eks.models as eks

from . import inventory
from .access import Access
from .accounts import ACCOUNT
from .eks import State

VERSION = "1.33"


def seed(entries: list[dict], spare_ca: Path, accesses: dict[str, Access]) -> None:
    """Create the configured clusters; `accesses` are of those that run, by endpoint.

    Clusters that tests create later get the spare authority: real, but nobody's.
    """
    original = eks.Cluster.__init__

    def with_real_certificate(self, *args, **kwargs):
        original(self, *args, **kwargs)
        self.certificate_authority = {"data": encoded(spare_ca)}
        # What DescribeCluster tells on AWS, and moto does not.
        self.access_config = {"authenticationMode": "API_AND_CONFIG_MAP"}
        self.upgrade_policy = {"supportType": "EXTENDED"}
        self.health = {"issues": []}
        self.compute_config = self.zonal_shift_config = {"enabled": False}
        self.storage_config = {"blockStorage": {"enabled": False}}
        self.deletion_protection = False

    eks.Cluster.__init__ = with_real_certificate
    eks.DEFAULT_KUBERNETES_VERSION = VERSION
    for entry in entries:
        backend = eks.eks_backends[ACCOUNT][entry["region"]]
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
            kubernetes_network_config={"serviceIpv4Cidr": "10.96.0.0/16", "ipFamily": "ipv4"},
            version=VERSION,
            tags={"environment": "sandbox"},
        )
        cluster.endpoint = entry["endpoint"]
        cluster.certificate_authority = {"data": encoded(Path(entry["ca"]))}
        cluster.sandbox_state = State(accesses.get(entry["endpoint"], Access()))
        inventory.fill(backend, cluster)


def encoded(certificate: Path) -> str:
    return base64.b64encode(certificate.read_bytes()).decode()
