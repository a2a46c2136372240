"""Runs as another user of the machine (EKSGATE_PROVISION_USER), where eksgate agent is root."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, start_local

USER, OTHER = "daemon", "nobody"  # who are on every Debian


def link(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@pytest.fixture(scope="session")
def apart(launcher, session_directory, sandbox, toolchain):
    """The programs where everybody may read them: what is built may lie below somebody's home."""
    if os.geteuid():
        pytest.skip("only root can become somebody else")
    session_directory.chmod(0o711)
    programs = session_directory / "programs"
    mirror = Path(toolchain["TF_CLI_CONFIG_FILE"]).parent
    shutil.copytree(mirror, programs / "mirror", symlinks=True, copy_function=link)
    shutil.copytree(ROOT / "provision", programs / "module")
    binary = os.environ.get("EKSGATE_BINARY") or ROOT / "build" / "dev" / "eksgate"
    shutil.copy(binary, programs / "eksgate")
    shutil.copy(toolchain["EKSGATE_TERRAFORM"], programs / "terraform")
    text = Path(toolchain["TF_CLI_CONFIG_FILE"]).read_text().replace(str(mirror), str(programs / "mirror"))
    (programs / "terraformrc").write_text(text)
    subprocess.run(["chmod", "-R", "a+rX", programs], check=True)
    directory = session_directory / "apart"
    provisioner = start_local(
        launcher, directory, sandbox, toolchain, {"binary": programs / "eksgate"},
        EKSGATE_PROVISION_USER=USER, EKSGATE_PROVISION_MODULE=str(programs / "module"),
        EKSGATE_TERRAFORM=str(programs / "terraform"), TF_CLI_CONFIG_FILE=str(programs / "terraformrc"),
        EKSGATE_PROVISION_DIR=str(session_directory / "clusters"),
    )  # fmt: skip
    yield provisioner
    launcher.stop(provisioner.gateway)


def may_read(user, path):
    """Whether that user can; nothing of root's groups stays with him."""
    account = pwd.getpwnam(user)
    become = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return subprocess.run([*become, "cat", path], capture_output=True).returncode == 0


def test_terraform_runs_as_the_user_and_nobody_else_reads_what_it_knows(apart, sandbox, name):
    account = pwd.getpwnam(USER)
    run = apart.order(name)["run"]
    apart.wait_step(name, run, "apply")
    process = Path("/proc") / (apart.folder / name / "logs" / run / "alive").read_text().strip()
    os.kill(int(process.name), 0)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    assert status["Uid"].split() == [str(account.pw_uid)] * 4 and status["Gid"].split() == [str(account.pw_gid)] * 4
    assert status["Groups"].split() == [str(account.pw_gid)]
    known = dict(item.split("=", 1) for item in (process / "environ").read_text().split("\0") if item)
    assert known["HOME"] == account.pw_dir
    # The secret is in the environment of the run alone, which is the user's; nothing of the gateway's own is there.
    secret = sandbox.env["AWS_SECRET_ACCESS_KEY"]
    assert known["AWS_SECRET_ACCESS_KEY"] == secret
    assert not {item for item in known if item.startswith("EKSGATE_") and ("SEAL" in item or "REDIS" in item)}
    assert may_read(USER, process / "environ") and not may_read(OTHER, process / "environ")
    apart.wait_end(name, run)

    files = [path for path in (apart.folder / name).rglob("*") if not path.is_symlink()]
    held = apart.folder / name / "logs" / run / "alive"
    assert {path.stat().st_uid for path in files if path != held} == {account.pw_uid}
    assert (held.stat().st_uid, held.stat().st_mode & 0o777) == (0, 0o600)
    assert [path for path in [apart.folder / name, *files] if path.stat().st_mode & 0o077] == []
    state = apart.folder / name / "state" / "terraform.tfstate"
    assert may_read(USER, state) and not may_read(OTHER, state)
    assert [path for path in files if path.is_file() and secret.encode() in path.read_bytes()] == []
    assert secret not in apart.log(name, run) and secret not in apart.agent_log
    apart.destroy(name)
    apart.clean_up(name)
    assert not (apart.folder / name).exists()
