#!/usr/bin/env python3
"""Looks at what stops OpenBao if nobody acts, and fails with the reasons.

    openbao-watch CONFIG.json

url, ca                     the server on this host and its CA: sealed, no leader, or no answer
directories                 their file systems; a full audit disk stops OpenBao
free_percent, free_mib      alarm when less than either is left
certificate, certificate_days   alarm when it ends within this time

Exit codes: 0 all is well, 1 one line on standard output for each reason.
"""

import json
import os
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

# https://openbao.org/api-docs/system/health/
HEALTH = {429: None, 472: None, 473: None, 501: "is not initialised", 503: "is sealed", 500: "is unwell"}


def space(directory, config):
    free = os.statvfs(directory)
    percent, mib = 100 * free.f_bavail // max(free.f_blocks, 1), free.f_bavail * free.f_frsize >> 20
    if percent < config["free_percent"] or mib < config["free_mib"]:
        # In steps, so that an alarm is not told again for each megabyte.
        step = min(percent // 5 * 5, 95)
        yield f"{directory}: less than {step + 5} % of its file system is free"


def certificate(config):
    seconds = config["certificate_days"] * 86400
    for limit, reason in ((0, "has expired"), (seconds, f"ends within {config['certificate_days']} days")):
        check = ["openssl", "x509", "-noout", "-checkend", str(limit), "-in", config["certificate"]]
        if subprocess.run(check, capture_output=True, timeout=10).returncode != 0:
            yield f"the certificate {config['certificate']} {reason}"
            return


def server(config):
    try:
        # Expiry is told above; here it shall not hide a sealed server.
        context = ssl.create_default_context(cafile=config["ca"])
        if any(certificate(config)):
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        urllib.request.urlopen(f"{config['url']}/v1/sys/health", context=context, timeout=10).close()
    except urllib.error.HTTPError as error:
        state = HEALTH.get(error.code, f"answers {error.code}")
        if state is not None:
            yield f"OpenBao {state}"
    except (OSError, ValueError) as error:
        yield f"OpenBao does not answer: {getattr(error, 'reason', error)}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        config = json.load(file)
    reasons = [reason for directory in config["directories"] for reason in space(directory, config)]
    reasons += [*certificate(config), *server(config)]
    print("\n".join(reasons), end="\n" if reasons else "")
    return 1 if reasons else 0


if __name__ == "__main__":
    sys.exit(main())
