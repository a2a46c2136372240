"""The AWS front: moto behind our own checks. One process with three ports on loopback.

HTTP   the AWS API (AWS_ENDPOINT_URL) and /sandbox/... for tests
HTTPS  the same for sts.*.amazonaws.com, and the token webhook of the API servers
proxy  CONNECT for *.amazonaws.com:443, to the HTTPS port
"""

from __future__ import annotations

import io
import json
import os
import socket
import ssl
import sys
import threading
import time
from pathlib import Path
from urllib.parse import parse_qs

os.environ["MOTO_ACCOUNT_ID"] = "123456789012"

from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler  # noqa: E402

from . import (  # noqa: E402
    accounts,
    clusters,
    corrections,
    eks,
    errors,
    identities,
    oidc,
    operations,
    policy,
    sigv4,
    sts,
    tunnel,
)
from .access import Access, Binder  # noqa: E402
from .errors import Answer  # noqa: E402
from .faults import Fault, Observatory  # noqa: E402
from .operations import Operation  # noqa: E402
from .planes import ISSUERS, Planes  # noqa: E402
from .sigv4 import Rejected, Request  # noqa: E402
from .webhook import Gate  # noqa: E402

# STS calls that carry their proof in the body instead of a signature.
UNSIGNED = {"AssumeRoleWithWebIdentity", "AssumeRoleWithSAML"}
REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    503: "Unavailable",
}


class Front:
    def __init__(self, gates: dict[str, Gate], observatory: Observatory):
        self.gates = gates
        self.observatory = observatory
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict, start_response):
        """WSGI entry."""
        request = read_request(environ)
        answer: Answer | Operation
        if request.path.startswith("/sandbox/"):
            answer = self.control(request)
        elif request.path.startswith("/moto-api"):
            answer = Answer(404, b"{}", "application/json")  # would switch the checks off
        else:
            answer = self.check(request)
        if isinstance(answer, Operation):
            environ |= {"wsgi.input": io.BytesIO(request.body), "CONTENT_LENGTH": str(len(request.body))}
            return corrections.ask(self.moto, answer, request, environ, start_response)
        status = f"{answer.status} {REASONS.get(answer.status, 'Status')}"
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        start_response(status, list(headers.items()))
        return [answer.body]

    def check(self, request: Request) -> Answer | Operation:
        """Authenticate and authorize an AWS call; an operation is for moto to do."""
        if "X-Amz-Signature=" in request.query:
            return self.presigned(request)
        service, region = claimed_scope(request)
        accept = request.headers.get("accept", "") if service == "sts" else ""
        try:
            operation = operations.resolve(request, service, region)
            caller = None
            if not is_unsigned(request):
                caller, _ = sigv4.verify_header(request, identities.lookup)
                policy.authorize(caller, operation)
        except Rejected as rejected:
            self.observatory.rejected(rejected.kind)
            return errors.refusal(rejected.kind, rejected.message, service, accept)
        self.observatory.called(operation.action)
        answer = self.fault(operation.action, service, accept, request)
        if answer is None and service == "eks" and caller:
            answer = eks.answer(operation, request, caller)
        elif answer is None and operation.action == "eks-auth:AssumeRoleForPodIdentity":
            answer = oidc.pod_identity(operation, request)
        elif answer is None and operation.action == "sts:AssumeRoleWithWebIdentity":
            answer = oidc.web_identity(operation, accept)
        return answer or operation

    def presigned(self, request: Request) -> Answer | Operation:
        accept = request.headers.get("accept", "")
        service = "s3" if "%2Fs3%2Faws4_request" in request.query else "sts"
        try:
            if "authorization" in request.headers:
                raise Rejected("incomplete", "Only one auth mechanism allowed")
            if service == "s3":
                caller, scope = sigv4.verify_presigned(request, identities.lookup)
                operation = operations.resolve(request, "s3", scope.region)
                policy.authorize(caller, operation)
                self.observatory.called("s3:presigned")
                return operation
            caller = sts.verify(request)
            if "GetCallerIdentity" not in parse_qs(request.query).get("Action", []):
                raise Rejected("denied", "Only GetCallerIdentity is answered here in the presigned form.")
        except Rejected as rejected:
            self.observatory.rejected(rejected.kind)
            return errors.refusal(rejected.kind, rejected.message, service, accept)
        self.observatory.called("sts:GetCallerIdentity")
        return self.fault("sts:GetCallerIdentity", "sts", accept, request) or sts.identity_answer(caller, accept)

    def fault(self, action: str, service: str, accept: str, request: Request) -> Answer | None:
        said = f"{request.path}?{request.query} {request.body.decode('utf-8', 'replace')}"
        fault = self.observatory.fault_for(action, said)
        if fault is None or fault.code is None:
            return None
        return errors.error(fault.status, fault.code, fault.message, service, accept)

    def control(self, request: Request) -> Answer:
        """/sandbox/...: health, counters, faults, slowness, the token webhook and which of its two checkers answers."""
        method, parts = request.method, request.path.split("/")[2:]
        try:
            match (method, *parts):
                case ("GET", "health"):
                    return reply({"status": "ok"})
                case ("GET", "stats"):
                    gates = {name: {"mode": g.mode, "authenticator": g.healthy} for name, g in self.gates.items()}
                    return reply({**self.observatory.stats(), "gates": gates})
                case ("DELETE", "stats"):
                    self.observatory.reset()
                    return reply({})
                case ("POST", "fault"):
                    self.observatory.add_fault(Fault(**json.loads(request.body)))
                    return reply({})
                case ("DELETE", "fault"):
                    self.observatory.clear_faults()
                    return reply({})
                case ("GET", "slow"):
                    return reply({"slow": eks.COURSES.shown()})
                case ("POST", "slow"):
                    eks.COURSES.add(eks.Course(**json.loads(request.body)))
                    return reply({})
                case ("DELETE", "slow"):
                    eks.COURSES.clear()
                    return reply({})
                case ("DELETE", "made"):
                    eks.forget_made()
                    return reply({})
                case ("POST", "gate", cluster, ("auto" | "own" | "authenticator") as mode):
                    self.gates[cluster].mode = mode
                    return reply({"cluster": cluster, "mode": mode})
                case ("POST", "authenticate", cluster):
                    status, body = self.gates[cluster].review(request.body)
                    return Answer(status, body, "application/json")
        except (ValueError, TypeError, KeyError) as error:
            return reply({"error": repr(error)}, 400)
        return reply({"error": "no such thing"}, 404)


def reply(body: dict, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode(), "application/json")


def read_request(environ: dict) -> Request:
    headers = {k[5:].lower().replace("_", "-"): v for k, v in environ.items() if k.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.lower().replace("_", "-")] = environ[name]
    path, _, query = environ["RAW_URI"].partition("?")
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ.get("wsgi.input_terminated"):  # chunked
        body += environ["wsgi.input"].read()
    return Request(environ["REQUEST_METHOD"], path, query, headers, body)


def claimed_scope(request: Request) -> tuple[str, str]:
    """Service and region that the signature claims, or what the path looks like: decides the shape of the answer."""
    credential = request.headers.get("authorization", "").partition("Credential=")[2].split(",")[0].split("/")
    if len(credential) == 5:
        return credential[3], credential[2]
    return ("sts" if request.path == "/" else "eks"), accounts.REGION


def is_unsigned(request: Request) -> bool:
    if "authorization" in request.headers or request.path != "/":
        return False
    return parse_qs(request.body.decode("latin-1")).get("Action", [""])[0] in UNSIGNED


class Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_request(self, *_) -> None:
        pass  # a line per call would fill the disk; /sandbox/stats counts instead


class TlsServer(ThreadedWSGIServer):
    """Shakes hands in the connection's own thread: one slow client must not hold up the token checks of all others."""

    def __init__(self, port: int, app: Front, context: ssl.SSLContext):
        self.context = context
        super().__init__("127.0.0.1", port, app, Handler)

    def finish_request(self, request, client_address) -> None:
        request.settimeout(10)
        try:
            with self.context.wrap_socket(request, server_side=True) as secure:
                super().finish_request(secure, client_address)
        except (ssl.SSLError, OSError):
            pass  # the client's affair


def closed_port(port: int) -> socket.socket:
    """Reserve a port without listening: whoever connects is refused, and nobody else can take it."""
    reserved = socket.socket()
    reserved.bind(("127.0.0.1", port))
    return reserved


def main() -> None:
    config = json.loads(Path(sys.argv[1]).read_text())
    identities.seed()
    observatory = Observatory()
    gates = {}
    for about in config["gates"]:
        access = Access(Path(about["access_file"]))
        ISSUERS[about["issuer"]] = Path(about["ca"]).with_name("service-account.pub")
        gates[about["cluster"]] = Gate(about["cluster"], about["port"], about["ca"], observatory, access)
        Binder(access, about["endpoint"], about["ca"], about["admin_certificate"], about["admin_key"]).start()
    accesses = {about["endpoint"]: gates[about["cluster"]].access for about in config["gates"]}
    clusters.seed(config["clusters"], accesses)
    if len(sys.argv) > 2:
        channel = socket.socket(fileno=int(sys.argv[2]))
        eks.serve(Planes(config["planes"], channel, gates, observatory))
    for gate in gates.values():
        gate.start()
    front = Front(gates, observatory)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(config["certificate"], config["key"])
    ports = config["ports"]
    reserved = closed_port(ports["closed"])
    listener = socket.create_server(("127.0.0.1", ports["proxy"]), backlog=128)
    threading.Thread(target=tunnel.serve, args=(listener, ports["https"]), daemon=True).start()
    http = ThreadedWSGIServer("127.0.0.1", ports["http"], front, Handler)
    for server in (http, TlsServer(ports["https"], front, tls)):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    while reserved:
        time.sleep(3600)


if __name__ == "__main__":
    main()
