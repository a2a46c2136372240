"""Contexts of kubeconfigs: how they become connections, which are refused and why, and that every way to a cluster is
open to them. What was secret in them never comes back."""

import base64
import copy
import json
import os
import re
import subprocess
import urllib.parse

import pytest
from client import assert_status, wait_until
from jobs_world import Jobs, make_namespace
from test_agent import Herd
from test_connect import causes
from test_streams import Stream
from test_tunnel import Upgraded

WEBSOCKET = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "http://localhost",
}  # fmt: skip
YAML = {"Content-Type": "application/yaml"}
ARN = "arn:aws:eks:us-east-1:123456789012:cluster/demo"
ENDPOINT = "https://ABCDEF0123456789.gr7.us-east-1.eks.amazonaws.com"


def quote(name):
    return urllib.parse.quote(name, safe="")


def kubeconfig(contexts, current=None):
    """{name: (cluster, user)} as a file has it: each context with entries of its own."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current or next(iter(contexts), ""),
        "clusters": [{"name": f"{name}-c", "cluster": cluster} for name, (cluster, _) in contexts.items()],
        "users": [{"name": f"{name}-u", "user": user} for name, (_, user) in contexts.items()],
        "contexts": [
            {"name": name, "context": {"cluster": f"{name}-c", "user": f"{name}-u"}} for name in contexts
        ],
    }  # fmt: skip


def upload(gateway, config, query="", headers=YAML):
    body = config if isinstance(config, bytes) else json.dumps(config).encode()
    return gateway.request("POST", f"/api/contexts{query}", body=body, headers=headers)


def get_token(*more, env=()):
    args = ["--region", "us-east-1", "eks", "get-token", "--cluster-name", "demo", "--output", "json", *more]
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": args,
                     "env": [{"name": n, "value": v} for n, v in env]}}  # fmt: skip


def authenticator(*args, command="aws-iam-authenticator", env=()):
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": command, "args": list(args),
                     "env": [{"name": n, "value": v} for n, v in env]}}  # fmt: skip


@pytest.fixture(scope="session")
def world(sandbox, direct):
    """The sandbox's cluster as kubeconfigs name it: its entry, the administrator's certificate, a service account's
    token."""
    text = open(sandbox.state["clusters"]["demo"]["kubeconfig"]).read()
    find = lambda name: re.search(rf"{name}: \"?([^\s\"]+)", text)[1]
    path = "/api/v1/namespaces/default/serviceaccounts"
    headers = {"Content-Type": "application/json"}
    account = {"metadata": {"name": "contexts"}}
    assert direct.request("POST", path, json.dumps(account), headers).status in (201, 409)
    binding = {
        "metadata": {"name": "contexts"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "contexts", "namespace": "default"}],
    }
    rbac = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    assert direct.request("POST", rbac, json.dumps(binding), headers).status in (201, 409)

    class World:
        cluster = {"server": find("server"), "certificate-authority-data": find("certificate-authority-data")}
        certificate = {
            "client-certificate-data": find("client-certificate-data"),
            "client-key-data": find("client-key-data"),
        }

        @staticmethod
        def token():
            made = direct.request("POST", f"{path}/contexts/token", json.dumps({"spec": {}}), headers)
            assert made.status == 201, made.text
            return made.json["status"]["token"]

    return World


@pytest.fixture(scope="session")
def users(world):
    """Each way to say who one is."""
    return {"by-certificate": world.certificate, "by-token": {"token": world.token()}, "by-exec": get_token()}


WAYS = ["by-certificate", "by-token", "by-exec"]


@pytest.fixture(scope="session")
def contexts(gateway, world, users):
    """One context for each of these ways."""
    reply = upload(gateway, kubeconfig({name: (world.cluster, user) for name, user in users.items()}))
    assert reply.status in (200, 201), reply.text
    return reply.json


# What becomes of an upload.


def test_each_context_is_answered_for(contexts, world):
    assert [item["name"] for item in contexts["items"]] == WAYS
    assert [item["current"] for item in contexts["items"]] == [True, False, False]
    assert {item["endpoint"] for item in contexts["items"]} == {world.cluster["server"]}
    assert [item["identity"] for item in contexts["items"]] == [
        "the certificate of sandbox-direct-admin, in the groups system:masters",
        "the token of system:serviceaccount:default:contexts",
        "arn:aws:iam::123456789012:user/platform-admin",
    ]
    assert set(WAYS) <= set(contexts["contexts"])


def test_lists_know_their_versions_from_then_on(gateway, contexts, direct):
    version = direct.get("/version")
    known = f"{version['major']}.{version['minor'].rstrip('+')}"
    assert [item["version"] for item in contexts["items"]] == [known] * 3
    listed = {cluster["id"]: cluster["version"] for cluster in gateway.get("/api/clusters").json["clusters"]}
    assert {name: listed[name] for name in WAYS} == dict.fromkeys(WAYS, known)
    assert gateway.get("/api/clusters/by-token").json["version"] == known


def test_what_can_not_be_reached_is_stored_and_named(gateway, sandbox, world, users):
    away = world.cluster | {"server": f"https://127.0.0.1:{sandbox.state['aws']['closed']}"}
    reply = upload(
        gateway,
        kubeconfig({
            "away": (away, users["by-token"]),
            "near": (world.cluster, users["by-token"]),
            "refused": (world.cluster, {"token": "nobody"}),
        }),
    )  # fmt: skip
    assert reply.status == 201, reply.text
    items = {item["name"]: item for item in reply.json["items"]}
    assert {item["status"] for item in items.values()} == {201}
    assert items["near"]["version"] and "unreached" not in items["near"]
    assert items["away"]["version"] is None and "127.0.0.1" in items["away"]["unreached"]
    assert items["refused"]["version"] is None and items["refused"]["unreached"]
    listed = {cluster["id"]: cluster["version"] for cluster in gateway.get("/api/clusters").json["clusters"]}
    assert (listed["away"], listed["refused"]) == ("", "") and listed["near"] == items["near"]["version"]
    for name in items:
        assert gateway.request("DELETE", f"/api/contexts/{name}").status == 200


def test_a_key_for_some_contexts_sees_these_only(keyed, admin, stub_session):
    config = kubeconfig({name: parts(stub_session, {"server": f"https://127.0.0.1:{stub_session.kube.port}"}) for name in ("mine", "theirs")})
    headers = YAML | {"Authorization": f"Bearer {admin}"}
    assert upload(keyed.gateway, config, headers=headers).status == 201
    bound = keyed.create("admin", "--connection", "mine")
    ask = lambda method, path, **options: keyed.ask(bound, method, path, **options)
    for path in "/api/contexts", "/api/clusters":
        assert ask("GET", path).json["contexts"] == ["mine"]
        assert [cluster["id"] for cluster in ask("GET", path).json["clusters"]] == ["mine"]
    assert ask("GET", "/api/contexts/mine/config").status == 200
    for method, path in (
        ("GET", "/api/contexts/theirs"),
        ("GET", "/api/contexts/theirs/config"),
        ("GET", "/api/contexts/theirs/namespaces"),
        ("DELETE", "/api/contexts/theirs"),
        ("GET", "/raw/clusters/theirs/version"),
    ):
        assert_status(ask(method, path), 403, "Forbidden")
    assert_status(ask("GET", "/api/contexts?ctx=theirs"), 404, "NotFound")
    # Not even its administrator can bend it to another cluster, or add one.
    assert ask("POST", "/api/contexts", body=json.dumps(config).encode(), headers=YAML).status == 403
    cluster, user = parts(stub_session)
    assert ask("POST", "/api/contexts/mine?replace=true", json_body={"cluster": cluster, "user": user}).status == 403
    gone = ask("DELETE", "/api/contexts/mine")
    assert gone.status == 200 and gone.json["contexts"] == []
    assert keyed.ask(admin, "DELETE", "/api/contexts/theirs").status == 200


def test_an_upload_is_repeated_without_harm(gateway, contexts, world, users):
    again = upload(gateway, kubeconfig({name: (world.cluster, user) for name, user in users.items()}))
    assert again.status == 200, again.text
    assert [item["status"] for item in again.json["items"]] == [200] * 3


def test_entries_are_shared_and_one_context_goes_without_the_others(gateway, world, users):
    config = kubeconfig({"first": (world.cluster, users["by-token"])})
    config["contexts"].append({"name": "second", "context": {"cluster": "first-c", "user": "first-u", "namespace": "x"}})
    assert upload(gateway, config).status == 201
    gone = gateway.request("DELETE", "/api/contexts/first")
    assert gone.status == 200 and "first" not in gone.json["contexts"] and "second" in gone.json["contexts"]
    assert_status(gateway.get("/raw/clusters/first/version"), 404, "NotFound")
    assert gateway.get("/raw/clusters/second/version").status == 200
    assert gateway.get("/api/contexts/second/config").json["context"] == {
        "cluster": "first-c", "user": "first-u", "namespace": "x",
    }  # fmt: skip
    assert gateway.request("DELETE", "/api/contexts/second").status == 200


def test_what_differs_is_told_for_each_and_the_good_ones_are_there(gateway, world, users):
    config = kubeconfig({
        "good": (world.cluster, users["by-token"]),
        "bad": (world.cluster | {"insecure-skip-tls-verify": True}, users["by-token"]),
    })  # fmt: skip
    reply = upload(gateway, config)
    assert reply.status == 207, reply.text
    good, bad = reply.json["items"]
    assert (good["status"], bad["status"]) == (201, 422) and "error" not in good and "connection_id" not in bad
    assert [cause["field"] for cause in bad["error"]["details"]["causes"]] == ["cluster.insecure-skip-tls-verify"]
    assert "good" in reply.json["contexts"] and "bad" not in reply.json["contexts"]
    assert gateway.request("DELETE", "/api/contexts/good").status == 200


def test_a_file_that_can_not_be_read_leaves_nothing(gateway, world, users):
    config = kubeconfig({"half": (world.cluster, users["by-token"])})
    config["contexts"].append(config["contexts"][0])
    assert_status(upload(gateway, config), 422, "Invalid")
    assert "half" not in gateway.get("/api/contexts").json["contexts"]


def test_another_identity_takes_a_name_only_when_told_to(gateway, world, users):
    assert upload(gateway, kubeconfig({"taken": (world.cluster, users["by-token"])})).status == 201
    other = kubeconfig({"taken": (world.cluster, world.certificate)})
    assert_status(upload(gateway, other), 409, "Conflict", message="replace=true")
    assert gateway.get("/api/clusters/taken").json["auth_type"] == "token"
    assert upload(gateway, other, "?replace=true").status == 200
    assert gateway.get("/api/clusters/taken").json["auth_type"] == "certificate"
    assert gateway.request("DELETE", "/api/contexts/taken").status == 200


def test_an_eks_connection_is_not_taken_by_a_context_of_its_name(gateway, demo, world):
    assert_status(upload(gateway, kubeconfig({demo: (world.cluster, get_token())})), 409, "Conflict")
    assert gateway.get(f"/api/clusters/{demo}").json["source"] == "eks"


def test_a_json_body_of_maps_is_a_kubeconfig_too(gateway, world, users):
    config = {
        "clusters": {"c": world.cluster},
        "users": {"u": users["by-token"]},
        "contexts": {"mapped": {"cluster": "c", "user": "u"}},
        "current-context": "mapped",
    }
    assert upload(gateway, config, headers={"Content-Type": "application/json"}).status == 201
    assert gateway.request("DELETE", "/api/contexts/mapped").status == 200


def test_yaml_as_kubectl_writes_it_is_read(gateway, world, users):
    text = f"""
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: {world.cluster["certificate-authority-data"]}
    server: {world.cluster["server"]}
    extensions:
    - extension: {{last-update: today}}
      name: cluster_info
  name: {ARN}
contexts:
- context: {{cluster: {ARN}, user: {ARN}}}
  name: {ARN}
current-context: {ARN}
kind: Config
preferences: {{}}
users:
- name: {ARN}
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1beta1
      command: aws
      args: [--region, us-east-1, eks, get-token, --cluster-name, demo, --output, json]
      interactiveMode: IfAvailable
      provideClusterInfo: false
"""
    assert upload(gateway, text.encode()).status == 201
    assert gateway.get(f"/raw/clusters/{quote(ARN)}/api/v1/namespaces/default").json["metadata"]["name"] == "default"
    assert gateway.get(f"/api/contexts/{quote(ARN)}/namespaces").json["currentContext"] == ARN
    assert gateway.get(f"/api/clusters/{quote(ARN)}/resources/namespaces?limit=1").status == 200
    gone = gateway.request("DELETE", f"/api/contexts/{quote(ARN)}")
    assert gone.status == 200 and ARN not in gone.json["contexts"]


def test_one_context_is_added_by_its_parts(gateway, world, users):
    body = {"cluster": world.cluster, "user": users["by-token"]}
    assert gateway.post("/api/contexts/kubernetes-admin@kubernetes", body).status == 201
    assert gateway.post("/api/contexts/kubernetes-admin@kubernetes", body).status == 200
    assert gateway.get("/raw/clusters/kubernetes-admin@kubernetes/version").status == 200
    assert gateway.request("DELETE", "/api/contexts/kubernetes-admin@kubernetes").status == 200


# What is refused, by the field that is wrong.

CLUSTER_FAULTS = [
    ("a server of another kind", {"server": "https://evil.example"}, "cluster.server"),
    ("a server in clear", {"server": ENDPOINT.replace("https", "http")}, "cluster.server"),
    ("a server with a path", {"server": f"{ENDPOINT}/k8s/clusters/c-1"}, "cluster.server"),
    ("a server with a user", {"server": ENDPOINT.replace("//", "//a:b@")}, "cluster.server"),
    ("a server on loopback", {"server": "https://127.0.0.1:6443"}, "cluster.server"),
    ("a server of another port", {"server": f"{ENDPOINT}:6443"}, "cluster.server"),
    ("no server", {"server": None}, "cluster.server"),
    ("a server that is a number", {"server": 5}, "cluster.server"),
    ("no authority", {"certificate-authority-data": None}, "cluster.certificate-authority-data"),
    ("an authority that is no base64", {"certificate-authority-data": "%%%"}, "cluster.certificate-authority-data"),
    ("an authority that is no PEM", {"certificate-authority-data": "aGVsbG8="}, "cluster.certificate-authority-data"),
    ("no verification", {"insecure-skip-tls-verify": True}, "cluster.insecure-skip-tls-verify"),
    ("a proxy", {"proxy-url": "http://proxy:3128"}, "cluster.proxy-url"),
    ("an authority's file", {"certificate-authority": "/etc/ca.crt"}, "cluster.certificate-authority"),
    ("another name", {"tls-server-name": "kubernetes"}, "cluster.tls-server-name"),
    ("a member that nobody knows", {"insecure-skip-tls": True}, "cluster.insecure-skip-tls"),
]

USER_FAULTS = [
    ("nobody", {}, "user.token"),
    ("a token of two lines", {"token": "a\nX: b"}, "user.token"),
    ("a token's file", {"tokenFile": "/run/token"}, "user.tokenFile"),
    ("a certificate's file", {"client-certificate": "/c.crt", "token": "t"}, "user.client-certificate"),
    ("a key's file", {"client-key": "/c.key", "token": "t"}, "user.client-key"),
    ("a password", {"username": "admin", "token": "t"}, "user.username"),
    ("a provider", {"auth-provider": {"name": "oidc"}, "token": "t"}, "user.auth-provider"),
    ("another's name", {"as": "admin", "token": "t"}, "user.as"),
    ("a certificate without its key", {"client-certificate-data": "aGk="}, "user.client-key-data"),
    ("a key that is none", {"client-certificate-data": "aGk=", "client-key-data": "aGk="},
     "user.client-certificate-data"),
    ("a command", {"exec": {"command": "sh", "args": ["-c", "true"]}}, "user.exec.command"),
    ("a command in aws's clothes", {"exec": {"command": "/tmp/aws-vault", "args": ["exec"]}}, "user.exec.command"),
    ("no command", {"exec": {"args": ["eks", "get-token"]}}, "user.exec.command"),
    ("another command of aws", {"exec": {"command": "aws", "args": ["s3", "ls"]}}, "user.exec.args"),
    ("no cluster", {"exec": {"command": "aws", "args": ["eks", "get-token"]}}, "user.exec.args"),
    ("an option without its value", get_token("--profile"), "user.exec.args"),
    ("an option that nobody knows", get_token("--magic"), "user.exec.args"),
    ("another address of AWS", get_token("--endpoint-url=http://evil.example"), "user.exec.args"),
    ("a role that is none", get_token("--role-arn", "arn:aws:iam::1:user/x"), "user.exec.args"),
    ("a variable that would change AWS", get_token(env=[("AWS_CA_BUNDLE", "/x")]), "user.exec.env"),
    ("half a key", get_token(env=[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")]), "user.exec.env"),
    ("a profile beside keys", get_token("--profile", "x", env=[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
                                        ("AWS_SECRET_ACCESS_KEY", "x" * 40)]), "user.exec.env"),
    ("a region that is a host", get_token("--region", "evil.example/"), "user.exec.args"),
    ("a token beside a command", get_token() | {"token": "t"}, "user.exec"),
    ("arguments that are no texts", {"exec": {"command": "aws", "args": ["eks", 5]}}, "user.exec.args"),
]  # fmt: skip


def parts(stub_session, cluster=None, user=None):
    """A right context but for what is given."""
    authority = base64.b64encode(stub_session.authority.pem).decode()
    good = {"server": ENDPOINT, "certificate-authority-data": authority}
    merged = {name: value for name, value in (good | (cluster or {})).items() if value is not None}
    return merged, {"token": "t"} if user is None else user


@pytest.mark.parametrize("change, field", [row[1:] for row in CLUSTER_FAULTS], ids=[row[0] for row in CLUSTER_FAULTS])
def test_a_wrong_cluster_is_refused_by_its_field(bare, stub_session, change, field):
    reply = upload(bare, kubeconfig({"wrong": parts(stub_session, cluster=change)}))
    assert_status(reply, 422, "Invalid", slug="invalid")
    assert set(causes(reply)) == {field}, reply.text


@pytest.mark.parametrize("user, field", [row[1:] for row in USER_FAULTS], ids=[row[0] for row in USER_FAULTS])
def test_a_wrong_user_is_refused_by_its_field(bare, stub_session, user, field):
    reply = upload(bare, kubeconfig({"wrong": parts(stub_session, user=user)}))
    assert_status(reply, 422, "Invalid", slug="invalid")
    assert set(causes(reply)) == {field}, reply.text
    assert bare.get("/api/contexts").json["contexts"] == []


def test_all_faults_of_a_context_are_told_at_once(bare, stub_session):
    cluster = {"proxy-url": "http://p", "insecure-skip-tls-verify": True}
    reply = upload(bare, kubeconfig({"wrong": parts(stub_session, cluster, {"tokenFile": "/t", "username": "u"})}))
    assert {"cluster.proxy-url", "cluster.insecure-skip-tls-verify", "user.tokenFile", "user.username"} <= set(
        causes(reply)
    )


@pytest.mark.parametrize(
    "change, field",
    [
        (lambda c: c["contexts"].append(c["contexts"][0]), "contexts[1]"),
        (lambda c: c["clusters"].append(c["clusters"][0]), "clusters[1]"),
        (lambda c: c["users"].append(c["users"][0]), "users[1]"),
        (lambda c: c.update(contexts=[]), "contexts"),
        (lambda c: c.pop("contexts"), "contexts"),
        (lambda c: c.update(kind="Pod"), "kind"),
        (lambda c: c.update(users="nobody"), "users"),
        (lambda c: c["users"].append({"user": {}}), "users[1]"),
        (lambda c: c.update(clusters=[{"name": f"c{i}"} for i in range(501)]), "clusters"),
        (lambda c: c["contexts"][0]["context"].update(cluster="gone"), "context.cluster"),
        (lambda c: c["contexts"][0]["context"].pop("user"), "context.user"),
        (lambda c: c["contexts"][0].pop("context"), "context.cluster"),
        (lambda c: c["contexts"][0]["context"].update(colour="red"), "context.colour"),
        (lambda c: c["contexts"][0].update(name=".."), "name"),
        (lambda c: c["contexts"][0].update(name="a\x01b"), "name"),
        (lambda c: c["contexts"][0].update(name="n" * 257), "name"),
        (lambda c: c["contexts"][0].update(name=""), "name"),
        (lambda c: c["contexts"][0].update(name="kubernetes@in-cluster"), "name"),
    ],
)
def test_a_wrong_file_is_refused_by_its_field(bare, stub_session, change, field):
    config = copy.deepcopy(kubeconfig({"wrong": parts(stub_session)}))
    change(config)
    reply = upload(bare, config)
    assert_status(reply, 422, "Invalid")
    assert field in causes(reply), reply.text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"- a\n- b\n", b"a: &a [*a]\n", b"\xff", b"a: 1\n---\nb: 2\n", b"text", b"[" * 1000]
)
def test_what_is_no_kubeconfig_is_400_or_422(bare, body):
    assert upload(bare, body).status in (400, 422)


def test_a_body_of_another_type_is_415_and_a_large_one_413(bare):
    assert_status(upload(bare, b"{}", headers={"Content-Type": "text/plain"}), 415, "UnsupportedMediaType")
    assert upload(bare, b"#" * (8 * 1024 * 1024 + 1)).status == 413


# How an EKS command says who one is.

SPELLINGS = [
    ("as update-kubeconfig writes it", get_token()),
    ("with =", {"exec": {"command": "aws", "args": ["eks", "get-token", "--cluster-name=demo", "--region=us-east-1"]}}),
    ("by cluster-id", {"exec": {"command": "/usr/local/bin/aws", "args": ["eks", "get-token", "--cluster-id", "demo",
                                "--region", "us-east-1"]}}),
    ("region of the environment", authenticator("token", "-i", "demo", env=[("AWS_REGION", "us-east-1")])),
    ("the older variable", authenticator("token", "-idemo", env=[("AWS_DEFAULT_REGION", "us-east-1")])),
    ("-i=", authenticator("token", "-i=demo", "--region", "us-east-1")),
    ("--cluster-id", authenticator("token", "--cluster-id", "demo", "--region=us-east-1", "--cache")),
    ("its older name", authenticator("token", "--cluster-id=demo", "--region=us-east-1",
                                     command="heptio-authenticator-aws")),
    ("on Windows", get_token() | {"exec": get_token()["exec"] | {"command": "C:\\Program Files\\aws.exe"}}),
]  # fmt: skip


@pytest.mark.parametrize("user", [row[1] for row in SPELLINGS], ids=[row[0] for row in SPELLINGS])
def test_each_spelling_of_an_eks_command_gives_a_token(gateway, world, user):
    reply = upload(gateway, kubeconfig({"spelled": (world.cluster, user)}), "?replace=true")
    assert reply.status in (200, 201), reply.text
    assert gateway.get("/raw/clusters/spelled/api/v1/namespaces/default").status == 200
    assert gateway.request("DELETE", "/api/contexts/spelled").status == 200


def test_roles_and_keys_of_a_command_are_those_of_the_token(gateway, sandbox, world):
    role = sandbox.state["roles"]["eks-operator"]["arn"]
    partner = sandbox.state["roles"]["eks-partner"]
    viewer = sandbox.state["users"]["viewer"]
    keys = [("AWS_ACCESS_KEY_ID", viewer["access_key_id"]), ("AWS_SECRET_ACCESS_KEY", viewer["secret_access_key"])]
    config = kubeconfig({
        "operator": (world.cluster, get_token("--role-arn", role)),
        "partner": (world.cluster, authenticator("token", "-i", "demo", "-r", partner["arn"], "-e",
                                                 partner["external_id"], "--region", "us-east-1")),
        "viewer": (world.cluster, get_token(env=keys)),
    })  # fmt: skip
    reply = upload(gateway, config)
    assert reply.status == 201, reply.text
    operator, third, second = (item["identity"] for item in reply.json["items"])
    assert "assumed-role/eks-operator/" in operator and "assumed-role/eks-partner/" in third
    assert second == "arn:aws:iam::123456789012:user/viewer"
    assert gateway.get("/raw/clusters/operator/api/v1/namespaces/default").status == 200
    assert gateway.get("/raw/clusters/viewer/api/v1/namespaces/default").status == 200
    assert gateway.get("/raw/clusters/viewer/api/v1/namespaces/default/secrets").status == 403
    for name in ("operator", "partner", "viewer"):
        assert gateway.request("DELETE", f"/api/contexts/{name}").status == 200


def test_a_profile_that_is_not_there_is_told(gateway, world):
    reply = upload(gateway, kubeconfig({"profiled": (world.cluster, get_token(env=[("AWS_PROFILE", "nobody")]))}))
    assert reply.status in (422, 503) and "nobody" in reply.text, reply.text


# Every way to a cluster.


@pytest.mark.parametrize("name", WAYS)
def test_requests_lists_and_details_reach_it(gateway, contexts, name):
    assert gateway.get(f"/raw/clusters/{name}/api/v1/namespaces/default").json["metadata"]["name"] == "default"
    assert gateway.get(f"/api/clusters/{name}/resources/pods?limit=1").status == 200
    assert gateway.get(f"/api/clusters/{name}/namespaces/default").status == 200
    who = gateway.post(
        f"/raw/clusters/{name}/apis/authentication.k8s.io/v1/selfsubjectreviews",
        {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
    )
    expected = {"by-certificate": "sandbox-direct-admin", "by-token": "system:serviceaccount:default:contexts"}
    user = who.json["status"]["userInfo"]["username"]
    assert user == expected.get(name, user) and user != "system:anonymous"


@pytest.mark.parametrize("name", WAYS)
def test_a_watch_reaches_it(gateway, contexts, direct, name):
    path = "/api/v1/namespaces/default/configmaps"
    made = {"metadata": {"generateName": "watched-", "labels": {"watched": name}}}
    stream = Stream(gateway, f"/raw/clusters/{name}{path}?watch=1&labelSelector=watched%3D{name}")
    try:
        stream.head()
        assert stream.reply.status == 200
        direct.request("POST", path, json.dumps(made), {"Content-Type": "application/json"})
        assert b'"type":"ADDED"' in stream.line()
    finally:
        stream.close()
        direct.request("DELETE", f"{path}?labelSelector=watched%3D{name}")


@pytest.mark.parametrize("name", WAYS)
def test_an_upgrade_reaches_it(gateway, contexts, name):
    """No pod runs here: that the API server says so shows that it took us for whom we are."""
    exec_path = f"/raw/clusters/{name}/api/v1/namespaces/default/pods/nobody/exec?command=true&stdout=1"
    client = Upgraded((gateway.host, gateway.port), exec_path, headers=WEBSOCKET)
    assert client.reply.status == 404, client.reply
    watch = Upgraded((gateway.host, gateway.port), f"/raw/clusters/{name}/api/v1/namespaces?watch=1", headers=WEBSOCKET)
    assert watch.reply.status == 101, watch.reply


@pytest.mark.parametrize("name", WAYS)
def test_kubectl_works_through_it(gateway, contexts, kubectl_program, short_tmp, name):
    config = gateway.get(f"/api/clusters/{name}/kubeconfig?auth=none")
    (short_tmp / "config").write_bytes(config.body)
    command = [kubectl_program, f"--kubeconfig={short_tmp / 'config'}", "get", "namespace", "default", "-o", "name"]
    done = subprocess.run(command, env={"PATH": os.environ["PATH"], "HOME": str(short_tmp)}, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "namespace/default"), done.stderr


def test_who_is_no_longer_taken_is_told_what_to_do(gateway, world):
    unknown = kubeconfig({"unknown": (world.cluster, {"token": "nobody-knows-this-token"})})
    assert upload(gateway, unknown).status == 201
    assert gateway.get("/raw/clusters/unknown/api/v1/namespaces").status == 401
    refused = gateway.get("/api/clusters/unknown/resources/pods")
    assert refused.status not in (200, 401) and "add its context again" in refused.text, refused.text
    assert gateway.request("DELETE", "/api/contexts/unknown").status == 200


def test_aws_is_not_asked_about_what_it_does_not_know(gateway, contexts):
    for path in ("eks", "eks/nodegroups", "access"):
        assert_status(gateway.get(f"/api/clusters/by-token/{path}"), 409, "Conflict")
    assert gateway.get("/api/clusters/by-exec/eks/nodegroups").status == 200


# What is said of them.


def test_both_lists_are_one(gateway, contexts, demo):
    clusters = gateway.get("/api/clusters")
    assert gateway.get("/api/contexts").json == clusters.json
    body = clusters.json
    assert body["contexts"] == sorted(body["contexts"]) == [cluster["id"] for cluster in body["clusters"]]
    sources = {cluster["id"]: cluster["source"] for cluster in body["clusters"]}
    assert sources[demo] == "eks" and all(sources[name] == "kubeconfig" for name in WAYS)


def test_the_current_one_can_be_named(gateway, contexts):
    assert gateway.get("/api/contexts?ctx=by-token").json["currentContext"] == "by-token"
    assert_status(gateway.get("/api/contexts?ctx=nobody"), 404, "NotFound")


def test_a_context_tells_version_namespaces_and_kinds(gateway, contexts):
    reply = gateway.get("/api/contexts/by-certificate")
    assert reply.status == 200, reply.text
    body = reply.json
    current = body["currentContext"]
    assert set(WAYS) <= set(body["contexts"]) and body["errors"] == []
    assert current["name"] == "by-certificate" and current["kubernetesVersion"].startswith("v1.")
    assert re.fullmatch(r"linux/\w+", current["platform"])
    assert current["namespaces"] == sorted(current["namespaces"]) and "kube-system" in current["namespaces"]
    assert current["resources"][""]["pods"] == {"name": "pods", "groupVersion": "v1", "kind": "Pod", "namespaced": True}
    assert current["resources"]["apps"]["deployments"]["groupVersion"] == "apps/v1"
    assert current["resources"][""]["nodes"]["namespaced"] is False
    assert gateway.get("/api/contexts/by-certificate/namespaces").json == {
        "currentContext": "by-certificate", "namespaces": current["namespaces"],
    }  # fmt: skip
    assert gateway.get("/api/clusters/by-certificate").json["version"] == current["kubernetesVersion"]


def test_what_can_not_be_read_is_named_beside_the_rest(gateway, world, direct):
    account = {"metadata": {"name": "nothing"}}
    path = "/api/v1/namespaces/default/serviceaccounts"
    headers = {"Content-Type": "application/json"}
    direct.request("POST", path, json.dumps(account), headers)
    token = direct.request("POST", f"{path}/nothing/token", json.dumps({"spec": {}}), headers).json["status"]["token"]
    assert upload(gateway, kubeconfig({"nothing": (world.cluster, {"token": token})}), "?replace=true").status in (200, 201)
    body = gateway.get("/api/contexts/nothing").json
    assert [(e["resource"], e["code"]) for e in body["errors"]] == [("namespaces", "Forbidden")]
    assert body["currentContext"]["namespaces"] == [] and body["currentContext"]["kubernetesVersion"]
    assert_status(gateway.get("/api/contexts/nothing/namespaces"), 403, "Forbidden")
    assert gateway.request("DELETE", "/api/contexts/nothing").status == 200


def test_a_cluster_that_is_down_is_503(stubbed, stubs):
    port = stubs.refusing.getsockname()[1]
    cluster, user = parts(stubs, {"server": f"https://127.0.0.1:{port}"})
    assert upload(stubbed, kubeconfig({"down": (cluster, user)})).status == 201
    assert_status(stubbed.get("/api/contexts/down"), 503, "ServiceUnavailable")


@pytest.mark.parametrize("query", ["", "?redacted=false", "?redacted=0", "?redacted=N"])
def test_secrets_never_come_back(gateway, contexts, users, world, query):
    for name in WAYS:
        reply = gateway.get(f"/api/contexts/{name}/config{query}")
        assert reply.status == 200
        assert reply.json["cluster"] == world.cluster
        assert "REDACTED" in json.dumps(reply.json["user"])
    secrets = [users["by-token"]["token"], world.certificate["client-key-data"]]
    key = base64.b64decode(world.certificate["client-key-data"]).decode().splitlines()[1]
    answers = [gateway.get(path).text for path in (
        "/api/contexts", "/api/clusters", "/api/contexts/by-token", "/api/contexts/by-certificate/config",
        "/api/clusters/by-token", "/api/clusters/by-token/kubeconfig?auth=none",
    )] + [gateway.log]  # fmt: skip
    for answer in answers:
        assert not any(secret in answer for secret in [*secrets, key])


def test_a_refused_secret_is_not_repeated(bare, stub_session):
    reply = upload(bare, kubeconfig({"w": parts(stub_session, {"proxy-url": "x"}, {"token": "very-secret-token-text"})}))
    assert reply.status == 422 and "very-secret" not in reply.text


def test_the_agent_follows_the_jobs_of_contexts(launcher, short_tmp, sandbox, world, users, direct):
    """Of those with a certificate, a token or a command, as of EKS connections."""
    gateway = launcher.start(short_tmp, env=sandbox.env, processes=1)
    assert upload(gateway, kubeconfig({name: (world.cluster, user) for name, user in users.items()})).status == 201
    herd = Herd(gateway)
    herd.start()
    jobs = Jobs(direct, make_namespace(direct))
    done, failed = jobs.create(), jobs.create(fails=True)

    def states(name):
        reply = gateway.get(f"/api/clusters/{name}/job-history?namespace={jobs.namespace}")
        assert reply.status == 200, reply.text
        return {job["job_name"]: job["state"] for job in reply.json["items"]}

    for name in WAYS:
        assert wait_until(lambda name=name: len(found := states(name)) == 2 and found) == {
            done: "succeeded", failed: "failed",
        }  # fmt: skip
    herd.end_all()
    launcher.stop(gateway)
    direct.request("DELETE", f"/api/v1/namespaces/{jobs.namespace}")


# All processes read them anew.


def test_a_refresh_counts_and_reaches_every_process(gateway, contexts):
    first = gateway.request("PATCH", "/api/v1/config")
    assert first.status == 200 and first.json["clusters"] == len(gateway.get("/api/clusters").json["clusters"])
    second = gateway.request("PATCH", "/api/v1/config")
    assert second.json["generation"] == first.json["generation"] + 1


def test_what_is_changed_behind_a_process_is_seen_after_a_refresh(gateway, world, users):
    """Redis is written without a word to anybody, as a restored copy would be."""
    assert upload(gateway, kubeconfig({"behind": (world.cluster, users["by-token"])})).status == 201
    path = "/raw/clusters/behind/version"
    assert gateway.get(path).status == 200
    redis = ["redis-cli", "-s", str(gateway.stack.redis_socket)]
    subprocess.run([*redis, "del", "eksgate:connection:behind"], check=True, capture_output=True)
    subprocess.run([*redis, "srem", "eksgate:connections", "behind"], check=True, capture_output=True)
    assert gateway.request("PATCH", "/api/v1/config").status == 200
    assert_status(gateway.get(path), 404, "NotFound")


def test_one_word_tells_whether_it_is_healthy(bare):
    reply = bare.get("/healthy")
    assert reply.status == 200 and reply.json == "healthy"


# The cluster around the gateway.


@pytest.fixture(scope="module")
def inside(launcher, sandbox, session_directory, world):
    directory = session_directory / "inside"
    account = directory / "account"
    account.mkdir(parents=True)
    (account / "ca.crt").write_bytes(base64.b64decode(world.cluster["certificate-authority-data"]))
    (account / "token").write_text(world.token())
    host, port = world.cluster["server"].removeprefix("https://").split(":")
    pod = {
        "KUBERNETES_SERVICE_HOST": host,
        "KUBERNETES_SERVICE_PORT": port,
        "EKSGATE_SERVICE_ACCOUNT_DIR": str(account),
    }
    gateway = launcher.start(directory, env=sandbox.env | pod)
    gateway.account = account
    yield gateway
    launcher.stop(gateway)


def test_a_pod_knows_its_own_cluster(inside):
    body = inside.get("/api/clusters").json
    assert body["contexts"] == ["kubernetes@in-cluster"] and body["currentContext"] == "kubernetes@in-cluster"
    assert body["clusters"][0]["source"] == "in-cluster"
    for path in (
        "/raw/clusters/kubernetes@in-cluster/api/v1/namespaces/default",
        "/api/contexts/kubernetes@in-cluster",
        "/api/clusters/kubernetes@in-cluster/resources/pods?limit=1",
        "/raw/api/v1/namespaces/default",
    ):
        assert inside.get(path).status == 200, path
    path = "/raw/clusters/kubernetes@in-cluster/api/v1/namespaces?watch=1"
    watch = Upgraded((inside.host, inside.port), path, headers=WEBSOCKET)
    assert watch.reply.status == 101


def test_its_token_is_read_again_when_it_changes(inside, world):
    path = "/raw/clusters/kubernetes@in-cluster/api/v1/namespaces/default"
    good = (inside.account / "token").read_text()
    (inside.account / "token").write_text("out-of-date")
    assert inside.get(path).status == 401
    (inside.account / "token").write_text(good + "\n")
    assert inside.get(path).status == 200
    (inside.account / "token").unlink()
    assert inside.get(path).status == 503
    (inside.account / "token").write_text(world.token())
    assert inside.get(path).status == 200


def test_it_can_not_be_deleted(inside):
    assert_status(inside.request("DELETE", "/api/contexts/kubernetes@in-cluster"), 409, "Conflict")
    assert_status(inside.post("/api/clusters/kubernetes@in-cluster/disconnect"), 409, "Conflict")


def test_elsewhere_it_is_not_there(gateway):
    assert_status(gateway.get("/api/contexts/kubernetes@in-cluster"), 404, "NotFound")
