#!/bin/sh
# tests/base_image.sh: the base that our images are built on, made of Debian's packages where no registry can be reached.
# As root, with debootstrap, for docker or podman (DOCKER).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
debootstrap --variant=minbase bookworm "$folder/base" >"$folder/log" || { cat "$folder/log"; exit 1; }
tar -C "$folder/base" -c . | ${DOCKER:-docker} import - docker.io/library/debian:bookworm-slim >/dev/null
