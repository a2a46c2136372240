"""What EKS says of a cluster that can not be made whole, by real terraform on the sandbox's AWS."""

import json
import urllib.request

import pytest


@pytest.fixture
def courses(sandbox):
    """Orders how operations of EKS go on."""

    def ask(method, body=None):
        url = sandbox.env["AWS_ENDPOINT_URL"] + "/sandbox/slow"
        urllib.request.urlopen(urllib.request.Request(url, body, method=method), timeout=60).close()

    yield lambda **course: ask("POST", json.dumps(course).encode())
    ask("DELETE")


def test_why_a_group_gets_no_nodes_is_told_and_gone_when_it_has_them(local, courses, name):
    code, message = "NodeCreationFailure", "Instances failed to join the kubernetes cluster"
    courses(operation="eks:CreateNodegroup", resource="node-group-2", count=1, code=code, message=message)
    failed = local.wait_end(name, local.order(name, first_node_count=3)["run"], "failed")
    (issue,) = [issue for issue in failed["issues"] if issue["kind"] == "nodegroup"]
    assert (issue["name"], issue["status"], issue["code"]) == ("node-group-2", "CREATE_FAILED", code)
    assert message in issue["message"] and message in json.dumps(failed["diagnostics"])

    resumed = local.perform(name, "/resume")
    assert resumed["issues"] == []
    reply = local.gateway.get(f"/api/clusters/us-east-1_{name}/eks/nodegroups")
    sizes = {group["nodegroupName"]: group["scalingConfig"]["desiredSize"] for group in reply.json["nodegroups"]}
    assert sizes == {"node-group-1": 3, "node-group-2": 2}
    local.destroy(name)
