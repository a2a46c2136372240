"""Where moto 5.2 answers otherwise than AWS, and a client that is not to know would stumble: each with its reason."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from functools import cache

from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy, iam_backends

from .accounts import ACCOUNT
from .operations import Operation
from .sigv4 import Request

S3 = threading.Lock()


def ask(moto: Callable, operation: Operation, request: Request, environ: dict, start_response: Callable) -> Iterable:
    """Have moto answer, with what is needed before and after."""
    if operation.action in PREPARED:
        PREPARED[operation.action](operation)
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


def without_own_tags(body: bytes) -> bytes:
    """moto repeats the tags of a launch template itself among those that the template gives to instances: Terraform
    would change the template for ever."""
    return re.sub(rb"<item>\s*<resourceType>launch-template</resourceType>.*?</tagSet>\s*</item>", b"", body, flags=re.S)


def with_plain_states(body: bytes) -> bytes:
    """moto prints the state of an association of an IPv6 block as Python's dict: Terraform would wait for it in vain."""
    return re.sub(rb"(<state>)\{[^<]*?(associated|disassociated)[^<]*?\}(</state>)", rb"\1\2\3", body)


PREPARED = {"iam:AttachRolePolicy": know_managed_policy, "iam:GetPolicy": know_managed_policy}
CORRECTED = {
    "ec2:DescribeLaunchTemplateVersions": without_own_tags,
    "ec2:AssociateSubnetCidrBlock": with_plain_states,
    "ec2:CreateSubnet": with_plain_states,
    "ec2:DescribeSubnets": with_plain_states,
    "ec2:DisassociateSubnetCidrBlock": with_plain_states,
}
