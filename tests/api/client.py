"""A plain HTTP client: what a test writes is what goes over the wire, nothing is normalised, followed or retried."""

import http.client
import json
import select
import socket
import time
from dataclasses import dataclass


@dataclass
class Reply:
    status: int
    reason: str
    headers: list
    body: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        assert len(values) <= 1, f"{name} is there {len(values)} times"
        return values[0] if values else None

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class Client:
    def __init__(self, host, port, timeout=90):
        self.host, self.port, self.timeout = host, port, timeout

    def request(self, method, path, *, json_body=None, body=None, headers=None):
        """path is the request target, byte for byte. headers may be a list to send one name twice."""
        headers = list((headers or {}).items()) if isinstance(headers, dict) or headers is None else list(headers)
        names = {name.lower() for name, _ in headers}
        if json_body is not None:
            body = json.dumps(json_body).encode()
            if "content-type" not in names:
                headers.append(("Content-Type", "application/json"))
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        # http.client refuses unusual targets; here they are the point.
        connection._validate_path = lambda _: None
        try:
            connection.putrequest(method, path, skip_host="host" in names, skip_accept_encoding=True)
            if body is not None and not names & {"content-length", "transfer-encoding"}:
                headers.append(("Content-Length", str(len(body))))
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            if body is not None:
                connection.send(body)
            reply = connection.getresponse()
            return Reply(reply.status, reply.reason, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, json_body=None, **options):
        return self.request("POST", path, json_body=json_body, **options)

    def begin(self, path):
        """Asks and does not wait: the connection on which read_reply() finds the answer."""
        connection = socket.create_connection((self.host, self.port), timeout=self.timeout)
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        return connection

    def wire(self, data, timeout=10):
        """Bytes out, bytes back until the peer closes or is silent. For what no HTTP library would send."""
        with socket.create_connection((self.host, self.port), timeout=timeout) as connection:
            connection.sendall(data)
            connection.settimeout(timeout)
            received = b""
            try:
                while part := connection.recv(65536):
                    received += part
                    head, complete, rest = received.partition(b"\r\n\r\n")
                    length = [
                        int(line.split(b":")[1])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length:")
                    ]
                    if complete and length and len(rest) >= length[0]:
                        break
            except TimeoutError:
                pass
            return received


def readable(connections, seconds=0):
    """Those on which something has come, at the latest after so many seconds."""
    poll = select.poll()  # select() knows no more than 1,024 descriptors
    for connection in connections:
        poll.register(connection, select.POLLIN)
    there = {number for number, _ in poll.poll(seconds * 1000)}
    return [connection for connection in connections if connection.fileno() in there]


def read_reply(connection):
    with connection:
        reply = http.client.HTTPResponse(connection)
        reply.begin()
        return Reply(reply.status, reply.reason, reply.getheaders(), reply.read())


def wait_until(condition, seconds=60):
    """What the condition gives once it is true: for what has to come about, not for how long that takes."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
    return found


def in_a_still_moment(look, ask):
    """What a look gives and what is answered, of a moment in which nothing changed: a cluster lives."""

    def attempt():
        seen, answer = look(), ask()
        return [(seen, answer)] if look() == seen else None

    return wait_until(attempt)[0]


def assert_status(reply, code, reason, *, slug=None, message=None):
    """Every error is a metav1.Status, whoever made it."""
    body = reply.text
    assert reply.status == code, body
    assert reply.header("Content-Type").split(";")[0] == "application/json", body
    status = reply.json
    assert (status["kind"], status["apiVersion"], status["status"]) == ("Status", "v1", "Failure")
    assert status["code"] == code and status["reason"] == reason, body
    assert status["message"], body
    if slug:
        assert reply.header("X-Eksgate-Error") == slug
    if message:
        assert message in status["message"], body
    return status
