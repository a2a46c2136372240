"""Service accounts of the sandbox's demo cluster, and roles of its AWS that they may take: by IRSA, by Pod Identity."""

import datetime
import http.server
import json
import subprocess
import threading
from pathlib import Path

IAM = Path(__file__).resolve().parents[1] / "deploy" / "iam"
STS, PODS = "sts.amazonaws.com", "pods.eks.amazonaws.com"

HEAD = """
import boto3, json, sys
given = json.loads(sys.argv[1])
iam, eks = boto3.client("iam"), boto3.client("eks", region_name="us-east-1")
issuer = eks.describe_cluster(name="demo")["cluster"]["identity"]["oidc"]["issuer"]
"""
# The trust policies that are shipped, for this account and issuer; a role that is there trusts them besides.
TRUST = HEAD + """
try:
    iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
except iam.exceptions.EntityAlreadyExistsException:
    pass
def statements(file):
    text = open(file).read().replace("111122223333", "123456789012")
    text = text.replace("oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE", issuer[8:])
    text = text.replace("system:serviceaccount:eksgate:eksgate", f"system:serviceaccount:{given['namespace']}:{given['account']}")
    return json.loads(text)["Statement"]
def trust(own):
    shipped = [statement for file in given["trust"] for statement in statements(file)]
    return json.dumps({"Version": "2012-10-17", "Statement": [*own, *shipped]})
try:
    about = iam.get_role(RoleName=given["role"])["Role"]
    own = [one for one in about["AssumeRolePolicyDocument"]["Statement"] if "AWS" in one["Principal"]]
    iam.update_assume_role_policy(RoleName=given["role"], PolicyDocument=trust(own))
except iam.exceptions.NoSuchEntityException:
    about = iam.create_role(RoleName=given["role"], AssumeRolePolicyDocument=trust([]))["Role"]
for file in given["policies"]:
    iam.put_role_policy(RoleName=given["role"], PolicyName="shipped", PolicyDocument=open(file).read())
print(json.dumps(about["Arn"]))
"""
ASSOCIATE = HEAD + """
made = eks.create_pod_identity_association(clusterName="demo", **given)["association"]
print(json.dumps(made["associationId"]))
"""
DISSOCIATE = HEAD + """
eks.delete_pod_identity_association(clusterName="demo", associationId=given)
print("null")
"""
ASSUME = HEAD + """
try:
    print(json.dumps(boto3.client("eks-auth", region_name="us-east-1").assume_role_for_pod_identity(
        clusterName="demo", token=given)["credentials"], default=lambda time: time.timestamp()))
except Exception as error:
    print(json.dumps({"refused": str(error)}))
"""


class ServiceAccounts:
    def __init__(self, sandbox):
        self.sandbox = sandbox

    def ask(self, script, given):
        command = [self.sandbox.state["python"], "-c", script, json.dumps(given)]
        done = subprocess.run(command, env=self.sandbox.env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def trust(self, role, namespace, account, *, policies=()):
        """The role's ARN; it is made where it is not there."""
        files = [str(IAM / name) for name in ("trust-irsa.json", "trust-pod-identity.json")]
        given = {"role": role, "namespace": namespace, "account": account, "trust": files}
        return self.ask(TRUST, given | {"policies": [str(IAM / name) for name in policies]})

    def associate(self, role_arn, namespace, account):
        return self.ask(ASSOCIATE, {"namespace": namespace, "serviceAccount": account, "roleArn": role_arn})

    def dissociate(self, number):
        self.ask(DISSOCIATE, number)

    def token(self, namespace, account, audience):
        kubeconfig = self.sandbox.state["clusters"]["demo"]["kubeconfig"]
        command = [self.sandbox.state["kubectl"], "--kubeconfig", kubeconfig, "create", "token", account,
                   "--namespace", namespace, "--audience", audience]  # fmt: skip
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def assume_for_pod(self, token):
        return self.ask(ASSUME, token)


class Agent(http.server.ThreadingHTTPServer):
    """In the place of the EKS Pod Identity agent, which runs on each node: it hands a pod's token on to EKS, and to the pod
    what EKS has for it. The session is kept: EKS is not asked for each of the many that ask here."""

    def __init__(self, accounts):
        super().__init__(("127.0.0.1", 0), AgentHandler)
        self.accounts = accounts
        self.handed_out = 0
        self.sessions = {}
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def session(self, token):
        with self.lock:
            if token not in self.sessions:
                self.sessions[token] = self.accounts.assume_for_pod(token)
            return self.sessions[token]


class JsonHandler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


class AgentHandler(JsonHandler):
    def do_GET(self):
        session = self.server.session(self.headers.get("Authorization", ""))
        if self.path != "/v1/credentials" or "refused" in session:
            return self.answer(400, {"message": session.get("refused", "not found")})
        self.server.handed_out += 1
        ends = datetime.datetime.fromtimestamp(session["expiration"], datetime.timezone.utc)
        self.answer(200, {"AccessKeyId": session["accessKeyId"], "SecretAccessKey": session["secretAccessKey"],
                          "Token": session["sessionToken"], "AccountId": "123456789012",
                          "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ")})  # fmt: skip
