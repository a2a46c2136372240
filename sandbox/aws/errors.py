"""Error answers in the shape that each AWS protocol uses."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

# Services that speak XML; everything else here answers JSON.
QUERY = {"sts", "iam", "autoscaling", "elasticloadbalancing", "cloudformation", "sns", "rds"}
REST_XML = {"s3", "route53", "cloudfront"}

# What sigv4.Rejected.kind is called: JSON services, query services, EC2, S3
CODES = {
    "missing": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AuthFailure", "AccessDenied"),
    "incomplete": (
        "IncompleteSignatureException",
        "IncompleteSignature",
        "AuthFailure",
        "AuthorizationHeaderMalformed",
    ),
    "unknown": ("UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "InvalidAccessKeyId"),
    "mismatch": ("InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "SignatureDoesNotMatch"),
    "expired": ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed"),
    "early": ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestExpired", "RequestTimeTooSkewed"),
    "token_expired": ("ExpiredTokenException", "ExpiredToken", "RequestExpired", "ExpiredToken"),
    "denied": ("AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "AccessDenied"),
}


@dataclass
class Answer:
    status: int
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)


def request_id() -> str:
    return str(uuid.uuid4())


def code_for(kind: str, service: str) -> str:
    json_code, query_code, ec2_code, s3_code = CODES[kind]
    if service == "ec2":
        return ec2_code
    if service in REST_XML:
        return s3_code
    return query_code if service in QUERY else json_code


def refusal(kind: str, message: str, service: str, accept: str = "") -> Answer:
    return error(403, code_for(kind, service), message, service, accept)


def error(status: int, code: str, message: str, service: str, accept: str = "") -> Answer:
    number = request_id()
    headers = {"x-amzn-RequestId": number}
    code_x, message_x = escape(code), escape(message)
    kind = "Sender" if status < 500 else "Receiver"
    if service == "ec2":
        text = (
            f"<Response><Errors><Error><Code>{code_x}</Code><Message>{message_x}</Message></Error></Errors>"
            f"<RequestID>{number}</RequestID></Response>"
        )
    elif service in REST_XML:
        text = f"<Error><Code>{code_x}</Code><Message>{message_x}</Message><RequestId>{number}</RequestId></Error>"
    elif service in QUERY and "json" in accept:
        body = {"Error": {"Code": code, "Message": message, "Type": kind}, "RequestId": number}
        return Answer(status, json.dumps(body).encode(), "application/json", headers)
    elif service in QUERY:
        namespace = ' xmlns="https://sts.amazonaws.com/doc/2011-06-15/"' if service == "sts" else ""
        text = (
            f"<ErrorResponse{namespace}><Error><Type>{kind}</Type><Code>{code_x}</Code>"
            f"<Message>{message_x}</Message></Error><RequestId>{number}</RequestId></ErrorResponse>"
        )
    else:
        headers["x-amzn-ErrorType"] = code
        body = {"message": message} if service == "eks" else {"__type": code, "message": message}
        return Answer(status, json.dumps(body).encode(), "application/json", headers)
    return Answer(status, text.encode(), "text/xml", headers)
