#!/usr/bin/env python3
"""Holds `eksgate token` against a signer of its own, written from the rules alone: check_token.py EKSGATE

The roles' STS is the one of vectors/credchain: the secret of any access key K is SECRET/K+example.
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qsl, quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors" / "credchain"))
import fakeaws  # noqa: E402

ROLE = "arn:aws:iam::111122223333:role/dev"
V1 = "client.authentication.k8s.io/v1"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def sign(secret: str, day: str, region: str, text: str) -> str:
    key = ("AWS4" + secret).encode()
    for part in (day, region, "sts", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def token(access_key: str, session: str | None, region: str, host: str, cluster: str, date: str) -> str:
    """The token, from what EKS's verifier expects."""
    scope = f"{date[:8]}/{region}/sts/aws4_request"
    query = {
        "Action": "GetCallerIdentity",
        "Version": "2011-06-15",
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": f"{access_key}/{scope}",
        "X-Amz-Date": date,
        "X-Amz-Expires": "60",
        "X-Amz-SignedHeaders": "host;x-k8s-aws-id",
    }
    if session:
        query["X-Amz-Security-Token"] = session
    encoded = [f"{name}={quote(value, safe='-_.~')}" for name, value in query.items()]
    canonical = "\n".join(
        ["GET", "/", "&".join(sorted(encoded)), f"host:{host}", f"x-k8s-aws-id:{cluster}", "", "host;x-k8s-aws-id", sha256("")]
    )
    text = "\n".join(["AWS4-HMAC-SHA256", date, scope, sha256(canonical)])
    url = f"https://{host}/?{'&'.join(encoded)}&X-Amz-Signature={sign(fakeaws.secret_for(access_key), date[:8], region, text)}"
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def keys(access_key: str, session: str | None = None) -> dict:
    variables = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": fakeaws.secret_for(access_key)}
    return variables | ({"AWS_SESSION_TOKEN": session} if session else {})


ISSUED = fakeaws.issued("AssumeRole", ROLE)
CASES = {
    "keys": (keys("AKIAENV"), ["--region", "eu-west-1"], {"access_key": "AKIAENV"}),
    "session": (keys("ASIAENV", "a/b+c=="), ["--region=eu-west-1"], {"access_key": "ASIAENV", "session": "a/b+c=="}),
    "region of the environment": (keys("AKIAENV") | {"AWS_REGION": "eu-west-1"}, [], {"access_key": "AKIAENV"}),
    "profile": ({}, ["--region", "eu-west-1", "--profile", "p"], {"access_key": "AKIAP"}),
    "profile with a role": (
        {}, ["--region", "eu-west-1", "--profile", "r"], {"access_key": ISSUED, "session": fakeaws.token_for(ISSUED)}
    ),
    "role on top": (
        keys("AKIAENV"),
        ["--region", "eu-west-1", "--role-arn", ROLE],
        {"access_key": ISSUED, "session": fakeaws.token_for(ISSUED), "role_session": "EKSGetTokenAuth"},
    ),
    "partition": (
        keys("AKIAENV"),
        ["--region", "cn-north-1"],
        {"access_key": "AKIAENV", "region": "cn-north-1", "host": "sts.cn-north-1.amazonaws.com.cn"},
    ),
    "version that the caller speaks": (
        keys("AKIAENV") | {"KUBERNETES_EXEC_INFO": json.dumps({"apiVersion": V1})},
        ["--region", "eu-west-1"],
        {"access_key": "AKIAENV", "version": V1},
    ),
    "short session": (
        keys("ASIAENV", "t") | {"AWS_CREDENTIAL_EXPIRATION": "${EXP+300}"},
        ["--region", "eu-west-1"],
        {"access_key": "ASIAENV", "session": "t", "life": 300},
    ),
}
FILES = {
    ".aws/credentials": "[p]\naws_access_key_id = AKIAP\naws_secret_access_key = SECRET/AKIAP+example\n",
    ".aws/config": f"[profile r]\nrole_arn = {ROLE}\nsource_profile = p\n",
}


def faults(printed: str, want: dict, log: list) -> list[str]:
    """What is wrong with it."""
    got = json.loads(printed)
    url = got["status"]["token"].removeprefix("k8s-aws-v1.")
    query = dict(parse_qsl(base64.urlsafe_b64decode(url + "=" * (-len(url) % 4)).decode().partition("?")[2]))
    date = query["X-Amz-Date"]
    signed = datetime.datetime.strptime(date + "+0000", "%Y%m%dT%H%M%SZ%z")
    ends = datetime.datetime.strptime(got["status"]["expirationTimestamp"] + "+0000", "%Y-%m-%dT%H:%M:%SZ%z")
    region = want.get("region", "eu-west-1")
    expected = {
        "kind": "ExecCredential",
        "apiVersion": want.get("version", V1 + "beta1"),
        "spec": {},
        "status": {
            "expirationTimestamp": got["status"]["expirationTimestamp"],
            "token": token(want["access_key"], want.get("session"), region, want.get("host", f"sts.{region}.amazonaws.com"), "demo", date),
        },
    }
    found = [] if got == expected else [f"got {got}\n  want {expected}"]
    if abs((datetime.datetime.now(datetime.timezone.utc) - signed).total_seconds()) > 10:
        found.append(f"signed at {date}")
    if abs((ends - signed).total_seconds() - want.get("life", 14 * 60)) > (5 if "life" in want else 0):
        found.append(f"signed at {date}, ends at {ends}")
    if "role_session" in want and [e["params"]["RoleSessionName"] for e in log] != [want["role_session"]]:
        found.append(f"calls: {log}")
    if any(e["signature_ok"] is False for e in log):
        found.append("bad signature at STS")
    return found


def run(eksgate: str, variables: dict, arguments: list[str], want: dict) -> list[str]:
    fake = fakeaws.Fake({}).start()
    try:
        with tempfile.TemporaryDirectory() as home:
            env = fakeaws.materialise({"env": variables, "files": FILES}, home, fake.port)
            for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
                if name not in variables:
                    del env[name]
            command = [eksgate, "token", "--cluster-name", "demo", *arguments]
            done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            return [f"exit status {done.returncode}: {done.stderr}"]
        return faults(done.stdout, want, fake.log)
    finally:
        fake.stop()


def main() -> int:
    failed = 0
    for name, (variables, arguments, want) in CASES.items():
        found = run(os.path.abspath(sys.argv[1]), variables, arguments, want)
        failed += bool(found)
        for fault in found:
            print(f"{name}: {fault}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
