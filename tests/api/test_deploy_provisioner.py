"""What is shipped for making clusters by Jobs: manifests, held against a real API server, and the worker's image."""

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from client import wait_until
from conftest import BINARY, ROOT

PROVISIONER = ROOT / "deploy" / "provisioner"
API = "eks-provisioner-api"


@pytest.fixture(scope="module")
def objects(manifests):
    return manifests(PROVISIONER)


@pytest.fixture(scope="module")
def space(kubectl, objects, tmp_path_factory):
    """All of it but the StorageClass, in a namespace of our own: other tests share this cluster."""
    name = f"provisioner-{os.getpid()}"
    items = [item for item in objects.values() if item["kind"] != "StorageClass"]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    text = text.replace('"namespace": "eks-provisioner"', f'"namespace": "{name}"')
    listed = json.loads(text)
    next(item for item in listed["items"] if item["kind"] == "Namespace")["metadata"]["name"] = name
    file = tmp_path_factory.mktemp("space") / "all.json"
    file.write_text(json.dumps(listed))
    try:
        applied = kubectl("apply", "--server-side", "--validate=strict", "-f", file)
        assert not applied.stderr, applied.stderr  # no warning of PodSecurity either
        yield name
    finally:
        kubectl("delete", "namespace", name, "--wait=false", check=False)


def test_the_manifests_make_a_namespace_an_api_and_a_worker(objects, space, kubectl):
    assert all(item["metadata"].get("namespace", "eks-provisioner") == "eks-provisioner" for item in objects.values())
    labels = objects["Namespace", "eks-provisioner"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert {("Deployment", API), ("Service", API), ("ServiceAccount", "eksgate-worker")} <= set(objects)
    selector = objects["Service", API]["spec"]["selector"].items()
    assert selector <= objects["Deployment", API]["spec"]["template"]["metadata"]["labels"].items()

    def pods():
        listed = json.loads(kubectl("get", "pods", "-n", space, "-o", "json").stdout)["items"]
        return {pod["metadata"]["labels"]["app.kubernetes.io/name"] for pod in listed}

    # Pods are what PodSecurity refuses; controllers would go on trying without a word.
    wait_until(lambda: pods() == {"eksgate", "eksgate-redis"})
    made = kubectl("create", "job", "by-hand", "-n", space, "--from=cronjob/eks-provisioner-cleanup")
    assert not made.stderr
    wait_until(lambda: "eks-provisioner-cleanup" in pods())


def test_states_outlive_their_claims_and_are_encrypted(objects, kubectl):
    storage = objects["StorageClass", "eks-provisioner"]
    assert storage["reclaimPolicy"] == "Retain" and storage["parameters"]["encrypted"] == "true"
    kubectl("create", "--dry-run=server", "-f", PROVISIONER / "ebs-storageclass.yaml")


@pytest.mark.parametrize("name", ["aws-creds", "regcred"])
def test_secrets_are_templates_without_values(name, objects, kubectl, tmp_path):
    assert ("Secret", name) not in objects
    text = (PROVISIONER / f"{name}.template.yaml").read_text()
    (tmp_path / "secret.yaml").write_text(text.replace("namespace: eks-provisioner", "namespace: default"))
    made = json.loads(kubectl("create", "--dry-run=server", "-o", "json", "-f", tmp_path / "secret.yaml").stdout)
    assert not re.search(r"AKIA|ASIA|(?i:token)", text)
    assert made["type"] == "kubernetes.io/dockerconfigjson" or not made["data"]["AWS_SECRET_ACCESS_KEY"]


@pytest.mark.parametrize(
    "account, may, may_not",
    [
        (
            "eksgate",
            ["create jobs", "patch jobs", "get pods/log", "delete pods", "create pvc", "patch pvc", "create cm"],
            ["get secrets", "list secrets", "create pods", "create pods/exec", "create roles", "list cm"],
        ),
        ("eksgate-worker", [], ["get secrets", "get pods", "list jobs", "get cm", "delete pvc"]),
        ("eks-provisioner-cleanup", ["list pvc", "deletecollection pvc"], ["delete pvc", "get secrets", "list pods"]),
    ],
)
def test_each_account_may_do_its_work_and_nothing_else(account, may, may_not, space, kubectl):
    def can(what, namespace):
        arguments = ["auth", "can-i", *what.split(), "-n", namespace, f"--as=system:serviceaccount:{space}:{account}"]
        return kubectl(*arguments, check=False).stdout.strip() == "yes"

    assert [what for what in may if not can(what, space)] == []
    assert [what for what in may_not if can(what, space)] == []
    assert not any(can(what, "default") for what in may)


def test_the_cleanup_deletes_volumes_of_old_tests_and_no_others(space, kubectl, tmp_path, sandbox):
    days = {"old": 2, "older": 400, "yesterday": 1, "today": 0}
    claims = []
    for name in (*days, "unmarked"):
        day = datetime.now(UTC) - timedelta(days=days.get(name, 0))
        labels = {"eksgate.io/test-day": day.strftime("%Y%m%d")} if name in days else {}
        size = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        about = {"name": name, "namespace": space, "labels": labels}
        claims.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": about, "spec": size})
    (tmp_path / "claims.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": claims}))
    kubectl("create", "-f", tmp_path / "claims.json")
    token = kubectl("create", "token", "eks-provisioner-cleanup", "-n", space).stdout
    (tmp_path / "token").write_text(token)
    (tmp_path / "ca.crt").write_bytes(open(sandbox.state["clusters"]["demo"]["ca"], "rb").read())
    host, port = sandbox.state["clusters"]["demo"]["endpoint"].removeprefix("https://").split(":")
    env = {
        "PATH": os.environ["PATH"], "SERVICE_ACCOUNT": str(tmp_path), "NAMESPACE": space,
        "KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": port,
    }  # fmt: skip
    done = subprocess.run([ROOT / "provision" / "cleanup.sh"], env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def left():
        listed = json.loads(kubectl("get", "pvc", "-n", space, "-o", "json").stdout)["items"]
        return {item["metadata"]["name"] for item in listed if "deletionTimestamp" not in item["metadata"]}

    assert left() & {*days, "unmarked"} == {"yesterday", "today", "unmarked"}
    (tmp_path / "token").write_text("nobody's")
    refused = subprocess.run([ROOT / "provision" / "cleanup.sh"], env=env, capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0 and "401" in refused.stderr


def test_settings_of_the_manifests_are_real_and_name_what_is_there(objects):
    known = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    given = dict(re.findall(r"^(\w+)=(.*)", (PROVISIONER / "settings.env").read_text(), re.M))
    assert set(given) <= known
    assert given["EKSGATE_PROVISION_NAMESPACE"] == "eks-provisioner"
    assert ("ServiceAccount", given["EKSGATE_PROVISION_SERVICE_ACCOUNT"]) in objects
    assert ("StorageClass", given["EKSGATE_PROVISION_STORAGE_CLASS"]) in objects
    pod = objects["CronJob", "eks-provisioner-cleanup"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["containers"][0]["image"] == given["EKSGATE_PROVISION_IMAGE"]
    made = objects[next(key for key in objects if key[0] == "ConfigMap")]["data"]
    assert given.items() <= made.items() and made["EKS_CLUSTER_NAME"]


def dockerfile():
    """The worker's, as lines of its last stage."""
    text = (ROOT / "provision" / "Dockerfile.worker").read_text()
    return re.split(r"^FROM ", text.replace("\\\n", " "), flags=re.M)[-1]


def test_the_workers_files_perform_a_run_as_its_image_has_them(session_directory):
    """All of the image but Debian and Terraform; make worker-image builds the whole."""
    session_directory.chmod(0o711)
    root = session_directory / "worker"
    make = ["make", "-s", "-C", ROOT, "install-worker", f"DESTDIR={root}", f"EKSGATE_BINARY={BINARY}"]
    subprocess.run(make, check=True, env={"PATH": os.environ["PATH"]})
    env = dict(re.findall(r"(\w+)=(/\S+)", re.search(r"^ENV (.*)$", dockerfile(), re.M)[1]))
    env = {name: f"{root}{path}" for name, path in env.items()} | {
        "PATH": os.environ["PATH"], "EKSGATE_TERRAFORM": "true", "EKSGATE_OP": "unlock", "EKSGATE_NAME": "demo",
        "EKSGATE_RUN": "r1", "EKSGATE_LOCK_ID": "09ff",
    }  # fmt: skip
    (root / "vars").mkdir()
    (root / "vars").chmod(0o755)
    (root / "vars/vars.json").write_text('{"cluster_name":"demo"}')
    (root / "vars/vars.json").chmod(0o644)
    user = ["setpriv", "--reuid=65532", "--regid=65532", "--clear-groups"] if os.getuid() == 0 else []
    for folder in (root / "state", root / "logs"):
        folder.mkdir(mode=0o700)
        if user:
            os.chown(folder, 65532, 65532)
    (entry,) = json.loads(re.search(r"^ENTRYPOINT (.*)$", dockerfile(), re.M)[1])

    def run(**more):
        return subprocess.run([*user, f"{root}{entry}"], env=env | more, capture_output=True, text=True, timeout=60)

    assert run(EKSGATE_NAME="../demo").returncode == 64
    lock = root / "state/.terraform.tfstate.lock.info"
    lock.write_text('{"ID":"09ff","Who":"root@vm"}')
    if user:
        os.chown(lock, 65532, 65532)
    done = run()
    phases = [json.loads(line) for line in done.stdout.splitlines() if "eksgate_phase" in line]
    assert [line["phase"] for line in phases] == ["init", "succeeded"] and done.returncode == 0, done
    assert not lock.exists() and (root / "logs/run.jsonl").stat().st_mode & 0o077 == 0


def test_the_workers_image_runs_without_root_and_has_what_the_script_asks_for():
    text = (ROOT / "provision" / "Dockerfile.worker").read_text()
    last = dockerfile()
    named = dict(re.findall(r"(\w+)=(/\S+)", re.search(r"^ENV (.*)$", last, re.M)[1]))
    script = (ROOT / "provision" / "provision.sh").read_text()
    assert {"EKSGATE_MODULE", "EKSGATE_BIN", "EKSGATE_TERRAFORM", "TF_CLI_CONFIG_FILE"} <= set(named)
    assert all(name in script or name == "HOME" for name in named)
    assert re.search(r"^USER 65532:65532$", last, re.M) and 'ENTRYPOINT ["/opt/eksgate/provision.sh"]' in last
    assert not re.search(r"AKIA|SECRET_ACCESS_KEY", text)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    for sources in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.M):
        for source in sources.split():
            assert (ROOT / source).exists()
            assert source == "." or any(f"!{part}" in ignored for part in (source, source.split("/")[0])), source
