"""What is shipped: the installed files as a container and as systemd run them, the image's recipe, IAM policies held
against what the code asks of AWS, and the Kubernetes manifests held against a real API server."""

import json
import os
import re
import shutil
import signal
import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

import stack as stacks
from client import Client, wait_until
from conftest import BINARY, ROOT, SANITIZER, base_environment, make_ui
from test_tls import own_address

DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
NOBODY = 65534


@pytest.fixture(scope="module")
def installed(session_directory):
    """make install, with the binary under test."""
    session_directory.chmod(0o711)  # for the one as whom it runs
    root = session_directory / "root"
    ui = make_ui(session_directory / "installed-ui")
    subprocess.run(
        ["make", "-s", "-C", ROOT, "install", f"DESTDIR={root}", f"EKSGATE_BINARY={BINARY}", f"UI={ui}"],
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    return root


class Container:
    """deploy/start as the image runs it, but for the folders: not as root, nothing of the caller's environment."""

    def __init__(self, root, directory, **env):
        self.root, self.directory = root, directory
        self.host = own_address() or "127.0.0.1"
        self.tls_port = stacks.free_port(self.host)
        self.log = directory / "log"
        home = directory / "state"
        directory.parent.chmod(0o711)
        for folder in directory, directory / "run", home:
            folder.mkdir(exist_ok=True)
            if os.getuid() == 0:
                os.chown(folder, NOBODY, NOBODY)
        self.env = base_environment(home) | {
            "PATH": f"{root}/usr/bin:{os.environ['PATH']}:/usr/sbin",
            "RUN_DIR": str(directory / "run"),
            "STATE_DIR": str(home),
            "SHARE_DIR": str(root / "usr/share/eksgate"),
            "ACCESS_LOG": str(home / "access.log"),
            "EKSGATE_ENV_FILE": str(directory / "run" / "env"),
            "EKSGATE_PROCESSES": "1",
            "EKSGATE_LISTEN": f"127.0.0.1:{stacks.free_port()}",
            "EKSGATE_TLS_LISTEN": f"{self.host}:{self.tls_port}",
            "EKS_CLUSTER_NAME": "cluster",
            "EKS_REGION": "us-east-1",
        }
        self.env |= env
        self.popen = None
        self.starts = 0

    def command(self, *arguments):
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.getuid() == 0 else []
        return [*user, *map(str, arguments)]

    def run(self, *arguments):
        return subprocess.run(self.command(*arguments), env=self.env, capture_output=True, text=True, timeout=60)

    def start(self, *arguments):
        self.starts += 1
        with self.log.open("a") as log:
            self.popen = subprocess.Popen(
                self.command(self.root / "usr/lib/eksgate/start", *arguments),
                env=self.env,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return self

    def text(self):
        return self.log.read_text(errors="replace")

    def wait_ready(self):
        wait_until(
            lambda: self.text().count("eksgate is ready") == self.starts or self.popen.poll() is not None
        )
        assert self.popen.poll() is None, self.text()
        return self

    def left(self):
        return stacks.session_members(self.popen.pid)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
        code = self.popen.wait(60)
        assert not SANITIZER.search(self.text()), self.text()
        return code

    def clear(self):
        return Client(self.host, self.tls_port)

    def ask(self, path, key=None, host=None):
        """Over TLS; the certificate is trusted by its own authority."""
        ca = Path(re.search(r"^EKSGATE_TLS_CA_FILE=(.+)$", (self.directory / "run" / "env").read_text(), re.M)[1])
        context = ssl.create_default_context(cafile=ca)
        context.check_hostname = False
        headers = {"Host": host or "localhost"} | ({"Authorization": f"Bearer {key}"} if key else {})
        request = urllib.request.Request(f"https://{self.host}:{self.tls_port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, context=context, timeout=60) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture(scope="module")
def container(installed, session_directory):
    container = Container(installed, session_directory / "container").start().wait_ready()
    yield container
    assert container.stop() == 0
    assert not container.left()


def test_a_fresh_container_answers_health_in_clear_on_its_port_and_nothing_else(container):
    clear = container.clear()
    key = "Bearer eksgate_0123456789abcdef_" + "0" * 64
    for headers in {}, {"Host": "10.0.0.9:8000"}, {"Host": "localhost:8000", "Authorization": key}:
        reply = clear.get("/health", headers=headers)
        assert (reply.status, reply.json) == (200, {"status": "healthy"}), headers
    for path in "/api/clusters", "/api/eks-create-job", "/raw/clusters/x/api", "/healthy", "/.clear/health":
        reply = clear.get(path, headers={"Host": "localhost"})
        assert reply.status == 400 and reply.header("X-Eksgate-Error") == "plain-http", path
        assert "https://" in reply.json["message"]
    page = clear.get("/docs", headers={"Host": "localhost:8000", "Accept": "text/html"})
    assert page.status == 308 and page.header("Location") == "https://localhost:8000/docs"
    stranger = clear.get("/docs", headers={"Host": "evil.example", "Accept": "text/html"})
    assert stranger.status in (308, 400, 421)


def test_over_tls_it_wants_a_key_and_the_first_is_made_inside(container):
    assert container.ask("/api/whoami")[0] == 401
    assert container.ask("/api/whoami", host="elsewhere.example")[0] == 421
    made = container.run("eksgate", "key", "create", "--role", "admin")
    assert made.returncode == 0, made.stderr
    status, body = container.ask("/health", made.stdout.strip())
    assert status == 200 and json.loads(body)["cluster"] == "cluster"
    assert made.stdout.strip() not in container.text()


def test_probes_of_the_manifests_find_what_they_ask_for(container, objects):
    pod = objects["Deployment", "eksgate"]["spec"]["template"]["spec"]["containers"][0]
    ports = {port["name"]: port["containerPort"] for port in pod["ports"]}
    asked = 0
    for name in "startupProbe", "readinessProbe", "livenessProbe":
        if "httpGet" in pod[name]:
            get = pod[name]["httpGet"]
            assert get["scheme"] == "HTTPS" and ports[get["port"]] == 8000 and "httpHeaders" not in get
            # As a kubelet asks: by the pod's address.
            assert container.ask(get["path"], host="10.0.0.9:8000")[0] == 200
            asked += 1
    assert asked == 2
    assert container.run(container.root / "usr/lib/eksgate/start", "health").returncode == 0


def test_nginx_gets_a_value_for_every_name_of_its_template(container):
    template = re.sub(r"^\s*#.*", "", (ROOT / "nginx/nginx.conf.in").read_text(), flags=re.M)
    names = set(re.findall(r"@([A-Z_]+)@", template))
    given = set(re.findall(r"\b([A-Z_]+)=", (DEPLOY / "prepare").read_text()))
    assert names <= given, names - given
    conf = (container.directory / "run" / "nginx" / "nginx.conf").read_text()
    assert not re.search(r"@[A-Z_]+@", re.sub(r"^\s*#.*", "", conf, flags=re.M))


def test_it_runs_as_nobody_special_with_what_it_keeps_closed_to_others(container):
    state = container.directory / "state"
    for file in state / "secret.key", state / "tls" / "server.key", container.directory / "run" / "env":
        assert file.stat().st_mode & 0o077 == 0, file
    owner = NOBODY if os.getuid() == 0 else os.getuid()
    running = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in container.left()]
    for command in "serve", "tunnel", "agent":
        assert any(f"eksgate\0{command}\0".encode() in line for line in running), command
    for pid in container.left():
        assert os.stat(f"/proc/{pid}/status").st_uid in (owner, 0)  # 0: /proc of what seals itself
        assert f"Uid:\t{owner}\t{owner}" in Path(f"/proc/{pid}/status").read_text()


def test_a_container_that_comes_back_to_its_volume_is_the_same_one(installed, short_tmp):
    container = Container(installed, short_tmp / "c").start().wait_ready()
    key = container.run("eksgate", "key", "create", "--role", "viewer").stdout.strip()
    kept = [(short_tmp / "c/state" / name).read_bytes() for name in ("secret.key", "tls/server.pem")]
    assert container.stop() == 0 and not container.left()
    container.start().wait_ready()
    assert [(short_tmp / "c/state" / name).read_bytes() for name in ("secret.key", "tls/server.pem")] == kept
    assert container.ask("/api/whoami", key)[0] == 200
    # One of its processes dies: whoever restarts containers sees it.
    serve = next(pid for pid in container.left() if b"eksgate\0serve" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(serve, signal.SIGKILL)
    assert container.popen.wait(60) == 1
    wait_until(lambda: not container.left())
    assert "one of redis, serve" in container.text()


@pytest.mark.parametrize(
    "env, named",
    [
        ({"EKSGATE_AUTH": "off"}, "EKSGATE_AUTH"),
        ({"EKSGATE_LISTEN": "0.0.0.0:8080"}, "EKSGATE_LISTEN"),
        ({"EKSGATE_THREADS": "1"}, "EKSGATE_THREADS"),
        ({"EKS_CLUSTER_NAME": ""}, "EKS_CLUSTER_NAME"),
        ({"TLS_CERT": "/nonexistent", "TLS_KEY": "/nonexistent"}, "TLS_CERT"),
        ({"SECRET_KEY": "/nonexistent"}, "/nonexistent"),
        ({"EKSGATE_HOSTS": 'x"; return 200;'}, "Host names"),
    ],
)
def test_what_would_be_unsafe_is_named_and_nothing_starts(installed, short_tmp, env, named):
    container = Container(installed, short_tmp / "c", **env).start()
    assert container.popen.wait(60) != 0
    assert named in container.text(), container.text()
    assert "serving" not in container.text() and not container.left()


def test_without_keys_it_answers_on_loopback_in_clear_and_nowhere_else(installed, short_tmp):
    container = Container(installed, short_tmp / "c", EKSGATE_AUTH="off", EKSGATE_TLS_LISTEN="")
    container.start().wait_ready()
    host, port = container.env["EKSGATE_LISTEN"].split(":")
    assert Client(host, int(port)).get("/health").json["cluster"] == "cluster"
    assert "asks nobody" in container.text() and "key create" not in container.text()
    assert not (short_tmp / "c/state/tls").exists()
    assert container.stop() == 0


def test_a_given_certificate_key_and_a_redis_with_a_password_are_taken(installed, short_tmp):
    """As in Kubernetes: files that a group may read, and Redis in another pod."""
    given = short_tmp / "given"
    subprocess.run([DEPLOY / "certificate", given, "DNS:gate.example,IP:127.0.0.1"], check=True)
    (given / "secret.key").write_bytes(b"0123456789abcdef" * 2)
    (given / "redis-password").write_text("open sesame\n")
    given.chmod(0o755)
    for file in given.iterdir():
        file.chmod(0o444)
    port = stacks.free_port()
    password = {"EKSGATE_REDIS_PASSWORD_FILE": str(given / "redis-password")}
    redis = Container(installed, short_tmp / "r", REDIS_PORT=str(port), REDIS_BIND="127.0.0.1", **password)
    redis.start("redis")
    try:
        container = Container(
            installed,
            short_tmp / "c",
            EKSGATE_HOSTS="gate.example",
            EKSGATE_REDIS=f"127.0.0.1:{port}",
            EKSGATE_TLS_CA_FILE=str(given / "ca.pem"),
            SECRET_KEY=str(given / "secret.key"),
            TLS_CERT=str(given / "server.pem"),
            TLS_KEY=str(given / "server.key"),
            **password,
        )
        container.start().wait_ready()
        wait_until(lambda: container.run("eksgate", "key", "list").returncode == 0)
        key = container.run("eksgate", "key", "create", "--role", "viewer").stdout.strip()
        assert container.ask("/api/whoami", key, host="gate.example")[0] == 200
        assert (short_tmp / "c/state/secret.key").read_bytes() == (given / "secret.key").read_bytes()
        assert not (short_tmp / "c/state/tls").exists() and "redis-server" not in "".join(
            Path(f"/proc/{pid}/cmdline").read_text() for pid in container.left()
        )
        assert container.stop() == 0
        for pid in redis.left():
            assert "sesame" not in Path(f"/proc/{pid}/cmdline").read_text()
    finally:
        redis.popen.terminate()
        redis.popen.wait(60)


# systemd


def test_systemd_accepts_the_units_and_finds_little_exposed(installed, tmp_path):
    root = tmp_path / "root"
    shutil.copytree(installed, root)
    for program in "usr/sbin/nginx", "usr/bin/redis-server", "bin/kill":
        (root / program).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy("/bin/true", root / program)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", f"--root={root}", "eksgate.target"], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if "eksgate" in line]
    assert done.returncode == 0 and not ours, done.stderr
    units = sorted((DEPLOY / "systemd").glob("*.service"))
    assert len(units) >= 6
    wanted = (DEPLOY / "systemd" / "eksgate.target").read_text()
    for unit in units:
        done = subprocess.run(
            ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert unit.stem == "eksgate-prepare" or unit.name in wanted


# The image


def stages():
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [stage.splitlines() for stage in re.split(r"^FROM ", text, flags=re.M)[1:]]


def packages(stage):
    line = next(line for line in stage if "apt-get install" in line)
    words = re.search(r"--no-install-recommends (.*?)(?: && |$)", line)[1].split()
    return {word for word in words if not word.startswith("-")}


def test_the_image_has_what_the_program_is_linked_with(installed):
    built, shipped = map(packages, stages())
    needed = subprocess.run(["readelf", "-d", BINARY], capture_output=True, text=True, check=True).stdout
    names = re.findall(r"\(NEEDED\).*\[(lib(?:cjson|curl|fcgi|hiredis|ssl|crypto|yaml)[^]]*)\]", needed)
    assert len(names) >= 6
    for name in names:
        path = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
        file = Path(re.search(rf"{re.escape(name)} .*=> (\S+)", path)[1])
        owner = subprocess.run(
            ["dpkg-query", "-S", f"*{file.name}"], capture_output=True, text=True, check=True
        ).stdout
        assert set(re.findall(r"^([^:\s]+)", owner, re.M)) & shipped, f"{name} is in {owner}"
    wanted = re.search(r'run_packages="(.*?)"', (ROOT / "dev/install.sh").read_text(), re.S)[1].split()
    at_run = {"nginx", "openssl", "redis-server"}
    assert set(wanted) - at_run - {"curl"} <= built and at_run | {"tini"} <= shipped


def test_the_image_runs_without_root_and_copies_only_what_is_named(installed):
    last = stages()[-1]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    assert "EXPOSE 8000" in last and any(line.startswith("ENTRYPOINT") and "tini" in line for line in last)
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    named = {line[1:] for line in ignored if line.startswith("!")}
    assert "*" in ignored
    folders = re.findall(r"^eksgate_folder\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.M)
    assert set(folders) | {"main", "html", "nginx", "deploy"} <= named
    for stage in stages():
        for line in stage:
            if line.startswith("COPY ") and "--from" not in line:
                for source in line.split()[1:-1]:
                    assert (ROOT / source).exists() and (source == "." or source.split("/")[0] in named)


# IAM


def statements(*names):
    for name in names:
        policy = json.loads((DEPLOY / "iam" / f"{name}.json").read_text())
        assert policy["Version"] == "2012-10-17"
        for statement in policy["Statement"]:
            assert statement["Effect"] == "Allow"
            actions = statement["Action"]
            yield statement, {actions} if isinstance(actions, str) else set(actions)


def allowed(*names):
    return set().union(*(actions for _, actions in statements(*names)))


def actions_in_use():
    """The operations of EKS that the code asks for, whichever folder it is in, by their names in the one table."""
    table = dict(re.findall(r"\[(EKS_\w+)\] = \{\s*\"(eks:\w+)\"", (ROOT / "aws/eks_api.c").read_text()))
    assert len(table) > 20
    text = "".join(
        file.read_text()
        for folder in ("aws", "cluster", "handlers", "fcgi", "main", "tunnel", "agent")
        for file in (ROOT / folder).glob("*.c")
        if file.name != "eks_api.c"
    )
    return {action for name, action in table.items() if re.search(rf"\b{name}\b", text)}


def test_the_policies_allow_just_what_the_code_asks_of_eks():
    assert allowed("connect", "read", "access-entries") == actions_in_use()
    assert all(re.match("eks:(List|Describe)", action) for action in allowed("connect", "read"))
    assert allowed("connect") == {"eks:ListClusters", "eks:DescribeCluster"}


def test_no_policy_has_a_wildcard_where_aws_takes_a_resource():
    unbound = {"eks:ListClusters", "eks:DescribeClusterVersions"}
    for statement, actions in statements("connect", "read", "access-entries", "assume-role"):
        assert not any("*" in action for action in actions)
        assert (statement["Resource"] == "*") == bool(actions & unbound), statement
        assert not actions & unbound or actions <= unbound
    granted = [s for s, actions in statements("access-entries") if "eks:AssociateAccessPolicy" in actions]
    policies = granted[0]["Condition"]["ArnEquals"]["eks:policyArn"]
    known = set(re.findall(r'"(AmazonEKS\w+Policy)"', (ROOT / "handlers/access.c").read_text()))
    assert {arn.rpartition("/")[2] for arn in policies} == known


def test_connecting_needs_the_connect_policy_and_no_more(stubbed, stubs):
    """What AWS is really asked for, from the first request to a list; GetCallerIdentity needs no policy."""
    body = {"region": "us-east-1", "auth": {"type": "default"}}
    name = stubs.cluster()
    stubs.aws.calls.clear()
    assert stubbed.post("/api/clusters/available", body).status == 200
    made = stubbed.post("/api/clusters/connect", body | {"cluster_name": name})
    assert made.status in (200, 201), made.text
    stubbed.get(f"/raw/clusters/{made.json['connection_id']}/api/v1/namespaces")
    assert {f"eks:{call}" for call in stubs.aws.calls if call != "GetCallerIdentity"} == allowed("connect")


# Kubernetes


@pytest.fixture(scope="module")
def objects(manifests):
    return manifests(KUBERNETES)


def test_a_real_api_server_takes_the_manifests_and_makes_pods_of_them(kubectl, objects, tmp_path):
    # A namespace of our own: other tests share this cluster.
    name = f"eksgate-{os.getpid()}"
    space = objects["Namespace", "eksgate"]
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    rest = [json.loads(json.dumps(item)) for key, item in objects.items() if key[0] != "Namespace"]
    for item in rest:
        assert item["metadata"]["namespace"] == "eksgate"
        item["metadata"]["namespace"] = name
    (tmp_path / "space.json").write_text(json.dumps(space | {"metadata": space["metadata"] | {"name": name}}))
    (tmp_path / "rest.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": rest}))
    try:
        kubectl("create", "-f", tmp_path / "space.json")
        options = ("--server-side", "--validate=strict", "-f", tmp_path / "rest.json")
        tried = kubectl("apply", "--dry-run=server", *options)
        assert not tried.stderr, tried.stderr  # no warning of PodSecurity either
        applied = kubectl("apply", *options)
        assert not applied.stderr and applied.stdout.count("serverside-applied") == len(rest)

        def pods():
            listed = json.loads(kubectl("get", "pods", "-n", name, "-o", "json").stdout)["items"]
            return sorted(pod["metadata"]["labels"]["app.kubernetes.io/name"] for pod in listed)

        # Pods are what PodSecurity refuses; controllers would go on trying without a word.
        wait_until(lambda: pods() == ["eksgate", "eksgate", "eksgate-redis"])
    finally:
        kubectl("delete", "namespace", name, "--wait=false", check=False)


def test_settings_and_names_of_the_manifests_are_real(objects):
    known = set(re.findall(r"^#(\w+)=", (ROOT / ".env.example").read_text(), re.M))
    given = re.findall(r"^(\w+)=", (KUBERNETES / "settings.env").read_text(), re.M)
    own = {"SECRET_KEY", "TLS_CERT", "TLS_KEY"}
    for kind, name in objects:
        if kind in ("Deployment", "StatefulSet"):
            pod = objects[kind, name]["spec"]["template"]["spec"]
            given += [item["name"] for item in pod["containers"][0].get("env", [])]
    assert set(given) <= known | own and len(given) > 8
    prepare = (DEPLOY / "prepare").read_text()
    assert all(re.search(rf"^# .*\b{name}\b", prepare, re.M) for name in own)
    uid = re.search(r"--uid (\d+)", (ROOT / "Dockerfile").read_text())[1]
    for key in ("Deployment", "eksgate"), ("StatefulSet", "eksgate-redis"):
        assert objects[key]["spec"]["template"]["spec"]["securityContext"]["runAsUser"] == int(uid)
    trust = json.loads((DEPLOY / "iam/trust-irsa.json").read_text())
    assert "system:serviceaccount:eksgate:eksgate" in json.dumps(trust)
    assert ("ServiceAccount", "eksgate") in objects


# The guides


def test_the_error_texts_of_the_troubleshooting_guide_are_those_of_the_code():
    folders = re.findall(r"^eksgate_folder\((\w+)", (ROOT / "CMakeLists.txt").read_text(), re.M)
    files = [file for folder in (*folders, "main", "nginx", "dev", "deploy") for file in (ROOT / folder).iterdir()]
    code = "".join(file.read_text() for file in files if file.is_file() and file.suffix in (".c", ".h", ".conf", ".py", ""))
    code = re.sub(r"\"\s*\n\s*\"", "", code)
    elsewhere = ("curl:", "403 `cannot list", "kubectl exec", "a watch ends", "404 `not found`", "404 with", "403 with")
    guide = (ROOT / "docs/troubleshooting.md").read_text().partition("## In Kubernetes")[0]
    rows = re.findall(r"^\| (.*?) \|", guide, re.M)
    looked_at = 0
    for said in rows:
        if not said.startswith(elsewhere):
            for text in re.findall(r"`([^`]+)`", said):
                for part in text.split("…"):
                    assert part.strip() in code, part
                    looked_at += 1
    assert looked_at > 30


def test_what_the_guides_name_is_there():
    for guide in "deployment.md", "troubleshooting.md":
        text = (ROOT / "docs" / guide).read_text()
        for link in re.findall(r"\]\(([^)#]+)\)", text):
            assert (ROOT / "docs" / link).exists(), link
        known = (ROOT / ".env.example").read_text()
        for name in set(re.findall(r"\bEKS(?:GATE)?_[A-Z_]+", text)):
            assert f"#{name}=" in known, name
    for name in re.findall(r"`(\S+\.json)`", (ROOT / "docs/deployment.md").read_text()):
        assert (DEPLOY / "iam" / name).exists() or (ROOT / name).exists(), name
