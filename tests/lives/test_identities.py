"""Jobs without keys (EKSGATE_PROVISION_CREDENTIALS=serviceaccount): their service account has a role, by IRSA or by Pod
Identity. The policies of the role are those that are shipped (deploy/iam); tokens come from the real API server by the real
kubelet; STS and EKS Auth are the sandbox's, and check them. What EKS runs beside a cluster is played here: the webhook that
gives pods their token and settings (amazon-eks-pod-identity-webhook), and the agent on the node."""

import base64
import http.server
import json
import ssl
import subprocess
import threading

import pytest
from kube_fixtures import NAMESPACE, Relay
from service_accounts import PODS, STS, Agent, JsonHandler

ACCOUNT = "eksgate-worker"
AGENT_PORT = 5057
IRSA_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount"
POD_FOLDER = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount"


def token_volume(name, audience, path):
    source = {"serviceAccountToken": {"audience": audience, "expirationSeconds": 86400, "path": path}}
    return {"name": name, "projected": {"sources": [source]}}


class Webhook(http.server.ThreadingHTTPServer):
    """Changes pods as EKS does; and tells them where AWS is in a sandbox."""

    def __init__(self, folder, sandbox_env):
        super().__init__(("127.0.0.1", 0), WebhookHandler)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
             "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "2", "-subj", "/CN=webhook",
             "-addext", "subjectAltName=IP:127.0.0.1"],
            check=True, capture_output=True,
        )  # fmt: skip
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.authority = base64.b64encode((folder / "cert.pem").read_bytes()).decode()
        self.env = sandbox_env
        self.give = {}  # environment, volume and mount for pods now
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def configuration(self):
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "MutatingWebhookConfiguration",
            "metadata": {"name": "pod-identity-webhook"},
            "webhooks": [{
                "name": "pod-identity.eksgate.test", "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "failurePolicy": "Fail", "reinvocationPolicy": "IfNeeded",
                "clientConfig": {"url": f"https://127.0.0.1:{self.server_address[1]}/mutate", "caBundle": self.authority},
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": NAMESPACE}},
                "objectSelector": {"matchLabels": {"app": "eks-provisioner"}},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
            }],
        }  # fmt: skip

    def patch(self, pod):
        container = pod["spec"]["containers"][0]
        env = [{"name": name, "value": value} for name, value in (self.env | self.give["env"]).items()]
        folder, volume = self.give["folder"], self.give["volume"]
        mount = {"name": volume["name"], "mountPath": folder, "readOnly": True}
        return [
            {"op": "add", "path": "/spec/containers/0/env", "value": container.get("env", []) + env},
            {"op": "add", "path": "/spec/containers/0/volumeMounts/-", "value": mount},
            {"op": "add", "path": "/spec/volumes/-", "value": volume},
        ]


class WebhookHandler(JsonHandler):
    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        response = {"uid": request["uid"], "allowed": True}
        if self.server.give and request["object"]["spec"]["serviceAccountName"] == ACCOUNT:
            patch = json.dumps(self.server.patch(request["object"])).encode()
            response |= {"patchType": "JSONPatch", "patch": base64.b64encode(patch).decode()}
        self.answer(200, {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})


@pytest.fixture(scope="session")
def keyless(start):
    return start("keyless", EKSGATE_PROVISION_CREDENTIALS="serviceaccount")


@pytest.fixture
def webhook(cluster, relay, tmp_path):
    # Only on loopback does the sandbox's AWS take what is not encrypted, in the pod, too.
    webhook = Webhook(tmp_path, {"AWS_ENDPOINT_URL": "http://127.0.0.1:5056", "AWS_EC2_METADATA_DISABLED": "true",
                                 "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:5056", "RELAY": relay.address})  # fmt: skip
    cluster.apply(webhook.configuration())
    yield webhook
    cluster.kubectl("delete", "mutatingwebhookconfiguration", "pod-identity-webhook")
    webhook.shutdown()


@pytest.fixture(scope="session")
def role(accounts):
    """The worker's: nobody has keys of it."""
    return accounts.trust("eksgate-worker", NAMESPACE, ACCOUNT, policies=["provision.json"])


def assert_planned(keyless, cluster, name):
    """The pod has planned with what it was given, which was no key."""
    run = keyless.order(name, "/test")["run"]
    assert keyless.wait_end(name, run)["changes"]["add"] > 10
    (pod,) = cluster.get("pods", "-l", f"eksgate.io/run={run}")["items"]
    (worker,) = pod["spec"]["containers"]
    assert "envFrom" not in worker and not {item["name"] for item in worker["env"]} & {"AWS_SECRET_ACCESS_KEY"}
    assert "SecretAccessKey" not in keyless.log(name, run)


def test_a_jobs_service_account_has_its_role_by_irsa(keyless, cluster, webhook, role, volumes, name):
    volumes(name)
    webhook.give = {
        "env": {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": f"{IRSA_FOLDER}/token",
                "AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"},
        "folder": IRSA_FOLDER,
        "volume": token_volume("aws-iam-token", STS, "token"),
    }  # fmt: skip
    assert_planned(keyless, cluster, name)
    # A token for anybody else is not taken, and the run says why.
    webhook.give["volume"] = token_volume("aws-iam-token", "somebody-else", "token")
    refused = keyless.wait_end(name, keyless.order(name, "/test")["run"], "failed")
    assert "Incorrect token audience" in keyless.log(name, refused["run"]), refused


def test_a_jobs_service_account_has_its_role_by_pod_identity(keyless, cluster, node, webhook, role, accounts, volumes, name):
    volumes(name)
    agent = Agent(accounts)
    way = Relay(node, agent.port)
    number = accounts.associate(role, NAMESPACE, ACCOUNT)
    webhook.give = {
        "env": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{AGENT_PORT}/v1/credentials",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": f"{POD_FOLDER}/eks-pod-identity-token",
                "AGENT_RELAY": way.address, "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"},
        "folder": POD_FOLDER,
        "volume": token_volume("eks-pod-identity-token", PODS, "eks-pod-identity-token"),
    }  # fmt: skip
    try:
        assert_planned(keyless, cluster, name)
        assert agent.handed_out > 0
    finally:
        accounts.dissociate(number)
        agent.shutdown()
        way.listener.close()
