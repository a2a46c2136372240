#!/bin/bash
# dev/fuzz.sh: run every fuzz target of build/fuzz for FUZZ_SECONDS on a copy of its corpus; what crashes is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${FUZZ_SECONDS:-60}
found=build/fuzz/found
mkdir -p "$found"

shopt -s nullglob
targets=(build/fuzz/fuzz_*)
if [ ${#targets[@]} -eq 0 ]; then
    echo "error: there are no fuzz targets in build/fuzz" >&2
    exit 1
fi
for target in "${targets[@]}"; do
    [ -x "$target" ] && [ -f "$target" ] || continue
    name=${target##*/fuzz_}
    echo "fuzzing $name for $seconds s"
    mkdir -p "build/fuzz/corpus/$name"
    options=(-max_total_time="$seconds" -artifact_prefix="$found/$name-" -verbosity=0 -timeout=10 -rss_limit_mb=2048)
    [ -e "tests/fuzz/$name.dict" ] && options+=(-dict="tests/fuzz/$name.dict")
    corpora=("build/fuzz/corpus/$name")
    [ -d "tests/fuzz/corpus/$name" ] && corpora+=("tests/fuzz/corpus/$name")
    "$target" "${options[@]}" "${corpora[@]}"
done
echo "nothing found in ${#targets[@]} targets"
