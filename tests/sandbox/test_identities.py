"""Pods' own identities: what STS (IRSA) and EKS Auth (Pod Identity) verify before they hand out sessions of a role."""

import base64
import json
import time
import uuid

import pytest
from conftest import Sandbox
from test_eks_operations import ACCOUNT, Eks

STS, PODS = "sts.amazonaws.com", "pods.eks.amazonaws.com"
SUBJECT = "system:serviceaccount:default:default"


class Accounts(Eks):
    """Roles of the account, and tokens of the default service account of a namespace of demo's."""

    def __init__(self, sandbox: Sandbox):
        super().__init__(sandbox)
        self.issuer = self.call("describe_cluster", name="demo")["cluster"]["identity"]["oidc"]["issuer"]
        self.host = self.issuer.removeprefix("https://")
        self.provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{self.host}"

    def of(self, service: str, operation: str, **arguments) -> dict:
        return self.many([(operation, arguments)], service=service)[0]

    def register(self, audiences: list[str]) -> None:
        self.of("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=self.provider)
        made = self.of("iam", "create_open_id_connect_provider", Url=self.issuer, ClientIDList=audiences)
        assert made["result"]["OpenIDConnectProviderArn"] == self.provider

    def role(self, *statements: dict) -> str:
        name = f"pod-{uuid.uuid4().hex[:12]}"
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        return self.of("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=document)["result"]["Role"]["Arn"]

    def federated(self, **changes) -> dict:
        conditions = {"StringEquals": {f"{self.host}:sub": SUBJECT, f"{self.host}:aud": STS}}
        return {"Effect": "Allow", "Principal": {"Federated": self.provider},
                "Action": "sts:AssumeRoleWithWebIdentity", "Condition": conditions} | changes  # fmt: skip

    def token(self, audience: str, namespace: str = "default") -> str:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/default/token"
        body = {"spec": {"audiences": [audience], "expirationSeconds": 600}}
        return self.sandbox.api("demo", path, self.sandbox.token(), "POST", body).json["status"]["token"]

    def web(self, role: str, token: str, **other) -> dict:
        given = {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token} | other
        return self.of("sts", "assume_role_with_web_identity", **given)


@pytest.fixture(scope="module")
def accounts(sandbox: Sandbox):
    accounts = Accounts(sandbox)
    accounts.register([STS])
    yield accounts
    accounts.of("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=accounts.provider)


def changed(token: str, **claims) -> str:
    """The same with other claims, under the signature of the first."""
    head, body, signature = token.split(".")
    read = json.loads(base64.urlsafe_b64decode(body + "=="))
    body = base64.urlsafe_b64encode(json.dumps(read | claims).encode()).decode().rstrip("=")
    return f"{head}.{body}.{signature}"


def test_the_issuer_of_a_seeded_cluster_is_the_one_that_eks_names(accounts: Accounts):
    body = accounts.token(STS).split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert (claims["iss"], claims["sub"]) == (accounts.issuer, SUBJECT)


def test_a_service_account_becomes_the_role_that_trusts_it(accounts: Accounts):
    got = accounts.web(accounts.role(accounts.federated()), accounts.token(STS))["result"]
    keys = {"access_key": got["Credentials"]["AccessKeyId"], "secret": got["Credentials"]["SecretAccessKey"]}
    assert got["Credentials"]["SessionToken"] and keys["secret"]
    like = {"StringLike": {f"{accounts.host}:sub": "system:serviceaccount:default:*"}}
    assert "result" in accounts.web(accounts.role(accounts.federated(Condition=like)), accounts.token(STS))


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": "sts:AssumeRole"},
        {"Effect": "Deny"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/elsewhere"}},
        {"Condition": {"StringEquals": {"{}:sub": "system:serviceaccount:default:other"}}},
        {"Condition": {"StringEquals": {"{}:sub": "system:serviceaccount:*:default"}}},
        {"Condition": {"StringEquals": {"{}:aud": "another"}}},
        {"Condition": {"StringEquals": {"elsewhere:sub": SUBJECT}}},
        {"Condition": {"Bool": {"{}:sub": SUBJECT}}},
    ],
    ids=str,
)
def test_a_role_that_does_not_trust_it_is_not_to_be_had(accounts: Accounts, changes):
    changes = json.loads(json.dumps(changes).replace("{}", accounts.host))
    refused = accounts.web(accounts.role(accounts.federated(**changes)), accounts.token(STS))
    assert (refused["error"], refused["status"]) == ("AccessDenied", 403), refused


def test_a_denial_counts_more_than_what_is_allowed(accounts: Accounts):
    role = accounts.role(accounts.federated(), accounts.federated(Effect="Deny"))
    assert accounts.web(role, accounts.token(STS))["error"] == "AccessDenied"


def test_a_token_must_be_of_its_issuer_for_its_audience_and_in_its_time(accounts: Accounts):
    role, token = accounts.role(accounts.federated()), accounts.token(STS)
    now = int(time.time())
    for wrong in (
        "a.service.account-token", "aa.bb", changed(token, sub="system:serviceaccount:kube-system:admin"),
        changed(token, iss="https://elsewhere"), changed(token, exp=now + 9999), accounts.token("another"),
        token[:-8] + "AAAAAAAA", accounts.token(PODS),
    ):  # fmt: skip
        refused = accounts.web(role, wrong)
        assert refused["error"] == "InvalidIdentityToken", (wrong, refused)
    assert accounts.web(role, accounts.token(STS, "web"))["error"] == "AccessDenied"
    assert accounts.web(role, token, RoleSessionName="a/b")["error"] == "ValidationError"
    assert accounts.web(role + "-none", token)["error"] == "AccessDenied"


def test_an_account_that_does_not_know_the_issuer_takes_none_of_its_tokens(accounts: Accounts):
    role, token = accounts.role(accounts.federated()), accounts.token(STS)
    accounts.of("iam", "delete_open_id_connect_provider", OpenIDConnectProviderArn=accounts.provider)
    try:
        assert "No OpenIDConnect provider" in accounts.web(role, token)["message"]
    finally:
        accounts.register([STS])
    assert "result" in accounts.web(role, token)


POD_TRUST = {"Effect": "Allow", "Principal": {"Service": PODS}, "Action": ["sts:AssumeRole", "sts:TagSession"]}


@pytest.fixture
def associated(accounts: Accounts):
    """Associates the service account of the tests with a role."""
    made = []

    def associate(*statements: dict) -> str:
        role = accounts.role(*statements)
        wanted = {"clusterName": "demo", "namespace": "default", "serviceAccount": "default", "roleArn": role}
        made.append(accounts.call("create_pod_identity_association", **wanted)["association"]["associationId"])
        return role

    yield associate
    for number in made:
        accounts.call("delete_pod_identity_association", clusterName="demo", associationId=number)


def assume(accounts: Accounts, token: str, cluster: str = "demo") -> dict:
    return accounts.of("eks-auth", "assume_role_for_pod_identity", clusterName=cluster, token=token)


def test_an_associated_service_account_gets_a_session_of_its_role(accounts: Accounts, associated):
    role = associated(POD_TRUST | {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}})
    got = assume(accounts, accounts.token(PODS))["result"]
    assert got["subject"] == {"namespace": "default", "serviceAccount": "default"} and got["audience"] == PODS
    assert f":assumed-role/{role.rpartition('/')[2]}/eks-demo-" in got["assumedRoleUser"]["arn"]
    assert got["credentials"]["sessionToken"] and got["credentials"]["expiration"] > time.time()


@pytest.mark.parametrize(
    "changes",
    [
        {"Action": "sts:AssumeRole"},
        {"Principal": {"Service": "ec2.amazonaws.com"}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
    ],
    ids=str,
)
def test_a_role_that_pods_may_not_take_is_refused(accounts: Accounts, associated, changes):
    associated(POD_TRUST | changes)
    assert assume(accounts, accounts.token(PODS))["error"] == "AccessDeniedException"


def test_a_pods_token_must_be_one_of_the_cluster_for_its_agent(accounts: Accounts, associated):
    associated(POD_TRUST)
    token = accounts.token(PODS)
    wrong = [accounts.token(STS), "none", changed(token, sub="system:serviceaccount:kube-system:admin"), token[:-4] + "AAAA"]
    assert [assume(accounts, one).get("error") for one in wrong] == ["InvalidTokenException"] * 4
    assert assume(accounts, token, "staging")["error"] in ("InvalidTokenException", "ResourceNotFoundException")
    assert assume(accounts, accounts.token(PODS, "web"))["error"] == "ResourceNotFoundException"
