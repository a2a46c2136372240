"""The worker's image without a registry: what provision/Dockerfile.worker puts together, from files of this machine, and
taken into the node's containerd as it is."""

import hashlib
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

from control import layout, node

ROOT = Path(__file__).resolve().parents[2]
NAME = "registry.example/eksgate-worker:1"
MODULE = "/opt/eksgate/module"
ENV = {
    "PATH": "/bin:/usr/bin",
    "EKSGATE_MODULE": MODULE,
    "EKSGATE_BIN": "/usr/bin/eksgate",
    "EKSGATE_TERRAFORM": "/opt/eksgate/bin/terraform",
    "TF_CLI_CONFIG_FILE": "/opt/eksgate/mirror/terraformrc",
    "HOME": "/tmp",
}


def libraries(program):
    """The shared libraries that a program asks for, and its loader, by the paths it asks for them."""
    text = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for line in text.splitlines() for word in line.split() if word.startswith("/")]


# AWS is in the sandbox, whose services take plain HTTP on loopback only: inside of the pod, too. So does the agent for
# credentials that a node has.
ENTRY = """#!/bin/sh
if [ -n "${RELAY:-}" ]; then
    /opt/relay 5056 ${RELAY} &
fi
if [ -n "${AGENT_RELAY:-}" ]; then
    /opt/relay 5057 ${AGENT_RELAY} &
fi
exec /opt/eksgate/provision.sh
"""


def layer_of(eksgate, toolchain, scratch):
    terraformrc = Path(toolchain["TF_CLI_CONFIG_FILE"])
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as layer:

        def put(path, name, mode=None):
            info = layer.gettarinfo(os.path.realpath(path), name.lstrip("/"))
            info.uid = info.gid = 0
            info.mode = mode or info.mode | 0o444
            with open(path, "rb") as file:
                layer.addfile(info, file)

        root = Path(scratch) / "root"
        make = ["make", "-s", "-C", ROOT, "install-worker", f"DESTDIR={root}", f"EKSGATE_BINARY={eksgate}"]
        subprocess.run(make, check=True)
        for file in sorted(path for path in root.rglob("*") if path.is_file()):
            put(file, str(file.relative_to(root)))
        for library in libraries(eksgate):
            put(library, library, 0o755)
        put(toolchain["EKSGATE_TERRAFORM"], "/opt/eksgate/bin/terraform", 0o755)
        # The mirror lies where its own file says it does.
        for file in sorted(terraformrc.parent.rglob("*")):
            if file.is_file():
                put(file, str(file), 0o755 if "provider" in file.name else None)
        put(terraformrc, "/opt/eksgate/mirror/terraformrc")
        relay = Path(scratch) / "relay"
        subprocess.run(["cc", "-static", "-O2", "-o", relay, Path(__file__).with_name("relay.c")], check=True)
        put(relay, "/opt/relay", 0o755)
        node.add(layer, "opt/eksgate/entry.sh", ENTRY.encode(), 0o755)
    return buffer.getvalue()


def write(target, eksgate, toolchain, busybox):
    layers = [node.make_layer(busybox), layer_of(eksgate, toolchain, target.parent)]
    digests = [hashlib.sha256(layer).hexdigest() for layer in layers]
    config = json.dumps(
        {
            "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
            "os": "linux",
            "config": {
                "Entrypoint": ["/opt/eksgate/entry.sh"],
                "Env": [f"{name}={value}" for name, value in ENV.items()],
                "User": "65532:65532",
                "WorkingDir": "/",
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
        }
    ).encode()
    file = f"{hashlib.sha256(config).hexdigest()}.json"
    paths = [f"{digest}/layer.tar" for digest in digests]
    manifest = [{"Config": file, "RepoTags": [NAME], "Layers": paths}]
    with tarfile.open(target, "w") as archive:
        node.add(archive, file, config)
        for path, layer in zip(paths, layers):
            node.add(archive, path, layer)
        node.add(archive, "manifest.json", json.dumps(manifest).encode())


def load(target, folder):
    """Into the containerd of the node whose files are in that folder, and whose mounts are its own."""
    init = next(
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and (words := words_of(entry))[:1] == ["/bin/sh"] and str(folder) in words
    )
    (ctr,) = layout.CACHE.glob("node-programs-*/usr/bin/ctr")
    command = ["nsenter", "--target", str(init), "--mount", str(ctr), "--address", "/run/containerd/containerd.sock"]
    subprocess.run([*command, "--namespace", "k8s.io", "images", "import", str(target)], check=True, timeout=300)


def words_of(entry):
    try:
        return (entry / "cmdline").read_text().split("\0")
    except OSError:
        return []
