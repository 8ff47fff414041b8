"""A payment in a browser, from the outside: the platform's page, the gateway's page, the way back.

Both sides of the wire are real processes here, each with a cryptography of its own."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import demo_client  # noqa: E402
import demo_trip  # noqa: E402
from support.forms import Form  # noqa: E402
from support.platform import Platform  # noqa: E402


opened = set()  # violations; the case is closed a moment after the payment


def setUpModule():
    global platform, client
    platform = Platform(demo_data=True, CITIZENS_RATE=1000, CITIZENS_BURST=1000)
    platform.__enter__()
    client = demo_client.Platform(platform.run)
    demo_trip.sign_in(client, "wechat", client.citizens()[0])


def tearDownModule():
    platform.__exit__()


def submit(door, form):
    status, page, _ = platform.ask(door, "POST", form.action, *form.sent())
    return status, page.decode()


def open_order(key):
    """For what the citizen owes already, or for the next thing that he confirms now."""
    items = [one for one in client.get("/api/violation/violations")["items"]
             if one["id"] not in opened]
    chosen = next((one for one in items if one["state"] == "decided"), None) or next(
        one for one in items if one["state"] == "open" and one["amount_due_fen"] <= 20000)
    opened.add(chosen["id"])
    obligation = chosen.get("obligation_id") or demo_trip.confirm(client, chosen)
    return client.post("/api/payment/orders", {"obligation_ids": [obligation],
                                               "channel": "unionpay"}, key=key)


def browse(order):
    status, page, headers = platform.ask("citizens", "GET", order["pay_url"])
    return status, page.decode(), headers


def pay(order):
    """To the gateway and a click there; what the gateway shows then."""
    status, page = submit("simulator", Form(browse(order)[1]))
    assert status == 200 and "<form" in page, page
    status, page = submit("simulator", Form(page))
    assert status == 200 and "支付成功" in page, page
    return page


def wait_until_paid(order, seconds=60):
    return client.wait_for(lambda: client.get(f"/api/payment/orders/{order['order_no']}"),
                           lambda seen: seen["state"] == "paid", seconds)


class ABrowser(unittest.TestCase):
    def test_1_pays_at_unionpay_and_comes_back(self):
        client.internal("POST", "/simulator/faults",
                        {"gateway": "unionpay", "operation": "query", "fault": "http_500"})
        self.addCleanup(client.internal, "DELETE", "/simulator/faults")  # asking is not faster here
        order = open_order("up-story-1")
        status, page, headers = browse(order)
        self.assertEqual(status, 200)
        self.assertIn("script-src 'nonce-", headers["Content-Security-Policy"])
        self.assertEqual(headers["Referrer-Policy"], "no-referrer")
        shown = pay(order)
        wait_until_paid(order)
        status, page = submit("gateways", Form(shown))
        self.assertEqual(status, 200)
        self.assertIn("以系统显示的结果为准", page)
        self.assertEqual(browse(order)[0], 409)
        mine = platform.sql("SELECT gateway_no, amount_fen, proof FROM money_fact"
                            " WHERE gateway = 'unionpay'")
        theirs = client.internal("GET", "/simulator/movements")["items"]
        self.assertEqual(mine, [[one["gw_id"], str(one["amount_fen"]), "notify"] for one in theirs])

    def test_2_is_found_by_a_query_when_nobody_told(self):
        client.internal("POST", "/simulator/faults",
                        {"gateway": "unionpay", "operation": "callback", "fault": "missing"})
        order = open_order("up-story-2")
        pay(order)
        wait_until_paid(order, 120)
        self.assertEqual(platform.sql("SELECT COUNT(*) FROM money_fact"
                                      " WHERE gateway = 'unionpay' AND proof = 'query'"), [["1"]])


if __name__ == "__main__":
    unittest.main()
