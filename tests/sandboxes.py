"""The sandbox that a suite runs against: one that is there already (SANDBOX_RUN_DIR), or its own."""

import json
import os
import time
from contextlib import contextmanager
from pathlib import Path

import run as dev_run
import stack as stacks


class SandboxUnderTest:
    def __init__(self, directory):
        self.directory = Path(directory)

    @property
    def state(self):
        return json.loads((self.directory / "sandbox" / "state.json").read_text())

    @property
    def env(self):
        return dev_run.sandbox_environment(self.directory)

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


@contextmanager
def sandbox_under_test(directory):
    """directory: for one of our own."""
    if os.environ.get("SANDBOX_RUN_DIR"):
        shared = SandboxUnderTest(os.environ["SANDBOX_RUN_DIR"])
        shared.wait_ready(45 * 60)
        yield shared
        return
    run = stacks.RunDirectory(directory)
    run.open()
    own = dev_run.Sandbox(run)
    try:
        world = SandboxUnderTest(run.path)
        world.wait_ready(45 * 60, alive=lambda: not own.child.exited())
        yield world
    finally:
        own.child.stop()
        run.close()
