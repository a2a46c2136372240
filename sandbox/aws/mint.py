"""Makes an EKS token, as `aws eks get-token` does. Standard library only: `up` checks the way in with it."""

from __future__ import annotations

import base64
import time
from urllib.parse import quote

from . import sigv4


def token(cluster: str, region: str, access_key: str, secret: str, session_token: str | None = None) -> str:
    host, date = f"sts.{region}.amazonaws.com", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = sigv4.Scope(access_key, date[:8], region, "sts")
    fields = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": sigv4.ALGORITHM,
        "X-Amz-Credential": f"{access_key}/{scope}",
        "X-Amz-Date": date,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    if session_token:
        fields["X-Amz-Security-Token"] = session_token
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items())
    request = sigv4.Request("GET", "/", query, {"host": host, "x-k8s-aws-id": cluster})
    canonical = sigv4.canonical_request(request, query, "sts", ["host", "x-k8s-aws-id"], sigv4.EMPTY_BODY)
    signature = sigv4.sign(secret, scope, date, canonical)
    url = f"https://{host}/?{query}&X-Amz-Signature={signature}"
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
