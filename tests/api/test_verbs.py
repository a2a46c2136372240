"""Every verb and media type: the same request to the API server itself and through the gateway, by the same identity.
What must be equal are the status, each byte of the body, and each header that does not belong to one hop."""

import base64
import http.client
import json
import re
import subprocess
import time
import zlib
from collections import Counter

import pytest
from client import Reply
from conftest import BINARY

HOP = {"date", "audit-id", "server", "connection", "transfer-encoding", "keep-alive", "x-request-id"}
JSON = "application/json"
PROTOBUF = "application/vnd.kubernetes.protobuf"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
TABLE_PROTOBUF = f"{PROTOBUF};as=Table;v=v1;g=meta.k8s.io,{TABLE}"
METADATA = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json"
DISCOVERY = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)


class Itself:
    """The API server, asked by the gateway's identity and with nothing that the test did not write."""

    def __init__(self, direct, sandbox):
        self.direct = direct
        env = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"} | sandbox.env
        command = [BINARY, "token", "--cluster-name", "demo", "--region", "us-east-1"]
        token = subprocess.run(command, env=env, check=True, capture_output=True, text=True).stdout
        self.authorization = "Bearer " + json.loads(token)["status"]["token"]

    def request(self, method, path, *, body=None, headers=()):
        connection = http.client.HTTPSConnection(
            self.direct.host, int(self.direct.port), context=anonymous(self.direct.context), timeout=60
        )
        connection._validate_path = lambda _: None
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Authorization", self.authorization)
            connection.endheaders(body)
            reply = connection.getresponse()
            return Reply(reply.status, reply.reason, reply.getheaders(), reply.read())
        finally:
            connection.close()


def anonymous(context):
    """The same trust without the administrator's certificate."""
    import ssl

    fresh = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    fresh.load_verify_locations(cadata=b"".join(context.get_ca_certs(binary_form=True)))
    return fresh


class Through:
    def __init__(self, gateway, identity):
        self.gateway, self.identity = gateway, identity

    def request(self, method, path, *, body=None, headers=()):
        return self.gateway.request(method, f"/raw/clusters/{self.identity}{path}", body=body, headers=list(headers))


@pytest.fixture(scope="module")
def itself(direct, sandbox):
    return Itself(direct, sandbox)


@pytest.fixture(scope="module")
def through(gateway, demo):
    return Through(gateway, demo)


def seen(reply):
    headers = Counter((name.lower(), value) for name, value in reply.headers if name.lower() not in HOP)
    return (reply.status, reply.reason, headers, reply.body)


def assert_same(itself, through, method, path, **options):
    """While nothing changes in between: an answer that differs from its own repetition proves nothing."""
    for _ in range(10):
        before = seen(itself.request(method, path, **options))
        got = seen(through.request(method, path, **options))
        if before == seen(itself.request(method, path, **options)):
            break
        time.sleep(0.3)
    else:
        pytest.fail("the API server's answer never stood still")
    assert got[:2] == before[:2]
    assert got[2] == before[2]
    assert got[3] == before[3]
    return got


READS = [
    ("discovery of old", "GET", "/api", [("Accept", JSON)], 200),
    ("aggregated discovery", "GET", "/api", [("Accept", DISCOVERY)], 200),
    ("aggregated discovery of groups", "GET", "/apis", [("Accept", DISCOVERY)], 200),
    ("one group", "GET", "/apis/apps/v1", [("Accept", JSON)], 200),
    ("the version", "GET", "/version", [], 200),
    ("health, in words", "GET", "/readyz?verbose", [], 200),
    ("one object", "GET", "/api/v1/namespaces/kube-system", [("Accept", JSON)], 200),
    ("one object as protobuf", "GET", "/api/v1/namespaces/kube-system", [("Accept", PROTOBUF)], 200),
    ("one object as YAML", "GET", "/api/v1/namespaces/kube-system", [("Accept", "application/yaml")], 200),
    ("one object for people", "GET", "/api/v1/namespaces/kube-system?pretty=true", [], 200),
    ("a table", "GET", "/api/v1/namespaces", [("Accept", TABLE)], 200),
    ("a table without its objects", "GET", "/api/v1/namespaces?includeObject=None", [("Accept", TABLE)], 200),
    ("a table with metadata", "GET", "/api/v1/namespaces?includeObject=Metadata", [("Accept", TABLE)], 200),
    ("a table with its objects", "GET", "/api/v1/namespaces?includeObject=Object", [("Accept", TABLE)], 200),
    ("a table that prefers protobuf", "GET", "/api/v1/namespaces", [("Accept", TABLE_PROTOBUF)], 200),
    ("metadata only", "GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles", [("Accept", METADATA)], 200),
    ("a page", "GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles?limit=2", [], 200),
    (
        "selectors",
        "GET",
        "/api/v1/namespaces?labelSelector=a%20in%20(b,c),!d&fieldSelector=status.phase%3DActive",
        [],
        200,
    ),
    ("what a deprecated kind says", "GET", "/api/v1/namespaces/default/endpoints", [], 200),
    ("what is not there", "GET", "/api/v1/namespaces/nobody", [], 404),
    ("a kind that is none", "GET", "/api/v1/nothings", [], 404),
    ("a path that is none", "GET", "/nothing/here", [], 404),
    ("a type that is not served", "GET", "/api/v1/namespaces", [("Accept", "text/csv")], 406),
    ("a selector that is none", "GET", "/api/v1/namespaces?labelSelector=%3D%3D", [], 400),
    ("a continue token that is none", "GET", "/api/v1/namespaces?continue=x", [], 400),
    ("two slashes", "GET", "//api//v1//namespaces", [], None),
    ("a slash at the end", "GET", "/api/v1/namespaces/", [], None),
    ("an encoded slash", "GET", "/api/v1/namespaces/a%2Fb", [], None),
    ("an encoded path", "GET", "/%61pi/v1/namespaces/default", [], 200),
    ("a query with nothing in it", "GET", "/api/v1/namespaces/default?", [], 200),
    ("HEAD", "HEAD", "/api/v1/namespaces/default", [], None),
    ("OPTIONS", "OPTIONS", "/api/v1/namespaces/default", [], 405),
    ("a method that nobody knows", "BREW", "/api/v1/namespaces/default", [], 405),
    ("a DELETE that is not allowed", "DELETE", "/version", [], None),
    ("OpenAPI", "GET", "/openapi/v3", [], 200),
    ("OpenAPI of one group", "GET", "/openapi/v3/apis/apps/v1", [], 200),
    (
        "OpenAPI of old, as protobuf",
        "GET",
        "/openapi/v2",
        [("Accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")],
        200,
    ),
    ("a watch that is over", "GET", "/api/v1/namespaces?watch=1&timeoutSeconds=1&resourceVersion=1", [], None),
]


@pytest.mark.parametrize("method, path, headers, code", [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_reads_are_the_same(itself, through, method, path, headers, code):
    got = assert_same(itself, through, method, path, headers=headers)
    assert code in (None, got[0])


@pytest.mark.parametrize("encoding", ["gzip", "identity", "gzip;q=0", "deflate, gzip;q=1.0, *;q=0.5"])
def test_large_answers_are_the_same_packed_or_not(itself, through, encoding):
    """The API server packs what is larger than 128 KiB, if it is asked to."""
    headers = [("Accept", JSON), ("Accept-Encoding", encoding)]
    got = assert_same(itself, through, "GET", "/openapi/v2", headers=headers)
    if "gzip" in encoding and "q=0" not in encoding.split(",")[0]:
        assert got[3][:2] == b"\x1f\x8b" and len(zlib.decompress(got[3], 31)) > 128 << 10
    else:
        assert got[3][:1] == b"{" and len(got[3]) > 128 << 10


def test_warnings_of_the_api_server_pass(itself, through):
    got = assert_same(itself, through, "GET", "/api/v1/namespaces/default/endpoints")
    assert any(name == "warning" and "deprecated" in value for name, value in got[2])


def test_what_a_client_has_already_is_not_sent_again(itself, through):
    index = through.request("GET", "/openapi/v3").json["paths"]
    path = index["apis/apps/v1"]["serverRelativeURL"]
    assert path.startswith("/openapi/v3/apis/apps/v1?hash=")
    etag = dict(through.request("GET", path).headers)["Etag"]
    got = assert_same(itself, through, "GET", path, headers=[("If-None-Match", etag)])
    assert got[0] == 304 and got[3] == b""


def test_a_body_goes_with_get_too(itself, through):
    options = json.dumps({"kind": "DeleteOptions", "apiVersion": "v1"}).encode()
    got = assert_same(
        itself, through, "GET", "/api/v1/namespaces/default", body=options, headers=[("Content-Type", JSON)]
    )
    assert got[0] == 200


BROKEN = [
    ("no JSON", "POST", "/api/v1/namespaces", b"{", JSON, 400),
    ("another kind", "POST", "/api/v1/namespaces", b'{"kind":"Pod","apiVersion":"v1"}', JSON, 400),
    ("a type that is not read", "POST", "/api/v1/namespaces", b"a,b", "text/csv", 415),
    ("a patch of no type", "PATCH", "/api/v1/namespaces/default", b"{}", JSON, 415),
    (
        "an unknown member, strictly",
        "POST",
        "/api/v1/namespaces?fieldValidation=Strict&dryRun=All",
        b'{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"x"},"colour":1}',
        JSON,
        400,
    ),
    (
        "a name that is none",
        "POST",
        "/api/v1/namespaces",
        b'{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"A B"}}',
        JSON,
        422,
    ),
    ("a patch of nobody", "PATCH", "/api/v1/namespaces/nobody", b"{}", "application/merge-patch+json", 404),
    ("nothing at all", "POST", "/api/v1/namespaces", b"", JSON, 400),
]


@pytest.mark.parametrize("method, path, body, kind, code", [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_refusals_are_the_same(itself, through, method, path, body, kind, code):
    assert assert_same(itself, through, method, path, body=body, headers=[("Content-Type", kind)])[0] == code


def test_a_body_that_is_too_large_is_refused_by_the_api_server_itself(itself, through):
    body = json.dumps(
        {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "big"}, "data": {"x": "y" * (4 << 20)}}
    ).encode()
    got = assert_same(
        itself, through, "POST", "/api/v1/namespaces/default/configmaps", body=body, headers=[("Content-Type", JSON)]
    )
    assert got[0] == 413


# Writes: the same story told twice, in two namespaces.


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def member(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def protobuf(api_version, kind, message):
    """As kubectl sends its reviews: runtime.Unknown behind four bytes."""
    type_meta = member(1, api_version.encode()) + member(2, kind.encode())
    return b"k8s\x00" + member(1, type_meta) + member(2, message)


ACCESS_REVIEW = protobuf(
    "authorization.k8s.io/v1",
    "SelfSubjectAccessReview",
    member(1, b"")
    + member(2, member(1, member(1, b"default") + member(2, b"create") + member(5, b"pods")))
    + member(3, b""),
)


def config_map(name, **data):
    return {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {"name": name, "labels": {"for": "verbs"}},
        "data": data,
    }


DEPLOYMENT = {
    "kind": "Deployment",
    "apiVersion": "apps/v1",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "example/app:1"}]},
        },
    },
}
POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "pod", "labels": {"app": "pod"}},
    "spec": {"nodeSelector": {"nowhere": "x"}, "containers": [{"name": "c", "image": "example/app:1"}]},
}


def signing_request(tmp):
    key, request = tmp / "key.pem", tmp / "request.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-subj",
            "/CN=verbs",
            "-keyout",
            key,
            "-out",
            request,
        ],
        check=True,
        capture_output=True,
    )
    return base64.b64encode(request.read_bytes()).decode()


def yaml(name, value):
    return f"kind: ConfigMap\napiVersion: v1\nmetadata: {{name: {name}}}\ndata: {{x: '{value}'}}\n".encode()


def story(ns, csr):
    """method, path, body, content type, more headers, expected status."""
    core = f"/api/v1/namespaces/{ns}"
    maps, apps = f"{core}/configmaps", f"/apis/apps/v1/namespaces/{ns}/deployments"
    csr_path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    apply = "application/apply-patch+yaml"
    return [
        ("POST", "/api/v1/namespaces", {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": ns}}, JSON, 201),
        ("POST", maps, config_map("a", x="1"), JSON, 201),
        ("POST", maps, config_map("a", x="1"), JSON, 409),
        ("POST", maps, yaml("b", 1), "application/yaml", 201),
        ("POST", f"{maps}?dryRun=All&fieldManager=me", config_map("never"), JSON, 201),
        ("PUT", f"{maps}/a", config_map("a", x="2"), JSON, 200),
        ("PATCH", f"{maps}/a", {"data": {"y": "3"}}, "application/merge-patch+json", 200),
        ("PATCH", f"{maps}/a", {"data": {"y": None}}, "application/strategic-merge-patch+json", 200),
        ("PATCH", f"{maps}/a", [{"op": "add", "path": "/data/z", "value": "4"}], "application/json-patch+json", 200),
        ("PATCH", f"{maps}/a", [{"op": "test", "path": "/data/z", "value": "5"}], "application/json-patch+json", 422),
        ("PATCH", f"{maps}/applied?fieldManager=one&force=false", yaml("applied", 1), apply, 201),
        ("PATCH", f"{maps}/applied?fieldManager=two&force=false", yaml("applied", 2), apply, 409),
        ("PATCH", f"{maps}/applied?fieldManager=two&force=true", yaml("applied", 2), apply, 200),
        (
            "DELETE",
            f"{maps}/b",
            {
                "kind": "DeleteOptions",
                "apiVersion": "v1",
                "preconditions": {"uid": "no"},
            },
            JSON,
            409,
        ),
        (
            "DELETE",
            f"{maps}/b",
            {
                "kind": "DeleteOptions",
                "apiVersion": "v1",
                "propagationPolicy": "Background",
            },
            JSON,
            200,
        ),
        ("DELETE", f"{maps}?labelSelector=for%3Dverbs", None, None, 200),
        ("POST", apps, DEPLOYMENT, JSON, 201),
        ("GET", f"{apps}/web/scale", None, None, 200),
        ("PATCH", f"{apps}/web/scale", {"spec": {"replicas": 0}}, "application/merge-patch+json", 200),
        ("PATCH", f"{apps}/web/status", {"status": {"collisionCount": 7}}, "application/merge-patch+json", 200),
        ("POST", f"{core}/pods", POD, JSON, 201),
        (
            "PATCH",
            f"{core}/pods/pod/ephemeralcontainers",
            {"spec": {"ephemeralContainers": [{"name": "e", "image": "example/app:1"}]}},
            "application/strategic-merge-patch+json",
            200,
        ),
        (
            "POST",
            f"{core}/pods/pod/eviction",
            {
                "kind": "Eviction",
                "apiVersion": "policy/v1",
                "metadata": {"name": "pod"},
            },
            JSON,
            201,
        ),
        (
            "POST",
            f"{core}/serviceaccounts",
            {
                "kind": "ServiceAccount",
                "apiVersion": "v1",
                "metadata": {"name": "robot"},
            },
            JSON,
            201,
        ),
        (
            "POST",
            f"{core}/serviceaccounts/robot/token",
            {
                "kind": "TokenRequest",
                "apiVersion": "authentication.k8s.io/v1",
                "spec": {"expirationSeconds": 600},
            },
            JSON,
            201,
        ),
        (
            "POST",
            csr_path,
            {
                "kind": "CertificateSigningRequest",
                "apiVersion": "certificates.k8s.io/v1",
                "metadata": {"name": ns},
                "spec": {"request": csr, "signerName": "example.com/verbs", "usages": ["client auth"]},
            },
            JSON,
            201,
        ),
        (
            "PUT",
            f"{csr_path}/{ns}/approval",
            {
                "kind": "CertificateSigningRequest",
                "apiVersion": "certificates.k8s.io/v1",
                "metadata": {"name": ns},
                "spec": {"request": csr, "signerName": "example.com/verbs", "usages": ["client auth"]},
                "status": {"conditions": [{"type": "Approved", "status": "True", "reason": "Test", "message": "m"}]},
            },
            JSON,
            200,
        ),
        ("DELETE", f"{csr_path}/{ns}", None, None, 200),
        ("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", ACCESS_REVIEW, PROTOBUF, 201),
        ("DELETE", f"{apps}/web", None, None, 200),
        ("DELETE", f"/api/v1/namespaces/{ns}", None, None, 200),
    ]


CHANGING = [
    (rb'"[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]+"', b'"TOKEN"'),
    (rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", b"UID"),
    (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"TIME"),
    (rb'"resourceVersion": ?"\d+"', b"VERSION"),
]


def unchanging(path, body):
    """What is the same in both tellings. Of what controllers write into at any moment, only what it is."""
    if body.startswith(b"k8s\x00"):  # its reason names any one of several bindings
        body = b"a review that allows it" if b"SelfSubjectAccessReview" in body and b"RBAC: allowed" in body else body
    elif re.search("/(deployments|pods|namespaces)(/[^/]*)?(/[a-z]+)?$", path.partition("?")[0]):
        value = json.loads(body)
        body = json.dumps(
            [value["kind"], value["metadata"].get("name"), value.get("spec", {}).get("replicas")]
        ).encode()
    for pattern, instead in CHANGING:
        body = re.sub(pattern, instead, body)
    return body


def tell(who, ns, csr):
    told = []
    for method, path, body, kind, code in story(ns, csr):
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        accept = PROTOBUF if kind == PROTOBUF else JSON
        headers = [("Accept", accept), ("User-Agent", "verbs")] + ([("Content-Type", kind)] if kind else [])
        reply = who.request(method, path, body=data, headers=headers)
        assert reply.status == code, (method, path, reply.text)
        text = unchanging(path, reply.body)
        names = Counter(name.lower() for name, _ in reply.headers if name.lower() not in HOP | {"content-length"})
        told.append((method, path.replace(ns, "NS"), reply.status, names, text.replace(ns.encode(), b"NS")))
    return told


def test_a_story_of_writes_is_the_same(itself, through, tmp_path):
    csr = signing_request(tmp_path)
    stamp = f"{time.time_ns() % 10**9:09}"
    direct, proxied = tell(itself, f"verbs-a-{stamp}", csr), tell(through, f"verbs-b-{stamp}", csr)
    for expected, got in zip(direct, proxied, strict=True):
        assert got == expected


def test_a_client_that_gives_the_api_server_longer_is_given_longer(through):
    """timeout= is the API server's own parameter; one that it does not take is its to refuse."""
    for wish, code in (("60s", 200), ("1m30s", 200), ("nonsense", None)):
        reply = through.request("GET", f"/api/v1/namespaces/default?timeout={wish}")
        assert reply.status == code or code is None
