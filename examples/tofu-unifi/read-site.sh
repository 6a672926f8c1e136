#!/bin/sh
# One request as a UniFi provider makes it. The key goes to curl by stdin: an argument could be read by others.
set -eu
printf 'header = "X-API-KEY: %s"\n' "$UNIFI_API_KEY" |
  curl --config - --silent --show-error --fail --output /dev/null \
    ${UNIFI_CA_FILE:+--cacert "$UNIFI_CA_FILE"} \
    "$UNIFI_API/proxy/network/api/s/default/stat/health"
