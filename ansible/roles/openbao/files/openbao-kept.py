#!/usr/bin/env python3
"""The keys and passwords of this cluster that a person must keep, and a new node must be given.

    openbao-kept make          makes them; refused where a seal key exists
    openbao-kept export        prints them as JSON, base64 each: for a pipe into age, never for a log
    openbao-kept import        takes that JSON from standard input; a file that exists is kept
    openbao-kept rotate        makes a new seal key and keeps the old one as the previous one
    openbao-kept follow        takes the new key of a rotation on another node from standard input
    openbao-kept forget        removes the previous one

Files, in /etc/openbao/credentials, root alone: seal-key (32 bytes), seal-key-id, previous-seal-key,
previous-seal-key-id (while a rotation is under way), and the passwords host-verify and host-snapshot.

Exit codes: 0 done, 1 refused.
"""

import base64
import json
import os
import secrets
import sys
import time

DIRECTORY = "/etc/openbao/credentials"
SEAL = ("seal-key", "seal-key-id")
PREVIOUS = ("previous-seal-key", "previous-seal-key-id")
PASSWORDS = ("host-verify", "host-snapshot")


def path(name):
    return os.path.join(DIRECTORY, name)


def write(name, content):
    """Whole and on the disk, or not at all: half a seal key would be a lost one."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(path(f".{name}.new"), flags, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path(f".{name}.new"), path(name))


def read(name):
    with open(path(name), "rb") as file:
        return file.read()


def new_key():
    # The id first: a key without an id could not be named in the configuration.
    write("seal-key-id", time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()).encode())
    write("seal-key", secrets.token_bytes(32))


def make():
    if os.path.exists(path("seal-key")):
        sys.exit("refused: there is a seal key; `rotate` makes another")
    for name in PASSWORDS:
        write(name, secrets.token_urlsafe(32).encode())
    new_key()


def export():
    names = [*SEAL, *PASSWORDS, *(name for name in PREVIOUS if os.path.exists(path(name)))]
    print(json.dumps({name: base64.b64encode(read(name)).decode() for name in names}))


def given():
    try:
        kept = {name: base64.b64decode(value, validate=True) for name, value in json.load(sys.stdin).items()}
    except (ValueError, AttributeError):
        sys.exit("refused: this is not what `export` printed; was it decrypted?")
    if len(kept.get("seal-key", b"")) != 32 or not set(kept) <= {*SEAL, *PREVIOUS, *PASSWORDS}:
        sys.exit("refused: no seal key of 32 bytes in it, or files that are not ours")
    return kept


def import_():
    kept = given()
    missing = [name for name in sorted(kept, reverse=True) if not os.path.exists(path(name))]
    for name in missing:
        write(name, kept[name])
    print(f"wrote {' '.join(missing)}" if missing else "everything was there")


def rotate():
    if os.path.exists(path(PREVIOUS[0])):
        sys.exit("refused: a rotation is under way; finish it (`forget`) first")
    for old, previous in zip(reversed(SEAL), reversed(PREVIOUS)):
        write(previous, read(old))
    new_key()


def follow():
    kept = given()
    if not set(PREVIOUS) <= set(kept):
        sys.exit("refused: no rotation is under way on the node that this comes from")
    for name in (*reversed(PREVIOUS), *reversed(SEAL)):
        write(name, kept[name])


def forget():
    for name in PREVIOUS:
        if os.path.exists(path(name)):
            os.unlink(path(name))


if __name__ == "__main__":
    verbs = {"make": make, "export": export, "import": import_, "rotate": rotate, "follow": follow, "forget": forget}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]]()
