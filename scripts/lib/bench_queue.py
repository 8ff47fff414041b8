"""The group `queues` of scripts/bench: a rush for tickets at three halls, who looks at his place, the
displays, and many counters that call at once."""
import re
import urllib.request

import bench_data
from bench_casework import INTAKE, OFFICER, Scene

HALLS = {"futian": "440304", "nanshan": "440305", "baoan": "440306"}
BUSINESSES = ("violation", "vehicle", "accident")
COUNTERS = 200  # at each hall, each an officer's
# Open at any hour, and for as many as come, wherever they are.
ALWAYS = ["UPDATE booking_line SET capacity = 1000000, take_from = 0, take_until = 1440",
          "REPLACE INTO booking_hours (hall, is_working_day, opens, closes, source)"
          " SELECT h.code, w.is_working_day, 0, 1440, 'bench' FROM booking_hall h"
          " CROSS JOIN (SELECT TRUE AS is_working_day UNION ALL SELECT FALSE) w"]
HERE = {"futian": (22541100, 114059500), "nanshan": (22533000, 113930400),
        "baoan": (22555300, 113883100)}


def take_line(number):
    hall, business = list(HALLS)[number % 3], BUSINESSES[number // 3 % 3]
    lat, lon = HERE[hall]
    name = f"{number:014d}"
    return ["POST", f"/api/booking/halls/{hall}/tickets", "bench-token-" + name, "take-" + name,
            f'{{"business":"{business}","lat_e6":{lat},"lon_e6":{lon}}}']


class Queue(Scene):
    name = "queue, from the ticket to the counter"

    def run(self):
        self.stage.sql(*ALWAYS)
        self.null()
        first = self.stage.take(lambda first, last: [bench_data.sessions(first, last)], self.count)
        taken = self.lines((take_line(first + i) for i in range(self.count)), "booking")
        self.tell("tickets taken", taken)
        self.own_places()
        self.displays()
        self.calls()
        return self.figures, self.aims

    def own_places(self):
        found = self.stage.sql("SELECT id, RIGHT(person_id, 14) FROM booking_ticket LIMIT 2000")
        before = self.rows_read()
        load = self.lines((["GET", f"/api/booking/tickets/{one}", "bench-token-" + name, "", ""]
                           for one, name in (line.split("\t") for line in found.splitlines())),
                          "booking", "again", self.seconds)
        self.tell("own places looked at", load)
        read = (self.rows_read() - before) / load["requests"]
        hall = self.count / len(HALLS)
        self.aims.append(("rows read for a look at one's place, at most those of its hall",
                          read, read <= hall))
        # What the background asks meanwhile is a fraction.
        self.aims.append(("statements of a look at one's place, with the session, at most two",
                          load["round_trips"], round(load["round_trips"]) <= 2))

    def rows_read(self):
        return int(self.stage.sql("SHOW GLOBAL STATUS LIKE 'Rows_read'").split()[1])

    def displays(self):
        before = self.asked()
        load = self.lines((["GET", f"/api/booking/halls/{hall}/display", "", "", ""]
                           for hall in HALLS), "booking", "again", self.seconds)
        self.tell("displays looked at", load)
        # 50,000 people who look every few seconds are no more for the module than one.
        asked = (self.asked() - before) / load["seconds"] / len(HALLS)
        self.aims.append(("times a second that the module is asked for a display, at most 2",
                          asked, asked <= 2))

    def asked(self):
        url = f"http://127.0.0.1:{self.stage.port + 2}/internal/booking/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        return sum(int(n) for n in re.findall(
            r'^tongban_requests_total\{[^}]*/halls/\{hall\}/display"[^}]*\} (\d+)', text, re.M))

    def calls(self):
        lines = []
        for hall, brigade in HALLS.items():
            first = self.stage.take(lambda _first, _last: [], COUNTERS)
            numbers = f"FROM seq_{first}_to_{first + COUNTERS - 1}"
            self.stage.sql(
                f"""INSERT INTO core_session (token_hash, actor_id, roles, channel, brigade, created_at,
                    expires_at, absolute_expires_at)
                SELECT UNHEX(SHA2(CONCAT('bench-token-', LPAD(seq, 14, '0')), 256)),
                    {bench_data.name('FFCR')}, {OFFICER | INTAKE}, 'officer', '{brigade}',
                    UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY,
                    UTC_TIMESTAMP(3) + INTERVAL 1 DAY {numbers}""",
                f"""INSERT INTO booking_counter (hall, no, serves, officer_id, opened_at)
                SELECT '{hall}', 100 + seq - {first}, 7, {bench_data.name('FFCR')},
                    UTC_TIMESTAMP(3) {numbers}""")
            lines += [["POST", f"/api/booking/office/halls/{hall}/counters/{100 + i}/call",
                       f"bench-token-{first + i:014d}", f"call-{first + i:014d}", ""]
                      for i in range(COUNTERS)]
        lines.sort(key=lambda line: line[3][-4:])
        load = self.lines(lines, "booking")
        self.tell("calls", load)
        called = int(self.stage.sql("SELECT COUNT(*) FROM booking_ticket WHERE state = 'called'"))
        held = int(self.stage.sql("SELECT COUNT(DISTINCT ticket_id) FROM booking_counter"))
        self.aims.append(("every counter has a ticket of its own, none has two", called,
                          called == held == len(lines)))


SCENES = {"queue": Queue}
