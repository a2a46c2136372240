"""Add-ons: what EKS says of them. Nothing of them runs in a cluster."""

from __future__ import annotations

import json
import time
import uuid

from .. import versions
from . import associations, checks
from .service import cluster_named, found, handles, in_use, invalid, page, state_of, working_cluster
from .state import Course


@handles
def list_addons(region: str, clusterName: str, **paging) -> dict:
    return page("addons", sorted(state_of(cluster_named(region, clusterName)).addons), **paging)


@handles
def describe_addon(region: str, clusterName: str, addonName: str) -> dict:
    addons = state_of(cluster_named(region, clusterName)).addons
    return {"addon": found(addons, addonName, f"No addon: {addonName} found in cluster: {clusterName}")}


@handles
def describe_addon_versions(
    region: str,
    addonName: str | None = None,
    kubernetesVersion: str | None = None,
    types: list | None = None,
    publishers: list | None = None,
    owners: list | None = None,
    **paging,
) -> dict:
    wanted = [
        addon
        for addon in versions.addon_versions(kubernetesVersion)
        if addonName in (None, addon["addonName"])
        and (types is None or addon["type"] in types)
        and (publishers is None or addon["publisher"] in publishers)
        and (owners is None or addon["owner"] in owners)
    ]
    return page("addons", wanted, **paging)


@handles
def create_addon(
    region: str,
    clusterName: str,
    addonName: str,
    addonVersion: str | None = None,
    serviceAccountRoleArn: str | None = None,
    resolveConflicts: str = "NONE",
    clientRequestToken: str | None = None,
    tags: dict | None = None,
    configurationValues: str | None = None,
    podIdentityAssociations: list | None = None,
    namespaceConfig: dict | None = None,
) -> dict:
    cluster = working_cluster(region, clusterName)
    state = state_of(cluster)
    if addonName in state.addons:
        raise in_use("Addon already exists.")
    addonVersion = addonVersion or default_version(cluster.version, addonName)
    check(cluster.version, addonName, addonVersion, configurationValues, serviceAccountRoleArn)
    arn = f"{cluster.arn.replace(':cluster/', ':addon/')}/{addonName}/{uuid.uuid4()}"
    addon = {
        "addonName": addonName,
        "clusterName": clusterName,
        "status": "CREATING",
        "addonVersion": addonVersion,
        "health": {"issues": []},
        "addonArn": arn,
        "createdAt": time.time(),
        "modifiedAt": time.time(),
        "tags": dict(tags or {}),
        "publisher": "eks",
        "owner": "aws",
        "namespaceConfig": namespaceConfig or {"namespace": "kube-system"},
        "podIdentityAssociations": [
            associations.make(cluster, addon_namespace(namespaceConfig), about["serviceAccount"], about["roleArn"], arn)
            for about in podIdentityAssociations or []
        ],
    }
    if configurationValues:
        addon["configurationValues"] = configurationValues
    if serviceAccountRoleArn:
        addon["serviceAccountRoleArn"] = serviceAccountRoleArn

    def done(course: Course) -> None:
        addon["status"] = "CREATE_FAILED" if course.code else "ACTIVE"
        if course.code:
            addon["health"]["issues"].append(course.issue(addonName))

    state.addons[addonName] = addon
    state.begin((None, addonName), "eks:CreateAddon", (clusterName, addonName), done)
    return {"addon": dict(addon)}


def addon_namespace(config: dict | None) -> str:
    return (config or {}).get("namespace", "kube-system")


def releases(kubernetes: str, name: str) -> list[dict]:
    for addon in versions.addon_versions(kubernetes):
        if addon["addonName"] == name:
            return addon["addonVersions"]
    raise invalid(f"Addon {name} specified is not supported in {kubernetes} kubernetes version")


def default_version(kubernetes: str, name: str) -> str:
    return next(r["addonVersion"] for r in releases(kubernetes, name) if r["compatibilities"][0]["defaultVersion"])


def check(kubernetes: str, name: str, version: str, configuration: str | None, role: str | None) -> None:
    if version not in [release["addonVersion"] for release in releases(kubernetes, name)]:
        raise invalid(f"Addon version specified is not supported: {version} of {name} with Kubernetes {kubernetes}")
    if role:
        checks.role(role)
    try:
        if not isinstance(json.loads(configuration or "{}"), dict):
            raise ValueError
    except ValueError:
        raise invalid("ConfigurationValue provided in request is not supported: it is no JSON object") from None


def addon_named(region: str, cluster_name: str, name: str) -> tuple:
    cluster = cluster_named(region, cluster_name)
    return cluster, found(state_of(cluster).addons, name, f"No addon: {name} found in cluster: {cluster_name}")


@handles
def update_addon(
    region: str,
    clusterName: str,
    addonName: str,
    addonVersion: str | None = None,
    serviceAccountRoleArn: str | None = None,
    resolveConflicts: str | None = None,
    clientRequestToken: str | None = None,
    configurationValues: str | None = None,
    podIdentityAssociations: list | None = None,
) -> dict:
    cluster, addon = addon_named(region, clusterName, addonName)
    state, target = state_of(cluster), (None, addonName)
    if state.is_busy(target):
        raise in_use(f"Addon {addonName} is currently being created, updated or deleted")
    after = {"addonVersion": addonVersion or addon["addonVersion"]}
    check(cluster.version, addonName, after["addonVersion"], configurationValues, serviceAccountRoleArn)
    params = {"AddonVersion": after["addonVersion"], "ResolveConflicts": resolveConflicts or "NONE"}
    if configurationValues is not None:
        after["configurationValues"] = params["ConfigurationValues"] = configurationValues
    if serviceAccountRoleArn is not None:
        after["serviceAccountRoleArn"] = params["ServiceAccountRoleArn"] = serviceAccountRoleArn
    before = addon["status"]

    def done(well: bool) -> None:
        addon["status"] = "UPDATE_FAILED" if not well else "DEGRADED" if before == "DEGRADED" else "ACTIVE"
        if well:
            addon.update(after, modifiedAt=time.time())
            if podIdentityAssociations is not None:
                associations.forget(cluster, addon["podIdentityAssociations"])
                addon["podIdentityAssociations"] = [
                    associations.make(cluster, addon_namespace(addon["namespaceConfig"]), about["serviceAccount"],
                                      about["roleArn"], addon["addonArn"])
                    for about in podIdentityAssociations
                ]  # fmt: skip

    addon["status"] = "UPDATING"
    update = state.begin_update(target, "eks:UpdateAddon", (clusterName, addonName), "AddonUpdate", params, done)
    return {"update": update}


@handles
def delete_addon(region: str, clusterName: str, addonName: str, preserve: bool = False) -> dict:
    cluster, addon = addon_named(region, clusterName, addonName)
    state = state_of(cluster)
    if addon["status"] == "DELETING":
        return {"addon": dict(addon)}

    def done(course: Course) -> None:
        if course.code:
            addon["status"] = "DELETE_FAILED"
            addon["health"]["issues"].append(course.issue(addonName))
        else:
            state.addons.pop(addonName, None)
            associations.forget(cluster, addon["podIdentityAssociations"])

    addon["status"] = "DELETING"
    state.begin((None, addonName), "eks:DeleteAddon", (clusterName, addonName), done)
    return {"addon": dict(addon)}
