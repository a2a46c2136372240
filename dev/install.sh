#!/bin/sh
# dev/install.sh TIER: make sure that what eksgate is built and run with (TIER run), or also tested with (TIER test) or
# measured with (TIER bench), is on this machine: Debian packages, a node that is new enough, Python packages of the tests. With everything in place it
# asks dpkg once and is done.
#
# Installing never starts, stops or enables a system service: eksgate runs its own redis and nginx as ordinary
# processes.
set -eu

run_packages="ca-certificates cmake curl gcc libc6-dev libcjson-dev libcurl4-openssl-dev libfcgi-dev libhiredis-dev
libssl-dev libyaml-dev make nginx ninja-build openssl pkg-config python3 python3-venv redis-server"
test_packages="chromium clang clang-format clang-tidy fonts-dejavu-core git iproute2 libclang-rt-14-dev libcmocka-dev systemd"
bench_packages="wrk"
services="nginx redis-server"

policy=/usr/sbin/policy-rc.d
policy_mark="# written by eksgate's dev/install.sh while it installs packages; safe to delete"

step() {
    printf '[%3d s] %s\n' "$(($(date +%s) - started))" "$*"
}

# Prints those of the named packages that are not installed.
missing_of() {
    # shellcheck disable=SC2016,SC2086
    here=$(dpkg-query -W -f='${db:Status-Status}:${Package}\n' $1 2>/dev/null || true)
    for package in $1; do
        case "
$here
" in
        *"
installed:$package
"*) ;;
        *) printf '%s ' "$package" ;;
        esac
    done
}

# The part that needs root; called below as "install.sh --packages NAME…".
install_packages() {
    new_services=
    for service in $services; do
        case " $* " in
        *" $service "*) new_services="$new_services $service" ;;
        esac
    done

    # 101 means "not allowed" to invoke-rc.d. A policy that somebody else wrote stays as it is and stays in charge.
    if [ ! -e "$policy" ] || grep -qxF "$policy_mark" "$policy"; then
        trap 'rm -f "$policy"' EXIT
        trap 'exit 130' HUP INT TERM
        printf '#!/bin/sh\n%s\nexit 101\n' "$policy_mark" >"$policy"
        chmod 755 "$policy"
    fi

    export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
    options="-q -y -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0"
    # The lists on the machine may be absent or too old to fetch from: then, and only then, they are read anew.
    # shellcheck disable=SC2086
    if ! apt-get $options --no-install-recommends --no-upgrade install "$@" >"$log" 2>&1; then
        step "reading the package lists (apt-get update)"
        # shellcheck disable=SC2086
        apt-get $options update >"$log" 2>&1 || fail_with_log "apt-get update"
        step "installing"
        # shellcheck disable=SC2086
        apt-get $options --no-install-recommends --no-upgrade install "$@" >"$log" 2>&1 || fail_with_log "apt-get install"
    fi

    # Fresh packages would start their services at the next boot. Nobody asked for that.
    for service in $new_services; do
        deb-systemd-helper disable "$service.service" >/dev/null 2>&1 || true
        update-rc.d "$service" disable >/dev/null 2>&1 || true
    done
}

fail_with_log() {
    tail -n 20 "$log" >&2
    echo "error: $1 failed; its last lines are above" >&2
    exit 1
}

started=${EKSGATE_INSTALL_STARTED:-$(date +%s)}

if [ "${1:-}" = --packages ]; then
    shift
    log=$(mktemp)
    install_packages "$@"
    rm -f "$log"
    exit 0
fi

case "${1:-}" in
run) packages=$run_packages ;;
test) packages="$run_packages $test_packages" ;;
bench) packages="$run_packages $test_packages $bench_packages" ;;
*)
    echo "usage: dev/install.sh run|test|bench" >&2
    exit 2
    ;;
esac
tier=$1
cd "$(dirname "$0")/.."

if ! command -v dpkg-query >/dev/null; then
    echo "error: dpkg was not found. eksgate is made for Debian 12; elsewhere it needs the counterparts of:" >&2
    echo "$packages" >&2
    exit 1
fi

missing=$(missing_of "$packages")
missing=${missing% }
if [ -n "$missing" ]; then
    step "installing Debian packages: $missing"
    if [ "$(id -u)" -eq 0 ]; then
        as_root=
    elif command -v sudo >/dev/null; then
        as_root="sudo --preserve-env=http_proxy,https_proxy,no_proxy"
    else
        echo "error: packages are missing, and installing them needs root or sudo. As root:" >&2
        echo "  apt-get install --no-install-recommends $missing" >&2
        exit 1
    fi
    # shellcheck disable=SC2086
    $as_root env EKSGATE_INSTALL_STARTED="$started" sh dev/install.sh --packages $missing
    step "Debian packages are there"
fi

# node and the Python packages go into the cache, not into the system. Both calls return at once when they are there.
case $tier in
run) dev/node.sh >/dev/null ;;
test)
    dev/node.sh >/dev/null
    dev/venv.sh python-test dev/test.txt >/dev/null
    dev/venv.sh python-openapi tests/api/openapi/requirements.txt >/dev/null
    ;;
bench)
    dev/venv.sh python-test dev/test.txt >/dev/null
    dev/venv.sh python-bench tests/bench/peers/requirements.txt >/dev/null
    ;;
esac
