"""What gateways really sent on a day, run once more: payments by all three, then payment --replay."""
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import demo_client  # noqa: E402
import demo_trip  # noqa: E402
import unionpay_test as browser  # noqa: E402
from support.invariants import Invariants  # noqa: E402
from support.platform import BIN, Platform  # noqa: E402


def setUpModule():
    global platform
    platform = browser.platform = Platform(demo_data=True, CITIZENS_RATE=1000, CITIZENS_BURST=1000)
    platform.__enter__()


def tearDownModule():
    platform.__exit__()


def pay_by_unionpay():
    browser.client = demo_client.Platform(platform.run)
    demo_trip.sign_in(browser.client, "wechat", browser.client.citizens()[0])
    order = browser.open_order("replay-unionpay")
    browser.pay(order)
    browser.wait_until_paid(order)


def open_ends(invariants):
    """Of the payments; and of all that modules tell each other, which stands in a table that is compared."""
    return invariants.unfinished() + platform.sql(
        "SELECT consumer, kind, COUNT(*) FROM event WHERE state <> 'done' GROUP BY consumer, kind")


def wait_until_quiet(invariants, seconds=120):
    until = time.monotonic() + seconds
    while found := open_ends(invariants):
        if time.monotonic() > until:
            raise AssertionError(f"not quiet after {seconds} s: {found}")
        time.sleep(0.2)


def replay(*words):
    settings = platform.run / "settings/payment.env"
    return subprocess.run([BIN / "payment", "--replay", *words], timeout=120,
                          env={"SETTINGS_FILE": str(settings)}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def state_of_the_platform():
    """All that a callback writes. Bills come in meanwhile; what they move is not looked at."""
    return (platform.sql("CHECKSUM TABLE callback_inbox, event, ledger_entry, ledger_txn, money_fact,"
                         " obligation, pay_attempt, pay_order, pay_order_item, refund, settlement")
            + platform.sql("SELECT COUNT(*) FROM state_move WHERE machine <> 'bill'")
            + platform.sql("SELECT COUNT(*) FROM payment_audit WHERE act LIKE '%\\_recorded'"))


def callbacks():
    return platform.sql("SELECT gateway, COUNT(*) FROM callback_inbox GROUP BY gateway"
                        " ORDER BY gateway")


class ADay(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        demo = platform.script("demo", check=False)
        if demo.returncode != 0:
            raise AssertionError(demo.stdout)
        pay_by_unionpay()
        cls.invariants = Invariants(platform)
        wait_until_quiet(cls.invariants)

    def test_1_makes_the_same_of_the_callbacks_of_all_gateways(self):
        kept = callbacks()
        self.assertEqual([row[0] for row in kept], ["alipay", "unionpay", "wechatpay"])
        count = sum(int(row[1]) for row in kept)
        before = state_of_the_platform()
        done = replay("today")
        self.assertEqual(done.stdout, f"{count} callbacks, 0 differ\n", done.stderr)
        self.assertEqual(done.returncode, 0)
        self.assertEqual(state_of_the_platform(), before)
        self.assertEqual(platform.sql("SHOW DATABASES LIKE 'tongban_replay%'"), [])

    def test_2_what_is_kept_is_sealed_and_opens_in_its_place_alone(self):
        self.assertEqual(self.invariants.violations(), {})

    def test_3_tells_what_differs_and_exits_by_it(self):
        fact = platform.sql("SELECT fact_id FROM callback_inbox WHERE gateway = 'alipay'")[0][0]
        change = "UPDATE money_fact SET amount_fen = amount_fen %s 1 WHERE id = '%s'"
        platform.sql(change % ("+", fact))
        done = replay("today")
        platform.sql(change % ("-", fact))
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stdout, r"^[0-9A-Z]{26} alipay: amount in fen was \d+, is now \d+\n"
                                      r"\d+ callbacks, 1 differ\n$")
        self.assertEqual(replay("today").returncode, 0)

    def test_4_is_called_wrongly(self):
        for words in ((), ("tomorrow",), ("today", "--send")):
            done = replay(*words)
            self.assertEqual((done.returncode, done.stdout), (2, ""), words)
            self.assertIn("YYYY-MM-DD", done.stderr)


if __name__ == "__main__":
    unittest.main()
