"""Vehicles and licences that are held come back online, through nginx on real processes: insurers,
officers and pounds push, the citizen pays and applies, the pound looks at the code and hands over."""
import datetime
import pathlib
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.platform import BIN  # noqa: E402
from support.story import Story, output  # noqa: E402
from demo_citizens import ZHANG_WEI  # noqa: E402
from demo_facts import decision_no, vin  # noqa: E402
from demo_push import batches  # noqa: E402


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


def moment(seconds=-60):
    at = datetime.datetime.fromtimestamp(story.business_seconds() + seconds, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def push(name, *lines):
    """The report of a batch of one agency."""
    agency = story.agency(name)
    number = uuid.uuid4().hex
    agency.push(number, next(batches({"observed_at": moment()} | line for line in lines)))
    return agency.wait(number, 60)


class Held:
    """A vehicle of 张伟 that was held, as officers and the pound tell of it, with its decision."""

    serial = 31000000

    def __init__(self, reason, **more):
        Held.serial += 1
        self.plate = f"粤BT{Held.serial % 10000:04d}"
        self.vin = vin("LSVAA49J", Held.serial % 10**6)
        self.decision_no = decision_no(Held.serial)
        self.item_no = f"HELD{Held.serial}"
        day = story.day(-20)
        vehicle = {"plate_type": "02", "plate": self.plate}
        push("vehicle", {"type": "vehicle", "vin": self.vin, "owner_id_no": ZHANG_WEI,
                         "registered_on": "2018-05-18", "use_kind": "private"} | vehicle)
        push("traffic", {"type": "street_decision", "decision_no": self.decision_no,
                         "id_no": ZHANG_WEI, "occurred_at": f"{day}T02:00:00.000Z",
                         "place": "红荔路与彩田路路口", "code": "1018", "fine_fen": 10000,
                         "points": 0, "decided_on": day, "served_on": story.day(-10),
                         "officer_no": "012345"} | vehicle)
        self.line = {"type": "held_item", "item_no": self.item_no, "kind": "vehicle",
                     "id_no": ZHANG_WEI, "reason": reason, "decision_no": self.decision_no,
                     "pound": "FT01", "held_on": day, "state": "held"} | vehicle | more
        push("pound", self.line)

    def insure(self, first, last):
        return push("insurer", {"type": "policy", "policy_no": uuid.uuid4().hex.upper(),
                                "vin": self.vin, "valid_from": story.day(first),
                                "valid_to": story.day(last), "state": "in_force"})


class Release(unittest.TestCase):
    def setUp(self):
        self.client = story.client()

    def seen(self, held):
        return next(one for one in self.client.get("/api/violation/held-items")["items"]
                    if one["item_no"] == held.item_no)

    def missing(self, held):
        return {one["code"]: one["message"] for one in self.seen(held)["conditions"]
                if not one["is_met"]}

    def pay(self, obligation):
        self.client.pay(obligation, uuid.uuid4().hex[:12])

    def pay_fine(self, held):
        fine = self.client.wait_for(
            lambda: next(one for one in self.seen(held)["conditions"] if one["code"] == "fine_paid"),
            lambda one: one["obligation_id"])
        self.pay(fine["obligation_id"])
        self.client.wait_for(lambda: self.missing(held), lambda codes: "fine_paid" not in codes)

    def apply(self, held):
        """Status and answer of the submission."""
        form = {"item_no": held.item_no, "plate": held.plate, "fetcher": "张三",
                "fetcher_id_tail": "8014"}
        begun = self.client.post("/api/violation/services/violation.release_vehicle/applications",
                                 form, uuid.uuid4().hex[:12])
        return self.client.ask("POST", f"/api/violation/applications/{begun['id']}/submission",
                               {"ver": begun["ver"]}, uuid.uuid4().hex[:12])

    def refused(self, held):
        status, answer = self.apply(held)
        self.assertEqual(status, 422, answer)
        return [(one["code"], one["values"][-1]) for one in answer["error"]["reasons"]]

    def check(self, order_no):
        """What the pound reads: it is nobody to us."""
        return story.ask("citizens", "GET", f"/api/violation/permits/{order_no}")[1]

    def scanned(self, application):
        """The text of the order, and what its code says."""
        path = f"/api/violation/applications/{application}/paper"
        ask = lambda: story.api("GET", path, token=self.client.token)  # noqa: E731
        status, pdf, _ = self.client.wait_for(ask, lambda answer: answer[0] == 200)
        with tempfile.TemporaryDirectory() as folder:
            paper = pathlib.Path(folder) / "paper.pdf"
            paper.write_bytes(pdf)
            self.assertIn("Signature is Valid", output("pdfsig", "-nocert", paper))
            text = output("pdftotext", "-layout", paper, "-")
            output("pdftoppm", "-png", "-r", "150", "-singlefile", paper, paper.with_suffix(""))
            return text, output("zbarimg", "--quiet", "--raw", "--nodbus", paper.with_suffix(".png"))

    def test_t1_released_on_a_match_and_refused_on_a_lapsed_policy(self):
        held = Held("no_insurance")
        held.insure(-380, -15)
        self.pay_fine(held)
        self.assertEqual(self.refused(held), [("policy_lapsed", story.day(-15))])
        self.assertEqual(self.missing(held), {"policy_valid": "交强险保单已过期"})
        self.assertEqual(held.insure(0, 364)["lines_good"], 1)
        self.assertEqual(self.seen(held)["release_service"], "violation.release_vehicle")
        status, answer = self.apply(held)
        self.assertEqual(status, 200, answer)
        order = self.seen(held)
        self.assertEqual(order["state"], "ordered")
        self.assertEqual(self.check(order["order_no"])["state"], "valid")

    def test_t7_from_the_hold_to_the_gate_without_a_visit(self):
        held = Held("no_insurance", noticed_on=story.day(-6))
        held.insure(-10, 354)
        self.client.wait_for(lambda: self.missing(held).get("fine_paid"),
                             lambda said: said == "罚款尚未缴清")
        self.assertEqual([code for code, _ in self.refused(held)], ["fine_unpaid", "storage_unpaid"])
        self.pay_fine(held)
        shown = self.seen(held)
        self.assertEqual((shown["pound_name"], shown["storage_days"], shown["storage_fen"]),
                         ("福田扣车场", 3, 6000))
        bill = self.client.post(f"/api/violation/held-items/{shown['id']}/storage-bill",
                                {"pickup_on": story.day(1)}, uuid.uuid4().hex[:12])
        self.assertEqual(bill["amount_fen"], 8000)
        self.pay(bill["obligation_id"])
        self.client.wait_for(lambda: self.missing(held), lambda codes: codes == {})
        status, answer = self.apply(held)
        self.assertEqual(status, 200, answer)
        order_no = self.seen(held)["order_no"]
        text, code = self.scanned(answer["id"])
        for word in ("放行通知书", held.plate, held.item_no, order_no):
            self.assertIn(word, text.replace(" ", ""))
        self.assertIn(f"/api/violation/permits/{order_no}", code)
        checked = self.check(order_no)
        self.assertEqual((checked["state"], checked["valid_to"]), ("valid", story.day(1)))
        self.assertNotIn("plate", checked)
        done = {"type": "release_done", "order_no": order_no, "item_no": held.item_no,
                "released_at": moment(-120)}
        self.assertEqual(push("pound", done)["lines_good"], 1)
        self.client.wait_for(lambda: self.check(order_no)["state"], lambda state: state == "used")
        self.assertEqual(self.seen(held)["state"], "returned")
        again = push("pound", done, done | {"released_at": moment(-30)})
        self.assertEqual((again["lines_known"], again["lines_bad"]), (1, 1))
        self.assertEqual(again["faults"][0]["reasons"][0]["code"], "record_differs")
        self.assertEqual(self.check(order_no)["state"], "used")
        proven = story.script("invariants", "--bin", BIN, check=False)
        self.assertEqual(proven.returncode, 0, proven.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
