"""One simulated EKS cluster: a real control plane, kwok for its nodes, the real authenticator for its tokens."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from aws import accounts

from . import layout, pods
from .build import Builder
from .ports import Ports
from .process import Processes

LOOPBACK = "127.0.0.1"


# Only what goes to one namespace is written down: the rest would cost every measurement.
AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "namespaces": ["audited"]}, {"level": "None"}],
}


@dataclass
class ClusterPorts:
    """Those of a bare control plane come first."""

    etcd: int
    api: int
    authenticator: int
    controller_manager: int = 0
    scheduler: int = 0
    kubelet: int = 0
    metrics_server: int = 0


BARE, WHOLE = 3, 7


class Cluster:
    def __init__(self, name: str, ports: Ports, processes: Processes, builder: Builder, size: int = WHOLE):
        self.name = name  # of its folder and its processes
        self.eks_name = name  # tokens are for this one
        self.issuer = ""  # of service account tokens; its endpoint where it is not set
        self.folder = layout.RUN / name
        self.pki = self.folder / "pki"
        self.ports = ClusterPorts(*(ports.take() for _ in range(size)))
        self.processes = processes
        self.builder = builder

    @property
    def endpoint(self) -> str:
        return f"https://{LOOPBACK}:{self.ports.api}"

    @property
    def admin_kubeconfig(self) -> Path:
        return self.folder / "admin.kubeconfig"

    @property
    def metrics_file(self) -> Path:
        """What registers the metrics API; there once metrics-server answers."""
        return self.folder / "metrics.json"

    @property
    def access_file(self) -> Path:
        """Who may in: written by the AWS front, read by the authenticator."""
        return self.folder / "authenticator" / "access-entries.json"

    def write_files(self, front_https: int) -> None:
        """Kubeconfigs of everyone who has a client certificate, and the webhook's."""
        for user in ("admin", "controller-manager", "scheduler", "kwok", "metrics-server"):
            self.write_kubeconfig(user)
        webhook = kubeconfig("webhook", f"https://{LOOPBACK}:{front_https}/sandbox/authenticate/{self.name}",
                             layout.RUN / "aws" / "ca.crt")  # fmt: skip
        layout.write(self.folder / "webhook.kubeconfig", webhook)
        state = self.folder / "authenticator"
        for source, target in (("authenticator.crt", "cert.pem"), ("authenticator.key", "key.pem")):
            layout.write(state / target, (self.pki / source).read_text(), 0o600)
        mapping = {"backendMode": ["DynamicFile"], "dynamicFilePath": str(self.access_file)}
        layout.write_json(self.folder / "audit.json", AUDIT_POLICY)
        layout.write_json(self.folder / "authenticator.json", {"clusterID": self.eks_name, "server": mapping})

    def write_kubeconfig(self, user: str, path: Path | None = None, server: str | None = None) -> None:
        """server: where else than at its endpoint the user reaches the API server."""
        path = path or (self.admin_kubeconfig if user == "admin" else self.folder / f"{user}.kubeconfig")
        text = kubeconfig(user, self.endpoint, self.pki / "ca.crt", self.pki / f"{user}.crt", self.pki / f"{user}.key")
        if server:
            text = text.replace(f"server: {self.endpoint}", f"server: {server}\n    tls-server-name: kubernetes")
        layout.write(path, text, 0o600)

    async def start(self, program: str, *flags: str, **options) -> None:
        await self.processes.start(f"{self.name}-{program}", [await self.builder.program(program), *flags], **options)

    async def until(self, program: str, path: str, port: int, seconds: float = 60) -> None:
        async def answers() -> bool:
            return await asyncio.to_thread(self.get_status, port, path) == 200

        await self.processes.until(f"{self.name}-{program}", answers, seconds)

    async def start_api_server(self, seconds: float = 60) -> None:
        await self.builder.program("kube-apiserver")
        p, etcd = self.pki, f"https://{LOOPBACK}:{self.ports.etcd}"
        peer = f"http://{LOOPBACK}:1"  # there is none
        await self.start(
            "etcd", "--name=sandbox", f"--data-dir={self.folder / 'etcd'}", "--log-level=warn",
            f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}",
            f"--listen-peer-urls=http://{LOOPBACK}:0",
            f"--initial-advertise-peer-urls={peer}", f"--initial-cluster=sandbox={peer}",
            f"--cert-file={p / 'etcd.crt'}", f"--key-file={p / 'etcd.key'}", f"--trusted-ca-file={p / 'ca.crt'}",
            "--client-cert-auth", "--unsafe-no-fsync", f"--quota-backend-bytes={4 << 30}",
        )  # fmt: skip
        # Started without waiting for etcd: the API server tries again until it is there.
        await self.start(
            "kube-apiserver", f"--etcd-servers={etcd}", f"--etcd-cafile={p / 'ca.crt'}",
            f"--etcd-certfile={p / 'apiserver-etcd.crt'}", f"--etcd-keyfile={p / 'apiserver-etcd.key'}",
            f"--bind-address={LOOPBACK}", f"--advertise-address={LOOPBACK}", f"--secure-port={self.ports.api}",
            "--endpoint-reconciler-type=none",  # a loopback address may not be an endpoint
            f"--tls-cert-file={p / 'apiserver.crt'}", f"--tls-private-key-file={p / 'apiserver.key'}",
            f"--client-ca-file={p / 'ca.crt'}", "--anonymous-auth=false", "--authorization-mode=Node,RBAC",
            f"--authentication-token-webhook-config-file={self.folder / 'webhook.kubeconfig'}",
            "--authentication-token-webhook-version=v1", "--authentication-token-webhook-cache-ttl=2m",
            f"--service-account-issuer={self.issuer or self.endpoint}",
            f"--service-account-key-file={p / 'service-account.pub'}",
            f"--service-account-signing-key-file={p / 'service-account.key'}",
            "--service-cluster-ip-range=10.96.0.0/16", "--allow-privileged=true",
            "--feature-gates=WatchList=true",  # lists as watches: off in 1.33, on from 1.34
            f"--kubelet-client-certificate={p / 'apiserver-kubelet.crt'}",
            f"--kubelet-client-key={p / 'apiserver-kubelet.key'}", f"--kubelet-certificate-authority={p / 'ca.crt'}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--requestheader-client-ca-file={p / 'ca.crt'}", "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-", "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User", f"--proxy-client-cert-file={p / 'front-proxy.crt'}",
            f"--proxy-client-key-file={p / 'front-proxy.key'}", "--profiling=false",
            f"--audit-policy-file={self.folder / 'audit.json'}", f"--audit-log-path={self.folder / 'audit.log'}",
        )  # fmt: skip
        await self.until("kube-apiserver", "/readyz", self.ports.api, seconds)

    async def start_controllers(self) -> None:
        p = self.pki
        limits = ["--leader-elect=false", "--kube-api-qps=500", "--kube-api-burst=1000", f"--bind-address={LOOPBACK}"]
        await self.start(
            "kube-controller-manager", *self.kubeconfig_flags("controller-manager"), *limits,
            f"--secure-port={self.ports.controller_manager}", *self.serving_flags(),
            f"--service-account-private-key-file={p / 'service-account.key'}", f"--root-ca-file={p / 'ca.crt'}",
            f"--cluster-signing-cert-file={p / 'ca.crt'}", f"--cluster-signing-key-file={p / 'ca.key'}",
            "--use-service-account-credentials=true", "--allocate-node-cidrs=false",
            f"--node-monitor-grace-period={pods.NODE_LEASE + 40}s",
        )  # fmt: skip
        await self.start("kube-scheduler", *self.kubeconfig_flags("scheduler"), *limits,
                         f"--secure-port={self.ports.scheduler}", *self.serving_flags())  # fmt: skip
        await self.until("kube-controller-manager", "/healthz", self.ports.controller_manager)
        await self.until("kube-scheduler", "/healthz", self.ports.scheduler)

    def kubeconfig_flags(self, user: str) -> list[str]:
        path = self.folder / f"{user}.kubeconfig"
        return [f"--{prefix}kubeconfig={path}" for prefix in ("", "authentication-", "authorization-")]

    def serving_flags(self) -> list[str]:
        """A certificate that is there saves making one."""
        return [f"--tls-cert-file={self.pki / 'kubelet.crt'}", f"--tls-private-key-file={self.pki / 'kubelet.key'}"]

    async def start_nodes(self) -> str | None:
        """kwok. Returns why exec into pods is off, if it is."""
        kwok = await self.builder.program("kwok")
        world = pods.World(self.folder / "nodes", kwok)
        await world.prepare(self)
        await self.processes.start(f"{self.name}-kwok", world.command(self), env={"PATH": pods.SYSTEM_PATH})
        await self.until("kwok", "/healthz", self.ports.kubelet)
        return world.exec_is_off

    async def start_authenticator(self, proxy_port: int) -> None:
        environment = {
            "HTTPS_PROXY": f"http://{LOOPBACK}:{proxy_port}",
            "SSL_CERT_FILE": str(layout.RUN / "aws" / "ca.crt"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REGION": accounts.REGION,
        }
        await self.start(
            "aws-iam-authenticator", "server", f"--config={self.folder / 'authenticator.json'}",
            f"--state-dir={self.folder / 'authenticator'}", "--kubeconfig-pregenerated",
            f"--port={self.ports.authenticator}", env=environment,
        )  # fmt: skip
        await self.until("aws-iam-authenticator", "/healthz", self.ports.authenticator)

    async def start_metrics_server(self, program: Path) -> None:
        """It reads kwok's nodes and those that run pods alike."""
        p, port = self.pki, self.ports.metrics_server
        await self.processes.start(
            f"{self.name}-metrics-server",
            [program, *self.kubeconfig_flags("metrics-server"),
             f"--bind-address={LOOPBACK}", f"--secure-port={port}", f"--tls-cert-file={p / 'metrics-server.crt'}",
             f"--tls-private-key-file={p / 'metrics-server.key'}", f"--kubelet-certificate-authority={p / 'ca.crt'}",
             "--kubelet-preferred-address-types=InternalIP", "--kubelet-use-node-status-port",
             "--metric-resolution=10s", "--kubelet-request-timeout=5s"],
        )  # fmt: skip
        await self.until("metrics-server", "/livez", port)
        authority = base64.b64encode((p / "ca.crt").read_bytes()).decode()
        layout.write(self.metrics_file, "---\n".join(json.dumps(o) + "\n" for o in metrics_api(port, authority)))

    def get_status(self, port: int, path: str, headers: dict[str, str] | None = None) -> int:
        return self.get(path, port, headers)[0]

    def get(self, path: str, port: int | None = None, headers: dict[str, str] | None = None) -> tuple[int, dict | None]:
        """GET with the admin's certificate, or with nothing but the headers when there are some. 0: no answer."""
        tls = ssl.create_default_context(cafile=str(self.pki / "ca.crt"))
        if headers is None:
            tls.load_cert_chain(self.pki / "admin.crt", self.pki / "admin.key")
        connection = http.client.HTTPSConnection(LOOPBACK, port or self.ports.api, timeout=10, context=tls)
        try:
            connection.request("GET", path, headers=headers or {})
            response = connection.getresponse()
            body = response.read()
            return response.status, json.loads(body) if body.startswith(b"{") else None
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()


def metrics_api(port: int, authority: str) -> list[dict]:
    """A Service can not have an endpoint on loopback, but it can be a name."""
    place = {"name": "metrics-server", "namespace": "kube-system"}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": place,
         "spec": {"type": "ExternalName", "externalName": "localhost"}},
        {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1beta1.metrics.k8s.io"},
         "spec": {"group": "metrics.k8s.io", "version": "v1beta1", "groupPriorityMinimum": 100, "versionPriority": 100,
                  "caBundle": authority, "service": place | {"port": port}}},
    ]  # fmt: skip


def kubeconfig(user: str, server: str, ca: Path, certificate: Path | None = None, key: Path | None = None) -> str:
    def inline(path: Path) -> str:
        return base64.b64encode(path.read_bytes()).decode()

    credentials = "{}"
    if certificate and key:
        credentials = f"\n    client-certificate-data: {inline(certificate)}\n    client-key-data: {inline(key)}"
    return f"""apiVersion: v1
kind: Config
clusters:
- name: sandbox
  cluster:
    server: {server}
    certificate-authority-data: {inline(ca)}
users:
- name: {user}
  user: {credentials}
contexts:
- name: sandbox
  context:
    cluster: sandbox
    user: {user}
current-context: sandbox
"""
