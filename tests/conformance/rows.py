"""What a row of the conformance table is.

A row is the same doing twice: against the cluster itself and through the gateway. Most are commands, one a line:

    kubectl get pods            is expected to end with status 0
    [1] kubectl get pod nosuch  with status 1
    (sleep 1; kubectl ...) & kubectl wait ...   any bash will do

Their statuses, stdout and stderr are compared (compare.py says how), and the run against the cluster itself has to end
as the row says: two equal failures prove nothing. Other rows are functions that get a Side and return text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Row:
    number: int
    title: str
    steps: str | Callable
    # The row makes objects: each side gets a namespace of its own ($NS, and the default of kubectl).
    own: bool = False
    # It looks at the whole cluster, so nothing else runs meanwhile.
    alone: bool = False
    # It takes long, so both sides run at the same time.
    together: bool = False
    # What direct's output must contain, so that the row is known to have tested what it says.
    says: tuple = ()
    # The gateway alone: the direct run is left out, and the gateway's output must contain this. `why` says why.
    gateway_says: tuple = ()
    why: str = ""
    needs: tuple = ()  # "node" (pods that run), "helm", "python", "client-node", "client-go"
    fast: bool = True  # part of make test, for rows that need the real node in a run of their own
    part: str = ""  # "a", "b": one entry of the specification in several rows
    timeout: int = 60
    env: dict = field(default_factory=dict)

    @property
    def name(self):
        return f"{self.number:03}{self.part}"

    def commands(self):
        """(expected status, command) of each line."""
        text = re.sub(r"\\\n\s*", "", self.steps)
        for line in filter(None, map(str.strip, text.splitlines())):
            status, command = re.fullmatch(r"(?:\[(\d+)\] )?(.*)", line).groups()
            yield int(status or 0), command


@dataclass
class NotRun:
    """A row of the specification that no code here runs, and why."""

    number: int
    title: str
    reason: str
    part: str = ""

    @property
    def name(self):
        return f"{self.number:03}{self.part}"
