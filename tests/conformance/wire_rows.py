"""Rows 89 to 100: bytes and headers. Each function does its row on one side and returns what is compared."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import wire
from rows import Row
from wire import FENCES, ask, eventually

PODS = "/api/v1/namespaces/payments/pods"
MAPS = "/api/v1/namespaces/{}/configmaps"
JSON = {"Content-Type": "application/json"}
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


def openapi(side, row, scratch, world):
    """The document itself, and 304 to who has it."""
    first = ask(side, "GET", "/openapi/v3/apis/apps/v1", {"Accept": "application/json"})
    etag = first.all("ETag")[0]
    again = ask(side, "GET", "/openapi/v3/apis/apps/v1", {"Accept": "application/json", "If-None-Match": etag})
    assert again.status == 304, again.status
    second = ask(side, "GET", "/openapi/v2", {"Accept": "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"})
    listed = json.loads(ask(side, "GET", "/openapi/v3").body)["paths"]["apis/apps/v1"]["serverRelativeURL"]
    by_hash = ask(side, "GET", listed)
    without = {"expires"}  # a year from now
    return "".join(reply.text(side, without) for reply in (first, again, second, by_hash))


def compressed(side, row, scratch, world):
    """An answer of more than 128 KiB is compressed for who asks, and only for him."""
    texts = []
    for accept in ({"Accept-Encoding": "gzip"}, {"Accept-Encoding": "identity"}, {}):
        reply = ask(side, "GET", "/openapi/v2", {"Accept": "application/json"} | accept)
        assert (reply.body[:2] == b"\x1f\x8b") == (reply.all("Content-Encoding") == ["gzip"]) == ("gzip" in str(accept))
        texts.append(reply.text(side))
    return "".join(texts)


def methods(side, row, scratch, world):
    texts = []
    for method in ("HEAD", "OPTIONS", "PROPFIND", "POST", "PUT", "DELETE"):
        for path in ("/version", "/api/v1/nosuch", PODS + "/nosuch"):
            reply = ask(side, method, path, body=b"" if method in ("POST", "PUT") else None)
            texts.append(f"{method} {path}\n{reply.text(side)}{reply.body.decode()}")
    return "\n".join(texts)


def chunked(side, row, scratch, world):
    """A body of unknown length, in pieces."""
    maps = MAPS.format(side.namespace(row))
    created = ask(side, "POST", maps, JSON, chunks=[b'{"metadata":{"name":', b'"one"},"data":{"a":"1"}}'])
    replaced = ask(side, "PUT", f"{maps}/one", JSON, chunks=[b'{"metadata":{"name":"one"},"data":', b'{"a":"2"}}'])
    assert (created.status, replaced.status) == (201, 200), (created.body, replaced.body)
    assert json.loads(replaced.body)["data"] == {"a": "2"}
    return "".join(reply.text(side, {"content-length"}, body=False) for reply in (created, replaced))


def expecting(side, row, scratch, world):
    """The client waits for a word before it sends the body, and gets it."""
    body = b'{"metadata":{"name":"one"}}'
    raw = wire.Raw(side)
    raw.send("POST", MAPS.format(side.namespace(row)), "Content-Type: application/json",
             f"Content-Length: {len(body)}", "Expect: 100-continue")  # fmt: skip
    interim = raw.read_head().splitlines()[0]
    raw.socket.sendall(body)
    final = raw.read_head().splitlines()[0]
    raw.close()
    return f"{interim}\n{final}"


def service(side, row, world):
    """A service whose one endpoint is the backend. The API server wants a pod that has the address."""
    namespace, backend = side.namespace(row), world.backend
    port = [{"name": "http", "port": backend.port}]
    address = {"ip": backend.address, "targetRef": {"kind": "Pod", "name": "backend", "namespace": namespace}}
    pods = f"/api/v1/namespaces/{namespace}/pods"
    world.kube("POST", pods, {"metadata": {"name": "backend"}, "spec": {
        "nodeSelector": {"nobody": "has-this"}, "containers": [{"name": "main", "image": "registry.example/none:1"}]}})
    world.kube("PATCH", f"{pods}/backend/status", {
        "status": {"podIP": backend.address, "podIPs": [{"ip": backend.address}]}})  # fmt: skip
    world.kube("POST", f"/api/v1/namespaces/{namespace}/services", {
        "metadata": {"name": "backend"}, "spec": {"ports": [{"name": "http", "port": 80}]}})  # fmt: skip
    world.kube("POST", f"/api/v1/namespaces/{namespace}/endpoints", {
        "metadata": {"name": "backend"}, "subsets": [{"addresses": [address], "ports": port}]})  # fmt: skip
    path = f"/api/v1/namespaces/{namespace}/services/backend:http/proxy"
    eventually(lambda: ask(side, "GET", path + "/").status == 200, 20, "the service answers")
    return path


def proxied_paths(side, row, scratch, world):
    path = service(side, row, world)
    texts = []
    for rest in ("/a%2Fb", "/a//b", "//a", "/a/..%2fb", "/?a=%26&b=", "/?", "/a%20b+c;d=e", "/a/?x=1&x=2", "/%C3%A4", "/a?x=%zz"):
        reply = ask(side, "GET", path + rest)
        texts.append(f"{rest}\n{reply.text(side, FENCES)}{reply.body.decode()}")
    return "\n".join(texts)


def proxied_bodies(side, row, scratch, world):
    path = service(side, row, world)
    upload = [wire.Backend.LARGE[: 5 << 20]] * 10
    replies = [
        ask(side, "GET", path),  # without the slash: sent to the one with it
        ask(side, "GET", path + "/html"),
        ask(side, "GET", path + "/away"),
        ask(side, "HEAD", path + "/large"),
        ask(side, "GET", path + "/large"),
        ask(side, "POST", path + "/up", body=b"".join(upload)),
        ask(side, "POST", path + "/up", chunks=upload),
    ]
    assert replies[0].status == 301 and replies[4].body == wire.Backend.LARGE
    assert all(reply.status == 200 for reply in replies[4:]), [reply.status for reply in replies]
    return "".join(reply.text(side, FENCES) for reply in replies)


def steering(side, row, scratch, world):
    """Headers by which a pod would steer nginx or the browser end at the gateway; the rest is the same."""
    reply = ask(side, "GET", service(side, row, world) + "/steering")
    steers = {"x-accel-redirect", "x-accel-buffering", "set-cookie"}
    there = {key.lower() for key, _ in reply.headers} & steers
    assert there == (set() if side.name == "gw" and not world.twice_direct else steers), there
    return reply.text(side, FENCES | steers)


def watches(world):
    lines = ask(world.direct, "GET", "/metrics").body.decode().splitlines()
    chosen = [line for line in lines if line.startswith("apiserver_longrunning_requests{") and 'verb="WATCH"' in line]
    return sum(int(float(line.rsplit(" ", 1)[1])) for line in chosen if 'resource="configmaps"' in line)


def idle_watch(side, row, scratch, world):
    """The head of a watch comes before any event, and the API server learns when the client leaves."""
    before = watches(world)
    raws = []
    for _ in range(5):
        raw = wire.Raw(side)
        # After an object was watched nothing happens in a namespace of this row's own.
        raw.send("GET", MAPS.format(side.namespace(row)) + "?watch=true&labelSelector=nobody%3Dhas-this")
        head = raw.read_head()
        assert head.startswith("HTTP/1.1 200 OK"), head
        raws.append(raw)
    eventually(lambda: watches(world) >= before + 5, 2, "the API server counts the watches")
    for raw in raws:
        raw.close()
    eventually(lambda: watches(world) <= before, 2, "the API server knows that the clients left")
    return "five heads, and 2 s after the clients left no watch"


def head_of_idle_watch(side, row, scratch, world):
    """It comes within 50 ms though there is no event. The machine may be busy, so the quickest of twenty counts: what
    holds heads back holds back each of them."""
    took = []
    for _ in range(20):
        raw = wire.Raw(side)  # connected first
        begun = time.monotonic()
        raw.send("GET", MAPS.format(side.namespace(row)) + "?watch=true&labelSelector=nobody%3Dhas-this")
        head = raw.read_head()
        took.append(time.monotonic() - begun)
        assert head.startswith("HTTP/1.1 200 OK") and not raw.received, head
        raw.close()
    assert min(took) < 0.05, f"the quickest took {min(took):.3f} s"
    return "within 50 ms"


def truncated(side, row, scratch, world):
    """An answer that breaks off is seen to be broken, whether its length was told or not. It is longer than what the
    gateway holds back: of a shorter one nothing has left yet, and a 502 says what happened."""
    side, kube = world.stubbed(side)
    texts = []
    length = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 90000\r\n\r\n"
    pieces = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"x" * 40000
    for name, parts in (("length", [length + part, 0.2]), ("chunked", [pieces + b"9c40\r\n" + part + b"\r\n", 0.2])):
        kube.on(f"/{name}", world.stubs.kube.Wire(parts))
        reply = ask(side, "GET", f"/{name}")
        assert reply.broken, f"{name}: taken for whole"
        texts.append(f"{name}: broken")
    return "\n".join(texts)


def many_warnings(side, row, scratch, world):
    side, kube = world.stubbed(side)
    warnings = [("Warning", f'299 - "{number:03} {"w" * 900}"') for number in range(50)]
    stub = world.stubs.kube
    kube.on("/warned", stub.Answer(200, b"{}", [("Content-Type", "application/json"), *warnings]))
    reply = ask(side, "GET", "/warned")
    assert reply.all("Warning") == [value for _, value in warnings], len(reply.all("Warning"))
    return reply.text(side)


def tables(side, row, scratch, world):
    texts = []
    for part in ("None", "Metadata", "Object"):
        texts.append(ask(side, "GET", f"{PODS}?includeObject={part}&resourceVersion=0", {"Accept": TABLE}).body.decode())
    assert '"kind":"Table"' in texts[0]
    return "\n".join(texts)


def many_at_once(side, row, scratch, world):
    """500 requests at the same moment, each of an object of its own: none is lost, none gets another's answer. Who is
    told to come again (429 with Retry-After, before anything was done) does, ten times at most, as client-go does."""
    count, maps = 500, MAPS.format(side.namespace(row))
    with ThreadPoolExecutor(8) as pool:
        names = [f"map-{number:03}" for number in range(count)]
        list(pool.map(lambda name: world.kube("POST", maps, {"metadata": {"name": name}}), names))
    together, answers = threading.Barrier(count), {}

    def one(name):
        raw = wire.Raw(side, timeout=60)  # connected first, so that what is at once are the requests
        together.wait()
        for _ in range(10):
            raw.send("GET", f"{maps}/{name}", "Connection: close")
            head, body = raw.read_head(), raw.received
            while piece := raw.socket.recv(65536):
                body += piece
            raw.close()
            if not head.startswith("HTTP/1.1 429") or "retry-after: 1" not in head.lower():
                break
            time.sleep(1)
            raw = wire.Raw(side, timeout=60)
        whole = head.startswith("HTTP/1.1 200") and json.loads(body)["metadata"]["name"] == name
        answers[name] = "the object" if whole else head.splitlines()[0]

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    good = sum(answer == "the object" for answer in answers.values())
    assert good == count, f"{good} of {count}; {sorted(set(answers.values()))}"
    return f"{good} of {count} answers, each of the object that was asked for"


OWN = {"own": True}
ROWS = [
    Row(89, "OpenAPI and 304", openapi),
    Row(90, "gzip, or not", compressed),
    Row(91, "HEAD, OPTIONS and a method that nobody knows", methods),
    Row(92, "POST and PUT of unknown length", chunked, **OWN),
    Row(93, "Expect: 100-continue", expecting, **OWN),
    Row(94, "paths and queries of a service behind the API server", proxied_paths, needs=("node",), **OWN),
    Row(95, "redirects, HTML, 50 MiB from and to a service", proxied_bodies, needs=("node",), **OWN),
    Row(96, "a service that would steer nginx or the browser", steering, needs=("node",), **OWN),
    Row(97, "an idle watch", idle_watch, alone=True, part="a", **OWN),
    Row(97, "the head of an idle watch, within 50 ms", head_of_idle_watch, alone=True, fast=False, part="b", **OWN),
    Row(98, "an answer that breaks off", truncated, alone=True, **OWN),
    Row(99, "45 KiB of warnings", many_warnings, alone=True, **OWN),
    Row(100, "tables", tables),
    Row(101, "500 requests at once", many_at_once, alone=True, **OWN),
]  # fmt: skip
