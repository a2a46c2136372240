"""What programs written with the Python client do: each subcommand prints what it saw, which must not depend on the way
to the cluster (KUBECONFIG). The namespace is that of NS."""

import os
import sys
import threading
import time

from kubernetes import client, config, utils, watch
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

NAMESPACE = os.environ["NS"]


def objects(api):
    made = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="one", labels={"a": "b"}), data={"value": "1"})
    api.create_namespaced_config_map(NAMESPACE, made)
    try:
        api.create_namespaced_config_map(NAMESPACE, made)
    except ApiException as error:
        print("again:", error.status, error.reason, error.body)
    patched = api.patch_namespaced_config_map("one", NAMESPACE, {"data": {"value": "2"}})
    print("patched:", patched.data)
    listed = api.list_namespaced_config_map(NAMESPACE, label_selector="a in (b, c)")
    print("listed:", [item.metadata.name for item in listed.items])
    print("deleted:", api.delete_namespaced_config_map("one", NAMESPACE))
    pods = api.list_pod_for_all_namespaces(limit=3)
    print("a piece:", len(pods.items), bool(pods.metadata._continue))


def watching(api):
    """A watch ends by its time; one from too long ago is told 410, and starts anew."""
    for event in watch.Watch().stream(api.list_namespaced_config_map, "payments", timeout_seconds=2):
        print(event["type"], event["object"].metadata.name)
    try:
        for event in watch.Watch().stream(
            api.list_namespaced_config_map, NAMESPACE, resource_version="1", timeout_seconds=2
        ):
            print(event["type"], event["object"].metadata.name)
    except ApiException as error:
        print("from long ago:", error.status)

    def change():
        time.sleep(1)
        api.create_namespaced_config_map(NAMESPACE, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="later")))

    threading.Thread(target=change).start()
    watcher = watch.Watch()
    for event in watcher.stream(api.list_namespaced_config_map, NAMESPACE, timeout_seconds=20):
        print(event["type"], event["object"].metadata.name)
        if event["object"].metadata.name == "later":
            watcher.stop()


def execute(api):
    utils.create_from_yaml(client.ApiClient(), "box.yaml", namespace=NAMESPACE)
    for _ in range(600):
        status = api.read_namespaced_pod("box", NAMESPACE).status
        if status.container_statuses and all(each.ready for each in status.container_statuses):
            break
        time.sleep(0.1)
    session = stream(
        api.connect_get_namespaced_pod_exec, "box", NAMESPACE, container="web", stdin=True, stdout=True, stderr=True,
        tty=False, command=["sh", "-c", "read line; echo out $line; echo err >&2; exit 7"], _preload_content=False,
    )  # fmt: skip
    session.write_stdin("hello\n")
    out = err = ""
    while session.is_open():
        session.update(timeout=1)
        out += session.read_stdout() if session.peek_stdout() else ""
        err += session.read_stderr() if session.peek_stderr() else ""
    print("out:", out, "err:", err, "status", session.returncode)


def from_yaml(api):
    for made in utils.create_from_yaml(client.ApiClient(), "several.yaml", namespace=NAMESPACE):
        print("made:", *(f"{item.kind}/{item.metadata.name}" for item in made))
    try:
        utils.create_from_yaml(client.ApiClient(), "several.yaml", namespace=NAMESPACE)
    except utils.FailToCreateError as error:
        print(str(error))


if __name__ == "__main__":
    config.load_kube_config(os.environ["KUBECONFIG"])
    {f.__name__: f for f in (objects, watching, execute, from_yaml)}[sys.argv[1]](client.CoreV1Api())
