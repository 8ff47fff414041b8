"""Very many orders expire in one moment, while the gateway allows few closes a second."""
import json
import time

import bench_data
from bench_fresh import Fresh, share

LIMIT = 20  # closes, and queries, a second at the gateway
STEPS = (("order", "an order opened"), ("paid", "paid to booked by its notice"),
         ("found", "paid to found by a query, its notice lost"),
         ("refund", "a refund waiting for its job"))


def expiring(first, last, at):
    """Payers whose orders end at this moment; known at the gateway, and followed by a job each."""
    numbers, names = f"FROM seq_{first}_to_{last}", {
        kind: bench_data.name(kind) for kind in ("RDER", "ATMT", "JOBS")}
    return bench_data.payers(first, last) + [
        f"UPDATE pay_order SET expire_at = '{at}' WHERE id BETWEEN"
        f" '01BENCHRDER0{first:014d}' AND '01BENCHRDER0{last:014d}'",
        f"""INSERT INTO sim_order (gateway, merchant, out_trade_no, trade_type, amount_fen, subject, content,
            state, created_at)
        SELECT 'wechatpay', '1900000109', {names['ATMT']}, 'NATIVE', 20000, 'bench', SHA2(seq, 256), 'open',
            UTC_TIMESTAMP(3) {numbers}""",
        f"""INSERT INTO payment_job (id, kind, dedupe, attempts, run_at, created_at)
        SELECT {names['JOBS']}, 'follow_attempt', {names['ATMT']}, 6, '{at}', UTC_TIMESTAMP(3)
        {numbers}"""]


class Expiry:
    name = "orders that expire at once"

    def __init__(self, given, stage):
        self.stage, self.count, self.seconds = stage, given.expired, given.watch

    def run(self):
        # One worker, because each counts for itself.
        self.stage.set("simulator", CALLS_A_SECOND=LIMIT, WORKERS=1, THREADS=64, REFUND_MS=0)
        self.stage.set("payment", THREADS=32)
        quiet = self.trips(20)
        rows = self.jobs()
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(time.time() + self.count / 5000 + 5))
        first = self.stage.take(lambda a, b: expiring(a, b, at), self.count)
        while time.gmtime() < time.strptime(at, "%Y-%m-%d %H:%M:%S"):
            time.sleep(0.05)
        log = self.stage.run / "log/nginx-access.log"
        begin, seen = time.monotonic(), log.stat().st_size
        closed = []
        busy = self.trips(self.seconds, lambda: closed.append(
            (time.monotonic() - begin, self.closed(first))))
        return self.told(quiet, busy, closed, self.answers(log, seen), self.jobs() - rows)

    def trips(self, seconds, look=lambda: None):
        fresh = Fresh(self.stage)
        fresh.start(seconds)
        while fresh.thread.is_alive():
            look()
            time.sleep(1)
        times = fresh.end()
        times["failed"] = fresh.failures
        return times

    def closed(self, first):
        return int(self.stage.sql("SELECT COUNT(*) FROM pay_attempt WHERE state = 'closed' AND id"
                                  f" BETWEEN '01BENCHATMT0{first:014d}' AND"
                                  f" '01BENCHATMT0{first + self.count - 1:014d}'"))

    def jobs(self):
        return int(self.stage.sql("SELECT COUNT(*) FROM payment_job WHERE state <> 'done'"))

    def answers(self, log, seen):
        """What the gateway answered to closes and queries since then."""
        counts = {"taken": 0, "refused": 0}
        with open(log, encoding="utf-8") as lines:
            lines.seek(seen)
            for line in lines:
                if "/v3/pay/transactions/out-trade-no/" in line:
                    is_busy = json.loads(line)["status"] == 429
                    counts["refused" if is_busy else "taken"] += 1
        return counts

    def told(self, quiet, busy, closed, answers, rows):
        half = [one for one in closed if one[0] >= closed[-1][0] / 2]
        rate = (half[-1][1] - half[0][1]) / max(half[-1][0] - half[0][0], 1)
        figures, ratios = [("orders", self.count)], {}
        for key, text in STEPS:
            ratios[key] = share(busy[key], 0.5) / share(quiet[key], 0.5)
            figures += [(f"{text}, p50 ms: before", share(quiet[key], 0.5)),
                        (f"{text}, p50 ms: meanwhile", share(busy[key], 0.5)),
                        (f"{text}, p99 ms: meanwhile", share(busy[key], 0.99)),
                        (f"{text}, ratio of p50", ratios[key])]
        wasted = answers["refused"] / max(answers["refused"] + answers["taken"], 1)
        figures += [("closed a second, in the second half", rate),
                    ("minutes for all, at that rate", self.count / max(rate, 0.01) / 60),
                    ("closes and queries answered 429", answers["refused"]),
                    ("share of those calls", wasted),
                    ("jobs that are not done, more than before and expiring", rows - self.count
                     + closed[-1][1])]
        return figures, [
            ("no fresh payment fails", len(busy["failed"]), not busy["failed"]),
            ("closed, at least 0.8 of what the gateway allows", rate / LIMIT, rate >= 0.8 * LIMIT),
            ("calls in vain, at most 5 %", wasted, wasted <= 0.05),
            ("a fresh job waits at most 2 s (p99)", share(busy["refund"], 0.99),
             share(busy["refund"], 0.99) <= 2000),
            ("a payment without its notice is found within 20 s (p99)",
             share(busy["found"], 0.99), share(busy["found"], 0.99) <= 20000),
            ("an order meanwhile, at most twice as long (p50)", ratios["order"],
             ratios["order"] <= 2)]
