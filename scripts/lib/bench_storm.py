"""A storm of callbacks that are known, with fresh ones among them."""
import collections
import concurrent.futures
import http.client
import json
import ssl
import threading
import time

import bench_load
from bench_fresh import share
from bench_rows import NOTIFY, Callbacks, KnownCallbacks

OFFERED = 10000  # a second, known ones
FRESH = 20       # a second
CONNECTIONS = 256


class Sender:
    """Sends each fresh callback once a turn and, while it is told to come later, again: sooner than
    a gateway does, so that what it waits for shows."""

    def __init__(self, stage, path, serial):
        self.port, self.serial = stage.port + 1, serial
        self.trust = ssl.create_default_context(cafile=stage.run / "keys/ca/ca.crt")
        self.lines = path.read_text().splitlines()
        self.times, self.firsts, self.kept = [], 0, threading.local()

    def send(self, line):
        timestamp, nonce, signature, body = line.split("\t")
        if not hasattr(self.kept, "connection"):
            self.kept.connection = http.client.HTTPSConnection("127.0.0.1", self.port,
                                                               context=self.trust, timeout=10)
        try:
            self.kept.connection.request("POST", NOTIFY, body.encode(), {
                "Wechatpay-Timestamp": timestamp, "Wechatpay-Nonce": nonce,
                "Wechatpay-Signature": signature, "Wechatpay-Serial": self.serial,
                "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
                "Content-Type": "application/json"})
            answer = self.kept.connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, http.client.HTTPException):
            self.kept.connection.close()
            return 0

    def tell(self, line, due):
        for turn in range(60):
            if self.send(line) == 204:
                self.firsts += turn == 0
                self.times.append(time.monotonic() - due)
                return
            time.sleep(0.5)

    def run(self):
        began = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(32) as pool:
            for i, line in enumerate(self.lines):
                due = began + i / FRESH
                time.sleep(max(due - time.monotonic(), 0))
                pool.submit(self.tell, line, due)


class Storm:
    name = "a storm of known callbacks"

    def __init__(self, given, stage):
        self.stage, self.seconds = stage, given.storm
        self.log = stage.run / "log/nginx-access.log"
        self.fresh, self.known = Callbacks(stage), KnownCallbacks(stage)

    def statuses(self, seen):
        with open(self.log, encoding="utf-8") as lines:
            lines.seek(seen)
            return collections.Counter(json.loads(line)["status"] for line in lines
                                       if '"path":"/notify/' in line)

    def settled(self, first, count):
        return int(self.stage.sql(
            "SELECT COUNT(*) FROM settlement s JOIN money_fact f ON f.id = s.gw_txn_id"
            f" WHERE s.obligation_id BETWEEN '01BENCHDEBT0{first:014d}'"
            f" AND '01BENCHDEBT0{first + count - 1:014d}'"))

    def run(self):
        """Through nginx without a limit, and with the one for each address that scripts/run sets."""
        self.fresh.settle()
        figures, aims = self.play("no limit")
        self.stage.limit_gateways()
        limited = self.play("limit of scripts/run")
        return figures + limited[0], aims + limited[1]

    def play(self, how):
        known = self.known.make(1)
        known[0].rename(self.stage.folder / "known")
        count = FRESH * self.seconds
        first = self.fresh.prepare(count)
        sender = Sender(self.stage, *self.fresh.sign(first, count))
        seen = self.log.stat().st_size
        thread = threading.Thread(target=sender.run)
        thread.start()
        storm = bench_load.wrk(self.known.url + NOTIFY, CONNECTIONS, self.seconds + 2, "storm",
                               self.stage.folder / "known", known[1], OFFERED)
        thread.join()
        refused = self.statuses(seen)
        booked = self.settled(first, count)
        offered, taken = storm["requests"], storm["requests"] - storm["refused"]
        late = sum(at > 5 for at in sender.times) + count - len(sender.times)
        told = [("known ones sent a second", offered / storm["seconds"]),
                ("of them answered 204 a second", taken / storm["seconds"]),
                *((f"answered {status}, all callbacks", count)
                   for status, count in sorted(refused.items())),
                ("known ones, p99 ms", storm["p99_ms"]), ("fresh ones", count),
                ("fresh ones taken at the first sending", sender.firsts),
                ("fresh ones, p50 ms", 1000 * share(sender.times, 0.5)),
                ("fresh ones, p99 ms", 1000 * share(sender.times, 0.99))]
        aims = [("fresh ones lost", count - booked, booked == count),
                ("fresh ones not booked within 5 s", late, late == 0),
                ("known ones answered, at least 3,000 a second", taken / storm["seconds"],
                 taken / storm["seconds"] >= 3000)]
        return ([(f"{how}: {text}", value) for text, value in told],
                [(f"{how}: {text}", value, reached) for text, value, reached in aims])
