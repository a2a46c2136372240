"""What all operations of EKS share: reading a call, checking it by botocore's model, answering, paging, refusing."""

from __future__ import annotations

import base64
import binascii
import inspect
import json
import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from urllib.parse import parse_qs

import botocore.loaders
import botocore.model
import botocore.validate
from moto.eks.models import Cluster, Nodegroup, eks_backends

from .. import errors
from ..accounts import ACCOUNT
from ..errors import Answer
from ..identities import Caller
from ..nodes import Group
from ..operations import Operation
from ..sigv4 import Request
from .state import State

STATUS = {"ResourceNotFoundException": 404, "NotFoundException": 404, "ResourceInUseException": 409}
LOCK = threading.RLock()  # one call at a time: what it checks still holds when it acts


class Refused(Exception):
    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> Refused:
    return Refused("InvalidParameterException", message)


def in_use(message: str) -> Refused:
    return Refused("ResourceInUseException", message)


def answer(operation: Operation, request: Request, caller: Caller) -> Answer | None:
    """None: moto answers."""
    handler = HANDLERS.get(operation.name)
    try:
        with LOCK:
            settle()
            if handler is None:
                return None
            given = arguments(operation, request)
            if "caller" in inspect.signature(handler).parameters:
                given["caller"] = caller
            body = json.dumps(handler(operation.region, **given), default=epoch)
    except Refused as refused:
        return errors.error(STATUS.get(refused.code, 400), refused.code, refused.message, "eks")
    return Answer(200, body.encode(), "application/json", {"x-amzn-RequestId": errors.request_id()})


def settle() -> None:
    """End what is done by now, in every cluster."""
    for backend in list(eks_backends[ACCOUNT].values()):
        for cluster in list(backend.clusters.values()):
            state = state_of(cluster)
            state.settle()
            if state.plane:
                state.plane.show_nodes([nodes_of(group) for group in cluster.nodegroups.values()])


def nodes_of(group: Nodegroup) -> Group:
    size = group.scaling_config["desiredSize"] if group.status in ("ACTIVE", "UPDATING", "DEGRADED") else 0
    architecture = "arm64" if "ARM_64" in group.ami_type else "amd64"
    kind, release = (group.instance_types or ["m5.large"])[0], group.release_version
    return Group(group.nodegroup_name, size, group.region, release, kind, architecture, group.capacity_type)


def keep_settling() -> None:
    """Also when nobody calls: what a cluster leaves behind that is deleted must go."""

    def run() -> None:
        while True:
            with LOCK:
                settle()
            time.sleep(0.5)

    threading.Thread(target=run, daemon=True).start()


def epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(repr(value))


@cache
def model() -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("eks", "service-2"))


def arguments(operation: Operation, request: Request) -> dict:
    """Path labels, query and body as botocore's model of the operation names them, checked against it."""
    shape = model().operation_model(operation.name).input_shape
    query = parse_qs(request.query, keep_blank_values=True)
    try:
        body = json.loads(request.body or b"{}")
        found = {}
        for member, about in shape.members.items():
            location, name = about.serialization.get("location"), about.serialization.get("name", member)
            if location == "uri":
                found[member] = operation.parameters[name]
            elif location == "querystring" and name in query:
                found[member] = from_text(about.type_name, query[name])
            elif location is None and body.get(name) is not None:
                found[member] = body[name]
    except (ValueError, AttributeError):
        raise invalid("The request cannot be read.") from None
    report = botocore.validate.ParamValidator().validate(found, shape)
    if report.has_errors():
        raise invalid(report.generate_report())
    return found


def from_text(kind: str, values: list[str]):
    if kind == "list":
        return values
    if kind == "boolean":
        return values[0] == "true"
    return int(values[0]) if kind == "integer" else values[0]


def page(name: str, items: Iterable, maxResults: int = 100, nextToken: str = "") -> dict:
    items = list(items)
    if not 1 <= maxResults <= 100:
        raise invalid("maxResults must be between 1 and 100.")
    try:
        start = int(base64.b64decode(nextToken, validate=True).removeprefix(b"page:")) if nextToken else 0
    except (ValueError, binascii.Error):
        raise invalid("The nextToken is invalid.") from None
    end = start + maxResults
    more = base64.b64encode(f"page:{end}".encode()).decode() if end < len(items) else None
    return {name: items[start:end], "nextToken": more}


HANDLERS: dict[str, Callable] = {}


def handles(function: Callable) -> Callable:
    """list_addons answers ListAddons."""
    HANDLERS[function.__name__.title().replace("_", "")] = function
    return function


def state_of(cluster: Cluster) -> State:
    """Kept with moto's object, so that a cluster that is deleted and made again starts afresh."""
    return vars(cluster).setdefault("sandbox_state", State())


def cluster_named(region: str, name: str) -> Cluster:
    cluster = eks_backends[ACCOUNT][region].clusters.get(name)
    if cluster is None:
        raise Refused("ResourceNotFoundException", f"No cluster found for name: {name}.")
    return cluster


def working_cluster(region: str, name: str) -> Cluster:
    """A cluster that something may be added to."""
    cluster = cluster_named(region, name)
    if cluster.status not in ("ACTIVE", "UPDATING"):
        raise Refused("InvalidRequestException", f"Cluster '{name}' is not in ACTIVE status")
    return cluster


def found(things: dict, key: str, message: str):
    if key not in things:
        raise Refused("ResourceNotFoundException", message)
    return things[key]
