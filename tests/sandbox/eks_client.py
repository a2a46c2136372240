"""Calls EKS, or another service that is named, with boto3, AWS's own client.

Runs in the sandbox's venv: reads JSON lists of calls on stdin, one a line, writes the list of answers to each on a line.

A call: {"operation": "list_addons", "arguments": {}, "access_key", "secret", "region", "endpoint"}, and "all": true to
have boto3 page through the list. An answer: {"result": ...} or {"error": code, "status": number, "message": text}.
"""

import json
import sys
from datetime import datetime
from functools import cache

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody


@cache
def client_of(service: str, region: str, endpoint: str, access_key: str, secret: str):
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return boto3.client(service, region_name=region, endpoint_url=endpoint, aws_access_key_id=access_key,
                        aws_secret_access_key=secret, config=config)  # fmt: skip


def perform(call: dict) -> dict:
    who = [call[name] for name in ("region", "endpoint", "access_key", "secret")]
    client = client_of(call.get("service", "eks"), *who)
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


def plain(value: object) -> float | str:
    if isinstance(value, StreamingBody):
        return value.read().decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(repr(value))


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps([perform(call) for call in json.loads(line)], default=plain), flush=True)
