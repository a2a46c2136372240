"""Clusters: made, described, changed, upgraded, deleted; and the versions there are."""

from __future__ import annotations

import hashlib
import json
import time
import uuid

from moto.eks.models import Cluster, eks_backends

from .. import access, versions
from ..access import POLICY_ARN
from ..accounts import ACCOUNT
from ..identities import Caller
from ..planes import Planes
from . import checks
from .service import LOCK, Refused, cluster_named, handles, in_use, invalid, page, state_of
from .state import Course, State

ITSELF = (None, None)
LOGS = ("api", "audit", "authenticator", "controllerManager", "scheduler")
PLANES: list[Planes] = []  # the one that the front has; empty where there are none


def dress(cluster: Cluster, issuer: str | None = None) -> None:
    """What DescribeCluster tells on AWS, and moto does not."""
    number = hashlib.sha256(f"{cluster.arn} {uuid.uuid4()}".encode()).hexdigest()[:32].upper()
    issuer = issuer or f"https://oidc.eks.{cluster.arn.split(':')[3]}.amazonaws.com/id/{number}"
    cluster.identity = {"oidc": {"issuer": issuer}}
    cluster.platformVersion = versions.VERSIONS[cluster.version][1]
    cluster.access_config = {"authenticationMode": "API_AND_CONFIG_MAP"}
    cluster.upgrade_policy = {"supportType": "EXTENDED"}
    cluster.health = {"issues": []}
    cluster.compute_config = {"enabled": False}
    cluster.zonal_shift_config = None
    cluster.storage_config = {"blockStorage": {"enabled": False}}
    cluster.control_plane_scaling_config = {"tier": "standard"}
    cluster.deletion_protection = False


@handles
def create_cluster(
    region: str,
    caller: Caller,
    name: str,
    roleArn: str,
    resourcesVpcConfig: dict,
    version: str | None = None,
    kubernetesNetworkConfig: dict | None = None,
    logging: dict | None = None,
    clientRequestToken: str | None = None,
    tags: dict | None = None,
    encryptionConfig: list | None = None,
    accessConfig: dict | None = None,
    upgradePolicy: dict | None = None,
    zonalShiftConfig: dict | None = None,
    remoteNetworkConfig: dict | None = None,
    deletionProtection: bool = False,
    **_ignored,
) -> dict:
    """It is ACTIVE once a control plane of its own answers."""
    every = eks_backends[ACCOUNT][region].clusters
    if name in every:
        if clientRequestToken and every[name].client_request_token == clientRequestToken:
            return {"cluster": shown(every[name])}  # the same request once more
        raise in_use(f"Cluster already exists with name: {name}")
    checks.name("Cluster", name, 100)
    checks.role(roleArn)
    version = version or versions.DEFAULT
    checks.version(version)
    network = network_config(kubernetesNetworkConfig or {})
    subnets, groups = resourcesVpcConfig.get("subnetIds", []), resourcesVpcConfig.get("securityGroupIds", [])
    vpc = checks.subnets(region, subnets, 2, network["ipFamily"])
    checks.security_groups(region, groups)
    cluster = Cluster(
        name, roleArn, {}, ACCOUNT, region, "aws", version, network, enabled_logs({}, logging or {}),
        clientRequestToken, dict(tags or {}), encryptionConfig, remoteNetworkConfig,
    )  # fmt: skip
    dress(cluster)
    wanted = {"authenticationMode": "CONFIG_MAP", **(accessConfig or {})}
    cluster.access_config = {"authenticationMode": wanted["authenticationMode"]}
    cluster.upgrade_policy = upgradePolicy or cluster.upgrade_policy
    cluster.zonal_shift_config = zonalShiftConfig or cluster.zonal_shift_config
    cluster.deletion_protection = deletionProtection
    plane = PLANES[0].take(name, cluster.identity["oidc"]["issuer"]) if PLANES else None
    if plane is None:
        raise Refused("ResourceLimitExceededException", "There are as many clusters as the sandbox can make.")
    cluster.resources_vpc_config = {
        "subnetIds": subnets,
        "securityGroupIds": groups,
        "clusterSecurityGroupId": checks.made_security_group(region, vpc, name),
        "vpcId": vpc,
        "endpointPublicAccess": resourcesVpcConfig.get("endpointPublicAccess", True),
        "endpointPrivateAccess": resourcesVpcConfig.get("endpointPrivateAccess", False),
        "publicAccessCidrs": resourcesVpcConfig.get("publicAccessCidrs") or ["0.0.0.0/0"],
    }
    state = cluster.sandbox_state = State(plane.access, plane=plane)
    if wanted.get("bootstrapClusterCreatorAdminPermissions", True):
        creator = access.entry(cluster.arn, caller.canonical_arn)
        creator.associate(POLICY_ARN + "AmazonEKSClusterAdminPolicy", {"type": "cluster", "namespaces": []})
        state.access.entries[creator.principal] = creator
        state.access.changed()

    def done(course: Course) -> None:
        if plane.state == "failed":
            course = Course("", code="InternalFailure", message=plane.error)
        cluster.status = "FAILED" if course.code else "ACTIVE"
        if course.code:
            cluster.health["issues"].append(course.issue(name))
        else:
            cluster.endpoint = plane.endpoint
            cluster.certificate_authority = {"data": plane.authority()}

    cluster.status, cluster.endpoint, cluster.certificate_authority = "CREATING", None, None
    state.begin(ITSELF, "eks:CreateCluster", (name,), done, lambda _: plane.is_usable() or plane.state == "failed")
    every[name] = cluster
    return {"cluster": shown(cluster)}


def network_config(given: dict) -> dict:
    family = given.get("ipFamily", "ipv4")
    if family not in ("ipv4", "ipv6") or (family == "ipv6" and "serviceIpv4Cidr" in given):
        raise invalid("The ipFamily is ipv4 or ipv6, and serviceIpv4Cidr goes with ipv4 only.")
    services = {"serviceIpv4Cidr": given.get("serviceIpv4Cidr", "172.20.0.0/16")}
    if family == "ipv6":
        services = {"serviceIpv6Cidr": "fd30:1c53:5f8a::/108"}
    return {"ipFamily": family, **services, "elasticLoadBalancing": {"enabled": False}}


def enabled_logs(before: dict, change: dict) -> dict:
    on = {kind for setup in before.get("clusterLogging", []) if setup["enabled"] for kind in setup["types"]}
    for setup in change.get("clusterLogging", []):
        on = on | set(setup.get("types", [])) if setup.get("enabled") else on - set(setup.get("types", []))
    split = [(True, [kind for kind in LOGS if kind in on]), (False, [kind for kind in LOGS if kind not in on])]
    return {"clusterLogging": [{"types": types, "enabled": enabled} for enabled, types in split if types]}


def shown(cluster: Cluster) -> dict:
    about = {
        "name": cluster.name,
        "arn": cluster.arn,
        "createdAt": cluster.created_at,
        "version": cluster.version,
        "platformVersion": cluster.platformVersion,
        "roleArn": cluster.role_arn,
        "resourcesVpcConfig": cluster.resources_vpc_config,
        "kubernetesNetworkConfig": cluster.kubernetes_network_config,
        "logging": cluster.logging,
        "identity": cluster.identity,
        "status": cluster.status,
        "endpoint": cluster.endpoint,
        "certificateAuthority": cluster.certificate_authority,
        "clientRequestToken": cluster.client_request_token,
        "tags": cluster.tags,
        "encryptionConfig": cluster.encryption_config,
        "health": cluster.health,
        "accessConfig": cluster.access_config,
        "upgradePolicy": cluster.upgrade_policy,
        "zonalShiftConfig": cluster.zonal_shift_config,
        "computeConfig": cluster.compute_config,
        "storageConfig": cluster.storage_config,
        "remoteNetworkConfig": cluster.remote_network_config,
        "controlPlaneScalingConfig": cluster.control_plane_scaling_config,
        "deletionProtection": cluster.deletion_protection,
    }
    return {name: value for name, value in about.items() if value is not None}


@handles
def describe_cluster(region: str, name: str) -> dict:
    return {"cluster": shown(cluster_named(region, name))}


@handles
def delete_cluster(region: str, name: str) -> dict:
    cluster = cluster_named(region, name)
    state = state_of(cluster)
    if cluster.deletion_protection:
        raise Refused("InvalidRequestException", f"Cluster {name} has deletion protection enabled.")
    if cluster.nodegroups:
        raise in_use("Cluster has nodegroups attached")
    if cluster.fargate_profiles:
        raise in_use("Cluster has Fargate profiles attached")
    if state.is_busy(ITSELF):
        raise in_use(f"Cannot delete because cluster {name} currently has an update in progress")

    def ready(course: Course) -> bool:
        """Its processes are gone."""
        if course.code or not state.plane:
            return True
        PLANES[0].release(state.plane)
        return state.plane.state == "free"

    def done(course: Course) -> None:
        if course.code:
            cluster.status = "FAILED"
            cluster.health["issues"].append(course.issue(name))
            return
        eks_backends[ACCOUNT][region].clusters.pop(name, None)
        checks.delete_security_group(region, cluster.resources_vpc_config.get("clusterSecurityGroupId"))

    cluster.status = "DELETING"
    state.begin(ITSELF, "eks:DeleteCluster", (name,), done, ready)
    return {"cluster": shown(cluster)}


def forget_made(planes: Planes) -> None:
    """Whatever their state and whatever is in them; for tests that begin or end."""
    with LOCK:
        for backend in list(eks_backends[ACCOUNT].values()):
            for name in [name for name, cluster in backend.clusters.items() if state_of(cluster).plane]:
                del backend.clusters[name]
        planes.release_all()
    planes.wait_until_free()


# What is changed, where it is kept, how EKS calls the update. Auto mode is one change with three members.
CHANGES = {
    "resourcesVpcConfig": ("resources_vpc_config", "VpcConfigUpdate"),
    "logging": ("logging", "LoggingUpdate"),
    "accessConfig": ("access_config", "AccessConfigUpdate"),
    "upgradePolicy": ("upgrade_policy", "UpgradePolicyUpdate"),
    "zonalShiftConfig": ("zonal_shift_config", "ZonalShiftConfigUpdate"),
    "computeConfig": ("compute_config", "AutoModeUpdate"),
    "kubernetesNetworkConfig": ("kubernetes_network_config", "AutoModeUpdate"),
    "storageConfig": ("storage_config", "AutoModeUpdate"),
    "remoteNetworkConfig": ("remote_network_config", "RemoteNetworkConfigUpdate"),
    "deletionProtection": ("deletion_protection", "DeletionProtectionUpdate"),
    "controlPlaneScalingConfig": ("control_plane_scaling_config", "ControlPlaneScalingConfigUpdate"),
}


@handles
def update_cluster_config(region: str, name: str, clientRequestToken: str | None = None, **given) -> dict:
    cluster = cluster_named(region, name)
    changes = {CHANGES[member][0]: value for member, value in given.items() if member in CHANGES}
    kinds = {CHANGES[member][1] for member in given if member in CHANGES}
    if len(kinds) != 1:
        raise invalid("Exactly one type of update is allowed at a time.")
    kind = kinds.pop()
    if "resourcesVpcConfig" in given and not {"subnetIds", "securityGroupIds"} & given["resourcesVpcConfig"].keys():
        kind = "EndpointAccessUpdate"
    after = {member: changed(getattr(cluster, member), member, value) for member, value in changes.items()}
    if all(getattr(cluster, member) == value for member, value in after.items()):
        raise invalid("Cluster is already at the desired configuration")
    vpc = after.get("resources_vpc_config")
    if vpc:
        checks.subnets(region, vpc["subnetIds"], 2, cluster.kubernetes_network_config["ipFamily"])
        checks.security_groups(region, vpc["securityGroupIds"])
    return begin_update(cluster, "eks:UpdateClusterConfig", kind, parameters(changes), after)


def changed(before: object, member: str, change: object) -> object:
    if member == "logging":
        return enabled_logs(before, change)
    return {**(before or {}), **change} if isinstance(change, dict) else change


def parameters(changes: dict) -> dict:
    """As DescribeUpdate tells them: names begin with a capital letter, values are text."""
    names = {
        "deletion_protection": "DeletionProtection",
        "logging": "ClusterLogging",
        "upgrade_policy": "UpgradePolicy",
        "zonal_shift_config": "ZonalShiftConfig",
        "compute_config": "ComputeConfig",
        "storage_config": "StorageConfig",
        "kubernetes_network_config": "KubernetesNetworkConfig",
        "remote_network_config": "RemoteNetworkConfig",
        "control_plane_scaling_config": "UpdatedTier",
    }
    short = {"subnetIds": "Subnets", "securityGroupIds": "SecurityGroups"}
    told = {}
    for member, value in changes.items():
        if member in ("resources_vpc_config", "access_config"):
            told |= {short.get(name, name[0].upper() + name[1:]): value[name] for name in value}
        else:
            told[names[member]] = value
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}


@handles
def update_cluster_version(
    region: str, name: str, version: str, clientRequestToken: str | None = None, force: bool = False, **_ignored
) -> dict:
    cluster = cluster_named(region, name)
    checks.version(version)
    minor, wanted = (int(text.split(".")[1]) for text in (cluster.version, version))
    if wanted != minor + 1:
        raise invalid(f"Unsupported Kubernetes minor version update from {cluster.version} to {version}")
    platform = versions.VERSIONS[version][1]
    after = {"version": version, "platformVersion": platform}
    params = {"Version": version, "PlatformVersion": platform}
    return begin_update(cluster, "eks:UpdateClusterVersion", "VersionUpdate", params, after)


def begin_update(cluster: Cluster, operation: str, kind: str, params: dict, after: dict) -> dict:
    state = state_of(cluster)
    if state.is_busy(ITSELF) or cluster.status != "ACTIVE":
        raise in_use(f"Cannot {kind} because cluster {cluster.name} currently has an update in progress")

    def done(well: bool) -> None:
        cluster.status = "ACTIVE"
        if well:
            vars(cluster).update(after)

    cluster.status = "UPDATING"
    return {"update": state.begin_update(ITSELF, operation, (cluster.name,), kind, params, done)}


@handles
def list_clusters(region: str, include: list | None = None, **paging) -> dict:
    return page("clusters", sorted(eks_backends[ACCOUNT][region].clusters), **paging)


@handles
def describe_cluster_versions(
    region: str,
    clusterVersions: list | None = None,
    defaultOnly: bool = False,
    includeAll: bool = False,
    versionStatus: str | None = None,
    status: str | None = None,
    clusterType: str = "eks",
    **paging,
) -> dict:
    wanted = [
        version
        for version in versions.cluster_versions(time.time())
        if (version["clusterVersion"] in clusterVersions if clusterVersions else True)
        and (version["defaultVersion"] or not defaultOnly)
        and (version["versionStatus"] != "UNSUPPORTED" or includeAll or clusterVersions or versionStatus or status)
        and versionStatus in (None, version["versionStatus"])
        and status in (None, version["status"])
        and clusterType == "eks"
    ]
    return page("clusterVersions", wanted, **paging)
