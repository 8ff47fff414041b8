#!/usr/bin/env python3
"""The process model from outside: master, workers, kept connections, restarts under load."""

import concurrent.futures
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support/probe"))

from stage import BIN, Load, Stage, is_running, until

# Takes a connection as some user and says what became of it.
CONNECT = """
import socket, struct, sys
def record(kind, data):
    return struct.pack("!BBHHBB", 1, kind, 1, len(data), 0, 0) + data
def pair(name, value):
    return bytes([len(name), len(value)]) + name + value
params = pair(b"REQUEST_METHOD", b"GET") + pair(b"DOCUMENT_URI", b"/api/probe/process")
params += pair(b"DOOR", b"citizens")
peer = socket.socket(socket.AF_UNIX)
peer.settimeout(5)
peer.connect(sys.argv[1])
try:
    peer.sendall(record(1, struct.pack("!HB5x", 1, 0)) + record(4, params) + record(4, b"") +
                 record(5, b""))
    print("served" if b"200 OK" in peer.recv(4096) else "closed")
except (BrokenPipeError, ConnectionResetError):
    print("closed")
"""


def connect_as(uid, path):
    return subprocess.run(["/usr/bin/python3", "-c", CONNECT, str(path)], user=uid, cwd="/",
                          stdout=subprocess.PIPE, check=True, text=True).stdout.strip()


def sockets_of(pid):
    links = (os.readlink(path) for path in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    return sum(link.startswith("socket:") for link in links)


def quickest(ask, wanted):
    """Answers and seconds of the first of three times that took less: a machine that others use may be
    slow once, while what starves does so each time."""
    for _ in range(3):
        answers, seconds = ask()
        if seconds < wanted:
            break
    return answers, seconds


class Fairness(unittest.TestCase):
    def test_kept_connections_starve_nobody(self):
        with Stage() as stage:
            def ask():
                burst, _ = stage.at_once(64, "/wait?ms=20")
                self.assertEqual([answer[0] for answer in burst], [200] * 64)
                return stage.at_once(8, "/wait?ms=500")

            answers, seconds = quickest(ask, 1.1)
        self.assertEqual([answer[0] for answer in answers], [200] * 8)
        self.assertLess(seconds, 1.1)

    def test_a_new_connection_is_served_while_kept_ones_leave_no_thread_free(self):
        ended = threading.Event()

        def hammer(stage):
            while not ended.is_set():
                self.assertEqual(stage.get("/wait?ms=20")[0], 200)

        with Stage(WORKERS=1, THREADS=2) as stage, concurrent.futures.ThreadPoolExecutor(12) as pool:
            idle = sockets_of(stage.workers()[0])
            busy = [pool.submit(hammer, stage) for _ in range(12)]
            try:
                until(lambda: max(map(sockets_of, stage.workers())) >= idle + 10, "they are kept")
                answers = [connect_as(0, stage.socket) for _ in range(5)]
            finally:
                ended.set()
            for one in busy:
                one.result()
        self.assertEqual(answers, ["served"] * 5)

    def test_connections_are_spread_over_the_workers(self):
        """Looked at while all of them are there: nginx lets go what is idle for a second."""
        with Stage(THREADS=64) as stage, concurrent.futures.ThreadPoolExecutor(1) as pool:
            idle = {pid: sockets_of(pid) for pid in stage.workers()}

            def kept():
                return sorted(sockets_of(pid) - before for pid, before in idle.items())

            asked = pool.submit(stage.at_once, 64, "/wait?ms=3000")
            until(lambda: kept()[1] > 16, "both of those that serve have a good part of them")
            self.assertEqual(kept()[0], 0)  # the background worker has no part in it
            self.assertEqual([answer[0] for answer in asked.result()[0]], [200] * 64)

    def test_after_five_reloads_of_nginx_all_threads_serve(self):
        with Stage() as stage:
            with Load(stage, clients=2) as load:
                for _ in range(5):
                    stage.reload_nginx()
                    load.wait_for_more(50)

            def ask():
                stage.at_once(16, "/wait?ms=20")
                return stage.at_once(16, "/wait?ms=500")

            answers, seconds = quickest(ask, 2.2)
            pids = {json.loads(answer[1])["pid"] for answer in answers}
        self.assertEqual([answer[0] for answer in answers], [200] * 16)
        self.assertEqual(len(pids), 2)
        self.assertLess(seconds, 2.2)

    def test_a_full_module_says_so_at_once(self):
        with Stage(WORKERS=1, THREADS=2, QUEUE_MAX=4) as stage:
            stage.at_once(24, "/wait?ms=20")
            answers, _ = stage.at_once(20, "/wait?ms=2000")
            after = stage.get("/process")
        refused = [answer for answer in answers if answer[0] == 503]
        self.assertEqual(len(refused), 14)
        self.assertEqual(len([answer for answer in answers if answer[0] == 200]), 6)
        for _, body, headers in refused:
            error = json.loads(body)["error"]
            self.assertEqual(error["code"], "overloaded")
            self.assertEqual(len(error["request_id"]), 32)
            self.assertEqual(headers["Retry-After"], "1")
        self.assertEqual(after[0], 200)


class Restarts(unittest.TestCase):
    def test_a_new_image_takes_over_under_load(self):
        with Stage() as stage:
            old = stage.workers()
            with Load(stage) as load:
                for version in ("2", "3"):
                    stage.settings["PROBE_VERSION"] = version
                    stage.write_settings()
                    stage.master.send_signal(signal.SIGHUP)
                    stage.wait_for("replaced", int(version) - 1)
                    self.assertEqual(stage.version(), version)
                    load.wait_for_more(200)
            self.assertEqual(load.failures, [])
            self.assertEqual(set(old) & set(stage.workers()), set())
            self.assertEqual(len(stage.workers()), 3)

    def test_an_inherited_socket_loses_nothing_over_restarts_under_load(self):
        stage = Stage()
        stage.listen()
        with stage:
            with Load(stage) as load:
                for _ in range(3):
                    self.assertEqual(stage.stop(), 0)
                    stage.start()
                    load.wait_for_more(200)
            self.assertEqual(load.failures, [])

    def test_a_version_that_fails_its_check_does_not_take_over(self):
        with Stage() as stage:
            workers = stage.workers()
            stage.settings["PROBE_VERSION"] = "bad"
            stage.write_settings()
            stage.master.send_signal(signal.SIGHUP)
            stage.wait_for("check_failed", 1)
            self.assertEqual(stage.version(), "1")
            self.assertEqual(stage.workers(), workers)
            self.assertIn("PROBE_VERSION is bad", stage.log.read_text())
            stage.settings["PROBE_VERSION"] = "2"
            stage.write_settings()
            stage.master.send_signal(signal.SIGHUP)
            until(lambda: stage.version() == "2", "the good version")

    def test_the_former_workers_serve_until_new_ones_are_ready(self):
        with Stage() as stage:
            tickets = stage.folder / "tickets"
            tickets.mkdir()
            (tickets / "1").touch()  # the check takes it
            with Load(stage) as load:
                stage.settings.update(PROBE_VERSION="2", PROBE_TICKETS=tickets)
                stage.write_settings()
                stage.master.send_signal(signal.SIGHUP)
                stage.wait_for("worker_ended", 6)
                self.assertEqual(stage.version(), "1")
                for name in ("1", "2", "3"):
                    (tickets / name).touch()
                stage.wait_for("replaced", 1)
                self.assertEqual(stage.version(), "2")
                load.wait_for_more(100)
            self.assertEqual(load.failures, [])

    def test_a_setting_taken_out_of_the_file_gets_its_default_back(self):
        with Stage(PROBE_VERSION="7") as stage:
            self.assertEqual(stage.version(), "7")
            del stage.settings["PROBE_VERSION"]
            stage.write_settings()
            stage.master.send_signal(signal.SIGHUP)
            until(lambda: stage.version() == "1", "the default")

    def test_a_request_in_hand_is_finished_before_the_end(self):
        with Stage() as stage:
            with concurrent.futures.ThreadPoolExecutor(1) as pool:
                asked = pool.submit(stage.get, "/wait?ms=4000")
                until(lambda: stage.metric("tongban_threads_busy") == 2, "both requests run")
                self.assertEqual(stage.stop(), 0)
                self.assertEqual(asked.result()[0], 200)


class Faults(unittest.TestCase):
    def test_a_killed_worker_is_replaced(self):
        with Stage() as stage:
            killed = stage.request_worker()
            os.kill(killed, signal.SIGKILL)
            until(lambda: len(stage.workers()) == 3 and killed not in stage.workers(), "another")
            self.assertIn("signal 9", stage.events("worker_ended")[0]["detail"])
            answers, _ = stage.at_once(8, "/wait?ms=50")
            self.assertEqual([answer[0] for answer in answers], [200] * 8)

    def test_a_crash_costs_one_worker_and_not_the_module(self):
        with Stage() as stage:
            self.assertEqual(stage.request("POST", "/crash")[0], 502)
            self.assertEqual(stage.get("/process")[0], 200)
            stage.wait_for("worker_ended", 1)
            until(lambda: len(stage.workers()) == 3, "another worker")

    def test_a_worker_that_crashes_again_and_again_is_started_ever_more_slowly(self):
        with Stage(WORKERS=1) as stage:
            pauses = []
            for _ in range(4):
                worker = stage.request_worker()
                until(lambda: len(stage.workers()) == 2, "the one of the background, too")
                known = set(stage.workers())
                begun = time.monotonic()
                os.kill(worker, signal.SIGKILL)
                until(lambda: set(stage.workers()) - known, "another worker")
                pauses.append(time.monotonic() - begun)
                until(stage.answers, "it serves")
        self.assertGreater(pauses[3], 0.7)
        self.assertGreater(pauses[0], 0.09)

    def test_a_stopped_worker_is_replaced_when_its_heartbeat_is_missed(self):
        with Stage() as stage:
            silent = stage.request_worker()
            os.kill(silent, signal.SIGSTOP)
            stage.wait_for("worker_silent", 1)
            until(lambda: len(stage.workers()) == 3 and silent not in stage.workers(), "another")
            stage.at_once(8, "/wait?ms=50")

    def test_workers_do_not_outlive_their_master(self):
        with Stage() as stage:
            workers = stage.workers()
            os.kill(stage.master.pid, signal.SIGKILL)
            until(lambda: not any(is_running(pid) for pid in workers), "all workers ended")

    def test_a_second_start_takes_the_place_of_a_stale_socket_file(self):
        with Stage() as stage:
            stage.master.send_signal(signal.SIGKILL)
            stage.master.wait()
            self.assertTrue(stage.socket.exists())
            stage.start()
            self.assertEqual(stage.get("/process")[0], 200)

    @unittest.skipUnless(os.geteuid() == 0, "only root can take another uid")
    def test_a_foreign_uid_is_not_listened_to(self):
        with Stage(NGINX_UID=12345) as stage:
            self.assertEqual(connect_as(0, stage.socket), "served")
            self.assertEqual(connect_as(12345, stage.socket), "served")
            self.assertEqual(connect_as(54321, stage.socket), "closed")
            stage.wait_for("peer_refused", 1)


class Bodies(unittest.TestCase):
    def test_bodies_of_all_sizes_come_back(self):
        with Stage() as stage:
            for size in (0, 1, 3500, 4096, 35000, 125000):
                body = random.Random(size).randbytes(size).hex().encode()
                self.assertEqual(stage.request("POST", "/echo", body)[:2], (200, body))
            self.assertEqual(stage.request("POST", "/count", b"x" * 3000000)[1], b"3000000")
            self.assertEqual(len(stage.get("/big?size=1000000")[1]), 1000000)

    def test_a_body_that_nobody_reads_leaves_the_connection_usable(self):
        with Stage(WORKERS=1, THREADS=2) as stage:
            for _ in range(20):
                status, body, _ = stage.request("POST", "/leave", b"x" * 900000)
                self.assertEqual((status, body), (200, b"not read"))
            answers, seconds = stage.at_once(2, "/wait?ms=1500")
        self.assertEqual([answer[0] for answer in answers], [200] * 2)
        self.assertLess(seconds, 3)

    def test_clients_that_go_away_cost_no_thread(self):
        with Stage(WORKERS=1, THREADS=2) as stage:
            for path in ("/big?size=1000000", "/wait?ms=100") * 10:
                with socket.create_connection(("127.0.0.1", stage.port)) as client:
                    client.sendall(b"GET /api/probe%s HTTP/1.1\r\nHost: x\r\n\r\n" % path.encode())
                    if "big" in path:
                        client.recv(1000)
            answers, seconds = stage.at_once(2, "/wait?ms=2000")
            self.assertEqual(stage.count("worker_ended"), 0)
        self.assertEqual([answer[0] for answer in answers], [200] * 2)
        self.assertLess(seconds, 4)


class Options(unittest.TestCase):
    def run_probe(self, *arguments, **settings):
        return subprocess.run([BIN / "probe", *arguments], env={"PATH": "/bin", **settings},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_check_names_all_faults(self):
        with tempfile.TemporaryDirectory() as folder:
            good = self.run_probe("--check", LISTEN=folder + "/probe.sock")
            bad = self.run_probe("--check", LISTEN=folder + "/none/probe.sock", PROBE_VERSION="bad")
            self.assertEqual(os.listdir(folder), [])
        self.assertEqual((good.returncode, good.stderr), (0, ""))
        self.assertEqual(bad.returncode, 1)
        self.assertIn("none/probe.sock: its folder", bad.stderr)
        self.assertIn("PROBE_VERSION is bad", bad.stderr)

    def test_a_start_without_its_settings_says_which(self):
        result = self.run_probe(THREADS="many", WORKERS="99")
        self.assertEqual(result.returncode, 2)
        self.assertIn("LISTEN", result.stderr)
        self.assertIn("THREADS", result.stderr)

    def test_a_broken_settings_file_is_named_by_line(self):
        with tempfile.NamedTemporaryFile("w", suffix=".env") as file:
            file.write("# a comment\nWORKERS=2\nWORKERS\n")
            file.flush()
            result = self.run_probe("--check", SETTINGS_FILE=file.name)
        self.assertEqual(result.returncode, 1)
        self.assertIn("%s, line 3" % file.name, result.stderr)

    def test_other_options(self):
        self.assertEqual(self.run_probe("--nonsense").returncode, 2)
        self.assertIn("PROBE_VERSION", self.run_probe("--help").stdout)
        self.assertEqual(json.loads(self.run_probe("--openapi").stdout)["openapi"], "3.1.0")


if __name__ == "__main__":
    unittest.main(verbosity=2)
