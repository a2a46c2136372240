"""The simulated account: who there is, what IAM lets them do, and who they are inside the clusters.

The access keys below are worth something inside the sandbox only; no AWS account knows them.
"""

from __future__ import annotations

from dataclasses import dataclass

ACCOUNT = "123456789012"
REGION = "us-east-1"
ALLOW_ALL = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
ALLOW_VIEW = [
    {
        "Effect": "Allow",
        "Action": ["eks:Describe*", "eks:List*", "eks:AccessKubernetesApi", "ec2:Describe*", "iam:GetUser"],
        "Resource": "*",
    }
]


@dataclass(frozen=True)
class User:
    name: str
    access_key: str
    secret: str
    statements: list
    groups: tuple[str, ...]  # inside the clusters, by an access entry

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:user/{self.name}"

    @property
    def user_id(self) -> str:
        return "AIDA" + self.access_key[4:] + "X"


@dataclass(frozen=True)
class Role:
    name: str
    groups: tuple[str, ...]
    external_id: str | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{ACCOUNT}:role/{self.name}"


ADMIN = User(
    "platform-admin", "AKIASANDBOXADMIN0001", "sandboxAdminSecret/example+only/00000001", ALLOW_ALL, ("sandbox:admins",)
)
VIEWER = User(
    "viewer", "AKIASANDBOXVIEWER001", "sandboxViewerSecret/example+only/0000001", ALLOW_VIEW, ("sandbox:viewers",)
)
# Known to AWS, mapped in no cluster: its tokens are genuine and still refused.
STRANGER = User("stranger", "AKIASANDBOXSTRANGER1", "sandboxStrangerSecret/example+only/00001", ALLOW_VIEW, ())
USERS = (ADMIN, VIEWER, STRANGER)

OPERATOR = Role("eks-operator", ("sandbox:admins",))
PARTNER = Role("eks-partner", ("sandbox:viewers",), external_id="sandbox-external-id")
ROLES = (OPERATOR, PARTNER)

# What a provisioner may be given instead of making roles of its own; by whom each may be assumed.
SERVICE_ROLES = {"EKS_Cluster": "eks.amazonaws.com", "node-group-k8s": "ec2.amazonaws.com"}
