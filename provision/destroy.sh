#!/bin/sh
# provision.sh, for destroying.
EKSGATE_OP=destroy exec "$(dirname "$0")/provision.sh"
