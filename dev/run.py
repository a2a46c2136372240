"""make run: eksgate in the foreground, with the sandbox beside it when there is no cluster to talk to.

Reads PORT (8080; 0 takes a free one), TLS (1: also https on TLS_PORT, 8443), TLS_CERT and TLS_KEY, EKSGATE_TLS_LISTEN
(another address for it), RUN_DIR (./run), SANDBOX (1 or 0; by default 1 when neither AWS credentials nor a
kubeconfig are in the environment) and EKSGATE_BINARY; all of them, and eksgate's own variables, also from the file
EKSGATE_ENV_FILE (.env, where there is one). Ctrl-C or SIGTERM stops everything it started.
"""

import contextlib
import fcntl
import http.client
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import stack as stacks
from stack import ROOT, RunDirectory, Stack, StackError

SANDBOX_CONNECTION = {"cluster_name": "demo", "region": "us-east-1", "auth": {"type": "default"}, "replace": True}
SANDBOX_ID = "us-east-1_demo"


class Stop(Exception):
    """Somebody asked for the end."""


class Signals:
    """Turns signals into a Stop where the program waits, and nowhere else: a step is done or not begun."""

    def __init__(self):
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)

    def _note(self, *_):
        self.asked = True

    def check(self):
        if self.asked:
            raise Stop

    def wait(self, seconds):
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, 0.05))
        self.check()


class Terminal:
    """Ready lines and errors are lines; progress is one line that changes, or a line a step when nobody watches."""

    def __init__(self):
        self.watched = sys.stderr.isatty()
        self.drawn = False
        self.step = None

    def line(self, text, file=sys.stdout):
        self._clear()
        with contextlib.suppress(BrokenPipeError):
            print(text, file=file, flush=True)

    def error(self, text):
        self.line(f"error: {text}", sys.stderr)

    def progress(self, state):
        elapsed = state.get("elapsed_seconds", 0)
        text = f"sandbox: {state.get('percent', 0):3d} %  {state.get('message', '')}  ({elapsed} s)"
        if self.watched:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
            self.drawn = True
        elif state.get("message") != self.step:
            self.step = state.get("message")
            print(text, file=sys.stderr, flush=True)

    def _clear(self):
        if self.drawn:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
            self.drawn = False


def sandbox_environment(run_directory):
    """What `sandbox/env` prints for the sandbox that runs there, as a dict; None while there is none."""
    printed = subprocess.run(
        [str(ROOT / "sandbox" / "env")],
        env=os.environ | {"RUN_DIR": str(run_directory)},
        capture_output=True,
        text=True,
    )
    exports = [shlex.split(line)[1] for line in printed.stdout.splitlines()]
    return dict(export.split("=", 1) for export in exports) or None


class Sandbox:
    """The sandbox as a child: it tells where its AWS will be at once, and how far it is while it builds and starts."""

    def __init__(self, run, **env):
        self.directory = run.path / "sandbox"
        self.run = run
        for name in ("state.json", "progress.json"):  # of an earlier run
            (self.directory / name).unlink(missing_ok=True)
        self.child = run.start(
            "sandbox",
            [str(ROOT / "sandbox" / "up")],
            env=os.environ | {"RUN_DIR": str(run.path)} | env,
            cwd=ROOT,
            grace=4.5,
        )

    def environment(self):
        """Addresses and keys for `eksgate serve`; None until this start of the sandbox has chosen them."""
        state = self._read("state.json")
        return sandbox_environment(self.run.path) if state and state.get("pid") == self.child.pid else None

    def progress(self):
        return self._read("progress.json") or {}

    def _read(self, name):
        try:
            return json.loads((self.directory / name).read_text())
        except (OSError, ValueError):
            return None


def wants_sandbox(env):
    if env.get("SANDBOX"):
        if env["SANDBOX"] not in ("0", "1"):
            raise StackError(f"SANDBOX is 1 or 0, not {env['SANDBOX']!r}")
        return env["SANDBOX"] == "1"
    names = ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "KUBECONFIG")
    return not any(v and (k in names or k.startswith("AWS_CONTAINER_")) for k, v in env.items())


def wanted_port(env, name, default):
    text = env.get(name) or default
    if not text.isdigit() or int(text) > 65535:
        raise StackError(f"{name} is a number from 1 to 65535, or 0 for any free port, not {text!r}")
    return int(text)


def wanted_processes(env):
    """How many serve processes; None: one for each core."""
    text = env.get("EKSGATE_PROCESSES") or "0"
    if not text.isdigit() or int(text) > 64:
        raise StackError(f"EKSGATE_PROCESSES is a number from 0 to 64, not {text!r}")
    return int(text) or None


def wanted_tls(env):
    """(where to listen with TLS, certificate and key), each None when not wanted."""
    wanted = env.get("TLS") or "0"
    if wanted not in ("0", "1"):
        raise StackError(f"TLS is 1 or 0, not {wanted!r}")
    listen = env.get("EKSGATE_TLS_LISTEN")
    if wanted == "1" and not listen:
        listen = f"127.0.0.1:{wanted_port(env, 'TLS_PORT', '8443')}"
    files = (env.get("TLS_CERT"), env.get("TLS_KEY"))
    if any(files) and not (all(files) and listen):
        raise StackError("TLS_CERT and TLS_KEY go together, and with TLS=1")
    return listen, files if all(files) else None


def with_file(env):
    """The environment, and what the file of settings adds to it; eksgate itself reads the file too, and judges it."""
    name = env.get("EKSGATE_ENV_FILE") or (".env" if os.path.exists(".env") else None)
    if not name:
        return env
    settings = {"EKSGATE_ENV_FILE": os.path.abspath(name)}
    try:
        with open(name) as file:
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        raise StackError(f"EKSGATE_ENV_FILE: {error}") from None
    for line in lines:
        key, _, value = line.partition("=")
        value = value.strip()
        if value and not line.startswith("#"):
            settings[key] = value[1:-1] if value[0] in "\"'" else value
    return settings | {key: value for key, value in env.items() if value or key not in settings}


def post(stack, path, body, key):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    connection = http.client.HTTPConnection(stack.host, stack.port, timeout=60)
    try:
        connection.request("POST", path, json.dumps(body), headers)
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


def connect(stack):
    """Connect to the sandbox's first cluster as anyone would. Returns what is in the way, or None."""
    key = stack.key("create", "--role", "admin", "--name", "make run", "--expires", "10m") if stack.asks_keys else None
    try:
        status, answer = post(stack, "/api/clusters/connect", SANDBOX_CONNECTION, key)
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error)
    finally:
        if key:
            stack.key("revoke", key.split("_")[1])
    return None if status in (200, 201) else answer.get("message", f"status {status}")


def tell_how_to_get_in(stack, terminal):
    if stack.tls_listen and stack.tls_ca:
        terminal.line(f"its certificate is signed by: {stack.tls_ca}", sys.stderr)
    if stack.asks_keys:
        command = f"EKSGATE_REDIS=unix:{stack.redis_socket} {stack.binary} key create --role admin"
        terminal.line(f"callers need an API key; the first one: {command}", sys.stderr)


def set_provisioner(stack, with_sandbox):
    """Clusters are made by child processes of the agent where terraform is. The sandbox brings one: it may be missing,
    and its registry out of reach."""
    if with_sandbox:
        stack.env.setdefault("EKSGATE_TERRAFORM", str(ROOT / "dev" / "terraform.sh"))
    if shutil.which(stack.env.get("EKSGATE_TERRAFORM") or "terraform"):
        stack.env.setdefault("EKSGATE_PROVISION_RUNNER", "local")


def provision_runs(folder):
    """Process ids of the runs of terraform that go on: each holds its file."""
    for file in Path(folder).glob("*/logs/*/alive"):
        with contextlib.suppress(OSError, ValueError), open(file) as held:
            try:
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                yield int(held.read())


def end_provision_runs(stack, terminal):
    """They outlive the agent, which may be started again; but not `make run`. Terraform saves its state first."""
    running = list(provision_runs(stack.provision_dir))
    if not running:
        return
    terminal.line(f"{len(running)} run(s) of terraform are told to stop, and save their state", sys.stderr)
    for pid in running:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 120
    while list(provision_runs(stack.provision_dir)) and time.monotonic() < deadline:
        time.sleep(0.1)


def supervise(stack, sandbox, signals, terminal):
    connected = False
    announced = False
    refused_since = None
    while True:
        stack.check_children()
        if sandbox and not announced:
            state = sandbox.progress()
            if state.get("error"):
                raise StackError(
                    f"the sandbox failed: {state['error']} (log: {sandbox.child.log}); without it: make run SANDBOX=0"
                )
            # The first cluster may be usable well before the last part is built.
            if not connected and (state.get("usable") or state.get("ready")):
                refusal = connect(stack)
                connected = refusal is None
                refused_since = None if connected else refused_since or time.monotonic()
                if refused_since and state.get("ready") and time.monotonic() - refused_since > 60:
                    raise StackError(f"the sandbox is up, but connecting to its cluster fails: {refusal}")
            if connected and state.get("ready"):
                terminal.line(f"sandbox ready: {SANDBOX_ID}")
                announced = True
            elif state:
                terminal.progress(state)
        signals.wait(0.2)


def run(signals, terminal):
    env = with_file(dict(os.environ))
    with_sandbox = wants_sandbox(env)
    run_directory = RunDirectory(env.get("RUN_DIR") or ROOT / "run")
    tls_listen, tls_files = wanted_tls(env)
    stack = Stack(
        run_directory,
        port=wanted_port(env, "PORT", "8080"),
        tls_listen=tls_listen,
        tls_files=tls_files,
        binary=env.get("EKSGATE_BINARY") or ROOT / "build/eksgate",
        hosts=env.get("EKSGATE_HOSTS") or "localhost,127.0.0.1,[::1]",
        processes=wanted_processes(env),
        threads=env.get("EKSGATE_THREADS") or 32,
        env=env,
    )
    try:
        stack.prepare()
        sandbox = Sandbox(run_directory, METRICS="1") if with_sandbox else None
        stack.start_redis()
        if sandbox:
            deadline = time.monotonic() + 170
            while (sandbox_env := sandbox.environment()) is None:
                stack.check_children()
                if time.monotonic() > deadline:
                    raise StackError(f"the sandbox does not say where it will be; see {sandbox.child.log}")
                if state := sandbox.progress():
                    terminal.progress(state)
                signals.wait(0.02)
            stack.env |= sandbox_env
            stack.env["EKSGATE_SANDBOX_PROGRESS"] = str(sandbox.directory / "progress.json")
        set_provisioner(stack, with_sandbox)
        stack.start_serve()
        stack.start_tunnel()
        stack.agent = stack.start_agent()
        stack.start_nginx()
        stack.wait_ready(while_waiting=signals.check)
        terminal.line(f"eksgate ready: {stack.url}")
        tell_how_to_get_in(stack, terminal)
        supervise(stack, sandbox, signals, terminal)
    finally:
        end_provision_runs(stack, terminal)
        stack.stop()


def main():
    # When make itself is killed, so is this: nobody would be left to stop it.
    if os.environ.get("MAKELEVEL"):
        stacks.die_with_parent()
    terminal = Terminal()
    signals = Signals()
    try:
        run(signals, terminal)
    except Stop:
        terminal.line("eksgate stopped")
        return 0
    except StackError as error:
        terminal.error(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
