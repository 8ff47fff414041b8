"""The group `claims` of scripts/bench: one plate's passages of 30 days among all of a city, as a statement
and as part of a claim that the plate was cloned."""
import json

import bench_data
import bench_load
from bench_casework import PLATE, Scene, act_line, day, truckers

DAYS, PLATES = 30, 100_000
SITES = """INSERT INTO passage_site (agency, code, name, kind, latitude, longitude, observed_at)
    SELECT 'bench', CONCAT('S', seq), CONCAT('深南大道', seq), 'camera',
        22500000 + seq * 7919 MOD 300000, 113800000 + seq * 104729 MOD 600000, UTC_TIMESTAMP(3)
    FROM seq_1_to_1000"""
# A plate after another; one is seen every few hours, at a moment and a site of its own.
PASSAGES = """INSERT INTO plate_passage (plate_type, plate, passed_at, agency, record_no, site, kind)
    SELECT '01', {plate}, UTC_TIMESTAMP() - INTERVAL {days} DAY
        + INTERVAL (n MOD {each}) * {gap} + n * 7919 MOD {gap} SECOND, 'bench',
        CONCAT('B', LPAD(n, 12, '0')), CONCAT('S', 1 + n * 31 MOD 1000), 'passage'
    FROM (SELECT seq AS n, {first} + seq DIV {each} AS seq FROM seq_{begin}_to_{end}) AS numbered"""
# As modules/violation/cloned_store.c asks for its first page.
SEARCH = """SELECT STRAIGHT_JOIN p.agency, p.record_no, p.site, s.name AS place, p.kind, p.passed_at,
        s.latitude, s.longitude FROM plate_passage p FORCE INDEX (PRIMARY)
    JOIN passage_site s ON s.agency = p.agency AND s.code = p.site
    WHERE p.plate_type = '01' AND p.plate = {plate}
    AND p.passed_at >= UTC_TIMESTAMP() - INTERVAL 31 DAY AND p.passed_at < UTC_TIMESTAMP()
    AND (p.passed_at, p.agency, p.record_no) > (UTC_TIMESTAMP() - INTERVAL 31 DAY, '', '')
    ORDER BY p.passed_at, p.agency, p.record_no LIMIT 900"""


def owners(first, last):
    """People with a truck each, which a camera recorded ten days ago."""
    return truckers(first, last) + [
        f"""INSERT INTO violation_case (id, kind, fact_id, agency, source_no, plate_type, plate,
            occurred_at, place, code, observed_at, arrived_at, state, updated_at)
        SELECT {bench_data.name('CVCE')}, 'camera', {bench_data.name('CVFT')}, 'bench',
            CONCAT('C', LPAD(seq, 14, '0')), '01', {PLATE}, UTC_TIMESTAMP(3) - INTERVAL 10 DAY,
            '深南大道由东向西市民中心段', '1344', UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), 'open',
            UTC_TIMESTAMP(3) FROM seq_{first}_to_{last}"""]


def share(sorted_values, part):
    return sorted_values[min(len(sorted_values) - 1, int(len(sorted_values) * part))]


class Passages(Scene):
    name, connections, searches, claims = "passages of a plate", 8, 2000, 500

    def __init__(self, given, stage):
        super().__init__(given, stage)
        self.rows, self.first = given.passages, stage.take(owners, self.claims)

    def make(self, step=250_000):
        each = max(self.rows // PLATES, 1)
        self.stage.sql(SITES, *(
            "SET unique_checks = 0;" + PASSAGES.format(
                plate=PLATE, days=DAYS, each=each, gap=DAYS * 86400 // each, first=self.first,
                begin=begin, end=min(begin + step, self.rows) - 1)
            for begin in range(0, self.rows, step)), "ANALYZE TABLE plate_passage")

    def plate(self, number):
        return f"(SELECT {PLATE} FROM (SELECT {self.first + number} AS seq) AS one)"

    def search(self):
        """Milliseconds of each statement, on plates that nobody asked for before; what it read."""
        told = self.stage.sql(*(
            f"SET @plate = {self.plate(number * 37)}; SET @began = SYSDATE(6); SELECT COUNT(*) INTO @n"
            f" FROM ({SEARCH.format(plate='@plate COLLATE utf8mb4_bin')}) AS found;"
            " SELECT TIMESTAMPDIFF(MICROSECOND, @began, SYSDATE(6)) / 1000"
            for number in range(self.searches)))
        read = self.stage.sql(f"SET @plate = {self.plate(7)}; FLUSH STATUS; SELECT COUNT(*) FROM"
                              f" ({SEARCH.format(plate='@plate COLLATE utf8mb4_bin')}) AS found;"
                              " SHOW SESSION STATUS LIKE 'Handler_read%'")
        return sorted(map(float, told.split())), read.splitlines()

    def run(self):
        self.make()
        ms, read = self.search()
        handlers = dict(line.split("\t") for line in read[1:])
        self.figures += [("rows", self.rows), ("rows of a search", float(read[0])),
                         ("statement, p50 ms", share(ms, .5)), ("statement, p99 ms", share(ms, .99)),
                         *((name, int(handlers[name])) for name in
                           ("Handler_read_key", "Handler_read_next", "Handler_read_rnd_next"))]
        self.claim()
        self.aims.append(("a search, p99 at most 50 ms", share(ms, .99), share(ms, .99) <= 50))
        return self.figures, self.aims

    def claim(self):
        """Each submission searches a month, opens the dispute and writes what it found."""
        plates = self.stage.sql(f"SELECT {PLATE} FROM seq_{self.first}_to_"
                                f"{self.first + self.claims - 1}").split()
        form = {"plate_type": "01", "from_on": day(-DAYS), "to_on": day(0),
                "statement": "我的车没有去过那里", "contact": "13800138000"}
        self.lines((["POST", "/api/violation/services/violation.cloned/applications",
                     f"bench-token-{self.first + i:014d}", f"claim-{i:08d}",
                     json.dumps(form | {"plate": plate}, ensure_ascii=False)]
                    for i, plate in enumerate(plates)), "violation")
        begun = self.stage.sql("SELECT id, ver, RIGHT(filed_by, 14) FROM violation_application"
                               " WHERE state = 'draft'").splitlines()
        load = self.lines((act_line("bench-token-" + number,
                                    f"/api/violation/applications/{one}/submission",
                                    "submit-" + one, ver)
                           for one, ver, number in (line.split("\t") for line in begun)), "violation")
        searched = int(self.stage.sql("SELECT COUNT(*) FROM violation_search"))
        if searched != self.claims:
            raise bench_load.LoadFailed(f"{self.claims} claims made {searched} searches")
        self.tell("a claim submitted", load)


SCENES = {"passages": Passages}
