"""What is being done and how far it is: on the terminal and in progress.json, which the gateway shows in its UI."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import dataclass

from . import layout


@dataclass
class Step:
    weight: float  # seconds that it takes on two cores when nothing is cached
    fraction: float = 0.0


class Progress:
    def __init__(self) -> None:
        self.started = time.monotonic()
        self.steps: dict[str, Step] = {}
        self.step = self.message = ""
        self.percent = 0
        self.usable = self.ready = False
        self.error: str | None = None
        self.printed: set[str] = set()

    def plan(self, name: str, weight: float) -> None:
        self.steps[name] = Step(weight)

    def show(self, name: str, message: str, fraction: float = 0.0) -> None:
        self.step, self.message = name, message
        self.steps[name].fraction = max(self.steps[name].fraction, fraction)
        self.publish()

    def done(self, name: str, message: str | None = None) -> None:
        self.steps[name].fraction = 1.0
        if message:
            self.step, self.message = name, message
        self.publish()

    def fail(self, error: str) -> None:
        self.error, self.ready = error, False
        self.publish()

    @property
    def elapsed(self) -> int:
        return int(time.monotonic() - self.started)

    def publish(self) -> None:
        weights = sum(step.weight for step in self.steps.values())
        reached = sum(step.weight * step.fraction for step in self.steps.values())
        # Never backwards, and 100 only when everything is up.
        self.percent = 100 if self.ready else max(self.percent, min(99, int(100 * reached / weights)))
        state = {
            "step": self.step,
            "message": self.message,
            "done": sum(step.fraction >= 1 for step in self.steps.values()),
            "total": len(self.steps),
            "percent": self.percent,
            "elapsed_seconds": self.elapsed,
            "usable": self.usable,
            "ready": self.ready,
            "error": self.error and self.error[:2000],
        }
        layout.write(layout.RUN / "progress.json", json.dumps(state) + "\n")
        self.print(f"[{self.percent:3}% {self.elapsed // 60}:{self.elapsed % 60:02}] {self.message}")

    def print(self, line: str) -> None:
        """A terminal gets one line that is written over; a file gets a line for each new message."""
        if sys.stdout.isatty():
            print(f"\r\033[Ksandbox: {line}", end="\n" if self.ready or self.error else "", flush=True)
        elif self.message not in self.printed:
            print(f"sandbox: {line}", flush=True)
        self.printed.add(self.message)

    def say(self, text: str) -> None:
        """A line that stays."""
        print(("\r\033[K" if sys.stdout.isatty() else "") + f"sandbox: {text}", flush=True)
