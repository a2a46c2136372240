"""EKS as the sandbox simulates it, asked by boto3; and that access entries decide who may into the clusters."""

import time
from collections.abc import Callable

import pytest
from conftest import ADMIN, STRANGER, VIEWER, Answer, Sandbox
from test_aws_front import signed
from test_tokens import assume_role, who_am_i

ACCOUNT = "123456789012"
STRANGER_ARN = f"arn:aws:iam::{ACCOUNT}:user/{STRANGER}"
POLICY = "arn:aws:eks::aws:cluster-access-policy/"
PODS = "/api/v1/namespaces/web/pods"
CLUSTER_SCOPE = {"type": "cluster"}
SOON = 8  # seconds until an access entry must have its effect


class Eks:
    def __init__(self, sandbox: Sandbox):
        self.sandbox = sandbox

    def many(self, calls: list[tuple[str, dict]], user: str = ADMIN, region: str = "us-east-1", **other) -> list[dict]:
        common = {"region": region, "endpoint": self.sandbox.state["aws_endpoint"], **self.sandbox.keys(user), **other}
        wishes = [{"operation": name, "arguments": arguments, **common} for name, arguments in calls]
        return self.sandbox.boto(wishes)

    def call(self, operation: str, user: str = ADMIN, region: str = "us-east-1", **arguments) -> dict:
        answer = self.many([(operation, arguments)], user, region)[0]
        assert "result" in answer, answer
        return answer["result"]

    def refused(self, operation: str, code: str, status: int, user: str = ADMIN, **arguments) -> str:
        answer = self.many([(operation, arguments)], user)[0]
        assert (answer.get("error"), answer.get("status")) == (code, status), answer
        return answer["message"]

    def forget(self, principal: str, cluster: str = "demo") -> None:
        self.many([("delete_access_entry", {"clusterName": cluster, "principalArn": principal})])


@pytest.fixture
def eks(sandbox: Sandbox):
    """The stranger has no entry before and after."""
    eks = Eks(sandbox)
    eks.forget(STRANGER_ARN)
    yield eks
    eks.forget(STRANGER_ARN)


def eventually(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < deadline, f"not within {SOON} s: {what}"
        time.sleep(0.3)


def as_stranger(sandbox: Sandbox, path: str, method: str = "GET", body: dict | None = None) -> Answer:
    return sandbox.api("demo", path, sandbox.token(user=STRANGER), method, body)


def grant(eks: Eks, policy: str = "AmazonEKSViewPolicy", scope: dict | None = None) -> None:
    eks.call("create_access_entry", clusterName="demo", principalArn=STRANGER_ARN)
    eks.call("associate_access_policy", clusterName="demo", principalArn=STRANGER_ARN, policyArn=POLICY + policy,
             accessScope=scope or CLUSTER_SCOPE)  # fmt: skip


# Access entries at work


def test_the_stranger_gets_in_by_an_access_entry(sandbox: Sandbox, eks: Eks, phase: str):
    assert as_stranger(sandbox, PODS).status == 401
    grant(eks)
    eventually(lambda: as_stranger(sandbox, PODS).status == 200, "the stranger may view")
    assert as_stranger(sandbox, "/api/v1/namespaces/payments/secrets").status == 403
    assert as_stranger(sandbox, "/api/v1/nodes").status == 403
    config_map = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "from-stranger"}}
    assert as_stranger(sandbox, "/api/v1/namespaces/web/configmaps", "POST", config_map).status == 403
    assert sandbox.api("staging", PODS, sandbox.token("staging", STRANGER)).status == 401
    assert who_am_i(sandbox, sandbox.token(user=STRANGER))["username"] == STRANGER_ARN
    eks.call("delete_access_entry", clusterName="demo", principalArn=STRANGER_ARN)
    eventually(lambda: as_stranger(sandbox, PODS).status == 401, "the stranger is refused again")


def test_an_entry_without_a_policy_lets_in_and_allows_nothing(sandbox: Sandbox, eks: Eks):
    eks.call("create_access_entry", clusterName="demo", principalArn=STRANGER_ARN)
    eventually(lambda: as_stranger(sandbox, PODS).status == 403, "the stranger is known")


def test_policies_take_effect_and_lose_it_for_a_token_in_use(sandbox: Sandbox, eks: Eks):
    secrets, about = "/api/v1/namespaces/web/secrets", {"clusterName": "demo", "principalArn": STRANGER_ARN}
    grant(eks, "AmazonEKSEditPolicy")
    token = sandbox.token(user=STRANGER)
    eventually(lambda: sandbox.api("demo", secrets, token).status == 200, "edit may read secrets")
    eks.call("associate_access_policy", **about, policyArn=POLICY + "AmazonEKSViewPolicy", accessScope=CLUSTER_SCOPE)
    eks.call("disassociate_access_policy", **about, policyArn=POLICY + "AmazonEKSEditPolicy")
    eventually(lambda: sandbox.api("demo", secrets, token).status == 403, "view may not")
    assert sandbox.api("demo", PODS, token).status == 200
    eks.call("associate_access_policy", **about, policyArn=POLICY + "AmazonEKSClusterAdminPolicy",
             accessScope=CLUSTER_SCOPE)  # fmt: skip
    eventually(lambda: sandbox.api("demo", "/api/v1/nodes", token).status == 200, "cluster-admin sees nodes")


def test_a_policy_may_be_for_some_namespaces(sandbox: Sandbox, eks: Eks):
    grant(eks, scope={"type": "namespace", "namespaces": ["web", "pay*"]})
    eventually(lambda: as_stranger(sandbox, PODS).status == 200, "the stranger may view web")
    assert as_stranger(sandbox, "/api/v1/namespaces/payments/pods").status == 200
    assert as_stranger(sandbox, "/api/v1/namespaces/batch/pods").status == 403
    assert as_stranger(sandbox, "/api/v1/pods").status == 403


def stranger_is_called(sandbox: Sandbox, name: str) -> bool:
    review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = as_stranger(sandbox, "/apis/authentication.k8s.io/v1/selfsubjectreviews", "POST", review)
    return answer.status == 201 and answer.json["status"]["userInfo"]["username"] == name


def test_groups_and_names_of_an_entry_are_those_in_the_cluster(sandbox: Sandbox, eks: Eks):
    about = {"clusterName": "demo", "principalArn": STRANGER_ARN}
    eks.call("create_access_entry", **about, kubernetesGroups=["sandbox:viewers"], username="guest")
    # An entry of the test before, which let him view as himself, is known until the new ones are read.
    eventually(lambda: stranger_is_called(sandbox, "guest"), "the stranger is the guest")
    assert as_stranger(sandbox, PODS).status == 200
    changed = eks.call("update_access_entry", **about, kubernetesGroups=["others"])["accessEntry"]
    assert (changed["kubernetesGroups"], changed["username"]) == (["others"], "guest")
    eventually(lambda: as_stranger(sandbox, PODS).status == 403, "the other group may not")


def test_an_entry_of_a_role_is_for_its_sessions(sandbox: Sandbox, eks: Eks):
    role = sandbox.state["roles"]["eks-operator"]["arn"]
    before = eks.call("describe_access_entry", clusterName="staging", principalArn=role)["accessEntry"]
    keys = assume_role(sandbox, "eks-operator", "night-shift")

    def status() -> int:
        return sandbox.api("staging", PODS, sandbox.token("staging", **keys)).status

    assert status() == 200
    eks.forget(role, "staging")
    try:
        eventually(lambda: status() == 401, "the role is refused")
    finally:
        eks.call("create_access_entry", clusterName="staging", principalArn=role, username=before["username"],
                 kubernetesGroups=before["kubernetesGroups"])  # fmt: skip
    eventually(lambda: status() == 200, "the role is accepted again")


# Access entries as the API shows them


def test_access_entries_of_the_seed(eks: Eks):
    listed = eks.call("list_access_entries", clusterName="demo")["accessEntries"]
    assert f"arn:aws:iam::{ACCOUNT}:user/{ADMIN}" in listed
    assert STRANGER_ARN not in listed
    viewer = {"clusterName": "demo", "principalArn": f"arn:aws:iam::{ACCOUNT}:user/{VIEWER}"}
    entry = eks.call("describe_access_entry", user=VIEWER, **viewer)["accessEntry"]
    assert (entry["username"], entry["type"]) == (VIEWER, "STANDARD")
    arn = f"arn:aws:eks:us-east-1:{ACCOUNT}:access-entry/demo/user/{ACCOUNT}/viewer/"
    assert entry["accessEntryArn"].startswith(arn)
    policies = eks.call("list_associated_access_policies", **viewer)["associatedAccessPolicies"]
    assert [(p["policyArn"], p["accessScope"]) for p in policies] == [
        (POLICY + "AmazonEKSViewPolicy", {"type": "cluster", "namespaces": []})
    ]
    filtered = eks.call("list_access_entries", clusterName="demo", associatedPolicyArn=POLICY + "AmazonEKSViewPolicy")
    assert viewer["principalArn"] in filtered["accessEntries"]
    assert f"arn:aws:iam::{ACCOUNT}:user/{ADMIN}" not in filtered["accessEntries"]


def test_the_viewer_may_not_create_entries(eks: Eks):
    about = {"clusterName": "demo", "principalArn": STRANGER_ARN}
    message = eks.refused("create_access_entry", "AccessDeniedException", 403, user=VIEWER, **about)
    assert "user/viewer is not authorized to perform: eks:CreateAccessEntry" in message
    eks.refused("describe_access_entry", "ResourceNotFoundException", 404, **about)


def test_creating_twice_is_refused_unless_it_is_the_same_request(eks: Eks):
    about = {"clusterName": "demo", "principalArn": STRANGER_ARN, "clientRequestToken": "one"}
    first = eks.call("create_access_entry", **about)
    assert eks.call("create_access_entry", **about) == first
    eks.refused("create_access_entry", "ResourceInUseException", 409, **{**about, "clientRequestToken": "two"})


@pytest.mark.parametrize("change, code, status", [
    ({"clusterName": "nowhere"}, "ResourceNotFoundException", 404),
    ({"principalArn": STRANGER_ARN + "r"}, "InvalidParameterException", 400),
    ({"principalArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/eks-operator/me"}, "InvalidParameterException", 400),
    ({"kubernetesGroups": ["system:masters"]}, "InvalidParameterException", 400),
    ({"username": "system:admin"}, "InvalidParameterException", 400),
    ({"type": "ODD"}, "InvalidParameterException", 400),
    ({"type": "EC2_LINUX", "kubernetesGroups": ["x"]}, "InvalidRequestException", 400),
])  # fmt: skip
def test_bad_entries_are_refused(eks: Eks, change: dict, code: str, status: int):
    eks.refused("create_access_entry", code, status, **{"clusterName": "demo", "principalArn": STRANGER_ARN, **change})


def test_bad_associations_are_refused(eks: Eks):
    about = {"clusterName": "demo", "principalArn": STRANGER_ARN}
    view = {**about, "policyArn": POLICY + "AmazonEKSViewPolicy"}
    eks.refused("associate_access_policy", "ResourceNotFoundException", 404, **view, accessScope=CLUSTER_SCOPE)
    eks.call("create_access_entry", **about)
    eks.refused("associate_access_policy", "InvalidParameterException", 400, **about, policyArn=POLICY + "Odd",
                accessScope=CLUSTER_SCOPE)  # fmt: skip
    eks.refused("associate_access_policy", "InvalidParameterException", 400, **view, accessScope={"type": "namespace"})
    eks.refused("disassociate_access_policy", "ResourceNotFoundException", 404, **view)


# The rest of EKS


def test_describe_cluster(eks: Eks):
    cluster = eks.call("describe_cluster", name="demo")["cluster"]
    assert cluster["accessConfig"]["authenticationMode"] == "API_AND_CONFIG_MAP"
    assert cluster["health"] == {"issues": []}
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert eks.call("describe_cluster", name="staging")["cluster"]["health"]["issues"]


def test_times_are_numbers_and_errors_are_in_the_header(sandbox: Sandbox):
    for path in ("/clusters/demo", "/clusters/demo/node-groups/workers", "/clusters/demo/addons/coredns"):
        about = sandbox.front("GET", path, signed(sandbox, path)).json
        assert isinstance(next(iter(about.values()))["createdAt"], (int, float)), path
    missing = "/clusters/demo/addons/none"
    answer = sandbox.front("GET", missing, signed(sandbox, missing))
    assert answer.status == 404
    assert answer.headers["x-amzn-errortype"] == "ResourceNotFoundException"
    assert answer.headers["x-amzn-requestid"]
    assert "none" in answer.json["message"]


def test_cluster_versions(eks: Eks):
    versions = eks.call("describe_cluster_versions", includeAll=True)["clusterVersions"]
    now = time.time()
    for version in versions:
        ends = [version["endOfStandardSupportDate"], version["endOfExtendedSupportDate"]]
        expected = ("STANDARD_SUPPORT", "EXTENDED_SUPPORT", "UNSUPPORTED")[sum(now >= end for end in ends)]
        assert version["versionStatus"] == expected
    assert [v["clusterVersion"] for v in versions if v["defaultVersion"]] == [
        v["clusterVersion"] for v in eks.call("describe_cluster_versions", defaultOnly=True)["clusterVersions"]
    ]
    one = eks.call("describe_cluster_versions", clusterVersions=["1.33"])["clusterVersions"]
    assert [v["clusterVersion"] for v in one] == ["1.33"]


LISTS = {
    "list_access_entries": ("accessEntries", {}),
    "list_addons": ("addons", {}),
    "list_fargate_profiles": ("fargateProfileNames", {}),
    "list_insights": ("insights", {}),
    "list_nodegroups": ("nodegroups", {}),
    "list_pod_identity_associations": ("associations", {}),
    "list_updates": ("updateIds", {}),
    "list_clusters": ("clusters", None),
    "describe_cluster_versions": ("clusterVersions", None),
    "describe_addon_versions": ("addons", None),
    "list_access_policies": ("accessPolicies", None),
}


@pytest.mark.parametrize("operation", LISTS)
def test_lists_come_in_pages(eks: Eks, operation: str):
    member, arguments = LISTS[operation]
    name = "name" if operation == "list_updates" else "clusterName"
    arguments = {} if arguments is None else {name: "demo"}
    whole = eks.call(operation, **arguments)[member]
    assert whole
    pages = eks.many([(operation, {**arguments, "maxResults": 1})], all=True)[0]["result"]
    assert [item for page in pages for item in page[member]] == whole
    assert all(len(page[member]) == 1 for page in pages)
    wrong = eks.many([(operation, {**arguments, "nextToken": "wrong"}), (operation, {**arguments, "maxResults": 101})])
    assert [answer["error"] for answer in wrong] == ["InvalidParameterException"] * 2
    if arguments:
        missing = eks.many([(operation, {name: "nowhere"})])[0]
        assert (missing["error"], missing["status"]) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("cluster, region", [("demo", "us-east-1"), ("staging", "us-east-1"), ("demo", "eu-west-1")])
def test_what_the_clusters_have(eks: Eks, cluster: str, region: str):
    at = {"clusterName": cluster}
    groups = [
        eks.call("describe_nodegroup", region=region, **at, nodegroupName=name)["nodegroup"]
        for name in eks.call("list_nodegroups", region=region, **at)["nodegroups"]
    ]
    assert {group["status"] for group in groups} == {"ACTIVE", "DEGRADED"}
    assert all(bool(group["health"]["issues"]) == (group["status"] == "DEGRADED") for group in groups)
    addons = {
        name: eks.call("describe_addon", region=region, **at, addonName=name)["addon"]
        for name in eks.call("list_addons", region=region, **at)["addons"]
    }
    assert set(addons) == {"vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver"}
    assert addons["aws-ebs-csi-driver"]["health"]["issues"][0]["code"] == "InsufficientNumberOfReplicas"
    known = eks.call("describe_addon_versions", region=region, addonName="vpc-cni", kubernetesVersion="1.33")["addons"]
    assert [v["addonVersion"] for v in known[0]["addonVersions"]][1:] == [addons["vpc-cni"]["addonVersion"]]
    profile = eks.call("list_fargate_profiles", region=region, **at)["fargateProfileNames"][0]
    profile = eks.call("describe_fargate_profile", region=region, **at, fargateProfileName=profile)["fargateProfile"]
    assert profile["selectors"][0]["namespace"] == "reports"
    association = eks.call("list_pod_identity_associations", region=region, **at)["associations"][0]
    described = eks.call("describe_pod_identity_association", region=region, **at,
                         associationId=association["associationId"])["association"]  # fmt: skip
    assert described["roleArn"] == f"arn:aws:iam::{ACCOUNT}:role/eks-ebs-csi"


def test_insights(eks: Eks):
    insights = eks.call("list_insights", clusterName="demo")["insights"]
    assert {i["insightStatus"]["status"] for i in insights} == {"PASSING", "WARNING", "ERROR"}
    wish = {"statuses": ["ERROR"], "categories": ["UPGRADE_READINESS"]}
    (bad,) = eks.call("list_insights", clusterName="demo", filter=wish)["insights"]
    insight = eks.call("describe_insight", clusterName="demo", id=bad["id"])["insight"]
    assert insight["recommendation"]
    assert insight["categorySpecificSummary"]["addonCompatibilityDetails"][0]["name"] == "vpc-cni"


def test_updates(eks: Eks):
    ids = eks.call("list_updates", name="demo")["updateIds"]
    updates = [eks.call("describe_update", name="demo", updateId=id)["update"] for id in ids]
    assert {u["status"] for u in updates} == {"Failed", "Successful"}
    assert all(bool(u["errors"]) == (u["status"] == "Failed") for u in updates)
    of_group = eks.call("list_updates", name="demo", nodegroupName="batch-spot")["updateIds"]
    assert of_group and not set(of_group) & set(ids)
    eks.refused("describe_update", "ResourceNotFoundException", 404, name="demo", updateId=of_group[0])


def test_tags(eks: Eks):
    arns = [
        eks.call("describe_cluster", name="staging")["cluster"]["arn"],
        eks.call("describe_nodegroup", clusterName="staging", nodegroupName="workers")["nodegroup"]["nodegroupArn"],
        eks.call("describe_addon", clusterName="staging", addonName="coredns")["addon"]["addonArn"],
    ]
    for arn in arns:
        before = eks.call("list_tags_for_resource", resourceArn=arn)["tags"]
        eks.call("tag_resource", resourceArn=arn, tags={"a": "1", "b": "2"})
        assert eks.call("list_tags_for_resource", resourceArn=arn)["tags"] == {**before, "a": "1", "b": "2"}
        eks.call("untag_resource", resourceArn=arn, tagKeys=["a", "b"])
        assert eks.call("list_tags_for_resource", resourceArn=arn)["tags"] == before
    eks.refused("list_tags_for_resource", "NotFoundException", 404, resourceArn=arns[0] + "x")
    eks.refused("list_tags_for_resource", "BadRequestException", 400, resourceArn="nothing")
