#!/usr/bin/env python3
"""Tries the newest snapshot: restores it into a throw-away OpenBao and reads the canary.

Started by openbao-drill.service alone, which gives it a network of its own (nothing but loopback), an empty
data directory in memory, and copies of the seal key and of the snapshot identity's password. The real server
neither sees nor feels it. The report is /var/lib/openbao-snapshot/drill.json: {result: good | failed, reason,
snapshot, time, seconds}.

Exit codes: 0 the snapshot came back with its canary, or this node never took one (and says so); 1 it did not
come back, and the reason is on standard error.
"""

import importlib.machinery
import importlib.util
import json
import os
import secrets
import subprocess
import sys
import time

PROGRAM = "/usr/local/sbin/openbao-snapshot"
SERVER = "http://127.0.0.1:8200"
START_SECONDS = 240


def module(path):
    """The other program as a module: its name has no ending."""
    loader = importlib.machinery.SourceFileLoader("openbao_snapshot", path)
    spec = importlib.util.spec_from_loader(loader.name, loader)
    loaded = importlib.util.module_from_spec(spec)
    loader.exec_module(loaded)
    return loaded


snapshot = module(PROGRAM)
Failed, OpenBao = snapshot.Failed, snapshot.OpenBao


class ThrowAway:
    def __init__(self):
        self.log = os.path.join(os.environ["RUNTIME_DIRECTORY"].split(":")[0], "server.log")
        self.process = None

    def start(self):
        with open(self.log, "ab") as log:
            command = ["/usr/local/bin/bao", "server", "-config=/etc/openbao/drill"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise Failed(f"the throw-away server ended: {self.last_error()}")
            try:
                OpenBao(SERVER).call("GET", "sys/health")
                return
            except Failed:
                time.sleep(0.25)
        raise Failed(f"the throw-away server does not unseal: {self.last_error()}")

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def last_error(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            lines = [line for line in log if "[ERROR]" in line or line.startswith("Error")]
        return lines[-1].strip()[-300:] if lines else "no error in its log"


def logged_in(seconds):
    deadline = time.monotonic() + seconds
    while True:
        try:
            api = OpenBao(SERVER)
            api.log_in("host", "snapshot", snapshot.credential("host-snapshot"))
            return api
        except Failed as error:
            if time.monotonic() > deadline:
                raise Failed(f"who is in the snapshot cannot log in: {error}") from None
        time.sleep(0.5)


def drill(server):
    names = snapshot.snapshots()
    path = os.path.join(snapshot.DIRECTORY, names[-1])
    try:
        with open(f"{path}.json", encoding="utf-8") as file:
            expected = json.load(file)
    except (OSError, ValueError):
        raise Failed(f"{names[-1]}: its checksum file is missing or unreadable") from None
    if snapshot.sha256(path) != expected["sha256"] or not snapshot.intact(path):
        raise Failed(f"{names[-1]} is corrupt: its checksum is not the one it was written with")
    password = secrets.token_urlsafe(32)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(os.path.join(os.path.dirname(server.log), "password"), flags, 0o600), "w") as file:
        file.write(password)
    server.start()
    api = OpenBao(SERVER)
    api.log_in("restore", "restore", password)
    with open(path, "rb") as file:
        api.open("POST", "sys/storage/raft/snapshot-force", file.read()).close()
    # The answer comes before the restore is done: who is in the snapshot can log in when it is. Restarted, as
    # in the procedure, since a server reads its keys anew only then.
    logged_in(START_SECONDS)
    server.stop()
    server.start()
    api = logged_in(START_SECONDS)
    canary = api.call("GET", "canary/restore")["data"]["snapshot"]
    if canary != expected["canary"]:
        raise Failed(f"{names[-1]}: the canary says {canary}, not {expected['canary']}")
    return names[-1]


def main():
    if not snapshot.snapshots():
        # The active node without one is the alarm of `openbao-snapshot check`, which can ask who that is.
        print("nothing to try: this node has taken no snapshot, as a standby does not")
        return 0
    begun, server = time.time(), ThrowAway()
    report = {"result": "failed", "snapshot": None}
    try:
        report["snapshot"] = drill(server)
        report["result"] = "good"
    except Failed as error:
        report["reason"] = str(error)
        print(f"drill: {error}", file=sys.stderr)
    finally:
        server.stop()
        report |= {"time": int(time.time()), "seconds": round(time.time() - begun, 1)}
        snapshot.write_json(os.path.join(snapshot.DIRECTORY, "drill.json"), report)
    if report["result"] == "good":
        print(f"{report['snapshot']} was restored and its canary read, in {report['seconds']} s")
    return 0 if report["result"] == "good" else 1


if __name__ == "__main__":
    sys.exit(main())
