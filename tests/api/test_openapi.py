"""The document at /openapi.json is what the gateway does: it holds for a validator, and for a tester that asks whatever
it allows, and what it forbids."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from client import wait_until
from conftest import BINARY, ROOT

HERE = Path(__file__).parent / "openapi"
NAMESPACE = "schema-probe"
# Keys, so that what is closed to strangers is asked as one too; as often as the tester likes.
SETTINGS = {
    "EKSGATE_AUTH": "keys", "EKSGATE_LIMIT_READS": "off", "EKSGATE_LIMIT_WRITES": "off",
    # Without a default cluster its routes are right to answer 503, as they would between a disconnect and a connect.
    "EKS_CLUSTER_NAME": "demo", "EKS_REGION": "us-east-1",
    "EKSGATE_PROVISION_RUNNER": "local", "EKSGATE_PROVISION_MODULE": str(ROOT / "provision"),
    "EKSGATE_PROVISION_QUEUE": "1000",
    "EKSGATE_TERMINAL_IMAGE": "registry.example/kubectl@sha256:" + 64 * "a",
}  # fmt: skip
PRINCIPAL = "arn:aws:iam::210987654321:role/schema-probe"  # of an account where nobody can see whether it exists

# What can not succeed where the tests are.
NEVER_GOOD = {
    "GET /openapi.json",  # the tester has read it, and does not ask for it again
    "GET /api/clusters/{cluster}/kubeconfig",  # kubectl would send no key to a gateway without TLS
    "POST /api/webhooks/{id}/deliveries/{delivery}/retry",  # only what is dead is tried again
}


@pytest.fixture(scope="module")
def python():
    """A Python with the tools that read OpenAPI."""
    command = [ROOT / "dev" / "venv.sh", "python-openapi", HERE / "requirements.txt"]
    return Path(subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()) / "bin" / "python"


@pytest.fixture(scope="module")
def document(bare, session_directory):
    path = session_directory / "openapi.json"
    path.write_bytes(bare.get("/openapi.json").body)
    return path


def operations(document):
    for path, methods in json.loads(document.read_text())["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_it_is_what_the_table_prints_and_anybody_may_read_it(bare, document):
    printed = subprocess.run([BINARY, "routes", "--format", "openapi"], capture_output=True, check=True).stdout
    assert json.loads(printed) == json.loads(document.read_text())
    assert bare.get("/openapi.json").header("Content-Type") == "application/json"


def test_it_is_valid(python, document):
    done = subprocess.run([python, "-m", "openapi_spec_validator", document], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_examples_fit_their_schemas(python, document):
    done = subprocess.run([python, HERE / "examples.py", document], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_every_operation_is_described_whole(document):
    groups = {tag["name"] for tag in json.loads(document.read_text())["tags"]}
    names = []
    for label, operation in operations(document):
        names.append(operation["operationId"])
        parts = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert parts == set(part.split("}")[0] for part in label.split("{")[1:]), label
        assert set(operation["tags"]) <= groups and operation["summary"], label
        good = [answer for status, answer in operation["responses"].items() if status < "4" or status == "default"]
        assert good and all(answer["content"] for answer in good), label
    assert len(names) == len(set(names))


def test_its_links_lead_to_operations_of_its_own(document):
    """By all parts of their paths, each taken from a member that the answer has."""
    parts = {
        operation["operationId"]: {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        for _, operation in operations(document)
    }
    linked = {}
    for label, operation in operations(document):
        for answer in operation["responses"].values():
            for name, link in answer.get("links", {}).items():
                assert set(link["parameters"]) == parts[link["operationId"]], (label, name)
                members = answer["content"]["application/json"]["schema"]["properties"]
                named = {value.removeprefix("$response.body#/") for value in link["parameters"].values()}
                assert named <= set(members), (label, name)
                linked.setdefault(label, set()).add(link["operationId"])
    assert "get_clusters_cluster" in linked["POST /api/clusters/connect"]
    for label in "POST /api/eks-create-job", "POST /api/clusters/{cluster}/jobs":
        assert "get_clusters_cluster_jobs_namespace_name" in linked[label]


@pytest.fixture(scope="module")
def probed(launcher, session_directory, sandbox):
    """A gateway that wants keys, with the sandbox's cluster connected and a namespace to work in."""
    directory = session_directory / "probed"
    directory.mkdir()
    gateway = launcher.start(directory, env=sandbox.env | SETTINGS)
    key = gateway.stack.key("create", "--role", "admin")
    headers = {"Authorization": f"Bearer {key}"}
    connect = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}}
    assert gateway.post("/api/clusters/connect", connect, headers=headers).status == 201
    spaces = "/api/clusters/us-east-1_demo/namespaces"

    # What a run before has left goes first.
    gateway.request("DELETE", f"{spaces}/{NAMESPACE}", headers=headers)
    wait_until(lambda: gateway.post(spaces, {"namespace_name": NAMESPACE}, headers=headers).status == 201)
    yield gateway, key
    gateway.post("/api/clusters/connect", connect, headers=headers)
    for name in (NAMESPACE, f"{NAMESPACE}-made", f"{NAMESPACE}-made-seed", f"{NAMESPACE}-gone"):
        gateway.request("DELETE", f"{spaces}/{name}", headers=headers)
    forget = (
        "import boto3, sys\n"
        "eks = boto3.client('eks', region_name='us-east-1')\n"
        "if sys.argv[1] in eks.list_access_entries(clusterName='demo')['accessEntries']:\n"
        "    eks.delete_access_entry(clusterName='demo', principalArn=sys.argv[1])\n"
    )
    subprocess.run([sandbox.state["python"], "-c", forget, PRINCIPAL], env=os.environ | sandbox.env, check=True)
    launcher.stop(gateway)


def probe(python, probed, folder, phases):
    """Runs schemathesis; what each operation answered, and how often."""
    gateway, key = probed
    told = folder / "answers.json"
    command = [
        python.with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml",
        "run", f"{gateway.stack.url}/openapi.json", "--header", f"Authorization: Bearer {key}",
        "--phases", phases, "--workers", "2",
        "--continue-on-failure", "--no-color", "--warnings", "off",
    ]  # fmt: skip
    environment = {
        "SCHEMATHESIS_HOOKS": "hooks",
        "PYTHONPATH": f"{HERE}:{HERE.parent}",
        "EKSGATE_URL": gateway.stack.url,
        "EKSGATE_KEY": key,
        "PROBE_NAMESPACE": NAMESPACE,
        "PROBE_REDIS": str(gateway.stack.redis_socket),
        "PROBE_PRINCIPAL": PRINCIPAL,
        "PROBE_ANSWERS": str(told),
    }
    done = subprocess.run(command, env=os.environ | environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-4000:]
    return json.loads(told.read_text())


@pytest.mark.timeout(900)
def test_it_answers_as_it_says_whatever_is_asked(python, probed, document, short_tmp):
    """No status, type or member that is not documented, nothing from 500 on; and each operation succeeds once."""
    answers = probe(python, probed, short_tmp, "examples,coverage,fuzzing")
    own = {label for label, operation in operations(document) if "default" not in operation["responses"]}
    good = {label for label, statuses in answers.items() if any(status < "300" for status in statuses)}
    assert own - good - NEVER_GOOD == set(), answers


@pytest.mark.timeout(900)
def test_it_answers_as_it_says_from_one_answer_to_the_next(python, probed, short_tmp):
    """What one operation makes is what others look at, change and delete."""
    answers = probe(python, probed, short_tmp, "stateful")
    assert sum(count for label in answers.values() for status, count in label.items() if status < "300") > 0
