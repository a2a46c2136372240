"""A running sandbox, given by SANDBOX_RUN_DIR. There is no skipping: without a sandbox these tests fail."""

import http.client
import json
import os
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

ORACLE = Path(__file__).with_name("oracle.py")
CLIENT = Path(__file__).with_name("eks_client.py")
ADMIN, VIEWER, STRANGER = "platform-admin", "viewer", "stranger"


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


class Helper:
    """A program with AWS's own library; it is started once, which is what takes time."""

    def __init__(self, python: str, program: Path):
        self.process = subprocess.Popen([python, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, questions: list[dict]) -> list:
        self.process.stdin.write(json.dumps(questions) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Sandbox:
    def __init__(self, state: dict):
        self.state = state

    def front(self, method: str, path: str, headers: dict | None = None, body: bytes | str | None = None) -> Answer:
        """A request to the AWS front, sent as it is."""
        connection = http.client.HTTPConnection("127.0.0.1", self.state["aws"]["http"], timeout=90)
        return answer(connection, method, path, headers or {}, body)

    def control(self, method: str, path: str, body: dict | None = None) -> dict:
        reply = self.front(method, "/sandbox/" + path, body=json.dumps(body) if body else None)
        assert reply.status == 200, reply.body
        return reply.json

    def api(self, cluster: str, path: str, token: str, method: str = "GET", body: dict | None = None) -> Answer:
        """A request to a cluster's API server with a bearer token."""
        about = self.state["clusters"][cluster]
        tls = ssl.create_default_context(cafile=about["ca"])
        connection = http.client.HTTPSConnection("127.0.0.1", about["ports"]["api"], timeout=20, context=tls)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return answer(connection, method, path, headers, json.dumps(body) if body else None)

    def keys(self, user: str) -> dict:
        pair = self.state["users"][user]
        return {"access_key": pair["access_key_id"], "secret": pair["secret_access_key"]}

    @cached_property
    def client(self) -> "Helper":
        return Helper(self.state["python"], CLIENT)

    @cached_property
    def oracle(self) -> "Helper":
        return Helper(self.state["python"], ORACLE)

    def boto(self, calls: list[dict]) -> list[dict]:
        """Have boto3 call."""
        return self.client.ask(calls)

    def sign(self, wishes: list[dict]) -> list:
        """Have botocore sign."""
        return self.oracle.ask(wishes)

    def token(self, cluster: str = "demo", user: str = ADMIN, region: str = "us-east-1", **other) -> str:
        wish = {"kind": "token", "cluster": cluster, "region": region, **self.keys(user), **other}
        return self.sign([wish])[0]


def answer(connection: http.client.HTTPConnection, method: str, path: str, headers: dict, body) -> Answer:
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def wait_until_ready(folder: Path) -> dict:
    """The sandbox's state; waits while it is being built, fails when there is none or when it gave up."""
    missing_after = time.monotonic() + 15  # it may have been started together with us
    while True:
        try:
            state = json.loads((folder / "state.json").read_text())
            os.kill(state["pid"], 0)
            progress = json.loads((folder / "progress.json").read_text())
        except (OSError, ValueError) as error:
            if time.monotonic() > missing_after:
                pytest.fail(f"no sandbox is running in {folder.parent} (`RUN_DIR=... sandbox/up` starts one): {error}")
            time.sleep(0.5)
            continue
        if progress["error"]:
            pytest.fail(f"the sandbox in {folder.parent} failed: {progress['error']}")
        if progress["ready"]:
            return state
        time.sleep(0.5)


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    folder = os.environ.get("SANDBOX_RUN_DIR")
    if not folder:
        pytest.fail("SANDBOX_RUN_DIR is not set: these tests need a running sandbox (`make sandbox`)")
    sandbox = Sandbox(wait_until_ready(Path(folder) / "sandbox"))
    yield sandbox
    sandbox.client.end()
    sandbox.oracle.end()


@pytest.fixture(params=["own", "authenticator"])
def phase(request, sandbox: Sandbox):
    """Both checkers of tokens: the front's own, used until the authenticator is built, and the authenticator."""
    if request.param == "authenticator":
        gates = sandbox.control("GET", "stats")["gates"]
        assert all(gate["authenticator"] for gate in gates.values()), "the authenticators are not up yet"
    clusters = list(sandbox.state["clusters"])
    for cluster in clusters:
        sandbox.control("POST", f"gate/{cluster}/{request.param}")
    before = sandbox.control("GET", "stats")["tokens"]
    yield request.param
    after = sandbox.control("GET", "stats")["tokens"]
    for cluster in clusters:
        sandbox.control("POST", f"gate/{cluster}/auto")
    moved = {name.split("/")[1] for name in after if after[name] != before.get(name)}
    assert moved <= {request.param}, f"tokens were checked by {moved}"
