#!/usr/bin/env python3
"""Clicks through the UI in a real browser, against a real gateway and a real API server. An argument chooses the tests
whose files have it in their names.

With EKSGATE_URL set, the gateway that runs there is used (and the AWS keys in the environment, as `sandbox/env` prints
them). Otherwise one is started for this run, before the sandbox of SANDBOX_RUN_DIR or one of its own.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))

import run as dev_run  # noqa: E402
import stack as stacks  # noqa: E402
import terraform  # noqa: E402

SKIP = 77
SANDBOX_SECONDS = 45 * 60


def browser():
    names = ("chromium", "chromium-browser", "google-chrome")
    return os.environ.get("CHROMIUM") or next((path for path in map(shutil.which, names) if path), None)


def node():
    directory = subprocess.run([ROOT / "dev" / "node.sh"], capture_output=True, text=True, check=True).stdout.strip()
    return str(Path(directory) / "node")


def wait_for_sandbox(directory):
    """The environment of the sandbox, once it says that it is ready."""
    deadline = time.monotonic() + SANDBOX_SECONDS
    while time.monotonic() < deadline:
        progress = progress_of(directory)
        if progress.get("error"):
            raise stacks.StackError(f"the sandbox failed: {progress['error']}")
        environment = dev_run.sandbox_environment(directory) if progress.get("ready") else None
        if environment:
            return environment
        time.sleep(0.5)
    raise stacks.StackError(f"the sandbox was not ready within {SANDBOX_SECONDS} s")


def progress_of(directory):
    try:
        return json.loads((Path(directory) / "sandbox" / "progress.json").read_text())
    except (OSError, ValueError):
        return {}


def provisioner(directory):
    """What makes clusters here: processes beside the agent, with real Terraform."""
    return terraform.prepare() | {
        "EKSGATE_PROVISION_RUNNER": "local",
        "EKSGATE_PROVISION_DIR": str(Path(directory) / "provision"),
        "EKSGATE_PROVISION_MODULE": str(ROOT / "provision"),
    }


def click_through(url, environment):
    command = [node(), str(Path(__file__).with_name("run.mjs")), url, *sys.argv[1:2]]
    return subprocess.run(command, env=os.environ | environment | {"CHROMIUM": browser()}, check=False).returncode


def main():
    if not browser():
        print("no Chromium was found; install the package chromium or set CHROMIUM")
        return SKIP
    if os.environ.get("EKSGATE_URL"):
        return click_through(os.environ["EKSGATE_URL"], {})
    with tempfile.TemporaryDirectory(prefix="eksgate-browser-", dir="/tmp") as directory:
        run = stacks.RunDirectory(directory)
        run.open()
        sandbox = None
        try:
            shared = os.environ.get("SANDBOX_RUN_DIR")
            if not shared:
                sandbox = dev_run.Sandbox(run)
            environment = wait_for_sandbox(shared or directory)
            keyed = stacks.Stack(
                Path(directory) / "keyed",
                env=os.environ | environment | {"EKSGATE_AUTH": "keys"},
                processes=1,
                tls_listen="127.0.0.1:0",
            )
            # Where the tests wait for what webhooks are told; what fails there twice is dead.
            receiver = f"127.0.0.1:{stacks.free_port()}"
            told = {"EKSGATE_ALLOW_WEBHOOKS": receiver, "EKSGATE_WEBHOOK_ATTEMPTS": "2"}
            told["EKSGATE_USAGE_STEP_SECONDS"] = "2"  # a chart begins with its second sample
            told |= provisioner(directory)
            with stacks.Stack(run, env=os.environ | environment | told, agent=True) as stack, keyed:
                key = keyed.key("create", "--role", "viewer")
                mine = {"EKSGATE_KEYED_TLS": keyed.url, "EKSGATE_KEYED_KEY": key, "EKSGATE_RECEIVER": receiver}
                mine["EKSGATE_KEYED_URL"] = f"http://{keyed.host}:{keyed.port}"
                mine["EKSGATE_SERVE"] = str(stack.serve.popen.pid)
                return click_through(stack.url, environment | mine)
        finally:
            if sandbox:
                sandbox.child.stop()
            run.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except stacks.StackError as error:
        sys.exit(f"error: {error}")
