"""Prints each example of an OpenAPI document that its schema refuses."""

import json
import sys

from openapi_schema_validator import OAS31Validator

document = json.load(open(sys.argv[1]))


def walk(node, place):
    if isinstance(node, list):
        for index, value in enumerate(node):
            walk(value, f"{place}/{index}")
    elif isinstance(node, dict):
        if "example" in node and "schema" in node:
            for error in OAS31Validator(node["schema"]).iter_errors(node["example"]):
                print(f"{place}: {error.json_path}: {error.message}")
        for key, value in node.items():
            if key not in ("example", "properties"):
                walk(value, f"{place}/{key.replace('/', '~1')}")


walk(document["paths"], "#/paths")
