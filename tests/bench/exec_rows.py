"""exec through the tunnel."""


def exec_throughput(bench):
    """1 GiB through a session."""
    bench.note("exec: not measured here yet")
