#!/usr/bin/env python3
"""Print the README's table of numbers for an eksgate that runs: dev/measure.py [RUN_DIR] [LISTS].

Memory is each process's resident set and its peak; then the same after LISTS reads of all pods of the sandbox's
cluster.
Start it with `make run SCALE=10000` to read 10,000 pods.
"""

import json
import re
import sys
import time
import urllib.request
from pathlib import Path

CLUSTER = "us-east-1_demo"


def processes(record):
    """The processes of redis, serve and nginx: each started one and its descendants."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                pass
    for started in record:
        if started["name"] == "sandbox":
            continue
        family = [started["pid"]]
        family += [pid for pid, parent in parents.items() if parent == started["pid"]]
        for number, pid in enumerate(family):
            yield started["name"] + ("" if number == 0 else f" worker {number}"), pid


def memory(pid):
    text = Path(f"/proc/{pid}/status").read_text()
    kib = lambda name: int(re.search(rf"{name}:\s+(\d+)", text)[1])
    pss = sum(int(v) for v in re.findall(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M))
    return kib("VmRSS") / 1024, pss / 1024, kib("VmHWM") / 1024


def table(record, title):
    print(f"\n{title}\n\n| process | RSS MiB | PSS MiB | peak MiB |\n|---|---|---|---|")
    for name, pid in processes(record):
        print(f"| {name} | " + " | ".join(f"{value:.1f}" for value in memory(pid)) + " |")


def main():
    run = Path(sys.argv[1] if len(sys.argv) > 1 else "run")
    lists = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    record = json.loads((run / "processes.json").read_text())
    listen = re.search(r"listen (\S+?)[ ;]", (run / "nginx" / "nginx.conf").read_text())[1]
    url = f"http://{listen}/api/clusters/{CLUSTER}/resources/pods"
    table(record, "idle")
    for count in (1, lists - 1):
        begin = time.monotonic()
        for _ in range(count):
            with urllib.request.urlopen(url) as reply:
                body = reply.read()
        seconds = (time.monotonic() - begin) / count
        pods = len(json.loads(body)["items"])
        table(
            record,
            f"after {count} {'more ' if count > 1 else ''}reads of {pods} pods"
            f" ({len(body)} bytes, {seconds:.2f} s each)",
        )


if __name__ == "__main__":
    main()
