"""What goes on meanwhile: payers who open an order and pay it, payments whose notice is lost, and
payments for numbers that nobody issued, which go back. A few a second, each timed."""
import concurrent.futures
import json
import ssl
import threading
import time
import urllib.error
import urllib.request

import bench_data

PAYER = "obench-payer"


def share(values, part):
    values = sorted(values)
    return values[min(int(len(values) * part), len(values) - 1)] if values else float("nan")


class Fresh:
    """`rate` trips a second from start() to end(); the times of each step in ms."""

    def __init__(self, stage, rate=4):
        self.stage, self.rate = stage, rate
        self.citizens = f"https://127.0.0.1:{stage.port}"
        self.internal = f"http://127.0.0.1:{stage.port + 2}"
        self.notify = f"https://127.0.0.1:{stage.port + 1}/notify/wechatpay/1900000109"
        self.trust = ssl.create_default_context(cafile=stage.run / "keys/ca/ca.crt")
        self.ask("POST", self.internal + "/simulator/wechat/citizens", {"openid": PAYER})

    def ask(self, method, url, body=None, **headers):
        asked = urllib.request.Request(
            url, method=method, data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json",
                     **{name.replace("_", "-"): value for name, value in headers.items()}})
        trust = self.trust if url.startswith("https") else None
        with urllib.request.urlopen(asked, context=trust, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def start(self, seconds):
        count = int(self.rate * seconds)
        first = self.stage.take(bench_data.debtors, count)
        self.times = {"order": [], "paid": [], "found": []}
        self.failures, self.first, self.count = [], first, count
        self.thread = threading.Thread(target=self.go, args=(range(first, first + count),))
        self.began = time.monotonic()
        self.thread.start()

    def go(self, numbers):
        with concurrent.futures.ThreadPoolExecutor(64) as pool:
            for number in numbers:
                due = self.began + (number - numbers[0]) / self.rate
                time.sleep(max(due - time.monotonic(), 0))
                pool.submit(self.timed_trip, number, due)

    def timed_trip(self, number, due):
        try:
            self.trip(number, due)
        except Exception as fault:  # a refusal is a result, too
            self.failures.append(f"{number}: {fault}")

    def trip(self, number, due):
        token = {"Authorization": f"Bearer bench-token-{number:014d}"}
        order = self.ask("POST", self.citizens + "/api/payment/orders",
                         {"obligation_ids": [f"01BENCHDEBT0{number:014d}"],
                          "channel": "wechat_native"},
                         Idempotency_Key=f"bench-{number:014d}", **token)["order_no"]
        self.times["order"].append((time.monotonic() - due) * 1000)
        ours = self.stage.sql(f"SELECT id FROM pay_attempt WHERE order_id = '{order}'").strip()
        is_lost = number % 4 == 0
        if is_lost:
            self.ask("POST", self.internal + "/simulator/faults",
                     {"gateway": "wechatpay", "match": ours, "operation": "callback",
                      "fault": "missing", "times": 1})
        began = time.monotonic()
        self.pay(ours)
        if number % 4 == 1:
            self.pay_for_nobody(number)
        while self.ask("GET", f"{self.citizens}/api/payment/orders/{order}/state",
                       **token)["state"] != "paid":
            time.sleep(0.02 if not is_lost else 0.2)
        self.times["found" if is_lost else "paid"].append((time.monotonic() - began) * 1000)

    def pay(self, ours):
        self.ask("POST", f"{self.internal}/simulator/orders/wechatpay/{ours}/pay",
                 {"payer": PAYER})

    def pay_for_nobody(self, number):
        ours = f"NOBODY{number:020d}"
        self.ask("POST", self.internal + "/simulator/orders",
                 {"gateway": "wechatpay", "out_trade_no": ours, "amount_fen": 100,
                  "notify_url": self.notify, "payer": PAYER})
        self.pay(ours)

    def end(self):
        self.thread.join()
        refunds = self.stage.sql(
            "SELECT TIMESTAMPDIFF(MICROSECOND, d.created_at, m.at) / 1000 FROM refund d"
            " JOIN state_move m ON m.object_id = d.id AND m.dst = 'submitting'"
            " JOIN money_fact f ON f.id = d.fact_id WHERE f.our_no BETWEEN"
            f" 'NOBODY{self.first:020d}' AND 'NOBODY{self.first + self.count:020d}'")
        self.times["refund"] = [float(line) for line in refunds.split()]
        return self.times
