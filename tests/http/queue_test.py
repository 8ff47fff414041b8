#!/usr/bin/env python3
"""T3, queues of service halls, through nginx on real processes: a visit from the phone to the counter,
eight counters at once, the display in a browser, and a simulated morning that tells how far the
expected times were from those that came."""
import concurrent.futures
import datetime
import os
import pathlib
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.browser import PROGRAM, Browser  # noqa: E402
from support.platform import Platform  # noqa: E402
from support.queue_day import Day  # noqa: E402
from support.queue_hall import CITIZEN, INTAKE, LEAD, OFFICER, Hall, at  # noqa: E402

PICTURES = pathlib.Path(os.environ.get("PICTURES", "/nowhere"))  # where to keep screenshots


def setUpModule():
    global platform, hall
    platform = Platform(CITIZENS_RATE=100000, CITIZENS_BURST=100000)
    platform.__enter__()
    hall = Hall(platform)


def tearDownModule():
    platform.__exit__()


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Queue(unittest.TestCase):
    def setUp(self):
        platform.sql("DELETE FROM booking_ticket; DELETE FROM booking_line_day;"
                     " DELETE FROM booking_near_told; DELETE FROM booking_taker;"
                     " DELETE FROM event WHERE kind = 'ticket_near';"
                     " DELETE FROM booking_service_time; UPDATE booking_counter SET"
                     " officer_id = NULL, opened_at = NULL, ticket_id = NULL")
        hall.set_clock(at(10))

    def person(self, roles):
        person = hall.person(hall.sessions(1, roles)[0])
        self.addCleanup(person.close)
        return person

    def officer(self, no=None):
        officer = self.person(OFFICER | INTAKE)
        if no:
            self.assertEqual(officer.counter(no, "open")[0], 200)
        return officer

    def display(self):
        """As it is now: nginx asked the module for this answer and did not show what it kept."""
        anybody = hall.person()
        self.addCleanup(anybody.close)
        before, until = self.asked(), time.monotonic() + 30
        while True:
            answer = anybody.display()
            if self.asked() > before:
                return answer
            self.assertLess(time.monotonic(), until, "nginx did not ask for thirty seconds")

    def asked(self):
        """How often the module was asked for a display."""
        url = f"http://127.0.0.1:{platform.port + 2}/internal/booking/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(
            "tongban_requests_total{") and "/halls/{hall}/display" in line)


class Visit(Queue):
    def test_t3_from_the_phone_to_the_counter(self):
        desk, first, second = self.officer(1), self.person(CITIZEN), self.person(CITIZEN)
        desk.take_here("violation")
        ticket = first.take("violation")[1]
        self.assertEqual((ticket["number"], ticket["ahead"]), ("A002", 1))
        told = [seconds(ticket[name]) for name in ("earliest_at", "latest_at")]
        self.assertGreaterEqual(told[1] - told[0], 120)
        self.assertGreater(told[1], at(10))
        mine = f"/tickets/{ticket['id']}"
        self.assertEqual(second.ask("GET", mine)[0], 404)
        self.assertEqual(first.take("violation")[1]["error"]["code"], "has_ticket")
        self.assertEqual(desk.counter(1, "call")[1]["number"], "A001")
        seen = first.ask("GET", mine)[1]
        self.assertEqual((seen["ahead"], seen["last_called"]), (0, "A001"))
        served = desk.act(self.called(desk), "service")[1]
        self.assertEqual(desk.act(served["id"], "done")[1]["state"], "done")
        self.assertEqual(desk.counter(1, "call")[1]["number"], "A002")
        self.assertEqual(first.ask("GET", mine)[1]["state_text"], "正在叫号，请到1号窗口")
        shown = self.display()[1]
        self.assertEqual(shown["calls"], [{"number": "A002", "counter": 1, "state": "called",
                                           "recalls": 0}])
        self.assertEqual(shown["lines"][0]["waiting"], 0)

    def called(self, desk):
        return desk.ask("GET", f"/office/halls/{hall.code}/tickets?state=called")[1]["items"][0]["id"]

    def test_t3_all_reasons_at_once(self):
        person = self.person(CITIZEN)
        hall.set_clock(at(18, 30))
        far = {"business": "violation", "lat_e6": 22900000, "lon_e6": 114059500}
        status, refused, _ = person.ask("POST", "/halls/futian/tickets", far)
        self.assertEqual(status, 409)
        self.assertEqual([one["code"] for one in refused["error"]["reasons"]],
                         ["hall_closed", "too_late", "too_far"])


class Rush(Queue):
    COUNTERS, TICKETS = 8, 160

    def test_t3_eight_counters_call_everybody_once_and_pass_nobody_over(self):
        """Half of them took their tickets online and are told when they are nearly called."""
        platform.sql("UPDATE booking_counter SET serves = 7 WHERE hall = 'futian'")
        self.addCleanup(platform.sql, "UPDATE booking_counter SET serves = ELT(no, 1, 1, 1, 2, 2, 4,"
                                      " 7, 7) WHERE hall = 'futian'")
        desks = {no: self.officer(no) for no in range(1, self.COUNTERS + 1)}
        with concurrent.futures.ThreadPoolExecutor(self.COUNTERS) as pool:
            taken = sum(pool.map(self.take_many, desks.values()), [])
            self.assertEqual(sorted(taken), ["A%03d" % n for n in range(1, self.TICKETS + 1)])
            called = list(pool.map(self.call_all, desks.items()))
        for one in called:
            numbers = [number for number, _, _ in one]
            self.assertEqual(numbers, sorted(numbers))
            self.assertGreater(len(numbers), 1)
        self.assertEqual(sorted(number for one in called for number, _, _ in one), sorted(taken))
        self.assert_nobody_was_passed_over(sorted(sum(called, [])))
        told = platform.sql("SELECT COUNT(*), COUNT(DISTINCT dedupe) FROM event"
                            " WHERE kind = 'ticket_near'")[0]
        self.assertEqual(told[0], told[1])
        self.assertGreater(int(told[0]), self.TICKETS // 4)

    def assert_nobody_was_passed_over(self, calls):
        """All waited from the beginning: who is before somebody else was being called, at the latest,
        when that one had been."""
        ended = None
        for number, began, end in reversed(calls):
            if ended is not None:
                self.assertLess(began, ended[0], f"{ended[1]} was called before {number}")
            ended = min(ended or (end, number), (end, number))

    def take_many(self, desk):
        numbers = []
        for token in hall.sessions(self.TICKETS // self.COUNTERS // 2, CITIZEN):
            for status, ticket in (desk.take("violation", token), desk.take_here("violation")):
                self.assertEqual(status, 201, ticket)
                numbers.append(ticket["number"])
        return numbers

    def call_all(self, counter):
        """Number, beginning and end of each call."""
        no, desk = counter
        calls = []
        while True:
            began = time.monotonic()
            status, ticket = desk.counter(no, "call")
            if status == 409:
                self.assertEqual(ticket["error"]["code"], "nobody_waits")
                return calls
            self.assertEqual(status, 200, ticket)
            calls.append((ticket["number"], began, time.monotonic()))
            self.assertEqual(desk.act(ticket["id"], "service")[0], 200)
            self.assertEqual(desk.act(ticket["id"], "done")[0], 200)

    def test_t3_the_last_places_online_go_to_as_many_as_there_are(self):
        self.person(CITIZEN).take("violation")
        platform.sql("UPDATE booking_line_day SET online = 175, last_no = 175")
        people = [self.person(CITIZEN) for _ in range(12)]
        with concurrent.futures.ThreadPoolExecutor(len(people)) as pool:
            answers = list(pool.map(lambda person: person.take("violation"), people))
        given = [ticket["number"] for status, ticket in answers if status == 201]
        self.assertEqual(sorted(given), ["A%03d" % n for n in range(176, 181)])
        for status, refused in answers:
            if status != 201:
                self.assertEqual((status, refused["error"]["code"]), (409, "online_full"))
        self.assertEqual(self.officer().take_here("violation")[1]["number"], "A181")

    def test_t3_the_third_ticket_of_a_day_is_the_last_whatever_comes_at_once(self):
        """The lines are held until all three have counted what the person has."""
        token, lines = hall.sessions(1, CITIZEN)[0], ("violation", "vehicle", "accident")
        taps, desk = [hall.person(token) for _ in lines], self.officer()
        for line in lines:
            self.assertEqual(desk.take_here(line)[0], 201)
        for _ in range(2):
            left = taps[0].take("violation")[1]["id"]
            self.assertEqual(taps[0].ask("POST", f"/tickets/{left}/leave")[0], 200)
        with concurrent.futures.ThreadPoolExecutor(len(taps) + 1) as pool:
            pool.submit(platform.sql, "BEGIN; SELECT last_no FROM booking_line_day FOR UPDATE;"
                                      " SELECT SLEEP(2); COMMIT")
            self.wait_until_held()
            answers = list(pool.map(lambda tap, line: tap.take(line), taps, lines))
        for tap in taps:
            tap.close()
        self.assertEqual(sorted(status for status, _ in answers), [201, 409, 409])

    def wait_until_held(self):
        """The holder sleeps in the database, behind its lock."""
        until = time.monotonic() + 30
        while not platform.sql("SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep'"):
            self.assertLess(time.monotonic(), until)

    def test_t3_many_taps_of_one_person_are_one_ticket(self):
        token = hall.sessions(1, CITIZEN)[0]
        taps = [hall.person(token) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(len(taps)) as pool:
            answers = list(pool.map(lambda tap: tap.take("violation"), taps))
        for tap in taps:
            tap.close()
        self.assertEqual(sorted(status for status, _ in answers), [201] + [409] * 7)
        self.assertEqual({refused["error"]["code"] for status, refused in answers if status == 409},
                         {"has_ticket"})
        self.assertEqual(platform.sql("SELECT last_no, online FROM booking_line_day"), [["1", "1"]])


class Display(Queue):
    def test_t3_many_who_look_cost_the_module_one_question_a_second(self):
        anybody = hall.person()
        self.addCleanup(anybody.close)
        before, began = self.asked(), time.monotonic()
        status, _, headers = anybody.display()
        self.assertEqual(status, 200)
        self.assertRegex(headers["ETag"], '^"[0-9a-f]{32}"$')
        answers = [anybody.display(headers["ETag"])[:2] for _ in range(300)]
        self.assertEqual(answers, [(304, None)] * 300)
        self.assertLessEqual(self.asked() - before, time.monotonic() - began + 2)

    def test_t3_what_moves_is_seen_and_what_does_not_keeps_its_tag(self):
        desk = self.officer(1)
        _, _, before = self.display()
        _, _, same = self.display()
        self.assertEqual(before["ETag"], same["ETag"])
        desk.take_here("violation")
        status, shown, after = self.display()
        self.assertEqual((status, shown["lines"][0]["waiting"]), (200, 1))
        self.assertNotEqual(before["ETag"], after["ETag"])

    def test_t3_the_page_is_served_with_a_policy_and_only_for_halls(self):
        status, page, headers = platform.ask("citizens", "GET", "/hall/futian")
        self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        self.assertNotIn(b"<script>", page)
        for path in ("/hall/", "/hall/a/b", "/hall/files/", "/hall/files/nothing.js",
                     "/hall/files/../../platform.conf"):
            self.assertEqual(platform.ask("citizens", "GET", path)[0], 404, path)

    @unittest.skipUnless(PROGRAM, "chromium is not installed")
    def test_t3_the_display_in_a_browser_on_a_wall_and_on_a_phone(self):
        desks = {no: self.officer(no) for no in (1, 2, 4)}
        for business in ("violation", "violation", "violation", "vehicle", "vehicle", "accident"):
            desks[1].take_here(business)
        for no, desk in desks.items():
            self.assertEqual(desk.counter(no, "call")[0], 200)
            hall.set_clock(at(10, no))
        self.display()
        with Browser() as browser:
            url = f"https://127.0.0.1:{platform.port}/hall/futian"
            pages = {"wall": browser.open(url, 1920, 1080), "phone": browser.open(url, 390, 844)}
            for name, page in pages.items():
                page.wait("document.querySelectorAll('#calls li').length == 3")
                self.assert_fits(page)
                self.keep(page, name)
            self.assertEqual(self.numbers(pages["wall"]), ["B001", "A002", "A001"])
            desks[1].act(self.ticket_of("A001"), "service")
            desks[1].act(self.ticket_of("A001"), "done")
            hall.set_clock(at(10, 9))
            self.assertEqual(desks[1].counter(1, "call")[1]["number"], "A003")
            for name, page in pages.items():
                page.wait("document.querySelector('#calls li .number').textContent == 'A003'")
                self.assertTrue(page.value("document.querySelector('#calls li.new') !== null"))
                self.keep(page, name + "-called")
                self.assertEqual(page.complaints, [])
            self.assertEqual(desks[2].act(self.ticket_of("A002"), "recall")[0], 200)
            pages["wall"].wait("(document.querySelector('#calls li.new .number') || {})"
                               ".textContent == 'A002'")

    def numbers(self, page):
        return page.value("[...document.querySelectorAll('#calls .number')].map(n => n.textContent)")

    def ticket_of(self, number):
        return platform.sql(f"SELECT id FROM booking_ticket WHERE number = '{number}'")[0][0]

    def assert_fits(self, page):
        """Nothing is cut off at the side."""
        self.assertTrue(page.value("document.documentElement.scrollWidth <= innerWidth"))

    def keep(self, page, name):
        if PICTURES.is_dir():
            page.picture(PICTURES / f"hall-{name}.png")


class SimulatedDay(Queue):
    def test_t3_the_error_of_the_expected_time_over_a_simulated_morning(self):
        began = time.monotonic()
        day = Day(hall)
        day.run()
        lead = self.person(OFFICER | LEAD)
        status, found, _ = lead.ask("GET", f"/office/halls/{hall.code}/accuracy?day=2026-11-30")
        self.assertEqual(status, 200)
        widths = [seconds(one["latest_at"]) - seconds(one["earliest_at"])
                  for one in day.told.values() if one["latest_at"]]
        width = sum(widths) / len(widths)
        print(f"\nsimulated morning: {len(day.told)} tickets, {day.served} served,"
              f" {found['inside_percent']} % of {found['tickets']} called inside the told range,"
              f" mean wait {found['mean_wait_s'] / 60:.1f} min,"
              f" mean error {found['mean_error_s'] / 60:.1f} min,"
              f" mean width of the range {width / 60:.1f} min,"
              f" played in {time.monotonic() - began:.1f} s", file=sys.stderr)
        self.assertGreater(found["tickets"], 150)
        self.assertGreaterEqual(found["inside_percent"], 70)
        self.assertLess(found["mean_error_s"], found["mean_wait_s"] * 0.4)
        self.assertLess(width, found["mean_wait_s"] * 1.6)


if __name__ == "__main__":
    unittest.main()
