"""Which AWS operation a request asks for, and on which resource: for policies, counters and faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, unquote

import botocore.loaders

from .sigv4 import Request


@dataclass
class Operation:
    service: str
    name: str
    region: str
    parameters: dict[str, str]  # path labels, or the form fields of query services

    @property
    def action(self) -> str:
        return f"{self.service}:{self.name}"


@cache
def routes(service: str) -> list[tuple[str, re.Pattern, str]]:
    """Method, path pattern and name of each operation of a REST service, from botocore's own model of it."""
    model = botocore.loaders.Loader().load_service_model(service, "service-2")
    found = []
    for name, operation in model["operations"].items():
        path = operation["http"]["requestUri"].split("?")[0]
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(path))
        found.append((operation["http"]["method"], re.compile(pattern + "/?"), name))
    return found


def resolve(request: Request, service: str, region: str) -> Operation:
    target = request.headers.get("x-amz-target")
    if target:
        return Operation(service, target.rpartition(".")[2], region, {})
    if service in ("eks", "eks-auth"):
        for method, pattern, name in routes(service):
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return Operation(service, name, region, {k: unquote(v) for k, v in match.groupdict().items()})
        return Operation(service, "Unknown", region, {})
    form = request.query
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        form += "&" + request.body.decode("utf-8", "replace")
    fields = {name: values[0] for name, values in parse_qs(form, keep_blank_values=True).items()}
    # S3 and other services without an Action are not told apart further: "s3:GET" is enough for a counter.
    return Operation(service, fields.get("Action", request.method), region, fields)
