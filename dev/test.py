"""make test: every test through ctest, with one sandbox that all suites share.

The sandbox starts at once and is built, where it has to be, while the unit tests run; suites that need it wait for it
(SANDBOX_RUN_DIR names its run directory). Terraform's provider is built beside it and yields to all else. A suite that
has many cases of its own, such as pytest, leaves a JUnit file EKSGATE_RESULTS/<name of the ctest test>.xml and is counted
by its cases; other test programs count as one.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

from run import Sandbox, Terminal
from stack import ROOT, RunDirectory, StackError, die_with_parent

RESULTS = ROOT / "build" / "results"
WORLD = ROOT / "build" / "test-run"


def cases(file):
    """The test cases of a JUnit file: name, whether it was skipped, the reason."""
    # Some reporters copy a terminal's colours into the file, which XML does not allow.
    text = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", file.read_text(errors="replace"))
    for case in ElementTree.fromstring(text).iter("testcase"):
        skip = case.find("skipped")
        reason = None
        if skip is not None or case.get("status") in ("notrun", "disabled"):
            reason = (skip.get("message") or skip.text or "") if skip is not None else case.get("status")
            # ctest only says that the skip code was returned; the program's last line says why.
            output = (case.findtext("system-out") or "").strip()
            if "SKIP_" in reason and output:
                reason = output.splitlines()[-1]
        yield case.get("name"), reason


def summary():
    run, skipped = 0, []
    for name, reason in cases(RESULTS / "ctest.xml"):
        own = RESULTS / f"{name}.xml"
        inner = list(cases(own)) if own.exists() else [(name, reason)]
        for inner_name, inner_reason in inner:
            if inner_reason is None:
                run += 1
            else:
                label = name if inner_name == name else f"{name}: {inner_name}"
                skipped.append(f"SKIPPED {label}: {' '.join(inner_reason.split())}")
    return run, skipped


def build_terraform():
    """Those who need it ask for it as well, and then wait for this one, or say why there is none."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "dev/terraform.py")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )


def run_ctest(env, sandbox, terminal):
    command = [
        "ctest",
        "--test-dir",
        str(ROOT / "build/dev"),
        "--output-on-failure",
        "--no-tests=error",
        "--output-junit",
        str(RESULTS / "ctest.xml"),
        "-j",
        str(len(os.sched_getaffinity(0)) + 1),  # what lasts longest waits most of the time
    ]
    if os.environ.get("TESTS"):
        command += ["-R", os.environ["TESTS"]]
    ctest = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent)
    ready = False
    try:
        while ctest.poll() is None:
            if sandbox and not ready:
                state = sandbox.progress()
                if state and not state.get("error"):
                    terminal.progress(state)
                ready = bool(state.get("ready"))
            time.sleep(0.2)
    finally:
        ctest.terminate()
        ctest.wait()
    return ctest.returncode


def main():
    if os.environ.get("MAKELEVEL"):
        die_with_parent()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    shutil.rmtree(RESULTS, ignore_errors=True)
    RESULTS.mkdir(parents=True)
    terminal = Terminal()
    terminal.watched = False
    # Within the build folder: its logs can still be read when the tests are over.
    shutil.rmtree(WORLD, ignore_errors=True)
    run_directory = RunDirectory(WORLD)
    run_directory.open()
    env = os.environ | {"EKSGATE_RESULTS": str(RESULTS)}
    sandbox = None
    terraform = build_terraform()
    try:
        if not env.get("SANDBOX_RUN_DIR"):
            sandbox = Sandbox(run_directory)
            env["SANDBOX_RUN_DIR"] = str(WORLD)
        code = run_ctest(env, sandbox, terminal)
    finally:
        terraform.terminate()
        terraform.wait()
        if sandbox:
            if sandbox.child.exited() or sandbox.progress().get("error"):
                print("the sandbox failed; its last lines:", *sandbox.child.last_lines(40), sep="\n", file=sys.stderr)
            sandbox.child.stop()
        run_directory.close()
    run, skipped = summary()
    print(*skipped, sep="\n")
    print(f"{run} run, {len(skipped)} skipped")
    return code


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StackError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
