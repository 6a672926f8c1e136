#!/bin/bash
# Whether this machine lets a systemd container do what the roles and the lab ask of a kernel. Nothing of lab/host
# is used beside the base image, so that a fault of its own is none of the machine's.
# usage: probe.sh DIRECTORY BASE FIRST-UID CGROUP...
# Writes what was refused to standard error. Exit status: 0 all of it works.
set -eu
cd "$1"
base=$2 uid=$3
shift 3

if [ -z "${PROBE_INSIDE-}" ]; then
  trap 'for group; do find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || :; done' EXIT
  for group; do mkdir -p "$group"; done
  # A namespace that ends takes the bridge and the overlay with it.
  PROBE_INSIDE=yes unshare --mount --net bash "$0" . "$base" "$uid" "$@"
  exit
fi

# What the double of Proxmox filters with, on the bridge and through it.
nft -f - <<'END'
table inet probe {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
    ip saddr 192.0.2.99 tcp dport 8200 accept
  }
}
table bridge probe {
  chain from-ports {
    type filter hook prerouting priority filter; policy accept;
    iifname "none" ether saddr != 02:00:00:00:00:01 drop
    iifname "none" ether type ip ip saddr != 192.0.2.99 drop
    iifname "none" ether type arp arp saddr ip != 192.0.2.99 drop
  }
}
END

mkdir upper work root
chown "$uid:$uid" upper
mount -t overlay overlay -o "lowerdir=$base,upperdir=upper,workdir=work" root

# What the roles ask: a default-drop table with `skuid`, and a unit in a sandbox.
cat >root/probe <<'END'
set -eu
nft -f - <<'RULES'
table inet probe {
  chain output {
    type filter hook output priority filter; policy drop;
    ct state established,related accept
    oif lo accept
    icmp type echo-request limit rate 10/second accept
    meta skuid 0 ip daddr != { 10.0.0.0/8 } tcp dport 443 accept comment "probe"
    reject with icmpx admin-prohibited
  }
}
RULES
ip link show eth0 >/dev/null
systemd-run --quiet --wait --pipe --collect \
  --property=LoadCredential=probe:/etc/os-release --property=StateDirectory=probe \
  --property=User=nobody --property=NoNewPrivileges=yes --property=ProtectSystem=strict \
  --property=ProtectProc=invisible --property=ProcSubset=pid --property=ProtectKernelTunables=yes \
  --property=ProtectControlGroups=yes --property=PrivateTmp=yes --property=PrivateDevices=yes \
  --property=PrivateIPC=yes --property=RestrictNamespaces=yes --property=MemoryDenyWriteExecute=yes \
  --property=SystemCallFilter=@system-service --property=RestrictAddressFamilies=AF_UNIX \
  sh -c 'test -s "$CREDENTIALS_DIRECTORY/probe"'
systemctl is-active --quiet ssh
echo done >/probed
END
cat >root/etc/systemd/system/probe.service <<'END'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/bin/sh /probe
StandardError=file:/refused
ExecStopPost=/bin/systemctl --no-block poweroff
END
mkdir -p root/etc/systemd/system/default.target.wants
ln -s ../probe.service root/etc/systemd/system/default.target.wants/probe.service
ssh-keygen -q -t ed25519 -N '' -f root/etc/ssh/ssh_host_ed25519_key
chown -R "$uid:$uid" root/etc/systemd/system/probe.service root/etc/systemd/system/default.target.wants
chown "$uid:$uid" root/probe root/etc/ssh/ssh_host_ed25519_key*

for group; do echo $$ >"$group/cgroup.procs"; done
status=0
systemd-nspawn --quiet --boot --directory root --machine "$(basename "$1")" --register=no --keep-unit \
  --link-journal=no --console=pipe --private-users="$uid:65536" --private-users-ownership=off \
  --private-network --network-veth-extra=probe-outside:eth0 --resolv-conf=off --timezone=off \
  >console 2>&1 </dev/null || status=$?
[ -s root/probed ] && exit
{
  tail -n 4 console
  cat root/refused 2>/dev/null || :
  [ "$status" -eq 0 ] || echo "systemd-nspawn ended with $status"
} >&2
exit 1
