#!/usr/bin/env python3
"""What gateways tell: often, late, early, wrongly, or not they but somebody else."""

import socket
import threading
import unittest

from stage import FaultTest, wait_until

ALL_FOLD = 1000
AT_ONCE = 32
BOTH = ("wechat", "alipay")


class Callbacks(FaultTest):
    def unpaid(self, channel="wechat", **owed):
        """An order whose payment will be told by nobody but the test."""
        payer = self.stage.payer(channel)
        order = self.stage.order(payer, [self.stage.owe(payer, **owed)])
        self.stage.fault("missing", "callback", match=order.number, times=1)
        return order

    def told(self, channel="wechat", **wishes):
        """An order that was paid, and the notice of it that nobody has seen yet."""
        order = self.unpaid(channel)
        self.stage.pay(order, **wishes)
        return order, self.stage.compose(order.number)

    def stored(self):
        return self.stage.count("callback_inbox"), self.stage.count("money_fact")

    def test_f01_the_same_callback_a_thousand_times_has_one_effect(self):
        for channel in BOTH:
            order, notice = self.told(channel)
            taken = self.stage.at_once(AT_ONCE, lambda _, notice=notice: [
                self.stage.deliver(notice) for _ in range(ALL_FOLD // AT_ONCE)])
            self.assertEqual({answer for some in taken for answer in some}, {True})
            self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])
            self.assertEqual(self.stage.show(order)["state"], "paid")

    def test_f01_repetitions_signed_anew_have_one_effect(self):
        for channel in BOTH:
            order = self.unpaid(channel)
            self.stage.clear_faults()
            self.stage.fault("repeat", "callback", match=order.number, repeats=40, concurrent=True)
            self.stage.pay(order)
            self.stage.wait_for_state(order, "paid")
            self.assertTrue(self.stage.deliver(self.stage.compose(order.number)))
            self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def test_f03_what_is_not_signed_by_the_gateway_is_refused_without_a_trace(self):
        for channel, faults in (("wechat", ("bad_signature", "probe", "forged")),
                                ("alipay", ("bad_signature", "forged"))):
            order, (path, headers, body) = self.told(channel)
            self.stage.fault("http_500", "query", match=order.number)  # nor is it found by asking
            before = self.stored()
            forged = [self.stage.compose(order.number, fault) for fault in faults]
            forged.append((path, headers, body[:-1] + bytes([body[-1] ^ 1])))
            forged.append((path, {"Content-Type": headers["Content-Type"]}, b"{}"))
            answers = [self.stage.talk("gateways", "POST", *self.order_of(one)) for one in forged]
            self.assertEqual({answer[0] for answer in answers}, {401})
            for answer in answers:  # no hint which check failed
                answer[1]["error"].pop("request_id")
                self.assertEqual(answer[1], answers[0][1])
            self.assertEqual(self.stored(), before)
            self.assertEqual(self.stage.show(order)["state"], "paying")
            self.assertTrue(self.stage.deliver((path, headers, body)))
            self.assertEqual(self.stage.show(order)["state"], "paid")

    @staticmethod
    def order_of(notice):
        path, headers, body = notice
        return path, body, headers

    def test_f04_a_timestamp_too_far_away_is_refused_and_the_payment_found_by_asking(self):
        order, fresh = self.told()
        self.assertFalse(self.stage.deliver(self.stage.compose(order.number, "old_timestamp")))
        self.stage.advance(-301)
        self.assertFalse(self.stage.deliver(fresh))
        self.stage.advance(301 + 301)
        self.assertFalse(self.stage.deliver(fresh))
        self.assertEqual(self.stage.count(
            f"callback_inbox WHERE event_key LIKE '%{order.number}%'"), 0)
        self.stage.wait_for_state(order, "paid")
        self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def test_f05_another_amount_is_sent_back_and_opens_a_case(self):
        for channel in BOTH:
            for fen in (1, 19999, 20001):
                order = self.unpaid(channel)
                cases = self.stage.cases("mismatch")
                self.stage.pay(order, amount_fen=fen)
                self.assertTrue(self.stage.deliver(self.stage.compose(order.number)))
                self.assertEqual(self.stage.facts(order.number), [("in", "mismatch", fen)])
                self.assertEqual(self.stage.cases("mismatch"), cases + 1)
                self.stage.calm()
                self.assertEqual(self.stage.refunds(order.number), [("mismatch", "success", fen)])
                self.assertEqual(self.stage.show(order)["state"], "closed")
                self.assertEqual(self.settled(order), 0)

    def settled(self, order):
        return self.stage.count(f"settlement WHERE order_id = '{order.no}'")

    def test_f06_a_payment_for_a_number_we_never_gave_is_sent_back_and_opens_a_case(self):
        for gateway, merchant in (("wechatpay", "1900000109"), ("alipay", "2021000000000001")):
            number, cases = self.stage.ulid(), self.stage.cases("orphan")
            door = f"https://127.0.0.1:{self.stage.port + 1}"
            self.stage.simulator("POST", "/orders", {
                "gateway": gateway, "out_trade_no": number, "amount_fen": 4321,
                "notify_url": f"{door}/notify/{gateway}/{merchant}"})
            self.stage.pay_number(gateway, number)
            wait_until(lambda number=number: self.stage.facts(number), "the orphan is booked")
            self.assertEqual(self.stage.facts(number), [("in", "orphan", 4321)])
            self.assertEqual(self.stage.cases("orphan"), cases + 1)
            self.stage.calm()
            self.assertEqual(self.stage.refunds(number), [("orphan", "success", 4321)])

    def test_f07_a_callback_overtakes_the_answer_to_the_order(self):
        for channel in BOTH:
            payer = self.stage.payer(channel)
            obligation = self.stage.owe(payer)
            self.stage.fault("late_answer", "order", latency_ms=3000, times=1)
            with self.stage.aside(self.stage.open, payer, [obligation]) as opening:
                number = wait_until(lambda: self.known_at_gateway(obligation), "it is known there")
                self.stage.pay_number(*number)
                wait_until(lambda number=number: self.stage.facts(number[1]), "it is booked")
                self.assertFalse(opening.done())
                status, answer = opening.result()
            self.assertEqual(status, 201, answer)
            self.assertEqual(answer["state"], "paid")
            self.assertIsNone(answer["paySign"] or answer["tradeNO"])
            self.assertEqual(self.stage.sql(
                f"SELECT state FROM pay_attempt WHERE id = '{number[1]}'"), [["paid"]])
            self.stage.clear_faults()

    def known_at_gateway(self, obligation):
        try:
            gateway, number = self.stage.attempt_of(obligation)
            self.stage.simulator("GET", f"/orders/{gateway}/{number}")
            return gateway, number
        except (IndexError, AssertionError):
            return None

    def expired(self, **owed):
        """An order that nobody paid in time, closed there and here."""
        order = self.unpaid(**owed)
        self.stage.advance(31 * 60)
        self.stage.wait_for_state(order, "closed")
        return order

    def test_f08_success_after_the_order_was_closed_settles_what_is_still_due(self):
        order = self.expired()
        self.stage.pay(order, force=True)
        self.assertTrue(self.stage.deliver(self.stage.compose(order.number)))
        self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])
        self.assertEqual(self.stage.show(order)["state"], "paid")

    def test_f08_success_after_the_order_was_closed_goes_back_when_it_was_paid_otherwise(self):
        late = self.expired()
        obligation = late.answer["items"][0]["obligation_id"]
        paid = self.stage.order(late.payer, [obligation])
        self.stage.pay(paid)
        self.stage.wait_for_state(paid, "paid")
        self.stage.pay(late, force=True)
        self.assertTrue(self.stage.deliver(self.stage.compose(late.number)))
        self.stage.calm()
        self.assertEqual(self.stage.refunds(late.number), [("excess", "success", 20000)])
        self.assertEqual(self.settled(paid), 1)

    def test_f08_success_after_the_order_was_closed_goes_back_when_nothing_is_owed_any_more(self):
        late = self.expired()
        obligation = late.answer["items"][0]["obligation_id"]
        self.stage.sql("UPDATE obligation SET withdrawn_at = UTC_TIMESTAMP(3)"
                       f"  WHERE id = '{obligation}'")
        self.stage.pay(late, force=True)
        self.assertTrue(self.stage.deliver(self.stage.compose(late.number)))
        self.stage.calm()
        self.assertEqual(self.stage.refunds(late.number), [("excess", "success", 20000)])
        self.assertEqual(self.settled(late), 0)

    def test_f08_success_after_the_order_was_closed_goes_back_when_the_price_has_grown(self):
        late = self.expired(due_in_days=self.stage.days_ahead())
        self.stage.advance(2 * 86400)
        self.stage.pay(late, force=True)
        self.assertTrue(self.stage.deliver(self.stage.compose(late.number)))
        self.assertEqual(self.stage.facts(late.number), [("in", "mismatch", 20000)])
        self.stage.calm()
        self.assertEqual(self.stage.refunds(late.number), [("mismatch", "success", 20000)])
        self.assertEqual(self.settled(late), 0)

    def test_f08_a_payment_in_time_settles_though_we_hear_of_it_the_next_day(self):
        order = self.unpaid(due_in_days=self.stage.days_ahead())
        self.stage.pay(order)
        self.stage.fault("http_500", "any")
        self.stage.advance(3 * 86400)
        self.assertTrue(self.stage.deliver(self.stage.compose(order.number)))
        self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def test_f09_closed_after_success_stays_paid(self):
        for channel in BOTH:
            order = self.unpaid(channel)
            self.stage.clear_faults()
            self.stage.fault("closed_after", "callback", match=order.number, times=1)
            self.stage.pay(order)
            self.stage.wait_for_state(order, "paid")
            self.stage.advance(2)
            wait_until(lambda order=order: len(self.sent(order)) == 2, "the second notice is sent")
            self.assertEqual(self.stage.show(order)["state"], "paid")
            self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def sent(self, order):
        return [one for one in self.stage.callbacks(order.number) if one["sendings"] > 0]

    def test_f10_refund_notices_repeated_and_overtaking_have_one_outflow(self):
        order, notice = self.told(amount_fen=777)
        self.stage.fault("late_answer", "refund", latency_ms=2500, times=1)
        self.assertTrue(self.stage.deliver(notice))
        refunded = wait_until(lambda: self.refund_notice(order), "the refund is on its way")
        again = self.stage.compose(order.number)
        taken = self.stage.at_once(AT_ONCE, lambda _: self.stage.deliver(again))
        self.assertEqual(set(taken), {True})
        self.stage.calm()
        taken = self.stage.at_once(8, lambda _: self.stage.deliver(again))
        self.assertEqual(set(taken), {True})
        self.assertTrue(self.stage.deliver(notice))
        self.assertEqual(self.stage.refunds(order.number), [("mismatch", "success", 777)])
        self.assertEqual(self.stage.facts(refunded), [("out", "refund", 777)])
        self.assertEqual(self.stage.cases("refund_unexpected"), 0)

    def refund_notice(self, order):
        """The number of the refund once the gateway has a notice about it; time is moved on."""
        newest = self.stage.callbacks(order.number)[0]
        if newest["kind"] == "refund":
            return newest["out_refund_no"]
        self.stage.advance(1)
        return None

    def test_f35_a_signed_notice_that_makes_no_sense_is_parked_and_others_go_on(self):
        for channel in BOTH:
            order, _ = self.told(channel)
            self.stage.fault("http_500", "query", match=order.number)  # it is not found by asking yet
            parked = self.stage.cases("callback_parked")
            newest = self.stage.callbacks(order.number)[0]
            for nonsense in self.nonsense(channel, newest["content"]):
                text = nonsense.encode().hex()
                self.stage.sql(f"UPDATE sim_callback SET content = X'{text}'"
                               f"  WHERE id = '{newest['id']}'")
                self.assertTrue(self.stage.deliver(self.stage.compose(order.number)), nonsense)
                parked += 1
                self.assertEqual(self.stage.cases("callback_parked"), parked, nonsense)
            self.assertEqual(self.stage.facts(order.number), [])
            other = self.stage.paid(channel)
            self.assertEqual(self.stage.facts(other.number), [("in", "applied", 20000)])
            self.stage.clear_faults()
            self.stage.advance(150)
            self.stage.wait_for_state(order, "paid")

    @staticmethod
    def nonsense(channel, content):
        amount = '"total":20000' if channel == "wechat" else '"total_amount":"200.00"'
        assert amount in content, content
        wrong = (('"total":-1', '"total":1.5', '"total":"20000"', '"none":1')
                 if channel == "wechat" else
                 ('"total_amount":"-1.00"', '"total_amount":"1.005"', '"total_amount":"1e3"'))
        return [content.replace(amount, one, 1) for one in wrong]

    def test_f45_broken_documents_are_refused_and_nothing_is_opened_for_them(self):
        before = self.stored()
        with socket.create_server(("127.0.0.1", 0)) as bait:
            bait.settimeout(0.2)
            address = "http://127.0.0.1:%d/" % bait.getsockname()[1]
            for body in self.broken_bodies(address):
                for path in ("/notify/wechatpay/1900000109", "/notify/alipay/2021000000000001"):
                    for kind in ("application/json", "text/xml",
                                 "application/x-www-form-urlencoded"):
                        status, _, _ = self.stage.talk("gateways", "POST", path, body,
                                                       {"Content-Type": kind})
                        self.assertIn(status, (400, 401), (path, body[:60]))
            with self.assertRaises(TimeoutError):
                bait.accept()
        self.assertEqual(self.stored(), before)

    def test_f45_broken_requests_of_citizens_are_refused_with_400(self):
        payer = self.stage.payer()
        orders = self.stage.count("pay_order")
        headers = {"Content-Type": "application/json", "Authorization": "Bearer " + payer.token,
                   "Idempotency-Key": self.stage.key()}
        for body in self.broken_bodies("http://127.0.0.1:1/"):
            status, answer, _ = self.stage.talk("citizens", "POST", "/api/payment/orders", body,
                                                headers)
            self.assertEqual(status, 400, (body[:60], answer))
        self.assertEqual(self.stage.count("pay_order"), orders)

    @staticmethod
    def broken_bodies(address):
        entity = f'<!DOCTYPE a [<!ENTITY b SYSTEM "{address}">]><a>&b;</a>'
        bomb = ('<!DOCTYPE a [<!ENTITY b "' + "x" * 500 + '"><!ENTITY c "' + "&b;" * 500
                + '">]><a>' + "&c;" * 500 + "</a>")
        return [one if isinstance(one, bytes) else one.encode() for one in (
            "{", "nonsense", "[" * 5000, '{"a":' * 3000, '{"channel":"wechat","channel":"alipay"}',
            '{"channel":"wech\\ud800at"}', b'{"channel":"\xff\xfe"}', '{"channel":"we\\u0000chat"}',
            '{"obligation_ids":1e999}', '{"obligation_ids":[NaN]}', "{'channel':'wechat'}",
            '{"channel":"wechat"} trailing', b"\x00", b"\xef\xbb\xbf{}", entity, bomb,
            "a=%zz&b=%", "a=1&a=2", "=&=&=", "a" * 60000)]

    def test_callbacks_of_many_orders_at_once_lose_none(self):
        """A storm with all of it: repeated, late, missing and forged by the seed."""
        stage = self.stage
        stage.fault("random", "callback", seed=stage.chance.randrange(10**6), permille=500)
        lock = threading.Lock()

        def trip(index):
            with lock:  # chance belongs to one at a time, so that the seed tells all
                payer = stage.payer(BOTH[index % 2])
                obligation, key = stage.owe(payer, fen=100 + index), stage.key()
            order = stage.order(payer, [obligation], key)
            stage.pay(order)
            return order

        orders = stage.at_once(24, trip)
        stage.calm()
        for order in orders:
            self.assertEqual(stage.facts(order.number), [("in", "applied", order.amount_fen)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
