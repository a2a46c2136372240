"""Managed node groups. No machine is behind them: they have sizes and versions, and a cluster that was made gets nodes
that stand still (../nodes.py). Fargate profiles are moto's, but for their list."""

from __future__ import annotations

import time
from datetime import datetime, timezone

from moto.eks.models import Cluster, Nodegroup

from .. import versions
from ..accounts import ACCOUNT
from . import checks, entries
from .service import Refused, cluster_named, found, handles, in_use, invalid, page, state_of, working_cluster
from .state import Course

ON_ITS_OWN = {"minSize": 1, "maxSize": 2, "desiredSize": 2}


@handles
def list_nodegroups(region: str, clusterName: str, **paging) -> dict:
    return page("nodegroups", sorted(cluster_named(region, clusterName).nodegroups), **paging)


@handles
def list_fargate_profiles(region: str, clusterName: str, **paging) -> dict:
    return page("fargateProfileNames", sorted(cluster_named(region, clusterName).fargate_profiles), **paging)


@handles
def create_nodegroup(
    region: str,
    clusterName: str,
    nodegroupName: str,
    subnets: list,
    nodeRole: str,
    scalingConfig: dict | None = None,
    diskSize: int | None = None,
    instanceTypes: list | None = None,
    amiType: str | None = None,
    remoteAccess: dict | None = None,
    labels: dict | None = None,
    taints: list | None = None,
    tags: dict | None = None,
    clientRequestToken: str | None = None,
    launchTemplate: dict | None = None,
    updateConfig: dict | None = None,
    nodeRepairConfig: dict | None = None,
    capacityType: str = "ON_DEMAND",
    version: str | None = None,
    releaseVersion: str | None = None,
    **_ignored,
) -> dict:
    cluster = working_cluster(region, clusterName)
    if nodegroupName in cluster.nodegroups:
        if clientRequestToken and cluster.nodegroups[nodegroupName].client_request_token == clientRequestToken:
            return {"nodegroup": shown(cluster.nodegroups[nodegroupName])}  # the same request once more
        raise in_use(f"NodeGroup already exists with name {nodegroupName} and cluster name {clusterName}")
    checks.name("Nodegroup", nodegroupName, 63)
    checks.role(nodeRole)
    checks.subnets(region, subnets)
    version = version or cluster.version
    check_version(cluster, version)
    size = {**ON_ITS_OWN, **(scalingConfig or {})}
    checks.scaling(size)
    ami = amiType or "AL2023_x86_64_STANDARD"
    checks.instance_types(instanceTypes or [], ami)
    if launchTemplate:
        if diskSize:
            raise invalid("Disk size must be specified within the launch template.")
        if remoteAccess:
            raise invalid("Remote access configuration cannot be specified with a launch template.")
        launchTemplate = checks.launch_template(region, launchTemplate)
    group = Nodegroup(
        clusterName, nodeRole, nodegroupName, subnets, ACCOUNT, region, "aws", size, diskSize or 20, instanceTypes, ami,
        remoteAccess, dict(labels or {}), taints, dict(tags or {}), clientRequestToken, launchTemplate, capacityType,
        version, releaseVersion or release(version), updateConfig or {"maxUnavailable": 1}, nodeRepairConfig,
    )  # fmt: skip
    # moto invents a key for remote access, and has one health for all.
    group.remote_access = remoteAccess
    group.disk_size = None if launchTemplate else group.disk_size
    group.instance_types = instanceTypes or (None if launchTemplate else ["t3.medium"])
    group.health = {"issues": []}
    group.resources = {"autoScalingGroups": [{"name": f"eks-{nodegroupName}-{group.uuid}"}]}
    entries.add_for_nodes(cluster, nodeRole)

    def done(course: Course) -> None:
        group.status = "CREATE_FAILED" if course.code else "ACTIVE"
        if course.code:
            group.health["issues"].append(course.issue(nodegroupName))

    group.status = "CREATING"
    state_of(cluster).begin((nodegroupName, None), "eks:CreateNodegroup", (clusterName, nodegroupName), done)
    cluster.nodegroups[nodegroupName] = group
    return {"nodegroup": shown(group)}


def release(version: str) -> str:
    return f"{versions.VERSIONS[version][0]}-20261101"


def check_version(cluster: Cluster, version: str) -> None:
    checks.version(version)
    minor, most = (int(text.split(".")[1]) for text in (version, cluster.version))
    if minor > most:
        message = f"Nodegroup version {version} must not be higher than the cluster's, {cluster.version}"
        raise Refused("InvalidRequestException", message)


def group_named(region: str, cluster_name: str, name: str) -> tuple[Cluster, Nodegroup]:
    cluster = cluster_named(region, cluster_name)
    return cluster, found(cluster.nodegroups, name, f"No node group found for name: {name}.")


def shown(group: Nodegroup) -> dict:
    about = {
        "nodegroupName": group.nodegroup_name,
        "nodegroupArn": group.arn,
        "clusterName": group.cluster_name,
        "version": group.version,
        "releaseVersion": group.release_version,
        "createdAt": group.created_at,
        "modifiedAt": group.modified_at,
        "status": group.status,
        "capacityType": group.capacity_type,
        "scalingConfig": group.scaling_config,
        "instanceTypes": group.instance_types,
        "subnets": group.subnets,
        "remoteAccess": group.remote_access,
        "amiType": group.ami_type,
        "nodeRole": group.node_role,
        "labels": group.labels,
        "taints": group.taints or None,
        "resources": group.resources,
        "diskSize": group.disk_size,
        "health": group.health,
        "updateConfig": group.update_config,
        "nodeRepairConfig": group.node_repair_config,
        "launchTemplate": group.launch_template,
        "tags": group.tags,
    }
    return {name: value for name, value in about.items() if value is not None}


@handles
def describe_nodegroup(region: str, clusterName: str, nodegroupName: str) -> dict:
    return {"nodegroup": shown(group_named(region, clusterName, nodegroupName)[1])}


@handles
def delete_nodegroup(region: str, clusterName: str, nodegroupName: str) -> dict:
    cluster, group = group_named(region, clusterName, nodegroupName)
    state, target = state_of(cluster), (nodegroupName, None)
    if group.status == "DELETING":
        return {"nodegroup": shown(group)}
    if state.is_busy(target):
        raise in_use(f"Nodegroup {nodegroupName} cannot be deleted because it is currently being created or updated")

    def done(course: Course) -> None:
        if course.code:
            group.status = "DELETE_FAILED"
            group.health["issues"].append(course.issue(nodegroupName))
        else:
            cluster.nodegroups.pop(nodegroupName, None)

    group.status = "DELETING"
    state.begin(target, "eks:DeleteNodegroup", (clusterName, nodegroupName), done)
    return {"nodegroup": shown(group)}


@handles
def update_nodegroup_config(
    region: str,
    clusterName: str,
    nodegroupName: str,
    labels: dict | None = None,
    taints: dict | None = None,
    scalingConfig: dict | None = None,
    updateConfig: dict | None = None,
    nodeRepairConfig: dict | None = None,
    **_ignored,
) -> dict:
    cluster, group = group_named(region, clusterName, nodegroupName)
    after, params = {}, {}
    if scalingConfig is not None:
        after["scaling_config"] = {**group.scaling_config, **scalingConfig}
        checks.scaling(after["scaling_config"])
        params |= {name[0].upper() + name[1:]: str(size) for name, size in scalingConfig.items()}
    if labels:
        added, gone = labels.get("addOrUpdateLabels", {}), labels.get("removeLabels", [])
        after["labels"] = {k: v for k, v in {**group.labels, **added}.items() if k not in gone}
        params |= {"LabelsToAdd": str(added), "LabelsToRemove": str(gone)}
    if taints:
        added, gone = taints.get("addOrUpdateTaints", []), taints.get("removeTaints", [])
        replaced = [(t["key"], t["effect"]) for t in (*added, *gone)]
        after["taints"] = [t for t in group.taints or [] if (t["key"], t["effect"]) not in replaced] + added
        params |= {"TaintsToAdd": str(added), "TaintsToRemove": str(gone)}
    if updateConfig:
        after["update_config"] = updateConfig
        params |= {name[0].upper() + name[1:]: str(value) for name, value in updateConfig.items()}
    if nodeRepairConfig:
        after["node_repair_config"] = nodeRepairConfig
        params["NodeRepairConfig"] = str(nodeRepairConfig)
    return begin_update(cluster, group, "eks:UpdateNodegroupConfig", "ConfigUpdate", params, after)


@handles
def update_nodegroup_version(
    region: str,
    clusterName: str,
    nodegroupName: str,
    version: str | None = None,
    releaseVersion: str | None = None,
    launchTemplate: dict | None = None,
    force: bool = False,
    **_ignored,
) -> dict:
    cluster, group = group_named(region, clusterName, nodegroupName)
    version = version or group.version
    check_version(cluster, version)
    if int(version.split(".")[1]) < int(group.version.split(".")[1]):
        raise invalid(f"Nodegroup version can't be downgraded from {group.version} to {version}")
    after = {"version": version, "release_version": releaseVersion or release(version)}
    params = {"Version": version, "ReleaseVersion": after["release_version"]}
    if launchTemplate:
        if not group.launch_template:
            raise invalid("A launch template cannot be given to a node group that was made without one.")
        after["launch_template"] = checks.launch_template(region, launchTemplate)
        params |= {"LaunchTemplateName": after["launch_template"]["name"],
                   "LaunchTemplateVersion": after["launch_template"]["version"]}  # fmt: skip
    return begin_update(cluster, group, "eks:UpdateNodegroupVersion", "VersionUpdate", params, after)


def begin_update(cluster: Cluster, group: Nodegroup, operation: str, kind: str, params: dict, after: dict) -> dict:
    state, name = state_of(cluster), group.nodegroup_name
    if state.is_busy((name, None)):
        raise in_use(f"Nodegroup {name} is currently being created, updated or deleted")
    status = "DEGRADED" if group.status == "DEGRADED" else "ACTIVE"

    def done(well: bool) -> None:
        group.status = status
        if well:
            vars(group).update(after)
            group.modified_at = datetime.fromtimestamp(time.time(), timezone.utc)

    group.status = "UPDATING"
    update = state.begin_update((name, None), operation, (cluster.name, name), kind, params, done)
    return {"update": update}
