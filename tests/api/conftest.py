"""The gateway under test is the real one: nginx, redis and the sanitized binary, each session on sockets of its own.

`bare` has no AWS behind it: for what the front and the routes do by themselves. `gateway` stands before the sandbox: a
real Kubernetes API server, and an AWS that checks signatures.
"""

import json
import os
import re
import sys
import tempfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))
sys.path.insert(0, str(Path(__file__).parent))

import run as dev_run  # noqa: E402
import stack as stacks  # noqa: E402
from client import Client  # noqa: E402

BINARY = Path(os.environ.get("EKSGATE_BINARY") or ROOT / "build" / "dev" / "eksgate")
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:")
INDEX = "<!doctype html><title>eksgate</title>"


def base_environment(home):
    """Nothing of the developer's own AWS or Kubernetes settings reaches the gateway under test."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LOG_LEVEL": "DEBUG",
        "AWS_EC2_METADATA_DISABLED": "true",
        "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1",
        "UBSAN_OPTIONS": "print_stacktrace=1",
    }


class Gateway(Client):
    """A running stack and a client of it."""

    def __init__(self, stack):
        super().__init__(stack.host, stack.port)
        self.stack = stack

    @property
    def log(self):
        return (self.stack.run.path / "log" / "serve.log").read_text(errors="replace")

    @property
    def access_log(self):
        lines = (self.stack.run.path / "log" / "access.log").read_text().splitlines()
        return [json.loads(line) for line in lines]


def make_ui(directory):
    """Files as a build of the UI leaves them; these tests are about how they are served."""
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text(INDEX)
    (directory / "assets" / "index-a1B2c3D4.js").write_text("export {};\n")
    (directory / "assets" / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    return directory


class Launcher:
    """Starts stacks and, at the end, looks into their logs for what the sanitizers found."""

    def __init__(self):
        self.running = []

    def start(self, directory, *, env=None, **options):
        directory = Path(directory)
        home = directory / "home"
        home.mkdir(exist_ok=True)
        ui = directory / "ui"
        if not ui.exists():
            make_ui(ui)
        stack = stacks.Stack(directory / "run", binary=BINARY, ui=ui, env=base_environment(home) | (env or {}),
                             **options)
        try:
            stack.start()
            stack.wait_ready(timeout=60)
        except BaseException:
            stack.stop()
            raise
        gateway = Gateway(stack)
        self.running.append(gateway)
        return gateway

    def stop(self, gateway):
        self.running.remove(gateway)
        serve = gateway.stack.serve
        gateway.stack.stop()
        found = [line for line in gateway.log.splitlines() if SANITIZER.search(line)]
        assert not found, f"sanitizer reports in {serve.log}:\n" + gateway.log[-20000:]
        assert serve.popen.returncode == 0, f"serve ended with {serve.popen.returncode}:\n" + gateway.log[-4000:]


@pytest.fixture(scope="session")
def launcher():
    launcher = Launcher()
    yield launcher
    while launcher.running:
        launcher.stop(launcher.running[-1])


@pytest.fixture(scope="session")
def session_directory():
    # pytest's own temporary directories have paths too long for unix sockets.
    with tempfile.TemporaryDirectory(prefix="eksgate-api-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture
def short_tmp():
    with tempfile.TemporaryDirectory(prefix="eksgate-api-", dir="/tmp") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def bare(launcher, session_directory):
    directory = session_directory / "bare"
    directory.mkdir()
    return launcher.start(directory)


class SandboxUnderTest:
    def __init__(self, directory):
        self.directory = Path(directory)

    @property
    def state(self):
        return json.loads((self.directory / "sandbox" / "state.json").read_text())

    @property
    def env(self):
        return self.state["env"]

    def wait_ready(self, timeout, alive=lambda: True):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            try:
                progress = json.loads((self.directory / "sandbox" / "progress.json").read_text())
            except (OSError, ValueError):
                progress = {}
            assert not progress.get("error"), f"the sandbox failed: {progress['error']}"
            if progress.get("ready"):
                return
            assert alive(), "the sandbox ended"
            time.sleep(0.2)
        raise AssertionError("the sandbox was not ready in time")


@pytest.fixture(scope="session")
def sandbox(session_directory):
    """The sandbox that SANDBOX_RUN_DIR names, or one of our own for this session."""
    if os.environ.get("SANDBOX_RUN_DIR"):
        shared = SandboxUnderTest(os.environ["SANDBOX_RUN_DIR"])
        shared.wait_ready(45 * 60)
        yield shared
        return
    run = stacks.RunDirectory(session_directory / "world")
    run.open()
    own = dev_run.Sandbox(run)
    try:
        world = SandboxUnderTest(run.path)
        world.wait_ready(45 * 60, alive=lambda: not own.child.exited())
        yield world
    finally:
        own.child.stop()
        run.close()


@pytest.fixture(scope="session")
def gateway(launcher, session_directory, sandbox):
    directory = session_directory / "gateway"
    directory.mkdir()
    return launcher.start(directory, env=sandbox.env)
