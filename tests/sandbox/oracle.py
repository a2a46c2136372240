"""Signs with botocore, AWS's own client library, so that the tests do not check our signer with our signer.

Runs in the sandbox's venv: reads JSON lists of wishes on stdin, one a line, writes the answers to each on a line.
"""

import base64
import datetime
import json
import sys
from unittest import mock

import botocore.auth
import botocore.compat
import botocore.session
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.signers import RequestSigner


def token(wish: dict) -> str:
    session = botocore.session.get_session()
    credentials = Credentials(wish["access_key"], wish["secret"], wish.get("session_token"))
    events = session.get_component("event_emitter")
    signer = RequestSigner(
        session.get_service_model("sts").service_id, wish["region"], "sts", "v4", credentials, events
    )
    request = {
        "method": "GET",
        "url": f"https://sts.{wish['region']}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": wish["cluster"]},
        "context": {},
    }
    url = signer.generate_presigned_url(request, region_name=wish["region"], expires_in=60, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def headers(wish: dict) -> dict:
    request = AWSRequest(wish["method"], wish["url"], headers=wish["headers"], data=wish["body"].encode())
    credentials = Credentials(wish["access_key"], wish["secret"], wish.get("session_token"))
    botocore.auth.SigV4Auth(credentials, wish["service"], wish["region"]).add_auth(request)
    return dict(request.headers)


def at(age: int):
    """Botocore's clock, `age` seconds slow."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
    return mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: moment.replace(tzinfo=None))


def fulfil(wish: dict):
    with at(wish.get("age", 0)):
        return {"token": token, "headers": headers}[wish["kind"]](wish)


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps([fulfil(wish) for wish in json.loads(line)]), flush=True)
