"""Clusters that are made by calls: what EKS does and refuses, and the control plane that each gets."""

import base64
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPSConnection
from pathlib import Path

import pytest
from conftest import ADMIN, STRANGER, VIEWER, Answer, Sandbox, answer
from test_eks_operations import Eks

REGION = "ap-south-1"
ACCOUNT = "123456789012"
ROLE, NODE_ROLE = (f"arn:aws:iam::{ACCOUNT}:role/{name}" for name in ("EKS_Cluster", "node-group-k8s"))
PATIENCE = 300


def until(holds: Callable[[], object], what: str) -> object:
    deadline = time.monotonic() + PATIENCE
    while not (seen := holds()):
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.2)
    return seen


class Aws(Eks):
    """Calls in the region of the clusters that are made here."""

    def __init__(self, sandbox: Sandbox):
        super().__init__(sandbox)
        subnets = self.of("ec2", "describe_subnets")["Subnets"]  # those of the region's default VPC
        self.subnets = [subnet["SubnetId"] for subnet in subnets][:2]

    def many(self, calls: list, user: str = ADMIN, region: str = REGION, **other) -> list[dict]:
        return super().many(calls, user, region, **other)

    def call(self, operation: str, user: str = ADMIN, region: str = REGION, **arguments) -> dict:
        return super().call(operation, user, region, **arguments)

    def of(self, service: str, operation: str, **arguments) -> dict:
        done = self.many([(operation, arguments)], service=service)[0]
        assert "result" in done, done
        return done["result"]

    def create(self, name: str, **other) -> dict:
        arguments = {"name": name, "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": self.subnets},
                     "accessConfig": {"authenticationMode": "API"}, **other}  # fmt: skip
        return self.call("create_cluster", **arguments)["cluster"]

    def cluster(self, name: str) -> dict:
        return self.call("describe_cluster", name=name)["cluster"]

    def active(self, name: str) -> dict:
        def is_active() -> dict | None:
            cluster = self.cluster(name)
            assert cluster["status"] != "FAILED", cluster["health"]
            return cluster if cluster["status"] == "ACTIVE" else None

        return until(is_active, f"{name} is ACTIVE")

    def group(self, name: str = "workers") -> dict:
        return self.call("describe_nodegroup", clusterName="made", nodegroupName=name)["nodegroup"]

    def update(self, update: dict, **target) -> dict:
        """The update once it is over."""

        def is_over() -> dict | None:
            seen = self.call("describe_update", name="made", updateId=update["id"], **target)["update"]
            return seen if seen["status"] != "InProgress" else None

        return until(is_over, "the update is over")

    def remove(self, name: str) -> None:
        until(lambda: self.many([("delete_cluster", {"name": name})])[0].get("error") == "ResourceNotFoundException",
              f"{name} is gone")  # fmt: skip


@pytest.fixture(scope="module")
def aws(sandbox: Sandbox) -> Iterator[Aws]:
    yield Aws(sandbox)
    sandbox.control("DELETE", "made")  # what a test that failed left


@pytest.fixture(scope="module")
def made(aws: Aws) -> Iterator[dict]:
    aws.create("made", version="1.33", tags={"team": "a"})
    yield aws.active("made")
    for group in aws.call("list_nodegroups", clusterName="made")["nodegroups"]:
        aws.call("delete_nodegroup", clusterName="made", nodegroupName=group)
    aws.remove("made")


@pytest.fixture
def slow(sandbox: Sandbox) -> Iterator[Callable]:
    """Orders how operations go on; takes it back at the end."""
    yield lambda **order: sandbox.control("POST", "slow", order)
    sandbox.control("DELETE", "slow")


def ask(sandbox: Sandbox, cluster: dict, path: str, user: str = ADMIN, name: str | None = None) -> Answer:
    """GET at a cluster's API server, as someone with an IAM token for it."""
    authority = base64.b64decode(cluster["certificateAuthority"]["data"]).decode()
    address = cluster["endpoint"].removeprefix("https://")
    connection = HTTPSConnection(address, timeout=20, context=ssl.create_default_context(cadata=authority))
    token = sandbox.token(name or cluster["name"], user, REGION)
    return answer(connection, "GET", path, {"Authorization": f"Bearer {token}"}, None)


def folders(sandbox: Sandbox) -> set[Path]:
    """Where made clusters have their keys and their state."""
    return set(Path(sandbox.state["clusters"]["demo"]["kubeconfig"]).parent.parent.glob("made-*"))


def test_all_that_was_made_is_forgotten_at_once(sandbox: Sandbox, aws: Aws):
    """Stands first: it ends the cluster that the others share."""
    seeded = aws.call("list_clusters", region="us-east-1")
    aws.create("unfinished")
    until(lambda: folders(sandbox), "it is being made")
    sandbox.control("DELETE", "made")
    assert not folders(sandbox)
    assert not aws.call("list_clusters")["clusters"]
    assert aws.call("list_clusters", region="us-east-1") == seeded


# A cluster and its control plane


def test_a_made_cluster_has_a_control_plane_of_its_own(sandbox: Sandbox, aws: Aws, made: dict):
    demo = aws.call("describe_cluster", region="us-east-1", name="demo")["cluster"]
    for member in ("endpoint", "certificateAuthority", "identity", "arn"):
        assert made[member] != demo[member], member
    assert made["endpoint"].removeprefix("https://") in sandbox.state["allow_endpoints"]
    namespaces = ask(sandbox, made, "/api/v1/namespaces")
    assert namespaces.status == 200
    assert "payments" not in [item["metadata"]["name"] for item in namespaces.json["items"]]
    issuer = ask(sandbox, made, "/.well-known/openid-configuration").json["issuer"]
    assert issuer == made["identity"]["oidc"]["issuer"]


def test_only_its_maker_may_in_until_an_access_entry_says_more(sandbox: Sandbox, aws: Aws, made: dict):
    assert ask(sandbox, made, "/api/v1/nodes").status == 200
    assert ask(sandbox, made, "/api/v1/nodes", user=STRANGER).status == 401
    assert ask(sandbox, made, "/api/v1/nodes", name="demo").status == 401
    viewer = {"clusterName": "made", "principalArn": f"arn:aws:iam::{ACCOUNT}:user/{VIEWER}"}
    assert viewer["principalArn"] not in aws.call("list_access_entries", clusterName="made")["accessEntries"]
    aws.call("create_access_entry", **viewer)
    aws.call("associate_access_policy", **viewer, accessScope={"type": "cluster"},
             policyArn="arn:aws:eks::aws:cluster-access-policy/AmazonEKSAdminViewPolicy")  # fmt: skip
    until(lambda: ask(sandbox, made, "/api/v1/nodes", user=VIEWER).status == 200, "the viewer may in")


def test_a_cluster_is_made_slowly_and_deleted_with_all_that_it_had(sandbox: Sandbox, aws: Aws, slow: Callable):
    before = folders(sandbox)
    slow(operation="eks:CreateCluster", resource="brief", seconds=3)
    first = aws.create("brief", version="1.33", clientRequestToken="once")
    assert first["status"] == "CREATING" and "endpoint" not in first
    assert aws.create("brief", version="1.33", clientRequestToken="once")["arn"] == first["arn"]
    aws.refused("create_cluster", "ResourceInUseException", 409, name="brief", roleArn=ROLE,
                resourcesVpcConfig={"subnetIds": aws.subnets})  # fmt: skip
    aws.refused("delete_cluster", "ResourceInUseException", 409, name="brief")
    cluster = aws.active("brief")
    group = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    assert group in str(aws.of("ec2", "describe_security_groups"))
    assert folders(sandbox) != before
    aws.remove("brief")
    assert folders(sandbox) == before
    assert "brief" not in aws.call("list_clusters")["clusters"]
    assert group not in str(aws.of("ec2", "describe_security_groups"))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(cluster["endpoint"].rpartition(":")[2])), 5)


def test_only_so_many_are_made(aws: Aws, made: dict):
    for name in ("two", "three"):
        aws.create(name)
    aws.refused("create_cluster", "ResourceLimitExceededException", 400, name="four", roleArn=ROLE,
                resourcesVpcConfig={"subnetIds": aws.subnets})  # fmt: skip
    for name in ("two", "three"):
        aws.active(name)
        aws.remove(name)


def test_a_cluster_may_fail(aws: Aws, slow: Callable):
    slow(operation="eks:CreateCluster", code="Ec2SubnetNotFound", message="It is not there.")
    aws.create("failing")
    until(lambda: aws.cluster("failing")["status"] == "FAILED", "it failed")
    assert aws.cluster("failing")["health"]["issues"][0]["code"] == "Ec2SubnetNotFound"
    aws.remove("failing")


@pytest.mark.parametrize("change", [
    {"name": "-a"},
    {"name": "a" * 101},
    {"roleArn": ROLE + "s"},
    {"resourcesVpcConfig": {"subnetIds": ["subnet-0"]}},
    {"resourcesVpcConfig": {"subnetIds": []}},
    {"version": "1.19"},
    {"version": "1.29"},
    {"kubernetesNetworkConfig": {"ipFamily": "ipv6"}},
    {"kubernetesNetworkConfig": {"ipFamily": "ipv5"}},
], ids=str)  # fmt: skip
def test_what_no_cluster_can_be_made_of_is_refused(aws: Aws, change: dict):
    right = {"name": "wrong", "roleArn": ROLE, "resourcesVpcConfig": {"subnetIds": aws.subnets}}
    aws.refused("create_cluster", "InvalidParameterException", 400, **{**right, **change})


# Changes


def test_a_cluster_is_upgraded_by_one_minor(aws: Aws, made: dict, slow: Callable):
    for version in ("1.35", "1.33", "1.32", "1.99"):
        aws.refused("update_cluster_version", "InvalidParameterException", 400, name="made", version=version)
    insights = aws.call("list_insights", clusterName="made")["insights"]
    assert {insight["kubernetesVersion"] for insight in insights} == {"1.34"}
    slow(operation="eks:UpdateClusterVersion", seconds=2, count=1)
    update = aws.call("update_cluster_version", name="made", version="1.34")["update"]
    assert (update["status"], aws.cluster("made")["status"]) == ("InProgress", "UPDATING")
    aws.refused("update_cluster_config", "ResourceInUseException", 409, name="made", deletionProtection=True)
    assert aws.update(update)["status"] == "Successful"
    assert (aws.cluster("made")["status"], aws.cluster("made")["version"]) == ("ACTIVE", "1.34")


def test_a_cluster_is_changed_one_thing_at_a_time(aws: Aws, made: dict):
    about = {"name": "made"}
    both = {"deletionProtection": True, "upgradePolicy": {"supportType": "STANDARD"}}
    aws.refused("update_cluster_config", "InvalidParameterException", 400, **about, **both)
    same = {"upgradePolicy": {"supportType": "EXTENDED"}}
    aws.refused("update_cluster_config", "InvalidParameterException", 400, **about, **same)
    for change in ({"deletionProtection": True}, {"upgradePolicy": {"supportType": "STANDARD"}},
                   {"resourcesVpcConfig": {"publicAccessCidrs": ["10.0.0.0/8"]}},
                   {"logging": {"clusterLogging": [{"types": ["audit"], "enabled": True}]}}):  # fmt: skip
        assert aws.update(aws.call("update_cluster_config", **about, **change)["update"])["status"] == "Successful"
    cluster = aws.cluster("made")
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["resourcesVpcConfig"]["publicAccessCidrs"] == ["10.0.0.0/8"]
    assert {"types": ["audit"], "enabled": True} in cluster["logging"]["clusterLogging"]
    aws.refused("delete_cluster", "InvalidRequestException", 400, **about)
    aws.update(aws.call("update_cluster_config", **about, deletionProtection=False)["update"])


# Node groups


def group(aws: Aws, **other) -> dict:
    return {"clusterName": "made", "nodegroupName": "workers", "subnets": aws.subnets, "nodeRole": NODE_ROLE,
            "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 2}, **other}  # fmt: skip


def nodes(sandbox: Sandbox, cluster: dict) -> list[dict]:
    return ask(sandbox, cluster, "/api/v1/nodes").json["items"]


def test_a_node_group_from_its_making_to_its_end(sandbox: Sandbox, aws: Aws, made: dict, slow: Callable):
    slow(operation="eks:CreateNodegroup", resource="workers", seconds=2, count=1)
    assert aws.call("create_nodegroup", **group(aws))["nodegroup"]["status"] == "CREATING"
    about = {"clusterName": "made", "nodegroupName": "workers"}
    aws.refused("delete_nodegroup", "ResourceInUseException", 409, **about)
    until(lambda: aws.group()["status"] == "ACTIVE", "the group is ACTIVE")
    aws.refused("create_nodegroup", "ResourceInUseException", 409, **group(aws))
    aws.refused("delete_cluster", "ResourceInUseException", 409, name="made")
    assert aws.group()["amiType"] == "AL2023_x86_64_STANDARD" and "remoteAccess" not in aws.group()
    node = aws.call("describe_access_entry", clusterName="made", principalArn=NODE_ROLE)["accessEntry"]
    assert node["type"] == "EC2_LINUX"
    size = {"minSize": 1, "maxSize": 5, "desiredSize": 4}
    until(lambda: len(nodes(sandbox, made)) == 2, "the group has its nodes")
    update = aws.call("update_nodegroup_config", **about, scalingConfig=size)["update"]
    assert aws.update(update, nodegroupName="workers")["status"] == "Successful"
    assert aws.group()["scalingConfig"] == size
    until(lambda: len(nodes(sandbox, made)) == 4, "the group has as many nodes")
    slow(operation="eks:UpdateNodegroupVersion", count=1, code="PodEvictionFailure", message="Too many pods.")
    failed = aws.update(aws.call("update_nodegroup_version", **about)["update"], nodegroupName="workers")
    assert (failed["status"], failed["errors"][0]["errorCode"]) == ("Failed", "PodEvictionFailure")
    aws.refused("update_nodegroup_version", "InvalidRequestException", 400, **about, version="1.36")
    aws.call("delete_nodegroup", **about)
    until(lambda: not aws.call("list_nodegroups", clusterName="made")["nodegroups"], "the group is gone")
    until(lambda: not nodes(sandbox, made), "its nodes are gone")


def test_a_node_group_may_fail(aws: Aws, made: dict, slow: Callable):
    slow(operation="eks:CreateNodegroup", count=1, code="AsgInstanceLaunchFailures", message="No machines.")
    aws.call("create_nodegroup", **group(aws, nodegroupName="broken"))
    until(lambda: aws.group("broken")["status"] == "CREATE_FAILED", "the group failed")
    assert aws.group("broken")["health"]["issues"][0]["code"] == "AsgInstanceLaunchFailures"
    aws.call("delete_nodegroup", clusterName="made", nodegroupName="broken")


def test_a_launch_template_is_told_by_both_names(aws: Aws, made: dict):
    data = {"MetadataOptions": {"HttpTokens": "required"}}
    tags = [{"ResourceType": "launch-template", "Tags": [{"Key": "a", "Value": "b"}]}]
    template = aws.of("ec2", "create_launch_template", LaunchTemplateName="nodes", LaunchTemplateData=data,
                      TagSpecifications=tags)["LaunchTemplate"]  # fmt: skip
    number = template["LaunchTemplateId"]
    versions = aws.of("ec2", "describe_launch_template_versions", LaunchTemplateId=number)["LaunchTemplateVersions"]
    assert not versions[0]["LaunchTemplateData"].get("TagSpecifications")
    aws.of("ec2", "create_tags", Resources=[number], Tags=[{"Key": "a", "Value": "c"}])
    about = aws.of("ec2", "describe_launch_templates", LaunchTemplateIds=[number])["LaunchTemplates"][0]
    assert about["Tags"] == [{"Key": "a", "Value": "c"}]
    name = {"nodegroupName": "templated"}
    by_id = {"id": number, "version": "1"}
    made_group = aws.call("create_nodegroup", **group(aws, launchTemplate=by_id, **name))["nodegroup"]
    assert made_group["launchTemplate"] == {"id": number, "name": "nodes", "version": "1"}
    assert "diskSize" not in made_group
    aws.refused("create_nodegroup", "InvalidParameterException", 400,
                **group(aws, launchTemplate={"id": number, "version": "7"}, nodegroupName="other"))  # fmt: skip
    until(lambda: aws.group("templated")["status"] == "ACTIVE", "the group is ACTIVE")
    aws.call("delete_nodegroup", clusterName="made", **name)
    aws.of("ec2", "delete_launch_template", LaunchTemplateId=number)


@pytest.mark.parametrize("change, code", [
    ({"nodeRole": NODE_ROLE + "s"}, "InvalidParameterException"),
    ({"subnets": ["subnet-0"]}, "InvalidParameterException"),
    ({"scalingConfig": {"minSize": 3, "maxSize": 2, "desiredSize": 2}}, "InvalidParameterException"),
    ({"scalingConfig": {"minSize": 1, "maxSize": 2, "desiredSize": 3}}, "InvalidParameterException"),
    ({"instanceTypes": ["m5.huge"]}, "InvalidParameterException"),
    ({"instanceTypes": ["m7g.large"]}, "InvalidParameterException"),
    ({"nodegroupName": "a b"}, "InvalidParameterException"),
    ({"version": "1.36"}, "InvalidRequestException"),
    ({"launchTemplate": {"id": "lt-0"}}, "InvalidRequestException"),
], ids=str)  # fmt: skip
def test_what_no_node_group_can_be_made_of_is_refused(aws: Aws, made: dict, change: dict, code: str):
    aws.refused("create_nodegroup", code, 400, **group(aws, **change))


# Add-ons and Pod Identity


def test_an_add_on_from_its_making_to_its_end(aws: Aws, made: dict, slow: Callable):
    about = {"clusterName": "made", "addonName": "vpc-cni"}
    wrong = [{"addonName": "nothing"}, {"addonVersion": "v1.0.0-eksbuild.1"}, {"configurationValues": "["},
             {"serviceAccountRoleArn": ROLE + "s"}]  # fmt: skip
    for change in wrong:
        aws.refused("create_addon", "InvalidParameterException", 400, **{**about, **change})
    slow(operation="eks:CreateAddon", resource="vpc-cni", seconds=2, count=1)
    identity = [{"serviceAccount": "aws-node", "roleArn": NODE_ROLE}]
    addon = aws.call("create_addon", **about, podIdentityAssociations=identity, tags={"a": "b"})["addon"]
    assert (addon["status"], addon["addonVersion"]) == ("CREATING", "v1.20.4-eksbuild.1")
    aws.refused("create_addon", "ResourceInUseException", 409, **about)
    aws.refused("update_addon", "ResourceInUseException", 409, **about)
    until(lambda: aws.call("describe_addon", **about)["addon"]["status"] == "ACTIVE", "the add-on is ACTIVE")
    owned = aws.call("list_pod_identity_associations", clusterName="made")["associations"]
    assert [a["ownerArn"] for a in owned] == [addon["addonArn"]]
    update = aws.call("update_addon", **about, configurationValues="{}")["update"]
    assert aws.update(update, addonName="vpc-cni")["status"] == "Successful"
    aws.call("delete_addon", **about)
    until(lambda: not aws.call("list_addons", clusterName="made")["addons"], "the add-on is gone")
    assert not aws.call("list_pod_identity_associations", clusterName="made")["associations"]


def test_a_pod_identity_association(aws: Aws, made: dict):
    about = {"clusterName": "made", "namespace": "web", "serviceAccount": "shop"}
    number = aws.call("create_pod_identity_association", **about, roleArn=NODE_ROLE)["association"]["associationId"]
    aws.refused("create_pod_identity_association", "ResourceInUseException", 409, **about, roleArn=ROLE)
    one = {"clusterName": "made", "associationId": number}
    assert aws.call("update_pod_identity_association", **one, roleArn=ROLE)["association"]["roleArn"] == ROLE
    aws.call("delete_pod_identity_association", **one)
    aws.refused("describe_pod_identity_association", "ResourceNotFoundException", 404, **one)


# Faults, and the rest of AWS


def test_a_fault_may_be_for_one_thing_only(sandbox: Sandbox, aws: Aws, made: dict):
    fault = {"operation": "eks:DescribeAddonVersions", "resource": "coredns", "code": "ServerException", "status": 500}
    sandbox.control("POST", "fault", fault)
    try:
        aws.call("describe_addon_versions", addonName="vpc-cni")
        aws.refused("describe_addon_versions", "ServerException", 500, addonName="coredns")
        aws.call("describe_addon_versions", addonName="coredns")
    finally:
        sandbox.control("DELETE", "fault")


def test_managed_policies_can_be_attached(aws: Aws):
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    aws.of("iam", "attach_role_policy", RoleName="EKS_Cluster", PolicyArn=policy)
    attached = aws.of("iam", "list_attached_role_policies", RoleName="EKS_Cluster")["AttachedPolicies"]
    aws.of("iam", "detach_role_policy", RoleName="EKS_Cluster", PolicyArn=policy)
    assert [one["PolicyArn"] for one in attached] == [policy]
    unknown = {"RoleName": "EKS_Cluster", "PolicyArn": policy + "s"}
    assert aws.many([("attach_role_policy", unknown)], service="iam")[0]["error"] == "NoSuchEntity"


def test_subnets_with_ipv6_are_told_as_by_ec2(aws: Aws):
    vpc = aws.of("ec2", "create_vpc", CidrBlock="10.9.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
    block = vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("/56", "/64")
    subnet = aws.of("ec2", "create_subnet", VpcId=vpc["VpcId"], CidrBlock="10.9.0.0/20", Ipv6CidrBlock=block)["Subnet"]
    about = aws.of("ec2", "describe_subnets", SubnetIds=[subnet["SubnetId"]])["Subnets"][0]
    assert about["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlockState"]["State"] == "associated"
    aws.of("ec2", "delete_subnet", SubnetId=subnet["SubnetId"])
    aws.of("ec2", "delete_vpc", VpcId=vpc["VpcId"])


def test_a_lock_in_s3_is_taken_once(aws: Aws):
    bucket, lock = {"Bucket": "states"}, {"Bucket": "states", "Key": "one/terraform.tfstate.tflock"}
    aws.of("s3", "create_bucket", **bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    first, second, read, _, third, *_ = aws.many([
        ("put_object", {**lock, "Body": "first", "IfNoneMatch": "*"}),
        ("put_object", {**lock, "Body": "second", "IfNoneMatch": "*"}),
        ("get_object", lock),
        ("delete_object", lock),
        ("put_object", {**lock, "Body": "third", "IfNoneMatch": "*"}),
        ("delete_object", lock),
        ("delete_bucket", bucket),
    ], service="s3")  # fmt: skip
    assert "result" in first and "result" in third
    assert (second["error"], second["status"]) == ("PreconditionFailed", 412)
    assert read["result"]["Body"] == "first"


def test_what_is_still_used_is_not_deleted(aws: Aws):
    vpc = aws.of("ec2", "create_vpc", CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway = aws.of("ec2", "create_internet_gateway")["InternetGateway"]["InternetGatewayId"]
    attached = {"VpcId": vpc, "InternetGatewayId": gateway}
    aws.of("ec2", "attach_internet_gateway", **attached)
    zones = aws.of("ec2", "describe_availability_zones")["AvailabilityZones"]
    subnets = [
        aws.of("ec2", "create_subnet", VpcId=vpc, CidrBlock=f"10.9.{n * 16}.0/20", AvailabilityZone=zone["ZoneName"])
        for n, zone in enumerate(zones[:2])
    ]
    numbers = [subnet["Subnet"]["SubnetId"] for subnet in subnets]
    balancer = aws.of("elbv2", "create_load_balancer", Name="left-over", Subnets=numbers)["LoadBalancers"][0]
    group = aws.of("ec2", "create_security_group", GroupName="left", Description="over", VpcId=vpc)["GroupId"]

    def refused(operation: str, **arguments) -> None:
        assert aws.many([(operation, arguments)], service="ec2")[0]["error"] == "DependencyViolation", operation

    refused("detach_internet_gateway", **attached)
    for number in numbers:
        refused("delete_subnet", SubnetId=number)
    aws.of("elbv2", "delete_load_balancer", LoadBalancerArn=balancer["LoadBalancerArn"])
    for number in numbers:
        aws.of("ec2", "delete_subnet", SubnetId=number)
    refused("delete_vpc", VpcId=vpc)
    aws.of("ec2", "delete_security_group", GroupId=group)
    refused("delete_vpc", VpcId=vpc)
    aws.of("ec2", "detach_internet_gateway", **attached)
    aws.of("ec2", "delete_internet_gateway", InternetGatewayId=gateway)
    aws.of("ec2", "delete_vpc", VpcId=vpc)


def test_instance_types_come_in_pages_and_offerings_by_pattern(aws: Aws):
    page = aws.of("ec2", "describe_instance_types", MaxResults=100)
    following = aws.of("ec2", "describe_instance_types", MaxResults=100, NextToken=page["NextToken"])
    first, second = ({kind["InstanceType"] for kind in one["InstanceTypes"]} for one in (page, following))
    assert len(first) == len(second) == 100
    assert not first & second
    by = [{"Name": "instance-type", "Values": ["m5.*"]}]
    offered = aws.of("ec2", "describe_instance_type_offerings", Filters=by)["InstanceTypeOfferings"]
    assert "m5.xlarge" in (kinds := {offer["InstanceType"] for offer in offered})
    assert all(kind.startswith("m5.") for kind in kinds)
