"""Throw-away certificate authorities and server certificates, made with the openssl program."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Certificate:
    certificate: Path
    key: Path

    @property
    def pem(self):
        return self.certificate.read_bytes()


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority(Certificate):
    def __init__(self, directory, name):
        super().__init__(directory / f"{name}.crt", directory / f"{name}.key")
        self.directory = directory
        openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-keyout",
            self.key,
            "-out",
            self.certificate,
        )

    def issue(self, name, subject_alternative_name="IP:127.0.0.1", days=2):
        request = self.directory / f"{name}.csr"
        extensions = self.directory / f"{name}.ext"
        issued = Certificate(self.directory / f"{name}.crt", self.directory / f"{name}.key")
        extensions.write_text(f"subjectAltName={subject_alternative_name}\nextendedKeyUsage=serverAuth\n")
        openssl(
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            f"/CN={name}",
            "-keyout",
            issued.key,
            "-out",
            request,
        )
        openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.certificate,
            "-CAkey",
            self.key,
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            extensions,
            "-out",
            issued.certificate,
        )
        return issued
