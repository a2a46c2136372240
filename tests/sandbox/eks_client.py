"""Calls EKS with boto3, AWS's own client. Runs in the sandbox's venv: JSON list of calls on stdin, answers on stdout.

A call: {"operation": "list_addons", "arguments": {}, "access_key", "secret", "region", "endpoint"}, and "all": true to
have boto3 page through the list. An answer: {"result": ...} or {"error": code, "status": number, "message": text}.
"""

import json
import sys
from datetime import datetime

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def perform(call: dict) -> dict:
    client = boto3.client(
        "eks", region_name=call["region"], endpoint_url=call["endpoint"], aws_access_key_id=call["access_key"],
        aws_secret_access_key=call["secret"], config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    try:
        if call.get("all"):
            pages = client.get_paginator(call["operation"]).paginate(**call["arguments"])
            return {"result": [drop_metadata(page) for page in pages]}
        return {"result": drop_metadata(getattr(client, call["operation"])(**call["arguments"]))}
    except ClientError as error:
        about = error.response
        status = about["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": about["Error"]["Code"], "status": status, "message": about["Error"]["Message"]}


def drop_metadata(answer: dict) -> dict:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def plain(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(repr(value))


if __name__ == "__main__":
    json.dump([perform(call) for call in json.load(sys.stdin)], sys.stdout, default=plain)
