"""The main journey from the outside, through nginx on real processes: what scripts/demo shows, and
what a citizen would try besides."""
import pathlib
import re
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import demo_client  # noqa: E402
import demo_trip  # noqa: E402
from support.platform import BIN, Platform  # noqa: E402


def setUpModule():
    global platform, demo
    platform = Platform(demo_data=True, CITIZENS_RATE=1000, CITIZENS_BURST=1000)
    platform.__enter__()
    demo = platform.script("demo", check=False)


def tearDownModule():
    platform.__exit__()


def citizen(channel="wechat", index=0):
    client = demo_client.Platform(platform.run)
    person = client.citizens()[index]
    code = client.login_code(channel, person)
    client.token = client.post(f"/api/identity/{channel}/sessions", {"code": code})["token"]
    return client


def read_code(client, path):
    """What a scanner that is not ours reads from the picture."""
    asked = urllib.request.Request(f"{client.citizens_url}{path}/code.png",
                                   headers={"Authorization": f"Bearer {client.token}"})
    with urllib.request.urlopen(asked, context=client.trust, timeout=30) as answer:
        picture = answer.read()
    done = subprocess.run(["zbarimg", "--quiet", "--raw", "--nodbus", "png:-"], input=picture,
                          stdout=subprocess.PIPE, check=True)
    return done.stdout.decode().strip()


class TheDemonstration(unittest.TestCase):
    def test_it_makes_the_trip_with_both_gateways(self):
        self.assertEqual(demo.returncode, 0, demo.stdout)
        for words in ("已认证： *伟", "处罚决定书", "支付通知已验签入账", "已关联： *提",
                      "案件已办结：开车使用手持电话", "账目不变量： 全部成立"):
            self.assertIn(words, demo.stdout)

    def test_its_wrong_turns_are_refused_in_words(self):
        for words in ("409 登录凭证已被使用", "403 请先完成实名认证", "409 请先阅读处罚告知",
                      "422 请在对应的小程序内选择该支付方式", "409 该款项已缴清"):
            self.assertIn(words, demo.stdout)

    def test_every_payment_is_a_movement_of_the_gateways_and_no_other(self):
        mine = platform.sql("SELECT gateway_no, amount_fen FROM money_fact ORDER BY gateway_no")
        theirs = platform.ask("internal", "GET", "/simulator/movements")[1]["items"]
        self.assertGreaterEqual(len(mine), 2)
        self.assertEqual(mine, sorted([one["gw_id"], str(one["amount_fen"])] for one in theirs))

    def test_the_invariants_hold_after_it_and_name_what_a_hand_changed(self):
        held = self.invariants(check=False)
        self.assertEqual((held.returncode, held.stdout.splitlines()[-1]), (0, "all hold"),
                         held.stdout)
        one = platform.sql("SELECT MIN(id) FROM money_fact")[0][0]
        platform.sql(f"UPDATE money_fact SET amount_fen = amount_fen + 1 WHERE id = '{one}'")
        broken = self.invariants(check=False)
        told = self.told_of_violations()
        platform.sql(f"UPDATE money_fact SET amount_fen = amount_fen - 1 WHERE id = '{one}'")
        self.assertEqual(broken.returncode, 1, broken.stdout)
        self.assertRegex(broken.stdout, r"(?m)^M\d+ +[1-9]\d*$")
        self.assertGreater(told, 0)
        self.invariants()
        self.assertEqual(self.told_of_violations(), 0)

    def invariants(self, check=True):
        return platform.script("invariants", "--bin", BIN, check=check)

    def told_of_violations(self):
        """As readyz and the metrics both tell it."""
        ready = platform.ask("internal", "GET", "/internal/payment/readyz")[1].decode()
        number = re.search(r"(?m)^violations_of_all (\d+) at 20\d\d-\S+Z$", ready)[1]
        metrics = platform.ask("internal", "GET", "/internal/payment/metrics")[1].decode()
        self.assertIn(f'tongban_violations{{service="payment",of="all"}} {number}\n', metrics)
        return int(number)

    def test_a_second_demonstration_says_what_is_left(self):
        again = platform.script("demo", check=False)
        self.assertEqual(again.returncode, 0, again.stdout)


class ACitizen(unittest.TestCase):
    def test_sees_every_fen_of_a_fine_that_is_late_explained(self):
        client = citizen()
        late = next(one for one in client.get("/api/violation/violations")["items"]
                    if one["title"] == "逆向行驶")
        seen = client.get(f"/api/violation/violations/{late['id']}")
        self.assertEqual(seen["surcharge_fen"], seen["fine_fen"] * 3 * seen["late_days"] // 100)
        self.assertEqual(seen["amount_due_fen"], seen["fine_fen"] + seen["surcharge_fen"])

    def test_is_told_which_step_of_an_officer_a_large_fine_needs(self):
        client = citizen()
        large = next(one for one in client.get("/api/violation/violations")["items"]
                     if one["amount_due_fen"] > 20000 and one["state"] == "open")
        path = f"/api/violation/violations/{large['id']}"
        client.post(path + "/announcement", {}, key="large-told")
        status, body = client.ask("POST", path + "/confirmation", demo_trip.CONFIRMED,
                                  key="large-confirmed")
        self.assertIn(status, (409, 422), body)
        self.assertEqual(platform.sql("SELECT COUNT(*) FROM obligation WHERE base_fen > 100000"),
                         [["0"]])

    def test_finds_nothing_of_what_concerns_others(self):
        mine = citizen().get("/api/violation/violations")["items"]
        other = citizen("alipay", 1)
        for one in mine:
            for method, path in (("GET", ""), ("POST", "/announcement"),
                                 ("POST", "/confirmation")):
                body = None if method == "GET" else demo_trip.CONFIRMED
                status, _ = other.ask(method, f"/api/violation/violations/{one['id']}{path}",
                                      body if path == "/confirmation" else None, key="not-mine-1")
                self.assertEqual(status, 404)

    def test_t6_pays_by_a_code_that_any_phone_scans(self):
        client = citizen()
        owed = next(one for one in client.get("/api/violation/violations")["items"]
                    if one["obligation_id"] and one["amount_due_fen"] > 0)
        for channel, gateway, text in (("wechat_native", "wechatpay", "code_url"),
                                       ("alipay_precreate", "alipay", "qr_code")):
            order = client.post("/api/payment/orders", {
                "obligation_ids": [owed["obligation_id"]], "channel": channel}, key=channel)
            path = f"/api/payment/orders/{order['order_no']}"
            self.assertEqual(read_code(client, path), order[text])
        number = platform.sql("SELECT MAX(id) FROM pay_attempt WHERE order_id ="
                              f" '{order['order_no']}'")[0][0]
        client.internal("POST", f"/simulator/orders/{gateway}/{number}/pay", {})
        client.wait_for(lambda: client.get(path + "/state"), lambda seen: seen["state"] == "paid", 60)
        self.assertEqual(client.ask("GET", path + "/code.svg")[0], 409)
        receipt = client.get(path + "/receipt")
        self.assertEqual(receipt["amount_fen"], order["amount_fen"])
        one, stranger = receipt["items"][0], demo_client.Platform(platform.run)
        seen = stranger.get(f"/api/payment/receipts/{one['receipt_no']}?code={one['code']}")
        self.assertEqual((seen["amount_fen"], seen["state_text"]), (one["amount_fen"], "有效"))
        # The case is closed a moment after; until then a second demonstration would take it for owed.
        case = "/api/violation/violations/" + owed["id"]
        client.wait_for(lambda: client.get(case), lambda seen: seen["state"] == "paid", 60)

    def test_signs_out_everywhere_and_is_a_stranger_then(self):
        here, there = citizen(), citizen()
        self.assertEqual(here.ask("DELETE", "/api/identity/sessions")[0], 200)
        self.assertEqual(there.ask("GET", "/api/identity/me")[0], 401)


if __name__ == "__main__":
    unittest.main()
