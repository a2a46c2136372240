"""Rows 36 to 62: kubectl changes things, asks what it may, and the rest of its commands."""

from rows import Row

WEB = "kubectl create deployment web --image=registry.example/web:1 --replicas=2"
MAP = "kubectl create configmap map --from-literal=a=one"
JSON_PATCH = """'[{"op":"replace","path":"/data/a","value":"json"}]'"""
CSR = """openssl req -new -newkey rsa:2048 -nodes -keyout /dev/null -subj /CN=$NS -out request.pem 2>/dev/null
        sed -i "s/@REQUEST@/$(base64 -w0 request.pem)/" csr.yaml"""

ROWS = [
    Row(36, "create, of many kinds", """
        kubectl create configmap map --from-literal=a=one
        kubectl create secret generic secret --from-literal=a=one
        kubectl create deployment web --image=registry.example/web:1
        kubectl create job job --image=registry.example/job:1
        kubectl create cronjob cron --image=registry.example/job:1 --schedule='0 0 1 1 *'
        kubectl create serviceaccount account
        kubectl create role role --verb=get --resource=pods
        kubectl create namespace $NS-more
        kubectl get configmap,secret,cronjob,serviceaccount,role -o yaml
        kubectl get deployment web -o jsonpath='{.spec}'
        kubectl delete namespace $NS-more --wait=false
        """, own=True),
    Row(37, "apply: created, unchanged, configured", """
        kubectl apply -f several.yaml
        kubectl apply -f several.yaml
        sed -i s/one/two/ several.yaml
        kubectl apply -f several.yaml
        """, own=True, says=("created", "unchanged", "configured")),
    Row(38, "server-side apply, a conflict, and force", """
        kubectl apply --server-side -f map.yaml
        sed -i s/one/two/ map.yaml
        [1] kubectl apply --server-side --field-manager=other -f map.yaml
        kubectl apply --server-side --field-manager=other --force-conflicts -f map.yaml
        kubectl get configmap map -o yaml --show-managed-fields
        """, own=True, says=("conflict",)),
    Row(39, "apply --prune", """
        kubectl apply -f several.yaml -l app=several
        kubectl apply --prune -f map.yaml -l app=several
        kubectl get configmap,service -l app=several
        """, own=True, says=("pruned",), fast=False),
    Row(40, "apply --dry-run=server", """
        kubectl apply --dry-run=server -f several.yaml
        [1] kubectl get configmap map
        """, own=True, says=("(server dry run)",)),
    Row(41, "diff", """
        kubectl apply -f map.yaml
        kubectl diff -f map.yaml
        sed -i s/one/two/ map.yaml
        [1] kubectl diff -f map.yaml
        """, own=True, says=("+  a: two",)),
    Row(42, "apply with a field that nobody knows", """
        sed -i s/^data:/dada:/ map.yaml
        [1] kubectl apply -f map.yaml
        """, own=True, says=("unknown field",)),
    Row(43, "the warning of a deprecated API", "kubectl apply -f endpoints.yaml", own=True, says=("Warning: ",)),
    Row(44, "patch, in three ways", f"""
        {MAP}
        kubectl patch configmap map --type=strategic -p '{{"data":{{"a":"strategic"}}}}' -o yaml
        kubectl patch configmap map --type=merge -p '{{"data":{{"a":"merge","b":null}}}}' -o yaml
        kubectl patch configmap map --type=json -p {JSON_PATCH} -o yaml
        [1] kubectl patch configmap map --type=json -p '[{{"op":"test","path":"/data/a","value":"not"}}]'
        """, own=True),
    Row(45, "patch of a subresource", f"""
        {WEB}
        kubectl patch deployment web --subresource=scale --type=merge -p '{{"spec":{{"replicas":1}}}}'
        kubectl apply -f idle-pod.yaml
        kubectl patch pod idle --subresource=status --type=merge -p '{{"status":{{"message":"patched"}}}}'
        kubectl get pod idle -o jsonpath={{.status.message}}
        """, own=True, says=("patched",)),
    Row(46, "replace, and by force", """
        kubectl create -f map.yaml
        sed -i s/one/two/ map.yaml
        kubectl replace -f map.yaml
        kubectl replace --force -f map.yaml
        kubectl get configmap map -o yaml
        """, own=True),
    Row(47, "edit", f"""
        {MAP}
        KUBE_EDITOR='sed -i s/one/two/' kubectl edit configmap map
        kubectl get configmap map -o yaml
        """, own=True, says=("edited",)),
    Row(48, "label, annotate, set, scale, autoscale, expose", f"""
        {WEB}
        kubectl label deployment web team=a
        [1] kubectl label deployment web team=b
        kubectl annotate deployment web note='some words'
        kubectl set image deployment/web web=registry.example/web:2
        kubectl set env deployment/web NAME=value
        kubectl scale deployment web --replicas=3
        kubectl autoscale deployment web --min=1 --max=3
        kubectl expose deployment web --port=80
        kubectl get deployment,hpa,service -o jsonpath='{{.items[*].spec}}'
        """, own=True, part="a", fast=False),
    Row(48, "taint", """
        kubectl apply -f node.yaml
        kubectl taint node $NS-node extra=yes:NoSchedule
        [1] kubectl taint node $NS-node extra=no:NoSchedule
        kubectl taint node $NS-node extra-
        kubectl delete node $NS-node
        """, own=True, part="b"),
    Row(49, "delete: wait, force, orphan", f"""
        kubectl apply -f idle-pod.yaml
        kubectl delete pod idle --wait
        kubectl apply -f idle-pod.yaml
        kubectl delete pod idle --grace-period=0 --force
        {WEB}
        kubectl delete deployment web --cascade=orphan
        kubectl get replicasets -o name
        kubectl delete deployment web --ignore-not-found
        """, own=True, says=("force deleted",)),
    Row(50, "delete by file and by label", """
        kubectl apply -f several.yaml
        kubectl delete -f several.yaml
        kubectl apply -f idle-pod.yaml
        kubectl delete pods -l app=idle
        kubectl get all
        """, own=True),
    Row(51, "a config map too large for its kind, and one too large for the API server", """
        head -c 1258291 /dev/zero | tr '\\0' x > big.txt
        [1] kubectl create configmap big --from-file=big.txt
        head -c 3670016 /dev/zero | tr '\\0' x > big.txt
        [1] kubectl create configmap big --from-file=big.txt
        """, own=True, says=("Too long", "limit is 3145728"), part="a"),
    Row(51, "one too large for the gateway", """
        head -c 9437184 /dev/zero | tr '\\0' x > big.txt
        [1] kubectl create configmap big --from-file=big.txt
        """, own=True, part="b", gateway_says=("the request body is larger than 8 MiB",),
        why="its limit is 8 MiB"),
    Row(52, "auth can-i", """
        kubectl auth can-i create pods
        kubectl auth can-i --list
        """, says=("yes",)),
    Row(53, "auth whoami", "kubectl auth whoami -o json", says=("platform-admin",)),
    Row(54, "create token", "kubectl create token default", own=True),
    Row(55, "certificate approve and deny", f"""
        {CSR}
        kubectl create -f csr.yaml
        kubectl certificate approve $NS-1
        kubectl certificate deny $NS-2
        kubectl get csr $NS-1 $NS-2
        kubectl delete csr $NS-1 $NS-2
        """, own=True, says=("Approved", "Denied")),
    # The taints of a node are written by its controller, some time later.
    Row(56, "cordon and uncordon", """
        kubectl apply -f node.yaml
        kubectl cordon $NS-node
        kubectl get node $NS-node -o jsonpath={.spec.unschedulable}
        kubectl uncordon $NS-node
        kubectl delete node $NS-node
        """, own=True),
    Row(57, "drain, kept back by a disruption budget and then let go", """
        kubectl apply -f node.yaml -f guarded.yaml
        kubectl wait --for=condition=Ready pod/guarded --timeout=30s
        for i in $(seq 100); do kubectl get pdb guarded -o jsonpath={.status.currentHealthy} | grep -q 1 && break; done
        [1] kubectl drain $NS-node --ignore-daemonsets --force --timeout=3s
        kubectl delete pdb guarded
        kubectl drain $NS-node --ignore-daemonsets --force --timeout=30s
        kubectl delete node $NS-node
        """, own=True, says=("Cannot evict pod",), fast=False),
    Row(58, "impersonation", "[1] kubectl get pods --as=u", gateway_says=("Error from server (Forbidden)",),
        why="it lets nobody act as another"),
    Row(59, "kubectl proxy", """
        kubectl proxy --append-server-path --unix-socket=p & sleep 2; \
            curl -s --unix-socket p 'http://localhost/api/v1/namespaces/payments/pods?limit=1'
        """, says=('"kind": "PodList"',)),
    # The pods' logs grow by the second.
    Row(60, "cluster-info dump", """
        kubectl cluster-info dump --output-directory=dump --namespaces payments,web
        find dump -type f | LC_ALL=C sort
        find dump -name '*.json' | LC_ALL=C sort | xargs cat
        """, says=("pods.json",)),
    Row(61, "a kind made here: definition, objects, watch", """
        kubectl create -f crd.yaml
        kubectl wait --for=condition=Established crd/things.$NS.example.com --timeout=30s
        for i in $(seq 50); do kubectl create -f thing.yaml 2>/dev/null && break; sleep 0.2; done
        (sleep 1; kubectl patch things.$NS.example.com one --type=merge -p '{"spec":{"size":2}}' >/dev/null) & \
            kubectl get things.$NS.example.com -w --request-timeout=3s
        kubectl get things.$NS.example.com one -o yaml
        kubectl delete things.$NS.example.com one
        kubectl delete crd things.$NS.example.com
        """, own=True, fast=False),
    Row(62, "API services", """
        kubectl get apiservices
        kubectl get --raw /apis
        """),
]  # fmt: skip
