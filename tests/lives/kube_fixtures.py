"""Where runs are Jobs (EKSGATE_PROVISION_RUNNER=kube): a real API server, a real kubelet and containerd, and in the pod
the worker as its image has it. Without a node whose pods run (NODES=real) there is nothing to see."""

import json
import os
import socket
import subprocess
import threading
from pathlib import Path

import image
import pytest
from conftest import ROOT, Provisioner, environment
from control import layout

NAMESPACE = "eks-provisioner"
NODE = "real.sandbox.internal"


class Relay:
    """From the node's end of its cable to the sandbox's AWS, which listens on loopback only."""

    def __init__(self, host, port):
        self.target = port
        self.listener = socket.create_server((host, 0), backlog=200)
        self.address = f"{host} {self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            for a, b in (near, far), (far, near):
                threading.Thread(target=self.carry, args=(a, b), daemon=True).start()

    @staticmethod
    def carry(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Cluster:
    def __init__(self, sandbox):
        self.state = sandbox.state
        self.command = [self.state["kubectl"], "--kubeconfig", self.state["clusters"]["demo"]["kubeconfig"]]

    def kubectl(self, *words, text=None):
        done = subprocess.run([*self.command, *words], input=text, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def apply(self, *objects):
        self.kubectl("apply", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def get(self, *words):
        return json.loads(self.kubectl("get", "-n", NAMESPACE, "-o", "json", *words))


@pytest.fixture(scope="session")
def cluster(sandbox):
    cluster = Cluster(sandbox)
    nodes = json.loads(cluster.kubectl("get", "nodes", "-o", "json"))["items"]
    if not any(node["metadata"]["name"] == NODE for node in nodes):
        pytest.skip("the sandbox has no node whose pods run: NODES=real")
    # It is kept for who asks for it; ours ask for a volume, which is there.
    cluster.kubectl("taint", "nodes", NODE, "sandbox.eksgate/real-")
    yield cluster
    cluster.kubectl("taint", "nodes", NODE, "sandbox.eksgate/real=true:NoSchedule")


def volume(name, folder, claim):
    """A folder of the machine, which is the node's, too."""
    folder.mkdir()
    folder.chmod(0o777)
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "claimRef": {"namespace": NAMESPACE, "name": claim},
            "local": {"path": str(folder)},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [
                {"key": "kubernetes.io/hostname", "operator": "In", "values": [NODE]}]}]}},
        },
    }  # fmt: skip


@pytest.fixture(scope="session")
def node(session_directory, sandbox, toolchain, cluster):
    """The node has the worker's image and a way to AWS. Gives the host's end of its cable."""
    archive = session_directory / "worker.tar"
    eksgate = Path(os.environ.get("EKSGATE_RELEASE") or ROOT / "build" / "eksgate")
    (busybox,) = [*layout.CACHE.glob("busybox-static/bin/busybox"), Path("/bin/busybox")][:1]
    image.write(archive, eksgate, toolchain, busybox)
    image.load(archive, Path(sandbox.directory) / "sandbox" / "demo" / "node")
    archive.unlink()

    addresses = json.loads(subprocess.run(["ip", "-j", "addr"], capture_output=True, check=True).stdout)
    address = next(node["address"] for node in cluster_nodes(cluster))
    host = next(i["local"] for a in addresses for i in a["addr_info"] if i.get("address") == address)
    return host


@pytest.fixture(scope="session")
def relay(node, sandbox):
    relay = Relay(node, int(sandbox.env["AWS_ENDPOINT_URL"].rpartition(":")[2]))
    yield relay
    relay.listener.close()


@pytest.fixture(scope="session")
def start(launcher, session_directory, sandbox, toolchain, cluster, relay):
    """Starts a gateway whose runs are Jobs, with such settings."""
    keys = {name: sandbox.env[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    cluster.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {"apiVersion": "v1", "kind": "ServiceAccount",
         "metadata": {"name": "eksgate-worker", "namespace": NAMESPACE}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "aws-creds", "namespace": NAMESPACE},
         "stringData": keys | {"AWS_ENDPOINT_URL": "http://127.0.0.1:5056", "AWS_EC2_METADATA_DISABLED": "true",
                               "RELAY": relay.address}},
    )  # fmt: skip
    started = []

    def start(folder, **env):
        directory = session_directory / folder
        directory.mkdir()
        given = environment(sandbox, toolchain) | {
            "EKSGATE_PROVISION_RUNNER": "kube",
            "EKSGATE_PROVISION_CLUSTER": "us-east-1_demo",
            "EKSGATE_PROVISION_IMAGE": image.NAME,
            "EKSGATE_PROVISION_CREDENTIALS": "secret",
        }
        provisioner = Provisioner(launcher.start(directory, env=given | env))
        started.append(provisioner)
        body = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
        assert provisioner.gateway.post("/api/clusters/connect", body).status in (200, 201)
        provisioner.start_agent()
        return provisioner

    yield start
    for provisioner in started:
        launcher.stop(provisioner.gateway)


@pytest.fixture(scope="session")
def kube(start):
    return start("kube")


@pytest.fixture(scope="session")
def kube_s3(start, bucket):
    return start("kube-s3", **bucket.settings)


def cluster_nodes(cluster):
    nodes = json.loads(cluster.kubectl("get", "nodes", NODE, "-o", "json"))
    return [a for a in nodes["status"]["addresses"] if a["type"] == "InternalIP"]


@pytest.fixture
def volumes(cluster, tmp_path):
    def make(name):
        tmp_path.chmod(0o755)
        tmp_path.parent.chmod(0o755)
        tmp_path.parent.parent.chmod(0o755)
        cluster.apply(
            volume(f"state-{name}", tmp_path / f"state-{name}", f"tfstate-{name}"),
            volume(f"logs-{name}", tmp_path / f"logs-{name}", f"tflogs-{name}"),
        )

    return make
