"""One eksgate: redis, `eksgate serve`, `eksgate tunnel` and nginx as child processes in one directory.

dev/run.py starts one for a person, the tests start many side by side. Everything a stack writes lies in its directory,
every socket but nginx's is a unix socket, and nothing outlives the process that started it: each child is told by the
kernel when its parent is gone.
"""

import contextlib
import ctypes
import fcntl
import http.client
import ipaddress
import json
import os
import pwd
import grp
import resource
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import tls

ROOT = Path(__file__).resolve().parent.parent
LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

# A unix socket's path must fit into 108 bytes, the longest of ours is the directory plus "/serve-NN.sock".
SOCKET_DIRECTORY_MAX = 90


class StackError(Exception):
    """Something that the person at the terminal can act on; the text says how."""


class PortInUse(StackError):
    pass


def family(host):
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def free_port(host="127.0.0.1"):
    """One below those that the system gives to clients: such a one could be taken before it is listened on."""
    above = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = 10000 + secrets.randbelow(max(above, 20000) - 10000)
        with socket.socket(family(host)) as probe, contextlib.suppress(OSError):
            probe.bind((host, port))
            return port


def is_loopback(host):
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_port(host, port, variable="PORT"):
    with socket.socket(family(host)) as probe:
        # As nginx does: a port whose last connections are still in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise StackError(f"port {port} needs root; choose another with {variable}={port + 8000}") from None
        except OSError as error:
            raise PortInUse(
                f"port {port} on {host} is in use by another program; choose another with {variable}={port + 1}"
            ) from error


def die_with_parent(signal_number=signal.SIGTERM):
    LIBC.prctl(PR_SET_PDEATHSIG, signal_number)


def start_time(pid):
    """The kernel's start time of a process; with the pid it names one process for good. None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])


def session_members(session):
    members = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            fields = Path(entry.path, "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[3]) == session:
            members.append(int(entry.name))
    return members


def write_atomically(path, text, mode=0o600):
    temporary = path.with_name(path.name + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(temporary, path)


def rotate(log):
    """Each start begins a new log; the one before is kept."""
    with contextlib.suppress(FileNotFoundError):
        os.replace(log, log.with_name(log.name + ".1"))


class Child:
    """A child process in a session of its own, its output in a log file."""

    def __init__(self, name, argv, log, env=None, cwd=None, grace=4.0):
        self.name = name
        self.log = Path(log)
        self.grace = grace
        rotate(self.log)
        parent = os.getpid()

        def prepare():
            os.umask(0o077)
            die_with_parent()
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if os.getppid() != parent:
                os._exit(1)

        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            # A session of its own: a Ctrl-C at the terminal reaches the parent only, which stops things in order.
            self.popen = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                env=env,
                cwd=cwd,
                start_new_session=True,
                preexec_fn=prepare,
            )
        except OSError as error:
            raise StackError(f"{name} could not be started: {error}") from error
        finally:
            os.close(descriptor)
        self.pid = self.popen.pid
        self.started = start_time(self.pid)

    def exited(self):
        """True when the process ended. It is not reaped yet, so its process group can still be addressed safely."""
        return self.popen.returncode is not None or self._end() is not None

    def _end(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG)

    def terminate(self):
        if not self.exited():
            self.popen.send_signal(signal.SIGTERM)

    def finish(self, deadline):
        """Wait until the process is gone; what is left of its group at the deadline is killed."""
        if self.popen.returncode is not None:
            return
        while not self.exited() and time.monotonic() < deadline:
            time.sleep(0.005)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        self.terminate()
        self.finish(time.monotonic() + self.grace)

    def how_it_ended(self):
        end = self._end()
        if end.si_code == os.CLD_EXITED:
            return f"exit status {end.si_status}"
        return f"killed by {signal.Signals(end.si_status).name}"

    def last_lines(self, count=12):
        try:
            with open(self.log, "rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 16384))
                return file.read().decode(errors="replace").splitlines()[-count:]
        except OSError:
            return []


class RunDirectory:
    """The directory of one stack: its lock, logs, sockets, and the record of what runs."""

    def __init__(self, path):
        self.path = Path(path).absolute()
        if any(c in str(self.path) for c in '"\\$\n'):
            raise StackError(f"the run directory's path has characters that nginx cannot be given: {self.path}")
        self.lock = None
        self.children = []

    def open(self):
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.lock = open(self.path / "lock", "a+")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.lock.seek(0)
            holder = self.lock.read().strip() or "unknown"
            self.lock.close()
            self.lock = None
            raise StackError(
                f"eksgate already runs in {self.path} (process {holder}); stop it, or choose another directory"
                " and port: RUN_DIR=./run2 PORT=8081"
            ) from None
        self.lock.truncate(0)
        self.lock.write(f"{os.getpid()}\n")
        self.lock.flush()
        self._end_leftovers()
        for name in ("log", "tmp", "redis", "nginx"):
            (self.path / name).mkdir(mode=0o700, exist_ok=True)
        self.sockets = self._socket_directory()

    def close(self):
        if self.lock is None:
            return
        (self.path / "processes.json").unlink(missing_ok=True)
        self._remove_socket_directory()
        self.lock.close()
        self.lock = None

    def start(self, name, argv, **options):
        child = Child(name, argv, self.path / "log" / f"{name}.log", **options)
        self.children.append(child)
        record = [{"name": c.name, "pid": c.pid, "started": c.started} for c in self.children]
        write_atomically(self.path / "processes.json", json.dumps(record) + "\n")
        return child

    def _end_leftovers(self):
        """What an earlier, killed owner of this directory left running ends by itself within seconds; make sure."""
        try:
            record = json.loads((self.path / "processes.json").read_text())
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + 5
        for entry in record:
            pid, started = entry["pid"], entry["started"]
            # A session's number is not given out again while the session has members: if its leader is gone or is
            # still the same process, the members are ours.
            while start_time(pid) in (None, started) and session_members(pid):
                if time.monotonic() > deadline:
                    for member in session_members(pid):
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(member, signal.SIGKILL)
                time.sleep(0.02)

    def _socket_directory(self):
        self._remove_socket_directory()
        direct = self.path / "sock"
        if len(os.fsencode(direct)) <= SOCKET_DIRECTORY_MAX:
            direct.mkdir(mode=0o700)
            return direct
        # Too long for a socket: a short directory elsewhere, which the link remembers for the next start.
        short = tempfile.mkdtemp(prefix="eksgate-", dir="/tmp")
        direct.symlink_to(short)
        return Path(short)

    def _remove_socket_directory(self):
        direct = self.path / "sock"
        if direct.is_symlink():
            target = Path(os.readlink(direct))
            with contextlib.suppress(OSError):
                info = target.lstat()
                ours = stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid()
                if ours and target.parent == Path("/tmp") and target.name.startswith("eksgate-"):
                    shutil.rmtree(target)
            direct.unlink()
        elif direct.exists():
            shutil.rmtree(direct)


class Stack:
    """redis, serve, tunnel, agent and nginx. Start them, wait until they answer, stop them in an order that loses no request."""

    def __init__(
        self,
        run_directory,
        *,
        binary=ROOT / "build/eksgate",
        ui=ROOT / "html/dist",
        host="127.0.0.1",
        port=0,
        tls_listen=None,
        tls_files=None,
        hosts="localhost,127.0.0.1,[::1]",
        processes=None,
        threads=32,
        env=None,
        serve_argv=None,
        tunnel_argv=None,
        agent=False,
        access_log_buffer="buffer=4k flush=1s",
    ):
        self.run = run_directory if isinstance(run_directory, RunDirectory) else RunDirectory(run_directory)
        self.binary = Path(binary)
        self.ui = Path(ui)
        self.host = host
        self.port = port or free_port(host)
        self.hosts = hosts
        self.tls_listen = tls_listen
        self.tls_files = tls_files  # (certificate, its key), instead of one made here
        self.tls_ca = None
        self.processes = processes or len(os.sched_getaffinity(0))
        self.threads = threads
        self.env = dict(os.environ if env is None else env)
        self.serve_argv = serve_argv or [str(self.binary), "serve"]
        self.tunnel_argv = tunnel_argv or [str(self.binary), "tunnel"]
        self.with_agent = agent
        self.access_log_buffer = access_log_buffer
        self.redis = self.serve = self.tunnel = self.agent = self.nginx = None

    @property
    def url(self):
        return f"https://{self.tls_listen}" if self.tls_listen else f"http://{self.host}:{self.port}"

    @property
    def auth(self):
        """Nobody is asked on this machine; whoever can come from elsewhere is."""
        host = (self.tls_listen or self.host).rpartition(":")[0] or self.host
        return self.env.get("EKSGATE_AUTH") or ("off" if is_loopback(host) else "keys")

    @property
    def asks_keys(self):
        return self.auth == "keys"

    @property
    def redis_socket(self):
        return self.run.sockets / "redis.sock"

    @property
    def provision_dir(self):
        return Path(self.env.get("EKSGATE_PROVISION_DIR") or self.run.path / "provision")

    @property
    def nginx_conf(self):
        return self.run.path / "nginx" / "nginx.conf"

    def prepare(self):
        """Everything that can be refused is refused here, before anything runs."""
        if not os.access(self.binary, os.X_OK):
            raise StackError(f"{self.binary} is not built; run: make build")
        for program in ("redis-server", "nginx"):
            self._program(program)
        if self.run.lock is None:
            self.run.open()
        check_port(self.host, self.port)
        if self.tls_listen:
            self._prepare_tls()
        self.key_file = self._key_file()
        self._render_nginx()
        check = subprocess.run(
            [str(self.binary), "check", "--nginx", str(self.nginx_conf)],
            env=self.serve_env(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if check.returncode != 0:
            raise StackError(f"the configuration was refused:\n{check.stdout}{check.stderr}".rstrip())

    def start(self):
        self.prepare()
        self.start_redis()
        self.start_serve()
        self.start_tunnel()
        if self.with_agent:
            self.agent = self.start_agent()
        self.start_nginx()

    def start_redis(self):
        self.redis = self.run.start(
            "redis",
            [
                self._program("redis-server"),
                str(ROOT / "redis" / "redis.conf"),
                "--dir",
                str(self.run.path / "redis"),
                "--unixsocket",
                str(self.redis_socket),
            ],
        )
        # A handler that meets no redis waits a second before it asks again, so it is started after redis answers.
        deadline = time.monotonic() + 10
        while not self._redis_answers():
            self.check_children()
            if time.monotonic() > deadline:
                raise StackError(f"redis does not answer; see {self.redis.log}")
            time.sleep(0.005)

    def _redis_answers(self):
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.redis_socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def start_serve(self):
        for stale in self.run.sockets.glob("serve-*.sock"):
            stale.unlink()
        self.serve = self.run.start("serve", self.serve_argv, env=self.serve_env())

    def start_tunnel(self):
        (self.run.sockets / "tunnel.sock").unlink(missing_ok=True)
        self.tunnel = self.run.start("tunnel", self.tunnel_argv, env=self.serve_env())

    def start_agent(self, name="agent"):
        """There may be more than one."""
        return self.run.start(name, [str(self.binary), "agent"], env=self.serve_env())

    def start_nginx(self):
        rotate(self.run.path / "log" / "access.log")
        self.nginx = self.run.start("nginx", self.nginx_argv())

    def nginx_argv(self):
        return [self._program("nginx"), "-e", "stderr", "-p", str(self.run.path), "-c", str(self.nginx_conf)]

    def serve_env(self):
        return self.env | {
            "EKSGATE_SOCKET_DIR": str(self.run.sockets),
            "EKSGATE_PROCESSES": str(self.processes),
            "EKSGATE_THREADS": str(self.threads),
            "EKSGATE_REDIS": f"unix:{self.redis_socket}",
            "EKSGATE_SECRET_KEY_FILE": str(self.key_file),
            "EKSGATE_AUTH": self.auth,
            "EKSGATE_LISTEN": f"{self.host}:{self.port}",
            "EKSGATE_TLS_LISTEN": self.tls_listen or "",
            "EKSGATE_TLS_CA_FILE": str(self.tls_ca or ""),
            "EKSGATE_HOSTS": self.hosts,
            "EKSGATE_PROVISION_DIR": str(self.provision_dir),
            "EKSGATE_PROVISION_MODULE": self.env.get("EKSGATE_PROVISION_MODULE") or str(ROOT / "provision"),
            # nginx is stopped first, and with it every session.
            "EKSGATE_TUNNEL_GRACE_SECONDS": self.env.get("EKSGATE_TUNNEL_GRACE_SECONDS") or "1",
        }

    def key(self, *arguments):
        """What `eksgate key` prints. The key of a `create` is in no argument and no file."""
        done = subprocess.run(
            [str(self.binary), "key", *arguments], env=self.serve_env(), capture_output=True, text=True
        )
        if done.returncode != 0:
            raise StackError(done.stderr.strip() or "eksgate key failed")
        return done.stdout.strip()

    def health(self):
        """The answer of /health, or None while there is none."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=5)
        try:
            connection.request("GET", "/health", headers={"Host": self.hosts.replace(",", " ").split()[0]})
            reply = connection.getresponse()
            body = reply.read()
            return json.loads(body) if reply.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def wait_ready(self, timeout=20, while_waiting=lambda: None):
        deadline = time.monotonic() + timeout
        sockets = [self.run.sockets / f"serve-{i}.sock" for i in range(self.processes)]
        sockets.append(self.run.sockets / "tunnel.sock")
        while True:
            self.check_children()
            if all(s.exists() for s in sockets) and self.health():
                return
            if time.monotonic() > deadline:
                lines = "\n  ".join(self.serve.last_lines())
                raise StackError(
                    f"no answer from /health within {timeout} s; the last lines of {self.serve.log}:\n  {lines}"
                )
            while_waiting()
            time.sleep(0.01)

    def check_children(self):
        """Raise when a child ended that should run. Nothing is restarted: a crash should be seen, not papered over."""
        for child in self.run.children:
            if child.exited():
                lines = "\n  ".join(child.last_lines() or ["(it printed nothing)"])
                raise StackError(
                    f"{child.name} ended unexpectedly ({child.how_it_ended()}); the last lines of"
                    f" {child.log}:\n  {lines}"
                )

    def stop(self, patience=1):
        """nginx first, so that nobody meets a gateway without handlers; redis after those who use it. Patience makes the
        time longer after which who has not ended is killed."""
        known = (self.redis, self.serve, self.tunnel, self.agent, self.nginx)
        others = [c for c in self.run.children if c not in known]
        deadline = time.monotonic() + 4.5 * patience
        self._stop_runs()
        for child in [*others, *filter(None, [self.agent])]:
            child.terminate()
        for child in (self.nginx, self.tunnel, self.agent, self.serve, self.redis):
            if child:
                child.terminate()
                child.finish(min(deadline, time.monotonic() + child.grace * patience))
        for child in others:
            child.finish(deadline)
        self.run.children.clear()
        self.redis = self.serve = self.tunnel = self.agent = self.nginx = None
        self.run.close()

    def _stop_runs(self):
        """Runs of Terraform outlive the agent; here they are told to save their state and to end."""
        for alive in self.provision_dir.glob("*/logs/*/alive"):
            with contextlib.suppress(OSError, ValueError):
                pid = int(alive.read_text())
                if b"provision.sh" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGTERM)

    def __enter__(self):
        try:
            self.start()
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def _prepare_tls(self):
        host, _, port = self.tls_listen.rpartition(":")
        if not host or not port.isdigit() or int(port) > 65535:
            raise StackError(f"EKSGATE_TLS_LISTEN is an address and a port, like 0.0.0.0:8443, not {self.tls_listen!r}")
        port = int(port) or free_port(host.strip("[]"))
        self.tls_listen = f"{host}:{port}"
        check_port(host.strip("[]"), port, "TLS_PORT")
        if self.tls_files:
            for file in self.tls_files:
                if not os.access(file, os.R_OK):
                    raise StackError(f"{file} can not be read")
            self.tls_ca = self.env.get("EKSGATE_TLS_CA_FILE")
            return
        try:
            *self.tls_files, self.tls_ca = tls.certificate(
                self.run.path / "tls", [name for name in self.hosts.replace(",", " ").split()]
            )
        except OSError as error:
            raise StackError(f"the certificate of {self.tls_listen} could not be made: {error}") from error

    def _tls_lines(self, parameters):
        if not self.tls_listen:
            return ""
        certificate, key = self.tls_files
        lines = [
            f"listen {self.tls_listen} ssl{parameters};",
            f'ssl_certificate "{certificate}";',
            f'ssl_certificate_key "{key}";',
        ]
        return "\n        ".join(lines)

    def _program(self, name):
        path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if path is None:
            raise StackError(f"{name} was not found; run: dev/install.sh run")
        return path

    def _key_file(self):
        """The key that seals what users entrust to redis: made once, readable by its owner only."""
        path = self.run.path / "secret.key"
        if not path.exists():
            temporary = path.with_name("secret.key.new")
            temporary.unlink(missing_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
            os.replace(temporary, path)
        return path

    def _render_nginx(self):
        target = self.nginx_conf.parent
        for source in (ROOT / "nginx").iterdir():
            if source.suffix in (".conf", ".types"):
                shutil.copyfile(source, target / source.name)
        workers = self.processes
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        files = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
        user = ""
        if os.getuid() == 0:
            # Only root's nginx changes the user of its workers, to "nobody" unless told otherwise.
            user = f"user {pwd.getpwuid(0).pw_name} {grp.getgrgid(os.getgid()).gr_name};"
        values = {
            "USER": user,
            "WORKERS": workers,
            "NOFILE": files,
            # A stream holds two, for hours.
            "CONNECTIONS": min(16384, files * 9 // 10),
            "RUN": self.run.path,
            "ACCESS_LOG": self.run.path / "log" / "access.log",
            "ACCESS_LOG_BUFFER": self.access_log_buffer,
            "PROBES": "",
            "HOST": self.hosts.replace(",", " ").split()[0],
            "SOCKETS": self.run.sockets,
            "SERVERS": "\n".join(
                f'        server "unix:{self.run.sockets}/serve-{i}.sock" max_fails=0;' for i in range(self.processes)
            ),
            "LISTEN": f"{self.host}:{self.port}",
            "TLS_DEFAULT": self._tls_lines(" default_server"),
            "TLS": self._tls_lines(""),
            "HOSTS": " ".join(self.hosts.replace(",", " ").split()),
            "UI": self.ui,
        }
        text = (ROOT / "nginx" / "nginx.conf.in").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        write_atomically(self.nginx_conf, text)
