#!/bin/sh
# The environment that UniFi providers and exporters read, for one command:
#   ./env.sh terraform plan
# Needs BAO_ADDR, BAO_TOKEN (of a consumer that is granted the secrets) and `bao`. No value is an argument
# of a process, and none outlives the command.
set -eu
UNIFI_API=$(bao kv get -mount=kv -field=api unifi/tofu)
UNIFI_USERNAME=$(bao kv get -mount=kv -field=username unifi/tofu)
UNIFI_PASSWORD=$(bao kv get -mount=kv -field=password unifi/tofu)
UNIFI_API_KEY=$(bao kv get -mount=kv -field=api_key unifi/tofu-key)
export UNIFI_API UNIFI_USERNAME UNIFI_PASSWORD UNIFI_API_KEY
exec "$@"
