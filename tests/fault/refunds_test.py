#!/usr/bin/env python3
"""Officers' refunds on real processes: at once, twice, and against the gateway's will."""

import json
import unittest

from stage import FaultTest, wait_until


class OfficersRefunds(FaultTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("finance-a", "finance-b"):
            cls.stage.officer(name)  # a code is good once: not by threads at once

    def ask(self, officer, path, body=None, key=None):
        headers = {"Authorization": f"Bearer {self.stage.officer(officer)}",
                   "Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return self.stage.talk("citizens", "POST", "/api/payment/refunds" + path,
                               json.dumps(body or {}), headers)[:2]

    def requested(self, order, fen):
        status, answer = self.ask("finance-a", "", {
            "order_no": order.no, "amount_fen": fen, "note": "处罚撤销"}, self.stage.key())
        self.assertEqual(status, 201, answer)
        return answer["refund_no"]

    def sums(self, order):
        return self.stage.sql("SELECT state, refund_reserved_fen, refunded_fen FROM pay_order"
                              f" WHERE id = '{order.no}'")[0]

    def wait_until_back(self, order, state):
        wait_until(lambda: self.sums(order)[0] == state, f"the order is {state}", 30)

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

    def test_f16_a_refund_whose_answer_is_lost_moves_money_once(self):
        order = self.stage.paid("alipay")
        number = self.requested(order, 5000)
        self.stage.fault("lost_answer", "refund", gateway="alipay", times=2)
        self.ask("finance-b", f"/{number}/approval")
        self.wait_until_back(order, "part_refunded")
        self.assertEqual(self.sums(order), ["part_refunded", "5000", "5000"])
        self.assertEqual(self.stage.facts(number), [("out", "refund", 5000)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
