"""An organisation appoints a handler, who opens a car park for it, until it is ended: from the
outside, through nginx, on three modules."""
import json
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "lib"))
import demo_citizens  # noqa: E402
import demo_client  # noqa: E402
import demo_trip  # noqa: E402
from support.platform import Platform  # noqa: E402

LOT = {"name": "莲花山停车场", "address": "红荔路6030号", "division": "440304", "lot_kind": "公共",
       "spaces": 300, "contact": "13900139000"}


class Citizen:
    def __init__(self, name, id_no):
        self.client = demo_client.Platform(platform.run)
        person = {"name": name, "id_no": id_no}
        self.client.token = self.client.post(
            "/api/identity/wechat/sessions",
            {"code": self.client.login_code("wechat", person)})["token"]
        demo_trip.verify(self.client, person)

    def get(self, path):
        return self.client.ask("GET", path)

    def post(self, path, body=None):
        return self.client.ask("POST", path, body or {}, key=uuid.uuid4().hex[:12])


def setUpModule():
    global platform, boss, handler
    platform = Platform(demo_data=True, CITIZENS_RATE=1000, CITIZENS_BURST=1000)
    platform.__enter__()
    boss = Citizen("李娜", demo_citizens.LI_NA)
    handler = Citizen("张伟", demo_citizens.ZHANG_WEI)


def tearDownModule():
    platform.__exit__()


class Mandates(unittest.TestCase):
    def appoint(self, organisation):
        status, shown = handler.post("/api/identity/agent-codes")
        self.assertEqual(status, 201, shown)
        status, mandate = boss.post("/api/identity/mandates", {
            "code": shown["code"], "organisation_id": organisation["id"], "scope": ["parking"],
            "valid_to": "%d-12-31" % (platform_year() + 1)})
        self.assertEqual(status, 201, mandate)
        return mandate

    def test_an_organisation_acts_through_a_handler_until_it_ends_that(self):
        organisation = boss.get("/api/identity/organisations")[1]["items"][0]
        self.assertEqual(organisation["name"], "深圳市莲花停车管理有限公司")
        mandate = self.appoint(organisation)
        path = "/api/parking/services/parking.open/applications"
        status, begun = handler.post(f"{path}?mandate_id={mandate['id']}", LOT)
        self.assertEqual((status, begun["credit_code"]), (201, organisation["credit_code"]), begun)
        self.assertEqual(begun["history"][0]["by"], "代办人")

        own = f"/api/parking/applications/{begun['id']}"
        self.assertEqual(boss.get(own)[0], 200)
        self.assertEqual(handler.post(own + "/submission", {"ver": begun["ver"]})[0], 422)
        self.assertEqual(boss.post(f"/api/identity/mandates/{mandate['id']}/end")[0], 200)
        self.assertEqual(handler.get(own)[0], 404)
        self.assertEqual(handler.post(f"{path}?mandate_id={mandate['id']}", LOT)[0], 404)
        self.assertEqual(boss.get(own)[0], 200)

        for one in (boss, handler):
            one.client.wait_for(lambda who=one: self.told(who),
                                lambda kinds: kinds == ["mandate_ended", "mandate_given"], 60)

    def told(self, who):
        items = who.get("/api/notice/notices?limit=100")[1]["items"]
        return [one["kind"] for one in items if one["kind"].startswith("mandate")]

    def test_a_vehicle_of_the_organisation_needs_no_licence_when_it_applies(self):
        companies = handler.get("/api/identity/organisations")[1]["items"]
        active = next(one for one in companies if one["state"] == "active")
        gone = next(one for one in companies if one["state"] == "cancelled")
        path = "/api/road/services/road.heavy_goods/applications?mandate_id="
        form = {"plate_type": "01", "plate": "粤B23456"}
        status, begun = handler.post(path + active["id"], form)
        self.assertEqual((status, begun["documents"][0]["state"]), (201, "not_needed"), begun)
        self.assertEqual(handler.post(path + gone["id"], form)[0], 404)
        self.assertNotIn("representative", json.dumps(begun))


def platform_year():
    return int(platform.business_seconds() / 86400 / 365.2425) + 1970


if __name__ == "__main__":
    unittest.main(verbosity=2)
