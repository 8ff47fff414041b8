"""The group `applications` of scripts/bench: from the first draft to the permit that is checked, the
officers' list at three lengths, and a rush for places that are few."""
import datetime
import re
import urllib.request

import bench_data
import bench_load
from bench_stage import wait_until

OFFICER, INTAKE, REVIEWER, LEAD = 1 << 2, 1 << 9, 1 << 10, 1 << 12
# Papers are not made while something else is measured.
LATER = """CREATE OR REPLACE TRIGGER bench_later BEFORE INSERT ON road_job FOR EACH ROW
    SET NEW.run_at = IF(NEW.kind IN ('make_paper', 'issue_permit'), '2099-01-01', NEW.run_at)"""
PLATE = "CONCAT('粤', SUBSTR('BCDEFGHJKLMNPQRSTUVW', 1 + seq DIV 100000 MOD 20, 1)," \
        " LPAD(seq MOD 100000, 5, '0'))"
TASKS = """INSERT INTO work_item (application_id, module, application_no, service, measure, channel,
    brigade, state, step, submitted_at, due_on, sort_on, promised_on)
SELECT {name}, 'bench', CONCAT('9', LPAD(seq, 16, '0')), 'bench.service', 'R1', 'wechat',
    CONCAT('4403', LPAD(3 + seq MOD 9, 2, '0')), 'accepted', 'review', UTC_TIMESTAMP(3), {day}, {day},
    {day} FROM seq_{first}_to_{last}"""


def truckers(first, last):
    """People with a truck each, signed in."""
    return [bench_data.sessions(first, last),
            f"""INSERT INTO vehicle (id, plate_type, plate, vin, owner_id, registered_on, use_kind,
                source, observed_at)
            SELECT {bench_data.name('TRCK')}, '01', {PLATE}, CONCAT('LBENCH01', LPAD(seq, 9, '0')),
                {bench_data.name('PRSN')}, '2018-05-18', 'goods', 'vehicle', UTC_TIMESTAMP(3)
            FROM seq_{first}_to_{last}"""]


def day(offset):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=8, days=offset)
    return now.date().isoformat()


class Scene:
    connections = 64

    def __init__(self, given, stage):
        self.stage, self.count, self.seconds = stage, given.applications, given.seconds
        self.url = f"https://127.0.0.1:{stage.port}"
        self.figures, self.aims = [], []

    def officer(self, brigade, roles):
        """The token of a session."""
        number = self.stage.take(lambda _first, _last: [], 1)
        token = f"bench-token-{number:014d}"
        self.stage.sql(f"""INSERT INTO core_session (token_hash, actor_id, roles, channel, brigade,
            created_at, expires_at, absolute_expires_at) SELECT UNHEX(SHA2('{token}', 256)),
            {bench_data.name('FFCR', number)}, {OFFICER | roles}, 'officer', '{brigade}',
            UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, UTC_TIMESTAMP(3) + INTERVAL 1 DAY""")
        return token

    def begin(self, first, service, from_day, to_day, more):
        path = f"{self.url}/api/road/services/{service}/applications"
        return bench_load.measured(self.stage, "road", lambda: bench_load.wrk(
            path, self.connections, 120, "begin", first, self.count, from_day, to_day, more))

    def lines(self, lines, module="road", how="once", seconds=120):
        path = self.stage.folder / "lines"
        path.write_text("".join("\t".join(line) + "\n" for line in lines))
        return bench_load.measured(self.stage, module, lambda: bench_load.wrk(
            self.url, self.connections, seconds, "lines", path, how))

    def tell(self, what, load):
        cpu = load["cpu_us"]
        self.figures += [(f"{what}, a second", load["per_second"]),
                         (f"{what}, p50 ms", load["p50_ms"]), (f"{what}, p99 ms", load["p99_ms"]),
                         (f"{what}, CPU us of nginx", cpu["nginx"]),
                         (f"{what}, CPU us of the responder", cpu["responder"]),
                         (f"{what}, CPU us of the database", cpu["mariadb"]),
                         (f"{what}, round trips", load["round_trips"]),
                         (f"{what}, transactions run again", load["retries"])]

    def applications(self, service, state):
        """Id, version and whose, of all in this state."""
        text = self.stage.sql(f"SELECT id, ver, RIGHT(filed_by, 14) FROM road_application"
                              f" WHERE service = '{service}' AND state = '{state}'")
        return [line.split("\t") for line in text.splitlines()]

    def null(self):
        null = bench_load.wrk(self.url + "/null", self.connections, self.seconds, "null")
        self.figures.append(("a null responder, a second", null["per_second"]))


def act_line(token, path, key, ver, more=""):
    return ["POST", path, token, key, '{"ver":%s%s}' % (ver, more)]


class Desk(Scene):
    name = "applications, from the draft to the check"

    def run(self):
        self.stage.sql(LATER)
        self.null()
        first = self.stage.take(truckers, self.count)
        self.tell("begin", self.begin(first, "road.heavy_goods", day(2), day(30),
                                      '"purpose":"运送建材","route":"深南大道"'))
        self.tell("submit", self.submit())
        officer = self.officer("440300", INTAKE | REVIEWER | LEAD)
        for what, state in (("acceptance", "submitted"), ("approval", "accepted")):
            self.tell(what, self.decide(officer, what, state))
        self.check()
        self.papers()
        self.stage.sql("DROP TRIGGER bench_later")
        return self.figures, self.aims

    def submit(self):
        return self.lines(
            act_line("bench-token-" + number, f"/api/road/applications/{one}/submission",
                     "submit-" + one, ver)
            for one, ver, number in self.applications("road.heavy_goods", "draft"))

    def decide(self, officer, what, state):
        return self.lines(
            act_line(officer, f"/api/road/office/applications/{one}/{what}", f"{what}-{one}", ver)
            for one, ver, _ in self.applications("road.heavy_goods", state))

    def check(self):
        numbers = self.stage.sql("SELECT permit_no FROM road_permit").split()
        load = self.lines((["GET", f"/api/road/permits/{number}", "", "", ""] for number in numbers),
                          how="again", seconds=self.seconds)
        self.tell("public check", load)

    def papers(self, count=200):
        """CPU of a permit's paper: drawn, signed, kept and recorded."""
        chosen = "kind = 'issue_permit' AND state = 'ready'"
        self.stage.sql("DROP TRIGGER bench_later", f"UPDATE road_job SET run_at = UTC_TIMESTAMP(3)"
                       f" WHERE {chosen} ORDER BY id LIMIT {count}", LATER)
        before = self.stage.cpu(["road"])["road"]
        wait_until(lambda: self.made() >= count, "the papers are made", 300)
        made = self.made()
        spent = (self.stage.cpu(["road"])["road"] - before) * 1e3 / max(made, 1)
        self.figures += [("papers", made), ("CPU ms of a paper", spent)]
        self.aims.append(("a paper, at most 50 ms of CPU", spent, spent <= 50))

    def made(self):
        return int(self.stage.sql("SELECT COUNT(*) FROM road_permit WHERE paper_sha256 IS NOT NULL"))


class Tasks(Scene):
    """The first page of a brigade's work, when all brigades together have so much."""

    name = "the officers' list"

    def __init__(self, given, stage):
        super().__init__(given, stage)
        self.lengths = [10_000, given.rows] + [2_000_000] * given.full

    def grow(self, before, length, step=250_000):
        due = "UTC_DATE() + INTERVAL seq MOD 20 DAY"
        self.stage.sql("SET unique_checks = 0", *(
            TASKS.format(name=bench_data.name("TASK"), day=due, first=first + 1,
                         last=min(first + step, length))
            for first in range(before, length, step)), "ANALYZE TABLE work_item")

    def run(self):
        self.null()
        desks = [["GET", "/api/office/tasks", self.officer(f"44030{code}", REVIEWER), "", ""]
                 for code in range(3, 10)]
        before, spent = 0, []
        for length in self.lengths:
            self.grow(before, length)
            before = length
            self.lines(desks, "office", "again", 1)
            load = self.lines(desks, "office", "again", self.seconds)
            self.tell(f"list of {length}", load)
            spent.append(sum(load["cpu_us"].values()))
        growth = spent[-1] / spent[0]
        self.aims.append((f"CPU of the list of {self.lengths[-1]} to that of {self.lengths[0]}",
                          growth, growth <= 1.5))
        return self.figures, self.aims


class Rush(Scene):
    """3,000 people want a place in an area on one day, each on a connection of his own, at the same
    moment; a third gets one. A full module says so at once (503), and who is told so asks again."""

    name, people, parts, rounds_max = "a rush for places", 3000, 10, 20

    def run(self):
        self.count = self.people
        first = self.stage.take(truckers, self.people)
        places = self.people // 3
        self.stage.sql("INSERT INTO road_quota (area, day, part, room) SELECT '大梅沙',"
                       f" '{day(3)}', seq, {places // self.parts} FROM seq_1_to_{self.parts}")
        self.begin(first, "road.holiday_area", day(3), day(3), '"seats":5,"area":"大梅沙"')
        before = self.answered()
        self.connections = self.people
        rounds = self.ask_until(places)
        counted = {at: n - before.get(at, 0) for at, n in self.answered().items()}
        self.tell("submission", rounds[0])
        passes = int(self.stage.sql("SELECT COUNT(*) FROM road_application WHERE service ="
                                    " 'road.holiday_area' AND state IN ('granted', 'issued')"))
        self.figures += [("people who ask", self.people), ("places", places),
                         ("told to ask again, or that none is left, at first", rounds[0]["refused"]),
                         ("seconds until all were answered, at first", rounds[0]["seconds"]),
                         ("times that they asked until no place was left", len(rounds)),
                         ("seconds of all these", sum(one["seconds"] for one in rounds))]
        self.aims += [("not one place too many, nor one left", passes, passes == places == self.taken()),
                      ("faults among the answers", counted.get("5xx", 0), not counted.get("5xx"))]
        return self.figures, self.aims

    def taken(self):
        return int(self.stage.sql(f"SELECT SUM(taken) FROM road_quota WHERE day = '{day(3)}'"))

    def ask_until(self, places):
        """All who have no place yet, at once; again while there are some. Without an answer to each of
        them the load has failed."""
        rounds = []
        while self.taken() < places and len(rounds) < self.rounds_max:
            rounds.append(self.lines(
                act_line("bench-token-" + number, f"/api/road/applications/{one}/submission",
                         "rush-" + one, ver)
                for one, ver, number in self.applications("road.holiday_area", "draft")))
        return rounds

    def answered(self):
        """Answers to submissions so far, by class of status."""
        url = f"http://127.0.0.1:{self.stage.port + 2}/internal/road/metrics"
        with urllib.request.urlopen(url, timeout=10) as answer:
            text = answer.read().decode()
        found = re.findall(r'^tongban_requests_total\{[^}]*route="POST /applications/\{id\}/submission"'
                           r'[^}]*status="(\w+)"[^}]*\} (\d+)', text, re.M)
        return {status: int(n) for status, n in found}


SCENES = {"desk": Desk, "tasks": Tasks, "rush": Rush}
