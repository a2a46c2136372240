"""Rows 30 to 34 and 63 to 72: containers that truly run. What is typed at a terminal is a function, the rest commands."""

import signal
import subprocess
import time

from rows import Row
from terminal import Terminal
from wire import ask, eventually

BOX = """kubectl apply -f box.yaml
        kubectl wait --for=condition=Ready pod/box --timeout=60s"""
FORWARD = ": >forward; kubectl port-forward pod/box :8000 >forward 2>&1 & until grep -q Forwarding forward; do sleep 0.1; done; " \
    "port=$(sed -n 's/.*127.0.0.1:\\([0-9]*\\) .*/\\1/p' forward)"  # fmt: skip
SPDY_EXEC = {"KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "false"}
SPDY_FORWARD = {"KUBECTL_PORT_FORWARD_WEBSOCKETS": "false"}
RUN = "kubectl run one --image=registry.example/busybox:1.35 --restart=Never --overrides=\"$(cat on-real-node.json)\""


def start_box(side, row, scratch):
    for command in ("kubectl apply -f box.yaml", "kubectl wait --for=condition=Ready pod/box --timeout=60s"):
        step = side.run(row, scratch, command)
        assert step.status == 0, step.stderr


def at_terminal(side, row, scratch, command):
    return Terminal(["bash", "-c", command], side.env(row, scratch), scratch)


def resize(side, row, scratch, world):
    """Lines that a shell answers begin with "=", so that the echo of what was typed is not taken for them."""
    start_box(side, row, scratch)
    terminal = at_terminal(side, row, scratch, "kubectl exec -it box -c main -- sh")
    for rows, columns in ((24, 80), (40, 100)):
        terminal.resize(rows, columns)
        # The shell may read this before its terminal has a size.
        terminal.type(f"until stty size|grep -q '{rows} {columns}';do sleep .1;done;echo =$(stty size)\n")
        terminal.until(f"\n={rows} {columns}")
    terminal.type("exit 3\n")
    status = terminal.end()
    return f"{terminal.lines('=')} status {status}"


def attach(side, row, scratch, world):
    start_box(side, row, scratch)
    terminal = at_terminal(side, row, scratch, "kubectl attach -it box -c main")
    time.sleep(1)
    terminal.type("\necho =$((6 * 7))\n")
    terminal.until("\n=42")
    terminal.type("exit\n")
    return f"{terminal.lines('=')} status {terminal.end()}"


def debug(side, row, scratch, world):
    start_box(side, row, scratch)
    terminal = at_terminal(side, row, scratch,
                           "kubectl debug -it box --image=registry.example/busybox:1.35 --target=web -c bug -- sh")  # fmt: skip
    time.sleep(2)
    terminal.type("\necho =$(tr '\\0' ' ' </proc/1/cmdline)\n")
    terminal.until("\n=httpd")
    terminal.type("exit\n")
    return f"{terminal.lines('=')} status {terminal.end()}"


def run_and_remove(side, row, scratch, world):
    terminal = at_terminal(side, row, scratch, f"{RUN} --rm -it -- sh")
    terminal.until("#")
    terminal.type("echo =$((6 * 7)); exit 5\n")
    terminal.until("\n=42")
    return f"{terminal.lines('=')} status {terminal.end()} {terminal.lines('pod ')}"


def followers(world):
    """How many logs the API server is sending."""
    lines = ask(world.direct, "GET", "/metrics").body.decode().splitlines()
    return sum(
        int(float(line.rsplit(" ", 1)[1]))
        for line in lines
        if line.startswith("apiserver_longrunning_requests{") and 'subresource="log"' in line
    )


def interrupt(side, row, scratch, world):
    """Ctrl-C at a log that is silent, and how soon the API server knows of it."""
    start_box(side, row, scratch)
    before = followers(world)
    process = subprocess.Popen(["kubectl", "logs", "-f", "box", "-c", "web"], cwd=scratch, env=side.env(row, scratch),
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip
    assert process.stdout.readline() == b"serving\n"
    eventually(lambda: followers(world) > before, 5, "the API server counts the log")
    process.send_signal(signal.SIGINT)
    process.communicate()
    eventually(lambda: followers(world) <= before, 2, "the API server knows that nobody reads the log")
    return f"status {process.returncode}, and the API server knows it within 2 s"


NODE = ("node",)
PODS = {"own": True}

ROWS = [
    Row(30, "logs of a container that runs", f"""
        {BOX}
        kubectl logs box -c main
        """, says=("started",), part="b", needs=NODE, **PODS),
    Row(31, "logs -f, until the pod ends", """
        kubectl apply -f counter.yaml
        kubectl wait --for=jsonpath='{.status.containerStatuses[0].started}'=true pod/counter --timeout=30s
        kubectl logs -f counter --since=1m
        """, says=("line 6\n", "done\n"), needs=NODE, **PODS),
    Row(32, "ctrl-C at a silent log", interrupt, needs=NODE, alone=True, **PODS),
    Row(33, "logs of a container before that there was not", f"""
        {BOX}
        [1] kubectl logs box -c web --previous
        """, says=("previous terminated container",), part="b", needs=NODE, **PODS),
    # Which container comes first is up to the moment.
    Row(34, "logs of all containers of a label", f"""
        {BOX}
        kubectl logs -l app=box --all-containers --prefix --tail=5 | sort
        """, says=("[pod/box/main]", "[pod/box/web]"), part="b", needs=NODE, **PODS),
    Row(63, "exec: stdout, stderr, status", f"""
        {BOX}
        [7] kubectl exec box -c web -- sh -c 'echo out; echo err >&2; exit 7'
        """, says=("out\n", "err\n"), needs=NODE, **PODS),
    Row(64, "exec with 10 MiB of input", f"""
        {BOX}
        head -c 10485760 /dev/urandom >input
        test "$(kubectl exec -i box -c web -- sha256sum <input)" = "$(sha256sum <input)"
        """, needs=NODE, **PODS),
    Row(65, "exec at a terminal that changes its size", resize, needs=NODE, **PODS),
    Row(66, "attach at a terminal", attach, needs=NODE, **PODS),
    Row(67, "cp, 5 MiB there and back", f"""
        {BOX}
        head -c 5242880 /dev/urandom >there
        kubectl cp there box:/tmp/there -c web
        kubectl cp box:/tmp/there back -c web
        cmp there back
        """, needs=NODE, **PODS),
    Row(68, "port-forward: 20 at once, and 10 MiB", f"""
        {BOX}
        {FORWARD}; asked=; for i in $(seq 20); do curl -sS -m 45 127.0.0.1:$port/small & asked="$asked $!"; done; wait $asked
        {FORWARD}; curl -sS -m 45 127.0.0.1:$port/large | sha256sum
        """, says=("hello\n" * 20,), needs=NODE, **PODS),
    Row(69, "exec over SPDY", f"""
        {BOX}
        [7] kubectl exec box -c web -- sh -c 'echo out; echo err >&2; exit 7'
        head -c 1048576 /dev/urandom >input
        test "$(kubectl exec -i box -c web -- sha256sum <input)" = "$(sha256sum <input)"
        """, says=("out\n", "err\n"), needs=NODE, env=SPDY_EXEC, **PODS),
    Row(70, "port-forward over SPDY", f"""
        {BOX}
        {FORWARD}; curl -sS -m 45 127.0.0.1:$port/large | sha256sum
        """, needs=NODE, env=SPDY_FORWARD, **PODS),
    Row(71, "debug: a container beside the others", debug, needs=NODE, **PODS),
    Row(72, "run --rm -it", run_and_remove, needs=NODE, **PODS),
]  # fmt: skip
