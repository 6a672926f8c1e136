#!/usr/bin/env python3
"""Looks at what stops OpenBao if nobody acts, and fails with the reasons.

    openbao-watch CONFIG.json

url, ca                     the server on this host and its CA: sealed, no answer, or no node that leads
directories                 their file systems, space and inodes; a full audit disk stops OpenBao
free_percent, free_mib      alarm when less than either is left
certificate, certificate_days   alarm when it ends within this time

Exit codes: 0 all is well, 1 one line on standard output for each reason.
"""

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

# https://openbao.org/api-docs/system/health/
ACTIVE, STANDBY = 200, (429, 472, 473)
HEALTH = {500: "is unwell", 501: "is not initialised", 503: "is sealed"}
# A new leader is found within seconds where a majority of the nodes is left.
SETTLE_SECONDS = 30


def space(directory, config):
    try:
        free = os.statvfs(directory)
    except OSError as error:
        yield f"{directory}: {error.strerror}"
        return
    percent, mib = 100 * free.f_bavail // max(free.f_blocks, 1), free.f_bavail * free.f_frsize >> 20
    # In steps, so that an alarm is not told again for each megabyte.
    if percent < config["free_percent"] or mib < config["free_mib"]:
        yield f"{directory}: less than {step(percent)} % of its file system is free"
    # 0 of a file system that makes them as it goes.
    if free.f_files > 0 and 100 * free.f_favail // free.f_files < config["free_percent"]:
        yield f"{directory}: less than {step(100 * free.f_favail // free.f_files)} % of its inodes are free"


def step(percent):
    return min(percent // 5 * 5, 95) + 5


def certificate(config):
    if not os.access(config["certificate"], os.R_OK):
        yield f"the certificate {config['certificate']} is missing or unreadable"
        return
    seconds = config["certificate_days"] * 86400
    for limit, reason in ((0, "has expired"), (seconds, f"ends within {config['certificate_days']} days")):
        check = ["openssl", "x509", "-noout", "-checkend", str(limit), "-in", config["certificate"]]
        if subprocess.run(check, capture_output=True, timeout=10).returncode != 0:
            yield f"the certificate {config['certificate']} {reason}"
            return


def health(address, context):
    """The status by which a server tells its state."""
    try:
        urllib.request.urlopen(f"{address}/v1/sys/health", context=context, timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code
    return ACTIVE


def leader(config, context):
    """A standby says it is well, and names the last leader, long after a majority of the nodes is gone."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        address = config["url"]
        try:
            with urllib.request.urlopen(f"{config['url']}/v1/sys/leader", context=context, timeout=5) as answer:
                address = json.load(answer).get("leader_address")
            if not address:
                state = "this node knows of none"
            else:
                code = health(address, context)
                if code == ACTIVE:
                    return
                state = f"{address} {'is a standby' if code in STANDBY else HEALTH.get(code, f'answers {code}')}"
        except (OSError, ValueError) as error:
            state = f"{address} does not answer: {getattr(error, 'reason', error)}"
        if time.monotonic() >= deadline:
            yield f"OpenBao has no active node: {state}"
            return
        time.sleep(2)


def server(config):
    try:
        # Expiry is told above; here it shall not hide a sealed server.
        context = ssl.create_default_context(cafile=config["ca"])
        if any(certificate(config)):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        code = health(config["url"], context)
    except (OSError, ValueError) as error:
        yield f"OpenBao does not answer: {getattr(error, 'reason', error)}"
        return
    if code in STANDBY:
        yield from leader(config, context)
    elif code != ACTIVE:
        yield f"OpenBao {HEALTH.get(code, f'answers {code}')}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    reasons = [reason for directory in config["directories"] for reason in space(directory, config)]
    reasons += [*certificate(config), *server(config)]
    print("\n".join(reasons), end="\n" if reasons else "")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
