import common
from fastapi import FastAPI

app = FastAPI()


@app.get("/cold/{namespace}/{name}")
def cold(namespace: str, name: str):
    return common.read(common.cold(), namespace, name)


@app.get("/warm/{namespace}/{name}")
def warm(namespace: str, name: str):
    return common.read(common.warm(), namespace, name)


@app.get("/ready")
def ready():
    return "ok"
