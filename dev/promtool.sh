#!/bin/sh
# dev/promtool.sh: print the path of promtool, Prometheus' own checker of metrics, rules and configurations. It comes out
# of Debian's package prometheus, which is not installed: its service would be there too. All other output goes to stderr.
set -eu

if command -v promtool; then
    exit 0
fi
cache=${XDG_CACHE_HOME:-$HOME/.cache}/eksgate
version=$(apt-cache show --no-all-versions prometheus | sed -n 's/^Version: //p')
[ -n "$version" ] || { echo "promtool: Debian's package prometheus is not known here: apt-get update" >&2; exit 1; }
folder=$cache/promtool-$version
if [ ! -e "$folder/promtool" ]; then
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/.promtool-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' HUP INT TERM
    (cd "$work" && apt-get -q download "prometheus=$version") >&2
    dpkg-deb --fsys-tarfile "$work"/*.deb | tar -x -C "$work" ./usr/bin/promtool
    mkdir -p "$folder"
    mv "$work/usr/bin/promtool" "$folder/promtool"
fi
echo "$folder/promtool"
