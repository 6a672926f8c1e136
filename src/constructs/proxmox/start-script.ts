/**
 * Starts the container VMID on NODE through the API at ENDPOINT, and waits for the end of the task.
 *
 * POSIX sh and curl alone, so that plain Terraform can run it from the synthesized output; without
 * braces around variables, which Terraform would take for its own. JSON is read with sed: the values
 * looked for are single words that Proxmox itself writes.
 */
export const startScript = `set -eu
fail() { echo "container $VMID on $NODE: $1" >&2; exit 1; }
if [ -z "$(printenv PROXMOX_VE_API_TOKEN)" ]; then
  fail "PROXMOX_VE_API_TOKEN is not set, so it could not be started"
fi
api() {
  method=$1; path=$2
  printf 'Authorization: PVEAPIToken=%s\\n' "$PROXMOX_VE_API_TOKEN" |
    curl --silent --show-error --fail-with-body --proto =https --max-time 60 \\
      --request "$method" --header @- "$ENDPOINT/api2/json/$path"
}
field() { sed -n 's/.*"'"$1"'" *: *"\\{0,1\\}\\([^",}]*\\).*/\\1/p'; }

answer=$(api GET cluster/firewall/options) || fail "the datacenter firewall could not be read: $answer"
if [ "$(printf %s "$answer" | field enable)" != 1 ]; then
  fail "not started: the firewall of the datacenter is off, its rules would hold nothing (Datacenter > Firewall > Options)"
fi

container="nodes/$NODE/lxc/$VMID"
answer=$(api GET "$container/status/current") || fail "its status could not be read: $answer"
if [ "$(printf %s "$answer" | field status)" = running ]; then
  echo "container $VMID runs already"
  exit 0
fi

answer=$(api POST "$container/status/start") || fail "it could not be started: $answer"
task=$(printf %s "$answer" | field data)
tries=0
while :; do
  answer=$(api GET "nodes/$NODE/tasks/$task/status") || fail "the start task could not be read: $answer"
  [ "$(printf %s "$answer" | field status)" = running ] || break
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || fail "it is still starting after two minutes (task $task)"
  sleep 1
done
result=$(printf %s "$answer" | field exitstatus)
[ "$result" = OK ] || fail "the start task ended with: $result (task $task)"
echo "container $VMID started"
`;
