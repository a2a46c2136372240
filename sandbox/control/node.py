"""A node whose pods truly run: the kubelet and Debian's containerd, unpacked into the cache and never installed.

The node has mounts, processes, a network and cgroups of its own (sandbox/node/init.sh is its first process), so nothing
of it can outlive the sandbox. What the machine sees of it is one network interface to reach it by, which goes with it,
and a cgroup, which is removed. That takes root, cgroups of version 1 and overlay mounts.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import shutil
import socket
import subprocess
import tarfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from . import layout
from .build import Builder, Program, kubernetes_version
from .pods import find_busybox, output
from .process import Failure

if TYPE_CHECKING:
    from .cluster import Cluster

KUBELET = Program("kubelet", "kubernetes", "k8s.io/kubernetes/cmd/kubelet", 50, kubernetes_version())
PACKAGES = ("containerd", "runc", "containernetworking-plugins")
NAME = "real.sandbox.internal"
IMAGES = {"registry.example/busybox:1.35": ["/bin/sh"], "registry.example/pause:1": ["/bin/sleep", "2147483647"]}
TEMPLATES = layout.SANDBOX / "node"


def why_not() -> str | None:
    """What this machine lacks to run pods, if anything."""
    if os.geteuid():
        return "pods that truly run need root"
    absent = [name for name in ("ip", "unshare", "apt-get", "dpkg-deb", "awk") if not shutil.which(name)]
    if absent:
        return f"pods that truly run need the commands {', '.join(absent)}"
    if "\toverlay\n" not in Path("/proc/filesystems").read_text():
        return "pods that truly run need overlay mounts"
    if not any(options.startswith("memory") or ",memory" in options for _, options in hierarchies()):
        return "pods that truly run need cgroups of version 1 with a memory controller"
    return None


def hierarchies() -> list[tuple[Path, str]]:
    """Of each hierarchy of cgroups (version 1): the folder of our own cgroup, and its controllers."""
    mounts = {}
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        fields, _, rest = line.partition(" - ")
        if rest.split()[0] == "cgroup":
            mounts[frozenset(rest.split()[2].split(","))] = Path(fields.split()[4])
    found = []
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        for options, place in mounts.items():
            if controllers and set(controllers.split(",")) <= options:
                found.append((place / path.lstrip("/"), controllers))
    return found


class Node:
    def __init__(self, cluster: Cluster, block: int):
        self.cluster = cluster
        self.folder = cluster.folder / "node"
        # A network of benchmarks (RFC 2544), which nobody routes: the lower half is the node's, the upper its pods'.
        network = f"198.{18 + block // 256}.{block % 256}"
        self.interface = f"eksgate{block}"
        self.host_address, self.address, self.pods = f"{network}.1", f"{network}.2", f"{network}.128/25"
        self.cgroup = "eksgate-" + hashlib.sha256(str(layout.RUN).encode()).hexdigest()[:12]
        self.relay: asyncio.Server | None = None

    async def start(self) -> None:
        cluster, builder = self.cluster, self.cluster.builder
        self.remove_cgroups()
        programs = await self.programs(builder)
        await asyncio.to_thread(self.write_files, programs, await find_busybox(builder))
        for folder, controllers in hierarchies():
            own = folder / self.cgroup
            own.mkdir()
            if "cpuset" in controllers.split(","):
                for name in ("cpuset.cpus", "cpuset.mems"):  # empty in a new one, which then admits nobody
                    (own / name).write_text((folder / name).read_text())
        enter = 'for place; do [ "$place" = -- ] && break; echo $$ >"$place/cgroup.procs"; shift; done; shift; exec "$@"'
        places = [folder / self.cgroup for folder, _ in hierarchies()]
        apart = ["unshare", "--mount", "--pid", "--net", "--cgroup", "--fork", "--kill-child"]
        init = [TEMPLATES / "init.sh", self.folder, programs, layout.RUN / "logs"]
        environment = {"NODE": NAME, "NODE_ADDRESS": self.address, "HOST_ADDRESS": self.host_address,
                       "PATH": os.defpath}  # fmt: skip
        name = f"{cluster.name}-node"
        await cluster.processes.start(name, ["sh", "-c", enter, "sh", *places, "--", *apart, *init], env=environment)
        await self.plug_in(cluster.processes.running[name].pid)
        await cluster.processes.until(name, self.is_ready)

    async def programs(self, builder: Builder) -> Path:
        """One folder with all that runs on the node."""
        kubelet = await builder.program("kubelet")
        versions = await output("apt-cache", "show", "--no-all-versions", *PACKAGES)
        digest = hashlib.sha256((versions + str(kubelet)).encode()).hexdigest()[:16]
        folder = layout.CACHE / f"node-programs-{digest}"
        async with builder.place(folder, self.cluster.name) as scratch:
            if scratch is not None:
                await output("apt-get", "download", *PACKAGES, cwd=scratch)
                for package in list(scratch.glob("*.deb")):
                    await output("dpkg-deb", "-x", package, scratch)
                    package.unlink()
                shutil.copy2(kubelet, scratch / "kubelet")
        return folder

    def write_files(self, programs: Path, busybox: Path) -> None:
        self.folder.mkdir(parents=True)
        self.cluster.write_kubeconfig("node", self.folder / "kubeconfig", f"https://{self.host_address}:{self.port}")
        values = {"PROGRAMS": programs, "FILES": self.folder, "PKI": self.cluster.pki, "NODE_ADDRESS": self.address,
                  "PODS": self.pods}  # fmt: skip
        for template, target in (("containerd.toml", "containerd.toml"), ("kubelet.yaml", "kubelet.yaml"),
                                 ("cni.conflist", "cni/sandbox.conflist")):  # fmt: skip
            text = (TEMPLATES / template).read_text()
            for name, value in values.items():
                text = text.replace(f"@{name}@", str(value))
            layout.write(self.folder / target, text)
        write_images(self.folder / "images.tar", busybox)

    @property
    def port(self) -> int:
        return self.cluster.ports.api

    async def plug_in(self, unshare: int) -> None:
        """Give the node its end of a cable; its first process waits for it."""
        children = Path(f"/proc/{unshare}/task/{unshare}/children")
        while not (found := children.read_text().split()) or same_network(int(found[0])):
            if f"{self.cluster.name}-node" not in self.cluster.processes.running:
                raise Failure(f"the node's first process did not start; see {layout.RUN}/logs/{self.cluster.name}-node.log")
            await asyncio.sleep(0.02)
        with suppress(Failure):
            await output("ip", "link", "delete", self.interface)
        for command in (
            f"link add {self.interface} type veth peer name eth0 netns {found[0]}",
            f"address add {self.host_address} peer {self.address} dev {self.interface}",
            f"link set {self.interface} up",
            f"route add {self.pods} via {self.address} dev {self.interface}",
        ):
            await output("ip", *command.split())
        # The API server listens on loopback only; the kubelet reaches it over the cable, and nobody else does.
        listener = socket.create_server((self.host_address, self.port))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, self.interface.encode())
        self.relay = await asyncio.start_server(self.carry, sock=listener)

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    async def is_ready(self) -> bool:
        status, found = await asyncio.to_thread(self.cluster.get, f"/api/v1/nodes/{NAME}")
        conditions = found["status"].get("conditions", []) if status == 200 else []
        return any(c["type"] == "Ready" and c["status"] == "True" for c in conditions)

    def remove_cgroups(self) -> None:
        """Of this run or of one that was killed; they are empty once the node's processes are gone."""
        for folder, _ in hierarchies():
            for path, _, _ in os.walk(folder / self.cgroup, topdown=False):
                with suppress(OSError):
                    os.rmdir(path)

    async def clean(self) -> None:
        """After the processes ended."""
        for _ in range(50):
            self.remove_cgroups()
            if not any((folder / self.cgroup).exists() for folder, _ in hierarchies()):
                return
            await asyncio.sleep(0.05)


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


def same_network(pid: int) -> bool:
    try:
        return os.readlink(f"/proc/{pid}/ns/net") == os.readlink("/proc/self/ns/net")
    except OSError:
        return True


def write_images(target: Path, busybox: Path) -> None:
    """What `docker save` would write: one layer, and an image for each name."""
    layer = make_layer(busybox)
    digest = hashlib.sha256(layer).hexdigest()
    files, manifest = {f"{digest}/layer.tar": layer}, []
    for name, command in IMAGES.items():
        config = {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
            "os": "linux",
            "config": {"Cmd": command, "Env": ["PATH=/bin"], "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
        text = json.dumps(config).encode()
        file = f"{hashlib.sha256(text).hexdigest()}.json"
        files[file] = text
        manifest.append({"Config": file, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]})
    files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(target, "w") as archive:
        for name, data in files.items():
            add(archive, name, data)


def make_layer(busybox: Path) -> bytes:
    buffer = io.BytesIO()
    applets = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    with tarfile.open(fileobj=buffer, mode="w") as layer:
        for folder in ("bin", "etc", "home", "tmp", "proc", "sys", "dev"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            layer.addfile(entry)
        add(layer, "bin/busybox", busybox.read_bytes(), 0o755)
        for applet in applets:
            if applet != "busybox":
                entry = tarfile.TarInfo(f"bin/{applet}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                layer.addfile(entry)
        add(layer, "etc/passwd", b"root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/sh\n")
        add(layer, "etc/group", b"root:x:0:\nnobody:x:65534:\n")
    return buffer.getvalue()


def add(archive: tarfile.TarFile, name: str, data: bytes, mode: int = 0o644) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), mode
    archive.addfile(entry, io.BytesIO(data))
