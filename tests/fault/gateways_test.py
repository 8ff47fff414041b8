#!/usr/bin/env python3
"""What goes wrong between us and the gateways, and between two who pay the same."""

import time
import unittest

from stage import FaultTest, wait_until

TIMEOUT_MS = 3000
BREAKER_OPEN_MS = 500
LATE_MS = 2 * TIMEOUT_MS
BOTH = ("wechat", "alipay")
ORDER_PATHS = {"wechatpay": "/v3/pay/transactions/jsapi", "alipay": "/gateway.do"}
LOST = ("late_answer", "lost_request", "lost_answer", "http_500", "system_error_after")
UNSIGNED = ("bad_signature", "no_signature", "forged", "probe", "old_timestamp")


class Gateways(FaultTest):
    @classmethod
    def prepare(cls, stage):
        stage.set_up("payment", GATEWAY_TIMEOUT_MS=TIMEOUT_MS, BREAKER_OPEN_MS=BREAKER_OPEN_MS,
                        JOBS_POLL_MS=50)

    def state_of(self, number):
        return self.stage.sql(f"SELECT state FROM pay_attempt WHERE id = '{number}'")[0][0]

    def recover(self):
        """Faults are over, and the breakers have seen it."""
        self.stage.clear_faults()
        for channel in BOTH:
            payer = self.stage.payer(channel)
            obligations = [self.stage.owe(payer)]
            wait_until(lambda payer=payer, owed=obligations: self.stage.open(payer, owed)[0] == 201,
                       f"orders by {channel} again")

    def test_f11_a_payment_that_nobody_tells_is_found_within_a_minute_while_the_payer_waits(self):
        for channel in BOTH:
            order = self.stage.order(self.stage.payer(channel))
            self.stage.fault("missing", "callback", match=order.number)
            self.stage.pay(order)
            self.assertLessEqual(self.seconds_until_paid(order, step=5), 60)

    def test_f11_a_payment_made_late_that_nobody_tells_is_found_within_ten_minutes(self):
        order = self.stage.order(self.stage.payer())
        self.stage.fault("missing", "callback", match=order.number)
        for _ in range(16):  # 480 s, the job asking whenever it is due
            self.stage.advance(30)
            wait_until(lambda: self.stage.count(
                f"payment_job WHERE dedupe = '{order.number}' AND state = 'ready'"
                f"  AND run_at > '{self.stage.now():%F %T}'") == 1, "the job has asked")
        self.stage.pay(order)
        self.assertLessEqual(self.seconds_until_paid(order, step=30), 630)

    def test_a_switch_of_wechat_pays_key_is_a_non_event(self):
        self.stage.simulator("POST", "/wechatpay/signer", {"signer": "next"})
        try:
            order = self.stage.order(self.stage.payer())
            self.stage.pay(order)
            self.assertLessEqual(self.seconds_until_paid(order, step=5), 60)
            self.assertGreaterEqual(self.stage.count("platform_certificate"), 1)
        finally:
            self.stage.simulator("POST", "/wechatpay/signer", {"signer": "platform"})
        self.stage.paid("wechat")

    def seconds_until_paid(self, order, step):
        begun = self.stage.clock_ms()
        while True:
            self.stage.let_work()
            try:
                self.stage.wait_for_state(order, "paid", 0.6)
                return (self.stage.clock_ms() - begun) / 1000
            except AssertionError:
                self.stage.advance(step)

    def race(self, payers, obligation):
        """Both open an order for the same, and both pay."""
        orders = [self.stage.order(payer, [obligation]) for payer in payers]
        self.stage.at_once(len(orders), lambda index: self.stage.pay(orders[index]))
        wait_until(lambda: all(self.stage.facts(order.number) for order in orders),
                   "all are booked")
        return orders

    def assert_one_settles_and_the_other_goes_back(self, orders):
        booked = [self.stage.facts(order.number)[0][1] for order in orders]
        self.assertEqual(sorted(booked), ["applied", "excess"])
        second = orders[booked.index("excess")]
        begun = self.stage.clock_ms()
        while self.stage.refunds(second.number)[0][1] != "success":
            self.stage.advance(5)
            self.stage.let_work()
            self.assertLess(self.stage.clock_ms() - begun, 120000)
        self.assertEqual(self.stage.refunds(second.number), [("excess", "success", 20000)])
        return second

    def test_f12_two_gateways_are_paid_for_the_same_fine(self):
        for _ in range(3):
            wechat = self.stage.payer("wechat")
            payers = [wechat, self.stage.payer("alipay", wechat.person_id)]
            orders = self.race(payers, self.stage.owe(wechat))
            self.assert_one_settles_and_the_other_goes_back(orders)

    def test_f13_two_people_pay_the_same_fine_and_the_second_is_told(self):
        for _ in range(3):
            driver, owner = self.stage.payer(), self.stage.payer()
            obligation = self.stage.owe(driver, owner=owner)
            orders = self.race([driver, owner], obligation)
            second = self.assert_one_settles_and_the_other_goes_back(orders)
            self.assertEqual(self.stage.show(second)["state"], "closed")
            status, answer = self.stage.open(second.payer, [obligation])
            self.assertEqual((status, answer["error"]["code"]), (409, "settled_already"))

    def test_f13_orders_that_share_some_fines_settle_each_of_them_once(self):
        payer, other = self.stage.payer(), None
        other = self.stage.payer("alipay", payer.person_id)
        fines = [self.stage.owe(payer, fen=10000 + i) for i in range(6)]
        orders = [self.stage.order(payer, fines[:4]), self.stage.order(other, fines[2:]),
                  self.stage.order(self.stage.payer("wechat", payer.person_id), fines[4:])]
        self.stage.at_once(3, lambda index: self.stage.pay(orders[index]))
        wait_until(lambda: all(self.stage.facts(order.number) for order in orders),
                   "all are booked")
        self.stage.calm()
        listed = ",".join(f"'{fine}'" for fine in fines)
        booked = [self.stage.facts(order.number)[0][1] for order in orders]
        settled = self.stage.count(f"settlement WHERE obligation_id IN ({listed})")
        self.assertEqual(booked[1] == "applied", booked == ["excess", "applied", "excess"])
        self.assertEqual(settled, 4 if booked[1] == "applied" else 6)

    def test_f14_an_order_without_an_answer_is_opened_under_the_same_number(self):
        for channel in BOTH:
            for fault in LOST:
                payer, key = self.stage.payer(channel), self.stage.key()
                owed = [self.stage.owe(payer)]
                self.stage.fault(fault, "order", latency_ms=LATE_MS, times=1)
                status, _ = self.stage.open(payer, owed, key)
                self.assertIn(status, (502, 503), fault)
                gateway, number = self.stage.attempt_of(owed[0])
                self.assertEqual(self.state_of(number), "unknown", fault)
                order = self.stage.order(payer, owed, key)
                self.assertEqual((order.gateway, order.number), (gateway, number))
                self.stage.pay(order)
                self.stage.wait_for_state(order, "paid")
            self.recover()

    def test_f14_what_reaches_the_gateway_after_it_was_given_up_is_closed_there(self):
        payer = self.stage.payer()
        late, more = self.stage.owe(payer), self.stage.owe(payer)
        self.stage.fault("latency", "order", latency_ms=LATE_MS, times=1)
        self.assertIn(self.stage.open(payer, [late])[0], (502, 503))
        _, number = self.stage.attempt_of(late)
        order = self.stage.order(payer, [late, more])  # another way: the first is closed
        wait_until(lambda: self.state_there("wechatpay", number), "it arrives at last")
        self.stage.advance(70)
        wait_until(lambda: self.is_closed_everywhere(number), "it is closed there and here", 60,
                   0.5)
        self.stage.pay(order)
        self.stage.wait_for_state(order, "paid")

    def is_closed_everywhere(self, number):
        self.stage.advance(10)
        return self.state_there("wechatpay", number) == self.state_of(number) == "closed"

    def state_there(self, gateway, number):
        try:
            return self.stage.simulator("GET", f"/orders/{gateway}/{number}")["state"]
        except AssertionError:
            return None

    def test_f14_what_is_opened_there_after_it_was_closed_here_is_closed_there_too(self):
        payer, key = self.stage.payer(), self.stage.key()
        owed = [self.stage.owe(payer)]
        self.stage.fault("late_answer", "order", latency_ms=TIMEOUT_MS - 1000, times=1)
        with self.stage.aside(self.stage.open, payer, owed, key) as opening:
            wait_until(lambda: self.is_there(owed[0]), "it is known there")
            gateway, number = self.stage.attempt_of(owed[0])
            order = self.order_of(number)
            self.stage.sql(f"UPDATE pay_attempt SET state = 'closed' WHERE id = '{number}';"
                           f"UPDATE pay_order SET state = 'closed' WHERE id = '{order}'")
            status, answer = opening.result()
        self.assertEqual((status, answer["error"]["code"]), (409, "order_over"))
        wait_until(lambda: self.state_there(gateway, number) == "closed", "it is closed there")

    def is_there(self, obligation):
        try:
            return self.state_there(*self.stage.attempt_of(obligation))
        except IndexError:
            return None

    def order_of(self, number):
        return self.stage.sql(f"SELECT order_id FROM pay_attempt WHERE id = '{number}'")[0][0]

    def test_f15_a_gateway_in_trouble_is_spared_and_the_other_stays_open(self):
        for fault in ("http_500", "http_429"):
            self.stage.fault(fault, "any", gateway="wechatpay")
            payers = [self.stage.payer() for _ in range(40)]
            owed = [self.stage.owe(payer) for payer in payers]
            before = self.stage.calls(ORDER_PATHS["wechatpay"])
            begun = time.monotonic()
            refused = self.stage.at_once(8, lambda part, payers=payers, owed=owed: [
                self.stage.open(payers[i], [owed[i]])[0] for i in range(part, len(payers), 8)])
            took = time.monotonic() - begun
            self.assertLessEqual({one for some in refused for one in some}, {502, 503})
            asked = self.stage.calls(ORDER_PATHS["wechatpay"]) - before
            self.assertLess(asked, 16 + 2 * took * 1000 / BREAKER_OPEN_MS)  # no pile-up
            self.assertEqual(self.stage.paid("alipay").answer["state"], "paying")
            self.stage.advance(600)
            self.assertEqual(self.stage.paid("alipay").answer["channel"], "alipay")
            self.recover()
            order = self.stage.order(payers[0], [owed[0]])
            self.stage.pay(order)
            self.stage.wait_for_state(order, "paid")

    def test_f16_a_refund_without_an_answer_is_asked_for_and_made_once(self):
        orders = [self.stage.order(self.stage.payer(channel)) for channel in BOTH for _ in LOST]
        for fault in LOST:
            for gateway in ("wechatpay", "alipay"):
                self.stage.fault(fault, "refund", gateway=gateway, latency_ms=LATE_MS, times=1)
        for order in orders:
            self.stage.pay(order, amount_fen=333)
        for order in orders:
            wait_until(lambda order=order: self.stage.refunds(order.number), "a refund is due")
        wait_until(self.no_faults_left, "all faults have happened", 90)
        self.stage.calm()
        for order in orders:
            self.assertEqual(self.stage.refunds(order.number), [("mismatch", "success", 333)])
        self.recover()

    def no_faults_left(self):
        self.stage.advance(2)
        return not any(one["times_left"] for one in self.stage.simulator("GET", "/faults")["items"])

    def test_f19_a_double_click_opens_one_order(self):
        for channel in BOTH:
            payer, key = self.stage.payer(channel), self.stage.key()
            owed = [self.stage.owe(payer)]
            answers = self.stage.at_once(12, lambda _, payer=payer, owed=owed, key=key:
                                         self.stage.open(payer, owed, key))
            self.assertEqual({status for status, _ in answers}, {201})
            self.assertEqual(len({answer["order_no"] for _, answer in answers}), 1)
            other = self.stage.at_once(12, lambda _, payer=payer, owed=owed:
                                       self.stage.open(payer, owed))
            self.assertEqual({answer["order_no"] for _, answer in answers + other},
                             {answers[0][1]["order_no"]})
            self.assertEqual(self.stage.count(
                f"pay_order_item WHERE obligation_id = '{owed[0]}'"), 1)

    def test_f19_a_double_payment_of_one_order_moves_money_once(self):
        order = self.stage.order(self.stage.payer())
        results = self.stage.at_once(6, lambda _: self.try_to_pay(order))
        self.assertEqual(sorted(results), [False] * 5 + [True])
        self.stage.wait_for_state(order, "paid")
        self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def try_to_pay(self, order):
        try:
            return self.stage.pay(order)["state"] == "paid"
        except AssertionError:
            return False

    def test_f20_answers_without_a_good_signature_open_nothing(self):
        for channel in BOTH:
            for fault in self.unsigned(channel):
                payer, key = self.stage.payer(channel), self.stage.key()
                owed = [self.stage.owe(payer)]
                self.stage.fault(fault, "order", times=1)
                status, answer = self.stage.open(payer, owed, key)
                self.assertEqual(status, 502, (fault, answer))
                self.assertEqual(self.state_of(self.stage.attempt_of(owed[0])[1]), "unknown")
                self.assertEqual(self.stage.open(payer, owed, key)[0], 201)
            self.recover()

    @staticmethod
    def unsigned(channel):
        return UNSIGNED if channel == "wechat" else UNSIGNED[:3]

    def test_f20_answers_without_a_good_signature_settle_nothing_and_refund_nothing(self):
        for channel in BOTH:
            order = self.stage.order(self.stage.payer(channel))
            self.stage.fault("missing", "callback", match=order.number)
            self.stage.pay(order, amount_fen=555)
            for fault in self.unsigned(channel):
                self.stage.fault(fault, "query", times=1)
            # Five lies, and a pause for a breaker that they may open: then one answer is true.
            begun = self.stage.clock_ms()
            while not self.stage.facts(order.number):
                self.assertLess(self.stage.clock_ms() - begun, 4000 * 1000)
                self.assertEqual(self.stage.show(order)["state"], "paying")
                self.stage.advance(20)
                time.sleep(0.1)
                self.stage.let_work()
            left = self.stage.simulator("GET", "/faults")["items"]
            self.assertEqual([one["fault"] for one in left if one["times_left"]
                              and one["operation"] == "query"], [])
            for fault in self.unsigned(channel):
                self.stage.fault(fault, "refund_query", times=1)
            self.stage.advance(60)
            self.stage.calm()
            self.assertEqual(self.stage.refunds(order.number), [("mismatch", "success", 555)])
            self.recover()


if __name__ == "__main__":
    unittest.main(verbosity=2)
