"""Pod Identity associations."""

from __future__ import annotations

import time
import uuid

from moto.eks.models import Cluster

from . import checks
from .service import cluster_named, found, handles, in_use, page, state_of, working_cluster


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


@handles
def create_pod_identity_association(
    region: str,
    clusterName: str,
    namespace: str,
    serviceAccount: str,
    roleArn: str,
    tags: dict | None = None,
    clientRequestToken: str | None = None,
    disableSessionTags: bool = False,
    targetRoleArn: str | None = None,
    **_ignored,
) -> dict:
    cluster = working_cluster(region, clusterName)
    arn = make(cluster, namespace, serviceAccount, roleArn)
    made = state_of(cluster).associations[arn.rpartition("/")[2]]
    made |= {"tags": dict(tags or {}), "disableSessionTags": disableSessionTags}
    if targetRoleArn:
        made |= {"targetRoleArn": targetRoleArn, "externalId": f"{clusterName}/{namespace}/{serviceAccount}"}
    return {"association": dict(made)}


def make(cluster: Cluster, namespace: str, account: str, role: str, owner: str | None = None) -> str:
    """Returns the ARN."""
    checks.role(role)
    there = state_of(cluster).associations
    for association in there.values():
        if (association["namespace"], association["serviceAccount"]) == (namespace, account):
            raise in_use(f"Association already exists: {association['associationId']}")
    number = "a-" + uuid.uuid4().hex[:17]
    there[number] = {
        "clusterName": cluster.name,
        "namespace": namespace,
        "serviceAccount": account,
        "roleArn": role,
        "associationArn": f"{cluster.arn.replace(':cluster/', ':podidentityassociation/')}/{number}",
        "associationId": number,
        "tags": {},
        "createdAt": time.time(),
        "modifiedAt": time.time(),
        "disableSessionTags": False,
    }
    if owner:
        there[number]["ownerArn"] = owner
    return there[number]["associationArn"]


def forget(cluster: Cluster, arns: list[str]) -> None:
    for arn in arns:
        state_of(cluster).associations.pop(arn.rpartition("/")[2], None)


def association_numbered(region: str, cluster_name: str, number: str) -> dict:
    there = state_of(cluster_named(region, cluster_name)).associations
    return found(there, number, f"No association found for id: {number}")


@handles
def update_pod_identity_association(
    region: str,
    clusterName: str,
    associationId: str,
    roleArn: str | None = None,
    disableSessionTags: bool | None = None,
    targetRoleArn: str | None = None,
    clientRequestToken: str | None = None,
    **_ignored,
) -> dict:
    association = association_numbered(region, clusterName, associationId)
    if roleArn:
        checks.role(roleArn)
    wanted = {"roleArn": roleArn, "disableSessionTags": disableSessionTags, "targetRoleArn": targetRoleArn}
    association |= {name: value for name, value in wanted.items() if value is not None}
    association["modifiedAt"] = time.time()
    return {"association": dict(association)}


@handles
def delete_pod_identity_association(region: str, clusterName: str, associationId: str) -> dict:
    association = association_numbered(region, clusterName, associationId)
    del state_of(cluster_named(region, clusterName)).associations[associationId]
    return {"association": association}
