"""Every way that a pod or a machine gets credentials, up to the real authenticator: the gateway's default chain is
given nothing else, its token must be accepted by the cluster. The metadata servers are small stand-ins that check what the
real ones check; what they hand out are real sessions of the sandbox's STS."""

import datetime
import http.server
import json
import os
import subprocess
import threading

import pytest

from service_accounts import PODS, STS, Agent, ServiceAccounts
from test_resources import connect

ASSUME = """
import boto3, json, sys
c = boto3.client("sts", region_name="us-east-1").assume_role(RoleArn=sys.argv[1], RoleSessionName="machine")["Credentials"]
print(json.dumps({k: str(v) for k, v in c.items()}))
"""


@pytest.fixture
def session(sandbox):
    """A session of the role that every machine here runs as."""
    done = subprocess.run([sandbox.state["python"], "-c", ASSUME, sandbox.state["roles"]["eks-operator"]["arn"]],
                          env=os.environ | sandbox.env, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def handed_out(session, **more):
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    return {"AccessKeyId": session["AccessKeyId"], "SecretAccessKey": session["SecretAccessKey"],
            "Token": session["SessionToken"], "Expiration": later.strftime("%Y-%m-%dT%H:%M:%SZ")} | more


@pytest.fixture
def serve():
    """Starts an HTTP server from a function of method, path and headers that gives status and text."""
    servers = []

    def start(answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            def reply(self):
                status, text = answer(self.command, self.path, self.headers)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_PUT = reply
            log_message = lambda *_: None

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture
def machine(launcher, short_tmp, sandbox):
    """A gateway with the given environment instead of keys."""
    started = []

    def start(**env):
        keyless = {k: v for k, v in sandbox.env.items() if k not in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        started.append(launcher.start(short_tmp, env=keyless | env))
        return started[-1]

    yield start
    for gateway in started:
        launcher.stop(gateway)


def assert_accepted(gateway):
    reply = connect(gateway, "demo", {"type": "default"})
    assert reply.status == 201, reply.text
    access = gateway.get("/api/clusters/us-east-1_demo/access").json
    assert access["accepted"] and access["principal_arn"].endswith(":role/eks-operator")
    assert gateway.get("/api/clusters/us-east-1_demo/resources/nodes").status == 200


def test_an_instances_role_by_imdsv2(machine, serve, session):
    def imds(method, path, headers):
        if (method, path) == ("PUT", "/latest/api/token"):
            return (200, "imds-token") if headers["X-aws-ec2-metadata-token-ttl-seconds"] else (400, "")
        if headers["X-aws-ec2-metadata-token"] != "imds-token":
            return 401, ""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "eks-operator"
        if path == "/latest/meta-data/iam/security-credentials/eks-operator":
            return 200, json.dumps(handed_out(session, Code="Success", Type="AWS-HMAC"))
        return 404, ""

    assert_accepted(machine(AWS_EC2_METADATA_DISABLED="false", AWS_EC2_METADATA_SERVICE_ENDPOINT=serve(imds)))


@pytest.fixture
def accounts(sandbox):
    accounts = ServiceAccounts(sandbox)
    accounts.role = accounts.trust("eks-operator", "default", "default")
    return accounts


@pytest.fixture
def agent(accounts):
    """A node's agent; the service account is associated with the role."""
    number = accounts.associate(accounts.role, "default", "default")
    agent = Agent(accounts)
    yield agent
    agent.shutdown()
    accounts.dissociate(number)


def test_a_pods_identity_by_the_agent_and_its_token_file(machine, accounts, agent, tmp_path):
    token = tmp_path / "token"
    token.write_text(accounts.token("default", "default", PODS))
    assert_accepted(machine(AWS_CONTAINER_CREDENTIALS_FULL_URI=f"http://127.0.0.1:{agent.port}/v1/credentials",
                            AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token)))
    assert agent.handed_out > 0


def test_a_pods_service_account_by_web_identity(machine, accounts, tmp_path):
    token = tmp_path / "token"
    token.write_text(accounts.token("default", "default", STS))
    assert_accepted(machine(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_SESSION_NAME="pod",
                            AWS_ROLE_ARN=accounts.role))


def test_a_token_that_sts_does_not_take_is_told_in_its_words(machine, accounts, tmp_path):
    token = tmp_path / "token"
    token.write_text(accounts.token("default", "default", "somebody-else"))
    gateway = machine(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ROLE_SESSION_NAME="pod", AWS_ROLE_ARN=accounts.role)
    reply = connect(gateway, "demo", {"type": "default"})
    assert reply.status >= 400 and "Incorrect token audience" in reply.text


def test_a_profile_that_assumes_a_role(machine, sandbox, short_tmp):
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(parents=True)
    keys = sandbox.state["users"]["platform-admin"]
    (aws / "credentials").write_text(f"[base]\naws_access_key_id = {keys['access_key_id']}\n"
                                     f"aws_secret_access_key = {keys['secret_access_key']}\n")
    (aws / "config").write_text(f"[profile ops]\nsource_profile = base\n"
                                f"role_arn = {sandbox.state['roles']['eks-operator']['arn']}\n")
    assert_accepted(machine(AWS_PROFILE="ops"))


def test_with_nothing_the_answer_says_what_is_missing_and_new_keys_help_without_a_restart(machine, short_tmp, sandbox):
    gateway = machine()
    refused = connect(gateway, "demo", {"type": "default"})
    assert (refused.status, refused.header("X-Eksgate-Error")) == (503, "credentials_expired")
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(exist_ok=True)
    keys = sandbox.state["users"]["platform-admin"]
    (aws / "credentials").write_text(f"[default]\naws_access_key_id = {keys['access_key_id']}\n"
                                     f"aws_secret_access_key = {keys['secret_access_key']}\n")
    assert connect(gateway, "demo", {"type": "default"}).status == 201
