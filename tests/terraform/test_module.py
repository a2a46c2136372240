"""The module: its format, that it is valid, and what it plans for an order."""

import hashlib
import json
import shutil
import subprocess
from functools import partial

import pytest

from worker import MODULE

NETWORK = {
    "aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_route_table", "aws_route", "aws_route_table_association",
}  # fmt: skip


@pytest.fixture(scope="module")
def module(toolchain, session_directory):
    """A copy that is initialized, with the override that ignore_desired_size brings."""
    folder = session_directory / "module"
    shutil.copytree(MODULE, folder)
    shutil.copy(folder / "desired_size.override", folder / "desired_size_override.tf")
    terraform(toolchain, folder, "init", "-no-color", "-backend=false")
    return folder


def terraform(env, folder, *arguments, code=0):
    command = [env["EKSGATE_TERRAFORM"], *arguments]
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def plan(module, aws, tmp_path):
    """plan(variables): the plan as JSON."""
    return partial(planned, module, aws, tmp_path)


def planned(module, aws, folder, **variables):
    file = folder / "vars.json"
    file.write_text(json.dumps({"cluster_name": "demo", "region": "us-east-1"} | variables))
    terraform(aws, module, "plan", "-no-color", "-lock=false", f"-var-file={file}", f"-out={folder}/plan")
    return Plan(json.loads(terraform(aws, module, "show", "-json", f"{folder}/plan")))


class Plan:
    def __init__(self, plan):
        changes = [change for change in plan["resource_changes"] if change["mode"] == "managed"]
        assert all(change["change"]["actions"] == ["create"] for change in changes)
        self.resources = {change["address"]: change["change"]["after"] for change in changes}
        self.types = {change["type"] for change in changes}

    def __getitem__(self, address):
        return self.resources[address]


def test_it_is_formatted(toolchain):
    terraform(toolchain, MODULE, "fmt", "-check", "-diff")


def test_it_is_valid_also_with_the_size_left_to_an_autoscaler(module, toolchain):
    terraform(toolchain, module, "validate", "-no-color")


def test_only_the_aws_provider_is_needed(module):
    installed = module / ".terraform" / "providers"
    assert {path.name for path in installed.glob("*/*/*")} == {"aws"}


@pytest.fixture
def given(sandbox):
    """Subnets that are there already; the roles of the seed are the sandbox's own."""
    script = """
import boto3, json
subnets = boto3.client("ec2").describe_subnets(Filters=[{"Name": "default-for-az", "Values": ["true"]}])["Subnets"]
print(json.dumps({"vpc_id": subnets[0]["VpcId"], "subnet_ids": [s["SubnetId"] for s in subnets[:3]]}))
"""
    command = [sandbox.state["python"], "-c", script]
    return json.loads(subprocess.run(command, env=sandbox.env, check=True, capture_output=True).stdout)


def test_a_cluster_with_all_that_belongs_to_it_is_planned(plan):
    made = plan(instance_type="c7g.xlarge", ami_type="AL2023_ARM_64_STANDARD", first_instance_type="m5.large")
    groups = [made[f"aws_eks_node_group.{which}"] for which in ("first", "second")]
    assert [(group["node_group_name"], group["instance_types"], group["ami_type"]) for group in groups] == [
        ("node-group-1", ["m5.large"], "AL2023_x86_64_STANDARD"),
        ("node-group-2", ["c7g.xlarge"], "AL2023_ARM_64_STANDARD"),
    ]
    assert groups[1]["scaling_config"] == [{"min_size": 1, "desired_size": 2, "max_size": 4}]
    cluster = made["aws_eks_cluster.this"]
    assert cluster["version"] == "1.33" and cluster["upgrade_policy"] == [{"support_type": "STANDARD"}]
    assert cluster["kubernetes_network_config"][0]["ip_family"] == "ipv4" and not cluster["encryption_config"]
    addons = {after["addon_name"] for address, after in made.resources.items() if address.startswith("aws_eks_addon.")}
    assert addons == {"vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver", "eks-pod-identity-agent"}
    association = made['aws_eks_pod_identity_association.this["kube-system/ebs-csi-controller-sa"]']
    assert association["service_account"] == "ebs-csi-controller-sa"
    assert {"aws_iam_openid_connect_provider", "aws_iam_role", *NETWORK} <= made.types
    template = made["aws_launch_template.node"]
    assert template["metadata_options"][0]["http_tokens"] == "required"
    assert template["block_device_mappings"][0]["ebs"][0]["encrypted"] == "true"


def test_an_interrupted_run_can_be_taken_up_tags_on_everything_and_names_without_a_random_part(plan):
    name = "a" * 100
    made = plan(cluster_name=name, environment="staging", tags={"team": "web", "eksgate/cluster": "another"})
    tags = {"eksgate/cluster": name, "eksgate/managed-by": "eksgate", "environment": "staging", "team": "web"}
    taggable = [after["tags_all"] for after in made.resources.values() if "tags_all" in after]
    assert len(taggable) > 15 and all(tags.items() <= found.items() for found in taggable)
    assert all(tags.items() <= of["tags"].items() for of in made["aws_launch_template.node"]["tag_specifications"])
    # Two clusters of one name in two regions are not in each other's way: roles belong to the account.
    short = name[:40] + "-" + hashlib.sha1(f"us-east-1/{name}".encode()).hexdigest()[:8]
    roles = {address: after["name"] for address, after in made.resources.items() if address.startswith("aws_iam_role.")}
    assert roles == {f"aws_iam_role.{role}[0]": f"{short}-{suffix}" for role, suffix in
                     (("cluster", "cluster"), ("node", "node"), ("ebs", "ebs-csi"))}  # fmt: skip
    assert max(map(len, roles.values())) <= 64  # as IAM has it
    assert made["aws_launch_template.node"]["name"] == f"{short}-node"


def test_ipv6_encryption_and_a_private_endpoint_with_an_administrator(plan):
    admin = "arn:aws:iam::123456789012:role/admins"
    made = plan(ip_family="ipv6", encrypt_secrets=True, private_endpoint_only=True, admin_principal_arn=admin,
                zones=2, support_type="EXTENDED", deletion_protection=True)  # fmt: skip
    cluster = made["aws_eks_cluster.this"]
    assert cluster["kubernetes_network_config"][0]["ip_family"] == "ipv6"
    network = cluster["vpc_config"][0]
    assert (network["endpoint_public_access"], network["endpoint_private_access"]) == (False, True)
    assert cluster["encryption_config"][0]["resources"] == ["secrets"] and "aws_kms_key" in made.types
    assert cluster["deletion_protection"] is True and cluster["upgrade_policy"] == [{"support_type": "EXTENDED"}]
    assert made["aws_eks_access_entry.admin[0]"]["principal_arn"] == admin
    assert cluster["access_config"][0]["bootstrap_cluster_creator_admin_permissions"] is False
    subnets = [after for address, after in made.resources.items() if address.startswith("aws_subnet.")]
    assert len(subnets) == 2 and all(subnet["assign_ipv6_address_on_creation"] for subnet in subnets)
    assert "aws_iam_role_policy.cni_ipv6[0]" in made.resources and "aws_route.ipv6[0]" in made.resources


def test_given_subnets_and_roles_are_used_and_none_is_made(plan, given):
    made = plan(**given, cluster_role="EKS_Cluster", node_role="node-group-k8s",
                pod_identity={"kube-system/ebs-csi-controller-sa": "arn:aws:iam::123456789012:role/ebs"})  # fmt: skip
    cluster = made["aws_eks_cluster.this"]
    assert cluster["role_arn"].endswith(":role/EKS_Cluster")
    assert made["aws_eks_node_group.second"]["node_role_arn"].endswith(":role/node-group-k8s")
    assert sorted(cluster["vpc_config"][0]["subnet_ids"]) == sorted(given["subnet_ids"])
    assert not made.types & {"aws_iam_role", "aws_iam_role_policy_attachment", *NETWORK}


def test_what_cannot_be_is_said_before_anything_is_made(module, aws, tmp_path):
    wrong = {"cluster_name": "Demo", "kubernetes_version": "1.3", "ip_family": "ipv5", "zones": 1, "node_max": 0,
             "vpc_cidr": "10.0.0.0/8", "capacity_type": "FREE", "ami_type": "AL2", "support_type": "NONE",
             "pod_identity": {"x": "y"}}  # fmt: skip
    file = tmp_path / "vars.json"
    file.write_text(json.dumps(wrong))
    said = terraform(aws, module, "plan", "-no-color", "-lock=false", f"-var-file={file}", code=1)
    assert all(f"var.{name}" in said for name in wrong)
    file.write_text(json.dumps({"cluster_name": "demo", "region": "us-east-1", "node_min": 3, "node_desired": 2}))
    said = terraform(aws, module, "plan", "-no-color", "-lock=false", f"-var-file={file}", code=1)
    assert "node_min, node_desired and node_max" in said


def test_subnets_that_do_not_fit_are_refused_by_name(module, aws, tmp_path, given):
    file = tmp_path / "vars.json"
    for wrong, said in (
        ({"vpc_id": "vpc-00000000"}, f"{given['subnet_ids'][0]} is in {given['vpc_id']}"),
        ({"ip_family": "ipv6"}, f"{given['subnet_ids'][0]} has no IPv6"),
        ({"subnet_ids": given["subnet_ids"][:1]}, "at least two availability zones"),
    ):
        file.write_text(json.dumps({"cluster_name": "demo", "region": "us-east-1"} | given | wrong))
        answer = terraform(aws, module, "plan", "-no-color", "-lock=false", f"-var-file={file}", code=1)
        assert said in " ".join(answer.replace("│", "").split())
