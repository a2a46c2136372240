"""The operations of EKS that moto lacks or does only by half. What is not here goes to moto."""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from urllib.parse import parse_qs

import botocore.loaders
import botocore.model
import botocore.validate
from moto.eks.models import Cluster, eks_backends
from moto.iam.models import iam_backends

from . import access, errors, versions
from .access import CLUSTER_ROLES, POLICY_ARN, Access, Entry
from .accounts import ACCOUNT
from .errors import Answer
from .operations import Operation
from .sigv4 import Request

NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "EC2")
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
STATUS = {"ResourceNotFoundException": 404, "NotFoundException": 404, "ResourceInUseException": 409}
NO_ENTRY = (
    "The specified principalArn could not be found. You can view your available access entries with "
    "'list-access-entries'."
)


class Refused(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


class State:
    """What a cluster has beside moto's nodegroups and Fargate profiles; objects as AWS shows them."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self.addons: dict[str, dict] = {}
        self.insights: dict[str, dict] = {}
        self.associations: dict[str, dict] = {}
        self.updates: list[tuple[tuple, dict]] = []  # (nodegroup or None, add-on or None), update


def state_of(cluster: Cluster) -> State:
    """Kept with moto's object, so that a cluster that is deleted and made again starts afresh."""
    return vars(cluster).setdefault("sandbox_state", State(Access()))


def answer(operation: Operation, request: Request) -> Answer | None:
    handler = HANDLERS.get(operation.name)
    if handler is None:
        return None
    try:
        body = handler(operation.region, **arguments(operation, request))
    except Refused as refused:
        return errors.error(STATUS.get(refused.code, 400), refused.code, refused.message, "eks")
    headers = {"x-amzn-RequestId": errors.request_id()}
    return Answer(200, json.dumps(body, default=epoch).encode(), "application/json", headers)


def epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(repr(value))


@cache
def model() -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("eks", "service-2"))


def arguments(operation: Operation, request: Request) -> dict:
    """Path labels, query and body as botocore's model of the operation names them, checked against it."""
    shape = model().operation_model(operation.name).input_shape
    query = parse_qs(request.query, keep_blank_values=True)
    try:
        body = json.loads(request.body or b"{}")
        found = {}
        for member, about in shape.members.items():
            location, name = about.serialization.get("location"), about.serialization.get("name", member)
            if location == "uri":
                found[member] = operation.parameters[name]
            elif location == "querystring" and name in query:
                found[member] = from_text(about.type_name, query[name])
            elif location is None and body.get(name) is not None:
                found[member] = body[name]
    except (ValueError, AttributeError):
        raise Refused("InvalidParameterException", "The request cannot be read.") from None
    report = botocore.validate.ParamValidator().validate(found, shape)
    if report.has_errors():
        raise Refused("InvalidParameterException", report.generate_report())
    return found


def from_text(kind: str, values: list[str]):
    if kind == "list":
        return values
    if kind == "boolean":
        return values[0] == "true"
    return int(values[0]) if kind == "integer" else values[0]


def page(name: str, items: Iterable, maxResults: int = 100, nextToken: str = "") -> dict:
    items = list(items)
    if not 1 <= maxResults <= 100:
        raise Refused("InvalidParameterException", "maxResults must be between 1 and 100.")
    try:
        start = int(base64.b64decode(nextToken, validate=True).removeprefix(b"page:")) if nextToken else 0
    except (ValueError, binascii.Error):
        raise Refused("InvalidParameterException", "The nextToken is invalid.") from None
    end = start + maxResults
    more = base64.b64encode(f"page:{end}".encode()).decode() if end < len(items) else None
    return {name: items[start:end], "nextToken": more}


HANDLERS: dict[str, Callable] = {}


def handles(function: Callable) -> Callable:
    """list_addons answers ListAddons."""
    HANDLERS[function.__name__.title().replace("_", "")] = function
    return function


def cluster_named(region: str, name: str) -> Cluster:
    cluster = eks_backends[ACCOUNT][region].clusters.get(name)
    if cluster is None:
        raise Refused("ResourceNotFoundException", f"No cluster found for name: {name}.")
    return cluster


def found(things: dict, key: str, message: str):
    if key not in things:
        raise Refused("ResourceNotFoundException", message)
    return things[key]


# Clusters, their versions, what moto has but lists without paging or checks


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


@handles
def list_nodegroups(region: str, clusterName: str, **paging) -> dict:
    return page("nodegroups", sorted(cluster_named(region, clusterName).nodegroups), **paging)


@handles
def list_fargate_profiles(region: str, clusterName: str, **paging) -> dict:
    return page("fargateProfileNames", sorted(cluster_named(region, clusterName).fargate_profiles), **paging)


# Access entries


@handles
def list_access_entries(region: str, clusterName: str, associatedPolicyArn: str | None = None, **paging) -> dict:
    entries = access_of(region, clusterName).entries.values()
    wanted = [e.principal for e in entries if associatedPolicyArn is None or associatedPolicyArn in e.policies]
    return page("accessEntries", sorted(wanted), **paging)


@handles
def describe_access_entry(region: str, clusterName: str, principalArn: str) -> dict:
    return shown(clusterName, entry_of(region, clusterName, principalArn))


@handles
def create_access_entry(
    region: str,
    clusterName: str,
    principalArn: str,
    kubernetesGroups: list | None = None,
    username: str | None = None,
    type: str = "STANDARD",
    tags: dict | None = None,
    clientRequestToken: str | None = None,
) -> dict:
    entries = access_of(region, clusterName)
    check_principal(principalArn)
    check_names(username, kubernetesGroups)
    if type not in ("STANDARD", *NODE_TYPES):
        raise Refused("InvalidParameterException", f"The access entry type {type} is invalid.")
    groups = list(kubernetesGroups or [])
    if type != "STANDARD":
        if groups or username:
            raise Refused("InvalidRequestException", f"Groups and username cannot be set for the type {type}.")
        groups, username = ["system:nodes"], "system:node:{{EC2PrivateDNSName}}"
    with entries.lock:
        existing = entries.entries.get(principalArn)
        if existing and clientRequestToken and existing.request_token == clientRequestToken:
            return shown(clusterName, existing)  # the same request once more
        if existing:
            raise Refused(
                "ResourceInUseException", "The specified access entry resource is already in use on this cluster."
            )
        cluster_arn = cluster_named(region, clusterName).arn
        made = access.entry(cluster_arn, principalArn, username, groups=groups, type=type, tags=dict(tags or {}),
                            request_token=clientRequestToken)  # fmt: skip
        entries.entries[principalArn] = made
        entries.changed()
    return shown(clusterName, made)


@handles
def update_access_entry(
    region: str,
    clusterName: str,
    principalArn: str,
    kubernetesGroups: list | None = None,
    username: str | None = None,
    clientRequestToken: str | None = None,
) -> dict:
    entry = entry_of(region, clusterName, principalArn)
    check_names(username, kubernetesGroups)
    if kubernetesGroups is not None:
        entry.groups = list(kubernetesGroups)
    entry.username = username or entry.username
    entry.modified = time.time()
    access_of(region, clusterName).changed()
    return shown(clusterName, entry)


@handles
def delete_access_entry(region: str, clusterName: str, principalArn: str) -> dict:
    entry_of(region, clusterName, principalArn)
    entries = access_of(region, clusterName)
    with entries.lock:
        entries.entries.pop(principalArn, None)
        entries.changed()
    return {}


@handles
def associate_access_policy(
    region: str, clusterName: str, principalArn: str, policyArn: str, accessScope: dict
) -> dict:
    entry = entry_of(region, clusterName, principalArn)
    if policyArn.removeprefix(POLICY_ARN) not in CLUSTER_ROLES or not policyArn.startswith(POLICY_ARN):
        raise Refused("InvalidParameterException", f"The policyArn {policyArn} is invalid.")
    if entry.type != "STANDARD":
        raise Refused("InvalidRequestException", f"Access policies cannot be associated with the type {entry.type}.")
    kind, namespaces = accessScope.get("type"), accessScope.get("namespaces", [])
    if kind not in ("cluster", "namespace") or (kind == "namespace") != bool(namespaces):
        raise Refused("InvalidParameterException", "A scope of the type namespace, and only that, has namespaces.")
    entries = access_of(region, clusterName)
    with entries.lock:
        association = entry.associate(policyArn, {"type": kind, "namespaces": list(namespaces)})
        entries.changed()
    return {"clusterName": clusterName, "principalArn": principalArn, "associatedAccessPolicy": association}


@handles
def disassociate_access_policy(region: str, clusterName: str, principalArn: str, policyArn: str) -> dict:
    entry = entry_of(region, clusterName, principalArn)
    found(entry.policies, policyArn, "The specified policyArn is not associated with the access entry.")
    entries = access_of(region, clusterName)
    with entries.lock:
        entry.policies.pop(policyArn, None)
        entries.changed()
    return {}


@handles
def list_associated_access_policies(region: str, clusterName: str, principalArn: str, **paging) -> dict:
    entry = entry_of(region, clusterName, principalArn)
    listed = page("associatedAccessPolicies", list(entry.policies.values()), **paging)
    return {"clusterName": clusterName, "principalArn": principalArn, **listed}


@handles
def list_access_policies(region: str, **paging) -> dict:
    return page("accessPolicies", [{"name": name, "arn": POLICY_ARN + name} for name in CLUSTER_ROLES], **paging)


def access_of(region: str, cluster_name: str) -> Access:
    cluster = cluster_named(region, cluster_name)
    if getattr(cluster, "access_config", {}).get("authenticationMode") == "CONFIG_MAP":
        raise Refused(
            "InvalidRequestException",
            "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
            "operation.",
        )
    return state_of(cluster).access


def entry_of(region: str, cluster_name: str, principal: str) -> Entry:
    return found(access_of(region, cluster_name).entries, principal, NO_ENTRY)


def shown(cluster_name: str, entry: Entry) -> dict:
    return {
        "accessEntry": {
            "clusterName": cluster_name,
            "principalArn": entry.principal,
            "kubernetesGroups": entry.groups,
            "accessEntryArn": entry.arn,
            "createdAt": entry.created,
            "modifiedAt": entry.modified,
            "tags": entry.tags,
            "username": entry.username,
            "type": entry.type,
        }
    }


def check_principal(principal: str) -> None:
    """An IAM user or role, not a session of one; in our own account it must exist."""
    match = re.fullmatch(r"arn:aws[a-z-]*:iam::(\d{12}):(user|role)/([\w+=,.@/-]+)", principal)
    invalid = Refused("InvalidParameterException", "The specified principalArn is invalid: invalid principal.")
    if match is None:
        raise invalid
    if match[1] == ACCOUNT:
        iam = iam_backends[ACCOUNT]["aws"]
        known = iam.users.values() if match[2] == "user" else iam.get_roles()
        if principal not in {identity.arn for identity in known}:
            raise invalid


def check_names(username: str | None, groups: list | None) -> None:
    if username and username.startswith(RESERVED):
        raise Refused("InvalidParameterException", f"The username {username} must not start with a reserved prefix.")
    for group in groups or []:
        if group.startswith(RESERVED):
            raise Refused(
                "InvalidParameterException",
                f"The kubernetes group name {group} is invalid, it cannot start with {group.split(':')[0]}:",
            )


# Add-ons, insights, updates, Pod Identity


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
def list_insights(region: str, clusterName: str, filter: dict | None = None, **paging) -> dict:
    insights = state_of(cluster_named(region, clusterName)).insights.values()
    short = ("id", "name", "category", "kubernetesVersion", "lastRefreshTime", "lastTransitionTime", "description",
             "insightStatus")  # fmt: skip
    wanted = [{name: insight[name] for name in short} for insight in insights if passes(insight, filter or {})]
    return page("insights", wanted, **paging)


def passes(insight: dict, wish: dict) -> bool:
    return (
        ("categories" not in wish or insight["category"] in wish["categories"])
        and ("kubernetesVersions" not in wish or insight["kubernetesVersion"] in wish["kubernetesVersions"])
        and ("statuses" not in wish or insight["insightStatus"]["status"] in wish["statuses"])
    )


@handles
def describe_insight(region: str, clusterName: str, id: str) -> dict:
    insights = state_of(cluster_named(region, clusterName)).insights
    return {"insight": found(insights, id, f"No insight found for id: {id}")}


@handles
def list_updates(region: str, name: str, nodegroupName: str | None = None, addonName: str | None = None,
                 capabilityName: str | None = None, **paging) -> dict:  # fmt: skip
    target = (nodegroupName, addonName)
    updates = state_of(cluster_named(region, name)).updates
    return page("updateIds", [update["id"] for of, update in updates if of == target], **paging)


@handles
def describe_update(region: str, name: str, updateId: str, nodegroupName: str | None = None,
                    addonName: str | None = None, capabilityName: str | None = None) -> dict:  # fmt: skip
    target = (nodegroupName, addonName)
    updates = {update["id"]: update for of, update in state_of(cluster_named(region, name)).updates if of == target}
    return {"update": found(updates, updateId, f"No update found for ID: {updateId}")}


@handles
def list_pod_identity_associations(
    region: str, clusterName: str, namespace: str | None = None, serviceAccount: str | None = None, **paging
) -> dict:
    associations = state_of(cluster_named(region, clusterName)).associations.values()
    short = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId", "ownerArn")
    wanted = [
        {name: association[name] for name in short if name in association}
        for association in associations
        if namespace in (None, association["namespace"]) and serviceAccount in (None, association["serviceAccount"])
    ]
    return page("associations", wanted, **paging)


@handles
def describe_pod_identity_association(region: str, clusterName: str, associationId: str) -> dict:
    associations = state_of(cluster_named(region, clusterName)).associations
    return {"association": found(associations, associationId, f"No association found for id: {associationId}")}


# Tags


@handles
def list_tags_for_resource(region: str, resourceArn: str) -> dict:
    return {"tags": tags_of(region, resourceArn)}


@handles
def tag_resource(region: str, resourceArn: str, tags: dict) -> dict:
    tags_of(region, resourceArn).update(tags)
    return {}


@handles
def untag_resource(region: str, resourceArn: str, tagKeys: list) -> dict:
    tags = tags_of(region, resourceArn)
    for key in tagKeys:
        tags.pop(key, None)
    return {}


def tags_of(region: str, arn: str) -> dict:
    if not re.fullmatch(r"arn:aws[a-z-]*:eks:[a-z0-9-]+:\d{12}:[a-z-]+/.+", arn):
        raise Refused("BadRequestException", f"The resource ARN is not valid: {arn}")
    for cluster in eks_backends[ACCOUNT][region].clusters.values():
        state = state_of(cluster)
        things = {cluster.arn: cluster.tags}
        things |= {group.arn: group.tags for group in cluster.nodegroups.values()}
        things |= {profile.fargate_profile_arn: profile.tags for profile in cluster.fargate_profiles.values()}
        things |= {entry.arn: entry.tags for entry in state.access.entries.values()}
        things |= {addon["addonArn"]: addon["tags"] for addon in state.addons.values()}
        things |= {association["associationArn"]: association["tags"] for association in state.associations.values()}
        if arn in things:
            return things[arn]
    raise Refused("NotFoundException", f"No resource found for ARN: {arn}")
