"""GetCallerIdentity by presigned URL: EKS asks STS in this way who made a token. moto does not know the form."""

from __future__ import annotations

import json
import re
import uuid

from . import sigv4
from .accounts import ACCOUNT
from .errors import Answer
from .identities import Caller, lookup
from .sigv4 import Rejected, Request

HOST = re.compile(r"sts(?:-fips)?\.([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\.(?:amazonaws\.com|api\.aws)")
GLOBAL_HOST = "sts.amazonaws.com"


def region_of(host: str) -> str | None:
    """The region that a signature for this STS host must be scoped to; None for any other host."""
    if host == GLOBAL_HOST:
        return "us-east-1"
    match = HOST.fullmatch(host)
    return match[1] if match else None


def verify(request: Request) -> Caller:
    caller, scope = sigv4.verify_presigned(request, lookup)
    if scope.service != "sts":
        raise Rejected("mismatch", "Credential should be scoped to correct service: 'sts'.")
    region = region_of(request.headers["host"])
    if region is not None and scope.region != region:
        raise Rejected("mismatch", "Credential should be scoped to a valid region.")
    return caller


def identity_answer(caller: Caller, accept: str) -> Answer:
    request_id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": request_id}
    if "json" in accept:
        result = {"Account": ACCOUNT, "Arn": caller.arn, "UserId": caller.user_id}
        response = {"GetCallerIdentityResult": result, "ResponseMetadata": {"RequestId": request_id}}
        body = json.dumps({"GetCallerIdentityResponse": response})
        return Answer(200, body.encode(), "application/json", headers)
    body = (
        '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
        f"<Arn>{caller.arn}</Arn><UserId>{caller.user_id}</UserId><Account>{ACCOUNT}</Account>"
        f"</GetCallerIdentityResult><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>"
        "</GetCallerIdentityResponse>"
    )
    return Answer(200, body.encode(), "text/xml", headers)
