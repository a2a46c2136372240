#!/usr/bin/env python3
"""How small and quick to start eksgate is: start-up, the memory of every process at rest, and a worker's memory while
lists of 10,000 pods are read through it, a hundred times.

Starts a stack of its own, and a sandbox with SCALE=10000 unless SANDBOX_RUN_DIR names one that has the pods. Prints a
Markdown table and adds its figures to build/bench/results.json.
"""

import http.client
import json
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))

from run import Sandbox, connect, sandbox_environment  # noqa: E402
from stack import RunDirectory, Stack, free_port  # noqa: E402

PODS = 10_000
LISTS = 100
RESULTS = ROOT / "build" / "bench" / "results.json"


def memory(pid, name, file="status"):
    for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


def children(pid):
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def processes(stack):
    """Every process of the stack: its role and pid."""
    found = [("redis-server", stack.redis.pid), ("eksgate serve, master", stack.serve.pid),
             ("nginx, master", stack.nginx.pid)]
    found += [(f"eksgate serve, process {i}", pid) for i, pid in enumerate(children(stack.serve.pid))]
    found += [(f"nginx, worker {i}", pid) for i, pid in enumerate(children(stack.nginx.pid))]
    return found


def read_list(stack):
    """One whole list of pods: how many items it had, and how long it took."""
    connection = http.client.HTTPConnection(stack.host, stack.port, timeout=120)
    start = time.monotonic()
    connection.request("GET", "/api/clusters/us-east-1_demo/resources/pods",
                       headers={"User-Agent": "eksgate-bench/1"})
    answer = connection.getresponse().read()
    took = time.monotonic() - start
    connection.close()
    return len(json.loads(answer)["items"]), took


def wait_for_pods(sandbox, stack):
    """The sandbox is ready when its last pod is; the gateway is asked how many there are."""
    while not sandbox.progress().get("ready"):
        if error := sandbox.progress().get("error"):
            sys.exit(f"the sandbox failed: {error}")
        stack.check_children()
        time.sleep(1)


def median(values):
    return sorted(values)[len(values) // 2]


def measure(stack, rows):
    for name, pid in processes(stack):
        rows.append((f"at rest: {name}", memory(pid, "VmRSS"), "MiB RSS"))
    serve = children(stack.serve.pid)
    rows.append(("at rest: all serve processes", sum(memory(p, "Pss", "smaps_rollup") for p in serve), "MiB PSS"))
    times = []
    after_half = None
    for i in range(LISTS):
        count, took = read_list(stack)
        if count < PODS:
            sys.exit(f"the list has {count} pods, not {PODS}")
        times.append(took)
        if i + 1 == LISTS // 2:
            after_half = max(memory(p, "VmRSS") for p in serve)
        print(f"\rlist {i + 1} of {LISTS}: {took:.2f} s", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    rows.append((f"a list of {count} pods", median(times), f"s (median of {LISTS}, {min(times):.2f}-{max(times):.2f})"))
    rows.append((f"largest serve process after {LISTS // 2} lists", after_half, "MiB RSS"))
    rows.append((f"largest serve process after {LISTS} lists", max(memory(p, "VmRSS") for p in serve), "MiB RSS"))
    rows.append(("its peak", max(memory(p, "VmHWM") for p in serve), "MiB RSS"))


def report(rows):
    print("| what | measured | |\n|---|---|---|")
    for name, value, unit in rows:
        print(f"| {name} | {value:.2f} | {unit} |")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps([{"name": name, "peer": "eksgate", "c": 1, "median": round(value, 3),
                                    "spread": None, "ratio": None, "unit": unit} for name, value, unit in rows],
                                  indent=1) + "\n")


def main():
    rows = []
    with tempfile.TemporaryDirectory(prefix="eksgate-bench-", dir="/tmp") as directory:
        own = RunDirectory(Path(directory) / "own")
        stack = Stack(own, port=free_port())
        stack.prepare()
        existing = os.environ.get("SANDBOX_RUN_DIR")
        os.environ["SCALE"] = str(PODS)
        os.environ["CLUSTERS"] = "1"
        sandbox = None if existing else Sandbox(own)
        try:
            while (environment := sandbox_environment(existing) if existing else sandbox.environment()) is None:
                time.sleep(0.05)
            stack.env |= environment
            start = time.monotonic()
            stack.start_redis()
            stack.start_serve()
            stack.start_nginx()
            stack.wait_ready()
            rows.append(("from nothing to the first answer of /health", time.monotonic() - start, "s"))
            if sandbox:
                wait_for_pods(sandbox, stack)
            if refusal := connect(stack):
                sys.exit(f"connecting fails: {refusal}")
            measure(stack, rows)
        finally:
            stack.stop()
    report(rows)


if __name__ == "__main__":
    main()
