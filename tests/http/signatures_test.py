"""A decision on a phone: read, signed by hand, countersigned, paid by a code; and on an officer's tablet."""
import hashlib
import pathlib
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.story import Story, output  # noqa: E402
from demo_trip import CONFIRMED  # noqa: E402

STROKES = "100,900,0 600,200,20 1100,900,40;300,600,60 900,600,80;1400,200,90 1400,950,110"


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


class Signatures(unittest.TestCase):
    def setUp(self):
        self.client = story.client()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def decided(self):
        """The path of a violation that was just confirmed, and its decision."""
        client, key = self.client, uuid.uuid4().hex[:12]
        case = next(one for one in client.get("/api/violation/violations?state=open")["items"]
                    if 0 < one["amount_due_fen"] <= 20000)
        path = f"/violations/{case['id']}"
        client.post("/api/violation" + path + "/announcement", {}, key)
        return path, client.post("/api/violation" + path + "/confirmation",
                                 CONFIRMED, key)

    def paper(self, path, token=None):
        status, pdf, headers = story.api("GET", path, token=token or self.client.token)
        self.assertEqual((status, pdf[:5]), (200, b"%PDF-"))
        self.assertEqual(headers["Content-Type"], "application/pdf")
        return pdf

    def text_of(self, pdf):
        (self.folder / "paper.pdf").write_bytes(pdf)
        text = output("pdftotext", "-layout", str(self.folder / "paper.pdf"), "-")
        return "".join(text.split())

    def assert_signed(self, pdf):
        (self.folder / "paper.pdf").write_bytes(pdf)
        report = output("pdfsig", "-nocert", str(self.folder / "paper.pdf"))
        self.assertIn("Signature is Valid.", report)
        self.assertIn("Total document signed", report)

    def signature(self, pdf):
        return {"document_sha256": hashlib.sha256(pdf).hexdigest(), "strokes": STROKES,
                "device": "iPhone 15, WeChat 8.0"}

    def pay(self, decision, channel, gateway, path):
        order = self.client.post("/api/payment/orders", {
            "obligation_ids": [decision["obligation_id"]], "channel": channel}, channel + "-key")
        number = story.sql("SELECT MAX(id) FROM pay_attempt WHERE order_id ="
                           f" '{order['order_no']}'")[0][0]
        self.client.internal("POST", f"/simulator/orders/{gateway}/{number}/pay", {})
        self.client.wait_for(lambda: self.client.get("/api/violation" + path),
                             lambda seen: seen["state"] == "paid")

    def test_t6_a_decision_is_read_signed_by_hand_and_paid_by_a_wechat_code(self):
        path, decision = self.decided()
        pdf = self.paper(f"/api/violation{path}/decision.pdf")
        self.assert_signed(pdf)
        text = self.text_of(pdf)
        for expected in ("公安交通管理行政处罚决定书", decision["decision_no"], self.client.person["name"], "行政复议",
                         "电子送达至当事人实名认证的本人账户", "行政诉讼", "加处罚款", "至" + decision["due_on"], "图像资料的SHA-256"):
            self.assertIn(expected, text)
        self.assertIn("第一百零七条", text)
        self.assertNotIn("笔迹", text)
        signature = self.signature(pdf)
        status, answer, _ = story.api("POST", f"/api/violation{path}/signature",
                                      {**signature, "document_sha256": "0" * 64}, self.client.token)
        self.assertEqual((status, answer["error"]["code"]), (422, "paper_is_other"))
        status, made, _ = story.api("POST", f"/api/violation{path}/signature", signature,
                                    self.client.token)
        self.assertEqual(status, 201, made)
        signed = self.paper(f"/api/violation{path}/signed-decision.pdf")
        self.assertEqual(hashlib.sha256(signed).hexdigest(), made["signed_sha256"])
        self.assert_signed(signed)
        text = self.text_of(signed)
        for expected in ("被处罚人签名", made["document_sha256"],
                         hashlib.sha256(STROKES.encode()).hexdigest()):
            self.assertIn(expected, text)
        status, state, _ = story.api("GET", "/api/violation/decisions/" + decision["decision_no"])
        self.assertEqual((status, state["state"]), (200, "stands"))
        self.pay(decision, "wechat_native", "wechatpay", path)

    def confirmed(self):
        """The path of a violation whose fine is above the simple procedure, confirmed."""
        client, key = self.client, uuid.uuid4().hex[:12]
        case = next(one for one in client.get("/api/violation/violations")["items"]
                    if one["state"] in ("open", "announced") and one["amount_due_fen"] >= 200000)
        path = f"/violations/{case['id']}"
        client.post("/api/violation" + path + "/announcement", {}, key)
        status, answer = client.ask("POST", "/api/violation" + path + "/confirmation",
                                    {"statement": "none"}, key)  # served on the tablet
        self.assertEqual((status, answer["error"]["code"]), (422, "officer_step_missing"))
        return path, case

    def told(self, kind, about, word):
        """The app shows a notice of that kind, with that word in it."""
        found = self.client.wait_for(
            lambda: [one for one in self.client.get("/api/notice/notices?limit=100")["items"]
                     if (one["kind"], one["about"]) == (kind, about)], len)
        self.assertIn(word, found[0]["text"])

    def act(self, path, what, officer, **body):
        return story.api("POST", f"/api/violation/office{path}/{what}", body, story.officer(officer))[:2]

    def decided_by_two(self):
        """By the general procedure, the hearing waived; the path and the decision."""
        path, case = self.confirmed()
        waiting = story.api("GET", "/api/violation/office/violations",
                            token=story.officer("futian-desk"))[1]["items"]
        self.assertIn((case["id"], "propose"), [(one["id"], one["step"]) for one in waiting])
        status, shown = self.act(path, "proposal", "futian-desk", findings="测速记录和图像清晰",
                                 fine_fen=case["fine_fen"], points=case["points"])
        self.assertEqual((status, shown["step"]), (200, "await_choice"))
        status, answer = self.act(path, "approval", "futian-lead")
        self.assertEqual((status, answer["error"]["code"]), (409, "not_this_step_now"))
        told = self.client.get(f"/api/violation{path}/proposal")
        self.assertEqual(told["proposed_fen"], case["fine_fen"])
        self.told("penalty_proposed", case["id"], told["answer_until"].split("-")[2].lstrip("0") + "日前")
        self.client.post(f"/api/violation{path}/hearing-choice", {"choice": "waived"}, "waived-key")
        status, answer = self.act(path, "approval", "futian-desk")
        self.assertEqual((status, answer["error"]["code"]), (403, "same_officer"))
        status, shown = self.act(path, "approval", "futian-lead")
        self.assertEqual(status, 200, shown)
        return path, self.client.get("/api/violation" + path)

    def test_t6_a_large_fine_by_two_officers_is_signed_on_a_tablet_and_paid_by_an_alipay_code(self):
        path, decision = self.decided_by_two()
        officer = story.officer("futian-desk")
        pdf = self.paper(f"/api/violation/office{path}/decision.pdf", officer)
        text = self.text_of(pdf)
        for expected in ("一般程序", "当面交付或者邮寄送达", "处罚法（2021年修订）第五十七条", "程序规定第五十条、第五十一条"):
            self.assertIn(expected, text)
        self.assertNotIn("第一百零七条", text)
        signature = {**self.signature(pdf), "device": "窗口平板 07"}
        status, answer = self.act(path, "signature", "futian-desk", **signature, identity_checked=False)
        self.assertEqual((status, answer["error"]["code"]), (422, "identity_unchecked"))
        status, made = self.act(path, "signature", "futian-desk", **signature, identity_checked=True)
        self.assertEqual(status, 201, made)
        signed = self.paper(f"/api/violation/office{path}/signed-decision.pdf", officer)
        self.assert_signed(signed)
        self.assertIn("民警平板", self.text_of(signed))
        self.assertEqual(self.paper(f"/api/violation{path}/signed-decision.pdf"), signed)
        ways = story.api("GET", f"/api/violation/office{path}/services", token=officer)[1]["items"]
        self.assertIn("signed", [one["how"] for one in ways])
        self.pay(decision, "alipay_precreate", "alipay", path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
