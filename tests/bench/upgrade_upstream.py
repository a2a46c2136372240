"""A TLS upstream whose upgraded connections send, or take, as many bytes as the query says, as fast as they can.

usage: upgrade_upstream.py CERTIFICATE KEY PORT_FILE
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from stubs.kube import KubeStub, Switch  # noqa: E402
from stubs.pki import Certificate  # noqa: E402

PIECE = bytes(1 << 20)


def send(request):
    count = int(request.target.partition("?")[2])

    def run(reader, connection):
        for at in range(0, count, len(PIECE)):
            connection.sendall(PIECE[: count - at])

    return Switch(run)


def take(request):
    count = int(request.target.partition("?")[2])

    def run(reader, connection):
        room = bytearray(1 << 20)
        left = count - len(reader.read1(0) or b"")
        while left > 0 and (n := reader.readinto1(room)):
            left -= n
        connection.sendall(b"taken" if left == 0 else b"short")

    return Switch(run)


def main():
    stub = KubeStub(Certificate(*map(Path, sys.argv[1:3])))
    stub.on("/send", send)
    stub.on("/take", take)
    Path(sys.argv[3]).write_text(str(stub.port))
    threading.Event().wait()


main()
