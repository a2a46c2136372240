#!/bin/bash
# tests/worker_image.sh: build the image of provisioning runs and let it plan a cluster as a Job would have it, before the
# sandbox's AWS; says what it saw. By hand, not by make test: it takes minutes, a docker or podman (DOCKER), a way to
# packages and Go modules, and a sandbox that is up (SANDBOX_RUN_DIR).
# BUILD_OPTIONS go to `build`; IMAGE names an image that is built already; BASE=debootstrap makes the base image of Debian's
# packages first, as root, where no registry can be reached.
set -euo pipefail
cd "$(dirname "$0")/.."

docker=${DOCKER:-docker}
image=${IMAGE:-eksgate-worker:latest}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

say() {
    printf 'ok     %s\n' "$*"
}

fail() {
    tail -n 20 "$folder/said"
    printf 'FAILED %s\n' "$*"
    exit 1
}

if [ "${BASE:-}" = debootstrap ]; then
    tests/base_image.sh
fi
if [ -z "${IMAGE:-}" ]; then
    # shellcheck disable=SC2086
    $docker build ${BUILD_OPTIONS:-} -f provision/Dockerfile.worker -t "$image" .
fi

# As the Job has it: read-only, without capabilities, volumes that are its user's.
mkdir -m 777 "$folder/state" "$folder/logs" "$folder/vars"
chmod 755 "$folder"
chmod 777 "$folder/state" "$folder/logs"
printf '{"cluster_name":"imaged","region":"us-east-1"}' >"$folder/vars/vars.json"
chmod 755 "$folder/vars"
eval "$(RUN_DIR=${SANDBOX_RUN_DIR:?} sandbox/env)"
run() {
    # shellcheck disable=SC2086
    $docker run --rm --network host --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges ${RUN_OPTIONS:-} \
        -v "$folder/state:/state" -v "$folder/logs:/logs" -v "$folder/vars:/vars:ro" \
        -e AWS_ACCESS_KEY_ID -e AWS_SECRET_ACCESS_KEY -e AWS_ENDPOINT_URL -e AWS_EC2_METADATA_DISABLED=true \
        -e EKSGATE_NAME=imaged -e EKSGATE_RUN=r1 "$@" "$image" >"$folder/said" 2>&1
}

code=0
run -e EKSGATE_OP=test -e EKSGATE_NAME=../imaged || code=$?
[ "$code" = 64 ] || fail "a bad name ended with $code"
say "bad input ends with 64"
run -e EKSGATE_OP=test || fail "a plan ended with $?"
grep -q '"type":"eksgate_plan"' "$folder/said" || fail "there is no plan"
say "EKSGATE_OP=test plans: $(grep -o '"changes":{"add":[0-9]*' "$folder/said" | tail -n 1 | grep -o '[0-9]*$') to add, read-only, without capabilities"
[ "$(stat -c %u "$folder/logs/run.jsonl")" = "$(stat -c %u "$folder/state/plans")" ] || fail "whose files are they?"
say "its files are those of user $(stat -c %u "$folder/logs/run.jsonl"); $($docker image inspect "$image" --format '{{.Size}}' | awk '{print int($1/1e6)}') MB"
