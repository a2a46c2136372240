"""The certificate of a local run: an authority made for it, which signs this one certificate and is then without a key,
so that whoever trusts it trusts nothing else. Made anew when the names change or its end is near."""

import ipaddress
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

DAYS = 397
RENEW_BEFORE_SECONDS = 30 * 86400

CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = eksgate
[authority]
basicConstraints = critical, CA:TRUE, pathlen:0
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
subjectAltName = {names}
"""


def alternative_names(hosts):
    names = []
    for host in hosts:
        bare = host.strip("[]")
        try:
            name = f"IP:{ipaddress.ip_address(bare)}"
        except ValueError:
            name = f"DNS:{bare}"
        if name not in names:
            names.append(name)
    return ",".join(names)


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise OSError(f"openssl {arguments[0]} failed: {done.stderr.strip()}")


def is_good(directory, names):
    try:
        if (directory / "names").read_text() != names:
            return False
    except OSError:
        return False
    check = ["openssl", "x509", "-noout", "-checkend", str(RENEW_BEFORE_SECONDS), "-in", str(directory / "server.pem")]
    return (directory / "server.key").exists() and subprocess.run(check, capture_output=True).returncode == 0


def make(directory, names):
    key = ["-pkeyopt", "ec_paramgen_curve:P-256", "-algorithm", "EC"]
    config = directory / "openssl.cnf"
    config.write_text(CONFIG.format(names=names))
    for name in "ca", "server":
        openssl("genpkey", *key, "-out", str(directory / f"{name}.key"))
    subject = ["-config", str(config), "-subj"]
    openssl("req", "-x509", "-new", *subject, "/CN=eksgate local authority", "-extensions", "authority",
            "-key", str(directory / "ca.key"), "-days", str(DAYS), "-out", str(directory / "ca.pem"))  # fmt: skip
    openssl("req", "-new", *subject, "/CN=eksgate", "-key", str(directory / "server.key"),
            "-out", str(directory / "server.csr"))  # fmt: skip
    openssl("x509", "-req", "-in", str(directory / "server.csr"), "-CA", str(directory / "ca.pem"),
            "-CAkey", str(directory / "ca.key"), "-set_serial", f"0x{os.urandom(16).hex()}", "-days", str(DAYS),
            "-extfile", str(config), "-extensions", "server", "-out", str(directory / "server.pem"))  # fmt: skip
    for name in "ca.key", "server.csr", "openssl.cnf":
        (directory / name).unlink()
    (directory / "names").write_text(names)


def certificate(directory, hosts):
    """(certificate, its key, authority) for these Host names, in a directory that only its owner can enter."""
    directory = Path(directory)
    names = alternative_names(hosts)
    if not is_good(directory, names):
        mask = os.umask(0o077)
        try:
            fresh = Path(tempfile.mkdtemp(prefix="tls-", dir=directory.parent))
            try:
                make(fresh, names)
                shutil.rmtree(directory, ignore_errors=True)
                os.replace(fresh, directory)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
        finally:
            os.umask(mask)
    return directory / "server.pem", directory / "server.key", directory / "ca.pem"
