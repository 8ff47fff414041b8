"""What scripts/bench measures: loads on the platform, each with its limits."""
import json
import ssl
import subprocess
import time
import urllib.request

import bench_data
import bench_load
import bench_script

NOTIFY = "/notify/wechatpay/1900000109"


class Row:
    """One kind of request. A round gives what the platform, a null responder and the bare
    statements make of it in turn."""

    connections, bare_connections, door = 64, 16, "citizens"
    warm = 1  # seconds until connections of nginx, to the database and to gateways are there

    def __init__(self, stage):
        self.stage = stage
        self.url = f"https://127.0.0.1:{stage.port + (self.door == 'gateways')}"
        self.script = None

    def settle(self):
        """Settings of the modules for this row."""

    def make(self, seconds):
        """What a load of this length needs, before it is measured."""

    def tidy(self, made, result):
        """After it was measured."""

    def ask(self, path, body=None, headers=None):
        trust = ssl.create_default_context(cafile=self.stage.run / "keys/ca/ca.crt")
        asked = urllib.request.Request(self.url + path, data=body, headers=headers or {})
        with urllib.request.urlopen(asked, context=trust, timeout=30) as answer:
            return answer.read()

    def record(self):
        first = self.prepare(50)
        self.script = bench_script.record(self.stage, self.module, self.one, first)

    def round(self, seconds):
        self.settle()
        if self.script is None:
            self.record()
        self.fire(self.warm, self.make(self.warm))
        made = self.make(seconds)
        live = bench_load.measured(self.stage, self.module, lambda: self.fire(seconds, made))
        self.tidy(made, live)
        live["null"] = bench_load.wrk(self.url + "/null", self.connections, seconds, "null")
        live["bare"] = self.bare(seconds)
        return live

    def bare(self, seconds):
        count = int(seconds * 6000) + 100
        return bench_load.bare(self.stage, self.module, self.script, self.bare_connections,
                               self.prepare(count), count, seconds)

    def system_calls(self):
        self.settle()
        self.fire(self.warm, self.make(self.warm))
        made = self.make(1)
        return bench_load.system_calls(self.stage, self.module, lambda: self.fire(1, made))


class List(Row):
    """A citizen looks at eight violations."""

    name, module = "violation list", "violation"

    def __init__(self, stage):
        super().__init__(stage)
        self.total = 0

    def grow(self, total):
        self.stage.sql("SET foreign_key_checks = 0", *bench_data.violations(self.total, total))
        self.stage.write_back()
        self.total = total

    def prepare(self, count):
        return 1

    def one(self, number):
        return self.ask("/api/violation/violations",
                        headers={"Authorization": f"Bearer bench-token-{number:014d}"})

    def fire(self, seconds, made):
        return bench_load.wrk(self.url + "/api/violation/violations", self.connections, seconds,
                              "list", self.total // bench_data.CASES_EACH)

    def bare(self, seconds):
        return bench_load.bare(self.stage, self.module, self.script, self.bare_connections, 1,
                               int(seconds * 100000), seconds, self.total // bench_data.CASES_EACH)


class Detail(List):
    """A citizen opens one of them, with its explanation. The first record of each of the first people
    has the number of its owner."""

    name, people = "violation, one", 1250

    def settle(self):
        if self.total < self.people * bench_data.CASES_EACH and not self.stage.sql(
                f"SELECT 1 FROM violation_case WHERE id = '{self.case(self.people)}'"):
            self.grow(self.people * bench_data.CASES_EACH)

    def case(self, number):
        return f"01BENCHCASE0{number:014d}"

    def one(self, number):
        return self.ask("/api/violation/violations/" + self.case(number),
                        headers={"Authorization": f"Bearer bench-token-{number:014d}"})

    def fire(self, seconds, made):
        return bench_load.wrk(self.url + "/api/violation/violations", self.connections, seconds,
                              "detail", self.people)

    def bare(self, seconds):
        return bench_load.bare(self.stage, self.module, self.script, self.bare_connections, 1,
                               int(seconds * 100000), seconds, self.people)


class Orders(Row):
    """Everybody opens one order, while the gateway takes its time."""

    module, connections, latency_ms = "payment", 32, 0
    name, threads, channel = "order, gateway at 0 ms", 32, "wechat"

    def settle(self):
        self.stage.set("payment", THREADS=self.threads)
        self.stage.set("simulator", BENCH_REPLY=1, LATENCY_MS=self.latency_ms, THREADS=256)

    def prepare(self, count):
        return self.stage.take(bench_data.debtors, count)

    def one(self, number):
        body = json.dumps({"obligation_ids": [f"01BENCHDEBT0{number:014d}"],
                           "channel": self.channel})
        return self.ask("/api/payment/orders", body.encode(),
                        {"Authorization": f"Bearer bench-token-{number:014d}",
                         "Idempotency-Key": f"bench-{number:014d}",
                         "Content-Type": "application/json"})

    def make(self, seconds):
        # What would be asked for after five seconds is not part of what is measured. Those who take
        # jobs meanwhile wait; between rows there would be deadlocks.
        self.stage.sql("LOCK TABLES payment_job WRITE",
                       "UPDATE payment_job SET state = 'done', done_at = UTC_TIMESTAMP(3)"
                       "  WHERE kind = 'follow_attempt' AND state = 'ready'", "UNLOCK TABLES")
        count = int(seconds * 3000) + 200
        return self.prepare(count), count

    def fire(self, seconds, made):
        return bench_load.wrk(self.url + "/api/payment/orders", self.connections, seconds,
                              "orders", *made, self.channel)


class SlowOrders(Orders):
    """A payer who waits for the gateway keeps a thread waiting."""

    name, threads = "order, gateway at 100 ms", 256
    latency_ms, connections = 100, 128


class WaitingOrders(SlowOrders):
    name = "order, 500 wait for 300 ms"
    latency_ms, connections, warm = 300, 500, 8

    def round(self, seconds):
        return super().round(max(seconds, 4))  # each order takes a good part of a second


class Callbacks(Row):
    """WeChat Pay tells of payments that nobody knew of."""

    name, module, door, connections = "callback, fresh", "payment", "gateways", 32

    def settle(self):
        self.stage.set("payment", THREADS=32)

    def prepare(self, count):
        return self.stage.take(bench_data.payers, count)

    def sign(self, first, count):
        keys = self.stage.run / "keys/simulator"
        now = time.strftime("%Y-%m-%dT%H:%M:%S+08:00", time.gmtime(time.time() + 8 * 3600))
        path = self.stage.folder / "callbacks"
        with open(path, "w") as out:
            subprocess.run([self.stage.bin / "bench_sign_callbacks",
                            keys / "wechatpay_platform.key", keys / "wechatpay_apiv3.key",
                            str(first), str(count)],
                           input=bench_data.PAID % now + "\n", stdout=out, text=True, check=True)
        return path, (keys / "wechatpay_platform.serial").read_text().strip()

    def one(self, number):
        path, serial = self.sign(number, 1)
        timestamp, nonce, signature, body = path.read_text().rstrip("\n").split("\t")
        return self.ask(NOTIFY, body.encode(),
                        {"Wechatpay-Timestamp": timestamp, "Wechatpay-Nonce": nonce,
                         "Wechatpay-Signature": signature, "Wechatpay-Serial": serial,
                         "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
                         "Content-Type": "application/json"})

    def make(self, seconds):
        count = int(seconds * 3000) + 200
        first = self.prepare(count)
        return first, count, *self.sign(first, count)

    def fire(self, seconds, made):
        return bench_load.wrk(self.url + NOTIFY, self.connections, seconds,
                              "callbacks", *made[2:], "once")

    def tidy(self, made, result):
        first, count = made[:2]
        booked = int(self.stage.sql(
            "SELECT COUNT(*) FROM settlement WHERE obligation_id BETWEEN"
            f" '01BENCHDEBT0{first:014d}' AND '01BENCHDEBT0{first + count - 1:014d}'"))
        if booked < result["requests"]:
            raise bench_load.LoadFailed(
                f"{result['requests']} callbacks settled {booked} obligations")


class KnownCallbacks(Callbacks):
    """WeChat Pay tells once more what was booked."""

    name, connections = "callback, known", 64

    def make(self, seconds):
        first = self.prepare(1)
        self.one(first)
        return self.sign(first, 1)

    def fire(self, seconds, made):
        return bench_load.wrk(self.url + NOTIFY, self.connections, seconds,
                              "callbacks", *made, "again")

    def tidy(self, made, result):
        pass

    def record(self):
        self.first = self.prepare(50)
        for number in range(self.first, self.first + 50):
            self.one(number)
        self.script = bench_script.record(self.stage, self.module, self.one, self.first)

    def bare(self, seconds):
        return bench_load.bare(self.stage, self.module, self.script, self.bare_connections,
                               self.first, int(seconds * 100000), seconds, 50)


ROWS = {"list": List, "detail": Detail, "orders": Orders, "slow": SlowOrders, "waiting": WaitingOrders,
        "fresh": Callbacks, "known": KnownCallbacks}
