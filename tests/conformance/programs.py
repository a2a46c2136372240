"""The programs of the rows, built from pinned Go modules by the sandbox's builder, in its cache."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from world import HERE, ROOT

GO = HERE / "programs"
CLIENT_NODE = HERE / "client-node"
KUBERNETES = "v0.34.13"


def prepare(needs):
    """A folder with the programs under their names; and by need why something cannot be had."""
    os.environ.setdefault("RUN_DIR", str(ROOT / "build" / "conformance"))
    sys.path.insert(0, str(ROOT / "sandbox"))
    from control import build, process, progress

    version = f"-X k8s.io/component-base/version.gitVersion=v1{KUBERNETES[2:]}"
    wanted = [build.Program("kubectl", str(GO), "./kubectl", 100, version)]
    if "client-go" in needs:
        wanted.append(build.Program("client-go", str(GO), "./client-go", 15))
    if "helm" in needs:
        wanted.append(build.Program("helm", str(GO), "helm.sh/helm/v3/cmd/helm", 30))
    shown = progress.Progress()
    shown.plan("packages", 1)

    async def have():
        processes = process.Processes(shown)
        try:
            await build.Builder(processes, shown, wanted).all()
        finally:
            await processes.stop()

    if not all(program.path.exists() for program in wanted):
        asyncio.run(have())
    folder = ROOT / "build" / "conformance" / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    for program in wanted:
        link(folder, program.name, program.path)
    reasons = {}
    if "python" in needs:
        environment = output(ROOT / "dev" / "venv.sh", "conformance", HERE / "requirements.txt")
        # Python finds its packages by the name that it was called by, so a link will not do.
        script = folder / f".python.{os.getpid()}"
        script.write_text(f'#!/bin/sh\nexec {environment}/bin/python "$@"\n')
        script.chmod(0o755)
        script.replace(folder / "python")
    if "client-node" in needs:
        if reason := prepare_client_node(folder):
            reasons["client-node"] = reason
    return folder, reasons


def prepare_client_node(folder):
    node = Path(output(ROOT / "dev" / "node.sh"))
    link(folder, "node", node / "node")
    installed = CLIENT_NODE / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime > (CLIENT_NODE / "package-lock.json").stat().st_mtime:
        return None
    npm = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    done = subprocess.run(npm, cwd=CLIENT_NODE, env=os.environ | {"PATH": f"{node}:{os.environ['PATH']}"},
                          capture_output=True, text=True)  # fmt: skip
    return f"npm could not install it: {done.stderr.strip()[-200:]}" if done.returncode else None


def output(*argv):
    return subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def link(folder, name, target):
    new = folder / f".{name}.{os.getpid()}"
    new.symlink_to(target)
    new.replace(folder / name)
