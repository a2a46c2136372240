"""Tokens of service accounts as proof of who asks: for STS (IRSA), and for the agent of EKS Pod Identity.

AWS reads an issuer's keys from its public address; here it is the key of the very cluster that issues.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import time
import uuid

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from moto.eks.models import eks_backends
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from . import errors, policy
from .accounts import ACCOUNT
from .eks.service import state_of
from .errors import Answer
from .identities import statements_of
from .operations import Operation
from .planes import ISSUERS
from .sigv4 import Request

SESSION = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
PODS = "pods.eks.amazonaws.com"


class Refused(Exception):
    def __init__(self, code: str, message: str, status: int = 400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def decode(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)


def read(token: str, wrong: str) -> tuple[dict, bytes, bytes]:
    """Claims, what is signed, and the signature; nothing is proven by then."""
    try:
        head, body, signature = token.split(".")
        about, claims = json.loads(decode(head)), json.loads(decode(body))
        if about["alg"] not in ("RS256", "ES256") or not isinstance(claims["iss"], str):
            raise ValueError
        return claims, f"{head}.{body}".encode(), decode(signature)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error):
        raise Refused(wrong, "The ID Token provided is not a valid JWT.") from None


def prove(claims: dict, signed: bytes, signature: bytes, wrong: str) -> None:
    """That its issuer has signed it, and that it holds now."""
    try:
        key = load_pem_public_key(ISSUERS[claims["iss"]].read_bytes())
        if isinstance(key, EllipticCurvePublicKey):
            r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        else:
            key.verify(signature, signed, PKCS1v15(), SHA256())
    except (KeyError, OSError):
        raise Refused(wrong, "Couldn't retrieve verification key from your identity provider") from None
    except InvalidSignature:
        raise Refused(wrong, "The token's signature is not that of its issuer.") from None
    now = time.time()
    if not isinstance(claims.get("exp"), (int, float)) or claims["exp"] <= now:
        raise Refused("ExpiredTokenException", "Token expired: its expiration is before the current time")
    if claims.get("nbf", 0) > now + 60 or claims.get("iat", 0) > now + 60:
        raise Refused(wrong, "The token is not valid yet.")


def audiences(claims: dict) -> list[str]:
    found = claims.get("aud", [])
    return [found] if isinstance(found, str) else found


def check_web_identity(operation: Operation) -> None:
    """Whether moto may answer AssumeRoleWithWebIdentity, which asks nobody anything."""
    given, wrong = operation.parameters, "InvalidIdentityToken"
    if not SESSION.fullmatch(given.get("RoleSessionName", "")):
        raise Refused("ValidationError", "1 validation error detected: Value at 'roleSessionName' is not one")
    claims, signed, signature = read(given.get("WebIdentityToken", ""), wrong)
    host = claims["iss"].removeprefix("https://")
    arn = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{host}"
    provider = iam_backends[ACCOUNT]["aws"].open_id_providers.get(arn)
    if provider is None:
        raise Refused(wrong, f"No OpenIDConnect provider found in your account for {claims['iss']}")
    if not set(audiences(claims)) & set(provider.client_id_list):
        raise Refused(wrong, "Incorrect token audience")
    prove(claims, signed, signature, wrong)
    known = {f"{host}:sub": [claims.get("sub")], f"{host}:aud": audiences(claims)}
    if not trusted(given.get("RoleArn", ""), {"Federated": arn}, {"sts:AssumeRoleWithWebIdentity"}, known):
        raise Refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)


def trusted(role_arn: str, principal: dict, actions: set[str], known: dict[str, list]) -> bool:
    """Whether the role's trust policy lets this principal do all of that. A condition of another kind than StringEquals
    and StringLike, or about what is not known, holds for nobody."""
    allowed = set()
    for role in iam_backends[ACCOUNT]["aws"].get_roles():
        if role.arn != role_arn:
            continue
        for statement in statements_of([role.assume_role_policy_document]):
            named = statement.get("Principal", {})
            (kind, who), = principal.items()
            named = named.get(kind, []) if isinstance(named, dict) else []
            if who not in ([named] if isinstance(named, str) else named) or not holds(statement, known):
                continue
            covered = {action for action in actions if policy.matches(statement["Action"], action)}
            if statement["Effect"] == "Deny" and covered:
                return False
            allowed |= covered
    return allowed == actions


def holds(statement: dict, known: dict[str, list]) -> bool:
    for operator, wanted in statement.get("Condition", {}).items():
        for key, patterns in wanted.items():
            patterns = [patterns] if isinstance(patterns, str) else patterns
            values = [value for value in known.get(key, []) if isinstance(value, str)]
            if operator == "StringEquals":
                met = any(value in patterns for value in values)
            else:
                met = operator == "StringLike" and any(policy.matches(patterns, value) for value in values)
            if not met:
                return False
    return True


def web_identity(operation: Operation, accept: str) -> Answer | None:
    """None: moto answers."""
    try:
        check_web_identity(operation)
    except Refused as refused:
        return errors.error(refused.status, refused.code, refused.message, "sts", accept)
    return None


def pod_identity(operation: Operation, request: Request) -> Answer:
    """AssumeRoleForPodIdentity, which the agent on a node asks."""
    try:
        body = json.dumps(assume_for_pod(operation, json.loads(request.body or b"{}")))
    except Refused as refused:
        return errors.error(refused.status, refused.code, refused.message, "eks")
    except ValueError:
        return errors.error(400, "InvalidParameterException", "The request cannot be read.", "eks")
    return Answer(200, body.encode(), "application/json", {"x-amzn-RequestId": errors.request_id()})


def assume_for_pod(operation: Operation, given: dict) -> dict:
    wrong = "InvalidTokenException"
    name = operation.parameters.get("clusterName", "")
    cluster = eks_backends[ACCOUNT][operation.region].clusters.get(name)
    if cluster is None:
        raise Refused("ResourceNotFoundException", f"No cluster found for name: {name}.", 404)
    claims, signed, signature = read(given.get("token", ""), wrong)
    if claims["iss"] != cluster.identity["oidc"]["issuer"] or PODS not in audiences(claims):
        raise Refused(wrong, f"The token is not one of {name} for {PODS}.")
    prove(claims, signed, signature, wrong)
    about = claims.get("kubernetes.io", {})
    namespace, account = about.get("namespace"), about.get("serviceaccount", {}).get("name")
    for association in state_of(cluster).associations.values():
        if (association["namespace"], association["serviceAccount"]) == (namespace, account):
            break
    else:
        raise Refused("ResourceNotFoundException", f"No association found for {namespace}/{account} in {name}.", 404)
    known = {"aws:SourceAccount": [ACCOUNT], "aws:SourceArn": [cluster.arn]}
    arn = association["roleArn"]
    if not trusted(arn, {"Service": PODS}, {"sts:AssumeRole", "sts:TagSession"}, known):
        raise Refused("AccessDeniedException", f"Unauthorized Exception! EKS does not have permissions to assume {arn}")
    pod = about.get("pod", {}).get("name", "unknown")
    session = sts_backends[ACCOUNT]["aws"].assume_role(
        operation.region, f"eks-{name}-{pod}-{uuid.uuid4()}"[:64], arn, None, 3600 * 6, None
    )
    return {
        "subject": {"namespace": namespace, "serviceAccount": account},
        "audience": PODS,
        "podIdentityAssociation": {name: association[name] for name in ("associationArn", "associationId")},
        "assumedRoleUser": {"arn": session.arn, "assumeRoleId": session.user_id},
        "credentials": {
            "accessKeyId": session.access_key_id,
            "secretAccessKey": session.secret_access_key,
            "sessionToken": session.session_token,
            "expiration": session.expiration.timestamp(),
        },
    }
