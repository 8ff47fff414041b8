"""A first violation, from the register's and the camera's words to the warning, through nginx on real
processes; and the second one, which is fined."""
import datetime
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.story import Story  # noqa: E402
from demo_citizens import ZHANG_WEI, camera  # noqa: E402
from demo_facts import instant, vin  # noqa: E402
from demo_trip import CONFIRMED  # noqa: E402

PLATE = "粤B5T001"


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


class Waiver(unittest.TestCase):
    def vehicle(self, **more):
        observed = instant(story.midnight(0) - datetime.timedelta(hours=len(more) and 1 or 2))
        return {"type": "vehicle", "plate_type": "02", "plate": PLATE, "vin": vin("LSVAA49J", 915001),
                "owner_id_no": ZHANG_WEI, "registered_on": "2018-05-18", "use_kind": "private",
                "observed_at": observed, **more}

    def record(self, days_ago, number):
        line = camera(story.midnight(days_ago), number, "02", PLATE, "1344", "深南大道市民中心段")
        return line | {"accident": "none"}

    def announced(self, client, case):
        told = client.post(f"/api/violation/violations/{case['id']}/announcement", {},
                           uuid.uuid4().hex[:12])
        return told, {one["code"]: one for one in told["waiver_conditions"]}

    def confirmed(self, client, case):
        return client.post(f"/api/violation/violations/{case['id']}/confirmation",
                           CONFIRMED, uuid.uuid4().hex[:12])

    def test_t5_the_first_is_a_warning_and_the_second_is_fined(self):
        client = story.client()
        self.assertEqual(story.push("vehicle", [self.vehicle()]), 0)
        self.assertEqual(story.push("traffic", [self.record(5, 77001), self.record(4, 77002)]), 0)

        def own():
            items = client.get("/api/violation/violations?limit=100")["items"]
            return sorted((one for one in items if one["plate"] == PLATE),
                          key=lambda one: one["occurred_at"])

        first, second = client.wait_for(own, lambda seen: len(seen) == 2)
        told, conditions = self.announced(client, first)
        self.assertFalse(told["is_waived"])
        self.assertEqual([code for code, one in conditions.items() if not one["is_met"]],
                         ["registered_long"])

        self.assertEqual(story.push("vehicle", [self.vehicle(registration_changed_on="2018-05-18")]), 0)
        told, conditions = self.announced(client, first)
        self.assertTrue(told["is_waived"], conditions)
        self.assertEqual(conditions["registered_long"]["value"], "2018-05-18")
        decided = self.confirmed(client, first)
        self.assertEqual((decided["penalty"], decided["fine_fen"], decided["points"]), ("警告", 0, 0))
        self.assertTrue(decided["is_waived"])
        seen = client.get(f"/api/violation/violations/{first['id']}")
        self.assertEqual((seen["state"], seen["amount_due_fen"]), ("warned", 0))
        self.assertIn("首违免罚", seen["rule_source"])

        told, conditions = self.announced(client, second)
        self.assertFalse(told["is_waived"])
        self.assertEqual(conditions["first_in_window"]["value"], f"{story.midnight(5):%Y-%m-%d}")
        decided = self.confirmed(client, second)
        self.assertGreater(decided["fine_fen"], 0)
        self.assertFalse(decided["is_waived"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
