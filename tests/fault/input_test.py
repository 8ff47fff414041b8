#!/usr/bin/env python3
"""Input that is too much, too slow, not for its sender, or sent twice with other content."""

import contextlib
import json
import socket
import ssl
import statistics
import time
import unittest

from stage import FaultTest, wait_until

SLOW = 120
PATIENCE_S = 10  # client_header_timeout and client_body_timeout
OFFICER = 1 << 2
CITIZEN = 1 << 0


class Input(FaultTest):
    # F46

    def test_f46_huge_headers_are_refused(self):
        for door in ("citizens", "gateways", "internal"):
            for headers in ({"X-Long": "a" * 9000}, {"Cookie": "b" * 40000},
                            {f"X-Many-{i}": "c" * 700 for i in range(60)}):
                status, _, _ = self.stage.ask(door, "GET", "/api/payment/orders/x", headers=headers)
                self.assertIn(status, (400, 431, 494), (door, list(headers)[0]))
            status, _, _ = self.stage.ask(door, "GET", "/" + "p" * 9000)
            self.assertEqual(status, 414, door)
        self.assertTrue(self.stage.is_ready("payment"))

    def test_f46_huge_bodies_are_refused_and_nothing_is_stored(self):
        payer = self.stage.payer()
        orders, callbacks = self.stage.count("pay_order"), self.stage.count("callback_inbox")
        memory = self.memory()
        for size in (65 * 1024, 300 * 1024, 2 * 1024 * 1024):
            many = json.dumps({"obligation_ids": ["x" * size], "channel": "wechat"})
            self.assertEqual(self.post("citizens", "/api/payment/orders", many, payer), 413, size)
            if size > 256 * 1024:
                for path in ("/notify/wechatpay/1900000109", "/notify/alipay/2021000000000001"):
                    self.assertEqual(self.post("gateways", path, many), 413, size)
        for _ in range(50):
            self.post("citizens", "/api/payment/orders", "x" * 900 * 1024, payer)
        self.assertLess(self.memory() - memory, 20 * 1024)
        self.assertEqual(self.stage.count("pay_order"), orders)
        self.assertEqual(self.stage.count("callback_inbox"), callbacks)

    def post(self, door, path, body, payer=None):
        headers = {"Content-Type": "application/json", "Idempotency-Key": self.stage.key()}
        if payer is not None:
            headers["Authorization"] = "Bearer " + payer.token
        return self.stage.ask(door, "POST", path, body, headers)[0]

    def memory(self):
        """KiB that the workers hold together."""
        total = 0
        for pid in self.stage.workers("payment")[0]:
            with open(f"/proc/{pid}/status", encoding="ascii") as file:
                total += int(next(line for line in file if line.startswith("VmRSS:")).split()[1])
        return total

    def slow_client(self, door, opening):
        offset = {"citizens": 0, "gateways": 1}[door]
        trust = ssl.create_default_context(cafile=self.stage.run / "keys/ca/ca.crt")
        plain = socket.create_connection(("127.0.0.1", self.stage.port + offset))
        client = trust.wrap_socket(plain, server_hostname="127.0.0.1")
        client.sendall(opening)
        return client

    def test_f46_slow_clients_are_sent_away_and_slow_nobody_down(self):
        order = self.stage.order(self.stage.payer())
        openings = (("citizens", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: a"),
                    ("citizens", b"POST /api/payment/orders HTTP/1.1\r\nHost: x\r\n"
                                 b"Content-Length: 5000\r\n\r\na"),
                    ("gateways", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: a"),
                    ("gateways", b"POST /notify/alipay/2021000000000001 HTTP/1.1\r\nHost: x\r\n"
                                 b"Transfer-Encoding: chunked\r\n\r\n5"))
        begun = time.monotonic()
        with contextlib.ExitStack() as clients:
            slow = [clients.enter_context(self.slow_client(*openings[i % len(openings)]))
                    for i in range(SLOW)]
            times = []
            for _ in range(100):
                asked = time.monotonic()
                self.stage.show(order)
                times.append(time.monotonic() - asked)
            self.assertLess(statistics.median(times), 0.25)
            self.assertLess(max(times), PATIENCE_S / 2)
            for client in slow:
                client.settimeout(max(0.1, begun + 2.5 * PATIENCE_S - time.monotonic()))
                self.assertIn(self.end_of(client), (b"", b"400", b"408"))

    @staticmethod
    def end_of(client):
        """The status with which the server ended it; empty when it said nothing."""
        try:
            answer = client.recv(4096)
            while answer and client.recv(4096):
                pass
        except ConnectionResetError:
            return b""
        return answer[9:12]

    # F47

    def refusals(self, actor):
        return self.stage.count(f"payment_audit WHERE act = 'refused' AND actor = '{actor}'")

    def test_f47_foreign_orders_look_absent(self):
        order, stranger = self.stage.order(self.stage.payer()), self.stage.payer()
        for path in ("/orders/" + order.no, f"/orders/{order.no}/receipt"):
            foreign = self.stage.api(stranger, "GET", path)
            absent = self.stage.api(stranger, "GET", path.replace(order.no, self.stage.ulid()))
            for answer in (foreign, absent):
                answer[1]["error"].pop("request_id")
            self.assertEqual(foreign[:2], absent[:2])
            self.assertEqual(foreign[0], 404)

    def test_f47_foreign_fines_look_absent_and_the_try_is_audited(self):
        owner, stranger = self.stage.payer(), self.stage.payer()
        fine, own = self.stage.owe(owner), self.stage.owe(stranger)
        status, answer = self.stage.open(stranger, [fine])
        self.assertEqual((status, answer["error"]["code"]), (404, "obligation_unknown"))
        wait_until(lambda: self.refusals(stranger.actor_id) == 1, "it is audited")
        self.assertEqual(self.stage.open(stranger, [own, fine])[0], 404)
        wait_until(lambda: self.refusals(stranger.actor_id) == 2, "it is audited again")
        self.assertEqual(self.stage.open(stranger, [self.stage.ulid()])[0], 404)
        self.assertEqual(self.stage.count(f"pay_order WHERE payer_id = '{stranger.actor_id}'"), 0)

    def test_f47_members_that_are_not_asked_for_are_refused(self):
        payer = self.stage.payer()
        wanted = {"obligation_ids": [self.stage.owe(payer)], "channel": "wechat"}
        for extra in ({"amount_fen": 1}, {"payer_id": payer.actor_id}, {"__proto__": {}},
                      {"account": "other"}):
            status, answer, _ = self.stage.api(payer, "POST", "/orders", {**wanted, **extra},
                                               self.stage.key())
            self.assertEqual(status, 400, (extra, answer))
        for query in ("?amount_fen=1", "?order_no=x"):
            status, _, _ = self.stage.api(payer, "POST", "/orders" + query, wanted,
                                          self.stage.key())
            self.assertEqual(status, 400, query)
        self.assertEqual(self.stage.count(f"pay_order WHERE payer_id = '{payer.actor_id}'"), 0)

    def test_f47_a_wrong_role_is_refused_and_audited(self):
        payer = self.stage.payer()
        fine = self.stage.owe(payer)
        self.set_roles(payer, OFFICER)
        self.assertEqual(self.stage.open(payer, [fine])[0], 403)
        wait_until(lambda: self.refusals(payer.actor_id) == 1, "it is audited")
        self.set_roles(payer, CITIZEN)
        status, answer = self.stage.open(payer, [fine])
        self.assertEqual((status, answer["error"]["code"]), (403, "real_name_required"))
        self.stage.sql(f"DELETE FROM core_session WHERE actor_id = '{payer.actor_id}'")
        self.assertEqual(self.stage.open(payer, [fine])[0], 401)
        self.assertEqual(self.stage.count(f"pay_order WHERE payer_id = '{payer.actor_id}'"), 0)

    def set_roles(self, payer, roles):
        self.stage.sql(f"UPDATE core_session SET roles = {roles}"
                       f"  WHERE actor_id = '{payer.actor_id}'")

    def test_f47_no_door_opens_for_what_belongs_to_another(self):
        for door, path in (("citizens", "/internal/payment/invariants"),
                           ("gateways", "/internal/payment/metrics"),
                           ("citizens", "/notify/wechatpay/1900000109"),
                           ("internal", "/notify/alipay/2021000000000001"),
                           ("citizens", "/simulator/movements"), ("citizens", "/v3/certificates"),
                           ("citizens", "/api/exchange/persons"),
                           ("gateways", "/api/exchange/persons"),
                           ("gateways", "/api/payment/orders"),
                           ("internal", "/api/payment/orders")):
            for method in ("GET", "POST"):
                headers = {"Content-Type": "application/json", "DOOR": "internal",
                           "X-Forwarded-For": "127.0.0.1", "X-Door": "internal"}
                body = "{}" if method == "POST" else None
                status, _, _ = self.stage.ask(door, method, path, body, headers)
                self.assertIn(status, (401, 404, 405), (door, method, path))
                if "internal" in path or "simulator" in path:
                    self.assertEqual(status, 404, (door, method, path))

    # F50

    def test_f50_a_key_is_required_and_belongs_to_one_content_and_one_payer(self):
        payer, other = self.stage.payer(), self.stage.payer()
        fine, more, theirs = self.stage.owe(payer), self.stage.owe(payer), self.stage.owe(other)
        wanted = {"obligation_ids": [fine], "channel": "wechat"}
        key = self.stage.key()
        self.assertEqual(self.refused(payer, wanted, None), (400, "idempotency_key_required"))
        for bad in ("short", "x" * 65, "with blank in it", "'; DROP TABLE--"):
            self.assertEqual(self.refused(payer, wanted, bad)[0], 400, bad)
        first = self.stage.order(payer, [fine], key)
        self.assertEqual(self.stage.order(payer, [fine], key).no, first.no)
        self.assertEqual(self.refused(payer, {**wanted, "obligation_ids": [more]}, key),
                         (422, "idempotency_key_reused"))
        self.assertEqual(self.stage.order(other, [theirs], key).amount_fen, 20000)
        self.assertEqual(self.stage.count(f"pay_order WHERE payer_id = '{payer.actor_id}'"), 1)
        self.stage.pay(first)
        self.stage.wait_for_state(first, "paid")
        status, again = self.stage.open(payer, [fine], key)
        self.assertEqual((status, again["order_no"], again["state"]), (201, first.no, "paid"))

    def refused(self, payer, wanted, key):
        status, answer, _ = self.stage.api(payer, "POST", "/orders", wanted, key)
        return status, answer["error"]["code"]

    def test_f50_a_failure_of_ours_is_not_remembered(self):
        payer, key = self.stage.payer(), self.stage.key()
        fine = self.stage.owe(payer)
        self.stage.fault("http_500", "order", times=1)
        self.assertIn(self.stage.open(payer, [fine], key)[0], (502, 503))
        self.assertEqual(self.stage.open(payer, [fine], key)[0], 201)


if __name__ == "__main__":
    unittest.main(verbosity=2)
