#!/usr/bin/env python3
"""What nginx does in front of the modules: doors, limits, refusals, logs, reload."""

import json
import pathlib
import re
import socket
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.platform import Platform

LIST = "/api/guide/measures"
platform = Platform(CITIZENS_RATE=100000, CITIZENS_BURST=100000, GATEWAYS_RATE=1,
                    GATEWAYS_BURST=3)


def setUpModule():
    platform.start()


def tearDownModule():
    platform.__exit__()


def raw(door, text):
    """Sends bytes as they are and gives what came back."""
    connection = platform.connect(door)
    try:
        connection.connect()
        connection.sock.sendall(text)
        answer = b""
        while chunk := connection.sock.recv(65536):
            answer += chunk
    finally:
        connection.close()
    return answer.decode()


class Limits(unittest.TestCase):
    def test_a_worker_may_open_what_the_machine_allows(self):
        log = (platform.run / "log/nginx-error.log").read_text()
        self.assertNotIn("setrlimit", log)


class Refusals(unittest.TestCase):
    def assert_problem(self, answer, status, code):
        got, body, headers = answer
        self.assertEqual(got, status)
        self.assertEqual(headers["Content-Type"], "application/json")
        self.assertEqual(body["error"]["code"], code)
        self.assertEqual(body["error"]["reasons"][0]["code"], code)
        self.assertRegex(body["error"]["request_id"], "^[0-9a-f]{32}$")
        self.assertRegex(body["error"]["message"], "[\u4e00-\u9fff]")

    def test_unknown_names_are_not_found(self):
        for path in ("/", "/x", "/api/", "/api/nobody/x", "/apiguide", "/api/GUIDE/measures"):
            self.assert_problem(platform.ask("citizens", "GET", path), 404, "not_found")

    def test_paths_that_decode_into_others_are_refused(self):
        for path in ("/api/guide/a%2fb", "/api/guide%2Fmeasures", "/api/guide/a%5cb",
                     "/api/guide/a\\b", "/api/guide//measures", "/api/guide/a;b",
                     "/api/guide/a%3Bb", "/api/guide/a%00b"):
            self.assert_problem(platform.ask("citizens", "GET", path), 400, "bad_request")
        self.assertEqual(platform.ask("citizens", "GET", LIST + "/x?a=//%2f;")[0], 404)

    def test_a_path_that_is_too_long(self):
        self.assert_problem(platform.ask("citizens", "GET", "/api/guide/" + "a" * 9000), 414,
                            "path_too_long")

    def test_a_body_that_is_too_large(self):
        self.assert_problem(platform.ask("citizens", "POST", LIST, b" " * 1100000), 413,
                            "body_too_large")

    def test_a_module_that_is_gone(self):
        pid = platform.pid("guide")
        subprocess.run(["kill", "-TERM", str(pid)], check=True)
        while pathlib.Path("/proc/%d/stat" % pid).exists():
            state = pathlib.Path("/proc/%d/stat" % pid).read_text().rsplit(")", 1)[1].split()[0]
            if state == "Z":
                break
            time.sleep(0.02)
        try:
            answer = platform.ask("citizens", "GET", LIST)
        finally:
            platform.stop()
            platform.start()
        self.assert_problem(answer, 503, "unavailable")
        self.assertEqual(answer[2]["Retry-After"], "1")

    def test_what_is_not_http(self):
        for text in (b"NONSENSE\r\n\r\n", b"GET /api/%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"GET /x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"):
            head, _, body = raw("internal", text).partition("\r\n\r\n")
            self.assertIn(" 400 ", head.splitlines()[0])
            self.assertEqual(json.loads(body)["error"]["code"], "bad_request")

    def test_http_where_https_is_due(self):
        with socket.create_connection(("127.0.0.1", platform.port), timeout=10) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b" 400 ", plain.recv(65536).splitlines()[0])


class Doors(unittest.TestCase):
    def test_each_is_for_its_own(self):
        self.assertEqual(platform.ask("citizens", "GET", LIST)[0], 200)
        self.assertEqual(platform.ask("modules", "GET", LIST)[0], 404)
        self.assertEqual(platform.ask("internal", "GET", LIST)[0], 404)
        for module in ("guide", "payment"):
            for path in ("healthz", "readyz", "metrics"):
                path = "/internal/%s/%s" % (module, path)
                self.assertEqual(platform.ask("internal", "GET", path)[0], 200)
                self.assertEqual(platform.ask("citizens", "GET", path)[0], 404)
                self.assertEqual(platform.ask("modules", "GET", path)[0], 404)
        self.assertEqual(platform.ask("citizens", "POST", "/notify/wechatpay/1900000109", b"{}")[0], 404)
        self.assertEqual(platform.ask("citizens", "GET", "/simulator/")[0], 404)

    def test_no_client_can_name_its_door(self):
        for name in ("Door", "DOOR", "X-Door", "HTTP_DOOR"):
            answer = platform.ask("citizens", "GET", "/internal/guide/healthz",
                                  headers={name: "internal"})
            self.assertEqual(answer[0], 404)

    def test_limits_count_per_address(self):
        """Four at once, and one more each second: so all are sent in one go, on open connections."""
        connections = [platform.connect("gateways") for _ in range(12)]
        for connection in connections:
            self.addCleanup(connection.close)
            connection.connect()
        for connection in connections:
            connection.request("POST", "/notify/wechatpay/1900000109", b"{}")
        answers = [connection.getresponse() for connection in connections]
        refused = [answer for answer in answers if answer.status == 429]
        self.assertGreaterEqual(len(refused), 7)
        for answer in refused:
            self.assertEqual(json.loads(answer.read())["error"]["code"], "rate_limited")
            self.assertEqual(answer.headers["Retry-After"], "1")

    def test_only_encrypted_from_tls_1_2_on(self):
        for version, works in (("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)):
            tried = subprocess.run(
                ["openssl", "s_client", "-connect", "127.0.0.1:%d" % platform.port, version,
                 "-CAfile", platform.run / "keys/ca/ca.crt", "-verify_return_error",
                 "-cipher", "DEFAULT@SECLEVEL=0"], stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            self.assertEqual(tried.returncode == 0, works, version)


class Logs(unittest.TestCase):
    def test_a_line_has_the_request_but_no_query_and_no_person(self):
        request = "secret-%d" % time.monotonic_ns()
        _, body, _ = platform.ask("citizens", "GET", "/api/guide/nothing?plate=" + request,
                                  headers={"Authorization": "Bearer " + request,
                                           "User-Agent": request})
        request_id = body["error"]["request_id"]
        line = self.line_with(request_id)
        self.assertEqual(line["path"], "/api/guide/nothing")
        self.assertEqual(line["door"], "citizens")
        self.assertEqual(line["status"], 404)
        self.assertEqual(line["network"], "127.0.0.0")
        for log in (platform.run / "log").iterdir():
            self.assertNotIn(request, log.read_text(), log.name)

    def line_with(self, request_id):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            for line in platform.log("nginx-access").splitlines():
                if request_id in line:
                    return json.loads(line)
        raise AssertionError("no line for " + request_id)


class Load(threading.Thread):
    """Asks over and over on new connections until it is told to stop; counts the statuses."""

    def __init__(self, method, path, body):
        super().__init__()
        self.question = ("citizens", method, path, body)
        self.statuses = []
        self.is_over = threading.Event()
        self.start()

    def run(self):
        while not self.is_over.is_set():
            self.statuses.append(platform.ask(*self.question)[0])

    def wait_for_more(self, count):
        goal = len(self.statuses) + count
        while len(self.statuses) < goal and self.is_alive():
            time.sleep(0.01)

    def stop(self):
        self.is_over.set()
        self.join()
        return set(self.statuses)


class Reload(unittest.TestCase):
    def test_reload_and_restart_lose_nothing(self):
        gets = Load("GET", LIST, None)
        posts = Load("POST", "/api/payment/orders", b"{}")
        for name in ("nginx", "guide", "payment", "nginx", "guide", "payment", "nginx"):
            platform.script("reload", name)
            gets.wait_for_more(30)
            posts.wait_for_more(30)
        self.assertEqual(gets.stop(), {200})
        self.assertEqual(posts.stop(), {401})

    def test_a_broken_configuration_is_not_taken_over(self):
        broken = platform.run / "limits"
        good = broken.read_text()
        broken.write_text(re.sub("CITIZENS_RATE=.*", "CITIZENS_RATE=many", good))
        try:
            self.assertNotEqual(platform.script("reload", "nginx", check=False).returncode, 0)
        finally:
            broken.write_text(good)
        self.assertEqual(platform.ask("citizens", "GET", LIST)[0], 200)


if __name__ == "__main__":
    unittest.main()
