#!/usr/bin/env python3
"""Makes the recovery keys, once, by an authenticated rotation, and prints them encrypted.

    openbao-recovery-keys URL CA-FILE PASSWORD-FILE RESULT-FILE < {"recipients": [...], "threshold": N}

The first identity logs in, starts the rotation, and each share is encrypted to one recipient and written
before the rotation is confirmed: until then the keys have no effect, so a run that is cut off loses
nothing, and the next one finishes it. PGP recipients (armoured, or base64) are OpenBao's own to encrypt to,
and need no confirmation; others are age's. Written and printed as JSON: [{"recipient", "encrypted"}]. A
share in the clear is only ever in memory and in a pipe to age.

Exit codes: 0 done, or done before; 1 refused (the reason is on standard error and holds no secret).
"""

import base64
import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request


class Server:
    def __init__(self, url, ca):
        self.url, self.token = url, None
        self.context = ssl.create_default_context(cafile=ca)

    def call(self, method, path, body=None):
        headers = {"X-Vault-Token": self.token} if self.token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1/{path}", data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {path}: {error.code} {error.read(500).decode('utf-8', 'replace').strip()}")
        return json.loads(text) if text else {}


def encrypt(share, recipient):
    age = subprocess.run(
        ["age", "--encrypt", "--armor", "--recipient", recipient],
        input=share,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if age.returncode != 0:
        sys.exit(f"age refuses the recipient {recipient[:80]}: {age.stderr.strip()[:200]}")
    return age.stdout


def pgp(recipient):
    """The key as OpenBao takes it: binary, base64."""
    if not recipient.startswith("-----BEGIN PGP"):
        return recipient
    body = recipient.split("\n\n", 1)[1]
    lines = [line for line in body.splitlines() if line and not line.startswith(("=", "-"))]
    return base64.b64encode(base64.b64decode("".join(lines))).decode()


def log_in(server, password_file):
    with open(password_file, encoding="ascii") as file:
        password = file.read().strip()
    answer = server.call("POST", "auth/bootstrap/login/bootstrap", {"password": password})
    server.token = answer["auth"]["client_token"]


def write(path, text):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def rotate(server, recipients, threshold, pending):
    """Leaves the encrypted shares in the file `pending`, and the keys in force."""
    by_age = recipients[0].startswith(("age1", "ssh-"))
    if by_age:
        # Before anything is changed: a wrong recipient is the likeliest mistake.
        for recipient in recipients:
            encrypt("", recipient)
    wanted = {"secret_shares": len(recipients), "secret_threshold": threshold}
    if by_age:
        wanted["require_verification"] = True
    else:
        wanted["pgp_keys"] = [pgp(recipient) for recipient in recipients]
    server.call("DELETE", "sys/rotate/recovery/init")  # what a run that was cut off has left
    made = server.call("POST", "sys/rotate/recovery/init", wanted)["data"]
    if not made.get("keys_base64"):
        server.call("DELETE", "sys/rotate/recovery/init")
        if os.path.exists(pending):
            return  # confirmed by a run that was cut off right after
        sys.exit("refused: there are recovery keys already; making others takes a quorum of them")
    shares = made["keys_base64"]
    encrypted = [encrypt(share, to) for share, to in zip(shares, recipients)] if by_age else shares
    kept = [{"recipient": to, "encrypted": share} for to, share in zip(recipients, encrypted)]
    write(pending, json.dumps(kept, indent=2) + "\n")
    for share in shares[:threshold] if by_age else []:
        proof = {"key": share, "nonce": made["verification_nonce"]}
        server.call("POST", "sys/rotate/recovery/verify", proof)


def main():
    url, ca, password_file, result = sys.argv[1:]
    order = json.load(sys.stdin)
    if not os.path.exists(result):
        server = Server(url, ca)
        log_in(server, password_file)
        try:
            rotate(server, order["recipients"], order["threshold"], f"{result}.pending")
        finally:
            server.call("POST", "auth/token/revoke-self")
        os.replace(f"{result}.pending", result)
    with open(result, encoding="ascii") as file:
        print(file.read(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
