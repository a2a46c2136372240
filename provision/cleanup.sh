#!/bin/sh
# The CronJob of deploy/provisioner: deletes the volume claims of tests whose day is neither today nor yesterday.
set -eu
account=${SERVICE_ACCOUNT:-/var/run/secrets/kubernetes.io/serviceaccount}
day() {
    date -u -d "$1" +%Y%m%d
}
# The header from a file: a token on the command line could be read by others.
printf 'Authorization: Bearer %s\n' "$(cat "$account/token")" |
    exec curl --silent --show-error --fail-with-body --cacert "$account/ca.crt" --header @- --request DELETE --get \
        --data-urlencode "labelSelector=eksgate.io/test-day,eksgate.io/test-day notin ($(day today),$(day yesterday))" \
        --output /dev/null \
        "https://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT/api/v1/namespaces/$NAMESPACE/persistentvolumeclaims"
