"""The inside of the simulated pods.

kwok runs the very command that `kubectl exec` names, on this machine. So kwok is given a root of its own that holds
busybox and sample logs, with its own mounts and process ids, and runs the commands as nobody. Where that cannot be set
up (it takes root or unprivileged user namespaces), exec and port-forward stay off and the rest works as usual.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from . import layout
from .build import Builder
from .process import Failure

if TYPE_CHECKING:
    from .cluster import Cluster

NOBODY = 65534
REAL = "sandbox.eksgate/real"  # the label of a node that is not kwok's
NODE_LEASE = 200  # seconds; long, so that a thousand nodes do not keep the API server busy with their renewals
ENTER = 'mount --rbind /dev "$0/dev" && mount -t proc proc "$0/proc" && exec chroot "$0" "$@"'
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class World:
    def __init__(self, root: Path, kwok: Path):
        self.root = root
        self.kwok = kwok
        self.exec_is_off: str | None = None

    async def prepare(self, cluster: Cluster) -> None:
        for folder in ("bin", "dev", "proc", "etc", "logs", "tmp", "home/app"):
            (self.root / folder).mkdir(parents=True)
        # Whatever the umask is: what pods run runs as nobody.
        for folder in (".", "bin", "dev", "proc", "etc", "home"):
            (self.root / folder).chmod(0o755)
        (self.root / "tmp").chmod(0o1777)
        os.chmod(self.root / "home/app", 0o777)
        write_logs(self.root / "logs")
        layout.write(
            self.root / "etc/passwd", f"root:x:0:0:root:/:/bin/sh\napp:x:{NOBODY}:{NOBODY}:app:/home/app:/bin/sh\n"
        )
        layout.write(self.root / "etc/group", f"root:x:0:\napp:x:{NOBODY}:\n")
        for source, target, mode in (
            (cluster.folder / "kwok.kubeconfig", "kubeconfig", 0o600),
            (cluster.pki / "kubelet.crt", "kubelet.crt", 0o644),
            (cluster.pki / "kubelet.key", "kubelet.key", 0o600),
        ):
            layout.write(self.root / target, source.read_text(), mode)
        try:
            await self.furnish(await find_busybox(cluster.builder))
        except (Failure, OSError) as error:
            self.exec_is_off = str(error).splitlines()[0]
        self.write_config()

    async def furnish(self, busybox: Path) -> None:
        """Put programs into the root, and try whether it can be entered."""
        shutil.copy2(busybox, self.root / "bin/busybox")
        # A copy, not a link: nothing in there may be able to change what the cache holds.
        await asyncio.to_thread(shutil.copy2, self.kwok, self.root / "bin/kwok")
        applets = await output(busybox, "--list")
        for applet in applets.split():
            link = self.root / "bin" / applet
            if not link.exists():
                link.symlink_to("busybox")
        await output(*self.enter("/bin/busybox", "true"))

    def write_config(self) -> None:
        folder = layout.SANDBOX / "kwok"
        config = "---\n".join((folder / name).read_text() for name in ("stages.yaml", "kubelet.yaml", "usage.yaml"))
        if self.exec_is_off:
            config = config.replace("@ROOT@", str(self.root))
        else:
            # In a user namespace there is nobody else to become: its root is whoever started the sandbox.
            user = f"securityContext: {{ runAsUser: {NOBODY}, runAsGroup: {NOBODY} }}" if os.geteuid() == 0 else ""
            config += "---\n" + (folder / "exec.yaml").read_text().replace("@SECURITY@", user)
        layout.write(self.root / "kwok.yaml", config.replace("@ROOT@", ""))

    def command(self, cluster: Cluster) -> list:
        base = self.root if self.exec_is_off else Path("/")
        port = cluster.ports.kubelet
        kwok = [
            self.kwok if self.exec_is_off else "/bin/kwok", f"--config={base / 'kwok.yaml'}",
            f"--kubeconfig={base / 'kubeconfig'}", f"--manage-nodes-with-label-selector={REAL}!=true", "--node-ip=127.0.0.1",
            f"--node-port={port}", f"--server-address=127.0.0.1:{port}", f"--tls-cert-file={base / 'kubelet.crt'}",
            f"--tls-private-key-file={base / 'kubelet.key'}", "--cidr=10.64.0.0/14",
            f"--node-lease-duration-seconds={NODE_LEASE}",
        ]  # fmt: skip
        return kwok if self.exec_is_off else self.enter(*kwok)

    def enter(self, *command: object) -> list:
        namespaces = ["--mount", "--pid", "--fork", "--kill-child"]
        if os.geteuid():
            namespaces += ["--user", "--map-root-user"]
        return ["unshare", *namespaces, "sh", "-c", ENTER, self.root, *command]


async def find_busybox(builder: Builder) -> Path:
    """Debian's static busybox: the installed one, or the package's, unpacked into the cache without installing it."""
    installed = Path("/bin/busybox")
    if installed.exists() and b"/ld-linux" not in installed.read_bytes()[:4096]:
        return installed
    folder = layout.CACHE / "busybox-static"
    async with builder.place(folder, "demo") as scratch:
        if scratch is not None:
            await output("apt-get", "download", "busybox-static", cwd=scratch)
            await output("dpkg-deb", "-x", *scratch.glob("*.deb"), scratch)
    return folder / "bin/busybox"


async def output(*argv: object, **options) -> str:
    process = await asyncio.create_subprocess_exec(
        *map(str, argv), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={"PATH": SYSTEM_PATH, "HOME": "/"}, **options,
    )  # fmt: skip
    text, _ = await process.communicate()
    if process.returncode:
        raise Failure(f"{argv[0]} failed: {text.decode(errors='replace').strip()[-300:]}")
    return text.decode()


def log_line(text: str, at: float, stream: str = "stdout") -> str:
    """In the format of the container runtime, which the kubelet reads."""
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at % 1 * 1e9):09}Z"
    return f"{moment} {stream} F {text}\n"


def request_line(number: int) -> str:
    path = ("/healthz", "/api/orders", "/api/orders/42", "/api/cart", "/metrics")[number % 5]
    return f"level=info msg=request n={number} method=GET path={path} status=200 duration_ms={3 + number * 7 % 41}"


def write_logs(folder: Path) -> None:
    now = time.time()
    start = "".join(log_line(request_line(n), now - 200 + n) for n in range(200))
    layout.write(folder / "app.log", start)
    crash = [
        "starting ledger 2.3.1",
        "connecting to ledger-db:5432",
        "FATAL: connection refused (ledger-db:5432)",
        "exit 1",
    ]
    lines = (log_line(text, now - 10 + n, "stderr" if n > 1 else "stdout") for n, text in enumerate(crash))
    layout.write(folder / "crash.log", "".join(lines))


async def keep_logging(roots: list[Path]) -> None:
    """A line a second, so that following a log shows something."""
    number = 200
    while True:
        await asyncio.sleep(1)
        for root in roots:
            with (root / "logs/app.log").open("a") as file:
                file.write(log_line(request_line(number), time.time()))
        number += 1
