"""AWS Signature Version 4, the verifying side: header form and presigned form.

Paths and queries are taken as they were sent, never decoded and encoded again, so that every changed byte shows.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol, TypeVar
from urllib.parse import quote, unquote

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_BODY = hashlib.sha256(b"").hexdigest()
PRESIGNED_LIFE = 15 * 60  # STS's own limit: X-Amz-Expires does not shorten it
CLOCK_SKEW = 5 * 60
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d+")
MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)


class Principal(Protocol):
    secret: str


P = TypeVar("P", bound=Principal)


class Rejected(Exception):
    """A request that was not signed, or not rightly; `kind` picks the error code of each protocol (errors.py)."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind
        self.message = message


@dataclass
class Request:
    method: str
    path: str  # as sent, percent-encoded
    query: str  # as sent, without the question mark
    headers: dict[str, str]  # lower-case names
    body: bytes = b""


@dataclass
class Scope:
    access_key: str
    day: str
    region: str
    service: str

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


# (access key, session token or None) -> principal; raises Rejected
Lookup = Callable[[str, str | None], P]


def verify_header(request: Request, lookup: Lookup[P], now: float | None = None) -> tuple[P, Scope]:
    """The Authorization header form."""
    authorization = request.headers.get("authorization", "")
    if not authorization.startswith(ALGORITHM + " "):
        raise Rejected("missing", "Missing Authentication Token")
    fields = dict(part.strip().partition("=")[::2] for part in authorization[len(ALGORITHM) :].split(","))
    for name in ("Credential", "SignedHeaders", "Signature"):
        if name not in fields:
            raise Rejected("incomplete", f"Authorization header requires '{name}' parameter.")
    date = request.headers.get("x-amz-date", "")
    scope = parse_scope(fields["Credential"], date)
    signed_at = parse_date(date)
    names = fields["SignedHeaders"].split(";")
    principal = lookup(scope.access_key, request.headers.get("x-amz-security-token"))
    for name in request.headers:
        if name.startswith("x-amz-") and name not in names:
            raise Rejected("mismatch", f"There were headers present in the request which were not signed: {name}")
    payload_hash = check_payload(request)
    check_signature(request, request.query, scope, date, names, payload_hash, fields["Signature"], principal.secret)
    check_age(date, signed_at, CLOCK_SKEW, now)
    return principal, scope


def verify_presigned(request: Request, lookup: Lookup[P], now: float | None = None) -> tuple[P, Scope]:
    """The query form."""
    parts = [part.partition("=")[::2] for part in request.query.split("&") if part]
    query = {key: unquote(value) for key, value in parts}
    if query.get("X-Amz-Algorithm") != ALGORITHM:
        raise Rejected("incomplete", "Unsupported or missing X-Amz-Algorithm")
    for name in ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"):
        if name not in query:
            raise Rejected("incomplete", f"AWS query-string parameters must include '{name}'.")
    if not query["X-Amz-Expires"].isdecimal() or int(query["X-Amz-Expires"]) > 604800:
        raise Rejected("incomplete", "X-Amz-Expires must be a number of seconds up to a week")
    date = query["X-Amz-Date"]
    scope = parse_scope(query["X-Amz-Credential"], date)
    signed_at = parse_date(date)
    principal = lookup(scope.access_key, query.get("X-Amz-Security-Token"))
    unsigned = "&".join(part for part in request.query.split("&") if not part.startswith("X-Amz-Signature="))
    payload_hash = "UNSIGNED-PAYLOAD" if scope.service == "s3" else EMPTY_BODY
    names = query["X-Amz-SignedHeaders"].split(";")
    check_signature(request, unsigned, scope, date, names, payload_hash, query["X-Amz-Signature"], principal.secret)
    life = int(query["X-Amz-Expires"]) if scope.service == "s3" else PRESIGNED_LIFE
    check_age(date, signed_at, life, now)
    return principal, scope


def parse_scope(credential: str, date: str) -> Scope:
    parts = credential.split("/")
    if len(parts) != 5:
        raise Rejected("incomplete", "Credential must have exactly 5 slash-delimited elements")
    scope = Scope(*parts[:4])
    if parts[4] != "aws4_request":
        raise Rejected(
            "mismatch", f"Credential should be scoped with a valid terminator: 'aws4_request', not '{parts[4]}'."
        )
    if scope.day != date[:8]:
        raise Rejected(
            "mismatch", f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '{date}'."
        )
    if not REGION.fullmatch(scope.region):
        raise Rejected("mismatch", "Credential should be scoped to a valid region.")
    return scope


def parse_date(date: str) -> float:
    try:
        if not re.fullmatch(r"\d{8}T\d{6}Z", date):
            raise ValueError
        return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise Rejected("incomplete", f"Date must be in ISO-8601 'basic format'. Got '{date}'.") from None


def check_age(date: str, signed_at: float, life: int, now: float | None) -> None:
    now = time.time() if now is None else now

    def stamp(seconds: float) -> str:
        return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(seconds))

    if now > signed_at + life:
        edge = stamp(now - life)
        raise Rejected(
            "expired", f"Signature expired: {date} is now earlier than {edge} ({stamp(now)} - {life // 60} min.)"
        )
    if signed_at > now + CLOCK_SKEW:
        edge = stamp(now + CLOCK_SKEW)
        raise Rejected("early", f"Signature not yet current: {date} is still later than {edge} ({stamp(now)} + 5 min.)")


def check_payload(request: Request) -> str:
    """The payload hash that was signed. A stated hash must be that of the body; streaming forms count as stated."""
    actual = hashlib.sha256(request.body).hexdigest()
    stated = request.headers.get("x-amz-content-sha256")
    if stated is None:
        return actual
    if re.fullmatch(r"[0-9a-f]{64}", stated) and stated != actual:
        raise Rejected("mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
    return stated


def check_signature(
    request: Request,
    query: str,
    scope: Scope,
    date: str,
    names: list[str],
    payload_hash: str,
    signature: str,
    secret: str,
) -> None:
    if "host" not in names or names != sorted(set(names)) or any(name not in request.headers for name in names):
        raise Rejected("mismatch", "'Host' and every name in SignedHeaders must be present, in order, and signed.")
    canonical = canonical_request(request, query, scope.service, names, payload_hash)
    expected = sign(secret, scope, date, canonical)
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        raise Rejected("mismatch", MISMATCH)


def canonical_request(request: Request, query: str, service: str, names: list[str], payload_hash: str) -> str:
    path = request.path if service == "s3" else canonical_path(request.path)
    pairs = sorted(part.partition("=")[::2] for part in query.split("&") if part)
    headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names)
    return "\n".join(
        [request.method, path, "&".join(f"{k}={v}" for k, v in pairs), headers, ";".join(names), payload_hash]
    )


def canonical_path(path: str) -> str:
    """Resolve dots and empty segments, then encode once more, as every service but S3 does."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            kept[-1:] = []
        elif segment not in ("", "."):
            kept.append(segment)
    tail = "/" if kept and path.endswith("/") else ""
    return quote("/" + "/".join(kept) + tail, safe="/-_.~")


def sign(secret: str, scope: Scope, date: str, canonical: str) -> str:
    key = ("AWS4" + secret).encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join([ALGORITHM, date, str(scope), hashlib.sha256(canonical.encode()).hexdigest()])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
