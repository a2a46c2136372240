#!/bin/sh
# Rules that no compiler knows, each with the reason in docs/architecture.md or a header. Prints what breaks one.
# usage: tests/rules.sh EKSGATE_BINARY
set -u
cd "$(dirname "$0")/.." || exit 1
binary=${1:-build/eksgate}
sources="base http aws redis kube cluster access terraform fcgi handlers tunnel agent main"
status=0

# rule NAME PATTERN [EXCEPTED_FILE]: the pattern stands in no source file but the excepted one.
rule() {
    found=$(grep -rnE --include='*.[ch]' -e "$2" $sources | grep -v "^${3:-nothing}:" | grep -vE '^[^:]*:[0-9]*: *(/?\*|//)')
    if [ -n "$found" ]; then
        printf 'FAILED %s\n%s\n' "$1" "$found"
        status=1
    else
        printf 'ok     %s\n' "$1"
    fi
}

rule "no FCGX_FPrintF: it aborts on wide formats" 'FCGX_V?FPrintF'
rule "one end of a request: FCGX_Finish_r in fcgi_finish() only" 'FCGX_Finish' fcgi/response.c
rule "no formatted Redis commands but SELECT with a number" 'redisCommand\(' redis/client.c
rule "no unbounded string functions" '\b(sprintf|vsprintf|strcpy|strcat|gets|strtok)\('
rule "peer and host verification is never switched off" 'SSL_VERIFY(PEER|HOST), 0L?'
rule "no verbose libcurl: it would print tokens" 'CURLOPT_VERBOSE'

# Folders depend in one direction only.
allowed_base="base"
allowed_http="base http"
allowed_aws="base http aws"
allowed_redis="base redis"
allowed_kube="base http kube"
allowed_cluster="base http aws redis kube cluster"
allowed_access="base http redis access"
allowed_terraform="$allowed_cluster access terraform"
allowed_fcgi="$allowed_terraform fcgi"
allowed_handlers="$allowed_fcgi handlers"
allowed_tunnel="$allowed_cluster access tunnel"
allowed_agent="$allowed_terraform agent"
for folder in base http aws redis kube cluster access terraform fcgi handlers tunnel agent; do
    eval "allowed=\$allowed_$folder"
    for used in $(grep -rhoE '#include "[a-z]+/' $folder | sed 's/.*"//; s#/##' | sort -u); do
        case " $allowed " in
        *" $used "*) ;;
        *) printf 'FAILED %s/ uses %s/, which stands right of it\n' $folder "$used"; status=1 ;;
        esac
    done
done

if "$binary" routes --format markdown | diff -u docs/api.md - >/dev/null; then
    printf 'ok     docs/api.md is what the route table prints\n'
else
    printf 'FAILED docs/api.md differs from the route table: make docs\n'
    status=1
fi
if "$binary" check --example | diff -u .env.example - >/dev/null; then
    printf 'ok     .env.example is what the table of variables prints\n'
else
    printf 'FAILED .env.example differs from the table of variables in base/config.c: make docs\n'
    status=1
fi

# What is read from the environment stands in that table.
for name in $(grep -rhoE --include='*.c' '"(AWS|EKS|EKSGATE)_[A-Z0-9_]+"' $sources | tr -d '"' | sort -u); do
    if ! grep -q "^#$name=" .env.example; then
        printf 'FAILED %s is in no row of config_variables (base/config.c)\n' "$name"
        status=1
    fi
done

# Each route says what it answers.
silent=$("$binary" routes --format markdown | awk '/^## /{if (route != "") print route; route = $0} /^Answer/{route = ""} END{if (route != "") print route}')
if [ -z "$silent" ]; then
    printf 'ok     every route has a documented answer\n'
else
    printf 'FAILED routes without a documented answer:\n%s\n' "$silent"
    status=1
fi
exit $status
