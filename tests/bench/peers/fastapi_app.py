import common
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


@app.get("/cold/{namespace}/{name}")
def cold(namespace: str, name: str):
    return common.read(common.cold(), namespace, name)


@app.get("/warm/{namespace}/{name}")
def warm(namespace: str, name: str):
    return common.read(common.warm(), namespace, name)


class CreateJob(BaseModel):
    job_manifest: dict
    namespace: str = "default"


@app.post("/api/eks-create-job", status_code=201)
def create_job(order: CreateJob):
    return common.create_job(common.warm_client(), order.job_manifest, order.namespace)


@app.get("/api/eks-get-job-status")
def job_status(job_name: str, namespace: str = "default"):
    return common.job_status(common.warm_client(), job_name, namespace)


@app.get("/ready")
def ready():
    return "ok"
