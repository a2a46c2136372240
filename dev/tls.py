"""The certificate of a local run, made by deploy/certificate as every other that eksgate makes for itself."""

import ipaddress
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


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


def certificate(directory, hosts):
    """(certificate, its key, authority) for these Host names, in a directory that only its owner can enter."""
    directory = Path(directory)
    done = subprocess.run(
        [ROOT / "deploy" / "certificate", directory, alternative_names(hosts)],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise OSError(done.stderr.strip() or "openssl failed")
    return directory / "server.pem", directory / "server.key", directory / "ca.pem"
