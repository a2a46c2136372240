"""What a test may look at and bring about: counters of calls, and faults on purpose."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass


@dataclass
class Fault:
    """Applies to the next `count` calls of an operation such as `eks:DescribeCluster`, or of `*`.

    With a `resource`, to those only whose path, query or body has this text.
    """

    operation: str
    count: int = 1
    code: str | None = None
    status: int = 400
    message: str = "Rate exceeded"
    delay_ms: int = 0
    resource: str = ""


class Observatory:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.faults: list[Fault] = []
        self.reset()

    def reset(self) -> None:
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.tokens: Counter[str] = Counter()

    def called(self, action: str) -> None:
        with self.lock:
            self.calls[action] += 1

    def rejected(self, kind: str) -> None:
        with self.lock:
            self.refused[kind] += 1

    def token(self, cluster: str, checked_by: str, ok: bool) -> None:
        with self.lock:
            self.tokens[f"{cluster}/{checked_by}/{'ok' if ok else 'bad'}"] += 1

    def stats(self) -> dict:
        with self.lock:
            return {"calls": dict(self.calls), "refused": dict(self.refused), "tokens": dict(self.tokens)}

    def add_fault(self, fault: Fault) -> None:
        with self.lock:
            self.faults.append(fault)

    def clear_faults(self) -> None:
        with self.lock:
            self.faults.clear()

    def fault_for(self, action: str, said: str) -> Fault | None:
        """Use up one turn of the first fault that fits; the delay is served here."""
        with self.lock:
            fault = next(
                (f for f in self.faults if f.operation in (action, "*") and f.resource in said), None
            )
            if fault is None:
                return None
            fault.count -= 1
            if fault.count <= 0:
                self.faults.remove(fault)
        time.sleep(fault.delay_ms / 1000)
        return fault
