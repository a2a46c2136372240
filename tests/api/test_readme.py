"""The README's commands do what they say, as printed, but for host and port."""

import json
import re
import subprocess

from conftest import ROOT


def commands():
    text = (ROOT / "README.md").read_text()
    return [line for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) for line in block.splitlines()]


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


def test_the_settings_that_the_readme_lists_exist():
    text = (ROOT / "README.md").read_text().partition("| of the gateway")[2].partition("`build/eksgate check`")[0]
    known = subprocess.run([str(ROOT / "build" / "dev" / "eksgate"), "check"], capture_output=True, text=True).stdout
    names = set(re.findall(r"`((?:EKS|LOG)[A-Z_]+)`", text))
    assert len(names) >= 5
    for name in names:
        assert re.search(rf"^{name}\s", known, re.M), name
