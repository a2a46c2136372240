"""Signed calls at the AWS front: let through when right, refused in AWS's own words for one changed byte."""

import socket

import pytest
from conftest import ADMIN, VIEWER, Answer, Sandbox

CREATE = (
    '{"name":"new","roleArn":"arn:aws:iam::123456789012:role/eks","resourcesVpcConfig":{"subnetIds":["s-1","s-2"]}}'
)


def signed(
    sandbox: Sandbox, path: str, method: str = "GET", body: str = "", service: str = "eks", user: str = ADMIN, **other
) -> dict:
    """The headers of a signed call."""
    headers = {"X-Amz-Meta": "plain  text"}
    if body:
        headers["Content-Type"] = "application/json" if service == "eks" else "application/x-www-form-urlencoded"
    url = sandbox.state["aws_endpoint"] + path
    wish = {"kind": "headers", "method": method, "url": url, "body": body, "service": service, "region": "us-east-1",
            "headers": headers, **sandbox.keys(user), **other}  # fmt: skip
    host = sandbox.state["aws_endpoint"].removeprefix("http://")
    return {"Host": host, **sandbox.sign([wish])[0]}


def refusal(answer: Answer, code: str) -> str:
    """A refusal in the shape of EKS; returns its message."""
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"] == code
    assert answer.headers["x-amzn-requestid"]
    return answer.json["message"]


def replaced(headers: dict, name: str, old: str, new: str) -> dict:
    assert old in headers[name], headers[name]
    return {**headers, name: headers[name].replace(old, new, 1)}


def test_a_right_call_goes_through(sandbox: Sandbox):
    answer = sandbox.front("GET", "/clusters", signed(sandbox, "/clusters"))
    assert answer.status == 200
    assert answer.json["clusters"] == ["demo", "staging"]


def test_a_path_with_an_arn_goes_through(sandbox: Sandbox):
    path = "/tags/arn%3Aaws%3Aeks%3Aus-east-1%3A123456789012%3Acluster%2Fdemo"
    answer = sandbox.front("GET", path, signed(sandbox, path))
    assert answer.status != 403, answer.body


def flip(text: str) -> str:
    return text[:-1] + ("0" if text[-1] != "0" else "1")


CHANGES = {
    "signature": lambda h: {**h, "Authorization": flip(h["Authorization"])},
    "date": lambda h: {**h, "X-Amz-Date": h["X-Amz-Date"][:-2] + str((int(h["X-Amz-Date"][-2]) + 1) % 10) + "Z"},
    "signed header": lambda h: replaced(h, "X-Amz-Meta", "plain", "plaim"),
    "signed header gone": lambda h: {k: v for k, v in h.items() if k != "X-Amz-Meta"},
    "host": lambda h: replaced(h, "Host", "127.0.0.1", "127.0.0.2"),
    "scope, day": lambda h: replaced(h, "Authorization", h["X-Amz-Date"][:8], str(int(h["X-Amz-Date"][:8]) - 1)),
    "scope, region": lambda h: replaced(h, "Authorization", "us-east-1", "us-east-2"),
    "scope, terminator": lambda h: replaced(h, "Authorization", "aws4_request", "aws4_requesu"),
    "header list": lambda h: replaced(h, "Authorization", "SignedHeaders=host;", "SignedHeaders="),
    "header added": lambda h: {**h, "X-Amz-Extra": "1"},
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_call_is_refused(sandbox: Sandbox, change: str):
    headers = CHANGES[change](signed(sandbox, "/clusters"))
    refusal(sandbox.front("GET", "/clusters", headers), "InvalidSignatureException")


def test_another_path_query_method_or_body_is_refused(sandbox: Sandbox):
    read, create = signed(sandbox, "/clusters/demo"), signed(sandbox, "/clusters", "POST", CREATE)
    for answer in (
        sandbox.front("GET", "/clusters/demp", read),
        sandbox.front("GET", "/clusters/demo?x=1", read),
        sandbox.front("DELETE", "/clusters/demo", read),
        sandbox.front("POST", "/clusters", create, CREATE.replace("new", "neu")),
    ):
        refusal(answer, "InvalidSignatureException")


def test_an_unknown_key_is_refused(sandbox: Sandbox):
    headers = replaced(signed(sandbox, "/clusters"), "Authorization", "ADMIN0001", "ADMIN0002")
    message = refusal(sandbox.front("GET", "/clusters", headers), "UnrecognizedClientException")
    assert message == "The security token included in the request is invalid."


def test_a_call_without_signature_is_refused(sandbox: Sandbox):
    refusal(sandbox.front("GET", "/clusters"), "MissingAuthenticationTokenException")
    assert b"<Code>MissingAuthenticationToken</Code>" in sandbox.front("POST", "/", body="Action=ListUsers").body


@pytest.mark.parametrize("age, text", [(6 * 60, "Signature expired"), (-6 * 60, "Signature not yet current")])
def test_a_wrong_clock_is_told(sandbox: Sandbox, age: int, text: str):
    headers = signed(sandbox, "/clusters", age=age)
    assert text in refusal(sandbox.front("GET", "/clusters", headers), "InvalidSignatureException")


def test_query_services_refuse_in_xml(sandbox: Sandbox):
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    headers = signed(sandbox, "/", "POST", body, "sts")
    assert b":user/platform-admin</Arn>" in sandbox.front("POST", "/", headers, body).body
    answer = sandbox.front("POST", "/", CHANGES["signature"](headers), body)
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body


def test_the_viewer_may_describe_but_not_change(sandbox: Sandbox):
    assert sandbox.front("GET", "/clusters/demo", signed(sandbox, "/clusters/demo", user=VIEWER)).status == 200
    headers = signed(sandbox, "/clusters", "POST", CREATE, user=VIEWER)
    message = refusal(sandbox.front("POST", "/clusters", headers, CREATE), "AccessDeniedException")
    assert "user/viewer is not authorized to perform: eks:CreateCluster" in message


def test_a_role_wants_its_external_id(sandbox: Sandbox):
    role = sandbox.state["roles"]["eks-partner"]
    body = f"Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn={role['arn']}"
    with_id = f"{body}&ExternalId={role['external_id']}"
    for text, status in ((body, 403), (with_id + "x", 403), (with_id, 200)):
        assert sandbox.front("POST", "/", signed(sandbox, "/", "POST", text, "sts"), text).status == status
    viewers = signed(sandbox, "/", "POST", with_id, "sts", VIEWER)
    assert b"<Code>AccessDenied</Code>" in sandbox.front("POST", "/", viewers, with_id).body


def test_the_unreachable_cluster_is_described_and_refuses(sandbox: Sandbox):
    headers = signed(sandbox, "/clusters/demo", region="eu-west-1")
    cluster = sandbox.front("GET", "/clusters/demo", headers).json["cluster"]
    assert cluster["status"] == "ACTIVE"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(cluster["endpoint"].rsplit(":", 1)[1])), timeout=5)


def test_faults_and_counters(sandbox: Sandbox):
    path, action = "/clusters/demo/fargate-profiles", "eks:ListFargateProfiles"  # nobody else calls it
    before = sandbox.control("GET", "stats")["calls"].get(action, 0)
    fault = {"operation": action, "count": 2, "code": "ThrottlingException", "status": 429, "message": "Rate exceeded"}
    sandbox.control("POST", "fault", fault)
    headers = signed(sandbox, path)
    answers = [sandbox.front("GET", path, headers) for _ in range(3)]
    assert [answer.status for answer in answers] == [429, 429, 200]
    assert answers[0].headers["x-amzn-errortype"] == "ThrottlingException"
    assert sandbox.control("GET", "stats")["calls"][action] == before + 3
