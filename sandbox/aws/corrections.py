"""Where moto 5.2 answers otherwise than AWS, and a client that is not to know would stumble: each with its reason."""

from __future__ import annotations

import fnmatch
import json
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from moto.core.responses import ActionResult
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from . import errors
from .accounts import ACCOUNT
from .operations import Operation
from .sigv4 import Request

S3 = threading.Lock()


def ask(moto: Callable, operation: Operation, request: Request, environ: dict, start_response: Callable) -> Iterable:
    """Have moto answer, with what is needed before and after."""
    if operation.action in PREPARED:
        refusal = PREPARED[operation.action](operation)
        if refusal:
            answer = errors.error(400, "DependencyViolation", refusal, operation.service)
            headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
            start_response("400 Bad Request", list(headers.items()))
            return [answer.body]
    if operation.service == "s3" and request.method in ("PUT", "DELETE"):
        with S3:  # moto looks and writes in two steps: of two `If-None-Match: *` at once both would succeed
            return list(moto(environ, start_response))
    correct = CORRECTED.get(operation.action)
    if correct is None:
        return moto(environ, start_response)
    heads: list[tuple[str, list]] = []
    body = b"".join(moto(environ, lambda status, headers, *_: heads.append((status, headers))))
    body = correct(body)
    status, headers = heads[0]
    headers = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start_response(status, [*headers, ("Content-Length", str(len(body)))])
    return [body]


def know_managed_policy(operation: Operation) -> None:
    """moto knows all 1,485 of Amazon's managed policies or none. All take seconds and 60 MiB at the start, without
    them none can be attached: each is there from the first call on that names it."""
    arn = operation.parameters.get("PolicyArn", "")
    prefix = "arn:aws:iam::aws:policy/"
    name, iam = arn.rpartition("/")[2], iam_backends[ACCOUNT]["aws"]
    if arn.startswith(prefix) and arn not in iam.managed_policies and name in managed_policies():
        policy = AWSManagedPolicy.from_data(name, ACCOUNT, "aws", managed_policies()[name])
        if policy.arn == arn:
            iam.aws_managed_policies.append(policy)
            iam.managed_policies[arn] = policy


@cache
def managed_policies() -> dict:
    return json.loads(aws_managed_policies_data)


def keep_used_subnet(operation: Operation) -> str | None:
    """moto deletes a subnet under load balancers and network interfaces: what must be swept before would not show."""
    number = operation.parameters.get("SubnetId", "")
    used = number in {subnet for _, subnets in balancers(operation) for subnet in subnets}
    used = used or number in {interface.subnet.id for interface in ec2_of(operation).enis.values()}
    return f"The subnet '{number}' has dependencies and cannot be deleted." if used else None


def keep_used_gateway(operation: Operation) -> str | None:
    """As above, for the addresses that load balancers have by a gateway."""
    vpc = operation.parameters.get("VpcId", "")
    used = vpc in {vpc for vpc, _ in balancers(operation)}
    advice = "Please unmap those public address(es) before detaching the gateway."
    return f"Network {vpc} has some mapped public address(es). {advice}" if used else None


def keep_used_vpc(operation: Operation) -> str | None:
    """As above, for security groups that something in the cluster made, and gateways."""
    vpc, ec2 = operation.parameters.get("VpcId", ""), ec2_of(operation)
    used = any(group.name != "default" for group in ec2.groups.get(vpc, {}).values())
    used = used or any(gateway.vpc and gateway.vpc.id == vpc for gateway in ec2.internet_gateways.values())
    return f"The vpc '{vpc}' has dependencies and cannot be deleted." if used else None


def know_template_tags(operation: Operation) -> None:
    """moto shows those that a launch template was made with, whatever CreateTags did since."""
    for template in ec2_of(operation).launch_templates.values():
        template.tags = template.get_tags()


def ec2_of(operation: Operation):
    from moto.ec2.models import ec2_backends

    return ec2_backends[ACCOUNT][operation.region]


def balancers(operation: Operation) -> Iterator[tuple[str, list[str]]]:
    """VPC and subnets of each load balancer; what was never called is not even loaded."""
    if "moto.elbv2.models" in sys.modules:
        from moto.elbv2.models import elbv2_backends

        for balancer in elbv2_backends[ACCOUNT][operation.region].load_balancers.values():
            yield balancer.vpc_id, [subnet.id for subnet in balancer.subnets]
    if "moto.elb.models" in sys.modules:
        from moto.elb.models import elb_backends

        for classic in elb_backends[ACCOUNT][operation.region].load_balancers.values():
            yield classic.vpc_id, classic.subnets


TYPES = threading.Lock()


def page_types(_operation: Operation) -> None:
    """Once: of two first calls at the same time the later would take a page for the whole."""
    with TYPES:
        page_whole_types()


@cache
def page_whole_types() -> None:
    """moto tells all 1,263 instance types in one answer, which takes a second, and takes the patterns that EC2 allows
    in the filters of offerings for names."""
    from moto.ec2.models.instance_types import InstanceTypeOfferingBackend
    from moto.ec2.responses.instances import InstanceResponse

    def paged(whole: Callable, member: str) -> Callable:
        def describe(self) -> ActionResult:
            items = whole(self).result[member]
            start = int(self._get_param("NextToken") or 0)
            end = start + int(self._get_param("MaxResults") or len(items))
            return ActionResult({member: items[start:end], "NextToken": str(end) if end < len(items) else None})

        return describe

    def matches(_self, offering: dict, filters: dict, _kind: str) -> bool:
        members = {"location": "Location", "instance-type": "InstanceType"}
        return all(
            any(fnmatch.fnmatchcase(offering[members[name]], pattern) for pattern in patterns)
            for name, patterns in filters.items()
        )

    InstanceResponse.describe_instance_types = paged(InstanceResponse.describe_instance_types, "InstanceTypes")
    InstanceResponse.describe_instance_type_offerings = paged(
        InstanceResponse.describe_instance_type_offerings, "InstanceTypeOfferings"
    )
    InstanceTypeOfferingBackend.matches_filters = matches


def without_own_tags(body: bytes) -> bytes:
    """moto repeats the tags of a launch template itself among those that the template gives to instances: Terraform
    would change the template for ever."""
    own = rb"<item>\s*<resourceType>launch-template</resourceType>.*?</tagSet>\s*</item>"
    return re.sub(own, b"", body, flags=re.S)


def with_plain_states(body: bytes) -> bytes:
    """moto prints the state of an association of an IPv6 block as Python's dict: Terraform would wait in vain."""
    return re.sub(rb"(<state>)\{[^<]*?(associated|disassociated)[^<]*?\}(</state>)", rb"\1\2\3", body)


# What is done before moto answers; a text refuses.
PREPARED: dict[str, Callable[[Operation], str | None]] = {
    "ec2:DeleteSubnet": keep_used_subnet,
    "ec2:DeleteVpc": keep_used_vpc,
    "ec2:DescribeInstanceTypeOfferings": page_types,
    "ec2:DescribeInstanceTypes": page_types,
    "ec2:DescribeLaunchTemplates": know_template_tags,
    "ec2:DetachInternetGateway": keep_used_gateway,
    "iam:AttachRolePolicy": know_managed_policy,
    "iam:GetPolicy": know_managed_policy,
}
CORRECTED = {
    "ec2:DescribeLaunchTemplateVersions": without_own_tags,
    "ec2:AssociateSubnetCidrBlock": with_plain_states,
    "ec2:CreateSubnet": with_plain_states,
    "ec2:DescribeSubnets": with_plain_states,
    "ec2:DisassociateSubnetCidrBlock": with_plain_states,
}
