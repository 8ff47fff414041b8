"""The group `payment` of scripts/bench: single scenes, each with its figures and its aims."""
import json
import time

import bench_data
import bench_load
from bench_bill import Bill
from bench_expiry import Expiry
from bench_rows import Orders
from bench_stage import wait_until
from bench_storm import Storm

REFUNDS = [
    """INSERT INTO money_fact (id, gateway, merchant, direction, gateway_no, our_no, amount_fen,
        happened_at, proof, disposition, recorded_at)
    SELECT {FACT}, 'wechatpay', '1900000109', 'in', {GWTX}, {ATMT}, 20000, UTC_TIMESTAMP(3),
        'notify', 'orphan', UTC_TIMESTAMP(3) {numbers}""",
    """INSERT INTO ledger_txn (id, ev, ev_ref, at)
    SELECT {TXNS}, 'receipt', {FACT}, UTC_TIMESTAMP(3) {numbers}""",
    """INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen)
    SELECT {TXNS}, 1, 'clearing:wechatpay', 20000, 0 {numbers}""",
    """INSERT INTO ledger_entry (txn_id, line, account, dr_fen, cr_fen)
    SELECT {TXNS}, 2, 'suspense', 0, 20000 {numbers}""",
    """INSERT INTO refund (id, fact_id, gateway, merchant, gateway_no, reason, dedupe, amount_fen,
        total_fen, created_at, updated_at)
    SELECT {RFND}, {FACT}, 'wechatpay', '1900000109', {GWTX}, 'orphan', {FACT}, 20000, 20000,
        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) {numbers}""",
    """INSERT INTO sim_order (gateway, merchant, out_trade_no, trade_type, gw_id, amount_fen, paid_fen,
        subject, content, state, created_at, paid_at)
    SELECT 'wechatpay', '1900000109', {ATMT}, 'NATIVE', {GWTX}, 20000, 20000, 'bench', SHA2(seq, 256), 'paid',
        UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) {numbers}""",
    """INSERT INTO payment_job (id, kind, dedupe, run_at, created_at)
    SELECT {JOBS}, 'follow_refund', {RFND}, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) {numbers}"""]


def refunds(first, last):
    """Payments for numbers that nobody issued, which go back."""
    names = {kind: bench_data.name(kind)
             for kind in ("FACT", "GWTX", "ATMT", "TXNS", "RFND", "JOBS")}
    return [text.format(numbers=f"FROM seq_{first}_to_{last}", **names) for text in REFUNDS]


class Qr(Orders):
    """A code to scan: the order that it is for, and its pictures."""

    name, channel = "order with a code", "wechat_native"

    def __init__(self, given, stage):
        super().__init__(stage)
        self.seconds = given.seconds

    def picture(self, order_no, token, kind):
        url = f"{self.url}/api/payment/orders/{order_no}/code.{kind}"
        return bench_load.measured(self.stage, "payment", lambda: bench_load.wrk(
            url, self.connections, self.seconds, "picture", token))

    def run(self):
        self.settle()
        self.fire(2, self.make(2))
        made = self.make(self.seconds)
        loads = {"orders": bench_load.measured(self.stage, "payment",
                                               lambda: self.fire(self.seconds, made))}
        first = self.prepare(1)
        order_no = json.loads(self.one(first))["order_no"]
        for kind in ("png", "svg"):
            loads[kind] = self.picture(order_no, f"bench-token-{first:014d}", kind)
        null = bench_load.wrk(self.url + "/null", self.connections, self.seconds, "null")
        figures = [("a null responder, a second", null["per_second"])]
        for kind, load in loads.items():
            figures += [(f"{kind} a second", load["per_second"]),
                        (f"{kind}, of a null responder", load["per_second"] / null["per_second"]),
                        (f"{kind}, p50 ms", load["p50_ms"]), (f"{kind}, p99 ms", load["p99_ms"]),
                        (f"{kind}, CPU us in the responder", load["cpu_us"]["responder"]),
                        (f"{kind}, round trips", load["round_trips"])]
        return figures, []


class Refund:
    """What goes back by itself, through the background worker and the simulated gateway."""

    name, threads = "refunds", 4

    def __init__(self, given, stage):
        self.stage, self.count = stage, given.refunds

    def returned(self):
        return int(self.stage.sql("SELECT COUNT(*) FROM refund WHERE state = 'success'"
                                  " AND reason = 'orphan'"))

    def run(self):
        self.stage.set("simulator", REFUND_MS=0, THREADS=64)
        before, done = self.counted(), self.returned()
        cpu = self.stage.cpu(["payment", "mariadb"])
        began = time.monotonic()
        self.stage.take(refunds, self.count)
        wait_until(lambda: self.returned() == done + self.count, "all refunds are back", 600)
        seconds = time.monotonic() - began
        used = {name: (at - cpu[name]) * 1e6 / self.count
                for name, at in self.stage.cpu(["payment", "mariadb"]).items()}
        calls, trips = ((after - old) / self.count for after, old in zip(self.counted(), before))
        sign, verify = bench_load.signing()
        parts = calls * (sign + verify + bench_load.kept_call(self.stage))
        return [("refunds", self.count), ("a second", self.count / seconds),
                ("gateway calls of each", calls), ("round trips of each", trips),
                ("CPU us of payment, notices included", used["payment"]),
                ("CPU us of its signatures and calls", parts),
                ("ratio of the two", used["payment"] / parts),
                ("CPU us of the database", used["mariadb"])], \
            [("a refund, at most two calls", calls, calls <= 2.1)]

    def counted(self):
        return [self.stage.metric("payment", name)
                for name in ("upstream_calls_total", "database_round_trips_total")]


SCENES = {"qr": Qr, "refund": Refund, "bill": Bill, "storm": Storm, "expiry": Expiry}
