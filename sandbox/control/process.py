"""Starts programs, watches them, stops them: each in a process group of its own, none outliving us."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from . import layout
from .progress import Progress

PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """Ends the start of the sandbox; the text is for the person in front of it."""


def last_lines(path: Path, count: int = 15) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16384))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join("    " + line[:400] for line in lines[-count:])


class Processes:
    def __init__(self, progress: Progress):
        self.progress = progress
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.watchers: set[asyncio.Task] = set()
        self.stopping = False
        self.ended: set[asyncio.subprocess.Process] = set()  # on purpose
        self.parent = os.getpid()

    def prepare_child(self, nice: int) -> Callable[[], None]:
        def prepare() -> None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # we may be killed without a chance to stop it
            if os.getppid() != self.parent:
                os._exit(1)
            if nice:
                os.nice(nice)

        return prepare

    async def spawn(self, argv: list, log: Path, nice: int = 0, **options) -> asyncio.subprocess.Process:
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            return await asyncio.create_subprocess_exec(
                *map(str, argv), stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                process_group=0, preexec_fn=self.prepare_child(nice), **options,
            )  # fmt: skip

    async def start(self, name: str, argv: list, **options) -> None:
        """A program that is to stay; its end is reported."""
        log = layout.RUN / "logs" / f"{name}.log"
        process = await self.spawn(argv, log, **options)
        self.running[name] = process
        watcher = asyncio.create_task(self.watch(name, process, log))
        self.watchers.add(watcher)

    async def watch(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        code = await process.wait()
        self.running.pop(name, None)
        if process in self.ended:
            self.ended.discard(process)
        elif not self.stopping:
            self.progress.fail(f"{name} ended unexpectedly (status {code})")
            self.progress.say(f"{name} ended unexpectedly (status {code}); its last lines ({log}):\n{last_lines(log)}")

    async def run(self, name: str, argv: list, **options) -> None:
        """A program that is to end well."""
        log = layout.RUN / "logs" / f"{name}.log"
        process = await self.spawn(argv, log, **options)
        self.running[name] = process
        code = await process.wait()
        del self.running[name]
        if code:
            raise Failure(f"{name} failed (status {code}); its last lines ({log}):\n{last_lines(log)}")

    async def until(self, name: str, check: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
        """Wait for a started program to answer."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await check():
            if name not in self.running:
                raise Failure(f"{name} is not running")
            if asyncio.get_running_loop().time() > deadline:
                log = layout.RUN / "logs" / f"{name}.log"
                raise Failure(
                    f"{name} does not answer after {seconds:.0f} s; its last lines ({log}):\n{last_lines(log)}"
                )
            await asyncio.sleep(0.05)

    async def end(self, prefix: str) -> None:
        """End at once those whose names begin so; nothing that they keep is needed any more."""
        for name in [name for name in self.running if name.startswith(prefix)]:
            process = self.running.pop(name)
            self.ended.add(process)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()

    async def stop(self) -> None:
        """End whatever is still running: ask, wait two seconds, kill. Nothing here keeps state that must be saved."""
        self.stopping = True
        started = list(self.running.values())
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for process in started:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, sign)
            if started:
                await asyncio.wait([asyncio.ensure_future(p.wait()) for p in started], timeout=2)
        for watcher in self.watchers:
            watcher.cancel()
