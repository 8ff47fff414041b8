#!/usr/bin/env python3
"""Alipay in certificate mode changes its certificate, and others say that they are Alipay."""

import unittest

from stage import FaultTest, wait_until

TRIPS = 40


class Certificates(FaultTest):
    environment = {"ALIPAY_MODE": "certificate"}

    @classmethod
    def prepare(cls, stage):
        stage.set_up("payment", KEY_LOOK_MS=500, KEY_ASK_MS=1000, JOBS_POLL_MS=50)

    def sign_with(self, signer):
        return self.stage.simulator("POST", "/alipay/signer", {"signer": signer})["serial"]

    def kept(self, serial):
        return self.stage.count(f"platform_certificate WHERE serial = '{serial}'")

    def settled(self, order):
        return self.stage.show(order)["state"] == "paid"

    def test_a_switch_of_alipays_certificate_under_traffic_loses_nothing(self):
        self.stage.paid("alipay")

        def switch():
            serial = self.sign_with("next")
            wait_until(lambda: self.kept(serial), "the next certificate is kept")
            self.sign_with("now")
            self.sign_with("next")

        try:
            orders = self.stage.storm(TRIPS, switch)
            for order in orders:
                wait_until(lambda order=order: self.settled(order), "all are paid", 90)
            self.stage.paid("alipay")
        finally:
            self.sign_with("now")
        self.stage.paid("alipay")  # it is taken back, and they are believed side by side

    def test_who_does_not_come_from_the_roots_or_is_over_is_never_believed(self):
        for signer in ("stranger", "expired"):
            order = self.stage.order(self.stage.payer("alipay"))
            serial = self.sign_with(signer)
            try:
                self.stage.pay(order)
                payer = self.stage.payer("alipay")
                status, _ = self.stage.open(payer, [self.stage.owe(payer)])
                self.assertEqual(status, 502, signer)
                wait_until(lambda serial=serial: self.stage.count(
                    "payment_job WHERE kind = 'fetch_alipay_certificate' AND state = 'done'"
                    f"  AND dedupe LIKE '%{serial}'"), "it was fetched")
                self.stage.advance(60)
                self.assertEqual(self.kept(serial), 0, signer)
                self.assertEqual(self.stage.facts(order.number), [], signer)
            finally:
                self.sign_with("now")
            self.stage.advance(300)
            self.stage.wait_for_state(order, "paid", 60)


if __name__ == "__main__":
    unittest.main(verbosity=2)
