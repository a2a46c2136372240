"""No secret is left anywhere: a day of a gateway that logs all it can, then a search for every secret that it was given
or made, in every form, wherever something could stay."""

import base64
import subprocess
import time
import urllib.parse
from pathlib import Path

import pytest
import stack as stacks
from conftest import BINARY
from stubs.aws import SESSION_SECRET
from stubs.kube import Wire, json_answer, status_answer
from test_raw import PODS, raw

GIVEN = {
    "type": "credentials",
    "access_key_id": "AKIASECRETSCAN000001",
    "secret_access_key": "given/secret+key=of.the_scan-0123456789AB",
}
TEMPORARY = {
    "type": "credentials",
    "access_key_id": "ASIASECRETSCAN000002",
    "secret_access_key": "temporary/secret+key=of.the-scan-01234567",
    "session_token": "IQoJb3JpZ2luX2VjEAscan//////////wEaCXVzLWVhc3QtMSJ+session/token==",
}
IN_A_FILE = "from-a-file/secret+key=of.the.scan-012345"
MFA_CODE = "918273"
ROLE = "arn:aws:iam::123456789012:role/ops"


def forms(secret):
    """As it is, and as it may look when it is packed for somewhere else."""
    data = secret.encode()
    yield data
    for padding in range(3):
        packed = base64.b64encode(bytes(padding) + data)
        yield packed[4 if padding else 0 : len(packed) // 4 * 4 - 8]  # what does not depend on what stands around it
    yield urllib.parse.quote(secret, safe="").encode()
    yield data.hex().encode()
    yield data.hex().upper().encode()


class Day:
    """One gateway with keys of callers, everything it answered, and every secret there was."""

    def __init__(self, gateway, stubs):
        self.gateway, self.stubs = gateway, stubs
        self.answers = []
        self.secrets = {GIVEN["secret_access_key"], *(TEMPORARY[n] for n in ("secret_access_key", "session_token"))}
        self.secrets |= {IN_A_FILE, SESSION_SECRET, "stub/session+token="}
        self.secrets |= {stubs.environment()["AWS_SECRET_ACCESS_KEY"]}
        made = subprocess.run(
            [BINARY, "key", "create", "--role", "admin"], env=gateway.stack.serve_env(), capture_output=True, text=True
        )
        self.key = made.stdout.strip()
        assert self.key, made.stderr
        self.secrets.add(self.key.rpartition("_")[2])

    def ask(self, method, path, code=None, **options):
        headers = {"Authorization": f"Bearer {self.key}"} | options.pop("headers", {})
        reply = self.gateway.request(method, path, headers=headers, **options)
        assert code is None or reply.status == code, reply.text
        self.answers.append(reply.body + str(reply.headers).encode())
        return reply

    def connect(self, auth, code=201, **more):
        body = {"cluster_name": self.stubs.cluster(), "region": "us-east-1", "auth": auth} | more
        return self.ask("POST", "/api/clusters/connect", code, json_body=body).json.get("connection_id")

    def tokens(self):
        stubs = (self.stubs.kube, self.stubs.wrong_authority)
        return {r.header("Authorization").removeprefix("Bearer ") for stub in stubs for r in stub.requests}


@pytest.fixture
def day(launcher, short_tmp, stubs):
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(parents=True)
    (aws / "config").write_text(
        f"[profile plain]\naws_access_key_id = AKIASECRETSCAN000003\naws_secret_access_key = {IN_A_FILE}\n"
        f"[profile guarded]\nrole_arn = {ROLE}\nsource_profile = plain\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    )
    gateway = launcher.start(short_tmp, env=stubs.environment() | {"EKSGATE_AUTH": "keys", "LOG_LEVEL": "DEBUG"})
    yield Day(gateway, stubs)
    launcher.stop(gateway)


def everything(day):
    """What went well, what went wrong, and what expired, by every way to authenticate."""
    stubs = day.stubs
    stubs.aws.mfa_codes.add(MFA_CODE)
    connections = [
        day.connect({"type": "default"}),
        day.connect({"type": "default", "role_arn": ROLE, "external_id": "scan"}),
        day.connect(GIVEN),
        day.connect(TEMPORARY),
        day.connect(TEMPORARY | {"role_arn": ROLE}),
        day.connect({"type": "profile", "profile": "plain"}),
        day.connect({"type": "profile", "profile": "guarded", "mfa_code": MFA_CODE}),
    ]
    stubs.kube.on(PODS, json_answer({"kind": "PodList", "items": []}))
    for identity in connections:
        day.ask("GET", raw(identity, PODS), 200)
        day.ask("GET", f"/api/clusters/{identity}", 200)
        day.ask("GET", f"/api/clusters/{identity}/access", 200)
        day.ask("GET", raw(identity, PODS + "?watch=1&timeoutSeconds=1"))
        day.ask("POST", raw(identity, "/api/v1/namespaces/default/services/web/proxy/x"), body=b"y" * (2 << 20))
    day.ask("POST", "/api/clusters/available", 200, json_body={"region": "us-east-1", "auth": GIVEN})
    day.ask("GET", "/api/clusters", 200)
    go_wrong(day, connections[2])
    expire(day)
    day.ask("POST", f"/api/clusters/{connections[3]}/disconnect", 200)


def go_wrong(day, identity):
    stubs = day.stubs
    day.connect(GIVEN | {"profile": "x"}, 422)
    day.connect(GIVEN | {"mfa_code": "12345"}, 422)
    day.ask("POST", "/api/clusters/connect", 400, body=f'{{"auth":"{GIVEN["secret_access_key"]}"'.encode(),
            headers={"Content-Type": "application/json"})  # fmt: skip
    day.ask("POST", "/api/clusters/connect", 415, body=GIVEN["secret_access_key"].encode())
    day.ask("GET", "/api/clusters", 401, headers={"Authorization": f"Bearer {day.key[:-1]}"})
    for path in (f"/api/nothing/{day.key}x", f"/raw/clusters/nobody/api?token={GIVEN['secret_access_key']}"):
        day.ask("GET", urllib.parse.quote(path, safe="/?="), 404)
    stubs.aws.fault("DescribeCluster", 429, "ThrottlingException", "Rate exceeded")
    day.connect(GIVEN)
    for code in ("SignatureDoesNotMatch", "ExpiredToken"):
        stubs.aws.fault("GetCallerIdentity", 403, code, "The request signature we calculated does not match")
        day.connect(TEMPORARY, 403 if code == "SignatureDoesNotMatch" else 503)
    stubs.kube.on(PODS, status_answer(401, "Unauthorized", "Unauthorized"))
    day.ask("GET", raw(identity, PODS), 401)
    stubs.kube.on(PODS, Wire([]))
    day.ask("GET", raw(identity, PODS), 502)
    stubs.kube.on(PODS, Wire([b"SSH-2.0-x\r\n"]))
    day.ask("GET", raw(identity, PODS), 502)


def expire(day):
    day.stubs.aws.mfa_codes.add("564738")
    day.stubs.aws.session_seconds = 2
    identity = day.connect({"type": "profile", "profile": "guarded", "mfa_code": "564738"})
    time.sleep(2.5)
    day.ask("GET", raw(identity, PODS), 503)


def places(day):
    """Every file of the run, what redis would write to disk, all answers, and the command lines and environments."""
    socket = str(day.gateway.stack.redis_socket)
    subprocess.run(["redis-cli", "-s", socket, "save"], check=True, capture_output=True)
    yield "answers", b"\n".join(day.answers)
    for file in day.gateway.stack.run.path.rglob("*"):
        if file.is_file():
            yield str(file), file.read_bytes()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            yield f"{process}/cmdline", (process / "cmdline").read_bytes()
        except OSError:
            pass
    for pid in stacks.session_members(day.gateway.stack.nginx.pid):
        yield f"/proc/{pid}/environ", Path(f"/proc/{pid}/environ").read_bytes()


def test_a_day_at_debug_leaves_no_secret_behind(day):
    everything(day)
    tokens = day.tokens()
    assert len(tokens) > 5
    wanted = {form: secret for secret in day.secrets | tokens for form in forms(secret)}
    found_logs = set()
    for place, content in places(day):
        found_logs.add(place.rpartition("/")[2])
        for form, secret in wanted.items():
            assert form not in content, f"{secret[:12]}... in {place}"
        if not place.startswith("/proc"):
            assert b"k8s-aws-v1." not in content and b"X-Amz-Signature" not in content, place
    assert {"serve.log", "access.log", "nginx.log", "redis.log", "dump.rdb"} <= found_logs
    assert b'"level":"debug"' in (day.gateway.stack.run.path / "log" / "serve.log").read_bytes().lower()


def test_the_search_would_find_each_form():
    """A search that finds nothing proves something only if it can find."""
    secret = GIVEN["secret_access_key"]
    for text in (
        f'{{"x":"{secret}"}}'.encode(),
        base64.b64encode(f"user:{secret}".encode()),
        base64.b64encode(f"a{secret}".encode()),
        base64.b64encode(secret.encode()),
        urllib.parse.urlencode({"k": secret}).encode(),
        secret.encode().hex().encode(),
    ):
        assert any(form in text for form in forms(secret)), text
