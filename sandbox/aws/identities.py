"""Users and roles in moto's IAM: creates the simulated ones, finds whoever signed a request."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone

from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from .accounts import ACCOUNT, ADMIN, ALLOW_ALL, REGION, ROLES, SERVICE_ROLES, USERS
from .sigv4 import Rejected


@dataclass
class Caller:
    """Whoever signed a request."""

    secret: str
    arn: str
    user_id: str
    statements: list  # of the IAM policies that apply

    @property
    def canonical_arn(self) -> str:
        """As the authenticator does: the session of a role counts as the role."""
        prefix, _, resource = self.arn.rpartition(":")
        if resource.startswith("assumed-role/"):
            role = "/".join(resource.split("/")[1:-1])
            return f"{prefix.replace(':sts:', ':iam:')}:role/{role}"
        return self.arn


def seed() -> None:
    iam = iam_backends[ACCOUNT]["aws"]
    for user in USERS:
        iam.create_user(REGION, user.name).id = user.user_id
        key = iam.create_access_key(user.name)
        key.access_key_id, key.secret_access_key = user.access_key, user.secret
        iam.put_user_policy(user.name, "sandbox", policy(user.statements))
    for role in ROLES:
        trust = {"Effect": "Allow", "Principal": {"AWS": ADMIN.arn}, "Action": "sts:AssumeRole"}
        if role.external_id:
            trust["Condition"] = {"StringEquals": {"sts:ExternalId": role.external_id}}
        create_role(iam, role.name, trust)
        iam.put_role_policy(role.name, "sandbox", policy(ALLOW_ALL))
    for name, service in SERVICE_ROLES.items():
        create_role(iam, name, {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


def create_role(iam: IAMBackend, name: str, trust: dict) -> None:
    iam.create_role(
        role_name=name,
        assume_role_policy_document=policy([trust]),
        path="/",
        permissions_boundary=None,
        description="",
        tags=[],
        max_session_duration="3600",
    )


def policy(statements: list) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def lookup(access_key: str, session_token: str | None) -> Caller:
    """Find the secret of an access key, also of users and roles that a test made through the API."""
    unknown = Rejected("unknown", "The security token included in the request is invalid.")
    iam = iam_backends[ACCOUNT]["aws"]
    for session in sts_backends[ACCOUNT]["aws"].assumed_roles:
        if session.access_key_id != access_key:
            continue
        if session_token != session.session_token:
            raise unknown
        if session.expiration.replace(tzinfo=timezone.utc) < datetime.now(timezone.utc):
            raise Rejected("token_expired", "The security token included in the request is expired")
        role = iam.get_role_by_arn(session.role_arn)
        documents = [*role.policies.values(), *map(default_version, role.managed_policies.values())]
        return Caller(session.secret_access_key, session.arn, session.user_id, statements_of(documents))
    for user in list(iam.users.values()):
        for key in user.access_keys:
            if key.access_key_id == access_key and key.status == "Active" and not session_token:
                documents = [*user.policies.values(), *map(default_version, user.managed_policies.values())]
                return Caller(key.secret_access_key, user.arn, user.id, statements_of(documents))
    raise unknown


def default_version(managed) -> str:
    return next(version.document for version in managed.versions if version.is_default)


def statements_of(documents: list) -> list:
    found: list = []
    for document in documents:
        parsed = json.loads(document) if isinstance(document, str) else document
        statements = parsed["Statement"]
        found += statements if isinstance(statements, list) else [statements]
    return found
