#!/bin/bash
# dev/lint.sh: what CI checks besides the tests. Each check runs even when one before it failed.
set -u
cd "$(dirname "$0")/.."
failed=0

check() {
    local name=$1 begin=$SECONDS
    shift
    if "$@"; then
        printf 'lint: %s: ok (%d s)\n' "$name" $((SECONDS - begin))
    else
        printf 'lint: %s: FAILED\n' "$name"
        failed=1
    fi
}

format() {
    git ls-files '*.c' '*.h' | xargs -r clang-format --dry-run -Werror
}

# One file a process: with several, clang-tidy 14 loses track of va_start(). And it must not know of
# -ftrivial-auto-var-init.
tidy() {
    git ls-files '*.c' | grep -v '^tests/' |
        xargs -r -P "$(nproc)" -n 1 clang-tidy -p build/dev --quiet \
            --extra-arg=-ftrivial-auto-var-init=uninitialized 2>/dev/null
}

# gcc's path-sensitive analysis; slow, so only here. With -ftrivial-auto-var-init gcc 12 takes every variable for
# uninitialized at its definition, so that one warning is off; the sanitizers and clang-tidy look for the same.
analyze() {
    cmake -S . -B build/analyze -G Ninja -DCMAKE_BUILD_TYPE=Debug \
        -DCMAKE_C_FLAGS="-fanalyzer -Wno-analyzer-use-of-uninitialized-value" \
        -DCMAKE_RUNTIME_OUTPUT_DIRECTORY="$PWD/build/analyze" >build/analyze.log 2>&1 &&
        ninja -C build/analyze --quiet >build/analyze.log 2>&1 || { tail -n 60 build/analyze.log; return 1; }
}

ui() {
    PATH="$(dev/node.sh):$PATH" npm --prefix html run --silent lint
}

scripts() {
    local script
    for script in $(git ls-files '*.sh' .ci/run deploy/certificate deploy/prepare deploy/start); do
        bash -n "$script" || return 1
    done
    git ls-files '*.py' | xargs /usr/bin/python3 -c 'import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name).read(), name)'
}

check "format (clang-format)" format
check "rules" tests/rules.sh build/dev/eksgate
check "scripts" scripts
check "UI (biome, tsc)" ui
check "static analysis (clang-tidy)" tidy
check "static analysis (gcc -fanalyzer)" analyze
exit $failed
