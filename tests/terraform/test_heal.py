"""Runs that are cut, and taken up: nothing of the cluster is lost, replaced or left behind in AWS."""

import json
import subprocess
import urllib.request

import pytest

from client import wait_until

NAME = "healed"

# What is forgotten, and by which addresses it comes back. The cluster itself comes back in the first cut.
LOST = {
    "aws_vpc.this": ["aws_vpc.this[0]"],
    "aws_subnet.this": ["aws_subnet.this[0]", "aws_subnet.this[1]"],
    "aws_route_table.this": ["aws_route_table.this[0]"],
    "aws_route.ipv4": ["aws_route.ipv4[0]"],
    "aws_route_table_association.this": [f"aws_route_table_association.this[{i}]" for i in range(2)],
    "aws_launch_template.node": ["aws_launch_template.node"],
    "aws_iam_role.node": ["aws_iam_role.node[0]"],
    "aws_iam_openid_connect_provider.this": ["aws_iam_openid_connect_provider.this"],
    "aws_eks_node_group.second": ["aws_eks_node_group.second"],
    "aws_kms_key.secrets": ["aws_kms_key.secrets[0]"],
    "aws_kms_alias.secrets": ["aws_kms_alias.secrets[0]"],
}

COUNT = """
import boto3, json, sys
tags = [{"Name": "tag:eksgate/cluster", "Values": [sys.argv[1]]}]
ec2 = boto3.client("ec2")
lists = {"Vpcs": ec2.describe_vpcs, "Subnets": ec2.describe_subnets, "InternetGateways": ec2.describe_internet_gateways,
         "RouteTables": ec2.describe_route_tables, "LaunchTemplates": ec2.describe_launch_templates}
print(json.dumps({what: len(describe(Filters=tags)[what]) for what, describe in lists.items()}))
"""

# What the controllers of a cluster make, and beside it the same of another cluster's.
CONTROLLERS = """
import boto3, json, sys
name = sys.argv[1]
ec2, balancers, classic = boto3.client("ec2"), boto3.client("elbv2"), boto3.client("elb")
network = boto3.client("eks").describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]
subnets = network["subnetIds"]
zone = ec2.describe_subnets(SubnetIds=subnets)["Subnets"][0]["AvailabilityZone"]
tag = lambda key, value: [{"Key": key, "Value": value}]
controller, owned = tag("elbv2.k8s.aws/cluster", name), tag(f"kubernetes.io/cluster/{name}", "owned")
of = lambda kind, tags: [{"ResourceType": kind, "Tags": tags}]
group = ec2.create_security_group(GroupName=f"k8s-traffic-{name}", Description="balancer", VpcId=network["vpcId"],
                                  TagSpecifications=of("security-group", controller))["GroupId"]
pairs = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
ec2.authorize_security_group_ingress(GroupId=network["clusterSecurityGroupId"], IpPermissions=pairs)
made = balancers.create_load_balancer(Name="k8s-web", Subnets=subnets, SecurityGroups=[group], Tags=controller)
target = balancers.create_target_group(Name="k8s-web", Protocol="HTTP", Port=80, VpcId=network["vpcId"], Tags=controller)
listens = [{"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}]
classic.create_load_balancer(LoadBalancerName="service", Listeners=listens, Subnets=subnets[:1], Tags=owned,
                             SecurityGroups=[group])
claim = tag("kubernetes.io/created-for/pvc/name", "data")
volume = lambda tags: ec2.create_volume(AvailabilityZone=zone, Size=1, TagSpecifications=of("volume", tags))["VolumeId"]
print(json.dumps({
    "load balancer": made["LoadBalancers"][0]["LoadBalancerArn"],
    "target group": target["TargetGroups"][0]["TargetGroupArn"],
    "classic load balancer": "service",
    "security group": group,
    "volume": volume(owned + claim),
    "kept": [volume(owned), volume(tag(f"kubernetes.io/cluster/{name}-2", "owned") + claim)],
}))
"""

VOLUMES = """
import boto3, json
print(json.dumps([volume["VolumeId"] for volume in boto3.client("ec2").describe_volumes()["Volumes"]]))
"""


@pytest.fixture
def ask(sandbox):
    """Runs a script with boto3, which prints JSON."""

    def run(script, *arguments):
        command = [sandbox.state["python"], "-c", script, *arguments]
        return json.loads(subprocess.run(command, env=sandbox.env, check=True, capture_output=True).stdout)

    return run


@pytest.fixture
def control(aws):
    """The sandbox's own side of AWS: how long things take, how often something was called."""

    def call(method, path, **body):
        request = urllib.request.Request(
            f"{aws['AWS_ENDPOINT_URL']}/sandbox/{path}", method=method, data=json.dumps(body).encode() if body else None
        )
        return json.load(urllib.request.urlopen(request, timeout=30))

    yield call
    call("DELETE", "slow")


UNTIL = """
import boto3, sys, time
eks, (name, what) = boto3.client("eks"), sys.argv[1:]
for _ in range(1500):
    made = name in eks.list_clusters()["clusters"]
    if made and (what == "cluster" or eks.list_nodegroups(clusterName=name)["nodegroups"]):
        print("true")
        break
    time.sleep(0.2)
else:
    print("false")
"""


def start_until(cluster, ask, what):
    """A run that goes on after AWS has begun to make that: "cluster" or "nodegroups"."""
    run = cluster.start("provision")
    assert ask(UNTIL, NAME, what) and run.process.poll() is None, run.story
    return run


def forget(cluster, addresses):
    file = cluster.folder / "state" / "terraform.tfstate"
    state = json.loads(file.read_text())
    state["resources"] = [one for one in state["resources"] if f"{one['type']}.{one['name']}" not in addresses]
    file.write_text(json.dumps(state))
    return {address for addresses in addresses.values() for address in addresses}


def healed(run):
    return {(line["action"], line["address"]) for line in run.of("eksgate_heal")}


def test_a_run_is_cut_taken_up_guarded_and_swept(clusters, control, ask):
    cluster = clusters(NAME, zones=2, encrypt_secrets=True)
    control("POST", "slow", operation="eks:CreateCluster", resource=NAME, seconds=6)
    start_until(cluster, ask, "cluster").kill()

    # The state does not know the cluster, which AWS goes on to create.
    control("POST", "slow", operation="eks:CreateNodegroup", seconds=6)
    run = start_until(cluster, ask, "nodegroups")
    assert ("import", "aws_eks_cluster.this") in healed(run), run.story
    run.terminate()
    run.ends_as("cancelled", 143)

    # The node groups are tainted, or unknown where the signal was faster than AWS's answer.
    run = cluster.run("provision", "succeeded")
    groups = {address for action, address in healed(run) if action in ("untaint", "import")}
    assert any(address.startswith("aws_eks_node_group.") for address in groups), run.story
    assert run.summary[2] == 0

    # Of the state only an older writing is left, as after a kill where it is written now and then.
    lost = forget(cluster, LOST)
    run = cluster.run("provision", "succeeded")
    assert healed(run) == {("import", address) for address in lost}
    assert run.summary[2] == 0
    cluster.run("drift", "unchanged")
    there = {"Vpcs": 1, "Subnets": 2, "InternetGateways": 1, "RouteTables": 1, "LaunchTemplates": 1}
    assert ask(COUNT, NAME) == there

    # Another family of addresses would be another cluster.
    run = cluster.run("update", "blocked", 3, ip_family="ipv6")
    (plan,) = run.of("eksgate_plan")
    assert "aws_eks_cluster.this" in plan["blocked"] and "apply" not in run.phases
    (cluster.folder / "allow.json").write_text(json.dumps(plan["blocked"]))
    assert cluster.run("plan", "planned").of("eksgate_plan")[0]["blocked"] == []

    made = ask(CONTROLLERS, NAME)
    kept = made.pop("kept")
    run = cluster.run("destroy", "succeeded", ip_family="ipv4")
    deleted = {(line["kind"], line["id"]) for line in run.of("eksgate_sweep") if line["action"] == "delete"}
    assert deleted == set(made.items()), run.story
    assert not any(ask(COUNT, NAME).values())
    assert set(kept) <= set(ask(VOLUMES))
