"""The processes of a platform under test: the database and the modules, ended and started again."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.platform import BIN, Platform  # noqa: E402

MODULE_PATHS = "/usr/bin:/bin"


def wait_until(condition, what, seconds=30, pause=0.05):
    """What the condition says once that is true; an AssertionError when the time is over."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        if time.monotonic() > until:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(pause)
    return found


class Machines(Platform):
    def __init__(self, **environment):
        super().__init__(**environment)
        self.own_masters = []

    # The database

    def end_database(self):
        """Without a word, as a power cut does; start_database() brings it back."""
        pid = self.pid("mariadb")
        words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
        self.database = [word.decode() for word in words]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.reaped(pid), "the database is gone")

    def start_database(self):
        with open(self.run / "log/mariadb.log", "ab") as log:
            self.adopt("mariadb", subprocess.Popen(
                self.database, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True))
        wait_until(self.database_answers, "the database answers", 60)

    def database_answers(self):
        """It listens when it has repaired itself."""
        address = self.run / "sockets/db/mariadb.sock"
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(address)) != 0:
                return False
        return subprocess.run(["mariadb", "--no-defaults", "--socket", address, "-e", "SELECT 1"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    # Processes

    def adopt(self, name, process):
        """scripts/stop ends it; we only wait for it."""
        words = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        (self.run / "pid" / name).write_text(f"{process.pid} {words[19]}\n")
        self.own_masters.append(process)

    def workers(self, name):
        """Process ids: those that serve requests, and those of the background."""
        master = self.pid(name)
        serving, background = [], []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                fields = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
                if int(fields[1]) != master or fields[0] == "Z":
                    continue
                links = [os.readlink(fd) for fd in (entry / "fd").iterdir()]
            except (OSError, IndexError):
                continue
            polls = any("eventpoll" in link for link in links)
            (serving if polls else background).append(int(entry.name))
        return sorted(serving), sorted(background)

    def is_ready(self, name):
        try:
            return self.ask("internal", "GET", f"/internal/{name}/readyz")[0] == 200
        except OSError:
            return False

    def calls(self, path):
        """How often nginx saw a request for this path, at any door."""
        log = (self.run / "log/nginx-access.log").read_text()
        return sum(f'"path":"{path}"' in line for line in log.splitlines())

    def settings_file(self, name):
        return self.run / "settings" / (name + ".env")

    def configure(self, name, **settings):
        """Settings besides those of the platform; they hold from the next restart on."""
        path = self.settings_file(name)
        lines = [line for line in path.read_text().splitlines()
                 if line.split("=")[0] not in settings]
        path.write_text("\n".join(lines + [f"{key}={value}" for key, value in settings.items()])
                        + "\n")

    def launch(self, name, settings_file, environment=None, log=None):
        """A master with its own settings and nothing else of our environment."""
        with open(log or self.run / "log" / (name + ".log"), "ab") as log:
            return subprocess.Popen([BIN / name], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                    start_new_session=True,
                                    env={"PATH": MODULE_PATHS, "SETTINGS_FILE": str(settings_file),
                                         **(environment or {})})

    def restart(self, name, how=signal.SIGKILL, **environment):
        """Ends a module and starts it again, with its newest settings and this environment."""
        self.end(name, how)
        master = self.launch(name, self.settings_file(name), environment)
        self.adopt(name, master)
        wait_until(lambda: self.is_ready(name), name + " is ready", 60)
        return master

    def set_up(self, name, **settings):
        """Other settings for a module, whose jobs under way come to their end first."""
        self.configure(name, **settings)
        self.restart(name, signal.SIGTERM)

    def end(self, name, how=signal.SIGKILL):
        pids = [self.pid(name)]
        if how == signal.SIGKILL:  # at once, and all of it
            pids += sum(self.workers(name), [])
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, how)
        wait_until(lambda: all(self.reaped(pid) for pid in pids), name + " has ended", 40)

    def reaped(self, pid):
        for master in self.own_masters:
            master.poll()
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()[0]
        except OSError:
            return True
        return state == "Z"

    def __exit__(self, *_):
        super().__exit__()
        for master in self.own_masters:
            master.wait(timeout=30)
