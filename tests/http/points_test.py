"""Points that a study takes off, from a school's batch to the driver's page, and what stands against it,
through nginx on real processes."""
import pathlib
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.story import Story  # noqa: E402
from demo_citizens import MAI_MAI_TI, ZHANG_WEI, street  # noqa: E402
from demo_facts import instant  # noqa: E402

POINTS = "/api/violation/points"


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


def study(who, kind, days_ago, minutes):
    on = f"{story.midnight(days_ago):%Y-%m-%d}"
    return {"type": "study", "record_no": f"S{uuid.uuid4().hex[:16].upper()}", "id_no": who,
            "kind": kind, "begun_on": on, "ended_on": on, "minutes": minutes, "is_passed": True,
            "observed_at": instant(story.midnight(0))}


class Points(unittest.TestCase):
    def reduce(self, client, study_id):
        return client.ask("POST", POINTS + "/reductions", {"study_id": study_id},
                          uuid.uuid4().hex[:12])

    def test_t4_a_passed_study_takes_points_off_until_somebody_finds_cheating(self):
        client = story.client()
        line = street(story.midnight(5), 77, ZHANG_WEI, "02", "粤B12345", "1344", "红荔路")
        at_first = client.get(POINTS)["total"]  # of the demo data, or none: a cycle may have ended since
        self.assertEqual(story.push("traffic", [line]), 0)
        before = client.wait_for(lambda: client.get(POINTS),
                                 lambda seen: seen["total"] == at_first + line["points"])
        self.assertEqual(before["reduction_left"], 6)
        passed = study(ZHANG_WEI, "reduction_online", 0, 45)  # not in a cycle that is over
        self.assertEqual(story.push("school", [passed, study(ZHANG_WEI, "volunteer", 0, 20)]), 0)
        self.assertEqual(story.push("vehicle", [study(ZHANG_WEI, "volunteer", 0, 60)]), 1)
        by_kind = {one["kind"]: one for one in client.get(POINTS)["studies"]}
        status, answer = self.reduce(client, by_kind["reduction_online"]["id"])
        self.assertEqual(status, 201, answer)
        self.assertEqual((answer["granted"], answer["total"]), (1, before["total"] - 1))
        status, answer = self.reduce(client, by_kind["volunteer"]["id"])
        self.assertEqual(status, 422)
        self.assertIn("study_too_short", [one["code"] for one in answer["error"]["reasons"]])

        self.assertEqual(story.push("school", [{"type": "study_cheating", "record_no": passed["record_no"],
                                          "found_on": f"{story.midnight(0):%Y-%m-%d}",
                                          "observed_at": instant(story.midnight(0))}]), 0)
        seen = client.get(POINTS)
        self.assertEqual((seen["total"], seen["reduced"]), (before["total"], 0))
        self.assertIn("cheated", [one["code"] for one in seen["obstacles"]])

    def test_t4_full_points_are_cleared_by_study_examination_and_payment(self):
        client = story.client(story.client().citizens()[1])
        for number, points in ((78, 6), (79, 6)):
            line = street(story.midnight(20), number, MAI_MAI_TI, "02", "粤B12345", "1625", "红荔路")
            self.assertEqual(story.push("traffic", [line | {"points": points}]), 0)
        full = client.wait_for(lambda: client.get(POINTS), lambda seen: seen["is_full"])
        self.assertEqual(full["full_studies"][0]["missing"], "study")
        self.assertGreaterEqual(full["full_studies"][0]["days"], 7)
        self.assertEqual(story.push("school", [
            study(MAI_MAI_TI, "full_on_site" if day > 12 else "full_online", day, 200)
            for day in range(15, 8, -1)]), 0)
        seen = client.get(POINTS)["full_studies"][0]
        self.assertEqual((seen["missing"], seen["on_site_days"]), ("examination", 3))
        self.assertEqual(story.push("school", [
            {"type": "examination", "record_no": f"E{uuid.uuid4().hex[:16].upper()}", "id_no": MAI_MAI_TI,
             "subject": subject, "taken_on": f"{story.midnight(5):%Y-%m-%d}", "is_passed": True,
             "observed_at": instant(story.midnight(0))} for subject in ("theory", "road", "field")]), 0)
        self.assertEqual(client.get(POINTS)["full_studies"][0]["missing"], "pay")
        client.wait_for(lambda: client.get("/api/notice/notices?limit=100")["items"],
                        lambda told: "points_full" in [one["kind"] for one in told])
        for act in client.get("/api/violation/violations?state=decided")["items"]:
            shown = client.get("/api/violation/violations/" + act["id"])
            if shown["points"] == 6:
                client.pay(shown["obligation_id"], uuid.uuid4().hex[:12])
        seen = client.wait_for(lambda: client.get(POINTS), lambda seen: not seen["is_full"])
        # What was decided since the examination was not studied for.
        self.assertEqual((seen["total"], seen["full_studies"]), (full["total"] - 12, []))


if __name__ == "__main__":
    unittest.main(verbosity=2)
