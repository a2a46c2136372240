"""Connecting, listing, finding and disconnecting clusters: every way in, and every way that is refused."""

import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from client import assert_status

CONNECT = "/api/clusters/connect"
AVAILABLE = "/api/clusters/available"
DEFAULT = {"type": "default"}
KEYS = {
    "type": "credentials",
    "access_key_id": "AKIAGIVENGIVENGIVEN1",
    "secret_access_key": "given-secret/that+must=never.be.seen00000",
}


def connect(gateway, name, auth=DEFAULT, region="us-east-1", **more):
    return gateway.post(CONNECT, {"cluster_name": name, "region": region, "auth": auth} | more)


def causes(reply):
    return {cause["field"]: cause["reason"] for cause in reply.json["details"]["causes"]}


def causes_text(reply):
    return " ".join(cause["message"] for cause in reply.json["details"]["causes"])


# What the body may be.


@pytest.mark.parametrize("path", [CONNECT, AVAILABLE])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'{"a":1}x', b'{"a":1,"a":2}', b"\xff\xfe", b"[" * 1000, b'{"region":"\\ud800"}']
)
def test_malformed_json_is_400(bare, path, body):
    assert_status(
        bare.request("POST", path, body=body, headers={"Content-Type": "application/json"}), 400, "BadRequest"
    )


@pytest.mark.parametrize("path", [CONNECT, AVAILABLE])
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "", None]
)
def test_another_content_type_is_415(bare, path, content_type):
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert_status(bare.request("POST", path, body=b"{}", headers=headers), 415, "UnsupportedMediaType")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_json_however_it_is_written(bare, content_type):
    assert bare.request("POST", CONNECT, body=b"{}", headers={"Content-Type": content_type}).status == 422


INVALID = [
    ("nothing at all", {}, {"cluster_name", "region", "auth"}),
    (
        "everything wrong at once",
        {"cluster_name": 5, "region": "us east 1", "auth": {"type": "magic"}, "colour": "red"},
        {"cluster_name", "region", "auth.type", "colour"},
    ),
    (
        "keys without keys",
        {"cluster_name": "c", "region": "us-east-1", "auth": {"type": "credentials"}},
        {"auth.access_key_id", "auth.secret_access_key"},
    ),
    (
        "a profile without its name",
        {"cluster_name": "c", "region": "us-east-1", "auth": {"type": "profile"}},
        {"auth.profile"},
    ),
    ("a body that is a list", [], None),
    ("a null region", {"cluster_name": "c", "region": None, "auth": DEFAULT}, {"region"}),
    ("an empty name", {"cluster_name": "", "region": "us-east-1", "auth": DEFAULT}, {"cluster_name"}),
    ("a name with a slash", {"cluster_name": "a/b", "region": "us-east-1", "auth": DEFAULT}, {"cluster_name"}),
    ("a name of 101 letters", {"cluster_name": "x" * 101, "region": "us-east-1", "auth": DEFAULT}, {"cluster_name"}),
    ("a region that is a host name", {"cluster_name": "c", "region": "evil.example/", "auth": DEFAULT}, {"region"}),
    (
        "replace that is no boolean",
        {"cluster_name": "c", "region": "us-east-1", "auth": DEFAULT, "replace": "yes"},
        {"replace"},
    ),
    (
        "keys with a line end",
        {"cluster_name": "c", "region": "us-east-1", "auth": KEYS | {"secret_access_key": "a\r\nX: y"}},
        {"auth.secret_access_key"},
    ),
]


@pytest.mark.parametrize("body, fields", [row[1:] for row in INVALID], ids=[row[0] for row in INVALID])
def test_all_that_is_wrong_is_told_at_once(bare, body, fields):
    reply = bare.post(CONNECT, body)
    assert_status(reply, 422, "Invalid", slug="invalid")
    if fields is not None:
        assert set(causes(reply)) == fields, reply.text
    for cause in reply.json["details"]["causes"]:
        assert cause["reason"].startswith("FieldValue") and cause["message"], cause


def test_a_refused_body_is_not_repeated_in_the_answer(bare):
    reply = bare.post(CONNECT, {"cluster_name": "c", "region": "us-east-1", "auth": KEYS | {"profile": "x"}})
    assert reply.status == 422
    assert KEYS["secret_access_key"] not in reply.text


@pytest.mark.parametrize(
    "method, path, allowed",
    [
        ("GET", CONNECT, "POST"),
        ("DELETE", CONNECT, "POST"),
        ("GET", AVAILABLE, "POST"),
        ("POST", "/api/clusters", "GET"),
        ("PUT", "/health", "GET"),
        ("DELETE", "/api/clusters/x", "GET"),
        ("GET", "/api/clusters/x/disconnect", "POST"),
        ("POST", "/api/clusters/x/resources/pods", "GET"),
        ("BREW", "/api/clusters", "GET"),
    ],
)
def test_a_wrong_method_is_405_and_names_the_right_ones(bare, method, path, allowed):
    reply = bare.request(method, path, body=b"" if method != "GET" else None)
    if path in (CONNECT, AVAILABLE) and reply.status == 404:
        pytest.fail("a path of its own was taken for a connection's id")
    assert_status(reply, 405, "MethodNotAllowed")
    assert allowed in [name.strip() for name in reply.header("Allow").split(",")]
    assert method not in [name.strip() for name in reply.header("Allow").split(",")]


@pytest.mark.parametrize(
    "path",
    [
        "/api",
        "/api/",
        "/api/nothing",
        "/api/clusters/",
        "/api/clusters/x/nothing",
        "/clusters",
        "/docs/x",
        "/healthz",
        "/api/clusters/x/resources/pods/y",
    ],
)
def test_an_unknown_path_is_404(bare, path):
    assert_status(bare.get(path), 404, "NotFound")


@pytest.mark.parametrize("path", ["/api/clusters?x=1", "/health?verbose=1"])
def test_an_unknown_query_parameter_is_400(bare, path):
    assert_status(bare.get(path), 400, "BadRequest")


def test_a_body_over_the_routes_limit_is_413(bare):
    assert_status(connect(bare, "x" * (1 << 20)), 413, "RequestEntityTooLarge")


# Without credentials.


def test_without_any_credentials_the_answer_names_what_is_missing(bare):
    status = assert_status(connect(bare, "demo"), 503, "ServiceUnavailable")
    assert "AWS_ACCESS_KEY_ID" in status["message"]


def test_an_unknown_profile_is_a_field_error(bare):
    reply = connect(bare, "demo", {"type": "profile", "profile": "nobody"})
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == {"auth.profile"}


# Before stubs: what AWS and clusters may answer.


def test_connecting_checks_the_credentials_before_anything_else(stubbed, stubs):
    name = stubs.cluster()
    assert connect(stubbed, name).status == 201
    assert stubs.aws.calls == ["GetCallerIdentity", "DescribeCluster"]
    assert [r.target.partition("?")[0] for r in stubs.kube.requests] == ["/api/v1/namespaces"]


def test_a_new_connection_is_201_and_a_renewed_one_200(stubbed, stubs):
    name = stubs.cluster()
    first, second = connect(stubbed, name), connect(stubbed, name)
    assert (first.status, second.status) == (201, 200)
    for reply in (first, second):
        body = reply.json
        assert body["connection_id"] == f"us-east-1_{name}"
        assert (body["name"], body["region"], body["version"], body["status"]) == (name, "us-east-1", "1.33", "ACTIVE")
        assert body["endpoint"] == stubs.kube.endpoint


def test_the_connection_is_listed_shown_and_gone_after_disconnecting(stubbed, stubs):
    name = stubs.cluster()
    identity = connect(stubbed, name).json["connection_id"]
    listed = stubbed.get("/api/clusters").json
    assert listed["contexts"] == [identity] and listed["currentContext"] == identity
    (entry,) = listed["clusters"]
    assert entry == {
        "id": identity,
        "name": name,
        "region": "us-east-1",
        "version": "1.33",
        "status": "ACTIVE",
        "endpoint": stubs.kube.endpoint,
        "source": "eks",
    }
    shown = stubbed.get(f"/api/clusters/{identity}").json
    assert {k: shown[k] for k in entry} == entry
    assert shown["identity_arn"] == stubs.aws.arn and shown["auth_type"] == "default"
    assert shown["platform_version"] == "eks.1" and shown["created_at"] == "2025-10-09T08:53:20Z"
    assert abs(time.time() - time.mktime(time.strptime(shown["connected_at"] + " UTC", "%Y-%m-%dT%H:%M:%SZ %Z"))) < 60

    gone = stubbed.post(f"/api/clusters/{identity}/disconnect")
    assert (gone.status, gone.json["connection_id"]) == (200, identity)
    assert stubbed.get("/api/clusters").json == {"clusters": [], "contexts": [], "currentContext": None}
    for method, path in (("GET", ""), ("POST", "/disconnect"), ("GET", "/resources/pods"), ("GET", "/resources")):
        assert_status(stubbed.request(method, f"/api/clusters/{identity}{path}"), 404, "NotFound", slug="not-connected")


def test_another_identity_is_409_unless_it_is_to_replace(stubbed, stubs):
    name = stubs.cluster()
    connect(stubbed, name)
    stubs.aws.arn, before = stubs.aws.arn.replace("someone", "another"), stubs.aws.arn
    try:
        assert_status(connect(stubbed, name), 409, "Conflict", slug="conflict")
        assert stubbed.get(f"/api/clusters/us-east-1_{name}").json["identity_arn"] == before
        assert connect(stubbed, name, replace=True).status == 200
        assert stubbed.get(f"/api/clusters/us-east-1_{name}").json["identity_arn"] == stubs.aws.arn
    finally:
        stubs.aws.arn = before


def test_what_fails_is_not_stored(stubbed, stubs):
    assert connect(stubbed, "not-described").status == 404
    assert connect(stubbed, stubs.cluster(stubs.wrong_authority.port)).status == 502
    assert stubbed.get("/api/clusters").json["clusters"] == []


AWS_ERRORS = [
    ("GetCallerIdentity", 403, "SignatureDoesNotMatch", "The request signature we calculated does not match", 403),
    ("GetCallerIdentity", 403, "InvalidClientTokenId", "The security token included in the request is invalid.", 403),
    ("DescribeCluster", 404, "ResourceNotFoundException", "No cluster found for name: x.", 404),
    ("DescribeCluster", 403, "AccessDeniedException", "User is not authorized to perform: eks:DescribeCluster", 403),
]


@pytest.mark.parametrize("operation, status, code, message, expected", AWS_ERRORS, ids=[row[2] for row in AWS_ERRORS])
def test_an_aws_error_keeps_its_code_and_message(stubbed, stubs, operation, status, code, message, expected):
    name = stubs.cluster()
    stubs.aws.fault(operation, status, code, message)
    reply = connect(stubbed, name)
    assert reply.status == expected, reply.text
    body = reply.json
    assert body["kind"] == "Status" and body["details"]["awsCode"] == code and message in body["message"]


@pytest.mark.parametrize(
    "operation, code", [("GetCallerIdentity", "ExpiredToken"), ("DescribeCluster", "ExpiredTokenException")]
)
def test_expired_credentials_are_503_and_never_401(stubbed, stubs, operation, code):
    stubs.aws.fault(operation, 403, code, "The security token included in the request is expired")
    assert_status(connect(stubbed, stubs.cluster()), 503, "ServiceUnavailable", slug="credentials_expired")


def test_throttling_is_retried(stubbed, stubs):
    stubs.aws.fault("DescribeCluster", 429, "ThrottlingException", "Rate exceeded")
    assert connect(stubbed, stubs.cluster()).status == 201
    assert stubs.aws.calls.count("DescribeCluster") == 2


@pytest.mark.parametrize(
    "raw", [b"", b"<html>", b"{}", b'{"cluster":null}', b'{"cluster":{"endpoint":5}}', b"[" * 2000]
)
def test_an_answer_of_aws_that_makes_no_sense_is_an_error(stubbed, stubs, raw):
    stubs.aws.fault("DescribeCluster", 200, raw=raw)
    reply = connect(stubbed, stubs.cluster())
    assert reply.status in (409, 502) and reply.json["kind"] == "Status", reply.text


@pytest.mark.parametrize(
    "members",
    [{"status": "CREATING", "endpoint": None, "certificateAuthority": None}, {"status": "FAILED", "endpoint": ""}],
)
def test_a_cluster_without_an_endpoint_cannot_be_connected_yet(stubbed, stubs, members):
    assert_status(connect(stubbed, stubs.cluster(**members)), 409, "Conflict")


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:{port}",
        "https://127.0.0.1:1",
        "https://127.0.0.1",
        "https://localhost:{port}",
        "https://169.254.169.254",
        "https://[::1]:{port}",
        "https://user@127.0.0.1:{port}",
        "https://127.0.0.1:{port}/path",
        "https://127.0.0.1:{port}?x",
        "https://[::ffff:169.254.169.254]",
        "https://[::ffff:7f00:1]",
        "https://[fd00:ec2::254]",
        "https://2130706433:{port}",
        "https://0177.0.0.1:{port}",
        "https://0x7f000001:{port}",
        "https://127.1:{port}",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/_FLUSHALL",
        "https://127.0.0.1:{port}#x",
        "https://127.0.0.1:{port}\\x.eks.amazonaws.com",
        "https://evil.example",
        "https://evil.example/.eks.amazonaws.com",
        "ftp://127.0.0.1:{port}",
        "https://x.eks.amazonaws.com.evil.example",
        "https://eks.amazonaws.com:8443",
        "",
    ],
)
def test_an_endpoint_that_eks_would_not_name_is_refused(stubbed, stubs, endpoint):
    before = len(stubs.kube.requests)
    reply = connect(stubbed, stubs.cluster(endpoint=endpoint.format(port=stubs.kube.port)))
    assert reply.status in (409, 502), reply.text
    assert reply.json["kind"] == "Status"
    assert len(stubs.kube.requests) == before


CLUSTER_FAULTS = [
    ("refuses connections", lambda s: s.refusing.getsockname()[1], 503, "ServiceUnavailable", "upstream-unreachable"),
    ("has another authority's certificate", lambda s: s.wrong_authority.port, 502, "InternalError", "upstream-tls"),
    ("has another host's certificate", lambda s: s.wrong_name.port, 502, "InternalError", "upstream-tls"),
    ("has a certificate that has run out", lambda s: s.expired.port, 502, "InternalError", "upstream-tls"),
    ("has a certificate that vouches for itself", lambda s: s.self_signed.port, 502, "InternalError", "upstream-tls"),
    ("speaks TLS 1.1 at best", lambda s: s.old_tls.port, 502, "InternalError", "upstream-tls"),
    ("never answers", lambda s: s.silent.getsockname()[1], 504, "Timeout", "upstream-timeout"),
]


@pytest.mark.parametrize(
    "port, code, reason, slug", [row[1:] for row in CLUSTER_FAULTS], ids=[row[0] for row in CLUSTER_FAULTS]
)
def test_a_cluster_that(stubbed, stubs, port, code, reason, slug):
    begin = time.monotonic()
    assert_status(connect(stubbed, stubs.cluster(port(stubs))), code, reason, slug=slug)
    assert time.monotonic() - begin < 30


@pytest.mark.parametrize("data", ["", "bm90IGEgY2VydGlmaWNhdGU=", "!!!", "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCg=="])
def test_a_certificate_authority_that_is_none_is_an_error(stubbed, stubs, data):
    reply = connect(stubbed, stubs.cluster(certificateAuthority={"data": data}))
    assert reply.status in (409, 502) and reply.json["kind"] == "Status", reply.text


def test_a_cluster_that_does_not_know_the_identity_is_403_and_never_401(stubbed, stubs):
    from stubs.kube import status_answer

    stubs.kube.on("/api/v1/namespaces", status_answer(401, "Unauthorized", "Unauthorized"))
    reply = connect(stubbed, stubs.cluster())
    assert reply.status == 403 and reply.header("X-Eksgate-Error") == "upstream-unauthorized"


def test_an_identity_that_may_not_list_namespaces_is_connected_with_a_warning(stubbed, stubs):
    from stubs.kube import status_answer

    stubs.kube.on("/api/v1/namespaces", status_answer(403, "Forbidden", "namespaces is forbidden"))
    reply = connect(stubbed, stubs.cluster())
    assert reply.status == 201 and "namespaces" in reply.json["warning"]


# Secrets.


def test_given_keys_are_nowhere_in_clear(stubbed, stubs):
    """Not in the answer, not in a log, not in what redis writes to disk, not on a command line."""
    import base64
    import urllib.parse
    from pathlib import Path

    identity = connect(stubbed, stubs.cluster(), KEYS).json["connection_id"]
    answers = stubbed.get("/api/clusters").text + stubbed.get(f"/api/clusters/{identity}").text
    stubbed.get(f"/raw/clusters/{identity}/version")
    secret = KEYS["secret_access_key"]
    forms = [
        secret.encode(),
        base64.b64encode(secret.encode()).rstrip(b"="),
        urllib.parse.quote(secret, safe="").encode(),
    ]
    import subprocess

    subprocess.run(["redis-cli", "-s", str(stubbed.stack.redis_socket), "save"], check=True, capture_output=True)
    dump = stubbed.stack.run.path / "redis" / "dump.rdb"
    assert dump.exists() and b"eksgate:sealed" in dump.read_bytes()
    for form in forms:
        assert form not in answers.encode()
        for file in stubbed.stack.run.path.rglob("*"):
            if file.is_file():
                assert form not in file.read_bytes(), file
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                assert form not in process.read_bytes(), process
            except OSError:
                pass


def test_given_keys_are_used_after_a_restart(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment())
    name = stubs.cluster()
    identity = connect(gateway, name, KEYS).json["connection_id"]
    launcher.stop(gateway)
    gateway = launcher.start(short_tmp, env=stubs.environment())
    assert gateway.get(f"/raw/clusters/{identity}/version").status == 200
    assert gateway.get(f"/api/clusters/{identity}").json["auth_type"] == "credentials"
    launcher.stop(gateway)


# Profiles.


def test_a_profile_is_read_from_the_aws_files(launcher, short_tmp, stubs):
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(parents=True)
    (aws / "credentials").write_text(
        "[dev]\naws_access_key_id = AKIAPROFILEPROFILE01\naws_secret_access_key = from-a-file\n"
    )
    gateway = launcher.start(short_tmp, env={k: v for k, v in stubs.environment().items() if "ACCESS_KEY" not in k})
    reply = connect(gateway, stubs.cluster(), {"type": "profile", "profile": "dev"})
    assert reply.status == 201, reply.text
    shown = gateway.get(f"/api/clusters/{reply.json['connection_id']}").json
    assert shown["auth_type"] == "profile"
    reply = connect(gateway, stubs.cluster(), {"type": "profile", "profile": "prod"})
    assert_status(reply, 422, "Invalid")
    assert set(causes(reply)) == {"auth.profile"}
    launcher.stop(gateway)


MFA_PROFILE = """[profile guarded]
role_arn = arn:aws:iam::123456789012:role/ops
source_profile = me
mfa_serial = arn:aws:iam::123456789012:mfa/me
[profile me]
aws_access_key_id = AKIAPROFILEPROFILE01
aws_secret_access_key = from-a-file
"""


@pytest.fixture
def guarded(launcher, short_tmp, stubs):
    """A gateway with a profile that needs a code of a device."""
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(parents=True)
    (aws / "config").write_text(MFA_PROFILE)
    gateway = launcher.start(short_tmp, env={k: v for k, v in stubs.environment().items() if "ACCESS_KEY" not in k})
    yield gateway
    launcher.stop(gateway)


def test_a_profile_with_mfa_is_connected_with_a_code_which_is_used_once(guarded, stubs):
    auth = {"type": "profile", "profile": "guarded"}
    name = stubs.cluster()
    reply = connect(guarded, name, auth)
    assert_status(reply, 422, "Invalid")
    assert "mfa_code" in causes_text(reply)
    stubs.aws.mfa_codes.add("123456")
    reply = connect(guarded, name, auth | {"mfa_code": "123456"})
    assert reply.status == 201, reply.text
    assert "can not be renewed" in reply.json["warning"]
    identity = reply.json["connection_id"]
    assert stubs.aws.calls.count("AssumeRole") == 1
    # Both processes go on with the session, and ask for no other one.
    for _ in range(20):
        assert guarded.get(f"/raw/clusters/{identity}/version").status == 200
    assert stubs.aws.calls.count("AssumeRole") == 1
    # Who has no code does not get into the session of who had one.
    assert_status(connect(guarded, stubs.cluster(), auth), 422, "Invalid")


def test_a_wrong_code_is_refused_in_awss_own_words(guarded, stubs):
    reply = connect(guarded, stubs.cluster(), {"type": "profile", "profile": "guarded", "mfa_code": "000000"})
    assert_status(reply, 403, "Forbidden", message="invalid MFA one time pass code")


def test_the_end_of_a_session_that_needed_a_code_says_what_to_do(guarded, stubs):
    stubs.aws.mfa_codes.add("123456")
    stubs.aws.session_seconds = 3
    reply = connect(guarded, stubs.cluster(), {"type": "profile", "profile": "guarded", "mfa_code": "123456"})
    assert reply.status == 201, reply.text
    path = f"/raw/clusters/{reply.json['connection_id']}/version"
    deadline = time.monotonic() + 10
    while guarded.get(path).status == 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    status = assert_status(guarded.get(path), 503, "ServiceUnavailable", slug="credentials_expired")
    assert "with a new code" in status["message"]


def test_a_code_that_nobody_asked_for_is_a_field_error(guarded, stubs):
    for auth in ({"type": "profile", "profile": "me"}, KEYS):
        reply = connect(guarded, stubs.cluster(), auth | {"mfa_code": "123456"})
        assert_status(reply, 422, "Invalid")
        assert set(causes(reply)) == {"auth.mfa_code"}
    reply = connect(guarded, stubs.cluster(), {"type": "profile", "profile": "guarded", "mfa_code": "12 456"})
    assert set(causes(reply)) == {"auth.mfa_code"}


def test_discovery_takes_a_code_too(guarded, stubs):
    name = stubs.cluster()
    stubs.aws.mfa_codes.add("654321")
    auth = {"type": "profile", "profile": "guarded", "mfa_code": "654321"}
    reply = guarded.post(AVAILABLE, {"region": "us-east-1", "auth": auth})
    assert name in [c["name"] for c in reply.json["clusters"]]


def test_a_profile_brings_its_own_endpoints(launcher, short_tmp, stubs):
    """The environment names none: every call goes where the connection's profile says."""
    aws = short_tmp / "home" / ".aws"
    aws.mkdir(parents=True)
    (aws / "config").write_text(
        f"[profile dev]\naws_access_key_id = AKIAPROFILEPROFILE01\naws_secret_access_key = from-a-file\n"
        f"services = here\n[services here]\nsts =\n  endpoint_url = {stubs.aws.url}\neks =\n"
        f"  endpoint_url = {stubs.aws.url}\n"
    )
    unset = ("ACCESS_KEY", "ENDPOINT_URL")
    env = {k: v for k, v in stubs.environment().items() if not any(name in k for name in unset)}
    gateway = launcher.start(short_tmp, env=env)
    auth = {"type": "profile", "profile": "dev"}
    name = stubs.cluster()
    reply = connect(gateway, name, auth)
    assert reply.status == 201, reply.text
    assert stubs.aws.calls == ["GetCallerIdentity", "DescribeCluster"]
    found = gateway.post(AVAILABLE, {"region": "us-east-1", "auth": auth})
    assert name in [c["name"] for c in found.json["clusters"]] and "ListClusters" in stubs.aws.calls
    assert gateway.get(f"/api/clusters/{reply.json['connection_id']}/eks").status == 200
    launcher.stop(gateway)


# Available clusters.


def anew(number=itertools.count(1)):
    """An identity that has not asked yet: what EKS told another, or a moment ago, is not asked again."""
    return KEYS | {"access_key_id": f"AKIASOMEBODYNEW{next(number):05}"}


def test_available_lists_every_page_and_describes_each(stubbed, stubs):
    names = sorted(stubs.cluster() for _ in range(5))
    reply = stubbed.post(AVAILABLE, {"region": "us-east-1", "auth": anew()})
    assert reply.status == 200
    found = {c["name"]: c for c in reply.json["clusters"]}
    assert set(names) <= set(found) and reply.json["errors"] == []
    cluster = found[names[0]]
    assert cluster == {
        "name": names[0],
        "region": "us-east-1",
        "status": "ACTIVE",
        "version": "1.33",
        "endpoint": stubs.kube.endpoint,
        "created_at": "2025-10-09T08:53:20Z",
    }


def test_available_goes_on_when_one_cluster_cannot_be_described(stubbed, stubs):
    stubs.cluster()
    stubs.aws.fault("DescribeCluster", 403, "AccessDeniedException", "not you")
    reply = stubbed.post(AVAILABLE, {"region": "us-east-1", "auth": anew()})
    (error,) = reply.json["errors"]
    assert reply.status == 200 and (error["region"], error["code"]) == ("us-east-1", "AccessDeniedException")
    assert reply.json["clusters"]


def test_available_takes_several_regions(stubbed, stubs):
    stubs.cluster()
    reply = stubbed.post(AVAILABLE, {"regions": ["us-east-1", "eu-west-1"], "auth": anew()})
    assert reply.status == 200
    assert {c["region"] for c in reply.json["clusters"]} == {"us-east-1", "eu-west-1"}


def test_many_who_look_at_once_cost_aws_one_look(stubbed, stubs):
    """A hundred clusters, thirty pages of a UI, two processes: each process lists and describes once."""
    names = {stubs.cluster() for _ in range(100)}
    auth = anew()
    with ThreadPoolExecutor(30) as pool:
        for reply in pool.map(lambda _: stubbed.post(AVAILABLE, {"region": "us-east-1", "auth": auth}), range(30)):
            assert names <= {c["name"] for c in reply.json["clusters"]}
    assert stubs.aws.calls.count("ListClusters") <= 2 * 50  # two names a page
    assert stubs.aws.calls.count("DescribeCluster") <= 2 * 100
    for _ in range(4):  # and a moment later nobody does
        stubbed.post(AVAILABLE, {"region": "us-east-1", "auth": auth})
    assert stubs.aws.calls.count("ListClusters") <= 2 * 50


@pytest.mark.parametrize(
    "body, fields",
    [
        ({"auth": DEFAULT}, {"region"}),
        ({"region": "us-east-1"}, {"auth"}),
        ({"region": "mars!", "auth": DEFAULT}, {"region"}),
        ({"regions": [], "auth": DEFAULT}, {"regions"}),
        ({"regions": ["us-east-1", 5], "auth": DEFAULT}, {"regions"}),
    ],
)
def test_available_tells_what_is_wrong(bare, body, fields):
    reply = bare.post(AVAILABLE, body)
    assert_status(reply, 422, "Invalid")
    assert {field.partition("[")[0] for field in causes(reply)} == fields


# Redis away.


def test_without_redis_known_clusters_go_on_and_writes_are_refused(launcher, short_tmp, stubs):
    gateway = launcher.start(short_tmp, env=stubs.environment(), processes=1)
    identity = connect(gateway, stubs.cluster()).json["connection_id"]
    assert gateway.get("/health").json["redis"] == "up"
    assert gateway.get(f"/raw/clusters/{identity}/version").status == 200

    redis = gateway.stack.redis
    redis.stop()
    gateway.stack.run.children.remove(redis)
    health = gateway.get("/health")
    assert (health.status, health.json["status"], health.json["redis"]) == (200, "degraded", "down")
    assert gateway.get(f"/raw/clusters/{identity}/version").status == 200
    assert_status(connect(gateway, stubs.cluster()), 503, "ServiceUnavailable", slug="store-unavailable")
    assert_status(
        gateway.get("/raw/clusters/us-east-1_unknown/version"), 503, "ServiceUnavailable", slug="store-unavailable"
    )

    gateway.stack.start_redis()
    deadline = time.monotonic() + 10
    while gateway.get("/health").json["redis"] != "up" and time.monotonic() < deadline:
        time.sleep(0.1)
    assert gateway.get("/health").json["status"] == "healthy"
    assert gateway.get(f"/api/clusters/{identity}").status == 200
    launcher.stop(gateway)


# Health.


def test_health_is_healthy_and_names_the_default_cluster(launcher, short_tmp, stubs):
    name = stubs.cluster()
    gateway = launcher.start(short_tmp, env=stubs.environment() | {"EKS_CLUSTER_NAME": name, "EKS_REGION": "us-east-1"})
    health = gateway.get("/health").json
    assert (health["status"], health["redis"], health["cluster"], health["region"]) == (
        "healthy",
        "up",
        name,
        "us-east-1",
    )
    assert health["version"] and health["clock_offset_seconds"] == 0
    # It connects itself when it is first asked for.
    assert gateway.get("/raw/version").status == 200
    assert gateway.get("/api/clusters").json["currentContext"] == f"us-east-1_{name}"
    launcher.stop(gateway)


def test_health_relays_the_sandboxs_progress_while_it_is_not_ready(launcher, short_tmp):
    progress = short_tmp / "progress.json"
    gateway = launcher.start(short_tmp, env={"EKSGATE_SANDBOX_PROGRESS": str(progress)})
    assert "sandbox" not in gateway.get("/health").json
    state = {"step": "etcd", "message": "building etcd", "percent": 42, "ready": False, "error": None}
    progress.write_text(json.dumps(state))
    assert gateway.get("/health").json["sandbox"] == state
    progress.write_text(json.dumps(state | {"ready": True}))
    assert "sandbox" not in gateway.get("/health").json
    launcher.stop(gateway)


def test_logs_are_json_lines(bare):
    bare.get("/health")
    lines = bare.log.splitlines()
    assert lines and all(isinstance(json.loads(line), dict) for line in lines)
