import common
from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/cold/<namespace>/<name>")
def cold(namespace, name):
    return jsonify(common.read(common.cold(), namespace, name))


@app.get("/warm/<namespace>/<name>")
def warm(namespace, name):
    return jsonify(common.read(common.warm(), namespace, name))


@app.get("/ready")
def ready():
    return "ok"
