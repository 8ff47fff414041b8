"""A plate at two places at once: from an agency's batch to violations that fell, through nginx on real
processes; and the months of passages that come and go."""
import concurrent.futures
import datetime
import pathlib
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.platform import ROOT  # noqa: E402
from support.story import Desk, Story  # noqa: E402
import demo_citizens  # noqa: E402
from demo_facts import instant  # noqa: E402
from demo_trip import CONFIRMED  # noqa: E402

PLATE = {"plate_type": "02", "plate": "粤B12345"}
SITES = [("SNT001", "深南大道市民中心段", "camera", 22543100, 114057900),
         ("DPQ017", "坪西公路大鹏段", "camera", 22594500, 114476700),
         ("P0001", "市民中心地下停车场", "car_park", 22541800, 114059300)]
HEART, FAR, PARK = (site[0] for site in SITES)


def setUpModule():
    global story
    story = Story()
    story.__enter__()


def tearDownModule():
    story.__exit__()


class Cloned(unittest.TestCase):
    def sites(self, kind):
        observed = instant(datetime.datetime.fromtimestamp(story.business_seconds() - 86400,
                                                           datetime.timezone.utc))
        return [{"type": "passage_site", "code": code, "name": name, "kind": found,
                 "latitude": latitude, "longitude": longitude, "observed_at": observed}
                for code, name, found, latitude, longitude in SITES if found == kind]

    def passage(self, moment, site, kind="passage"):
        return {"type": "passage", "record_no": f"P{uuid.uuid4().hex[:16].upper()}", **PLATE,
                "passed_at": instant(moment), "site": site, "kind": kind}

    def seen(self, at):
        """Around the act: in the heart of the city and 43 km away four minutes later, while it stood in a
        car park from the evening before on."""
        def moment(minutes):
            return at + datetime.timedelta(minutes=minutes)

        self.assertEqual(story.push("traffic", self.sites("camera") + [
            self.passage(moment(-14), HEART), self.passage(moment(-10), FAR),
            self.passage(moment(600), HEART)]), 0)
        self.assertEqual(story.push("carpark", self.sites("car_park") + [
            self.passage(moment(-700), PARK, "park_in"),
            self.passage(moment(120), PARK, "park_out")]), 0)

    def begin(self, client, plate):
        form = {**plate, "from_on": story.day(-30), "to_on": story.day(0),
                "statement": "我的车一直停在市民中心", "contact": "13800138000"}
        return client.post("/api/violation/services/violation.cloned/applications", form,
                           uuid.uuid4().hex[:12])

    def submit(self, client, begun):
        return client.ask("POST", f"/api/violation/applications/{begun['id']}/submission",
                          {"ver": begun["ver"]}, uuid.uuid4().hex[:12])

    def claim(self, client):
        status, claim = self.submit(client, self.begin(client, PLATE))
        self.assertEqual(status, 200, claim)
        return claim["id"]

    def test_t2_a_pair_that_can_not_be_of_one_car_frees_the_owner(self):
        client = story.client()
        cases = [one for one in client.get("/api/violation/violations?limit=100")["items"]
                 if one["plate"] == PLATE["plate"] and one["kind"] == "camera"]
        self.assertEqual(len(cases), 2)
        small = min(cases, key=lambda one: one["fine_fen"])
        path = f"/api/violation/violations/{small['id']}"
        client.post(path + "/announcement", {}, uuid.uuid4().hex[:12])
        client.post(path + "/confirmation", CONFIRMED, uuid.uuid4().hex[:12])
        self.assertEqual(client.get(path)["state"], "decided")
        self.seen(datetime.datetime.fromisoformat(small["occurred_at"].replace("Z", "+00:00")))

        claim = self.claim(client)
        told = client.get(f"/api/violation/applications/{claim}/evidence")
        self.assertEqual(told["passages"], 5)
        self.assertEqual([one["kind"] for one in told["pairs"]].count("speed"), 1)
        self.assertIn("不可能是同一辆车", told["summary"])
        self.assertEqual(len(told["violations"]), 2)
        self.assertNotIn("passages", told["violations"][0])
        other = next(one for one in cases if one is not small)
        status, answer = client.ask("POST", f"/api/violation/violations/{other['id']}/announcement",
                                    {}, uuid.uuid4().hex[:12])
        self.assertEqual((status, answer["error"]["code"]), (409, "disputed"))

        self.officer_decides(claim, small["id"])
        for case in cases:
            seen = client.get(f"/api/violation/violations/{case['id']}")
            self.assertEqual((seen["state"], seen["withdrawn_because"]), ("withdrawn", "号牌被套用"))
        self.assertEqual(client.get(path)["amount_due_fen"], 0)
        self.assertEqual(story.sql("SELECT COUNT(*) FROM obligation o JOIN violation_decision d"
                                   " ON d.obligation_id = o.id WHERE d.case_id ="
                                   f" '{small['id']}' AND o.withdrawn_at IS NOT NULL"), [["1"]])

    def officer_decides(self, claim, small):
        desk = Desk(story, "city-desk", "violation", claim)
        self.assertEqual(desk.do("acceptance")[0], 200)
        status, page, _ = story.api("GET", desk.path + "/evidence", token=desk.token)
        self.assertEqual(status, 200, page)
        speed = next(one for one in page["pairs"] if one["kind"] == "speed")
        self.assertEqual((speed["first_place"], speed["second_place"], speed["seconds"]),
                         (SITES[0][1], SITES[1][1], 240))
        self.assertGreater(speed["metres"], 42000)
        self.assertGreater(speed["needs_kmh"], page["max_kmh"])
        parked = [one for one in page["pairs"] if one["kind"] == "parked"]
        self.assertEqual([one["second_place"] for one in parked], [SITES[1][1]])
        around = next(one for one in page["violations"] if one["id"] == small)
        self.assertEqual([one["site"] for one in around["passages"]], [HEART, FAR])
        self.assertEqual(page["use_kind"], "private")
        self.assertEqual(desk.do("approval")[0], 200)

    def test_t2_of_two_claims_at_once_one_is_told_of_the_other(self):
        client = story.client({"name": "李娜", "id_no": demo_citizens.LI_NA})
        drafts = [self.begin(client, {"plate_type": "52", "plate": "粤BD12345"}) for _ in range(4)]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda begun: self.submit(client, begun), drafts))
        self.assertEqual(sorted(status for status, _ in answers), [200, 409, 409, 409])
        for status, answer in answers:
            if status == 409:
                self.assertEqual({one["code"] for one in answer["error"]["reasons"]}, {"disputed"})
        self.assertEqual(story.sql("SELECT COUNT(*), COUNT(DISTINCT application_id) FROM"
                                   " violation_dispute x JOIN violation_case c ON c.id = x.case_id"
                                   " WHERE c.plate = '粤BD12345'"), [["1", "1"]])

    def test_z_months_are_made_ahead_and_dropped_when_their_time_is_over(self):
        def run(*options):
            command = [ROOT / "scripts/passages", "--socket", story.run / "sockets/db/mariadb.sock"]
            return subprocess.run([*command, *options], check=True, stdout=subprocess.PIPE,
                                  stdin=subprocess.DEVNULL, text=True).stdout.split()

        def kept():
            return {name for name, in story.sql(
                "SELECT partition_name FROM information_schema.partitions"
                " WHERE table_schema = DATABASE() AND table_name = 'plate_passage'")}

        self.assertEqual(run("--today", "2027-06-08"),
                         ["made", "p202706", "made", "p202707", "made", "p202708", "made",
                          "p202709", "dropped", "p_before"])
        self.assertEqual(run("--today", "2027-06-08"), [])
        self.assertIn("p202606", kept())
        self.assertEqual(run("--today", "2027-07-01", "--ahead", "2"), ["dropped", "p202606"])
        self.assertLessEqual({"p202607", "p202709", "p_later"}, kept())


if __name__ == "__main__":
    unittest.main(verbosity=2)
