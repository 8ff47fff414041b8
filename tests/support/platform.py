"""A whole platform for tests: scripts/run in a folder of its own, on ports of its own.

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
    from support.platform import Platform
    ...
    with Platform(CITIZENS_RATE=5) as platform:
        status, body, headers = platform.ask("citizens", "GET", "/api/guide/measures")

TEST_BIN names the folder of the built programs. What was started ends with the test, by pid.
"""

import base64
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time

from support.ports import Ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("TEST_BIN", ROOT / "build/debug/bin"))
DOORS = {"citizens": 0, "gateways": 1, "internal": 2, "simulator": 3}


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("modules", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


TEMPLATE = ROOT / "build/template"
# There the keys and the migrated database that all tests of this checkout share.
MAKE_TEMPLATE = """set -euo pipefail
root=$1 PATH=$PATH:/usr/sbin:/sbin
for part in help process database modules template; do
    . "$root/scripts/lib/$part.sh"
done
template_ready
"""


def copy_parts(source, target):
    target.mkdir(mode=0o700)
    subprocess.run(["cp", "-a", "--reflink=auto", source / "keys", source / "db", target], check=True)


class Prepared:
    """What a first start of the programs makes, officers and demo data included, kept for all tests of
    a checkout: good for one day, because facts of the demo are of the days before it."""

    def __init__(self, demo_data):
        self.demo_data = demo_data
        self.folder = TEMPLATE / ("demo" if demo_data else "plain")

    def made_of(self, day):
        parts = sorted([*BIN.iterdir(), *ROOT.glob("schema/*.sql"), *ROOT.glob("scripts/**/*")])
        looks = [(str(part), part.stat().st_mtime_ns) for part in parts
                 if part.is_file() and part.suffix != ".pyc"]
        return hashlib.sha256(repr((day, looks)).encode()).hexdigest()

    def make(self, made_of):
        shutil.rmtree(self.folder, ignore_errors=True)
        first = Platform(self.demo_data)
        try:
            subprocess.run(["bash", "-c", MAKE_TEMPLATE, "make", ROOT], check=True)
            copy_parts(TEMPLATE, first.run)
            first.keep_from_midnight()
            first.begin()
            first.stop()
            copy_parts(first.run, self.folder)
        finally:
            first.__exit__()
        (self.folder / "made-of").write_text(made_of)

    def copy_to(self, run):
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        with open(self.folder.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            made_of, mark = self.made_of(china_day()), self.folder / "made-of"
            if not mark.exists() or mark.read_text() != made_of:
                self.make(made_of)
            copy_parts(self.folder, run)


def china_day():
    """The day on which a platform begins (see keep_from_midnight)."""
    second = int(time.time()) + 8 * 3600
    return second // 86400 + (second % 86400 >= 86400 - 1200)


class Platform:
    """One of the test's own. It begins as a copy of what a first start made, unless it is to be a
    first start itself."""

    def __init__(self, demo_data=False, is_first=False, **environment):
        self.is_first = is_first
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="tongban-test-")) / "run"
        self.ports = Ports()
        self.port = self.ports.first
        self.demo_data = demo_data
        self.officers = {}
        self.environment = {**os.environ, **{name: str(environment[name]) for name in environment}}

    def script(self, name, *arguments, check=True):
        """One of scripts/ on this run folder; what it says is kept in the result's stdout."""
        return subprocess.run([ROOT / "scripts" / name, *arguments, "--run-dir", self.run],
                              env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True,
                              timeout=300, check=check)

    def start(self, *options):
        if not self.is_first and not self.run.exists():
            Prepared(self.demo_data).copy_to(self.run)
            self.keep_from_midnight()
        return self.begin(*options)

    def begin(self, *options):
        """scripts/run on the folder as it is."""
        wanted = () if self.demo_data else ("--no-demo-data",)
        started = self.script("run", "--detach", "--no-install", "--port", str(self.port), "--bin",
                              BIN, *wanted, *options, check=False)
        if started.returncode != 0:
            raise AssertionError("scripts/run: %s" % started.stdout)
        if self.demo_data:
            self.take_in()
        return started.stdout

    def keep_from_midnight(self):
        """No day ends in China while a suite runs, and none has just begun: around midnight the
        business clock begins at one o'clock."""
        second = (int(time.time()) + 8 * 3600) % 86400
        if not 600 <= second < 86400 - 1200:
            (self.run / "clock").write_text("%-31d\n" % ((3600 - second) % 86400 * 1000))

    def take_in(self, seconds=120):
        """Until violation has its case for each fact that agencies pushed: it is told by events, in
        whatever order, and some time after the batch is done."""
        end = time.monotonic() + seconds
        while self.sql("SELECT id FROM event WHERE consumer = 'violation' AND state <> 'done'"
                       "  AND failures = 0 LIMIT 1"):
            if time.monotonic() > end:
                raise AssertionError("violation does not take in what it was told; it says:\n"
                                     + self.log("violation")[-3000:])
            time.sleep(0.1)

    def stop(self):
        return self.script("stop").stdout

    def children(self, name):
        """Pids of the workers of a module or of nginx."""
        pid = self.pid(name)
        return set(map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))

    def reload(self, name, seconds=60, **settings):
        """More settings for a module, as an operator gives them: into the file, and SIGHUP; its workers
        of before are gone then."""
        before, end = self.children(name), time.monotonic() + seconds
        with open(self.run / f"settings/{name}.env", "a", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in settings.items())
        os.kill(self.pid(name), signal.SIGHUP)
        while not self.children(name) or self.children(name) & before:
            if time.monotonic() > end:
                raise AssertionError(f"{name} keeps its old workers; it says:\n"
                                     + self.log(name)[-3000:])
            time.sleep(0.05)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.ports.close()
            shutil.rmtree(self.run.parent)

    def pid(self, name):
        """Of a module, of nginx or of mariadb."""
        return int((self.run / "pid" / name).read_text().split()[0])

    def connect(self, door):
        """A connection that the caller closes; it can ask many times."""
        if door == "modules":
            return UnixConnection(self.run / "sockets/modules.sock")
        port = self.port + DOORS[door]
        if door == "internal":
            return http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        trust = ssl.create_default_context(cafile=self.run / "keys/ca/ca.crt")
        return http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=trust)

    def ask(self, door, method, path, body=None, headers=None):
        """Status, body (parsed when it is JSON) and headers of one question."""
        connection = self.connect(door)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        if answer.headers.get("Content-Type", "").startswith("application/json"):
            data = json.loads(data)
        return answer.status, data, answer.headers

    def business_seconds(self):
        """Seconds of the business clock."""
        return time.time() + int((self.run / "clock").read_text()) / 1000

    def totp(self, name, steps=0):
        """The one-time code of an officer at the step that is so many from now."""
        secret = base64.b32decode(self.credentials(name)["totp_secret"])
        step = int(self.business_seconds()) // 30 + steps
        mac = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
        number = int.from_bytes(mac[mac[-1] & 15:][:4], "big") & 0x7FFFFFFF
        return "%06d" % (number % 10**6)

    def credentials(self, name):
        """name, password and totp_secret of an officer whom scripts/run made."""
        lines = (self.run / "keys/officers" / name).read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("otpauth:"))

    def officer(self, name="finance-a"):
        """The token of a session of this officer. A code is good once, so it is made once and kept;
        after it has ended forget it in .officers."""
        if name not in self.officers:
            body = {"name": name, "password": self.credentials(name)["password"],
                    "code": self.totp(name)}
            status, answer, _ = self.ask("citizens", "POST", "/api/identity/officers/sessions",
                                         json.dumps(body), {"Content-Type": "application/json"})
            if status != 201:
                raise AssertionError("%s does not get in: %s" % (name, answer))
            self.officers[name] = answer["token"]
        return self.officers[name]

    def sql(self, statement):
        """Rows of text, asked as the administrator."""
        client = ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                  "--default-character-set=utf8mb4", "--socket",
                  self.run / "sockets/db/mariadb.sock", "tongban", "-e", statement]
        out = subprocess.run(client, check=True, stdout=subprocess.PIPE, text=True).stdout
        return [line.split("\t") for line in out.splitlines()]

    def log(self, name):
        path = self.run / "log" / (name + ".log")
        return path.read_text() if path.exists() else ""
