#!/bin/sh
# One run of terraform on one cluster: the entry point of the worker's container, and of the local runner's child. All
# that it needs comes from the environment:
#
#   EKSGATE_OP         test drift: what would be changed. plan: the same, to be applied later, so it takes the lock and
#                      heals. provision upgrade scale update destroy: plan and apply. apply: the plan of an earlier run,
#                      by its hash. unlock: take away a lock that was left.
#   EKSGATE_NAME       the cluster
#   EKSGATE_RUN        the run's id
#   EKSGATE_MODULE     the folder with the *.tf files, which is only read
#   EKSGATE_STATE      what outlives the run: state, unless there is a backend, and plans that wait for approval
#   EKSGATE_LOGS       of this run: run.jsonl (the whole output) phase.json plan.json plan.sha256
#   EKSGATE_VARS       terraform.tfvars.json; allow.json beside it, where there is one, is a list of addresses that the
#                      guard lets be replaced
#   EKSGATE_PLAN_RUN, EKSGATE_PLAN_HASH   for apply: whose plan, and its sha256:…
#   EKSGATE_LOCK_ID    for unlock
#   EKSGATE_BACKEND    a file with the settings of an S3 backend; without it the state is a file
#   EKSGATE_ENDED      ids of runs that are over, with commas between: a lock on that state that they left is taken over
#   EKSGATE_BIN        eksgate; EKSGATE_TERRAFORM terraform or tofu; TF_CLI_CONFIG_FILE where its provider is; AWS_…
#
# Ends with 0, 3 when the guard refuses the plan, 64 for bad input, 143 when it was cancelled, else as terraform did.
# On TERM terraform is asked once to stop, and waited for until it has written its state.
set -eu
umask 077

refuse() {
    printf 'provision.sh: %s\n' "$1" >&2
    exit 64
}

case ${EKSGATE_OP:-} in
test | drift | plan | provision | upgrade | scale | update | destroy | apply | unlock) ;;
*) refuse "EKSGATE_OP is no operation" ;;
esac
case ${EKSGATE_NAME:-} in
'' | -* | *- | *[!abcdefghijklmnopqrstuvwxyz0123456789-]*) refuse "EKSGATE_NAME is no name of a cluster" ;;
esac
[ "${#EKSGATE_NAME}" -le 100 ] || refuse "EKSGATE_NAME is too long"
for run in "${EKSGATE_RUN:-}" "${EKSGATE_PLAN_RUN:-none}"; do
    case $run in
    '' | *[!abcdefghijklmnopqrstuvwxyz0123456789-]*) refuse "EKSGATE_RUN or EKSGATE_PLAN_RUN is no run" ;;
    esac
done
for folder in "${EKSGATE_MODULE:-}" "${EKSGATE_STATE:-}" "${EKSGATE_LOGS:-}"; do
    case $folder in
    /*) ;;
    *) refuse "EKSGATE_MODULE, EKSGATE_STATE and EKSGATE_LOGS are absolute paths" ;;
    esac
done
[ -r "$EKSGATE_MODULE/versions.tf" ] || refuse "EKSGATE_MODULE holds no module"
[ -r "${EKSGATE_VARS:-}" ] || refuse "EKSGATE_VARS cannot be read"
[ -z "${EKSGATE_BACKEND:-}" ] || [ -r "$EKSGATE_BACKEND" ] || refuse "EKSGATE_BACKEND cannot be read"
if [ "$EKSGATE_OP" = apply ]; then
    [ -n "${EKSGATE_PLAN_RUN:-}" ] || refuse "EKSGATE_PLAN_RUN is missing"
    case ${EKSGATE_PLAN_HASH:-} in
    sha256:?*) ;;
    *) refuse "EKSGATE_PLAN_HASH is no hash" ;;
    esac
fi
case ${EKSGATE_LOCK_ID:-} in
-* | *[!0123456789abcdefr-]*) refuse "EKSGATE_LOCK_ID is no lock" ;;
esac
case ${EKSGATE_ENDED:-} in
-* | *[!abcdefghijklmnopqrstuvwxyz0123456789,-]*) refuse "EKSGATE_ENDED is no list of runs" ;;
esac
[ "$EKSGATE_OP" != unlock ] || [ -n "${EKSGATE_LOCK_ID:-}" ] || refuse "EKSGATE_LOCK_ID is missing"

terraform=${EKSGATE_TERRAFORM:-terraform}
command -v "$terraform" >/dev/null || refuse "terraform not found: $terraform"
eksgate=${EKSGATE_BIN:-eksgate}
command -v "$eksgate" >/dev/null || refuse "eksgate not found: $eksgate"
mkdir -p "$EKSGATE_STATE" "$EKSGATE_LOGS" 2>/dev/null || refuse "EKSGATE_STATE or EKSGATE_LOGS cannot be made"

# Nothing but what is named above decides.
for name in $(env | sed -n -e 's/^\(TF_VAR_[A-Za-z0-9_]*\)=.*/\1/p' -e 's/^\(TF_CLI_ARGS[A-Za-z0-9_]*\)=.*/\1/p'); do
    unset "$name"
done
unset TF_LOG TF_LOG_CORE TF_LOG_PROVIDER TF_LOG_PATH TF_WORKSPACE TF_PLUGIN_CACHE_DIR TF_REATTACH_PROVIDERS CDPATH
export TF_IN_AUTOMATION=1 TF_INPUT=0 CHECKPOINT_DISABLE=1 LC_ALL=C

# Everything that is said goes to the log and to stdout. Who reads stdout may go away, and signals are for us alone.
pipe=$EKSGATE_LOGS/.pipe
rm -f "$pipe"
mkfifo "$pipe"
(
    trap '' HUP INT PIPE TERM
    exec tee -a "$EKSGATE_LOGS/run.jsonl"
) <"$pipe" &
logger=$!
exec >"$pipe" 2>&1 </dev/null
rm -f "$pipe"

child=
cancelled=
held=
# shellcheck disable=SC2329 # a trap calls it
stop() {
    # A second signal would make terraform leave without writing its state.
    if [ -z "$cancelled" ]; then
        cancelled=1
        [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || :
    fi
}
trap stop TERM INT HUP

# Runs a command and waits for it, also when a signal comes in between.
run() {
    rc=0
    [ -z "$cancelled" ] || return 143
    "$@" &
    child=$!
    # The signal may have come when there was no child yet.
    [ -z "$cancelled" ] || kill -TERM "$child" 2>/dev/null || :
    while :; do
        wait "$child" && rc=0 || rc=$?
        kill -0 "$child" 2>/dev/null || break
    done
    child=
    return "$rc"
}

phase() {
    printf '{"type":"eksgate_phase","run":"%s","op":"%s","phase":"%s","rc":%s,"at":"%s"}\n' \
        "$EKSGATE_RUN" "$EKSGATE_OP" "$1" "${2:-null}" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$EKSGATE_LOGS/.phase.json"
    cat "$EKSGATE_LOGS/.phase.json"
    mv "$EKSGATE_LOGS/.phase.json" "$EKSGATE_LOGS/phase.json"
}

# The last phase, and the exit status that goes with it.
finish() {
    cd /
    rm -rf "$work"
    [ -z "$held" ] || "$eksgate" provision release --backend "$EKSGATE_BACKEND" --id "$EKSGATE_RUN" || :
    if [ -n "$cancelled" ]; then
        set -- cancelled 143
    fi
    phase "$1" "$2"
    exec >/dev/null 2>&1
    trap '' TERM INT HUP
    wait "$logger" || :
    exit "$2"
}

# One step; the run ends where it fails.
step() {
    run "$@" || finish failed "$rc"
}

# A fresh copy for each run: nothing of an earlier one decides, and the module itself may be read-only.
work=$EKSGATE_STATE/work/$EKSGATE_RUN
plans=$EKSGATE_STATE/plans
rm -rf "$work"
mkdir -p "$work" "$plans"
cp "$EKSGATE_MODULE"/*.tf "$EKSGATE_MODULE"/*.tftpl "$work"
cp "$EKSGATE_VARS" "$work/terraform.tfvars.json"
# In the file of variables, quotes within texts are escaped, so this is the variable.
if grep -q '"ignore_desired_size":[[:space:]]*true' "$EKSGATE_VARS"; then
    cp "$EKSGATE_MODULE/desired_size.override" "$work/desired_size_override.tf"
fi
cd "$work"
if [ -n "${EKSGATE_BACKEND:-}" ]; then
    printf 'terraform {\n  backend "s3" {}\n}\n' >backend.tf
    backend=$EKSGATE_BACKEND
    lock=-lock=false
else
    printf 'terraform {\n  backend "local" {}\n}\n' >backend.tf
    backend=path=$EKSGATE_STATE/terraform.tfstate
    lock=-lock-timeout=30s
fi

# A file's lock ends with its process. One in S3 stays when that is killed, so it is held in this run's name, from before
# the first plan until the end, and Terraform is told that it is.
hold() {
    [ -n "${EKSGATE_BACKEND:-}" ] || return 0
    held=1
    step "$eksgate" provision hold --backend "$EKSGATE_BACKEND" --id "$EKSGATE_RUN" --op "$EKSGATE_OP" \
        --ended "${EKSGATE_ENDED:-}"
}

# make_plan FILE OPTIONS...: terraform's plan as FILE, and readable as plan.json. changed says what it is about.
make_plan() {
    file=$1
    shift
    run "$terraform" plan -json -detailed-exitcode -out="$file" "$@" || [ "$rc" = 2 ] || finish failed "$rc"
    changed=$rc
    show_plan "$file"
}

show_plan() {
    "$terraform" show -json "$1" >plan.json || finish failed $?
}

# What an interrupted run left, in AWS but not, or as broken, in the state, is taken up.
heal() {
    : >actions
    step "$eksgate" provision heal --plan plan.json --actions actions
    [ -s actions ] || return 1
    while IFS='	' read -r verb address id; do
        case $verb in
        untaint) step "$terraform" untaint "$lock" "$address" ;;
        taint) step "$terraform" taint "$lock" "$address" ;;
        import) step "$terraform" import -no-color "$lock" "$address" "$id" ;;
        esac
    done <actions
}

# guard FILE: the plan as a tree, its hash, and whether it may be applied.
guard() {
    phase guard
    hash=sha256:$(sha256sum "$1" | cut -d ' ' -f 1)
    printf '%s\n' "$hash" >"$EKSGATE_LOGS/plan.sha256"
    cp plan.json "$EKSGATE_LOGS/plan.json"
    set -- "$eksgate" provision plan --plan plan.json --hash "$hash" --op "$EKSGATE_OP"
    allow=$(dirname "$EKSGATE_VARS")/allow.json
    [ ! -r "$allow" ] || set -- "$@" --allow "$allow"
    run "$@" || [ "$rc" = 3 ] || finish failed "$rc"
    guarded=$rc
}

apply() {
    phase apply
    run "$terraform" apply -json "$lock" "$1" || finish failed "$rc"
    # Too late to be cancelled, and no plan that still waits is about what is there now.
    cancelled=
    rm -rf "$plans"
}

outputs() {
    phase outputs
    if values=$("$terraform" output -json cluster 2>/dev/null); then
        printf '{"type":"eksgate_outputs","outputs":%s}\n' "$values"
    fi
}

phase init
if [ "$EKSGATE_OP" = unlock ]; then
    set -- --id "$EKSGATE_LOCK_ID" --state "$EKSGATE_STATE"
    [ -z "${EKSGATE_BACKEND:-}" ] || set -- "$@" --backend "$EKSGATE_BACKEND"
    step "$eksgate" provision unlock "$@"
    finish succeeded 0
fi
find "$EKSGATE_STATE/work" "$plans" -mindepth 1 -maxdepth 1 -mtime +30 -exec rm -rf {} +
step "$terraform" init -no-color -reconfigure -backend-config="$backend"

case $EKSGATE_OP in
test | drift)
    phase plan
    make_plan "$plans/$EKSGATE_RUN" -lock=false
    guard "$plans/$EKSGATE_RUN"
    [ "$changed" = 2 ] || finish unchanged 0
    finish planned 0
    ;;
apply)
    plan=$plans/$EKSGATE_PLAN_RUN
    if [ ! -r "$plan" ] || [ "sha256:$(sha256sum "$plan" | cut -d ' ' -f 1)" != "$EKSGATE_PLAN_HASH" ]; then
        echo "the plan that was approved is not here any more"
        finish failed 1
    fi
    cp "$plan" approved
    hold
    show_plan approved
    guard approved
    [ "$guarded" = 0 ] || finish blocked 3
    apply approved
    ;;
destroy)
    hold
    phase heal
    # What is there and not in the state is found by a plan to make it. Where that fails, nothing can be found by it.
    if run "$terraform" plan -no-color "$lock" -out=ordinary >ordinary.log; then
        show_plan ordinary
        heal || :
    fi
    phase plan
    make_plan destroy -destroy "$lock"
    guard destroy
    [ "$changed" = 2 ] || finish unchanged 0
    phase sweep
    step "$eksgate" provision sweep --plan plan.json
    apply destroy
    finish succeeded 0
    ;;
*)
    hold
    phase plan
    make_plan "$plans/$EKSGATE_RUN" "$lock"
    phase heal
    if heal; then
        phase plan
        make_plan "$plans/$EKSGATE_RUN" "$lock"
    fi
    guard "$plans/$EKSGATE_RUN"
    [ "$guarded" = 0 ] || finish blocked 3
    if [ "$changed" != 2 ]; then
        outputs
        finish unchanged 0
    fi
    [ "$EKSGATE_OP" != plan ] || finish planned 0
    cp "$plans/$EKSGATE_RUN" now
    apply now
    ;;
esac

outputs
finish succeeded 0
