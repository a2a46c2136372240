"""What the seeds of this project do for each request: a token from a boto3 session, then a Kubernetes client with the
cluster's endpoint, CA and that token. `cold` is as they do it, everything made anew; `warm` keeps session, client and
connections for a minute."""

import base64
import os
import tempfile
import time

import boto3
from botocore.signers import RequestSigner
from kubernetes import client

CLUSTER = os.environ["BENCH_CLUSTER"]
REGION = "us-east-1"

described = boto3.client("eks", region_name=REGION).describe_cluster(name=CLUSTER)["cluster"]
authority = tempfile.NamedTemporaryFile(suffix=".pem")
authority.write(base64.b64decode(described["certificateAuthority"]["data"]))
authority.flush()
kept = {"made": 0.0, "client": None}


def token():
    session = boto3.session.Session(region_name=REGION)
    service = session._session.get_service_model("sts").service_id
    signer = RequestSigner(service, REGION, "sts", "v4", session.get_credentials(), session.events)
    request = {
        "method": "GET",
        "url": f"https://sts.{REGION}.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15",
        "body": {},
        "headers": {"x-k8s-aws-id": CLUSTER},
        "context": {},
    }
    url = signer.generate_presigned_url(request, region_name=REGION, expires_in=60, operation_name="")
    return "k8s-aws-v1." + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def cold_client():
    configuration = client.Configuration()
    configuration.host = described["endpoint"]
    configuration.ssl_ca_cert = authority.name
    configuration.api_key = {"authorization": "Bearer " + token()}
    return client.ApiClient(configuration)


def warm_client():
    if time.monotonic() - kept["made"] > 60:
        kept.update(made=time.monotonic(), client=cold_client())
    return kept["client"]


def cold():
    return client.CoreV1Api(cold_client())


def warm():
    return client.CoreV1Api(warm_client())


def read(api, namespace, name):
    found = api.read_namespaced_config_map(name, namespace)
    return {"name": found.metadata.name, "namespace": found.metadata.namespace, "data": found.data}


def ensure_namespace(api_client, namespace):
    core = client.CoreV1Api(api_client)
    try:
        core.read_namespace(namespace)
    except client.exceptions.ApiException as error:
        if error.status != 404:
            raise
        core.create_namespace({"metadata": {"name": namespace}})


def job_body(job, namespace):
    status = job.status
    state = "succeeded" if status.succeeded else "failed" if status.failed else "running" if status.active else "pending"
    return {
        "job_name": job.metadata.name,
        "namespace": namespace,
        "state": state,
        "active": status.active or 0,
        "succeeded": status.succeeded or 0,
        "failed": status.failed or 0,
        "start_time": status.start_time,
        "completion_time": status.completion_time,
    }


def create_job(api_client, manifest, namespace):
    ensure_namespace(api_client, namespace)
    name = manifest["metadata"]["name"]
    labels = {"app": "eks-api", "job-id": name}
    manifest = manifest | {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": labels}}
    manifest["spec"]["template"].setdefault("metadata", {})["labels"] = labels
    return job_body(client.BatchV1Api(api_client).create_namespaced_job(namespace, manifest), namespace)


def job_status(api_client, name, namespace):
    return job_body(client.BatchV1Api(api_client).read_namespaced_job_status(name, namespace), namespace)
