#!/usr/bin/env python3
"""The keys and passwords of this cluster that a person must keep, and a new node must be given.

    openbao-kept make      makes them, where there is no seal key
    openbao-kept export    prints them as JSON, base64 each: for a pipe into age, never for a log
    openbao-kept import    takes that JSON from standard input; what exists is kept
    openbao-kept beside    takes it on a host that has another seal key: the copy's comes beside, its passwords
                           replace the host's (for a restore)
    openbao-kept rotate    makes a new seal key, the old one becomes the previous; goes on with a rotation
                           that was cut off; prints the old id and the new one
    openbao-kept follow    takes the new key of a rotation on another node from standard input
    openbao-kept forget    the configuration is to name the current key alone
    openbao-kept finish    removes the keys that are named no more; a rotation has ended
    openbao-kept aside     moves the data of a stopped server into before-TIME of its own directory

Files, in /etc/openbao/credentials, root alone: seal-keys/ID (32 bytes, never written a second time), the ids
seal-key-id and previous-seal-key-id (two keys are in use), `rotation` (old id and new one, while one is under
way), and the passwords host-verify and host-snapshot. An id is written after its key and names it for good, so
whatever is cut off leaves keys and ids that belong together.

Exit codes: 0 done, 1 refused.
"""

import base64
import json
import os
import secrets
import subprocess
import sys
import time

DIRECTORY = "/etc/openbao/credentials"
RUNNING = "/run/credentials/openbao.service"
DATA = "/var/lib/openbao"
SEAL = ("seal-key", "seal-key-id")
PREVIOUS = ("previous-seal-key", "previous-seal-key-id")
PASSWORDS = ("host-verify", "host-snapshot")


def path(name):
    return os.path.join(DIRECTORY, name)


def key_path(key_id):
    return path(f"seal-keys/{key_id}")


def write(file, content):
    """Whole and on the disk, or not at all: half a seal key would be a lost one."""
    directory, name = os.path.split(file)
    os.makedirs(directory, 0o700, exist_ok=True)
    new = path(f".{name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    os.replace(new, file)
    on_disk(directory)


def on_disk(directory):
    handle = os.open(directory, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def remove(file):
    if os.path.exists(file):
        os.unlink(file)
        on_disk(os.path.dirname(file))


def read(file):
    with open(file, "rb") as content:
        return content.read()


def named(name):
    """The id in that file; None where there is none."""
    return read(path(name)).decode() if os.path.exists(path(name)) else None


def under_way():
    """Old and new id of a rotation."""
    return read(path("rotation")).decode().split() if os.path.exists(path("rotation")) else None


def write_key(key_id, key):
    if not os.path.exists(key_path(key_id)):
        write(key_path(key_id), key)
    elif read(key_path(key_id)) != key:
        sys.exit(f"refused: the seal key {key_id} of this host is another one than that of this name in the copy")


def new_id():
    while os.path.exists(key_path(made := time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))):
        time.sleep(0.1)
    return made


def make():
    current = named(SEAL[1])
    if current and os.path.exists(key_path(current)):
        print("there is a seal key; `rotate` makes another")
        return
    for name in PASSWORDS:
        write(path(name), secrets.token_urlsafe(32).encode())
    made = new_id()
    write_key(made, secrets.token_bytes(32))
    for name in ("rotation", PREVIOUS[1]):
        remove(path(name))
    write(path(SEAL[1]), made.encode())
    print(f"made {made}")


def exported(key_id):
    """Where the file was lost, the running server still has its copy."""
    places = (key_path(key_id), os.path.join(RUNNING, f"seal-key_{key_id}"))
    found = [place for place in places if os.path.exists(place)]
    if not found:
        sys.exit(f"refused: the seal key {key_id} is neither in {places[0]} nor with a running server")
    return read(found[0])


def export():
    if not named(SEAL[1]):
        sys.exit("refused: there is no seal key on this host")
    files = {name: read(path(name)) for name in PASSWORDS}
    for key, key_id in (SEAL, PREVIOUS):
        if named(key_id):
            files |= {key: exported(named(key_id)), key_id: named(key_id).encode()}
    print(json.dumps({name: base64.b64encode(content).decode() for name, content in files.items()}))


def given():
    """The passwords of a copy, the ids of its keys, current one first, and the keys by id."""
    try:
        kept = {name: base64.b64decode(value, validate=True) for name, value in json.load(sys.stdin).items()}
    except (ValueError, AttributeError):
        sys.exit("refused: this is not what `export` printed; was it decrypted?")
    pairs = [pair for pair in (SEAL, PREVIOUS) if set(pair) & set(kept)]
    keys = {kept.get(key_id, b"").decode(errors="replace"): kept.get(key, b"") for key, key_id in pairs}
    whole = all(key_id.isalnum() and len(key) == 32 for key_id, key in keys.items())
    if SEAL not in pairs or not whole or set(kept) - {*SEAL, *PREVIOUS, *PASSWORDS}:
        sys.exit("refused: no seal key of 32 bytes in it, or files that are not ours")
    return {name: kept[name] for name in PASSWORDS if name in kept}, list(keys), keys


def import_():
    passwords, ids, keys = given()
    own = named(SEAL[1])
    lost = [key_id for key_id in (own, named(PREVIOUS[1])) if key_id and not os.path.exists(key_path(key_id))]
    if own in lost and own not in keys:
        sys.exit(f"refused: the seal key of this host is {own}, and this copy holds {' and '.join(ids)}")
    files = {path(name): content for name, content in passwords.items()}
    if own:
        files |= {key_path(key_id): keys[key_id] for key_id in lost if key_id in keys}
    else:
        files |= {key_path(key_id): key for key_id, key in keys.items()}
        files |= {path(name): key_id.encode() for (_, name), key_id in reversed([*zip((SEAL, PREVIOUS), ids)])}
    missing = [file for file in files if not os.path.exists(file)]
    for file in missing:
        write(file, files[file])
    names = " ".join(os.path.relpath(file, DIRECTORY) for file in missing)
    print(f"wrote {names}" if missing else "everything was there")


def beside():
    if under_way():
        sys.exit("refused: a rotation is under way; finish it (playbooks/rotate-seal-key.yml) first")
    passwords, ids, keys = given()
    own = named(SEAL[1])
    if not own or not os.path.exists(key_path(own)):
        sys.exit("refused: this host has no seal key; `import` takes the copy")
    for key_id, key in keys.items():
        write_key(key_id, key)
    other = next((key_id for key_id in ids if key_id != own), None)
    if other:
        write(path(PREVIOUS[1]), other.encode())
    for name, content in passwords.items():
        write(path(name), content)


def running_has(key_id):
    copy = os.path.join(RUNNING, f"seal-key_{key_id}")
    return all(map(os.path.exists, (copy, key_path(key_id)))) and read(copy) == read(key_path(key_id))


def switch(old, new):
    """From here on the configuration is to name both; `finish` may have removed the old one already."""
    if os.path.exists(key_path(old)):
        if read(key_path(old)) == read(key_path(new)):
            sys.exit(f"refused: the keys {old} and {new} are the same")
        write(path(PREVIOUS[1]), old.encode())
    elif not running_has(new):
        sys.exit(f"refused: the seal key {old} is gone, and OpenBao does not run with {new}; `import` {old} first")
    write(path(SEAL[1]), new.encode())


def rotate():
    if not under_way():
        old = named(SEAL[1])
        if not old or not os.path.exists(key_path(old)):
            sys.exit(f"refused: the seal key {old or ''} is not on this host; `import` it first")
        # Left there by an import. A server that started with both has sealed its data with the current one.
        if named(PREVIOUS[1]) and not running_has(old):
            sys.exit(f"refused: there is a previous key, and OpenBao does not run with {old}: restart it first")
        write(path("rotation"), f"{old} {new_id()}".encode())
    old, new = under_way()
    if not os.path.exists(key_path(new)):
        write_key(new, secrets.token_bytes(32))
    switch(old, new)
    print(old, new)


def follow():
    _, ids, keys = given()
    own, new = named(SEAL[1]), ids[0]
    if own not in keys:
        sys.exit(f"refused: the seal key of this host is {own}, and the rotation goes to {' from '.join(ids)}")
    # A node that had come to the end when the others were cut off goes through it once more.
    old = own if own != new else (under_way() or [*ids[1:], None])[0]
    if old:
        write(path("rotation"), f"{old} {new}".encode())
        for key_id, key in keys.items():
            write_key(key_id, key)
        switch(old, new)


def forget():
    current = named(SEAL[1])
    if under_way() and under_way()[1] != current:
        sys.exit("refused: a rotation was cut off; `rotate` goes on with it")
    if os.path.exists(os.path.join(DATA, "raft")) and not running_has(current):
        sys.exit(f"refused: the running OpenBao did not start with {current}: restart it, then it seals with that")
    remove(path(PREVIOUS[1]))


def finish():
    if named(PREVIOUS[1]):
        sys.exit("refused: two keys are in use; `forget` the previous one, configure and restart OpenBao first")
    if not running_has(named(SEAL[1])):
        sys.exit(f"refused: the running OpenBao did not start with {named(SEAL[1])}: restart it first")
    for key_id in os.listdir(path("seal-keys")):
        if key_id != named(SEAL[1]):
            remove(key_path(key_id))
    remove(path("rotation"))


def aside():
    if subprocess.run(["systemctl", "is-active", "--quiet", "openbao.service"]).returncode == 0:
        sys.exit("refused: OpenBao runs; systemctl stop openbao")
    # Renamed at the end, so that what was cut off is gone on with. The directory itself may be a mount point.
    part = os.path.join(DATA, ".before")
    os.makedirs(part, 0o700, exist_ok=True)
    for name in sorted(os.listdir(DATA)):
        if not name.startswith(("before-", ".before", "lost+found")):
            os.rename(os.path.join(DATA, name), os.path.join(part, name))
    kept = os.path.join(DATA, time.strftime("before-%Y%m%dT%H%M%SZ", time.gmtime()))
    os.rename(part, kept)
    print(kept)


if __name__ == "__main__":
    verbs = {
        **{"make": make, "export": export, "import": import_, "beside": beside, "rotate": rotate},
        **{"follow": follow, "forget": forget, "finish": finish, "aside": aside},
    }
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]]()
