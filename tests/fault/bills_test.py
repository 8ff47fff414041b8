#!/usr/bin/env python3
"""The gateways' bills: what a day brought is matched the next morning, whatever was lost before."""

import unittest

from stage import BILLS, FaultTest, wait_until

ALL = ("wechat", "alipay", "unionpay")
# Who is paid for what at WeChat Pay, Alipay and UnionPay.
FINES = {"wechat": "1900000109", "alipay": "2021000000000001", "unionpay": "777290058110048"}
FEES = {"wechat": "1900000209", "alipay": "2021000000000017", "unionpay": "777290058110097"}


class Bills(FaultTest):
    @classmethod
    def prepare(cls, stage):
        stage.set_up("payment", LEASE_S=2)

    def sums(self, day, column):
        return int(self.stage.sql(f"SELECT COALESCE(SUM({column}), 0) FROM recon_batch"
                                  f"  WHERE bill_date = '{day}' AND kind = 'trade'")[0][0])

    def lost(self, channel):
        return self.lose(self.stage.order(self.stage.payer(channel)))

    def lose(self, order):
        """Its payment, of which neither notice nor query ever tells."""
        for operation, fault in (("callback", "missing"), ("query", "http_500"),
                                 ("close", "http_500")):
            self.stage.fault(fault, operation, match=order.number)
        self.stage.pay(order)
        return order

    def fee_paid(self, channel):
        """80 yuan, which went to the merchant for fees; who paid."""
        payer = self.stage.payer(channel)
        fee = self.stage.order(payer, [self.stage.owe_fee(payer, 8000)])
        self.assertEqual(self.stage.pay(fee)["merchant"], FEES[channel])
        self.stage.wait_for_state(fee, "paid")
        return payer

    def returned(self, channel):
        """A payment of another amount, which goes back by itself."""
        stage = self.stage
        order = stage.order(stage.payer(channel))
        stage.pay(order, amount_fen=700)
        wait_until(lambda: [state for _, state, _ in stage.refunds(order.number)] == ["success"],
                   "it goes back", 60)
        return order

    def unionpay_lines(self, day):
        """(direction, fen) of UnionPay's bill."""
        return sorted((row[0], int(row[1])) for row in self.stage.sql(
            "SELECT l.direction, l.amount_fen FROM bill_line l JOIN recon_batch b"
            f"  ON b.id = l.batch_id WHERE b.gateway = 'unionpay' AND b.bill_date = '{day}'"))

    def test_f40_a_day_is_closed_and_what_was_lost_is_found(self):
        stage = self.stage
        for channel in ALL:
            stage.paid(channel)
        wrong = stage.order(stage.payer())
        stage.pay(wrong, amount_fen=700)
        stage.calm()
        lost = [self.lost(channel) for channel in ALL]
        day = self.stage.next_morning()
        self.stage.wait_for_bills(day)
        for order in lost:
            self.assertEqual(stage.facts(order.number), [("in", "applied", order.amount_fen)])
            self.assertEqual(stage.show(order)["state"], "paid")
        self.assertEqual(self.sums(day, "applied_count"), 3)
        self.assertEqual(self.sums(day, "out_fen"), 700)
        self.assertEqual(stage.count("payment_case WHERE kind LIKE 'bill%' AND state = 'open'"), 0)

    def test_fees_have_a_merchant_and_bills_of_their_own(self):
        stage = self.stage
        fines = {channel: stage.paid(channel) for channel in ALL}
        payers = {channel: self.fee_paid(channel) for channel in ALL}
        for payer in payers.values():
            status, answer = stage.open(payer, [stage.owe(payer), stage.owe_fee(payer, 100)])
            self.assertEqual(status, 422, answer)  # never both in one order
        stage.calm()
        lost = [self.lose(stage.order(payer, [stage.owe_fee(payer, 500)])) for payer in payers.values()]
        day = self.stage.next_morning()
        self.stage.wait_for_bills(day)
        self.assertEqual([stage.show(order)["state"] for order in lost], ["paid"] * len(ALL))
        merchants = dict(stage.sql("SELECT merchant, in_fen FROM recon_batch WHERE kind = 'trade'"
                                   f"  AND bill_date = '{day}'"))
        for channel in ALL:
            self.assertEqual(int(merchants[FEES[channel]]), 8500)
            self.assertGreaterEqual(int(merchants[FINES[channel]]), fines[channel].amount_fen)

    def test_unionpay_s_day_ends_at_23(self):
        stage = self.stage
        missing = stage.cases("bill_missing_there")
        stage.until(22, 50)
        before = [stage.paid("unionpay"), self.returned("unionpay"), self.lost("unionpay")]
        stage.until(23, 1)
        after = [stage.paid("unionpay"), self.returned("unionpay"), self.lost("unionpay")]
        day = self.stage.next_morning()
        self.stage.wait_for_bills(day)
        lines = [("in", 700), ("in", 20000), ("in", 20000), ("out", 700)]
        self.assertEqual(self.unionpay_lines(day), lines)
        self.assertEqual(stage.show(before[2])["state"], "paid")
        self.assertEqual(stage.facts(after[2].number), [])
        following = self.stage.next_morning()
        self.stage.wait_for_bills(following)
        self.assertEqual(self.unionpay_lines(following), lines)
        self.assertEqual(stage.show(after[2])["state"], "paid")
        self.assertEqual(stage.cases("bill_missing_there"), missing)

    def test_f39_a_bill_that_lies_about_its_hash_or_is_cut_short_is_fetched_again(self):
        stage = self.stage
        for channel in ALL:
            stage.paid(channel)
            self.fee_paid(channel)
        stage.calm()
        stage.fault("wrong_hash", "bill", gateway="wechatpay")
        stage.fault("truncated", "bill", gateway="alipay")
        stage.fault("truncated", "bill", gateway="unionpay")
        day = self.stage.next_morning()
        self.stage.wait_for_bills(day, "refused")
        self.assertEqual(stage.count("payment_case WHERE kind = 'bill_refused'"
                                     "  AND state = 'open'"), BILLS)
        stage.clear_faults()
        stage.advance(1900)
        self.stage.wait_for_bills(day)
        self.assertEqual(stage.count("payment_case WHERE kind = 'bill_refused'"
                                     "  AND state = 'open'"), 0)

    def test_f42_late_bills_and_other_amounts(self):
        stage = self.stage
        stage.paid("wechat")
        stage.calm()
        stage.fault("bill_late", "bill", gateway="wechatpay")
        day = self.stage.next_morning()
        wait_until(lambda: stage.count(f"recon_batch WHERE bill_date = '{day}'") == BILLS,
                   "bills are planned", 60)
        self.stage.wait_for_bills(day, "due", 4)
        stage.let_work()  # those were asked for as well
        stage.clear_faults()
        stage.fault("wrong_amount", "bill", gateway="wechatpay", amount_fen=5)
        stage.advance(3700)
        self.stage.wait_for_bills(day)
        self.assertEqual(stage.cases("bill_amount_differs"), 1)

    def test_f41_what_a_bill_lacks_is_a_case_after_one_day_of_patience(self):
        stage = self.stage
        missing = stage.cases("bill_missing_there")
        order = stage.paid("wechat")
        stage.paid("wechat")  # without a line left there would be no bill
        stage.calm()
        stage.fault("line_missing", "bill", gateway="wechatpay")
        day = self.stage.next_morning()
        self.stage.wait_for_bills(day, "waiting", 1)
        stage.clear_faults()
        self.assertEqual(stage.cases("bill_missing_there"), missing)
        self.stage.next_morning()
        self.stage.wait_for_bills(day)
        self.assertEqual(stage.cases("bill_missing_there"), missing + 1)
        self.assertEqual(stage.show(order)["state"], "paid")

    def test_f44_a_bill_survives_the_end_of_the_worker(self):
        stage = self.stage
        for _ in range(3):
            self.lost("wechat")
        day = self.stage.next_morning()
        for _ in range(3):
            stage.restart("payment")
        self.stage.wait_for_bills(day)
        self.assertEqual(self.sums(day, "applied_count"), 3)


if __name__ == "__main__":
    unittest.main(verbosity=2)
