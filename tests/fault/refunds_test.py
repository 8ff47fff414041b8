#!/usr/bin/env python3
"""Officers' refunds on real processes: at once, twice, and against the gateway's will."""

import json
import unittest

from stage import FaultTest, Invariants, wait_until


class OfficersRefunds(FaultTest):
    def setUp(self):
        """No session outlives a clock that is moved on, and a code is good once."""
        self.stage.leave_midnight()
        self.stage.advance(31)
        self.sign_in()

    def sign_in(self):
        """Not by threads at once."""
        self.stage.officers.clear()
        for name in ("finance-a", "finance-b"):
            self.stage.officer(name)

    def ask(self, officer, path, body=None, key=None):
        headers = {"Authorization": f"Bearer {self.stage.officer(officer)}",
                   "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return self.stage.talk("citizens", "POST", "/api/payment/refunds" + path,
                               json.dumps(body or {}), headers)[:2]

    def withdraw(self, order):
        """The decision is revoked: what its issuer does in one transaction (obligation_withdraw)."""
        fine = order.answer["items"][0]["obligation_id"]
        self.stage.sql(
            "START TRANSACTION;"
            f"UPDATE obligation SET withdrawn_at = UTC_TIMESTAMP(3), ver = ver + 1"
            f"  WHERE id = '{fine}' AND withdrawn_at IS NULL;"
            "INSERT INTO event (id, consumer, kind, dedupe, producer, run_at, created_at)"
            f" VALUES ('{self.stage.ulid()}', 'payment', 'obligation_withdrawn', '{fine}',"
            "  'violation', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3)); COMMIT")
        return wait_until(lambda: self.stage.sql(
            f"SELECT id FROM refund WHERE obligation_id = '{fine}'"), "a refund is due", 60)[0][0]

    def agreed(self, number):
        for officer, step in (("finance-a", "review"), ("finance-b", "approval")):
            status, answer = self.ask(officer, f"/{number}/{step}")
            self.assertEqual(status, 200, answer)

    def state(self, number):
        return self.stage.sql(f"SELECT state FROM refund WHERE id = '{number}'")[0][0]

    def step(self, order):
        shown = self.stage.api(order.payer, "GET", f"/orders/{order.no}/refunds")[1]
        return [one["step"] for one in shown["items"]]

    def give_account(self, order, number, key, account_no="6222020200112233446"):
        return self.stage.api(order.payer, "POST", f"/orders/{order.no}/refunds/{number}/account", {
            "holder": "张伟", "bank": "中国工商银行深圳分行", "account_no": account_no}, key)[:2]

    def transferred(self, number, reference):
        """Entered by one officer, confirmed by eight taps of another at once."""
        status, answer = self.ask("finance-a", f"/{number}/transfer", {"reference": reference})
        self.assertEqual(status, 200, answer)
        self.assertEqual(set(self.stage.at_once(8, lambda _: self.ask(
            "finance-b", f"/{number}/transfer/approval", {"reference": reference})[0])), {200})

    def requested(self, order, fen):
        status, answer = self.ask("finance-a", "", {
            "order_no": order.no, "amount_fen": fen, "note": "处罚撤销"}, self.stage.key())
        self.assertEqual(status, 201, answer)
        return answer["refund_no"]

    def approved(self, order, fen=20000):
        number = self.requested(order, fen)
        status, answer = self.ask("finance-b", f"/{number}/approval")
        self.assertEqual(status, 200, answer)
        return number

    def transactions(self, number):
        """What UnionPay knows of it: 04 a refund, 31 a cancellation."""
        return [row[0] for row in self.stage.sql(
            f"SELECT txn_type FROM sim_unionpay WHERE order_id = '{number}'")]

    def sums(self, order):
        return self.stage.sql("SELECT state, refund_reserved_fen, refunded_fen FROM pay_order"
                              f" WHERE id = '{order.no}'")[0]

    def wait_until_back(self, order, state):
        wait_until(lambda: self.sums(order)[0] == state, f"the order is {state}", 90)

    def test_t8_what_two_officers_return_reaches_the_payer_once_however_often_it_is_asked(self):
        order = self.stage.paid("wechat")
        number = self.requested(order, 20000)
        status, answer = self.ask("finance-a", f"/{number}/approval")
        self.assertEqual((status, answer["error"]["code"]), (409, "same_person"))
        answers = self.stage.at_once(
            8, lambda _: self.ask("finance-b", f"/{number}/approval")[0])
        self.assertEqual(set(answers), {200})
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.stage.sql(
            f"SELECT COUNT(*), SUM(amount_fen) FROM money_fact WHERE our_no = '{number}'"),
            [["1", "20000"]])
        shown = self.stage.api(order.payer, "GET", f"/orders/{order.no}/refunds")[1]
        self.assertEqual([one["step"] for one in shown["items"]], ["已退回原支付账户"])

    def test_f18_officers_at_once_give_back_no_more_than_was_paid(self):
        order = self.stage.paid("alipay")
        answers = self.stage.at_once(12, lambda index: self.ask(
            "finance-a" if index % 2 else "finance-b", "",
            {"order_no": order.no, "amount_fen": 3000, "note": "重复处罚"}, self.stage.key()))
        granted = [answer for status, answer in answers if status == 201]
        self.assertEqual(len(granted), 6)
        self.assertEqual({answer["error"]["code"] for status, answer in answers if status != 201},
                         {"refund_too_much"})
        self.assertEqual(self.sums(order), ["paid", "18000", "0"])
        for one in granted:
            self.ask("finance-b", f"/{one['refund_no']}/refusal")
            self.ask("finance-a", f"/{one['refund_no']}/refusal")
        self.assertEqual(self.sums(order), ["paid", "0", "0"])

    def test_f17_a_refund_that_the_gateway_refuses_or_cannot_deliver_goes_by_transfer(self):
        for fault in ("refund_closed", "refund_abnormal"):
            order = self.stage.paid("wechat")
            cases = self.stage.cases("refund_transfer")
            number = self.requested(order, 7000)
            self.stage.fault(fault, "refund", gateway="wechatpay", times=1)
            self.ask("finance-b", f"/{number}/approval")

            def is_left(number=number):
                self.stage.advance(5)
                return self.state(number) == "transfer"
            wait_until(is_left, "the gateway has given it up", 60, 0.2)
            self.assertEqual(self.sums(order), ["refunding", "7000", "0"])
            self.assertEqual(self.stage.cases("refund_transfer"), cases + 1)
            self.give_account(order, number, self.stage.key())
            self.transferred(number, "GK-" + number)
            self.assertEqual(self.sums(order), ["part_refunded", "7000", "7000"])
            self.assertEqual(self.stage.facts(number), [])

    def test_f16_a_refund_whose_answer_is_lost_moves_money_once(self):
        order = self.stage.paid("alipay")
        number = self.requested(order, 5000)
        self.stage.fault("lost_answer", "refund", gateway="alipay", times=2)
        self.ask("finance-b", f"/{number}/approval")
        self.wait_until_back(order, "part_refunded")
        self.assertEqual(self.sums(order), ["part_refunded", "5000", "5000"])
        self.assertEqual(self.stage.facts(number), [("out", "refund", 5000)])

    def test_unionpay_cancels_what_was_paid_the_same_day_and_refunds_the_rest(self):
        order = self.stage.paid("unionpay")
        whole = self.approved(order)
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.transactions(whole), ["31"])
        order = self.stage.paid("unionpay")
        part = self.approved(order, 500)
        self.wait_until_back(order, "part_refunded")
        self.assertEqual(self.transactions(part), ["04"])
        order = self.stage.paid("unionpay")
        self.stage.advance(24 * 3600)
        self.sign_in()
        late = self.approved(order)
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.transactions(late), ["04"])

    def at_the_end_of_the_day(self, fault):
        """The number of a refund that was handed over just before 23:00 and met with this fault,
        and its order; now it is past 23:00."""
        self.stage.until(22, 57)
        self.sign_in()
        order = self.stage.paid("unionpay")
        self.stage.fault(fault, "refund", gateway="unionpay")
        self.stage.fault("http_500", "query", gateway="unionpay")
        self.stage.fault("missing", "callback", gateway="unionpay")
        number = self.approved(order)
        wait_until(lambda: self.stage.refunds(order.number) == [("officer", "unknown", 20000)],
                   "nobody knows what became of it")
        self.stage.until(23, 0, 1)
        self.stage.clear_faults()
        return number, order

    def test_a_cancellation_of_the_last_minute_whose_answer_is_lost_is_found(self):
        number, order = self.at_the_end_of_the_day("lost_answer")
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.transactions(number), ["31"])
        self.assertEqual(self.stage.refunds(order.number), [("officer", "success", 20000)])
        self.assertEqual(self.stage.facts(number), [("out", "refund", 20000)])

    def test_a_cancellation_that_never_arrived_before_23_is_refunded_once(self):
        number, order = self.at_the_end_of_the_day("lost_request")
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.stage.refunds(order.number),
                         [("officer", "closed", 20000), ("officer", "success", 20000)])
        self.assertEqual(self.transactions(number), [])
        self.assertEqual(self.stage.facts(number), [])
        again = self.stage.sql(f"SELECT id FROM refund WHERE dedupe = 'again:{number}'")[0][0]
        self.assertEqual(self.transactions(again), ["04"])
        self.assertEqual(self.stage.facts(again), [("out", "refund", 20000)])
        self.assertEqual(self.sums(order), ["refunded", "20000", "20000"])
        self.assertEqual(self.stage.cases("refund_closed"), 0)

    def test_t8_what_is_paid_for_a_revoked_decision_comes_back_by_the_way_it_came(self):
        order = self.stage.paid("wechat")
        number = self.withdraw(order)
        self.assertEqual(self.step(order), ["决定已撤销，退款等待经办人审核"])
        self.agreed(number)
        self.wait_until_back(order, "refunded")
        self.assertEqual(self.stage.facts(number), [("out", "refund", 20000)])

    def test_t8_paid_thirteen_months_ago_and_revoked_now_it_comes_back_by_transfer(self):
        order = self.stage.paid("wechat")
        self.stage.sql("UPDATE money_fact SET happened_at = happened_at - INTERVAL 13 MONTH"
                       f" WHERE order_id = '{order.no}'")
        number = self.withdraw(order)
        self.agreed(number)
        wait_until(lambda: self.state(number) == "transfer", "the gateway is out of reach", 60)
        self.assertEqual(self.step(order), ["请提供收款银行账户"])
        key = self.stage.key()
        answers = self.stage.at_once(6, lambda _: self.give_account(order, number, key))
        self.assertEqual({(status, answer.get("account")) for status, answer in answers},
                         {(200, "****3446")})
        status, answer = self.ask("finance-a", f"/{number}/transfer/refusal", {"note": "户名不符"})
        self.assertEqual((status, answer["bounce"]), (200, "户名不符"))
        self.assertEqual(self.step(order), ["未能退至所提供的账户，请重新提供收款银行账户"])
        self.assertEqual(self.give_account(order, number, self.stage.key(),
                                           "4000021209200123456")[0], 200)
        self.transferred(number, "GK-" + number)
        self.assertEqual(self.sums(order), ["refunded", "20000", "20000"])
        self.assertEqual(self.step(order), ["已通过国库退付至所提供的银行账户"])
        self.assertEqual(self.stage.facts(number), [])  # no bill will show it
        self.assertEqual(self.stage.sql(
            "SELECT SUM(e.cr_fen) FROM ledger_entry e JOIN ledger_txn t ON t.id = e.txn_id"
            "  JOIN refund_transfer a ON a.id = t.ev_ref WHERE t.ev = 'transfer_out'"
            f"  AND e.account = 'treasury:fine_treasury' AND a.refund_id = '{number}'"),
            [["20000"]])
        self.assertEqual(self.stage.cases("refund_transfer' AND state = 'open"), 0)

    def test_m25_a_bank_account_is_wiped_on_its_day(self):
        order = self.stage.paid("alipay")
        self.stage.sql("UPDATE money_fact SET happened_at = happened_at - INTERVAL 13 MONTH"
                       f" WHERE order_id = '{order.no}'")
        number = self.withdraw(order)
        self.agreed(number)
        wait_until(lambda: self.state(number) == "transfer", "the gateway is out of reach", 60)
        self.give_account(order, number, self.stage.key())
        self.transferred(number, "GK-" + number)
        kept = f"refund_transfer WHERE refund_id = '{number}' AND account_no IS NOT NULL"
        self.assertEqual(self.stage.count(kept), 1)
        self.stage.sql("UPDATE refund_transfer SET keep_until = '2026-01-01'"
                       f" WHERE refund_id = '{number}'")
        self.assertEqual(len(Invariants(self.stage).violations()["M25"]), 3)
        self.stage.sql("UPDATE payment_job SET run_at = '2026-01-01' WHERE kind = 'wipe_accounts'")
        wait_until(lambda: self.stage.count(kept) == 0, "the account is wiped", 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
