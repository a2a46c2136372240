"""CONNECT proxy: leads the authenticator, which insists on Amazon's own host names, to our HTTPS port."""

from __future__ import annotations

import socket
import threading


def serve(listener: socket.socket, target_port: int) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=handle, args=(client, target_port), daemon=True).start()


def handle(client: socket.socket, target_port: int) -> None:
    with client:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 8192:
            data = client.recv(4096)
            if not data:
                return
            head += data
        method, _, rest = head.decode("latin-1").partition(" ")
        host, _, port = rest.split(" ")[0].rpartition(":")
        if method != "CONNECT" or port != "443" or not host.endswith((".amazonaws.com", ".api.aws")):
            client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", target_port)) as upstream:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=pump, args=(upstream, client), daemon=True)
            back.start()
            pump(client, upstream)
            back.join()


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # either side is gone, which ends the other direction too
