"""`eksgate check`, and what `eksgate serve` refuses to start with: unsafe configurations end here."""

import os
import re
import subprocess

import pytest

from conftest import BINARY, ROOT, base_environment

NGINX = """
http {{
    upstream handlers {{ server unix:/tmp/none.sock; keepalive 8; }}
    server {{ listen {listen}; }}
}}
"""


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key"
    path.write_bytes(os.urandom(32))
    path.chmod(0o600)
    return path


@pytest.fixture
def run(tmp_path, key_file):
    def run(command, *arguments, **env):
        given = {
            "EKSGATE_AUTH": "off",
            "EKSGATE_SECRET_KEY_FILE": str(key_file),
            "EKSGATE_SOCKET_DIR": str(tmp_path),
            "EKSGATE_PROCESSES": "1",
        } | env
        return subprocess.run(
            [BINARY, command, *arguments],
            env=base_environment(tmp_path) | given,
            timeout=30,
            capture_output=True,
            text=True,
        )

    return run


def nginx(tmp_path, listen="127.0.0.1:8080"):
    path = tmp_path / "nginx.conf"
    path.write_text(NGINX.format(listen=listen))
    return str(path)


def test_the_configuration_of_make_run_has_no_findings(bare):
    done = subprocess.run(
        [BINARY, "check", "--nginx", str(bare.stack.nginx_conf)],
        env=bare.stack.serve_env(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "auth, listen, refused",
    [
        ("off", "0.0.0.0:80", True),
        ("off", "0.0.0.0:443 ssl", True),
        ("keys", "0.0.0.0:80", True),
        ("keys", "0.0.0.0:443 ssl", False),
        ("keys", "127.0.0.1:80", False),
    ],
)
def test_beyond_loopback_nginx_must_speak_tls_and_keys_must_be_on(run, tmp_path, auth, listen, refused):
    done = run("check", "--nginx", nginx(tmp_path, listen=listen), EKSGATE_AUTH=auth)
    assert done.returncode == (1 if refused else 0) and ("loopback" in done.stderr) is refused


@pytest.mark.parametrize(
    "variable, value",
    [
        ("EKSGATE_THREADS", "1"),
        ("EKSGATE_THREADS", "many"),
        ("EKSGATE_PROCESSES", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("EKSGATE_LISTEN", "0.0.0.0:8080"),
        ("EKSGATE_LISTEN", "127.evil.example:80"),
        ("EKSGATE_AUTH", "on"),
        ("EKSGATE_AUTH", "Off"),
        ("EKSGATE_SECRET_KEY_FILE", "/nonexistent"),
        ("EKSGATE_SECRET_KEY_FILE", ""),
        ("EKS_REGION", "us-east-1"),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_a_wrong_setting_is_named_and_nothing_starts(run, tmp_path, command, variable, value):
    done = run(command, **{variable: value})
    assert done.returncode == 1
    assert variable.replace("EKS_REGION", "EKS_CLUSTER_NAME") in done.stderr
    assert not list(tmp_path.glob("serve-*.sock"))


def test_all_findings_are_told_at_once(run):
    done = run("check", LOG_LEVEL="LOUD", EKSGATE_THREADS="0")
    assert "LOG_LEVEL" in done.stderr and "EKSGATE_THREADS" in done.stderr


def test_without_authentication_tls_stays_on_loopback_too(run):
    for command in "check", "serve":
        done = run(command, EKSGATE_TLS_LISTEN="0.0.0.0:8443")
        assert done.returncode == 1 and "EKSGATE_AUTH" in done.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_file_that_others_can_read_is_refused(run, key_file, mode):
    key_file.chmod(mode)
    done = run("serve")
    assert done.returncode == 1 and "0600" in done.stderr


def test_a_key_file_of_another_size_is_refused(run, key_file):
    key_file.write_bytes(b"short")
    assert run("check").returncode == 1


def test_check_lists_every_variable_and_where_its_value_is_from(run, tmp_path):
    file = tmp_path / "env"
    file.write_text("EKSGATE_HOSTS=gate.example\nLOG_LEVEL=ERROR\nAWS_SECRET_ACCESS_KEY=hush-of-the-file\n")
    file.chmod(0o600)
    done = run("check", LOG_LEVEL="DEBUG", EKSGATE_ENV_FILE=str(file), AWS_SESSION_TOKEN="hush-of-the-environment")
    assert done.returncode == 0, done.stderr
    lines = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines() if " (" in line}
    assert lines["LOG_LEVEL"] == ["DEBUG", "(environment)"]
    assert lines["EKSGATE_HOSTS"] == ["gate.example", "(file)"]
    assert lines["EKSGATE_THREADS"] == ["32", "(default)"]
    assert lines["AWS_SECRET_ACCESS_KEY"] == ["(set,", "not", "shown)", "(file)"]
    assert lines["AWS_SESSION_TOKEN"] == ["(set,", "not", "shown)", "(environment)"]
    assert "hush" not in done.stdout + done.stderr
    example = (ROOT / ".env.example").read_text()
    assert set(lines) == set(re.findall(r"^#(\w+)=", example, re.M))


def test_every_setting_of_the_example_is_accepted_as_it_stands(run, tmp_path):
    """Who removes every # has the defaults, and nothing else."""
    file = tmp_path / "env"
    file.write_text(re.sub(r"^#(\w+=)", r"\1", (ROOT / ".env.example").read_text(), flags=re.M))
    file.chmod(0o600)
    done = run("check", EKSGATE_ENV_FILE=str(file))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["check", "serve", "key"])
def test_a_wrong_line_of_the_file_is_named_and_nothing_starts(run, tmp_path, command):
    file = tmp_path / "env"
    file.write_text("# settings\nEKSGATE_HOST=gate.example\n")
    done = run(command, EKSGATE_ENV_FILE=str(file))
    assert done.returncode == 1
    assert "EKSGATE_ENV_FILE: line 2: there is no variable EKSGATE_HOST" in done.stderr
    file.chmod(0o666)
    assert "chmod go-w" in run(command, EKSGATE_ENV_FILE=str(file)).stderr


def test_an_unknown_command_prints_the_known_ones(run):
    done = run("no-such-command")
    assert done.returncode == 2 and "serve" in done.stderr and "check" in done.stderr


def test_a_serve_process_leaves_no_core_file_and_ends_with_its_master(bare):
    for pid in bare.stack.serve.popen.pid, *children(bare.stack.serve.popen.pid):
        limits = open(f"/proc/{pid}/limits").read()
        assert re.search(r"Max core file size\s+0\s+0", limits)


def children(pid):
    return [int(p) for p in open(f"/proc/{pid}/task/{pid}/children").read().split()]
