#!/usr/bin/env python3
"""Snapshots of OpenBao, and whether they are worth anything.

    openbao-snapshot take    takes one, checks it, sends an encrypted copy away, removes old ones
    openbao-snapshot check   fails where the newest snapshot, or the newest good drill, is too old

Configuration is /etc/openbao/snapshot.json (made by Ansible). A snapshot is NAME.snap with NAME.snap.json
(`sha256`, `canary`); what leaves the host is NAME.snap.age, for the recipients alone. A node that is not the
active one has nothing to do and says so, where the active one answers: that one takes it.

Exit codes: 0 done, or nothing to do on a standby; 1 could not (reasons on standard error, never a secret).
"""

import contextlib
import hashlib
import http.client
import json
import os
import shutil
import ssl
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request

CONFIG = "/etc/openbao/snapshot.json"
DIRECTORY = "/var/lib/openbao-snapshot"
HOUR = 3600
# A new leader is found within seconds where a majority of the nodes is left.
SETTLE_SECONDS = 30


class Failed(Exception):
    """A reason for people."""


def credential(name):
    with open(os.path.join(os.environ["CREDENTIALS_DIRECTORY"], name), encoding="utf-8") as file:
        return file.read().strip()


class OpenBao:
    def __init__(self, url, ca=None):
        self.url, self.token = url, None
        self.context = ssl.create_default_context(cafile=ca) if ca else None

    def open(self, method, path, data=None, timeout=300):
        headers = {"X-Vault-Token": self.token} if self.token else {}
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, headers, method=method)
        try:
            return urllib.request.urlopen(request, context=self.context, timeout=timeout)
        except urllib.error.HTTPError as error:
            said = error.read(500).decode("utf-8", "replace").strip()
            raise Failed(f"{method} {path}: {error.code} {said}") from None
        except OSError as error:
            raise Failed(f"{method} {path}: {getattr(error, 'reason', error)}") from None

    def call(self, method, path, body=None):
        with self.open(method, path, None if body is None else json.dumps(body).encode()) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def log_in(self, mount, user, password):
        answer = self.call("POST", f"auth/{mount}/login/{user}", {"password": password})
        self.token = answer["auth"]["client_token"]


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
    return digest.hexdigest()


def intact(path):
    """A snapshot is a compressed archive with the checksums of its parts; a cut one is found here."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            digests = {}
            for member in archive:
                content = archive.extractfile(member)
                digests[member.name] = hashlib.sha256(content.read()).hexdigest() if content else None
            with tarfile.open(path, "r:gz") as again:
                sums = again.extractfile("SHA256SUMS").read().decode().splitlines()
        return bool(sums) and all(digests.get(line.split()[1]) == line.split()[0] for line in sums)
    except (OSError, EOFError, KeyError, IndexError, ValueError, tarfile.TarError):
        return False


def snapshots():
    """Names, oldest first: they begin with the time. One of a time to come, from a clock that was wrong, is the
    first to go, and is never the newest."""
    now = moment()
    names = (name for name in os.listdir(DIRECTORY) if name.endswith(".snap"))
    return sorted(names, key=lambda name: (name[: len(now)] <= now, name))


def moment():
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())


def remove(name):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(os.path.join(DIRECTORY, name))


def remove_remains():
    """Of a run that was killed, or ended by a full disk."""
    whole = set(snapshots())
    for name in os.listdir(DIRECTORY):
        half = name.endswith((".snap.new", ".snap.age", ".snap.json.new"))
        if half or (name.endswith(".snap.json") and name.removesuffix(".json") not in whole):
            remove(name)


def write_json(path, value):
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(value, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    os.replace(f"{path}.new", path)


def leads(server, config):
    """Whether this node is the active one. A standby still names the last leader where a majority of the nodes is
    gone, so that one has to answer."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        told = server.call("GET", "sys/leader")
        if told.get("is_self"):
            return True
        address = told.get("leader_address") or "none is known"
        try:
            if told.get("leader_address"):
                # 200 is the active node; a standby answers 429.
                OpenBao(address, config["ca"]).open("GET", "sys/health", timeout=5).close()
                return False
        except Failed:
            pass
        if time.monotonic() >= deadline:
            raise Failed(f"OpenBao has no active node: {address}, and does not answer as one")
        time.sleep(2)


def take(config):
    remove_remains()
    server = OpenBao(config["url"], config["ca"])
    if not leads(server, config):
        print("this node is a standby: the active one takes the snapshot")
        return
    server.log_in("host", "snapshot", credential("host-snapshot"))
    name = f"{moment()}-{os.uname().nodename}.snap"
    path = os.path.join(DIRECTORY, name)
    try:
        fetch(server, name, path)
    except BaseException:
        # A full disk gets its space back.
        remove_remains()
        raise
    for old in snapshots()[: -config["keep"]]:
        remove(old)
        remove(f"{old}.json")
    sent = send(config, path) if config["destination"]["kind"] != "none" else "nowhere: no destination"
    write_json(os.path.join(DIRECTORY, "last.json"), {"snapshot": name, "time": int(time.time()), "sent": sent})
    print(f"took {name}, sent {sent}")


def fetch(server, name, path):
    try:
        server.call("POST", "canary/restore", {"snapshot": name})
        with server.open("GET", "sys/storage/raft/snapshot") as answer, open(f"{path}.new", "wb") as file:
            shutil.copyfileobj(answer, file)
            file.flush()
            os.fsync(file.fileno())
    finally:
        server.call("POST", "auth/token/revoke-self")
    if not intact(f"{path}.new"):
        raise Failed("OpenBao sent a snapshot whose checksums do not fit")
    write_json(f"{path}.json", {"sha256": sha256(f"{path}.new"), "canary": name})
    os.replace(f"{path}.new", path)


def send(config, path):
    encrypted = f"{path}.age"
    recipients = [word for recipient in config["recipients"] for word in ("--recipient", recipient)]
    try:
        run(["age", "--encrypt", *recipients, "--output", encrypted, path])
        destination = config["destination"]
        where = {"path": to_path, "sftp": to_sftp, "s3": to_s3}[destination["kind"]](destination, encrypted)
    finally:
        if os.path.exists(encrypted):
            os.unlink(encrypted)
    return where


def run(command, **more):
    """Standard output; a failure tells the last line of what the program said."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, **more)
    except subprocess.TimeoutExpired:
        raise Failed(f"{os.path.basename(command[0])} did not end within half an hour") from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().rsplit("\n", 1)[-1]
        raise Failed(f"{os.path.basename(command[0])} failed ({done.returncode}): {said[:300]}")
    return done.stdout


def to_path(destination, file):
    """A mounted directory of another machine. Written beside, compared, renamed; old ones are removed."""
    target = os.path.join(destination["directory"], os.path.basename(file))
    if destination["must_be_mounted"] and not os.path.ismount(destination["directory"]):
        raise Failed(f"{destination['directory']} is not mounted: the copy would stay on this host")
    try:
        shutil.copyfile(file, f"{target}.new")
        if sha256(f"{target}.new") != sha256(file):
            raise Failed(f"{target} differs from what was written")
        os.replace(f"{target}.new", target)
        names = sorted(name for name in os.listdir(destination["directory"]) if name.endswith(".snap.age"))
        for old in names[: -destination["keep"]]:
            os.unlink(os.path.join(destination["directory"], old))
    except OSError as error:
        raise Failed(f"{destination['directory']}: {error.strerror}") from None
    return target


def to_sftp(destination, file):
    """The key is this host's alone; the server's key is pinned. Sent beside, renamed, size compared."""
    known = os.path.join(os.environ["RUNTIME_DIRECTORY"], "known_hosts")
    with open(known, "w", encoding="ascii") as hosts:
        hosts.write(f"{destination['host_key']}\n")
    options = {
        "IdentityFile": os.path.join(os.environ["CREDENTIALS_DIRECTORY"], "snapshot-ssh-key"),
        "IdentitiesOnly": "yes",
        "UserKnownHostsFile": known,
        "GlobalKnownHostsFile": "/dev/null",
        "StrictHostKeyChecking": "yes",
        "BatchMode": "yes",
        "ConnectTimeout": "30",
        "Port": str(destination["port"]),
    }
    flags = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    client = ["sftp", "-q", "-b", "-", *flags, f"{destination['user']}@{destination['host']}"]
    directory, name = destination["directory"], os.path.basename(file)
    listing = run(
        client,
        input=f'put "{file}" "{directory}/{name}.new"\nrename "{directory}/{name}.new" "{directory}/{name}"\n'
        f'ls -l "{directory}/{name}"\nls -1 "{directory}"\n',
    ).splitlines()
    rows = [line.split() for line in listing if not line.startswith("sftp>")]
    sizes = [row[4] for row in rows if len(row) > 4 and row[-1].endswith(name)]
    if sizes != [str(os.path.getsize(file))]:
        raise Failed(f"{destination['host']}:{directory}/{name} has another size than what was sent")
    names = sorted(os.path.basename(row[0]) for row in rows if len(row) == 1 and row[0].endswith(".snap.age"))
    if names[: -destination["keep"]]:
        run(client, input="".join(f'rm "{directory}/{old}"\n' for old in names[: -destination["keep"]]))
    return f"{destination['host']}:{directory}/{name}"


def to_s3(destination, file):
    """By curl, which signs; the key pair comes as a credential, on its standard input. The identity may only
    put: how long objects stay is the bucket's lifecycle rule and lock."""
    url = f"{destination['endpoint']}/{destination['bucket']}/{destination['prefix']}{os.path.basename(file)}"
    options = [
        f'url = "{url}"',
        f'user = "{credential("snapshot-s3-key")}"',
        f'aws-sigv4 = "aws:amz:{destination["region"]}:s3"',
        f'upload-file = "{file}"',
        f'header = "x-amz-content-sha256: {sha256(file)}"',
        "fail\nsilent\nshow-error\nmax-time = 1500",
    ]
    # The checksum is part of what is signed: S3 refuses a body that differs.
    run(["curl", "--config", "-"], input="\n".join(options))
    return url


def leads_since(leading):
    """Since when this node was found the active one: a new leader has until the first of each is due."""
    path = os.path.join(DIRECTORY, "leads.json")
    if not leading:
        remove("leads.json")
        return None
    try:
        with open(path, encoding="utf-8") as file:
            since = float(json.load(file)["since"])
        if since <= time.time():
            return since
    except (OSError, ValueError, KeyError, TypeError):
        pass
    write_json(path, {"since": int(time.time())})
    return time.time()


def check(config):
    since = leads_since(leads(OpenBao(config["url"], config["ca"]), config))
    if since is None:
        print("this node is a standby: the active one is checked")
        return
    reasons, now = [], time.time()
    for what, file, limit in (
        ("snapshot", "last.json", config["max_age_hours"]),
        ("good restore drill", "drill.json", config["max_drill_age_hours"]),
    ):
        try:
            with open(os.path.join(DIRECTORY, file), encoding="utf-8") as report:
                told = json.load(report)
            age = (now - told["time"]) / HOUR
            if told.get("result", "good") != "good":
                reasons.append(f"the last drill failed: {told['reason']}")
            # Some minutes are a clock that was set right.
            elif age < -0.1:
                reasons.append(f"the last {what} is of a time to come: this host's clock is wrong, or was")
            elif min(age, (now - since) / HOUR) > limit:
                reasons.append(f"the last {what} is {age:.0f} hours old, allowed are {limit}")
        except (OSError, ValueError, KeyError, TypeError):
            if now - max(os.stat(CONFIG).st_mtime, since) > limit * HOUR:
                reasons.append(f"there is no {what}")
    if reasons:
        raise Failed("; ".join(reasons))
    print("snapshot and drill are as recent as they should be")


def main():
    verbs = {"take": take, "check": check}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        print(__doc__, file=sys.stderr)
        return 1
    try:
        with open(CONFIG, encoding="utf-8") as file:
            config = json.load(file)
        verbs[sys.argv[1]](config)
    except (Failed, ValueError, KeyError, http.client.HTTPException) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{sys.argv[1]}: {error.strerror or error} {error.filename or ''}".strip(), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
