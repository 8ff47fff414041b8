"""Applications from the outside, through nginx on real processes: a pass from a phone to the roadside,
an officer's day at the desk, and the guides that the public reads."""
import base64
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import Browser  # noqa: E402
from support.platform import BIN, ROOT  # noqa: E402
from support.story import Desk, Story, output, picture  # noqa: E402


def setUpModule():
    global platform, ask, citizen, day
    platform = Story()
    platform.__enter__()
    ask, citizen, day = platform.api, platform.citizen, platform.day


def tearDownModule():
    platform.__exit__()


class Files(unittest.TestCase):
    def test_a_photo_of_many_megabytes_comes_back_as_it_was_kept(self):
        token = {"Authorization": f"Bearer {citizen()}"}
        status, kept, _ = platform.ask("citizens", "POST", "/api/road/uploads", picture(2500),
                                       token | {"Idempotency-Key": uuid.uuid4().hex})
        self.assertEqual(status, 201, kept)
        path = f"/api/road/uploads/{kept['id']}"
        status, shown, _ = platform.ask("citizens", "GET", path, None, token)
        self.assertEqual((status, len(shown)), (200, kept["size"]))


class Guides(unittest.TestCase):
    def test_v5_every_service_has_a_guide_a_page_and_a_chart_of_its_steps(self):
        for module in ("road", "parking"):
            services = ask("GET", f"/api/{module}/services")[1]["items"]
            self.assertGreaterEqual(len(services), 4)
            for one in services:
                path = f"/api/{module}/services/{one['service']}"
                guide = ask("GET", path)[1]
                page = ask("GET", path + "/page")[1].decode()
                chart = ask("GET", path + "/chart")[1].decode()
                self.assertIn(one["name"] + "办事指南", page)
                self.assertIn(chart, page)
                for word in [step["name"] for step in guide["steps"]] + guide["basis"]:
                    self.assertIn(word.replace("<", "&lt;"), page)

    def test_v5_who_has_a_guide_as_it_is_does_not_get_it_again(self):
        path = "/api/road/services/road.rescue/page"
        status, _, headers = ask("GET", path)
        self.assertEqual(status, 200)
        again = ask("GET", path, headers={"If-None-Match": headers["ETag"]})
        self.assertEqual((again[0], again[1]), (304, b""))
        self.assertEqual(ask("GET", path, headers={"If-None-Match": '"other"'})[0], 200)


class APass(unittest.TestCase):
    def test_r1_r3_from_a_phone_to_the_roadside_and_no_visit(self):
        token, plate = citizen(), "湘A%05d" % (uuid.uuid4().int % 100000)
        form = {"plate_type": "02", "plate": plate, "from": day(3), "to": day(3),
                "contact": "13800138000"}
        status, begun, _ = ask("POST", "/api/road/services/road.day_pass/applications", form, token)
        self.assertEqual((status, begun["state"]), (201, "draft"))
        path = f"/api/road/applications/{begun['id']}"
        status, given, _ = ask("POST", path + "/submission", {"ver": begun["ver"]}, token)
        self.assertEqual((status, given["permit_state"]), (200, "not_yet"), given)
        status, shown, _ = ask("GET", f"/api/road/permits/{given['permit_no']}")
        self.assertEqual((status, shown["title"]), (200, "非本市号牌小汽车高峰期一日通行"))
        self.assertNotIn(plate, json.dumps(shown, ensure_ascii=False))
        self.assert_paper_says_so(path, token, given["permit_no"], plate)
        query = urllib.parse.urlencode({"plate_type": "02", "plate": plate})
        self.assertEqual(ask("GET", f"/api/road/passes?{query}", token=token)[0], 403)
        found = ask("GET", f"/api/road/passes?{query}", token=platform.officer("futian-desk"))[1]
        self.assertEqual([one["valid_from"] for one in found["items"]], [day(3)])
        mine = ask("GET", "/api/road/applications", token=token)[1]["items"]
        self.assertEqual(mine[0]["application_no"], given["application_no"])


    def test_r1_the_code_on_a_pass_opens_a_page_on_the_phone_of_who_checks(self):
        token, plate = citizen(), "湘A%05d" % (uuid.uuid4().int % 100000)
        form = {"plate_type": "02", "plate": plate, "from": day(4), "to": day(4),
                "contact": "13800138000"}
        begun = ask("POST", "/api/road/services/road.day_pass/applications", form, token)[1]
        given = ask("POST", f"/api/road/applications/{begun['id']}/submission",
                    {"ver": begun["ver"]}, token)[1]
        address = f"https://127.0.0.1:{platform.port}/api/road/permits/"
        with Browser() as browser:
            for number, said in ((given["permit_no"], "尚未生效"), ("4403042000000008", "查无此件")):
                page = browser.open(address + number, width=390, height=844)
                page.wait(f"document.getElementById('state').textContent == '{said}'")
                self.assertTrue(page.value("document.documentElement.scrollWidth <= innerWidth"))
                self.assertEqual([one for one in page.complaints if "404" not in one], [])
                if "PICTURES" in os.environ:
                    page.picture(pathlib.Path(os.environ["PICTURES"]) / f"check-{number}.png")
            page = browser.open(address + given["permit_no"], width=1280, height=800)
            page.wait("document.querySelectorAll('dd').length >= 4")
            self.assertNotIn(plate, page.value("document.body.innerText"))
        status, facts, headers = ask("GET", f"/api/road/permits/{given['permit_no']}",
                                     headers={"Accept": "application/json"})
        self.assertEqual((status, facts["state"]), (200, "not_yet"))

    def assert_paper_says_so(self, path, token, permit_no, plate):
        """The PDF in his hands: signed as a whole, readable, and with a code that a patrol scans."""
        until = time.monotonic() + 60
        status, pdf, _ = ask("GET", path + "/paper", token=token)
        while status == 404 and time.monotonic() < until:
            status, pdf, _ = ask("GET", path + "/paper", token=token)
        self.assertEqual(status, 200)
        with tempfile.TemporaryDirectory() as folder:
            paper = pathlib.Path(folder) / "paper.pdf"
            paper.write_bytes(pdf)
            text = output("pdftotext", "-layout", paper, "-")
            for word in (permit_no, plate, "非本市号牌小汽车高峰期一日通行", "深圳市公安局交通警察局"):
                self.assertIn(word, text)
            signed = output("pdfsig", "-nocert", paper)
            self.assertIn("Signature is Valid", signed)
            self.assertIn("Total document signed", signed)
            output("pdftoppm", "-png", "-r", "150", "-singlefile", paper, paper.with_suffix(""))
            scanned = output("zbarimg", "--quiet", "--raw", "--nodbus", paper.with_suffix(".png"))
        address, _, statement = scanned.strip().partition("#")
        self.assertTrue(address.endswith(f"/api/road/permits/{permit_no}"), scanned)
        said = json.loads(base64.urlsafe_b64decode(statement.split(".")[1] + "=="))
        self.assertEqual((said["no"], said["from"], said["to"]), (permit_no, day(3), day(3)))
        self.assertNotIn(plate, json.dumps(said, ensure_ascii=False))
        head = json.loads(base64.urlsafe_b64decode(statement.split(".")[0] + "=="))
        keys = json.loads(ask("GET", "/api/road/paper-keys")[1])["keys"]
        self.assertIn(head["kid"], [key["kid"] for key in keys])
        self.assertEqual(ask("GET", path + "/paper", token=platform.officer("city-desk"))[0], 403)


class ADayAtTheDesk(unittest.TestCase):
    """The API is complete: nothing is done here that a web desk could not do."""

    def test_r3_the_brigade_of_the_place_works_its_list_off(self):
        token = citizen()
        begun, path = self.begin(token)
        status, refused, _ = ask("POST", path + "/submission", {"ver": begun["ver"]}, token)
        self.assertEqual((status, refused["error"]["code"]), (422, "document_missing"))
        filed = self.submit_with_licence(begun, path, token)
        self.assertEqual(filed["state"], "submitted", filed)
        desk = Desk(platform, "futian-desk", "road", begun["id"])
        listed = ask("GET", "/api/office/tasks", token=desk.token)[1]["items"]
        self.assertIn(begun["id"], [one["application_id"] for one in listed])
        self.assertEqual(listed[0]["step"], "intake")
        elsewhere = Desk(platform, "city-desk", "road", begun["id"])
        self.assertEqual(elsewhere.do("acceptance")[0], 404)
        found = ask("GET", f"/api/office/tasks/{filed['application_no']}", token=elsewhere.token)
        self.assertEqual(found[0], 404)
        self.assertEqual(desk.do("taking")[0], 200)
        self.assertEqual(desk.do("acceptance")[0], 200)
        self.assertEqual(desk.do("approval")[1]["state"], "granted")
        listed = ask("GET", "/api/office/tasks", token=desk.token)[1]["items"]
        self.assertNotIn(begun["id"], [one["application_id"] for one in listed])
        self.assert_acceptance_says_so(path, token)
        shown = ask("GET", path, token=token)[1]
        self.assertEqual([one["act"] for one in shown["history"]][-1:],
                         ["发证"] if shown["state"] == "issued" else ["准予许可"])

    def begin(self, token):
        form = {"plate_type": "01", "plate": "粤B%05d" % (uuid.uuid4().int % 100000),
                "from": day(5), "to": day(40), "site": "福田工地", "route": "深南大道",
                "division": "440304", "contact": "13800138000"}
        begun = ask("POST", "/api/road/services/road.mixer/applications", form, token)[1]
        return begun, f"/api/road/applications/{begun['id']}"

    def submit_with_licence(self, begun, path, token):
        status, kept, _ = platform.ask(
            "citizens", "POST", "/api/road/uploads", picture(),
            {"Authorization": f"Bearer {token}", "Idempotency-Key": uuid.uuid4().hex})
        self.assertEqual((status, kept["content_type"]), (201, "image/png"), kept)
        status, shown, _ = ask("POST", path + "/documents",
                               {"ver": begun["ver"], "code": "vehicle_licence",
                                "upload_id": kept["id"]}, token)
        self.assertEqual((status, shown["documents"][0]["state"]), (200, "uploaded"), shown)
        return ask("POST", path + "/submission", {"ver": shown["ver"]}, token)[1]

    def paper_of(self, path, token, act):
        """The text of the paper that this act gave, and its number."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            history = ask("GET", path, token=token)[1]["history"]
            numbers = [one["paper_no"] for one in history if one["act"] == act and one["paper_no"]]
            if numbers:
                break
        status, pdf, _ = ask("GET", f"{path}/papers/{numbers[-1]}", token=token)
        self.assertEqual(status, 200)
        with tempfile.TemporaryDirectory() as folder:
            paper = pathlib.Path(folder) / "paper.pdf"
            paper.write_bytes(pdf)
            self.assertIn("Signature is Valid", output("pdfsig", "-nocert", paper))
            return output("pdftotext", "-layout", paper, "-"), numbers[-1]

    def assert_acceptance_says_so(self, path, token):
        text, _ = self.paper_of(path, token, "受理")
        for word in ("受理通知书", "张伟", "福田工地", "深圳市公安局交通警察局"):
            self.assertIn(word, text)

    def test_a_refusal_has_reasons_basis_and_the_ways_against_it(self):
        token = citizen()
        begun, path = self.begin(token)
        filed = self.submit_with_licence(begun, path, token)
        self.assertEqual(filed["state"], "submitted", filed)
        desk = Desk(platform, "futian-desk", "road", begun["id"])
        self.assertEqual(desk.do("acceptance")[0], 200)
        self.assertEqual(desk.do("refusal", reason="该路段禁止搅拌车通行")[0], 200)
        text, number = self.paper_of(path, token, "不予许可")
        for word in ("不予行政许可决定书", "张伟", "该路段禁止搅拌车通行", "第三十八条", "深圳市人民政府", "60日",
                     "人民法院", "6个月"):
            self.assertIn(word, text)
        stands = ask("GET", f"/api/road/papers/{number}")[1]
        self.assertEqual((stands["kind"], stands["state"]), ("refusal", "valid"))
        self.assertNotIn("张", json.dumps(stands, ensure_ascii=False))

    def test_v8_what_was_done_is_counted(self):
        period = f"from={day(-1)}&to={day(1)}"
        share = ask("GET", f"/api/office/share?{period}")[1]
        self.assertEqual(share["online_services"], share["services"])
        lead = platform.officer("futian-lead")
        status, counted, _ = ask("GET", f"/api/office/statistics?{period}", token=lead)
        self.assertEqual(status, 200)
        self.assertEqual(ask("GET", f"/api/office/statistics?{period}")[0], 401)
        for row in counted["decided"]:
            self.assertLessEqual(row["kept"], row["promised"])


class Afterwards(unittest.TestCase):
    """Last by its name: whatever was done here left nothing that an auditor would find."""

    def test_z_all_invariants_hold_and_every_sealed_form_opens(self):
        token = citizen()
        form = {"plate_type": "02", "plate": "湘A00001", "from": day(9), "to": day(9),
                "contact": "13800138000"}
        self.assertEqual(ask("POST", "/api/road/services/road.day_pass/applications", form,
                             token)[0], 201)
        self.assertNotEqual(platform.sql("SELECT COUNT(*) FROM road_application"), [["0"]])
        told = platform.script("invariants", "--bin", BIN, check=False)
        self.assertEqual((told.returncode, told.stdout.splitlines()[-1]), (0, "all hold"),
                         told.stdout)


def at_once(doings):
    """What each of them answers; all begin in the same moment."""
    gate = threading.Barrier(len(doings))

    def begin(doing):
        gate.wait()
        return doing()

    with concurrent.futures.ThreadPoolExecutor(len(doings)) as pool:
        return list(pool.map(begin, doings))


class Rushes(unittest.TestCase):
    """Many at the same moment, on real connections and workers."""

    def begun(self, token, service, **form):
        form = {"plate_type": "02", "plate": "粤B%05d" % (uuid.uuid4().int % 100000),
                "from": day(2), "to": day(2), "contact": "13800138000", **form}
        status, begun, _ = ask("POST", f"/api/road/services/{service}/applications", form, token)
        self.assertEqual(status, 201, begun)
        return f"/api/road/applications/{begun['id']}", begun["ver"]

    def test_an_area_is_never_oversold_and_nobody_waits_in_vain(self):
        places, asked, token = 8, 24, citizen()
        platform.sql(f"INSERT INTO road_quota (area, day, part, room) VALUES ('大梅沙', '{day(2)}',"
                     f" 1, {places // 2}), ('大梅沙', '{day(2)}', 2, {places // 2})")
        paths = [self.begun(token, "road.holiday_area", seats=5, area="大梅沙")
                 for _ in range(asked)]
        answers = at_once([lambda one=one: ask("POST", one[0] + "/submission", {"ver": one[1]}, token)
                           for one in paths])
        found = sorted(status for status, _, _ in answers)
        self.assertEqual(found, [200] * places + [409] * (asked - places))
        self.assertEqual({shown["error"]["code"] for status, shown, _ in answers if status == 409},
                         {"area_full"})
        self.assertEqual(platform.sql("SELECT SUM(taken), SUM(room) FROM road_quota"),
                         [[str(places), str(places)]])

    def test_who_taps_twice_submits_once(self):
        token = citizen()
        path, ver = self.begun(token, "road.day_pass", plate="湘A%05d" % (uuid.uuid4().int % 100000))
        answers = at_once([lambda: ask("POST", path + "/submission", {"ver": ver}, token)] * 6)
        self.assertEqual(sorted(status for status, _, _ in answers), [200] + [409] * 5)
        number = path.rsplit("/", 1)[1]
        self.assertEqual(platform.sql("SELECT COUNT(*) FROM road_permit"
                                      f" WHERE application_id = '{number}'"), [["1"]])

    def test_two_officers_decide_one_case_once(self):
        token = citizen()
        path, ver = self.begun(token, "road.light_goods", purpose="送货")
        kept = platform.ask("citizens", "POST", "/api/road/uploads", picture(),
                            {"Authorization": f"Bearer {token}",
                             "Idempotency-Key": uuid.uuid4().hex})[1]
        shown = ask("POST", path + "/documents", {"ver": ver, "code": "vehicle_licence",
                                                  "upload_id": kept["id"]}, token)[1]
        filed = ask("POST", path + "/submission", {"ver": shown["ver"]}, token)
        self.assertEqual(filed[0], 200, filed[1])
        desk = Desk(platform, "city-desk", "road", path.rsplit("/", 1)[1])
        self.assertEqual(desk.do("acceptance")[0], 200)
        seen = ask("GET", desk.path, token=desk.token)[1]["ver"]
        answers = at_once(
            [lambda act=act: ask("POST", f"{desk.path}/{act}", {"ver": seen, "reason": "依法"},
                                 desk.token) for act in ("approval", "refusal") * 3])
        self.assertEqual(sorted(status for status, _, _ in answers), [200] + [409] * 5)
        self.assertEqual(platform.sql(
            "SELECT COUNT(*) FROM road_application_act WHERE act IN ('grant', 'refuse') AND"
            f" application_id = '{path.rsplit('/', 1)[1]}'"), [["1"]])


class AServiceThatCosts(unittest.TestCase):
    """No pass costs anything: a definition with fees is all that has to be written for one that does."""

    PAY = {"code": "pay", "name": "缴费", "term": "fee.pay", "during": ["payable"],
           "at_end": "withdraw", "promise": False, "warn_days": 0}

    def add_the_service(self):
        """road.paid: the day pass, for the price of a temporary plate and a vehicle licence."""
        body = json.loads((ROOT / "modules/road/services/day_pass.json").read_text())
        body |= {"code": "road.paid", "fees": ["plate_temporary", "vehicle_licence"],
                 "clocks": [self.PAY]}
        body = json.dumps(body, ensure_ascii=False).replace("'", "''")
        platform.sql("INSERT INTO road_kind SELECT 'road.paid', valid_from, valid_to, max_days,"
                     " max_ahead_days, plates, source FROM road_kind WHERE service = 'road.day_pass';"
                     " INSERT INTO service_definition (module, code, version, sha256, body,"
                     f" registered_at) VALUES ('road', 'road.paid', 1, REPEAT(' ', 32), '{body}', NOW())")
        platform.reload("road")

    def test_v4_a_fee_is_owed_paid_into_its_own_account_and_then_the_pass_is_there(self):
        self.add_the_service()
        client = platform.client()
        form = {"plate_type": "02", "plate": "湘A%05d" % (uuid.uuid4().int % 100000),
                "from": day(3), "to": day(3), "contact": "13800138000"}
        begun = client.post("/api/road/services/road.paid/applications", form, uuid.uuid4().hex[:12])
        path = f"/api/road/applications/{begun['id']}"
        charged = client.post(path + "/submission", {"ver": begun["ver"]}, uuid.uuid4().hex[:12])
        self.assertEqual((charged["state"], charged["permit_no"], charged["fee_fen"]),
                         ("payable", None, 1500))
        order = client.pay(charged["fee_obligation_id"], uuid.uuid4().hex[:12])
        given = client.wait_for(lambda: client.get(path), lambda seen: seen["state"] == "issued")
        self.assertEqual((given["fee_state"], given["permit_state"]), ("paid", "not_yet"))
        receipt = client.wait_for(
            lambda: client.ask("GET", f"/api/payment/orders/{order['order_no']}/receipt"),
            lambda answer: answer[0] == 200)[1]
        self.assertEqual(receipt["amount_fen"], 1500)
        self.assertEqual(platform.sql("SELECT o.account FROM obligation o JOIN settlement s ON"
                                      " s.obligation_id = o.id WHERE o.module = 'road'"),
                         [["fee_treasury"]])


if __name__ == "__main__":
    unittest.main(verbosity=2)
