"""Pages of other sites that the operator named may use the API; all others get nothing, as ever."""

import pytest
from client import assert_status

LISTED = "https://tools.example:8443"
ORIGINS = f"https://first.example,{LISTED}"


@pytest.fixture(scope="module")
def shared(launcher, session_directory):
    """A gateway that shares its API with two origins; nothing is behind it."""
    directory = session_directory / "cors"
    directory.mkdir()
    gateway = launcher.start(directory, env={"EKSGATE_CORS_ORIGINS": ORIGINS})
    yield gateway
    launcher.stop(gateway)


def cors_headers(reply):
    return {name.lower(): value for name, value in reply.headers if name.lower().startswith("access-control-")}


def preflight(gateway, path, method, origin=LISTED):
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type",
        "Sec-Fetch-Site": "cross-site",
    }
    return gateway.request("OPTIONS", path, headers=headers)


@pytest.mark.parametrize(
    "path, methods",
    [
        ("/api/clusters", {"GET", "HEAD"}),
        ("/api/clusters/connect", {"POST"}),
        ("/api/keys", {"GET", "HEAD", "POST"}),
        ("/api/keys/0123?x=1", {"DELETE"}),
        ("/api/clusters/us-east-1_demo/access", {"GET", "HEAD", "POST"}),
        ("/health", {"GET", "HEAD"}),
    ],
)
def test_a_listed_page_learns_the_methods_of_the_route(shared, path, methods):
    reply = preflight(shared, path, "POST")
    assert (reply.status, reply.body) == (204, b"")
    headers = cors_headers(reply)
    assert set(headers.pop("access-control-allow-methods").split(", ")) == methods
    assert headers["access-control-allow-origin"] == LISTED
    assert headers["access-control-allow-headers"] == "Authorization, Content-Type, Idempotency-Key"
    assert "access-control-allow-credentials" not in headers
    assert reply.header("Vary") == "Origin"


def test_a_listed_page_may_ask_and_read(shared):
    reply = shared.get("/api/clusters", headers={"Origin": LISTED, "Sec-Fetch-Site": "cross-site"})
    assert reply.status == 200
    headers = cors_headers(reply)
    exposed = headers.pop("access-control-expose-headers").split(", ")
    assert {"X-Request-Id", "X-Eksgate-Error", "Retry-After", "RateLimit-Remaining"} <= set(exposed)
    assert headers == {"access-control-allow-origin": LISTED}
    assert reply.header("Vary") == "Origin"


@pytest.mark.parametrize(
    "method, path, body, code",
    [
        ("GET", "/api/clusters/none", None, 404),
        ("POST", "/api/clusters/connect", b"{}", 422),
        ("PUT", "/api/clusters", b"{}", 405),
        ("GET", "/api/nothing", None, 404),
    ],
)
def test_a_listed_page_reads_errors_too(shared, method, path, body, code):
    headers = {"Origin": LISTED, "Content-Type": "application/json"}
    reply = shared.request(method, path, body=body, headers=headers)
    assert reply.status == code
    assert cors_headers(reply)["access-control-allow-origin"] == LISTED


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://tools.example",
        "http://tools.example:8443",
        "https://TOOLS.example:8443",
        "https://tools.example:8443.evil.example",
        "https://evil.tools.example:8443",
        ORIGINS,
        "null",
        "*",
    ],
)
def test_another_origin_gets_nothing(shared, origin):
    asked = preflight(shared, "/api/clusters/connect", "POST", origin)
    assert_status(asked, 405, "MethodNotAllowed")
    used = shared.get("/api/clusters", headers={"Origin": origin})
    assert_status(used, 403, "Forbidden")
    assert cors_headers(asked) == cors_headers(used) == {}
    # Or a cache would answer one page with what was meant for another.
    assert asked.header("Vary") == used.header("Vary") == "Origin"


def test_a_page_that_does_not_say_who_it_is_gets_nothing(shared):
    assert_status(shared.get("/api/clusters", headers={"Sec-Fetch-Site": "cross-site"}), 403, "Forbidden")


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_the_clusters_own_api_is_shared_with_nobody(shared, method):
    headers = {"Origin": LISTED, "Access-Control-Request-Method": "GET"}
    for path in ("/raw/clusters/us-east-1_demo/api", "/raw/clusters/us-east-1_demo", "/raw/api"):
        reply = shared.request(method, path, headers=headers)
        assert_status(reply, 403, "Forbidden")
        assert cors_headers(reply) == {} and reply.all("Vary") == []


def test_a_path_that_is_not_there_has_no_methods_to_tell(shared):
    assert_status(preflight(shared, "/api/nothing", "GET"), 404, "NotFound")


def test_without_a_list_no_answer_speaks_of_it(bare):
    reply = preflight(bare, "/api/clusters", "GET")
    assert_status(reply, 405, "MethodNotAllowed")
    assert cors_headers(reply) == {} and reply.all("Vary") == []
