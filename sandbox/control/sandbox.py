"""The order in which the sandbox comes up: everything starts as soon as what it needs is there."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
import uuid
from urllib.request import urlopen

from aws import accounts, mint

from . import layout, node, pods
from .build import METRICS_SERVER, PROGRAMS, Builder
from .cluster import LOOPBACK, Cluster
from .layout import RUN, SANDBOX
from .planes import Planes
from .ports import Ports
from .process import Failure, Processes
from .progress import Progress

SEED = SANDBOX / "seed"
REQUIREMENTS = SANDBOX / "requirements.txt"


class Sandbox:
    def __init__(self, clusters: int, scale: int, real_node: bool, metrics: bool):
        self.scale = scale
        self.node_is_off = node.why_not() if real_node else "it was not asked for (NODES=real)"
        self.progress = Progress()
        self.processes = Processes(self.progress)
        self.progress.plan("packages", 15)
        programs = PROGRAMS if self.node_is_off else [*PROGRAMS, node.KUBELET]
        self.builder = Builder(self.processes, self.progress, programs)
        self.ports = ports = Ports(RUN)  # kept: it holds the claim on the block
        self.front = {name: ports.take() for name in ("http", "https", "proxy", "closed")}
        names = ("demo", "staging") if clusters > 1 else ("demo",)
        self.clusters = [Cluster(name, ports, self.processes, self.builder) for name in names]
        for cluster in self.clusters:
            cluster.issuer = f"https://oidc.eks.us-east-1.amazonaws.com/id/{uuid.uuid4().hex.upper()}"
        self.planes = Planes(ports, self.processes, self.builder)
        self.makers: asyncio.Task | None = None
        for name in names:
            self.progress.plan(name, 6)
        self.node = None if self.node_is_off else node.Node(self.clusters[0], ports.block)
        if self.node:
            self.progress.plan("node", 8)
        elif real_node:
            self.progress.say(f"no node runs pods: {self.node_is_off}")
        self.progress.plan("authenticators", 1)
        if scale:
            self.progress.plan("scale", 5 + scale / 150)
        self.python = self.builder.venv_python("aws", REQUIREMENTS)
        self.keys_there = asyncio.Event()
        self.front_is_up = asyncio.Event()
        self.metrics: asyncio.Task | None = None
        self.registers_metrics = metrics

    async def run(self) -> None:
        """Bring everything up; on return it is. Where things will be is told first."""
        self.write_state()
        async with asyncio.TaskGroup() as group:
            group.create_task(self.builder.all())
            group.create_task(self.start_front())
            group.create_task(self.start_clusters())
            group.create_task(self.start_authenticators())
        if self.progress.error:
            raise Failure(self.progress.error)
        self.progress.ready = True
        self.progress.show("authenticators", "all is up; the environment is printed by sandbox/env", 1)
        if not self.scale:  # it would ask a thousand nodes every ten seconds
            self.metrics = asyncio.create_task(self.start_metrics(self.clusters[0]))

    async def start_metrics(self, cluster: Cluster) -> None:
        try:
            await cluster.start_metrics_server(await self.builder.late(METRICS_SERVER))
            if self.registers_metrics:
                await self.seed(cluster, cluster.metrics_file)
        except (Failure, OSError) as error:
            self.progress.say(f"{cluster.name}: there is no metrics API: {error}")

    async def start_front(self) -> None:
        self.progress.show("packages", "preparing the Python packages of the AWS simulation")
        await self.builder.venv("aws", REQUIREMENTS, "packages")
        names = [f"{c.name}={self.node.address}" if self.node and c is self.node.cluster else c.name for c in self.clusters]
        await self.processes.run("pki", [self.python, SANDBOX / "pki.py", RUN, "aws", *names])
        for cluster in self.clusters:
            cluster.write_files(self.front["https"])
        self.keys_there.set()
        ca = RUN / "aws" / "ca.crt"
        config = {
            "ports": self.front,
            "ca": str(ca),
            "certificate": str(RUN / "aws" / "front.crt"),
            "key": str(RUN / "aws" / "front.key"),
            "clusters": [
                *({"name": c.name, "region": "us-east-1", "endpoint": c.endpoint, "ca": str(c.pki / "ca.crt"),
                   "issuer": c.issuer} for c in self.clusters),
                {"name": "demo", "region": "eu-west-1", "endpoint": self.unreachable, "ca": str(ca)},
            ],
            "gates": [
                {"cluster": c.name, "port": c.ports.authenticator, "ca": str(c.pki / "ca.crt"), "endpoint": c.endpoint,
                 "issuer": c.issuer, "access_file": str(c.access_file), "admin_certificate": str(c.pki / "admin.crt"),
                 "admin_key": str(c.pki / "admin.key")}
                for c in self.clusters
            ],
            "planes": self.planes.about(),
        }  # fmt: skip
        path = layout.write_json(RUN / "aws" / "config.json", config)
        environment = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}
        channel = self.planes.front.fileno()
        argv = [self.python, "-m", "aws.server", path, channel]
        await self.processes.start("aws", argv, cwd=SANDBOX, env=environment, pass_fds=[channel])
        self.planes.front.close()
        self.makers = asyncio.create_task(
            self.planes.serve(self.prepare_made, lambda made: self.seed(made, "roles.yaml"), self.front["proxy"])
        )
        await self.processes.until("aws", self.front_answers)
        self.front_is_up.set()
        self.progress.done("packages", "the AWS simulation is up")

    async def prepare_made(self, cluster: Cluster) -> None:
        await self.processes.run(f"{cluster.name}-pki", [self.python, SANDBOX / "pki.py", RUN, cluster.name])
        cluster.write_files(self.front["https"])

    async def front_answers(self) -> bool:
        return await asyncio.to_thread(fetch, f"http://{LOOPBACK}:{self.front['http']}/sandbox/health") is not None

    async def start_clusters(self) -> None:
        await self.keys_there.wait()
        logger = asyncio.create_task(self.keep_logging())
        try:
            demo, *others = self.clusters
            await self.start_api_server(demo)
            self.progress.usable = True
            self.progress.show("demo", "demo: API server answers IAM tokens, namespaces are there", 0.5)
            async with asyncio.TaskGroup() as group:
                group.create_task(self.populate(demo))
                if self.node:
                    group.create_task(self.start_node(self.node))
                for cluster in others:
                    group.create_task(self.start_other(cluster))
            if self.scale:
                await self.load(demo)
        except BaseException:
            logger.cancel()
            raise

    async def start_other(self, cluster: Cluster) -> None:
        await self.start_api_server(cluster)
        await self.populate(cluster)

    async def start_api_server(self, cluster: Cluster) -> None:
        await cluster.start_api_server()
        self.progress.show(cluster.name, f"{cluster.name}: API server is up", 0.4)
        await self.seed(cluster, "roles.yaml", "base.yaml")
        await self.check_token(cluster)

    async def populate(self, cluster: Cluster) -> None:
        name = cluster.name
        files = ("nodes.yaml", f"{name}.yaml")
        await asyncio.gather(self.seed(cluster, *files), cluster.start_controllers(), self.start_nodes(cluster))
        self.progress.show(name, f"{name}: controllers, scheduler and nodes are up", 0.8)
        await self.until_settled(cluster)
        self.progress.done(name, f"{name}: nodes are ready, pods are running")

    async def start_nodes(self, cluster: Cluster) -> None:
        reason = await cluster.start_nodes()
        if reason:
            self.progress.say(f"{cluster.name}: exec and port-forward into pods are off ({reason})")

    async def start_node(self, real: node.Node) -> None:
        self.progress.show("node", f"preparing {node.NAME}, whose pods truly run")
        await real.start()
        self.progress.done("node", f"{node.NAME} is ready")

    async def stop(self) -> None:
        for task in (self.metrics, self.makers):
            if task:
                task.cancel()
        await self.processes.stop()
        if self.node:
            await self.node.clean()

    async def seed(self, cluster: Cluster, *names: str | Path) -> None:
        files = [SEED / name for name in names]  # a whole path stays as it is
        argv = [self.python, SEED / "apply.py", cluster.admin_kubeconfig, *files]
        await self.processes.run(f"{cluster.name}-seed-{files[0].name}", argv)

    async def check_token(self, cluster: Cluster) -> None:
        """The whole way that the gateway will go: an IAM token, the webhook, STS, the mapping, RBAC."""

        async def accepted() -> bool:
            admin = accounts.ADMIN
            token = mint.token(cluster.name, accounts.REGION, admin.access_key, admin.secret)
            headers = {"Authorization": f"Bearer {token}"}
            status, _ = await asyncio.to_thread(cluster.get, "/api/v1/namespaces/web", None, headers)
            return status == 200

        try:
            await self.processes.until(f"{cluster.name}-kube-apiserver", accepted, 30)
        except Failure:
            log = RUN / "logs" / f"{cluster.name}-aws-iam-authenticator.log"
            if log.exists() and b"fsnotify.NewWatcher, too many open files" in log.read_bytes():
                raise Failure(
                    f"{cluster.name}: the authenticator can not watch who may in, since this machine has no inotify "
                    "instances left: end other sandboxes, or: sysctl -w fs.inotify.max_user_instances=1024"
                ) from None
            raise

    async def until_settled(self, cluster: Cluster) -> None:
        """Every node Ready, every pod placed or found to be impossible to place."""

        async def settled() -> bool:
            nodes, deployments, found = await asyncio.gather(*(
                asyncio.to_thread(cluster.get, path)
                for path in ("/api/v1/nodes", "/apis/apps/v1/deployments", "/api/v1/pods")
            ))  # fmt: skip
            if not (nodes[1] and deployments[1] and found[1]):
                return False
            return (
                all(is_true(node, "Ready") for node in nodes[1]["items"])
                and all(d["status"].get("replicas") == d["spec"]["replicas"] for d in deployments[1]["items"])
                and all(is_placed(pod) for pod in found[1]["items"])
            )

        await self.processes.until(f"{cluster.name}-kwok", settled, 60)

    async def start_authenticators(self) -> None:
        await self.builder.program("aws-iam-authenticator")
        await self.front_is_up.wait()  # it writes who may in
        await asyncio.gather(*(cluster.start_authenticator(self.front["proxy"]) for cluster in self.clusters))
        await self.processes.until("aws", self.gates_relay, 30)
        self.progress.done("authenticators", "aws-iam-authenticator checks the tokens now")

    async def gates_relay(self) -> bool:
        stats = await asyncio.to_thread(fetch, f"http://{LOOPBACK}:{self.front['http']}/sandbox/stats")
        return stats is not None and all(gate["authenticator"] for gate in stats["gates"].values())

    async def load(self, cluster: Cluster) -> None:
        """SCALE: very many pods."""
        argv = [self.python, SEED / "apply.py", cluster.admin_kubeconfig, "scale", str(self.scale)]
        follower = asyncio.create_task(self.follow_load())
        try:
            await self.processes.run("scale", argv)
        finally:
            follower.cancel()
        self.progress.done("scale", f"{self.scale} pods on {max(1, self.scale // 10)} nodes are there")

    async def follow_load(self) -> None:
        log = RUN / "logs" / "scale.log"
        while True:
            lines = log.read_text().split() if log.exists() else []
            done = int(lines[-1]) if lines and lines[-1].isdecimal() else 0
            self.progress.show("scale", f"creating {self.scale} pods", done / self.scale)
            await asyncio.sleep(1)

    async def keep_logging(self) -> None:
        roots = [cluster.folder / "nodes" for cluster in self.clusters]
        while not all((root / "logs/app.log").exists() for root in roots):
            await asyncio.sleep(1)
        await pods.keep_logging(roots)

    @property
    def unreachable(self) -> str:
        return f"https://{LOOPBACK}:{self.front['closed']}"

    def write_state(self) -> None:
        """Everything that sandbox/env and tests need to know. The keys in it are simulation only."""
        endpoints = [*(c.endpoint for c in (*self.clusters, *self.planes.clusters)), self.unreachable]
        state = {
            "pid": os.getpid(),
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "aws": self.front,
            "aws_endpoint": f"http://{LOOPBACK}:{self.front['http']}",
            "allow_endpoints": [endpoint.removeprefix("https://") for endpoint in endpoints],
            "clusters": {
                c.name: {"endpoint": c.endpoint, "kubeconfig": str(c.admin_kubeconfig), "ca": str(c.pki / "ca.crt"),
                         "ports": vars(c.ports)}
                for c in self.clusters
            },
            "users": {u.name: {"access_key_id": u.access_key, "secret_access_key": u.secret} for u in accounts.USERS},
            "roles": {r.name: {"arn": r.arn, "external_id": r.external_id} for r in accounts.ROLES},
            "node": None if self.node_is_off else node.NAME,
            "host_address": None if self.node_is_off else self.node.host_address,
            "node_is_off": self.node_is_off,
            "kubectl": str(self.builder.path("kubectl")),
            "metrics": str(self.clusters[0].metrics_file),
            "python": str(self.python),
        }  # fmt: skip
        layout.write_json(layout.STATE, state, 0o600)


def is_true(item: dict, condition: str) -> bool:
    return any(c["type"] == condition and c["status"] == "True" for c in item["status"].get("conditions", []))


def is_placed(pod: dict) -> bool:
    unschedulable = any(c.get("reason") == "Unschedulable" for c in pod["status"].get("conditions", []))
    return unschedulable or "containerStatuses" in pod["status"]


def fetch(url: str) -> dict | None:
    try:
        with urlopen(url, timeout=5) as response:
            return json.load(response)
    except OSError:
        return None


def clean_run_folder() -> None:
    """Every start is a fresh one: no state of an earlier sandbox is of use to this one."""
    RUN.mkdir(parents=True, exist_ok=True)
    # The pods' /dev is mounted where only they see it. Should it ever be seen here, emptying the folder would empty it.
    if any(folder.is_mount() for folder in RUN.glob("*/nodes/*")):
        raise SystemExit(f"sandbox: something is mounted in {RUN}")
    for entry in RUN.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()
