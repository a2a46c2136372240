#!/usr/bin/env python3
"""Have terraform and its AWS provider, and print the environment that uses them:  eval "$(dev/terraform.py)".
With --destdir FOLDER they are put there for an image, as opt/eksgate/bin and opt/eksgate/mirror; with --run WORDS...
terraform is started with these words.

The command is EKSGATE_TERRAFORM, else `terraform` in PATH when it is new enough, else OpenTofu, built. The provider
comes from EKSGATE_TF_MIRROR (a filesystem mirror, or a file for TF_CLI_CONFIG_FILE), else it is built as well, with
those services in it alone that provision/ uses: whole it is 700 MB and takes an hour. What is built lies in the cache as
the sandbox's programs do, from modules pinned by their sum; those pin everything they need in turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import inspect
import json
import os
import platform
import re
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "sandbox"))

from control import layout  # noqa: E402
from control.build import GO_ENVIRONMENT, GO_FLAGS, Builder  # noqa: E402
from control.layout import CACHE  # noqa: E402
from control.process import Failure, Processes  # noqa: E402
from control.progress import Progress  # noqa: E402

OLDEST = (1, 10)  # the first with locks in S3 itself
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


@dataclass(frozen=True)
class Source:
    """A module that is built where its own go.mod is the main one, so that its replacements count."""

    path: str
    version: str
    sum: str
    package: str
    seconds: int  # to build, measured on two cores
    link: str = ""


TOFU = Source("github.com/opentofu/opentofu", "v1.10.10", "h1:ELFHOkY0x/bHvkgBP4KK3i7Y19CSFuHOyeZOLc0cqWY=",
              "./cmd/tofu", 240, "-X github.com/opentofu/opentofu/version.dev=no")  # fmt: skip
PROVIDER = Source("github.com/hashicorp/terraform-provider-aws", "v1.60.1-0.20260602190131-5f2286d6d836",
                  "h1:haLmsj0WF7e6d2TGbk0fbz5qWdA9f8w9sNpMe6J6WqM=", ".", 400)  # fmt: skip
PROVIDER_VERSION = "6.47.1"  # what that commit was released as
# Services of provision/, and those without which the provider does not start.
SERVICES = {"ec2", "eks", "iam", "kms", "logs", "meta", "organizations", "sts"}
# Clients that those services, and the provider itself, ask for.
CLIENTS = {"account", "cloudwatchlogs", "ec2", "eks", "iam", "kms", "organizations", "s3", "ssm", "sts"}


def trim(tree: Path) -> None:
    """Take the other services out of the two generated files that list them all."""
    listed = tree / "internal/provider/sdkv2/service_packages_gen.go"
    lines = []
    for line in listed.read_text().splitlines():
        service = re.search(r'internal/service/(\w+)"', line) or re.match(r"\s+(\w+)\.ServicePackage\(ctx\),", line)
        if service is None or service[1] in SERVICES:
            lines.append(line)
    listed.write_text("\n".join(lines) + "\n")

    clients = tree / "internal/conns/awsclient_gen.go"
    head, *functions = re.split(r"\n(?=func )", clients.read_text())
    kept = [function for function in functions if re.search(r"\*(\w+)\.Client", function)[1] in CLIENTS]
    lines = []
    for line in head.splitlines():
        client = re.search(r'^\s+(?:(\w+) )?"github.com/aws/aws-sdk-go-v2/service/(\w+)"', line)
        if client is None or (client[1] or client[2]) in CLIENTS:
            lines.append(line)
    clients.write_text("\n".join([*lines, "", *kept]) + "\n")


class Toolchain:
    def __init__(self) -> None:
        layout.RUN = ROOT / "build" / "terraform"  # logs, and no sandbox's progress
        self.progress = Progress()
        self.processes = Processes(self.progress)
        self.builder = Builder(self.processes, self.progress, [])

    def folder(self, source: Source, *also: object) -> Path:
        about = (source, GO_FLAGS, sorted(GO_ENVIRONMENT.items()), platform.machine(), *also)
        name = source.path.rpartition("/")[2]
        return CACHE / f"{name}-{hashlib.sha256(repr(about).encode()).hexdigest()[:16]}"

    async def command(self) -> str:
        given = os.environ.get("EKSGATE_TERRAFORM")
        if given:
            found = shutil.which(given)
            if found is None:
                raise Failure(f"EKSGATE_TERRAFORM names no command: {given}")
            return found
        found = shutil.which("terraform")
        if found and command_version(found) >= OLDEST:
            return found
        folder = self.folder(TOFU)
        if not folder.exists():
            self.progress.plan("tofu", TOFU.seconds)
            async with self.builder.place(folder, "tofu") as scratch:
                if scratch is not None:
                    await self.build("tofu", TOFU, await self.fetch("tofu", TOFU), scratch / "tofu")
            self.progress.done("tofu", "tofu is there")
        return str(folder / "tofu")

    async def configuration(self) -> Path:
        """The file for TF_CLI_CONFIG_FILE."""
        given = os.environ.get("EKSGATE_TF_MIRROR")
        if given:
            mirror = Path(given).absolute()
            if not mirror.exists():
                raise Failure(f"EKSGATE_TF_MIRROR names nothing: {given}")
            if mirror.is_file():
                return mirror
            name = hashlib.sha256(str(mirror).encode()).hexdigest()[:16]
            return layout.write(CACHE / f"terraformrc-{name}", mirror_configuration(mirror))
        folder = self.folder(PROVIDER, PROVIDER_VERSION, sorted(SERVICES), sorted(CLIENTS), inspect.getsource(trim))
        if not folder.exists():
            self.progress.plan("provider", PROVIDER.seconds)
            async with self.builder.place(folder, "provider") as scratch:
                if scratch is not None:
                    await self.build_provider(scratch)
                    layout.write(scratch / "terraformrc", mirror_configuration(folder))
            self.progress.done("provider", "terraform's AWS provider is there")
        return folder / "terraformrc"

    async def build_provider(self, scratch: Path) -> None:
        module = await self.fetch("provider", PROVIDER)
        place = Path("hashicorp/aws", PROVIDER_VERSION, f"linux_{ARCHITECTURE}")
        official = scratch / "registry.terraform.io" / place
        official.mkdir(parents=True)
        # Outside of the module cache, where nothing may be changed.
        tree = scratch / "tree"
        tree.mkdir()
        for part in ("internal", "names", "version", "main.go", "go.mod", "go.sum"):
            await asyncio.to_thread(copy, module / part, tree / part)
        trim(tree)
        await self.build("provider", PROVIDER, tree, official / f"terraform-provider-aws_v{PROVIDER_VERSION}")
        await asyncio.to_thread(shutil.rmtree, tree)
        # OpenTofu has a registry of its own.
        other = scratch / "registry.opentofu.org" / place
        other.parent.mkdir(parents=True)
        other.symlink_to(Path(os.path.relpath(official, other.parent)))

    async def fetch(self, step: str, source: Source) -> Path:
        """The module's folder in Go's cache; anything but the pinned content is refused."""
        self.progress.show(step, f"fetching {source.path}")
        # The sum is compared here, so no database of sums has to be asked, nor reached.
        environment = {**os.environ, **GO_ENVIRONMENT, "GOFLAGS": "-mod=mod", "GOSUMDB": "off"}
        process = await asyncio.create_subprocess_exec(
            await self.builder.go(), "mod", "download", "-json", f"{source.path}@{source.version}", cwd="/",
            env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, errors = await process.communicate()
        about = json.loads(output or b"{}")
        if process.returncode:
            raise Failure(f"{source.path} cannot be fetched: {about.get('Error') or errors.decode()}")
        if about["Sum"] != source.sum:
            raise Failure(f"{source.path}@{source.version} is {about['Sum']}, not {source.sum}")
        return Path(about["Dir"])

    async def build(self, step: str, source: Source, folder: Path, output: Path) -> None:
        flags = [*GO_FLAGS, "-ldflags", f"-s -w {source.link}".strip()]
        await self.builder.compile(step, folder, flags, source.package, output, nice=10)


def copy(source: Path, target: Path) -> None:
    """The module cache is read-only, and half of it is tests."""
    if source.is_file():
        shutil.copyfile(source, target)
    else:
        shutil.copytree(source, target, copy_function=shutil.copyfile,
                        ignore=shutil.ignore_patterns("*_test.go", "testdata"))  # fmt: skip
        for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
            folder.chmod(0o755)


def mirror_configuration(mirror: Path) -> str:
    """The provider comes from the mirror and from nowhere else."""
    return f"""\
disable_checkpoint = true
provider_installation {{
  filesystem_mirror {{
    path = {json.dumps(str(mirror))}
  }}
}}
"""


def command_version(command: str) -> tuple[int, ...]:
    shown = subprocess.run([command, "version", "-json"], capture_output=True, text=True, cwd="/")
    try:
        return tuple(int(part) for part in json.loads(shown.stdout)["terraform_version"].split(".")[:2])
    except (ValueError, KeyError):
        return (0,)


async def environment() -> dict[str, str]:
    toolchain = Toolchain()
    try:
        # One after the other: a Go build uses all cores by itself.
        command = await toolchain.command()
        configuration = await toolchain.configuration()
    finally:
        await toolchain.processes.stop()
    return {"EKSGATE_TERRAFORM": command, "TF_CLI_CONFIG_FILE": str(configuration)}


def prepare() -> dict[str, str]:
    """The environment that uses both, which are built first where they have to be; how far that is goes to stderr."""
    with contextlib.redirect_stdout(sys.stderr):
        return asyncio.run(environment())


def install(values: dict[str, str], destdir: Path) -> None:
    home = destdir / "opt/eksgate"
    (home / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(values["EKSGATE_TERRAFORM"], home / "bin")
    mirror = re.search(r"^ *path = (\".*\")$", Path(values["TF_CLI_CONFIG_FILE"]).read_text(), re.M)
    if mirror is None:
        raise Failure(f"{values['TF_CLI_CONFIG_FILE']} names no filesystem mirror")
    shutil.copytree(json.loads(mirror[1]), home / "mirror", symlinks=True)
    layout.write(home / "mirror" / "terraformrc", mirror_configuration(Path("/opt/eksgate/mirror")))


def end(*_: object) -> None:
    raise SystemExit(143)


def main(arguments: list[str]) -> int:
    mode = arguments[0] if arguments else "--print"
    if mode not in ("--print", "--run") and not (mode == "--destdir" and len(arguments) == 2):
        print(__doc__, file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, end)  # a build ends with us
    try:
        values = prepare()
        if mode == "--run":
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            command = values["EKSGATE_TERRAFORM"]
            os.execve(command, [command, *arguments[1:]], os.environ | values)
        if mode == "--destdir":
            install(values, Path(arguments[1]))
            return 0
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr)
        return 1
    for name, value in values.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
