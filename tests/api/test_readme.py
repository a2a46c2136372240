"""The README's commands do what they say, as printed, but for host and port."""

import json
import os
import re
import subprocess
from pathlib import Path

from conftest import BINARY, ROOT


def commands(fence="sh"):
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(rf"^```{fence}\n(.*?)^```", text, re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


def test_every_curl_command_works_as_printed(launcher, short_tmp, sandbox):
    gateway = launcher.start(short_tmp, env=sandbox.env)
    reply = gateway.post(
        "/api/clusters/connect", {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    )
    assert reply.json["connection_id"] == "us-east-1_demo"
    lines = commands()
    assert len(lines) > 10
    for line in lines:
        assert line.startswith("curl ") and "http://127.0.0.1:8080" in line
        printed = subprocess.run(
            ["bash", "-c", line.replace("http://127.0.0.1:8080", gateway.stack.url)], capture_output=True, text=True
        )
        assert printed.returncode == 0, line
        answer = json.loads(printed.stdout)
        assert answer.get("status") != "Failure", f"{line}\n{printed.stdout}"
    launcher.stop(gateway)


def test_every_kubectl_command_works_as_printed(launcher, short_tmp, sandbox):
    home = short_tmp / "home"
    env = sandbox.env | {"PATH": f"{Path(sandbox.state['kubectl']).parent}:{os.environ['PATH']}", "HOME": str(home)}
    gateway = launcher.start(short_tmp, env=sandbox.env, tls_listen="127.0.0.1:0")
    demo = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    assert gateway.post("/api/clusters/connect", demo).status in (200, 201)
    stack = gateway.stack
    (short_tmp / "build").mkdir()
    (short_tmp / "build" / "eksgate").symlink_to(BINARY)
    env |= {"EKSGATE_REDIS": f"unix:{stack.redis_socket}"}
    lines = commands("bash")
    assert len([line for line in lines if line.startswith("kubectl")]) == 2
    for line in lines:
        line = line.replace("http://127.0.0.1:8080", f"http://{stack.host}:{stack.port}")
        line = line.replace("https://127.0.0.1:8443", stack.url)
        done = subprocess.run(["bash", "-c", line], env=env, cwd=short_tmp, capture_output=True, text=True)
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert not line.startswith("kubectl") or "storefront" in done.stdout
    assert (home / ".config" / "eksgate" / "key").read_text().startswith("eksgate_")
    launcher.stop(gateway)


def test_the_settings_that_the_readme_lists_exist():
    text = (ROOT / "README.md").read_text().partition("| of the gateway")[2].partition("`build/eksgate check`")[0]
    known = subprocess.run([str(ROOT / "build" / "dev" / "eksgate"), "check"], capture_output=True, text=True).stdout
    names = set(re.findall(r"`((?:EKS|LOG)[A-Z_]+)`", text))
    assert len(names) >= 5
    for name in names:
        assert re.search(rf"^{name}\s", known, re.M), name
