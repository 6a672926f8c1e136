#!/usr/bin/env python3
"""RUNG 2: an AWS session from a long-lived key pair, for those without IAM Roles Anywhere.

    aws-broker-key session    prints a session of the broker role, as credential_process does
    aws-broker-key rotate     replaces the key pair through the API, and deletes the old one

The key pair is /var/lib/aws-identity/key.json ({"AccessKeyId", "SecretAccessKey"}), of this user alone. It
may assume one role (`principal_arn`), which may assume the broker role, and manage its own access keys. What
is signed is signed by curl, which gets keys on standard input, never as an argument. Configuration is
/etc/aws-identity/broker.json, or the file named as a second argument: region, principal_arn,
broker_role_arn, sts_endpoint, iam_endpoint, directory (of key.json).

A rotation that is cut off is finished by the next: the new pair is on the disk before it is used, and the old
one is deleted after the new one has answered. A pair whose secret was lost on its way, with AWS's answer or with
a full disk, is deleted by the next, since making.json says which pairs there were before.

Exit codes: 0 done, 1 could not (the reason is on standard error and holds no secret).
"""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.parse
import xml.etree.ElementTree
from datetime import datetime, timezone

CONFIG = "/etc/aws-identity/broker.json"
# IAM is eventually consistent: a new key pair is refused for some seconds.
SETTLE_SECONDS = 120
# How far this clock may be from AWS's, which refuses signatures of five minutes ago.
SKEW_SECONDS = 300


class Failed(Exception):
    """A reason for people; never holds a secret."""


def path(config, name):
    return os.path.join(config["directory"], name)


def read(config, name):
    with open(path(config, name), encoding="utf-8") as file:
        return json.load(file)


def write(config, name, value):
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    with open(os.open(path(config, f"{name}.new"), flags, 0o600), "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(path(config, f"{name}.new"), path(config, name))
    # Before AWS is told anything that rests on it.
    directory = os.open(config["directory"], os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def remove(config, name):
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path(config, name))


def call(config, service, keys, action, **parameters):
    """The answer's XML. AWS Query protocol; the region of IAM is us-east-1."""
    versions = {"sts": "2011-06-15", "iam": "2010-05-08"}
    region = config["region"] if service == "sts" else "us-east-1"
    body = urllib.parse.urlencode({"Action": action, "Version": versions[service], **parameters})
    lines = [
        f'url = "{config[f"{service}_endpoint"]}/"',
        f'user = "{keys["AccessKeyId"]}:{keys["SecretAccessKey"]}"',
        f'aws-sigv4 = "aws:amz:{region}:{service}"',
        f'data = "{body}"',
        "silent\nshow-error\nmax-time = 10",
    ]
    if "SessionToken" in keys:
        lines.append(f'header = "X-Amz-Security-Token: {keys["SessionToken"]}"')
    curl = ["curl", "--disable", "--config", "-"]
    done = subprocess.run(curl, input="\n".join(lines), capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise Failed(f"{action}: {done.stderr.strip()[:200]}")
    try:
        answer = xml.etree.ElementTree.fromstring(done.stdout)
    except xml.etree.ElementTree.ParseError:
        raise Failed(f"{action}: the answer is no XML") from None
    code = answer.findtext(".//{*}Error/{*}Code")
    if code is not None:
        raise Failed(f"{action}: {code}")
    return answer


def assume(config, keys, role):
    names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
    answer = call(config, "sts", keys, "AssumeRole", RoleArn=role, RoleSessionName="openbao", DurationSeconds=3600)
    session = {name: answer.findtext(f".//{{*}}Credentials/{{*}}{name}") for name in names}
    if not all(session.values()):
        raise Failed("AssumeRole: no session in the answer")
    return session


def session(config):
    principal = assume(config, read(config, "key.json"), config["principal_arn"])
    broker = assume(config, principal, config["broker_role_arn"])
    expires = broker["Expiration"].replace("+00:00", "Z")
    # The adapter takes whole seconds.
    broker["Expiration"] = f"{expires[:19]}Z"
    print(json.dumps({"Version": 1, **broker}))


def answers(config, keys):
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        try:
            call(config, "sts", keys, "GetCallerIdentity")
            return
        except Failed as error:
            if time.monotonic() > deadline:
                raise Failed(f"the new key pair is refused, the old one stays: {error}") from None
        time.sleep(2)


def access_keys(config, keys):
    """When each key of this user was made, by its id."""
    answer = call(config, "iam", keys, "ListAccessKeys")
    members = answer.findall(".//{*}AccessKeyMetadata/{*}member")
    return {member.findtext("{*}AccessKeyId"): member.findtext("{*}CreateDate") for member in members}


def delete(config, keys, key):
    try:
        call(config, "iam", keys, "DeleteAccessKey", AccessKeyId=key)
    except Failed as error:
        if "NoSuchEntity" not in str(error):
            raise


def make(config, old):
    """A new key pair, in next.json. AWS allows two for a user, so one that nobody has the secret of is in the way."""
    there = access_keys(config, old)
    others = [key for key in there if key != old["AccessKeyId"]]
    cut_off = read(config, "making.json") if os.path.exists(path(config, "making.json")) else None
    for key in others:
        if cut_off is None or key in cut_off["known"] or not made_since(there[key], cut_off["time"]):
            raise Failed(
                f"this user has another access key, {key}, which no rotation of this host made: "
                "delete it in AWS if nobody uses it (`aws iam delete-access-key`), then run this again"
            )
        delete(config, old, key)
        print(f"{key} was deleted: its secret was lost in a rotation that was cut off")
    write(config, "making.json", {"known": [old["AccessKeyId"]], "time": int(time.time())})
    made = call(config, "iam", old, "CreateAccessKey")
    names = ("AccessKeyId", "SecretAccessKey")
    new = {name: made.findtext(f".//{{*}}AccessKey/{{*}}{name}") for name in names}
    if not all(new.values()):
        raise Failed("CreateAccessKey: no key pair in the answer")
    write(config, "next.json", new)
    remove(config, "making.json")


def made_since(date, begun):
    """Whether AWS dates a key in the minute of that rotation, by whichever clock."""
    made = datetime.strptime(date[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    return begun - SKEW_SECONDS <= made <= begun + 60 + SKEW_SECONDS


def rotate(config):
    old = read(config, "key.json")
    if not os.path.exists(path(config, "next.json")):
        make(config, old)
    new = read(config, "next.json")
    if new["AccessKeyId"] != old["AccessKeyId"]:
        answers(config, new)
        # Both are kept until the old one is gone, so that a run that is cut off here knows what to delete.
        write(config, "last.json", old)
        write(config, "key.json", new)
    if os.path.exists(path(config, "last.json")):
        last = read(config, "last.json")["AccessKeyId"]
        delete(config, new, last)
        print(f"{last} was replaced by {new['AccessKeyId']}")
    # In this order: without next.json the next run begins anew, whatever is left of this one.
    remove(config, "next.json")
    remove(config, "last.json")
    remove(config, "making.json")


def main():
    verbs = {"session": session, "rotate": rotate}
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in verbs:
        print(__doc__, file=sys.stderr)
        return 1
    try:
        with open(sys.argv[2] if len(sys.argv) == 3 else CONFIG, encoding="utf-8") as file:
            config = json.load(file)
        verbs[sys.argv[1]](config)
    except (Failed, OSError, ValueError, KeyError) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
