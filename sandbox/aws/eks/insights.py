"""Upgrade insights: seeded ones, and for clusters that were made those that follow from what they have."""

from __future__ import annotations

import time
import uuid

from moto.eks.models import Cluster

from .. import versions
from .service import cluster_named, found, handles, page, state_of


@handles
def list_insights(region: str, clusterName: str, filter: dict | None = None, **paging) -> dict:
    insights = insights_of(cluster_named(region, clusterName)).values()
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
    insights = insights_of(cluster_named(region, clusterName))
    return {"insight": found(insights, id, f"No insight found for id: {id}")}


def insights_of(cluster: Cluster) -> dict[str, dict]:
    state = state_of(cluster)
    if state.plane is None:
        return state.insights
    following = f"1.{int(cluster.version.split('.')[1]) + 1}"
    if following not in versions.VERSIONS:
        return {}
    known = {addon["addonName"]: addon["addonVersions"] for addon in versions.addon_versions(following)}
    stuck = {
        name: [release["addonVersion"] for release in known.get(name, [])]
        for name, addon in state.addons.items()
        if addon["addonVersion"] not in [release["addonVersion"] for release in known.get(name, [])]
    }
    behind = [group for group in cluster.nodegroups.values() if group.version != cluster.version]
    made = [
        insight(
            cluster, following, "EKS add-on version compatibility", "ERROR" if stuck else "PASSING",
            "Checks version of installed EKS add-ons to ensure they are compatible with the next version of "
            "Kubernetes.",
            "Upgrade the EKS add-on to a version that is compatible with the next version of Kubernetes.",
            [state.addons[name]["addonArn"] for name in stuck],
            [{"name": name, "compatibleVersions": good} for name, good in stuck.items()],
        ),
        insight(
            cluster, following, "Kubelet version skew", "WARNING" if behind else "PASSING",
            "Checks for kubelet minor versions of worker nodes in the cluster to see if upgrading would cause "
            "unsupported version skew with the control plane.",
            "Upgrade worker nodes to the version of the control plane before the next upgrade.",
            [group.arn for group in behind],
        ),
    ]  # fmt: skip
    return {one["id"]: one for one in made}


def insight(cluster: Cluster, version: str, name: str, status: str, about: str, advice: str, arns: list[str],
            addons: list[dict] | None = None) -> dict:  # fmt: skip
    verdict = {"status": status, "reason": "Nothing is in the way." if status == "PASSING" else advice}
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{cluster.arn}/{version}/{name}")),
        "name": name,
        "category": "UPGRADE_READINESS",
        "kubernetesVersion": version,
        "lastRefreshTime": time.time(),
        "lastTransitionTime": cluster.created_at.timestamp(),
        "description": about,
        "insightStatus": verdict,
        "recommendation": advice,
        "additionalInfo": {},
        "resources": [{"insightStatus": verdict, "arn": arn} for arn in arns],
        "categorySpecificSummary": {"deprecationDetails": [], "addonCompatibilityDetails": addons or []},
    }
