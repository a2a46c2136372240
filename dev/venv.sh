#!/bin/sh
# dev/venv.sh NAME REQUIREMENTS: print the folder of a Python environment that holds exactly the packages of a
# hash-pinned requirements file. It is built once into the cache, under a name made from the file's content, so that
# every clone on the machine shares it and a changed file gives a new one. All other output goes to stderr.
set -eu

name=$1
requirements=$2
python=${PYTHON:-/usr/bin/python3}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/eksgate

hash=$({ cat "$requirements"; "$python" --version; } | sha256sum | cut -c1-16)
venv=$cache/$name-$hash
if [ -e "$venv/.complete" ]; then
    echo "$venv"
    exit 0
fi

mkdir -p "$cache"
# Two installations at once: the second waits, then finds the finished folder.
exec 9>"$venv.lock"
flock 9
if [ -e "$venv/.complete" ]; then
    echo "$venv"
    exit 0
fi

echo "building the Python environment $name from $requirements" >&2
work=$(mktemp -d "$cache/.$name-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM
"$python" -m venv "$work/venv" >&2
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
    --only-binary=:all: -r "$requirements" >&2
# Scripts name the interpreter by its full path: write the final one before the folder moves there.
grep -rlIF "$work/venv" "$work/venv/bin" "$work/venv/pyvenv.cfg" | while read -r file; do
    sed -i "s|$work/venv|$venv|g" "$file"
done
touch "$work/venv/.complete"
rm -rf "$venv"
mv "$work/venv" "$venv"
echo "$venv"
