"""Keys and certificates of a sandbox. Runs in the sandbox's own venv (needs `cryptography`).

python pki.py DIR NAME[=ADDRESS]...    writes DIR/aws/ for the name `aws`, DIR/NAME/pki/ for a cluster; all keys 0600.
                                       ADDRESS is of a node.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFE = timedelta(days=365)
API_SERVER_NAMES = ["127.0.0.1", "10.96.0.1", "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
                    "kubernetes.default.svc.cluster.local"]  # fmt: skip
REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1", "eu-west-1", "eu-west-2",
           "eu-west-3", "eu-central-1", "eu-north-1", "eu-south-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
           "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-east-1", "me-south-1", "af-south-1")  # fmt: skip
AWS_NAMES = ["127.0.0.1", "localhost", "sts.amazonaws.com", "*.amazonaws.com",
             *(f"*.{region}.{domain}" for region in REGIONS for domain in ("amazonaws.com", "api.aws"))]


class Authority:
    def __init__(self, directory: Path, name: str):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = subject(name)
        builder = self.builder(self.name, self.key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        builder = builder.add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
        key_id = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        self.certificate = builder.add_extension(key_id, critical=False).sign(self.key, hashes.SHA256())
        write(directory, "ca", self.certificate, self.key)

    def builder(self, name: x509.Name, public_key) -> x509.CertificateBuilder:
        now = datetime.now(timezone.utc)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(self.name).public_key(public_key)
        builder = builder.serial_number(x509.random_serial_number())
        return builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + LIFE)

    def issue(self, file: str, name: str, organization: str | None = None, names: list[str] | None = None) -> None:
        """A client certificate; with `names` one for a server (which may also be a client)."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = self.builder(subject(name, organization), key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(usage(digital_signature=True), critical=True)
        purposes = [ExtendedKeyUsageOID.CLIENT_AUTH] + ([ExtendedKeyUsageOID.SERVER_AUTH] if names else [])
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        authority_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(authority_id, critical=False)
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([alternative(n) for n in names]), critical=False
            )
        write(self.directory, file, builder.sign(self.key, hashes.SHA256()), key)


def subject(name: str, organization: str | None = None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        attributes.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def alternative(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)


def usage(**wanted: bool) -> x509.KeyUsage:
    every = ["digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
             "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"]  # fmt: skip
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in every})


def write(directory: Path, file: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    (directory / f"{file}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    write_key(directory / f"{file}.key", key)


def write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(pem)


def cluster(directory: Path, name: str, node_address: str) -> None:
    authority = Authority(directory, f"{name}-ca")
    authority.issue("apiserver", "kube-apiserver", names=API_SERVER_NAMES)
    authority.issue("etcd", "etcd", names=["127.0.0.1", "localhost"])
    authority.issue("kubelet", "kubelet", names=list(filter(None, ("127.0.0.1", "localhost", node_address))))
    if node_address:
        authority.issue("node", "system:node:real.sandbox.internal", "system:nodes")
    authority.issue("authenticator", "aws-iam-authenticator", names=["127.0.0.1", "localhost"])
    authority.issue("apiserver-etcd", "kube-apiserver-etcd")
    authority.issue("apiserver-kubelet", "kube-apiserver-kubelet", "system:masters")
    authority.issue("front-proxy", "front-proxy-client")
    authority.issue("admin", "sandbox-direct-admin", "system:masters")
    authority.issue("kwok", "kwok", "system:masters")
    authority.issue("metrics-server", "metrics-server", "system:masters", ["metrics-server.kube-system.svc", "127.0.0.1"])
    authority.issue("controller-manager", "system:kube-controller-manager")
    authority.issue("scheduler", "system:kube-scheduler")
    signer = ec.generate_private_key(ec.SECP256R1())
    write_key(directory / "service-account.key", signer)
    public = signer.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    (directory / "service-account.pub").write_bytes(public)


def main() -> None:
    root = Path(sys.argv[1])
    for argument in sys.argv[2:]:
        name, _, node_address = argument.partition("=")
        if name == "aws":
            Authority(root / "aws", "sandbox-aws-ca").issue("front", "sandbox-aws-front", names=AWS_NAMES)
        else:
            cluster(root / name / "pki", name, node_address)


if __name__ == "__main__":
    main()
