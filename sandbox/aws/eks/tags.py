"""Tags of everything that EKS gives an ARN."""

from __future__ import annotations

import re

from moto.eks.models import eks_backends

from ..accounts import ACCOUNT
from .service import Refused, handles, state_of


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
