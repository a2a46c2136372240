"""A whole life of a cluster in a browser: tests/browser/life.mjs, with Terraform's state and its lock in S3."""

import importlib.util
import os
import subprocess

import pytest
from conftest import REGION, ROOT, environment

BROWSER = ROOT / "tests" / "browser"
spec = importlib.util.spec_from_file_location("browser_run", BROWSER / "run.py")
browser_run = importlib.util.module_from_spec(spec)
spec.loader.exec_module(browser_run)

BUCKET = "states-of-lives"
STATE = f"s3://{BUCKET}/made-here"
MAKE_BUCKET = f"import boto3; boto3.client('s3', region_name='{REGION}').create_bucket(Bucket='{BUCKET}')"


@pytest.fixture
def gateway(launcher, session_directory, sandbox, toolchain):
    subprocess.run([sandbox.state["python"], "-c", MAKE_BUCKET], env=os.environ | sandbox.env, check=True, timeout=60)
    directory = session_directory / "browser"
    directory.mkdir()
    env = environment(sandbox, toolchain) | {
        "EKSGATE_PROVISION_RUNNER": "local",
        "EKSGATE_PROVISION_DIR": str(directory / "provision"),
        "EKSGATE_PROVISION_MODULE": str(ROOT / "provision"),
        "EKSGATE_PROVISION_STATE": STATE,
        "EKSGATE_PROVISION_STATE_REGION": REGION,
    }
    gateway = launcher.start(directory, env=env, ui=ROOT / "html" / "dist")
    gateway.stack.start_agent("agent")
    yield gateway
    launcher.stop(gateway)


def test_a_cluster_lives_in_a_browser(gateway, sandbox, name):
    chromium = browser_run.browser()
    if not chromium:
        pytest.skip("no Chromium was found; install the package chromium or set CHROMIUM")
    env = os.environ | sandbox.env | {"CHROMIUM": chromium, "EKSGATE_URL": gateway.stack.url}
    env |= {"EKSGATE_LIFE": name, "EKSGATE_LIFE_STATE": STATE}
    program = BROWSER / "life.mjs"
    done = subprocess.run([browser_run.node(), "--test", "--test-reporter=spec", program], env=env, timeout=3600)
    assert done.returncode == 0
