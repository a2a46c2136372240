"""Shells in pods that truly run, on the sandbox's real node: run with kubelet_jobs.py (tests/CMakeLists.txt), NODES=real."""

import hashlib
import json
import os
import uuid

import pytest
from client import wait_until
from sockets import Terminal
from test_tunnel import front

JSON = {"Content-Type": "application/json"}
IMAGE = "registry.example/busybox:1.35"


def container(name, script, **more):
    return {"name": name, "image": IMAGE, "imagePullPolicy": "Never", "command": ["/bin/busybox", "sh", "-c", script]} | more


# One whose /bin has nothing but the program that runs.
BARE = {"mountPath": "/bin", "name": "bin"}
POD = {
    "metadata": {"name": "box"},
    "spec": {
        "nodeSelector": {"sandbox.eksgate/real": "true"},
        "tolerations": [{"key": "sandbox.eksgate/real", "operator": "Exists"}],
        "terminationGracePeriodSeconds": 0,
        "volumes": [{"name": "bin", "emptyDir": {}}],
        "initContainers": [container("copy", "cp /bin/busybox /to/", volumeMounts=[{"mountPath": "/to", "name": "bin"}])],
        "containers": [
            container("main", "sleep 100000"),
            container("bare", "", volumeMounts=[BARE]) | {"command": ["/bin/busybox", "sleep", "100000"]},
        ],
    },
}


class Box:
    def __init__(self, gateway, cluster, namespace):
        self.gateway, self.cluster, self.namespace = gateway, cluster, namespace
        self.origin = f"http://{gateway.stack.host}:{gateway.stack.port}"

    def shell(self, container="main", **members):
        path = (
            f"/api/terminal/clusters/{self.cluster}/namespaces/{self.namespace}/pods/box/containers/{container}"
            "/termtype/container"
        )
        reply = self.gateway.post(path)
        assert reply.status == 200, reply.text
        terminal = Terminal(front(self.gateway), self.origin)
        terminal.admit(reply.json["Token"], **members)
        return terminal


@pytest.fixture(scope="module")
def box(gateway, demo, direct, sandbox):
    if why := sandbox.state.get("node_is_off"):
        pytest.skip(f"there is no real node: {why}")
    name = f"terminal-{uuid.uuid4().hex[:8]}"
    direct.request("POST", "/api/v1/namespaces", json.dumps({"metadata": {"name": name}}), JSON)
    wait_until(lambda: direct.request("GET", f"/api/v1/namespaces/{name}/serviceaccounts/default").status == 200)
    assert direct.request("POST", f"/api/v1/namespaces/{name}/pods", json.dumps(POD), JSON).status == 201
    wait_until(lambda: direct.get(f"/api/v1/namespaces/{name}/pods/box")["status"].get("phase") == "Running")
    yield Box(gateway, demo, name)
    direct.request("DELETE", f"/api/v1/namespaces/{name}")


def test_a_shell_has_a_terminal_of_the_pages_size_and_a_status(box):
    with box.shell(Columns=91, Rows=31) as terminal:
        terminal.type("echo =$(stty size)=\n")
        terminal.until("\n=31 91=")
        terminal.resize(140, 50)
        terminal.type("echo =$(stty size)=\n")
        terminal.until("\n=50 140=")
        terminal.type("echo '=한국어 터미널 ✓='\n")
        terminal.until("\n=한국어 터미널 ✓=")
        terminal.type("exit 3\n")
        closed = terminal.end()
    assert (closed.code, closed.reason) == (1000, "the shell has ended with status 3")


def test_a_paste_arrives_byte_for_byte(box):
    data = os.urandom(1 << 20)
    with box.shell() as terminal:
        terminal.type("stty raw -echo; echo ready=$((6 * 7)); head -c 1048576 | sha256sum\n")
        terminal.until("ready=42")
        terminal.type(data)
        terminal.until(hashlib.sha256(data).hexdigest())


def test_a_flood_is_stopped_by_the_key_for_it(box):
    window = 65536
    with box.shell(Window=window) as terminal:
        terminal.type("while true; do echo 0123456789012345678901234567890123456789; done\n")
        while terminal.came < window:
            terminal.step()
        terminal.type(b"\x03")
        terminal.type("echo =$((6 * 7))=\n")
        shown = 0
        while b"=42=" not in terminal.output:
            terminal.output = terminal.output[-4:]
            if terminal.came > shown + window // 4:
                shown = terminal.came
                terminal.say("4", str(shown).encode())
            terminal.step()


def test_a_container_without_a_shell_says_so(box):
    with box.shell("bare") as terminal:
        closed = terminal.end()
    assert (closed.code, closed.reason) == (1011, "this container has no shell: there is no /bin/sh in its image")


@pytest.fixture
def only_the_real_node(direct):
    """Shells on a cluster say nothing of nodes: for a moment there is no other."""
    nodes = "/api/v1/nodes"
    merge = {"Content-Type": "application/merge-patch+json"}
    real, others = None, []
    for node in direct.get(nodes)["items"]:
        if "sandbox.eksgate/real" in node["metadata"]["labels"]:
            real = node
        else:
            others.append(node["metadata"]["name"])

    def patch(name, spec):
        reply = direct.request("PATCH", f"{nodes}/{name}", json.dumps({"spec": spec}), merge)
        assert reply.status == 200, reply.text

    for name in others:
        patch(name, {"unschedulable": True})
    patch(real["metadata"]["name"], {"taints": None})
    yield real
    patch(real["metadata"]["name"], {"taints": real["spec"]["taints"]})
    for name in others:
        patch(name, {"unschedulable": None})


def test_a_shell_on_the_cluster_is_nobody_with_a_root_that_can_not_be_written(
    launcher, short_tmp, sandbox, box, direct, only_the_real_node
):
    namespace = f"shells-{uuid.uuid4().hex[:8]}"
    names = [name for image in only_the_real_node["status"]["images"] for name in image["names"]]
    settings = {
        "EKSGATE_TERMINAL_IMAGE": next(name for name in names if "busybox@sha256:" in name),
        "EKSGATE_TERMINAL_NAMESPACE": namespace,
        "EKSGATE_TERMINAL_ACCOUNTS": "admin=default",
    }
    restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
    made = {"metadata": {"name": namespace, "labels": restricted}}
    assert direct.request("POST", "/api/v1/namespaces", json.dumps(made), JSON).status == 201
    wait_until(lambda: direct.request("GET", f"/api/v1/namespaces/{namespace}/serviceaccounts/default").status == 200)
    gateway = launcher.start(short_tmp, env=sandbox.env | settings, processes=1)
    body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    cluster = gateway.post("/api/clusters/connect", body).json["connection_id"]
    reply = gateway.post(f"/api/terminal/clusters/{cluster}/termtype/cluster")
    assert reply.status == 200, reply.text
    pods = f"/api/v1/namespaces/{namespace}/pods"
    with Terminal(front(gateway), f"http://{gateway.stack.host}:{gateway.stack.port}") as terminal:
        terminal.admit(reply.json["token"])
        terminal.type("echo =$(id -u):$(id -g)=\n")
        terminal.until("=65532:65532=")
        terminal.type("touch /x; echo =$?=; touch /tmp/x; echo =$?$((6 * 7))=\n")
        terminal.until("Read-only file system")
        terminal.until("=1=")
        terminal.until("=042=")
        terminal.type("echo =$(grep -c '^CapEff:.0000000000000000$' /proc/self/status)$((6 * 7))=\n")
        terminal.until("=142=")
        (pod,) = direct.get(pods)["items"]
        assert pod["spec"]["nodeName"] == only_the_real_node["metadata"]["name"]
    wait_until(lambda: not direct.get(pods)["items"])
    launcher.stop(gateway)
    direct.request("DELETE", f"/api/v1/namespaces/{namespace}")


def test_a_shell_ends_with_its_page(box):
    """Nothing is left behind in the container."""
    mark = uuid.uuid4().hex
    with box.shell() as terminal, box.shell() as other:
        terminal.type(f"export MARK={mark}; sh\n")
        terminal.type("echo =$((6 * 7))=\n")
        terminal.until("=42=")
        left = f"grep -l MARK={mark} /proc/[0-9]*/environ 2>/dev/null | wc -l"
        other.type(f"echo ={'{'}$({left}){'}'}=\n")
        other.until("={1}=")
        terminal.close()

        def gone():
            other.type(f"echo ={'{'}$({left}){'}'}=\n")
            other.until("\n={")
            while b"}=" not in other.output:
                other.step()
            return other.output.startswith(b"0}=")

        wait_until(gone)
