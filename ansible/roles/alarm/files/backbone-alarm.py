#!/usr/bin/env python3
"""Tells a person that a unit failed.

    backbone-alarm UNIT      started by OnFailure=backbone-alarm@%n.service, or by ExecStopPost= of a service that
                             starts anew by itself

The text is what the unit itself said in the run that failed. It goes to the journal (priority critical),
to /var/lib/backbone-alarm/UNIT.json, and on the standard input of the command in /etc/backbone-alarm.json
({"command": [...], "repeat_seconds": N}). The same text of the same unit is passed on once in
repeat_seconds; one that the command did not take is passed on again at the next failure, and each minute, as the
unit of this program is started anew until it is told. Units of this project never print a secret.

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
    """The last lines of the run that failed: which one that is, systemd says to those that OnFailure= starts, and
    when asked. Where it said nothing itself, what systemd says of it."""
    asked = ("systemctl", "show", "--property=InvocationID", "--value", unit)
    run = os.environ.get("MONITOR_INVOCATION_ID") or output(*asked)
    journal = ("journalctl", "--quiet", "--no-pager", "--output=cat", "--lines=10")
    lines = (run and output(*journal, f"_SYSTEMD_INVOCATION_ID={run}")) or output(*journal, f"--unit={unit}")
    return lines or os.environ.get("MONITOR_SERVICE_RESULT", "no reason in the journal")


def output(*command):
    """Empty where it cannot be had: an alarm without its reason is one all the same."""
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def told_before(path, text, repeat_seconds):
    """Whether a person has had this text; a time that is still to come is of a clock that was wrong."""
    try:
        with open(path, encoding="utf-8") as file:
            last = json.load(file)
        return last["told"] and last["text"] == text and 0 <= time.time() - last["time"] < repeat_seconds
    except (OSError, ValueError, KeyError, TypeError):
        return False


def remember(path, record):
    """Where the disk is full this is what fails, and not the alarm: it is then told again each time."""
    try:
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.replace(f"{path}.new", path)
    except OSError as error:
        syslog.syslog(syslog.LOG_CRIT, f"{path} cannot be written: {error.strerror}")


def tell(command, message):
    """Whether it was told."""
    try:
        subprocess.run(command, input=message, text=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as error:
        syslog.syslog(syslog.LOG_CRIT, f"the alarm command failed: {type(error).__name__}")
        return False
    return True


def main():
    unit = sys.argv[1]
    with open(CONFIG, encoding="utf-8") as file:
        config = json.load(file)
    path = os.path.join(STATE, f"{unit.replace('/', '-')}.json")
    text = said_by(unit)
    if told_before(path, text, config["repeat_seconds"]):
        return 0
    message = f"{os.uname().nodename}: {unit} failed: {text}"
    syslog.openlog("backbone-alarm")
    syslog.syslog(syslog.LOG_CRIT, message)
    told = tell(config["command"], message) if config["command"] else True
    remember(path, {"unit": unit, "time": int(time.time()), "text": text, "told": told})
    return 0 if told else 1


if __name__ == "__main__":
    sys.exit(main())
