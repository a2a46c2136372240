"""What EKS refuses because of what was given: names, versions, and roles, subnets and templates that do not exist."""

from __future__ import annotations

import contextlib
import re
import time
import uuid

from moto.iam.models import iam_backends

from .. import versions
from ..accounts import ACCOUNT
from .service import Refused, invalid

# moto's EC2 is loaded where it is needed only: whoever makes no cluster saves a second and 70 MiB.


def name(kind: str, text: str, longest: int) -> None:
    if not re.fullmatch(r"[0-9A-Za-z][A-Za-z0-9\-_]*", text) or len(text) > longest:
        raise invalid(
            f"{kind} name {text!r} is invalid: it must begin with a letter or digit, have only letters, digits, "
            f"hyphens and underscores, and at most {longest} of them."
        )


def role(arn: str) -> None:
    match = re.fullmatch(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]+", arn)
    known = {role.arn for role in iam_backends[ACCOUNT]["aws"].get_roles()}
    if not match or (match[1] == ACCOUNT and arn not in known):
        raise invalid(
            f"Role with arn: {arn}, could not be assumed because it does not exist or the trusted entity is not correct"
        )


def version(wanted: str) -> None:
    every = {about["clusterVersion"]: about["versionStatus"] for about in versions.cluster_versions(time.time())}
    if every.get(wanted, "UNSUPPORTED") == "UNSUPPORTED":
        raise invalid(f"unsupported Kubernetes version {wanted}")


def subnets(region: str, ids: list[str], zones: int = 1, family: str = "ipv4") -> str:
    """Returns the id of their VPC."""
    from moto.ec2.models import ec2_backends

    every = {i: subnet for zone in ec2_backends[ACCOUNT][region].subnets.values() for i, subnet in zone.items()}
    missing = [i for i in ids if i not in every]
    if missing:
        raise invalid(f"The subnet ID '{missing[0]}' does not exist")
    chosen = [every[i] for i in ids]
    if len({subnet.availability_zone for subnet in chosen}) < zones:
        raise invalid("Subnets specified must be in at least two different AZs")
    if len({subnet.vpc_id for subnet in chosen}) > 1:
        raise invalid("Subnets specified must be in the same VPC")
    without = [s.id for s in chosen if not s.ipv6_cidr_block_associations]
    if family == "ipv6" and without:
        raise invalid(f"The subnets {', '.join(without)} have no IPv6 CIDR block, which ipFamily ipv6 needs")
    return chosen[0].vpc_id if chosen else ""


def security_groups(region: str, ids: list[str]) -> None:
    from moto.ec2.models import ec2_backends

    known = {i for groups in ec2_backends[ACCOUNT][region].groups.values() for i in groups}
    for i in ids:
        if i not in known:
            raise invalid(f"The security group '{i}' does not exist")


def instance_types(types: list[str], ami: str) -> None:
    from moto.ec2.models.instance_types import INSTANCE_TYPES

    wanted = "arm64" if "ARM_64" in ami or ami.endswith("_arm64") else "x86_64"
    for kind in types:
        if kind not in INSTANCE_TYPES:
            raise invalid(f"The following supplied instance types do not exist: [{kind}]")
        able = INSTANCE_TYPES[kind]["ProcessorInfo"]["SupportedArchitectures"]
        if ami != "CUSTOM" and wanted not in able:
            raise invalid(f"[{kind}] is not a valid instance type for requested amiType {ami}")


def scaling(config: dict) -> None:
    least, wanted, most = config["minSize"], config["desiredSize"], config["maxSize"]
    if least < 0 or most < 1:
        raise invalid("Minimum capacity must not be below 0, maximum capacity not below 1")
    if least > wanted:
        raise invalid(f"Minimum capacity {least} can't be greater than desired size {wanted}")
    if wanted > most:
        raise invalid(f"desired capacity {wanted} can't be greater than max size {most}")


def launch_template(region: str, given: dict) -> dict:
    """The template with both its names, and a version."""
    from moto.ec2.models import ec2_backends

    for template in ec2_backends[ACCOUNT][region].launch_templates.values():
        if template.id == given.get("id") or template.name == given.get("name"):
            number = given.get("version") or str(template.default_version_number)
            if not any(str(version.number) == number for version in template.versions):
                raise invalid(f"You specified launch template version {number} that does not exist")
            return {"id": template.id, "name": template.name, "version": number}
    wanted = given.get("id") or given.get("name")
    raise Refused("InvalidRequestException", f"Launch template {wanted} is not found in your account")


def made_security_group(region: str, vpc: str, cluster: str) -> str:
    """EKS makes one for each cluster, and deletes it with it."""
    from moto.ec2.models import ec2_backends

    owned = f"kubernetes.io/cluster/{cluster}"
    tags = {"aws:eks:cluster-name": cluster, owned: "owned", "Name": f"eks-cluster-sg-{cluster}"}
    about = "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes"
    name = f"eks-cluster-sg-{cluster}-{uuid.uuid4().int % 10**10}"
    return ec2_backends[ACCOUNT][region].create_security_group(name, about, vpc, tags).id


def delete_security_group(region: str, number: str | None) -> None:
    """What someone still uses stays, as on EKS."""
    from moto.ec2.exceptions import EC2ClientError
    from moto.ec2.models import ec2_backends

    with contextlib.suppress(EC2ClientError):
        ec2_backends[ACCOUNT][region].delete_security_group(group_id=number)
