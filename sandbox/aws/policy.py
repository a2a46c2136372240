"""IAM's decision: identity policies for every call, the trust policy for AssumeRole."""

from __future__ import annotations

import re

from moto.iam.models import iam_backends

from .accounts import ACCOUNT
from .identities import Caller, statements_of
from .operations import Operation
from .sigv4 import Rejected

FREE = {"sts:GetCallerIdentity", "sts:GetSessionToken"}  # need no permission on AWS either


def authorize(caller: Caller, operation: Operation) -> None:
    resource = resource_of(operation)
    if operation.action not in FREE and not allowed(caller.statements, operation.action, resource):
        raise denied(caller, operation, resource)
    if operation.action == "sts:AssumeRole" and not trusted(caller, operation.parameters):
        raise denied(caller, operation, resource)


def denied(caller: Caller, operation: Operation, resource: str) -> Rejected:
    on = f" on resource: {resource}" if resource != "*" else ""
    return Rejected("denied", f"User: {caller.arn} is not authorized to perform: {operation.action}{on}")


def resource_of(operation: Operation) -> str:
    if operation.action == "sts:AssumeRole":
        return operation.parameters.get("RoleArn", "*")
    cluster = operation.parameters.get("name") or operation.parameters.get("clusterName")
    if operation.service == "eks" and cluster:
        return f"arn:aws:eks:{operation.region}:{ACCOUNT}:cluster/{cluster}"
    return "*"


def allowed(statements: list, action: str, resource: str) -> bool:
    """An explicit deny wins, without an allow nothing passes. Conditions are not read: such an allow does not count."""
    verdicts = {
        s["Effect"]
        for s in statements
        if covers(s, action, resource) and (s["Effect"] == "Deny" or "Condition" not in s)
    }
    return verdicts == {"Allow"}


def covers(statement: dict, action: str, resource: str) -> bool:
    if "NotAction" in statement:
        concerned = not matches(statement["NotAction"], action, re.IGNORECASE)
    else:
        concerned = matches(statement.get("Action", []), action, re.IGNORECASE)
    # A call without a resource of its own is checked against "*", which only "*" covers.
    return concerned and matches(statement.get("Resource", []), resource)


def matches(patterns: str | list, text: str, flags: int = 0) -> bool:
    for pattern in [patterns] if isinstance(patterns, str) else patterns:
        expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
        if re.fullmatch(expression, text, flags):
            return True
    return False


def trusted(caller: Caller, parameters: dict[str, str]) -> bool:
    """Does the role's trust policy name the caller (or the whole account), with the external id that it asks for?"""
    for role in iam_backends[ACCOUNT]["aws"].get_roles():
        if role.arn == parameters.get("RoleArn"):
            return any(trusts(s, caller, parameters) for s in statements_of([role.assume_role_policy_document]))
    return False


def trusts(statement: dict, caller: Caller, parameters: dict[str, str]) -> bool:
    principals = statement.get("Principal", {})
    named = principals.get("AWS", []) if isinstance(principals, dict) else principals
    named = [named] if isinstance(named, str) else named
    known = {caller.arn, caller.canonical_arn, f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, "*"}
    wanted = statement.get("Condition", {}).get("StringEquals", {}).get("sts:ExternalId")
    return (
        statement["Effect"] == "Allow"
        and not known.isdisjoint(named)
        and matches(statement["Action"], "sts:AssumeRole")
        and (wanted is None or wanted == parameters.get("ExternalId"))
    )
