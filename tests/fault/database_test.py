#!/usr/bin/env python3
"""The database dies, hangs, refuses, or asks for everything once more."""

import os
import signal
import subprocess
import threading
import time
import unittest

from stage import FaultTest, wait_until

TRIPS = 18
# Deadlock, lock wait, changed since read, no primary, read-only, a read-only transaction, read-only
# by a flag, connection killed, statement interrupted.
AGAIN = (1213, 1205, 1020, 1047, 1290, 1792, 1836, 1927, 1317)


class Holder:
    """A session of the administrator that holds locks until it is told what to do next."""

    def __init__(self, stage):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", "--skip-column-names", "--batch", "--unbuffered",
             "--force", "--socket", stage.run / "sockets/db/mariadb.sock", "tongban"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def say(self, sql):
        self.client.stdin.write(sql + "; SELECT 'said';\n")
        self.client.stdin.flush()

    def wait(self):
        while self.client.stdout.readline().strip() != "said":
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.stdin.close()
        self.client.wait(timeout=20)
        self.client.stdout.close()


class Database(FaultTest):
    def assert_all_settled_once(self, orders):
        self.stage.calm(90)
        for order in orders:
            self.assertEqual(self.stage.facts(order.number),
                             [("in", "applied", order.amount_fen)])

    def await_trips(self, count):
        """Until the storm has come so far, so that what happens next happens in its middle."""
        wait_until(lambda: self.stage.count("money_fact") >= count, "the storm is on", 60)

    def test_f21_the_database_is_killed_in_the_middle_of_a_storm(self):
        booked = self.stage.count("money_fact")

        def kill_twice():
            for part in (1, 2):
                self.await_trips(booked + part * TRIPS // 4)
                self.stage.end_database()
                self.stage.start_database()

        self.assert_all_settled_once(self.stage.storm(TRIPS, kill_twice))

    def told_by_nobody(self):
        order = self.stage.order(self.stage.payer())
        self.stage.fault("missing", "callback", match=order.number, times=1)
        self.stage.pay(order)
        return order, self.stage.compose(order.number)

    def test_f22_a_lock_held_too_long_is_waited_for_again_and_never_shown(self):
        order, notice = self.told_by_nobody()
        with Holder(self.stage) as holder:
            holder.say(f"BEGIN; SELECT id FROM pay_order WHERE id = '{order.no}' FOR UPDATE")
            holder.wait()
            before = self.retries()
            with self.stage.aside(self.stage.deliver, notice) as delivery:
                wait_until(lambda: self.retries() > before, "it was tried again")
                self.assertFalse(delivery.done())
                holder.say("ROLLBACK")
                self.assertTrue(delivery.result())
        self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def retries(self):
        lines = self.stage.ask("internal", "GET", "/internal/payment/metrics")[1].decode()
        return sum(float(line.split()[-1]) for line in lines.splitlines()
                   if "retries" in line and not line.startswith("#"))

    def test_f22_a_deadlock_is_never_shown(self):
        for _ in range(4):
            order, notice = self.told_by_nobody()
            fine = order.answer["items"][0]["obligation_id"]
            with Holder(self.stage) as holder:
                holder.say(f"BEGIN; SELECT id FROM obligation WHERE id = '{fine}' FOR UPDATE")
                holder.wait()
                with self.stage.aside(self.stage.deliver, notice) as delivery:
                    # InnoDB looks anew only when nobody has asked for a tenth of a second.
                    wait_until(self.someone_waits, "the callback waits for the obligation", 30, 0.2)
                    holder.say(f"SELECT id FROM pay_order WHERE id = '{order.no}' FOR UPDATE")
                    holder.say("ROLLBACK")
                    self.assertTrue(delivery.result())
            self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])

    def someone_waits(self):
        return self.stage.count("information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'")

    def test_f22_every_error_that_means_again_is_tried_again_and_never_shown(self):
        self.stage.sql("CREATE TABLE fault_errors (n INT, number INT) ENGINE = Aria;"
                       "INSERT INTO fault_errors VALUES (0, 1213)")
        self.stage.sql("DELIMITER //\n"
                       "CREATE TRIGGER fault_in_fact BEFORE INSERT ON money_fact FOR EACH ROW"
                       "  BEGIN DECLARE wanted INT; SELECT number INTO wanted FROM fault_errors;"
                       "  IF (SELECT n FROM fault_errors) > 0 THEN"
                       "    UPDATE fault_errors SET n = n - 1;"
                       "    SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = wanted; END IF; END//")
        try:
            for number in AGAIN:
                order, notice = self.told_by_nobody()
                self.stage.sql(f"UPDATE fault_errors SET n = 3, number = {number}")
                self.assertTrue(self.stage.deliver(notice), number)
                self.assertEqual(self.stage.sql("SELECT n FROM fault_errors"), [["0"]], number)
                self.assertEqual(self.stage.facts(order.number), [("in", "applied", 20000)])
        finally:
            self.stage.sql("DROP TRIGGER fault_in_fact; DROP TABLE fault_errors")

    def test_f23_without_a_database_there_is_503_and_no_crash_and_then_all_is_caught_up(self):
        waiting = [self.stage.order(self.stage.payer(channel)) for channel in ("wechat", "alipay")]
        _, notice = self.told_by_nobody()
        payer, workers = self.stage.payer(), self.stage.workers("payment")
        owed = self.stage.owe(payer)
        self.stage.end_database()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            begun = time.monotonic()
            status, answer, headers = self.stage.api(payer, "GET", "/orders/" + waiting[0].no)
            self.assertEqual((status, answer["error"]["code"]), (503, "unavailable"))
            self.assertIsNotNone(headers["Retry-After"])
            self.assertEqual(self.stage.open(payer, [owed])[0], 503)
            self.assertFalse(self.stage.deliver(notice))
            self.assertLess(time.monotonic() - begun, 12)
        self.assertEqual(self.stage.workers("payment"), workers)
        self.stage.start_database()
        begun = time.monotonic()
        self.assertTrue(self.stage.insist(lambda: self.stage.deliver(notice), "it is taken"))
        for order in waiting:
            self.stage.pay(order)
        self.assert_all_settled_once(waiting)
        self.assertLess(time.monotonic() - begun, 300)
        self.assertEqual(self.stage.workers("payment"), workers)

    def test_f23_a_database_that_hangs_holds_nobody_longer_than_the_deadline(self):
        payer, workers = self.stage.payer(), self.stage.workers("payment")
        order = self.stage.order(payer)
        database = self.stage.pid("mariadb")
        os.kill(database, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            answers = self.stage.at_once(4, lambda _: self.stage.api(
                payer, "GET", "/orders/" + order.no)[0])
            self.assertEqual(set(answers), {503})
            self.assertLess(time.monotonic() - begun, 20)
        finally:
            os.kill(database, signal.SIGCONT)
        self.stage.insist(lambda: self.stage.show(order), "it is shown again")
        self.assertEqual(self.stage.workers("payment"), workers)

    def test_f24_an_old_primary_that_became_read_only_is_retried_until_it_is_not(self):
        booked = self.stage.count("money_fact")

        def demote():
            self.await_trips(booked + TRIPS // 3)
            self.stage.sql("SET GLOBAL read_only = 1")
            payer = self.stage.payer_of_before
            self.assertEqual(self.stage.open(*payer)[0], 503)
            self.stage.sql("SET GLOBAL read_only = 0")

        payer = self.stage.payer()
        self.stage.payer_of_before = (payer, [self.stage.owe(payer)])
        self.assert_all_settled_once(self.stage.storm(TRIPS, demote))
        self.assertEqual(self.stage.open(*self.stage.payer_of_before)[0], 201)

    def test_f25_a_server_that_takes_no_more_connections_gives_503_and_not_more(self):
        payer = self.stage.payer()
        order = self.stage.order(payer)
        before = self.stage.sql("SELECT @@max_connections")[0][0]
        kills = ";".join(f"KILL {row[0]}" for row in self.stage.sql(
            "SELECT id FROM information_schema.processlist WHERE user = 'payment'"))
        with Holder(self.stage) as holder:
            holder.say("SET GLOBAL max_connections = 10; " + kills)
            holder.wait()
            answers = self.stage.at_once(12, lambda _: self.stage.api(
                payer, "GET", "/orders/" + order.no)[0])
            holder.say(f"SET GLOBAL max_connections = {before}")
            holder.wait()
        self.assertIn(503, answers)
        self.assertLessEqual(set(answers), {200, 503})
        self.stage.insist(lambda: self.stage.show(order), "it is shown again")

    def test_f25_the_pools_are_bounded_whatever_the_load(self):
        payer = self.stage.payer()
        order = self.stage.order(payer)
        most, stop = [0], threading.Event()

        def watch():
            while not stop.is_set():
                most[0] = max(most[0], self.stage.count(
                    "information_schema.processlist WHERE user = 'payment'"))

        with self.stage.aside(watch) as watching:
            answers = self.stage.at_once(48, lambda _: [self.stage.api(
                payer, "GET", "/orders/" + order.no)[0] for _ in range(8)])
            stop.set()
            watching.result()
        self.assertLessEqual({one for some in answers for one in some}, {200, 503})
        self.assertLessEqual(most[0], 3 * 16)  # workers, the background one included, and DB_POOL


if __name__ == "__main__":
    unittest.main(verbosity=2)
