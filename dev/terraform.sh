#!/bin/sh
# terraform with the AWS provider that dev/terraform.py builds, as `make run` needs it in the sandbox: one may be missing,
# or its registry out of reach. The first call builds what is not there yet, and says so; a run's log shows it.
unset EKSGATE_TERRAFORM # this very file
exec python3 "${0%/*}/terraform.py" --run "$@"
