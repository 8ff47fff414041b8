"""The probe module behind a private nginx, for tests of the process model.

TEST_BIN names the folder of the built programs. Everything stands in a temporary folder and is ended
by pid.
"""

import concurrent.futures
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from support.ports import Ports  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[3]
BIN = pathlib.Path(os.environ.get("TEST_BIN", ROOT / "build/bin"))

SANITIZERS = ("Sanitizer", "runtime error:")

NGINX = """
%(user)s
worker_processes 1;
daemon off;
pid nginx.pid;
error_log error.log;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path temp/body;
    fastcgi_temp_path temp/fastcgi;
    proxy_temp_path temp/proxy;
    scgi_temp_path temp/scgi;
    uwsgi_temp_path temp/uwsgi;
    upstream probe { server unix:%(socket)s; keepalive 64; keepalive_timeout 1s; }
    server {
        listen 127.0.0.1:%(port)d;
        client_max_body_size 8m;
        keepalive_requests 1000000;
        location / {
            include params;
            fastcgi_param DOOR citizens;
            fastcgi_pass probe;
        }
        location /internal/ {
            include params;
            fastcgi_param DOOR internal;
            fastcgi_pass probe;
        }
    }
}
"""

PARAMS = """
fastcgi_keep_conn on;
fastcgi_pass_request_headers off;
fastcgi_param REQUEST_METHOD $request_method;
fastcgi_param DOCUMENT_URI $uri;
fastcgi_param QUERY_STRING $query_string;
fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length;
fastcgi_param REMOTE_ADDR $remote_addr;
fastcgi_param REQUEST_ID $request_id;
"""


def until(condition, what, seconds=30):
    """Waits for a condition; what it gave is the result."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("not within %s s: %s" % (seconds, what))


def children(pid):
    try:
        text = pathlib.Path("/proc/%d/task/%d/children" % (pid, pid)).read_text()
    except FileNotFoundError:
        return []
    return [int(child) for child in text.split()]


def is_running(pid):
    try:
        state = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Stage:
    def __init__(self, **settings):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="probe."))
        self.folder.chmod(0o755)
        self.socket = self.folder / "probe.sock"
        self.settings = {"LISTEN": self.socket, "WORKERS": 2, "THREADS": 4, "DEVELOPMENT": 1,
                         "PROBE_VERSION": "1", **settings}
        self.log = self.folder / "probe.log"
        self.ports = Ports()
        self.master = self.nginx = self.listener = None

    def __enter__(self):
        try:
            self.start()
            self.start_nginx()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in (self.nginx, self.master):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in (self.nginx, self.master):
            if process is not None:
                process.wait(40)
        if self.listener is not None:
            self.listener.close()
        self.ports.close()
        log = self.log.read_text() if self.log.exists() else ""
        shutil.rmtree(self.folder)
        if any(mark in log for mark in SANITIZERS):
            raise AssertionError(log)

    def write_settings(self):
        lines = ["%s=%s\n" % pair for pair in self.settings.items()]
        (self.folder / "new.env").write_text("".join(lines))
        (self.folder / "new.env").rename(self.folder / "probe.env")

    def environment(self):
        return {"PATH": "/usr/bin:/bin", "SETTINGS_FILE": str(self.folder / "probe.env"),
                "TSAN_OPTIONS": "suppressions=%s" % (ROOT / "tests/support/thread.supp")}

    def launch(self, *arguments, **options):
        with open(self.log, "ab") as log:
            self.master = subprocess.Popen([*arguments, BIN / "probe"], stderr=log,
                                           env=self.environment(), **options)

    def start(self):
        """Starts the module and waits until all its workers serve."""
        before = self.count("ready")
        self.write_settings()
        if self.listener is None:
            self.launch()
        else:
            script = 'exec 3<&%d; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$0"' % \
                self.listener.fileno()
            self.launch("/bin/sh", "-c", script, pass_fds=[self.listener.fileno()])
        self.wait_for("ready", before + 1)

    def listen(self):
        """Holds the socket in our own hands, as a service manager would."""
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.socket))
        self.listener.listen(512)

    def stop(self):
        self.master.send_signal(signal.SIGTERM)
        return self.master.wait(40)

    def start_nginx(self):
        self.port = self.ports.first
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "temp").mkdir()
        (self.folder / "params").write_text(PARAMS)
        (self.folder / "nginx.conf").write_text(
            NGINX % {"user": user, "socket": self.socket, "port": self.port})
        with open(self.folder / "nginx.out", "ab") as out:
            self.nginx = subprocess.Popen(
                ["/usr/sbin/nginx", "-p", self.folder, "-e", "error.log", "-c", "nginx.conf"],
                stdout=out, stderr=out)
        until(lambda: self.answers(), "nginx answers")

    def answers(self):
        try:
            return self.get("/process")[0] == 200
        except OSError:
            return False

    def reload_nginx(self):
        old = children(self.nginx.pid)
        self.nginx.send_signal(signal.SIGHUP)
        until(lambda: set(children(self.nginx.pid)) - set(old), "a new worker of nginx")

    def events(self, name):
        lines = self.log.read_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [event for event in found if event["event"] == name]

    def count(self, name):
        return len(self.events(name)) if self.log.exists() else 0

    def wait_for(self, name, count, seconds=60):
        until(lambda: self.count(name) >= count, "%s in the log" % name, seconds)

    def workers(self):
        """The pids of all workers, the background worker among them."""
        return sorted(children(self.master.pid))

    def request(self, method, path, body=None, seconds=15):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request(method, path if "internal" in path else "/api/probe" + path, body)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def get(self, path):
        return self.request("GET", path)

    def at_once(self, count, path):
        """So many requests at the same time; their answers and how long the slowest took."""
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            begun = time.monotonic()
            answers = list(pool.map(lambda _: self.get(path), range(count)))
        return answers, time.monotonic() - begun

    def version(self):
        return json.loads(self.get("/process")[1])["version"]

    def request_worker(self):
        return json.loads(self.get("/process")[1])["pid"]

    def metric(self, name):
        lines = self.get("/internal/probe/metrics")[1].decode().splitlines()
        found = [line.split()[1] for line in lines if line.startswith(name + "{")]
        return float(found[0])


class Load:
    """GET and POST requests from several clients until the end of the block; keeps what went wrong."""

    def __init__(self, stage, clients=8):
        self.stage = stage
        self.ended = threading.Event()
        self.failures = []
        self.count = 0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.wait_for_more(100)
        return self

    def __exit__(self, *_):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def wait_for_more(self, count):
        aim = self.count + count
        until(lambda: self.count >= aim, "%d more requests" % count, 60)

    def run(self, number):
        connection = http.client.HTTPConnection("127.0.0.1", self.stage.port, timeout=20)
        while not self.ended.is_set():
            self.count += 1
            try:
                self.ask(connection, number)
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
        connection.close()

    def ask(self, connection, number):
        text = b"%d of client %d" % (self.count, number)
        if number % 2 == 0:
            connection.request("POST", "/api/probe/echo", text)
        elif number % 4 == 1:
            connection.request("GET", "/api/probe/wait?ms=1")
        else:
            text = b"x" * 100000
            connection.request("GET", "/api/probe/big?size=100000")
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or (number % 4 != 1 and body != text):
            self.failures.append("%d %r" % (answer.status, body[:80]))
