"""Token webhook of the API servers: a gate in front of each cluster's aws-iam-authenticator.

While the authenticator is not there (it takes minutes to build the first time), the gate applies the same rules itself.
The API server knows only the gate, so it need not be restarted when the real one comes up.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import re
import ssl
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import unquote, urlsplit

from . import sts
from .access import Access
from .accounts import ACCOUNT
from .faults import Observatory
from .identities import Caller
from .sigv4 import Rejected, Request

PREFIX = "k8s-aws-v1."
MAX_TOKEN = 4096
CLUSTER_HEADER = "x-k8s-aws-id"
PARAMETERS = {
    "action", "version", "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires",
    "x-amz-security-token", "x-amz-signature", "x-amz-signedheaders",
}  # fmt: skip


class BadToken(Exception):
    """The token breaks a rule; the text names it (for the log, the API server is only told "no")."""


def verify(token: str, cluster: str) -> tuple[Caller, str]:
    """EKS's rules in their order. Returns the caller and the access key."""
    if len(token.encode()) > MAX_TOKEN:
        raise BadToken("token is too large")
    if not token.startswith(PREFIX):
        raise BadToken("token lacks the prefix " + PREFIX)
    url = urlsplit(decode(token.removeprefix(PREFIX)))
    if url.scheme != "https":
        raise BadToken("scheme is not https")
    if sts.region_of(url.netloc) is None:
        raise BadToken("host is not an STS host of this partition")
    if url.path != "/" or url.fragment:
        raise BadToken("path is not /")
    query = parameters(url.query)
    if query.get("action") != "GetCallerIdentity":
        raise BadToken("action is not GetCallerIdentity")
    if CLUSTER_HEADER not in query.get("x-amz-signedheaders", "").lower().split(";"):
        raise BadToken(f"{CLUSTER_HEADER} is not signed")
    if not re.fullmatch(r"\+?\d{1,9}", query.get("x-amz-expires", "")) or int(query["x-amz-expires"]) > 900:
        raise BadToken("X-Amz-Expires is not a number from 0 to 900")
    try:
        signed_at = datetime.strptime(query.get("x-amz-date", ""), "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc)
    except ValueError:
        raise BadToken("X-Amz-Date is missing or malformed") from None
    if datetime.now(timezone.utc) > signed_at + timedelta(minutes=15):
        raise BadToken("X-Amz-Date is more than 15 minutes old")
    headers = {"host": url.netloc, CLUSTER_HEADER: cluster, "accept": "application/json"}
    try:
        caller = sts.verify(Request("GET", url.path, url.query, headers))
    except Rejected as rejected:
        raise BadToken(f"STS: {rejected.message}") from None
    return caller, query["x-amz-credential"].split("/")[0]


def decode(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise BadToken("token is not unpadded base64url")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise BadToken("token is not base64url of a URL") from None


def parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = unquote(name).lower()
        if name not in PARAMETERS:
            raise BadToken(f"query parameter {name!r} is not allowed")
        if name in found:
            raise BadToken(f"query parameter {name!r} is there twice")
        found[name] = unquote(value)
    return found


def user_info(mapping: dict, caller: Caller, access_key: str) -> dict:
    """What the authenticator answers for this caller: the mapped user, or BadToken."""
    by_arn = {entry["userARN"]: entry for entry in mapping["mapUsers"]}
    by_arn |= {entry["roleARN"]: entry for entry in mapping["mapRoles"]}
    entry = by_arn.get(caller.canonical_arn)
    if entry is None:
        raise BadToken(f"{caller.canonical_arn} is not mapped")
    user_id, _, session = caller.user_id.partition(":")
    extra = {"arn": caller.arn, "canonicalArn": caller.canonical_arn, "sessionName": session, "accessKeyId": access_key,
             "principalId": user_id, "sigs.k8s.io/aws-iam-authenticator/principalId": user_id}  # fmt: skip
    return {
        "username": entry["username"].replace("{{SessionName}}", session.replace("@", "-")),
        "uid": f"aws-iam-authenticator:{ACCOUNT}:{user_id}",
        "groups": entry["groups"],
        "extra": {name: [value] for name, value in extra.items()},
    }


@dataclass
class Gate:
    """One cluster's webhook. `mode` is `auto`, or `own` / `authenticator` when a test wants one of the two for sure."""

    cluster: str
    port: int  # of the authenticator
    ca: str
    observatory: Observatory
    access: Access
    mode: str = "auto"
    healthy: bool = False
    stopped: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Ask for the authenticator's health for as long as the cluster lives."""
        while not self.stopped.is_set():
            before = self.healthy
            try:
                self.healthy = self.call("GET", "/healthz")[0] == 200
            except (OSError, http.client.HTTPException):
                self.healthy = False
            if self.healthy and not before:
                self.access.changed()  # it may have missed a change between reading the file and watching it
            self.stopped.wait(5 if self.healthy else 0.5)

    def start(self) -> None:
        self.tls = ssl.create_default_context(cafile=self.ca)
        threading.Thread(target=self.watch, daemon=True).start()

    def call(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=15, context=self.tls)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def review(self, body: bytes) -> tuple[int, bytes]:
        """Answer a TokenReview."""
        if self.mode == "authenticator" or (self.mode == "auto" and self.healthy):
            try:
                status, answer = self.call("POST", "/authenticate", body)
                self.observatory.token(self.cluster, "authenticator", status == 200)
                return status, answer
            except (OSError, http.client.HTTPException) as error:
                if self.mode == "authenticator":
                    return 503, json.dumps({"error": f"authenticator of {self.cluster}: {error}"}).encode()
                self.healthy = False
        review = json.loads(body)
        verdict = {"apiVersion": review["apiVersion"], "kind": "TokenReview", "status": {"authenticated": False}}
        try:
            user = user_info(self.access.mappings(), *verify(review["spec"]["token"], self.cluster))
        except BadToken as reason:
            print(f"token for {self.cluster} refused: {reason}", file=sys.stderr, flush=True)
            self.observatory.token(self.cluster, "own", False)
            return 403, json.dumps(verdict).encode()
        verdict["status"] = {"authenticated": True, "user": user}
        self.observatory.token(self.cluster, "own", True)
        return 200, json.dumps(verdict).encode()
