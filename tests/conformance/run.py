#!/usr/bin/python3
"""The conformance run: the same commands straight to a cluster and through the gateway, compared.

run.py [--fast] [--pods] [--rows 1,30-35,63b] [--twice-direct] [--results FILE]

SANDBOX_RUN_DIR names a sandbox that runs; without it one is started. A line a row, then `N run, M skipped`. With
EKSGATE_RESULTS a JUnit file is left there for dev/test.py.
"""

import argparse
import os
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))

import programs  # noqa: E402
import report  # noqa: E402
import table  # noqa: E402
from compare import Normaliser, difference  # noqa: E402
from rows import NotRun  # noqa: E402
from world import ROOT, Step, World, stacks  # noqa: E402

AT_ONCE = 3  # rows with a namespace of their own
SETTLE_SECONDS = 120  # for rows that look at what all share, and which may change between two looks


@dataclass
class Outcome:
    row: object
    result: str  # "ok", "FAILED", "SKIPPED"
    text: str = ""
    seconds: float = 0.0


class Run:
    def __init__(self, world):
        self.world = world
        servers = [side.server for side in world.sides] + [world.stack.url, world.direct.server.split("//")[1]]
        self.servers = servers

    def run(self, row):
        started = time.monotonic()
        try:
            text = self.differs(row) if row.gateway_says else self.equal(row)
        except Exception:
            text = traceback.format_exc()
        return Outcome(row, "FAILED" if text else "ok", text, time.monotonic() - started)

    def differs(self, row):
        """The gateway alone: what it answers is known."""
        steps = self.perform(row, self.world.gateway)
        said = "".join(step.stdout + step.stderr for step in steps)
        return unexpected(row, steps) or missing(row.gateway_says, said)

    def equal(self, row):
        if row.together:
            return self.equal_together(row)
        deadline = time.monotonic() + SETTLE_SECONDS
        direct = self.perform(row, self.world.direct)
        while True:
            if wrong := self.wrong(row, direct):
                return wrong
            gateway = self.perform(row, self.world.gateway)
            found = self.compare(row, direct, gateway)
            if row.own or not found:
                return found
            # Two looks differ also when what all share has changed between them; then a third tells.
            before, direct = direct, self.perform(row, self.world.direct)
            if not self.compare(row, direct, gateway):
                return ""
            if not self.compare(row, before, direct) or time.monotonic() > deadline:
                return found

    def equal_together(self, row):
        with ThreadPoolExecutor(2) as pool:
            direct, gateway = pool.map(lambda side: self.perform(row, side), (self.world.direct, self.world.gateway))
        return self.wrong(row, direct) or self.compare(row, direct, gateway)

    def wrong(self, row, direct):
        found = unexpected(row, direct) or missing(row.says, "".join(step.stdout + step.stderr for step in direct))
        return f"the run against the cluster itself did not go as the row says: {found}" if found else ""

    def perform(self, row, side):
        """The steps of the row, up to the first that ends otherwise than expected."""
        scratch = side.scratch(row)
        if callable(row.steps):
            return [Step(row.title, 0, row.steps(side, row, scratch, self.world), "")]
        steps = []
        for expected, command in row.commands():
            step = side.run(row, scratch, command)
            steps.append(step)
            if step.status != expected:
                break
        return steps

    def compare(self, row, direct, gateway):
        normalise = Normaliser(self.servers, [side.namespace(row) for side in self.world.sides if row.own])
        for one, other in zip(direct, gateway):
            if one.status != other.status:
                return f"{one.command}\nstatus {one.status} directly, {other.status} through the gateway\n{other.stderr}"
            for stream in ("stdout", "stderr"):
                texts = [normalise(getattr(step, stream), row.own) for step in (one, other)]
                if found := difference(*texts):
                    return f"{one.command}\n{stream}:\n{found}"
        return "" if len(direct) == len(gateway) else f"{len(direct)} steps directly, {len(gateway)} through the gateway"


def unexpected(row, steps):
    if callable(row.steps):
        return ""
    for (expected, command), step in zip(row.commands(), steps):
        if step.status != expected:
            return f"{command}\nstatus {step.status}, expected {expected}\n{step.stdout[-500:]}{step.stderr[-1500:]}"
    return ""


def missing(wanted, text):
    absent = [each for each in wanted if each not in text]
    return f"the output lacks {absent}:\n{text[:2000]}" if absent else ""


def run_all(world, rows, say):
    """Rows that look at what all share first and one by one; then those with namespaces of their own, some at once."""
    run = Run(world)
    single = [row for row in rows if row.alone or not row.own]
    several = sorted((row for row in rows if row not in single), key=lambda row: not row.together)  # the longest first
    namespaces = [side.namespace(row) for row in rows if row.own for side in world.sides]
    outcomes = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            world.make_namespaces(namespaces)
            outcomes += [say(run.run(row)) for row in sorted(single, key=lambda row: row.own)]
            outcomes += pool.map(lambda row: say(run.run(row)), several)
        finally:
            world.remove_namespaces(namespaces)
    return outcomes


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--pods", action="store_true", help="of the quick rows those that need pods that run")
    parser.add_argument("--rows", default="")
    parser.add_argument("--twice-direct", action="store_true", help="no gateway: do the rows themselves hold?")
    parser.add_argument("--results", type=Path)
    parser.add_argument("--binary", type=Path, default=ROOT / "build" / "dev" / "eksgate")
    parser.add_argument("--name", default="conformance")
    options = parser.parse_args()
    stacks.die_with_parent()
    started = time.monotonic()
    wanted = table.choose(table.ROWS, options)
    folder, reasons = programs.prepare({need for row in wanted if not isinstance(row, NotRun) for need in row.needs})
    outcomes = [report.say(Outcome(row, "SKIPPED", row.reason)) for row in wanted if isinstance(row, NotRun)]
    rows = [row for row in wanted if not isinstance(row, NotRun)]
    with World(folder, options.binary, os.environ.get("SANDBOX_RUN_DIR"), options.twice_direct) as world:
        reasons |= world.lacks
        lacking = {row.name: reasons[need] for row in rows for need in row.needs if need in reasons}
        outcomes += [report.say(Outcome(row, "SKIPPED", lacking[row.name])) for row in rows if row.name in lacking]
        outcomes += run_all(world, [row for row in rows if row.name not in lacking], report.say)
    return report.finish(outcomes, options, time.monotonic() - started)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stacks.StackError as error:
        sys.exit(f"error: {error}")
