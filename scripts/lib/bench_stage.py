"""A platform of its own for scripts/bench, with a null responder beside its modules."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
TICKS = os.sysconf("SC_CLK_TCK")
AS_SERVER = ["chrt", "--batch", "0"]  # as process.sh starts what it starts
NULL_SIZES = {"citizens": 3500, "gateways": 2}  # bytes of an answer at each of nginx's doors
NULL_UPSTREAM = """upstream null_%(door)s {
    server unix:%(socket)s;
    keepalive 64;
    keepalive_requests 1000000;
}
"""
NULL_LOCATION = """location = /null {
    include fastcgi_platform;
    fastcgi_pass null_%(door)s;
}
"""


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: not within {seconds} s: {what}")
        time.sleep(0.02)


def process_stats():
    """pid, parent, session and CPU time (its dead children's too) of every process."""
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        yield int(path.parent.name), int(fields[1]), int(fields[3]), sum(map(int, fields[11:15]))


class Stage:
    def __init__(self, build, port):
        self.bin, self.port = build / "bin", port
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tongban-bench-"))
        self.run = self.folder / "run"
        self.nulls = []
        self.taken = 100_000_000  # far from the people who have violations
        self.overrides = {}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for null in self.nulls:
            null.terminate()
            null.wait()
        subprocess.run([ROOT / "scripts/stop", "--run-dir", self.run], check=False,
                       stdout=subprocess.DEVNULL)
        shutil.rmtree(self.folder)

    def start(self):
        settings = {name: "1000000" for name in
                    ("CITIZENS_RATE", "CITIZENS_BURST", "GATEWAYS_RATE", "GATEWAYS_BURST")}
        # Two million violations and their indexes do not fit into 2 GB. A database that is given
        # its memory later keeps the small index of pages it began with.
        pool = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 4
        settings["DATABASE_MEMORY"] = str(pool)
        started = subprocess.run(
            [ROOT / "scripts/run", "--detach", "--no-install", "--no-demo-data", "--run-dir",
             self.run, "--port", str(self.port), "--bin", self.bin], env={**os.environ, **settings},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if started.returncode != 0:
            raise SystemExit(f"bench: scripts/run: {started.stdout}")
        self.start_nulls()

    def start_nulls(self):
        """What answers /null at once, behind the same nginx."""
        nginx = self.run / "nginx"
        for door, size in NULL_SIZES.items():
            path = (self.run / "sockets").resolve() / f"null-{door}.sock"
            command = [*AS_SERVER, self.bin / "bench_null_responder", path, str(size)]
            self.nulls.append(subprocess.Popen(command))
            wait_until(path.exists, "the null responder listens")
            own = {"door": door, "socket": path}
            (nginx / f"upstreams/null-{door}.conf").write_text(NULL_UPSTREAM % own)
            (nginx / f"doors/{door}").mkdir(exist_ok=True)
            (nginx / f"doors/{door}/null.conf").write_text(NULL_LOCATION % own)
        self.reload_nginx()

    def limit_gateways(self):
        """As scripts/run does without being told."""
        limits = (ROOT / "scripts/lib/platform.sh").read_text()
        conf = self.run / "nginx/platform.conf"
        text = conf.read_text()
        for name, pattern in (("RATE", r"(zone=gateways:1m rate=)\d+"),
                              ("BURST", r"(zone=gateways burst=)\d+")):
            value = re.search(r"GATEWAYS_%s:-(\d+)" % name, limits).group(1)
            text = re.sub(pattern, r"\g<1>" + value, text)
        conf.write_text(text)
        self.reload_nginx()

    def reload_nginx(self):
        before = set(self.children("nginx"))
        os.kill(self.pid("nginx"), signal.SIGHUP)
        # Those of before know nothing of what is new, and close what is asked of them.
        wait_until(lambda: (now := set(self.children("nginx"))) and not now & before,
                   "nginx has none but new workers")

    def pid(self, name):
        return int((self.run / "pid" / name).read_text().split()[0])

    def children(self, name):
        pid = self.pid(name)
        return [one for one, parent, _, _ in process_stats() if parent == pid]

    def cpu(self, names):
        """CPU seconds so far of each of these."""
        owners = {self.pid(name): name for name in names}
        used = dict.fromkeys(owners.values(), 0)
        for _, _, session, ticks in process_stats():
            if session in owners:
                used[owners[session]] += ticks / TICKS
        return used

    def memory(self, name):
        """MB of a module: shared pages divided among those who share them, and counted anew."""
        pss = rss = 0
        for pid in [self.pid(name), *self.children(name)]:
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            pss += int(re.search(r"^Pss: +(\d+)", text, re.M).group(1))
            rss += int(re.search(r"^Rss: +(\d+)", text, re.M).group(1))
        return pss / 1024, rss / 1024

    def background(self, name):
        """The worker that runs a module's jobs is the last that was started."""
        return max(self.children(name))

    def peak_mb(self, pid):
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
        return int(re.search(r"^VmHWM:\s+(\d+)", text, re.M).group(1)) / 1024

    def modules(self):
        """Memory and time to be ready of each module with its own settings, one after the other."""
        found = {}
        for path in sorted((self.run / "settings").glob("*.env")):
            name = path.stem
            pss, rss = self.memory(name)
            self.restart(name)
            ready = json.dumps(self.logged(name, "ready")[-1])
            found[name] = {"pss_mb": pss, "rss_mb": rss,
                           "ready_ms": float(re.search(r"after (\d+) ms", ready).group(1))}
        return found

    def logged(self, name, event):
        lines = (self.run / "log" / (name + ".log")).read_text().splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return [line for line in found if line.get("event") == event]

    def set(self, module, **settings):
        """Restarts the workers of a module with these settings, unless they have them already."""
        if self.overrides.get(module) == settings:
            return
        self.overrides[module] = settings
        path = self.run / "settings" / (module + ".env")
        text = re.sub(r"# bench\n.*", "", path.read_text(), flags=re.S)
        lines = "".join(f"{name}={value}\n" for name, value in settings.items())
        path.write_text(text + "# bench\n" + lines)
        self.restart(module)

    def restart(self, module):
        before = set(self.children(module))
        ready = len(self.logged(module, "ready"))
        os.kill(self.pid(module), signal.SIGHUP)
        wait_until(lambda: len(self.logged(module, "ready")) > ready, f"{module} is ready")
        wait_until(lambda: not before & set(self.children(module)), f"{module} has drained", 60)

    def metric(self, module, name):
        url = f"http://127.0.0.1:{self.port + 2}/internal/{module}/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        return sum(float(line.split()[-1]) for line in text.splitlines()
                   if line.startswith(f"tongban_{name}{{"))

    def sql(self, *statements):
        client = ["mariadb", "--no-defaults", "--batch", "--skip-column-names",
                  "--default-character-set=utf8mb4", "--socket",
                  self.run / "sockets/db/mariadb.sock", "tongban"]
        return subprocess.run(client, input=";\n".join(statements), check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def status(self, name):
        """A counter of the database."""
        return int(self.sql(f"SHOW GLOBAL STATUS LIKE '{name}'").split()[1])

    def write_back(self):
        """Waits until what was changed is in the files, which would else be written meanwhile."""
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct = 0")
        wait_until(lambda: self.status("Innodb_buffer_pool_pages_dirty") < 200,
                   "the database has written its pages", 600)
        self.sql("SET GLOBAL innodb_max_dirty_pages_pct = 90")

    def take(self, make, count):
        """Makes rows for so many requests; gives the number of the first."""
        first = self.taken
        self.taken += count
        self.sql("SET unique_checks = 0", *make(first, self.taken - 1))
        return first
