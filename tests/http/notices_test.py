"""What a citizen is told, from the agency's push and the officer's click to the phone, through nginx on
real processes, with WeChat and the SMS platform played by the simulator."""
import datetime
import os
import pathlib
import signal
import sys
import time
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.platform import BIN  # noqa: E402
from support.story import Story  # noqa: E402
import demo_citizens  # noqa: E402
import demo_push  # noqa: E402
from demo_trip import CONFIRMED  # noqa: E402

PHONE = "13800138000"
TEMPLATES = ("tongban-violation-new", "tongban-decision-made")
CHINA = datetime.timezone(datetime.timedelta(hours=8))


def setUpModule():
    global story, city
    story = Story()
    story.demo_data = False  # the fixed ones will do: nobody waits for what 300 others are told
    story.__enter__()
    story.script("demo-data", "0")
    story.take_in()
    city = City()


def tearDownModule():
    story.__exit__()


def until(look, what, seconds=60):
    end = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > end:
            raise AssertionError(f"gave up waiting for {what}; notice says:\n"
                                 + story.log("notice")[-3000:])
        time.sleep(0.05)
    return seen


class City:
    """The agency of the cameras, the phone of 张伟, the clock, and the processes of the module."""

    def __init__(self):
        self.records = 500
        story.reload("notice", LEASE_S=5, JOBS_POLL_MS=50, SMS_MS=20000)
        self.sign_in()
        code = self.phone.internal("POST", "/simulator/wechat/phone-codes",
                                   {"openid": self.openid()})["code"]
        self.phone.post("/api/identity/phone", {"code": code})

    def sign_in(self):
        person = {"name": "张伟", "id_no": demo_citizens.ZHANG_WEI}
        self.phone = story.client(person)
        self.phone.internal("POST", "/simulator/wechat/citizens",
                            {"openid": self.openid(), "phone": PHONE})

    def openid(self):
        return self.phone.openid("wechat", self.phone.person)

    def kill_workers(self):
        for pid in story.children("notice"):
            os.kill(pid, signal.SIGKILL)

    def record(self, code="1352"):
        """A camera's record of 张伟's car, pushed and taken in; the id of the case."""
        self.records += 1
        line = demo_citizens.camera(story.midnight(3), self.records, "02", "粤B12345", code,
                                    "深南大道由东向西市民中心段", 69, 60)
        story.push("traffic", [line])
        return until(lambda: [one[0] for one in story.sql(
            "SELECT id FROM violation_case WHERE source_no = '%s'" % line["record_no"])],
            "the case")[0]

    def consent(self, *templates):
        """The mini program asks, the user accepts, and it says so."""
        for template in templates:
            self.phone.internal("POST", "/simulator/wechat/consents",
                                {"openid": self.openid(), "template_id": template, "count": 1})
        self.phone.post("/api/notice/subscriptions", {"accepted": list(templates)},
                        uuid.uuid4().hex[:12])

    def choose(self, group, channel):
        self.phone.post("/api/notice/preferences", {"group": group, "channel": channel},
                        uuid.uuid4().hex[:12])

    def fault(self, fault, gateway, **more):
        self.phone.internal("POST", "/simulator/faults", {
            "fault": fault, "gateway": gateway, "operation": "message", "times": 1, **more})

    def messages(self, receiver=None):
        return self.phone.internal("GET", "/simulator/messages"
                                   + (f"?receiver={receiver}" if receiver else ""))["items"]

    def told(self, kind, about):
        """The notice in the app, once its sending is over."""
        def look():
            items = self.phone.get("/api/notice/notices?limit=100")["items"]
            return [one for one in items if (one["kind"], one["about"]) == (kind, about)
                    and one["sent_text"] != "正在发送"]
        return until(look, f"{kind} of {about}", 60)[0]

    def is_quiet(self):
        """Nothing is on its way, nor told to violation, which would tell more."""
        return story.sql("SELECT (SELECT COUNT(*) FROM notice_message WHERE done_at IS NULL) +"
                         " (SELECT COUNT(*) FROM event WHERE consumer IN ('notice', 'violation')"
                         " AND state <> 'done')") == [["0"]]

    def move_to(self, day, hour):
        """The business clock of all processes, forward to that hour in China."""
        now = datetime.datetime.fromtimestamp(story.business_seconds(), CHINA)
        wanted = datetime.datetime.combine(day, datetime.time(hour, 5), CHINA)
        offset = int((story.run / "clock").read_text())
        text = b"%-31d\n" % (offset + int((wanted - now).total_seconds() * 1000))
        with open(story.run / "clock", "r+b") as file:
            file.write(text)
        self.sign_in()

    def move_to_daytime(self):
        """SMS wait at night."""
        now = datetime.datetime.fromtimestamp(story.business_seconds(), CHINA)
        if not 9 <= now.hour < 17:
            self.move_to(now.date() + datetime.timedelta(days=now.hour >= 17), 10)


class Notices(unittest.TestCase):
    def setUp(self):
        city.move_to_daytime()
        city.phone.internal("DELETE", "/simulator/faults")
        until(city.is_quiet, "what the demo data told", 120)
        self.before = city.messages()
        self.choose_all("wechat_sms")

    def choose_all(self, channel):
        for group in ("case", "money"):
            city.choose(group, channel)

    def new_messages(self):
        return city.messages()[len(self.before):]

    def decide(self, case):
        path, key = f"/api/violation/violations/{case}", uuid.uuid4().hex[:12]
        city.phone.post(path + "/announcement", {}, key)
        return city.phone.post(path + "/confirmation", CONFIRMED, key)

    def test_1_a_violation_a_decision_and_what_is_due_reach_the_phone_once(self):
        city.consent(*TEMPLATES)
        case = city.record()
        notice = city.told("violation_new", case)
        self.assertEqual(notice["sent_text"], "已通过微信发送")
        decided = self.decide(case)
        self.assertEqual(city.told("decision_made", case)["sent_text"], "已通过微信发送")
        shown = self.new_messages()
        self.assertEqual([(one["channel"], one["receiver"], one["template"]) for one in shown],
                         [("wechat", city.openid(), template) for template in TEMPLATES])
        self.assertIn("粤B1**45", shown[0]["content"])
        for one in shown:
            for word in ("张伟", "粤B12345", "深南大道", demo_citizens.ZHANG_WEI):
                self.assertNotIn(word, one["content"])

        due = datetime.date.fromisoformat(
            city.phone.get(f"/api/violation/violations/{case}")["due_on"])
        city.move_to(due - datetime.timedelta(days=3), 9)
        self.assertEqual(city.told("fine_due_soon", case)["sent_text"], "已通过短信发送")
        city.move_to(due + datetime.timedelta(days=1), 9)
        city.told("surcharge_starts", case)
        texts = [one["content"] for one in self.new_messages() if one["channel"] == "sms"
                 and f"{decided['fine_fen'] // 100}.00元" in one["content"]]
        self.assertEqual(len(texts), 2, texts)
        for text in texts:
            self.assertTrue(text.startswith("【深圳交警】"))
        self.pay_and_return(case, decided["obligation_id"])

    def pay_and_return(self, case, obligation):
        phone, key = city.phone, uuid.uuid4().hex[:12]
        order = phone.pay(obligation, key)
        phone.wait_for(lambda: phone.get(f"/api/violation/violations/{case}"),
                       lambda seen: seen["state"] == "paid")
        story.officers.clear()
        status, refund, _ = story.api("POST", "/api/payment/refunds", {
            "order_no": order["order_no"], "amount_fen": order["amount_fen"], "note": "办案错误"},
            story.officer("finance-a"))
        self.assertEqual(status, 201, refund)
        status, answer, _ = story.api(
            "POST", f"/api/payment/refunds/{refund['refund_no']}/approval", {},
            story.officer("finance-b"))
        self.assertEqual(status, 200, answer)

        def texts():
            return [one["text"] for one in phone.get("/api/notice/notices?limit=100")["items"]
                    if one["about"] == order["order_no"]]
        until(lambda: len(texts()) == 2, "two steps of the refund")
        self.assertIn("已退回原支付账户", texts()[0])
        self.assertIn("已复核同意", texts()[1])

    def test_2_each_choice_is_honoured(self):
        city.consent(TEMPLATES[0])
        city.choose("case", "none")
        notice = city.told("violation_new", city.record())
        self.assertEqual((notice["sent_text"], notice["wechat"], notice["sms"]),
                         ("仅在小程序内显示", None, None))
        self.assertEqual(self.new_messages(), [])
        city.choose("case", "sms")
        city.told("violation_new", city.record())
        self.assertEqual([(one["channel"], one["receiver"]) for one in self.new_messages()],
                         [("sms", PHONE)])
        city.choose("case", "wechat")
        self.assertEqual(city.told("violation_new", city.record())["wechat"], "sent")
        self.assertEqual(city.told("violation_new", city.record())["wechat"], "failed")
        self.assertEqual(len(self.new_messages()), 2)

    def test_3_wechat_refuses_a_token_and_a_user_and_is_believed(self):
        city.consent(TEMPLATES[0])
        city.fault("token_expired", "wechat")
        self.assertEqual(city.told("violation_new", city.record())["wechat"], "sent")
        city.consent(TEMPLATES[0])
        city.fault("refused", "wechat")
        notice = city.told("violation_new", city.record())
        self.assertEqual((notice["wechat"], notice["sms"]), ("failed", "sent"))
        offers = city.phone.get("/api/notice/subscriptions")["items"]
        self.assertEqual([one["remaining"] for one in offers
                          if one["template_id"] == TEMPLATES[0]], [0])

    def test_4_an_answer_that_is_lost_sends_nothing_a_second_time(self):
        city.consent(TEMPLATES[0])
        city.fault("lost_answer", "wechat")
        notice = city.told("violation_new", city.record())
        self.assertEqual((notice["wechat"], notice["sms"]), ("given_up", None))
        city.choose("case", "sms")
        city.fault("lost_answer", "sms")
        case = city.record()
        until(lambda: "no_answer" in story.log("notice").rsplit("violation", 1)[-1]
              or len(self.new_messages()) == 2, "the SMS without its answer")
        self.move_on_until(lambda: self.is_sent(case))
        self.assertEqual([(one["channel"], one["asked"]) for one in self.new_messages()],
                         [("wechat", 1), ("sms", 2)])

    def is_sent(self, case):
        return [one for one in city.phone.get("/api/notice/notices?limit=100")["items"]
                if one["about"] == case and one["sms"] == "sent"]

    def move_on_until(self, look):
        """A repetition is due some seconds later by the business clock."""
        end = time.monotonic() + 60
        while not look():
            self.assertLess(time.monotonic(), end, story.log("notice")[-3000:])
            text = b"%-31d\n" % (int((story.run / "clock").read_text()) + 6000)
            with open(story.run / "clock", "r+b") as file:
                file.write(text)
            time.sleep(0.5)

    def killed_while_it_sends(self, channel):
        city.fault("late_answer", channel, latency_ms=15000)
        case = city.record()
        until(lambda: len(self.new_messages()) == 1, "the message to arrive")
        city.kill_workers()
        return case

    def test_5_killed_between_sending_and_recording_it_tells_by_wechat_once_at_most(self):
        city.consent(TEMPLATES[0])
        notice = city.told("violation_new", self.killed_while_it_sends("wechat"))
        self.assertEqual((notice["wechat"], notice["sms"]), ("given_up", None))
        self.assertEqual([(one["channel"], one["asked"]) for one in self.new_messages()],
                         [("wechat", 1)])

    def test_6_killed_between_sending_and_recording_it_repeats_an_sms_under_its_number(self):
        city.choose("case", "sms")
        case = self.killed_while_it_sends("sms")
        self.move_on_until(lambda: self.is_sent(case))
        self.assertEqual([(one["channel"], one["asked"]) for one in self.new_messages()],
                         [("sms", 2)])

    def test_7_nothing_personal_stands_where_everybody_could_read_it(self):
        until(city.is_quiet, "the rest to be sent")
        held = story.script("invariants", "--bin", BIN, check=False)
        self.assertEqual((held.returncode, held.stdout.splitlines()[-1]), (0, "all hold"),
                         held.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
