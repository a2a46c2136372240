"""A stand-in for the AWS API where a test needs an AWS that lies: any endpoint, any certificate, any error.

It checks no signature; the sandbox's AWS does.
"""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCOUNT = "123456789012"
SESSION_SECRET = "stub-session/secret+of=a.role"


class AwsStub:
    def __init__(self):
        stub = self
        self.clusters = {}
        self.insights = []  # of whichever cluster
        self.nodegroups = {}  # the versions of its nodes by their names
        self.calls = []
        self.faults = []
        self.arn = f"arn:aws:iam::{ACCOUNT}:user/someone"
        self.mfa_codes = set()  # that were shown and are not used yet
        self.session_seconds = 3600

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                stub._eks(self)

            def do_POST(self):
                (stub._insights if self.path.startswith("/clusters/") else stub._sts)(self)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reset(self):
        self.clusters.clear()
        self.insights.clear()
        self.nodegroups.clear()
        self.calls.clear()
        self.faults.clear()
        self.mfa_codes.clear()
        self.session_seconds = 3600

    def add_cluster(self, name, endpoint, authority, **members):
        self.clusters[name] = {
            "name": name,
            "arn": f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/{name}",
            "status": "ACTIVE",
            "version": "1.33",
            "platformVersion": "eks.1",
            "createdAt": 1760000000.0,
            "endpoint": endpoint,
            "certificateAuthority": {"data": base64.b64encode(authority).decode()},
        } | members

    def fault(
        self, operation, status=400, code="ThrottlingException", message="Rate exceeded", delay=0, raw=None, count=1
    ):
        """The next calls of an operation (GetCallerIdentity, DescribeCluster, ListClusters) fail like this."""
        self.faults += [(operation, status, code, message, delay, raw)] * count

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _fault(self, request, operation, xml=False):
        self.calls.append(operation)
        for fault in self.faults:
            if fault[0] == operation:
                break
        else:
            return False
        self.faults.remove(fault)
        _, status, code, message, delay, raw = fault
        delay.wait(60) if isinstance(delay, threading.Event) else time.sleep(delay)
        if raw is not None:
            self._reply(request, status, raw, "application/json")
        elif xml:
            text = (
                f"<ErrorResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><Error><Type>Sender</Type>"
                f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>r-1</RequestId></ErrorResponse>"
            )
            self._reply(request, status, text.encode(), "text/xml")
        else:
            self._reply(
                request,
                status,
                json.dumps({"message": message}).encode(),
                "application/json",
                {"x-amzn-ErrorType": code},
            )
        return True

    def _eks(self, request):
        path, _, query = request.path.partition("?")
        parts = path.strip("/").split("/")
        if parts == ["clusters"]:
            if not self._fault(request, "ListClusters"):
                # Two names a page: paging is part of every test.
                names = sorted(self.clusters)
                start = int(query.partition("nextToken=")[2].split("&")[0] or 0)
                page = {
                    "clusters": names[start : start + 2],
                    "nextToken": str(start + 2) if start + 2 < len(names) else None,
                }
                self._reply(request, 200, json.dumps(page).encode())
        elif parts[0] == "clusters" and len(parts) == 2:
            if not self._fault(request, "DescribeCluster"):
                cluster = self.clusters.get(parts[1])
                if cluster:
                    self._reply(request, 200, json.dumps({"cluster": cluster}).encode())
                else:
                    self._reply(
                        request,
                        404,
                        json.dumps({"message": f"No cluster found for name: {parts[1]}."}).encode(),
                        "application/json",
                        {"x-amzn-ErrorType": "ResourceNotFoundException"},
                    )
        elif parts[0] == "clusters" and parts[2] == "node-groups":
            name = parts[3] if len(parts) > 3 else None
            one = {"nodegroup": {"nodegroupName": name, "version": self.nodegroups.get(name)}}
            self._reply(request, 200, json.dumps(one if name else {"nodegroups": [*self.nodegroups]}).encode())
        else:
            self._reply(request, 404, b"{}")

    def _insights(self, request):
        request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if not self._fault(request, "ListInsights"):
            self._reply(request, 200, json.dumps({"insights": self.insights}).encode())

    def _sts(self, request):
        form = parse_qs(request.rfile.read(int(request.headers.get("Content-Length") or 0)).decode())
        operation = form.get("Action", ["GetCallerIdentity"])[0]
        if self._fault(request, operation, xml=True):
            return
        if operation.startswith("Describe"):
            error = "<Error><Code>UnauthorizedOperation</Code><Message>You are not authorized.</Message></Error>"
            self._reply(request, 403, f"<Response><Errors>{error}</Errors></Response>".encode(), "text/xml")
            return
        if operation == "AssumeRole":
            self._assume_role(request, form)
            return
        text = (
            f"<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>"
            f"<Arn>{self.arn}</Arn><UserId>AIDASTUB</UserId><Account>{ACCOUNT}</Account></GetCallerIdentityResult>"
            f"<ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
        )
        self._reply(request, 200, text.encode(), "text/xml")

    def _assume_role(self, request, form):
        """With SerialNumber it takes each code once, as AWS does."""
        code = form.get("TokenCode", [""])[0]
        if "SerialNumber" in form and code not in self.mfa_codes:
            self.fault(
                "refused", 403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code."
            )
            self._fault(request, "refused", xml=True)
            return
        self.mfa_codes.discard(code)
        end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.session_seconds))
        name = form["RoleArn"][0].rpartition("/")[2]
        text = (
            f"<AssumeRoleResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><AssumeRoleResult><Credentials>"
            f"<AccessKeyId>ASIASTUBSESSION00001</AccessKeyId><SecretAccessKey>{SESSION_SECRET}</SecretAccessKey>"
            f"<SessionToken>stub/session+token=</SessionToken><Expiration>{end}</Expiration></Credentials>"
            f"<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId><Arn>arn:aws:sts::{ACCOUNT}:assumed-role/{name}/s</Arn>"
            f"</AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"
        )
        self._reply(request, 200, text.encode(), "text/xml")

    def _reply(self, request, status, body, content_type="application/json", headers=None):
        request.send_response(status)
        for name, value in {"Content-Type": content_type, "Content-Length": str(len(body)), **(headers or {})}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
