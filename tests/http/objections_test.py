"""An objection from the phone to the money that came back, through nginx on real processes."""
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.story import Desk, Story  # noqa: E402
from demo_trip import CONFIRMED  # noqa: E402


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


class Objections(unittest.TestCase):
    def setUp(self):
        self.client = story.client()

    def paid(self):
        """A violation that was confirmed and paid, and the number of the order."""
        client, key = self.client, uuid.uuid4().hex[:12]
        case = next(one for one in client.get("/api/violation/violations?state=open")["items"]
                    if one["amount_due_fen"] <= 20000)
        path = f"/api/violation/violations/{case['id']}"
        client.post(path + "/announcement", {}, key)
        decided = client.post(path + "/confirmation", CONFIRMED, key)
        order = client.pay(decided["obligation_id"], key)
        client.wait_for(lambda: client.get(path), lambda seen: seen["state"] == "paid")
        return path, order["order_no"]

    def object_to(self, path):
        form = {"violation_id": path.rsplit("/", 1)[1], "ground": "号牌识别错误，不是本车",
                "statement": "当天车在车库", "contact": "13800138000"}
        begun = self.client.post("/api/violation/services/violation.objection/applications", form,
                                 uuid.uuid4().hex[:12])
        self.client.post(f"/api/violation/applications/{begun['id']}/submission",
                         {"ver": begun["ver"]}, uuid.uuid4().hex[:12])
        return begun["id"]

    def step(self, order_no):
        refunds = self.client.get(f"/api/payment/orders/{order_no}/refunds")["items"]
        return refunds[0]["step"] if refunds else None

    def agree(self, officer, number, act):
        status, answer, _ = story.api("POST", f"/api/payment/refunds/{number}/{act}", {},
                                      story.officer(officer))
        return status, answer

    def test_t8_what_was_paid_for_a_wrong_decision_comes_back_and_each_step_is_seen(self):
        path, order_no = self.paid()
        application = self.object_to(path)
        desk = Desk(story, "city-desk", "violation", application)
        self.assertEqual(desk.do("acceptance")[0], 200)
        status, shown = desk.do("approval", reason="经核查，图像中的车辆不是粤B号牌所属车辆")
        self.assertEqual(status, 200, shown)
        seen = self.client.get(path)
        self.assertEqual((seen["state"], seen["amount_due_fen"]), ("withdrawn", 0))
        self.assertEqual(seen["withdrawn_because"], "号牌识别错误，不是本车")
        told = self.client.wait_for(lambda: self.step(order_no), lambda step: step is not None)
        refund = self.client.get(f"/api/payment/orders/{order_no}/refunds")["items"][0]
        self.assertIn("待", told)
        number = refund["refund_no"]
        self.assertEqual(self.agree("finance-a", number, "review")[0], 200)
        status, answer = self.agree("finance-a", number, "approval")
        self.assertEqual((status, answer["error"]["code"]), (409, "same_person"))
        for _ in range(3):
            self.assertEqual(self.agree("finance-b", number, "approval")[0], 200)
        self.client.wait_for(lambda: self.step(order_no), lambda step: step == "已退回原支付账户")
        made = [one for one in self.client.internal("GET", "/simulator/refunds")["items"]
                if one["out_refund_no"] == number]
        self.assertEqual([one["amount_fen"] for one in made], [refund["amount_fen"]])
        history = self.client.get(f"/api/violation/applications/{application}")["history"]
        self.assertIn("受理", [one["act"] for one in history])

    def test_t8_what_is_in_dispute_rests_and_a_refusal_says_why(self):
        case = self.client.get("/api/violation/violations?state=open")["items"][-1]
        path = f"/api/violation/violations/{case['id']}"
        application = self.object_to(path)
        status, answer = self.client.ask("POST", path + "/announcement", {}, uuid.uuid4().hex[:12])
        self.assertEqual((status, answer["error"]["code"]), (409, "disputed"))
        seen = self.client.get(path)
        self.assertEqual((seen["dispute_id"], seen["next_step"]), (application, "rest"))
        desk = Desk(story, "city-desk", "violation", application)
        self.assertEqual(desk.do("acceptance")[0], 200)
        self.assertEqual(desk.do("refusal", reason="图像清晰，车辆和号牌一致")[0], 200)
        shown = self.client.get(f"/api/violation/applications/{application}")
        self.assertEqual(shown["state"], "refused")
        self.assertIn("图像清晰", shown["history"][-1]["reason"])
        self.client.post(path + "/announcement", {}, uuid.uuid4().hex[:12])


if __name__ == "__main__":
    unittest.main(verbosity=2)
