"""EKS tokens at the API servers: accepted when right, refused for one changed byte, whoever checks them."""

import base64
import re
from urllib.parse import quote

import pytest
from conftest import STRANGER, VIEWER, Sandbox

PREFIX = "k8s-aws-v1."
PODS = "/api/v1/namespaces/web/pods"


def changed(token: str, pattern: str, replacement: str) -> str:
    """The token with a change in its URL."""
    text = token.removeprefix(PREFIX)
    url = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    other, count = re.subn(pattern, replacement, url, count=1)
    assert count == 1 and other != url, f"{pattern} does not change {url}"
    return PREFIX + base64.urlsafe_b64encode(other.encode()).decode().rstrip("=")


CHANGES = {
    "signature, first digit": (r"(Signature=)(.)", lambda m: m[1] + ("1" if m[2] == "0" else "0")),
    "signature, last digit": (r".$", lambda m: "1" if m[0] == "0" else "0"),
    "signature, upper case": (r"Signature=.*", lambda m: "Signature=" + m[0].partition("=")[2].upper()),
    "date, last second": (r"(X-Amz-Date=\d{8}T\d{5})(\d)", lambda m: m[1] + str((int(m[2]) + 1) % 10)),
    "date, gone": (r"&X-Amz-Date=[^&]*", ""),
    "scope, day": (r"(Credential=[^%]*%2F\d{7})(\d)", lambda m: m[1] + str((int(m[2]) + 1) % 10)),
    "scope, region": (r"%2Fus-east-1%2F", "%2Fus-east-2%2F"),
    "scope, service": (r"%2Fsts%2F", "%2Feks%2F"),
    "scope, terminator": (r"aws4_request", "aws5_request"),
    "access key": (r"(Credential=)AKIASANDBOXADMIN0001", r"\1AKIASANDBOXADMIN0002"),
    "access key of another": (r"(Credential=)AKIASANDBOXADMIN0001", r"\1AKIASANDBOXVIEWER001"),
    "signed headers, cluster left out": (r"host%3Bx-k8s-aws-id", "host"),
    "signed headers, another": (r"host%3Bx-k8s-aws-id", "host%3Bx-k8s-aws-ie"),
    "expires": (r"X-Amz-Expires=60", "X-Amz-Expires=61"),
    "expires, too long": (r"X-Amz-Expires=60", "X-Amz-Expires=901"),
    "expires, gone": (r"&X-Amz-Expires=60", ""),
    "action": (r"Action=GetCallerIdentity", "Action=GetSessionToken"),
    "version": (r"Version=2011-06-15", "Version=2011-06-16"),
    "parameter added": (r"$", "&X-Amz-User-Agent=x"),
    "parameter twice": (r"$", "&action=GetCallerIdentity"),
    "scheme": (r"^https", "http"),
    "host, another region": (r"sts\.us-east-1", "sts.us-west-2"),
    "host, foreign": (r"sts\.us-east-1\.amazonaws\.com", "sts.us-east-1.amazonaws.org"),
    "host, with a port": (r"amazonaws\.com/", "amazonaws.com:443/"),
    "path": (r"\.com/\?", ".com/x?"),
    "path, empty": (r"\.com/\?", ".com?"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_token_is_refused(sandbox: Sandbox, phase: str, change: str):
    pattern, replacement = CHANGES[change]
    token = changed(sandbox.token(), pattern, replacement)
    assert sandbox.api("demo", PODS, token).status == 401


@pytest.mark.parametrize("token_of", [
    lambda token: token + "=",
    lambda token: token.removeprefix(PREFIX),
    lambda token: token.replace("k8s-aws-v1", "k8s-aws-v2"),
    lambda token: token + "A" * 4096,
    lambda token: PREFIX,
])  # fmt: skip
def test_a_token_of_another_form_is_refused(sandbox: Sandbox, phase: str, token_of):
    assert sandbox.api("demo", PODS, token_of(sandbox.token())).status == 401


def test_the_right_token_is_accepted(sandbox: Sandbox, phase: str):
    answer = sandbox.api("demo", PODS, sandbox.token())
    assert answer.status == 200
    assert answer.json["kind"] == "PodList"


def test_no_token_at_all_is_refused(sandbox: Sandbox):
    assert sandbox.api("demo", PODS, "").status == 401


@pytest.mark.parametrize("cluster", ["Demo", "demo2", "dem", "staging"])
def test_a_token_for_another_cluster_name_is_refused(sandbox: Sandbox, phase: str, cluster: str):
    assert sandbox.api("demo", PODS, sandbox.token(cluster)).status == 401


def test_each_cluster_takes_its_own_tokens_only(sandbox: Sandbox, phase: str):
    demo, staging = sandbox.token("demo"), sandbox.token("staging")
    assert sandbox.api("demo", PODS, demo).status == 200
    assert sandbox.api("staging", PODS, staging).status == 200
    assert sandbox.api("staging", PODS, demo).status == 401
    assert sandbox.api("demo", PODS, staging).status == 401


def test_a_wrong_secret_is_refused(sandbox: Sandbox, phase: str):
    secret = sandbox.keys(VIEWER)["secret"]
    assert sandbox.api("demo", PODS, sandbox.token(secret=secret)).status == 401


@pytest.mark.parametrize("age, status", [(14 * 60, 200), (15 * 60 + 5, 401), (-4 * 60, 200), (-6 * 60, 401)])
def test_a_token_lives_a_quarter_of_an_hour(sandbox: Sandbox, phase: str, age: int, status: int):
    assert sandbox.api("demo", PODS, sandbox.token(age=age)).status == status


def test_another_region_of_sts_is_fine(sandbox: Sandbox, phase: str):
    assert sandbox.api("demo", PODS, sandbox.token(region="eu-west-1")).status == 200


def test_an_identity_that_is_not_mapped_is_refused(sandbox: Sandbox, phase: str):
    assert sandbox.api("demo", PODS, sandbox.token(user=STRANGER)).status == 401


def test_the_viewer_may_view_and_nothing_else(sandbox: Sandbox, phase: str):
    token = sandbox.token(user=VIEWER)
    assert sandbox.api("demo", PODS, token).status == 200
    assert sandbox.api("demo", "/apis/ops.example.com/v1/backupplans", token).status == 200
    assert sandbox.api("demo", "/api/v1/namespaces/payments/secrets", token).status == 403
    assert sandbox.api("demo", "/api/v1/nodes", token).status == 403
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-viewer"}}
    refused = sandbox.api("demo", "/api/v1/namespaces/web/configmaps", token, "POST", config_map)
    assert refused.status == 403
    assert refused.json["reason"] == "Forbidden"


def test_an_assumed_role_is_known_by_its_session(sandbox: Sandbox, phase: str):
    keys = assume_role(sandbox, "eks-operator", "session-1")
    user = who_am_i(sandbox, sandbox.token(**keys))
    assert user["username"] == "eks-operator:session-1"
    assert "sandbox:admins" in user["groups"]
    broken = {**keys, "session_token": keys["session_token"][:-1] + "!"}
    assert sandbox.api("demo", PODS, sandbox.token(**broken)).status == 401


def test_both_checkers_say_the_same_of_a_user(sandbox: Sandbox):
    seen = {}
    for mode in ("own", "authenticator"):
        sandbox.control("POST", f"gate/demo/{mode}")
        seen[mode] = who_am_i(
            sandbox, sandbox.token(age=10 if mode == "own" else 20)
        )  # two tokens: verdicts are cached
    sandbox.control("POST", "gate/demo/auto")
    assert seen["own"] == seen["authenticator"]
    assert seen["own"]["extra"]["arn"] == ["arn:aws:iam::123456789012:user/platform-admin"]


def who_am_i(sandbox: Sandbox, token: str) -> dict:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = sandbox.api("demo", "/apis/authentication.k8s.io/v1/selfsubjectreviews", token, "POST", review)
    assert answer.status == 201, answer.body
    user = answer.json["status"]["userInfo"]
    user["extra"].pop("authentication.kubernetes.io/credential-id", None)
    return user


def assume_role(sandbox: Sandbox, role: str, session: str) -> dict:
    arn = sandbox.state["roles"][role]["arn"]
    body = f"Action=AssumeRole&Version=2011-06-15&RoleArn={quote(arn, safe='')}&RoleSessionName={session}"
    wish = {
        "kind": "headers",
        "method": "POST",
        "url": sandbox.state["aws_endpoint"] + "/",
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
        "body": body,
        "service": "sts",
        "region": "us-east-1",
        **sandbox.keys("platform-admin"),
    }
    answer = sandbox.front("POST", "/", sandbox.sign([wish])[0], body)
    assert answer.status == 200, answer.body
    found = dict(re.findall(r"<(AccessKeyId|SecretAccessKey|SessionToken)>([^<]*)<", answer.body.decode()))
    return {
        "access_key": found["AccessKeyId"],
        "secret": found["SecretAccessKey"],
        "session_token": found["SessionToken"],
    }
