#!/bin/sh
# dev/npm.sh: install the UI's packages by its lock file, as "npm ci" would. That refuses a lock which lacks an optional
# package of some other platform, and not every registry carries those. "npm install" in turn passes over an optional
# package that it could not fetch, and the compilers' native parts are such: so they are tried out, and fetched again.
set -eu
cd "$(dirname "$0")/../html"
PATH=$(../dev/node.sh):$PATH
export PATH

works() {
    node_modules/.bin/tsc --version >/dev/null && node_modules/.bin/biome --version >/dev/null &&
        node -e 'import("vite").catch(() => process.exit(1))'
}

# npm's own retries wait for minutes where a registry cannot be reached at all.
install() {
    npm install --no-save --no-audit --no-fund --ignore-scripts --fetch-retries=1 --fetch-retry-mintimeout=2000 "$@"
}

for _ in 1 2 3; do
    install --loglevel=error >/dev/null || true
    if works 2>/dev/null; then
        exit 0
    fi
    # What is half there would be taken for whole.
    rm -rf node_modules
done
echo "error: the UI's packages could not be installed; npm's own words:" >&2
install >&2 || true
works
