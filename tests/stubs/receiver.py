"""Who a webhook tells: a real HTTP or HTTPS server that holds each delivery against its signature."""

import hashlib
import hmac
import json
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Delivery:
    path: str
    headers: dict
    body: bytes
    status: int
    at: float = field(default_factory=time.time)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def id(self):
        return self.headers["X-Eksgate-Delivery"]

    @property
    def event(self):
        return self.headers["X-Eksgate-Event"]

    @property
    def job_name(self):
        return (self.json["job"] or {}).get("job_name")

    def is_signed(self, secret):
        message = self.headers["X-Eksgate-Timestamp"].encode() + b"." + self.body
        digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
        fresh = abs(self.at - int(self.headers["X-Eksgate-Timestamp"])) < 300
        return fresh and hmac.compare_digest(self.headers["X-Eksgate-Signature"], f"sha256={digest}")


class Receiver:
    """Answers 204 unless told otherwise: `answers` holds, by path, a status, a (status, headers) pair or an event to
    wait for before 204."""

    def __init__(self, certificate=None, host="127.0.0.1"):
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver._take(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

            def get_request(self):
                accepted = super().get_request()
                receiver.connections += 1
                return accepted

            def handle_error(self, *_):
                pass

        self.server = Server((host, 0), Handler)
        self.port = self.server.server_address[1]
        self.scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate.certificate, certificate.key)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        self.lock = threading.Lock()
        self.connections = 0
        self.deliveries = []
        self.answers = {}
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def url(self, path="/"):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def _take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        answer = self.answers.get(handler.path, 204)
        status, headers = answer if isinstance(answer, tuple) else (answer, [])
        wait = status if isinstance(status, threading.Event) else None
        delivery = Delivery(handler.path, dict(handler.headers.items()), body, 0 if wait else status)
        with self.lock:
            self.deliveries.append(delivery)
        if wait:
            wait.wait(120)
            status = delivery.status = 204
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def seen(self, path, job_name=None, status=None):
        with self.lock:
            return [
                d
                for d in self.deliveries
                if d.path == path
                and (job_name is None or d.job_name == job_name)
                and (status is None or d.status == status)
            ]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
