#!/bin/sh
# Whole lives of clusters, in a sandbox of their own. usage: tests/lives/run.sh RESULT
set -eu
cd "$(dirname "$0")"
root=$PWD/../..
result=$root/$1
python=$("$root/dev/venv.sh" python-test "$root/dev/test.txt")/bin/python
unset SANDBOX_RUN_DIR
export NODES=real CLUSTERS=1
{
    echo "# tests/lives: real terraform and AWS provider before the sandbox's AWS; $(date -u +%F)"
    "$python" -m pytest -v --no-header --durations=0 2>&1 && echo "all passed" || echo "FAILED"
} | tee "$result"
tail -n 1 "$result" | grep -qx "all passed"
