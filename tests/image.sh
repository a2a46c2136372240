#!/bin/bash
# tests/image.sh: build the image and run it as the README prints it, then as a hardened one that comes back to its volume;
# says what it saw. By hand, not by make test: it takes minutes, a docker or podman (DOCKER), and a way to packages.
# BUILD_OPTIONS go to `build`, RUN_OPTIONS to `run`, IMAGE names one that is built already; BASE=debootstrap makes the base
# image of Debian's packages first, as root, where no registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."

docker=${DOCKER:-docker}
image=${IMAGE:-eks-api:latest}
name=eksgate-image-test-$$
port=${PORT:-8000}

finish() {
    $docker rm -f -v "$name" >/dev/null 2>&1 || true
    $docker volume rm -f "$name" >/dev/null 2>&1 || true
}
trap finish EXIT

say() {
    printf 'ok     %s\n' "$*"
}

fail() {
    $docker logs "$name" 2>&1 | tail -n 20
    printf 'FAILED %s\n' "$*"
    exit 1
}

# start OPTIONS...: a container, and the milliseconds until it answers as everybody asks it first.
start() {
    local begin=${EPOCHREALTIME/./}
    # shellcheck disable=SC2086
    $docker run -d --name "$name" ${RUN_OPTIONS:-} "$@" -e EKS_CLUSTER_NAME=cluster -e EKS_REGION=us-east-1 \
        -p "$port:8000" "$image" >/dev/null
    for _ in $(seq 600); do
        if body=$(curl -fsS "http://localhost:$port/health" 2>/dev/null); then
            took=$(((${EPOCHREALTIME/./} - begin) / 1000))
            return
        fi
        sleep 0.05
    done
    fail "no answer from /health"
}

ask() {
    curl -s --cacert "$folder/ca.pem" "$@"
}

folder=$(mktemp -d)
trap 'finish; rm -rf "$folder"' EXIT
if [ "${BASE:-}" = debootstrap ]; then
    tests/base_image.sh
fi
if [ -z "${IMAGE:-}" ]; then
    # shellcheck disable=SC2086
    $docker build ${BUILD_OPTIONS:-} -t "$image" .
fi

start
say "docker run … -p $port:8000 $image: /health answers $body after $took ms"
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://localhost:$port/api/clusters")" = 400 ] || fail "the API in clear"
say "the API in clear is 400"
$docker exec "$name" cat /var/lib/eksgate/tls/ca.pem >"$folder/ca.pem"
[ "$(ask -o /dev/null -w '%{http_code}' "https://localhost:$port/api/clusters")" = 401 ] || fail "no key over TLS"
key=$($docker exec "$name" eksgate key create --role admin 2>/dev/null)
ask -f -H "Authorization: Bearer $key" "https://localhost:$port/health" | grep -q '"cluster":"cluster"' || fail "a key over TLS"
ask -f -o /dev/null "https://localhost:$port/" || fail "the UI"
say "over TLS: 401 without a key; the key made inside opens it; the UI is there"
[ "$($docker exec "$name" id -u)" = 10001 ] || fail "it runs as root"
$docker exec "$name" /usr/lib/eksgate/start health || fail "its own health check"
say "it runs as 10001, and its own health check is content"
begin=${EPOCHREALTIME/./}
$docker stop -t 60 "$name" >/dev/null
[ "$($docker inspect "$name" --format '{{.State.ExitCode}}')" = 0 ] || fail "it did not end well"
say "stopped after $(((${EPOCHREALTIME/./} - begin) / 1000)) ms, with 0"
finish

case $docker in
*podman*) owned=U ;;
*) owned=uid=10001,mode=0700 ;;
esac
hard=(--read-only --tmpfs /tmp --tmpfs "/run/eksgate:$owned" --cap-drop ALL --security-opt no-new-privileges
    -v "$name:/var/lib/eksgate")
start "${hard[@]}"
key=$($docker exec "$name" eksgate key create --role viewer 2>/dev/null)
$docker exec "$name" cat /var/lib/eksgate/tls/ca.pem >"$folder/ca.pem"
$docker stop -t 60 "$name" >/dev/null
$docker rm "$name" >/dev/null
start "${hard[@]}"
ask -f -o /dev/null -H "Authorization: Bearer $key" "https://localhost:$port/api/whoami" || fail "the key after a restart"
say "read-only, without capabilities: a new container on the same volume knows the key, under the same certificate"
