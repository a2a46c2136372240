"""Bare control planes for clusters that are made by calls to the AWS front, which asks for them (aws/planes.py).

Each is etcd, an API server and an authenticator, with keys of its own: no controllers, no nodes. The programs run as
long as their cluster exists, and end with the sandbox like all others.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

from .build import Builder
from .cluster import BARE, Cluster
from .layout import RUN
from .ports import Ports
from .process import Failure, Processes

COUNT = 3  # 250 MiB each
PATIENCE = 300  # seconds: EKS takes its time, too, and a machine may have other things to do


class Planes:
    def __init__(self, ports: Ports, processes: Processes, builder: Builder):
        self.clusters = [Cluster(f"made-{n}", ports, processes, builder, BARE) for n in range(1, COUNT + 1)]
        self.processes = processes
        self.starts: dict[int, asyncio.Task] = {}
        self.tasks: set[asyncio.Task] = set()
        self.ours, self.front = socket.socketpair()

    def about(self) -> list[dict]:
        """What the front must know of each."""
        return [
            {"name": c.name, "endpoint": c.endpoint, "authenticator": c.ports.authenticator, "pki": str(c.pki),
             "access_file": str(c.access_file)}
            for c in self.clusters
        ]  # fmt: skip

    async def serve(self, prepare: Callable[[Cluster], Awaitable], populate: Callable[[Cluster], Awaitable],
                    proxy_port: int) -> None:  # fmt: skip
        """Do what the front asks for, until it is gone. `prepare` makes keys and files, `populate` what is in it."""
        self.prepare, self.populate, self.proxy_port = prepare, populate, proxy_port
        reader, self.writer = await asyncio.open_connection(sock=self.ours)
        while line := await reader.readline():
            wish = json.loads(line)
            if "start" in wish:
                number = wish["start"]
                self.starts[number] = asyncio.create_task(self.start(number, wish["cluster"], wish["issuer"]))
            else:
                task = asyncio.create_task(self.stop(wish["stop"]))
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)

    async def start(self, number: int, name: str, issuer: str) -> None:
        cluster = self.clusters[number]
        cluster.eks_name, cluster.issuer = name, issuer
        try:
            await self.prepare(cluster)
            await cluster.start_api_server(PATIENCE)
            await self.populate(cluster)
        except (Failure, OSError) as error:
            self.say(number, "failed", str(error))
            return
        self.say(number, "up")
        with suppress(Failure, OSError):  # without it, and until it is there, the front checks tokens itself
            await cluster.start_authenticator(self.proxy_port)

    async def stop(self, number: int) -> None:
        cluster, start = self.clusters[number], self.starts.pop(number)
        start.cancel()
        await asyncio.wait([start])
        await self.processes.end(cluster.name + "-")
        await asyncio.to_thread(shutil.rmtree, RUN / cluster.name, ignore_errors=True)
        self.say(number, "free")

    def say(self, number: int, state: str, error: str = "") -> None:
        self.writer.write(json.dumps({"plane": number, "state": state, "error": error}).encode() + b"\n")
