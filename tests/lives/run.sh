#!/bin/sh
# Whole lives of clusters, in three sandboxes beside each other: runs as processes; runs as Jobs, with a node for their
# pods; states and identities. Then one in a browser, which breaks off what it loads when a node's network interfaces come
# and go. usage: tests/lives/run.sh RESULT
set -eu
cd "$(dirname "$0")"
root=$PWD/../..
result=$root/$1
python=$("$root/dev/venv.sh" python-test "$root/dev/test.txt")/bin/python
unset SANDBOX_RUN_DIR
export CLUSTERS=1

suite() {
    "$python" -m pytest -v --no-header --durations=0 --durations-min=1 "$@" 2>&1 && echo "all passed" || echo "FAILED"
}

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
suite test_local.py test_issues.py test_user.py >"$parts/1" &
NODES=real suite test_kube.py >"$parts/2" &
NODES=real suite test_identities.py test_states.py >"$parts/3" &
wait
suite test_browser.py >"$parts/4"
{
    echo "# tests/lives: real terraform and AWS provider before the sandbox's AWS; $(date -u +%F)"
    cat "$parts"/*
} | tee "$result"
[ "$(grep -cx "all passed" "$result")" = 4 ]
