"""Rows 1 to 35: kubectl looks, waits and follows."""

from rows import Row

WEB = "kubectl create deployment web --image=registry.example/web:1 --replicas=2"
ONE_POD = "kubectl run one --image=registry.example/one:1"
# No node has this label, so what happens to the pod is what the row does to it.
IDLE_POD = "kubectl apply -f idle-pod.yaml"
# Nobody else changes it, so what is told of it is the same each time.
NOTED_LIFE = (
    "sleep 2; kubectl create configmap noted --from-literal=a=1; sleep 1; kubectl label configmap noted a=b; "
    "kubectl delete configmap noted"
)

ROWS = [
    Row(1, "version", "kubectl version -o json"),
    Row(2, "cluster-info", "kubectl cluster-info"),
    Row(3, "api-versions", "kubectl api-versions"),
    Row(4, "api-resources", "kubectl api-resources -o wide --sort-by=name"),
    Row(5, "api-resources, a choice", "kubectl api-resources --verbs=list --namespaced=false"),
    Row(6, "explain by OpenAPI v3", "kubectl explain deployment.spec.template --recursive"),
    Row(7, "explain by OpenAPI v2", "kubectl explain deployment --api-version=apps/v1 --output=plaintext-openapiv2"),
    Row(8, "get namespaces", "kubectl get ns"),
    Row(9, "get pods, wide", "kubectl get pods -A -o wide"),
    Row(10, "get pods as JSON", "kubectl get pods -A -o json"),
    Row(11, "managed fields", "kubectl get pods -n payments -o yaml --show-managed-fields"),
    Row(12, "a selector with a set", "kubectl get pods -A -l 'app in (payments-api,ledger),!x'", says=("ledger-",)),
    Row(13, "a field selector",
        "kubectl get pods -A --field-selector status.phase=Running,spec.nodeName!=x", says=("grafana-",)),
    Row(14, "get all", "kubectl get all -A"),
    Row(15, "a list in pieces", "kubectl get pods --chunk-size=2 -A"),
    Row(16, "a config map of 1 MB", """
        head -c 1000000 /dev/zero | tr '\\0' x > big.txt
        kubectl create configmap big --from-file=big.txt
        kubectl get configmap big -o yaml
        """, own=True),
    Row(17, "raw: readyz", "kubectl get --raw '/readyz?verbose'", says=("[+]etcd ok",)),
    Row(18, "raw: a list with a limit", "kubectl get --raw '/api/v1/pods?limit=1'", says=('"remainingItemCount"',)),
    Row(19, "a pod that is not there", "[1] kubectl get pod nosuch", says=("NotFound",)),
    Row(20, "a kind that is not there", "[1] kubectl get nosuchkind", says=("doesn't have a resource type",)),
    Row(21, "describe", """
        kubectl describe nodes
        kubectl describe pods -n payments
        kubectl describe services -A
        """),
    Row(22, "events", "kubectl events -A"),
    Row(23, "get -w sees an object come, change and go", f"""
        kubectl get configmaps -w --field-selector metadata.name=noted --show-labels >seen & \
            {NOTED_LIFE}; until [ $(wc -l <seen) -ge 4 ]; do sleep 0.1; done
        cat seen
        """, own=True, says=("a=b",), part="a"),
    Row(23, "get -w ends by its own time", "kubectl get pods -w --request-timeout=2s", own=True, part="b"),
    Row(24, "get -w with the events themselves", f"""
        kubectl get configmaps -w --field-selector metadata.name=noted --output-watch-events -o json >seen & \
            {NOTED_LIFE}; until grep -q DELETED seen; do sleep 0.1; done
        cat seen
        """, own=True, says=('"type":"DELETED"',)),
    Row(25, "wait for a condition", f"""
        {ONE_POD}
        kubectl wait --for=condition=Ready pod/one --timeout=60s
        """, own=True, says=("condition met",)),
    Row(26, "wait for the end", f"""
        {IDLE_POD}
        (sleep 1; kubectl delete pod idle --wait=false >/dev/null) & \
            kubectl wait --for=delete pod/idle --timeout=30s
        """, own=True, says=("condition met",)),
    Row(27, "wait for what never comes", f"""
        {IDLE_POD}
        [1] kubectl wait --for=condition=Ready pod/idle --timeout=2s
        """, own=True, says=("timed out waiting",)),
    # How many of the lines before the last are seen depends on the moment.
    Row(28, "rollout status", f"""
        {WEB}
        kubectl rollout status deployment/web | tail -n 1
        """, own=True, says=("successfully rolled out",)),
    Row(29, "rollout history, undo, restart, pause, resume", f"""
        {WEB}
        kubectl set image deployment/web web=registry.example/web:2
        kubectl rollout status deployment/web | tail -n 1
        kubectl rollout history deployment/web
        kubectl rollout history deployment/web --revision=2
        kubectl rollout undo deployment/web
        kubectl rollout restart deployment/web
        kubectl rollout pause deployment/web
        kubectl rollout resume deployment/web
        kubectl rollout status deployment/web | tail -n 1
        """, own=True, fast=False),
    Row(30, "logs", "kubectl logs -n payments deployment/ledger", says=("connection refused",), part="a"),
    Row(33, "logs of the container before", "kubectl logs -n payments deployment/ledger --previous",
        says=("exit 1",), part="a"),
    Row(34, "logs of several, with a prefix",
        "kubectl logs -n payments -l app=ledger --all-containers --prefix --tail=3", says=("[pod/ledger-",), part="a"),
    Row(35, "top, without a metrics server", """
        [1] kubectl top nodes
        [1] kubectl top pods -A
        """, says=("Metrics API not available",)),
]  # fmt: skip
