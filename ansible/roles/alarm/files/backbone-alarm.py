#!/usr/bin/env python3
"""Tells a person that a unit failed.

    backbone-alarm UNIT      started by OnFailure=backbone-alarm@%n.service

The text is what the unit itself said in the run that failed. It goes to the journal (priority critical),
to /var/lib/backbone-alarm/UNIT.json, and on the standard input of the command in /etc/backbone-alarm.json
({"command": [...], "repeat_seconds": N}). The same text of the same unit is passed on once in
repeat_seconds. Units of this project never print a secret.

Exit codes: 0 told, or told before; 1 the command failed or took more than 30 seconds.
"""

import json
import os
import subprocess
import sys
import syslog
import time

CONFIG = "/etc/backbone-alarm.json"
STATE = "/var/lib/backbone-alarm"


def said_by(unit):
    """The last lines of the run that failed; MONITOR_INVOCATION_ID is set by systemd 251 or later."""
    run = os.environ.get("MONITOR_INVOCATION_ID")
    select = [f"_SYSTEMD_INVOCATION_ID={run}"] if run else [f"--unit={unit}"]
    journal = ["journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=10", *select]
    lines = subprocess.run(journal, capture_output=True, text=True, timeout=30).stdout.strip()
    return lines or os.environ.get("MONITOR_SERVICE_RESULT", "no reason in the journal")


def main():
    unit = sys.argv[1]
    with open(CONFIG, encoding="utf-8") as file:
        config = json.load(file)
    path = os.path.join(STATE, f"{unit.replace('/', '-')}.json")
    text, now = said_by(unit), int(time.time())
    try:
        with open(path, encoding="utf-8") as file:
            last = json.load(file)
    except (OSError, ValueError):
        last = {"text": None, "time": 0}
    if last["text"] == text and now - last["time"] < config["repeat_seconds"]:
        return 0
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump({"unit": unit, "time": now, "text": text}, file)
    os.replace(f"{path}.new", path)
    message = f"{os.uname().nodename}: {unit} failed: {text}"
    syslog.openlog("backbone-alarm")
    syslog.syslog(syslog.LOG_CRIT, message)
    if not config["command"]:
        return 0
    try:
        subprocess.run(config["command"], input=message, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        syslog.syslog(syslog.LOG_CRIT, f"the alarm command failed: {type(error).__name__}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
