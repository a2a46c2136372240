"""Creates the seeded objects. Runs in the sandbox's venv (needs PyYAML).

python apply.py KUBECONFIG FILE...      create every object of the manifests; what is there already stays
python apply.py KUBECONFIG scale N      N pods on N/10 nodes, in the namespace `scale`; prints how many are done
"""

from __future__ import annotations

import base64
import http.client
import json
import queue
import ssl
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

import yaml

THREADS = 8
NODE_INFO = {
    "kubeletVersion": "v1.33.5-eks-113cf36",
    "kubeProxyVersion": "",
    "operatingSystem": "linux",
    "architecture": "amd64",
    "osImage": "Amazon Linux 2023.9.20251027",
    "kernelVersion": "6.12.53-69.119.amzn2023.x86_64",
    "containerRuntimeVersion": "containerd://2.1.4",
    "machineID": "",
    "systemUUID": "",
    "bootID": "",
}


class Api:
    """One keep-alive connection to an API server with a client certificate."""

    def __init__(self, kubeconfig: Path):
        config = yaml.safe_load(kubeconfig.read_text())
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]

        def decode(text: str) -> str:
            return base64.b64decode(text).decode()

        tls = ssl.create_default_context(cadata=decode(cluster["certificate-authority-data"]))
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as pem:  # created 0600
            pem.write(decode(user["client-certificate-data"]) + decode(user["client-key-data"]))
            pem.flush()
            tls.load_cert_chain(pem.name)
        self.connection = http.client.HTTPSConnection(urlsplit(cluster["server"]).netloc, context=tls, timeout=30)

    def request(self, method: str, path: str, body: object) -> tuple[int, str]:
        self.connection.request(method, path, json.dumps(body), {"Content-Type": "application/json"})
        response = self.connection.getresponse()
        return response.status, response.read().decode()

    def create(self, item: dict) -> None:
        """Wait a little for what an object depends on: its type, its namespace."""
        deadline = time.monotonic() + 20
        while True:
            status, answer = self.request("POST", collection(item), item)
            if status in (200, 201, 409):
                return
            if status not in (403, 404, 429, 500) or time.monotonic() > deadline:
                name = f"{item['kind']} {item['metadata'].get('name')}"
                raise SystemExit(f"creating {name}: {status} {answer}")
            time.sleep(0.1)


def collection(item: dict) -> str:
    kind, version = item["kind"].lower(), item["apiVersion"]
    plural = kind[:-1] + "ies" if kind.endswith("y") else kind + ("es" if kind.endswith("s") else "s")
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    namespace = item["metadata"].get("namespace")
    return f"{root}/namespaces/{namespace}/{plural}" if namespace else f"{root}/{plural}"


def create_all(kubeconfig: Path, items: Iterable[dict], report: bool = False) -> None:
    work: queue.SimpleQueue = queue.SimpleQueue()
    for item in items:
        work.put(item)
    total = work.qsize()
    failures: list = []

    def run() -> None:
        api = Api(kubeconfig)
        try:
            while not failures:
                api.create(work.get_nowait())
        except queue.Empty:
            pass
        except (SystemExit, OSError, http.client.HTTPException) as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(min(THREADS, total))]
    for thread in threads:
        thread.start()
    while report and any(thread.is_alive() for thread in threads):
        print(total - work.qsize(), flush=True)
        time.sleep(0.5)
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(str(failures[0]))


def scale_nodes(count: int) -> Iterable[dict]:
    resources = {"cpu": "32", "memory": "256Gi", "pods": "110"}
    for n in range(count):
        name = f"scale-{n:04}"
        labels = {
            "kubernetes.io/hostname": name,
            "kubernetes.io/os": "linux",
            "kubernetes.io/arch": "amd64",
            "node.kubernetes.io/instance-type": "m5.8xlarge",
            "topology.kubernetes.io/region": "us-east-1",
            "topology.kubernetes.io/zone": "us-east-1" + "abc"[n % 3],
            "sandbox.eksgate/scale": "true",
        }
        status = {"capacity": resources, "allocatable": resources, "nodeInfo": NODE_INFO}
        yield {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def scale_pods(count: int, nodes: int) -> Iterable[dict]:
    requests = {"cpu": "10m", "memory": "16Mi"}
    container = {"name": "app", "image": "registry.example/scale:1.0", "resources": {"requests": requests}}
    for n in range(count):
        labels = {"app": "scale", "shard": str(n % 100)}
        metadata = {"name": f"scale-{n:05}", "namespace": "scale", "labels": labels}
        spec = {"nodeName": f"scale-{n % nodes:04}", "containers": [container], "terminationGracePeriodSeconds": 0}
        yield {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def main() -> None:
    kubeconfig, arguments = Path(sys.argv[1]), sys.argv[2:]
    if arguments[0] == "scale":
        pods = int(arguments[1])
        nodes = max(1, pods // 10)
        base = {"apiVersion": "v1", "metadata": {"name": "scale"}, "kind": "Namespace"}
        account = {"apiVersion": "v1", "metadata": {"name": "default", "namespace": "scale"}, "kind": "ServiceAccount"}
        create_all(kubeconfig, [base])
        create_all(kubeconfig, [account, *scale_nodes(nodes)])
        create_all(kubeconfig, scale_pods(pods, nodes), report=True)
    else:
        for file in arguments:
            create_all(kubeconfig, filter(None, yaml.safe_load_all(Path(file).read_text())))


if __name__ == "__main__":
    main()
