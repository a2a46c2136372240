"""Real terraform and its AWS provider (dev/terraform.py) before the sandbox's AWS."""

import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from inspect import getfullargspec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in ("dev", "tests", "tests/api", "tests/terraform"):
    sys.path.insert(0, str(ROOT / folder))

import terraform  # noqa: E402
from sandboxes import sandbox_under_test  # noqa: E402
from worker import Cluster  # noqa: E402

BINARY = Path(os.environ.get("EKSGATE_BINARY") or ROOT / "build" / "dev" / "eksgate")


@pytest.fixture(scope="session")
def session_directory():
    with tempfile.TemporaryDirectory(prefix="eksgate-terraform-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def toolchain(session_directory):
    """Where terraform and its provider are; built first where they have to be."""
    return terraform.prepare() | {
        "PATH": os.environ["PATH"],
        "HOME": str(session_directory),
        "EKSGATE_BIN": str(BINARY),
        "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1",
    }


@pytest.fixture(scope="session")
def sandbox(session_directory):
    with sandbox_under_test(session_directory / "world") as world:
        yield world


@pytest.fixture(scope="session")
def aws(sandbox, toolchain):
    """The environment of a run that asks the sandbox's AWS."""
    return toolchain | {name: value for name, value in sandbox.env.items() if name.startswith("AWS_")}


@pytest.fixture(scope="session", autouse=True)
def lives(request, session_directory):
    """Whole lives of clusters, begun before all else: most of them is waiting. Only where a test asks for them."""
    if not any("lives" in getfullargspec(item.obj).args for item in request.session.items):
        yield {}
        return
    aws = request.getfixturevalue("aws")
    with ThreadPoolExecutor() as pool:
        yield {
            family: pool.submit(live, Cluster(f"life-{family}", session_directory / family, aws, ip_family=family))
            for family in ("ipv4", "ipv6")
        }


def live(cluster):
    try:
        cluster.run("provision", "succeeded")
        cluster.run("drift", "unchanged")
        cluster.run("destroy", "succeeded")
    finally:
        cluster.stop()
    return cluster


@pytest.fixture
def clusters(aws, tmp_path):
    """Makes what a runner keeps for a cluster; whatever still runs at the end of the test is ended."""
    made = []

    def make(name, **variables):
        made.append(Cluster(name, tmp_path / name, aws, **variables))
        return made[-1]

    yield make
    for cluster in made:
        cluster.stop()
