#!/usr/bin/env python3
"""make bench: measures eksgate against its peers, all started here, in interleaved rounds.

BENCH=get,watches             only these rows (all of them: see ROWS)
BENCH_ROUNDS, BENCH_SECONDS   of each row of short requests (3, 2); BENCH_PODS  in the large list (10000)

Writes build/bench/results.json and build/bench/results.txt; a copy of the latter with its date belongs in docs/results.
"""

import json
import os
import resource
import signal
import statistics
import sys
import time
import traceback
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

import board_rows  # noqa: E402
import exec_rows  # noqa: E402
import graph_rows  # noqa: E402
import jobs_rows  # noqa: E402
import requests_rows  # noqa: E402
import streams_rows  # noqa: E402
from world import ROOT, Cluster, Gateway, World, machine, stacks  # noqa: E402

ROWS = {
    "startup": jobs_rows.startup,  # first: no cluster of the bench's own takes the cores yet
    "cheap": requests_rows.cheap,
    "get": requests_rows.get,
    "seeds": requests_rows.seeds,
    "together": requests_rows.together,
    "watches": streams_rows.watches,
    "exec": exec_rows.exec_throughput,
    "pod": exec_rows.exec_in_pod,
    "lists": streams_rows.lists,
    "graphs": graph_rows.graphs,
    "map": graph_rows.drawn,
    "dashboard": board_rows.dashboard,
    "board": board_rows.board,
    "stalled": requests_rows.stalled,
    "idle": jobs_rows.idle,
    "jobs": jobs_rows.jobs,
}
OUT = ROOT / "build/bench"
NOT_RUN = """\
not run: Headlamp's server (it is in no module that can be fetched). Measured elsewhere for the same work, a 3.6 KB
object: 0.71 x direct at c=1, 0.62 x at c=16, 0.68 x at c=64; 0.34-0.56 ms CPU a request; 49-53 MiB."""


class Bench:
    """Collects what the rows measure, and what becomes of the targets."""

    def __init__(self, world):
        self.world = world
        self.rounds = int(os.environ.get("BENCH_ROUNDS") or 3)
        self.seconds = int(os.environ.get("BENCH_SECONDS") or 2)
        self.pods = int(os.environ.get("BENCH_PODS") or 10000)
        self.results = []
        self.verdicts = []
        self.notes = []
        self.clusters = {}
        self.gateways = {}
        self.want_pods = 0
        self.made = 0

    def cluster(self, pods=0):
        """One sandbox for all rows; one with many pods replaces it."""
        if self.world.cluster and self.want_pods >= pods:
            return self.world.cluster
        if self.world.cluster:
            self.say("starting the sandbox anew, with pods")
            for gateway in self.gateways.values():
                gateway.stack.stop()
            self.gateways = {}
            self.world.cluster.child.stop()
        self.want_pods = pods
        self.world.cluster = Cluster(self.world, pods)
        return self.world.cluster

    def gateway(self):
        return self.gateways.get("main") or self.fresh_gateway("main")

    def unstarted_gateway(self):
        """A stack that is nobody's yet: to be started, and stopped, by who asks for it."""
        self.made += 1
        home = self.world.path / f"unstarted-{self.made}"
        home.mkdir()
        ui = ROOT / "html/dist"
        binary = os.environ.get("EKSGATE_BINARY") or ROOT / "build/eksgate"
        env = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        return stacks.Stack(home / "run", env=env, binary=binary, ui=ui if ui.is_dir() else home)

    def fresh_gateway(self, name, env=None, **options):
        cluster = self.cluster(self.want_pods)
        self.made += 1
        gateway = Gateway(self.world, f"gateway-{name}-{self.made}", cluster.env | (env or {}), **options)
        gateway.connect("demo")
        self.gateways[name] = gateway
        return gateway

    def add(self, name, peer, connections, values, unit, ratio=None):
        middle = statistics.median(values)
        spread = (max(values) - min(values)) / 2
        row = {"name": name, "peer": peer, "c": connections, "median": middle, "spread": spread}
        self.results.append(row | {"ratio": ratio, "unit": unit})
        at = f"c={connections}" if connections else ""
        times = f"  {ratio:.2f} x" if ratio is not None else ""
        self.say(f"{name:34} {peer:16} {at:7} {middle:10.3f} ±{spread:8.3f} {unit}{times}")

    def judge(self, what, value, limit, aim, unit, more=False):
        better = (lambda a, b: a >= b) if more else (lambda a, b: a <= b)
        verdict = "missed"
        if better(value, limit):
            verdict = "met, aim met" if aim is not None and better(value, aim) else "met"
        self.verdicts.append((what, value, limit, aim, unit, verdict, more))
        self.results.append({"name": what, "peer": "target", "c": None, "median": value, "spread": 0.0})
        self.results[-1] |= {"ratio": None, "unit": unit, "limit": limit, "aim": aim, "verdict": verdict}

    def note(self, text):
        self.notes.append(text)
        self.say("  " + text)

    def median(self, name, peer, connections):
        return self._last(name, peer, connections)["median"]

    def ratio(self, name, peer, connections):
        return self._last(name, peer, connections)["ratio"]

    def _last(self, name, peer, connections):
        key = (name, peer, connections)
        return [row for row in self.results if (row["name"], row["peer"], row["c"]) == key][-1]

    def say(self, text):
        print(text, flush=True)


def text_of(bench, head):
    lines = [*head, ""]
    lines += [f"{'measured':34} {'peer':16} {'c':>5} {'median':>10} {'spread':>9} {'unit':6} ratio"]
    for row in bench.results:
        if row["peer"] == "target":
            continue
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f} x"
        at = row["c"] or ""
        lines.append(
            f"{row['name']:34} {row['peer']:16} {at:>5} {row['median']:10.3f} {row['spread']:9.3f} {row['unit']:6} {ratio}"
        )
    lines += ["", f"{'target':74} {'measured':>10} {'must':>8} {'aim':>8}"]
    for what, value, limit, aim, unit, verdict, more in bench.verdicts:
        sign = ">=" if more else "<="
        goal = "" if aim is None else f"{sign} {aim:g}"
        lines.append(f"{what:74} {value:10.3f} {sign} {limit:5.4g} {goal:>8} {unit:8} {verdict}")
    lines += ["", *bench.notes, NOT_RUN]
    return "\n".join(lines) + "\n"


def main():
    names = (os.environ.get("BENCH") or ",".join(ROWS)).split(",")
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        sys.exit(f"bench: there is no row {unknown[0]}; there are {', '.join(ROWS)}")
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is stopped
    head = machine()
    with World() as world:
        bench = Bench(world)
        for name in names:
            bench.say(f"-- {name}: {ROWS[name].__doc__.splitlines()[0]}")
            try:
                ROWS[name](bench)
            except Exception as error:  # one row that can not be run must not hide the others
                bench.note(f"{name} could not be run: {type(error).__name__}: {error}")
                traceback.print_exc()
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "results.json").write_text(json.dumps(bench.results, indent=1) + "\n")
    text = text_of(bench, head)
    (OUT / "results.txt").write_text(text)
    print("\n" + text)


if __name__ == "__main__":
    main()
