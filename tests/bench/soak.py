#!/usr/bin/env python3
"""make soak: SOAK_SECONDS (900) of mixed load on two clusters, while clients go away in the middle of answers and API
servers and Redis are restarted. Nothing may leak, no answer may be wrong or come from the other cluster.

A cluster that is down may be answered for with an error, its own (an API server that starts knows no roles yet: 403) or
the gateway's, from when it is stopped until it has been ready for some seconds; at any other time an answer is 200. One
that comes is always right, and from the cluster that was asked.
The summary goes to build/bench/soak.txt, and to docs/results when the run was long enough to mean something.
"""

import asyncio
import collections
import contextlib
import json
import os
import random
import resource
import signal
import statistics
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[2] / "sandbox")]

from control.ports import is_free  # noqa: E402
from world import ROOT, Cluster, Gateway, World, family, machine, memory_mib  # noqa: E402

AGENT = "eksgate-soak"
CLIENTS = 24
LONG = 600  # seconds from which on a run is kept in docs/results
NAMESPACE = "soak"


class Wrong(Exception):
    """An answer that must never be."""


class Broken(Exception):
    """No answer, or an error: right only while something is down."""


class Site:
    """One cluster: its id in the gateway, and when it was not well."""

    def __init__(self, name):
        self.name = name
        self.id = f"us-east-1_{name}"
        self.well_at = 0.0  # from then on only right answers count
        self.down = False

    def excused(self, begun):
        return self.down or begun < self.well_at


class Soak:
    def __init__(self, world, cluster, gateway, seconds):
        self.world = world
        self.cluster = cluster
        self.gateway = gateway
        self.until = time.monotonic() + seconds
        self.seconds = seconds
        self.sites = [Site("demo"), Site("staging")]
        self.count = collections.Counter()
        self.wrong = []
        self.samples = []
        self.restarted = {}

    # One connection for each operation or several: as clients are.

    async def open(self):
        return await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.gateway.port), 10)

    async def send(self, writer, site, method, path, body=None, content_type="application/json"):
        lines = [f"{method} /raw/clusters/{site.id}{path} HTTP/1.1", "Host: 127.0.0.1", f"User-Agent: {AGENT}"]
        if body is not None:
            lines += [f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode())
        await writer.drain()

    async def head(self, reader, seconds=70):
        try:
            text = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), seconds)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            raise Broken(f"no head: {type(error).__name__}") from None
        lines = text.decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split()[1]), fields

    async def chunks(self, reader, fields):
        if "content-length" in fields:
            yield await reader.readexactly(int(fields["content-length"]))
            return
        while size := int(await reader.readline() or b"x", 16):
            yield (await reader.readexactly(size + 2))[:-2]
        await reader.readline()

    async def body(self, reader, fields):
        try:
            return b"".join([piece async for piece in self.chunks(reader, fields)])
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise Broken(f"no body: {type(error).__name__}") from None

    def expect(self, status, wanted, body):
        if status == wanted:
            return
        raise Broken(f"status {status} instead of {wanted}: {body[:200]!r}")

    async def ask(self, site, method, path, body=None, content_type="application/json", wanted=200):
        reader, writer = await self.open()
        try:
            await self.send(writer, site, method, path, body, content_type)
            status, fields = await self.head(reader)
            text = await self.body(reader, fields)
            self.expect(status, wanted, text)
            return json.loads(text)
        finally:
            writer.close()

    # What clients do.

    async def get(self, site, worker):
        found = await self.ask(site, "GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps/who")
        if found["data"]["cluster"] != site.name:
            raise Wrong(f"{site.name} was asked and {found['data']['cluster']} answered")

    async def write(self, site, worker):
        path = f"/api/v1/namespaces/{NAMESPACE}/configmaps/worker-{worker}"
        value = f"{site.name}-{random.getrandbits(64)}"
        kind = "application/merge-patch+json"
        changed = await self.ask(site, "PATCH", path, json.dumps({"data": {"value": value}}), kind)
        if changed["data"]["value"] != value:
            raise Wrong("a change was answered with another value")
        found = await self.ask(site, "GET", path)
        if found["data"]["value"] != value:
            raise Wrong(f"{value} was written and {found['data']['value']} read")

    async def list(self, site, worker):
        found = await self.ask(site, "GET", f"/api/v1/namespaces/{NAMESPACE}/configmaps")
        names = {item["data"]["cluster"] for item in found["items"] if item["metadata"]["name"] == "who"}
        if names != {site.name} or len(found["items"]) < CLIENTS:
            raise Wrong(f"a list of {site.name} has {len(found['items'])} items, of {names}")

    async def abort(self, site, worker):
        """Asks and goes away: at once, in the middle of a large answer, or with a body half sent."""
        reader, writer = await self.open()
        try:
            if random.random() < 0.3:
                path = f"/raw/clusters/{site.id}/api/v1/namespaces/{NAMESPACE}/configmaps"
                writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\nhalf".encode())
            else:
                await self.send(writer, site, "GET", random.choice(["/openapi/v2", "/api/v1/pods", "/apis"]))
                await asyncio.wait_for(reader.read(random.choice([1, 2000, 100000])), 70)
        finally:
            writer.transport.abort()

    async def watch(self, site, worker):
        """Follows changes for a while, then goes away without a word, or lets the server end it."""
        reader, writer = await self.open()
        seconds = random.choice([1, 2, 5])
        try:
            path = f"/api/v1/namespaces/{NAMESPACE}/configmaps?watch=true&timeoutSeconds={random.choice([3, 60])}"
            await self.send(writer, site, "GET", path)
            status, fields = await self.head(reader)
            if status != 200:
                self.expect(status, 200, await self.body(reader, fields))
            with contextlib.suppress(TimeoutError, asyncio.IncompleteReadError, ValueError, ConnectionError):
                async with asyncio.timeout(seconds):
                    async for piece in self.chunks(reader, fields):
                        self.check_events(site, piece)
        finally:
            writer.transport.abort()

    def check_events(self, site, piece):
        self.count["events"] += piece.count(b'"type":')
        for other in self.sites:
            if other is not site and b'"' + other.name.encode() + b"-" in piece:
                raise Wrong(f"a watch of {site.name} has an event of {other.name}")

    async def client(self, worker):
        kinds = [self.get] * 5 + [self.write] * 3 + [self.list] * 2 + [self.watch] * 3 + [self.abort] * 3
        while time.monotonic() < self.until:
            site, operation = random.choice(self.sites), random.choice(kinds)
            begun = time.monotonic()
            name = operation.__name__
            try:
                await operation(site, worker)
                self.count[name] += 1
            except Broken as error:
                self.excuse(site, begun, name, str(error))
            except Wrong as error:
                self.fault(site, name, str(error))
            except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
                self.excuse(site, begun, name, f"{type(error).__name__} {error}")
            await asyncio.sleep(random.uniform(0, 0.05))

    def excuse(self, site, begun, name, text):
        if site.excused(begun):
            self.count["not answered while something was down"] += 1
        else:
            self.fault(site, name, text)

    def fault(self, site, name, text):
        self.wrong.append(f"{self.now():6.1f} s {site.name} {name}: {text}")
        print("FAULT", self.wrong[-1], flush=True)

    def now(self):
        return self.seconds - (self.until - time.monotonic())

    # What goes wrong around them.

    async def disturb(self):
        while self.until - time.monotonic() > 25:
            await asyncio.sleep(random.uniform(8, 20) if self.seconds > 200 else random.uniform(6, 10))
            if self.until - time.monotonic() < 25:
                break
            if random.random() < 0.5:
                await self.restart_redis()
            else:
                await self.restart_apiserver(random.choice(self.sites))

    async def restart_redis(self):
        """What is known goes on while it is away."""
        stack = self.gateway.stack
        for site in self.sites:
            site.down = True
        await asyncio.to_thread(stack.redis.stop)
        stack.run.children.remove(stack.redis)
        await asyncio.sleep(random.uniform(0, 2))
        await asyncio.to_thread(stack.start_redis)
        self.recover(*self.sites, seconds=3)
        self.count["restarts of Redis"] += 1

    async def restart_apiserver(self, site):
        pid = self.restarted.get(site.name) or self.apiserver(site)
        argv = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")[:-1]
        folder = os.readlink(f"/proc/{pid}/cwd")
        site.down = True
        os.kill(pid, random.choice([signal.SIGKILL, signal.SIGTERM]))
        while Path(f"/proc/{pid}/cmdline").exists() and Path(f"/proc/{pid}/cmdline").read_bytes():
            await asyncio.sleep(0.1)
        port = next(int(word.partition("=")[2]) for word in argv if word.startswith("--secure-port="))
        while not is_free(port):  # a process that ends gives its memory back before its sockets
            await asyncio.sleep(0.1)
        child = self.world.start(f"{site.name}-apiserver-{self.count['restarts of an API server']}", argv, cwd=folder)
        self.restarted[site.name] = child.pid
        direct = [self.cluster.kubectl, "--kubeconfig", self.kubeconfig(site), "get", "--raw", "/readyz"]
        while True:
            ready = await asyncio.create_subprocess_exec(
                *direct, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            if await ready.wait() == 0:
                break
            await asyncio.sleep(0.3)
        # A token is checked by the authenticator, which reads its users from the API server.
        while not await self.answers(site):
            await asyncio.sleep(0.5)
        self.recover(site, seconds=4)
        self.count["restarts of an API server"] += 1

    async def answers(self, site):
        try:
            await self.get(site, 0)
        except (Broken, Wrong, OSError, TimeoutError):
            return False
        return True

    def recover(self, *sites, seconds):
        for site in sites:
            site.down = False
            site.well_at = time.monotonic() + seconds

    def kubeconfig(self, site):
        return self.cluster.state["clusters"][site.name]["kubeconfig"]

    def apiserver(self, site):
        port = f"--secure-port={self.cluster.state['clusters'][site.name]['ports']['api']}".encode()
        for pid in family(self.cluster.child.pid):
            with contextlib.suppress(OSError):
                if port in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0"):
                    return pid
        raise RuntimeError(f"{site.name} has no API server")

    # What is measured.

    def files(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.gateway.serve_pids())

    async def watch_resources(self):
        while time.monotonic() < self.until:
            self.samples.append((self.now(), memory_mib(self.gateway.serve_pids()), self.files()))
            await asyncio.sleep(5)

    async def upstream_watches(self, site):
        """Watches of config maps that the cluster holds open."""
        argv = [self.cluster.kubectl, "--kubeconfig", self.kubeconfig(site), "get", "--raw", "/metrics"]
        ran = await asyncio.create_subprocess_exec(*argv, stdout=asyncio.subprocess.PIPE)
        text, _ = await ran.communicate()
        lines = [line for line in text.decode().splitlines() if line.startswith("apiserver_longrunning_requests{")]
        return sum(float(x.split()[-1]) for x in lines if 'verb="WATCH"' in x and 'resource="configmaps"' in x)

    async def prepare(self):
        for site in self.sites:
            run = lambda *a, text=None, site=site: self.kubectl(site, *a, text=text)
            await run("create", "namespace", NAMESPACE)
            items = [("who", {"cluster": site.name, "fill": "x" * 3000})]
            items += [(f"worker-{n}", {"value": "", "cluster": site.name}) for n in range(CLIENTS)]
            objects = [
                {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": n, "namespace": NAMESPACE}, "data": d}
                for n, d in items
            ]
            await run("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
            await asyncio.to_thread(self.gateway.connect, site.name)

    async def kubectl(self, site, *arguments, text=None):
        ran = await asyncio.create_subprocess_exec(
            self.cluster.kubectl,
            "--kubeconfig",
            self.kubeconfig(site),
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await ran.communicate(text.encode() if text else None)
        if ran.returncode != 0:
            raise RuntimeError(f"kubectl {arguments} failed")

    async def run(self):
        await self.prepare()
        self.until = time.monotonic() + self.seconds
        disturbing = asyncio.create_task(self.disturb())
        measuring = asyncio.create_task(self.watch_resources())
        await asyncio.gather(*(self.client(n) for n in range(CLIENTS)))
        await disturbing
        await measuring
        await asyncio.sleep(65 if self.seconds >= LONG else 8)  # idle upstream connections are closed after a minute
        self.files_after = self.files()
        self.memory_after = memory_mib(self.gateway.serve_pids())
        before = [await self.upstream_watches(site) for site in self.sites]
        self.serve_exit = await asyncio.to_thread(self.stop_gateway)
        await asyncio.sleep(3)
        after = [await self.upstream_watches(site) for site in self.sites]
        self.left_watches = [int(b - a) for b, a in zip(before, after, strict=True)]

    def stop_gateway(self):
        serve = self.gateway.stack.serve
        self.log = (self.gateway.stack.run.path / "log/serve.log").read_text(errors="replace")
        self.gateway.stack.stop()
        return serve.popen.returncode

    def summary(self):
        files = [count for _, _, count in self.samples]
        memory = [mib for _, mib, _ in self.samples]
        quarter = max(1, len(memory) // 4)
        early, late = statistics.median(memory[quarter : 2 * quarter]), statistics.median(memory[-quarter:])
        started_again = self.log.count("a serve process ended and is started again")
        checks = {
            f"wrong, mixed-up or unexcused answers: {len(self.wrong)}": not self.wrong,
            f"serve processes that died: {started_again}; exit status {self.serve_exit}": not started_again
            and self.serve_exit == 0,
            f"memory of the serve processes (PSS): {early:.1f} MiB in the second quarter, {late:.1f} MiB in the last,"
            f" {self.memory_after:.1f} MiB after it": late <= early * 1.15 + 4,
            f"open files of the serve processes: {statistics.median(files):.0f} in the middle, {max(files)} at most,"
            f" {self.files_after} after it": self.files_after <= statistics.median(files),
            f"watches left in the clusters: {self.left_watches}": not any(self.left_watches),
        }
        counted = ", ".join(f"{count} {name}" for name, count in sorted(self.count.items()))
        lines = [*machine(), "", f"{self.seconds} s, {CLIENTS} clients, two clusters: {counted}", ""]
        lines += [f"{'ok    ' if good else 'FAILED'} {text}" for text, good in checks.items()]
        lines += [f"       {text}" for text in self.wrong[:20]]
        return "\n".join(lines) + "\n", all(checks.values())


def main():
    seconds = int(os.environ.get("SOAK_SECONDS") or 900)
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    with World() as world:
        cluster = Cluster(world, clusters=2)
        gateway = Gateway(world, "gateway", cluster.env)
        soak = Soak(world, cluster, gateway, seconds)
        asyncio.run(soak.run())
        text, good = soak.summary()
    print("\n" + text)
    folder = ROOT / "build/bench"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "soak.txt").write_text(text)
    if seconds >= LONG:
        results = ROOT / "docs/results"
        results.mkdir(parents=True, exist_ok=True)
        (results / f"soak-{time.strftime('%Y-%m-%d', time.gmtime())}.txt").write_text(text)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
