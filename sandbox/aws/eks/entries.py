"""Access entries and the policies associated with them; what they bring about is in ../access.py."""

from __future__ import annotations

import re
import time

from moto.eks.models import Cluster
from moto.iam.models import iam_backends

from .. import access
from ..access import CLUSTER_ROLES, POLICY_ARN, Access, Entry
from ..accounts import ACCOUNT
from .service import Refused, cluster_named, found, handles, page, state_of

NODE_TYPES = ("EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "EC2")
RESERVED = ("system:", "eks:", "aws:", "amazon:", "iam:")
NO_ENTRY = (
    "The specified principalArn could not be found. You can view your available access entries with "
    "'list-access-entries'."
)


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


def add_for_nodes(cluster: Cluster, role: str) -> None:
    """EKS adds an entry for the role of a managed node group, where entries count."""
    entries = state_of(cluster).access
    if cluster.access_config["authenticationMode"] != "CONFIG_MAP" and role not in entries.entries:
        node = "system:node:{{EC2PrivateDNSName}}"
        entries.entries[role] = access.entry(cluster.arn, role, node, groups=["system:nodes"], type="EC2_LINUX")
        entries.changed()
