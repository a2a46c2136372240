"""What the benchmarks measure and measure against: the gateway, its peers and the upstreams, each started here and
stopped again, and readings of what they cost."""

import asyncio
import base64
import contextlib
import http.client
import json
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "dev"), str(ROOT / "tests")]

import run as dev_run  # noqa: E402
import stack as stacks  # noqa: E402
from stubs.aws import AwsStub  # noqa: E402
from stubs.pki import Authority  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
SMALL_OBJECT = 3600  # bytes; what one pod takes
CORES = len(os.sched_getaffinity(0))


def family(*pids):
    """The processes and all their descendants."""
    children = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int(Path(entry.path, "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(parent, []).append(int(entry.name))
    found = list(pids)
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def scheduled_ms(pids):
    """(on a core, ready and without one) of all their threads so far: what a busy machine adds is the second."""
    ran = waited = 0
    for pid in pids:
        for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError):
                one = file.read_text().split()
                ran, waited = ran + int(one[0]), waited + int(one[1])
    return ran / 1e6, waited / 1e6


def memory_mib(pids, name="Pss"):
    """Pss of the processes together; name="VmHWM": the largest peak among them."""
    values = []
    for pid in pids:
        file = "smaps_rollup" if name == "Pss" else "status"
        with contextlib.suppress(OSError):
            found = re.search(rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/{file}").read_text(), re.M)
            values.append(int(found[1]) / 1024 if found else 0)
    return (sum if name == "Pss" else max)(values or [0])


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) / 1048576
    nginx = subprocess.run(["/usr/sbin/nginx", "-v"], capture_output=True, text=True).stderr.strip()
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return [
        f"eksgate {commit.stdout.strip()}, {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}",
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GiB, Linux {platform.release()}, {nginx}",
        f"load before: {load} (1, 5, 15 minutes); the load generator, the peers and the upstream share the cores",
    ]


def wait_for_port(port, seconds=20, host="127.0.0.1"):
    until = time.monotonic() + seconds
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise TimeoutError(f"nothing listens on port {port}") from None
            time.sleep(0.05)


class World:
    """Everything that was started, to be stopped in the opposite order."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.cluster = None
        self.path = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="eksgate-bench-", dir="/tmp")))
        self.pki = self.path / "pki"
        self.pki.mkdir()
        self.authority = Authority(self.pki, "bench-ca")
        self.run = stacks.RunDirectory(self.path / "run")
        self.run.open()
        self.stack.callback(self.run.close)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self, name, argv, env=None, cwd=None):
        child = self.run.start(name, [str(a) for a in argv], env=env, cwd=cwd)
        self.stack.callback(child.stop)
        return child

    def nginx(self, name, http_part, workers=CORES):
        """An nginx with this content of its http block."""
        folder = self.path / name
        (folder / "tmp").mkdir(parents=True)
        paths = "".join(f"{kind}_temp_path {folder}/tmp/{kind};" for kind in ("proxy", "fastcgi", "uwsgi", "scgi"))
        user = f"user {os.environ.get('USER') or 'root'} {os.environ.get('USER') or 'root'};" if os.getuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"""{user} worker_processes {workers}; worker_rlimit_nofile 65536; daemon off; pid {folder}/pid;
error_log stderr warn; events {{ worker_connections 16384; }}
http {{ client_body_temp_path {folder}/tmp/body; {paths} tcp_nodelay on; keepalive_requests 100000000; {http_part} }}
"""
        )
        program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        return self.start(name, [program, "-e", "stderr", "-p", folder, "-c", folder / "nginx.conf"])


class CheapUpstream:
    """A TLS server that costs next to nothing, so that only what stands before it is measured. It notes the tokens that
    it was sent, as far as they can tell one from another, and looks at none."""

    def __init__(self, world, name="cheap"):
        self.port = stacks.free_port()
        self.log = world.path / f"{name}-tokens.log"
        certificate = world.authority.issue(name, "IP:127.0.0.1,DNS:localhost")
        small = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "small", "namespace": "bench"}}
        body = json.dumps(small | {"data": {"text": "x" * (SMALL_OBJECT - 117)}})
        self.child = world.nginx(
            name,
            f"""log_format token "$http_authorization"; access_log off;
server {{ listen 127.0.0.1:{self.port} ssl; ssl_certificate {certificate.certificate}; ssl_certificate_key {certificate.key};
  default_type application/json;
  location /logged {{ access_log {self.log} token; return 200 '{body}'; }}
  location / {{ return 200 '{body}'; }} }}""",
        )
        wait_for_port(self.port)

    @property
    def endpoint(self):
        return f"https://127.0.0.1:{self.port}"


class ListUpstream:
    """The same for one large list, of so many pods and bytes."""

    name = "direct"

    def __init__(self, world, count, size):
        self.port = stacks.free_port()
        self.certificate = world.authority.issue("list", "IP:127.0.0.1,DNS:localhost")
        folder = world.path / "list"
        folder.mkdir()
        (folder / "pods").write_text(pod_list(count, size))
        self.child = world.nginx(
            "list-upstream",
            f"""access_log off;
server {{ listen 127.0.0.1:{self.port} ssl; ssl_certificate {self.certificate.certificate};
  ssl_certificate_key {self.certificate.key}; default_type application/json;
  location = /api/v1/pods {{ alias {folder}/pods; }} location / {{ return 200 "{{}}"; }} }}""",
        )
        wait_for_port(self.port)

    @property
    def endpoint(self):
        return f"https://127.0.0.1:{self.port}"

    def url(self, path):
        return self.endpoint + path


def pod_list(count, size):
    """As an API server writes it: many small values, not one long."""

    def pod(number):
        labels = {"app": f"app-{number % 50}", "pod-template-hash": f"{number:010x}"}
        metadata = {"name": f"app-{number}", "namespace": f"team-{number % 20}", "uid": f"{number:032x}", "labels": labels}
        env = [{"name": f"NAME_{i}", "value": f"value-{number}-{i}"} for i in range(values)]
        spec = {"nodeName": f"node-{number % 100}", "containers": [{"name": "main", "image": "app:1", "env": env}]}
        return {"metadata": metadata, "spec": spec, "status": {"phase": "Running", "podIP": "10.0.0.1"}}

    values = 1
    while count * len(json.dumps(pod(count))) < size:
        values += 1
    head = {"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}}
    return json.dumps(head | {"items": [pod(number) for number in range(count)]})


class NginxPeer:
    """nginx proxy_pass with kept connections to the same upstream, its certificate verified."""

    name = "nginx"

    def __init__(self, world, name, port, authority, token=None):
        self.port = stacks.free_port()
        header = f'proxy_set_header Authorization "Bearer {token}";' if token else ""
        self.child = self._start(
            world,
            name,
            f"127.0.0.1:{port}",
            f"""proxy_pass https://up; proxy_set_header Host 127.0.0.1:{port}; {header}
  proxy_ssl_verify on; proxy_ssl_trusted_certificate {authority}; proxy_ssl_name localhost; proxy_ssl_session_reuse on;""",
        )

    def _start(self, world, name, upstream, rules):
        child = world.nginx(
            name,
            f"""access_log off;
upstream up {{ server {upstream}; keepalive 128; keepalive_requests 100000000; }}
server {{ {self._listen()} location / {{ proxy_http_version 1.1; proxy_set_header Connection ""; {rules}
  proxy_buffers 16 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 128k; }} }}""",
        )
        wait_for_port(self.port)
        return child

    def _listen(self):
        return f"listen 127.0.0.1:{self.port};"

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def pids(self):
        return family(self.child.pid)


class TwoNginxPeer(NginxPeer):
    """The same behind another nginx, by a Unix socket: two processes one after the other, as nginx and a handler are, both
    of them nginx. It says what the second process costs at least."""

    name = "nginx twice"

    def __init__(self, world, name, port, authority):
        self.socket = world.path / f"{name}.sock"
        super().__init__(world, name, port, authority)
        self.second = self.child
        self.port = stacks.free_port()
        front = f"{name}-front"
        self.child = NginxPeer._start(self, world, front, f"unix:{self.socket}", "proxy_pass http://up;")

    def _listen(self):
        return super()._listen() + (f" listen unix:{self.socket};" if not hasattr(self, "second") else "")

    def pids(self):
        return family(self.child.pid, self.second.pid)


class Gateway:
    """eksgate as `make run` starts it."""

    name = "eksgate"

    def __init__(self, world, name, env, **options):
        home = world.path / f"{name}-home"
        home.mkdir()
        ui = ROOT / "html/dist"
        if not ui.is_dir():
            ui = home
        options = {"binary": os.environ.get("EKSGATE_BINARY") or ROOT / "build/eksgate", "ui": ui} | options
        base = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        self.stack = stacks.Stack(world.path / name, env=base | env, **options)
        self.stack.start()
        world.stack.callback(self.stack.stop)
        self.stack.wait_ready(timeout=60)
        self.port = self.stack.port
        self.cluster = None

    def post(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            reply = connection.getresponse()
            return reply.status, json.loads(reply.read())
        finally:
            connection.close()

    def connect(self, name, region="us-east-1"):
        body = {"cluster_name": name, "region": region, "auth": {"type": "default"}, "replace": True}
        until = time.monotonic() + 30
        while True:
            status, answer = self.post("/api/clusters/connect", body)
            if status in (200, 201):
                self.cluster = answer["connection_id"]
                return self.cluster
            if time.monotonic() > until:
                raise RuntimeError(f"connecting {name} failed: {answer}")
            time.sleep(0.5)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/raw/clusters/{self.cluster}{path}"

    def pids(self):
        return family(self.stack.serve.pid, self.stack.nginx.pid)

    def serve_pids(self):
        """The serve processes, without their master."""
        return [pid for pid in family(self.stack.serve.pid) if pid != self.stack.serve.pid]


def cheap_gateway(world, upstream, name="cheap", **options):
    """A gateway whose cluster is the cheap upstream; its AWS is a stub."""
    aws = AwsStub()
    world.stack.callback(aws.close)
    aws.add_cluster("cheap", upstream.endpoint, world.authority.pem)
    environment = {
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_ACCESS_KEY_ID": "AKIABENCHBENCHBENCHB",
        "AWS_SECRET_ACCESS_KEY": "bench-secret-access-key/of+the+environment",
    }
    allowed = {"EKSGATE_ALLOW_ENDPOINTS": f"127.0.0.1:{upstream.port}"}
    gateway = Gateway(world, f"gateway-{name}", environment | allowed, **options)
    gateway.aws_environment = environment
    gateway.connect("cheap")
    return gateway


class Cluster:
    """The sandbox with its first cluster, as its administrator sees it; pods says how many there are to be, real_node
    that those which ask for it truly run."""

    OBJECT = "/api/v1/namespaces/bench/configmaps/small"

    def __init__(self, world, pods=0, clusters=1, real_node=False):
        name = "sandbox-real" if real_node else f"sandbox-{pods}"
        self.directory = world.path / name
        env = os.environ | {"RUN_DIR": str(self.directory), "CLUSTERS": str(clusters), "SCALE": str(pods)}
        env["NODES"] = "real" if real_node else ""
        self.child = world.start(name, [ROOT / "sandbox/up"], env=env, cwd=ROOT)
        self._wait()
        self.state = json.loads((self.directory / "sandbox/state.json").read_text())
        self.env = dev_run.sandbox_environment(self.directory)
        demo = self.state["clusters"]["demo"]
        self.port = demo["ports"]["api"]
        self.authority = demo["ca"]
        self.kubeconfig = demo["kubeconfig"]
        self.kubectl = self.state["kubectl"]
        self.apiserver = self._find("kube-apiserver")
        self._make_objects()

    def _wait(self):
        progress = self.directory / "sandbox/progress.json"
        while True:
            with contextlib.suppress(OSError, ValueError):
                state = json.loads(progress.read_text())
                if state.get("error") or state.get("ready"):
                    break
            if self.child.exited():
                raise RuntimeError("the sandbox ended:\n" + "\n".join(self.child.last_lines()))
            time.sleep(0.2)
        if state.get("error"):
            raise RuntimeError(f"the sandbox failed: {state['error']}")

    def _find(self, *programs):
        found = []
        for pid in family(self.child.pid):
            with contextlib.suppress(OSError):
                if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode().rpartition("/")[2] in programs:
                    found.append(pid)
        return found

    def kubectl_run(self, *arguments, text=None):
        subprocess.run(
            [self.kubectl, "--kubeconfig", self.kubeconfig, *arguments],
            input=text,
            text=True,
            check=True,
            capture_output=True,
        )

    def _make_objects(self):
        self.kubectl_run("create", "namespace", "bench")
        self.kubectl_run("create", "namespace", "bench-idle")
        body = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "small", "namespace": "bench"},
            "data": {"text": "x" * (SMALL_OBJECT - 400)},
        }
        self.kubectl_run("create", "-f", "-", text=json.dumps(body))

    @contextlib.contextmanager
    def quiet(self):
        """Stops what only keeps nodes and pods moving, as long as something is measured."""
        noisy = self._find("kwok", "kube-controller-manager", "kube-scheduler")
        for pid in noisy:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in noisy:
                os.kill(pid, signal.SIGCONT)

    def token(self):
        """What the gateway would send: for the peers that are given one."""
        binary = os.environ.get("EKSGATE_BINARY") or ROOT / "build/eksgate"
        printed = subprocess.run(
            [binary, "token", "--cluster-name", "demo", "--region", "us-east-1"],
            env=os.environ | self.env,
            check=True,
            capture_output=True,
            text=True,
        )
        return json.loads(printed.stdout)["status"]["token"]


class DirectPeer:
    """The API server itself."""

    name = "direct"

    def __init__(self, cluster, token):
        self.cluster = cluster
        self.headers = [f"Authorization: Bearer {token}"]
        self.port = cluster.port

    def url(self, path):
        return f"https://127.0.0.1:{self.port}{path}"

    def pids(self):
        return []


class KubectlProxy:
    name = "kubectl proxy"

    def __init__(self, world, cluster):
        self.port = stacks.free_port()
        argv = [cluster.kubectl, "--kubeconfig", cluster.kubeconfig, "proxy", f"--port={self.port}"]
        self.child = world.start("kubectl-proxy", argv)
        wait_for_port(self.port)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def pids(self):
        return family(self.child.pid)


class SeedPeer:
    """The seeds' own stack. Its answers are smaller than the object: it gives name and data only."""

    def __init__(self, world, environment, cluster, kind):
        self.name = self.kind = kind
        self.port = stacks.free_port()
        python = Path(
            subprocess.run(
                [ROOT / "dev/venv.sh", "python-bench", ROOT / "tests/bench/peers/requirements.txt"],
                check=True,
                capture_output=True,
                text=True,
            ).stdout.strip()
        )
        serve = {
            "flask": ["gunicorn", "-w", "2", "-k", "gthread", "--threads", "16", "-b", f"127.0.0.1:{self.port}"]
            + ["flask_app:app"],
            "fastapi": ["uvicorn", "fastapi_app:app", "--host", "127.0.0.1", "--port", str(self.port)]
            + ["--log-level", "warning", "--no-access-log"],
        }[kind]
        env = os.environ | environment | {"BENCH_CLUSTER": cluster, "PYTHONDONTWRITEBYTECODE": "1"}
        argv = [python / "bin" / serve[0], *serve[1:]]
        self.child = world.start(kind, argv, env=env, cwd=ROOT / "tests/bench/peers")
        self.mode = "warm"
        self._wait()

    def _wait(self):
        """Longer than for a port: gunicorn listens before it can answer."""
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/ready")
                if connection.getresponse().status == 200:
                    return
            if time.monotonic() > until:
                raise TimeoutError(f"{self.name} does not answer: " + " ".join(self.child.last_lines()))
            time.sleep(0.02)

    def url(self, path):
        namespace, name = path.split("/")[4::2]
        return f"http://127.0.0.1:{self.port}/{self.mode}/{namespace}/{name}"

    def pids(self):
        return family(self.child.pid)


class BoardPeer:
    """What the backend of the third seed's original does for a raw list (tests/conformance/programs/board)."""

    name = "kore-board's way"

    def __init__(self, world, upstream):
        self.port = stacks.free_port()
        authority = base64.b64encode(world.authority.pem).decode()
        cluster = {"server": upstream.endpoint, "certificate-authority-data": authority}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "board",
            "clusters": [{"name": "board", "cluster": cluster}],
            "users": [{"name": "board", "user": {"token": "t"}}],
            "contexts": [{"name": "board", "context": {"cluster": "board", "user": "board"}}],
        }
        kubeconfig = world.path / "board.kubeconfig"
        kubeconfig.write_text(json.dumps(config))
        program = go_program("board", ROOT / "tests/conformance/programs", "./board")
        argv = [program, "-kubeconfig", kubeconfig, "-address", f"127.0.0.1:{self.port}"]
        self.child = world.start("board", argv)
        wait_for_port(self.port)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}/raw/clusters/board{path}"

    def pids(self):
        return family(self.child.pid)


def go_program(name, module, package):
    """Built from pinned modules by the sandbox's builder, in its cache."""
    os.environ.setdefault("RUN_DIR", str(ROOT / "build/bench/programs"))
    sys.path.insert(0, str(ROOT / "sandbox"))
    from control import build, process, progress

    program = build.Program(name, str(module), package, 15)
    shown = progress.Progress()

    async def have():
        processes = process.Processes(shown)
        try:
            await build.Builder(processes, shown, [program]).all()
        finally:
            await processes.stop()

    if not program.path.exists():
        asyncio.run(have())
    return program.path
