#!/usr/bin/env python3
"""A database that is turned back an hour: what it forgot comes back from the gateways."""

import json
import unittest

from stage import FaultTest, wait_until

ALL = ("wechat", "alipay", "unionpay")
PART = 5000


class Restore(FaultTest):
    @classmethod
    def prepare(cls, stage):
        stage.set_up("payment", JOBS_POLL_MS=50)

    # Officers

    def decide(self, officer, path, body):
        headers = {"Authorization": f"Bearer {self.stage.officer(officer)}",
                   "Content-Type": "application/json", "Idempotency-Key": self.stage.key()}
        status, answer, _ = self.stage.talk("citizens", "POST", "/api/payment/refunds" + path,
                                            json.dumps(body), headers)
        self.assertLess(status, 300, answer)
        return answer

    def officers_come_back(self):
        self.stage.officers.clear()
        self.stage.advance(31)  # a code of theirs is good once

    def ask_for(self, order, fen):
        return self.decide("finance-a", "", {"order_no": order.no, "amount_fen": fen,
                                             "note": "处罚撤销"})["refund_no"]

    def give_back(self, order, fen):
        number = self.ask_for(order, fen)
        self.decide("finance-b", f"/{number}/approval", {})
        return number

    def wait_until_back(self, numbers):
        def all_are():
            self.stage.advance(5)
            return all(self.refund_state(number) == "success" for number in numbers)
        wait_until(all_are, "all have arrived", 120, 0.3)

    def refund_state(self, number):
        rows = self.stage.sql(f"SELECT state FROM refund WHERE id = '{number}'")
        return rows[0][0] if rows else None

    def refunds_there(self, order):
        """What the gateway gave back of it, in fen."""
        return [one["amount_fen"] for one in self.stage.simulator("GET", "/refunds")["items"]
                if one["out_trade_no"] == order.number]

    def sums(self, order):
        return self.stage.sql("SELECT state, paid_fen, refund_reserved_fen, refunded_fen"
                              f" FROM pay_order WHERE id = '{order.no}'")[0]

    # The story

    def before(self):
        """What the backup knows of."""
        stage = self.stage
        self.open = [stage.order(stage.payer(channel)) for channel in ALL]
        self.paid_and_gone = [stage.order(stage.payer(channel)) for channel in ALL]
        self.in_part, self.asked, self.wrong = [], [], []
        for channel in ALL:
            self.in_part.append(stage.paid(channel))
            self.asked.append(stage.paid(channel))
            self.wrong.append(stage.order(stage.payer(channel)))
        self.strangers = [stage.payer(channel) for channel in ALL for _ in range(3)]
        self.fines = [stage.owe(payer) for payer in self.strangers]
        stage.calm()
        self.asked_nos = [self.ask_for(order, PART) for order in self.asked]

    def forgotten_hour(self):
        """What happens after it."""
        stage = self.stage
        for order in self.open + self.paid_and_gone:
            stage.pay(order)
            stage.wait_for_state(order, "paid")
        for order in self.wrong:
            stage.pay(order, amount_fen=321)
        numbers = [self.give_back(order, PART) for order in self.in_part]
        numbers += [self.give_back(order, order.amount_fen) for order in self.paid_and_gone]
        for number in self.asked_nos:
            self.decide("finance-b", f"/{number}/approval", {})
        self.wait_until_back(numbers + self.asked_nos)
        stage.advance(1800)
        self.new, self.new_wrong, self.late = ([], [], [])
        for index, (payer, fine) in enumerate(zip(self.strangers, self.fines)):
            order = stage.order(payer, [fine])
            (self.new, self.new_wrong, self.late)[index % 3].append(order)
        for order in self.new:
            stage.pay(order)
            stage.wait_for_state(order, "paid")
        for order in self.new_wrong:
            stage.pay(order, amount_fen=432)
        stage.calm()
        stage.advance(900)

    def turn_back(self, file):
        stage = self.stage
        refused = stage.script("restore", file, check=False)
        self.assertIn("still running", refused.stdout)
        self.assertNotEqual(refused.returncode, 0)
        stage.hang_up()
        stage.stop()
        stage.script("restore", file)
        self.assertEqual(list((stage.run / "db").glob("restoring")), [])
        stage.start()

    def test_a_restored_database_learns_again_what_it_forgot(self):
        stage, file = self.stage, self.stage.run.parent / "backup.sql.gz"
        self.before()
        stage.script("backup", str(file))
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.forgotten_hour()
        self.turn_back(str(file))

        for order in self.open:  # an open attempt is asked for
            stage.wait_for_state(order, "paid", 60)
        again = stage.order(stage.payer())
        stage.pay(again, amount_fen=99)  # what is paid now goes back now
        wait_until(lambda: stage.advance(5) or stage.refunds(again.number)
                   == [("mismatch", "success", 99)], "it is back", 120, 0.3)
        for order in self.late:  # a code that we do not know any more
            stage.pay(order)
        self.officers_come_back()
        twice = [self.give_back(order, PART) for order in self.in_part]
        wait_until(lambda: stage.count(f"payment_job WHERE dedupe = '{twice[0]}' AND attempts > 0"
                                       "  AND state = 'ready'"), "it was looked at, and put off", 60)
        self.assertEqual([self.refund_state(number) for number in twice], ["approved"] * len(ALL))

        stage.wait_for_bills(stage.next_morning())
        stage.calm()
        self.assert_all_is_known_again(twice)

    def assert_all_is_known_again(self, twice):
        stage = self.stage
        for order in self.in_part + self.asked:
            self.assertEqual(self.refunds_there(order), [PART])
            self.assertEqual(self.sums(order), ["part_refunded", "20000", "5000", "5000"])
        self.assertEqual([self.refund_state(number) for number in twice], ["closed"] * len(ALL))
        for order in self.paid_and_gone:
            self.assertEqual(self.refunds_there(order), [20000])
            self.assertEqual(self.sums(order), ["refunded", "20000", "20000", "20000"])
        for order in self.wrong:
            self.assertEqual(self.refunds_there(order), [321])
            self.assertEqual(stage.facts(order.number), [("in", "mismatch", 321)])
        for order in self.new + self.late:
            self.assertEqual(stage.facts(order.number), [("in", "orphan", 20000)])
            self.assertEqual(self.refunds_there(order), [20000])
        for order in self.new_wrong:
            self.assertEqual(self.refunds_there(order), [432])
        self.assertEqual(stage.cases("refund_recovered"), 5 * len(ALL))

    def test_a_damaged_backup_is_not_restored(self):
        stage, file = self.stage, self.stage.run.parent / "damaged.sql.gz"
        stage.script("backup", str(file))
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)
        order = stage.paid()
        stage.hang_up()
        stage.stop()
        try:
            refused = stage.script("restore", str(file), check=False)
            self.assertIn("does not fit", refused.stdout)
            self.assertNotEqual(refused.returncode, 0)
        finally:
            stage.start()
        self.assertEqual(stage.show(order)["state"], "paid")


if __name__ == "__main__":
    unittest.main(verbosity=2)
