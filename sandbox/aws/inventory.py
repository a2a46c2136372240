"""What the seeded clusters have in EKS: node groups, add-ons, insights and so on. Some of it is broken on purpose."""

from __future__ import annotations

import sys
import time
import uuid
from datetime import datetime, timezone

from moto.eks.models import Cluster, EKSBackend

from . import access, eks
from .accounts import ACCOUNT, ROLES, USERS
from .eks import State

DAY = 86400
GUIDE = "https://docs.aws.amazon.com/eks/latest/userguide/update-cluster.html"
SUBNETS = ["subnet-0a1b2c3d4e5f60001", "subnet-0a1b2c3d4e5f60002"]
VIEW, CLUSTER_ADMIN = access.POLICY_ARN + "AmazonEKSViewPolicy", access.POLICY_ARN + "AmazonEKSClusterAdminPolicy"


def role(name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def fixed_id(cluster: Cluster, of: str) -> str:
    """The same at each start."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cluster.arn}/{of}"))


def ago(days: float) -> float:
    return round(time.time() - days * DAY, 3)


def fill(backend: EKSBackend, cluster: Cluster) -> None:
    cluster.created_at = datetime.fromtimestamp(ago(212), timezone.utc)
    if cluster.name == "staging":
        issue = "The security group sg-0a1b2c3d4e5f60009 that was given for the cluster no longer exists."
        cluster.health["issues"].append(
            {"code": "Ec2SecurityGroupNotFound", "message": issue, "resourceIds": ["sg-0a1b2c3d4e5f60009"]}
        )
    state = eks.state_of(cluster)
    # To look for launch templates, which ours do not have, moto would load all of EC2: 70 MiB and a second.
    hidden = "moto.ec2.models" not in sys.modules
    if hidden:
        sys.modules["moto.ec2.models"] = None  # type: ignore[assignment]
    nodegroups(backend, cluster)
    if hidden:
        del sys.modules["moto.ec2.models"]
    addons(cluster, state)
    insights(cluster, state)
    updates(cluster, state)
    access_entries(cluster, state)


def nodegroups(backend: EKSBackend, cluster: Cluster) -> None:
    common = {
        "cluster_name": cluster.name,
        "node_role": role("eks-node"),
        "subnets": SUBNETS,
        "version": cluster.version,
        "release_version": "1.33.5-20251027",
        "ami_type": "AL2023_x86_64_STANDARD",
    }
    workers = backend.create_nodegroup(
        nodegroup_name="workers",
        instance_types=["m5.large"],
        scaling_config={"minSize": 2, "maxSize": 6, "desiredSize": 2},
        disk_size=80,
        labels={"workload": "general"},
        tags={"team": "platform"},
        **common,
    )
    spot = backend.create_nodegroup(
        nodegroup_name="batch-spot",
        instance_types=["m5.xlarge", "m5a.xlarge"],
        scaling_config={"minSize": 1, "maxSize": 10, "desiredSize": 3},
        disk_size=80,
        capacity_type="SPOT",
        labels={"workload": "batch"},
        taints=[{"key": "spot", "value": "true", "effect": "PREFER_NO_SCHEDULE"}],
        tags={"team": "data"},
        **common,
    )
    for group in (workers, spot):
        group.update_config = {"maxUnavailable": 1}
        group.remote_access = None
        group.created_at = datetime.fromtimestamp(ago(211), timezone.utc)
        group.modified_at = datetime.fromtimestamp(ago(2), timezone.utc)
        group.health = {"issues": []}
        group.resources = {"autoScalingGroups": [
            {"name": f"eks-{group.nodegroup_name}-{fixed_id(cluster, group.nodegroup_name)}"}
        ]}  # fmt: skip
    message = (
        "Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request "
        "configuration. Please adjust your request and try again. Launching EC2 instance failed."
    )
    spot.status = "DEGRADED"
    spot.health["issues"].append({
        "code": "AsgInstanceLaunchFailures",
        "message": message,
        "resourceIds": [spot.resources["autoScalingGroups"][0]["name"]],
    })  # fmt: skip
    profile = backend.create_fargate_profile(
        fargate_profile_name="reports",
        cluster_name=cluster.name,
        selectors=[{"namespace": "reports", "labels": {"compute": "fargate"}}],
        pod_execution_role_arn=role("eks-fargate"),
        subnets=SUBNETS,
        tags={"team": "data"},
    )
    profile.created_at = datetime.fromtimestamp(ago(150), timezone.utc)
    profile.health = {"issues": []}


def addons(cluster: Cluster, state: State) -> None:
    installed = {
        "vpc-cni": "v1.19.5-eksbuild.3",  # there is a newer one
        "coredns": "v1.12.1-eksbuild.2",
        "kube-proxy": "v1.33.3-eksbuild.4",
        "aws-ebs-csi-driver": "v1.50.1-eksbuild.1",
    }
    arn = cluster.arn.replace(":cluster/", ":addon/")
    for name, version in installed.items():
        state.addons[name] = {
            "addonName": name,
            "clusterName": cluster.name,
            "status": "ACTIVE",
            "addonVersion": version,
            "health": {"issues": []},
            "addonArn": f"{arn}/{name}/{fixed_id(cluster, name)}",
            "createdAt": ago(211),
            "modifiedAt": ago(40),
            "tags": {},
            "publisher": "eks",
            "owner": "aws",
            "podIdentityAssociations": [],
            "namespaceConfig": {"namespace": "kube-system"},
        }
    state.addons["vpc-cni"]["configurationValues"] = '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}'
    state.addons["vpc-cni"]["serviceAccountRoleArn"] = role("eks-vpc-cni")
    driver = state.addons["aws-ebs-csi-driver"]
    driver["status"] = "DEGRADED"
    driver["health"]["issues"].append({
        "code": "InsufficientNumberOfReplicas",
        "message": "The add-on is unhealthy because it doesn't have the desired number of replicas.",
        "resourceIds": ["ebs-csi-controller"],
    })  # fmt: skip
    number = "a-" + fixed_id(cluster, "association").replace("-", "")[:17]
    association = {
        "clusterName": cluster.name,
        "namespace": "kube-system",
        "serviceAccount": "ebs-csi-controller-sa",
        "roleArn": role("eks-ebs-csi"),
        "associationArn": f"{cluster.arn.replace(':cluster/', ':podidentityassociation/')}/{number}",
        "associationId": number,
        "tags": {},
        "createdAt": ago(180),
        "modifiedAt": ago(180),
        "ownerArn": driver["addonArn"],
        "disableSessionTags": False,
    }
    driver["podIdentityAssociations"] = [association["associationArn"]]
    state.associations[number] = association


def insights(cluster: Cluster, state: State) -> None:
    def insight(name: str, status: str, reason: str, about: str, advice: str, resources=(), **summary) -> None:
        number = fixed_id(cluster, name)
        state.insights[number] = {
            "id": number,
            "name": name,
            "category": "UPGRADE_READINESS",
            "kubernetesVersion": "1.34",
            "lastRefreshTime": ago(0.3),
            "lastTransitionTime": ago(33),
            "description": about,
            "insightStatus": {"status": status, "reason": reason},
            "recommendation": advice,
            "additionalInfo": {"EKS update cluster documentation": GUIDE},
            "resources": [
                {"insightStatus": {"status": status, "reason": why}, **resource} for resource, why in resources
            ],
            "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": [], **summary},
        }

    insight(
        "EKS add-on version compatibility",
        "ERROR",
        "Installed EKS add-on versions are incompatible with the next Kubernetes version.",
        "Checks version of installed EKS add-ons to ensure they are compatible with the next version of Kubernetes.",
        "Upgrade the EKS add-on to a version that is compatible with the next version of Kubernetes.",
        [({"arn": state.addons["vpc-cni"]["addonArn"]}, "v1.19.5-eksbuild.3 is incompatible with Kubernetes 1.34.")],
        addonCompatibilityDetails=[{"name": "vpc-cni", "compatibleVersions": ["v1.20.4-eksbuild.1"]}],
    )
    insight(
        "Deprecated APIs removed in Kubernetes v1.34",
        "WARNING",
        "Deprecated API usage detected within last 30 days.",
        "Checks for usage of deprecated APIs that are scheduled for removal. Upgrading your cluster before migrating "
        "to the updated APIs could cause application impact.",
        "Update manifests and API clients to use newer Kubernetes APIs if applicable before upgrading.",
        [({"kubernetesResourceUri": "/apis/example.k8s.io/v1beta1/namespaces/batch/exports/nightly"},
          "Deprecated API usage detected within last 30 days.")],
        deprecationDetails=[{
            "usage": "/apis/example.k8s.io/v1beta1/exports",
            "replacedWith": "/apis/example.k8s.io/v1/exports",
            "stopServingVersion": "1.34",
            "startServingReplacementVersion": "1.31",
            "clientStats": [
                {"userAgent": "exporter/2.3", "numberOfRequestsLast30Days": 412, "lastRequestTime": ago(0.4)}
            ],
        }],
    )  # fmt: skip
    insight(
        "Kubelet version skew",
        "PASSING",
        "Node kubelet versions match the cluster control plane version.",
        "Checks for kubelet minor versions of worker nodes in the cluster to see if upgrading would cause unsupported "
        "version skew with the control plane.",
        "Upgrade worker nodes to the version of the control plane before the next upgrade.",
    )
    insight(
        "kube-proxy version skew",
        "PASSING",
        "kube-proxy versions match the cluster control plane version.",
        "Checks version of kube-proxy in cluster to see if upgrade would cause non compatible versions.",
        "Upgrade kube-proxy to match the version of the control plane.",
    )


def updates(cluster: Cluster, state: State) -> None:
    def update(of: tuple, kind: str, status: str, days: float, params: dict, errors: tuple = ()) -> None:
        state.updates.append((of, {
            "id": fixed_id(cluster, f"{of} {kind}"),
            "status": status,
            "type": kind,
            "params": [{"type": name, "value": value} for name, value in params.items()],
            "createdAt": ago(days),
            "errors": [{"errorCode": code, "errorMessage": text, "resourceIds": ids} for code, text, ids in errors],
        }))  # fmt: skip

    itself = (None, None)
    update(
        itself, "VpcConfigUpdate", "Failed", 9, {"SubnetIds": "subnet-0a1b2c3d4e5f60001,subnet-0a1b2c3d4e5f60009"},
        [("SubnetNotFound", "The subnet ID 'subnet-0a1b2c3d4e5f60009' does not exist", ["subnet-0a1b2c3d4e5f60009"])],
    )  # fmt: skip
    update(itself, "VersionUpdate", "Successful", 33, {"Version": "1.33", "PlatformVersion": "eks.23"})
    update(
        ("batch-spot", None), "VersionUpdate", "Failed", 32, {"Version": "1.33", "ReleaseVersion": "1.33.5-20251027"},
        [("PodEvictionFailure", "Reached max retries while trying to evict pods from nodes in node group batch-spot",
          ["ip-10-0-13-142.ec2.internal"])],
    )  # fmt: skip
    update((None, "coredns"), "AddonUpdate", "Successful", 31, {"AddonVersion": "v1.12.1-eksbuild.2"})


def access_entries(cluster: Cluster, state: State) -> None:
    """Everyone who has groups in the clusters, by the group's rights also as a policy; and the nodes."""
    for identity in (*USERS, *ROLES):
        if not identity.groups:
            continue
        name = identity.name + ":{{SessionName}}" if identity in ROLES else identity.name
        entry = access.entry(cluster.arn, identity.arn, name, groups=list(identity.groups), created=ago(200))
        entry.modified = entry.created
        policy = CLUSTER_ADMIN if "sandbox:admins" in identity.groups else VIEW
        entry.associate(policy, {"type": "cluster", "namespaces": []})
        state.access.entries[identity.arn] = entry
    node = access.entry(cluster.arn, role("eks-node"), "system:node:{{EC2PrivateDNSName}}", groups=["system:nodes"],
                        type="EC2_LINUX", created=ago(211), modified=ago(211))  # fmt: skip
    state.access.entries[node.principal] = node
    state.access.changed()
