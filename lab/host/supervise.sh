#!/bin/bash
# Keeps one container running until it is stopped: outlives whoever started it, puts the container's end
# of the network onto the bridge (nspawn makes it anew at each boot) and boots it again after a reboot.
# usage: supervise.sh BRIDGE VETH CGROUP... -- COMMAND...
set -eu
bridge=$1 veth=$2
shift 2
# A cgroup that is gone means that the container was destroyed meanwhile: nothing may start.
while [ "$1" != -- ]; do
  echo $$ >"$1/cgroup.procs"
  shift
done
shift

while :; do
  status=0
  "$@" &
  nspawn=$!
  until ip link set "$veth" master "$bridge" up 2>/dev/null; do
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.02
  done
  wait "$nspawn" || status=$?
  # 133 is how nspawn says that the container asked for a reboot.
  [ "$status" -eq 133 ] || exit "$status"
done
