"""The whole table, rows 1 to 100, and the choice of some of them."""

import re

import client_rows
import kubectl_pods
import kubectl_reads
import kubectl_writes
import wire_rows

ROWS = sorted(
    [*kubectl_reads.ROWS, *kubectl_writes.ROWS, *kubectl_pods.ROWS, *wire_rows.ROWS, *client_rows.ROWS],
    key=lambda row: row.name,
)


def choose(rows, options):
    """options.rows: "1,30-35,63b"; empty for all, or for the quick ones: those with pods that run, or the others."""
    if options.rows:
        chosen = set()
        for part in options.rows.split(","):
            first, last, letter = re.fullmatch(r"(\d+)(?:-(\d+))?([a-z]?)", part).groups()
            chosen |= {(number, letter) for number in range(int(first), int(last or first) + 1)}
        return [row for row in rows if (row.number, "") in chosen or (row.number, row.part) in chosen]
    if options.fast:
        return [row for row in rows if getattr(row, "fast", False) and ("node" in row.needs) == options.pods]
    return rows
