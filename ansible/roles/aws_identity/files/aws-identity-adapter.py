#!/usr/bin/env python3
"""Hands the session of `aws_signing_helper credential-process` to AWS SDKs on this host.

The container credential protocol (AWS_CONTAINER_CREDENTIALS_FULL_URI and _AUTHORIZATION_TOKEN_FILE):

    GET /credentials  200 {AccessKeyId, SecretAccessKey, Token, Expiration}; needs the token
    GET /status       200, or 503 while an alarm stands; holds no secret, needs no token

Errors are {"code", "message"}: 401 no token, 403 wrong token or Host, 404, 500 token file unfit, 503 no
session. One refresh at a time; a valid session is kept while refreshing fails; after a failure callers
are refused at once for `retry_seconds`, so that an SDK's retries do not multiply. Sessions are in
memory only: a restarted adapter asks for one at the first request, or by itself where none comes.

--config FILE is JSON, read anew at every refresh (`listen_*` needs a restart):

    listen_host, listen_port   127.0.0.1 (or another 127.*) and a port; 0 takes a free one, logged
    token_file                 32 or more visible characters, no newline, mode 0600 or 0640
    command                    argv of aws_signing_helper credential-process, without --debug
    certificate_file           PEM that the helper uses, watched for its expiry; "" where it uses none
    status_file                what GET /status answers, replaced atomically
    refresh_margin_seconds     refresh when less than this, or half of the session's life, is left
    helper_timeout_seconds     the helper is killed after this
    retry_seconds              pause after a failure
    alarm_session_seconds      alarm when less is left although refreshing failed
    first_session_seconds      after its start: it then asks itself, and no session is an alarm
    alarm_certificate_seconds  alarm when less is left of the certificate

Exit codes: 0 ended by SIGTERM or SIGINT, 2 usage or configuration refused, 3 cannot listen.
"""

import argparse
import hmac
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from datetime import datetime, timezone

DEFAULTS = {  # None: required
    "listen_host": "127.0.0.1",
    "listen_port": None,
    "token_file": None,
    "command": None,
    "certificate_file": "",
    "status_file": None,
    "refresh_margin_seconds": 600,
    "helper_timeout_seconds": 5,
    "retry_seconds": 2,
    "alarm_session_seconds": 300,
    "first_session_seconds": 120,
    "alarm_certificate_seconds": 14 * 86400,
}
UTC_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
WATCH_SECONDS = 15


class Refused(Exception):
    """A reason for people; never holds a secret."""


def log(level, event, **fields):
    entry = {"time": iso(time.time()), "level": level, "event": event, **fields}
    print(json.dumps(entry), file=sys.stderr, flush=True)


def iso(seconds):
    return datetime.fromtimestamp(int(seconds), timezone.utc).strftime(UTC_FORMAT)


def seconds(text, form=UTC_FORMAT):
    return datetime.strptime(text, form).replace(tzinfo=timezone.utc).timestamp()


def read_config(path):
    try:
        with open(path, encoding="utf-8") as file:
            config = {**DEFAULTS, **json.load(file)}
        unknown = sorted(set(config) - set(DEFAULTS))
        if unknown:
            raise ValueError(f"unknown: {', '.join(unknown)}")
        for name, value in config.items():
            number = name.endswith(("_seconds", "_port"))
            kind = int if number else list if name == "command" else str
            optional = name == "certificate_file"
            if type(value) is not kind or not (value >= 0 if number else value or optional):
                raise ValueError(f"{name} must be a {kind.__name__}")
        if not all(isinstance(part, str) for part in config["command"]):
            raise ValueError("command must hold strings")
        if any(part.startswith("--debug") for part in config["command"]):
            raise ValueError("--debug makes the helper print credentials")
        if not re.fullmatch(r"127(\.\d{1,3}){3}", config["listen_host"]):
            raise ValueError("listen_host must be a loopback address, 127.*")
    except (OSError, ValueError, TypeError) as error:
        raise Refused(f"configuration {path}: {error}") from None
    return config


def read_token(path):
    try:
        with open(path, encoding="ascii") as file:
            mode = os.fstat(file.fileno()).st_mode & 0o777
            token = file.read(4096)
    except (OSError, ValueError) as error:
        raise Refused(f"token file {path}: {type(error).__name__}") from None
    if mode & 0o037:
        raise Refused(f"token file {path}: mode {mode:04o}, must be 0600 or 0640")
    if not re.fullmatch(r"[!-~]{32,}", token):
        raise Refused(f"token file {path}: needs 32 or more visible characters and no newline")
    return token


def certificate_expiry(path):
    """Seconds since the epoch, of the first certificate of a PEM file; None where there is none."""
    moment = rb"(?:\x17\x0d(\d{12}Z)|\x18\x0f(\d{14}Z))"  # UTCTime or GeneralizedTime, RFC 5280
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            pem = re.search("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", file.read(), re.S)
        # The only two times that stand together are those of its validity.
        validity = re.search(moment + moment, ssl.PEM_cert_to_DER_cert(pem.group(0)), re.S)
        short, long = validity.group(3), validity.group(4)
        form = "%y%m%d%H%M%SZ" if short else "%Y%m%d%H%M%SZ"
        return seconds((short or long).decode(), form)
    except (OSError, ValueError, AttributeError):
        return None


def run_helper(config):
    """A session from the helper, or Refused."""
    try:
        helper = subprocess.Popen(
            config["command"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise Refused(f"helper does not start: {error.strerror}") from None
    try:
        out, err = helper.communicate(timeout=config["helper_timeout_seconds"])
    except subprocess.TimeoutExpired:
        os.killpg(helper.pid, signal.SIGKILL)
        helper.communicate()
        raise Refused(f"helper killed after {config['helper_timeout_seconds']} s") from None
    if helper.returncode != 0:
        last = err.decode("ascii", "replace").strip().rsplit("\n", 1)[-1]
        # Long runs of key characters are blotted out, whatever the helper may print.
        last = re.sub(r"[A-Za-z0-9+/=_]{32,}", "...", re.sub(r"[^ -~]", "?", last))
        raise Refused(f"helper exit {helper.returncode}: {last[-300:]}")
    try:
        answer = json.loads(out)
        names = ("AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration")
        values = [answer[name] for name in names]
        if answer["Version"] != 1 or not all(isinstance(it, str) and it for it in values):
            raise ValueError
        expires = seconds(answer["Expiration"])
    except (ValueError, KeyError, TypeError):
        raise Refused("helper printed something that is not a session") from None
    if expires <= time.time():
        raise Refused("helper printed a session that has expired")
    names = ("AccessKeyId", "SecretAccessKey", "Token", "Expiration")
    return json.dumps(dict(zip(names, values))).encode(), expires


class Identity:
    """The session, kept fresh."""

    def __init__(self, path):
        self.path = path
        self.config = read_config(path)
        self.refreshing = threading.Lock()
        self.writing = threading.Lock()
        self.body, self.expires, self.due = None, 0.0, 0.0
        self.failure, self.failed_at = None, float("-inf")
        self.alarms = frozenset()
        self.started = time.monotonic()

    def left(self):
        return self.expires - time.time()

    def overdue(self):
        """Whether there was no session in all the time since the start."""
        return self.body is None and time.monotonic() - self.started >= self.config["first_session_seconds"]

    def session(self):
        """The body of an answer; raises Refused where no valid session can be had."""
        # Whoever holds a valid session does not wait for somebody else's refresh.
        if time.time() >= self.due and self.refreshing.acquire(blocking=self.left() <= 0):
            try:
                if time.time() >= self.due:
                    self.refresh()
            finally:
                self.refreshing.release()
        if self.left() > 0:
            return self.body
        raise Refused(self.failure or "no session")

    def refresh(self):
        if time.monotonic() - self.failed_at < self.config["retry_seconds"]:
            return
        try:
            self.config = read_config(self.path)
            self.body, self.expires = run_helper(self.config)
        except Refused as error:
            self.failure, self.failed_at = str(error), time.monotonic()
            log("error", "refresh-failed", reason=self.failure, session_seconds_left=int(self.left()))
        else:
            # Half of a short session's life: a margin longer than that life would ask without end.
            self.due = self.expires - min(self.config["refresh_margin_seconds"], self.left() / 2)
            self.failure, self.failed_at = None, float("-inf")
            log("info", "refreshed", session_expires=iso(self.expires))
        self.check()

    def status(self):
        config, now = self.config, time.time()
        watched = config["certificate_file"] != ""
        certificate = certificate_expiry(config["certificate_file"]) if watched else None
        alarms = []
        if self.body and self.failure and self.left() < config["alarm_session_seconds"]:
            alarms.append("session-expired" if self.left() <= 0 else "session-expiring")
        if self.failure and self.overdue():
            alarms.append("no-session")
        if not watched:
            pass
        elif certificate is None:
            alarms.append("certificate-unreadable")
        elif certificate - now < config["alarm_certificate_seconds"]:
            alarms.append("certificate-expired" if certificate <= now else "certificate-expiring")
        return {
            "checked": iso(now),
            "session_expires": iso(self.expires) if self.body else None,
            "certificate_expires": iso(certificate) if certificate else None,
            "last_failure": self.failure,
            "alarms": alarms,
        }

    def check(self):
        """Writes the status file; an alarm is logged when it begins and when it ends."""
        with self.writing:
            status = self.status()
            path = self.config["status_file"]
            try:
                with open(f"{path}.new", "w", encoding="utf-8") as file:
                    json.dump(status, file)
                os.replace(f"{path}.new", path)
            except OSError as error:
                log("error", "status-not-written", reason=error.strerror)
            standing = frozenset(status["alarms"])
            for alarm in sorted(standing - self.alarms):
                log("critical", "alarm", alarm=alarm, certificate=status["certificate_expires"])
            for alarm in sorted(self.alarms - standing):
                log("info", "alarm-over", alarm=alarm)
            self.alarms = standing
        return status

    def watch(self):
        """So that expiry is seen, and a session once asked for stays fresh, while nobody calls."""
        while True:
            if self.body is not None or self.overdue():
                try:
                    self.session()
                except Refused:
                    pass  # logged and in the status
            self.check()
            time.sleep(WATCH_SECONDS)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10  # seconds for a caller to send its request

    def do_GET(self):
        host = self.headers.get("Host", "")
        if host not in self.server.hosts:
            return self.fail(403, "WrongHost", "Host must be the loopback address of this service")
        if self.path == "/status":
            status = self.server.identity.check()
            return self.answer(503 if status["alarms"] else 200, json.dumps(status).encode())
        if self.path != "/credentials":
            return self.fail(404, "NotFound", "GET /credentials or GET /status")
        given = self.headers.get("Authorization")
        if given is None:
            return self.fail(401, "Unauthorized", "send the token in the Authorization header")
        try:
            token = read_token(self.server.identity.config["token_file"])
        except Refused as error:
            log("error", "token-refused", reason=str(error))
            return self.fail(500, "TokenFile", "the token file is not fit for use; see the log")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
            log("warning", "wrong-token", client=self.client_address[0])
            return self.fail(403, "Forbidden", "the token is not the one of this service")
        try:
            return self.answer(200, self.server.identity.session())
        except Refused as error:
            return self.fail(503, "NoSession", str(error))

    def fail(self, status, code, message):
        self.answer(status, json.dumps({"code": code, "message": message}).encode())

    def answer(self, status, body):
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass  # requests carry the token


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, identity):
        self.identity = identity
        host = identity.config["listen_host"]
        super().__init__((host, identity.config["listen_port"]), Handler)
        self.hosts = {f"{host}:{self.server_port}", f"localhost:{self.server_port}"}

    def handle_error(self, request, client_address):
        log("warning", "connection-broken", reason=type(sys.exc_info()[1]).__name__)


def main():
    parser = argparse.ArgumentParser(description="AWS session of this host for SDKs, on loopback")
    parser.add_argument("--config", required=True, help="JSON file; see the head of this program")
    try:
        identity = Identity(parser.parse_args().config)
        read_token(identity.config["token_file"])
    except Refused as error:
        log("critical", "refused", reason=str(error))
        return 2
    try:
        server = Server(identity)
    except OSError as error:
        log("critical", "cannot-listen", reason=error.strerror)
        return 3
    threading.Thread(target=identity.watch, daemon=True).start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    log("info", "listening", host=identity.config["listen_host"], port=server.server_port)
    server.serve_forever()
    log("info", "ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
