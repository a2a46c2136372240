"""The whole table, rows 1 to 100, and the choice of some of them."""

import re

import kubectl_pods
import kubectl_reads
import kubectl_writes
import wire_rows

ROWS = sorted(
    [*kubectl_reads.ROWS, *kubectl_writes.ROWS, *kubectl_pods.ROWS, *wire_rows.ROWS],
    key=lambda row: row.name,
)


def choose(rows, text, fast):
    """text: "1,30-35,63b"; empty for all."""
    if text:
        chosen = set()
        for part in text.split(","):
            first, last, letter = re.fullmatch(r"(\d+)(?:-(\d+))?([a-z]?)", part).groups()
            chosen |= {(number, letter) for number in range(int(first), int(last or first) + 1)}
        return [row for row in rows if (row.number, "") in chosen or (row.number, row.part) in chosen]
    return [row for row in rows if not fast or getattr(row, "fast", False)]
