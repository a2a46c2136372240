"""The programs of the rows, built from pinned Go modules by the sandbox's builder, in its cache."""

import asyncio
import os
import sys
from pathlib import Path

from world import HERE, ROOT

GO = HERE / "programs"
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
        link = folder / program.name
        new = Path(f"{link}.{os.getpid()}")
        new.symlink_to(program.path)
        new.replace(link)
    return folder, {}
