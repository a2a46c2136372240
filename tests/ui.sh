#!/bin/sh
# The UI's unit tests. usage: tests/ui.sh JUNIT_FILE
cd "$(dirname "$0")/../html" || exit 1
PATH="$(../dev/node.sh):$PATH"
exec node node_modules/vitest/vitest.mjs run --reporter=default --reporter=junit --outputFile.junit="$1"
