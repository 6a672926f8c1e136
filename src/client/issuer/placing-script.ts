/** Where a container's `backbone-bootstrap.service` finds what was delivered (systemd.exec(5), "credstore"). */
export const deliveredFile = '/etc/credstore/backbone-secret-id';

/** How the script ends; none of these is a status of ssh, of a shell or of a signal. */
export const placings = {
  placed: 0,
  'no such container': 60,
  'other address': 61,
  running: 62,
  'not mounted': 63,
  link: 64,
  delivered: 65,
  owner: 66,
  'cut off': 67,
  'not written': 68,
  'not unmounted': 69,
  'not started': 70,
} as const;
export type Placing = keyof typeof placings;

/**
 * What a Proxmox host runs, as root, for one delivery: POSIX sh and `pct`, nothing else to install. Arguments:
 * vmid, address, `replace` or `keep`, `start` or `stay`. It says `ready` once nothing is left to refuse, reads the
 * envelope from its standard input, and places it. The envelope is in no argument and no variable that is exported.
 *
 * Root of the host writes into a file system that the container's root has arranged. A symbolic link there would be
 * followed out of it, so none may be on the way; while it is mounted the container cannot start, so none can come.
 * The file belongs to whoever owns the container's `/etc`: its root, as the container's map of users has it.
 *
 * If the connection is lost, the standard input ends: nothing is placed, and the container is unmounted.
 */
export const placingScript = `set -eu
umask 077
vmid=$1 address=$2
pct() { command pct "$@" </dev/null; }
config=$(pct config "$vmid") || exit 60
printf '%s\\n' "$config" | sed -n '/^net[0-9]*:/p' | grep -Fq "=$address/" || exit 61
[ "$(pct status "$vmid")" = 'status: stopped' ] || exit 62
mounted=$(pct mount "$vmid") || exit 63
new=
unmount() { [ -z "$new" ] || rm -f -- "$new"; pct unmount "$vmid"; }
trap 'unmount || :' EXIT
trap 'exit 67' HUP INT TERM PIPE
root=\${mounted#*"'"} root=\${root%"'"*}
case $root in /?*) ;; *) exit 63 ;; esac
directory=$root/etc/credstore file=$root${deliveredFile}
for path in "$root/etc" "$directory" "$file"; do [ ! -L "$path" ] || exit 64; done
[ -d "$root/etc" ] || exit 63
[ ! -e "$file" ] || [ "$3" = replace ] || exit 65
owner=$(stat -c %u:%g -- "$root/etc")
case $config in
  *'unprivileged: 1'*) [ "\${owner%%:*}" -gt 0 ] || exit 66 ;;
  *) [ "$owner" = 0:0 ] || exit 66 ;;
esac
if [ ! -e "$directory" ]; then mkdir -m 700 -- "$directory" && chown -- "$owner" "$directory" || exit 68; fi
[ -d "$directory" ] || exit 68
echo ready
envelope=$(cat)
case $envelope in '{'*'}') ;; *) exit 67 ;; esac
new=$file.$$
(set -C; printf '%s\\n' "$envelope" >"$new") && chown -- "$owner" "$new" && mv -fT -- "$new" "$file" \\
  && sync -- "$file" || exit 68
new=
trap - EXIT
unmount || exit 69
[ "$4" = stay ] || pct start "$vmid" || exit 70
`;
